//! ID tokens.

mod claims;
mod critical;
mod jws;
mod jws_error;
mod kind;
mod parties;
mod refused;
mod times;

use std::fmt;
use std::sync::Arc;

pub(crate) use self::claims::{Expectations, Refresh, SignIn, TokenUse};
pub(crate) use self::jws::{HeaderRules, Jws, TypeRule, algorithm_name};
pub(crate) use self::jws_error::JwsError;
pub(crate) use self::kind::TokenKind;
pub(crate) use self::parties::{AUD_UNTRUSTED, Parties};
pub(crate) use self::times::{MaxAge, Times, TokenClock};
use crate::claims::Claims;
use crate::error::Error;
use crate::jwks::VerifyingKey;
use crate::secret::Secret;

/// A verified ID token (OpenID Connect Core 1.0 section 3.1.3.7). Only the verification creates one.
/// Cloning is cheap.
#[derive(Clone)]
pub struct VerifiedIdToken {
    jwt: Arc<Secret>,
    claims: Claims,
}

impl VerifiedIdToken {
    /// Returns the JWT as the provider sent it, for an `id_token_hint`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.jwt.expose()
    }

    /// Returns the claims of the ID token.
    #[must_use]
    pub fn claims(&self) -> &Claims {
        &self.claims
    }
}

impl fmt::Debug for VerifiedIdToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedIdToken")
            .field("claims", &self.claims)
            .finish_non_exhaustive()
    }
}

/// Checks the claims of `jws`, whose signature `key` verified.
///
/// The verifier of claims of `openidconnect` is not used for three reasons: it refuses tokens that its types cannot represent, so a user whose `address` is a string or whose
/// `phone_number` is a number could never sign in; it checks neither `azp` nor `nbf`; and it refuses a
/// token without `kid` if two keys fit, instead of trying both.
pub(crate) fn check(
    jws: &Jws<'_>,
    key: &VerifyingKey<'_>,
    expected: &Expectations<'_>,
) -> Result<VerifiedIdToken, Error> {
    let claims = claims::check(&jws.payload, key, expected)?;
    Ok(VerifiedIdToken {
        jwt: Arc::new(Secret::new(jws.text.to_owned())),
        claims,
    })
}
