//! What no provider can show: a memory that is full, and one that hangs.

use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use relying_party::{BoxFuture, HttpClient, Provider, RefreshError, TransportError};

use super::memory::CAPACITY;
use super::*;
use crate::event::AuthEventKind;
use crate::layer::AuthLayer;
use crate::session::sample;

#[derive(Debug)]
struct Hangs;

impl HttpClient for Hangs {
    fn call(&self, _: Request<Bytes>) -> BoxFuture<Result<Response<Bytes>, TransportError>> {
        Box::pin(pending())
    }
}

fn shared(on_event: impl Fn(&crate::AuthEvent) + Send + Sync + 'static) -> Arc<Shared> {
    let provider = Provider::new("https://id.example", "app").client_secret("a secret of the app");
    let layer = AuthLayer::builder()
        .provider(provider)
        .base_url("https://app.example")
        .cookie_secret("q7Zx2LmV9cKdR4tYw8BnHs3JfGpUeA6Q")
        .http_client(Hangs)
        .on_event(on_event)
        .build()
        .unwrap();
    Arc::clone(&layer.sites.first)
}

fn session(shared: &Shared, number: usize) -> Arc<Session> {
    sample::numbered(number, "one", 0, shared.now())
}

/// Enters a session, and returns it; `rotated` as after a refresh that no response has carried.
fn enter(shared: &Arc<Shared>, number: usize, rotated: bool) -> Arc<Session> {
    let first = session(shared, number);
    let family = shared.families.hold(&first, shared);
    if rotated {
        let now = shared.now();
        let mut state = family.state();
        state.keep_refresh_token("two", &shared.lifetimes, now);
    }
    first
}

/// D-07
#[test]
fn sessions_that_nobody_refreshed_are_forgotten_first_and_nobody_hears_of_it() {
    let shared = shared(|event| panic!("{event:?}"));
    let refreshed = enter(&shared, 0, true);
    let second = shared.families.newer_than(&refreshed, shared.now());
    // As the earliest of all by the clock.
    shared.families.written(&second.unwrap(), shared.now());
    for number in 1..=2 * CAPACITY {
        enter(&shared, number, false);
        assert!(shared.families.lock().len() <= CAPACITY);
    }

    let newer = shared.families.newer_than(&refreshed, shared.now());

    assert_eq!(newer.unwrap().frame.generation, 1);
}

/// D-07
#[test]
fn a_full_memory_forgets_the_earliest_successors_and_tells_the_application() {
    let told = Arc::new(AtomicUsize::new(0));
    let shared = {
        let told = Arc::clone(&told);
        shared(move |event| {
            assert_eq!(event.kind(), AuthEventKind::SuccessorForgotten);
            told.fetch_add(1, Ordering::SeqCst);
        })
    };
    let earliest = enter(&shared, 0, true);
    for number in 1..CAPACITY {
        enter(&shared, number, true);
    }
    assert_eq!(told.load(Ordering::SeqCst), 0);

    let latest = enter(&shared, CAPACITY, true);

    let forgotten = CAPACITY + 1 - shared.families.lock().len();
    assert_eq!(told.load(Ordering::SeqCst), forgotten);
    assert!(forgotten > 0);
    let newer = |session| shared.families.newer_than(session, shared.now());
    assert!(newer(&latest).is_some());
    assert!(newer(&earliest).is_none());
    // What it used up is remembered, so that nobody sends it again.
    assert!(shared.families.has_spent(&earliest));
}

/// A request may take longer than its session's family is remembered.
#[tokio::test(start_paused = true)]
async fn a_refresh_token_that_was_used_up_is_not_sent_again_when_its_family_is_forgotten() {
    let shared = shared(|_| {});
    let first = enter(&shared, 1, true);
    let second = shared.families.newer_than(&first, shared.now()).unwrap();
    shared.families.written(&second, shared.now());
    let later = shared.now().plus(2 * KEPT);
    assert!(shared.families.forget_if_due(first.frame.session_id, later));
    let want = Want {
        target: Target::DEFAULT,
        forced: true,
        can_do_without: false,
    };

    let refused = shared.families.refresh(&shared, &first, want);

    // The provider hangs, so an answer means that nobody asked it.
    let at_once = tokio::time::timeout(Duration::from_millis(1), refused).await;
    let refused = at_once.expect("at once");
    assert_eq!(refused.err(), Some(Failure::SignInRequired));
}

