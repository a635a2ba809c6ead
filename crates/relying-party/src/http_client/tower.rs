//! A Tower service as HTTP client, with limits.

use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Full, Limited};
use tower::ServiceExt;
use tower_service::Service;

use super::{BoxFuture, HttpClient, TransportError, TransportErrorKind};
use crate::runtime;

const MAX_BODY_BYTES: usize = 1 << 20;

/// The longest that a [`RelyingParty`](crate::RelyingParty) may wait for a response.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Makes an [`HttpClient`] of a Tower service, with the limits that one must have.
///
/// By default a response body has at most 1 MiB (a token response has a few kilobytes, a large
/// discovery document some tens), and the whole exchange takes at most 60 seconds. A
/// [`RelyingParty`](crate::RelyingParty) ends most requests sooner, and limits how many there are at
/// once; see [`Provider::request_lifetime`](crate::Provider::request_lifetime).
///
/// A GET whose connection is closed before a response arrives is sent once more: the provider may have
/// just closed an idle connection. No other request is ever repeated.
///
/// The service must not follow redirects and must not decompress.
#[derive(Clone)]
pub struct TowerClient<S> {
    service: S,
    max_body_bytes: usize,
    timeout: Duration,
}

impl<S> TowerClient<S> {
    /// Wraps `service` with the default limits.
    pub fn new(service: S) -> Self {
        Self {
            service,
            max_body_bytes: MAX_BODY_BYTES,
            timeout: TIMEOUT,
        }
    }

    /// Sets the largest response body in bytes, instead of 1 MiB.
    #[must_use]
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.max_body_bytes = bytes;
        self
    }

    /// Sets how long an exchange may take, connecting included, instead of 60 seconds.
    ///
    /// Where the provider replaces refresh tokens, a refresh whose response arrives later loses its
    /// session: see [`Provider::request_lifetime`](crate::Provider::request_lifetime) before you make
    /// it shorter.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

impl<S, B> HttpClient for TowerClient<S>
where
    S: Service<http::Request<RequestBody>, Response = http::Response<B>>
        + Clone
        + Send
        + Sync
        + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    S::Future: Send + 'static,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    fn call(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        let Self {
            service,
            max_body_bytes,
            timeout,
        } = self.clone();
        Box::pin(async move {
            let exchange = async move {
                let response = match repeatable(&request) {
                    None => send(service, request).await,
                    Some(again) => match send(service.clone(), request).await {
                        Err(error) if is_broken(&*error) => send(service, again).await,
                        sent => sent,
                    },
                };
                let (head, body) = response?.into_parts();
                let body = Limited::new(body, max_body_bytes)
                    .collect()
                    .await?
                    .to_bytes();
                Ok(http::Response::from_parts(head, body))
            };
            match runtime::timeout(timeout, exchange).await {
                Some(exchanged) => exchanged.map_err(|error: Box<dyn Error + Send + Sync>| {
                    TransportError::classify(&*error)
                }),
                None => Err(TransportError::new(TransportErrorKind::Timeout)),
            }
        })
    }
}

type BoxError = Box<dyn Error + Send + Sync>;

async fn send<S, B>(
    service: S,
    request: http::Request<Bytes>,
) -> Result<http::Response<B>, BoxError>
where
    S: Service<http::Request<RequestBody>, Response = http::Response<B>>,
    S::Error: Into<BoxError>,
{
    let request = request.map(|body| RequestBody(Full::new(body)));
    service.oneshot(request).await.map_err(Into::into)
}

/// Returns a copy of the request if it may be sent twice (RFC 9110 section 9.2.2): only a GET may.
fn repeatable(request: &http::Request<Bytes>) -> Option<http::Request<Bytes>> {
    (request.method() == http::Method::GET).then(|| request.clone())
}

