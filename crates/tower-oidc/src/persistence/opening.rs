//! From a request's cookies to the one session in them, or the reason why there is none.

use std::collections::HashSet;

use sealed_cookie::{OpenError, OpenErrorKind, OpenedValue, ReceivedCookie};

use crate::components::Components;
use crate::event::AuthEventKind;
use crate::format::time::UnixMillis;
use crate::log_limit::limited;
use crate::session::Session;
use crate::session::frame::FrameError;
use crate::session::lifetime::NotNow;
use crate::session::not_signed_in::NotSignedIn;

pub(crate) struct Found {
    pub(crate) session: Session,
    /// The session should be sealed again under the first secret.
    pub(crate) needs_reseal: bool,
}

/// Opens every complete group of chunks and chooses among those that are valid now: the highest
/// generation, then the latest seal, of one session id. Valid sessions of *different* ids mean
/// that another host planted one, so none of them is trusted.
pub(crate) fn open(
    shared: &Components,
    received: &ReceivedCookie,
    now: UnixMillis,
) -> Result<Found, NotSignedIn> {
    let mut refused = None;
    let mut valid = Vec::new();
    for group in shared.persistence.cookie.open(received) {
        match check(shared, group, now) {
            Ok(found) => valid.push(found),
            Err(reason) => {
                refused.get_or_insert(reason);
            }
        }
    }
    let ids: HashSet<_> = valid
        .iter()
        .map(|found| found.session.frame.session_id)
        .collect();
    let chosen = if ids.len() > 1 {
        Err(NotSignedIn::Ambiguous)
    } else {
        valid
            .into_iter()
            .max_by_key(|found| found.session.frame.version())
            .ok_or_else(|| refused.unwrap_or(NotSignedIn::Incomplete))
    };
    if let Err(reason) = &chosen {
        tracing::debug!(%reason, "the session cookie is ignored");
        if *reason == NotSignedIn::OtherSecret {
            limited!(
                warn,
                shared,
                ("cookie", "session.other_secret"),
                cookie_secret = shared.persistence.fingerprints.sealing(),
                "a session's cookie opens with none of the cookie secrets. Likely another instance \
                 seals with another secret, base_url or cookie_name (compare the fingerprints in \
                 their first log lines), or a secret was removed too early; a forged cookie looks \
                 the same"
            );
        }
        if *reason == NotSignedIn::Ambiguous {
            shared
                .events
                .emit(AuthEventKind::ConflictingSessions, None, None);
        }
    }
    chosen
}

fn check(
    shared: &Components,
    group: Result<OpenedValue, OpenError>,
    now: UnixMillis,
) -> Result<Found, NotSignedIn> {
    let opened = group?;
    let needs_reseal = opened.needs_reseal();
    let session = Session::decode(opened.into_bytes())?;
    if session.frame.provider != shared.registration.provider {
        return Err(NotSignedIn::OtherProvider);
    }
    // Only if that is set, because it reads the claims.
    let relying_party = &shared.registration.relying_party;
    if let Some(expected) = relying_party.expected_subject()
        && session
            .claims()
            .is_none_or(|user| (user.iss(), user.sub()) != (relying_party.issuer(), expected))
    {
        return Err(NotSignedIn::OtherSubject);
    }
    shared.persistence.lifetimes.check(&session.frame, now)?;
    if shared
        .persistence
        .revoked
        .contains(session.frame.session_id, now)
    {
        return Err(NotSignedIn::SignedOut);
    }
    Ok(Found {
        session,
        needs_reseal,
    })
}

impl From<OpenError> for NotSignedIn {
    fn from(error: OpenError) -> Self {
        match error.kind() {
            OpenErrorKind::UnknownVersion => Self::UnknownVersion,
            OpenErrorKind::NoMatchingSecret => Self::OtherSecret,
            OpenErrorKind::Incomplete => Self::Incomplete,
            _ => Self::Damaged,
        }
    }
}

impl From<FrameError> for NotSignedIn {
    fn from(error: FrameError) -> Self {
        match error {
            FrameError::UnknownSchema => Self::UnknownVersion,
            FrameError::Malformed => Self::Damaged,
        }
    }
}

impl From<NotNow> for NotSignedIn {
    fn from(reason: NotNow) -> Self {
        match reason {
            NotNow::IdleExpired => Self::IdleExpired,
            NotNow::AbsoluteExpired => Self::AbsoluteExpired,
            NotNow::FromTheFuture => Self::FromTheFuture,
        }
    }
}
