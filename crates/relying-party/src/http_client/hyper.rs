//! The default HTTP client.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use super::{BoxFuture, HttpClient, RequestBody, TowerClient, TransportError, TransportErrorKind};
use crate::config_error::ConfigError;
use crate::runtime;
use crate::url_rules::is_secure;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// Less than the five seconds after which common servers, such as Node's, close an idle connection: a
/// token request on a connection that is being closed is not repeated, and would be lost.
const IDLE_FOR: Duration = Duration::from_secs(4);

/// An HTTP/1.1 client with hyper and rustls. It has the limits of [`TowerClient`], and 3 seconds to
/// connect.
///
/// It trusts the certificate authorities that Mozilla trusts, sends nothing to a URL that is neither
/// https nor http to a loopback host, ignores the environment variables for proxies, and follows no
/// redirects.
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
    /// Creates a client that trusts the public certificate authorities.
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Returns a builder for a client with other settings.
    pub fn builder() -> HyperClientBuilder {
        let roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        HyperClientBuilder {
            roots,
            timeout: None,
        }
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

/// Builds a [`HyperClient`] with other settings than the default ones.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct HyperClientBuilder {
    roots: RootCertStore,
    timeout: Option<Duration>,
}

impl HyperClientBuilder {
    /// Adds the certificate authorities in `pem` to the public ones.
    ///
    /// # Errors
    ///
    /// `pem` contains no certificate, or one that cannot be read.
    pub fn add_root_certificates_pem(mut self, pem: &[u8]) -> Result<Self, ConfigError> {
        let refused = || {
            ConfigError::new(
                "add_root_certificates_pem",
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

    /// Sets how long an exchange may take, connecting included, instead of 60 seconds. See
    /// [`TowerClient::timeout`].
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
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
        let client = Client::builder(runtime::Executor::new())
            .pool_timer(runtime::Timer::new())
            .pool_idle_timeout(IDLE_FOR)
            .build(connector);
        let inner = TowerClient::new(client);
        let inner = match self.timeout {
            Some(timeout) => inner.timeout(timeout),
            None => inner,
        };
        HyperClient { inner }
    }
}

fn tls_config(roots: RootCertStore) -> ClientConfig {
    #[cfg(feature = "aws-lc-rs")]
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    #[cfg(not(feature = "aws-lc-rs"))]
    let provider = rustls::crypto::ring::default_provider();
    #[expect(
        clippy::expect_used,
        reason = "both providers support the default protocol versions"
    )]
    ClientConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .expect("both support TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// Responds to every connection with `answer`, and returns the address.
    async fn serve(answer: Vec<u8>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let answer = answer.clone();
                tokio::spawn(async move {
                    let _ = stream.read(&mut [0; 4096]).await;
                    let _ = stream.write_all(&answer).await;
                    let _ = stream.shutdown().await;
                    // Closing with unread bytes would reset the connection.
                    let _ = stream.read(&mut [0; 4096]).await;
                });
            }
        });
        address.to_string()
    }

    fn response(head: &str, body: &[u8]) -> Vec<u8> {
        let mut response = format!("HTTP/1.1 {head}\r\n\r\n").into_bytes();
        response.extend_from_slice(body);
        response
    }

    async fn get(client: &HyperClient, url: &str) -> Result<http::Response<Bytes>, TransportError> {
        client
            .call(http::Request::get(url).body(Bytes::new()).unwrap())
            .await
    }

    async fn failure(client: &HyperClient, url: &str) -> TransportErrorKind {
        get(client, url).await.unwrap_err().kind()
    }

    #[tokio::test]
    async fn a_response_is_returned_with_status_and_body() {
        let address = serve(response("418 Teapot\r\nContent-Length: 5", b"hello")).await;
        let response = get(&HyperClient::new(), &format!("http://{address}/a?b=c"))
            .await
            .unwrap();
        assert_eq!(response.status(), 418);
        assert_eq!(response.body(), "hello");
    }

    #[tokio::test]
    async fn a_redirect_is_returned_and_not_followed() {
        let evil = serve(response("200 OK\r\nContent-Length: 4", b"evil")).await;
        for status in ["301", "302", "307", "308"] {
            let head = format!("{status} X\r\nLocation: http://{evil}/\r\nContent-Length: 0");
            let address = serve(response(&head, b"")).await;
            let response = get(&HyperClient::new(), &format!("http://{address}/"))
                .await
                .unwrap();
            assert_eq!(response.status().as_str(), status);
            assert_eq!(response.body(), "");
        }
    }

    #[tokio::test]
    async fn a_body_over_one_mebibyte_is_cut_off_with_and_without_a_length() {
        let limit = 1 << 20;
        let client = HyperClient::new();
        for (length, fits) in [(limit, true), (limit + 1, false)] {
            let body = vec![b'x'; length];
            for head in [
                format!("200 OK\r\nContent-Length: {length}"),
                "200 OK".to_owned(),
            ] {
                let address = serve(response(&head, &body)).await;
                let answer = get(&client, &format!("http://{address}/")).await;
                match answer {
                    Ok(response) => assert!(fits && response.body().len() == length),
                    Err(error) => {
                        assert!(!fits);
                        assert_eq!(error.kind(), TransportErrorKind::TooLarge);
                    }
                }
            }
        }
    }

    #[tokio::test]
    async fn a_response_that_does_not_arrive_in_time_is_a_timeout() {
        let client = HyperClient::builder()
            .timeout(Duration::from_millis(100))
            .build();
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", silent.local_addr().unwrap());
        assert_eq!(failure(&client, &url).await, TransportErrorKind::Timeout);
    }

    /// Reads one request, and returns its method.
    async fn read_method(stream: &mut tokio::net::TcpStream) -> String {
        let mut request = vec![0; 4096];
        let length = stream.read(&mut request).await.unwrap();
        let request = String::from_utf8_lossy(&request[..length]);
        request.split(' ').next().unwrap_or_default().to_owned()
    }

    /// A server responds to one request on each connection, and closes the connection when the next
    /// request arrives. It returns the methods of all requests when its last connection ends.
    #[tokio::test]
    async fn a_get_on_a_connection_that_the_server_has_closed_is_repeated_and_a_post_is_not() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let server = tokio::spawn(async move {
            let mut methods = Vec::new();
            for _ in 0..2 {
                let (mut stream, _) = listener.accept().await.unwrap();
                methods.push(read_method(&mut stream).await);
                let answer = response("200 OK\r\nContent-Length: 5", b"hello");
                stream.write_all(&answer).await.unwrap();
                methods.push(read_method(&mut stream).await);
            }
            methods
        });
        let client = HyperClient::new();
        assert_eq!(get(&client, &url).await.unwrap().body(), "hello");

        let repeated = get(&client, &url).await.unwrap();

        assert_eq!(repeated.body(), "hello");
        let post = http::Request::post(&url).body(Bytes::new()).unwrap();
        let error = client.call(post).await.unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Broken);
        assert!(!error.is_unsent());
        assert_eq!(server.await.unwrap(), ["GET", "GET", "GET", "POST"]);
    }

    #[tokio::test]
    async fn a_failure_is_reported_by_its_kind_and_without_the_url() {
        let client = HyperClient::new();
        let closed = TcpListener::bind("127.0.0.1:0")
            .await
            .unwrap()
            .local_addr()
            .unwrap();
        let error = get(&client, &format!("http://{closed}/?canary"))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Connect);
        assert!(!format!("{error} {error:?}").contains("canary"));

        let short = serve(response("200 OK\r\nContent-Length: 9", b"short")).await;
        assert_eq!(
            failure(&client, &format!("http://{short}/")).await,
            TransportErrorKind::Broken
        );

        let plain = serve(b"this is no TLS record".to_vec()).await;
        assert_eq!(
            failure(&client, &format!("https://{plain}/")).await,
            TransportErrorKind::Tls
        );
    }

    /// Only a request that never left may be repeated: a refresh token must not be used twice.
    #[tokio::test]
    async fn a_request_without_a_connection_is_known_to_be_unsent() {
        let client = HyperClient::new();
        let closed = TcpListener::bind("127.0.0.1:0")
            .await
            .unwrap()
            .local_addr()
            .unwrap();
        let plain = serve(b"this is no TLS record".to_vec()).await;
        for url in [
            format!("http://{closed}/"),
            format!("https://{plain}/"),
            "http://op.example/".to_owned(),
        ] {
            assert!(get(&client, &url).await.unwrap_err().is_unsent(), "{url}");
        }

        let short = serve(response("200 OK\r\nContent-Length: 9", b"short")).await;
        let mute = serve(Vec::new()).await;
        for address in [short, mute] {
            let answer = get(&client, &format!("http://{address}/")).await;
            assert!(!answer.unwrap_err().is_unsent());
        }
        let client = HyperClient::builder()
            .timeout(Duration::from_millis(100))
            .build();
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", silent.local_addr().unwrap());
        assert!(!get(&client, &url).await.unwrap_err().is_unsent());
    }

    /// No label of a name has more than 63 characters (RFC 1035 section 2.3.4), so no name server is
    /// queried.
    #[tokio::test]
    async fn a_name_without_address_is_distinguished_from_a_host_that_does_not_respond() {
        let url = format!("http://{}.localhost/", "a".repeat(64));
        let error = get(&HyperClient::new(), &url).await.unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Dns, "{error}");
        assert!(error.is_unsent());
        assert_eq!(error.to_string(), "the host name cannot be resolved");
    }

    #[tokio::test]
    async fn nothing_is_sent_unencrypted_to_another_host() {
        let client = HyperClient::new();
        for url in [
            "http://op.example/",
            "http://10.0.0.1/",
            "http://localhost.op.example/",
            "/",
        ] {
            assert_eq!(
                failure(&client, url).await,
                TransportErrorKind::InsecureUrl,
                "{url}"
            );
        }
    }

    #[test]
    fn root_certificates_must_be_certificates() {
        for pem in [
            &b""[..],
            b"no PEM",
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n",
        ] {
            assert!(
                HyperClient::builder()
                    .add_root_certificates_pem(pem)
                    .is_err()
            );
        }
    }
}
