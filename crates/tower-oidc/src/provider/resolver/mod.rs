//! Providers that are found at request time: the application's resolver, what it is asked, and its answer.

mod answers;
mod directory;
pub(crate) mod found;
mod not_found;

use std::fmt;
use std::future::Future;

use relying_party::{BoxFuture, Provider};

pub use self::directory::{DirectoryEntry, ProviderDirectory};
use crate::hook_call::BoxError;

/// Finds providers at request time: by host, key, path, organization or email domain, in a database or over the
/// network. Give it to [`provider_resolver`](crate::AuthLayerBuilder::provider_resolver).
///
/// An `async` closure is a resolver, and so is [`ProviderDirectory`], a list that is known at the start.
///
/// It is asked when a sign-in begins, at the callback, at the sign-out, and for requests with a session's
/// tokens, unless its answer to the same question is in the cache. A request that only opens its session asks
/// nobody, so users stay signed in while the resolver is down.
///
/// The path is that of the sign-in (`/auth/sign-in/acme` gives the [key](ProviderQuery::key) `acme`), or that of
/// the page to which the user comes back ([`return_to`](ProviderQuery::return_to)), such as `/acme/orders` of an
/// application whose tenants have their own paths.
///
/// An answer is not used, and an error in the log says why, if its ID tokens may have the issuer of another
/// provider of the configuration, if it has a client key of such a provider while the audience of assertions is
/// the token endpoint, or if its metadata would decide for whom assertions are (see
/// [`Provider::has_discovered_audience`]). Providers of the resolver are not compared with each other: give each
/// its own client key and secret.
///
/// # What a tenant's administrator controls
///
/// Whoever enters a provider decides its issuer and metadata, and every claim of its users, `email` and
/// `email_verified` included. Two tenants may enter the same issuer. So identify users by
/// [`AuthContext::provider_id`](crate::AuthContext::provider_id) together with `iss` and `sub`, and never look up
/// a user of one tenant by an email address that another tenant's provider sent.
///
/// An answer whose issuer, discovery URL or endpoints are in an internal network is not used, so that a tenant
/// cannot make the application send requests there, except while the base URL is loopback, for development.
/// [`Provider::allow_internal_addresses`] allows or forbids it for a provider. A public name that resolves to
/// an internal address is not noticed: an [`http_client`](crate::AuthLayerBuilder::http_client) that checks the
/// address it connects to is the defence.
///
/// A resolver for an application with
/// [`origins_from_requests`](crate::AuthLayerBuilder::origins_from_requests) checks the origin too:
///
/// ```
/// use tower_oidc::provider::{ProviderQuery, ResolvedProvider};
/// use tower_oidc::Provider;
/// use tower_oidc::hooks::BoxError;
///
/// # struct Tenant { key: String, host: String, issuer: String, client_id: String, client_secret: String }
/// # #[derive(Clone)] struct Tenants;
/// # impl Tenants {
/// #     async fn by_key(&self, _: &str) -> Result<Option<Tenant>, BoxError> { Ok(None) }
/// #     async fn by_email_domain(&self, _: &str) -> Result<Option<Tenant>, BoxError> { Ok(None) }
/// #     async fn by_host(&self, _: &str) -> Result<Option<Tenant>, BoxError> { Ok(None) }
/// # }
/// async fn resolve(
///     tenants: Tenants,
///     query: ProviderQuery,
/// ) -> Result<Option<ResolvedProvider>, BoxError> {
///     let tenant = match (query.key(), query.email_domain()) {
///         (Some(key), _) => tenants.by_key(key).await?,
///         (None, Some(domain)) => tenants.by_email_domain(&domain).await?,
///         (None, None) => tenants.by_host(query.host()).await?,
///     };
///     // A client chooses the host, so each tenant's users sign in at its own host alone.
///     let may_sign_in = |it: &Tenant| query.is_configured_origin() || it.host == query.host();
///     Ok(tenant.filter(may_sign_in).map(|it| {
///         let provider = Provider::new(it.issuer, it.client_id).client_secret(it.client_secret);
///         ResolvedProvider::new(it.key, provider)
///     }))
/// }
///
/// let tenants = Tenants;
/// let builder = tower_oidc::AuthLayer::builder()
///     .provider_resolver(move |query| resolve(tenants.clone(), query));
/// # let _ = builder;
/// ```
pub trait ProviderResolver: Send + Sync + 'static {
    /// The provider for this query, or `None` if there is none, or if the origin of the query may not use it.
    ///
    /// If the query has a [`key`](ProviderQuery::key), the answer must have the same one; another one is an
    /// error, and nothing is sent to that provider.
    ///
    /// # Errors
    ///
    /// An error, a panic, or no answer within five seconds means "not now": users get a page that says so,
    /// and stay signed in. The log shows the error's text.
    fn resolve(
        &self,
        query: ProviderQuery,
    ) -> BoxFuture<Result<Option<ResolvedProvider>, BoxError>>;
}

