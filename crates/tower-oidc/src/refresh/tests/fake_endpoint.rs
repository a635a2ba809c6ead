//! Refreshes with a fake token endpoint: no layer, no HTTP, no signature. Time is tokio's paused time.

use std::future::ready;

use relying_party::{Clock, SystemClock};
use sealed_cookie::{KeyRing, OsEntropy, Purpose};

use super::coordinated::InMemory;
use super::*;
use crate::event::Events;
use crate::format::time::UnixMillis;
use crate::log_limit::LogLimiter;
use crate::random::Random;
use crate::revocation::RevokedSessions;
use crate::session::edits::SessionEdits;
use crate::session::issued_tokens::IssuedTokens;
use crate::session::lifetime::Lifetimes;
use crate::session::sample;

const DAY: Duration = Duration::from_secs(86_400);

/// Rotates refresh tokens, and answers after `delay`.
#[derive(Clone, Default)]
struct FakeEndpoint {
    delay: Duration,
    /// The refresh tokens that were sent, each with its target.
    sent: Arc<Mutex<Vec<(String, Target)>>>,
    revoked: Arc<Mutex<Vec<String>>>,
}

impl TokenEndpoint for FakeEndpoint {
    fn refresh(
        &self,
        base: Arc<Session>,
        target: Target,
    ) -> BoxFuture<Result<IssuedTokens, EndpointError>> {
        let mut sent = self.sent.lock().unwrap();
        sent.push((text(&base), target.clone()));
        let mut tokens = sample::issued_tokens("access");
        tokens.access_token.target = target;
        tokens.refresh_token = Some(StoredToken::new(&format!("refresh-{}", sent.len())));
        let delay = self.delay;
        Box::pin(async move {
            runtime::sleep(delay).await;
            Ok(tokens)
        })
    }

    fn revoke(&self, token: TokenToRevoke) -> BoxFuture<Result<(), RevocationError>> {
        let text = token.token.text().to_string();
        self.revoked.lock().unwrap().push(text);
        Box::pin(ready(Ok(())))
    }
}

impl FakeEndpoint {
    fn slow(seconds: u64) -> Self {
        Self {
            delay: Duration::from_secs(seconds),
            ..Self::default()
        }
    }

    /// The refresh tokens that were sent.
    fn sent(&self) -> Vec<String> {
        let sent = self.sent.lock().unwrap();
        sent.iter().map(|(token, _)| token.clone()).collect()
    }

    fn revoked(&self) -> Vec<String> {
        self.revoked.lock().unwrap().clone()
    }
}

/// Accepts every session, or none.
struct FakeHook(Result<(), HookRejection>);

impl RefreshHook for FakeHook {
    fn accept(&self, _: Session, _: bool) -> BoxFuture<Result<SessionEdits, HookRejection>> {
        Box::pin(ready(self.0.map(|()| SessionEdits::default())))
    }
}

fn refresher(
    endpoint: &FakeEndpoint,
    hook: FakeHook,
    coordinator: Option<&InMemory>,
) -> Arc<Refresher> {
    let clock = Arc::new(SystemClock);
    let secret = b"q7Zx2LmV9cKdR4tYw8BnHs3JfGpUeA6Q";
    let secret = crate::builder::sealed_cookies::secret("cookie_secret", secret).unwrap();
    let key_ring = KeyRing::new([secret]).unwrap();
    let log = Arc::new(LogLimiter::new(clock.clone()));
    let coordination = coordinator.map(|coordinator| Coordination {
        coordinator: Arc::new(coordinator.clone()),
        sealer: key_ring.sealer(Purpose::new("test"), &[]),
        random: Arc::new(Random::new(
            key_ring.hedged_random(Purpose::RANDOM, &[]),
            Arc::new(OsEntropy),
            clock.clone(),
        )),
        entropy: Arc::new(OsEntropy),
    });
    let (wait, lifetime) = (Duration::from_secs(10), Duration::from_secs(60));
    Arc::new(Refresher::new(RefresherParts {
        origin: sample::at_origin(),
        retried_by: None,
        memory: Arc::default(),
        endpoint: Arc::new(endpoint.clone()),
        hook: Arc::new(hook),
        coordination,
        revoked: Arc::new(RevokedSessions::new(DAY, None)),
        events: Arc::new(Events::new(None, log.clone())),
        clock,
        log,
        lifetimes: Lifetimes {
            idle: DAY,
            absolute: DAY,
            sessions_since: UnixMillis(0),
        },
        times: RefreshTimes::new(wait, lifetime, Duration::ZERO).unwrap(),
        leeway: Duration::from_secs(10),
        freezes_between_requests: false,
        revoke_at_sign_out: RevokeAtSignOut::default(),
    }))
}

fn accepting(endpoint: &FakeEndpoint) -> Arc<Refresher> {
    refresher(endpoint, FakeHook(Ok(())), None)
}

fn first() -> Arc<Session> {
    sample::session("first", 0, UnixMillis::of(SystemClock.now()))
}

fn text(session: &Session) -> String {
    let token = session.body.refresh_token.as_ref().unwrap();
    token.text().to_string()
}

fn started(
    refresher: &Arc<Refresher>,
    session: &Arc<Session>,
    target: Target,
) -> tokio::task::JoinHandle<RefreshResult> {
    let (refresher, session) = (Arc::clone(refresher), Arc::clone(session));
    tokio::spawn(async move {
        refresher
            .refresh(&session, target, RefreshMode::WhenDue)
            .await
    })
}

