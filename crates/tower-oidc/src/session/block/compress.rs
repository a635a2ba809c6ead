//! Writes LZ4 blocks that are as short as possible.
//!
//! A library's encoder is made for speed, and finds little of a dictionary in a short text. A session is written far
//! less often than it is read, so this one searches longer: it finds the longest match at each position, and then
//! computes, from the end to the start, which of them give the shortest block. The format is that of
//! <https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md>, and any decoder reads it.

use std::sync::LazyLock;

use super::dictionary::DICTIONARY_1;
use super::matches::{MIN_MATCH, Match, MatchFinder};
use crate::format::wiped::Wiped;

/// The last bytes of a block are literals.
const LAST_LITERALS: usize = 5;

/// The last match begins at least this far before the end.
const LAST_MATCH: usize = 12;

/// A number up to this minus one is in the token itself.
const IN_TOKEN: usize = 15;

/// The matches up to this many bytes are compared; of a longer one, only its whole length.
const SHORTER: usize = 32;

/// The literals up to this many are compared exactly; for more, only a few lengths are.
const EXACT_LITERALS: usize = IN_TOKEN;

static DICTIONARY: LazyLock<MatchFinder> = LazyLock::new(|| MatchFinder::new(DICTIONARY_1));

/// `text` as one LZ4 block with dictionary 1.
pub(super) fn compressed(text: &[u8]) -> Wiped {
    let plan = Plan::new(text);
    let mut block = Wiped::with_capacity(plan.length);
    let mut position = 0;
    while let Some(step) = plan.steps.get(position) {
        let literals = text.get(position..step.match_at).unwrap_or_default();
        let Some(found) = step.found else {
            write_token(&mut block, literals.len(), 0);
            block.extend_from_slice(text.get(position..).unwrap_or_default());
            break;
        };
        let more = found.length.saturating_sub(MIN_MATCH);
        write_token(&mut block, literals.len(), more);
        block.extend_from_slice(literals);
        block.extend_from_slice(&found.distance.to_le_bytes());
        write_length(&mut block, more);
        position = step.match_at.saturating_add(found.length);
    }
    block
}

/// The lengths of the literals and of the match, as far as they fit, and the rest of the first.
fn write_token(block: &mut Wiped, literals: usize, more: usize) {
    let half = |length: usize| u8::try_from(length.min(IN_TOKEN)).unwrap_or(0xf);
    block.push((half(literals) << 4) | half(more));
    write_length(block, literals);
}

fn write_length(block: &mut Wiped, length: usize) {
    let Some(mut rest) = length.checked_sub(IN_TOKEN) else {
        return;
    };
    while rest >= 255 {
        block.push(255);
        rest = rest.saturating_sub(255);
    }
    block.push(u8::try_from(rest).unwrap_or(255));
}

/// The bytes that [`write_length`] appends.
const fn extra_bytes(length: usize) -> usize {
    match length.checked_sub(IN_TOKEN) {
        None => 0,
        Some(rest) => (rest / 255).saturating_add(1),
    }
}

/// How a block continues from one position: literals up to `match_at`, then the match that was found there, or the end.
#[derive(Clone, Copy)]
struct Step {
    match_at: usize,
    found: Option<Match>,
    /// The bytes from here to the end of the block.
    cost: usize,
}

/// The best step from each position.
struct Plan {
    steps: Vec<Step>,
    length: usize,
}

impl Plan {
    fn new(text: &[u8]) -> Self {
        let matches = DICTIONARY.matches(text);
        let end = Step {
            match_at: text.len(),
            found: None,
            cost: 1,
        };
        let mut steps = vec![end; text.len().saturating_add(1)];
        // What follows after the literals, if a match begins at each position: its bytes and the rest.
        let mut with_match: Vec<Option<(usize, Match)>> = vec![None; text.len().saturating_add(1)];
        for position in (0..text.len()).rev() {
            let longest = matches.get(position).copied().flatten();
            let best =
                longest.and_then(|longest| best_length(text.len(), position, longest, &steps));
            if let Some(place) = with_match.get_mut(position) {
                *place = best;
            }
            let step = best_step(text.len(), position, &with_match, &steps);
            if let Some(place) = steps.get_mut(position) {
                *place = step;
            }
        }
        let length = steps.first().map_or(1, |step| step.cost);
        Self { steps, length }
    }
}

