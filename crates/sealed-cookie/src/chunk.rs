//! The frame of a value that may need more than one cookie; `FORMAT.md` is its specification.
//!
//! ```text
//! chunk 0      N | slice          N = number of chunks, one digit
//! chunk 1..    N | T | slice      T = the first 8 characters of the text
//! ```
//!
//! `T` ties the chunks of one write together, so that no hybrid of two writes is ever joined. The
//! frame is the same for every version of the text inside.

use crate::encoding;

/// The most chunks of any value: `N` is one digit, and chunk 0 has no suffix.
pub(crate) const MAX_CHUNKS: usize = 9;

/// The most characters of a cookie's value. A response head with one such cookie, another that is
/// deleted and a `Location` stays below the 4,096 bytes for which a stock nginx answers 502.
pub(crate) const MAX_VALUE: usize = 3_500;

/// The most characters that all chunks hold together.
pub(crate) const MAX_TEXT: usize = max_text(MAX_CHUNKS);

/// The most characters that so many chunks hold.
pub(crate) const fn max_text(chunks: usize) -> usize {
    FIRST_SLICE.saturating_add(chunks.saturating_sub(1).saturating_mul(LATER_SLICE))
}

/// Splits text into the values of chunk 0, 1, and so on. There are as many as needed, the last
/// is not empty.
///
/// The text must fit nine chunks.
pub(crate) fn split(text: &str) -> Vec<String> {
    let (tag, _) = text.split_at_checked(TAG_LENGTH).unwrap_or((text, ""));
    let (first, mut rest) = text.split_at_checked(FIRST_SLICE).unwrap_or((text, ""));
    let count = rest.len().div_ceil(LATER_SLICE).saturating_add(1);
    let mut values = vec![format!("{count}{first}")];
    while !rest.is_empty() {
        let (slice, remaining) = rest.split_at_checked(LATER_SLICE).unwrap_or((rest, ""));
        values.push(format!("{count}{tag}{slice}"));
        rest = remaining;
    }
    values
}

/// One chunk as received, its frame checked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chunk<'a> {
    /// The place of the chunk, from its cookie's name.
    pub(crate) index: usize,
    /// `N`.
    pub(crate) count: usize,
    /// `T`.
    pub(crate) tag: &'a [u8],
    pub(crate) slice: &'a [u8],
}

impl<'a> Chunk<'a> {
    /// Reads the value of the cookie whose name says `index`.
    ///
    /// `None` for a value that no writer writes: too long, a count that does not reach the index,
    /// a slice that is not exactly full although others follow, or empty.
    pub(crate) fn parse(index: usize, value: &'a [u8]) -> Option<Self> {
        let (&digit @ b'1'..=b'9', rest) = value.split_first()? else {
            return None;
        };
        let count = usize::from(digit.wrapping_sub(b'0'));
        let (tag, slice) = if index == 0 {
            (rest.get(..TAG_LENGTH)?, rest)
        } else {
            rest.split_at_checked(TAG_LENGTH)?
        };
        let full = if index == 0 { FIRST_SLICE } else { LATER_SLICE };
        let is_last = index.checked_add(1)? == count;
        let fits = if is_last {
            (1..=full).contains(&slice.len())
        } else {
            slice.len() == full
        };
        (index < count && fits).then_some(Self {
            index,
            count,
            tag,
            slice,
        })
    }
}

const TAG_LENGTH: usize = 8;
const FIRST_SLICE: usize = MAX_VALUE - 1;
const LATER_SLICE: usize = MAX_VALUE - 1 - TAG_LENGTH;

// Below it, splitting would need a rule for text shorter than its own tag.
const _: () = assert!(encoding::encoded_length(57) > TAG_LENGTH);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_must_reach_the_index_of_its_chunk() {
        let value = |count: u8| {
            let mut value = vec![b'0' + count];
            value.resize(MAX_VALUE, b'x');
            value
        };
        for index in 1..MAX_CHUNKS {
            for count in 1..=9 {
                let value = value(count);
                let chunk = Chunk::parse(index, &value);
                assert_eq!(
                    chunk.is_some(),
                    usize::from(count) > index,
                    "{count} at {index}"
                );
            }
        }
    }
}
