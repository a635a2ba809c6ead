//! The settings of a provider, and of the client that is registered there.

mod authorization_parameters;
mod critical_header;
mod endpoints;
mod issuer;
mod issuer_template;
mod presets;
mod requests;
mod roles;
mod same_settings;
mod settings;
mod sign_in;
mod sign_out;
mod tenants;
mod values;
mod vendor_logout;
mod verification;
mod white_space;

use std::time::Duration;

pub(crate) use self::authorization_parameters::{AuthorizationParameters, extra_parameter_rule};
pub(crate) use self::critical_header::CriticalHeader;
pub(crate) use self::issuer_template::{AllowedTenants, IssuerTemplate};
pub(crate) use self::settings::{CheckedSettings, Endpoints, check_scopes, is_scope_token};
pub(crate) use self::values::registered_names;
pub use self::values::{
    Display, Prompt, ResponseMode, SigningAlgorithm, TokenTypeHint, UnknownValue,
};
pub(crate) use self::vendor_logout::VendorLogout;
use crate::config_error::ConfigError;
#[cfg(feature = "private-key-jwt")]
pub use crate::credentials::ClientKey;
use crate::credentials::Credentials;
pub use crate::credentials::{
    AssertionAudience, ClientAssertion, ClientAssertionRequest, ClientAuthMethod, ClientSecret,
    HmacAlgorithm,
};
use crate::request_budget::DEFAULT_LIFETIME;
use crate::scope;
use crate::secret::Secret;

pub(crate) const DEFAULT_SCOPES: [&str; 3] = [scope::PROFILE, scope::EMAIL, scope::OFFLINE_ACCESS];
const DEFAULT_LEEWAY: Duration = Duration::from_secs(60);

/// The settings of a provider, and of the client that is registered there.
///
/// Setters never fail. [`RelyingParty::new`](crate::RelyingParty::new) checks all settings, and its
/// error names a wrong one.
///
/// ```
/// use relying_party::{Prompt, Provider};
///
/// let provider = Provider::new("https://op.example", "client-id")
///     .client_secret("from the provider's console")
///     .scopes(["profile", "email"])
///     .prompt(Prompt::SelectAccount);
/// ```
#[derive(Clone, Debug)]
#[must_use = "a provider does nothing until it is given to `RelyingParty::new`"]
pub struct Provider {
    pub(crate) issuer: String,
    pub(crate) name: Option<String>,
    pub(crate) client_id: String,
    pub(crate) client_secret: Option<Secret>,
    pub(crate) client_auth_method: Option<ClientAuthMethod>,
    pub(crate) credentials: Credentials,
    pub(crate) scopes: Option<Vec<String>>,
    /// Requested in addition to those that are set, or to the default ones.
    pub(crate) added_scopes: Vec<String>,
    /// The scopes that a preset always requests.
    pub(crate) reserved_scopes: &'static [&'static str],
    /// Whether a refresh request names the scopes.
    pub(crate) scope_at_refresh: bool,
    pub(crate) resources: Vec<String>,
    /// A scope, and the resource without which it has no effect.
    resource_of_scope: Option<(&'static str, &'static str)>,
    /// The parameters of every sign-in; a request may replace them.
    pub(crate) parameters: AuthorizationParameters,
    pub(crate) leeway: Duration,
    pub(crate) algorithms: Option<Vec<SigningAlgorithm>>,
    pub(crate) trusted_audiences: Vec<String>,
    pub(crate) accepted_issuers: Vec<String>,
    /// Set if and only if the issuer has a placeholder for the tenant, once the settings are checked.
    pub(crate) allowed_tenants: Option<AllowedTenants>,
    pub(crate) expected_subject: Option<String>,
    /// The `hd` that ID tokens must have.
    pub(crate) hosted_domain: Option<String>,
    pub(crate) id_token_type: Option<String>,
    pub(crate) critical_headers: Vec<CriticalHeader>,
    pub(crate) max_token_age: Option<Duration>,
    pub(crate) metadata_json: Option<String>,
    pub(crate) jwks_json: Option<String>,
    pub(crate) discovery_url: Option<String>,
    pub(crate) jwks_uri: Option<String>,
    pub(crate) authorization_endpoint: Option<String>,
    pub(crate) token_endpoint: Option<String>,
    pub(crate) user_info_endpoint: Option<String>,
    pub(crate) sign_up_url: Option<String>,
    /// The names that lead to the claim with the roles.
    pub(crate) role_claim: Vec<String>,
    pub(crate) organization_parameter: Option<String>,
    /// Name and value.
    pub(crate) sign_up_parameter: Option<(String, String)>,
    pub(crate) end_session_endpoint: Option<String>,
    /// The endpoint of a preset, for a provider that does not publish it.
    default_end_session_endpoint: Option<String>,
    pub(crate) vendor_logout: Option<VendorLogout>,
    pub(crate) introspection_endpoint: Option<String>,
    pub(crate) revocation_endpoint: Option<String>,
    pub(crate) pushed_authorization_request_endpoint: Option<String>,
    /// Whether authorization requests are pushed even if the provider does not require it.
    pub(crate) pushes_authorization_requests: bool,
    pub(crate) response_mode: ResponseMode,
    /// The scopes for which the provider demands [`ResponseMode::FormPost`].
    pub(crate) form_post_scopes: &'static [&'static str],
    /// Whether the name in the field `user` of a posted response counts.
    pub(crate) posted_user_name: bool,
    sign_out: sign_out::SignOut,
    /// The error of a preset that was called with a value that cannot be understood.
    preset_error: Option<ConfigError>,
    pub(crate) request_lifetime: Duration,
    pub(crate) user_agent: Option<String>,
    /// Whether issuer and endpoints may be in an internal network; `None`: the default.
    pub(crate) internal_addresses: Option<bool>,
}

