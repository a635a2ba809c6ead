//! One code exchange per sign-in: a callback that the browser submits twice sends its code once
//! (N-11), and a browser that leaves does not cancel it.

use std::collections::HashMap;
use std::future::Future;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use crate::hooks::Denial;
use crate::session::Session;
use crate::time::UnixMillis;

/// How long a result waits for a second submit.
const KEPT: Duration = Duration::from_secs(60);

/// Each entry belongs to a transaction that this application sealed; the earliest goes first.
const CAPACITY: usize = 1024;

/// What a sign-in came to; shared by all its callbacks.
pub(crate) type Exchanged = Result<Arc<Session>, ExchangeError>;

#[derive(Clone)]
pub(crate) enum ExchangeError {
    RelyingParty(relying_party::Error),
    /// The provider's end of the session has passed, or cannot be read.
    SessionExpiry,
    /// The application does not admit the user.
    Denied(Denial),
    /// A hook of the application's failed.
    HookFailed,
    /// No random bytes, or a task that ended without a result.
    Internal,
}

impl From<relying_party::Error> for ExchangeError {
    fn from(error: relying_party::Error) -> Self {
        Self::RelyingParty(error)
    }
}

#[derive(Default)]
pub(crate) struct Exchanges {
    flights: Mutex<HashMap<[u8; 16], Flight>>,
}

struct Flight {
    began: UnixMillis,
    is_told: bool,
    result: watch::Receiver<Option<Exchanged>>,
}

impl Exchanges {
    /// The result of the exchange named `id`: of the one that is under way or was made within the
    /// last minute, or else of `exchange`, which then runs in a task of its own.
    pub(crate) async fn run(
        self: &Arc<Self>,
        id: [u8; 16],
        now: UnixMillis,
        exchange: impl Future<Output = Exchanged> + Send + 'static,
    ) -> Exchanged {
        let mut result = self.flight(id, now, exchange);
        let result = match result.wait_for(Option::is_some).await {
            Ok(result) => result.clone(),
            Err(_) => None,
        };
        result.unwrap_or(Err(ExchangeError::Internal))
    }

    fn flight(
        self: &Arc<Self>,
        id: [u8; 16],
        began: UnixMillis,
        exchange: impl Future<Output = Exchanged> + Send + 'static,
    ) -> watch::Receiver<Option<Exchanged>> {
        let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        flights.retain(|_, flight| began.since(flight.began) < KEPT);
        if let Some(flight) = flights.get(&id) {
            return flight.result.clone();
        }
        if flights.len() >= CAPACITY
            && let Some(earliest) = flights
                .iter()
                .min_by_key(|(_, flight)| flight.began)
                .map(|(&id, _)| id)
        {
            flights.remove(&earliest);
        }
        let (sender, result) = watch::channel(None);
        flights.insert(
            id,
            Flight {
                began,
                is_told: false,
                result: result.clone(),
            },
        );
        drop(flights);
        let exchanges = Arc::downgrade(self);
        tokio::spawn(async move {
            let exchanged = exchange.await;
            sender.send_replace(Some(exchanged));
            // An idle server must not keep tokens until the next sign-in.
            tokio::time::sleep(KEPT).await;
            if let Some(exchanges) = exchanges.upgrade() {
                exchanges.forget(id, began);
            }
        });
        result
    }

    /// Whether nobody has told yet what the exchange came to; a second submit is no second sign-in.
    pub(crate) fn is_first_to_tell(&self, id: &[u8; 16]) -> bool {
        let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        flights
            .get_mut(id)
            .is_none_or(|flight| !mem::replace(&mut flight.is_told, true))
    }

    fn forget(&self, id: [u8; 16], began: UnixMillis) {
        let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        if flights.get(&id).is_some_and(|flight| flight.began == began) {
            flights.remove(&id);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const NOW: UnixMillis = UnixMillis(1_795_000_000_000);

    fn counted(count: &Arc<AtomicUsize>) -> impl Future<Output = Exchanged> + Send + use<> {
        let count = Arc::clone(count);
        async move {
            count.fetch_add(1, Ordering::SeqCst);
            Err(ExchangeError::Internal)
        }
    }

    /// N-11
    #[tokio::test]
    async fn a_second_submit_within_a_minute_gets_the_first_ones_result() {
        let exchanges = Arc::new(Exchanges::default());
        let count = Arc::new(AtomicUsize::new(0));
        let almost = NOW.plus(KEPT - Duration::from_millis(1));

        let _ = tokio::join!(
            exchanges.run([1; 16], NOW, counted(&count)),
            exchanges.run([1; 16], NOW, counted(&count)),
        );
        let _ = exchanges.run([1; 16], almost, counted(&count)).await;
        assert_eq!(count.load(Ordering::SeqCst), 1);

        let _ = exchanges.run([2; 16], NOW, counted(&count)).await;
        let _ = exchanges
            .run([1; 16], NOW.plus(KEPT), counted(&count))
            .await;
        assert_eq!(count.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn an_exchange_that_panics_is_an_error_to_all_who_wait() {
        let exchanges = Arc::new(Exchanges::default());
        let result = exchanges
            .run([1; 16], NOW, async { panic!("for this test") })
            .await;

        assert!(matches!(result, Err(ExchangeError::Internal)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_result_is_forgotten_after_a_minute_although_nobody_signs_in() {
        let exchanges = Arc::new(Exchanges::default());
        let count = Arc::new(AtomicUsize::new(0));
        let _ = exchanges.run([1; 16], NOW, counted(&count)).await;
        assert_eq!(exchanges.flights.lock().unwrap().len(), 1);

        tokio::time::sleep(KEPT + Duration::from_millis(1)).await;

        assert_eq!(exchanges.flights.lock().unwrap().len(), 0);
    }

    /// D-07
    #[tokio::test]
    async fn memory_is_bounded() {
        let exchanges = Arc::new(Exchanges::default());
        let count = Arc::new(AtomicUsize::new(0));
        for number in 0..=CAPACITY {
            let mut id = [0; 16];
            id[..8].copy_from_slice(&number.to_le_bytes());
            let _ = exchanges.run(id, NOW, counted(&count)).await;
        }

        assert_eq!(exchanges.flights.lock().unwrap().len(), CAPACITY);
    }
}
