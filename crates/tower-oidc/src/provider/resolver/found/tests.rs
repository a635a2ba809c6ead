//! Calls of a resolver in paused time, without a network.

use std::future::pending;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use relying_party::{BoxFuture, HttpClient, TransportError};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::*;
use crate::format::manual_clock::ManualClock;
use crate::hook_call::BoxError;
use crate::layer::AuthLayer;
use crate::runtime::{self, Instant};
use crate::session::sample::at_origin;

const NOW: UnixMillis = UnixMillis(1_795_000_000_000);
const MAX_AGE: Duration = Duration::from_secs(600);

type Answer = Result<Option<ResolvedProvider>, BoxError>;

#[derive(Debug)]
struct SharedClock(Arc<ManualClock>);

impl Clock for SharedClock {
    fn now(&self) -> std::time::SystemTime {
        self.0.now()
    }
}

#[derive(Debug)]
struct NoNetwork;

impl HttpClient for NoNetwork {
    fn call(
        &self,
        _: http::Request<bytes::Bytes>,
    ) -> BoxFuture<Result<http::Response<bytes::Bytes>, TransportError>> {
        panic!("nothing is sent")
    }
}

/// A resolver that knows every key, or hangs, and counts its calls.
#[derive(Default)]
struct Calls {
    count: AtomicUsize,
    hangs: AtomicBool,
    knows_none: AtomicBool,
    /// A call waits for it, if it is there.
    gate: Mutex<Option<Arc<Notify>>>,
}

struct Stage {
    layer: AuthLayer,
    clock: Arc<ManualClock>,
    calls: Arc<Calls>,
}

impl Stage {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::at(NOW));
        let calls = Arc::new(Calls::default());
        let resolver = {
            let calls = Arc::clone(&calls);
            move |query: ProviderQuery| resolve(Arc::clone(&calls), query)
        };
        let builder = AuthLayer::builder()
            .provider_resolver(resolver)
            .provider_cache(8, MAX_AGE)
            .base_url("https://app.example")
            .cookie_secret("q7Zx2LmV9cKdR4tYw8BnHs3JfGpUeA6Q")
            .clock(SharedClock(Arc::clone(&clock)))
            .http_client(NoNetwork);
        Self {
            layer: builder.build().unwrap(),
            clock,
            calls,
        }
    }

    async fn find(&self, key: &str, whom: For) -> Result<Registration, NotFound> {
        let providers = self.layer.origins.first.providers.clone();
        let key = ResolverKey::parse(key).unwrap();
        let resolved = providers.resolved().unwrap();
        resolved.with_key(&at_origin(), &key, whom).await
    }

    fn count(&self) -> usize {
        self.calls.count.load(Ordering::SeqCst)
    }

    fn advance(&self, seconds: u64) {
        self.clock
            .set(UnixMillis::of(self.clock.now()).plus(Duration::from_secs(seconds)));
    }
}

async fn resolve(calls: Arc<Calls>, query: ProviderQuery) -> Answer {
    calls.count.fetch_add(1, Ordering::SeqCst);
    let gate = calls.gate.lock().unwrap().clone();
    if let Some(gate) = gate {
        gate.notified().await;
    }
    if calls.hangs.load(Ordering::SeqCst) {
        return pending().await;
    }
    if calls.knows_none.load(Ordering::SeqCst) {
        return Ok(None);
    }
    let provider = Provider::new("https://id.example", "app").client_secret("secret");
    Ok(Some(ResolvedProvider::new(query.key().unwrap(), provider)))
}

#[tokio::test(start_paused = true)]
async fn a_provider_with_the_same_settings_is_used_further() {
    let stage = Stage::new();
    let first = stage.find("acme", For::Session).await.unwrap();
    stage.advance(601);

    let second = stage.find("acme", For::Session).await.unwrap();

    assert_eq!(stage.count(), 2);
    assert!(Arc::ptr_eq(&first.circuit, &second.circuit));
}

