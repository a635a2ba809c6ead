//! The response of a guard: a redirect for people, a status for programs.

use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use relying_party::Prompt;
use serde_json::json;

use crate::context::AuthContext;
use crate::context::error_kind::{AuthErrorKind, Refusal};
use crate::log_limit::limited;
use crate::origin::sign_in_query::SignInQuery;
use crate::web::grpc;
use crate::web::pages;
use crate::web::response::{self, OwnResponse};

/// Percent-encoding may triple a path, and a stock nginx accepts 4 KiB of response head.
const MAX_URL_LENGTH: usize = 2_048;

pub(crate) fn response(context: &AuthContext, refusal: Refusal) -> OwnResponse {
    let mut response = if context.request().is_grpc {
        by_grpc(refusal.kind)
    } else {
        by_http(context, refusal.kind)
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
        AuthErrorKind::Denied => ("7", "this user or application may not have the token"),
        AuthErrorKind::ForeignOrigin => ("7", "a page of another origin may not do this"),
        AuthErrorKind::Unavailable => ("14", "try again later"),
        AuthErrorKind::Misconfigured => ("13", "the application is misconfigured"),
    };
    grpc::trailers_only(status, message)
}

fn by_http(context: &AuthContext, kind: AuthErrorKind) -> OwnResponse {
    let is_navigation = context.request().is_navigation;
    let is_for_a_person = is_navigation || context.request().is_form;
    match kind {
        AuthErrorKind::SignInRequired | AuthErrorKind::InteractionRequired if is_for_a_person => {
            if is_redirect_loop(context, kind) {
                let ask_who = SignInQuery {
                    prompt: Some(Prompt::Login),
                    ..SignInQuery::default()
                };
                let sign_in = sign_in_url(context, ask_who);
                let sign_out = context.components().origin.sign_out_path();
                return pages::signing_in_did_not_help(sign_in.as_deref(), sign_out.as_deref());
            }
            if !is_navigation {
                return form_was_not_saved(context, kind);
            }
            match redirect_url(context, kind) {
                Some(url) => response::see_other(&url),
                None => pages::sign_in_required(context.session().is_some()),
            }
        }
        AuthErrorKind::SignInRequired | AuthErrorKind::InteractionRequired => {
            unauthorized(context, kind)
        }
        AuthErrorKind::Denied if is_for_a_person => pages::denied(),
        AuthErrorKind::ForeignOrigin if is_for_a_person => pages::forbidden(),
        AuthErrorKind::Misconfigured if is_for_a_person => pages::misconfigured(),
        AuthErrorKind::Unavailable if is_for_a_person => {
            pages::unavailable(context.session().is_some())
        }
        AuthErrorKind::Denied
        | AuthErrorKind::ForeignOrigin
        | AuthErrorKind::Misconfigured
        | AuthErrorKind::Unavailable => code(kind),
    }
}

/// The response to a form. A redirect to the sign-in would lose without notice what was sent, and look as
/// if it had been done; 401 says that it was not (RFC 9110 section 15.5.2).
fn form_was_not_saved(context: &AuthContext, kind: AuthErrorKind) -> OwnResponse {
    let sign_in = sign_in_url(context, query(context, kind));
    let mut response = match kind {
        AuthErrorKind::InteractionRequired => pages::form_needs_consent(sign_in.as_deref()),
        _ => pages::form_was_not_saved(sign_in.as_deref(), context.session().is_some()),
    };
    challenge(context, &mut response);
    response
}

/// A link to the sign-in that comes back to this page, or to the one whose form this is. `None` if the
/// sign-in route is turned off.
fn sign_in_url(context: &AuthContext, query: SignInQuery) -> Option<String> {
    let origin = &context.components().origin;
    let page = origin.own_page(context.page_after_sign_in().as_deref());
    origin.sign_in_url(provider_id(context), page.as_ref(), query)
}

/// The id of the session's provider, where its user signs in again.
fn provider_id(context: &AuthContext) -> Option<&str> {
    context.registration()?.id.as_deref()
}

/// What a link to the sign-in has to ask for.
fn query(context: &AuthContext, kind: AuthErrorKind) -> SignInQuery {
    SignInQuery {
        prompt: prompt(kind),
        after_refusal: context.session().is_some(),
        ..SignInQuery::default()
    }
}

/// For an interaction the provider has to ask the user, who would otherwise come back without an answer
/// and be sent there again.
fn prompt(kind: AuthErrorKind) -> Option<Prompt> {
    (kind == AuthErrorKind::InteractionRequired).then_some(Prompt::Consent)
}

/// Whether this refusal has sent the user to the sign-in already. A provider that signs them in
/// without a question would send them back at once, again and again.
fn is_redirect_loop(context: &AuthContext, kind: AuthErrorKind) -> bool {
    let shared = context.components();
    let now = shared.persistence.now();
    let session = context.session();
    let Some(session) = session.filter(|session| session.is_redirect_loop(now)) else {
        return false;
    };
    limited!(
        warn,
        shared,
        ("refusal", kind.code()),
        code = kind.code(),
        has_refresh_token = session.body.refresh_token.is_some(),
        "a user was refused again right after the sign-in that the first refusal had asked for, and \
         is not redirected any more; check that this client may have and use refresh tokens (the \
         scope offline_access), and that the provider honours prompt=consent"
    );
    true
}

fn code(kind: AuthErrorKind) -> OwnResponse {
    response::json(kind.status(), &json!({ "error": kind.code() }))
}

fn unauthorized(context: &AuthContext, kind: AuthErrorKind) -> OwnResponse {
    let query = SignInQuery {
        prompt: prompt(kind),
        ..SignInQuery::default()
    };
    let sign_in = context
        .components()
        .origin
        .sign_in_url(provider_id(context), None, query);
    let mut response = response::json(
        StatusCode::UNAUTHORIZED,
        &json!({ "error": kind.code(), "loginUrl": sign_in }),
    );
    challenge(context, &mut response);
    response
}

/// A 401 must name a scheme (RFC 9110 section 15.5.2); `Cookie` says that none of the registered
/// ones helps.
fn challenge(context: &AuthContext, response: &mut OwnResponse) {
    let name = context.components().persistence.cookie.name().as_str();
    if let Ok(challenge) = HeaderValue::try_from(format!("Cookie cookie-name=\"{name}\"")) {
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
}

/// The sign-in, and the page to come back to unless the URL is longer than a redirect should be.
fn redirect_url(context: &AuthContext, kind: AuthErrorKind) -> Option<String> {
    let query = query(context, kind);
    let url = sign_in_url(context, query.clone())?;
    if url.len() <= MAX_URL_LENGTH {
        Some(url)
    } else {
        context
            .components()
            .origin
            .sign_in_url(provider_id(context), None, query)
    }
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
