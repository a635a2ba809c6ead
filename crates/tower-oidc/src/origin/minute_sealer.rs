//! Values that wait in a cookie for the navigation that follows at once: sealed with the time, and opened for a
//! minute.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use relying_party::Clock;
use sealed_cookie::{Entropy, ReceivedCookie, SealError, SealedCookie, SetCookies};

use crate::format::codec::{Reader, Writer};
use crate::format::time::UnixMillis;
use crate::log_limit::LogLimiter;

/// Limits the cookie in the browser, and the value by its sealed time.
pub(super) const LIFETIME: Duration = Duration::from_secs(60);

/// The bytes that a time takes at most.
const TIME: usize = 10;

/// Seals such values of one origin, and opens them.
#[derive(Clone)]
pub(crate) struct MinuteSealer {
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) log: Arc<LogLimiter>,
}

impl MinuteSealer {
    /// The cookie that keeps the time, and then these parts without anything between them.
    pub(super) fn seal(
        &self,
        cookie: &SealedCookie,
        parts: &[&[u8]],
    ) -> Result<SetCookies, SealError> {
        let lengths = parts.iter().map(|part| part.len());
        let mut writer = Writer::with_capacity(lengths.fold(TIME, usize::saturating_add));
        writer.number(self.now().0);
        for part in parts {
            writer.bytes(part);
        }
        cookie.seal(writer.as_ref(), Some(LIFETIME), None, self.entropy.as_ref())
    }

    /// The values of the last minute that open, each with the time of its sealing.
    pub(super) fn open<'a>(
        &'a self,
        cookie: &'a SealedCookie,
        received: &'a ReceivedCookie,
    ) -> impl Iterator<Item = (UnixMillis, Bytes)> + use<'a> {
        let opened = cookie.open(received);
        opened.filter_map(|value| {
            let value = value.ok()?.into_bytes();
            let mut reader = Reader::new(&value);
            let sealed_at = UnixMillis(reader.number().ok()?);
            let is_recent = self.now().since(sealed_at) < LIFETIME;
            is_recent.then(|| (sealed_at, value.slice_ref(reader.rest())))
        })
    }

    fn now(&self) -> UnixMillis {
        UnixMillis::of(self.clock.now())
    }
}
