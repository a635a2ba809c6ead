//! What becomes of sign-ins and sessions, for an audit log.

use std::panic::{AssertUnwindSafe, catch_unwind};

use relying_party::Claims;

use crate::components::Components;
use crate::log_limit::limited;
use crate::session::Session;
use crate::session::frame::Frame;

/// Something happened to a sign-in or a session; see
/// [`on_event`](crate::AuthLayerBuilder::on_event).
///
/// It holds no token, no cookie, no URL, and no claim but `sub`, so it can be logged whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthEvent {
    kind: AuthEventKind,
    issuer: String,
    sub: Option<String>,
    session: Option<String>,
    reason: Option<&'static str>,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuthEventKind {
    /// A user signed in.
    SignedIn,
    /// A browser came back from the provider and was not signed in. The reason says which step
    /// failed, such as `authorization.access_denied` or `id_token.nonce`.
    SignInRefused,
    /// The application did not admit a user: `denied` or `redirected`.
    SignInDenied,
    /// A refresh brought new tokens.
    Refreshed,
    /// A refresh brought none, such as `later` or `sign_in_required`; the session is there yet.
    RefreshFailed,
    /// A user signed out.
    SignedOut,
    /// A session ended that nobody signed out of: `replaced` by another sign-in in the same browser,
    /// or the refreshed ID token was of another user or another sign-in, such as `id_token.sub`.
    SessionEnded,
    /// There was no room for a part of the session; the reason is the part.
    SessionShrunk,
    /// There was no room for the newest tokens of a session that other requests may need yet: one of
    /// them may have to sign in again. More sessions are refreshed at once than a process remembers.
    SuccessorForgotten,
    /// A refresh token of a session that has ended could not be revoked, and is not tried again: it
    /// stays valid until the provider ends it. The reason is the provider's refusal, such as
    /// `revocation.error`; `session_expired` if the provider could not be reached until the session's
    /// absolute end; or `too_many` if more than 4,096 revocations waited.
    RevocationFailed,
    /// [`drain_for`](crate::AuthLayer::drain_for) ended with something left, which is lost if the process
    /// stops or is frozen now. The reason is `in_flight` if requests to the provider are still being
    /// answered, or else `revocations_waiting`.
    DrainIncomplete,
    /// A browser brought valid sessions of different sign-ins: another host of the same site planted
    /// one of them.
    Ambiguous,
}

impl AuthEventKind {
    /// A stable code for logs and metrics, such as `signed_in`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::SignedIn => "signed_in",
            Self::SignInRefused => "sign_in_refused",
            Self::SignInDenied => "sign_in_denied",
            Self::Refreshed => "refreshed",
            Self::RefreshFailed => "refresh_failed",
            Self::SignedOut => "signed_out",
            Self::SessionEnded => "session_ended",
            Self::SessionShrunk => "session_shrunk",
            Self::SuccessorForgotten => "successor_forgotten",
            Self::RevocationFailed => "revocation_failed",
            Self::DrainIncomplete => "drain_incomplete",
            Self::Ambiguous => "ambiguous",
        }
    }
}

impl AuthEvent {
    /// What happened.
    #[must_use]
    pub const fn kind(&self) -> AuthEventKind {
        self.kind
    }

    /// The issuer of the session's ID token; without a session the issuer that is configured. They may
    /// differ with [`Provider::accepted_issuers`](crate::Provider::accepted_issuers).
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The user at that issuer; `None` if it is not known who it was.
    #[must_use]
    pub fn sub(&self) -> Option<&str> {
        self.sub.as_deref()
    }

    /// Names the session: the same text in all its events, in all processes, and of no use for anything
    /// else. `None` if there was none.
    #[must_use]
    pub fn session(&self) -> Option<&str> {
        self.session.as_deref()
    }

    /// The same event for this reason.
    pub(crate) fn because(self, reason: &'static str) -> Self {
        Self {
            reason: Some(reason),
            ..self
        }
    }

    /// Why, as a stable code.
    #[must_use]
    pub const fn reason(&self) -> Option<&'static str> {
        self.reason
    }
}

impl Components {
    /// Tells the application, if it wants to hear. Never call it with a lock held: what the application
    /// does is its own.
    pub(crate) fn tell(
        &self,
        kind: AuthEventKind,
        session: Option<&Session>,
        reason: Option<&'static str>,
    ) {
        if self.hooks.on_event.is_some() {
            self.emit(&self.event(kind, session, reason));
        }
    }

    /// An event, not told yet.
    pub(crate) fn event(
        &self,
        kind: AuthEventKind,
        session: Option<&Session>,
        reason: Option<&'static str>,
    ) -> AuthEvent {
        let claims = session.and_then(Session::claims);
        let issuer = claims.map_or_else(|| self.registration.relying_party.issuer(), Claims::iss);
        AuthEvent {
            kind,
            issuer: issuer.to_owned(),
            sub: claims.map(|claims| claims.sub().to_owned()),
            session: session.map(|session| name(&session.frame)),
            reason,
        }
    }

    /// Gives the application this event, if it wants to hear; never with a lock held.
    pub(crate) fn emit(&self, event: &AuthEvent) {
        let Some(hook) = &self.hooks.on_event else {
            return;
        };
        if catch_unwind(AssertUnwindSafe(|| hook(event))).is_err() {
            let event = event.kind.code();
            // Some events come from requests of strangers.
            limited!(
                error,
                self,
                ("hook.on_event", event),
                hook = "on_event",
                event,
                "a hook panicked"
            );
        }
    }
}

/// Twelve characters tell sessions apart.
fn name(frame: &Frame) -> String {
    let pseudonym = frame.pseudonym("tower-oidc/event");
    let start = pseudonym.first_chunk::<9>().copied().unwrap_or_default();
    base64_simd::URL_SAFE_NO_PAD.encode_to_string(start)
}
