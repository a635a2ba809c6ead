//! Limits of refreshes that integration tests do not reach: a full memory, and a provider that hangs.

use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use relying_party::{BoxFuture, HttpClient, Provider, TransportError};

use super::failure::RefreshResult;
use super::lookup::MAX_REFRESHES_PER_SESSION;
use super::remembered_sessions::CAPACITY;
use super::token_circuit::SLOW_AFTER;
use super::*;
use crate::builder::AuthLayerBuilder;
use crate::components::Components;
use crate::event::AuthEventKind;
use crate::layer::{AuthLayer, drain};
use crate::runtime;
use crate::session::Session;
use crate::session::access_token::{StoredAccessToken, Target};
use crate::session::sample;
use crate::session::token::StoredToken;

#[derive(Debug)]
struct Hangs;

impl HttpClient for Hangs {
    fn call(&self, _: Request<Bytes>) -> BoxFuture<Result<Response<Bytes>, TransportError>> {
        Box::pin(pending())
    }
}

fn shared(on_event: impl Fn(&crate::AuthEvent) + Send + Sync + 'static) -> Arc<Components> {
    built(|auth| auth.http_client(Hangs).on_event(on_event))
}

fn built(configure: impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder) -> Arc<Components> {
    let provider = Provider::new("https://id.example", "app").client_secret("a secret of the app");
    let builder = AuthLayer::builder()
        .provider(provider)
        .base_url("https://app.example")
        .cookie_secret("q7Zx2LmV9cKdR4tYw8BnHs3JfGpUeA6Q");
    let layer = configure(builder).build().unwrap();
    Arc::clone(&layer.origins.first)
}

fn session(shared: &Components, number: usize) -> Arc<Session> {
    let session = sample::numbered(number, "one", 0, shared.persistence.now());
    let provider = &shared.providers.first().unwrap().provider;
    sample::at_provider(&session, provider)
}

/// Holds a session, and returns it. With `rotated`, it was refreshed, and no response has carried the result.
fn enter(shared: &Arc<Components>, number: usize, rotated: bool) -> Arc<Session> {
    let first = session(shared, number);
    let handle = shared.refresher.hold(&first);
    if rotated {
        let now = shared.persistence.now();
        let mut state = handle.state();
        state.keep_refresh_token(StoredToken::new("two"), &shared.persistence.lifetimes, now);
    }
    first
}

#[test]
fn sessions_without_a_refresh_are_evicted_first_and_without_an_event() {
    let shared = shared(|event| panic!("{event:?}"));
    let refreshed = enter(&shared, 0, true);
    let second = shared.refresher.newer_than(&refreshed);
    // By the clock it is the earliest of all.
    shared
        .refresher
        .written(&second.unwrap(), shared.persistence.now());
    for number in 1..=2 * CAPACITY {
        enter(&shared, number, false);
        assert!(shared.refresher.memory.lock().len() <= CAPACITY);
    }

    let newer = shared.refresher.newer_than(&refreshed);

    assert_eq!(newer.unwrap().frame.generation, 1);
}

#[test]
fn a_full_memory_evicts_the_earliest_refreshed_sessions_and_emits_an_event_for_each() {
    let events = Arc::new(AtomicUsize::new(0));
    let shared = {
        let events = Arc::clone(&events);
        shared(move |event| {
            assert_eq!(event.kind(), AuthEventKind::RefreshedSessionEvicted);
            events.fetch_add(1, Ordering::SeqCst);
        })
    };
    let earliest = enter(&shared, 0, true);
    for number in 1..CAPACITY {
        enter(&shared, number, true);
    }
    assert_eq!(events.load(Ordering::SeqCst), 0);

    let latest = enter(&shared, CAPACITY, true);

    let forgotten = CAPACITY + 1 - shared.refresher.memory.lock().len();
    assert_eq!(events.load(Ordering::SeqCst), forgotten);
    assert!(forgotten > 0);
    let newer = |session| shared.refresher.newer_than(session);
    assert!(newer(&latest).is_some());
    assert!(newer(&earliest).is_none());
    // Its refresh token was rotated. That is remembered, so that no request sends it again.
    assert!(shared.refresher.memory.is_rotated(&earliest));
}

/// A request may take longer than the refresh state of its session is kept.
#[tokio::test(start_paused = true)]
async fn a_rotated_refresh_token_is_not_sent_again_when_its_session_is_forgotten() {
    let shared = shared(|_| {});
    let first = enter(&shared, 1, true);
    let second = shared.refresher.newer_than(&first).unwrap();
    shared.refresher.written(&second, shared.persistence.now());
    let later = shared.persistence.now().plus(2 * REFRESHED_SESSION_TTL);
    assert!(
        shared
            .refresher
            .memory
            .forget_if_due(first.frame.session_id, later)
    );
    let refused = shared
        .refresher
        .refresh(&first, Target::DEFAULT, RefreshMode::Always);

    // The provider hangs, so a result at once means that nothing was sent to it.
    let at_once = tokio::time::timeout(Duration::from_millis(1), refused).await;
    let refused = at_once.expect("at once");
    assert_eq!(refused.err(), Some(Failure::SignInRequired));
}

