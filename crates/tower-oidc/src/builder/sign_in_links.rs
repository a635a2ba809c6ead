//! The settings of links to the sign-in.

use super::AuthLayerBuilder;

impl AuthLayerBuilder {
    /// Turns on a path, such as `/auth/sign-up`, that leads to the page on which users register. Default:
    /// off, because many providers have no such page, or show a link to it.
    ///
    /// With [`Provider::sign_up_url`](crate::Provider::sign_up_url), which
    /// [`Provider::asgardeo`](crate::Provider::asgardeo) sets, it redirects to that page. Otherwise it starts
    /// a sign-in with [`Provider::sign_up_parameter`](crate::Provider::sign_up_parameter), which
    /// [`Provider::logto`](crate::Provider::logto) sets to `first_screen=register`, or else with
    /// `prompt=create` (Initiating User Registration via OpenID Connect 1.0); a user who registers is then
    /// signed in. A link may have the same parameters as one to the
    /// [`sign_in_path`](Self::sign_in_path), such as `return_to`, except `prompt`.
    ///
    /// Environment variable: `AUTH_SIGN_UP_PATH`.
    pub fn sign_up_path(mut self, path: impl Into<String>) -> Self {
        self.routes.sign_up = Some(path.into());
        self
    }

    /// Turns on a path, such as `/auth/initiate-login`, at which another party starts a sign-in (OpenID
    /// Connect Core 1.0 section 4): for example the provider's list of its users' applications. Register
    /// the base URL with this path at the provider (`initiate_login_uri`). Default: off.
    ///
    /// The browser comes with `iss`, which must be an issuer of a registered provider, byte for byte, and
    /// optionally with `login_hint`, which is passed on to the provider, and `target_link_uri`, the page to
    /// come back to. A page of another origin, or one of the layer's own paths, is ignored. With several
    /// clients at one issuer, `client_id` chooses (LTI 1.3 sends it), and without it the first one is used; an
    /// unknown one gets a page with 404. The parameters of
    /// [`sign_in_parameters`](Self::sign_in_parameters) are passed on too. They come in the query, or as a form
    /// that is posted, which is redirected to the same path with the query and may then have 3 KiB.
    ///
    /// It starts an ordinary sign-in, with its own state, nonce and PKCE, and keeps nothing on the server. It
    /// is off by default because any site can then choose the provider, the user that is suggested there and
    /// the page of a sign-in. With a provider that signs in without a question, that may replace the user's
    /// session by one of another account of the same browser. To have the provider ask, set
    /// [`Provider::prompt`](crate::Provider::prompt).
    ///
    /// Environment variable: `AUTH_INITIATE_LOGIN_PATH`.
    pub fn initiate_login_path(mut self, path: impl Into<String>) -> Self {
        self.routes.initiate_login = Some(path.into());
        self
    }

    /// Sets which parameters of a link to the [`sign_in_path`](Self::sign_in_path) are passed on to the
    /// provider, beside `prompt`, `login_hint` and `ui_locales`, which always are. Default: none.
    ///
    /// Such a parameter replaces the one of [`Provider::extra_parameter`](crate::Provider::extra_parameter)
    /// with the same name. Each has at most 512 bytes and may be there once; otherwise the answer is a page with 400. Other
    /// parameters are ignored. Anyone can make such a link, so list only parameters with which the
    /// provider does nothing that this user should decide. Names are at most 16, and of letters, digits,
    /// `_`, `-` and `.`. [`build`](Self::build) refuses the parameters of the protocol, such as `state`,
    /// `redirect_uri`, `scope` and `acr_values`. A handler that needs more starts the sign-in itself, with
    /// [`AuthContext::sign_in`](crate::AuthContext::sign_in).
    ///
    /// Environment variable: `AUTH_SIGN_IN_PARAMETERS`.
    ///
    /// ```
    /// # use tower_oidc::AuthLayer;
    /// // /auth/sign-in?organization_id=acme
    /// let builder = AuthLayer::builder().sign_in_parameters(["organization_id"]);
    /// ```
    pub fn sign_in_parameters(
        mut self,
        names: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.sign_in_parameters = names.into_iter().map(Into::into).collect();
        self
    }
}
