//! A provider that answers slowly, and instances that share a coordinator: the refresh token is sent
//! once, and no session is lost. Time is tokio's paused time.

use std::collections::HashMap;

use http::StatusCode;
use relying_party::TransportErrorKind;

use super::*;

/// The example of RFC 7517 appendix A.1; no ID token is verified here.
const KEYS: &str = r#"{"keys":[{"kty":"EC","crv":"P-256","use":"sig","kid":"1","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}"#;

/// A provider whose token endpoint answers after `delay`, and rotates refresh tokens. It refuses a refresh
/// token that was sent before, like a provider that detects reuse.
#[derive(Clone, Debug)]
pub(super) struct SlowProvider {
    delay: Duration,
    /// How long each of its documents takes; `None` if they are unavailable.
    documents: Option<Duration>,
    /// The refresh tokens that were sent, in this order.
    presented: Arc<Mutex<Vec<String>>>,
}

impl SlowProvider {
    pub(super) fn answering_after(delay: Duration) -> Self {
        Self {
            delay,
            documents: Some(Duration::ZERO),
            presented: Arc::default(),
        }
    }

    /// The same provider, whose documents take this long or are unavailable.
    pub(super) fn documents_after(self, documents: Option<Duration>) -> Self {
        Self { documents, ..self }
    }

    pub(super) fn presented(&self) -> Vec<String> {
        self.presented.lock().unwrap().clone()
    }

    fn token_response(&self, body: &[u8]) -> Response<Bytes> {
        let form = String::from_utf8(body.to_vec()).unwrap();
        let parameter = form
            .split('&')
            .find_map(|it| it.strip_prefix("refresh_token="));
        let mut presented = self.presented.lock().unwrap();
        let is_reused = presented.iter().any(|it| Some(it.as_str()) == parameter);
        presented.push(parameter.unwrap().to_owned());
        if is_reused {
            return json(
                StatusCode::BAD_REQUEST,
                r#"{"error":"invalid_grant"}"#.to_owned(),
            );
        }
        let number = presented.len();
        json(
            StatusCode::OK,
            format!(
                r#"{{"access_token":"access-{number}","refresh_token":"refresh-{number}","token_type":"Bearer","expires_in":3600}}"#
            ),
        )
    }
}

impl HttpClient for SlowProvider {
    fn call(&self, request: Request<Bytes>) -> BoxFuture<Result<Response<Bytes>, TransportError>> {
        let provider = self.clone();
        Box::pin(async move {
            let issuer = "https://id.example";
            if request.uri().path() != "/token" {
                let Some(delay) = provider.documents else {
                    return Err(TransportError::new(TransportErrorKind::Connect));
                };
                tokio::time::sleep(delay).await;
            }
            Ok(match request.uri().path() {
                "/token" => {
                    let response = provider.token_response(request.body());
                    tokio::time::sleep(provider.delay).await;
                    response
                }
                "/jwks" => json(StatusCode::OK, KEYS.to_owned()),
                _ => json(
                    StatusCode::OK,
                    format!(
                        r#"{{"issuer":"{issuer}","authorization_endpoint":"{issuer}/authorize","token_endpoint":"{issuer}/token","jwks_uri":"{issuer}/jwks","response_types_supported":["code"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["ES256"]}}"#
                    ),
                ),
            })
        })
    }
}

fn json(status: StatusCode, body: String) -> Response<Bytes> {
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(body.into())
        .unwrap()
}

/// A coordinator in memory, with the expiry of a key-value store.
#[derive(Clone, Default)]
pub(super) struct InMemory(Arc<Mutex<Entries>>);

#[derive(Default)]
struct Entries {
    locks: HashMap<String, (String, Instant)>,
    sessions: HashMap<String, (StoredSession, Instant)>,
    /// The order of the calls.
    calls: Vec<&'static str>,
}

impl InMemory {
    pub(super) fn calls(&self) -> Vec<&'static str> {
        self.0.lock().unwrap().calls.clone()
    }

    pub(super) fn locks(&self) -> usize {
        self.0.lock().unwrap().locks.len()
    }
}

impl RefreshCoordinator for InMemory {
    fn lock(&self, request: LockRequest) -> BoxFuture<Result<LockOutcome, CoordinatorError>> {
        let now = Instant::now();
        let mut entries = self.0.lock().unwrap();
        let held = entries.locks.get(&request.key);
        let outcome = if held.is_some_and(|(_, until)| now < *until) {
            entries.calls.push("held by another");
            LockOutcome::HeldByAnother
        } else {
            entries.calls.push("taken");
            let until = after(now, request.lock_for);
            let lock = (request.owner, until);
            entries.locks.insert(request.key.clone(), lock);
            let stored = entries.sessions.get(&request.key);
            let stored = stored.filter(|(_, until)| now < *until);
            LockOutcome::Taken {
                stored: stored.map(|(session, _)| session.value.clone()),
            }
        };
        Box::pin(async { Ok(outcome) })
    }

