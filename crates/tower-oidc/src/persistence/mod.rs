//! Sessions on their way to the browser and back.

pub(crate) mod fingerprints;
pub(crate) mod opening;
pub(crate) mod received_cookies;

use std::sync::Arc;

use sealed_cookie::SealedCookie;

use crate::persistence::fingerprints::Fingerprints;
use crate::revocation::RevokedSessions;
use crate::session::lifetime::Lifetimes;

/// Where the sessions of one origin are kept: in cookies.
pub(crate) struct SessionPersistence {
    pub(crate) cookie: SealedCookie,
    pub(crate) lifetimes: Lifetimes,
    pub(crate) revoked: Arc<RevokedSessions>,
    pub(crate) fingerprints: Arc<Fingerprints>,
}

impl SessionPersistence {
    /// How long the plaintext of a session may be.
    pub(crate) const fn max_plaintext(&self) -> usize {
        self.cookie.max_plaintext()
    }
}
