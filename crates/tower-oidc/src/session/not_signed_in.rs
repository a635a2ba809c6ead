//! Why a request is not signed in.

use std::fmt;

use super::frame::FrameError;

/// Why nobody is signed in; returned by
/// [`AuthContext::not_signed_in_reason`](crate::AuthContext::not_signed_in_reason).
///
/// It is for logs and support pages. Do not show it to strangers: it tells an attacker which check a
/// forged cookie failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NotSignedIn {
    /// The request has no session cookie.
    NoCookie,
    /// Chunks of the session are missing, or belong to different writes: a browser or a proxy
    /// dropped one, or another host of the same site set one.
    Incomplete,
    /// The cookie was changed, or is no session cookie.
    Invalid,
    /// A newer version of this crate sealed the session, and this version cannot read it or what must be known
    /// of it.
    UnknownVersion,
    /// No configured secret opens the cookie: the secret was changed, this instance lacks a newer
    /// one, or the cookie was made for another origin or cookie name.
    UnknownKey,
    /// The session belongs to another issuer or another client.
    OtherProvider,
    /// The session belongs to another user than the one that
    /// [`Provider::expected_subject`](crate::Provider::expected_subject) names, or to a user of another
    /// issuer with the same `sub`: the sign-in was before that was set.
    OtherSubject,
    /// The session was not used for longer than the idle lifetime.
    IdleExpired,
    /// The sign-in is older than the absolute lifetime.
    AbsoluteExpired,
    /// The sign-in was before [`sessions_since`](crate::AuthLayerBuilder::sessions_since).
    SignedInTooEarly,
    /// The session was sealed more than a minute in the future, by the clock of this instance.
    IssuedInFuture,
    /// The session was signed out, revoked, or replaced by a newer sign-in.
    SignedOut,
    /// The session's content is in a [`session_store`](crate::AuthLayerBuilder::session_store) that does not have it:
    /// the session was signed out, or the store has lost it.
    RecordNotFound,
    /// The browser sent valid sessions of different sign-ins, because another host of the same site
    /// planted one of them. None of them is used.
    ConflictingSessions,
    /// Several origins are allowed, and the request is for none of them.
    UnknownHost,
    /// A page of another origin requests a WebSocket or another upgrade (RFC 6455 section 10.2), so
    /// the session was not opened. Guards answer 403. See
    /// [`allowed_origins`](crate::AuthLayerBuilder::allowed_origins).
    ForeignOrigin,
    /// The layer cannot say who is signed in, because it is misconfigured, or because a store that has to be asked did
    /// not answer. Guards answer 503.
    Unavailable,
}

impl NotSignedIn {
    /// A stable code for logs and metrics, such as `idle_expired`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoCookie => "no_cookie",
            Self::Incomplete => "incomplete",
            Self::Invalid => "invalid",
            Self::UnknownVersion => "unknown_version",
            Self::UnknownKey => "unknown_key",
            Self::OtherProvider => "other_provider",
            Self::OtherSubject => "other_subject",
            Self::IdleExpired => "idle_expired",
            Self::AbsoluteExpired => "absolute_expired",
            Self::SignedInTooEarly => "signed_in_too_early",
            Self::IssuedInFuture => "issued_in_future",
            Self::SignedOut => "signed_out",
            Self::RecordNotFound => "record_not_found",
            Self::ConflictingSessions => "conflicting_sessions",
            Self::UnknownHost => "unknown_host",
            Self::ForeignOrigin => "foreign_origin",
            Self::Unavailable => "unavailable",
        }
    }
}

impl fmt::Display for NotSignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl From<FrameError> for NotSignedIn {
    fn from(error: FrameError) -> Self {
        match error {
            FrameError::UnknownSchema | FrameError::UnknownCriticalField => Self::UnknownVersion,
            FrameError::Malformed => Self::Invalid,
        }
    }
}
