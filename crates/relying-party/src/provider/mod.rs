//! The settings of a provider, and of the client that is registered there.

mod critical_header;
mod endpoints;
mod issuer;
mod presets;
mod settings;
mod sign_in;
mod sign_out;
mod values;
mod verification;
mod white_space;

use std::time::Duration;

pub(crate) use self::critical_header::CriticalHeader;
pub(crate) use self::settings::{
    CheckedSettings, Endpoints, extra_parameter_rule, is_scope_token, prompts_agree,
};
pub(crate) use self::values::set_parameter;
pub use self::values::{
    ClientAuthMethod, Display, Prompt, SigningAlgorithm, TokenTypeHint, UnknownValue,
};
use crate::claims_request::ClaimsRequest;
use crate::config_error::ConfigError;
use crate::request_budget::DEFAULT_LIFETIME;
use crate::scope;
use crate::secret::Secret;

pub(crate) const DEFAULT_SCOPES: [&str; 3] = [scope::PROFILE, scope::EMAIL, scope::OFFLINE_ACCESS];
const DEFAULT_LEEWAY: Duration = Duration::from_secs(60);

/// A provider, and the client registered there.
///
/// Setters never fail; [`RelyingParty::new`](crate::RelyingParty::new) checks everything and names
/// the setting at fault.
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
    pub(crate) scopes: Option<Vec<String>>,
    /// Asked for beside those that are set, or the default ones.
    pub(crate) added_scopes: Vec<String>,
    /// Asked for beside those that are set.
    pub(crate) reserved_scopes: &'static [&'static str],
    /// Whether a refresh names the scopes.
    pub(crate) scope_at_refresh: bool,
    pub(crate) resources: Vec<String>,
    /// A scope that is of no use without this resource.
    resource_of_scope: Option<(&'static str, &'static str)>,
    pub(crate) prompts: Vec<Prompt>,
    pub(crate) max_age: Option<Duration>,
    pub(crate) acr_values: Option<String>,
    pub(crate) claims_request: Option<ClaimsRequest>,
    pub(crate) display: Option<Display>,
    pub(crate) ui_locales: Option<String>,
    pub(crate) extra_parameters: Vec<(String, String)>,
    pub(crate) leeway: Duration,
    pub(crate) algorithms: Option<Vec<SigningAlgorithm>>,
    pub(crate) trusted_audiences: Vec<String>,
    pub(crate) accepted_issuers: Vec<String>,
    pub(crate) expected_subject: Option<String>,
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
    pub(crate) end_session_endpoint: Option<String>,
    /// A preset's, for a provider that does not publish it.
    default_end_session_endpoint: Option<String>,
    pub(crate) introspection_endpoint: Option<String>,
    pub(crate) revocation_endpoint: Option<String>,
    pub(crate) require_id_token_hint: bool,
    /// What a preset was given cannot be understood.
    preset_error: Option<ConfigError>,
    pub(crate) request_lifetime: Duration,
    pub(crate) user_agent: Option<String>,
}

