//! What a handler asks for with a sign-in.

use std::fmt;
use std::time::Duration;

use http::Response;
use relying_party::provider::Display;
use relying_party::{Claims, ClaimsRequest, Prompt};

use crate::context::AuthContext;
use crate::context::returned_outcome::{Outcome, redirect};
use crate::context::sign_in_options::SignInOptions;
use crate::sign_in::request_parameters::IdTokenHint;

/// Percent-encoding may triple a path, and a stock nginx accepts 4 KiB of response head.
const MAX_ROUTE_LENGTH: usize = 2_048;

/// A response that starts a sign-in; made by [`AuthContext::sign_in`].
///
/// It takes effect when it is returned: the [`AuthLayer`](crate::AuthLayer) replaces it with a redirect to
/// the provider. The response carries it in its extensions, so a middleware that builds a new response
/// without them loses what this sign-in asks for.
///
/// With the feature `axum` it is an `IntoResponse`; elsewhere call [`respond`](Self::respond).
///
/// Each setter replaces what the [`Provider`](crate::Provider) is set to, for this sign-in. The
/// response type is always `code`, and the response mode is that of
/// [`Provider::response_mode`](crate::Provider::response_mode). Logto's own parameters have setters, too; see
/// [`logto`](crate::context::logto).
///
/// If the provider could not finish the sign-in just then (`temporarily_unavailable`), the layer starts
/// it once more with the same parameters. It keeps at most 512 bytes of them; with longer ones the user
/// gets a page with a link instead.
///
/// ```
/// use tower_oidc::{AuthContext, Prompt, SignIn};
/// use tower_oidc::provider::Display;
///
/// fn connect_account(auth: &AuthContext) -> SignIn {
///     auth.sign_in().prompt(Prompt::SelectAccount).display(Display::Popup).return_to("/accounts")
/// }
/// ```
#[derive(Clone)]
#[must_use = "a sign-in that is not returned as a response does nothing"]
pub struct SignIn {
    context: AuthContext,
    options: SignInOptions,
}

impl AuthContext {
    /// A response that starts a sign-in and comes back to this page.
    ///
    /// ```
    /// use http::Response;
    /// use tower_oidc::AuthContext;
    ///
    /// fn checkout(auth: &AuthContext) -> Response<String> {
    ///     auth.sign_in().return_to("/checkout").respond()
    /// }
    /// ```
    pub fn sign_in(&self) -> SignIn {
        SignIn::new(self.clone())
    }
}

impl SignIn {
    pub(crate) fn new(context: AuthContext) -> Self {
        let options = SignInOptions {
            return_to: context.return_path(),
            own_path: context.return_path(),
            ..SignInOptions::default()
        };
        Self { context, options }
    }

    /// Signs in at the provider with this id, which
    /// [`provider_with_id`](crate::AuthLayerBuilder::provider_with_id) gave it. Default is the provider of
    /// the session if there is one, or else the first one, or the one that the user chooses
    /// ([`choose_provider`](crate::AuthLayerBuilder::choose_provider)).
    ///
    /// With an id that is not registered the response is 500, and the log names the registered ones.
    ///
    /// ```
    /// use tower_oidc::{AuthContext, SignIn};
    ///
    /// fn with_logto(auth: &AuthContext) -> SignIn {
    ///     auth.sign_in().provider("logto")
    /// }
    /// ```
    pub fn provider(mut self, id: impl Into<String>) -> Self {
        self.options.provider = Some(id.into());
        self
    }

    /// The path to come back to; default is this request's. One that leads to another origin or
    /// into the sign-in itself is replaced by the configured default page.
    pub fn return_to(mut self, path: impl Into<String>) -> Self {
        self.options.return_to = Some(path.into());
        self
    }

    /// Adds a prompt: what the provider shows in this sign-in (OpenID Connect Core 1.0 section 3.1.2.1,
    /// `prompt`). The prompts of the [`Provider`](crate::Provider) are then not sent. May be called
    /// several times.
    ///
    /// [`Prompt::Create`] asks for the page on which users register (Initiating User Registration via
    /// OpenID Connect 1.0), where the provider has it: its metadata list `create` in
    /// `prompt_values_supported`.
    pub fn prompt(mut self, prompt: Prompt) -> Self {
        self.options.parameters.prompts.push(prompt);
        self
    }

