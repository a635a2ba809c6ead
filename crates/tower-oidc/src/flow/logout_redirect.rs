//! `GET /auth/sign-out/continue`: the second step of a sign-out by a script, which leads the window to
//! the provider.
//!
//! The request to the provider has the ID token in it (`id_token_hint`), which no script may read. So the
//! answer to the script names this path, and the request waits in a sealed cookie. Scripts cannot read a
//! redirect to another origin, or a page in a sandbox.

use http::header::CONTENT_SECURITY_POLICY;
use http::{Method, StatusCode};
use sealed_cookie::SetCookies;
use serde_json::json;

use crate::flow::request_head::RequestHead;
use crate::origin::Origin;
use crate::origin::logout_request::LogoutRequest;
use crate::web::fetch_metadata::{Initiator, initiator, is_navigation, is_top_level};
use crate::web::pages;
use crate::web::response::{self, OwnResponse, see_other};

/// Leads to the provider, or to the page after a sign-out if the browser has no valid request. Only a
/// navigation may use the request.
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
    let request = origin.logout_url_cookie.open(&received);
    let is_valid = request.is_some();
    let mut response = match request {
        // A service worker of the application could read the page with the ID token.
        Some(LogoutRequest::Form(form)) if !is_top_level(&head.headers) => {
            see_other(&form.url_without_id_token())
        }
        Some(request) => to_provider(&request),
        None => see_other(&origin.after_sign_out),
    };
    origin
        .logout_url_cookie
        .delete()
        .append_to(response.headers_mut());
    if is_valid {
        // Not before: it would have deleted the cookie of this step.
        let clear = origin.sign_out.clear_site_data.only_cookies();
        clear.append_to(response.headers_mut());
    }
    response
}

/// A redirect to the provider, or a page that submits a form to it. The page may only be shown in a tab.
pub(super) fn to_provider(request: &LogoutRequest) -> OwnResponse {
    match request {
        LogoutRequest::Url(url) => see_other(url),
        LogoutRequest::Form(form) => {
            let fields = form.fields.iter();
            let fields = fields.map(|(name, value)| (name.as_str(), value.as_str()));
            pages::continue_sign_out(&form.action, fields, &form.targets())
        }
    }
}

/// The answer to a script that has signed out, with the cookie for the second step.
///
/// Without a request an earlier cookie stays: a script that signs out twice must reach the provider too.
/// `has_ended` means that this request has ended a session.
pub(crate) fn as_json(
    origin: &Origin,
    deletions: SetCookies,
    request: Option<&LogoutRequest>,
    has_ended: bool,
) -> OwnResponse {
    let routes = &origin.routes;
    let path = routes.sign_out_continue().map(|path| routes.public(&path));
    let mut response = response::json(StatusCode::OK, &json!({ "logoutUrl": path }));
    let headers = response.headers_mut();
    // JSON is no document, and the cookies need the room.
    headers.remove(CONTENT_SECURITY_POLICY);
    deletions.append_to(headers);
    let mut clear = origin.sign_out.clear_site_data;
    if let Some(cookies) = request.and_then(|request| origin.logout_url_cookie.seal(request)) {
        cookies.append_to(headers);
        clear = clear.without_cookies();
    }
    if has_ended {
        clear.append_to(headers);
    }
    response
}
