//! Settings of the sign-in.

use super::Provider;
use crate::claims_request::ClaimsRequest;

impl Provider {
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

    /// Sets the page on which users register at the provider, for a link on a page of the application.
    /// [`asgardeo`](Self::asgardeo) sets it; by default there is none.
    ///
    /// The page starts no sign-in: after the registration, the user returns and signs in. If the
    /// provider supports `prompt=create` (Initiating User Registration via OpenID Connect 1.0),
    /// [`Prompt::Create`](crate::Prompt::Create) does both at once.
    pub fn sign_up_url(mut self, url: impl Into<String>) -> Self {
        self.sign_up_url = Some(url.into());
        self
    }
}