#[tokio::test(start_paused = true)]
async fn requests_for_one_provider_wait_for_one_call() {
    let stage = Arc::new(Stage::new());
    let gate = Arc::new(Notify::new());
    *stage.calls.gate.lock().unwrap() = Some(Arc::clone(&gate));
    let mut tasks = JoinSet::new();
    for _ in 0..200 {
        let stage = Arc::clone(&stage);
        tasks.spawn(async move { stage.find("acme", For::SignIn).await.is_ok() });
    }
    runtime::sleep(Duration::from_secs(1)).await;
    gate.notify_waiters();

    assert!(tasks.join_all().await.into_iter().all(|is_found| is_found));
    assert_eq!(stage.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_resolver_that_hangs_holds_up_one_request_if_an_older_answer_serves() {
    let stage = Stage::new();
    stage.find("acme", For::Session).await.unwrap();
    stage.advance(601);
    stage.calls.hangs.store(true, Ordering::SeqCst);
    let before = Instant::now();

    assert!(stage.find("acme", For::Session).await.is_ok());
    assert_eq!(before.elapsed(), Duration::from_secs(5));
    for _ in 0..3 {
        assert!(stage.find("acme", For::Session).await.is_ok());
    }

    assert_eq!(before.elapsed(), Duration::from_secs(5));
    assert_eq!(stage.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_failed_or_negative_answer_is_repeated_for_two_seconds() {
    let stage = Stage::new();
    stage.calls.knows_none.store(true, Ordering::SeqCst);

    for _ in 0..3 {
        let found = stage.find("acme", For::SignIn).await;
        assert_eq!(found.err(), Some(NotFound::Unknown));
    }
    assert_eq!(stage.count(), 1);
    stage.calls.knows_none.store(false, Ordering::SeqCst);
    stage.advance(2);

    assert!(stage.find("acme", For::SignIn).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn calls_that_anybody_can_cause_are_bounded_and_hold_up_no_session() {
    let stage = Arc::new(Stage::new());
    stage.calls.hangs.store(true, Ordering::SeqCst);
    let mut tasks = JoinSet::new();
    for number in 0..MAX_CALLS {
        let stage = Arc::clone(&stage);
        tasks.spawn(async move { stage.find(&format!("t{number}"), For::SignIn).await.is_ok() });
    }
    runtime::sleep(Duration::from_millis(1)).await;
    let before = Instant::now();

    let one_more = stage.find("more", For::SignIn).await;
    assert_eq!(one_more.err(), Some(NotFound::Unavailable));
    assert_eq!(before.elapsed(), Duration::ZERO, "it does not wait");
    stage.calls.hangs.store(false, Ordering::SeqCst);
    assert!(stage.find("acme", For::Session).await.is_ok());
    // The clients leave, and their calls end all the same.
    tasks.abort_all();
    while tasks.join_next().await.is_some() {}
    stage.advance(2);
    assert!(
        stage.find("more", For::SignIn).await.is_err(),
        "the calls run still"
    );
    runtime::sleep(Duration::from_secs(5)).await;
    stage.advance(2);
    assert!(stage.find("more", For::SignIn).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn an_answer_to_a_question_of_before_it_was_forgotten_is_not_kept() {
    let stage = Arc::new(Stage::new());
    let gate = Arc::new(Notify::new());
    *stage.calls.gate.lock().unwrap() = Some(Arc::clone(&gate));
    let before = {
        let stage = Arc::clone(&stage);
        tokio::spawn(async move { stage.find("acme", For::Session).await.is_ok() })
    };
    runtime::sleep(Duration::from_millis(1)).await;
    stage.layer.forget_provider("acme");
    *stage.calls.gate.lock().unwrap() = None;
    gate.notify_waiters();
    assert!(before.await.unwrap());

    stage.find("acme", For::Session).await.unwrap();

    assert_eq!(stage.count(), 2);
}
