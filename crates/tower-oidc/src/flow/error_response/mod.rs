//! The response to a refusal: a redirect or a page for people, a status for programs.

mod for_script;
mod links;
mod missing_access;

use http::header::RETRY_AFTER;

use crate::context::AuthContext;
use crate::context::error_kind::{AuthErrorKind, Refusal};
use crate::sign_in::step_up::StepUp;
use crate::web::grpc;
use crate::web::pages;
use crate::web::response::{self, OwnResponse};

pub(crate) fn response(context: &AuthContext, refusal: &Refusal) -> OwnResponse {
    let request = context.request();
    let mut response = if request.is_grpc {
        by_grpc(refusal.kind)
    } else if request.is_navigation || request.is_form {
        for_person(context, refusal)
    } else if refusal.kind.may_be_solved_by_sign_in() {
        for_script::sign_in(context, refusal)
    } else {
        for_script::code(refusal.kind)
    };
    if refusal.kind == AuthErrorKind::Unavailable {
        let seconds = refusal.retry_after_seconds();
        response.headers_mut().insert(RETRY_AFTER, seconds);
    }
    response
}

fn by_grpc(kind: AuthErrorKind) -> OwnResponse {
    let (status, message) = match kind {
        AuthErrorKind::SignInRequired => ("16", "sign in first"),
        AuthErrorKind::InteractionRequired => ("16", "sign in again, and consent or prove more"),
        AuthErrorKind::StepUpRequired => ("16", "sign in again, in a stronger way or anew"),
        AuthErrorKind::InsufficientScope => ("7", "a scope was not granted"),
        AuthErrorKind::OrganizationRequired => ("7", "sign in for the organization first"),
        AuthErrorKind::Forbidden => ("7", "this user may not do this"),
        AuthErrorKind::Denied => ("7", "this user or application may not have the token"),
        AuthErrorKind::ForeignOrigin => ("7", "a page of another origin may not do this"),
        AuthErrorKind::Unavailable => ("14", "try again later"),
        AuthErrorKind::Misconfigured => ("13", "the application is misconfigured"),
    };
    grpc::trailers_only(status, message)
}

fn for_person(context: &AuthContext, refusal: &Refusal) -> OwnResponse {
    match refusal.kind {
        kind if kind.may_be_solved_by_sign_in() => sign_in(context, refusal),
        AuthErrorKind::Forbidden => pages::no_access(&missing_access::lines(&refusal.missing)),
        AuthErrorKind::ForeignOrigin => pages::forbidden(),
        AuthErrorKind::Misconfigured => pages::misconfigured(),
        AuthErrorKind::Unavailable => pages::unavailable(context.session().is_some()),
        _ => pages::denied(),
    }
}

/// Sends a person to the sign-in once, or says on a page why not.
fn sign_in(context: &AuthContext, refusal: &Refusal) -> OwnResponse {
    let kind = refusal.kind;
    if links::is_redirect_loop(context, refusal) {
        let sign_in = links::that_asks_who(context, kind);
        let sign_out = context.components().origin.sign_out_path();
        let (sign_in, sign_out) = (sign_in.as_deref(), sign_out.as_deref());
        return match kind.is_of_guard() {
            true => still_missing(refusal, sign_in, sign_out),
            false => pages::signing_in_did_not_help(sign_in, sign_out),
        };
    }
    if !context.request().is_navigation {
        return form_was_not_saved(context, kind);
    }
    match links::for_redirect(context, kind) {
        Some(url) => response::see_other(&url),
        None if kind.is_of_guard() => still_missing(refusal, None, None),
        None => pages::sign_in_required(context.session().is_some()),
    }
}

/// The user came back from the sign-in, or there is no way to it, and what a guard demands is still missing.
fn still_missing(refusal: &Refusal, sign_in: Option<&str>, sign_out: Option<&str>) -> OwnResponse {
    pages::access_is_missing(&missing_access::lines(&refusal.missing), sign_in, sign_out)
}

/// The response to a form. A redirect to the sign-in would lose without notice what was sent, and look as
/// if it had been done; 401 says that it was not (RFC 9110 section 15.5.2).
fn form_was_not_saved(context: &AuthContext, kind: AuthErrorKind) -> OwnResponse {
    let sign_in = links::for_page(context, kind);
    let mut response = match kind {
        AuthErrorKind::InteractionRequired => pages::form_needs_consent(sign_in.as_deref()),
        _ => pages::form_was_not_saved(sign_in.as_deref(), context.session().is_some()),
    };
    let headers = response.headers_mut();
    for_script::challenge(
        context,
        AuthErrorKind::SignInRequired,
        &StepUp::default(),
        headers,
    );
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The protocol percent-encodes messages, and these are sent as they stand.
    #[test]
    fn no_grpc_message_has_a_character_that_the_protocol_encodes() {
        for kind in [
            AuthErrorKind::SignInRequired,
            AuthErrorKind::InteractionRequired,
            AuthErrorKind::StepUpRequired,
            AuthErrorKind::InsufficientScope,
            AuthErrorKind::OrganizationRequired,
            AuthErrorKind::Forbidden,
            AuthErrorKind::Denied,
            AuthErrorKind::ForeignOrigin,
            AuthErrorKind::Unavailable,
            AuthErrorKind::Misconfigured,
        ] {
            let response = by_grpc(kind);
            let message = response.headers()["grpc-message"].as_bytes();

            assert!(
                message
                    .iter()
                    .all(|&byte| matches!(byte, b' '..=b'~') && byte != b'%')
            );
        }
    }
}
