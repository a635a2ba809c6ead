//! The layer's few pages. Their text is fixed, or the application's own: nothing of a request is shown
//! in them.

use std::time::Duration;

use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};

use crate::response::{OwnResponse, page};
use crate::routes::Routes;

pub(crate) fn unusable_callback(routes: &Routes) -> OwnResponse {
    page(
        StatusCode::BAD_REQUEST,
        "This sign-in cannot be completed",
        &with_sign_in_link(
            routes,
            "<p>The link is incomplete, too old, or was made for another browser.</p>",
        ),
    )
}

/// Two attempts came back without the cookie that each had set.
pub(crate) fn cookie_did_not_come_back(routes: &Routes) -> OwnResponse {
    page(
        StatusCode::BAD_REQUEST,
        "This browser did not keep the sign-in",
        &with_sign_in_link(
            routes,
            "<p>Before a sign-in the browser is given a cookie, and it did not send it back. \
             Likely causes:</p><ul>\
             <li>Cookies are blocked for this site.</li>\
             <li>The sign-in began under another address, such as <code>127.0.0.1</code> instead \
             of <code>localhost</code>, or <code>http</code> instead of <code>https</code>.</li>\
             <li>The sign-in took longer than ten minutes.</li>\
             <li>The link was opened in another browser or a private window.</li></ul>",
        ),
    )
}

pub(crate) fn refused_by_provider(routes: &Routes) -> OwnResponse {
    page(
        StatusCode::FORBIDDEN,
        "The sign-in was refused",
        &with_sign_in_link(
            routes,
            "<p>The sign-in was cancelled, or your account may not use this application.</p>",
        ),
    )
}

/// A silent sign-in (`prompt=none`) was not possible.
pub(crate) fn not_without_the_user(routes: &Routes) -> OwnResponse {
    page(
        StatusCode::UNAUTHORIZED,
        "Please sign in",
        &with_sign_in_link(
            routes,
            "<p>Nobody could be signed in without being asked.</p>",
        ),
    )
}

pub(crate) fn refused_answer(routes: &Routes) -> OwnResponse {
    page(
        StatusCode::BAD_REQUEST,
        "The sign-in was not accepted",
        &with_sign_in_link(
            routes,
            "<p>The provider's answer did not pass this application's checks.</p>",
        ),
    )
}

pub(crate) fn provider_unreachable(routes: &Routes) -> OwnResponse {
    page(
        StatusCode::BAD_GATEWAY,
        "The sign-in service does not answer",
        &with_sign_in_link(routes, "<p>Please try again in a moment.</p>"),
    )
}

/// Too many sign-ins wait already. The page's own address still works: the link loads it again.
pub(crate) fn too_many_sign_ins(retry_after: Duration) -> OwnResponse {
    let mut response = page(
        StatusCode::SERVICE_UNAVAILABLE,
        "Too many people are signing in",
        "<p>Your sign-in is not lost. Please wait a few seconds, then try again.</p>\
         <a href=\"\">Try again</a>",
    );
    let seconds = retry_after.as_secs().max(1);
    response
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from(seconds));
    response
}

pub(crate) fn session_too_large() -> OwnResponse {
    page(
        StatusCode::INTERNAL_SERVER_ERROR,
        "The sign-in does not fit",
        "<p>The provider sent more about this account than this application can keep. Its \
         operators find the sizes in their log.</p>",
    )
}

pub(crate) fn internal_error() -> OwnResponse {
    page(
        StatusCode::INTERNAL_SERVER_ERROR,
        "The sign-in failed",
        "<p>The cause is in this application; its operators find it in their log.</p>",
    )
}

pub(crate) fn unavailable() -> OwnResponse {
    page(
        StatusCode::SERVICE_UNAVAILABLE,
        "Please try again later",
        "<p>This cannot be answered now. You need not sign in again.</p>",
    )
}

pub(crate) fn denied() -> OwnResponse {
    page(
        StatusCode::FORBIDDEN,
        "Not for you",
        "<p>You are signed in, but may not use this.</p>",
    )
}

/// The provider refuses what the user has just signed in anew for. The link has the provider ask who
/// they are, which no redirect did: it may know them and have answered without a question.
pub(crate) fn signing_in_did_not_help(routes: &Routes) -> OwnResponse {
    let link = |path: &Option<String>, query: &str, text: &str| match path {
        Some(path) => format!("<a href=\"{}{query}\">{text}</a> ", routes.public(path)),
        None => String::new(),
    };
    page(
        StatusCode::FORBIDDEN,
        "Signing in did not help",
        &format!(
            "<p>The sign-in service keeps refusing what this page needs. You were sent there a moment \
             ago already, so it was not tried again. The operators of this application find in \
             their log what to check.</p>{}{}",
            link(&routes.sign_in, "?prompt=login", "Sign in again"),
            link(&routes.sign_out, "", "Sign out"),
        ),
    )
}

/// The application does not let the user in; `text` is its own, and plain.
pub(crate) fn not_admitted(routes: &Routes, text: Option<&str>) -> OwnResponse {
    let text = text.map_or_else(
        || "Your account may not use this application.".to_owned(),
        escaped,
    );
    page(
        StatusCode::FORBIDDEN,
        "You are not signed in",
        &with_sign_in_link(routes, &format!("<p>{text}</p>")),
    )
}

pub(crate) fn sign_in_required() -> OwnResponse {
    page(
        StatusCode::UNAUTHORIZED,
        "Please sign in",
        "<p>This page is for signed-in users.</p>",
    )
}

pub(crate) fn forbidden() -> OwnResponse {
    page(
        StatusCode::FORBIDDEN,
        "Not from here",
        "<p>This address is used by the application's own pages only.</p>",
    )
}

pub(crate) fn misdirected() -> OwnResponse {
    page(
        StatusCode::MISDIRECTED_REQUEST,
        "Not under this address",
        "<p>This application is not configured for the host name of this request.</p>",
    )
}

pub(crate) fn bad_request() -> OwnResponse {
    page(
        StatusCode::BAD_REQUEST,
        "This request cannot be answered",
        "<p>It is too long, or malformed.</p>",
    )
}

/// Asks before signing out; `action` is a path of ours.
pub(crate) fn confirm_sign_out(action: &str) -> OwnResponse {
    page(
        StatusCode::OK,
        "Sign out?",
        &format!("<form method=\"post\" action=\"{action}\"><button>Sign out</button></form>"),
    )
}

fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            _ => html.push(character),
        }
    }
    html
}

fn with_sign_in_link(routes: &Routes, content: &str) -> String {
    match &routes.sign_in {
        Some(path) => format!(
            "{content}<a href=\"{}\">Sign in again</a>",
            routes.public(path)
        ),
        None => content.to_owned(),
    }
}
