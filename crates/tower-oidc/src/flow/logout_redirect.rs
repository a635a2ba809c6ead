//! `GET /auth/sign-out/continue`: the second step of a sign-out by a script, which leads the window to
//! the provider.
//!
//! The provider's URL has the ID token in it (`id_token_hint`), which no script may read. So the answer
//! to the script names this path, and the URL waits in a sealed cookie. Scripts cannot read a redirect to
//! another origin.

use http::header::CONTENT_SECURITY_POLICY;
use http::{Method, StatusCode};
use sealed_cookie::SetCookies;
use serde_json::json;

use crate::flow::request_head::RequestHead;
use crate::origin::Origin;
use crate::web::fetch_metadata::{Initiator, initiator, is_navigation};
use crate::web::pages;
use crate::web::response::{self, OwnResponse, see_other};

/// Redirects to the provider, or to the page after a sign-out if the browser has no valid URL. Only a
/// navigation may use the URL.
pub(crate) fn run(origin: &Origin, head: &RequestHead) -> OwnResponse {
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
    let Some(received) = origin.logout_url_cookie.receive(&head.headers) else {
        return see_other(&origin.after_sign_out);
    };
    let url = origin.logout_url_cookie.open(&received);
    let mut response = see_other(url.as_ref().unwrap_or(&origin.after_sign_out));
    origin
        .logout_url_cookie
        .delete()
        .append_to(response.headers_mut());
    response
}

/// The answer to a script that has signed out, with the cookie for the second step.
///
/// Without a URL an earlier cookie stays: a script that signs out twice must reach the provider too.
pub(crate) fn as_json(
    origin: &Origin,
    deletions: SetCookies,
    logout_url: Option<&str>,
) -> OwnResponse {
    let routes = &origin.routes;
    let path = routes.sign_out_continue().map(|path| routes.public(&path));
    let mut response = response::json(StatusCode::OK, &json!({ "logoutUrl": path }));
    let headers = response.headers_mut();
    // JSON is no document, and the cookies need the room.
    headers.remove(CONTENT_SECURITY_POLICY);
    deletions.append_to(headers);
    if let Some(cookies) = logout_url.and_then(|url| origin.logout_url_cookie.seal(url)) {
        cookies.append_to(headers);
    }
    response
}
