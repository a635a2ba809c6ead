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
pub(crate) struct Pair<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) value: &'a [u8],
    /// Where the value begins in its field.
    pub(crate) value_start: usize,
}

/// The pairs of one field (RFC 6265bis section 5.6). Parts without an equals sign have no name and
/// are skipped.
pub(crate) fn pairs(field: &[u8]) -> impl Iterator<Item = Pair<'_>> {
    let mut next = 0_usize;
    field.split(|&byte| byte == b';').filter_map(move |pair| {
        let start = next;
        next = start.saturating_add(pair.len()).saturating_add(1);
        self::pair(pair, start)
    })
}

/// The pair in `bytes`, which begin at position `start` of their field.
pub(crate) fn pair(bytes: &[u8], start: usize) -> Option<Pair<'_>> {
    let equals = bytes.iter().position(|&byte| byte == b'=')?;
    let (name, value) = bytes.split_at_checked(equals)?;
    let value = value.get(1..)?;
    let spaces = value.iter().take_while(|byte| is_space(byte)).count();
    Some(Pair {
        name: trim(name),
        value: trim(value),
        value_start: start
            .saturating_add(equals)
            .saturating_add(1)
            .saturating_add(spaces),
    })
}

fn trim(bytes: &[u8]) -> &[u8] {
    let start = bytes
        .iter()
        .position(|byte| !is_space(byte))
        .unwrap_or(bytes.len());
    let end = bytes
        .iter()
        .rposition(|byte| !is_space(byte))
        .map_or(start, |last| last.saturating_add(1));
    bytes.get(start..end).unwrap_or_default()
}

const fn is_space(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t')
}
