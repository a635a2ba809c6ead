//! Sign-ins in progress: what their cookies hold, and one code exchange for each.

pub(crate) mod exchange;
pub(crate) mod request_parameters;
pub(crate) mod transaction;

use std::sync::Arc;

use sealed_cookie::SealedCookieSet;

use self::exchange::Exchanges;

/// The sign-ins in progress at one origin.
pub(crate) struct Attempts {
    /// One cookie for each sign-in that a browser has begun.
    pub(crate) cookies: SealedCookieSet,
    pub(crate) exchanges: Arc<Exchanges>,
}
