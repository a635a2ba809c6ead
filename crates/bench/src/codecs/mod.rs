//! `codecs`: what LZ4, deflate and zstd make of the compressible part of each session, and what it costs to
//! read it back.

mod block;
mod codec;

use std::fs;

use self::codec::{Codec, all};
use crate::arguments::Arguments;
use crate::fixture;
use crate::measure::{Operation, time};
use crate::table::{Table, rounded};

/// Measures every codec on each session of the files, with the dictionary of `--dictionary=FILE` if there is
/// one.
pub(crate) fn run(arguments: &Arguments) -> Result<String, String> {
    let dictionary = match arguments.value("--dictionary") {
        Some(file) => fs::read(file).map_err(|error| format!("cannot read {file}: {error}"))?,
        None => Vec::new(),
    };
    let mut table = Table::default();
    for file in arguments.files()? {
        for fixture in fixture::read(file)? {
            add(&mut table, &fixture.name, &block::of(&fixture), &dictionary)?;
        }
    }
    Ok(if arguments.has("--json") {
        format!("{:#}\n", table.json())
    } else {
        table.markdown()
    })
}

/// A row for each codec.
fn add(table: &mut Table, name: &str, block: &[u8], dictionary: &[u8]) -> Result<(), String> {
    let codecs = all(dictionary)?;
    let mut compressed = Vec::new();
    let mut reads = Vec::new();
    for mut codec in codecs {
        let packed = codec.compress(block)?;
        let length = block.len();
        if codec.decompress(&packed, length)? != block {
            return Err(format!("{} does not return {name}", codec.name()));
        }
        compressed.push((codec.name(), packed.len()));
        reads.push(read(codec, packed, length));
    }
    let times = time::interleaved(&mut reads);
    for ((codec, bytes), times) in compressed.into_iter().zip(times) {
        table.push(vec![
            ("session", name.into()),
            ("codec", codec.into()),
            ("block", block.len().into()),
            ("compressed", bytes.into()),
            ("ns to read, lowest", rounded(times.lowest(), 0)),
            ("ns to read, median", rounded(times.median(), 0)),
        ]);
    }
    Ok(())
}

fn read(mut codec: Box<dyn Codec>, packed: Vec<u8>, length: usize) -> Operation {
    Operation::new(codec.name(), move || {
        let block = codec.decompress(&packed, length);
        assert!(block.is_ok_and(|block| block.len() == length));
    })
}