#[tokio::test(start_paused = true)]
async fn sixty_four_refreshes_at_once_send_one_request() {
    let endpoint = FakeEndpoint::slow(1);
    let refresher = accepting(&endpoint);
    let session = first();

    let callers: Vec<_> = (0..64)
        .map(|_| started(&refresher, &session, Target::DEFAULT))
        .collect();
    for caller in callers {
        let newer = caller.await.unwrap().unwrap();
        assert_eq!(text(&newer), "refresh-1");
    }

    assert_eq!(endpoint.sent(), ["first"]);
}

#[tokio::test(start_paused = true)]
async fn two_targets_are_refreshed_one_after_the_other_with_the_newest_refresh_token() {
    let endpoint = FakeEndpoint::slow(1);
    let refresher = accepting(&endpoint);
    let session = first();

    let default = started(&refresher, &session, Target::DEFAULT);
    let_tasks_run().await;
    let other = started(&refresher, &session, organization(1));

    assert!(default.await.unwrap().is_ok());
    let newest = other.await.unwrap().unwrap();
    assert_eq!(endpoint.sent(), ["first", "refresh-1"]);
    for target in [Target::DEFAULT, organization(1)] {
        assert!(newest.body.access_token(&target).is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn data_that_are_set_during_a_refresh_are_in_the_refreshed_session() {
    let endpoint = FakeEndpoint::slow(5);
    let refresher = accepting(&endpoint);
    let session = first();
    let refresh = started(&refresher, &session, Target::DEFAULT);
    let_tasks_run().await;

    let handle = refresher.hold(&session);
    let now = session.frame.sealed_at;
    handle.change(&session, |newest| newest.with_data(Some("new".into()), now));

    let refreshed = refresh.await.unwrap().unwrap();
    assert_eq!(refreshed.body.data.as_deref(), Some(&b"new"[..]));
    assert_eq!(refreshed.frame.generation, 1);
}

#[tokio::test(start_paused = true)]
async fn a_sign_out_during_a_refresh_ends_it_and_revokes_the_new_refresh_token() {
    let endpoint = FakeEndpoint::slow(1);
    let refresher = accepting(&endpoint);
    let session = first();
    let refresh = started(&refresher, &session, Target::DEFAULT);
    let_tasks_run().await;

    refresher.refuse_from_now_on(&session, AuthEventKind::SignedOut, None);
    refresher.end(&session).await;

    assert_eq!(refresh.await.unwrap().err(), Some(Failure::Ended));
    assert!(refresher.newer_than(&session).is_none());
    refresher.drain().await;
    assert_eq!(endpoint.revoked(), ["refresh-1"]);
    let again = refresher.refresh(&session, Target::DEFAULT, RefreshMode::Always);
    assert_eq!(again.await.err(), Some(Failure::Ended));
    assert_eq!(endpoint.sent(), ["first"]);
}

#[tokio::test(start_paused = true)]
async fn a_hook_that_rejects_a_refreshed_session_keeps_only_its_refresh_token() {
    for rejection in [HookRejection::HookFailed, HookRejection::SessionTooLarge] {
        let endpoint = FakeEndpoint::default();
        let refresher = refresher(&endpoint, FakeHook(Err(rejection)), None);
        let session = first();

        let failed = refresher.refresh(&session, Target::DEFAULT, RefreshMode::Always);

        assert_eq!(failed.await.err(), Some(Failure::internal()));
        let newest = refresher.newer_than(&session).unwrap();
        assert_eq!(text(&newest), "refresh-1");
        assert!(newest.body.access_token(&Target::DEFAULT).is_none());
    }
}

/// The second instance waits for the lock of the first one, and then finds the refreshed session in the store.
#[tokio::test(start_paused = true)]
async fn a_session_that_another_instance_refreshed_is_used() {
    let endpoint = FakeEndpoint::slow(2);
    let coordinator = InMemory::default();
    let here = refresher(&endpoint, FakeHook(Ok(())), Some(&coordinator));
    let there = refresher(&endpoint, FakeHook(Ok(())), Some(&coordinator));
    let session = first();

    let ours = started(&here, &session, Target::DEFAULT);
    let_tasks_run().await;
    let theirs = started(&there, &session, Target::DEFAULT);

    for refresh in [ours, theirs] {
        assert_eq!(text(&refresh.await.unwrap().unwrap()), "refresh-1");
    }
    assert_eq!(endpoint.sent(), ["first"]);
}

#[tokio::test(start_paused = true)]
async fn with_an_answer_after_thirty_seconds_no_instance_sends_the_refresh_token_twice() {
    let endpoint = FakeEndpoint::slow(30);
    let coordinator = InMemory::default();
    let here = refresher(&endpoint, FakeHook(Ok(())), Some(&coordinator));
    let there = refresher(&endpoint, FakeHook(Ok(())), Some(&coordinator));
    let session = first();

    let ours = started(&here, &session, Target::DEFAULT);
    let_tasks_run().await;
    let theirs = started(&there, &session, Target::DEFAULT);
    for refresh in [ours, theirs] {
        assert_eq!(refresh.await.unwrap().err(), Some(Failure::internal()));
    }
    here.drain().await;

    let newest = here.newer_than(&session).unwrap();
    assert_eq!(text(&newest), "refresh-1");
    assert_eq!(endpoint.sent(), ["first"]);
}

#[tokio::test(start_paused = true)]
async fn a_session_without_a_refresh_token_sends_nothing() {
    let endpoint = FakeEndpoint::default();
    let refresher = accepting(&endpoint);
    let mut body = first().body.clone();
    body.refresh_token = None;
    let session = Arc::new(first().with_body(body));

    let refused = refresher.refresh(&session, Target::DEFAULT, RefreshMode::Always);

    assert_eq!(refused.await.err(), Some(Failure::SignInRequired));
    assert!(endpoint.sent().is_empty());
}