/// A provider whose token endpoint never answers.
fn hanging() -> Arc<Components> {
    let never = Duration::from_secs(86_400);
    built(|auth| auth.http_client(coordinated::SlowProvider::answering_after(never)))
}

/// The arguments of a caller.
type TargetAndMode = (Target, RefreshMode);

fn newer(target: Target, optional: bool) -> TargetAndMode {
    let mode = match optional {
        true => RefreshMode::IfPossible,
        false => RefreshMode::Always,
    };
    (target, mode)
}

/// Refreshes in a separate task; returns the result, and how long the caller waited for it.
fn asking(
    shared: &Arc<Components>,
    session: &Arc<Session>,
    (target, mode): TargetAndMode,
) -> tokio::task::JoinHandle<(RefreshResult, Duration)> {
    let (shared, session) = (Arc::clone(shared), Arc::clone(session));
    tokio::spawn(async move {
        let since = Instant::now();

        let result = shared.refresher.refresh(&session, target, mode).await;
        (result, since.elapsed())
    })
}

async fn let_tasks_run() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

/// Waits until a token request has hung for two seconds.
async fn open_the_circuit(shared: &Arc<Components>) {
    asking(shared, &session(shared, 0), newer(Target::DEFAULT, false));
    let_tasks_run().await;
    tokio::time::advance(SLOW_AFTER).await;
    let_tasks_run().await;
    assert!(shared.providers.first().unwrap().circuit.is_open());
}

/// Once a token request has hung for two seconds, callers that can continue without a new token no longer
/// wait for the provider.
#[tokio::test(start_paused = true)]
async fn while_the_provider_hangs_only_callers_that_need_a_token_wait_for_it() {
    let shared = hanging();
    let wait = shared.refresher.wait();
    let before = asking(
        &shared,
        &session(&shared, 100),
        newer(Target::DEFAULT, true),
    );
    open_the_circuit(&shared).await;

    let optional: Vec<_> = (1..=20)
        .map(|number| {
            asking(
                &shared,
                &session(&shared, number),
                newer(Target::DEFAULT, true),
            )
        })
        .collect();
    let needed = asking(
        &shared,
        &session(&shared, 50),
        newer(Target::DEFAULT, false),
    );

    let mut waited = Vec::new();
    for caller in optional {
        let (result, time) = caller.await.unwrap();
        assert_eq!(result.err(), Some(Failure::internal()));
        waited.push(time);
    }
    let probes = waited.iter().filter(|&&time| time == SLOW_AFTER).count();
    let skipped = waited.iter().filter(|time| time.is_zero()).count();
    assert_eq!((probes, skipped), (16, 4));
    let again = asking(&shared, &session(&shared, 1), newer(Target::DEFAULT, true));
    assert_eq!(
        again.await.unwrap().1,
        Duration::ZERO,
        "its refresh is slow already"
    );
    assert_eq!(needed.await.unwrap().1, wait);
    assert_eq!(
        before.await.unwrap().1,
        wait,
        "from before the circuit was open"
    );
}

/// A refusal that was just received still applies.
#[tokio::test(start_paused = true)]
async fn a_remembered_refusal_still_applies_while_the_provider_hangs() {
    let shared = hanging();
    let session = session(&shared, 1);
    let handle = shared.refresher.hold(&session);
    let refusal = Failure::SignInRequired;
    let now = shared.persistence.now();
    handle.state().remember(Target::DEFAULT, refusal, now);
    open_the_circuit(&shared).await;

    let (result, waited) = asking(&shared, &session, newer(Target::DEFAULT, true))
        .await
        .unwrap();

    assert_eq!(result.err(), Some(refusal));
    assert_eq!(waited, Duration::ZERO);
}

fn organization(number: usize) -> Target {
    Target {
        resource: None,
        organization: Some(number.to_string()),
    }
}

/// A user may request tokens of thousands of organizations, and not wait for the responses.
#[tokio::test(start_paused = true)]
async fn a_session_has_at_most_sixteen_refreshes_in_flight() {
    let shared = hanging();
    let session = session(&shared, 1);

    let callers: Vec<_> = (0..1_000)
        .map(|number| asking(&shared, &session, newer(organization(number), false)))
        .collect();
    let_tasks_run().await;

    let under_way = shared.refresher.in_flight();
    assert_eq!(under_way, MAX_REFRESHES_PER_SESSION);
    let refused = callers.iter().filter(|it| it.is_finished()).count();
    assert_eq!(refused, 1_000 - MAX_REFRESHES_PER_SESSION);
    for caller in callers.into_iter().filter(|it| it.is_finished()) {
        let (result, waited) = caller.await.unwrap();
        assert_eq!(result.err(), Some(Failure::busy()));
        assert_eq!(waited, Duration::ZERO);
    }
    // Another session is not affected, and one of the sixteen can be joined.
    let other = asking(
        &shared,
        &self::session(&shared, 2),
        newer(Target::DEFAULT, false),
    );
    let joined = asking(&shared, &session, newer(organization(0), false));
    let_tasks_run().await;
    assert!(!other.is_finished() && !joined.is_finished());
    assert_eq!(shared.refresher.in_flight(), under_way + 1);
}

