//! Reads sessions from cookies, and writes them into cookies.

pub(crate) mod end_sessions;
pub(crate) mod fingerprints;
pub(crate) mod former_cookies;
pub(crate) mod opening;
pub(crate) mod owner;
pub(crate) mod received_cookies;
pub(crate) mod records;
mod request_access;
#[cfg(test)]
pub(crate) mod sample;
pub(crate) mod sessions;
pub(crate) mod storing;
#[cfg(test)]
mod tests;
pub(crate) mod writing;

use std::sync::Arc;

use relying_party::Clock;
use sealed_cookie::{Entropy, SealedCookie};

use self::fingerprints::Fingerprints;
use self::former_cookies::FormerCookies;
use self::owner::SessionOwners;
use self::records::SessionRecords;
use crate::event::Events;
use crate::format::time::UnixMillis;
use crate::log_limit::LogLimiter;
use crate::refresh::Refresher;
use crate::revocation::RevokedSessions;
use crate::session::lifetime::Lifetimes;
use crate::session::room::Compression;

/// Keeps the sessions of one origin in cookies. Only this type opens, writes, ends and deletes sessions.
pub(crate) struct SessionPersistence {
    pub(crate) cookie: SealedCookie,
    pub(crate) former: FormerCookies,
    pub(crate) compression: Compression,
    /// The content of sessions that is not in cookies, if the application has a store for it.
    pub(crate) records: Option<Arc<SessionRecords>>,
    pub(crate) lifetimes: Lifetimes,
    pub(crate) owners: SessionOwners,
    pub(crate) revoked: Arc<RevokedSessions>,
    pub(crate) refresher: Arc<Refresher>,
    pub(crate) events: Arc<Events>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) log: Arc<LogLimiter>,
    pub(crate) fingerprints: Arc<Fingerprints>,
}

impl SessionPersistence {
    pub(crate) fn now(&self) -> UnixMillis {
        UnixMillis::of(self.clock.now())
    }
}
