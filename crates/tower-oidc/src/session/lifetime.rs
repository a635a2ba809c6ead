//! How long a session is valid. The server checks this each time it opens a session, because clients can ignore
//! `Max-Age`.

use std::time::Duration;

use super::frame::Frame;
use super::not_signed_in::NotSignedIn;
use crate::format::time::UnixMillis;

/// The clocks of two instances may differ by this much.
pub(crate) const CLOCK_SKEW: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug)]
pub(crate) struct Lifetimes {
    pub(crate) idle: Duration,
    pub(crate) absolute: Duration,
    /// Earlier sign-ins do not count; the epoch: all do.
    pub(crate) sessions_since: UnixMillis,
}

impl Lifetimes {
    /// Whether a session with this frame is valid at `now`.
    pub(crate) fn check(&self, frame: &Frame, now: UnixMillis) -> Result<(), NotSignedIn> {
        let latest = now.plus(CLOCK_SKEW);
        if frame.created_at > latest || frame.sealed_at > latest {
            return Err(NotSignedIn::IssuedInFuture);
        }
        if frame.created_at < self.sessions_since {
            return Err(NotSignedIn::SignedInTooEarly);
        }
        if now >= self.absolute_end(frame) {
            return Err(NotSignedIn::AbsoluteExpired);
        }
        if now >= frame.sealed_at.plus(self.idle) {
            return Err(NotSignedIn::IdleExpired);
        }
        Ok(())
    }

    /// When the session ends if no request uses it again.
    pub(crate) fn end(&self, frame: &Frame) -> UnixMillis {
        frame
            .sealed_at
            .plus(self.idle)
            .min(self.absolute_end(frame))
    }

    /// Whether a request that uses the session should renew its cookie. This is after a quarter of the idle
    /// time, so that few responses write cookies, and only if the session would then end later.
    pub(crate) fn renewal_due(&self, frame: &Frame, now: UnixMillis) -> bool {
        let quarter = self.idle.checked_div(4).unwrap_or_default();
        now.since(frame.sealed_at) >= quarter && self.end(frame) < self.absolute_end(frame)
    }

    /// The earlier of the sealed end and the end by the current configuration.
    pub(crate) fn absolute_end(&self, frame: &Frame) -> UnixMillis {
        frame.not_after.min(frame.created_at.plus(self.absolute))
    }
}

#[cfg(test)]
mod tests {
    use super::super::frame::{ProviderId, SessionId};
    use super::*;

    const SECOND: u64 = 1000;
    const DAY: u64 = 86_400 * SECOND;
    const START: u64 = 1_795_000_000_000;

    const LIFETIMES: Lifetimes = Lifetimes {
        idle: Duration::from_millis(DAY),
        absolute: Duration::from_millis(7 * DAY),
        sessions_since: UnixMillis(0),
    };

    fn frame(created_at: u64, sealed_at: u64) -> Frame {
        let created_at = UnixMillis(created_at);
        Frame {
            session_id: SessionId([0; 12]),
            provider: ProviderId([0; 8]),
            generation: 0,
            created_at,
            sealed_at: UnixMillis(sealed_at),
            not_after: created_at.plus(LIFETIMES.absolute),
            id_token_issued_at: 0,
        }
    }

    fn check(frame: Frame, now: u64) -> Result<(), NotSignedIn> {
        LIFETIMES.check(&frame, UnixMillis(now))
    }

    #[test]
    fn a_session_ends_with_its_idle_time_and_with_its_absolute_time() {
        assert_eq!(check(frame(START, START), START + DAY - 1), Ok(()));
        assert_eq!(
            check(frame(START, START), START + DAY),
            Err(NotSignedIn::IdleExpired)
        );
        let renewed = frame(START, START + 7 * DAY - SECOND);
        assert_eq!(check(renewed, START + 7 * DAY - 1), Ok(()));
        assert_eq!(
            check(renewed, START + 7 * DAY),
            Err(NotSignedIn::AbsoluteExpired)
        );
    }

    #[test]
    fn a_lowered_absolute_lifetime_applies_to_sessions_that_live() {
        let lowered = Lifetimes {
            absolute: Duration::from_secs(3600),
            ..LIFETIMES
        };

        assert_eq!(
            lowered.check(&frame(START, START), UnixMillis(START + 3600 * SECOND)),
            Err(NotSignedIn::AbsoluteExpired)
        );
    }

    #[test]
    fn a_session_counts_if_it_was_created_at_the_configured_time_or_later() {
        let since = |time| Lifetimes {
            sessions_since: UnixMillis(time),
            ..LIFETIMES
        };
        let renewed = frame(START, START + SECOND);
        let now = UnixMillis(START + SECOND);

        assert_eq!(since(START).check(&renewed, now), Ok(()));
        assert_eq!(
            since(START + 1).check(&renewed, now),
            Err(NotSignedIn::SignedInTooEarly)
        );
    }

    #[test]
    fn a_session_from_the_future_is_accepted_within_a_minute_only() {
        assert_eq!(check(frame(START, START), START - 60 * SECOND), Ok(()));
        assert_eq!(
            check(frame(START, START), START - 60 * SECOND - 1),
            Err(NotSignedIn::IssuedInFuture)
        );
    }

    #[test]
    fn times_at_the_end_of_the_range_do_not_panic() {
        let mut last = frame(START, START);
        last.created_at = UnixMillis(u64::MAX);
        last.sealed_at = UnixMillis(u64::MAX);
        last.not_after = UnixMillis(u64::MAX);

        assert_eq!(check(last, START), Err(NotSignedIn::IssuedInFuture));
        assert_eq!(check(last, u64::MAX), Err(NotSignedIn::AbsoluteExpired));
    }

    #[test]
    fn renewal_is_due_after_a_quarter_of_the_idle_time() {
        let frame = frame(START, START);

        assert!(!LIFETIMES.renewal_due(&frame, UnixMillis(START + DAY / 4 - 1)));
        assert!(LIFETIMES.renewal_due(&frame, UnixMillis(START + DAY / 4)));
    }

    #[test]
    fn a_session_whose_absolute_end_is_near_is_not_renewed_for_nothing() {
        let frame = frame(START, START + 6 * DAY + DAY / 2);

        assert!(!LIFETIMES.renewal_due(&frame, UnixMillis(START + 6 * DAY + DAY * 3 / 4)));
    }
}
