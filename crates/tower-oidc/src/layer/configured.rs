//! What operators need to know about a configuration: what to register with the provider, and what must
//! be the same on all instances.

use std::borrow::Cow;

use crate::components::Components;
use crate::context::provider::RegisteredProvider;
use crate::flow::session_script;
use crate::layer::AuthLayer;
use crate::origin::routes::Routes;

impl AuthLayer {
    /// All providers, in the order of their registration.
    pub fn providers(&self) -> impl Iterator<Item = RegisteredProvider<'_>> {
        let first = &self.origins.first;
        let registered = first.providers.registered();
        registered.map(|it| RegisteredProvider::new(it, &first.origin))
    }

    /// The redirect URIs to register, one for each origin and provider: where a provider sends browsers back
    /// to after a sign-in (OpenID Connect Core 1.0 section 3.1.2.1). With several providers, each URI ends in
    /// the id of the provider to register it with.
    ///
    /// ```
    /// # use tower_oidc::{AuthLayer, ConfigError, Provider};
    /// # fn main() -> Result<(), ConfigError> {
    /// # let builder = AuthLayer::builder()
    /// #     .provider(Provider::new("https://id.example.com", "client-id"))
    /// #     .cookie_secret("xL9qT2vB7nM4kR8wZ3cY6hJ1pD5sF0gA");
    /// # #[cfg(feature = "hyper-client")]
    /// # {
    /// let auth = builder.base_url("https://app.example.com").build()?;
    /// assert_eq!(auth.redirect_uris(), ["https://app.example.com/auth/callback"]);
    /// assert_eq!(auth.post_logout_redirect_uris(), ["https://app.example.com/"]);
    /// # }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn redirect_uris(&self) -> Vec<String> {
        let providers = self.origins.first.providers.registered();
        let uris = providers.flat_map(|it| self.redirect_uris_at(it.id.as_deref()));
        uris.collect()
    }

    /// The post-logout redirect URIs to register with the provider, each once: where it sends browsers
    /// back to after a sign-out (OpenID Connect RP-Initiated Logout 1.0 section 3).
    #[must_use]
    pub fn post_logout_redirect_uris(&self) -> Vec<String> {
        let mut uris: Vec<_> = self.origins.all().map(|it| post_logout(it)).collect();
        uris.dedup();
        uris
    }

    /// The hash of the script at the [`session_script_path`](crate::AuthLayerBuilder::session_script_path), such as
    /// `sha256-…`, for `<script integrity="…">` and for `script-src '…'` of a Content-Security-Policy. `None` if the
    /// path is off. It is the same on all instances with the same version and paths.
    #[must_use]
    pub fn session_script_hash(&self) -> Option<String> {
        session_script::hash(&self.origins.first.origin.routes)
    }

    /// The back-channel logout URIs to register, one for each origin and provider: where a provider reports that a
    /// session there has ended (OpenID Connect Back-Channel Logout 1.0 section 2.2). None if
    /// [`backchannel_logout_path`](crate::AuthLayerBuilder::backchannel_logout_path) is off. With several providers,
    /// each URI ends in the id of the provider to register it with.
    ///
    /// A logout token ends sessions at all origins, so one of the URIs is enough for each provider.
    #[must_use]
    pub fn backchannel_logout_uris(&self) -> Vec<String> {
        self.logout_uris(Routes::backchannel_logout_of)
    }

    /// The front-channel logout URIs to register, like
    /// [`backchannel_logout_uris`](Self::backchannel_logout_uris) (OpenID Connect Front-Channel Logout 1.0 section 2). Register
    /// them with `frontchannel_logout_session_required`.
    #[must_use]
    pub fn frontchannel_logout_uris(&self) -> Vec<String> {
        self.logout_uris(Routes::frontchannel_logout_of)
    }

    /// The name of the session's first cookie, prefix included, at the origin of the base URL.
    #[must_use]
    pub fn cookie_name(&self) -> &str {
        self.origins.first.persistence.cookie.name().as_str()
    }

    /// A fingerprint of each cookie secret, eight hexadecimal digits, that of the secret that seals first.
    ///
    /// Instances of one application must know each other's sealing secret: unless the secret is being
    /// changed, all of them have the same first fingerprint.
    ///
    /// It is derived from the secret and reveals nothing else. Show it to operators only: like a cookie,
    /// it lets its reader test guesses of the secret.
    #[must_use]
    pub fn cookie_secret_fingerprints(&self) -> Vec<String> {
        self.current
            .now()
            .first
            .persistence
            .fingerprints
            .all()
            .to_vec()
    }

    /// Logs at the start what is configured.
    pub(crate) fn log_configuration(&self) {
        let first = &self.origins.first;
        let listed = |uris: Vec<String>| (!uris.is_empty()).then(|| tracing::field::debug(uris));
        for provider in first.providers.registered() {
            let id = provider.id.as_deref();
            let back = self.logout_uris_at(Routes::backchannel_logout_of, id);
            let front = self.logout_uris_at(Routes::frontchannel_logout_of, id);
            tracing::info!(
                provider_id = provider.id.as_deref(),
                issuer = ?provider.issuer(),
                provider = provider.provider_name().map(tracing::field::debug),
                client_id = ?provider.client_id(),
                redirect_uris = ?self.redirect_uris_at(provider.id.as_deref()),
                post_logout_redirect_uris = ?self.post_logout_redirect_uris(),
                backchannel_logout_uris = listed(back),
                frontchannel_logout_uris = listed(front),
                "users sign in at this provider: register these URIs with it"
            );
        }
        tracing::info!(
            cookie = self.cookie_name(),
            idle_lifetime = ?first.persistence.lifetimes.idle,
            absolute_lifetime = ?first.persistence.lifetimes.absolute,
            cookie_secret = first.persistence.fingerprints.sealing(),
            additional_cookie_secrets = ?first.persistence.fingerprints.opening(),
            "sign-in is configured; cookie_secret is a fingerprint of the secret, the same on all \
             instances unless the secret is being changed"
        );
    }

    fn logout_uris(&self, path_of: PathOfProvider) -> Vec<String> {
        let providers = self.origins.first.providers.registered();
        let uris = providers.flat_map(|it| self.logout_uris_at(path_of, it.id.as_deref()));
        uris.collect()
    }

    /// The logout URIs to register with the provider with this id, one for each origin.
    fn logout_uris_at(&self, path_of: PathOfProvider, id: Option<&str>) -> Vec<String> {
        let uri = |it: &Components| Some(it.origin.absolute(&path_of(&it.origin.routes, id)?));
        self.origins.all().filter_map(|it| uri(it)).collect()
    }

    /// The redirect URIs to register with the provider with this id, one for each origin.
    fn redirect_uris_at(&self, id: Option<&str>) -> Vec<String> {
        let origins = self.origins.all();
        origins.map(|it| it.origin.redirect_uri(id)).collect()
    }
}

/// The path at which the provider with an id reports sign-outs.
type PathOfProvider = for<'a> fn(&'a Routes, Option<&str>) -> Option<Cow<'a, str>>;

fn post_logout(components: &Components) -> String {
    match &components.origin.routes.signed_out {
        Some(route) => components.origin.absolute(route),
        None => components.origin.after_sign_out.clone(),
    }
}
