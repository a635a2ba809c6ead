//! The client that sends a request, with all that its authentication depends on.

use std::error::Error as StdError;

use url::Url;

use crate::clock::Clock;
use crate::credentials::{
    AssertionAudience, ClientAssertionRequest, ClientSecret, SecretSource, Source,
};
use crate::provider::Provider;

/// What the provider's metadata list for the authentication of clients.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SupportedAuth<'a> {
    /// `token_endpoint_auth_methods_supported`
    pub(crate) methods: Option<&'a [String]>,
    /// `token_endpoint_auth_signing_alg_values_supported`
    pub(crate) algorithms: Option<&'a [String]>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct AuthenticatedClient<'a> {
    pub(crate) provider: &'a Provider,
    pub(crate) token_endpoint: &'a Url,
    pub(crate) supported: SupportedAuth<'a>,
    /// For the times in assertions.
    pub(crate) clock: &'a dyn Clock,
}

impl Provider {
    /// Sets a function that returns the client secret each time that the client authenticates: for
    /// secrets from a vault, or that expire. It replaces [`client_secret`](Self::client_secret), and is
    /// replaced by it.
    ///
    /// It is called for every request in which the client authenticates, and as many times at once as such
    /// requests may be in flight (see the [limits](crate::RelyingParty#limits)); cache what is costly to
    /// obtain. If it returns an error, panics, or takes longer
    /// than five seconds, nothing is sent, and the request fails with a transient error
    /// (`client_auth.source`).
    ///
    /// ```
    /// use relying_party::{ClientSecret, Provider};
    ///
    /// let provider = Provider::new("https://op.example", "client-id")
    ///     .client_secret_source(|_| async { Ok(ClientSecret::new(read_from_vault().await?)) });
    /// # let _ = provider;
    /// # async fn read_from_vault() -> std::io::Result<String> { Ok("secret".into()) }
    /// ```
    pub fn client_secret_source<F, Fut>(mut self, source: F) -> Self
    where
        F: Fn(ClientAssertionRequest) -> Fut + Send + Sync + 'static,
        Fut:
            Future<Output = Result<ClientSecret, Box<dyn StdError + Send + Sync>>> + Send + 'static,
    {
        self.client_secret = None;
        self.credentials.secret_source = Some(SecretSource::Function(Source::new(source)));
        self
    }

    pub(super) fn has_client_secret(&self) -> bool {
        self.client_secret.is_some() || self.credentials.secret_source.is_some()
    }

    pub(super) fn has_client_credential(&self) -> bool {
        self.has_client_secret() || self.credentials.has_assertion()
    }
}

impl AuthenticatedClient<'_> {
    /// Returns the `aud` of assertions. An issuer with a placeholder for the tenant names no server.
    pub(super) fn audience(&self) -> &str {
        match self.provider.credentials.audience {
            AssertionAudience::Issuer if self.provider.issuer_template().is_none() => {
                &self.provider.issuer
            }
            AssertionAudience::Issuer | AssertionAudience::TokenEndpoint => {
                self.token_endpoint.as_str()
            }
        }
    }

    /// Returns what functions of the application are called with.
    pub(super) fn request(&self) -> ClientAssertionRequest {
        let provider = self.provider;
        ClientAssertionRequest::new(&provider.client_id, &provider.issuer, self.audience())
    }
}
