//! The answer of a guard: a redirect for people, a status for programs.

use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde_json::json;
use url::form_urlencoded;

use crate::context::AuthContext;
use crate::error::{AuthErrorKind, Refusal};
use crate::flow::sign_in::AFTER_REFUSAL;
use crate::grpc;
use crate::pages;
use crate::response::{self, OwnResponse};
use crate::return_to::ReturnTo;

/// Percent-encoding may triple a path, and a stock nginx accepts 4 KiB of response head.
const MAX_URL_LENGTH: usize = 2_048;

/// The provider asks the user, who would come back without an answer otherwise, and then be sent there
/// again.
const ASK: &str = "prompt=consent";

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
    match kind {
        AuthErrorKind::SignInRequired | AuthErrorKind::InteractionRequired if is_navigation => {
            if would_go_round(context, kind) {
                return pages::signing_in_did_not_help(&context.shared().routes);
            }
            match sign_in_url(context, kind) {
                Some(url) => response::see_other(&url),
                None => pages::sign_in_required(),
            }
        }
        AuthErrorKind::SignInRequired | AuthErrorKind::InteractionRequired => {
            unauthorized(context, kind)
        }
        AuthErrorKind::Denied if is_navigation => pages::denied(),
        AuthErrorKind::ForeignOrigin if is_navigation => pages::forbidden(),
        AuthErrorKind::Misconfigured if is_navigation => pages::internal_error(),
        AuthErrorKind::Unavailable if is_navigation => pages::unavailable(),
        AuthErrorKind::Denied
        | AuthErrorKind::ForeignOrigin
        | AuthErrorKind::Misconfigured
        | AuthErrorKind::Unavailable => code(kind),
    }
}

/// Whether this refusal has sent the user to the sign-in already. A provider that signs them in
/// without a question would send them back at once, again and again.
fn would_go_round(context: &AuthContext, kind: AuthErrorKind) -> bool {
    let now = context.shared().now();
    let session = context.session();
    let Some(session) = session.filter(|session| session.just_followed_a_refusal(now)) else {
        return false;
    };
    tracing::warn!(
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

/// A 401 must name a scheme (RFC 9110 section 15.5.2); `Cookie` says that none of the registered
/// ones helps.
fn unauthorized(context: &AuthContext, kind: AuthErrorKind) -> OwnResponse {
    let shared = context.shared();
    let sign_in = shared.routes.sign_in.as_deref();
    let sign_in = sign_in.map(|path| match kind {
        AuthErrorKind::InteractionRequired => format!("{}?{ASK}", shared.routes.public(path)),
        _ => shared.routes.public(path),
    });
    let mut response = response::json(
        StatusCode::UNAUTHORIZED,
        &json!({ "error": kind.code(), "login_url": sign_in }),
    );
    let name = shared.session_cookie.name().as_str();
    if let Ok(challenge) = HeaderValue::try_from(format!("Cookie cookie-name=\"{name}\"")) {
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    response
}

/// The sign-in, and the way back unless it is longer than its check accepts or a redirect should be.
fn sign_in_url(context: &AuthContext, kind: AuthErrorKind) -> Option<String> {
    let shared = context.shared();
    let mut sign_in = shared.routes.public(shared.routes.sign_in.as_deref()?);
    sign_in.push('?');
    if kind == AuthErrorKind::InteractionRequired {
        sign_in.push_str(ASK);
        sign_in.push('&');
    }
    if context.session().is_some() {
        let (name, value) = AFTER_REFUSAL;
        sign_in.extend([name, "=", value, "&"]);
    }
    let return_to = context
        .return_path()
        .and_then(|path| ReturnTo::parse(&path, &shared.base_url));
    let Some(return_to) = return_to else {
        sign_in.pop();
        return Some(sign_in);
    };
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("return_to", return_to.as_str())
        .finish();
    if sign_in.len().saturating_add(query.len()) <= MAX_URL_LENGTH {
        sign_in.push_str(&query);
    } else {
        sign_in.pop();
    }
    Some(sign_in)
}
