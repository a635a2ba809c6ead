//! What to say where an `AuthContext` should be and is not.

use crate::log_limit::Occurrences;

pub(crate) const MESSAGE: &str = "the request has no AuthContext: put tower_oidc::AuthLayer around \
the router, outside of every route, guard and extractor that needs it";

static OCCURRENCES: Occurrences = Occurrences::new();

/// Writes the message to the log, ever more rarely: every request to the route causes it.
pub(crate) fn log() {
    if let Some(requests) = OCCURRENCES.count() {
        tracing::error!(requests, "{MESSAGE}");
    }
}
