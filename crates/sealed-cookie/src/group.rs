//! Chunks that belong to one write.

use crate::chunk::{Chunk, MAX_CHUNKS};

/// The chunks of a request, put together by their `T` and `N`.
///
/// The number of chunks is bounded by the caller, and with it the cost of looking for a chunk's
/// group.
#[derive(Default)]
pub(crate) struct Groups<'a>(Vec<Group<'a>>);

struct Group<'a> {
    tag: &'a [u8],
    count: usize,
    slices: [Option<&'a [u8]>; MAX_CHUNKS],
    /// Two different chunks claim one place, and nothing tells which is right before both are
    /// opened. Trying every combination would multiply the work that a forger can ask for.
    is_spoiled: bool,
}

impl<'a> Group<'a> {
    const fn new(chunk: &Chunk<'a>) -> Self {
        Self {
            tag: chunk.tag,
            count: chunk.count,
            slices: [None; MAX_CHUNKS],
            is_spoiled: false,
        }
    }
}

impl<'a> Groups<'a> {
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The slices of each group that has all of its chunks, in the order of its first chunk.
    pub(crate) fn complete(&self) -> impl Iterator<Item = Vec<&'a [u8]>> {
        self.0
            .iter()
            .filter(|group| !group.is_spoiled)
            .filter_map(|group| group.slices.into_iter().take(group.count).collect())
    }

    fn add(&mut self, chunk: Chunk<'a>) {
        let known = |group: &Group<'a>| group.tag == chunk.tag && group.count == chunk.count;
        let position = self.0.iter().position(known).unwrap_or_else(|| {
            self.0.push(Group::new(&chunk));
            self.0.len().saturating_sub(1)
        });
        let Some(group) = self.0.get_mut(position) else {
            return;
        };
        let Some(place) = group.slices.get_mut(chunk.index) else {
            return;
        };
        match place {
            Some(slice) => group.is_spoiled |= *slice != chunk.slice,
            None => *place = Some(chunk.slice),
        }
    }
}

impl<'a> FromIterator<Chunk<'a>> for Groups<'a> {
    fn from_iter<I: IntoIterator<Item = Chunk<'a>>>(chunks: I) -> Self {
        let mut groups = Self::default();
        chunks.into_iter().for_each(|chunk| groups.add(chunk));
        groups
    }
}
