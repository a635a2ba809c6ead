//! The authorization request of one sign-in.

use std::time::Duration;

use crate::claims_request::{self, ClaimsRequest};
use crate::error::{Error, ErrorKind};
use crate::provider::{
    Display, Prompt, Provider, extra_parameter_rule, is_scope_token, prompts_agree, set_parameter,
};
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
    pub(crate) prompts: Vec<Prompt>,
    pub(crate) additional_prompt: Option<Prompt>,
    pub(crate) max_age: Option<Duration>,
    pub(crate) login_hint: Option<Secret>,
    pub(crate) id_token_hint: Option<Secret>,
    pub(crate) ui_locales: Option<String>,
    pub(crate) acr_values: Option<String>,
    pub(crate) claims_request: Option<ClaimsRequest>,
    pub(crate) display: Option<Display>,
    pub(crate) extra_parameters: Vec<(String, String)>,
}

impl AuthorizationRequest {
    /// Adds scopes to the provider's.
    pub fn scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.scopes.extend(scopes.into_iter().map(Into::into));
        self
    }

    /// Adds a prompt. The prompts of the provider's settings are then not sent.
    pub fn prompt(mut self, prompt: Prompt) -> Self {
        self.prompts.push(prompt);
        self
    }

    /// Adds a prompt to those of the provider's settings. [`Prompt::None`] excludes every other prompt,
    /// so it has an effect only if there are no others.
    pub fn additional_prompt(mut self, prompt: Prompt) -> Self {
        self.additional_prompt = Some(prompt);
        self
    }

    /// Requests that the user has authenticated within this time, in whole seconds. Pass the same value
    /// to [`CodeExchange::max_age`](crate::CodeExchange::max_age).
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = Some(max_age);
        self
    }

    /// Sets the `login_hint`: the name that the user would type at the provider.
    pub fn login_hint(mut self, login_hint: impl Into<String>) -> Self {
        self.login_hint = Some(Secret::new(login_hint.into()));
        self
    }

    /// Sets the `id_token_hint`: an earlier ID token, which tells the provider which user to sign in.
    /// It is sent unchanged, so the URL becomes longer by its length.
    ///
    /// The provider must not sign in another user (OpenID Connect Core 1.0 section 3.1.2.2). To
    /// check that it did not, pass the ID token's `iss` and `sub` to
    /// [`CodeExchange::expected_user`](crate::CodeExchange::expected_user).
    pub fn id_token_hint(mut self, id_token: impl Into<String>) -> Self {
        self.id_token_hint = Some(Secret::new(id_token.into()));
        self
    }

    /// Sets the languages of the provider's pages: BCP 47 tags separated by spaces.
    pub fn ui_locales(mut self, ui_locales: impl Into<String>) -> Self {
        self.ui_locales = Some(ui_locales.into());
        self
    }

    /// Requests one of these authentication context classes, separated by spaces. Pass the same value
    /// to [`CodeExchange::acr_values`](crate::CodeExchange::acr_values).
    pub fn acr_values(mut self, acr_values: impl Into<String>) -> Self {
        self.acr_values = Some(acr_values.into());
        self
    }

    /// Requests single claims, in addition to those of the scopes. It replaces the provider's claims
    /// request as a whole. Pass the same value, or its [`checked_part`](ClaimsRequest::checked_part),
    /// to [`CodeExchange::claims_request`](crate::CodeExchange::claims_request).
    pub fn claims_request(mut self, claims: ClaimsRequest) -> Self {
        self.claims_request = Some(claims);
        self
    }

    /// Returns the requested claims: those of this request, or else of the provider's settings.
    pub(crate) fn claims_for<'a>(&'a self, provider: &'a Provider) -> Option<&'a ClaimsRequest> {
        let claims = self.claims_request.as_ref();
        let claims = claims.or(provider.claims_request.as_ref());
        claims.filter(|claims| !claims.is_empty())
    }

    /// Sets how the provider should show its pages.
    pub fn display(mut self, display: Display) -> Self {
        self.display = Some(display);
        self
    }

    /// Adds a parameter that is specific to this provider. It replaces an earlier one of the same name,
    /// here and of [`Provider::extra_parameter`](crate::Provider::extra_parameter): a request has each
    /// parameter once (RFC 6749 section 3.1).
    pub fn extra_parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        set_parameter(&mut self.extra_parameters, name.into(), value.into());
        self
    }

    /// Checks the values, which the setters accept unchecked.
    pub(crate) fn check(&self, provider: &Provider) -> Result<(), Error> {
        let code = "authorization_request.parameter";
        let error = |what| Err(Error::new(ErrorKind::Configuration, code, what));
        if !self.scopes.iter().all(|scope| is_scope_token(scope)) {
            return error("a scope has characters that RFC 6749 section 3.3 excludes");
        }
        if !prompts_agree(&self.prompts) {
            return error("the prompt `none` excludes every other prompt");
        }
        if self
            .extra_parameters
            .iter()
            .any(|(name, _)| extra_parameter_rule(name).is_some())
        {
            return error("an extra parameter is one of the protocol; use the setter for it");
        }
        if let Some(claims) = self.claims_for(provider) {
            let acr_values = self.acr_values.as_ref().or(provider.acr_values.as_ref());
            claims_request::check(claims, acr_values.map(String::as_str)).map_err(|broken| {
                let what = format!("a claims request {}: {}", broken.rule, broken.remedy);
                Error::new(ErrorKind::Configuration, code, what)
            })?;
        }
        Ok(())
    }
}
