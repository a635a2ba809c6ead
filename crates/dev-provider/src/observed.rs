//! What the provider saw, for tests to look at.

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::{endpoint::Endpoint, parameters::Parameters};

/// How many HTTP requests each endpoint got, those that a fault spoiled and those that were refused
/// included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Requests for the metadata.
    pub discovery: u64,
    /// Requests for the JWK Set.
    pub jwks: u64,
    /// Requests at the authorization endpoint. A posted sign-in page is one, too.
    pub authorize: u64,
    /// Token requests.
    pub token: u64,
    /// Userinfo requests.
    pub user_info: u64,
    /// Introspection requests.
    pub introspection: u64,
    /// Revocation requests.
    pub revocation: u64,
    /// Requests at the end-session endpoint. A posted confirmation is one, too.
    pub end_session: u64,
}

/// A token, introspection or revocation request as it came: how the client authenticated, and what it sent.
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

    /// The value of the `Authorization` header, if there was one.
    #[must_use]
    pub fn authorization(&self) -> Option<&str> {
        self.authorization.as_deref()
    }

    /// The value of a form parameter, decoded; of its first occurrence, if there are several.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .find(|pair| pair.0 == name)
            .map(|pair| pair.1.as_str())
    }

    /// All form parameters in the order they came, decoded; empty ones are left out.
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

#[derive(Debug, Default)]
pub(crate) struct Observed {
    counters: Mutex<Counters>,
    requests: Mutex<Vec<(Endpoint, RecordedRequest)>>,
}

impl Observed {
    pub(crate) fn count(&self, endpoint: Endpoint) {
        let mut counters = lock(&self.counters);
        let counter = match endpoint {
            Endpoint::Discovery => &mut counters.discovery,
            Endpoint::Jwks => &mut counters.jwks,
            Endpoint::Authorize => &mut counters.authorize,
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

    pub(crate) fn counters(&self) -> Counters {
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
