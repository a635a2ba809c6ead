//! The running provider.

use std::{fmt, io};

use tokio::task::JoinHandle;

use crate::{
    builder::DevProviderBuilder,
    faults::Fault,
    observed::{Counters, RecordedTokenRequest},
    state::SharedState,
};

/// A running OpenID Provider. It stops when it is dropped, open connections included.
///
/// See the [crate documentation](crate) for an example.
#[must_use = "the provider stops when it is dropped"]
pub struct DevProvider {
    state: SharedState,
    task: JoinHandle<()>,
}

impl DevProvider {
    pub(crate) fn new(state: SharedState, task: JoinHandle<()>) -> Self {
        Self { state, task }
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
        self.task.abort();
        // It ends by the cancellation alone, which is what was asked for.
        let _ = (&mut self.task).await;
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

    /// Signs with new keys from now on and publishes them alone: tokens that were signed before
    /// can no longer be verified.
    pub fn rotate_keys(&self) {
        self.state.keys().rotate(false);
    }

    /// Signs with new keys from now on and keeps those before published, as OpenID Connect Core
    /// 1.0, section 10.1.1, asks for.
    pub fn rotate_keys_keeping_old(&self) {
        self.state.keys().rotate(true);
    }

    /// How many requests each endpoint got so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.state.observed.counters()
    }

    /// The token requests so far, the oldest first, without those that a fault answered in the
    /// endpoint's place, such as [`Fault::TokenEndpointUnavailable`].
    #[must_use]
    pub fn token_requests(&self) -> Vec<RecordedTokenRequest> {
        self.state.observed.token_requests()
    }

    /// How many browsers are signed in at the provider.
    #[must_use]
    pub fn session_count(&self) -> usize {
        self.state.store().session_count()
    }
}

impl Drop for DevProvider {
    fn drop(&mut self) {
        self.task.abort();
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