impl Provider {
    /// A provider by its issuer identifier, exactly as its discovery document and its ID tokens
    /// write it, and the client identifier it has given us.
    pub fn new(issuer: impl Into<String>, client_id: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            name: None,
            client_id: client_id.into(),
            client_secret: None,
            client_auth_method: None,
            scopes: None,
            added_scopes: Vec::new(),
            reserved_scopes: &[],
            scope_at_refresh: false,
            resources: Vec::new(),
            resource_of_scope: None,
            prompts: Vec::new(),
            max_age: None,
            acr_values: None,
            claims_request: None,
            display: None,
            ui_locales: None,
            extra_parameters: Vec::new(),
            leeway: DEFAULT_LEEWAY,
            algorithms: None,
            trusted_audiences: Vec::new(),
            accepted_issuers: Vec::new(),
            expected_subject: None,
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
            end_session_endpoint: None,
            default_end_session_endpoint: None,
            introspection_endpoint: None,
            revocation_endpoint: None,
            require_id_token_hint: false,
            preset_error: None,
            request_lifetime: DEFAULT_LIFETIME,
            user_agent: None,
        }
    }

    /// Sets the name by which people know the provider, such as `Logto`: for pages and for the log. At
    /// most 64 characters. By default there is none; the presets set their own.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The name by which people know the provider, if it has one: see [`name`](Self::name). It is plain
    /// text; escape it for HTML.
    ///
    /// ```
    /// # use relying_party::Provider;
    /// assert_eq!(Provider::logto("tenant.logto.app", "app-id").display_name(), Some("Logto"));
    /// ```
    #[must_use]
    pub fn display_name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Sets the client secret. Without one the client is public and relies on PKCE alone.
    pub fn client_secret(mut self, secret: impl Into<String>) -> Self {
        self.client_secret = Some(Secret::new(secret.into()));
        self
    }

    /// Sets how the client authenticates at the token endpoint.
    ///
    /// By default `none` without a secret; with one `client_secret_basic` (the default of
    /// OpenID Connect Core 1.0 section 9), or `client_secret_post` if the provider's metadata lists
    /// that and not the former.
    pub fn client_auth_method(mut self, method: ClientAuthMethod) -> Self {
        self.client_auth_method = Some(method);
        self
    }

    /// Replaces the scopes to ask for besides `openid`, which is always asked for;
    /// [`add_scopes`](Self::add_scopes) keeps the default ones.
    ///
    /// By default `profile email offline_access`, or those of them that the provider's metadata
    /// lists. Scopes that are set are asked for whatever the metadata says. Without `offline_access`
    /// most providers give no refresh token, and the session's tokens end with the first access
    /// token.
    pub fn scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.scopes = Some(scopes.into_iter().map(Into::into).collect());
        self
    }

    /// Adds scopes to the default ones, or to those that [`scopes`](Self::scopes) set. They are asked
    /// for whatever the provider's metadata lists. May be called several times.
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

    /// Whether the scopes that a preset always asks for are asked for, whatever
    /// [`scopes`](Self::scopes) says. Default is yes; only [`logto`](Self::logto) has some.
    pub const fn include_reserved_scopes(mut self, include: bool) -> Self {
        if !include {
            self.reserved_scopes = &[];
        }
        self
    }

    /// Whether a refresh of the default access token names the scopes that the sign-in asked for, of
    /// those the ones that were granted (RFC 6749 section 6). Default is no: such a request means all
    /// that were granted.
    ///
    /// Some providers, Microsoft Entra and FusionAuth among them, return a new ID token only if the
    /// request names `openid`, and without one the claims stay those of the sign-in. A refresh for a
    /// resource or an organization names none.
    pub const fn scope_at_refresh(mut self, send: bool) -> Self {
        self.scope_at_refresh = send;
        self
    }

    /// Sets the resources, absolute URIs, that access tokens will be asked for (RFC 8707). A
    /// sign-in asks for all of them, a refresh for one at a time.
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

    /// Adds a prompt (OpenID Connect Core 1.0 section 3.1.2.1). By default there is none, and the
    /// provider decides.
    pub fn prompt(mut self, prompt: Prompt) -> Self {
        self.prompts.push(prompt);
        self
    }

    /// Asks that the user has proved who they are within this time, in whole seconds
    /// (OpenID Connect Core 1.0 section 3.1.2.1); the ID token's `auth_time` is checked (section
    /// 3.1.3.7). By default any earlier sign-in at the provider will do.
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = Some(max_age);
        self
    }

    /// Asks for one of these authentication context classes, separated by spaces and the preferred
    /// first (OpenID Connect Core 1.0 section 3.1.2.1). An ID token whose `acr` is none of them is
    /// refused (section 3.1.3.7). By default there are none, and the provider decides.
    pub fn acr_values(mut self, acr_values: impl Into<String>) -> Self {
        self.acr_values = Some(acr_values.into());
        self
    }

    /// Sets how the provider should show its pages (OpenID Connect Core 1.0 section 3.1.2.1). By
    /// default the parameter is not sent, which means [`Display::Page`].
    pub fn display(mut self, display: Display) -> Self {
        self.display = Some(display);
        self
    }

    /// Sets the languages of the provider's pages (OpenID Connect Core 1.0 section 3.1.2.1): BCP 47
    /// tags separated by spaces, the preferred first. By default the provider chooses.
    pub fn ui_locales(mut self, ui_locales: impl Into<String>) -> Self {
        self.ui_locales = Some(ui_locales.into());
        self
    }

    /// Adds a parameter that only this provider knows to every authorization request. It replaces an
    /// earlier one of the same name: a request has each parameter once (RFC 6749 section 3.1).
    /// Parameters that this crate sends itself are refused.
    pub fn extra_parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        set_parameter(&mut self.extra_parameters, name.into(), value.into());
        self
    }

    /// Sets how long a refresh or a revocation lives once it was sent, instead of 60 seconds; from one
    /// second to a minute.
    ///
    /// A refresh should outlive a slow provider: one that replaces refresh tokens has done so when its
    /// answer comes, and the session is lost with an answer that nobody reads. How long a user waits is
    /// the caller's concern. On hosts that freeze between requests, set it to the time that a
    /// request waits.
    ///
    /// All other requests live for ten seconds: code exchanges, UserInfo, introspection, metadata and
    /// keys. The time in which a request waits until it may be sent, ten seconds at most, does not
    /// count.
    pub const fn request_lifetime(mut self, lifetime: Duration) -> Self {
        self.request_lifetime = lifetime;
        self
    }

    /// Sets the `User-Agent` of every request to the provider, whatever the HTTP client: visible ASCII
    /// characters and spaces. By default it names this crate and its version, because firewalls with
    /// common rules answer 403 to requests without one.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = Some(user_agent.into());
        self
    }

    /// Sets the [`user_agent`](Self::user_agent) unless it was set already: for crates that build on this
    /// one.
    pub fn default_user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent.get_or_insert_with(|| user_agent.into());
        self
    }

    /// Whether every sign-in asks for this scope: `openid`, a preset's, those that were added, and
    /// those that were set, or else the default ones, of which the provider's metadata may rule some out.
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

    /// The resources that every sign-in asks for (RFC 8707 section 2): those that were set, and
    /// those that a preset adds for a scope.
    pub fn resource_indicators(&self) -> impl Iterator<Item = &str> {
        self.resources_for(|scope| self.has_scope(scope))
    }

    /// The resources that a sign-in with these scopes asks for.
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