    fn store_and_unlock(&self, request: UnlockRequest) -> BoxFuture<Result<(), CoordinatorError>> {
        let mut entries = self.0.lock().unwrap();
        entries.calls.push("unlocked");
        if let Some(session) = request.session {
            let until = after(Instant::now(), session.keep_for);
            entries
                .sessions
                .insert(request.key.clone(), (session, until));
        }
        if entries
            .locks
            .get(&request.key)
            .is_some_and(|it| it.0 == request.owner)
        {
            entries.locks.remove(&request.key);
        }
        Box::pin(async { Ok(()) })
    }
}

pub(super) fn instance(provider: &SlowProvider, coordinator: &InMemory) -> Arc<Components> {
    let (provider, coordinator) = (provider.clone(), coordinator.clone());
    built(|auth| auth.http_client(provider).refresh_coordinator(coordinator))
}

/// A failure is remembered for two seconds of the wall clock, which does not move here.
fn retry_is_allowed(shared: &Arc<Components>, session: &Arc<Session>) {
    let handle = shared.refresher.hold(session);
    handle.state().forget_failure(&Target::DEFAULT);
}

const THIRTY_SECONDS: Duration = Duration::from_secs(30);

#[tokio::test(start_paused = true)]
async fn a_response_after_thirty_seconds_loses_no_session_on_two_instances() {
    let provider = SlowProvider::answering_after(THIRTY_SECONDS);
    let coordinator = InMemory::default();
    let here = instance(&provider, &coordinator);
    let there = instance(&provider, &coordinator);
    let first = session(&here, 1);
    let wait = here.refresher.wait();
    let later = Failure::internal();

    // A user reloads on both instances, always with the old cookie.
    let mut callers = Vec::new();
    for _ in 0..5 {
        for instance in [&here, &there] {
            callers.push(asking(instance, &first, newer(Target::DEFAULT, false)));
        }
        tokio::time::sleep(Duration::from_secs(4)).await;
    }
    for caller in callers {
        let (result, waited) = caller.await.unwrap();
        assert_eq!(result.err(), Some(later));
        assert!(waited <= wait + Duration::from_millis(1), "{waited:?}");
    }
    assert_eq!(provider.presented(), ["one"]);
    here.refresher.drain().await;
    there.refresher.drain().await;

    // All callers had stopped waiting, so no response carried the result. It is kept for the next request.
    for instance in [&here, &there] {
        retry_is_allowed(instance, &first);
        let (result, waited) = asking(instance, &first, (Target::DEFAULT, RefreshMode::WhenDue))
            .await
            .unwrap();
        assert_eq!(result.unwrap().frame.generation, 1);
        assert!(waited < Duration::from_secs(1));
    }
    assert_eq!(provider.presented(), ["one"]);
}

/// A browser got "try later". Its next request comes after lunch, to the other instance.
#[tokio::test(start_paused = true)]
async fn a_result_that_no_response_carried_is_shared_for_as_long_as_the_session_lives() {
    let provider = SlowProvider::answering_after(THIRTY_SECONDS);
    let coordinator = InMemory::default();
    let here = instance(&provider, &coordinator);
    let first = session(&here, 1);
    let caller = asking(&here, &first, newer(Target::DEFAULT, false));
    assert!(caller.await.unwrap().0.is_err());
    here.refresher.drain().await;
    tokio::time::advance(Duration::from_secs(3_000)).await;

    let there = instance(&provider, &coordinator);
    let when_due = (Target::DEFAULT, RefreshMode::WhenDue);
    let (result, _) = asking(&there, &first, when_due).await.unwrap();

    assert_eq!(result.unwrap().frame.generation, 1);
    assert_eq!(provider.presented(), ["one"]);
}

