//! A provider whose metadata and keys are part of the settings: for cold starts, and for networks
//! in which nothing but the token endpoint can be reached.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use relying_party::{BoxFuture, HttpClient, HyperClient, TransportError, TransportErrorKind};
use tower_oidc::Provider;
use tower_oidc_tests::App;
use tower_oidc_tests::app::{CLIENT_ID, CLIENT_SECRET, sign_in, url};

/// Reaches one endpoint, and nothing else.
#[derive(Clone, Debug)]
struct OneEndpoint {
    endpoint: String,
    client: HyperClient,
    asked: Arc<Mutex<Vec<String>>>,
}

impl HttpClient for OneEndpoint {
    fn call(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        let asked = format!("{} {}", request.method(), request.uri());
        let may = asked == format!("POST {}", self.endpoint);
        self.asked.lock().unwrap().push(asked);
        if may {
            return self.client.call(request);
        }
        Box::pin(async { Err(TransportError::new(TransportErrorKind::Connect)) })
    }
}

async fn document(url: &str) -> String {
    let request = http::Request::get(url).body(Bytes::new()).unwrap();
    let response = HyperClient::new().call(request).await.unwrap();
    String::from_utf8(response.body().to_vec()).unwrap()
}

/// T-17, J-03: what needs no network cannot fail by it.
#[tokio::test]
async fn with_metadata_and_keys_in_the_settings_the_code_exchange_is_the_only_request() {
    let app = App::start().await;
    let issuer = app.provider.issuer();
    let metadata = document(&format!("{issuer}/.well-known/openid-configuration")).await;
    let parsed: serde_json::Value = serde_json::from_str(&metadata).unwrap();
    let keys = document(parsed["jwks_uri"].as_str().unwrap()).await;
    let endpoint = parsed["token_endpoint"].as_str().unwrap().to_owned();
    let client = OneEndpoint {
        endpoint: endpoint.clone(),
        client: HyperClient::new(),
        asked: Arc::default(),
    };
    let provider = Provider::new(issuer, CLIENT_ID)
        .client_secret(CLIENT_SECRET)
        .metadata_json(metadata)
        .jwks_json(keys);
    let machine = app
        .another_machine(|auth| auth.provider(provider).http_client(client.clone()))
        .await;
    let browser = app.browser();
    machine.serve(&browser);

    machine.auth.discover().await.expect("nothing to fetch");
    assert!(client.asked.lock().unwrap().is_empty());
    let page = sign_in(&browser).await;

    assert_eq!(page.text(), "alice");
    assert_eq!(*client.asked.lock().unwrap(), [format!("POST {endpoint}")]);

    // Where the sign-out leads is in the metadata, too.
    let page = browser.open(&url("/leave")).await;
    let there = page.exchanges().iter().map(|it| it.url().as_str());
    assert!(there.into_iter().any(|url| url.starts_with(issuer)));
    assert_eq!(page.text(), "nobody");
}
