//! Events for the application: what happened to sign-ins and sessions, for an audit log.

use std::fmt;
use std::sync::Arc;

use crate::log_limit::{LogLimiter, limited};
use crate::runtime;
use crate::session::Session;
use crate::session::frame::Frame;

/// Something happened to a sign-in or a session; see
/// [`on_event`](crate::AuthLayerBuilder::on_event).
///
/// It holds no token, no cookie, no URL, and no claim except `sub`, so all of it can be logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthEvent {
    kind: AuthEventKind,
    issuer: Option<String>,
    sub: Option<String>,
    session: Option<String>,
    reason: Option<AuthEventReason>,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuthEventKind {
    /// A user signed in.
    SignedIn,
    /// A browser returned from the provider and was not signed in. The reason says which step failed,
    /// such as `authorization.access_denied` or `id_token.nonce`.
    SignInRefused,
    /// The [`admission`](crate::AuthLayerBuilder::admission) hook did not admit a user. The reason is
    /// [`Denied`](AuthEventReason::Denied) or [`Redirected`](AuthEventReason::Redirected).
    SignInDenied,
    /// A refresh brought new tokens.
    Refreshed,
    /// A refresh failed; the reason is a code such as `later` or `sign_in_required`. The session still
    /// exists.
    RefreshFailed,
    /// A user signed out.
    SignedOut,
    /// A session ended without a sign-out: another sign-in in the same browser replaced it
    /// ([`Replaced`](AuthEventReason::Replaced)), or the refreshed ID token was of another user or
    /// another sign-in, such as `id_token.sub`; or the browser said that the session at the provider ended
    /// ([`FrontchannelLogout`](AuthEventReason::FrontchannelLogout)).
    SessionEnded,
    /// The provider reported that a session there ended, or all of a user (OpenID Connect Back-Channel Logout 1.0):
    /// the sessions here have ended too. The event names the user if the provider did, and no session, because one
    /// report may be about several. A repeated report is no event.
    EndedByProvider,
    /// The session does not fit into its cookies, and a part of it was dropped. The reason is the
    /// part.
    SessionTruncated,
    /// The memory for refreshed sessions is full, so the newest tokens of one were dropped although
    /// other requests may still need them. Such a request may have to sign in again.
    RefreshedSessionEvicted,
    /// A token of a session that has ended could not be revoked, and is not tried again: it stays valid until it
    /// expires or the provider ends it. The reason is the provider's refusal, such as
    /// `revocation.error`; [`SessionExpired`](AuthEventReason::SessionExpired) if the provider could
    /// not be reached until the session's absolute end; or
    /// [`TooManyWaiting`](AuthEventReason::TooManyWaiting) if more than 4,096 revocations waited.
    RevocationFailed,
    /// [`drain_for`](crate::AuthLayer::drain_for) ended with something left, which is lost if the
    /// process stops or is frozen now. The reason is [`InFlight`](AuthEventReason::InFlight) if
    /// requests to the provider are still being answered, or else
    /// [`RevocationsWaiting`](AuthEventReason::RevocationsWaiting).
    DrainIncomplete,
    /// A browser sent valid sessions of different sign-ins, because another host of the same site
    /// planted one of them. None of them is used.
    ConflictingSessions,
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
            Self::EndedByProvider => "ended_by_provider",
            Self::SessionTruncated => "session_truncated",
            Self::RefreshedSessionEvicted => "refreshed_session_evicted",
            Self::RevocationFailed => "revocation_failed",
            Self::DrainIncomplete => "drain_incomplete",
            Self::ConflictingSessions => "conflicting_sessions",
        }
    }
}