/// N-14, T-01: a provider that hangs costs those who can do without a new token nothing, once one
/// token request has hung for two seconds.
#[tokio::test(start_paused = true)]
async fn while_the_provider_hangs_only_those_who_need_a_token_wait_for_it() {
    let shared = shared(|_| {});
    let asking = |number, can_do_without| {
        let (shared, session) = (Arc::clone(&shared), session(&shared, number));
        let want = Want {
            target: Target::DEFAULT,
            forced: true,
            can_do_without,
        };
        tokio::spawn(async move { shared.families.refresh(&shared, &session, want).await })
    };
    let first = asking(1, true);
    tokio::task::yield_now().await;
    tokio::time::advance(Duration::from_millis(1_999)).await;
    let in_time = asking(2, true);
    tokio::task::yield_now().await;
    tokio::time::advance(Duration::from_millis(1)).await;
    tokio::task::yield_now().await;

    let at_once = Duration::from_millis(1);
    let spared = tokio::time::timeout(at_once, asking(3, true)).await;
    let mut needs_it = asking(4, false);

    let spared = spared.expect("at once").unwrap();
    assert_eq!(spared.err(), Some(Failure::internal()));
    tokio::task::yield_now().await;
    assert!(
        std::future::poll_fn(|cx| Poll::Ready(
            std::pin::Pin::new(&mut needs_it).poll(cx).is_pending()
        ))
        .await
    );
    // On a machine that is frozen after its response, what is not awaited is lost.
    assert!(!first.is_finished() && !in_time.is_finished());
}

/// N-14: who was refused a moment ago is refused yet.
#[tokio::test(start_paused = true)]
async fn a_remembered_refusal_stands_while_the_provider_hangs() {
    let shared = shared(|_| {});
    let session = session(&shared, 1);
    let family = shared.families.hold(&session, &shared);
    let refusal = Failure::SignInRequired;
    let now = shared.now();
    family.state().remember(Target::DEFAULT, refusal, now);
    hang(&shared.families.patience).await;
    let want = Want {
        target: Target::DEFAULT,
        forced: true,
        can_do_without: true,
    };

    let flown = shared.families.refresh(&shared, &session, want).await;

    assert_eq!(flown.err(), Some(refusal));
}

/// A request that is given up when it has hung for three seconds.
async fn hang(patience: &Patience) {
    let request = patience.during(pending::<Result<(), RefreshError>>());
    let given_up = tokio::time::timeout(Duration::from_secs(3), request).await;
    assert!(given_up.is_err());
}

async fn answered_after(patience: &Patience, seconds: u64) {
    let answer = patience.during(async {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        Ok(())
    });
    answer.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_is_slow_and_answers_does_not_hang() {
    let patience = Patience::default();

    answered_after(&patience, 3).await;

    assert!(!patience.is_lost());
}

/// In a crowd requests wait for their turn, while others are answered.
#[tokio::test(start_paused = true)]
async fn a_provider_that_answers_others_does_not_hang() {
    let patience = Patience::default();
    let others = async {
        for _ in 0..4 {
            answered_after(&patience, 1).await;
        }
    };

    let queued = async {
        let queued = patience.during(pending::<Result<(), RefreshError>>());
        let _ = tokio::time::timeout(Duration::from_millis(2_500), queued).await;
        assert!(!patience.is_lost());
    };

    tokio::join!(others, queued);
}

#[tokio::test(start_paused = true)]
async fn one_caller_in_half_a_minute_finds_out_whether_the_provider_answers_again() {
    let patience = Patience::default();
    hang(&patience).await;
    assert!(patience.spares());
    tokio::time::advance(Duration::from_secs(30)).await;

    assert!(!patience.spares());
    assert!(patience.spares() && patience.is_lost());

    answered_after(&patience, 1).await;
    assert!(!patience.spares() && !patience.is_lost());
}

/// D-07: nobody may ever come for what no response has carried.
#[test]
fn successors_that_nobody_came_for_are_forgotten_before_those_in_use() {
    let shared = shared(|_| {});
    for number in 1..CAPACITY {
        enter(&shared, number, true);
    }
    let in_use = enter(&shared, 0, true);
    let now = shared.now();
    let newest = shared.families.newer_than(&in_use, now).unwrap();
    shared.families.written(&newest, now);

    enter(&shared, CAPACITY, true);

    assert!(shared.families.newer_than(&in_use, now).is_some());
}
