//! Limits for the requests to one provider, one for each purpose, so that no purpose can starve
//! another: sign-ins, which anyone can start, never delay the requests of signed-in users.
//!
//! They apply to every [`HttpClient`], an application's own included.

mod fair_queue;
mod fifo_budget;
mod limits;
mod sent_signal;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

pub(crate) use self::fair_queue::{ClientNetwork, SignInPermit};
use self::fair_queue::{FairQueue, Waiter};
use self::fifo_budget::FifoBudget;
pub(crate) use self::limits::DEFAULT_LIFETIME;
use self::limits::{
    DOCUMENTS, MAX_WAIT, REFRESHES, REVOCATIONS, SHORT_LIFETIME, USER_REQUESTS, overloaded, within,
};
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

    /// Returns an HTTP client for requests of this purpose.
    pub(crate) fn client(self: &Arc<Self>, purpose: Purpose) -> LimitedClient {
        LimitedClient {
            requests: Arc::clone(self),
            purpose: Some(purpose),
            sent: None,
        }
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
    ) -> Result<NewSignInClient, TransportError> {
        let permit = self.sign_ins.permit(Waiter::NewSignIn(network)).await;
        Ok(NewSignInClient {
            client: LimitedClient {
                requests: Arc::clone(self),
                purpose: None,
                sent: None,
            },
            _permit: permit.ok_or_else(overloaded)?,
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
                let permit = self.sign_ins.permit(Waiter::FollowUp).await;
                let _permit = permit.ok_or_else(overloaded)?;
                within(SHORT_LIFETIME, send()).await
            }
            Some(Purpose::Refresh) => self.refreshes.send(self.lifetime, send).await,
            Some(Purpose::SignedIn) => {
                let permits = async {
                    let share = self.user_requests.permit().await?;
                    Some((share, self.refreshes.permit().await?))
                };
                let permits = timeout(MAX_WAIT, permits).await.flatten();
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

/// An HTTP client for requests of one purpose.
#[derive(Clone, Debug)]
pub(crate) struct LimitedClient {
    requests: Arc<Requests>,
    /// `None` for a request that already has a permit.
    purpose: Option<Purpose>,
    /// Notified when the request is sent.
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

/// An HTTP client for one request of a sign-in that is not verified so far. It holds the permit for it until it is dropped.
#[derive(Debug)]
pub(crate) struct NewSignInClient {
    client: LimitedClient,
    _permit: SignInPermit,
}

impl HttpClient for NewSignInClient {
    fn call(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        self.client.call(request)
    }
}

#[cfg(test)]
mod tests;