/// Why something happened; its [`code`](Self::code) is also its `Display`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuthEventReason {
    /// The provider refused, could not be reached, or sent something that did not pass a check. The
    /// code says which, such as `authorization.access_denied`, `token.invalid_grant` or
    /// `id_token.nonce`. It is one of those that [`Error::code`](crate::provider::Error::code) lists, or
    /// `revocation.other_provider`: the session is of a provider that this application has no more.
    Error(&'static str),
    /// The callback is no answer from a provider, by its URL or by the form that came with it.
    CallbackMalformed,
    /// The provider's answer came as a form, which this application did not ask for; see
    /// [`Provider::response_mode`](crate::Provider::response_mode).
    CallbackPosted,
    /// A callback came without the cookie of its sign-in: it is old, of another browser, or forged.
    NoTransaction,
    /// The same after the sign-in was started a second time: the browser keeps no cookies, or loses
    /// them on the way back.
    CookieDidNotComeBack,
    /// The cookie of the sign-in opens with none of the cookie secrets.
    TransactionUnreadable,
    /// The cookie of the sign-in has an unknown content, such as that of a later version.
    TransactionMalformed,
    /// The callback's `state` is not that of the sign-in.
    OtherState,
    /// The sign-in took longer than it may.
    TransactionExpired,
    /// The sign-in was started at another provider.
    OtherProvider,
    /// The callback was sent before, and its result is not kept any more.
    TransactionUsed,
    /// The claim `session_expiry` has passed, or is not a number.
    SessionExpiry,
    /// The session does not fit into its cookies, even without the parts that can be dropped.
    SessionTooLarge,
    /// A hook of the application returned an error, panicked, or did not return in time.
    HookFailed,
    /// This application is at fault; the log has the details.
    Internal,
    /// At a sign-in, the application does not admit this user. At a refresh, the provider does not
    /// give this client or this user a token for this resource or organization.
    Denied,
    /// The application does not admit this user, and sent them to one of its pages.
    Redirected,
    /// Another sign-in in the same browser took over.
    Replaced,
    /// A frame of the provider's page of a sign-out said that the session there ended (OpenID Connect Front-Channel
    /// Logout 1.0).
    FrontchannelLogout,
    /// The provider could not be reached or could not answer, or this application has too many
    /// requests in flight; it is tried again.
    Later,
    /// The provider does not accept the refresh token any more, or there is none.
    SignInRequired,
    /// The user has to consent or to sign in with more proof, for this resource or organization
    /// alone.
    InteractionRequired,
    /// The session was signed out in the meantime.
    SessionEnded,
    /// The session reached its absolute end.
    SessionExpired,
    /// Too many revocations wait for the provider.
    TooManyWaiting,
    /// Requests to the provider are still being answered.
    InFlight,
    /// Revocations wait for the provider.
    RevocationsWaiting,
    /// The part of the session that was dropped: `access_token_of_a_resource`, `access_token`,
    /// `id_token` or `user_info`, or fields that a newer version of this crate wrote (`unknown_field`).
    Dropped(&'static str),
}

impl AuthEventReason {
    /// A stable code for logs and metrics, such as `sign_in_required`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Error(code) => code,
            Self::CallbackMalformed => "callback.malformed",
            Self::CallbackPosted => "callback.posted",
            Self::NoTransaction => "callback.no_transaction",
            Self::CookieDidNotComeBack => "callback.cookie_did_not_come_back",
            Self::TransactionUnreadable => "transaction.does_not_open",
            Self::TransactionMalformed => "transaction.malformed",
            Self::OtherState => "transaction.other_state",
            Self::TransactionExpired => "transaction.expired",
            Self::OtherProvider => "transaction.other_provider",
            Self::TransactionUsed => "transaction.used",
            Self::SessionExpiry => "session_expiry",
            Self::SessionTooLarge => "session_too_large",
            Self::HookFailed => "hook_failed",
            Self::Internal => "internal",
            Self::Denied => "denied",
            Self::Redirected => "redirected",
            Self::Replaced => "replaced",
            Self::FrontchannelLogout => "frontchannel_logout",
            Self::Later => "later",
            Self::SignInRequired => "sign_in_required",
            Self::InteractionRequired => "interaction_required",
            Self::SessionEnded => "ended",
            Self::SessionExpired => "session_expired",
            Self::TooManyWaiting => "too_many",
            Self::InFlight => "in_flight",
            Self::RevocationsWaiting => "revocations_waiting",
            Self::Dropped(part) => part,
        }
    }

    /// Whether the callback belongs to no sign-in, so that its provider is unknown.
    const fn names_no_provider(self) -> bool {
        matches!(
            self,
            Self::CallbackMalformed
                | Self::CallbackPosted
                | Self::NoTransaction
                | Self::CookieDidNotComeBack
                | Self::TransactionUnreadable
                | Self::TransactionMalformed
                | Self::OtherProvider
        )
    }
}

