//! The one connection to the servers: made when it is needed, replaced when it is broken.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use redis::RedisResult;
use tokio::sync::watch;
use tower_oidc::StoreError;

use crate::cause::{describe, needs_another_connection};
use crate::check::log_warnings;
use crate::client::{Client, Connection};
use crate::runtime::{self, Instant};

/// Between two attempts to connect. It limits what many requests do to a server or a resolver that is down, and delays
/// the first request after it is back by no more than this.
const PAUSE: Duration = Duration::from_millis(100);

/// What is asked of the server. It can be repeated: a second run after one whose answer was lost changes nothing more.
pub(crate) trait Call: Sync {
    type Answer: Send;

    fn run(&self, connection: Connection)
    -> impl Future<Output = RedisResult<Self::Answer>> + Send;
}

/// The servers, and the connection to them if there is one.
pub(crate) struct Link {
    client: Client,
    /// The addresses, for errors.
    servers: String,
    time_limit: Duration,
    current: Mutex<Option<Attempt>>,
    is_checked: AtomicBool,
}

/// An attempt to connect, and what became of it.
#[derive(Clone)]
struct Attempt {
    started: Instant,
    /// `None` until it ended.
    outcome: watch::Receiver<Option<Result<Connection, StoreError>>>,
    /// Why its connection cannot be used any more.
    broken: Option<StoreError>,
}

impl Attempt {
    /// Whether a call should use it instead of another attempt.
    fn counts(&self) -> bool {
        let is_recent = self.started.elapsed() < PAUSE;
        match &*self.outcome.borrow() {
            // The task that connects ended with its runtime.
            None => self.outcome.has_changed().is_ok(),
            Some(Ok(_)) => self.broken.is_none() || is_recent,
            Some(Err(_)) => is_recent,
        }
    }

    fn is(&self, other: &Self) -> bool {
        self.outcome.same_channel(&other.outcome)
    }
}

impl Link {
    pub(crate) fn new(client: Client, servers: String, time_limit: Duration) -> Self {
        Self {
            client,
            servers,
            time_limit,
            current: Mutex::new(None),
            is_checked: AtomicBool::new(false),
        }
    }

    pub(crate) fn servers(&self) -> &str {
        &self.servers
    }

    pub(crate) const fn time_limit(&self) -> Duration {
        self.time_limit
    }

    /// Runs a call, connecting first if necessary. If the connection turns out to be closed, it runs once more over
    /// a new one: a server that restarted between two calls makes neither fail.
    ///
    /// # Errors
    ///
    /// If there is no answer within the time limit, or it is an error.
    pub(crate) async fn run<C: Call>(self: &Arc<Self>, call: &C) -> Result<C::Answer, StoreError> {
        let deadline = runtime::after(self.time_limit);
        match self.run_once(call, deadline).await {
            Err(Failure::Connection(_)) => self.run_once(call, deadline).await,
            result => result,
        }
        .map_err(Failure::into_error)
    }

    async fn run_once<C: Call>(
        self: &Arc<Self>,
        call: &C,
        deadline: Instant,
    ) -> Result<C::Answer, Failure> {
        let attempt = self.attempt();
        let connection = match runtime::until(deadline, connected(attempt.clone())).await {
            Some(Some(result)) => result.map_err(Failure::Final)?,
            Some(None) => return Err(Failure::Final(self.error("the runtime has ended"))),
            None => return Err(Failure::Final(self.too_slow("could not be reached"))),
        };
        let replace = connection.is_replaced_after_a_timeout();
        match runtime::until(deadline, call.run(connection)).await {
            Some(Ok(answer)) => Ok(answer),
            Some(Err(error)) => {
                let text = self.error(&describe(&error));
                if needs_another_connection(&error) {
                    self.replace(&attempt, text.clone());
                    return Err(Failure::Connection(text));
                }
                Err(Failure::Final(text))
            }
            None => {
                let text = self.too_slow("did not answer");
                if replace {
                    self.replace(&attempt, text.clone());
                }
                Err(Failure::Final(text))
            }
        }
    }

    /// The attempt whose connection is used: the last one, or a new one.
    fn attempt(self: &Arc<Self>) -> Attempt {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(attempt) = current.as_ref().filter(|attempt| attempt.counts()) {
            return attempt.clone();
        }
        let (sender, outcome) = watch::channel(None);
        let attempt = Attempt {
            started: Instant::now(),
            outcome,
            broken: None,
        };
        *current = Some(attempt.clone());
        // A task, so that it continues if the request that needed it first is cancelled.
        let link = Arc::clone(self);
        runtime::spawn(async move {
            let result = link.connect().await;
            let connection = result.as_ref().ok().cloned();
            // Without receivers the store was dropped.
            let _ = sender.send(Some(result));
            if let Some(connection) = connection {
                link.check(connection).await;
            }
        });
        attempt
    }

    async fn connect(&self) -> Result<Connection, StoreError> {
        let deadline = runtime::after(self.time_limit);
        match runtime::until(deadline, self.client.connect()).await {
            Some(result) => result.map_err(|error| self.error(&describe(&error))),
            None => Err(self.too_slow("could not be reached")),
        }
    }

    /// Logs once what the server's settings lose.
    async fn check(&self, connection: Connection) {
        if self.is_checked.swap(true, Ordering::Relaxed) {
            return;
        }
        let deadline = runtime::after(self.time_limit);
        let could_look = runtime::until(deadline, log_warnings(connection, &self.servers)).await;
        if could_look != Some(true) {
            self.is_checked.store(false, Ordering::Relaxed);
        }
    }

    /// Makes later calls use another connection than that of this attempt.
    fn replace(&self, attempt: &Attempt, reason: StoreError) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(current) = current.as_mut().filter(|current| current.is(attempt)) {
            current.broken = Some(reason);
        }
    }

    pub(crate) fn error(&self, cause: &str) -> StoreError {
        StoreError::new(format!("Redis at {}: {cause}", self.servers))
    }

    fn too_slow(&self, what: &str) -> StoreError {
        let limit = self.time_limit.as_millis();
        StoreError::new(format!(
            "Redis at {} {what} within {limit} ms",
            self.servers
        ))
    }
}

/// The connection of an attempt; `None` if the runtime that made it has ended.
async fn connected(mut attempt: Attempt) -> Option<Result<Connection, StoreError>> {
    let outcome = attempt.outcome.wait_for(Option::is_some).await.ok()?;
    let result = outcome.clone()?;
    drop(outcome);
    Some(match attempt.broken {
        Some(reason) => Err(reason),
        None => result,
    })
}

/// Why a call has no answer.
enum Failure {
    /// The connection is broken, and another may not be.
    Connection(StoreError),
    Final(StoreError),
}

impl Failure {
    fn into_error(self) -> StoreError {
        match self {
            Self::Connection(error) | Self::Final(error) => error,
        }
    }
}