/// A user who is refused must not pass a check because it waits behind their own other requests.
#[tokio::test(start_paused = true)]
async fn a_check_that_times_out_returns_the_refusal_of_another_request() {
    let shared = hanging();
    let session = session(&shared, 1);
    let _other = asking(&shared, &session, newer(organization(0), false));
    let_tasks_run().await;
    let check = asking(&shared, &session, newer(Target::DEFAULT, true));
    let_tasks_run().await;

    // The request for the organization does this when the provider refuses the default token.
    let handle = shared.refresher.hold(&session);
    let refused = Failure::SignInRequired;
    handle
        .state()
        .remember(Target::DEFAULT, refused, shared.persistence.now());

    let (result, _) = check.await.unwrap();
    assert_eq!(result.err(), Some(refused));
}

/// Its callers have stopped waiting by then, and the next ones must not wait for it.
#[tokio::test(start_paused = true)]
async fn a_refresh_that_could_not_be_sent_while_its_callers_waited_is_not_sent() {
    let shared = hanging();
    let session = session(&shared, 1);
    let first = asking(&shared, &session, newer(organization(0), false));
    let_tasks_run().await;
    let queued = asking(&shared, &session, newer(organization(1), false));

    let (result, waited) = queued.await.unwrap();
    let_tasks_run().await;

    assert_eq!(result.err(), Some(Failure::internal()));
    assert_eq!(waited, shared.refresher.wait());
    assert_eq!(
        shared.refresher.in_flight(),
        1,
        "only the one that was sent"
    );
    assert!(first.await.unwrap().0.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_stop_with_a_limit_says_whether_all_requests_have_ended() {
    let shared = hanging();
    let limit = Duration::from_secs(5);
    assert!(drain(&shared).for_at_most(limit).await);
    asking(&shared, &session(&shared, 1), newer(Target::DEFAULT, false));
    let_tasks_run().await;
    let since = Instant::now();

    let all_ended = drain(&shared).for_at_most(limit).await;

    assert!(!all_ended);
    assert_eq!(since.elapsed(), limit);
}

/// A refreshed session that no response has carried may never be needed again.
#[test]
fn unused_refreshed_sessions_are_evicted_before_those_in_use() {
    let shared = shared(|_| {});
    for number in 1..CAPACITY {
        enter(&shared, number, true);
    }
    let in_use = enter(&shared, 0, true);
    let now = shared.persistence.now();
    let newest = shared.refresher.newer_than(&in_use).unwrap();
    shared.refresher.written(&newest, now);

    enter(&shared, CAPACITY, true);

    assert!(shared.refresher.newer_than(&in_use).is_some());
}

/// Holds a session whose access token, valid for an hour, no cookie has room for, and returns it.
fn keep_token(shared: &Components, session: &Arc<Session>) -> Arc<Session> {
    let now = shared.persistence.now();
    let expires_at = now.plus(Duration::from_secs(3_600)).to_system_time();
    let token = StoredAccessToken::new(Target::DEFAULT, "token", Some(expires_at));
    let handle = shared.refresher.hold(session);
    handle.change(session, |newest| newest.with_access_token(token));
    let kept = Arc::clone(&handle.state().newest);
    shared.refresher.written_without_token(&kept, now);
    kept
}

/// The tokens of the sessions that older cookies still need could not be obtained again.
#[test]
fn sessions_kept_for_their_access_token_are_evicted_first_and_without_an_event() {
    let shared = shared(|event| panic!("{event:?}"));
    let refreshed = enter(&shared, 0, true);
    for number in 1..=2 * CAPACITY {
        keep_token(&shared, &session(&shared, number));
        assert!(shared.refresher.memory.lock().len() <= CAPACITY);
    }

    assert!(shared.refresher.newer_than(&refreshed).is_some());
}

#[test]
fn a_session_kept_for_its_access_token_counts_as_forgotten_for_older_cookies() {
    let shared = shared(|_| {});
    let first = enter(&shared, 0, true);
    let second = shared.refresher.newer_than(&first).unwrap();
    let kept = keep_token(&shared, &second);
    let memory = &shared.refresher.memory;
    let id = first.frame.session_id;
    let after = |seconds| shared.persistence.now().plus(Duration::from_secs(seconds));
    assert!(!memory.forget_if_due(id, after(59)));
    assert!(shared.refresher.newer_than(&first).is_some());

    assert!(!memory.forget_if_due(id, after(120)));

    assert!(shared.refresher.newer_than(&first).is_none());
    assert!(memory.is_rotated(&first));
    let without_tokens = kept.without_access_tokens(first.frame.created_at);
    let cookie = Session::new(kept.frame, without_tokens.body);
    assert!(shared.refresher.with_kept_token(&cookie).is_some());
    assert!(memory.forget_if_due(id, after(3_601)));
    assert!(shared.refresher.with_kept_token(&cookie).is_none());
}

mod coordinated;
mod documents;
mod fake_endpoint;
mod shutdown;
