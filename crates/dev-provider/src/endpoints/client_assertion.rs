//! Client authentication with a signed JWT: `client_secret_jwt` and `private_key_jwt` (OpenID Connect
//! Core 1.0 section 9, RFC 7523 section 3).

use ring::hmac;
use serde_json::{Map, Value};

use super::OAuthError;
use crate::endpoint::Endpoint;
use crate::{
    clients::{Authentication, Client},
    jwt::Jwt,
    parameters::Parameters,
    secret::Secret,
    state::State,
};

/// In seconds. A provider should not accept an assertion that expires in the distant future (RFC 7523
/// section 3), because it must remember each one until then.
const MAX_LIFETIME: u64 = 5 * 60;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The algorithms of `client_secret_jwt`.
pub(super) const HMAC_ALGORITHMS: [&str; 3] = ["HS256", "HS384", "HS512"];

pub(super) fn is_present(parameters: &Parameters) -> bool {
    ["client_assertion", "client_assertion_type"]
        .iter()
        .any(|name| parameters.get(name).is_some())
}

/// Authenticates a client. The log has the reason if it is refused, because the response does not.
pub(super) fn client<'a>(
    state: &'a State,
    endpoint: Endpoint,
    parameters: &Parameters,
) -> Result<&'a Client, OAuthError> {
    authenticate(state, endpoint, parameters).map_err(|reason| {
        tracing::warn!(
            endpoint = endpoint.path(),
            client_id = parameters.get("client_id"),
            reason,
            "a client assertion was refused"
        );
        OAuthError::INVALID_CLIENT
    })
}

fn authenticate<'a>(
    state: &'a State,
    endpoint: Endpoint,
    parameters: &Parameters,
) -> Result<&'a Client, &'static str> {
    if parameters.get("client_assertion_type") != Some(ASSERTION_TYPE) {
        return Err(
            "`client_assertion_type` must be urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        );
    }
    let assertion = parameters.get("client_assertion");
    let jwt = assertion
        .and_then(Jwt::parse)
        .ok_or("`client_assertion` must be a signed JWT")?;
    let subject = text(&jwt.claims, "sub").ok_or("`sub` must be the client_id")?;
    // The assertion names the client, so the parameter may be missing (RFC 7521 section 4.2).
    let id = parameters.get("client_id").unwrap_or(subject);
    let client = state.client(id).ok_or("no client has this client_id")?;
    check_signature(client, &jwt)?;
    check_parties(state, endpoint, client, &jwt.claims)?;
    accept_once(state, client, &jwt.claims)?;
    Ok(client)
}

fn check_signature(client: &Client, jwt: &Jwt<'_>) -> Result<(), &'static str> {
    // Extensions that are not understood must be refused (RFC 7515 section 4.1.11).
    if jwt.header.contains_key("crit") {
        return Err("`crit` in the header is not supported");
    }
    let algorithm = text(&jwt.header, "alg").ok_or("`alg` is missing in the header")?;
    let message = jwt.signing_input.as_bytes();
    match client.authentication() {
        Authentication::ClientSecretJwt(secret) => {
            check_hmac(secret, algorithm, message, &jwt.signature)
        }
        Authentication::PrivateKeyJwt(keys) => {
            keys.verify(algorithm, text(&jwt.header, "kid"), message, &jwt.signature)
        }
        Authentication::None | Authentication::Secret(_) => {
            Err("this client is not registered for client_secret_jwt or private_key_jwt")
        }
    }
}

fn check_hmac(
    secret: &Secret,
    algorithm: &str,
    message: &[u8],
    signature: &[u8],
) -> Result<(), &'static str> {
    let algorithm = match algorithm {
        "HS256" => hmac::HMAC_SHA256,
        "HS384" => hmac::HMAC_SHA384,
        "HS512" => hmac::HMAC_SHA512,
        _ => return Err("`alg` must be HS256, HS384 or HS512 for client_secret_jwt"),
    };
    let key = hmac::Key::new(algorithm, secret.expose().as_bytes());
    hmac::verify(&key, message, signature)
        .map_err(|_| "the signature is wrong: another client secret made it")
}

/// Checks who made the assertion, and for whom.
fn check_parties(
    state: &State,
    endpoint: Endpoint,
    client: &Client,
    claims: &Map<String, Value>,
) -> Result<(), &'static str> {
    if text(claims, "sub") != Some(client.id()) || text(claims, "iss") != Some(client.id()) {
        return Err("`iss` and `sub` must be the client_id");
    }
    let is_ours = |audience: &Value| {
        let url = |endpoint: Endpoint| format!("{}{}", state.issuer, endpoint.path());
        audience.as_str().is_some_and(|audience| {
            audience == state.issuer
                || audience == url(Endpoint::Token)
                // RFC 9126 section 2 requires this one too.
                || (endpoint == Endpoint::PushedAuthorization && audience == url(endpoint))
        })
    };
    let is_for_us = match claims.get("aud") {
        Some(Value::Array(audiences)) => audiences.iter().any(is_ours),
        Some(audience) => is_ours(audience),
        None => false,
    };
    match is_for_us {
        true => Ok(()),
        false => Err("`aud` must contain the issuer or the token endpoint"),
    }
}

/// Checks the times, and that the assertion was not used before.
fn accept_once(
    state: &State,
    client: &Client,
    claims: &Map<String, Value>,
) -> Result<(), &'static str> {
    let now = state.now();
    let number = |name: &str| claims.get(name).and_then(Value::as_u64);
    let expires_at = number("exp").ok_or("`exp` must be a number of seconds since 1970")?;
    if expires_at <= now {
        return Err("the assertion has expired");
    }
    if expires_at > now.saturating_add(MAX_LIFETIME) {
        return Err("the assertion expires too late: `exp` must be at most five minutes from now");
    }
    if claims.contains_key("nbf") && number("nbf").is_none_or(|not_before| now < not_before) {
        return Err("the assertion is not valid before `nbf`");
    }
    let jti = text(claims, "jti").filter(|jti| !jti.is_empty());
    let jti = jti.ok_or("`jti` is missing")?;
    let mut store = state.store();
    match store.use_assertion(client.id(), jti, expires_at, now) {
        true => Ok(()),
        false => Err("the assertion was used before: `jti` must be a new one in each request"),
    }
}

fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    members.get(name)?.as_str()
}
