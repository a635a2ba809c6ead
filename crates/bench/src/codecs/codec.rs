//! The codecs, each with the crate that implements it and the settings that suit short values.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};
use lz4_flex::block::{compress_with_dict, decompress_with_dict};

/// Compresses a block and gives it back.
pub(super) trait Codec {
    fn name(&self) -> &'static str;
    fn compress(&mut self, block: &[u8]) -> Result<Vec<u8>, String>;
    fn decompress(&mut self, packed: &[u8], length: usize) -> Result<Vec<u8>, String>;
}

/// All codecs with this dictionary, which may be empty.
pub(super) fn all(dictionary: &[u8]) -> Result<Vec<Box<dyn Codec>>, String> {
    Ok(vec![
        Box::new(Lz4(dictionary.to_vec())),
        Box::new(Deflate::new(dictionary)),
        Box::new(Zstd::new(dictionary)?),
    ])
}

/// lz4_flex, which searches quickly and not long: an encoder that searches longer needs some percent less for
/// the same format, and is read at the same cost. Sessions have their own format, which `sizes` measures.
#[derive(Debug)]
struct Lz4(Vec<u8>);

impl Codec for Lz4 {
    fn name(&self) -> &'static str {
        "LZ4"
    }

    fn compress(&mut self, block: &[u8]) -> Result<Vec<u8>, String> {
        Ok(compress_with_dict(block, &self.0))
    }

    fn decompress(&mut self, packed: &[u8], length: usize) -> Result<Vec<u8>, String> {
        decompress_with_dict(packed, length, &self.0).map_err(|error| error.to_string())
    }
}

/// Raw deflate (RFC 1951) by zlib-rs, level 9. The decoder is reset and not made anew for each block.
struct Deflate {
    dictionary: Vec<u8>,
    decoder: Decompress,
}

impl Deflate {
    fn new(dictionary: &[u8]) -> Self {
        Self {
            dictionary: dictionary.to_vec(),
            decoder: Decompress::new(false),
        }
    }
}

impl Codec for Deflate {
    fn name(&self) -> &'static str {
        "deflate"
    }

    fn compress(&mut self, block: &[u8]) -> Result<Vec<u8>, String> {
        let mut encoder = Compress::new(Compression::best(), false);
        if !self.dictionary.is_empty() {
            let set = encoder.set_dictionary(&self.dictionary);
            set.map_err(|error| error.to_string())?;
        }
        let mut packed = Vec::with_capacity(block.len() + 64);
        let done = encoder.compress_vec(block, &mut packed, FlushCompress::Finish);
        done.map_err(|error| error.to_string())?;
        Ok(packed)
    }

    fn decompress(&mut self, packed: &[u8], length: usize) -> Result<Vec<u8>, String> {
        self.decoder.reset(false);
        if !self.dictionary.is_empty() {
            let set = self.decoder.set_dictionary(&self.dictionary);
            set.map_err(|error| error.to_string())?;
        }
        // One byte more, so that the decoder reaches the end of the stream.
        let mut block = Vec::with_capacity(length + 1);
        let decoder = &mut self.decoder;
        let done = decoder.decompress_vec(packed, &mut block, FlushDecompress::Finish);
        done.map_err(|error| error.to_string())?;
        Ok(block)
    }
}

/// zstd, level 19, without a length in front. Its dictionary is prepared once.
struct Zstd {
    encoder: zstd::bulk::Compressor<'static>,
    decoder: zstd::bulk::Decompressor<'static>,
}

impl Zstd {
    fn new(dictionary: &[u8]) -> Result<Self, String> {
        let make = || -> std::io::Result<Self> {
            let mut encoder = zstd::bulk::Compressor::with_dictionary(19, dictionary)?;
            encoder.include_contentsize(false)?;
            encoder.include_checksum(false)?;
            let decoder = zstd::bulk::Decompressor::with_dictionary(dictionary)?;
            Ok(Self { encoder, decoder })
        };
        make().map_err(|error| error.to_string())
    }
}

impl Codec for Zstd {
    fn name(&self) -> &'static str {
        "zstd"
    }

    fn compress(&mut self, block: &[u8]) -> Result<Vec<u8>, String> {
        self.encoder
            .compress(block)
            .map_err(|error| error.to_string())
    }

    fn decompress(&mut self, packed: &[u8], length: usize) -> Result<Vec<u8>, String> {
        let block = self.decoder.decompress(packed, length);
        block.map_err(|error| error.to_string())
    }
}
