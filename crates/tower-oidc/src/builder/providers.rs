//! The settings of the providers that sign the users in.

use relying_party::Provider;

use super::AuthLayerBuilder;
use super::provider_key::ProviderKey;
use super::provider_list::{NamedProvider, Providers};
use crate::builder::env::names;
use crate::config_error::ConfigError;

impl Providers {
    /// All providers, at least one unless there is a resolver, each with its id if it was registered under an
    /// id.
    pub(super) fn checked(&self) -> Result<Vec<NamedProvider>, ConfigError> {
        if let Some(missing) = self.missing.clone().filter(|_| self.resolver.is_none()) {
            return Err(missing);
        }
        if self.configured_too_early {
            return Err(ConfigError::new(
                "configure_provider",
                "is called before a provider is set: call it after from_env, provider or \
                 provider_with_id",
            ));
        }
        let mut ids: Vec<ProviderKey> = Vec::new();
        let mut named = Vec::new();
        for (id, provider) in &self.with_id {
            let id = ProviderKey::parse(id)?;
            ids.iter().try_for_each(|other| other.check_beside(&id))?;
            ids.push(id.clone());
            named.push(NamedProvider {
                id: Some(id.into_text()),
                provider: provider.clone(),
            });
        }
        match &self.without_id {
            Some(_) if self.resolver.is_some() => Err(ConfigError::new(
                "provider",
                "cannot be combined with `provider_resolver`: beside a resolver each provider needs an id, so \
                 give it with provider_with_id",
            )),
            Some(_) if !named.is_empty() => Err(ConfigError::new(
                "provider_with_id",
                "cannot be combined with `provider`: with several providers each needs an id, so give \
                 all of them with provider_with_id",
            )),
            Some(provider) => Ok(vec![NamedProvider {
                id: None,
                provider: provider.clone(),
            }]),
            None if named.is_empty() && self.resolver.is_none() => Err(ConfigError::new(
                "provider",
                "is missing: give Provider::new(issuer, client_id)",
            )),
            None => Ok(named),
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

    /// Adds an OpenID Provider that signs users in, under an id. Call it once for each provider; the first
    /// one is that of sign-ins which name none (see [`choose_provider`](Self::choose_provider)). It replaces
    /// the providers of [`from_env`](Self::from_env).
    ///
    /// With two or more providers, each has paths that end in its id: `/auth/sign-in/logto` starts a sign-in
    /// there, and `/auth/callback/logto` is its redirect URI
    /// ([`AuthLayer::redirect_uris`](crate::AuthLayer::redirect_uris) lists them), so that the answer of one
    /// provider is never taken for that of another (RFC 9700 section 4.4.2). A single provider's redirect
    /// URI is `/auth/callback`.
    ///
    /// A session belongs to the provider at which it began. Its tokens are refreshed, revoked and sent there
    /// and nowhere else, and [`AuthContext::provider`](crate::AuthContext::provider) returns it. Identify
    /// users by `iss` and `sub` together: the same `sub` at another provider is another user.
    /// No provider delays the users of another one.
    ///
    /// An id has 1 to 32 characters from `a-z`, `0-9` and `-`, begins with a letter, does not end with `-`,
    /// and does not contain `--`. [`build`](Self::build) refuses other ids, and two providers with the same
    /// issuer and client id.
    ///
    /// The id is also a part of the names of environment variables, in capitals and with `_` for `-`, as in
    /// `AUTH_LOGTO_SCOPES`. Therefore [`build`](Self::build)
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
    /// let auth = builder
    ///     .provider_with_id("logto", Provider::logto("https://tenant.logto.app", "app-id"))
    ///     .provider_with_id("asgardeo", Provider::asgardeo("acme", "client-id"))
    ///     .build()?;
    /// assert_eq!(
    ///     auth.redirect_uris(),
    ///     [
    ///         "https://app.example.com/auth/callback/logto",
    ///         "https://app.example.com/auth/callback/asgardeo",
    ///     ]
    /// );
    /// # }
    /// # Ok(())
    /// # }
    /// ```
    pub fn provider_with_id(mut self, id: impl Into<String>, provider: Provider) -> Self {
        self.providers_in_code().with_id.push((id.into(), provider));
        self
    }

    /// Shows a page on which users choose a provider ("Continue with Logto", by
    /// [`Provider::name`](crate::Provider::name)) for sign-ins that name none. Default: `false`; they go to
    /// the first provider.
    ///
    /// A sign-in names a provider by the path (`/auth/sign-in/logto`), by
    /// [`SignIn::provider`](crate::SignIn::provider), or because the user has a session there. What a handler
    /// demands of a sign-in that names none, such as a `max_age`, is not carried over by the page.
    ///
    /// Environment variable: `AUTH_CHOOSE_PROVIDER`.
    pub const fn choose_provider(mut self, choose: bool) -> Self {
        self.choose_provider = choose;
        self
    }

    /// Shows this page of the application instead of the layer's, such as `/company`: for an email form with a
    /// [`provider_resolver`](Self::provider_resolver), or for a list of providers of your own. Default: none.
    ///
    /// A sign-in that names no provider, and for which the resolver finds none, is redirected there. The query
    /// has the parameters of the sign-in, such as `return_to`: add them to the links to `/auth/sign-in/{id}`, or
    /// to the form whose `action` is `/auth/sign-in`, to bring the user back to the page that needed the sign-in.
    /// A sign-in with a `login_hint` that leads to no provider gets a page that says so, with a link back to
    /// this page. The page must not require a sign-in itself.
    ///
    /// Environment variable: `AUTH_CHOOSE_PROVIDER_PAGE`.
    pub fn choose_provider_page(mut self, page: impl Into<String>) -> Self {
        self.choose_provider_page = Some(page.into());
        self
    }

    /// Changes the provider that was set last, with `change`. Use it to add settings that are code to the
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

    /// The providers that code gives. Those that variables gave are removed first, and errors no longer name
    /// their variables. A resolver is code, so it stays.
    fn providers_in_code(&mut self) -> &mut Providers {
        if self.providers.from_environment {
            self.providers = self.providers.without_environment();
            self.names
                .common
                .retain(|(setting, _)| !names::is_of_provider(setting));
            self.names.of_providers.clear();
        }
        &mut self.providers
    }
}
