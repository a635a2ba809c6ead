//! The answer of a guard: a redirect for people, a status for programs.

use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde_json::json;
use url::form_urlencoded;

use crate::context::AuthContext;
use crate::error::AuthErrorKind;
use crate::pages;
use crate::response::{self, OwnResponse};
use crate::return_to::ReturnTo;

/// Seconds; the fault is a matter of configuration or of a network, so sooner is no use.
const RETRY_AFTER_SECONDS: &str = "5";

/// Percent-encoding may triple a path, and a stock nginx accepts 4 KiB of response head.
const MAX_URL_LENGTH: usize = 2_048;

pub(crate) fn response(context: &AuthContext, kind: AuthErrorKind) -> OwnResponse {
    let is_navigation = context.request().is_navigation;
    match kind {
        AuthErrorKind::SignInRequired if is_navigation => match sign_in_url(context) {
            Some(url) => response::see_other(&url),
            None => pages::sign_in_required(),
        },
        AuthErrorKind::SignInRequired => unauthorized(context),
        AuthErrorKind::Unavailable => {
            let mut response = if is_navigation {
                pages::unavailable()
            } else {
                response::json(
                    StatusCode::SERVICE_UNAVAILABLE,
                    &json!({ "error": kind.code() }),
                )
            };
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_SECONDS));
            response
        }
    }
}

/// A 401 must name a scheme (RFC 9110 section 15.5.2); `Cookie` says that none of the registered
/// ones helps.
fn unauthorized(context: &AuthContext) -> OwnResponse {
    let shared = context.shared();
    let sign_in = shared.routes.sign_in.as_deref();
    let sign_in = sign_in.map(|path| shared.routes.public(path));
    let mut response = response::json(
        StatusCode::UNAUTHORIZED,
        &json!({ "error": AuthErrorKind::SignInRequired.code(), "login_url": sign_in }),
    );
    let name = shared.session_cookie.name().as_str();
    if let Ok(challenge) = HeaderValue::try_from(format!("Cookie cookie-name=\"{name}\"")) {
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    response
}

/// The sign-in, and the way back unless it is longer than its check accepts or a redirect should be.
fn sign_in_url(context: &AuthContext) -> Option<String> {
    let shared = context.shared();
    let sign_in = shared.routes.public(shared.routes.sign_in.as_deref()?);
    let return_to = context
        .return_path()
        .and_then(|path| ReturnTo::parse(&path, &shared.base_url));
    let Some(return_to) = return_to else {
        return Some(sign_in);
    };
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("return_to", return_to.as_str())
        .finish();
    let url = format!("{sign_in}?{query}");
    Some(if url.len() <= MAX_URL_LENGTH {
        url
    } else {
        sign_in
    })
}
