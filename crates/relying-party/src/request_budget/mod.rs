//! Limits for the requests to one provider, one for each purpose, so that no purpose can starve
//! another: sign-ins, which anyone can start, never delay the requests of signed-in users.
//!
//! They apply to every [`HttpClient`], an application's own included.

mod fair_queue;
mod fifo_budget;
mod limits;
mod permit;
mod sent_signal;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;

pub(crate) use self::fair_queue::ClientNetwork;
use self::fair_queue::{FairQueue, Waiter};
use self::fifo_budget::FifoBudget;
pub(crate) use self::limits::DEFAULT_LIFETIME;
use self::limits::{
    DOCUMENTS, MAX_WAIT, REFRESHES, REVOCATIONS, SHORT_LIFETIME, USER_REQUESTS, overloaded,
};
use self::permit::Permit;
pub use self::sent_signal::SentSignal;
use crate::http_client::{BoxFuture, HttpClient, TransportError};
use crate::runtime::timeout;

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A request of a sign-in whose code the provider has accepted: UserInfo, introspection. It shares
    /// the budget of code exchanges and is sent before those that wait, because an attacker with a
    /// made-up code cannot cause one.
    SignIn,
    /// A refresh.
    Refresh,
    /// Any other request of a signed-in user: UserInfo, introspection. They share the budget of
    /// refreshes, and take at most half of it.
    SignedIn,
    /// A revocation.
    Revocation,
    /// The provider's metadata or keys.
    Document,
}

/// Sends the requests to one provider, within a budget for each purpose.
pub(crate) struct Requests {
    http: Arc<dyn HttpClient>,
    /// How long a refresh or a revocation lives.
    lifetime: Duration,
    sign_ins: FairQueue,
    refreshes: FifoBudget,
    user_requests: FifoBudget,
    revocations: FifoBudget,
    documents: FifoBudget,
}

impl Requests {
    pub(crate) fn new(http: Arc<dyn HttpClient>, lifetime: Duration) -> Arc<Self> {
        Arc::new(Self {
            http,
            lifetime,
            sign_ins: FairQueue::default(),
            refreshes: FifoBudget::new(REFRESHES),
            user_requests: FifoBudget::new(USER_REQUESTS),
            revocations: FifoBudget::new(REVOCATIONS),
            documents: FifoBudget::new(DOCUMENTS),
        })
    }

    /// Returns an HTTP client for requests of this purpose, each of which waits until it may be sent.
    pub(crate) fn client(self: &Arc<Self>, purpose: Purpose) -> LimitedClient {
        LimitedClient {
            requests: Arc::clone(self),
            purpose,
        }
    }

    /// Waits until a request of this purpose may be sent, and returns the HTTP client for it. For
    /// requests in which the client authenticates: the function of the application that returns its
    /// credentials is then called no more often at once than requests may be in flight.
    ///
    /// # Errors
    ///
    /// Overloaded: at once if too many wait, or if it had to wait for ten seconds.
    pub(crate) async fn permitted(
        self: &Arc<Self>,
        purpose: Purpose,
    ) -> Result<PermittedClient, TransportError> {
        let permit = self.permit(purpose).await?;
        Ok(PermittedClient::new(self, permit))
    }

    /// Returns how long a refresh or a revocation lives.
    pub(crate) const fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// Waits until a code may be exchanged, or an authorization request pushed, for a client of this
    /// network, in turn with other networks. `None` stands for all clients whose network is not known.
    ///
    /// # Errors
    ///
    /// Overloaded: at once if too many wait, or if it had to wait for ten seconds.
    pub(crate) async fn new_sign_in(
        self: &Arc<Self>,
        network: Option<ClientNetwork>,
    ) -> Result<PermittedClient, TransportError> {
        let permit = self.sign_ins.permit(Waiter::NewSignIn(network)).await;
        let permit = permit.ok_or_else(overloaded)?;
        Ok(PermittedClient::new(self, Permit::SignIn(permit)))
    }

    async fn permit(&self, purpose: Purpose) -> Result<Permit, TransportError> {
        let ordered = |permit, lifetime| Permit::Ordered { permit, lifetime };
        let permit = match purpose {
            Purpose::SignIn => {
                let permit = self.sign_ins.permit(Waiter::FollowUp).await;
                permit.map(Permit::SignIn)
            }
            Purpose::Refresh => {
                let permit = self.refreshes.permit().await;
                permit.map(|permit| ordered(permit, self.lifetime))
            }
            Purpose::SignedIn => {
                let permits = async {
                    let part = self.user_requests.permit().await?;
                    let permit = self.refreshes.permit().await?;
                    Some(Permit::Part { permit, part })
                };
                timeout(MAX_WAIT, permits).await.flatten()
            }
            Purpose::Revocation => {
                let permit = self.revocations.permit().await;
                permit.map(|permit| ordered(permit, self.lifetime))
            }
            Purpose::Document => {
                let permit = self.documents.permit().await;
                permit.map(|permit| ordered(permit, SHORT_LIFETIME))
            }
        };
        permit.ok_or_else(overloaded)
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

/// An HTTP client for requests of one purpose.
#[derive(Clone, Debug)]
pub(crate) struct LimitedClient {
    requests: Arc<Requests>,
    purpose: Purpose,
}

impl HttpClient for LimitedClient {
    fn call(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        let Self { requests, purpose } = self.clone();
        Box::pin(async move {
            let permit = requests.permit(purpose).await?;
            permit.send(requests.http.call(request)).await
        })
    }
}

/// An HTTP client that may send one request at once. It holds the permit for it until the response has
/// arrived, or it is dropped.
#[derive(Debug)]
pub(crate) struct PermittedClient {
    http: Arc<dyn HttpClient>,
    permit: Mutex<Option<Permit>>,
    /// Notified when the request is sent.
    sent: Option<SentSignal>,
}

impl PermittedClient {
    fn new(requests: &Requests, permit: Permit) -> Self {
        Self {
            http: Arc::clone(&requests.http),
            permit: Mutex::new(Some(permit)),
            sent: None,
        }
    }

    pub(crate) fn with_signal(self, sent: Option<&SentSignal>) -> Self {
        Self {
            sent: sent.cloned(),
            ..self
        }
    }
}

impl HttpClient for PermittedClient {
    fn call(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        let permit = self.permit.lock();
        let permit = permit.unwrap_or_else(PoisonError::into_inner).take();
        let (http, sent) = (Arc::clone(&self.http), self.sent.clone());
        Box::pin(async move {
            let permit = permit.ok_or_else(overloaded)?;
            sent.iter().for_each(SentSignal::notify);
            permit.send(http.call(request)).await
        })
    }
}

#[cfg(test)]
mod tests;
