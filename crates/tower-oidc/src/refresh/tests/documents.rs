//! The provider's documents and the lock at a coordinator. Time is tokio's paused time.

use super::coordinated::{InMemory, SlowProvider, instance};
use super::*;

/// The lock only lasts as long as a request may take, so slow documents must not use up its time.
#[tokio::test(start_paused = true)]
async fn the_documents_of_the_provider_are_fetched_before_the_lock_is_taken() {
    let documents = Duration::from_secs(4);
    let provider =
        SlowProvider::answering_after(Duration::from_millis(300)).documents_after(Some(documents));
    let coordinator = InMemory::default();
    let here = instance(&provider, &coordinator);
    let caller = asking(&here, &session(&here, 1), newer(Target::DEFAULT, false));

    tokio::time::sleep(2 * documents - Duration::from_millis(1)).await;
    assert!(coordinator.calls().is_empty(), "{:?}", coordinator.calls());
    caller.await.unwrap().0.unwrap();

    assert_eq!(coordinator.calls(), ["taken", "unlocked"]);
}

/// The same for the revocation after a sign-out.
#[tokio::test(start_paused = true)]
async fn a_revocation_fetches_the_documents_before_it_takes_the_lock() {
    let provider = SlowProvider::answering_after(Duration::from_millis(300))
        .documents_after(Some(Duration::from_secs(4)));
    let coordinator = InMemory::default();
    let here = instance(&provider, &coordinator);

    here.refresher.end(&session(&here, 1)).await;
    assert!(coordinator.calls().is_empty(), "{:?}", coordinator.calls());
    here.refresher.drain().await;

    assert_eq!(coordinator.calls(), ["taken", "unlocked"]);
}

#[tokio::test(start_paused = true)]
async fn without_documents_nothing_is_sent_and_the_result_of_another_instance_is_used() {
    let provider = SlowProvider::answering_after(Duration::from_millis(300));
    let coordinator = InMemory::default();
    let there = instance(&provider, &coordinator);
    let unreachable = provider.clone().documents_after(None);
    let here = instance(&unreachable, &coordinator);
    let [first, second] = [1, 2].map(|number| session(&here, number));
    let result = asking(&there, &first, newer(Target::DEFAULT, false));
    result.await.unwrap().0.unwrap();
    assert_eq!(provider.presented(), ["one"]);

    let (shared, _) = asking(&here, &first, newer(Target::DEFAULT, false))
        .await
        .unwrap();
    let (refused, _) = asking(&here, &second, newer(Target::DEFAULT, false))
        .await
        .unwrap();

    assert_eq!(shared.unwrap().frame.generation, 1);
    assert_eq!(refused.err(), Some(Failure::internal()));
    assert_eq!(provider.presented(), ["one"]);
    assert_eq!(coordinator.locks(), 0);
}
