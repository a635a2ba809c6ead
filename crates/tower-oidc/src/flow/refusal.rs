//! The answer of a guard: a redirect for people, a status for programs.

use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde_json::json;

use crate::context::AuthContext;
use crate::context::error::{AuthErrorKind, Refusal};
use crate::flow::sign_in::AFTER_REFUSAL;
use crate::log_limit::limited;
use crate::web::grpc;
use crate::web::pages;
use crate::web::response::{self, OwnResponse};
use crate::web::sign_in_link::SignInLink;

/// Percent-encoding may triple a path, and a stock nginx accepts 4 KiB of response head.
const MAX_URL_LENGTH: usize = 2_048;

/// The provider asks the user, who would come back without an answer otherwise, and then be sent there
/// again.
const ASK: (&str, &str) = ("prompt", "consent");

pub(crate) fn response(context: &AuthContext, refusal: Refusal) -> OwnResponse {
    let mut response = if context.request().is_grpc {
        grpc::refusal(refusal.kind)
    } else {
        by_http(context, refusal.kind)
    };
    if refusal.kind == AuthErrorKind::Unavailable {
        // In whole seconds (RFC 9110 section 10.2.3).
        let seconds = refusal.retry_after.as_secs().max(1);
        response
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn by_http(context: &AuthContext, kind: AuthErrorKind) -> OwnResponse {
    let is_navigation = context.request().is_navigation;
    let is_for_a_person = is_navigation || context.request().is_form;
    match kind {
        AuthErrorKind::SignInRequired | AuthErrorKind::InteractionRequired if is_for_a_person => {
            if would_go_round(context, kind) {
                let shared = context.shared();
                let sign_out = shared.origin.routes.sign_out.as_deref();
                let sign_out = sign_out.map(|path| shared.origin.routes.public(path));
                return pages::signing_in_did_not_help(&link(context), sign_out.as_deref());
            }
            if !is_navigation {
                return form_was_not_saved(context, kind);
            }
            match sign_in_url(context, kind) {
                Some(url) => response::see_other(&url),
                None => pages::sign_in_required(),
            }
        }
        AuthErrorKind::SignInRequired | AuthErrorKind::InteractionRequired => {
            unauthorized(context, kind)
        }
        AuthErrorKind::Denied if is_for_a_person => pages::denied(),
        AuthErrorKind::ForeignOrigin if is_for_a_person => pages::forbidden(),
        AuthErrorKind::Misconfigured if is_for_a_person => pages::internal_error(),
        AuthErrorKind::Unavailable if is_for_a_person => pages::unavailable(),
        AuthErrorKind::Denied
        | AuthErrorKind::ForeignOrigin
        | AuthErrorKind::Misconfigured
        | AuthErrorKind::Unavailable => code(kind),
    }
}

/// The answer to a form. A redirect to the sign-in would lose what was sent without a word, and look as
/// if it had been done; 401 says that it was not (RFC 9110 section 15.5.2).
fn form_was_not_saved(context: &AuthContext, kind: AuthErrorKind) -> OwnResponse {
    let parameters = parameters(context, kind);
    let mut response = match kind {
        AuthErrorKind::InteractionRequired => {
            pages::form_needs_consent(&link(context), &parameters)
        }
        _ => pages::form_was_not_saved(&link(context), &parameters),
    };
    challenge(context, &mut response);
    response
}

/// A link to the sign-in, which comes back to this page, or to the one whose form this is.
fn link(context: &AuthContext) -> SignInLink {
    let shared = context.shared();
    shared
        .origin
        .sign_in_link(shared.origin.own_page(context.way_back().as_deref()))
}

/// What a link to the sign-in has to ask for.
fn parameters(context: &AuthContext, kind: AuthErrorKind) -> Vec<(&'static str, &'static str)> {
    let mut parameters = Vec::new();
    if kind == AuthErrorKind::InteractionRequired {
        parameters.push(ASK);
    }
    if context.session().is_some() {
        parameters.push(AFTER_REFUSAL);
    }
    parameters
}

/// Whether this refusal has sent the user to the sign-in already. A provider that signs them in
/// without a question would send them back at once, again and again.
fn would_go_round(context: &AuthContext, kind: AuthErrorKind) -> bool {
    let shared = context.shared();
    let now = shared.now();
    let session = context.session();
    let Some(session) = session.filter(|session| session.just_followed_a_refusal(now)) else {
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
    let shared = context.shared();
    let sign_in = shared.origin.routes.sign_in.as_deref();
    let sign_in = sign_in.map(|path| match kind {
        AuthErrorKind::InteractionRequired => {
            format!("{}?{}={}", shared.origin.routes.public(path), ASK.0, ASK.1)
        }
        _ => shared.origin.routes.public(path),
    });
    let mut response = response::json(
        StatusCode::UNAUTHORIZED,
        &json!({ "error": kind.code(), "login_url": sign_in }),
    );
    challenge(context, &mut response);
    response
}

/// A 401 must name a scheme (RFC 9110 section 15.5.2); `Cookie` says that none of the registered
/// ones helps.
fn challenge(context: &AuthContext, response: &mut OwnResponse) {
    let name = context.shared().persistence.cookie.name().as_str();
    if let Ok(challenge) = HeaderValue::try_from(format!("Cookie cookie-name=\"{name}\"")) {
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
}

/// The sign-in, and the way back unless it is longer than its check accepts or a redirect should be.
fn sign_in_url(context: &AuthContext, kind: AuthErrorKind) -> Option<String> {
    let parameters = parameters(context, kind);
    let shared = context.shared();
    let url = link(context).href(&parameters)?;
    if url.len() <= MAX_URL_LENGTH {
        Some(url)
    } else {
        shared.origin.sign_in_link(None).href(&parameters)
    }
}
