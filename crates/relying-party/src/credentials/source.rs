//! Secrets and assertions that the application obtains when they are needed.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "private-key-jwt")]
use super::ClientKey;
use super::assertion_file::AssertionFile;
use crate::error::{Error, ErrorKind};
use crate::http_client::BoxFuture;
use crate::log_text::{SentSecrets, quoted};
#[cfg(feature = "private-key-jwt")]
use crate::provider::SigningAlgorithm;
use crate::runtime::{self, BoxError, CallFailed};
use crate::secret::Secret;

/// Longer than a request to a key service takes, and short enough that a browser still waits.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(5);

/// What an assertion or a secret is needed for: the client, and the server that will read it.
#[derive(Clone, Debug)]
pub struct ClientAssertionRequest {
    client_id: String,
    issuer: String,
    audience: String,
}

impl ClientAssertionRequest {
    /// Returns the `aud` that the assertion must have; see
    /// [`Provider::assertion_audience`](crate::Provider::assertion_audience).
    #[must_use]
    pub fn audience(&self) -> &str {
        &self.audience
    }

    /// Returns the client identifier: the `iss` and the `sub` of an assertion that the client makes
    /// itself (RFC 7523 section 3).
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Returns the issuer identifier of the provider.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    pub(crate) fn new(client_id: &str, issuer: &str, audience: &str) -> Self {
        Self {
            client_id: client_id.to_owned(),
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
        }
    }
}

/// A signed JWT by which the client authenticates once (RFC 7523 section 2.2). `Debug` shows nothing of
/// it, and it is wiped after use.
#[derive(Clone)]
pub struct ClientAssertion(Secret);

impl ClientAssertion {
    /// Takes the compact form of the JWT.
    pub fn new(jwt: impl Into<String>) -> Self {
        Self(Secret::new(jwt.into()))
    }

    pub(crate) fn into_secret(self) -> Secret {
        self.0
    }
}

/// A client secret. `Debug` shows nothing of it, and it is wiped after use.
#[derive(Clone)]
pub struct ClientSecret(Secret);

impl ClientSecret {
    /// Takes the text of the secret.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(Secret::new(secret.into()))
    }

    pub(crate) fn into_secret(self) -> Secret {
        self.0
    }
}

/// Where a client secret comes from that is another one each time.
#[derive(Clone, Debug)]
pub(crate) enum SecretSource {
    Function(Source<ClientSecret>),
    #[cfg(feature = "private-key-jwt")]
    Signed(SignedSecret),
}

impl SecretSource {
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Function(one), Self::Function(other)) => one.is_same(other),
            #[cfg(feature = "private-key-jwt")]
            (Self::Signed(one), Self::Signed(other)) => {
                one.issuer == other.issuer
                    && one.audience == other.audience
                    && one.algorithm == other.algorithm
                    && one.key.is_same_key(&other.key)
            }
            #[cfg(feature = "private-key-jwt")]
            _ => false,
        }
    }
}

/// A client secret that is a JWT, signed with a key of the client at each use.
#[cfg(feature = "private-key-jwt")]
#[derive(Clone, Debug)]
pub(crate) struct SignedSecret {
    /// Who signs: the `iss`. The `sub` is the client.
    pub(crate) issuer: String,
    pub(crate) audience: &'static str,
    pub(crate) algorithm: SigningAlgorithm,
    pub(crate) key: ClientKey,
}

/// Where an assertion comes from that the client does not sign.
#[derive(Clone, Debug)]
pub(crate) enum AssertionSource {
    Function(Source<ClientAssertion>),
    File(AssertionFile),
}

impl AssertionSource {
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Function(one), Self::Function(other)) => one.is_same(other),
            (Self::File(one), Self::File(other)) => one.path() == other.path(),
            _ => false,
        }
    }
}

type Call<T> =
    dyn Fn(ClientAssertionRequest) -> BoxFuture<Result<T, BoxError>> + Send + Sync + 'static;

/// A function of the application.
pub(crate) struct Source<T>(Arc<Call<T>>);

impl<T: Send + 'static> Source<T> {
    pub(crate) fn new<F, Fut>(source: F) -> Self
    where
        F: Fn(ClientAssertionRequest) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<T, BoxError>> + Send + 'static,
    {
        Self(Arc::new(move |request| Box::pin(source(request))))
    }

    fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Calls the function; `setting` is the name of its setter.
    pub(crate) async fn call(
        &self,
        request: ClientAssertionRequest,
        setting: &'static str,
    ) -> Result<T, Error> {
        let source = Arc::clone(&self.0);
        // The error's text is the application's code too, and may panic.
        let work = async move {
            let result = source(request).await;
            result.map_err(|error| quoted(&error.to_string(), &SentSecrets::nothing()))
        };
        let (what, text) = match runtime::catch_panic(TIMEOUT, work).await {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(text)) => ("returned an error", Some(text)),
            // The text of a panic may contain anything, so it is not repeated.
            Err(CallFailed::Panicked) => ("panicked", None),
            Err(CallFailed::TimedOut) => ("has not returned within five seconds", None),
        };
        let error = Error::transient(
            ErrorKind::Configuration,
            "client_auth.source",
            format!("the function of the setting `{setting}` {what}; nothing was sent"),
            None,
        );
        Err(match text {
            Some(text) => error.with_detail(text),
            None => error,
        })
    }
}

impl<T> Clone for Source<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> fmt::Debug for Source<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Source")
    }
}

impl fmt::Debug for ClientAssertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientAssertion([redacted])")
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret([redacted])")
    }
}
