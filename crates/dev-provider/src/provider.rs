//! The running provider.

use std::{fmt, io, sync::Arc, time::Duration};

use crate::{
    endpoint::Endpoint,
    faults::Fault,
    held_requests::HeldRequests,
    logout::{self, LogoutSubject, back_channel},
    request_log::{BackchannelLogout, RecordedRequest, RequestCounters},
    server::Server,
    state::SharedState,
    store::Session,
};

/// A running OpenID Provider. It stops and closes all connections when it is dropped.
///
/// See the [crate documentation](crate) for an example.
#[must_use = "the provider stops when it is dropped"]
pub struct DevProvider {
    state: SharedState,
    server: Server,
}

impl DevProvider {
    pub(crate) fn new(state: SharedState, server: Server) -> Self {
        Self { state, server }
    }

    /// Stops the provider, and returns when its port is free. Responses in flight are cut off.
    pub async fn shutdown(mut self) {
        self.server.shutdown().await;
    }

    /// Closes all connections and refuses new ones, until [`come_back`](Self::come_back) is called.
    ///
    /// The provider keeps its port, sessions, keys and tokens.
    ///
    /// # Errors
    ///
    /// Returns an error if another program takes the port at this moment.
    pub async fn go_down(&self) -> io::Result<()> {
        self.server.go_down().await
    }

    /// Accepts connections at the same address again, on the current Tokio runtime.
    ///
    /// If the provider is not down, this does nothing.
    ///
    /// # Errors
    ///
    /// Returns an error if the address is not available.
    pub async fn come_back(&self) -> io::Result<()> {
        self.server.come_back().await
    }

