//! ID tokens.

mod claims;
mod critical;
mod jws;
mod jws_error;
mod refused;

use std::fmt;
use std::sync::Arc;

pub(crate) use self::claims::{AUD_UNTRUSTED, Expectations, Refresh, SignIn, TokenUse};
pub(crate) use self::jws::{HeaderRules, Jws, algorithm_name};
pub(crate) use self::jws_error::JwsError;
use self::refused::refused;
use crate::claims::Claims;
use crate::error::Error;
use crate::jwks::VerificationKeys;
use crate::log_text::{self, SentSecrets};
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

/// Verifies `jws` with one of `keys` and against `expected`.
///
/// `None` if no key verifies the signature; a newer set may have one.
///
/// `openidconnect` verifies the signature. Its verifier of claims is not used for three reasons: it
/// refuses tokens that its types cannot represent, so a user whose `address` is a string or whose
/// `phone_number` is a number could never sign in; it checks neither `azp` nor `nbf`; and it refuses a
/// token without `kid` if two keys fit, instead of trying both.
pub(crate) fn verify(
    jws: &Jws<'_>,
    keys: VerificationKeys<'_>,
    expected: &Expectations<'_>,
) -> Option<Result<VerifiedIdToken, Error>> {
    let key = jws.verified_by(keys)?;
    // After the signature, so that only the provider can choose the values. Before the claims, because
    // a critical parameter may change their meaning.
    if let Some(name) = jws.critical.rejected() {
        let error = refused(
            "id_token.crit",
            "a check that `critical_header` sets does not accept the ID token's header",
        );
        return Some(Err(
            error.with_detail(log_text::quoted(name, &SentSecrets::nothing()))
        ));
    }
    Some(
        claims::check(&jws.payload, &key, expected).map(|claims| VerifiedIdToken {
            jwt: Arc::new(Secret::new(jws.text.to_owned())),
            claims,
        }),
    )
}
