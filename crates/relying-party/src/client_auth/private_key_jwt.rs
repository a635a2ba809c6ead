//! `private_key_jwt`: a JWT that is signed with a private key of the client, or that the application
//! obtains elsewhere (OpenID Connect Core 1.0 section 9, RFC 7523 section 2.2).

use std::error::Error as StdError;

use super::assertion;
#[cfg(feature = "private-key-jwt")]
use super::assertion::Assertion;
use super::client::AuthenticatedClient;
#[cfg(feature = "private-key-jwt")]
use super::method::listed_text;
use super::method::{Method, Proof, Proving};
use super::token_file;
use crate::config_error::ConfigError;
use crate::credentials::{AssertionSource, ClientAssertion, ClientAssertionRequest, Source};
#[cfg(feature = "private-key-jwt")]
use crate::credentials::{ClientKey, key_set};
use crate::error::{Error, ErrorKind};
use crate::provider::Provider;
use crate::secret::Secret;

impl Provider {
    /// Sets a function that returns an assertion each time that the client authenticates: for keys that
    /// a key service holds, or tokens of another issuer (`private_key_jwt`, RFC 7523 section 2.2).
    ///
    /// The assertion must have the requested [`audience`](ClientAssertionRequest::audience). One that
    /// this client signs must have a new `jti` each time, and expire after a minute at most. The limits
    /// of [`client_secret_source`](Self::client_secret_source) apply.
    ///
    /// ```
    /// use relying_party::{ClientAssertion, Provider};
    ///
    /// let provider = Provider::new("https://op.example", "client-id")
    ///     .client_assertion_source(|request| async move {
    ///         let jwt = sign_in_key_service(request.client_id(), request.audience()).await?;
    ///         Ok(ClientAssertion::new(jwt))
    ///     });
    /// # let _ = provider;
    /// # async fn sign_in_key_service(_: &str, _: &str) -> std::io::Result<String> { Ok("".into()) }
    /// ```
    pub fn client_assertion_source<F, Fut>(mut self, source: F) -> Self
    where
        F: Fn(ClientAssertionRequest) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<ClientAssertion, Box<dyn StdError + Send + Sync>>>
            + Send
            + 'static,
    {
        self.credentials.assertion_source = Some(AssertionSource::Function(Source::new(source)));
        self
    }
}

#[cfg(feature = "private-key-jwt")]
impl Provider {
    /// Sets the private keys of the client. The first one signs the assertions by which the client
    /// authenticates (`private_key_jwt`); the others are only published, in
    /// [`client_keys_json`](Self::client_keys_json).
    ///
    /// To change the key without an interruption, publish the new key as the second one, wait until the
    /// provider has fetched the keys again (an hour or a day, as a rule), make it the first one, and
    /// remove the old one after the last assertion with it has expired: after a minute.
    ///
    /// [`random_source`](Self::random_source) is required too.
    ///
    /// ```no_run
    /// use relying_party::{ClientKey, Provider};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let key = ClientKey::from_pem(std::fs::read("client-key.pem")?)?;
    /// let provider = Provider::new("https://op.example", "client-id")
    ///     .client_private_keys([key])
    ///     .random_source(|bytes| Ok(getrandom::fill(bytes)?));
    /// # let _ = provider;
    /// # Ok(()) }
    /// ```
    pub fn client_private_keys(mut self, keys: impl IntoIterator<Item = ClientKey>) -> Self {
        self.credentials.keys = keys.into_iter().collect();
        self
    }

    /// Returns the public keys of the client as a JWK Set (RFC 7517 section 5), to register them at the
    /// provider, or to serve them at the URL that is registered as `jwks_uri`. It has no keys unless
    /// [`client_private_keys`](Self::client_private_keys) is set.
    #[must_use]
    pub fn client_keys_json(&self) -> String {
        key_set(&self.credentials.keys)
    }

    /// Returns the keys that [`client_private_keys`](Self::client_private_keys) has set.
    pub fn client_keys(&self) -> impl Iterator<Item = &ClientKey> {
        self.credentials.keys.iter()
    }
}

pub(super) struct PrivateKeyJwt;

impl Method for PrivateKeyJwt {
    fn credentials(&self) -> &'static [&'static str] {
        &[
            "client_private_keys",
            "client_assertion_source",
            "client_assertion_file",
        ]
    }

    fn is_configured(&self, provider: &Provider) -> bool {
        provider.credentials.has_assertion()
    }

    fn check(&self, provider: &Provider, _: bool) -> Result<(), ConfigError> {
        #[cfg(feature = "private-key-jwt")]
        if provider.credentials.has_keys() {
            ClientKey::check_all(&provider.credentials.keys)?;
            provider.credentials.check_random()?;
        }
        let _ = provider;
        Ok(())
    }

    #[cfg(feature = "private-key-jwt")]
    fn check_algorithms(
        &self,
        provider: &Provider,
        listed: Option<&[String]>,
    ) -> Result<(), String> {
        // What another program signs, the application knows better.
        let Some(key) = provider.credentials.keys.first() else {
            return Ok(());
        };
        if key.algorithm_among(listed).is_some() {
            return Ok(());
        }
        Err(format!(
            "`token_endpoint_auth_signing_alg_values_supported` lists {}, and the first of \
             `client_private_keys` can sign with {}; give a key for a listed algorithm, or set the \
             key's `algorithm` if the list is wrong",
            listed_text(listed.unwrap_or_default()),
            key.possible_algorithms()
        ))
    }

    fn prove<'a>(&'a self, client: AuthenticatedClient<'a>) -> Proving<'a> {
        Box::pin(async move {
            match &client.provider.credentials.assertion_source {
                Some(AssertionSource::Function(source)) => {
                    let setting = "client_assertion_source";
                    let jwt = source.call(client.request(), setting).await?.into_secret();
                    checked(jwt).map(assertion::proof)
                }
                Some(AssertionSource::File(file)) => {
                    token_file::read(file).await.map(assertion::proof)
                }
                None => signed(client),
            }
        })
    }
}

fn checked(jwt: Secret) -> Result<Secret, Error> {
    if assertion::is_jwt(jwt.expose()) {
        return Ok(jwt);
    }
    Err(Error::transient(
        ErrorKind::Configuration,
        "client_auth.assertion",
        "`client_assertion_source` returned something else than a signed JWT; nothing was sent",
        None,
    ))
}

#[cfg(feature = "private-key-jwt")]
fn signed(client: AuthenticatedClient<'_>) -> Result<Proof, Error> {
    let listed = client.supported.algorithms;
    let key = client.provider.credentials.keys.first();
    let usable = key.and_then(|key| Some((key, key.algorithm_among(listed)?)));
    let (key, algorithm) = usable.ok_or_else(no_key)?;
    let assertion = Assertion::new(client, algorithm.as_str(), Some(key.key_id()))?;
    let signature = key
        .sign(algorithm, assertion.signing_input())
        .ok_or_else(|| {
            Error::transient(
                ErrorKind::Configuration,
                "client_auth.assertion",
                "the assertion of the client could not be signed; nothing was sent",
                None,
            )
        })?;
    Ok(assertion.into_proof(&signature))
}

#[cfg(not(feature = "private-key-jwt"))]
fn signed(_: AuthenticatedClient<'_>) -> Result<Proof, Error> {
    Err(no_key())
}

fn no_key() -> Error {
    Error::new(
        ErrorKind::Configuration,
        "client_auth.assertion",
        "there is no private key that can sign for this provider",
    )
}
