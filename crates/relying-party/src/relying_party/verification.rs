//! The verification of ID tokens, and of signed UserInfo responses, with the provider's keys.

use std::sync::Arc;

use super::RelyingParty;
use crate::error::{Error, ErrorKind};
use crate::id_token::{self, Expectations, HeaderRules, Jws, JwsError, VerifiedIdToken};
use crate::jwks::{KeySet, VerificationKeys};
use crate::metadata::Metadata;
use crate::provider::SigningAlgorithm;
use crate::provider_documents::RefetchError;

impl RelyingParty {
    /// Verifies an ID token, with newer keys if none of the known ones fits.
    pub(super) async fn verify(
        &self,
        metadata: &Arc<Metadata>,
        keys: &Arc<KeySet>,
        id_token: &str,
        expected: &Expectations<'_>,
    ) -> Result<VerifiedIdToken, Error> {
        let provider = self.provider();
        let rules = HeaderRules {
            algorithms: self.algorithms(&metadata.algorithms),
            typ: provider.id_token_type.as_deref(),
            critical: &provider.critical_headers,
        };
        let jws = Jws::parse(id_token, &rules).map_err(JwsError::for_id_token)?;
        let verified = self.with_keys(metadata, keys, &jws, |keys| {
            id_token::verify(&jws, keys, expected)
        });
        if let Some(verified) = verified.await? {
            return verified;
        }
        Err(Error::new(
            ErrorKind::Response,
            "id_token.signature",
            match jws.is_hmac() {
                true => {
                    "the client secret does not verify the ID token's signature; check the secret"
                }
                false => "no key of the provider verifies the ID token's signature",
            },
        ))
    }

    /// Returns the allowed algorithms: those that are set, or else those of the metadata.
    pub(super) fn algorithms<'a>(
        &'a self,
        published: &'a [SigningAlgorithm],
    ) -> &'a [SigningAlgorithm] {
        self.provider().algorithms.as_deref().unwrap_or(published)
    }

    /// Calls `verify` with the known keys, and with newer ones if none of those fits: the key may be
    /// unknown, or its `kid` may have been reused for another key. `None` if no key fits.
    ///
    /// For an HMAC, `verify` is called once, with the client secret. Only a setting allows that, and such
    /// a setting needs a secret.
    ///
    /// # Errors
    ///
    /// No newer keys can be fetched now (`jwks.*`, `discovery.*`).
    pub(super) async fn with_keys<T>(
        &self,
        metadata: &Arc<Metadata>,
        keys: &Arc<KeySet>,
        jws: &Jws<'_>,
        verify: impl Fn(VerificationKeys<'_>) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        if jws.is_hmac() {
            let secret = self.provider().client_secret.as_ref();
            return Ok(secret.and_then(|secret| verify(VerificationKeys::ClientSecret(secret))));
        }
        if let Some(verified) = verify(VerificationKeys::Public(keys)) {
            return Ok(Some(verified));
        }
        let Some(mut key_search) = self.0.documents.search_newer_keys(keys, metadata) else {
            return Ok(None);
        };
        let mut failure = None;
        let mut has_known_kid = jws.has_kid_of(keys);
        let mut is_newest = false;
        loop {
            // Boxed, because it is rare and would make every sign-in and refresh larger.
            match Box::pin(key_search.next()).await {
                Ok(newer) => {
                    if let Some(verified) = verify(VerificationKeys::Public(&newer)) {
                        return Ok(Some(verified));
                    }
                    failure = None;
                    is_newest = true;
                    has_known_kid = jws.has_kid_of(&newer);
                }
                Err(RefetchError::Failed(error)) => failure = Some(error),
                Err(RefetchError::Throttled(error)) => {
                    return match failure {
                        Some(failure) => Err(failure),
                        None if is_newest || has_known_kid => Ok(None),
                        None => Err(error),
                    };
                }
            }
            // A bad signature by the key with this `kid` does not become a good one a second later.
            if key_search.is_over() || (is_newest && has_known_kid) {
                return failure.map_or(Ok(None), Err);
            }
        }
    }
}
