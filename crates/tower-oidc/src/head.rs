//! The last look at a response's head: after it nothing can be written to the browser.

use http::header::{
    CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderName,
    LAST_MODIFIED, SET_COOKIE, TRAILER, TRANSFER_ENCODING,
};
use http::{HeaderMap, Response, response::Parts};
use sealed_cookie::SetCookies;

use crate::caching;
use crate::context::{AuthContext, Opening};
use crate::response::OwnResponse;

/// What a response says about the body that ours takes the place of.
const ABOUT_THE_BODY: [HeaderName; 8] = [
    CONTENT_TYPE,
    CONTENT_LENGTH,
    CONTENT_ENCODING,
    CONTENT_DISPOSITION,
    TRANSFER_ENCODING,
    TRAILER,
    ETAG,
    LAST_MODIFIED,
];

/// Renews the session's cookie if that is due, and tells caches whom the response is for. A
/// response whose request was not looked at stays as it is.
pub(crate) fn finish(context: &AuthContext, parts: &mut Parts) {
    let Some(opening) = context.looked_at() else {
        return;
    };
    let headers = &mut parts.headers;
    caching::vary_by_cookie(headers);
    if !matches!(opening, Opening::SignedIn { .. }) {
        return;
    }
    match renewal(context, opening) {
        // An interim response's head is not the last one, so browsers may ignore its cookies.
        Some(cookies) if !parts.status.is_informational() => {
            remove_set_cookies(headers, &cookies);
            cookies.append_to(headers);
            caching::forbid_storing(headers);
        }
        _ => caching::private_unless_told(headers),
    }
}

/// Puts our response in the place of the application's, which keeps its other headers (CORS, trace
/// ids, cookies of its own).
pub(crate) fn replace(mut parts: Parts, own: OwnResponse) -> OwnResponse {
    let (own_parts, body) = own.into_parts();
    for name in &ABOUT_THE_BODY {
        parts.headers.remove(name);
    }
    caching::forbid_storing(&mut parts.headers);
    for name in own_parts.headers.keys() {
        if name == SET_COOKIE {
            continue;
        }
        parts.headers.remove(name);
    }
    for (name, value) in &own_parts.headers {
        parts.headers.append(name, value.clone());
    }
    parts.status = own_parts.status;
    Response::from_parts(parts, body)
}

fn renewal(context: &AuthContext, opening: &Opening) -> Option<SetCookies> {
    let Opening::SignedIn {
        session,
        by_older_secret,
    } = opening
    else {
        return None;
    };
    let shared = context.shared();
    let now = shared.now();
    let due = *by_older_secret || shared.lifetimes.renewal_due(&session.frame, now);
    // A sign-out that came while the application worked must stand.
    if !due || shared.tombstones.contains(session.frame.session_id, now) {
        return None;
    }
    match shared.seal(session, context.received(), now) {
        Ok(cookies) => Some(cookies),
        Err(error) => {
            tracing::warn!(%error, "the session's cookie is not renewed");
            None
        }
    }
}

/// The application set a cookie of our name: ours wins (C-19).
fn remove_set_cookies(headers: &mut HeaderMap, ours: &SetCookies) {
    let is_ours = |value: &http::HeaderValue| {
        let name = cookie_name(value.as_bytes());
        ours.iter()
            .any(|cookie| cookie_name(cookie.as_bytes()) == name)
    };
    if !headers.get_all(SET_COOKIE).iter().any(is_ours) {
        return;
    }
    let kept: Vec<_> = headers
        .get_all(SET_COOKIE)
        .iter()
        .filter(|value| !is_ours(value))
        .cloned()
        .collect();
    headers.remove(SET_COOKIE);
    for value in kept {
        headers.append(SET_COOKIE, value);
    }
}

fn cookie_name(set_cookie: &[u8]) -> &[u8] {
    let end = set_cookie
        .iter()
        .position(|&byte| byte == b'=')
        .unwrap_or(set_cookie.len());
    set_cookie.get(..end).unwrap_or_default().trim_ascii()
}
