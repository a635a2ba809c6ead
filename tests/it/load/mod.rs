//! A flood of callbacks with invented codes from one network while the token endpoint does not
//! respond. The tests check order and counts, under a clock that advances only when all tasks wait.

mod gated_client;
mod stage;

use std::time::Duration;

use http::Method;
use http::header::RETRY_AFTER;
use tokio::runtime::Handle;

use self::gated_client::Kind;
use self::stage::{REVALIDATE_EVERY, Service, Stage, Visit, Visitor, settle};

/// From one network; the layer has at most 48 in flight and 1,024 waiting.
const FLOOD: usize = 2_400;
const IN_FLIGHT: usize = 48;
const WAITING: usize = 1_024;

const SIGN_OUTS: usize = 40;

/// In the network of the flood, in another one, and a signed-in user.
const ATTACKER: &str = "203.0.113.7";
const SAME_NETWORK: &str = "203.0.113.200";
const OTHER_NETWORK: &str = "198.51.100.1";

fn tasks() -> usize {
    Handle::current().metrics().num_alive_tasks()
}

async fn flood(service: &Service, issuer: &str) -> Vec<Visit> {
    flood_from(service, issuer, |_| ATTACKER.to_owned()).await
}

/// Each from a different address.
async fn flood_from(
    service: &Service,
    issuer: &str,
    address: impl Fn(usize) -> String,
) -> Vec<Visit> {
    let mut visits = Vec::new();
    for number in 0..FLOOD {
        let mut attacker = Visitor::new(&address(number));
        let callback = attacker.guess(service, issuer).await;
        visits.push(attacker.spawn(service, Method::GET, &callback));
    }
    settle().await;
    visits
}

/// Those of the flood that were answered at once, each with 503 and its transaction kept.
async fn refused(visits: &mut Vec<Visit>) -> usize {
    let mut refused = 0;
    for visit in std::mem::take(visits) {
        if !visit.is_finished() {
            visits.push(visit);
            continue;
        }
        let (attacker, response) = visit.await.unwrap();
        assert_eq!(response.status(), 503);
        assert!(response.headers().contains_key(RETRY_AFTER));
        assert!(attacker.has_transaction());
        refused += 1;
    }
    refused
}

/// Holds the token endpoint for longer than the circuit breaker of refreshes waits.
async fn open_the_circuit(stage: &Stage, service: &Service, victim: &Visitor) -> Visit {
    stage.client.started();
    stage.client.set_open(Kind::Exchange, false);
    stage.client.set_open(Kind::Refresh, false);
    let visit = victim.clone().spawn(service, Method::GET, "/refresh");
    tokio::time::sleep(Duration::from_millis(3_100)).await;
    assert_eq!(stage.client.started(), [Kind::Refresh]);
    visit
}