    /// Demands a sign-in at most this long ago; the ID token must prove it (OpenID Connect Core
    /// 1.0 sections 3.1.2.1 and 3.1.3.7, `max_age`). In whole seconds. It replaces the `max_age` of the
    /// [`Provider`](crate::Provider).
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.options.max_age = Some(max_age);
        self
    }

    /// Demands one of these authentication contexts, separated by spaces; the ID token's `acr`
    /// must be one of them (OpenID Connect Core 1.0 sections 3.1.2.1 and 3.1.3.7, `acr_values`). They
    /// replace those of the [`Provider`](crate::Provider).
    pub fn acr_values(mut self, acr_values: impl Into<String>) -> Self {
        self.options.acr_values = Some(acr_values.into());
        self
    }

    /// Who the user probably is (OpenID Connect Core 1.0 section 3.1.2.1, `login_hint`).
    pub fn login_hint(mut self, login_hint: impl Into<String>) -> Self {
        self.options.parameters.login_hint = Some(login_hint.into());
        self
    }

    /// Sets the languages of the provider's pages for this sign-in, BCP 47 tags separated by spaces
    /// (OpenID Connect Core 1.0 section 3.1.2.1, `ui_locales`). They replace those of the
    /// [`Provider`](crate::Provider).
    pub fn ui_locales(mut self, ui_locales: impl Into<String>) -> Self {
        self.options.parameters.ui_locales = Some(ui_locales.into());
        self
    }

    /// Sets how the provider shows its pages in this sign-in, such as for a popup window (OpenID Connect
    /// Core 1.0 section 3.1.2.1, `display`), instead of what the [`Provider`](crate::Provider) is set
    /// to. Most providers ignore it.
    pub fn display(mut self, display: Display) -> Self {
        self.options.parameters.display = Some(display);
        self
    }

    /// Tells the provider which user this is, by an ID token that it issued before (OpenID Connect Core
    /// 1.0 section 3.1.2.1, `id_token_hint`), such as that of
    /// [`AuthContext::id_token`]. Default is none.
    ///
    /// Only this user can sign in then: the provider must not answer with another one (section
    /// 3.1.2.2), and if it does, the sign-in is refused and the session does not change. The layer
    /// reads `iss` and `sub` from the hint; it does not compare users if it cannot read the hint,
    /// because it is encrypted. To suggest a user and accept any, use [`login_hint`](Self::login_hint).
    ///
    /// With an ID token of another provider than the one of this sign-in, nothing is sent: the response is 500
    /// and the log says why. So is it if the provider has an [issuer for each
    /// tenant](crate::Provider::allowed_tenants) and the hint has no `iss`.
    ///
    /// With [`Prompt::None`] it asks, without showing anything, whether the user is still signed in at
    /// the provider.
    ///
    /// A hint with which the response's head would exceed 4 KiB, as much as a stock nginx accepts, is
    /// not sent; the users are compared all the same. ID tokens have more than 512 bytes, so that a
    /// sign-in with one is not started again by itself.
    ///
    /// ```
    /// use tower_oidc::{AuthContext, Prompt, SignIn};
    ///
    /// fn is_still_signed_in(auth: &AuthContext) -> SignIn {
    ///     let question = auth.sign_in().prompt(Prompt::None);
    ///     match auth.id_token() {
    ///         Some(id_token) => question.id_token_hint(id_token.as_str()),
    ///         None => question,
    ///     }
    /// }
    /// ```
    pub fn id_token_hint(mut self, id_token: impl Into<String>) -> Self {
        self.options.parameters.id_token_hint = Some(IdTokenHint::new(id_token));
        self
    }

    /// Asks for single claims, besides those that the scopes bring (OpenID Connect Core 1.0 section 5.5,
    /// `claims`). It replaces what [`Provider::claims_request`](crate::Provider::claims_request) asks
    /// for, as a whole.
    ///
    /// An essential `acr` or `auth_time`, and a `sub` with values, are checked in the ID token: a sign-in
    /// that does not show them is refused, and the session does not change. Other claims may be missing. A value of `sub` is a user of the registered issuer;
    /// [`sign_in_again`](crate::Authenticated::sign_in_again) and [`id_token_hint`](Self::id_token_hint)
    /// know the issuer of their user.
    ///
    /// Values of `acr` make the sign-in fail with 500 if [`acr_values`](Self::acr_values) are set too, here
    /// or for the provider. Where single sign-ins ask for an essential `acr`, ask for that of all others by
    /// the provider's claims request, which this one replaces.
    ///
    /// ```
    /// use tower_oidc::{AuthContext, SignIn};
    /// use tower_oidc::claims::{ClaimsRequest, RequestedClaim};
    ///
    /// fn with_passkey(auth: &AuthContext) -> SignIn {
    ///     let passkey = RequestedClaim::essential().values(["phr", "phrh"]);
    ///     auth.sign_in().claims_request(ClaimsRequest::new().id_token("acr", passkey))
    /// }
    /// ```
    pub fn claims_request(mut self, claims: ClaimsRequest) -> Self {
        self.options.parameters.claims_request = Some(claims);
        self
    }

    /// A parameter that only this provider knows. It replaces an earlier one of the same name, the
    /// provider's setting included: a request has each parameter once (RFC 6749 section 3.1). One that
    /// the protocol itself sets, such as `state`, makes the sign-in fail with 500.
    pub fn extra_parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let parameters = &mut self.options.parameters;
        parameters.set_extra(name.into(), value.into());
        self
    }

    /// Accepts this user and nobody else.
    pub(crate) fn for_user(mut self, user: &Claims) -> Self {
        self.options.expected_sub = Some(user.sub().to_owned());
        self.options.expected_iss = Some(user.iss().to_owned());
        self
    }

    /// The response, for services without a framework. Return it with its extensions.
    ///
    /// Without the layer it is a redirect to the sign-in route, which comes back to the same page but
    /// knows nothing else of what this sign-in asks for; or 500 if that route is turned off.
    #[must_use = "a response does nothing unless it is returned"]
    pub fn respond<B: From<String>>(self) -> Response<B> {
        let route = self.route();
        let mut response = redirect(route, "You could not be signed in. Please go back.");
        let outcome = Outcome::SignIn(Box::new(self.options));
        self.context.attach(outcome, &mut response);
        response.map(B::from)
    }

    /// The sign-in route with the way back, unless that makes the URL too long.
    fn route(&self) -> Option<String> {
        let origin = &self.context.components().origin;
        let page = origin.own_page(self.options.return_to.as_deref());
        let id = self.options.provider.as_deref();
        let providers = &self.context.components().providers;
        let id = id.filter(|id| providers.may_have(id));
        let url = origin.sign_in_link(id, page.as_ref())?;
        if url.len() <= MAX_ROUTE_LENGTH {
            Some(url)
        } else {
            origin.sign_in_link(id, None)
        }
    }
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIn").finish_non_exhaustive()
    }
}
