//! The sign-out that a handler returns.

use std::fmt;

use http::Response;

use crate::context::AuthContext;
use crate::context::returned_outcome::{Outcome, SignOutOptions, redirect};

/// A response that signs the user out; made by [`AuthContext::sign_out`].
///
/// With the feature `axum` it is an `IntoResponse`; elsewhere call [`respond`](Self::respond).
///
/// ```
/// use http::Response;
/// use tower_oidc::AuthContext;
///
/// fn leave(auth: &AuthContext) -> Response<String> {
///     auth.sign_out().return_to("/goodbye").respond()
/// }
/// ```
#[derive(Clone)]
#[must_use = "a sign-out that is not returned as a response does nothing"]
pub struct SignOut {
    context: AuthContext,
    options: SignOutOptions,
}

impl AuthContext {
    /// A response that signs the user out, here and at the provider.
    ///
    /// The layer does not check where the request came from, as it does on its own sign-out
    /// route: call this in handlers that refuse cross-site requests.
    ///
    /// ```
    /// use http::Response;
    /// use tower_oidc::AuthContext;
    ///
    /// fn leave(auth: &AuthContext) -> Response<String> {
    ///     auth.sign_out().respond()
    /// }
    /// ```
    pub fn sign_out(&self) -> SignOut {
        SignOut::new(self.clone())
    }
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
    ///
    /// At most 1,536 bytes: with a longer one the browser comes to the configured page, with a warning
    /// in the log.
    pub fn return_to(mut self, path: impl Into<String>) -> Self {
        self.options.return_to = Some(path.into());
        self
    }

    /// The absolute URL to come back to from the provider, which must have it registered (OpenID
    /// Connect RP-Initiated Logout 1.0 section 2, `post_logout_redirect_uri`); default is the
    /// configured one. A provider with
    /// [`Provider::require_id_token_hint`](crate::Provider::require_id_token_hint) gets it only together
    /// with the session's ID token.
    ///
    /// It is not checked here and may have any origin: never pass on what a request says. If the provider
    /// has no part in the sign-out, because nobody is signed in, for example, the browser goes to this URL
    /// at once, and nobody has compared it with what is registered.
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
    /// has no part in the sign-out. Neither the user nor the provider can read or change it.
    ///
    /// With [`Provider::require_id_token_hint`](crate::Provider::require_id_token_hint) it does not come
    /// if there is no ID token to send, because the browser then stays at the provider. It is left out,
    /// and with it the page of `return_to`, if there is no room for it beside the ID token. The log says so.
    ///
    /// At most 512 bytes, and 1,536 together with the page of [`return_to`](Self::return_to): a longer
    /// text is left out, with a warning in the log. The URL of the page must not have a parameter `state`. A
    /// page of another origin cannot read the text; for one, use
    /// [`AuthContext::logout_url`], which sends a `state` unchanged.
    pub fn state(mut self, state: impl Into<String>) -> Self {
        self.options.state = Some(state.into());
        self
    }

    /// Which user signs out, for the provider (`logout_hint`), such as an email address. Default: the user of the
    /// session, and only if no ID token is sent.
    ///
    /// A provider with its own parameters, such as Amazon Cognito, does not get it.
    /// [`Provider::auth0`](crate::Provider::auth0) takes only the `sid` of the session here, which is its
    /// default.
    pub fn logout_hint(mut self, hint: impl Into<String>) -> Self {
        self.options.logout_hint = Some(hint.into());
        self
    }

    /// The languages of the provider's pages (`ui_locales`): BCP 47 tags separated by spaces, such as
    /// `fr-CA fr en`. Default none: the provider chooses.
    ///
    /// A provider with its own parameters, such as Amazon Cognito, does not get it.
    pub fn ui_locales(mut self, ui_locales: impl Into<String>) -> Self {
        self.options.ui_locales = Some(ui_locales.into());
        self
    }

    /// Ends the session of this application only. Default: the provider's session ends too.
    ///
    /// The browser goes to the page of the sign-out directly. The refresh token is revoked as at any
    /// sign-out. The user stays signed in at the provider, so the next sign-in may need no password: do not
    /// use it where people share a computer.
    ///
    /// ```
    /// use http::Response;
    /// use tower_oidc::AuthContext;
    ///
    /// fn leave(auth: &AuthContext) -> Response<String> {
    ///     auth.sign_out().local_only().return_to("/goodbye").respond()
    /// }
    /// ```
    pub const fn local_only(mut self) -> Self {
        self.options.local_only = true;
        self
    }

    /// The response, for services without a framework. Return it with its extensions.
    ///
    /// Without the layer it is a redirect to the sign-out route, which asks the user, or 500 if
    /// that route is turned off.
    #[must_use = "a response does nothing unless it is returned"]
    pub fn respond<B: From<String>>(self) -> Response<B> {
        let routes = &self.context.components().origin.routes;
        let route = routes.sign_out.as_deref().map(|path| routes.public(path));
        let mut response = redirect(
            route,
            "You could not be signed out, and are still signed in.",
        );
        self.context
            .attach(Outcome::SignOut(self.options), &mut response);
        response.map(B::from)
    }
}

impl fmt::Debug for SignOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignOut").finish_non_exhaustive()
    }
}
