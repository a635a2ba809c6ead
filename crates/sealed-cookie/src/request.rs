//! The `Cookie` fields of a request, read as bytes.
//!
//! Cookies of other applications may hold any byte and must not prevent us from reading ours. Names
//! are compared byte for byte: a parser that trims Unicode white space or decodes percent signs
//! would accept `\u{2000}__Host-auth`, which a sibling host can set, as `__Host-auth`.

use http::header::{COOKIE, HeaderMap, HeaderValue};
use memchr::memmem::Finder;

/// The `Cookie` fields in order. HTTP/2 may split one into several (RFC 9113 section 8.2.3).
pub(crate) fn cookie_fields(headers: &HeaderMap) -> impl Iterator<Item = &HeaderValue> {
    headers.get_all(COOKIE).iter()
}

/// A name and a value, without the spaces and tabs around them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Pair<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) value: &'a [u8],
    /// Where the value begins in its field.
    pub(crate) value_start: usize,
}

/// Finds the pairs of a field whose names begin with a text.
///
/// Most of a field is cookies of other applications. `memchr` searches it for the text, 16 or 32 bytes
/// at a time, so those that do not contain it are not even counted.
#[derive(Debug, Clone)]
pub(crate) struct NamePrefix(Finder<'static>);

impl NamePrefix {
    pub(crate) fn new(text: &[u8]) -> Self {
        Self(Finder::new(text).into_owned())
    }

    /// Whether a field has the text, wherever it is.
    pub(crate) fn is_in(&self, field: &[u8]) -> bool {
        self.0.find(field).is_some()
    }

    pub(crate) fn pairs<'a>(&'a self, field: &'a [u8]) -> impl Iterator<Item = Pair<'a>> {
        // Always the beginning of a part.
        let mut from = 0_usize;
        std::iter::from_fn(move || {
            loop {
                let searched = field.get(from..)?;
                let found = self.0.find(searched)?;
                let (before, rest) = searched.split_at_checked(found)?;
                // A part has one name, so what else is in it need not be searched.
                let length = memchr::memchr(b';', rest).unwrap_or(rest.len());
                let start = from.saturating_add(found);
                from = start.saturating_add(length).saturating_add(1);
                let begins_a_part = without_spaces_behind(before).last();
                if begins_a_part.is_none_or(|&byte| byte == b';')
                    && let Some(pair) = pair((start, rest.get(..length)?))
                {
                    return Some(pair);
                }
            }
        })
    }
}

/// The parts of a field between semicolons, each with the position at which it begins.
pub(crate) fn parts(field: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut start = Some(0_usize);
    std::iter::from_fn(move || {
        let from = start?;
        let rest = field.get(from..)?;
        let length = memchr::memchr(b';', rest);
        start = length.map(|length| from.saturating_add(length).saturating_add(1));
        Some((from, rest.get(..length.unwrap_or(rest.len()))?))
    })
}

/// The pair in a part of a field that begins at this position (RFC 6265bis section 5.6). A part
/// without an equals sign has no name and is not a pair.
pub(crate) fn pair((start, part): (usize, &[u8])) -> Option<Pair<'_>> {
    let (name, after) = part.split_at_checked(memchr::memchr(b'=', part)?)?;
    let value = after.get(1..)?;
    let spaces = leading_spaces(value);
    let value_start = start
        .saturating_add(name.len())
        .saturating_add(1)
        .saturating_add(spaces);
    Some(Pair {
        name: without_spaces_behind(name.get(leading_spaces(name)..)?),
        value: without_spaces_behind(value.get(spaces..)?),
        value_start,
    })
}

fn leading_spaces(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| is_space(byte)).count()
}

fn without_spaces_behind(bytes: &[u8]) -> &[u8] {
    let last = bytes.iter().rposition(|byte| !is_space(byte));
    let end = last.map_or(0, |last| last.saturating_add(1));
    bytes.get(..end).unwrap_or_default()
}

const fn is_space(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
