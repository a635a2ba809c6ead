//! The layer's few pages. Their text is fixed, or the application's own, such as the provider's name:
//! of a request they repeat nothing but the page to come back to, checked and percent-encoded, in a
//! link.

use std::time::Duration;

use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};

use crate::web::response::{OwnResponse, page};
use crate::web::sign_in_link::SignInLink;

pub(crate) fn unusable_callback(link: &SignInLink) -> OwnResponse {
    page(
        StatusCode::BAD_REQUEST,
        "This sign-in cannot be completed",
        &with_sign_in_link(
            link,
            "<p>The link is incomplete, too old, or was made for another browser.</p>",
        ),
    )
}

/// Two attempts came back without the cookie that each had set.
pub(crate) fn cookie_did_not_come_back(link: &SignInLink) -> OwnResponse {
    page(
        StatusCode::BAD_REQUEST,
        "This browser did not keep the sign-in",
        &with_sign_in_link(
            link,
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

pub(crate) fn refused_by_provider(link: &SignInLink) -> OwnResponse {
    page(
        StatusCode::FORBIDDEN,
        "The sign-in was refused",
        &with_sign_in_link(
            link,
            "<p>The sign-in was cancelled, or your account may not use this application.</p>",
        ),
    )
}

/// The provider answered in a way that the callback does not take. No link back: it would do so again.
pub(crate) fn posted_callback() -> OwnResponse {
    page(
        StatusCode::METHOD_NOT_ALLOWED,
        "This sign-in cannot be completed",
        "<p>The sign-in service sent its answer in a form that this application does not accept. The \
         operators of this application find in their log what to change.</p>",
    )
}

/// A silent sign-in (`prompt=none`) was not possible.
pub(crate) fn not_without_the_user(link: &SignInLink) -> OwnResponse {
    page(
        StatusCode::UNAUTHORIZED,
        "Please sign in",
        &with_sign_in_link(
            link,
            "<p>Nobody could be signed in without being asked.</p>",
        ),
    )
}

pub(crate) fn refused_answer(link: &SignInLink) -> OwnResponse {
    page(
        StatusCode::BAD_REQUEST,
        "The sign-in was not accepted",
        &with_sign_in_link(
            link,
            "<p>The provider's answer did not pass this application's checks.</p>",
        ),
    )
}

/// The provider gives no answer, or says that it cannot now. `provider` is its name for people.
pub(crate) fn provider_unreachable(link: &SignInLink, provider: Option<&str>) -> OwnResponse {
    let name = provider.map_or_else(String::new, |name| {
        format!("This application signs you in with {}. ", escaped(name))
    });
    page(
        StatusCode::BAD_GATEWAY,
        "The sign-in service does not answer",
        &with_sign_in_link(link, &format!("<p>{name}Please try again in a moment.</p>")),
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

/// The provider asked to try again, more than once, or where trying again needs the user.
pub(crate) fn not_finished(link: &SignInLink, is_signed_in: bool) -> OwnResponse {
    let still = match is_signed_in {
        true => " You are still signed in as before.",
        false => "",
    };
    page(
        StatusCode::SERVICE_UNAVAILABLE,
        "The sign-in was not finished",
        &with_sign_in_link(
            link,
            &format!(
                "<p>The sign-in service is busy, or its page was open for too long. Nobody was \
                 refused.{still} Please try again.</p>"
            ),
        ),
    )
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
pub(crate) fn signing_in_did_not_help(link: &SignInLink, sign_out: Option<&str>) -> OwnResponse {
    let sign_out = sign_out.map_or_else(String::new, |path| {
        format!(" <a href=\"{path}\">Sign out</a>")
    });
    page(
        StatusCode::FORBIDDEN,
        "Signing in did not help",
        &format!(
            "<p>The sign-in service keeps refusing what this page needs. You were sent there a moment \
             ago already, so it was not tried again. The operators of this application find in \
             their log what to check.</p>{}{sign_out}",
            anchor(link, &[("prompt", "login")], "Sign in again"),
        ),
    )
}

/// Another user than the only one who may sign in. The link has the provider ask who they are: it knows
/// them, and would answer without a question.
pub(crate) fn another_account_is_expected(link: &SignInLink) -> OwnResponse {
    let link = anchor(link, &[("prompt", "login")], "Sign in with another account");
    page(
        StatusCode::FORBIDDEN,
        "You do not have access",
        &format!("<p>This account may not use this application.</p>{link}"),
    )
}

/// The application does not let the user in; `text` is its own, and plain.
pub(crate) fn not_admitted(link: &SignInLink, text: Option<&str>) -> OwnResponse {
    let text = text.map_or_else(
        || "Your account may not use this application.".to_owned(),
        escaped,
    );
    page(
        StatusCode::FORBIDDEN,
        "You are not signed in",
        &with_sign_in_link(link, &format!("<p>{text}</p>")),
    )
}

pub(crate) fn sign_in_required() -> OwnResponse {
    page(
        StatusCode::UNAUTHORIZED,
        "Please sign in",
        "<p>This page is for signed-in users.</p>",
    )
}

/// A frame, an image or another part of a page asks for the sign-in.
pub(crate) fn needs_its_own_window(link: &SignInLink) -> OwnResponse {
    page(
        StatusCode::FORBIDDEN,
        "The sign-in needs a window",
        &match link.href(&[]) {
            Some(href) => format!(
                "<p>The sign-in does not work inside another page.</p>\
                 <a href=\"{}\" target=\"_top\">Sign in</a>",
                escaped(&href)
            ),
            None => "<p>The sign-in does not work inside another page.</p>".to_owned(),
        },
    )
}

pub(crate) fn method_not_allowed() -> OwnResponse {
    page(
        StatusCode::METHOD_NOT_ALLOWED,
        "This request cannot be answered",
        "<p>This address does not take requests of this kind.</p>",
    )
}

/// A form came without a session. What was posted was not given to the application, so a redirect
/// would look as if it had been: this is 401 and says so.
pub(crate) fn form_was_not_saved(link: &SignInLink, parameters: &[(&str, &str)]) -> OwnResponse {
    let link = anchor(link, parameters, "Sign in");
    page(
        StatusCode::UNAUTHORIZED,
        "Your session has ended",
        &format!(
            "<p>You are not signed in any more, so what you sent was <strong>not saved</strong>. \
             Sign in, and send it again. Your browser may still show what you entered when you go \
             back.</p>{link}"
        ),
    )
}

/// The same, and the provider must ask the user, who is signed in.
pub(crate) fn form_needs_consent(link: &SignInLink, parameters: &[(&str, &str)]) -> OwnResponse {
    let link = anchor(link, parameters, "Continue");
    page(
        StatusCode::UNAUTHORIZED,
        "Please confirm first",
        &format!(
            "<p>You are signed in, but the sign-in service has to ask you something before this can \
             be done. What you sent was <strong>not saved</strong>. Continue there, and send it \
             again.</p>{link}"
        ),
    )
}

/// As many sign-ins as may be are under way in this browser. `continue_at` is the page that the user
/// wanted, and `action` the address that replaces the oldest of them.
pub(crate) fn signing_in_elsewhere(continue_at: &str, action: &str) -> OwnResponse {
    page(
        StatusCode::CONFLICT,
        "You are signing in in another tab",
        &format!(
            "<p>Several sign-ins are under way in this browser, so no further one was started. \
             Finish signing in in another tab, then continue here.</p>\
             <a href=\"{}\">Continue</a>\
             <form method=\"post\" action=\"{}\"><p>Is there no such tab?</p>\
             <button>Sign in here</button></form>",
            escaped(continue_at),
            escaped(action),
        ),
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

fn with_sign_in_link(link: &SignInLink, content: &str) -> String {
    format!("{content}{}", anchor(link, &[], "Sign in again"))
}

/// Nothing where the sign-in route is turned off.
fn anchor(link: &SignInLink, parameters: &[(&str, &str)], label: &str) -> String {
    link.href(parameters).map_or_else(String::new, |href| {
        format!("<a href=\"{}\">{label}</a>", escaped(&href))
    })
}
