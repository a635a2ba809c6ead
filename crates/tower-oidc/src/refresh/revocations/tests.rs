#![expect(
    clippy::arithmetic_side_effects,
    reason = "an overflow is a failed test"
)]

mod access_tokens;
mod evicted_origins;
mod stop;

use std::future::pending;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use bytes::Bytes;
use http::{Request, Response};
use relying_party::{
    BoxFuture, Clock, HttpClient, Provider, SystemClock, TransportError, TransportErrorKind,
};
use tokio::runtime::Handle;
use tokio::time::Instant;

use super::*;
use crate::builder::AuthLayerBuilder;
use crate::components::Components;
use crate::event::AuthEvent;
use crate::layer::AuthLayer;
use crate::refresh::pending_revocations::MAX_WAITING;
use crate::session::sample;

/// A provider whose responses to revocations the test sets.
#[derive(Clone, Debug, Default)]
struct Revoker(Arc<Mutex<Answers>>);

#[derive(Debug, Default)]
struct Answers {
    /// The status of the responses; 0 if no connection is possible.
    status: u16,
    /// Whether the other provider never answers.
    other_hangs: bool,
    retry_after: Option<u64>,
    asked: Vec<Instant>,
    revoked: usize,
}

impl HttpClient for Revoker {
    fn call(&self, request: Request<Bytes>) -> BoxFuture<Result<Response<Bytes>, TransportError>> {
        let mut answers = self.0.lock().unwrap();
        if answers.other_hangs && request.uri().host() == Some("other.example") {
            return Box::pin(pending());
        }
        answers.asked.push(Instant::now());
        if answers.status == 200 {
            answers.revoked += 1;
        }
        let answer = match answers.status {
            0 => Err(TransportError::new(TransportErrorKind::Connect)),
            status => {
                let mut response = Response::builder().status(status);
                if let Some(seconds) = answers.retry_after {
                    response = response.header("retry-after", seconds);
                }
                Ok(response.body(Bytes::new()).unwrap())
            }
        };
        Box::pin(async move { answer })
    }
}

impl Revoker {
    fn answer(&self, status: u16) {
        self.0.lock().unwrap().status = status;
    }

    /// The whole seconds from the first request to each request.
    fn seconds(&self) -> Vec<u64> {
        let asked = &self.0.lock().unwrap().asked;
        let since = |at: &Instant| at.duration_since(asked[0]).as_secs();
        asked.iter().map(since).collect()
    }

    fn revoked(&self) -> usize {
        self.0.lock().unwrap().revoked
    }
}

/// A clock that is this many milliseconds ahead of the system's clock.
#[derive(Clone, Debug, Default)]
struct Ahead(Arc<AtomicUsize>);

impl Clock for Ahead {
    fn now(&self) -> SystemTime {
        let ahead = self.0.load(Ordering::SeqCst) as u64;
        SystemClock.now() + Duration::from_millis(ahead)
    }
}

/// A provider whose metadata and keys are configured, so that nothing has to be fetched.
fn provider(issuer: &str) -> Provider {
    let metadata = format!(
        r#"{{"issuer":"{issuer}", "authorization_endpoint":"{issuer}/authorize",
            "token_endpoint":"{issuer}/token", "jwks_uri":"{issuer}/jwks",
            "revocation_endpoint":"{issuer}/revoke"}}"#
    );
    Provider::new(issuer, "app").metadata_json(metadata)
}

struct Stage {
    shared: Arc<Components>,
    revoker: Revoker,
    clock: Ahead,
    events: Arc<Mutex<Vec<AuthEvent>>>,
}

impl Stage {
    fn new() -> Self {
        Self::with(|auth| auth)
    }

    fn with(configure: impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder) -> Self {
        let (revoker, clock) = (Revoker::default(), Ahead::default());
        let events = Arc::new(Mutex::new(Vec::new()));
        let emitted = Arc::clone(&events);
        let builder = AuthLayer::builder()
            .provider_with_id("main", provider("https://id.example"))
            .provider_with_id("other", provider("https://other.example"))
            .base_url("https://app.example")
            .cookie_secret("q7Zx2LmV9cKdR4tYw8BnHs3JfGpUeA6Q")
            .http_client(revoker.clone())
            .clock(clock.clone())
            .on_event(move |event| emitted.lock().unwrap().push(event.clone()));
        let layer = configure(builder).build().unwrap();
        Self {
            shared: Arc::clone(&layer.origins.first),
            revoker,
            clock,
            events,
        }
    }

    /// Ends one session, as a sign-out does.
    async fn end(&self, number: usize) {
        self.end_at("main", number).await;
    }

    /// The same for a session of the provider with this id.
    async fn end_at(&self, id: &str, number: usize) {
        let provider = &self.shared.providers.with_id(id).unwrap().provider;
        let session = sample::numbered(number, "token", 0, self.shared.persistence.now());
        let session = sample::at_provider(&session, provider);
        self.shared.refresher.end(&session).await;
    }

    fn waiting(&self) -> usize {
        self.shared.refresher.waiting_revocations()
    }

