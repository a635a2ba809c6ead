//! The settings of the layer's own routes and of the pages that they lead to.

use super::AuthLayerBuilder;

impl AuthLayerBuilder {
    /// Sets the path that starts a sign-in. Default: `/auth/sign-in`.
    ///
    /// A link to it may have `return_to`, the page to come back to, and `prompt`, `login_hint` and
    /// `ui_locales`, which are passed on to the provider. [`sign_in_parameters`](Self::sign_in_parameters)
    /// allows others.
    ///
    /// Environment variable: `AUTH_SIGN_IN_PATH`.
    pub fn sign_in_path(mut self, path: impl Into<String>) -> Self {
        self.routes.sign_in = Some(path.into());
        self
    }

    /// Turns the sign-in path off. Then only handlers start sign-ins, with
    /// [`AuthContext::sign_in`](crate::AuthContext::sign_in).
    ///
    /// Environment variable: `AUTH_SIGN_IN_PATH=off`.
    pub fn without_sign_in_path(mut self) -> Self {
        self.routes.sign_in = None;
        self
    }

    /// Sets the path to which the provider redirects the browser after a sign-in. Default: `/auth/callback`.
    /// The base URL with this path is the redirect URI; register it with the provider. With several providers,
    /// the redirect URI of each has its id behind this path; see
    /// [`AuthLayer::redirect_uris`](crate::AuthLayer::redirect_uris).
    ///
    /// A provider with [`ResponseMode::FormPost`](crate::provider::ResponseMode::FormPost) has the browser post
    /// a form to this path from one of its pages. A layer against cross-site request forgery that stands in front of
    /// the `AuthLayer` must let it pass; behind the `AuthLayer` it never sees the form.
    ///
    /// Environment variable: `AUTH_CALLBACK_PATH`.
    pub fn callback_path(mut self, path: impl Into<String>) -> Self {
        self.routes.callback = path.into();
        self
    }

    /// Sets the path that signs out. Default: `/auth/sign-out`. A POST from a page of the application signs
    /// out; a GET shows a page that asks first. If the button of this page does nothing, the provider
    /// redirects to several hosts during its sign-out: see `form-action` in `SECURITY.md`.
    ///
    /// A script posts to this path and gets `{"logoutUrl": …}`. The URL is this path with `/continue`
    /// appended, which is another route of the layer. Within a minute, the script navigates the window there
    /// (`location.href = logoutUrl`), and the route redirects to the provider. The layer recognizes a script
    /// by Fetch Metadata, which browsers send to https and loopback, or by `Accept: application/json`. A
    /// script that accepts `text/html` is redirected instead.
    ///
    /// Environment variable: `AUTH_SIGN_OUT_PATH`.
    pub fn sign_out_path(mut self, path: impl Into<String>) -> Self {
        self.routes.sign_out = Some(path.into());
        self
    }

    /// Turns the sign-out path off. Then only handlers sign out, with
    /// [`AuthContext::sign_out`](crate::AuthContext::sign_out).
    ///
    /// Environment variable: `AUTH_SIGN_OUT_PATH=off`.
    pub fn without_sign_out_path(mut self) -> Self {
        self.routes.sign_out = None;
        self
    }

    /// Turns on a path, such as `/auth/signed-out`, to which the provider redirects the browser after every
    /// sign-out. Default: off; the provider redirects to the page after the sign-out itself.
    ///
    /// With this path, you register one URI with the provider (`post_logout_redirect_uri`), and each
    /// sign-out may still choose its page: the path redirects to it, with the text of
    /// [`SignOut::state`](crate::SignOut::state) if there is one. A sealed `state` shows that the sign-out
    /// started at this application.
    ///
    /// Environment variable: `AUTH_SIGNED_OUT_PATH`.
    pub fn signed_out_path(mut self, path: impl Into<String>) -> Self {
        self.routes.signed_out = Some(path.into());
        self
    }

    /// Sets the path that returns as JSON who is signed in, for the application's scripts. Default:
    /// `/auth/session`. [`session_claims`](Self::session_claims) chooses the claims.
    ///
    /// The answer is `{"authenticated": false}`, or has these members. A request to this path renews nothing.
    ///
    /// | member | meaning |
    /// |---|---|
    /// | `authenticated` | `true` |
    /// | `claims` | the claims, as an object |
    /// | `idleAt` | when the session ends if no other request uses it |
    /// | `expiresAt` | when it ends however much it is used |
    /// | `now` | the server's time: a timer for `idleAt - now` works even if the browser's clock is wrong |
    /// | `signOutPath` | where a `POST` signs out; absent if that path is turned off |
    ///
    /// Times are in milliseconds since the Unix epoch, for `new Date(…)`.
    ///
    /// Environment variable: `AUTH_SESSION_PATH`.
    pub fn session_path(mut self, path: impl Into<String>) -> Self {
        self.routes.session = Some(path.into());
        self
    }

    /// Turns the session path off.
    ///
    /// Environment variable: `AUTH_SESSION_PATH=off`.
    pub fn without_session_path(mut self) -> Self {
        self.routes.session = None;
        self
    }

