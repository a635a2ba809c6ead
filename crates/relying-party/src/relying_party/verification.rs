//! The verification of ID tokens, logout tokens and signed UserInfo responses with the provider's keys.

use std::sync::Arc;

use super::RelyingParty;
use crate::clock::unix_seconds;
use crate::error::Error;
use crate::id_token::{self, Expectations, HeaderRules, Jws, TokenKind, TypeRule, VerifiedIdToken};
use crate::jwks::{KeySet, VerificationKeys, VerifyingKey};
use crate::logout_token::{self, LogoutToken};
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
        let typ = self.provider().id_token_type.as_deref();
        let rules = self.header_rules(metadata, typ.map_or(TypeRule::AnyJwt, TypeRule::Exactly));
        let token = TokenKind::IdToken;
        let jws = Jws::parse(id_token, &rules).map_err(|error| error.for_token(token))?;
        let check = |key: &VerifyingKey<'_>| id_token::check(&jws, key, expected);
        self.verified(metadata, keys, &jws, token, check).await
    }

    /// Verifies a logout token (OpenID Connect Back-Channel Logout 1.0 section 2.6): its signature like that of
    /// an ID token, `typ`, `iss`, `aud`, the times, `events`, and that it has `jti`, `sub` or `sid`, and no
    /// `nonce`. It does not remember tokens: compare [`LogoutToken::jti`] with those of former ones.
    ///
    /// The keys are fetched again if the token is signed with an unknown one, within the limits for ID tokens.
    ///
    /// # Errors
    ///
    /// The token is not valid (`logout_token.*`), or there are no metadata or no keys (`discovery.*`, `jwks.*`).
    pub async fn verify_logout_token(&self, text: &str) -> Result<LogoutToken, Error> {
        let token = TokenKind::LogoutToken;
        logout_token::check_size(text)?;
        let metadata = self.0.documents.metadata().await?;
        let rules = self.header_rules(&metadata, TypeRule::LogoutToken);
        let jws = Jws::parse(text, &rules).map_err(|error| error.for_token(token))?;
        let keys = self.0.documents.keys(&metadata).await?;
        let now = unix_seconds(self.clock().now());
        let check =
            |key: &VerifyingKey<'_>| logout_token::check(&jws.payload, key, self.provider(), now);
        self.verified(&metadata, &keys, &jws, token, check).await
    }

    /// The rules for the header of an ID token or a logout token.
    fn header_rules<'a>(&'a self, metadata: &'a Metadata, typ: TypeRule<'a>) -> HeaderRules<'a> {
        HeaderRules {
            algorithms: self.algorithms(&metadata.algorithms),
            typ,
            critical: &self.provider().critical_headers,
        }
    }

    /// Verifies the signature and the critical parameters of the header, then calls `check` with the key.
    async fn verified<T>(
        &self,
        metadata: &Arc<Metadata>,
        keys: &Arc<KeySet>,
        jws: &Jws<'_>,
        token: TokenKind,
        check: impl Fn(&VerifyingKey<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let verify = |keys: VerificationKeys<'_>| {
            let key = jws.verified_by(keys)?;
            Some(jws.check_critical(token).and_then(|()| check(&key)))
        };
        if let Some(verified) = self.with_keys(metadata, keys, jws, verify).await? {
            return verified;
        }
        let what = match jws.is_hmac() {
            true => {
                format!(
                    "the client secret does not verify the {token}'s signature; check the secret"
                )
            }
            false => format!("no key of the provider verifies the {token}'s signature"),
        };
        Err(token.refused(["id_token.signature", "logout_token.signature"], what))
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
