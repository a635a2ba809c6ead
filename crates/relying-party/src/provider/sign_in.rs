//! Settings of the sign-in.

use std::time::Duration;

use super::{Display, Prompt, Provider, ResponseMode};
use crate::claims_request::ClaimsRequest;

impl Provider {
    /// Adds a prompt for every sign-in that has none (OpenID Connect Core 1.0 section 3.1.2.1). By
    /// default there is none, and the provider decides.
    pub fn prompt(mut self, prompt: Prompt) -> Self {
        self.parameters.prompts.push(prompt);
        self
    }

    /// Requests that the user has authenticated within this time, in whole seconds, at every sign-in
    /// that does not say otherwise (OpenID Connect Core 1.0 section 3.1.2.1). The ID token's `auth_time`
    /// is checked (section 3.1.3.7). By default any earlier authentication at the provider is accepted.
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.parameters.max_age = Some(max_age);
        self
    }

    /// Requests one of these authentication context classes, separated by spaces, the preferred one
    /// first, at every sign-in that does not say otherwise (OpenID Connect Core 1.0 section 3.1.2.1). An
    /// ID token with another `acr` is refused (section 3.1.3.7). By default there are none, and the provider decides.
    pub fn acr_values(mut self, acr_values: impl Into<String>) -> Self {
        self.parameters.acr_values = Some(acr_values.into());
        self
    }

    /// Sets how the provider should show its pages at every sign-in that does not say otherwise
    /// (OpenID Connect Core 1.0 section 3.1.2.1). By default the parameter is not sent, which means
    /// [`Display::Page`].
    pub fn display(mut self, display: Display) -> Self {
        self.parameters.display = Some(display);
        self
    }

    /// Adds a parameter that is specific to this provider to every authorization request. It replaces
    /// an earlier one of the same name: a request has each parameter once (RFC 6749 section 3.1).
    /// Parameters that this crate sends are refused.
    pub fn extra_parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.parameters.set_extra(name.into(), value.into());
        self
    }

    /// Sets the languages of the provider's pages at every sign-in that does not say otherwise (OpenID
    /// Connect Core 1.0 section 3.1.2.1): BCP 47 tags separated by spaces, the preferred first. By
    /// default the provider chooses.
    pub fn ui_locales(mut self, ui_locales: impl Into<String>) -> Self {
        self.parameters.ui_locales = Some(ui_locales.into());
        self
    }

    /// Requests single claims at every sign-in that does not say otherwise, in addition to those of the
    /// scopes (OpenID Connect Core 1.0 section 5.5). By default the parameter `claims` is not sent, and the scopes decide.
    ///
    /// Some of the claims that are requested in the ID token must be there, or the sign-in fails; see
    /// [`ClaimsRequest`]. Values of `acr` cannot be requested both here and with
    /// [`acr_values`](Self::acr_values).
    pub fn claims_request(mut self, claims: ClaimsRequest) -> Self {
        self.parameters.claims_request = Some(claims);
        self
    }

    /// Sets whether authorization requests are always pushed (RFC 9126): the parameters are sent to the
    /// provider directly and with the authentication of the client, and the browser is sent there with
    /// a reference to them alone. The default is `false`: they are pushed only if the provider's
    /// metadata say `require_pushed_authorization_requests`.
    ///
    /// Set it if the provider requires it of this client only (section 6), or to keep the parameters out
    /// of the URL, which the browser's history and logs have. Each sign-in then waits for one more
    /// response of the provider. A sign-in fails if the provider has no endpoint for it; see
    /// [`pushed_authorization_request_endpoint`](Self::pushed_authorization_request_endpoint).
    pub const fn pushed_authorization_requests(mut self, always: bool) -> Self {
        self.pushes_authorization_requests = always;
        self
    }

    /// Sets how the provider returns the authorization response. The default is
    /// [`ResponseMode::Query`], and then the parameter `response_mode` is not sent.
    ///
    /// Set [`ResponseMode::FormPost`] for a provider that returns it in no other way, or not all of it, or
    /// to keep the code out of the URL. The browser then posts the response to the redirect URI from a page
    /// of the provider.
    pub const fn response_mode(mut self, mode: ResponseMode) -> Self {
        self.response_mode = mode;
        self
    }

    /// Returns whether the browser posts the authorization response.
    #[must_use]
    pub const fn uses_form_post(&self) -> bool {
        matches!(self.response_mode, ResponseMode::FormPost)
    }

    /// Sets whether the user's name is taken from the field `user` of a posted response: a JSON object with
    /// `name.firstName` and `name.lastName`, as Apple sends it at a user's first sign-in. The default is
    /// `false`, and [`apple`](Self::apple) sets it. It has no effect without [`ResponseMode::FormPost`].
    ///
    /// This crate reads no forms. `tower-oidc` makes the claims `given_name`, `family_name` and `name` of
    /// it, for those that neither the ID token nor UserInfo has, from texts of at most 100 characters. They
    /// are **not signed**: they are what the user typed, or what the user's browser sent. Show them, and
    /// decide nothing by them. The email address in the field is ignored.
    pub const fn posted_user_name(mut self, read: bool) -> Self {
        self.posted_user_name = read;
        self
    }

    /// Returns whether the name in the field `user` of a posted response counts: if
    /// [`posted_user_name`](Self::posted_user_name) is set, and responses are posted.
    #[must_use]
    pub const fn uses_posted_user_name(&self) -> bool {
        self.posted_user_name && self.uses_form_post()
    }

    /// Sets the page on which users register at the provider, for a link on a page of the application.
    /// [`asgardeo`](Self::asgardeo) sets it; by default there is none.
    ///
    /// The page starts no sign-in: after the registration, the user returns and signs in. If the
    /// provider supports `prompt=create` (Initiating User Registration via OpenID Connect 1.0),
    /// [`Prompt::Create`] does both at once.
    pub fn sign_up_url(mut self, url: impl Into<String>) -> Self {
        self.sign_up_url = Some(url.into());
        self
    }

    /// Sets the parameter by which an authorization request asks for the page on which users register.
    /// By default there is none, and [`Prompt::Create`] asks for it (Initiating
    /// User Registration via OpenID Connect 1.0). [`logto`](Self::logto) sets `first_screen=register`.
    ///
    /// It has no effect if there is a [`sign_up_url`](Self::sign_up_url). Parameters that this crate
    /// sends are refused.
    pub fn sign_up_parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.sign_up_parameter = Some((name.into(), value.into()));
        self
    }
}
