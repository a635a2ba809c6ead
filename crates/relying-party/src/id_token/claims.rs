//! What an ID token's claims must say.

mod continuity;

use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use subtle::ConstantTimeEq;

use super::refused;
use crate::claims::{Claims, NumericDate, OneOrMany, lenient};
use crate::claims_request::{ClaimsRequest, IdTokenValues};
use crate::clock::clock_difference;
use crate::error::Error;
use crate::json;
use crate::jwks::VerifyingKey;
use crate::log_text::{self, SentSecrets};
use crate::provider::Provider;

/// The code of the error for an ID token that is also for an audience that is not trusted.
pub(crate) const AUD_UNTRUSTED: &str = "id_token.aud_untrusted";

/// The code of the error for an ID token of another user than the only one who may sign in.
const SUB_NOT_ALLOWED: &str = "id_token.sub_not_allowed";

/// What an ID token must fit.
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

/// What a sign-in asked for.
pub(crate) struct SignIn<'a> {
    pub(crate) nonce: &'a str,
    pub(crate) max_age: Option<Duration>,
    pub(crate) acr_values: Option<&'a str>,
    pub(crate) claims_request: Option<&'a ClaimsRequest>,
    /// The `iss` and the `sub` of the only user who may sign in now.
    pub(crate) user: Option<(&'a str, &'a str)>,
}

/// The session that a refresh continues.
pub(crate) struct Refresh<'a> {
    /// The claims of its ID token.
    pub(crate) previous: &'a Claims,
    /// The `auth_time` of its sign-in, in seconds.
    pub(crate) auth_time: Option<u64>,
}

/// The claims that decide. One of the wrong type is an error, never an absent one.
#[derive(Deserialize)]
struct CheckedClaims {
    iss: String,
    sub: String,
    aud: OneOrMany,
    azp: Option<String>,
    exp: NumericDate,
    iat: NumericDate,
    nbf: Option<NumericDate>,
    /// Absent if it is of the wrong type: then it is a claim like others, unless a sign-in asked for
    /// it, which [`AuthTime`] checks.
    #[serde(default, deserialize_with = "lenient")]
    auth_time: Option<NumericDate>,
    nonce: Option<String>,
    /// Likewise, see [`Acr`].
    #[serde(default, deserialize_with = "lenient")]
    acr: Option<String>,
    at_hash: Option<String>,
}

/// What a sign-in with `max_age` reads.
#[derive(Deserialize)]
struct AuthTime {
    #[serde(rename = "auth_time")]
    _auth_time: Option<NumericDate>,
}

/// What a sign-in with `acr_values` reads.
#[derive(Deserialize)]
struct Acr {
    #[serde(rename = "acr")]
    _acr: Option<String>,
}

/// The steps of OpenID Connect Core 1.0 section 3.1.3.7 that follow the signature, by their
/// numbers, then section 3.1.3.8; at a refresh those of section 12.2.
pub(super) fn check(
    payload: &[u8],
    key: &VerifyingKey<'_>,
    expected: &Expectations<'_>,
) -> Result<Claims, Error> {
    let malformed = |why: &dyn std::fmt::Display| {
        let what = format!("the ID token's claims cannot be used: {why}");
        refused("id_token.claims", what)
    };
    // Before the other reader, because it names the claim that is missing or of the wrong type.
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
        .check_parties(expected)
        .map_err(|error| match expected.token_use {
            TokenUse::SignIn(_) => error,
            TokenUse::Refresh(_) => error.breaking_continuity(),
        })?;
    match &expected.token_use {
        TokenUse::SignIn(sign_in) => {
            token.check_times(expected)?;
            token.check_trust(expected.provider)?;
            token.check_sign_in(sign_in, expected)?;
        }
        TokenUse::Refresh(refresh) => {
            // Before its times: one of another user that has also expired must end the session, whose
            // refresh token would be the other user's from now on.
            token.check_refresh(refresh, expected)?;
            token.check_times(expected)?;
        }
    }
    // Section 3.1.3.8: the ID token was issued together with this access token.
    if let Some(at_hash) = &token.at_hash
        && key
            .at_hash(expected.access_token)
            .is_none_or(|hash| hash != *at_hash)
    {
        return Err(refused(
            "id_token.at_hash",
            "the ID token is of another access token",
        ));
    }
    // Last at a refresh, whose session continues without such a token: another user's ends it.
    token.check_trust(expected.provider)?;
    Ok(claims)
}

impl CheckedClaims {
    /// From whom and for whom it is.
    fn check_parties(&self, expected: &Expectations<'_>) -> Result<(), Error> {
        let provider = expected.provider;
        // 2. The issuer, exactly.
        self.check_issuer(expected)?;
        // 3. For us.
        if !self.aud.0.contains(&provider.client_id) {
            return Err(refused(
                "id_token.aud",
                "the ID token is for another client",
            ));
        }
        // 4. and 5. Issued to us, if it says to whom. Providers leave azp out, so it is not
        // required.
        if self
            .azp
            .as_ref()
            .is_some_and(|azp| *azp != provider.client_id)
        {
            return Err(refused(
                "id_token.azp",
                "the ID token was issued to another client",
            ));
        }
        Ok(())
    }