#[test]
fn a_flood_of_callbacks_delays_no_user_and_no_genuine_sign_in() {
    let stage = Stage::new();
    let first = stage.signed_in("alice", OTHER_NETWORK);
    let second = stage.signed_in("bob", OTHER_NETWORK);
    let sign_outs: Vec<_> = (0..SIGN_OUTS)
        .map(|_| stage.signed_in("carol", OTHER_NETWORK))
        .collect();
    let (stranger, stranger_callback) = stage.returning("alice", OTHER_NETWORK);
    let (neighbour, neighbour_callback) = stage.returning("bob", SAME_NETWORK);
    let revoked_before = stage.app.provider.revocations().len();
    stage.run(async |service| {
        stage.auth.discover().await.unwrap();
        let first = open_the_circuit(&stage, &service, &first).await;

        // What is in flight and what waits is bounded, and the rest is answered at once.
        let mut visits = flood(&service, stage.app.provider.issuer()).await;
        assert_eq!(stage.client.started(), [Kind::Exchange; IN_FLIGHT]);
        assert_eq!(refused(&mut visits).await, FLOOD - IN_FLIGHT - WAITING);

        // Requests for signed-in users and operators are sent before any further exchange.
        let second = second.spawn(&service, Method::GET, "/refresh");
        settle().await;
        assert_eq!(stage.client.started(), [Kind::Refresh]);
        let mut gone = sign_outs.into_iter();
        gone.next()
            .unwrap()
            .spawn(&service, Method::POST, "/auth/sign-out");
        settle().await;
        assert_eq!(stage.client.started(), [Kind::Revocation]);
        let hour = Duration::from_secs(3_601);
        stage.app.clock.advance(hour);
        stage.auth.discover().await.unwrap();
        stage.app.clock.rewind(hour);
        assert_eq!(stage.client.started(), [Kind::Metadata, Kind::Keys]);
        // What was fetched is in the future now.
        stage.auth.discover().await.unwrap();
        assert_eq!(stage.client.started(), [Kind::Metadata, Kind::Keys]);

        // A genuine sign-in of another network is sent at once, one of the same network later.
        let stranger = stranger.spawn(&service, Method::GET, &stranger_callback);
        settle().await;
        assert_eq!(stage.client.started(), [Kind::Exchange]);
        let neighbour = neighbour.spawn(&service, Method::GET, &neighbour_callback);
        settle().await;
        let (mut neighbour, response) = neighbour.await.unwrap();
        assert_eq!(response.status(), 503);
        assert!(neighbour.has_transaction() && !neighbour.has_session());
        assert!(stage.client.started().is_empty());

        // Sign-outs whose revocation the provider does not accept.
        stage.client.set_open(Kind::Revocation, false);
        let gone: Vec<_> = gone
            .map(|visitor| visitor.spawn(&service, Method::POST, "/auth/sign-out"))
            .collect();
        settle().await;
        assert_eq!(stage.client.started(), [Kind::Revocation; 16]);

        for kind in [Kind::Exchange, Kind::Refresh, Kind::Revocation] {
            stage.client.set_open(kind, true);
        }
        let (stranger, response) = stranger.await.unwrap();
        assert_eq!(response.status(), 303);
        assert!(stranger.has_session());
        for visit in [first, second] {
            assert_eq!(visit.await.unwrap().1.status(), 200);
        }
        for visit in gone {
            assert_eq!(visit.await.unwrap().1.status(), 303);
        }
        for visit in visits {
            let (attacker, response) = visit.await.unwrap();
            assert_eq!(response.status(), 400);
            assert!(!attacker.has_transaction());
        }
        let response = neighbour.open(&service, &neighbour_callback).await;
        assert_eq!(response.status(), 303);
        assert!(neighbour.has_session());

        stage.auth.drain().await;
        let revoked = stage.app.provider.revocations().len();
        assert_eq!(revoked - revoked_before, SIGN_OUTS);
        // Nothing remains when the memory of the last minute has expired.
        stage.app.clock.advance(Duration::from_secs(61));
        tokio::time::sleep(Duration::from_secs(125)).await;
        assert_eq!(stage.client.held(), (0, 0));
        assert_eq!(tasks(), 0);
    });
}

#[test]
fn a_flood_from_every_network_of_one_customer_delays_no_genuine_sign_in() {
    let stage = Stage::new();
    let (stranger, stranger_callback) = stage.returning("alice", OTHER_NETWORK);
    stage.run(async |service| {
        stage.auth.discover().await.unwrap();
        stage.client.started();
        stage.client.set_open(Kind::Exchange, false);
        let issuer = stage.app.provider.issuer();
        let address = |number| format!("2001:db8:7:{number:x}::1");
        let mut visits = flood_from(&service, issuer, address).await;
        assert_eq!(stage.client.started(), [Kind::Exchange; IN_FLIGHT]);
        assert_eq!(refused(&mut visits).await, FLOOD - IN_FLIGHT - WAITING);

        let stranger = stranger.spawn(&service, Method::GET, &stranger_callback);
        settle().await;

        assert_eq!(stage.client.started(), [Kind::Exchange]);
        stage.client.set_open(Kind::Exchange, true);
        let (stranger, response) = stranger.await.unwrap();
        assert_eq!(response.status(), 303);
        assert!(stranger.has_session());
        for visit in visits {
            assert_eq!(visit.await.unwrap().1.status(), 400);
        }
    });
}

