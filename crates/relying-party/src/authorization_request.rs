//! The authorization request of one sign-in.

use std::time::Duration;

use crate::claims_request::ClaimsRequest;
use crate::config_error::ConfigError;
use crate::error::{Error, ErrorKind};
use crate::provider::{
    AuthorizationParameters, Display, Prompt, Provider, check_scopes, extra_parameter_rule,
};
use crate::request_budget::ClientNetwork;
use crate::secret::Secret;

/// The authorization request of one sign-in (OpenID Connect Core 1.0 section 3.1.2.1).
///
/// By default it has the values of the [`Provider`](crate::Provider)'s settings. A value that is set
/// here replaces the provider's; scopes and extra parameters are added to the provider's.
///
/// The response type is always `code`, and the response mode `query`, which is its default.
///
/// [`RelyingParty::authorization_url`](crate::RelyingParty::authorization_url) checks the values.
///
/// ```
/// use relying_party::{AuthorizationRequest, Prompt};
///
/// let step_up = AuthorizationRequest::default().prompt(Prompt::Login).login_hint("alice");
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "an authorization request does nothing until `authorization_url` is called"]
pub struct AuthorizationRequest {
    pub(crate) scopes: Vec<String>,
    pub(crate) additional_prompt: Option<Prompt>,
    pub(crate) login_hint: Option<Secret>,
    pub(crate) id_token_hint: Option<Secret>,
    pub(crate) max_url_length: Option<usize>,
    client_network: Option<u128>,
    wider_client_network: Option<u128>,
    /// The parameters that replace the provider's.
    parameters: AuthorizationParameters,
}

impl AuthorizationRequest {
    /// Adds scopes to the provider's.
    pub fn scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.scopes.extend(scopes.into_iter().map(Into::into));
        self
    }

    /// Adds a prompt. The prompts of the provider's settings are then not sent.
    pub fn prompt(mut self, prompt: Prompt) -> Self {
        self.parameters.prompts.push(prompt);
        self
    }

    /// Adds a prompt to those of the provider's settings. [`Prompt::None`] excludes every other prompt,
    /// so it has an effect only if there are no others.
    pub fn additional_prompt(mut self, prompt: Prompt) -> Self {
        self.additional_prompt = Some(prompt);
        self
    }

    /// Requests that the user has authenticated within this time, in whole seconds. It replaces the
    /// provider's `max_age`. Pass the same value to
    /// [`CodeExchange::max_age`](crate::CodeExchange::max_age).
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.parameters.max_age = Some(max_age);
        self
    }

    /// Sets the `login_hint`: the name that the user would type at the provider.
    pub fn login_hint(mut self, login_hint: impl Into<String>) -> Self {
        self.login_hint = Some(Secret::new(login_hint.into()));
        self
    }

    /// Sets the `id_token_hint`: an earlier ID token, which tells the provider which user to sign in.
    /// It is sent unchanged, so the URL becomes longer by its length; see
    /// [`max_url_length`](Self::max_url_length).
    ///
    /// The provider must not sign in another user (OpenID Connect Core 1.0 section 3.1.2.2). To
    /// check that it did not, pass the ID token's `iss` and `sub` to
    /// [`CodeExchange::expected_user`](crate::CodeExchange::expected_user).
    pub fn id_token_hint(mut self, id_token: impl Into<String>) -> Self {
        self.id_token_hint = Some(Secret::new(id_token.into()));
        self
    }

    /// Sets the languages of the provider's pages for this sign-in: BCP 47 tags separated by spaces.
    /// They replace those of the provider's settings.
    pub fn ui_locales(mut self, ui_locales: impl Into<String>) -> Self {
        self.parameters.ui_locales = Some(ui_locales.into());
        self
    }

    /// Requests one of these authentication context classes, separated by spaces. They replace those of
    /// the provider's settings. Pass the same value to
    /// [`CodeExchange::acr_values`](crate::CodeExchange::acr_values).
    pub fn acr_values(mut self, acr_values: impl Into<String>) -> Self {
        self.parameters.acr_values = Some(acr_values.into());
        self
    }

    /// Requests single claims, in addition to those of the scopes. It replaces the provider's claims
    /// request as a whole. Pass the same value, or its [`checked_part`](ClaimsRequest::checked_part),
    /// to [`CodeExchange::claims_request`](crate::CodeExchange::claims_request).
    pub fn claims_request(mut self, claims: ClaimsRequest) -> Self {
        self.parameters.claims_request = Some(claims);
        self
    }

    /// Sets how the provider should show its pages in this sign-in, instead of what the provider's
    /// settings say.
    pub fn display(mut self, display: Display) -> Self {
        self.parameters.display = Some(display);
        self
    }

    /// Adds a parameter that is specific to this provider. It replaces an earlier one of the same name,
    /// here and of [`Provider::extra_parameter`](crate::Provider::extra_parameter): a request has each
    /// parameter once (RFC 6749 section 3.1).
    pub fn extra_parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.parameters.set_extra(name.into(), value.into());
        self
    }

    /// Returns whether [`extra_parameter`](Self::extra_parameter) accepts this name: not the names of the
    /// parameters that this crate sends, such as `state`, and of those that would change the flow, such as
    /// `request_uri`.
    ///
    /// ```
    /// use relying_party::AuthorizationRequest;
    ///
    /// assert!(AuthorizationRequest::accepts_extra_parameter("organization_id"));
    /// assert!(!AuthorizationRequest::accepts_extra_parameter("redirect_uri"));
    /// ```
    #[must_use]
    pub fn accepts_extra_parameter(name: &str) -> bool {
        extra_parameter_rule(name).is_none()
    }

    /// Sets the greatest length of the URL, in bytes, with an [`id_token_hint`](Self::id_token_hint). A
    /// URL that would be longer has none: no provider needs it, and servers limit the length of
    /// headers. By default there is no limit. The parameters of a pushed request are not in the URL, so
    /// it always has the hint.
    pub fn max_url_length(mut self, bytes: usize) -> Self {
        self.max_url_length = Some(bytes);
        self
    }

    /// Sets the network of the browser, like
    /// [`CodeExchange::client_network`](crate::CodeExchange::client_network): anyone can begin sign-ins,
    /// and if authorization requests are pushed, each sends a request to the provider. By default the
    /// network is unknown.
    pub fn client_network(mut self, key: u128) -> Self {
        self.client_network = Some(key);
        self
    }

    /// Sets the wider network that [`client_network`](Self::client_network) is part of. By default it is
    /// the network itself.
    pub fn wider_client_network(mut self, key: u128) -> Self {
        self.wider_client_network = Some(key);
        self
    }

    /// Returns the network of the browser, if it is known.
    pub(crate) fn network(&self) -> Option<ClientNetwork> {
        ClientNetwork::of(self.client_network, self.wider_client_network)
    }

    /// Returns the parameters that are sent to the provider: this request's, or else the provider's.
    pub(crate) fn parameters_at(&self, provider: &Provider) -> AuthorizationParameters {
        self.parameters.or(&provider.parameters)
    }

    /// Checks the values, which the setters accept unchecked. `parameters` are those that are sent.
    pub(crate) fn check(&self, parameters: &AuthorizationParameters) -> Result<(), Error> {
        let error = |broken: ConfigError| {
            let [setting, rule, remedy] = [broken.setting(), broken.rule(), broken.remedy()];
            Error::new(
                ErrorKind::Configuration,
                "authorization_request.parameter",
                format!("`{setting}`: {rule}; {remedy}"),
            )
        };
        check_scopes("scopes", &self.scopes).map_err(error)?;
        parameters.check().map_err(error)
    }
}
