//! The layer's own pages. Their text is fixed or from the application, such as the provider's name. From a
//! request they contain only checked links and paths. `maud` escapes all of it.
//!
//! Each page says what happened, whether the person is still signed in, and what to click. The argument
//! `sign_in` is the address of the sign-in. If the application has turned that route off, it is `None`, and
//! the page has no link.

mod content;
mod sign_in;

use http::StatusCode;
use maud::{Markup, html};

use self::content::{STILL_SIGNED_IN, link};
pub(crate) use self::sign_in::{
    another_account_is_expected, choose_provider, cookie_did_not_come_back, needs_its_own_window,
    not_admitted, not_finished, posted_callback, provider_not_found, provider_unreachable,
    refused_answer, refused_by_provider, session_too_large, sign_in_failed, sign_in_is_not_enough,
    sign_in_must_wait, sign_in_needs_a_question, signing_in_elsewhere, too_many_sign_ins,
    unknown_provider, unusable_callback,
};
use crate::web::response::{OwnResponse, page, submitting_page};

/// The application uses something that its configuration lacks.
pub(crate) fn misconfigured() -> OwnResponse {
    page(
        StatusCode::INTERNAL_SERVER_ERROR,
        "This page cannot be shown",
        &html! {
            p {
                "Something is wrong in this application. " (STILL_SIGNED_IN)
                " The operators of this application find the cause in its log."
            }
        },
    )
}

pub(crate) fn unavailable(is_signed_in: bool) -> OwnResponse {
    page(
        StatusCode::SERVICE_UNAVAILABLE,
        "Temporarily unavailable",
        &html! {
            p {
                @if is_signed_in { "You are still signed in." } @else { (STILL_SIGNED_IN) }
                " Please try again in a moment."
            }
        },
    )
}

pub(crate) fn denied() -> OwnResponse {
    page(
        StatusCode::FORBIDDEN,
        "You do not have access",
        &html! { p { "You are signed in, but your account may not use this page." } },
    )
}

/// The user does not have what the application demands, each line of which names a part, and a sign-in would not help.
pub(crate) fn no_access(missing: &[String]) -> OwnResponse {
    page(
        StatusCode::FORBIDDEN,
        "You do not have access",
        &html! {
            p { "You are signed in, but your account may not use this page." }
            (list_of_missing(missing))
        },
    )
}

/// The user has just signed in for what this page demands, and the sign-in service did not give it; or there is no way to
/// ask for it. Each line names a part.
pub(crate) fn access_is_missing(
    missing: &[String],
    sign_in: Option<&str>,
    sign_out: Option<&str>,
) -> OwnResponse {
    page(
        StatusCode::FORBIDDEN,
        "This page needs more access",
        &html! {
            p { "You are signed in, but the sign-in service did not give what this page needs." }
            (list_of_missing(missing))
            (link(sign_in, "Sign in again")) " " (link(sign_out, "Sign out"))
        },
    )
}

fn list_of_missing(missing: &[String]) -> Markup {
    html! {
        @if !missing.is_empty() {
            p { "It needs:" }
            ul { @for line in missing { li { (line) } } }
        }
    }
}

/// The user has just signed in again, but the provider still refuses. The link `sign_in` makes the provider ask
/// who the user is. A redirect did not: the provider may know the user, and answer without a question.
pub(crate) fn signing_in_did_not_help(
    sign_in: Option<&str>,
    sign_out: Option<&str>,
) -> OwnResponse {
    page(
        StatusCode::FORBIDDEN,
        "Signing in did not help",
        &html! {
            p {
                "You are signed in, but the sign-in service keeps refusing what this page needs. You \
                 were sent there a moment ago already, so it was not tried again. The operators of this \
                 application find in its log what to check."
            }
            (link(sign_in, "Sign in again")) " " (link(sign_out, "Sign out"))
        },
    )
}

/// `has_session` means that the user has a session, but this page needs another sign-in.
pub(crate) fn sign_in_required(has_session: bool) -> OwnResponse {
    if has_session {
        return page(
            StatusCode::UNAUTHORIZED,
            "Please sign in again",
            &html! { p { "To show this page, the application needs you to sign in again." } },
        );
    }
    page(
        StatusCode::UNAUTHORIZED,
        "Please sign in",
        &html! { p { "You are not signed in, and this page is for users who are." } },
    )
}

pub(crate) fn method_not_allowed() -> OwnResponse {
    page(
        StatusCode::METHOD_NOT_ALLOWED,
        "Request not supported",
        &html! { p { "This address does not accept requests of this kind. Nothing was changed." } },
    )
}

/// A form was posted without a session, so the application did not get it. The status is 401, and the page says
/// so, because a redirect would look as if the form had been saved. `has_session` as for
/// [`sign_in_required`].
pub(crate) fn form_was_not_saved(sign_in: Option<&str>, has_session: bool) -> OwnResponse {
    let (title, reason) = match has_session {
        true => (
            "Please sign in again",
            "You have to sign in again before this can be done, so what you sent was ",
        ),
        false => (
            "Your session has ended",
            "You are no longer signed in, so what you sent was ",
        ),
    };
    page(
        StatusCode::UNAUTHORIZED,
        title,
        &html! {
            p {
                (reason) strong { "not saved" }
                ". Sign in, and send it again. Your browser may still show what you entered when you go \
                 back."
            }
            (link(sign_in, "Sign in"))
        },
    )
}

