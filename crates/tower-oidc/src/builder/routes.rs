//! The settings of the layer's own routes and of the pages that they lead to.

use super::AuthLayerBuilder;

impl AuthLayerBuilder {
    /// The path that starts a sign-in; default `/auth/sign-in`.
    pub fn sign_in_path(mut self, path: impl Into<String>) -> Self {
        self.routes.sign_in = Some(path.into());
        self
    }

    /// Turns the sign-in path off: only handlers start sign-ins, with
    /// [`AuthContext::sign_in`](crate::AuthContext::sign_in).
    pub fn without_sign_in_path(mut self) -> Self {
        self.routes.sign_in = None;
        self
    }

    /// The path to which the provider sends the browser back; default `/auth/callback`. The base
    /// URL with this path is the redirect URI to register with the provider.
    pub fn callback_path(mut self, path: impl Into<String>) -> Self {
        self.routes.callback = path.into();
        self
    }

    /// The path that signs out; default `/auth/sign-out`. A GET is asked back by a page; if its
    /// button does nothing at a provider that signs out over several hosts, see `form-action` in
    /// `SECURITY.md`.
    ///
    /// A script posts and gets `{"logoutUrl": …}`, which is this path with `/continue` behind it and
    /// another route of the layer: the script sends the window there (`location.href = logoutUrl`) within
    /// a minute, and it leads on to the provider. The layer knows a script by Fetch Metadata, which
    /// browsers send to https and loopback, or by `Accept: application/json`; one that accepts
    /// `text/html` is redirected instead.
    pub fn sign_out_path(mut self, path: impl Into<String>) -> Self {
        self.routes.sign_out = Some(path.into());
        self
    }

    /// Turns the sign-out path off: only handlers sign out, with
    /// [`AuthContext::sign_out`](crate::AuthContext::sign_out).
    pub fn without_sign_out_path(mut self) -> Self {
        self.routes.sign_out = None;
        self
    }

    /// Turns on the path to which the provider sends the browser back after a sign-out, such as
    /// `/auth/signed-out`. Default off: then it is the page itself.
    ///
    /// With it, one URI is registered with the provider (`post_logout_redirect_uri`) whatever page
    /// a sign-out leads to, and a sealed `state` shows that the sign-out began here. It leads on to that
    /// page, with the text of [`SignOut::state`](crate::SignOut::state) if there is one.
    pub fn signed_out_path(mut self, path: impl Into<String>) -> Self {
        self.routes.signed_out = Some(path.into());
        self
    }

    /// The path that tells the application's scripts who is signed in; default `/auth/session`.
    pub fn session_path(mut self, path: impl Into<String>) -> Self {
        self.routes.session = Some(path.into());
        self
    }

    /// Turns the session path off.
    pub fn without_session_path(mut self) -> Self {
        self.routes.session = None;
        self
    }

    /// Turns on a path, such as `/auth/access-token`, that gives access tokens to the application's own
    /// scripts, for APIs that they call themselves. Default off: a token that scripts can read is what a
    /// script that was smuggled into a page (XSS) steals. It works without the cookie, anywhere and until
    /// it expires, and a sign-out does not end it. Prefer to call APIs from a handler, with
    /// [`AuthContext::access_token_for`](crate::AuthContext::access_token_for).
    ///
    /// `resources` lists what scripts may have and nothing else is given: resources that the provider is
    /// configured with ([`Provider::resources`](crate::Provider::resources)), and `default` for the
    /// access token of the sign-in, which UserInfo takes too. Tokens of organizations are not given.
    ///
    /// `GET` with `?resource=` and one of them, or without a query for `default`, is answered as a token
    /// request is (RFC 6749 section 5.1):
    /// `{"access_token": …, "token_type": "Bearer", "expires_in": seconds, "scope": …}`, the last two
    /// where they are known. The token is refreshed where that is due, as in a handler. Otherwise the
    /// answer is 401, 403 or 503 with `{"error": …}`.
    ///
    /// Only a script of this origin's own pages gets one (`fetch` or `XMLHttpRequest`), and the browser
    /// must say so: without `Sec-Fetch-Site: same-origin` the answer is 403, and without that header the
    /// log says why. Browsers send it to https and to loopback hosts.
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

    /// The prefix that an outer router strips before the layer sees a path, such as `/app` for
    /// `Router::nest("/app", …)`. Default none.
    ///
    /// Without it the provider sends browsers to a callback outside of that router. With the feature
    /// `axum` the log says so once; other routers leave no trace of what they removed.
    pub fn mount_path(mut self, path: impl Into<String>) -> Self {
        self.routes.mount_path = path.into();
        self
    }

    /// Where a sign-in leads that names no page to come back to; a path as users see it, default
    /// the mount path, or `/`.
    pub fn after_sign_in(mut self, path: impl Into<String>) -> Self {
        self.after_sign_in = Some(path.into());
        self
    }

    /// Where a sign-out leads: a path as users see it, or an absolute URL. Default is the mount
    /// path with a slash. Its absolute form is what to register with the provider
    /// (`post_logout_redirect_uri`), unless the [`signed_out_path`](Self::signed_out_path) is on.
    pub fn after_sign_out(mut self, page: impl Into<String>) -> Self {
        self.after_sign_out = Some(page.into());
        self
    }

    /// Whether a link on the application's own pages may sign out without a question. Default is
    /// a page that asks, because some browsers and extensions follow links ahead of the user. Behind a
    /// service worker that passes navigations on (`respondWith(fetch(event.request))`) the page asks
    /// always: a hidden frame of the same site looks like a link there.
    pub const fn sign_out_by_get(mut self, allowed: bool) -> Self {
        self.sign_out_by_get = allowed;
        self
    }

    /// The claims that the session path shows to the application's scripts. Default: `sub` and
    /// the usual names, picture and email address.
    ///
    /// With [`Provider::accepted_issuers`](crate::Provider::accepted_issuers) add `iss` if scripts keep
    /// something for each user: the same `sub` of another issuer is another user.
    pub fn session_claims(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.session_claims = names.into_iter().map(Into::into).collect();
        self
    }
}
