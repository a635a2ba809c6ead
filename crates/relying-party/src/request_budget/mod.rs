//! Limits for the requests to one provider, by what they are for, so that none of them can starve
//! another: sign-ins, which anybody can begin, never hold up the requests of signed-in users.
//!
//! They stand above [`HttpClient`], so that an application's own client has them too.

mod by_network;
mod in_order;
mod sent_signal;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::timeout;

pub(crate) use self::by_network::{ClientNetwork, SignInTurn};
use self::by_network::{SignInTurns, Waiter};
use self::in_order::{Limits, OrderedBudget};
pub use self::sent_signal::SentSignal;
use crate::http_client::{BoxFuture, HttpClient, TransportError, TransportErrorKind};

/// How long a request waits until it may be sent, before it is refused as overloaded. A browser and its
/// user still wait that long, and a provider in good order works off a full queue in that time.
pub(super) const MAX_WAIT: Duration = Duration::from_secs(10);

/// How long a request lives that nothing else depends on: the answer comes at once or not at all, and
/// a person waits for it.
const SHORT_LIFETIME: Duration = Duration::from_secs(10);

/// How long a refresh or a revocation lives by default. An answer to a refresh that nobody reads loses
/// the session where the provider replaces refresh tokens, so it is worth waiting for.
pub(crate) const DEFAULT_LIFETIME: Duration = Duration::from_secs(60);

/// A request that is older than this counts as slow.
const SLOW_AFTER: Duration = Duration::from_secs(10);

/// As many refreshes as providers commonly handle at once for one client. A waiting one takes some two
/// kilobytes, so 4 MiB: a crowd whose tokens expire together is some seconds' work.
const REFRESHES: Limits = Limits {
    in_flight: 64,
    waiting: 2_048,
    slow: 256,
};

/// Of these, other requests of signed-in users. A page may ask for UserInfo whenever it is loaded, so
/// one user can cause many; half of the refreshes' budget is never theirs.
const USER_REQUESTS: Limits = Limits {
    in_flight: 32,
    waiting: 1_024,
    slow: 0,
};

const REVOCATIONS: Limits = Limits {
    in_flight: 16,
    waiting: 2_048,
    slow: 64,
};

/// Each document is fetched once for all who need it, so there are never many.
const DOCUMENTS: Limits = Limits {
    in_flight: 8,
    waiting: 64,
    slow: 0,
};

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A request for a sign-in whose code was accepted: UserInfo, introspection. It shares the code
    /// exchanges' budget and goes before those that wait, because a made-up code gets nobody this far.
    SignIn,
    /// A refresh.
    Refresh,
    /// Any other request of a signed-in user: UserInfo, introspection. They share the refreshes' budget,
    /// and take half of it at most.
    SignedIn,
    /// A revocation.
    Revocation,
    /// The provider's metadata or keys.
    Document,
}

/// The way to one provider, with a budget for each purpose.
pub(crate) struct Requests {
    http: Arc<dyn HttpClient>,
    /// How long a refresh or a revocation lives.
    lifetime: Duration,
    sign_ins: SignInTurns,
    refreshes: OrderedBudget,
    user_requests: OrderedBudget,
    revocations: OrderedBudget,
    documents: OrderedBudget,
}

impl Requests {
    pub(crate) fn new(http: Arc<dyn HttpClient>, lifetime: Duration) -> Arc<Self> {
        Arc::new(Self {
            http,
            lifetime,
            sign_ins: SignInTurns::default(),
            refreshes: OrderedBudget::new(REFRESHES),
            user_requests: OrderedBudget::new(USER_REQUESTS),
            revocations: OrderedBudget::new(REVOCATIONS),
            documents: OrderedBudget::new(DOCUMENTS),
        })
    }

    /// The provider, for requests of this purpose.
    pub(crate) fn client(self: &Arc<Self>, purpose: Purpose) -> LimitedClient {
        LimitedClient {
            requests: Arc::clone(self),
            purpose: Some(purpose),
            sent: None,
        }
    }

