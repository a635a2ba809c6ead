//! The HTTP client for requests to the provider.

mod error;
#[cfg(feature = "hyper-client")]
mod hyper;
mod tower;
mod user_agent;

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;

pub use self::error::{TransportError, TransportErrorKind};
#[cfg(feature = "hyper-client")]
pub use self::hyper::{HyperClient, HyperClientBuilder};
pub use self::tower::{RequestBody, TowerClient};
pub(crate) use self::user_agent::{WithUserAgent, is_user_agent};

/// A boxed future that can be sent to another thread.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send + 'static>>;

/// Sends HTTP requests to the provider.
///
/// An implementation must not follow redirects, because a request may contain the client secret. It
/// must not decompress bodies, and must limit the time and the size of a response. [`TowerClient`] adds
/// these limits to any Tower service. A time limit below 60 seconds also limits
/// [`Provider::request_lifetime`](crate::Provider::request_lifetime).
///
/// An implementation need not limit the number of concurrent requests: each
/// [`RelyingParty`](crate::RelyingParty) does.
///
/// ```
/// use bytes::Bytes;
/// use http::{Request, Response};
/// use relying_party::{BoxFuture, HttpClient, TransportError, TransportErrorKind};
///
/// /// A client for tests without a network.
/// #[derive(Debug)]
/// struct Offline;
///
/// impl HttpClient for Offline {
///     fn call(
///         &self,
///         _request: Request<Bytes>,
///     ) -> BoxFuture<Result<Response<Bytes>, TransportError>> {
///         Box::pin(async { Err(TransportError::new(TransportErrorKind::Connect)) })
///     }
/// }
/// ```
pub trait HttpClient: fmt::Debug + Send + Sync + 'static {
    /// Sends `request` and returns the response, with any status.
    ///
    /// # Errors
    ///
    /// There is no complete response within the limits.
    fn call(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<Result<http::Response<Bytes>, TransportError>>;
}