impl fmt::Display for AuthEventReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl AuthEvent {
    /// What happened.
    #[must_use]
    pub const fn kind(&self) -> AuthEventKind {
        self.kind
    }

    /// The issuer of the session's ID token; without a session that of the provider that the sign-in was
    /// at. They may differ with [`Provider::accepted_issuers`](crate::Provider::accepted_issuers).
    ///
    /// `None` if the event concerns no provider: a [`DrainIncomplete`](AuthEventKind::DrainIncomplete),
    /// [`ConflictingSessions`](AuthEventKind::ConflictingSessions), and a callback that belongs to no
    /// sign-in of this browser.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// The user at that issuer; `None` if the user is not known.
    #[must_use]
    pub fn sub(&self) -> Option<&str> {
        self.sub.as_deref()
    }

    /// A pseudonym of the session: 12 characters, the same in all its events and in all instances, and
    /// of no use for anything else. `None` if there was no session.
    #[must_use]
    pub fn session(&self) -> Option<&str> {
        self.session.as_deref()
    }

    /// Why it happened; `None` for what needs no reason, such as a sign-in.
    #[must_use]
    pub const fn reason(&self) -> Option<AuthEventReason> {
        self.reason
    }

    /// The same event for this reason.
    pub(crate) fn with_reason(self, reason: AuthEventReason) -> Self {
        Self {
            reason: Some(reason),
            ..self
        }
    }
}

/// What the application gave [`on_event`](crate::AuthLayerBuilder::on_event).
pub(crate) type EventHook = dyn Fn(&AuthEvent) + Send + Sync;

/// Sends events to the application, if it gave a hook.
///
/// Never call it with a lock held: the hook may do anything, such as ending another session.
pub(crate) struct Events {
    hook: Option<Arc<EventHook>>,
    log: Arc<LogLimiter>,
}

impl Events {
    pub(crate) const fn new(hook: Option<Arc<EventHook>>, log: Arc<LogLimiter>) -> Self {
        Self { hook, log }
    }

    /// Sends an event about `session`, or about no session.
    pub(crate) fn emit(
        &self,
        kind: AuthEventKind,
        session: Option<&Session>,
        reason: Option<AuthEventReason>,
    ) {
        if self.hook.is_some() {
            self.send(&self.event(kind, session, reason));
        }
    }

    /// Sends an event about a sign-in that was refused. `issuer` is that of the provider that the callback
    /// is for. The event does not name it if its reason means that the provider is unknown.
    pub(crate) fn sign_in_refused(
        &self,
        issuer: Option<&str>,
        session: Option<&Session>,
        reason: AuthEventReason,
    ) {
        if self.hook.is_none() {
            return;
        }
        let mut event = self.event(AuthEventKind::SignInRefused, session, Some(reason));
        if event.issuer.is_none() && !reason.names_no_provider() {
            event.issuer = issuer.map(str::to_owned);
        }
        self.send(&event);
    }

    /// Sends an event about sessions that ended at the provider.
    pub(crate) fn ended_by_provider(&self, issuer: &str, sub: Option<&str>) {
        if self.hook.is_none() {
            return;
        }
        let mut event = self.event(AuthEventKind::EndedByProvider, None, None);
        event.issuer = Some(issuer.to_owned());
        event.sub = sub.map(str::to_owned);
        self.send(&event);
    }

