//! Responses that handlers return and the layer writes: sign in, sign out.

use std::fmt;
use std::time::Duration;

use http::{Response, StatusCode};
use relying_party::{AuthorizationRequest, Claims, ClaimsRequest, Display, Prompt};

use crate::context::AuthContext;
use crate::error::Refusal;
use crate::request_parameters::{IdTokenHint, RequestParameters};
use crate::transaction::Transaction;

/// What the application decided; the layer turns it into a response with the cookies it needs.
pub(crate) enum Outcome {
    Refused(Refusal),
    SignIn(Box<SignInOptions>),
    SignOut(SignOutOptions),
}

/// What a sign-in asks for.
#[derive(Clone, Default)]
pub(crate) struct SignInOptions {
    /// Not checked yet.
    pub(crate) return_to: Option<String>,
    /// The page that asks for the sign-in, if it is not the sign-in route; not checked yet.
    pub(crate) own_path: Option<String>,
    pub(crate) max_age: Option<Duration>,
    pub(crate) acr_values: Option<String>,
    pub(crate) expected_sub: Option<String>,
    /// The issuer of that user; without one it is the registered issuer.
    pub(crate) expected_iss: Option<String>,
    /// A refusal asks for it, of a user who is signed in.
    pub(crate) after_refusal: bool,
    pub(crate) parameters: RequestParameters,
}

impl SignInOptions {
    /// The same as `transaction` asked for.
    pub(crate) fn repeating(transaction: &Transaction) -> Option<Self> {
        Some(Self {
            return_to: transaction.return_to.clone(),
            own_path: None,
            max_age: transaction.max_age,
            acr_values: transaction.acr_values.clone(),
            expected_sub: transaction.expected_sub.clone(),
            expected_iss: transaction.expected_iss.clone(),
            after_refusal: transaction.after_refusal,
            parameters: transaction.parameters.clone()?,
        })
    }

    /// Has the transaction remember what was asked for at the provider with this issuer.
    pub(crate) fn demand_of(&self, transaction: &mut Transaction, registered_issuer: &str) {
        transaction.max_age = self.max_age;
        transaction.acr_values = self.acr_values.clone();
        let claims_request = self.parameters.claims_request.as_ref();
        transaction.claims_request = claims_request.map(ClaimsRequest::checked_part);
        if let Some((iss, sub)) = self.expected_user() {
            transaction.expected_sub = Some(sub);
            transaction.expected_iss = iss.filter(|iss| iss != registered_issuer);
        }
        transaction.after_refusal = self.after_refusal;
        transaction.parameters = Some(self.parameters.clone());
    }

    /// The user who must sign in. The provider must not answer an `id_token_hint` with another user
    /// than the hint's (OpenID Connect Core 1.0 section 3.1.2.2), and most providers ignore hints.
    ///
    /// Issuer, if it is known, and `sub`.
    fn expected_user(&self) -> Option<(Option<String>, String)> {
        let hint = self.parameters.id_token_hint.as_ref();
        match &self.expected_sub {
            Some(sub) => Some((self.expected_iss.clone(), sub.clone())),
            None => hint.and_then(IdTokenHint::user),
        }
    }

    pub(crate) fn request(&self) -> AuthorizationRequest {
        let mut request = self.parameters.to_request();
        if let Some(max_age) = self.max_age {
            request = request.max_age(max_age);
        }
        if let Some(acr_values) = &self.acr_values {
            request = request.acr_values(acr_values);
        }
        request
    }
}

#[derive(Clone, Default)]
pub(crate) struct SignOutOptions {
    pub(crate) post_logout_redirect_uri: Option<String>,
    /// Not checked yet.
    pub(crate) return_to: Option<String>,
    /// The application's text for the page that it leads to.
    pub(crate) state: Option<String>,
}

/// A response that starts a sign-in; made by [`AuthContext::sign_in`].
///
/// With the feature `axum` it is an `IntoResponse`; elsewhere call [`respond`](Self::respond).
///
/// Each setter replaces what the [`Provider`](crate::Provider) is set to, for this sign-in. The
/// response type is always `code` and the response mode `query`; `form_post` is not supported. Logto's
/// own parameters have setters, too; see [`logto`](crate::logto).
///
/// If the provider could not finish the sign-in just then (`temporarily_unavailable`), the layer starts
/// it once more with the same parameters. It keeps at most 512 bytes of them; with longer ones the user
/// gets a page with a link instead.
///
/// ```
/// use tower_oidc::{AuthContext, Display, Prompt, SignIn};
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

impl SignIn {
    pub(crate) fn new(context: AuthContext) -> Self {
        let options = SignInOptions {
            return_to: context.return_path(),
            own_path: context.return_path(),
            ..SignInOptions::default()
        };
        Self { context, options }
    }

    /// The path to come back to; default is this request's. One that leads to another origin or
    /// into the sign-in itself is replaced by the configured default page.
    pub fn return_to(mut self, path: impl Into<String>) -> Self {
        self.options.return_to = Some(path.into());
        self
    }

