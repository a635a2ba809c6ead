//! Finds what a text repeats of itself.

use super::instructions::SHORTEST_COPY;

/// The longest match that is looked for. Longer repetitions take several matches.
const LONGEST: usize = 255;

/// The candidates that are compared at each position, so that the time is linear in the length of the text.
const CANDIDATES: usize = 16;

/// In a longer text one candidate is compared: it does not fit into cookies anyway.
const SEARCHED_LONG: usize = 16 * 1024;

/// A match of this length is good enough: no longer one is looked for, also not at the positions within it.
const ENOUGH: usize = 64;

/// Bits of a hash of four bytes.
const HASH_BITS: u32 = 12;

/// A repetition: of the bytes this distance before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Match {
    pub(super) distance: u16,
    pub(super) length: usize,
}

impl Match {
    /// The same repetition, seen from the next position.
    fn one_later(self) -> Option<Self> {
        let length = self.length.checked_sub(1)?;
        Some(Self { length, ..self })
    }
}

/// The positions of four bytes in a text: the last one for each hash, and for each position the one before.
struct Positions {
    last: Vec<Option<u32>>,
    before: Vec<Option<u32>>,
}

impl Positions {
    fn new(capacity: usize) -> Self {
        Self {
            last: vec![None; 1 << HASH_BITS],
            before: Vec::with_capacity(capacity),
        }
    }

    /// Adds the next position, whose hash is `None` at the end of the text. Returns the position before it with the
    /// same hash.
    fn add(&mut self, hash: Option<usize>) -> Option<u32> {
        let position = u32::try_from(self.before.len()).ok();
        let before = hash
            .and_then(|hash| self.last.get_mut(hash))
            .and_then(|last| std::mem::replace(last, position));
        self.before.push(before);
        before
    }

    fn before(&self, position: u32) -> Option<u32> {
        let position = usize::try_from(position).ok()?;
        self.before.get(position).copied().flatten()
    }
}

/// The longest match at each position of `text`.
pub(super) fn matches(text: &[u8]) -> Vec<Option<Match>> {
    let candidates = match text.len() <= SEARCHED_LONG {
        true => CANDIDATES,
        false => 1,
    };
    let mut positions = Positions::new(text.len());
    let mut before: Option<Match> = None;
    (0..text.len())
        .map(|position| {
            let candidate = positions.add(hash(text, position));
            let inside = before.and_then(Match::one_later);
            before = match inside.filter(|inside| inside.length >= ENOUGH) {
                Some(inside) => Some(inside),
                None => longest(text, position, candidate, &positions, candidates),
            };
            before
        })
        .collect()
}

/// The longest match at `position` with one of the candidates.
fn longest(
    text: &[u8],
    position: usize,
    mut candidate: Option<u32>,
    positions: &Positions,
    candidates: usize,
) -> Option<Match> {
    let later = text.get(position..)?;
    let mut best: Option<Match> = None;
    for _ in 0..candidates {
        let Some(at) = candidate else { break };
        candidate = positions.before(at);
        let at = usize::try_from(at).ok()?;
        let Ok(distance) = u16::try_from(position.checked_sub(at)?) else {
            break;
        };
        let earlier = text.get(at..)?;
        // A longer match has the next byte too; most candidates do not.
        let next = best.map_or(0, |best| best.length);
        if earlier.get(next) != later.get(next) {
            continue;
        }
        let length = common_prefix(earlier, later);
        if length > next {
            best = Some(Match { distance, length });
        }
        if length >= ENOUGH {
            break;
        }
    }
    best.filter(|best| best.length >= SHORTEST_COPY)
}

/// The number of equal bytes at the start of both, at most [`LONGEST`].
fn common_prefix(earlier: &[u8], later: &[u8]) -> usize {
    let later = later.get(..LONGEST).unwrap_or(later);
    let ((chunks, rest), (others, _)) = (later.as_chunks::<8>(), earlier.as_chunks::<8>());
    let equal = chunks
        .iter()
        .zip(others)
        .take_while(|(a, b)| a == b)
        .count();
    let start = equal.saturating_mul(8);
    let tail = later.get(start..).unwrap_or(rest);
    let of_earlier = earlier.get(start..).unwrap_or_default();
    let more = tail.iter().zip(of_earlier).take_while(|(a, b)| a == b);
    start.saturating_add(more.count())
}

/// A hash of the four bytes at `position`; `None` if there are fewer.
fn hash(text: &[u8], position: usize) -> Option<usize> {
    let bytes = text.get(position..)?.first_chunk::<4>()?;
    let hash = u32::from_le_bytes(*bytes).wrapping_mul(2_654_435_761) >> (u32::BITS - HASH_BITS);
    usize::try_from(hash).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_repetition_is_found() {
        let matches = matches(b"words has words has");

        let at = |position: usize| matches[position].map(|it| (it.distance, it.length));
        assert_eq!(at(0), None);
        assert_eq!(at(10), Some((10, 9)));
        assert_eq!(at(11), Some((10, 8)));
        assert_eq!(at(17), None);
    }
}
