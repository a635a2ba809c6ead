//! How requests reach the provider.

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

/// Sends one HTTP request and collects its response.
///
/// An implementation must not follow redirects, since a request may carry the client secret, must
/// not decompress bodies, and must bound a response's time and size. [`TowerClient`] gives any
/// Tower service these limits. A time limit below 60 seconds also shortens what
/// [`Provider::request_lifetime`](crate::Provider::request_lifetime) says.
///
/// How many requests are sent at once is not an implementation's concern: each
/// [`RelyingParty`](crate::RelyingParty) bounds that.
pub trait HttpClient: fmt::Debug + Send + Sync + 'static {
    /// Sends `request` and returns the response, whatever its status.
    ///
    /// # Errors
    ///
    /// A [`TransportError`] if there is no complete response within the limits.
    fn call(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<Result<http::Response<Bytes>, TransportError>>;
}
