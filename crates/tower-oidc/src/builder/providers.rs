//! Who signs the users in.

use std::mem;

use relying_party::Provider;

use super::AuthLayerBuilder;
use crate::config_error::ConfigError;
use crate::provider_key::ProviderKey;

/// The providers that the builder was given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Providers {
    without_id: Option<Provider>,
    with_id: Vec<(String, Provider)>,
    /// They come from variables, and one that is given in code replaces them.
    from_environment: bool,
}

impl Providers {
    pub(crate) fn from_environment(id: Option<&str>, provider: Provider) -> Self {
        let mut providers = Self::default();
        match id {
            Some(id) => providers.with_id.push((id.to_owned(), provider)),
            None => providers.without_id = Some(provider),
        }
        providers.from_environment = true;
        providers
    }

    fn in_code(&mut self) -> &mut Self {
        if mem::take(&mut self.from_environment) {
            *self = Self::default();
        }
        self
    }

    /// The one provider, with its key if it was registered under an id.
    pub(crate) fn one(&self) -> Result<(Option<ProviderKey>, Provider), ConfigError> {
        let mut keys: Vec<ProviderKey> = Vec::new();
        for (id, _) in &self.with_id {
            let key = ProviderKey::parse(id)?;
            keys.iter().try_for_each(|other| other.check_beside(&key))?;
            keys.push(key);
        }
        match (&self.without_id, self.with_id.as_slice()) {
            (Some(provider), []) => Ok((None, provider.clone())),
            (None, [(_, provider)]) => Ok((keys.pop(), provider.clone())),
            (None, []) => Err(ConfigError::new(
                "provider",
                "is missing: give Provider::new(issuer, client_id)",
            )),
            (Some(_), [_, ..]) => Err(ConfigError::new(
                "provider_with_id",
                "cannot stand beside `provider`: register each provider with one of the two alone",
            )),
            (None, [_, _, ..]) => Err(ConfigError::new(
                "provider_with_id",
                "is given more than once, and for now one layer takes one provider: keep one of \
                 them; a later version takes several in this same way",
            )),
        }
    }
}

impl AuthLayerBuilder {
    /// Who signs the users in. This or [`provider_with_id`](Self::provider_with_id) is required. Called
    /// again, it replaces the former one, and that of [`from_env`](Self::from_env).
    pub fn provider(mut self, provider: Provider) -> Self {
        self.providers.in_code().without_id = Some(provider);
        self
    }

    /// Who signs the users in, under an id: [`AuthLayer::provider_id`](crate::AuthLayer::provider_id)
    /// and the first log line show it. It replaces the provider of [`from_env`](Self::from_env).
    ///
    /// For now a layer takes one provider, so that [`provider`](Self::provider) says as much. Several
    /// providers will be registered by calling this for each; [`build`](Self::build) refuses a second
    /// one until then.
    ///
    /// An id has 1 to 32 characters from `a-z`, `0-9` and `-`, begins with a letter, and has no `-` at
    /// its end or twice in a row. In the names of variables it stands in capitals with `_` for `-`, as in
    /// `AUTH_LOGTO_SCOPES`; `build` therefore refuses an id whose variables could be a setting already,
    /// such as `cookie` or `client`, and two ids that could have a variable in common, such as `logto`
    /// and `logto-add` (`AUTH_LOGTO_ADD_SCOPES`).
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
        self.providers.in_code().with_id.push((id.into(), provider));
        self
    }
}