    fn reasons(&self) -> Vec<&'static str> {
        self.reasons_of(AuthEventKind::RevocationFailed)
    }

    fn reasons_of(&self, kind: AuthEventKind) -> Vec<&'static str> {
        let events = self.events.lock().unwrap();
        let events = events.iter().filter(|event| event.kind() == kind);
        let reasons = events.filter_map(AuthEvent::reason);
        reasons.map(AuthEventReason::code).collect()
    }
}

fn tasks() -> usize {
    Handle::current().metrics().num_alive_tasks()
}

#[tokio::test(start_paused = true)]
async fn a_revocation_without_an_answer_is_tried_again_after_growing_pauses() {
    for status in [0, 500, 503, 429] {
        let stage = Stage::new();
        stage.revoker.answer(status);
        stage.end(1).await;
        tokio::time::sleep(Duration::from_secs(100)).await;
        assert_eq!(stage.revoker.seconds(), [0, 2, 6, 14, 30, 62], "{status}");

        stage.revoker.answer(200);
        tokio::time::sleep(Duration::from_secs(100)).await;

        assert_eq!(
            (stage.revoker.revoked(), stage.waiting()),
            (1, 0),
            "{status}"
        );
        assert_eq!(tasks(), 0, "{status}");
        assert!(stage.reasons().is_empty(), "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_provider_may_ask_for_a_longer_pause() {
    let stage = Stage::new();
    stage.revoker.answer(429);
    stage.revoker.0.lock().unwrap().retry_after = Some(600);
    stage.end(1).await;

    tokio::time::sleep(Duration::from_secs(700)).await;

    assert_eq!(stage.revoker.seconds(), [0, 600]);
}

#[tokio::test(start_paused = true)]
async fn thousands_of_waiting_revocations_share_one_task_and_all_succeed() {
    let stage = Stage::new();
    for number in 0..1_000 {
        stage.end(number).await;
    }
    assert_eq!((stage.waiting(), tasks()), (1_000, 1));

    stage.revoker.answer(200);
    tokio::time::sleep(LONGEST_PAUSE).await;

    assert_eq!((stage.revoker.revoked(), tasks()), (1_000, 0));
}

#[tokio::test(start_paused = true)]
async fn if_the_provider_is_down_few_of_the_waiting_revocations_are_sent() {
    let stage = Stage::new();
    for number in 0..100 {
        stage.end(number).await;
    }

    tokio::time::sleep(FIRST_PAUSE).await;
    tokio::time::sleep(Duration::from_millis(1)).await;

    assert_eq!(stage.revoker.seconds().len(), 100 + MAX_AT_ONCE);
    assert_eq!(stage.waiting(), 100);
}

#[tokio::test(start_paused = true)]
async fn a_revocation_that_the_provider_refuses_is_not_tried_again_but_reported() {
    let stage = Stage::new();
    stage.revoker.answer(400);
    stage.end(1).await;

    assert_eq!(stage.waiting(), 0);
    assert_eq!(stage.reasons(), ["revocation.status"]);
    let events = stage.events.lock().unwrap();
    assert_eq!(events[0].sub(), Some("alice"));
    assert!(events[0].session().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_revocation_waits_no_longer_than_its_session_could_be_valid() {
    let stage = Stage::new();
    stage.end(1).await;
    let day = 86_400_000;
    stage.clock.0.store(day, Ordering::SeqCst);

    tokio::time::sleep(FIRST_PAUSE * 2).await;

    assert_eq!((stage.waiting(), tasks()), (0, 0));
    assert_eq!(stage.reasons(), ["session_expired"]);
    assert_eq!(stage.revoker.seconds().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn at_most_4096_revocations_wait() {
    let stage = Stage::new();
    for number in 0..MAX_WAITING + 3 {
        stage.end(number).await;
    }

    assert_eq!(stage.waiting(), MAX_WAITING);
    assert_eq!(stage.reasons(), ["too_many"; 3]);
}

#[tokio::test(start_paused = true)]
async fn a_retry_that_is_cancelled_puts_its_revocations_back() {
    let stage = Stage::new();
    stage.end(1).await;
    {
        let provider = &stage.shared.providers.first().unwrap().provider;
        let taken = stage.shared.refresher.memory.revocations.take(provider, 1);
        assert_eq!(taken.entries.len(), 1);
        assert_eq!(stage.waiting(), 0);
    }

    assert_eq!(stage.waiting(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_hangs_delays_no_revocation_at_another() {
    let stage = Stage::new();
    stage.end_at("other", 1).await;
    stage.revoker.0.lock().unwrap().other_hangs = true;
    runtime::sleep(FIRST_PAUSE * 2).await;
    assert_eq!(stage.waiting(), 0, "the other one is being sent");

    stage.end_at("main", 2).await;
    assert_eq!(stage.waiting(), 1);
    stage.revoker.answer(200);
    runtime::sleep(FIRST_PAUSE * 2).await;

    assert_eq!((stage.revoker.revoked(), stage.waiting()), (1, 0));
    // The revocation at the other provider returns to its queue after a minute.
    runtime::sleep(Duration::from_secs(56)).await;
    assert_eq!((stage.revoker.revoked(), stage.waiting()), (1, 1));
}