#[test]
fn revocations_that_waited_too_long_reach_the_provider_later() {
    let stage = Stage::new();
    let sign_outs: Vec<_> = (0..SIGN_OUTS)
        .map(|_| stage.signed_in("carol", OTHER_NETWORK))
        .collect();
    let revoked_before = stage.app.provider.revocations().len();
    stage.run(async |service| {
        stage.auth.discover().await.unwrap();
        stage.client.set_open(Kind::Revocation, false);
        for visitor in sign_outs {
            let visit = visitor.spawn(&service, Method::POST, "/auth/sign-out");
            // It waits for two seconds at most.
            assert_eq!(visit.await.unwrap().1.status(), 303);
        }
        // Longer than the lifetime of a request.
        tokio::time::sleep(Duration::from_secs(120)).await;
        assert_eq!(stage.app.provider.revocations().len(), revoked_before);

        stage.client.set_open(Kind::Revocation, true);
        tokio::time::sleep(Duration::from_secs(600)).await;

        let revoked = stage.app.provider.revocations().len();
        assert_eq!(revoked - revoked_before, SIGN_OUTS);
        assert_eq!((stage.client.held(), tasks()), ((0, 0), 0));
    });
}

#[test]
fn while_callbacks_wait_a_due_check_admits_no_refused_user_and_keeps_its_limit() {
    let stage = Stage::new();
    let victim = stage.signed_in("alice", OTHER_NETWORK);
    let mut unchecked = stage.signed_in("carol", OTHER_NETWORK);
    let users: Vec<_> = (0..39)
        .map(|_| stage.signed_in("bob", OTHER_NETWORK))
        .collect();
    stage.app.provider.disable_user("bob");
    stage.app.clock.advance(REVALIDATE_EVERY);
    stage.run(async |service| {
        stage.auth.discover().await.unwrap();
        let victim = open_the_circuit(&stage, &service, &victim).await;
        let visits = flood(&service, stage.app.provider.issuer()).await;
        // The provider answers refreshes again, while the exchanges still wait.
        stage.client.set_open(Kind::Refresh, true);
        assert_eq!(victim.await.unwrap().1.status(), 200);

        for visitor in users {
            let visit = visitor.spawn(&service, Method::GET, "/fresh");
            let (_, response) = visit.await.unwrap();
            assert_eq!(response.status(), 303);
        }
        assert_eq!(
            visits.iter().filter(|it| !it.is_finished()).count(),
            IN_FLIGHT + WAITING
        );

        stage.client.set_open(Kind::Refresh, false);
        // A check that cannot be completed passes for an hour after it became due, and no longer.
        let passed = unchecked.open(&service, "/fresh").await;
        assert_eq!(passed.status(), 200);
        stage.app.clock.advance(Duration::from_secs(3_600));
        let beyond = unchecked.open(&service, "/fresh").await;
        assert_eq!(beyond.status(), 503);
        assert!(beyond.headers().contains_key(RETRY_AFTER));
    });
}

#[test]
fn a_full_queue_is_not_treated_as_an_outage_and_passes_no_due_check() {
    let stage = Stage::new();
    let mut user = stage.signed_in("alice", OTHER_NETWORK);
    stage.app.clock.advance(REVALIDATE_EVERY);
    stage.run(async |service| {
        stage.client.set_overloaded(true);
        let response = user.open(&service, "/fresh").await;
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()[RETRY_AFTER], "5");
        assert!(user.has_session());

        stage.client.set_overloaded(false);
        stage.app.clock.advance(Duration::from_secs(5));
        let response = user.open(&service, "/fresh").await;
        assert_eq!(response.status(), 200);
    });
}