/// If a response carries the result, it is only shared for a minute, so that a copy of the older cookie does
/// not give access to the newest tokens for long.
#[tokio::test(start_paused = true)]
async fn a_result_that_a_caller_waits_for_is_shared_for_a_minute() {
    let provider = SlowProvider::answering_after(Duration::from_millis(300));
    let coordinator = InMemory::default();
    let here = instance(&provider, &coordinator);

    let caller = asking(&here, &session(&here, 1), newer(Target::DEFAULT, false));
    caller.await.unwrap().0.unwrap();

    let entries = coordinator.0.lock().unwrap();
    let kept: Vec<_> = entries.sessions.values().map(|it| it.0.keep_for).collect();
    assert_eq!(kept, [REFRESHED_SESSION_TTL]);
    assert!(entries.locks.is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_lock_of_an_instance_that_stopped_expires_after_ninety_seconds() {
    let provider = SlowProvider::answering_after(Duration::from_millis(300));
    let coordinator = InMemory::default();
    let there = instance(&provider, &coordinator);
    let first = session(&there, 1);
    let lock = there.refresher.lock(&first, Instant::now()).await;
    assert!(matches!(lock, coordination::Locked::Held(_)));
    let here = instance(&provider, &coordinator);
    let since = Instant::now();

    let refreshed = loop {
        let caller = asking(&here, &first, newer(Target::DEFAULT, false));
        match caller.await.unwrap().0 {
            Ok(session) => break session,
            Err(failure) => assert_eq!(failure, Failure::internal()),
        }
        retry_is_allowed(&here, &first);
    };

    assert_eq!(refreshed.frame.generation, 1);
    let waited = since.elapsed();
    assert!(
        waited >= Duration::from_secs(90) && waited < Duration::from_secs(91),
        "{waited:?}"
    );
    assert_eq!(provider.presented(), ["one"]);
}

/// A sign-out at one instance while the other one is refreshing.
#[tokio::test(start_paused = true)]
async fn a_revocation_waits_for_the_refresh_of_another_instance() {
    let provider = SlowProvider::answering_after(THIRTY_SECONDS);
    let coordinator = InMemory::default();
    let here = instance(&provider, &coordinator);
    let there = instance(&provider, &coordinator);
    let first = session(&here, 1);
    asking(&here, &first, newer(Target::DEFAULT, false));
    let_tasks_run().await;

    there.refresher.end(&first).await;
    assert_eq!(provider.presented(), ["one"]);
    let since = Instant::now();
    there.refresher.drain().await;

    // The revocation took the lock after the refresh had released it.
    assert!(
        since.elapsed() >= Duration::from_secs(27),
        "{:?}",
        since.elapsed()
    );
    let calls = coordinator.calls();
    let calls: Vec<_> = calls
        .into_iter()
        .filter(|it| *it != "held by another")
        .collect();
    assert_eq!(calls, ["taken", "unlocked", "taken", "unlocked"]);
}

/// On a host that freezes the instance after each response, a refresh that is not awaited is lost.
#[tokio::test(start_paused = true)]
async fn on_a_host_that_freezes_instances_a_caller_waits_until_its_request_has_ended() {
    let provider = SlowProvider::answering_after(Duration::from_secs(9));
    let coordinator = InMemory::default();
    let there = instance(&provider, &coordinator);
    let (client, store) = (provider.clone(), coordinator.clone());
    let here = built(|auth| {
        auth.http_client(client)
            .refresh_coordinator(store)
            .freezes_between_requests(true)
    });
    let first = session(&here, 1);
    let lock = there.refresher.lock(&first, Instant::now()).await;
    let coordination::Locked::Held(lock) = lock else {
        panic!("it is free");
    };
    let caller = asking(&here, &first, newer(Target::DEFAULT, true));
    tokio::time::sleep(Duration::from_secs(5)).await;
    lock.unlock(&there.refresher, None, false).await;

    let (result, waited) = caller.await.unwrap();

    assert_eq!(result.unwrap().frame.generation, 1);
    assert!(waited >= Duration::from_secs(14), "{waited:?}");
    assert_eq!(here.refresher.in_flight(), 0);
}

/// A coordinator that fails must not be worse than none. A lock that another instance holds is not a failure.
#[tokio::test(start_paused = true)]
async fn a_refresh_continues_without_its_coordinator_only_if_that_failed() {
    struct Silent;
    impl RefreshCoordinator for Silent {
        fn lock(&self, _: LockRequest) -> BoxFuture<Result<LockOutcome, CoordinatorError>> {
            Box::pin(pending())
        }
        fn store_and_unlock(&self, _: UnlockRequest) -> BoxFuture<Result<(), CoordinatorError>> {
            panic!("nothing was locked")
        }
    }
    struct Taken;
    impl RefreshCoordinator for Taken {
        fn lock(&self, _: LockRequest) -> BoxFuture<Result<LockOutcome, CoordinatorError>> {
            Box::pin(async { Ok(LockOutcome::HeldByAnother) })
        }
        fn store_and_unlock(&self, _: UnlockRequest) -> BoxFuture<Result<(), CoordinatorError>> {
            panic!("nothing was locked")
        }
    }
    let provider = SlowProvider::answering_after(Duration::from_millis(300));
    let client = provider.clone();
    let silent = built(|auth| auth.http_client(client).refresh_coordinator(Silent));
    let client = provider.clone();
    let taken = built(|auth| auth.http_client(client).refresh_coordinator(Taken));

    let refused = asking(&taken, &session(&taken, 1), newer(Target::DEFAULT, false));
    assert_eq!(refused.await.unwrap().0.err(), Some(Failure::internal()));
    assert!(provider.presented().is_empty());
    let refreshed = asking(&silent, &session(&silent, 1), newer(Target::DEFAULT, false));
    refreshed.await.unwrap().0.unwrap();

    assert_eq!(provider.presented(), ["one"]);
}
