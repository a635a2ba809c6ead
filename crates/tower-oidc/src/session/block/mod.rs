//! The block of a body: the JSON of the tokens and all that is no secret, packed.

mod guid;
mod identifiers;
mod instructions;
mod matches;
mod pack;
mod phrases;
mod times;
mod unpack;

use super::frame::FrameError;
use super::room::Compression;
use crate::format::codec::{Malformed, Reader, Writer};
use crate::format::time::UnixMillis;
use crate::format::wiped::Wiped;
use bytes::Bytes;

/// The block follows unchanged.
const STORED: u8 = 0;

/// Phrases of dictionary 1, repetitions, identifiers and random texts are packed.
const PACKED_1: u8 = 1;

/// No packed block is larger before it is packed, or after it was restored. A longer one is stored unchanged: this
/// bounds the time and memory that few bytes of a cookie can cost.
const MAX_EXPANDED: usize = 64 * 1024;

#[cfg(test)]
thread_local! {
    /// How many blocks this thread has packed, for tests of what is packed too often.
    pub(super) static PACKED_BLOCKS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

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
    Packed { expanded_len: usize, packed: Wiped },
}

impl<'a> EncodedBlock<'a> {
    /// The shorter form of `block`, of a session that was created at this time.
    pub(super) fn new(block: &'a [u8], created_at: UnixMillis, compression: Compression) -> Self {
        if compression == Compression::Off || block.len() > MAX_EXPANDED {
            return Self::Stored(block);
        }
        #[cfg(test)]
        PACKED_BLOCKS.set(PACKED_BLOCKS.get().saturating_add(1));
        let packed = Self::Packed {
            expanded_len: block.len(),
            packed: pack::packed(block, created_at),
        };
        match packed.len() < Self::Stored(block).len() {
            true => packed,
            false => Self::Stored(block),
        }
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
            Self::Packed {
                expanded_len,
                packed,
            } => {
                writer.byte(PACKED_1);
                writer.count(*expanded_len);
                writer.sized(packed);
            }
        }
    }
}

/// Reads the block that [`EncodedBlock::write`] wrote at the start of `reader`, which reads from `body`, of a session
/// that was created at this time.
pub(super) fn read_block(
    reader: &mut Reader<'_>,
    body: &Bytes,
    created_at: UnixMillis,
) -> Result<Bytes, BlockError> {
    match reader.byte()? {
        STORED => Ok(body.slice_ref(reader.sized()?)),
        PACKED_1 => {
            let expanded_len = reader.count()?;
            if expanded_len > MAX_EXPANDED {
                return Err(BlockError::Malformed);
            }
            let packed = reader.sized()?;
            Ok(unpack::unpacked(packed, expanded_len, created_at)?.into_bytes())
        }
        _ => Err(BlockError::UnknownEncoding),
    }
}

#[cfg(test)]
mod tests;
