//! The block of a body: the JSON of the tokens and all that is no secret, compressed.

mod compress;
mod dictionary;
mod guid;
mod matches;
mod packing;

use bytes::Bytes;
use lz4_flex::block::{
    compress_into_with_dict, decompress_into_with_dict, get_maximum_output_size,
};

use self::dictionary::DICTIONARY_1;
use super::frame::FrameError;
use super::room::Compression;
use crate::format::codec::{Malformed, Reader, Writer};
use crate::format::wiped::Wiped;

/// The block follows unchanged.
const STORED: u8 = 0;

/// Identifiers and random texts are packed, and all is then compressed as one LZ4 block with dictionary 1.
const LZ4_1: u8 = 1;

/// No block is larger before it is compressed, or after it was restored, apart from the identifiers in it. A longer one
/// is stored unchanged: this bounds the time and memory that few bytes of a cookie can cost.
const MAX_EXPANDED: usize = 64 * 1024;

/// A longer block is compressed with less effort: it does not fit into cookies anyway.
pub(super) const MAX_SEARCHED: usize = 8 * 1024;

/// The encoding of a block is not one of this version: another dictionary, for example.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum BlockError {
    UnknownEncoding,
    Malformed,
}

impl From<BlockError> for FrameError {
    fn from(error: BlockError) -> Self {
        match error {
            BlockError::UnknownEncoding => Self::UnknownCriticalField,
            BlockError::Malformed => Self::Malformed,
        }
    }
}

impl From<Malformed> for BlockError {
    fn from(Malformed: Malformed) -> Self {
        Self::Malformed
    }
}

/// A block in the form in which it is written.
pub(super) enum EncodedBlock<'a> {
    Stored(&'a [u8]),
    Lz4 {
        expanded_len: usize,
        compressed: Wiped,
    },
}

impl<'a> EncodedBlock<'a> {
    /// The shorter form of `block`.
    pub(super) fn new(block: &'a [u8], compression: Compression) -> Self {
        if compression == Compression::Off {
            return Self::Stored(block);
        }
        let smallest = compressed(block).filter(|it| it.len() < Self::Stored(block).len());
        smallest.unwrap_or(Self::Stored(block))
    }

    /// The bytes that [`write`](Self::write) appends.
    pub(super) fn len(&self) -> usize {
        crate::format::codec::measure(|writer| self.write(writer))
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        match self {
            Self::Stored(block) => {
                writer.byte(STORED);
                writer.sized(block);
            }
            Self::Lz4 {
                expanded_len,
                compressed,
            } => {
                writer.byte(LZ4_1);
                writer.number(u64::try_from(*expanded_len).unwrap_or(u64::MAX));
                writer.sized(compressed);
            }
        }
    }
}

/// `None` if the block is too large to be compressed.
fn compressed<'a>(block: &[u8]) -> Option<EncodedBlock<'a>> {
    let packed = packing::packed(block);
    if packed.len() > MAX_EXPANDED {
        return None;
    }
    Some(EncodedBlock::Lz4 {
        expanded_len: packed.len(),
        compressed: match packed.len() <= MAX_SEARCHED {
            true => compress::compressed(&packed),
            false => compressed_quickly(&packed)?,
        },
    })
}

fn compressed_quickly(packed: &[u8]) -> Option<Wiped> {
    let mut compressed = Wiped::zeroed(get_maximum_output_size(packed.len()));
    let length = compress_into_with_dict(packed, &mut compressed, DICTIONARY_1).ok()?;
    compressed.truncate(length);
    Some(compressed)
}

/// Reads the block that [`EncodedBlock::write`] wrote at the start of `reader`.
pub(super) fn read_block(reader: &mut Reader) -> Result<Bytes, BlockError> {
    match reader.byte()? {
        STORED => Ok(reader.sized()?),
        LZ4_1 => {
            let expanded_len = reader.count()?;
            if expanded_len > MAX_EXPANDED {
                return Err(BlockError::Malformed);
            }
            let mut expanded = Wiped::zeroed(expanded_len);
            let written = decompress_into_with_dict(&reader.sized()?, &mut expanded, DICTIONARY_1);
            if written.ok() != Some(expanded_len) {
                return Err(BlockError::Malformed);
            }
            Ok(packing::unpacked(expanded)?.into_bytes())
        }
        _ => Err(BlockError::UnknownEncoding),
    }
}

#[cfg(test)]
mod tests;
