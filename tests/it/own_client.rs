//! An HTTP client that an application writes itself, with `tower_oidc` alone.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use tower_oidc::provider::ErrorKind as ProviderErrorKind;
use tower_oidc::{
    AuthLayer, AuthLayerBuilder, BoxFuture, HttpClient, Provider, TransportError,
    TransportErrorKind,
};

const METADATA: &str = r#"{
    "issuer": "https://id.example",
    "authorization_endpoint": "https://id.example/authorize",
    "token_endpoint": "https://id.example/token",
    "jwks_uri": "https://id.example/keys",
    "response_types_supported": ["code"],
    "subject_types_supported": ["public"],
    "id_token_signing_alg_values_supported": ["ES256"]
}"#;

/// The public key of RFC 7517 appendix A.1.
const KEYS: &str = r#"{"keys":[{"kty":"EC","crv":"P-256","kid":"1","use":"sig",
    "x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
    "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}"#;

/// Responds from memory, and records the paths.
#[derive(Clone, Debug, Default)]
struct FromMemory {
    paths: Arc<Mutex<Vec<String>>>,
}

impl HttpClient for FromMemory {
    fn call(&self, request: Request<Bytes>) -> BoxFuture<Result<Response<Bytes>, TransportError>> {
        let path = request.uri().path().to_owned();
        let (status, body) = match path.as_str() {
            "/.well-known/openid-configuration" => (StatusCode::OK, METADATA),
            "/keys" => (StatusCode::OK, KEYS),
            _ => (StatusCode::NOT_FOUND, "{}"),
        };
        self.paths.lock().unwrap().push(path);
        let mut response = Response::new(Bytes::from_static(body.as_bytes()));
        *response.status_mut() = status;
        let json = http::HeaderValue::from_static("application/json");
        response.headers_mut().insert("content-type", json);
        Box::pin(async move { Ok(response) })
    }
}

/// Reaches nothing.
#[derive(Debug)]
struct Offline;

impl HttpClient for Offline {
    fn call(&self, _: Request<Bytes>) -> BoxFuture<Result<Response<Bytes>, TransportError>> {
        Box::pin(async { Err(TransportError::new(TransportErrorKind::Connect)) })
    }
}

fn settings() -> AuthLayerBuilder {
    AuthLayer::builder()
        .provider(Provider::new("https://id.example", "client-id"))
        .base_url("https://app.example")
        .cookie_secret("q7Zx2LmV9cKdR4tYw8BnHs3JfGpUeA6Q")
}

#[tokio::test]
async fn a_client_of_the_application_fetches_the_documents_of_the_provider() {
    let client = FromMemory::default();
    let auth = settings().http_client(client.clone()).build().unwrap();

    auth.discover().await.unwrap();

    let paths = client.paths.lock().unwrap();
    assert_eq!(*paths, ["/.well-known/openid-configuration", "/keys"]);
}

#[tokio::test]
async fn an_error_of_the_applications_client_is_reported_as_one_of_the_transport() {
    let auth = settings().http_client(Offline).build().unwrap();

    let error = auth.discover().await.unwrap_err();

    assert!(error.is_transient());
    assert_eq!(error.kind(), ProviderErrorKind::Transport);
}
