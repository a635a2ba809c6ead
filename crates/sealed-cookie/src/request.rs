//! The `Cookie` fields of a request, read as bytes.
//!
//! Cookies of other applications may hold any byte and must not prevent us from reading ours. Names
//! are compared byte for byte: a parser that trims Unicode white space or decodes percent signs
//! would accept `\u{2000}__Host-auth`, which a sibling host can set, as `__Host-auth`.

use http::header::{COOKIE, HeaderMap, HeaderValue};

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

/// The parts of a field between semicolons, each with the position at which it begins.
///
/// Most parts are cookies of others, so they are not looked at here: `memchr` finds the semicolons
/// 16 or 32 bytes at a time.
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

/// The pair in a part of a field that begins at this position (RFC 6265bis section 5.6), if its name
/// begins with `prefix`. A part without an equals sign has no name and is not a pair.
///
/// The prefix is compared first. So a cookie of another application costs one comparison, however
/// long it is.
pub(crate) fn pair_of<'a>((start, part): (usize, &'a [u8]), prefix: &[u8]) -> Option<Pair<'a>> {
    let spaces = leading_spaces(part);
    let named = part.get(spaces..).filter(|it| it.starts_with(prefix))?;
    let (name, after) = named.split_at_checked(memchr::memchr(b'=', named)?)?;
    let value = after.get(1..)?;
    let spaces_before_value = leading_spaces(value);
    let value_start = start
        .saturating_add(spaces)
        .saturating_add(name.len())
        .saturating_add(1)
        .saturating_add(spaces_before_value);
    Some(Pair {
        name: without_spaces_behind(name),
        value: without_spaces_behind(value.get(spaces_before_value..)?),
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
