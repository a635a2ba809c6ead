//! Joining the chunks that one response wrote.

use crate::chunk::{Chunk, MAX_CHUNKS};
use crate::plaintext::Plaintext;
use crate::received::ReceivedCookie;

/// The chunks of one value, all of which are present: they have the same `T` and `N`.
pub(crate) struct Group<'a> {
    slices: [&'a [u8]; MAX_CHUNKS],
}

impl<'a> Group<'a> {
    /// The complete groups of a request, in the order of their first chunks.
    ///
    /// Nothing is stored to find them: for each chunk that is the first of its group, the others are
    /// searched among at most 16 chunks.
    pub(crate) fn all_of(received: &'a ReceivedCookie) -> impl Iterator<Item = Self> {
        let chunks = chunks(received);
        let first_of_groups = chunks.clone().enumerate().filter({
            let chunks = chunks.clone();
            move |(position, chunk)| {
                let mut before = chunks.clone().take(*position);
                !before.any(|other| is_of_one_write(&other, chunk))
            }
        });
        first_of_groups.filter_map(move |(position, first)| {
            let following = chunks.clone().skip(position);
            Self::of(&first, following)
        })
    }

    /// The group of a chunk; `None` if one is missing, or if two different chunks have the same index.
    /// Which of these is right would only be known after opening both, and trying every combination
    /// would let a client multiply our work.
    fn of(first: &Chunk<'a>, chunks: impl Iterator<Item = Chunk<'a>>) -> Option<Self> {
        let mut found = [None; MAX_CHUNKS];
        for chunk in chunks.filter(|chunk| is_of_one_write(chunk, first)) {
            match found.get_mut(chunk.index)? {
                Some(slice) if *slice != chunk.slice => return None,
                slot => *slot = Some(chunk.slice),
            }
        }
        let mut slices = [&[][..]; MAX_CHUNKS];
        for (slice, found) in slices.iter_mut().zip(found).take(first.count) {
            *slice = found?;
        }
        Some(Self { slices })
    }

    /// The text of the value, in a buffer of its size: it is decoded and decrypted there.
    pub(crate) fn text(&self) -> Plaintext {
        let lengths = self.slices.iter().map(|slice| slice.len());
        let mut text = Plaintext::with_capacity(lengths.fold(0, usize::saturating_add));
        self.slices.iter().for_each(|slice| text.extend(slice));
        text
    }
}

/// The received values that are chunks.
pub(crate) fn chunks(received: &ReceivedCookie) -> impl Iterator<Item = Chunk<'_>> + Clone {
    let values = received.chunks();
    values.filter_map(|(index, value)| Chunk::parse(index, value))
}

fn is_of_one_write(first: &Chunk<'_>, second: &Chunk<'_>) -> bool {
    first.tag == second.tag && first.count == second.count
}