/// A form was not saved, because the provider must ask the user first. The user is signed in.
pub(crate) fn form_needs_consent(sign_in: Option<&str>) -> OwnResponse {
    page(
        StatusCode::UNAUTHORIZED,
        "Please confirm first",
        &html! {
            p {
                "You are still signed in, but the sign-in service has to ask you something before this \
                 can be done. What you sent was " strong { "not saved" }
                ". Continue there, and send it again."
            }
            (link(sign_in, "Continue"))
        },
    )
}

/// Only pages of this origin may make the request.
pub(crate) fn forbidden() -> OwnResponse {
    page(
        StatusCode::FORBIDDEN,
        "Request blocked",
        &html! {
            p {
                "This address accepts requests from this application's own pages only. Nothing was \
                 changed. " (STILL_SIGNED_IN)
            }
        },
    )
}

pub(crate) fn misdirected() -> OwnResponse {
    page(
        StatusCode::MISDIRECTED_REQUEST,
        "Unknown address",
        &html! {
            p {
                "This application is not available under the address that your browser shows. Please \
                 check the address."
            }
        },
    )
}

pub(crate) fn bad_request() -> OwnResponse {
    page(
        StatusCode::BAD_REQUEST,
        "Invalid request",
        &html! {
            p { "The address is too long or malformed. Nothing was changed. " (STILL_SIGNED_IN) }
        },
    )
}

/// What the frame of a front-channel logout shows, which nobody sees.
pub(crate) fn signed_out_in_frame() -> OwnResponse {
    page(
        StatusCode::OK,
        "Signed out",
        &html! { p { "You are signed out of this application." } },
    )
}

/// The same if too many such requests came.
pub(crate) fn too_many_frames() -> OwnResponse {
    page(
        StatusCode::TOO_MANY_REQUESTS,
        "Too many requests",
        &html! {
            p { "You may still be signed in at this application. Please sign out there." }
        },
    )
}

/// Asks the user before signing out. `action` is the path of the layer to which the answer is posted.
pub(crate) fn confirm_sign_out(action: &str) -> OwnResponse {
    page(
        StatusCode::OK,
        "Sign out?",
        &html! {
            form method="post" action=(action) { button { "Sign out" } }
        },
    )
}

/// Leads the browser to the provider's sign-out, with a form that it submits by itself. `action` is the provider's
/// address, and `targets` are the origins that the browser may reach with the form.
pub(crate) fn continue_sign_out<'a>(
    action: &str,
    fields: impl Iterator<Item = (&'a str, &'a str)>,
    targets: &str,
) -> OwnResponse {
    let content = html! {
        p {
            "You are signed out of this application. Continue, so that the sign-in service signs you out \
             too."
        }
        form method="post" action=(action) {
            @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
            button { "Continue" }
        }
    };
    submitting_page("Signing out", &content, targets)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(response: &OwnResponse) -> &str {
        std::str::from_utf8(response.body()).unwrap()
    }

    #[test]
    fn text_and_addresses_of_the_application_are_escaped() {
        let response = not_admitted(Some("/in?a=1&b=\"2\""), Some("<b>Ask</b> \"Bob\" & co."));
        let page = text(&response);

        assert!(
            page.contains("&lt;b&gt;Ask&lt;/b&gt; &quot;Bob&quot; &amp; co."),
            "{page}"
        );
        assert!(
            page.contains("<a href=\"/in?a=1&amp;b=&quot;2&quot;\">Sign in again</a>"),
            "{page}"
        );
    }

    #[test]
    fn the_values_of_a_form_are_escaped() {
        let fields = [("state", "\"><b>&")].into_iter();
        let response = continue_sign_out("https://id.example/\"?a&b", fields, "https://id.example");
        let page = text(&response);

        assert!(
            page.contains("action=\"https://id.example/&quot;?a&amp;b\""),
            "{page}"
        );
        assert!(
            page.contains("value=\"&quot;&gt;&lt;b&gt;&amp;\""),
            "{page}"
        );
        assert!(!page.contains("<b>"), "{page}");
    }

    #[test]
    fn no_page_tells_a_user_with_a_session_that_they_are_signed_out() {
        for response in [sign_in_required(true), form_was_not_saved(None, true)] {
            let page = text(&response);

            assert!(page.contains("<h1>Please sign in again</h1>"), "{page}");
            for claim in ["not signed in", "no longer", "has ended"] {
                assert!(!page.contains(claim), "{page}");
            }
        }
    }

    #[test]
    fn without_the_sign_in_route_no_page_has_a_link_to_it() {
        for response in [
            unusable_callback(None),
            cookie_did_not_come_back(None),
            refused_by_provider(None),
            sign_in_needs_a_question(None),
            refused_answer(None),
            provider_unreachable(None, Some("Logto")),
            not_finished(None, true),
            signing_in_did_not_help(None, None),
            another_account_is_expected(None),
            not_admitted(None, None),
            needs_its_own_window(None),
            form_was_not_saved(None, false),
            form_was_not_saved(None, true),
            sign_in_required(false),
            sign_in_required(true),
            form_needs_consent(None),
        ] {
            assert!(!text(&response).contains("<a "), "{}", text(&response));
        }
    }
}
