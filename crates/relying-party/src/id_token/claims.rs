//! The checks of the claims of an ID token.

mod continuity;
mod hosted_domain;
mod issuer;

use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use subtle::ConstantTimeEq;

use super::kind::TokenKind;
use super::parties::Parties;
use super::refused::refused;
use super::times::{MaxAge, Times, TokenClock};
use crate::claims::{Claims, NumericDate, OneOrMany, lenient};
use crate::claims_request::{ClaimsRequest, IdTokenValues};
use crate::error::Error;
use crate::json;
use crate::jwks::VerifyingKey;
use crate::log_text::SentSecrets;
use crate::provider::Provider;

/// The error code for an ID token of a user other than the only one who may sign in.
const SUB_NOT_ALLOWED: &str = "id_token.sub_not_allowed";

/// What an ID token is checked against.
pub(crate) struct Expectations<'a> {
    pub(crate) provider: &'a Provider,
    /// Seconds since 1970.
    pub(crate) now: u64,
    pub(crate) access_token: &'a str,
    pub(crate) token_use: TokenUse<'a>,
}

/// What the ID token was issued for.
pub(crate) enum TokenUse<'a> {
    SignIn(SignIn<'a>),
    Refresh(Refresh<'a>),
}

/// What a sign-in requested.
pub(crate) struct SignIn<'a> {
    pub(crate) nonce: &'a str,
    pub(crate) max_age: Option<Duration>,
    pub(crate) acr_values: Option<&'a str>,
    pub(crate) claims_request: Option<&'a ClaimsRequest>,
    /// The `iss` and the `sub` of the only user who may sign in now.
    pub(crate) user: Option<(&'a str, &'a str)>,
    /// The `iss` of the authorization response, if that of the ID token must be the same.
    pub(crate) response_iss: Option<&'a str>,
}

/// The session that a refresh continues.
pub(crate) struct Refresh<'a> {
    /// The claims of its ID token.
    pub(crate) previous: &'a Claims,
    /// The `auth_time` of its sign-in, in seconds.
    pub(crate) auth_time: Option<u64>,
}

/// The claims that are checked. A claim of the wrong type is an error and does not count as absent.
#[derive(Deserialize)]
struct CheckedClaims {
    iss: String,
    sub: String,
    aud: OneOrMany,
    azp: Option<String>,
    exp: NumericDate,
    iat: NumericDate,
    nbf: Option<NumericDate>,
    /// Absent if it is of the wrong type. If a sign-in requested it, [`AuthTime`] checks its type.
    #[serde(default, deserialize_with = "lenient")]
    auth_time: Option<NumericDate>,
    nonce: Option<String>,
    /// Absent if it is of the wrong type. Only the tenants of a provider with many have to be known.
    #[serde(default, deserialize_with = "lenient")]
    tid: Option<String>,
    /// Absent if it is of the wrong type.
    #[serde(default, deserialize_with = "lenient")]
    hd: Option<String>,
    /// Absent if it is of the wrong type. If a sign-in requested it, [`Acr`] checks its type.
    #[serde(default, deserialize_with = "lenient")]
    acr: Option<String>,
    at_hash: Option<String>,
}

/// Checks the type of `auth_time` after a sign-in with `max_age`.
#[derive(Deserialize)]
struct AuthTime {
    #[serde(rename = "auth_time")]
    _auth_time: Option<NumericDate>,
}

/// Checks the type of `acr` after a sign-in with `acr_values`.
#[derive(Deserialize)]
struct Acr {
    #[serde(rename = "acr")]
    _acr: Option<String>,
}

/// Checks the claims: the steps of OpenID Connect Core 1.0 section 3.1.3.7 after the signature, which
/// the comments number, then section 3.1.3.8; at a refresh those of section 12.2.
pub(super) fn check(
    payload: &[u8],
    key: &VerifyingKey<'_>,
    expected: &Expectations<'_>,
) -> Result<Claims, Error> {
    let malformed = |why: &dyn std::fmt::Display| {
        let what = format!("the ID token's claims cannot be used: {why}");
        refused("id_token.claims", what)
    };
    // First, because the error names the claim that is missing or of the wrong type.
    let token: CheckedClaims = json::object_from_slice(payload).map_err(|why| malformed(&why))?;
    if let TokenUse::SignIn(sign_in) = &expected.token_use {
        if sign_in.max_age.is_some() {
            json::object_from_slice::<AuthTime>(payload).map_err(|why| malformed(&why))?;
        }
        if sign_in.acr_values.is_some() {
            json::object_from_slice::<Acr>(payload).map_err(|why| malformed(&why))?;
        }
    }
    let claims =
        Claims::from_json(Bytes::copy_from_slice(payload)).map_err(|why| malformed(&why))?;
    token
        .check_parties(key, expected)
        .map_err(|error| match expected.token_use {
            TokenUse::SignIn(_) => error,
            TokenUse::Refresh(_) => error.breaking_continuity(),
        })?;
    match &expected.token_use {
        TokenUse::SignIn(sign_in) => {
            token.check_times(expected)?;
            token.parties().check_trust(expected.provider)?;
            token.check_sign_in(sign_in, expected)?;
        }
        TokenUse::Refresh(refresh) => {
            // Before its times: an ID token of another user must end the session even if it has
            // expired, because the refresh token may be the other user's from now on.
            token.check_refresh(refresh, expected)?;
            token.check_times(expected)?;
        }
    }
    // Section 3.1.3.8: the ID token was issued together with this access token.
    if let Some(at_hash) = &token.at_hash
        && key.at_hash(expected.access_token) != *at_hash
    {
        return Err(refused(
            "id_token.at_hash",
            "the ID token is of another access token",
        ));
    }
    // Last at a refresh: an ID token of another user ends the session, while one with an untrusted
    // audience is only ignored.
    token.parties().check_trust(expected.provider)?;
    Ok(claims)
}