/// Returns whether the connection was closed before the head of a response arrived, which happens when
/// the server closes an idle connection at that moment.
fn is_broken(error: &(dyn Error + 'static)) -> bool {
    TransportError::classify(error).kind() == TransportErrorKind::Broken
}

impl<S> fmt::Debug for TowerClient<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TowerClient")
            .field("max_body_bytes", &self.max_body_bytes)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// The body of a request to the provider: some bytes, sent at once.
#[derive(Default)]
pub struct RequestBody(Full<Bytes>);

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Pin::new(&mut self.0).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

impl fmt::Debug for RequestBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequestBody([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::io;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tower::service_fn;

    use super::*;

    fn request() -> http::Request<Bytes> {
        http::Request::new(Bytes::from_static(b"canary"))
    }

    #[tokio::test(start_paused = true)]
    async fn an_exchange_that_hangs_ends_after_a_minute() {
        let service = service_fn(|_| pending::<Result<http::Response<RequestBody>, Infallible>>());
        let before = tokio::time::Instant::now();

        let error = TowerClient::new(service).call(request()).await.unwrap_err();

        assert_eq!(error.kind(), TransportErrorKind::Timeout);
        assert_eq!(before.elapsed(), TIMEOUT);
    }

    #[tokio::test]
    async fn an_error_of_the_service_is_not_shown() {
        let service = service_fn(|_| {
            ready(Err::<http::Response<RequestBody>, _>(
                "https://op.example/?canary",
            ))
        });
        let error = TowerClient::new(service).call(request()).await.unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Broken);
        assert!(!format!("{error} {error:?}").contains("canary"));
    }

    /// A service that fails with each of these in turn, and counts.
    async fn sent(method: http::Method, failures: &'static [io::ErrorKind]) -> (bool, usize) {
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        let service = service_fn(move |request: http::Request<RequestBody>| {
            let number = counted.fetch_add(1, Ordering::SeqCst);
            ready(match failures.get(number) {
                Some(kind) => Err(io::Error::from(*kind)),
                None => Ok(http::Response::new(request.into_body())),
            })
        });
        let mut request = request();
        *request.method_mut() = method;
        let answer = TowerClient::new(service).call(request).await;
        (answer.is_ok(), count.load(Ordering::SeqCst))
    }

    #[tokio::test]
    async fn only_a_get_whose_connection_was_closed_is_sent_once_more() {
        use http::Method;
        use io::ErrorKind::{BrokenPipe, ConnectionRefused, ConnectionReset, TimedOut};
        for (method, failures, expected) in [
            (Method::GET, &[ConnectionReset][..], (true, 2)),
            (Method::GET, &[BrokenPipe], (true, 2)),
            (Method::GET, &[ConnectionReset, ConnectionReset], (false, 2)),
            (Method::GET, &[ConnectionRefused], (false, 1)),
            (Method::GET, &[TimedOut], (false, 1)),
            (Method::POST, &[ConnectionReset], (false, 1)),
            (Method::POST, &[BrokenPipe], (false, 1)),
        ] {
            let case = format!("{method} {failures:?}");
            assert_eq!(sent(method, failures).await, expected, "{case}");
        }
    }

    /// The operating system reports "refused" for established connections too.
    #[tokio::test]
    async fn an_error_of_the_service_may_mean_that_the_request_was_sent() {
        let service = service_fn(|_| {
            let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
            ready(Err::<http::Response<RequestBody>, _>(refused))
        });
        let error = TowerClient::new(service).call(request()).await.unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Connect);
        assert!(!error.is_unsent());
    }

    #[tokio::test]
    async fn the_limit_of_the_body_counts_its_bytes() {
        let service = service_fn(|request: http::Request<RequestBody>| {
            ready(Ok::<_, Infallible>(http::Response::new(
                request.into_body(),
            )))
        });
        let client = TowerClient::new(service);
        let echoed = client
            .clone()
            .max_body_bytes(6)
            .call(request())
            .await
            .unwrap();
        assert_eq!(echoed.body(), "canary");
        let error = client.max_body_bytes(5).call(request()).await.unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::TooLarge);
    }
}