    /// What the provider shows (OpenID Connect Core 1.0 section 3.1.2.1, `prompt`). May be called
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
    /// 1.0 sections 3.1.2.1 and 3.1.3.7, `max_age`). In whole seconds.
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.options.max_age = Some(max_age);
        self
    }

    /// Demands one of these authentication contexts, separated by spaces; the ID token's `acr`
    /// must be one of them (OpenID Connect Core 1.0 sections 3.1.2.1 and 3.1.3.7, `acr_values`).
    pub fn acr_values(mut self, acr_values: impl Into<String>) -> Self {
        self.options.acr_values = Some(acr_values.into());
        self
    }

    /// Who the user probably is (OpenID Connect Core 1.0 section 3.1.2.1, `login_hint`).
    pub fn login_hint(mut self, login_hint: impl Into<String>) -> Self {
        self.options.parameters.login_hint = Some(login_hint.into());
        self
    }

    /// The languages for the provider's pages, BCP 47 tags separated by spaces (OpenID Connect Core
    /// 1.0 section 3.1.2.1, `ui_locales`).
    pub fn ui_locales(mut self, ui_locales: impl Into<String>) -> Self {
        self.options.parameters.ui_locales = Some(ui_locales.into());
        self
    }

    /// How the provider shows its pages, such as for a popup window (OpenID Connect Core 1.0 section
    /// 3.1.2.1, `display`). Most providers ignore it.
    pub fn display(mut self, display: Display) -> Self {
        self.options.parameters.display = Some(display);
        self
    }

    /// Tells the provider which user this is, by an ID token that it issued before (OpenID Connect Core
    /// 1.0 section 3.1.2.1, `id_token_hint`), such as that of
    /// [`AuthContext::id_token`]. Default is none.
    ///
    /// Only this user can sign in then: the provider must not answer with another one (section
    /// 3.1.2.2), and if it does, the sign-in is refused and the session stays as it is. The layer
    /// reads `iss` and `sub` from the hint; it does not compare users if it cannot read the hint,
    /// because it is encrypted. To suggest a user and accept any, use [`login_hint`](Self::login_hint).
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
    /// that does not show them is refused, and the session stays as it is. Any other claim may be missing
    /// all the same.
    ///
    /// ```
    /// use tower_oidc::{AuthContext, ClaimsRequest, RequestedClaim, SignIn};
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
    pub(crate) fn of_user(mut self, user: &Claims) -> Self {
        self.options.expected_sub = Some(user.sub().to_owned());
        self.options.expected_iss = Some(user.iss().to_owned());
        self
    }

    /// The response, for services without a framework. Its body is empty: the layer writes the
    /// answer on its way out.
    #[must_use = "a response does nothing unless it is returned"]
    pub fn respond<B: Default>(self) -> Response<B> {
        self.context.record(Outcome::SignIn(Box::new(self.options)));
        see_other()
    }
}

/// A response that signs the user out; made by [`AuthContext::sign_out`].
///
/// With the feature `axum` it is an `IntoResponse`; elsewhere call [`respond`](Self::respond).
#[derive(Clone)]
#[must_use = "a sign-out that is not returned as a response does nothing"]
pub struct SignOut {
    context: AuthContext,
    options: SignOutOptions,
}

impl SignOut {
    pub(crate) fn new(context: AuthContext) -> Self {
        Self {
            context,
            options: SignOutOptions::default(),
        }
    }

    /// The page of this application to go on to, a path. It needs the signed-out route
    /// ([`signed_out_path`](crate::AuthLayerBuilder::signed_out_path)); without it the provider
    /// knows the configured page alone.
    pub fn return_to(mut self, path: impl Into<String>) -> Self {
        self.options.return_to = Some(path.into());
        self
    }

    /// The absolute URL to come back to from the provider, which must have it registered (OpenID
    /// Connect RP-Initiated Logout 1.0 section 2, `post_logout_redirect_uri`); default is the
    /// configured one. It is not checked here and may have any origin: never pass on what a request
    /// says. A provider with
    /// [`Provider::require_id_token_hint`](crate::Provider::require_id_token_hint) gets it only together
    /// with the session's ID token.
    pub fn post_logout_redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.options.post_logout_redirect_uri = Some(uri.into());
        self
    }

    /// A text for the page after the sign-out, which reads it with
    /// [`AuthContext::signed_out_state`]. Default none.
    ///
    /// It comes to the page sealed, in the parameter `state` of its query, whether the browser comes from
    /// the provider (OpenID Connect RP-Initiated Logout 1.0 section 2), from the
    /// [`signed_out_path`](crate::AuthLayerBuilder::signed_out_path), or directly because the provider
    /// has no part in the sign-out. Neither the user nor the provider can read or change it. It does not
    /// come if the browser stays at the provider, as with
    /// [`Provider::require_id_token_hint`](crate::Provider::require_id_token_hint).
    ///
    /// At most 512 bytes, and 1,536 together with the page of [`return_to`](Self::return_to): a longer
    /// text is left out, with a warning in the log. The page must have no parameter `state` of its own. A
    /// page of another origin cannot read the text; for one, use
    /// [`AuthContext::logout_url`], which sends a `state` unchanged.
    pub fn state(mut self, state: impl Into<String>) -> Self {
        self.options.state = Some(state.into());
        self
    }

    /// The response, for services without a framework. Its body is empty: the layer writes the
    /// answer on its way out.
    #[must_use = "a response does nothing unless it is returned"]
    pub fn respond<B: Default>(self) -> Response<B> {
        self.context.record(Outcome::SignOut(self.options));
        see_other()
    }
}

fn see_other<B: Default>() -> Response<B> {
    let mut response = Response::new(B::default());
    *response.status_mut() = StatusCode::SEE_OTHER;
    response
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIn").finish_non_exhaustive()
    }
}

impl fmt::Debug for SignOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignOut").finish_non_exhaustive()
    }
}
