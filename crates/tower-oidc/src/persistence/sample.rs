//! The persistence of an origin, and a browser, for tests without a layer.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue};
use relying_party::{BoxFuture, Clock};
use sealed_cookie::{
    CookieAttributes, CookieFields, CookieName, CookieSecret, KeyRing, OsEntropy, Prefix, Purpose,
    ReceivedCookie, SealedCookie, SetCookies,
};

use super::SessionPersistence;
use super::fingerprints::Fingerprints;
use super::former_cookies::FormerCookies;
use super::owner::{SessionOwner, SessionOwners};
use crate::event::Events;
use crate::format::manual_clock::ManualClock;
use crate::format::time::UnixMillis;
use crate::log_limit::LogLimiter;
use crate::refresh::{
    EndpointError, HookRejection, RefreshHook, RefreshTimes, Refresher, RefresherParts,
    RevocationError, TokenEndpoint, TokenToRevoke,
};
use crate::revocation::RevokedSessions;
use crate::session::Session;
use crate::session::access_token::Target;
use crate::session::edits::SessionEdits;
use crate::session::frame::ProviderId;
use crate::session::issued_tokens::IssuedTokens;
use crate::session::lifetime::Lifetimes;
use crate::session::room::Compression;
use crate::session::sample::at_origin;

pub(crate) const START: UnixMillis = UnixMillis(1_795_000_000_000);
pub(crate) const HOUR: Duration = Duration::from_secs(3_600);
pub(crate) const DAY: Duration = Duration::from_secs(86_400);

/// A provider and hooks that tests of cookies do not call.
struct Unused;

impl TokenEndpoint for Unused {
    fn refresh(
        &self,
        _: Arc<Session>,
        _: Target,
    ) -> BoxFuture<Result<IssuedTokens, EndpointError>> {
        Box::pin(pending())
    }

    fn revoke(&self, _: TokenToRevoke) -> BoxFuture<Result<(), RevocationError>> {
        Box::pin(pending())
    }
}

impl RefreshHook for Unused {
    fn accept(&self, _: Session, _: bool) -> BoxFuture<Result<SessionEdits, HookRejection>> {
        Box::pin(pending())
    }
}

/// Sessions in `max_cookies` cookies, idle for eight hours and valid for a week, of the provider of
/// [`session::sample`](crate::session::sample).
pub(crate) fn persistence(max_cookies: u8) -> (Arc<SessionPersistence>, Arc<ManualClock>) {
    let moved = Arc::new(ManualClock::at(START));
    let clock: Arc<dyn Clock> = Arc::clone(&moved) as _;
    let secret = CookieSecret::new(b"q7Zx2LmV9cKdR4tYw8BnHs3JfGpUeA6Q").unwrap();
    let key_ring = KeyRing::new([secret]).unwrap();
    let log = Arc::new(LogLimiter::new(Arc::clone(&clock)));
    let lifetimes = Lifetimes {
        idle: Duration::from_secs(8 * 3_600),
        absolute: Duration::from_secs(7 * 86_400),
        sessions_since: UnixMillis(0),
    };
    let cookie = SealedCookie::new(
        CookieName::new(Prefix::HostHttp, "auth").unwrap(),
        CookieAttributes::new(true),
        key_ring.sealer(Purpose::SESSION, &[b"https://app.example", b"auth"]),
        max_cookies,
    );
    let revoked = Arc::new(RevokedSessions::new(lifetimes.absolute, None));
    let events = Arc::new(Events::new(None, Arc::clone(&log)));
    let times = RefreshTimes::new(
        Duration::from_secs(10),
        Duration::from_secs(60),
        Duration::ZERO,
    );
    let refresher = Refresher::new(RefresherParts {
        retried_by: None,
        origin: at_origin(),
        memory: Arc::default(),
        endpoint: Arc::new(Unused),
        hook: Arc::new(Unused),
        coordination: None,
        revoked: Arc::clone(&revoked),
        events: Arc::clone(&events),
        clock: Arc::clone(&clock),
        log: Arc::clone(&log),
        lifetimes,
        times: times.unwrap(),
        leeway: Duration::ZERO,
        freezes_between_requests: false,
        revoke_at_sign_out: crate::refresh::RevokeAtSignOut::default(),
    });
    let persistence = SessionPersistence {
        cookie: cookie.unwrap(),
        former: FormerCookies::new(Vec::new()),
        compression: Compression::On,
        records: None,
        lifetimes,
        owners: SessionOwners {
            registered: Box::new([SessionOwner {
                id: None,
                provider: ProviderId([2; 8]),
                user: None,
            }]),
            may_be_resolved: false,
        },
        revoked,
        refresher: Arc::new(refresher),
        events,
        clock,
        entropy: Arc::new(OsEntropy),
        log,
        fingerprints: Arc::new(Fingerprints::of(&key_ring)),
    };
    (Arc::new(persistence), moved)
}

/// What a browser sends back of these `Set-Cookie` fields.
pub(crate) fn sent_back(cookies: SetCookies, persistence: &SessionPersistence) -> ReceivedCookie {
    let fields = fields_sent_back(cookies);
    persistence.cookie.receive_from(&fields).unwrap()
}

/// The same as the fields of a request.
pub(crate) fn fields_sent_back(cookies: SetCookies) -> CookieFields {
    let mut set = HeaderMap::new();
    cookies.append_to(&mut set);
    let pairs: Vec<_> = set
        .get_all(SET_COOKIE)
        .iter()
        .filter_map(|field| field.to_str().ok()?.split(';').next())
        .filter(|pair| !pair.ends_with('='))
        .collect();
    let mut fields = CookieFields::default();
    fields.push(HeaderValue::from_str(&pairs.join("; ")).unwrap());
    fields
}