    /// Turns on a path, such as `/auth/session.js`, with a script for the application's pages. It notices that the
    /// user was signed out in another tab, that the session has ended, or that another user has signed in, and loads
    /// the page again, so that the application decides what is shown then. Default: off.
    ///
    /// Load it with `<script src="/auth/session.js" defer></script>`. It asks the
    /// [`session_path`](Self::session_path) when the page is shown, when the session is due to end, and once a minute
    /// while the page is visible; it does not keep the session alive. It does nothing if nobody is signed in when the
    /// page loads, or if the server does not answer.
    ///
    /// Before it loads the page again, it dispatches the event `auth:signedout` to `window`, whose `detail` is the
    /// answer of the session path. A page with unsaved work calls `preventDefault()` and stays:
    ///
    /// ```js
    /// addEventListener("auth:signedout", event => {
    ///   event.preventDefault();
    ///   document.querySelector("#signed-out").hidden = false;
    /// });
    /// ```
    ///
    /// [`AuthLayer::session_script_hash`](crate::AuthLayer::session_script_hash) is for the attribute `integrity`
    /// and a Content-Security-Policy. Another user is noticed by the claims `iss` and `sub`, if
    /// [`session_claims`](Self::session_claims) has them.
    ///
    /// Environment variable: `AUTH_SESSION_SCRIPT_PATH`.
    pub fn session_script_path(mut self, path: impl Into<String>) -> Self {
        self.routes.session_script = Some(path.into());
        self
    }

    /// Turns on a path, such as `/auth/access-token`, that returns access tokens to the application's own
    /// scripts. Default: off, because cross-site scripting (XSS) can steal every token that scripts can
    /// read. Such a token works without the cookie, anywhere and until it expires, and a sign-out does not
    /// end it. If you can, call APIs from a handler, with
    /// [`AuthContext::access_token_for`](crate::AuthContext::access_token_for).
    ///
    /// `resources` lists the tokens that scripts may get: resources of the provider
    /// ([`Provider::resources`](crate::Provider::resources)), and `default` for the access token of the
    /// sign-in, which is also valid for UserInfo. [`build`](Self::build) refuses other values. Tokens of
    /// organizations are never returned.
    ///
    /// A `GET` with `?resource=` and one of the resources, or without a query for `default`, returns the
    /// token in the format of a token response (RFC 6749 section 5.1): `{"access_token": …, "token_type":
    /// "Bearer", "expires_in": seconds, "scope": …}`. The last two are present if they are known. The token
    /// is refreshed first if that is due. A failure is 401, 403 or 503 with `{"error": …}`.
    ///
    /// Only `fetch` and `XMLHttpRequest` of this origin's own pages get a token, and the browser must
    /// confirm the origin: without `Sec-Fetch-Site: same-origin` the answer is 403. If the header is
    /// missing, the log says so. Browsers send it to https and to loopback hosts.
    ///
    /// Environment variables: `AUTH_ACCESS_TOKEN_PATH` and `AUTH_ACCESS_TOKEN_RESOURCES`.
    ///
    /// ```
    /// # use tower_oidc::{AuthLayer, Provider};
    /// let provider = Provider::new("https://id.example.com", "client-id")
    ///     .resources(["https://api.example.com"]);
    /// let builder = AuthLayer::builder()
    ///     .provider(provider)
    ///     .access_token_path("/auth/access-token", ["https://api.example.com"]);
    /// ```
    pub fn access_token_path(
        mut self,
        path: impl Into<String>,
        resources: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.routes.access_token = Some(path.into());
        self.access_token_resources = resources.into_iter().map(Into::into).collect();
        self
    }

    /// Tells the layer which prefix an outer router removes from paths, such as `/app` for
    /// `Router::nest("/app", …)`. Default: none.
    ///
    /// Without this setting, redirects and the callback do not contain the prefix and miss that router. With
    /// the feature `axum` the log says so once; the prefixes of other routers cannot be detected.
    ///
    /// Environment variable: `AUTH_MOUNT_PATH`.
    pub fn mount_path(mut self, path: impl Into<String>) -> Self {
        self.routes.mount_path = path.into();
        self
    }

    /// Sets the page after a sign-in that names no page to return to: a path as users see it. Default: the
    /// [`mount_path`](Self::mount_path), or `/`. [`build`](Self::build) refuses other origins and the
    /// layer's own paths.
    ///
    /// Environment variable: `AUTH_AFTER_SIGN_IN`.
    pub fn after_sign_in(mut self, path: impl Into<String>) -> Self {
        self.after_sign_in = Some(path.into());
        self
    }

    /// Sets the page after a sign-out: a path as users see it, or an absolute URL. Default: the
    /// [`mount_path`](Self::mount_path) with a slash at its end. [`build`](Self::build) refuses the layer's
    /// own paths, and a URL of another origin if [`signed_out_path`](Self::signed_out_path) is on.
    ///
    /// Register its absolute form with the provider (`post_logout_redirect_uri`), unless
    /// [`signed_out_path`](Self::signed_out_path) is on.
    ///
    /// Environment variable: `AUTH_AFTER_SIGN_OUT`.
    pub fn after_sign_out(mut self, page: impl Into<String>) -> Self {
        self.after_sign_out = Some(page.into());
        self
    }

    /// Chooses the claims that the [`session_path`](Self::session_path) returns to the application's
    /// scripts. Default: `sub`, `name`, `given_name`, `family_name`, `preferred_username`, `username`,
    /// `picture`, `email` and `email_verified`; and `iss` with several providers or a
    /// [`provider_resolver`](Self::provider_resolver), because the same `sub` at another provider is another
    /// user.
    ///
    /// With [`Provider::accepted_issuers`](crate::Provider::accepted_issuers), add `iss` if scripts store
    /// something for each user: the same `sub` of another issuer is another user.
    ///
    /// Environment variable: `AUTH_SESSION_CLAIMS`.
    pub fn session_claims(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.session_claims = Some(names.into_iter().map(Into::into).collect());
        self
    }
}
