//! Settings of the requests to the provider.

use std::time::Duration;

use super::Provider;

impl Provider {
    /// Sets how long to wait for the response to a refresh or a revocation, from one second to a
    /// minute. The default is 60 seconds.
    ///
    /// It should be long enough for a slow provider: one that replaces refresh tokens has already done
    /// so when its response arrives, and if nobody reads the response, the session is lost. The caller
    /// decides how long a user waits. On hosts that freeze between requests, set it to the longest time
    /// that a request may take.
    ///
    /// All other requests time out after ten seconds: code exchanges, UserInfo, introspection, metadata
    /// and keys. The time before a request is sent, at most ten seconds, does not count.
    pub const fn request_lifetime(mut self, lifetime: Duration) -> Self {
        self.request_lifetime = lifetime;
        self
    }

    /// Sets the `User-Agent` of every request to the provider, for any HTTP client: visible ASCII
    /// characters and spaces. By default it is the name of this crate and its version, because
    /// firewalls with common rules respond with 403 to requests without one.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = Some(user_agent.into());
        self
    }

    /// Sets the [`user_agent`](Self::user_agent) unless it is set: for crates that build on this one.
    pub fn default_user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent.get_or_insert_with(|| user_agent.into());
        self
    }
}