/// The length of a match at `position` after which the rest is cheapest. A shorter one than the longest may be.
fn best_length(
    end: usize,
    position: usize,
    longest: Match,
    steps: &[Step],
) -> Option<(usize, Match)> {
    let room = end.saturating_sub(LAST_LITERALS).checked_sub(position)?;
    if position.saturating_add(LAST_MATCH) > end {
        return None;
    }
    let longest_here = longest.length.min(room);
    (MIN_MATCH..=longest_here.min(SHORTER))
        .chain([longest_here])
        .filter(|&length| length >= MIN_MATCH)
        .filter_map(|length| {
            let rest = steps.get(position.saturating_add(length))?.cost;
            let cost = rest
                .saturating_add(2)
                .saturating_add(extra_bytes(length.saturating_sub(MIN_MATCH)));
            Some((cost, Match { length, ..longest }))
        })
        .min_by_key(|(cost, found)| (*cost, usize::MAX.saturating_sub(found.length)))
}

/// The number of literals from `position` on with which the rest is cheapest.
fn best_step(
    end: usize,
    position: usize,
    with_match: &[Option<(usize, Match)>],
    steps: &[Step],
) -> Step {
    let literals_to_the_end = end.saturating_sub(position);
    let mut best = Step {
        match_at: end,
        found: None,
        cost: sequence(literals_to_the_end, 0),
    };
    let next = position.saturating_add(1);
    // More literals than are compared: one more than was best for the next position.
    let longer = steps.get(next).map(|step| step.match_at);
    let few = position..=position.saturating_add(EXACT_LITERALS);
    for match_at in few.chain(longer) {
        let Some(Some((rest, found))) = with_match.get(match_at) else {
            continue;
        };
        let cost = sequence(match_at.saturating_sub(position), *rest);
        if cost < best.cost {
            best = Step {
                match_at,
                found: Some(*found),
                cost,
            };
        }
    }
    best
}

/// The bytes of a token, its literals and what follows.
const fn sequence(literals: usize, rest: usize) -> usize {
    literals
        .saturating_add(1)
        .saturating_add(extra_bytes(literals))
        .saturating_add(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lz4_flex::block::{compress_with_dict, decompress_into_with_dict};

    fn round_trip(text: &[u8]) -> usize {
        let block = compressed(text);
        let mut expanded = vec![0; text.len()];
        let length = decompress_into_with_dict(&block, &mut expanded, DICTIONARY_1).unwrap();
        assert_eq!(&expanded[..length], text);
        assert_eq!(block.len(), Plan::new(text).length);
        block.len()
    }

    #[test]
    fn every_text_comes_back() {
        let claims = r#"{"sub":"42","email":"al@example.org","email_verified":true}"#;
        for length in 0..claims.len() {
            round_trip(&claims.as_bytes()[..length]);
        }
        for repeated in ["a", "ab", "abcdefghijklmnop", claims] {
            for times in [1, 2, 5, 17, 70, 300] {
                round_trip(repeated.repeat(times).as_bytes());
            }
        }
        round_trip(DICTIONARY_1);
        round_trip(&DICTIONARY_1[1..]);
        let mut state: u32 = 1;
        let random: Vec<u8> = (0..3_000)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                state.to_be_bytes()[0]
            })
            .collect();
        assert!(round_trip(&random) > 3_000);
    }

    #[test]
    fn a_block_is_shorter_than_that_of_the_library() {
        let claims = r#"{"sub":"u7","name":"Al","email":"al@example.org","email_verified":true,"groups":["staff","admin"],"aud":"c1","iss":"https://op.example/oidc","exp":1795003600,"iat":1795000000}"#;

        let library = compress_with_dict(claims.as_bytes(), DICTIONARY_1).len();

        let ours = round_trip(claims.as_bytes());
        assert!(ours + 5 < library, "{ours} and {library}");
    }

    /// What a text that repeats itself costs at most.
    #[test]
    fn matches_are_looked_at_a_bounded_number_of_times() {
        let text = "a".repeat(super::super::MAX_SEARCHED);

        round_trip(text.as_bytes());
    }
}