impl CheckedClaims {
    fn parties(&self) -> Parties<'_> {
        Parties {
            token: TokenKind::IdToken,
            iss: &self.iss,
            aud: &self.aud,
            azp: self.azp.as_deref(),
            tid: self.tid.as_deref(),
        }
    }

    /// Checks the issuer, the audience, the authorized party and the organization of the user.
    fn check_parties(
        &self,
        key: &VerifyingKey<'_>,
        expected: &Expectations<'_>,
    ) -> Result<(), Error> {
        // Step 2: the issuer, exactly.
        self.check_issuer(key, expected)?;
        self.parties().check_client(&expected.provider.client_id)?;
        self.check_hosted_domain(expected)
    }

    /// A past `iat` is an error only with `max_token_age`: the nonce prevents replay.
    fn check_times(&self, expected: &Expectations<'_>) -> Result<(), Error> {
        let max_age = expected.provider.max_token_age.map(|age| MaxAge {
            age,
            says: "was issued longer ago than `max_token_age` allows",
        });
        let times = Times {
            exp: Some(self.exp),
            iat: self.iat,
            nbf: self.nbf,
        };
        times.check(TokenKind::IdToken, expected.clock(), max_age.as_ref())
    }

    fn check_sign_in(
        &self,
        sign_in: &SignIn<'_>,
        expected: &Expectations<'_>,
    ) -> Result<(), Error> {
        // Step 11: issued for this transaction.
        let nonce = self.nonce.as_deref().unwrap_or_default();
        if !bool::from(nonce.as_bytes().ct_eq(sign_in.nonce.as_bytes())) {
            return Err(refused(
                "id_token.nonce",
                "the ID token is of another sign-in",
            ));
        }
        // Step 12: a requested authentication context class.
        let is_requested =
            |acr: &str, requested: &str| requested.split_ascii_whitespace().any(|it| it == acr);
        if let Some(requested) = sign_in.acr_values
            && !self
                .acr
                .as_ref()
                .is_some_and(|acr| is_requested(acr, requested))
        {
            return Err(refused(
                "id_token.acr",
                "the user did not sign in as strongly as requested",
            ));
        }
        self.check_authentication_time(sign_in, expected)?;
        if let Some(claims) = sign_in.claims_request {
            claims.check_id_token(&IdTokenValues {
                sub: &self.sub,
                // The requested `sub` is a user of the configured issuer, unless the user who must sign
                // in is given with an issuer.
                is_expected_issuer: sign_in.user.is_some() || self.iss == expected.provider.issuer,
                acr: self.acr.as_deref(),
                has_auth_time: self.auth_time.is_some(),
            })?;
        }
        self.check_user(sign_in, expected.provider)
    }

    /// Step 13: checks that the authentication is as recent as requested.
    fn check_authentication_time(
        &self,
        sign_in: &SignIn<'_>,
        expected: &Expectations<'_>,
    ) -> Result<(), Error> {
        let clock = expected.clock();
        let oldest = sign_in.max_age.map(|max_age| clock.earliest(max_age));
        if let Some(oldest) = oldest
            && !self
                .auth_time
                .is_some_and(|time| (oldest..=clock.latest()).contains(&time.0))
        {
            return Err(refused(
                "id_token.auth_time",
                "the user did not sign in as recently as requested",
            )
            .with_detail(self.auth_time.map_or_else(
                || "the ID token has no auth_time".to_owned(),
                |time| clock.difference("auth_time", time),
            )));
        }
        Ok(())
    }

    /// Checks that it is the user who must sign in, if there is one.
    fn check_user(&self, sign_in: &SignIn<'_>, provider: &Provider) -> Result<(), Error> {
        if sign_in
            .user
            .is_some_and(|user| user != (self.iss.as_str(), self.sub.as_str()))
        {
            return Err(refused(
                "id_token.sub",
                "another user signed in than was expected",
            ));
        }
        if !provider.allows_user(&self.iss, &self.sub) {
            return Err(refused(
                SUB_NOT_ALLOWED,
                "the user is not the one that `expected_subject` names at the configured issuer",
            ));
        }
        Ok(())
    }
}

impl Expectations<'_> {
    /// Returns the secrets that a wrong issuer must not repeat in the log.
    fn sent(&self) -> SentSecrets {
        let nonce = match &self.token_use {
            TokenUse::SignIn(sign_in) => sign_in.nonce,
            TokenUse::Refresh(_) => "",
        };
        SentSecrets::new([self.access_token, nonce])
    }

    fn clock(&self) -> TokenClock {
        TokenClock {
            now: self.now,
            leeway: self.provider.leeway.as_secs(),
        }
    }
}