    /// How long a refresh or a revocation lives.
    pub(crate) const fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// Waits until a code may be exchanged for a client of this network, in turn with those of other
    /// networks; `None` stands for all clients whose network is not known.
    ///
    /// # Errors
    ///
    /// Too many wait, at once; or it was not its turn in ten seconds.
    pub(crate) async fn code_exchange(
        self: &Arc<Self>,
        network: Option<ClientNetwork>,
    ) -> Result<CodeExchangeClient, TransportError> {
        let turn = self.sign_ins.turn(Waiter::CodeExchange(network)).await;
        Ok(CodeExchangeClient {
            client: LimitedClient {
                requests: Arc::clone(self),
                purpose: None,
                sent: None,
            },
            _turn: turn.ok_or_else(overloaded)?,
        })
    }

    async fn send(
        &self,
        purpose: Option<Purpose>,
        sent: Option<SentSignal>,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let send = || {
            sent.iter().for_each(SentSignal::notify);
            self.http.call(request)
        };
        match purpose {
            None => within(SHORT_LIFETIME, send()).await,
            Some(Purpose::SignIn) => {
                let turn = self.sign_ins.turn(Waiter::Continued).await;
                let _turn = turn.ok_or_else(overloaded)?;
                within(SHORT_LIFETIME, send()).await
            }
            Some(Purpose::Refresh) => self.refreshes.send(self.lifetime, send).await,
            Some(Purpose::SignedIn) => {
                let permits = async {
                    let share = self.user_requests.permit().await?;
                    Some((share, self.refreshes.permit().await?))
                };
                let permits = timeout(MAX_WAIT, permits).await.ok().flatten();
                let (_share, permit) = permits.ok_or_else(overloaded)?;
                let refreshes = &self.refreshes;
                refreshes.send_now(permit, SHORT_LIFETIME, send).await
            }
            Some(Purpose::Revocation) => self.revocations.send(self.lifetime, send).await,
            Some(Purpose::Document) => self.documents.send(SHORT_LIFETIME, send).await,
        }
    }
}

impl fmt::Debug for Requests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Requests")
            .field("http", &self.http)
            .field("lifetime", &self.lifetime)
            .finish_non_exhaustive()
    }
}

/// The provider, for requests of one purpose.
#[derive(Clone, Debug)]
pub(crate) struct LimitedClient {
    requests: Arc<Requests>,
    /// `None` for what has its turn already.
    purpose: Option<Purpose>,
    /// Told when a request leaves the queue.
    sent: Option<SentSignal>,
}

impl LimitedClient {
    pub(crate) fn with_signal(self, sent: Option<&SentSignal>) -> Self {
        Self {
            sent: sent.cloned(),
            ..self
        }
    }
}

impl HttpClient for LimitedClient {
    fn call(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        let Self {
            requests,
            purpose,
            sent,
        } = self.clone();
        Box::pin(async move { requests.send(purpose, sent, request).await })
    }
}

/// The provider, for the exchange of one code, whose turn it is until this is dropped.
#[derive(Debug)]
pub(crate) struct CodeExchangeClient {
    client: LimitedClient,
    _turn: SignInTurn,
}

impl HttpClient for CodeExchangeClient {
    fn call(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        self.client.call(request)
    }
}

/// Waits for a response, and not for longer than `lifetime`.
async fn within<T>(
    lifetime: Duration,
    response: impl Future<Output = Result<T, TransportError>>,
) -> Result<T, TransportError> {
    match timeout(lifetime, response).await {
        Ok(response) => response,
        Err(_) => Err(TransportError::new(TransportErrorKind::Timeout)),
    }
}

fn overloaded() -> TransportError {
    TransportError::new(TransportErrorKind::Overloaded)
}

#[cfg(test)]
mod tests;
