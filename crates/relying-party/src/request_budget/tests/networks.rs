//! How the networks of clients share the places and turns of code exchanges.

use super::super::fair_queue::MAX_WAITING_OF_NETWORK;
use super::*;

#[tokio::test(start_paused = true)]
async fn networks_that_wait_take_turns() {
    let (provider, requests) = provider();
    for network in 0..MAX_IN_FLIGHT {
        exchange(&requests, 100 + network as u128, "/first");
    }
    settle().await;
    for (network, path) in [
        (1, "/a"),
        (1, "/a"),
        (1, "/a"),
        (2, "/b"),
        (2, "/b"),
        (3, "/c"),
    ] {
        exchange(&requests, network, path);
        settle().await;
    }

    for _ in 0..MAX_IN_FLIGHT {
        provider.answer_first();
    }

    assert_eq!(provider.paths().await, ["/a", "/b", "/c", "/a", "/b", "/a"]);
}

#[tokio::test(start_paused = true)]
async fn one_network_leaves_room_in_flight_for_the_others() {
    let (provider, requests) = provider();
    let many = (0..MAX_IN_FLIGHT_OF_NETWORK + 100)
        .map(|_| exchange(&requests, 1, "/many"))
        .collect();
    assert_eq!(provider.held("/many").await, MAX_IN_FLIGHT_OF_NETWORK);

    exchange(&requests, 2, "/other");

    assert_eq!(provider.held("/other").await, 1);
    assert_eq!(refused(many).await, 0);
}

#[tokio::test(start_paused = true)]
async fn two_networks_that_fill_the_queue_are_evicted_for_a_third() {
    let (provider, requests) = provider();
    let limit = MAX_IN_FLIGHT_OF_NETWORK + MAX_WAITING_OF_NETWORK;
    let first = (0..limit + 10)
        .map(|_| exchange(&requests, 1, "/first"))
        .collect();
    assert_eq!(refused(first).await, 10);
    let second: Vec<_> = (0..limit)
        .map(|_| exchange(&requests, 2, "/second"))
        .collect();
    // 16 of the second are in flight, so its queue is full before all of them wait.
    assert_eq!(refused(second).await, MAX_IN_FLIGHT_OF_NETWORK - 16);

    let honest = exchange(&requests, 3, "/honest");
    settle().await;
    assert!(!honest.is_finished());

    // The turns in order: one of each network.
    for _ in 0..3 {
        provider.answer_first();
        settle().await;
    }
    assert_eq!(provider.held("/honest").await, 1);
}

#[tokio::test(start_paused = true)]
async fn more_networks_than_places_are_refused() {
    let (_provider, requests) = provider();
    let answers = (0..MAX_IN_FLIGHT + MAX_WAITING + 10)
        .map(|network| exchange(&requests, network as u128, "/token"))
        .collect();

    assert_eq!(refused(answers).await, 10);
}

#[tokio::test(start_paused = true)]
async fn many_networks_of_one_wider_network_share_its_turns_and_places() {
    let (provider, requests) = provider();
    let flood: Vec<_> = (0..MAX_IN_FLIGHT + MAX_WAITING)
        .map(|network| exchange_in(&requests, 1, network as u128, "/flood"))
        .collect();
    assert_eq!(provider.held("/flood").await, MAX_IN_FLIGHT_OF_NETWORK);
    let fit = MAX_IN_FLIGHT_OF_NETWORK + MAX_WAITING_OF_NETWORK;
    assert_eq!(refused(flood).await, MAX_IN_FLIGHT + MAX_WAITING - fit);

    // The place in flight that is left, and then the next turn.
    for _ in MAX_IN_FLIGHT_OF_NETWORK..MAX_IN_FLIGHT {
        exchange(&requests, 10_000, "/other");
    }
    exchange(&requests, 10_001, "/honest");
    assert_eq!(provider.held("/other").await, 16);
    for _ in 0..2 {
        provider.answer_first();
        settle().await;
    }

    assert_eq!(provider.held("/honest").await, 1);
}

#[tokio::test(start_paused = true)]
async fn two_wider_networks_that_fill_the_queue_are_evicted_for_a_third() {
    let (provider, requests) = provider();
    let mut floods = Vec::new();
    for wider in [1, 2] {
        for network in 0..MAX_IN_FLIGHT_OF_NETWORK + MAX_WAITING_OF_NETWORK {
            let network = wider << 64 | network as u128;
            floods.push(exchange_in(&requests, wider, network, "/flood"));
        }
    }
    assert_eq!(provider.held("/flood").await, MAX_IN_FLIGHT);

    let honest = exchange(&requests, 3, "/honest");
    settle().await;
    assert!(!honest.is_finished());
    for _ in 0..3 {
        provider.answer_first();
        settle().await;
    }

    assert_eq!(provider.held("/honest").await, 1);
    // Three of them have got a response.
    assert!(floods.iter().filter(|flood| flood.is_finished()).count() > 3);
}

#[tokio::test(start_paused = true)]
async fn the_networks_of_a_wider_one_take_turns_and_the_busiest_is_evicted() {
    let (provider, requests) = provider();
    let busy: Vec<_> = (0..MAX_IN_FLIGHT_OF_NETWORK + MAX_WAITING_OF_NETWORK)
        .map(|_| exchange_in(&requests, 1, 2, "/busy"))
        .collect();
    settle().await;

    let neighbour = exchange_in(&requests, 1, 3, "/neighbour");
    settle().await;
    assert!(!neighbour.is_finished());
    assert_eq!(refused(busy).await, 1);
    for _ in 0..2 {
        provider.answer_first();
        settle().await;
    }

    assert_eq!(provider.held("/neighbour").await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_client_frees_its_place() {
    let (provider, requests) = provider();
    let limit = MAX_IN_FLIGHT_OF_NETWORK + MAX_WAITING_OF_NETWORK;
    let answers: Vec<_> = (0..limit)
        .map(|_| exchange(&requests, 1, "/token"))
        .collect();
    settle().await;
    answers[limit - 1].abort();
    answers[0].abort();
    settle().await;

    // One place in flight went to the first that waited, one place in the queue was left.
    let more = (0..3).map(|_| exchange(&requests, 1, "/more")).collect();

    assert_eq!(refused(more).await, 1);
    // The one that left is still in the list of what was sent.
    assert_eq!(provider.held("/token").await, MAX_IN_FLIGHT_OF_NETWORK + 1);
}
