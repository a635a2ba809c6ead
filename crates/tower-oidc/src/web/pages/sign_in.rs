//! Pages about a sign-in that cannot be started or completed.

use std::time::Duration;

use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};
use maud::html;

use super::content::{STILL_SIGNED_IN, link, sign_in_again};
use crate::web::response::{OwnResponse, page};

/// The page on which users choose a provider. `providers` has the address of the sign-in and the name of each.
pub(crate) fn choose_provider(providers: &[(String, &str)]) -> OwnResponse {
    page(
        StatusCode::OK,
        "Sign in",
        &html! {
            @for (url, name) in providers {
                p { a href=(url) { "Continue with " (name) } }
            }
        },
    )
}

/// The address names a provider that this application does not have.
pub(crate) fn unknown_provider(sign_in: Option<&str>) -> OwnResponse {
    page(
        StatusCode::NOT_FOUND,
        "This way to sign in does not exist",
        &html! {
            p { "The link is wrong, or this application no longer uses that sign-in service." }
            (link(sign_in, "Sign in"))
        },
    )
}

/// The resolver knows no provider for what the user or the link said.
pub(crate) fn provider_not_found(back: &str) -> OwnResponse {
    page(
        StatusCode::NOT_FOUND,
        "No sign-in was found",
        &html! {
            p {
                "This application does not know which sign-in service is yours. Please check the address \
                 that you typed, or ask your organization for its link."
            }
            p { a href=(back) { "Back to the application" } }
        },
    )
}

pub(crate) fn unusable_callback(sign_in: Option<&str>) -> OwnResponse {
    page(
        StatusCode::BAD_REQUEST,
        "This sign-in cannot be completed",
        &html! {
            p {
                "The link is incomplete or too old, or it was made for another browser. "
                (STILL_SIGNED_IN)
            }
            (sign_in_again(sign_in))
        },
    )
}

/// Two sign-ins in a row returned to the callback without the cookie that the layer had set.
pub(crate) fn cookie_did_not_come_back(sign_in: Option<&str>) -> OwnResponse {
    page(
        StatusCode::BAD_REQUEST,
        "Your browser did not keep the sign-in",
        &html! {
            p {
                "You are not signed in. Before a sign-in, this application stores a cookie in your \
                 browser, and the browser did not send it back. Likely reasons:"
            }
            ul {
                li { "Cookies are blocked for this site." }
                li {
                    "The sign-in began under another address, such as " code { "127.0.0.1" }
                    " instead of " code { "localhost" } ", or " code { "http" } " instead of "
                    code { "https" } "."
                }
                li { "The sign-in took longer than ten minutes." }
                li { "The link was opened in another browser or in a private window." }
            }
            (sign_in_again(sign_in))
        },
    )
}

pub(crate) fn refused_by_provider(sign_in: Option<&str>) -> OwnResponse {
    page(
        StatusCode::FORBIDDEN,
        "The sign-in was refused",
        &html! {
            p {
                "You cancelled the sign-in, or your account may not use this application. "
                (STILL_SIGNED_IN)
            }
            (sign_in_again(sign_in))
        },
    )
}

/// The provider sent its response in a way that the callback does not accept. The page has no link to the
/// sign-in, because the provider would do so again.
pub(crate) fn posted_callback() -> OwnResponse {
    page(
        StatusCode::METHOD_NOT_ALLOWED,
        "This sign-in cannot be completed",
        &html! {
            p {
                "The sign-in service sent its answer in a form that this application does not accept. "
                (STILL_SIGNED_IN) " The operators of this application find in its log what to change."
            }
        },
    )
}

/// The sign-in was weaker, or longer ago, than this application demanded.
pub(crate) fn sign_in_is_not_enough(sign_in: Option<&str>, what: &str) -> OwnResponse {
    page(
        StatusCode::FORBIDDEN,
        "This page needs more access",
        &html! {
            p {
                "This application asked the sign-in service for " (what) ", and did not get it. "
                (STILL_SIGNED_IN)
            }
            (sign_in_again(sign_in))
        },
    )
}

/// A silent sign-in (`prompt=none`) was not possible.
pub(crate) fn sign_in_needs_a_question(sign_in: Option<&str>) -> OwnResponse {
    page(
        StatusCode::UNAUTHORIZED,
        "Please sign in",
        &html! {
            p { "The sign-in service has to ask you before it can sign you in." }
            (sign_in_again(sign_in))
        },
    )
}

pub(crate) fn refused_answer(sign_in: Option<&str>) -> OwnResponse {
    page(
        StatusCode::BAD_REQUEST,
        "The sign-in was not accepted",
        &html! {
            p {
                "The answer of the sign-in service did not pass this application's checks. "
                (STILL_SIGNED_IN)
            }
            (sign_in_again(sign_in))
        },
    )
}

