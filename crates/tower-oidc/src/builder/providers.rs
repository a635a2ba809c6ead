//! The settings of the provider that signs the users in.

use relying_party::Provider;

use super::AuthLayerBuilder;
use super::provider_key::ProviderKey;
use super::provider_list::Providers;
use crate::builder::env::names;
use crate::config_error::ConfigError;

impl Providers {
    /// The one provider, with its id if it was registered under an id.
    pub(crate) fn one(&self) -> Result<(Option<ProviderKey>, Provider), ConfigError> {
        if self.configured_too_early {
            return Err(ConfigError::new(
                "configure_provider",
                "is called before a provider is set: call it after from_env, provider or \
                 provider_with_id",
            ));
        }
        let mut ids: Vec<ProviderKey> = Vec::new();
        for (id, _) in &self.with_id {
            let id = ProviderKey::parse(id)?;
            ids.iter().try_for_each(|other| other.check_beside(&id))?;
            ids.push(id);
        }
        match (&self.without_id, self.with_id.as_slice()) {
            (Some(provider), []) => Ok((None, provider.clone())),
            (None, [(_, provider)]) => Ok((ids.pop(), provider.clone())),
            (None, []) => Err(ConfigError::new(
                "provider",
                "is missing: give Provider::new(issuer, client_id)",
            )),
            (Some(_), [_, ..]) => Err(ConfigError::new(
                "provider_with_id",
                "cannot be combined with `provider`: call only one of the two",
            )),
            (None, [_, _, ..]) => Err(ConfigError::new(
                "provider_with_id",
                "is called more than once, and one layer takes one provider so far: keep one of \
                 the calls",
            )),
        }
    }
}

impl AuthLayerBuilder {
    /// Sets the OpenID Provider that signs the users in. This or
    /// [`provider_with_id`](Self::provider_with_id) is required. It replaces a provider that was set before,
    /// also that of [`from_env`](Self::from_env).
    ///
    /// Environment variables: those of [`from_env`](Self::from_env) that name a method of [`Provider`].
    pub fn provider(mut self, provider: Provider) -> Self {
        self.providers_in_code().without_id = Some(provider);
        self
    }

    /// Sets the OpenID Provider that signs the users in, under an id, which
    /// [`AuthLayer::provider_id`](crate::AuthLayer::provider_id) and the first log line show. It replaces
    /// the provider of [`from_env`](Self::from_env).
    ///
    /// A layer has one provider, and [`build`](Self::build) refuses a second one. A later version will
    /// accept several, with one call for each.
    ///
    /// An id has 1 to 32 characters from `a-z`, `0-9` and `-`, begins with a letter, does not end with `-`,
    /// and does not contain `--`. [`build`](Self::build) refuses other ids.
    ///
    /// The id is also a part of the names of environment variables, in capitals and with `_` for `-`, as in
    /// `AUTH_LOGTO_SCOPES`; so far these are only read for the presets. Therefore [`build`](Self::build)
    /// also refuses an id whose variables could be other settings, such as `cookie` or `client`, and two ids
    /// that could have a variable in common, such as `logto` and `logto-add` (`AUTH_LOGTO_ADD_SCOPES`).
    ///
    /// ```
    /// # use tower_oidc::{AuthLayer, ConfigError, Provider};
    /// # fn main() -> Result<(), ConfigError> {
    /// # let builder = AuthLayer::builder()
    /// #     .base_url("https://app.example.com")
    /// #     .cookie_secret("xL9qT2vB7nM4kR8wZ3cY6hJ1pD5sF0gA");
    /// # #[cfg(feature = "hyper-client")]
    /// # {
    /// let provider = Provider::asgardeo("acme", "client-id");
    /// let auth = builder.provider_with_id("asgardeo", provider).build()?;
    /// assert_eq!(auth.provider_id(), Some("asgardeo"));
    /// # }
    /// # Ok(())
    /// # }
    /// ```
    pub fn provider_with_id(mut self, id: impl Into<String>, provider: Provider) -> Self {
        self.providers_in_code().with_id.push((id.into(), provider));
        self
    }

    /// Changes the provider that was set so far, with `change`. Use it to add settings that are code to the
    /// provider of [`from_env`](Self::from_env). [`build`](Self::build) returns an error if no provider was
    /// set before this call.
    ///
    /// ```no_run
    /// # use tower_oidc::{AuthLayerBuilder, ConfigError};
    /// # use tower_oidc::claims::{ClaimsRequest, RequestedClaim};
    /// # fn main() -> Result<(), ConfigError> {
    /// # #[cfg(feature = "hyper-client")]
    /// # {
    /// let claims = ClaimsRequest::new().id_token("email", RequestedClaim::essential());
    /// let auth = AuthLayerBuilder::from_env()?
    ///     .configure_provider(|provider| provider.claims_request(claims))
    ///     .build()?;
    /// # }
    /// # Ok(())
    /// # }
    /// ```
    pub fn configure_provider(mut self, change: impl FnOnce(Provider) -> Provider) -> Self {
        let providers = &mut self.providers;
        let latest = providers.with_id.last_mut().map(|(_, provider)| provider);
        match latest.or(providers.without_id.as_mut()) {
            Some(provider) => *provider = change(provider.clone()),
            None => providers.configured_too_early = true,
        }
        self
    }

    /// The providers that code gives. The one that variables gave is removed first, and errors no longer
    /// name its variables.
    fn providers_in_code(&mut self) -> &mut Providers {
        if self.providers.from_environment {
            self.providers = Providers::default();
            self.variables
                .retain(|(setting, _)| !names::is_of_provider(setting));
        }
        &mut self.providers
    }
}
