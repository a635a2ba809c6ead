//! The `Cookie` fields of a request, read as bytes.
//!
//! A foreign cookie may hold any byte, and must not stand in our way. Names are compared as they
//! are: a parser that trims Unicode white space or decodes percent signs would take
//! `\u{2000}__Host-auth`, which any site next door can set, for `__Host-auth`.

use http::header::{COOKIE, HeaderMap, HeaderValue};

use crate::family::SealedCookieFamily;
use crate::sealed_cookie::SealedCookie;

/// The `Cookie` fields in order: HTTP/2 splits one into many (RFC 9113 section 8.2.3).
pub(crate) fn cookie_fields(headers: &HeaderMap) -> impl Iterator<Item = &HeaderValue> {
    headers.get_all(COOKIE).iter()
}

/// The names and values of one field, without the spaces and tabs around them (RFC 6265bis
/// section 5.6). What has no equals sign has no name and is skipped.
pub(crate) fn pairs(field: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    field.split(|&byte| byte == b';').filter_map(|pair| {
        let equals = pair.iter().position(|&byte| byte == b'=')?;
        let (name, value) = pair.split_at_checked(equals)?;
        Some((trim(name), trim(value.get(1..)?)))
    })
}

/// Removes the cookies of these names from a request, for a proxy whose upstream must not see them.
///
/// Other cookies keep their bytes and their order. A field that held none of ours is untouched, one
/// that held nothing else goes.
pub fn strip(headers: &mut HeaderMap, cookies: &[&SealedCookie], families: &[&SealedCookieFamily]) {
    let is_ours = |name: &[u8]| {
        cookies.iter().any(|cookie| cookie.index_of(name).is_some())
            || families.iter().any(|family| family.id_of(name).is_some())
    };
    let holds_ours = |field: &HeaderValue| pairs(field.as_bytes()).any(|(name, _)| is_ours(name));
    if !cookie_fields(headers).any(holds_ours) {
        return;
    }
    let fields: Vec<_> = cookie_fields(headers).cloned().collect();
    headers.remove(COOKIE);
    for field in fields {
        if !holds_ours(&field) {
            headers.append(COOKIE, field);
            continue;
        }
        let kept: Vec<_> = field
            .as_bytes()
            .split(|&byte| byte == b';')
            .filter(|pair| !pairs(pair).any(|(name, _)| is_ours(name)))
            .collect();
        let kept = kept.join(&b';');
        if let (false, Ok(mut value)) = (
            kept.trim_ascii().is_empty(),
            HeaderValue::from_bytes(kept.trim_ascii()),
        ) {
            value.set_sensitive(field.is_sensitive());
            headers.append(COOKIE, value);
        }
    }
}

fn trim(bytes: &[u8]) -> &[u8] {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t');
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
