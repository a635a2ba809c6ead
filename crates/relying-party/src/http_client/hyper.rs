//! The default HTTP client.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use super::{BoxFuture, HttpClient, RequestBody, TowerClient, TransportError, TransportErrorKind};
use crate::config_error::ConfigError;
use crate::url_rules::is_secure;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// HTTP/1.1 over hyper and rustls, with [`TowerClient`]'s limits and 3 seconds to connect.
///
/// It trusts the certificate authorities that Mozilla trusts, sends nothing to a URL that is
/// neither https nor http to a loopback address, ignores proxy environment variables, and follows
/// no redirects.
///
/// ```
/// use relying_party::HyperClient;
///
/// let http = HyperClient::new();
/// ```
#[derive(Clone, Debug)]
pub struct HyperClient {
    inner: TowerClient<Client<HttpsConnector<HttpConnector>, RequestBody>>,
}

impl HyperClient {
    /// A client that trusts the public certificate authorities.
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// A client with more settings.
    pub fn builder() -> HyperClientBuilder {
        let roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        HyperClientBuilder { roots }
    }
}

impl Default for HyperClient {
    fn default() -> Self {
        Self::new()
    }
}

impl HttpClient for HyperClient {
    fn call(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        if is_secure(request.uri()) {
            self.inner.call(request)
        } else {
            Box::pin(std::future::ready(Err(TransportError::new(
                TransportErrorKind::InsecureUrl,
            ))))
        }
    }
}

/// Settings of a [`HyperClient`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct HyperClientBuilder {
    roots: RootCertStore,
}

impl HyperClientBuilder {
    /// Trusts the certificate authorities in `pem` too, in addition to the public ones.
    ///
    /// # Errors
    ///
    /// `pem` holds no certificate, or one that cannot be read.
    pub fn add_root_certificates_pem(mut self, pem: &[u8]) -> Result<Self, ConfigError> {
        let refused = || {
            ConfigError::new(
                "root certificates",
                "must be X.509 certificates in PEM",
                "give the file that starts with `-----BEGIN CERTIFICATE-----`",
            )
        };
        let mut added = false;
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|_| refused())?;
            self.roots.add(certificate).map_err(|_| refused())?;
            added = true;
        }
        if added { Ok(self) } else { Err(refused()) }
    }

    /// Builds the client.
    #[must_use]
    pub fn build(self) -> HyperClient {
        let mut tcp = HttpConnector::new();
        tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
        tcp.enforce_http(false);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls_config(self.roots))
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new()).build(connector);
        HyperClient {
            inner: TowerClient::new(client),
        }
    }
}

fn tls_config(roots: RootCertStore) -> ClientConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    #[expect(
        clippy::expect_used,
        reason = "ring supports the default protocol versions"
    )]
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring supports TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth()
}
