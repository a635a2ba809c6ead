//! What an ID token's claims must say.

use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use subtle::ConstantTimeEq;

use super::refused;
use crate::claims::{Audience, Claims, NumericDate};
use crate::error::Error;
use crate::jwks::VerifiedBy;
use crate::provider::Provider;

/// What an ID token must fit.
pub(crate) struct Expectations<'a> {
    pub(crate) provider: &'a Provider,
    /// Seconds since 1970.
    pub(crate) now: u64,
    pub(crate) nonce: &'a str,
    pub(crate) access_token: &'a str,
    pub(crate) max_age: Option<Duration>,
    pub(crate) acr_values: Option<&'a str>,
    pub(crate) sub: Option<&'a str>,
}

/// The claims that decide. One of the wrong type is an error, never an absent one.
#[derive(Deserialize)]
struct Decisive {
    iss: String,
    sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: NumericDate,
    iat: NumericDate,
    nbf: Option<NumericDate>,
    auth_time: Option<NumericDate>,
    nonce: Option<String>,
    acr: Option<String>,
    at_hash: Option<String>,
}

/// The steps of OpenID Connect Core 1.0 section 3.1.3.7 that follow the signature, by their
/// numbers, then section 3.1.3.8.
pub(super) fn check(
    payload: &[u8],
    key: &VerifiedBy<'_>,
    expected: &Expectations<'_>,
) -> Result<Claims, Error> {
    let malformed = || {
        refused(
            "id_token.claims",
            "the ID token lacks a claim, or one is of the wrong type",
        )
    };
    let claims = Claims::from_json(Bytes::copy_from_slice(payload)).map_err(|_| malformed())?;
    let token: Decisive = serde_json::from_slice(payload).map_err(|_| malformed())?;
    let provider = expected.provider;
    let leeway = provider.leeway.as_secs();

    // 2. The issuer, exactly.
    if token.iss != provider.issuer {
        return Err(refused("id_token.iss", "the ID token is of another issuer"));
    }
    // 3. For us, and for nobody whom we do not trust.
    if !token.aud.0.contains(&provider.client_id) {
        return Err(refused(
            "id_token.aud",
            "the ID token is for another client",
        ));
    }
    let is_trusted =
        |aud: &String| *aud == provider.client_id || provider.trusted_audiences.contains(aud);
    if !token.aud.0.iter().all(is_trusted) {
        return Err(refused(
            "id_token.aud_untrusted",
            "the ID token is also for an audience that `trusted_audiences` does not name",
        ));
    }
    // 4. and 5. Issued to us, if it says to whom. Providers leave azp out, so it is not required.
    if token.azp.is_some_and(|azp| azp != provider.client_id) {
        return Err(refused(
            "id_token.azp",
            "the ID token was issued to another client",
        ));
    }
    // 9. Not expired.
    if token.exp.0.saturating_add(leeway) <= expected.now {
        return Err(refused(
            "id_token.exp",
            "the ID token has expired; check the clocks",
        ));
    }
    // 10. Not issued in the future. A past iat is no error: the nonce prevents replay.
    let latest = expected.now.saturating_add(leeway);
    if token.iat.0 > latest {
        return Err(refused(
            "id_token.iat",
            "the ID token is from the future; check the clocks",
        ));
    }
    // RFC 7519 section 4.1.5.
    if token.nbf.is_some_and(|nbf| nbf.0 > latest) {
        return Err(refused(
            "id_token.nbf",
            "the ID token is not valid yet; check the clocks",
        ));
    }
    // 11. Of this transaction.
    let nonce = token.nonce.unwrap_or_default();
    if !bool::from(nonce.as_bytes().ct_eq(expected.nonce.as_bytes())) {
        return Err(refused(
            "id_token.nonce",
            "the ID token is of another sign-in",
        ));
    }
    // 12. As strong as was asked for.
    let is_wanted = |acr: &str, wanted: &str| wanted.split_ascii_whitespace().any(|it| it == acr);
    if let Some(wanted) = expected.acr_values
        && !token.acr.is_some_and(|acr| is_wanted(&acr, wanted))
    {
        return Err(refused(
            "id_token.acr",
            "the user did not sign in as strongly as asked",
        ));
    }
    // 13. As recent as was asked for.
    let oldest = expected.max_age.map(|max_age| {
        expected
            .now
            .saturating_sub(leeway)
            .saturating_sub(max_age.as_secs())
    });
    if let Some(oldest) = oldest
        && !token
            .auth_time
            .is_some_and(|time| (oldest..=latest).contains(&time.0))
    {
        return Err(refused(
            "id_token.auth_time",
            "the user did not sign in as recently as asked",
        ));
    }
    // 3.1.3.8. Sent together with this access token.
    if let Some(at_hash) = token.at_hash
        && key
            .half_hash(expected.access_token)
            .is_none_or(|hash| hash != at_hash)
    {
        return Err(refused(
            "id_token.at_hash",
            "the ID token is of another access token",
        ));
    }
    if expected.sub.is_some_and(|sub| sub != token.sub) {
        return Err(refused(
            "id_token.sub",
            "another user signed in than was expected",
        ));
    }
    Ok(claims)
}
