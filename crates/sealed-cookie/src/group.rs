//! Joining the chunks that one response wrote.

use crate::chunk::{Chunk, MAX_CHUNKS};

/// The chunks of a request, grouped by their `T` and `N`.
///
/// The caller limits the number of chunks. This also limits the cost of the linear search for a
/// chunk's group.
#[derive(Default)]
pub(crate) struct Groups<'a>(Vec<Group<'a>>);

struct Group<'a> {
    tag: &'a [u8],
    count: usize,
    slices: [Option<&'a [u8]>; MAX_CHUNKS],
    /// Two different chunks have the same index. Which one is right would only be known after
    /// opening both, and trying every combination would let a client multiply our work.
    has_conflict: bool,
}

impl<'a> Group<'a> {
    const fn new(chunk: &Chunk<'a>) -> Self {
        Self {
            tag: chunk.tag,
            count: chunk.count,
            slices: [None; MAX_CHUNKS],
            has_conflict: false,
        }
    }
}

impl<'a> Groups<'a> {
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The slices of each complete group. Groups come in the order of their first chunks.
    pub(crate) fn complete(&self) -> impl Iterator<Item = Vec<&'a [u8]>> {
        self.0
            .iter()
            .filter(|group| !group.has_conflict)
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
        let Some(slot) = group.slices.get_mut(chunk.index) else {
            return;
        };
        match slot {
            Some(slice) => group.has_conflict |= *slice != chunk.slice,
            None => *slot = Some(chunk.slice),
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
