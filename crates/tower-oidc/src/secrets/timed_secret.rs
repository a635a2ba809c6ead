//! One secret of a source.

use std::fmt;
use std::time::SystemTime;

use zeroize::Zeroizing;

/// The name of the setting in errors.
pub(crate) const SETTING: &str = "cookie_secrets";

/// A secret that a [`SecretSource`](crate::SecretSource) returns: at least 32 bytes from a random source, such as the output of
/// `openssl rand -base64 48`.
///
/// `Debug` does not show it, and its memory is overwritten with zeros when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct TimedSecret {
    pub(crate) secret: Zeroizing<Vec<u8>>,
    pub(crate) seals_from: Option<SystemTime>,
}

impl TimedSecret {
    /// A secret without a time. It opens cookies, and the first one of several seals them until the time of another
    /// one has come.
    #[must_use]
    pub fn new(secret: impl AsRef<[u8]>) -> Self {
        Self {
            secret: Zeroizing::new(secret.as_ref().to_vec()),
            seals_from: None,
        }
    }

    /// Sets the time from which on it seals, until the later time of another one has come. It opens cookies before that
    /// too. Choose a time at which all instances have the secret.
    #[must_use]
    pub fn seals_from(mut self, time: SystemTime) -> Self {
        self.seals_from = Some(time);
        self
    }
}

impl fmt::Debug for TimedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TimedSecret")
            .field("seals_from", &self.seals_from)
            .finish_non_exhaustive()
    }
}
