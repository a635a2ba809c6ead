//! The registered providers, for handlers and pages.

use std::fmt;

use relying_party::Provider;

use crate::context::AuthContext;
use crate::origin::Origin;
use crate::provider::Registration;

/// One of the registered providers; see [`AuthContext::provider`] and [`AuthContext::providers`].
#[derive(Clone, Copy)]
pub struct RegisteredProvider<'a> {
    registration: &'a Registration,
    origin: &'a Origin,
}

impl<'a> RegisteredProvider<'a> {
    pub(crate) const fn new(registration: &'a Registration, origin: &'a Origin) -> Self {
        Self {
            registration,
            origin,
        }
    }

    /// The id under which it was registered, by
    /// [`provider_with_id`](crate::AuthLayerBuilder::provider_with_id) or by variables with its name;
    /// `None` if it has none.
    #[must_use]
    pub fn id(&self) -> Option<&'a str> {
        self.registration.id.as_deref()
    }

    /// The name by which people know it, such as `Logto`; see
    /// [`Provider::name`](crate::Provider::name). It is plain text; escape it for HTML.
    #[must_use]
    pub fn name(&self) -> Option<&'a str> {
        self.registration.provider_name()
    }

    /// What a link to it says: its name, or else its id, or else its issuer. It is plain text; escape it for
    /// HTML.
    #[must_use]
    pub fn label(&self) -> &'a str {
        self.registration.name_for_people()
    }

    /// Its issuer.
    #[must_use]
    pub fn issuer(&self) -> &'a str {
        self.registration.issuer()
    }

    /// The client id of this application there.
    #[must_use]
    pub fn client_id(&self) -> &'a str {
        self.registration.client_id()
    }

    /// The page on which users register there, if it is set; see
    /// [`Provider::sign_up_url`](crate::Provider::sign_up_url).
    #[must_use]
    pub fn sign_up_url(&self) -> Option<&'a str> {
        self.registration.sign_up_url()
    }

    /// Fetches its metadata and keys, unless they are at hand, and says whether that worked; see
    /// [`AuthLayer::discover`](crate::AuthLayer::discover), which does so for all providers.
    ///
    /// # Errors
    ///
    /// Fails if the provider cannot be reached, or publishes what it must not.
    pub async fn discover(&self) -> Result<(), relying_party::Error> {
        self.registration.discover().await
    }

    /// The path that starts a sign-in there, as users see it, for a link; `None` if the sign-in path is
    /// turned off. After the sign-in the browser goes to the page of
    /// [`after_sign_in`](crate::AuthLayerBuilder::after_sign_in); add `?return_to=` and a path for another.
    #[must_use]
    pub fn sign_in_path(&self) -> Option<String> {
        self.origin.sign_in_link(self.id(), None)
    }
}

impl fmt::Debug for RegisteredProvider<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegisteredProvider")
            .field("id", &self.id())
            .field("issuer", &self.issuer())
            .field("client_id", &self.client_id())
            .finish()
    }
}

impl AuthContext {
    /// The registered provider of the session: where the user signed in. `None` if nobody is signed in, or if a
    /// [resolver](crate::AuthLayerBuilder::provider_resolver) found the provider; see
    /// [`provider_id`](Self::provider_id).
    ///
    /// Users are identified by `iss` and `sub` together, not by this: the issuer of an ID token may be
    /// another one than the registered issuer.
    ///
    /// ```
    /// use tower_oidc::AuthContext;
    ///
    /// fn account(auth: &AuthContext) -> Option<String> {
    ///     let provider = auth.provider()?;
    ///     Some(format!("You signed in with {}", provider.label()))
    /// }
    /// ```
    #[must_use]
    pub fn provider(&self) -> Option<RegisteredProvider<'_>> {
        let registration = self.registration()?;
        Some(RegisteredProvider::new(
            registration,
            &self.components().origin,
        ))
    }

    /// The id of the session's provider: the one of
    /// [`provider_with_id`](crate::AuthLayerBuilder::provider_with_id), or the key under which the
    /// [resolver](crate::AuthLayerBuilder::provider_resolver) knows it. `None` if nobody is signed in, or if
    /// the provider has no id.
    ///
    /// It is what the session holds: the resolver is not asked, and may not know the key any more.
    ///
    /// ```
    /// use tower_oidc::AuthContext;
    ///
    /// fn tenant(auth: &AuthContext) -> Option<String> {
    ///     auth.provider_id()
    /// }
    /// ```
    #[must_use]
    pub fn provider_id(&self) -> Option<String> {
        let provider = self.session()?.provider();
        match &provider.key {
            Some(key) => Some(key.as_str().to_owned()),
            None => self.registration()?.id.as_deref().map(str::to_owned),
        }
    }

    /// All registered providers, in the order of their registration, for a page with a link to each.
    ///
    /// ```
    /// use tower_oidc::AuthContext;
    ///
    /// /// Pairs of a text and a link.
    /// fn ways_to_sign_in(auth: &AuthContext) -> Vec<(String, String)> {
    ///     let link = |it: tower_oidc::RegisteredProvider<'_>| {
    ///         Some((format!("Continue with {}", it.label()), it.sign_in_path()?))
    ///     };
    ///     auth.providers().filter_map(link).collect()
    /// }
    /// ```
    pub fn providers(&self) -> impl Iterator<Item = RegisteredProvider<'_>> {
        let shared = self.components();
        let registered = shared.providers.registered();
        registered.map(|it| RegisteredProvider::new(it, &shared.origin))
    }

    /// The registration of the session's provider.
    pub(crate) fn registration(&self) -> Option<&Registration> {
        let session = self.session()?;
        self.components().providers.with_ref(&session.provider())
    }

    /// Whether the session's provider is configured so; without a session, whether any is. A provider of the
    /// resolver that is not at hand counts as configured: it answers for itself, after the sign-in if there is no
    /// session.
    pub(crate) fn is_configured(&self, has: impl Fn(&Provider) -> bool) -> bool {
        let providers = &self.components().providers;
        match self.session() {
            Some(session) => match providers.known(&session.provider()) {
                Some(registration) => has(registration.settings()),
                None => session.body.provider_key.is_some(),
            },
            None => {
                let is_any_so = || providers.registered().any(|it| has(it.settings()));
                providers.resolved().is_some() || is_any_so()
            }
        }
    }
}