impl<F, A> ProviderResolver for F
where
    F: Fn(ProviderQuery) -> A + Send + Sync + 'static,
    A: Future<Output = Result<Option<ResolvedProvider>, BoxError>> + Send + 'static,
{
    fn resolve(
        &self,
        query: ProviderQuery,
    ) -> BoxFuture<Result<Option<ResolvedProvider>, BoxError>> {
        Box::pin(self(query))
    }
}

/// The parameters of a sign-in that name an organization; the first one counts.
pub(crate) const ORGANIZATION_PARAMETERS: [&str; 2] = ["organization", "organization_id"];

/// What is known of a request that needs a provider.
///
/// All of it except [`key`](Self::key) may come from a link that anybody made up; the provider decides who
/// signs in.
#[derive(Clone)]
#[non_exhaustive]
pub struct ProviderQuery {
    pub(crate) origin: String,
    pub(crate) is_configured_origin: bool,
    pub(crate) key: Option<String>,
    pub(crate) issuer: Option<String>,
    pub(crate) login_hint: Option<String>,
    pub(crate) return_to: Option<String>,
    pub(crate) parameters: Vec<(String, String)>,
}

impl ProviderQuery {
    /// A query at a configured origin, of which nothing else is known: for tests of a resolver. The other
    /// methods add what the request says.
    ///
    /// ```
    /// use tower_oidc::Provider;
    /// use tower_oidc::provider::{
    ///     DirectoryEntry, ProviderDirectory, ProviderQuery, ProviderResolver,
    /// };
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), tower_oidc::hooks::BoxError> {
    /// let acme = Provider::new("https://id.acme.example", "client-1");
    /// let resolver = ProviderDirectory::from_iter([DirectoryEntry::new("acme", acme)]);
    /// let query = ProviderQuery::at("https://app.example").with_key("acme");
    /// assert!(resolver.resolve(query).await?.is_some());
    /// // Nobody signs in at a host that a client made up.
    /// let query = ProviderQuery::at("https://invented.example").at_request_origin();
    /// assert!(resolver.resolve(query.with_key("acme")).await?.is_none());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn at(origin: impl Into<String>) -> Self {
        Self {
            origin: origin.into(),
            is_configured_origin: true,
            key: None,
            issuer: None,
            login_hint: None,
            return_to: None,
            parameters: Vec::new(),
        }
    }

    /// The same query at an origin that is not [configured](Self::is_configured_origin): the client chose it.
    #[must_use]
    pub const fn at_request_origin(mut self) -> Self {
        self.is_configured_origin = false;
        self
    }

    /// The same query for the provider with this key.
    #[must_use]
    pub fn with_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// The same query for a user who gave this name or email address.
    #[must_use]
    pub fn with_login_hint(mut self, login_hint: impl Into<String>) -> Self {
        self.login_hint = Some(login_hint.into());
        self
    }

    /// The same query for a provider with this [issuer](Self::issuer).
    #[must_use]
    pub fn with_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// The same query with this extra [parameter](Self::parameter). It replaces one of the same name.
    #[must_use]
    pub fn with_parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let name = name.into();
        self.parameters.retain(|(known, _)| *known != name);
        self.parameters.push((name, value.into()));
        self
    }

    /// The same query of a sign-in after which the user comes back to this [page](Self::return_to).
    #[must_use]
    pub fn with_return_to(mut self, return_to: impl Into<String>) -> Self {
        self.return_to = Some(return_to.into());
        self
    }

    /// The origin of the request, such as `https://acme.app.example`. If it is not
    /// [configured](Self::is_configured_origin), the client chose it: answer with a provider only if that
    /// provider's users may sign in there.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The host of the [`origin`](Self::origin) with its port, if that is not the scheme's own.
    #[must_use]
    pub fn host(&self) -> &str {
        self.origin
            .split_once("://")
            .map_or(self.origin.as_str(), |(_, host)| host)
    }

    /// Whether the origin is that of [`base_url`](crate::AuthLayerBuilder::base_url) or of an
    /// [`additional_base_url`](crate::AuthLayerBuilder::additional_base_url).
    #[must_use]
    pub const fn is_configured_origin(&self) -> bool {
        self.is_configured_origin
    }

    /// The key of the provider: of the session or the sign-in in progress, in the path
    /// (`/auth/sign-in/acme`), or given to [`SignIn::provider`](crate::SignIn::provider). `None` if the
    /// resolver is to choose the provider of a sign-in.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// The issuer that another party asks for
    /// ([`initiate_login_path`](crate::AuthLayerBuilder::initiate_login_path)). The provider of the answer
    /// must have it.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// What the user is known by, often an email address: [`SignIn::login_hint`](crate::SignIn::login_hint),
    /// or the parameter `login_hint` of the link to the sign-in.
    #[must_use]
    pub fn login_hint(&self) -> Option<&str> {
        self.login_hint.as_deref()
    }

    /// What follows the last `@` of the login hint, in lower case; `None` if there is no name before it or
    /// nothing after it.
    #[must_use]
    pub fn email_domain(&self) -> Option<String> {
        let (name, domain) = self.login_hint.as_deref()?.trim().rsplit_once('@')?;
        let is_address = !name.is_empty() && !domain.is_empty();
        is_address.then(|| domain.to_lowercase())
    }

    /// The organization that the sign-in asks for: its parameter `organization`, or else `organization_id`.
    #[must_use]
    pub fn organization(&self) -> Option<&str> {
        let mut names = ORGANIZATION_PARAMETERS.iter();
        names.find_map(|name| self.parameter(name))
    }

    /// An extra parameter of the sign-in: of [`SignIn::extra_parameter`](crate::SignIn::extra_parameter), or
    /// one of a link that [`sign_in_parameters`](crate::AuthLayerBuilder::sign_in_parameters) allows.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The page to which the user comes back after the sign-in, as path and query, if the sign-in names one.
    #[must_use]
    pub fn return_to(&self) -> Option<&str> {
        self.return_to.as_deref()
    }
}

