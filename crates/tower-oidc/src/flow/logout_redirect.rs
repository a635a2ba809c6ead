//! `GET /auth/sign-out/continue`: the second step of a sign-out by a script, which leads the window to
//! the provider.
//!
//! The provider's URL has the ID token in it (`id_token_hint`), which no script may read. So the answer
//! to the script names this path, and the URL waits in a sealed cookie. Scripts cannot read a redirect to
//! another origin.

use std::time::Duration;

use http::header::CONTENT_SECURITY_POLICY;
use http::{Method, StatusCode};
use sealed_cookie::{ReceivedCookie, SetCookies};
use serde_json::json;

use super::Head;
use super::end_session::MAX_URL_LENGTH;
use crate::components::Components;
use crate::format::codec::{Reader, Writer, utf8};
use crate::format::time::UnixMillis;
use crate::log_limit::limited;
use crate::web::fetch_metadata::{Initiator, initiator, is_navigation};
use crate::web::pages;
use crate::web::response::{self, COOKIES_AND_LOCATION, OwnResponse, head_size, see_other};

/// For the navigation that follows at once.
const LIFETIME: Duration = Duration::from_secs(60);

/// What stands around the cookie's name and value in a response's head: `set-cookie`, the attributes, a
/// domain of usual length.
const AROUND_THE_COOKIE: usize = 150;

/// What is sealed beside the URL, and what sealing adds.
const AROUND_THE_URL: usize = 57 + 10;

/// Leads on to the provider, or without a URL to the page after a sign-out: for a stranger, too late, or
/// where the provider has no part in it. Only a navigation may use the URL up.
pub(crate) fn run(shared: &Components, head: &Head) -> OwnResponse {
    if let Some(refused) = head.refused_method(&[Method::GET], "GET, OPTIONS") {
        return refused;
    }
    if initiator(&head.headers) == Initiator::Prefetch {
        return response::empty(StatusCode::NO_CONTENT);
    }
    // Of browsers without Fetch Metadata too: a script's `fetch` does not ask for HTML by name.
    if !is_navigation(&head.method, &head.headers) {
        return pages::forbidden();
    }
    let Some(received) = shared.origin.logout_url_cookie.receive(&head.headers) else {
        return see_other(&shared.origin.after_sign_out);
    };
    let url = open(shared, &received);
    let mut response = see_other(url.as_ref().unwrap_or(&shared.origin.after_sign_out));
    shared
        .origin
        .logout_url_cookie
        .delete_first()
        .append_to(response.headers_mut());
    response
}

/// The answer to a script that has signed out, with the cookie for the second step.
///
/// Without a URL an earlier cookie stays: a script that signs out twice must reach the provider too.
pub(crate) fn as_json(
    shared: &Components,
    deletions: SetCookies,
    logout_url: Option<&str>,
) -> OwnResponse {
    let routes = &shared.origin.routes;
    let path = routes.sign_out_continue().map(|path| routes.public(&path));
    let mut response = response::json(StatusCode::OK, &json!({ "logoutUrl": path }));
    let headers = response.headers_mut();
    // JSON is no document, and the cookies need the room.
    headers.remove(CONTENT_SECURITY_POLICY);
    deletions.append_to(headers);
    if let Some(cookies) = logout_url.and_then(|url| seal(shared, url)) {
        cookies.append_to(headers);
    }
    response
}

/// The longest URL for whose cookie there is room in a response's head beside these cookies.
pub(crate) fn max_url_length(shared: &Components, cookies: &SetCookies) -> usize {
    let name = shared.origin.logout_url_cookie.name().as_str().len();
    let characters = COOKIES_AND_LOCATION
        .saturating_sub(head_size(cookies))
        .saturating_sub(AROUND_THE_COOKIE)
        .saturating_sub(name);
    (characters / 4)
        .saturating_mul(3)
        .saturating_sub(AROUND_THE_URL)
        .min(MAX_URL_LENGTH)
}

fn seal(shared: &Components, url: &str) -> Option<SetCookies> {
    let mut writer = Writer::with_capacity(url.len().saturating_add(10));
    writer.number(shared.now().0);
    writer.bytes(url.as_bytes());
    let sealed = shared.origin.logout_url_cookie.seal(
        writer.as_ref(),
        Some(LIFETIME),
        None,
        shared.entropy.as_ref(),
    );
    if let Err(error) = &sealed {
        limited!(
            error,
            shared,
            ("sign_out", "logout_url"),
            %error,
            "signed out here, but not at the provider: its URL cannot be sealed"
        );
    }
    sealed.ok()
}

/// The latest URL that opens and is not too old.
fn open(shared: &Components, received: &ReceivedCookie) -> Option<String> {
    let urls = shared.origin.logout_url_cookie.open(received).into_iter();
    urls.filter_map(|opened| {
        let mut reader = Reader::new(opened.ok()?.into_bytes());
        let sealed_at = UnixMillis(reader.number().ok()?);
        let url = utf8(&reader.rest()).ok()?.to_owned();
        Some((sealed_at, url))
    })
    .filter(|(sealed_at, _)| shared.now().since(*sealed_at) < LIFETIME)
    .max()
    .map(|(_, url)| url)
}