/// The provider does not answer, or is temporarily unavailable. `provider` is its name for users.
pub(crate) fn provider_unreachable(sign_in: Option<&str>, provider: Option<&str>) -> OwnResponse {
    page(
        StatusCode::BAD_GATEWAY,
        "The sign-in service does not answer",
        &html! {
            p {
                @if let Some(name) = provider {
                    "This application signs you in with " (name) ". "
                }
                (STILL_SIGNED_IN) " Please try again in a moment."
            }
            (sign_in_again(sign_in))
        },
    )
}

/// Too many other sign-ins are waiting.
pub(crate) fn too_many_sign_ins(retry_after: Duration) -> OwnResponse {
    sign_in_later("Too many people are signing in", retry_after)
}

/// This application cannot send its request to the provider now. The provider is not at fault.
pub(crate) fn sign_in_must_wait() -> OwnResponse {
    const RETRY_AFTER: Duration = Duration::from_secs(5);
    sign_in_later("The sign-in has to wait", RETRY_AFTER)
}

/// The link loads the same address again, which then may succeed.
fn sign_in_later(title: &str, retry_after: Duration) -> OwnResponse {
    let mut response = page(
        StatusCode::SERVICE_UNAVAILABLE,
        title,
        &html! {
            p { "Your sign-in is not lost. Please wait a few seconds, then try again." }
            a href="" { "Try again" }
        },
    );
    let seconds = retry_after.as_secs().max(1);
    response
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// The provider asked to try again, but the layer has already done so, or cannot without the user.
pub(crate) fn not_finished(sign_in: Option<&str>, is_signed_in: bool) -> OwnResponse {
    page(
        StatusCode::SERVICE_UNAVAILABLE,
        "The sign-in was not finished",
        &html! {
            p {
                "The sign-in service is busy, or its page was open for too long. You were not refused. "
                @if is_signed_in { "You are still signed in as before. " }
                "Please try again."
            }
            (sign_in_again(sign_in))
        },
    )
}

pub(crate) fn session_too_large() -> OwnResponse {
    page(
        StatusCode::INTERNAL_SERVER_ERROR,
        "The sign-in does not fit",
        &html! {
            p {
                "The sign-in service sent more about your account than this application can store. "
                (STILL_SIGNED_IN) " The operators of this application find the sizes in its log."
            }
        },
    )
}

pub(crate) fn sign_in_failed() -> OwnResponse {
    page(
        StatusCode::INTERNAL_SERVER_ERROR,
        "The sign-in failed",
        &html! {
            p {
                "Something is wrong in this application. " (STILL_SIGNED_IN)
                " The operators of this application find the cause in its log."
            }
        },
    )
}

/// A user signed in whom the settings do not allow: not the expected one, or not of an allowed tenant or of the
/// organization. The link `sign_in` makes the provider ask who the user is:
/// it knows this one, and would otherwise answer without a question.
pub(crate) fn another_account_is_expected(sign_in: Option<&str>) -> OwnResponse {
    page(
        StatusCode::FORBIDDEN,
        "You do not have access",
        &html! {
            p { "This account may not use this application. " (STILL_SIGNED_IN) }
            (link(sign_in, "Sign in with another account"))
        },
    )
}

/// The application does not admit the user. `text` is plain text from the application.
pub(crate) fn not_admitted(sign_in: Option<&str>, text: Option<&str>) -> OwnResponse {
    page(
        StatusCode::FORBIDDEN,
        "You do not have access",
        &html! {
            p { (text.unwrap_or("This account may not use this application.")) }
            p { "You were not signed in with this account. " (STILL_SIGNED_IN) }
            (sign_in_again(sign_in))
        },
    )
}

/// A frame, an image or another part of a page requested the sign-in, which needs a window.
pub(crate) fn needs_its_own_window(sign_in: Option<&str>) -> OwnResponse {
    page(
        StatusCode::FORBIDDEN,
        "The sign-in needs a window",
        &html! {
            p { "The sign-in does not work inside another page." }
            @if let Some(href) = sign_in {
                a href=(href) target="_top" { "Sign in" }
            }
        },
    )
}

/// This browser has the maximum number of sign-ins in progress. `continue_at` is the page that the user
/// wanted, and `action` the address that replaces the oldest sign-in.
pub(crate) fn signing_in_elsewhere(continue_at: &str, action: &str) -> OwnResponse {
    page(
        StatusCode::CONFLICT,
        "You are signing in in another tab",
        &html! {
            p {
                "Several sign-ins are in progress in this browser, so no further one was started. \
                 Finish signing in in another tab, then continue here."
            }
            a href=(continue_at) { "Continue" }
            form method="post" action=(action) {
                p { "Is there no such tab?" }
                button { "Sign in here" }
            }
        },
    )
}