impl Provider {
    /// Creates the settings of a provider, by its issuer identifier, exactly as its discovery document
    /// and its ID tokens write it, and by the client identifier that it has assigned to this
    /// application.
    ///
    /// An issuer may have `{tenantid}` as a segment of its path, for the users of several tenants. Then
    /// [`allowed_tenants`](Self::allowed_tenants) or [`any_tenant`](Self::any_tenant) must be set.
    pub fn new(issuer: impl Into<String>, client_id: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            name: None,
            client_id: client_id.into(),
            client_secret: None,
            client_auth_method: None,
            credentials: Credentials::default(),
            scopes: None,
            added_scopes: Vec::new(),
            reserved_scopes: &[],
            scope_at_refresh: false,
            resources: Vec::new(),
            resource_of_scope: None,
            parameters: AuthorizationParameters::default(),
            leeway: DEFAULT_LEEWAY,
            algorithms: None,
            trusted_audiences: Vec::new(),
            accepted_issuers: Vec::new(),
            allowed_tenants: None,
            expected_subject: None,
            hosted_domain: None,
            id_token_type: None,
            critical_headers: Vec::new(),
            max_token_age: None,
            metadata_json: None,
            jwks_json: None,
            discovery_url: None,
            jwks_uri: None,
            authorization_endpoint: None,
            token_endpoint: None,
            user_info_endpoint: None,
            sign_up_url: None,
            role_claim: vec!["roles".to_owned()],
            organization_parameter: None,
            sign_up_parameter: None,
            end_session_endpoint: None,
            default_end_session_endpoint: None,
            vendor_logout: None,
            introspection_endpoint: None,
            revocation_endpoint: None,
            pushed_authorization_request_endpoint: None,
            pushes_authorization_requests: false,
            response_mode: ResponseMode::Query,
            form_post_scopes: &[],
            posted_user_name: false,
            sign_out: sign_out::SignOut::default(),
            preset_error: None,
            request_lifetime: DEFAULT_LIFETIME,
            user_agent: None,
            internal_addresses: None,
        }
    }

    /// How long a refresh or a revocation may take unless [`request_lifetime`](Self::request_lifetime) is set.
    pub const DEFAULT_REQUEST_LIFETIME: Duration = DEFAULT_LIFETIME;

    /// Returns the issuer identifier, as it was given.
    ///
    /// ```
    /// # use relying_party::Provider;
    /// let provider = Provider::new("https://id.example.com", "client-id");
    /// assert_eq!(provider.issuer(), "https://id.example.com");
    /// ```
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Returns the client identifier, as it was given.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Sets the name by which people know the provider, such as `Logto`, for pages and for the log: at
    /// most 64 characters. By default there is none; the presets set it.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Returns the [`name`](Self::name) of the provider, if it has one. It is plain text; escape it for
    /// HTML.
    ///
    /// ```
    /// # use relying_party::Provider;
    /// assert_eq!(Provider::logto("tenant.logto.app", "app-id").display_name(), Some("Logto"));
    /// ```
    #[must_use]
    pub fn display_name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Sets the client secret. By default the client has no credential: then it is public, and is
    /// protected by PKCE only.
    pub fn client_secret(mut self, secret: impl Into<String>) -> Self {
        self.client_secret = Some(Secret::new(secret.into()));
        self.credentials.secret_source = None;
        self
    }

    /// Sets how the client authenticates at the token endpoint, and at the other endpoints that this
    /// crate sends requests to (OpenID Connect Core 1.0 section 9). A method that is set is used
    /// whatever the provider's metadata list.
    ///
    /// The default is the first of these whose credential is configured, and that the metadata list:
    ///
    /// | method | credential |
    /// |---|---|
    /// | `private_key_jwt` | [`client_private_keys`](Self#method.client_private_keys), [`client_assertion_source`](Self::client_assertion_source) or [`client_assertion_file`](Self::client_assertion_file) |
    /// | `client_secret_basic`, `client_secret_post` | [`client_secret`](Self::client_secret) or [`client_secret_source`](Self::client_secret_source) |
    /// | `client_secret_jwt` | the same, long enough for its [algorithm](Self::client_secret_jwt_algorithm), and a [`random_source`](Self::random_source) |
    /// | `none` | none |
    ///
    /// If the metadata list no method whose credential is configured, no user is sent to the provider:
    /// [`RelyingParty::authorization_url`](crate::RelyingParty::authorization_url) returns an error.
    ///
    /// # Client certificates
    ///
    /// [`TlsClientAuth`](ClientAuthMethod::TlsClientAuth) and
    /// [`SelfSignedTlsClientAuth`](ClientAuthMethod::SelfSignedTlsClientAuth) (RFC 8705) are never
    /// chosen by themselves. The certificate belongs into the application's own
    /// [`HttpClient`](crate::HttpClient), and requests have the client identifier only. If the provider
    /// has other endpoints for such clients (`mtls_endpoint_aliases`), set them:
    ///
    /// ```no_run
    /// use std::sync::Arc;
    ///
    /// use relying_party::{
    ///     ClientAuthMethod, HttpClient, Provider, RelyingParty, SystemClock,
    /// };
    ///
    /// /// `http` presents the client's certificate, for example with
    /// /// `rustls::ClientConfig::builder().with_root_certificates(..).with_client_auth_cert(..)`.
    /// fn relying_party(
    ///     http: Arc<dyn HttpClient>,
    /// ) -> Result<RelyingParty, relying_party::ConfigError> {
    ///     let provider = Provider::new("https://op.example", "client-id")
    ///         .client_auth_method(ClientAuthMethod::TlsClientAuth)
    ///         .token_endpoint("https://mtls.op.example/token");
    ///     RelyingParty::new(provider, http, Arc::new(SystemClock))
    /// }
    /// ```
    pub fn client_auth_method(mut self, method: ClientAuthMethod) -> Self {
        self.client_auth_method = Some(method);
        self
    }

    /// Sets the requested scopes, instead of the default ones. `openid` is always requested;
    /// [`add_scopes`](Self::add_scopes) keeps the default ones.
    ///
    /// The default is `profile email offline_access`, or those of them that the provider's metadata
    /// list. Scopes that are set are requested whatever the metadata list. Without `offline_access`
    /// most providers issue no refresh token, so the tokens of a session end with the first access
    /// token.
    pub fn scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.scopes = Some(scopes.into_iter().map(Into::into).collect());
        self
    }

    /// Adds scopes to the default ones, or to those that [`scopes`](Self::scopes) sets. They are
    /// requested whatever the provider's metadata list. May be called several times.
    ///
    /// ```
    /// # use relying_party::Provider;
    /// let provider = Provider::new("https://op.example", "client-id").add_scopes(["orders"]);
    /// assert!(provider.has_scope("orders") && provider.has_scope("offline_access"));
    /// ```
    pub fn add_scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.added_scopes.extend(scopes.into_iter().map(Into::into));
        self
    }

    /// Sets whether the scopes that a preset always requests are requested in addition to
    /// [`scopes`](Self::scopes). The default is `true`; only [`logto`](Self::logto) has such scopes.
    pub const fn include_reserved_scopes(mut self, include: bool) -> Self {
        if !include {
            self.reserved_scopes = &[];
        }
        self
    }

    /// Sets whether a refresh of the default access token names the scopes of the sign-in that were
    /// granted (RFC 6749 section 6). The default is `false`: a request without scopes means all granted
    /// ones.
    ///
    /// Some providers, such as Microsoft Entra and FusionAuth, return a new ID token only if the
    /// request names `openid`. Without a new ID token, the claims remain those of the sign-in. A
    /// refresh for a resource or an organization never names scopes.
    pub const fn scope_at_refresh(mut self, send: bool) -> Self {
        self.scope_at_refresh = send;
        self
    }

    /// Sets the resources of access tokens: absolute URIs (RFC 8707). A sign-in requests all of them, a
    /// refresh one at a time. By default there are none.
    ///
    /// ```
    /// use relying_party::Provider;
    ///
    /// let provider = Provider::new("https://id.example.com", "client-id")
    ///     .resources(["https://api.example.com/orders", "https://api.example.com/invoices"]);
    /// # let _ = provider;
    /// ```
    pub fn resources(mut self, resources: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.resources = resources.into_iter().map(Into::into).collect();
        self
    }

    /// Returns whether every sign-in requests this scope: `openid`, a preset's scope, one that was
    /// added, and one that was set, or else a default one. The provider's metadata may exclude default
    /// ones.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        scope == scope::OPENID
            || self.reserved_scopes.contains(&scope)
            || self.added_scopes.iter().any(|it| it == scope)
            || match &self.scopes {
                Some(scopes) => scopes.iter().any(|it| it == scope),
                None => DEFAULT_SCOPES.contains(&scope),
            }
    }

    /// Returns the resources that every sign-in requests (RFC 8707 section 2): those that were set, and
    /// those that a preset adds for a scope.
    pub fn resource_indicators(&self) -> impl Iterator<Item = &str> {
        self.resources_for(|scope| self.has_scope(scope))
    }

    /// Returns the resources that a sign-in with these scopes requests.
    pub(crate) fn resources_for(
        &self,
        has_scope: impl Fn(&str) -> bool,
    ) -> impl Iterator<Item = &str> {
        let added = self
            .resource_of_scope
            .filter(|(scope, _)| has_scope(scope))
            .map(|(_, resource)| resource)
            .filter(|resource| !self.resources.iter().any(|it| it == resource));
        self.resources.iter().map(String::as_str).chain(added)
    }
}
