#![expect(
    clippy::arithmetic_side_effects,
    reason = "an overflow is a failed test"
)]

mod networks;

use std::collections::VecDeque;
use std::sync::Mutex;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::fair_queue::{MAX_IN_FLIGHT, MAX_IN_FLIGHT_OF_NETWORK, MAX_WAITING};
use super::limits::SLOW_AFTER;
use super::*;
use crate::http_client::TransportErrorKind;

/// A provider that responds to a request when the test lets it.
#[derive(Clone, Debug, Default)]
struct PausedProvider(Arc<Mutex<VecDeque<PausedRequest>>>);

/// The path of a request, and the sender that lets the provider respond.
type PausedRequest = (String, oneshot::Sender<()>);

impl HttpClient for PausedProvider {
    fn call(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        let (sender, answered) = oneshot::channel();
        let path = request.uri().path().to_owned();
        self.0.lock().unwrap().push_back((path, sender));
        Box::pin(async move {
            let _ = answered.await;
            Ok(http::Response::new(Bytes::new()))
        })
    }
}

impl PausedProvider {
    /// Returns how many requests for this path are in flight.
    async fn held(&self, path: &str) -> usize {
        settle().await;
        let held = self.0.lock().unwrap();
        held.iter().filter(|(other, _)| other == path).count()
    }

    async fn paths(&self) -> Vec<String> {
        settle().await;
        let held = self.0.lock().unwrap();
        held.iter().map(|(path, _)| path.clone()).collect()
    }

    /// Responds to the request that was sent first.
    fn answer_first(&self) {
        let (_, sender) = self.0.lock().unwrap().pop_front().expect("one is held");
        let _ = sender.send(());
    }
}

