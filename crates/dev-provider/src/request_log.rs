//! The requests that the provider received, for tests.

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::{endpoint::Endpoint, parameters::Parameters};

/// How many HTTP requests each endpoint received, including requests that were refused or answered
/// by a fault.
///
/// [`DevProvider::counters`](crate::DevProvider::counters) returns it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestCounters {
    /// The number of requests for the metadata.
    pub discovery: u64,
    /// The number of requests for the JWK Set.
    pub jwks: u64,
    /// The number of requests to the authorization endpoint. Each form of a sign-in page that is
    /// posted counts too.
    pub authorize: u64,
    /// The number of pushed authorization requests.
    pub pushed_authorization: u64,
    /// The number of token requests.
    pub token: u64,
    /// The number of userinfo requests.
    pub user_info: u64,
    /// The number of introspection requests.
    pub introspection: u64,
    /// The number of revocation requests.
    pub revocation: u64,
    /// The number of requests to the end-session endpoint. A confirmation that is posted counts
    /// too.
    pub end_session: u64,
}

/// A request in which a client authenticated itself: a token, introspection, revocation or pushed
/// authorization request.
///
/// `Debug` shows the names of the parameters, not their values.
#[derive(Clone)]
pub struct RecordedRequest {
    authorization: Option<String>,
    parameters: Vec<(String, String)>,
}

impl RecordedRequest {
    pub(crate) fn new(authorization: Option<String>, parameters: Parameters) -> Self {
        Self {
            authorization,
            parameters: parameters.into_pairs(),
        }
    }

    /// Returns the value of the `Authorization` header, if there was one.
    #[must_use]
    pub fn authorization(&self) -> Option<&str> {
        self.authorization.as_deref()
    }

    /// Returns the decoded value of a form parameter. If it occurs several times, the first one
    /// counts.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .find(|pair| pair.0 == name)
            .map(|pair| pair.1.as_str())
    }

    /// Returns all form parameters, decoded and in their order, without those that are empty.
    #[must_use]
    pub fn parameters(&self) -> &[(String, String)] {
        &self.parameters
    }
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.parameters.iter().map(|pair| &pair.0).collect();
        f.debug_struct("RecordedRequest")
            .field("authorization", &self.authorization.is_some())
            .field("parameters", &names)
            .finish()
    }
}

/// A logout token that the provider sent to a client.
/// [`DevProvider::backchannel_logouts`](crate::DevProvider::backchannel_logouts) returns it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BackchannelLogout {
    /// The id of the client.
    pub client_id: String,
    /// The status of the client's response, or `None` if there was none within five seconds.
    pub status: Option<u16>,
    /// The `Cache-Control` of the response. Section 2.8 recommends `no-store`.
    pub cache_control: Option<String>,
}

#[derive(Debug, Default)]
pub(crate) struct RequestLog {
    counters: Mutex<RequestCounters>,
    requests: Mutex<Vec<(Endpoint, RecordedRequest)>>,
    backchannel_logouts: Mutex<Vec<BackchannelLogout>>,
}

impl RequestLog {
    pub(crate) fn count(&self, endpoint: Endpoint) {
        let mut counters = lock(&self.counters);
        let counter = match endpoint {
            Endpoint::Discovery => &mut counters.discovery,
            Endpoint::Jwks => &mut counters.jwks,
            Endpoint::Authorize => &mut counters.authorize,
            Endpoint::PushedAuthorization => &mut counters.pushed_authorization,
            Endpoint::Token => &mut counters.token,
            Endpoint::UserInfo => &mut counters.user_info,
            Endpoint::Introspection => &mut counters.introspection,
            Endpoint::Revocation => &mut counters.revocation,
            Endpoint::EndSession => &mut counters.end_session,
        };
        *counter = counter.saturating_add(1);
    }

    pub(crate) fn record(&self, endpoint: Endpoint, request: RecordedRequest) {
        lock(&self.requests).push((endpoint, request));
    }

    pub(crate) fn add_backchannel_logout(&self, logout: BackchannelLogout) {
        lock(&self.backchannel_logouts).push(logout);
    }

    pub(crate) fn backchannel_logouts(&self) -> Vec<BackchannelLogout> {
        lock(&self.backchannel_logouts).clone()
    }

    pub(crate) fn counters(&self) -> RequestCounters {
        *lock(&self.counters)
    }

    pub(crate) fn requests(&self, of: Endpoint) -> Vec<RecordedRequest> {
        lock(&self.requests)
            .iter()
            .filter(|(endpoint, _)| *endpoint == of)
            .map(|(_, request)| request.clone())
            .collect()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
