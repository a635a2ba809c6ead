//! Finds identifiers and random texts, whose characters carry less than eight bits and in which nothing repeats:
//! `6fa459ea-ee8a-3ca4-894e-db77e160355e`, hashes in hexadecimal digits, values in base64url, and times.

use super::guid;
use super::instructions::{BASE64URL, BASE64URL_OF, BETWEEN_GUIDS, GUID, GUIDS, HEX, TIME};
use super::times;
use crate::format::codec::{Writer, measure};
use crate::format::time::UnixMillis;
use crate::format::wiped::Wiped;
use crate::session::token;

/// Shorter ones hardly become shorter.
const SHORTEST_HEX: usize = 8;
const SHORTEST_BASE64URL: usize = 12;

/// A part of a text that may be written in fewer bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Identifier {
    pub(super) start: usize,
    pub(super) end: usize,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    /// The difference from the time of the sign-in.
    Time(u64),
    Guid,
    /// This many, with quotes and commas between them.
    Guids(usize),
    Hex,
    Base64Url,
}

impl Identifier {
    /// The bytes that [`write`](Self::write) appends.
    pub(super) fn cost(&self) -> usize {
        let characters = self.end.saturating_sub(self.start);
        let with_number = |number| measure(|writer| writer.number(number)).saturating_add(1);
        let with_count = |count| measure(|writer| writer.count(count)).saturating_add(1);
        match self.kind {
            Kind::Time(difference) => with_number(difference),
            Kind::Guid => 17,
            Kind::Guids(count) => with_count(count).saturating_add(count.saturating_mul(16)),
            Kind::Hex => with_count(characters).saturating_add(characters / 2),
            Kind::Base64Url => match instruction_for(characters) {
                Some(_) => token::packed_len(characters).saturating_add(1),
                None => with_count(characters).saturating_add(token::packed_len(characters)),
            },
        }
    }

    /// Writes the part of `text`.
    pub(super) fn write(&self, text: &[u8], packed: &mut Writer) {
        let text = text.get(self.start..self.end).unwrap_or_default();
        match self.kind {
            Kind::Time(difference) => {
                packed.byte(TIME);
                packed.number(difference);
            }
            Kind::Guid => {
                packed.byte(GUID);
                packed.bytes(&guid::parsed(text).unwrap_or_default());
            }
            Kind::Guids(count) => {
                packed.byte(GUIDS);
                packed.count(count);
                for guid in text.chunks(guid::TEXT.saturating_add(BETWEEN_GUIDS.len())) {
                    let guid = guid.get(..guid::TEXT).unwrap_or_default();
                    packed.bytes(&guid::parsed(guid).unwrap_or_default());
                }
            }
            Kind::Hex => {
                packed.byte(HEX);
                packed.count(text.len());
                packed.bytes(&hex_bytes(text).unwrap_or_default());
            }
            Kind::Base64Url => {
                match instruction_for(text.len()) {
                    Some(instruction) => packed.byte(instruction),
                    None => {
                        packed.byte(BASE64URL);
                        packed.count(text.len());
                    }
                }
                packed.bytes(&token::packed(text).unwrap_or_default());
            }
        }
    }
}

/// The instruction for this number of characters of base64url, if there is one.
fn instruction_for(characters: usize) -> Option<u8> {
    let mut usual = BASE64URL_OF.iter();
    usual.find_map(|&(instruction, count)| (count == characters).then_some(instruction))
}

/// All identifiers of a text, in the order of their starts.
pub(super) fn identifiers(text: &[u8], created_at: UnixMillis) -> Vec<Identifier> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let length = rest.iter().position(|&byte| !is_base64url(byte));
        let run = rest.get(..length.unwrap_or(rest.len())).unwrap_or_default();
        if guid::parsed(run).is_some() {
            at = find_guids(text, at, &mut found);
            continue;
        }
        let end = at.saturating_add(run.len());
        found.extend(kind_of(run, created_at).map(|kind| Identifier {
            start: at,
            end,
            kind,
        }));
        at = end.saturating_add(1);
    }
    found
}

pub(super) const fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// Adds the GUID at `start` and those that follow it in an array. Returns where the last one ends.
fn find_guids(text: &[u8], start: usize, found: &mut Vec<Identifier>) -> usize {
    let mut starts = vec![start];
    let mut end = start.saturating_add(guid::TEXT);
    while let Some((next, rest)) = text
        .get(end..)
        .and_then(|after| after.strip_prefix(BETWEEN_GUIDS))
        .and_then(|next| next.split_at_checked(guid::TEXT))
        && guid::parsed(next).is_some()
        && !rest.first().copied().is_some_and(is_base64url)
    {
        let next = end.saturating_add(BETWEEN_GUIDS.len());
        starts.push(next);
        end = next.saturating_add(guid::TEXT);
    }
    for (before, start) in starts.iter().copied().enumerate() {
        found.push(Identifier {
            start,
            end: start.saturating_add(guid::TEXT),
            kind: Kind::Guid,
        });
        let count = starts.len().saturating_sub(before);
        if count > 1 {
            found.push(Identifier {
                start,
                end,
                kind: Kind::Guids(count),
            });
        }
    }
    end
}

/// What characters of base64url are, between two that are not, and that are no GUID.
fn kind_of(run: &[u8], created_at: UnixMillis) -> Option<Kind> {
    if let Some(difference) = times::difference(created_at, run) {
        return Some(Kind::Time(difference));
    }
    if run.len() >= SHORTEST_HEX && is_hex(run) {
        return Some(Kind::Hex);
    }
    (run.len() >= SHORTEST_BASE64URL && is_no_word(run)).then_some(Kind::Base64Url)
}

/// Whether there are digits, or capitals that are not at the start. Words are left for phrases and repetitions.
fn is_no_word(run: &[u8]) -> bool {
    let capitals = run.iter().skip(1).any(u8::is_ascii_uppercase);
    capitals || run.iter().any(u8::is_ascii_digit)
}

/// Whether these are lowercase hexadecimal digits alone, and their number is even.
fn is_hex(run: &[u8]) -> bool {
    run.len().is_multiple_of(2) && run.iter().all(|&digit| guid::value(digit).is_some())
}

fn hex_bytes(digits: &[u8]) -> Option<Wiped> {
    let mut bytes = Wiped::with_capacity(digits.len() / 2);
    for [high, low] in digits.as_chunks::<2>().0 {
        bytes.push((guid::value(*high)? << 4) | guid::value(*low)?);
    }
    Some(bytes)
}
