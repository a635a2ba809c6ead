//! Removing our cookies from a request.

use http::header::{COOKIE, HeaderMap, HeaderValue};

use crate::cookie_set::SealedCookieSet;
use crate::request::{cookie_fields, pair, parts};
use crate::sealed_cookie::SealedCookie;

/// Removes these cookies from a request, in one pass over its `Cookie` fields.
///
/// This is for a proxy whose upstream must not see them. Other cookies keep their bytes and their
/// order. A field without any of these cookies is not touched; a field with nothing else is
/// removed.
pub fn remove_cookies(
    headers: &mut HeaderMap,
    cookies: &[&SealedCookie],
    sets: &[&SealedCookieSet],
) {
    let is_ours = |name: &[u8]| {
        cookies.iter().any(|cookie| cookie.index_of(name).is_some())
            || sets.iter().any(|set| set.id_of(name).is_some())
    };
    let mut is_changed = false;
    let fields: Vec<_> = cookie_fields(headers)
        .filter_map(|field| {
            #[cfg(feature = "testing")]
            if let Some(cookie) = cookies.first() {
                cookie.count_scanned(field.len());
            }
            match without(field, is_ours) {
                Remaining::All => Some(field.clone()),
                Remaining::Some(field) => {
                    is_changed = true;
                    Some(field)
                }
                Remaining::Nothing => {
                    is_changed = true;
                    None
                }
            }
        })
        .collect();
    if !is_changed {
        return;
    }
    headers.remove(COOKIE);
    for field in fields {
        headers.append(COOKIE, field);
    }
}

/// What is left of a field.
enum Remaining {
    /// The field had none of our cookies.
    All,
    Some(HeaderValue),
    Nothing,
}

fn without(field: &HeaderValue, is_ours: impl Fn(&[u8]) -> bool) -> Remaining {
    let mut had_ours = false;
    let kept: Vec<_> = parts(field.as_bytes())
        .filter(|part| {
            let ours = pair(*part).is_some_and(|pair| is_ours(pair.name));
            had_ours |= ours;
            !ours
        })
        .map(|(_, part)| part)
        .collect();
    if !had_ours {
        return Remaining::All;
    }
    let kept = kept.join(&b';');
    let kept = kept.trim_ascii();
    match HeaderValue::from_bytes(kept) {
        Ok(mut value) if !kept.is_empty() => {
            value.set_sensitive(field.is_sensitive());
            Remaining::Some(value)
        }
        _ => Remaining::Nothing,
    }
}
