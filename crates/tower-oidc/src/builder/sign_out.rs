//! The settings of sign-outs.

use super::AuthLayerBuilder;

impl AuthLayerBuilder {
    /// Lets a link on the application's own pages sign out without asking. Default: `false`, because some
    /// browsers and extensions follow links before the user does; a GET to the sign-out path then shows a
    /// page that asks.
    ///
    /// Behind a service worker that passes navigations on (`respondWith(fetch(event.request))`) the page
    /// always asks, because the layer cannot distinguish a link from a hidden frame of the same site there.
    ///
    /// Environment variable: `AUTH_SIGN_OUT_BY_GET`.
    pub const fn sign_out_by_get(mut self, allowed: bool) -> Self {
        self.sign_out.by_get = allowed;
        self
    }

    /// Limits the length of the URL with which a sign-out sends the session's ID token to the provider
    /// (`id_token_hint`), in bytes. Default: 2,400, because many servers and proxies accept no longer response
    /// heads. A sign-out with many cookies to delete has less room, and a limit above 3,000 has no effect.
    ///
    /// If the URL would be longer, the ID token is sent as a form at a provider with
    /// [`Provider::end_session_by_form`](crate::Provider::end_session_by_form). At any other it is left out,
    /// and a `logout_hint` says which user signs out; then many providers ask the user to confirm.
    ///
    /// With 0 the session's ID token is in no URL: it contains the user's claims, and URLs are kept in the
    /// browser's history and in the logs of servers.
    ///
    /// Environment variable: `AUTH_MAX_LOGOUT_URL_LENGTH`.
    pub const fn max_logout_url_length(mut self, bytes: usize) -> Self {
        self.sign_out.max_url_length = bytes;
        self
    }
}