    /// One of those that are accepted; at a refresh that of the session, which is one of them.
    fn check_issuer(&self, expected: &Expectations<'_>) -> Result<(), Error> {
        let (iss, sent, whose) = (&self.iss, expected.sent(), "ID token");
        let (what, issuers) = match &expected.token_use {
            TokenUse::SignIn(_) => {
                if expected.provider.accepts_issuer(iss) {
                    return Ok(());
                }
                let issuers = expected.provider.issuers();
                (
                    "the ID token is of another issuer; if it is one of this provider's, name it in \
                     `accepted_issuers`",
                    log_text::one_of("configured", issuers, whose, iss, &sent),
                )
            }
            TokenUse::Refresh(refresh) => {
                let session = refresh.previous.iss();
                if iss == session {
                    return Ok(());
                }
                (
                    "the refreshed ID token is of another issuer than the session",
                    log_text::one_of("session", [session], whose, iss, &sent),
                )
            }
        };
        Err(refused("id_token.iss", what).with_detail(issuers))
    }

    /// 3. For nobody whom we do not trust.
    fn check_trust(&self, provider: &Provider) -> Result<(), Error> {
        if self.is_trusted(provider) {
            return Ok(());
        }
        Err(refused(
            AUD_UNTRUSTED,
            "the ID token is also for an audience that `trusted_audiences` does not name",
        ))
    }

    fn is_trusted(&self, provider: &Provider) -> bool {
        let is_trusted =
            |aud: &String| *aud == provider.client_id || provider.trusted_audiences.contains(aud);
        self.aud.0.iter().all(is_trusted)
    }

    fn check_times(&self, expected: &Expectations<'_>) -> Result<(), Error> {
        // 9. Not expired.
        if self.exp.0.saturating_add(expected.leeway()) <= expected.now {
            return Err(
                refused("id_token.exp", "the ID token has expired; check the clocks")
                    .with_detail(expected.clock_difference("exp", self.exp)),
            );
        }
        // 10. Not issued in the future. A past iat is an error only if that is set: the nonce prevents
        // replay.
        if self.iat.0 > expected.latest() {
            return Err(refused(
                "id_token.iat",
                "the ID token is from the future; check the clocks",
            )
            .with_detail(expected.clock_difference("iat", self.iat)));
        }
        let oldest = expected.provider.max_token_age.map(|age| {
            expected
                .now
                .saturating_sub(expected.leeway())
                .saturating_sub(age.as_secs())
        });
        if oldest.is_some_and(|oldest| self.iat.0 < oldest) {
            return Err(refused(
                "id_token.too_old",
                "the ID token was issued longer ago than `max_token_age` allows; check the clocks",
            )
            .with_detail(expected.clock_difference("iat", self.iat)));
        }
        // RFC 7519 section 4.1.5.
        if let Some(nbf) = self.nbf
            && nbf.0 > expected.latest()
        {
            return Err(refused(
                "id_token.nbf",
                "the ID token is not valid yet; check the clocks",
            )
            .with_detail(expected.clock_difference("nbf", nbf)));
        }
        Ok(())
    }

    fn check_sign_in(
        &self,
        sign_in: &SignIn<'_>,
        expected: &Expectations<'_>,
    ) -> Result<(), Error> {
        // 11. Of this transaction.
        let nonce = self.nonce.as_deref().unwrap_or_default();
        if !bool::from(nonce.as_bytes().ct_eq(sign_in.nonce.as_bytes())) {
            return Err(refused(
                "id_token.nonce",
                "the ID token is of another sign-in",
            ));
        }
        // 12. As strong as was asked for.
        let is_wanted =
            |acr: &str, wanted: &str| wanted.split_ascii_whitespace().any(|it| it == acr);
        if let Some(wanted) = sign_in.acr_values
            && !self.acr.as_ref().is_some_and(|acr| is_wanted(acr, wanted))
        {
            return Err(refused(
                "id_token.acr",
                "the user did not sign in as strongly as asked",
            ));
        }
        self.check_authentication_time(sign_in, expected)?;
        if let Some(claims) = sign_in.claims_request {
            claims.check_id_token(&IdTokenValues {
                sub: &self.sub,
                // The `sub` that was asked for has no issuer, unless the user who must sign in has.
                is_expected_issuer: sign_in.user.is_some() || self.iss == expected.provider.issuer,
                acr: self.acr.as_deref(),
                has_auth_time: self.auth_time.is_some(),
            })?;
        }
        self.check_user(sign_in, expected.provider)
    }

    /// 13. As recent as was asked for.
    fn check_authentication_time(
        &self,
        sign_in: &SignIn<'_>,
        expected: &Expectations<'_>,
    ) -> Result<(), Error> {
        let oldest = sign_in.max_age.map(|max_age| {
            expected
                .now
                .saturating_sub(expected.leeway())
                .saturating_sub(max_age.as_secs())
        });
        if let Some(oldest) = oldest
            && !self
                .auth_time
                .is_some_and(|time| (oldest..=expected.latest()).contains(&time.0))
        {
            return Err(refused(
                "id_token.auth_time",
                "the user did not sign in as recently as asked",
            )
            .with_detail(self.auth_time.map_or_else(
                || "the ID token has no auth_time".to_owned(),
                |time| expected.clock_difference("auth_time", time),
            )));
        }
        Ok(())
    }

    /// The user who must sign in, if there is one.
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
    /// What an issuer that is not ours must not repeat into the log.
    fn sent(&self) -> SentSecrets {
        let nonce = match &self.token_use {
            TokenUse::SignIn(sign_in) => sign_in.nonce,
            TokenUse::Refresh(_) => "",
        };
        SentSecrets::new([self.access_token, nonce])
    }

    fn clock_difference(&self, claim: &str, time: NumericDate) -> String {
        clock_difference(claim, time.0, self.now, self.leeway())
    }

    /// Seconds.
    fn leeway(&self) -> u64 {
        self.provider.leeway.as_secs()
    }

    /// The latest time that is not in the future.
    fn latest(&self) -> u64 {
        self.now.saturating_add(self.leeway())
    }
}
