//! `client_secret_jwt`: a JWT with an HMAC under the client secret (OpenID Connect Core 1.0 section 9,
//! RFC 7518 section 3.2).

use super::assertion::Assertion;
use super::client::AuthenticatedClient;
use super::method::{Method, Proving, listed_text};
use crate::config_error::ConfigError;
use crate::credentials::HmacAlgorithm;
use crate::error::{Error, ErrorKind};
use crate::provider::Provider;

impl Provider {
    /// Sets the algorithm for [`ClientAuthMethod::ClientSecretJwt`]. The client secret must be at least
    /// as long as its hash: 32, 48 or 64 bytes (RFC 7518 section 3.2).
    ///
    /// By default it is the first of `HS256`, `HS384` and `HS512` that the provider's metadata list,
    /// and for which the secret is long enough; `HS256` if they list none. Some providers require the
    /// one that is registered for the client (`token_endpoint_auth_signing_alg`).
    ///
    /// [`ClientAuthMethod::ClientSecretJwt`]: crate::ClientAuthMethod::ClientSecretJwt
    pub fn client_secret_jwt_algorithm(mut self, algorithm: HmacAlgorithm) -> Self {
        self.credentials.hmac_algorithm = Some(algorithm);
        self
    }
}

pub(super) struct ClientSecretJwt;

impl Method for ClientSecretJwt {
    fn credentials(&self) -> &'static [&'static str] {
        &["client_secret"]
    }

    fn is_configured(&self, provider: &Provider) -> bool {
        provider.has_client_secret()
            && provider.credentials.random.is_some()
            && algorithm(provider, None).is_some()
    }

    fn check(&self, provider: &Provider, is_set: bool) -> Result<(), ConfigError> {
        let algorithm = provider.credentials.hmac_algorithm;
        let is_used = algorithm.is_some() || is_set;
        if !is_used || !provider.has_client_secret() {
            return Ok(());
        }
        let algorithm = algorithm.unwrap_or(HmacAlgorithm::Hs256);
        let secret = provider.client_secret.as_ref();
        if secret.is_some_and(|secret| !algorithm.fits(secret)) {
            return Err(ConfigError::new(
                "client_secret",
                match algorithm {
                    HmacAlgorithm::Hs256 => "must have at least 32 bytes for HS256",
                    HmacAlgorithm::Hs384 => "must have at least 48 bytes for HS384",
                    HmacAlgorithm::Hs512 => "must have at least 64 bytes for HS512",
                },
                "have the provider make a longer secret, or use another client authentication method \
                 (RFC 7518 section 3.2)",
            ));
        }
        provider.credentials.check_random()
    }

    fn check_algorithms(
        &self,
        provider: &Provider,
        listed: Option<&[String]>,
    ) -> Result<(), String> {
        if algorithm(provider, listed).is_some() {
            return Ok(());
        }
        Err(format!(
            "`token_endpoint_auth_signing_alg_values_supported` lists {}, and `client_secret_jwt` can \
             use HS256 with a client secret of at least 32 bytes, HS384 with 48 and HS512 with 64; \
             have the provider make a longer secret, or set `client_secret_jwt_algorithm` if the list \
             is wrong",
            listed_text(listed.unwrap_or_default())
        ))
    }

    fn prove<'a>(&'a self, client: AuthenticatedClient<'a>) -> Proving<'a> {
        Box::pin(async move {
            let secret = client.secret().await?;
            let listed = client.supported.algorithms;
            // A secret that is called for may have another length each time.
            let usable = algorithm(client.provider, listed).filter(|it| it.fits(&secret));
            let too_short = || {
                Error::new(
                    ErrorKind::Configuration,
                    "client_auth.secret",
                    "the client secret is shorter than the hash of its signature algorithm (RFC 7518 \
                     section 3.2); have the provider make a longer one",
                )
            };
            let algorithm = usable.ok_or_else(too_short)?;
            let assertion = Assertion::new(client, algorithm.as_str(), None)?;
            let signature = algorithm.sign(&secret, assertion.signing_input());
            Ok(assertion.into_proof(&signature).secret(secret))
        })
    }
}

/// Returns the algorithm that is set, or else one that is listed and fits the secret.
fn algorithm(provider: &Provider, listed: Option<&[String]>) -> Option<HmacAlgorithm> {
    let fits = |it: HmacAlgorithm| {
        let secret = provider.client_secret.as_ref();
        secret.is_none_or(|secret| it.fits(secret))
    };
    if let Some(set) = provider.credentials.hmac_algorithm {
        return Some(set).filter(|it| fits(*it));
    }
    let is_listed =
        |it: HmacAlgorithm| listed.is_none_or(|list| list.iter().any(|name| name == it.as_str()));
    HmacAlgorithm::ALL
        .into_iter()
        .find(|it| is_listed(*it) && fits(*it))
}
