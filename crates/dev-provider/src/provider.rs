//! The running provider.

use std::{fmt, io, time::Duration};

use crate::{
    builder::DevProviderBuilder,
    endpoint::Endpoint,
    faults::Fault,
    held::Held,
    observed::{Counters, RecordedRequest},
    server::Server,
    state::SharedState,
};

/// A running OpenID Provider. It stops when it is dropped, open connections included.
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

    /// Starts a provider with all defaults on a free port of 127.0.0.1, on the current Tokio
    /// runtime.
    ///
    /// # Errors
    ///
    /// If no port can be listened on.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// A provider with other settings than the defaults.
    pub fn builder() -> DevProviderBuilder {
        DevProviderBuilder::new()
    }

    /// Stops the provider and returns when nothing listens any more. Answers under way are cut
    /// off.
    pub async fn shutdown(mut self) {
        self.server.shutdown().await;
    }

    /// Refuses connections and cuts off those that are open, until [`come_back`](Self::come_back).
    /// Sessions, keys and tokens are kept, and so is the port.
    ///
    /// # Errors
    ///
    /// If somebody else took the port at that very moment.
    pub async fn go_down(&self) -> io::Result<()> {
        self.server.go_down().await
    }

    /// Listens again at the same address, on the current Tokio runtime. A provider that is up
    /// stays up.
    ///
    /// # Errors
    ///
    /// If the address cannot be listened on.
    pub async fn come_back(&self) -> io::Result<()> {
        self.server.come_back().await
    }

    /// The issuer identifier, such as `http://127.0.0.1:41234`.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.state.issuer
    }

    /// Misbehaves from now on, in addition to the faults in force.
    pub fn add_fault(&self, fault: Fault) {
        self.state.faults.add(fault);
    }

    /// Behaves from now on.
    pub fn clear_faults(&self) {
        self.state.faults.clear();
    }

    /// Keeps the requests to an endpoint waiting for as long as the answer lives.
    pub fn hold(&self, endpoint: Endpoint) -> Held {
        Held::new(self.state.clone(), endpoint)
    }

    /// [Holds](Self::hold) the token requests.
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
    /// assert_eq!(held.waiting(), 1, "one at a time");
    /// # }
    /// held.release();
    /// # Ok(())
    /// # }
    /// ```
    pub fn hold_token_requests(&self) -> Held {
        self.hold(Endpoint::Token)
    }

    /// Changes the lifetime of the access tokens that are issued from now on, in whole seconds.
    pub fn set_access_token_lifetime(&self, lifetime: Duration) {
        self.state.switches().access_token_lifetime = lifetime;
    }

    /// Ends the sessions of the user with this username, who cannot sign in any more. Refreshes
    /// are refused with `invalid_grant`, the userinfo endpoint answers 401, introspection says
    /// inactive.
    pub fn disable_user(&self, username: &str) {
        self.state
            .switches()
            .disabled_users
            .insert(username.to_owned());
        self.state.store().end_sessions_of_user(username);
    }

    /// Takes [`disable_user`](Self::disable_user) back. Tokens that live are good again; the
    /// sessions are gone.
    pub fn enable_user(&self, username: &str) {
        self.state.switches().disabled_users.remove(username);
    }

    /// Signs with new keys from now on and publishes them alone: tokens that were signed before
    /// can no longer be verified.
    pub fn rotate_keys(&self) {
        self.state.keys().rotate(false, self.state.now());
    }

    /// Signs with new keys from now on and keeps those before published, as OpenID Connect Core
    /// 1.0, section 10.1.1, asks for.
    pub fn rotate_keys_keeping_old(&self) {
        self.state.keys().rotate(true, self.state.now());
    }

    /// How many requests each endpoint got so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.state.observed.counters()
    }

    /// The token requests so far, the oldest first, without those that a fault answered in the
    /// endpoint's place, such as [`Fault::TokenEndpointUnavailable`]. Faults of refreshes alone,
    /// such as [`Fault::RefreshUnavailable`], leave out none.
    #[must_use]
    pub fn token_requests(&self) -> Vec<RecordedRequest> {
        self.state.observed.requests(Endpoint::Token)
    }

    /// Those of the [token requests](Self::token_requests) whose `grant_type` is `refresh_token`.
    #[must_use]
    pub fn refreshes(&self) -> Vec<RecordedRequest> {
        let mut requests = self.token_requests();
        requests.retain(|request| request.parameter("grant_type") == Some("refresh_token"));
        requests
    }

    /// The introspection requests so far, as [`token_requests`](Self::token_requests).
    #[must_use]
    pub fn introspections(&self) -> Vec<RecordedRequest> {
        self.state.observed.requests(Endpoint::Introspection)
    }

    /// The revocation requests so far, as [`token_requests`](Self::token_requests).
    #[must_use]
    pub fn revocations(&self) -> Vec<RecordedRequest> {
        self.state.observed.requests(Endpoint::Revocation)
    }

    /// How many browsers are signed in at the provider.
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
