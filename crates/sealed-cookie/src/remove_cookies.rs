//! A request without our cookies.

use http::header::{COOKIE, HeaderMap, HeaderValue};

use crate::cookie_set::SealedCookieSet;
use crate::request::{cookie_fields, pair};
use crate::sealed_cookie::SealedCookie;

/// Removes the cookies of these names from a request, for a proxy whose upstream must not see them,
/// in one pass.
///
/// Other cookies keep their bytes and their order. A field that held none of ours is untouched, one
/// that held nothing else goes.
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
            let kept = without(field, is_ours);
            is_changed |= kept.is_some();
            kept.unwrap_or_else(|| Some(field.clone()))
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

/// What is left of a field that held cookies of ours; `None` if it held none.
fn without(field: &HeaderValue, is_ours: impl Fn(&[u8]) -> bool) -> Option<Option<HeaderValue>> {
    let mut held_ours = false;
    let kept: Vec<_> = field
        .as_bytes()
        .split(|&byte| byte == b';')
        .filter(|bytes| {
            let ours = pair(bytes, 0).is_some_and(|pair| is_ours(pair.name));
            held_ours |= ours;
            !ours
        })
        .collect();
    if !held_ours {
        return None;
    }
    let kept = kept.join(&b';');
    let kept = kept.trim_ascii();
    if kept.is_empty() {
        return Some(None);
    }
    let mut value = HeaderValue::from_bytes(kept).ok();
    if let Some(value) = &mut value {
        value.set_sensitive(field.is_sensitive());
    }
    Some(value)
}