/// The hint is personal, and the other values are the client's.
impl fmt::Debug for ProviderQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderQuery")
            .field("origin", &self.origin)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// A provider, and the key by which the resolver finds it again.
#[derive(Clone, Debug)]
#[must_use = "a resolver returns it"]
pub struct ResolvedProvider {
    pub(crate) key: String,
    pub(crate) provider: Provider,
}

impl ResolvedProvider {
    /// The key names the provider in sessions, in sign-ins in progress and in paths: its redirect URI is
    /// `/auth/callback/{key}`. It has 1 to 255 characters from `A-Z`, `a-z`, `0-9`, `-`, `.` and `_`, and does
    /// not begin with `.`; another one is an error in the log, and counts as no answer. Never give the key of
    /// one provider to another one.
    ///
    /// Keys are compared byte for byte: `ACME` is another key than `acme`. An answer whose key differs from that
    /// of the query in the case of ASCII letters only counts as `None`.
    ///
    /// [`Provider::name`] is the name that pages show.
    pub fn new(key: impl Into<String>, provider: Provider) -> Self {
        Self {
            key: key.into(),
            provider,
        }
    }

    /// The same provider under another key.
    pub fn with_key(mut self, key: impl Into<String>) -> Self {
        self.key = key.into();
        self
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The settings of the provider.
    pub const fn provider(&self) -> &Provider {
        &self.provider
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_domain_of_an_email_address_is_what_follows_its_last_at_sign() {
        let domain = |hint: &str| {
            let query = ProviderQuery::at("https://app.example").with_login_hint(hint);
            query.email_domain()
        };

        assert_eq!(
            domain("alice@Acme.Example").as_deref(),
            Some("acme.example")
        );
        assert_eq!(
            domain(" \"a@b\"@acme.example ").as_deref(),
            Some("acme.example")
        );
        for hint in ["", "alice", "alice@", "@acme.example", "@"] {
            assert_eq!(domain(hint), None, "{hint}");
        }
        assert_eq!(
            ProviderQuery::at("https://app.example").email_domain(),
            None
        );
    }

    #[test]
    fn a_query_of_a_test_says_what_it_was_given() {
        let query = ProviderQuery::at("https://invented.example")
            .at_request_origin()
            .with_issuer("https://id.example")
            .with_parameter("organization", "old")
            .with_parameter("organization", "acme")
            .with_return_to("/acme/orders");

        assert!(!query.is_configured_origin());
        assert_eq!(query.issuer(), Some("https://id.example"));
        assert_eq!(query.organization(), Some("acme"));
        assert_eq!(query.return_to(), Some("/acme/orders"));
        assert!(ProviderQuery::at("https://app.example").is_configured_origin());
    }

    #[test]
    fn a_query_shows_its_host_and_hides_the_hint() {
        let query =
            ProviderQuery::at("https://app.example:8443").with_login_hint("alice@acme.example");

        assert_eq!(query.host(), "app.example:8443");
        assert!(!format!("{query:?}").contains("alice"));
    }
}
