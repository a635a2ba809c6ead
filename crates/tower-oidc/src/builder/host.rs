//! What the layer uses of its host: an HTTP client, a clock and random bytes.

use std::sync::Arc;

use relying_party::{Clock, HttpClient};
use sealed_cookie::Entropy;

use super::AuthLayerBuilder;

impl AuthLayerBuilder {
    /// Sets the HTTP client that sends requests to the provider. Default: hyper with rustls (feature
    /// `hyper-client`). Without that feature, [`build`](Self::build) requires this setting.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use http::{Request, Response};
    /// use tower_oidc::{AuthLayer, BoxFuture, HttpClient, TransportError, TransportErrorKind};
    ///
    /// #[derive(Debug)]
    /// struct Offline;
    ///
    /// impl HttpClient for Offline {
    ///     fn call(&self, _: Request<Bytes>) -> BoxFuture<Result<Response<Bytes>, TransportError>> {
    ///         let error = TransportError::new(TransportErrorKind::Connect);
    ///         Box::pin(async move { Err(error) })
    ///     }
    /// }
    ///
    /// let builder = AuthLayer::builder().http_client(Offline);
    /// # let _ = builder;
    /// ```
    pub fn http_client(mut self, client: impl HttpClient) -> Self {
        self.http_client = Some(Arc::new(client));
        self
    }

    /// Trusts these certificate authorities (PEM) in addition to the usual ones in requests to the provider.
    /// Default: none. It applies to the default HTTP client only, not to one given with
    /// [`http_client`](Self::http_client). [`build`](Self::build) refuses a text without a readable certificate.
    ///
    /// Environment variable: `AUTH_CA_FILE`, the path of a file.
    #[cfg(feature = "hyper-client")]
    pub fn root_certificates_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificates = Some(pem.into());
        self
    }

    /// Sets the clock, for tests. Default: the system's clock.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Sets the source of random bytes, for tests. Default: the operating system's.
    pub fn entropy(mut self, entropy: impl Entropy) -> Self {
        self.entropy = Arc::new(entropy);
        self
    }
}