/// Lets all tasks run until they wait.
async fn settle() {
    // Each turn of the runtime runs some sixty tasks.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

fn provider() -> (PausedProvider, Arc<Requests>) {
    let provider = PausedProvider::default();
    let requests = Requests::new(Arc::new(provider.clone()), DEFAULT_LIFETIME);
    (provider, requests)
}

const ONE: ClientNetwork = ClientNetwork {
    wider: 1,
    network: 1,
};

type Answer = JoinHandle<Result<(), TransportErrorKind>>;

fn request(path: &str) -> http::Request<Bytes> {
    http::Request::get(path).body(Bytes::new()).unwrap()
}

fn send(requests: &Arc<Requests>, purpose: Purpose, path: &str) -> Answer {
    let response = requests.client(purpose).call(request(path));
    tokio::spawn(async move { response.await.map(|_| ()).map_err(|error| error.kind()) })
}

/// Of a network that is part of no wider one.
fn exchange(requests: &Arc<Requests>, network: u128, path: &str) -> Answer {
    exchange_in(requests, network, network, path)
}

fn exchange_in(requests: &Arc<Requests>, wider: u128, network: u128, path: &str) -> Answer {
    let (requests, request) = (Arc::clone(requests), request(path));
    let network = ClientNetwork { wider, network };
    tokio::spawn(async move {
        let client = requests.new_sign_in(Some(network)).await;
        let client = client.map_err(|error| error.kind())?;
        let response = client.call(request).await;
        response.map(|_| ()).map_err(|error| error.kind())
    })
}

async fn refused(answers: Vec<Answer>) -> usize {
    settle().await;
    let mut refused = 0;
    for answer in answers {
        if answer.is_finished() {
            assert_eq!(answer.await.unwrap(), Err(TransportErrorKind::Overloaded));
            refused += 1;
        }
    }
    refused
}

#[tokio::test(start_paused = true)]
async fn refreshes_beyond_the_limits_are_refused_at_once() {
    let (provider, requests) = provider();
    let all = REFRESHES.in_flight + REFRESHES.waiting;
    let answers = (0..all + 10)
        .map(|_| send(&requests, Purpose::Refresh, "/token"))
        .collect();

    assert_eq!(refused(answers).await, 10);
    assert_eq!(provider.held("/token").await, 64);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_waits_is_refused_after_ten_seconds_and_was_not_sent() {
    let (provider, requests) = provider();
    let mut turns = Vec::new();
    for _ in 0..MAX_IN_FLIGHT_OF_NETWORK {
        turns.push(requests.new_sign_in(Some(ONE)).await.unwrap());
    }
    let before = Instant::now();

    let waited = exchange(&requests, 1, "/waited").await.unwrap();

    assert_eq!(waited, Err(TransportErrorKind::Overloaded));
    assert_eq!(before.elapsed(), MAX_WAIT);
    assert_eq!(provider.held("/waited").await, 0);
    drop(turns);
}

#[tokio::test(start_paused = true)]
async fn no_purpose_delays_another() {
    let (provider, requests) = provider();
    let mut answers = Vec::new();
    for network in 0..MAX_IN_FLIGHT + MAX_WAITING {
        answers.push(exchange(&requests, network as u128, "/exchange"));
    }
    assert_eq!(provider.held("/exchange").await, MAX_IN_FLIGHT);

    for _ in 0..REFRESHES.in_flight + 1 {
        answers.push(send(&requests, Purpose::Refresh, "/refresh"));
    }
    assert_eq!(provider.held("/refresh").await, REFRESHES.in_flight);
    for _ in 0..REVOCATIONS.in_flight + 1 {
        answers.push(send(&requests, Purpose::Revocation, "/revoke"));
    }
    assert_eq!(provider.held("/revoke").await, REVOCATIONS.in_flight);
    for _ in 0..DOCUMENTS.in_flight + 1 {
        answers.push(send(&requests, Purpose::Document, "/keys"));
    }
    assert_eq!(provider.held("/keys").await, DOCUMENTS.in_flight);
    assert_eq!(refused(answers).await, 0);
}

#[tokio::test(start_paused = true)]
async fn other_requests_of_users_leave_half_of_the_budget_to_refreshes() {
    let (provider, requests) = provider();
    let all = USER_REQUESTS.in_flight + USER_REQUESTS.waiting;
    let answers = (0..all + 10)
        .map(|_| send(&requests, Purpose::SignedIn, "/userinfo"))
        .collect();
    assert_eq!(refused(answers).await, 10);
    assert_eq!(provider.held("/userinfo").await, USER_REQUESTS.in_flight);

    for _ in 0..REFRESHES.in_flight {
        send(&requests, Purpose::Refresh, "/token");
    }

    assert_eq!(provider.held("/token").await, REFRESHES.in_flight / 2);
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_whose_code_was_accepted_is_sent_before_those_that_wait() {
    let (provider, requests) = provider();
    for network in 0..MAX_IN_FLIGHT + 10 {
        exchange(&requests, network as u128, "/exchange");
    }
    settle().await;
    send(&requests, Purpose::SignIn, "/userinfo");
    settle().await;

    provider.answer_first();

    assert_eq!(provider.held("/userinfo").await, 1);
    assert_eq!(provider.held("/exchange").await, MAX_IN_FLIGHT - 1);
}

#[tokio::test(start_paused = true)]
async fn slow_refreshes_leave_the_budget_after_ten_seconds_up_to_a_limit() {
    let (provider, requests) = provider();
    let mut answers = Vec::new();
    let per_round = REFRESHES.in_flight;
    let rounds = REFRESHES.slow / per_round;
    for round in 0..rounds {
        for _ in 0..per_round {
            answers.push(send(&requests, Purpose::Refresh, "/token"));
        }
        assert_eq!(provider.held("/token").await, (round + 1) * per_round);
        tokio::time::sleep(SLOW_AFTER).await;
    }
    for _ in 0..per_round {
        answers.push(send(&requests, Purpose::Refresh, "/token"));
    }
    assert_eq!(provider.held("/token").await, REFRESHES.slow + per_round);
    tokio::time::sleep(SLOW_AFTER - Duration::from_millis(1)).await;
    answers.push(send(&requests, Purpose::Refresh, "/late"));

    tokio::time::sleep(Duration::from_millis(2)).await;

    // No slow place is left.
    assert_eq!(provider.held("/late").await, 0);
    assert_eq!(refused(answers).await, 0);
}

#[tokio::test(start_paused = true)]
async fn refreshes_and_revocations_time_out_after_a_minute_and_all_others_after_ten_seconds() {
    let (_provider, requests) = provider();
    for (purpose, expected) in [
        (Purpose::Refresh, DEFAULT_LIFETIME),
        (Purpose::Revocation, DEFAULT_LIFETIME),
        (Purpose::SignedIn, SHORT_LIFETIME),
        (Purpose::SignIn, SHORT_LIFETIME),
        (Purpose::Document, SHORT_LIFETIME),
    ] {
        let before = Instant::now();
        let answer = send(&requests, purpose, "/").await.unwrap();
        assert_eq!(answer, Err(TransportErrorKind::Timeout), "{purpose:?}");
        assert_eq!(before.elapsed(), expected, "{purpose:?}");
    }
    let before = Instant::now();
    let answer = exchange(&requests, 1, "/").await.unwrap();
    assert_eq!(answer, Err(TransportErrorKind::Timeout));
    assert_eq!(before.elapsed(), SHORT_LIFETIME);
}

#[tokio::test(start_paused = true)]
async fn the_lifetime_of_a_refresh_can_be_shorter_than_that_of_a_slow_request() {
    let lifetime = Duration::from_secs(3);
    let requests = Requests::new(Arc::new(PausedProvider::default()), lifetime);
    let before = Instant::now();

    let answer = send(&requests, Purpose::Refresh, "/").await.unwrap();

    assert_eq!(answer, Err(TransportErrorKind::Timeout));
    assert_eq!(before.elapsed(), lifetime);
}