    /// An event that [`send`](Self::send) may send later.
    pub(crate) fn event(
        &self,
        kind: AuthEventKind,
        session: Option<&Session>,
        reason: Option<AuthEventReason>,
    ) -> AuthEvent {
        let claims = session.and_then(Session::claims);
        AuthEvent {
            kind,
            issuer: claims.map(|claims| claims.iss().to_owned()),
            sub: claims.map(|claims| claims.sub().to_owned()),
            session: session.map(|session| pseudonym(&session.frame)),
            reason,
        }
    }

    /// Sends an event that was made before.
    pub(crate) fn send(&self, event: &AuthEvent) {
        let Some(hook) = &self.hook else {
            return;
        };
        if runtime::catch_panic(|| hook(event)).is_err() {
            let event = event.kind.code();
            // Anyone can cause some events, so they must not be able to fill the log.
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

/// Twelve characters are enough to distinguish sessions.
fn pseudonym(frame: &Frame) -> String {
    let pseudonym = frame.pseudonym("tower-oidc/event");
    let start = pseudonym.first_chunk::<9>().copied().unwrap_or_default();
    base64_simd::URL_SAFE_NO_PAD.encode_to_string(start)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use relying_party::SystemClock;

    use super::*;
    use crate::format::time::UnixMillis;
    use crate::session::sample;

    const NOW: UnixMillis = UnixMillis(1_795_000_000_000);

    fn events(hook: Option<Arc<EventHook>>) -> Events {
        Events::new(hook, Arc::new(LogLimiter::new(Arc::new(SystemClock))))
    }

    /// What a hook hears of a refused sign-in at `https://provider.example`.
    fn refused(session: Option<&Session>, reason: AuthEventReason) -> AuthEvent {
        let heard = Arc::new(std::sync::Mutex::new(None));
        let hook = {
            let heard = Arc::clone(&heard);
            move |event: &AuthEvent| *heard.lock().unwrap() = Some(event.clone())
        };
        let events = events(Some(Arc::new(hook)));
        events.sign_in_refused(Some("https://provider.example"), session, reason);
        heard.lock().unwrap().take().unwrap()
    }

    #[test]
    fn an_event_names_the_issuer_of_its_session_or_that_of_the_sign_in() {
        let session = sample::session("token", 0, NOW);
        let of_session = session.claims().map(|claims| claims.iss().to_owned());
        assert!(of_session.is_some());

        let signed_out = events(None).event(AuthEventKind::SignedOut, Some(&session), None);
        assert_eq!(signed_out.issuer(), of_session.as_deref());
        let reason = AuthEventReason::Error("id_token.nonce");
        assert_eq!(
            refused(Some(&session), reason).issuer(),
            of_session.as_deref()
        );
        assert_eq!(
            refused(None, reason).issuer(),
            Some("https://provider.example")
        );
    }

    #[test]
    fn an_event_that_concerns_no_provider_names_no_issuer() {
        for kind in [
            AuthEventKind::ConflictingSessions,
            AuthEventKind::DrainIncomplete,
        ] {
            assert_eq!(events(None).event(kind, None, None).issuer(), None);
        }
        let refused = refused(None, AuthEventReason::NoTransaction);
        assert_eq!(refused.issuer(), None);
    }

    #[test]
    fn a_hook_gets_each_event_and_its_panic_ends_nothing() {
        let calls = Arc::new(AtomicUsize::new(0));
        let hook = {
            let calls = Arc::clone(&calls);
            move |_: &AuthEvent| {
                calls.fetch_add(1, Ordering::SeqCst);
                panic!("for this test");
            }
        };
        let events = events(Some(Arc::new(hook)));

        events.emit(AuthEventKind::SignedIn, None, None);
        events.send(&events.event(AuthEventKind::Refreshed, None, None));

        assert_eq!(calls.load(Ordering::SeqCst), 2);
    }
}
