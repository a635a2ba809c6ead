//! Client authentication (OpenID Connect Core 1.0 section 9).

use super::OAuthError;
use crate::{clients::Client, parameters::Parameters, state::State};

/// Authenticates a client with `client_secret_basic`, `client_secret_post` or, for a public client,
/// `none`.
pub(super) fn client<'a>(
    state: &'a State,
    authorization: Option<&str>,
    parameters: &Parameters,
) -> Result<&'a Client, OAuthError> {
    let posted_id = parameters.get("client_id");
    let posted_secret = parameters.get("client_secret");
    let (id, secret) = match authorization {
        Some(authorization) => {
            let (id, secret) = basic(authorization).ok_or(OAuthError::INVALID_CLIENT)?;
            // A request must not use more than one method (RFC 6749 section 2.3).
            if posted_secret.is_some() || posted_id.is_some_and(|posted| posted != id) {
                return Err(OAuthError::INVALID_REQUEST);
            }
            (id, Some(secret))
        }
        None => (
            posted_id.ok_or(OAuthError::INVALID_CLIENT)?.to_owned(),
            posted_secret.map(str::to_owned),
        ),
    };
    state
        .client(&id)
        .filter(|client| client.accepts_secret(secret.as_deref()))
        .ok_or(OAuthError::INVALID_CLIENT)
}

/// The id and secret, which are form-urlencoded before they are joined with a colon (RFC 6749
/// section 2.3.1).
fn basic(authorization: &str) -> Option<(String, String)> {
    let (scheme, credentials) = authorization.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let credentials = base64_simd::STANDARD
        .decode_to_vec(credentials.trim())
        .ok()?;
    let credentials = String::from_utf8(credentials).ok()?;
    let (id, secret) = credentials.split_once(':')?;
    Some((form_decoded(id)?, form_decoded(secret)?))
}

fn form_decoded(encoded: &str) -> Option<String> {
    // These characters cannot occur in encoded text, and would end the name that is parsed here.
    if encoded.contains(['&', '=']) {
        return None;
    }
    let mut pairs = url::form_urlencoded::parse(encoded.as_bytes());
    pairs.next().map(|(name, _)| name.into_owned())
}
