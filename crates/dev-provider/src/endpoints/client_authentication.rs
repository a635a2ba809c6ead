//! Client authentication (OpenID Connect Core 1.0 section 9).

use super::{OAuthError, client_assertion};
use crate::endpoint::Endpoint;
use crate::{
    clients::{Authentication, Client},
    parameters::Parameters,
    state::State,
};

/// Authenticates a client with the method for which it is registered.
pub(super) fn client<'a>(
    state: &'a State,
    endpoint: Endpoint,
    authorization: Option<&str>,
    parameters: &Parameters,
) -> Result<&'a Client, OAuthError> {
    let posted_id = parameters.get("client_id");
    let posted_secret = parameters.get("client_secret");
    if client_assertion::is_present(parameters) {
        // A request must not use more than one method (RFC 6749 section 2.3).
        return match authorization.is_some() || posted_secret.is_some() {
            true => Err(OAuthError::INVALID_REQUEST),
            false => client_assertion::client(state, endpoint, parameters),
        };
    }
    let (id, secret) = match authorization {
        Some(authorization) => {
            let (id, secret) = basic(authorization).ok_or(OAuthError::INVALID_CLIENT)?;
            // Here too, only one method.
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
    let client = state.client(&id).ok_or(OAuthError::INVALID_CLIENT)?;
    if client.accepts_secret(secret.as_deref()) {
        return Ok(client);
    }
    let method = match client.authentication() {
        Authentication::ClientSecretJwt(_) => Some("client_secret_jwt"),
        Authentication::PrivateKeyJwt(_) => Some("private_key_jwt"),
        Authentication::None | Authentication::Secret(_) => None,
    };
    if let Some(method) = method {
        tracing::warn!(
            endpoint = endpoint.path(),
            client_id = client.id(),
            method,
            "a client was refused, because it did not authenticate with its method"
        );
    }
    Err(OAuthError::INVALID_CLIENT)
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
