//! Splitting a value into cookies, and reading one of them. `FORMAT.md` is the specification.
//!
//! ```text
//! chunk 0      N | slice          N = number of chunks, one digit
//! chunk 1..    N | T | slice      T = the first 8 characters of the text
//! ```
//!
//! `T` marks the chunks that were written together, so that chunks of two writes are never joined.
//! `N` and `T` are the same for every version of the text.

use crate::encoding;

/// The most chunks of any value: `N` is one digit, and chunk 0 has no suffix.
pub(crate) const MAX_CHUNKS: usize = 9;

/// The most characters of a cookie's value. A response head that sets one such cookie, deletes
/// another and has a `Location` stays below 4,096 bytes. With more, nginx with its default buffers
/// answers 502.
pub(crate) const MAX_VALUE: usize = 3_500;

/// The most characters of a text in all nine chunks.
pub(crate) const MAX_TEXT: usize = max_text(MAX_CHUNKS);

/// The most characters of a text in this number of chunks.
pub(crate) const fn max_text(chunks: usize) -> usize {
    FIRST_SLICE.saturating_add(chunks.saturating_sub(1).saturating_mul(LATER_SLICE))
}

/// Splits text, which must fit into nine chunks, into the values of chunk 0, 1, and so on.
///
/// Returns as few values as possible. The last one is never empty.
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

/// One received chunk whose count and length are plausible.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chunk<'a> {
    /// The position of the chunk, from the name of its cookie.
    pub(crate) index: usize,
    /// `N`.
    pub(crate) count: usize,
    /// `T`.
    pub(crate) tag: &'a [u8],
    pub(crate) slice: &'a [u8],
}

impl<'a> Chunk<'a> {
    /// Reads the value of the cookie with the name of chunk `index`.
    ///
    /// Returns `None` for a value that this crate never writes: it is too long, its count is not
    /// above the index, its slice is empty, or its slice is not full although others follow.
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

// Otherwise splitting would need a rule for text that is shorter than the tag.
const _: () = assert!(encoding::encoded_length(57) > TAG_LENGTH);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_must_be_above_the_index_of_its_chunk() {
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
