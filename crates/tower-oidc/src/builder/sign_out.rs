//! The settings of sign-outs.

use super::AuthLayerBuilder;
use crate::refresh::RevokeAtSignOut;
use crate::web::site_data::SiteData;

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

    /// Refreshes a session before its sign-out if its ID token has expired. Default: `false`, because it costs a
    /// request, and OpenID Connect RP-Initiated Logout 1.0 section 2 asks providers to accept an expired ID
    /// token as `id_token_hint`. Some refuse it, and show an error or ask the user.
    ///
    /// It needs a refresh token, and a provider that sends a new ID token with a refresh; see
    /// [`Provider::scope_at_refresh`](crate::Provider::scope_at_refresh). The sign-out waits for
    /// [`refresh_wait`](Self::refresh_wait) at most. If the refresh fails, it sends the old ID token.
    ///
    /// Environment variable: `AUTH_REFRESH_EXPIRED_HINT`.
    pub const fn refresh_expired_hint(mut self, refresh: bool) -> Self {
        self.sign_out.refresh_expired_hint = refresh;
        self
    }

    /// Lets the browser delete what it stored for the application when a sign-out ends a session, with the
    /// header `Clear-Site-Data`. Default: nothing, because browsers may take seconds for it, and the layer
    /// deletes its own cookies without it.
    ///
    /// ```
    /// use tower_oidc::{AuthLayer, SiteData};
    ///
    /// let builder = AuthLayer::builder().clear_site_data([SiteData::Cache, SiteData::Storage]);
    /// # let _ = builder;
    /// ```
    ///
    /// [`SiteData::Cookies`] deletes the cookies of the whole registrable domain: a sign-out at
    /// `shop.example.com` also signs users out of other applications below `example.com`.
    ///
    /// Only a response that ends a valid session has the header. Browsers ignore it on plain http, except on
    /// loopback.
    ///
    /// Environment variable: `AUTH_CLEAR_SITE_DATA`, a list of `cache`, `cookies` and `storage`.
    pub fn clear_site_data(mut self, kinds: impl IntoIterator<Item = SiteData>) -> Self {
        self.sign_out.clear_site_data = kinds.into_iter().collect();
        self
    }

    /// Chooses which tokens of a session are revoked at the provider when it ends (RFC 7009): at a sign-out, when
    /// another user signs in in the same browser, and if a sign-in is not admitted. Default:
    /// [`RevokeAtSignOut::RefreshToken`], so that a copied cookie gets no new tokens.
    ///
    /// ```
    /// use tower_oidc::{AuthLayer, RevokeAtSignOut};
    ///
    /// let builder = AuthLayer::builder().revoke_at_sign_out(RevokeAtSignOut::AllTokens);
    /// # let _ = builder;
    /// ```
    ///
    /// A response waits for all of it for at most two seconds; the rest continues in the background. What the
    /// provider cannot take now is tried again, until the session's absolute end or the expiry of the access
    /// token. Without a revocation endpoint nothing is sent.
    ///
    /// The refresh token is revoked whatever the setting if a refresh brings an ID token of another user.
    ///
    /// Environment variable: `AUTH_REVOKE_AT_SIGN_OUT` (`nothing`, `refresh-token` or `all-tokens`).
    pub const fn revoke_at_sign_out(mut self, tokens: RevokeAtSignOut) -> Self {
        self.revoke_at_sign_out = tokens;
        self
    }
}