    /// Returns the issuer identifier, such as `http://127.0.0.1:41234`.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.state.issuer
    }

    /// Activates a fault, in addition to those that are active.
    pub fn add_fault(&self, fault: Fault) {
        self.state.faults.add(fault);
    }

    /// Deactivates all faults.
    pub fn clear_faults(&self) {
        self.state.faults.clear();
    }

    /// Keeps the requests to an endpoint waiting until the returned value is released or dropped.
    pub fn hold(&self, endpoint: Endpoint) -> HeldRequests {
        HeldRequests::new(Arc::clone(&self.state.gates), endpoint)
    }

    /// Keeps token requests waiting, as [`hold`](Self::hold) does.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// # use oidc_dev_provider::DevProvider;
    /// let provider = DevProvider::start().await?;
    /// let held = provider.hold_token_requests();
    /// // … start two refreshes here …
    /// # if false {
    /// held.wait_for(1).await;
    /// assert_eq!(held.waiting(), 1, "the second refresh waits for the first");
    /// # }
    /// held.release();
    /// # Ok(())
    /// # }
    /// ```
    pub fn hold_token_requests(&self) -> HeldRequests {
        self.hold(Endpoint::Token)
    }

    /// Sets the lifetime of the access tokens that are issued from now on, in whole seconds.
    pub fn set_access_token_lifetime(&self, lifetime: Duration) {
        self.state.live_settings().access_token_lifetime = lifetime;
    }

    /// Ends the sessions of the user with this username, and refuses further sign-ins.
    ///
    /// Refreshes are refused with `invalid_grant`, the userinfo endpoint answers 401, and
    /// introspection answers that the user's tokens are not active.
    pub fn disable_user(&self, username: &str) {
        self.state
            .live_settings()
            .disabled_users
            .insert(username.to_owned());
        self.end_sessions_of(username);
    }

    /// Ends the sessions of the user with this username, as a person does who signs out in another application. The
    /// clients that registered a URI for it get a logout token (OpenID Connect Back-Channel Logout 1.0). Returns when
    /// they have answered; see [`backchannel_logouts`](Self::backchannel_logouts).
    pub async fn sign_out_user(&self, username: &str) {
        let ended = self.end_sessions_of(username);
        back_channel::notify(&self.state, &ended).await;
    }

    fn end_sessions_of(&self, username: &str) -> Vec<Session> {
        let mut store = self.state.store();
        store.end_sessions(|session| session.username == username)
    }

    /// Returns a logout token for a client, with the faults that are active, and sends it nowhere.
    ///
    /// `sub` is the username, and `sid` the claim of an ID token. `None` if there is no such client.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// # use oidc_dev_provider::{DEV_CLIENT_ID, DevProvider};
    /// let provider = DevProvider::start().await?;
    /// let token = provider.logout_token(DEV_CLIENT_ID, Some("alice"), None);
    /// // … post it to the application as `logout_token` …
    /// # assert!(token.is_some());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn logout_token(
        &self,
        client_id: &str,
        sub: Option<&str>,
        sid: Option<&str>,
    ) -> Option<String> {
        let client = self.state.client(client_id)?;
        Some(logout::issue(
            &self.state,
            client,
            LogoutSubject { sub, sid },
        ))
    }

    /// Sends logout tokens of a client to this URI from now on, instead of the one that it
    /// [registered](crate::Client::backchannel_logout_uri). They have a `sid`.
    pub fn set_backchannel_logout_uri(&self, client_id: &str, uri: impl Into<String>) {
        let mut live_settings = self.state.live_settings();
        let uris = live_settings.logout_uris.entry(client_id.to_owned());
        let uris = uris.or_default();
        uris.backchannel = Some(uri.into());
        uris.backchannel_needs_session = true;
    }

    /// Shows this URI of a client in a frame from now on, instead of the one that it
    /// [registered](crate::Client::frontchannel_logout_uri), with `iss` and `sid`.
    pub fn set_frontchannel_logout_uri(&self, client_id: &str, uri: impl Into<String>) {
        let mut live_settings = self.state.live_settings();
        let uris = live_settings.logout_uris.entry(client_id.to_owned());
        let uris = uris.or_default();
        uris.frontchannel = Some(uri.into());
        uris.frontchannel_needs_session = true;
    }

    /// Returns the logout tokens that were sent to clients so far, with the clients' answers.
    #[must_use]
    pub fn backchannel_logouts(&self) -> Vec<BackchannelLogout> {
        self.state.request_log.backchannel_logouts()
    }

    /// Allows a disabled user to sign in again.
    ///
    /// Tokens that have not expired are valid again. Sessions that
    /// [`disable_user`](Self::disable_user) ended remain ended.
    pub fn enable_user(&self, username: &str) {
        self.state.live_settings().disabled_users.remove(username);
    }

    /// Signs with new keys from now on, and stops publishing the old ones.
    ///
    /// Tokens that were signed before can no longer be verified.
    pub fn rotate_keys(&self) {
        self.state.keys().rotate(false, self.state.now());
    }

    /// Signs with new keys from now on, and continues to publish the old ones (OpenID Connect Core
    /// 1.0 section 10.1.1).
    pub fn rotate_keys_keeping_old(&self) {
        self.state.keys().rotate(true, self.state.now());
    }

    /// Returns how many requests each endpoint received so far.
    #[must_use]
    pub fn counters(&self) -> RequestCounters {
        self.state.request_log.counters()
    }

    /// Returns the token requests so far, the oldest first.
    ///
    /// Requests that a fault answers before the endpoint reads them are not included, for example
    /// with [`Fault::TokenEndpointUnavailable`]. Faults that only concern refreshes, such as
    /// [`Fault::RefreshUnavailable`], do not exclude requests.
    #[must_use]
    pub fn token_requests(&self) -> Vec<RecordedRequest> {
        self.state.request_log.requests(Endpoint::Token)
    }

    /// Returns the [token requests](Self::token_requests) whose `grant_type` is `refresh_token`.
    #[must_use]
    pub fn refreshes(&self) -> Vec<RecordedRequest> {
        let mut requests = self.token_requests();
        requests.retain(|request| request.parameter("grant_type") == Some("refresh_token"));
        requests
    }

    /// Returns the introspection requests so far, in the same way as
    /// [`token_requests`](Self::token_requests).
    #[must_use]
    pub fn introspections(&self) -> Vec<RecordedRequest> {
        self.state.request_log.requests(Endpoint::Introspection)
    }

    /// Returns the revocation requests so far, in the same way as
    /// [`token_requests`](Self::token_requests).
    #[must_use]
    pub fn revocations(&self) -> Vec<RecordedRequest> {
        self.state.request_log.requests(Endpoint::Revocation)
    }

    /// Returns the pushed authorization requests so far, in the same way as
    /// [`token_requests`](Self::token_requests).
    #[must_use]
    pub fn pushed_authorization_requests(&self) -> Vec<RecordedRequest> {
        self.state
            .request_log
            .requests(Endpoint::PushedAuthorization)
    }

    /// Returns how many browsers have a session at the provider.
    #[must_use]
    pub fn session_count(&self) -> usize {
        self.state.store().session_count()
    }
}

impl fmt::Debug for DevProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DevProvider")
            .field("issuer", &self.state.issuer)
            .field("faults", &self.state.faults)
            .finish_non_exhaustive()
    }
}
