//! A provider whose metadata and keys, or endpoints, are part of the settings: for cold starts, for
//! networks in which only the token endpoint can be reached, and for a provider without discovery.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use relying_party::{BoxFuture, HttpClient, HyperClient, TransportError, TransportErrorKind};
use tower_oidc::Provider;
use tower_oidc::provider::SigningAlgorithm;
use tower_oidc_tests::App;
use tower_oidc_tests::app::{CLIENT_ID, CLIENT_SECRET, sign_in, url};
use tower_oidc_tests::visits::{EXPIRY, answer};

/// A client that reaches these endpoints only.
#[derive(Clone, Debug)]
struct Reaches {
    endpoints: Vec<String>,
    client: HyperClient,
    asked: Arc<Mutex<Vec<String>>>,
}

impl HttpClient for Reaches {
    fn call(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        let asked = format!("{} {}", request.method(), request.uri());
        let may = self.endpoints.contains(&asked);
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

/// T-17, J-03: what needs no network cannot fail because of it.
#[tokio::test]
async fn with_metadata_and_keys_in_the_settings_the_code_exchange_is_the_only_request() {
    let app = App::start().await;
    let issuer = app.provider.issuer();
    let metadata = document(&format!("{issuer}/.well-known/openid-configuration")).await;
    let parsed: serde_json::Value = serde_json::from_str(&metadata).unwrap();
    let keys = document(parsed["jwks_uri"].as_str().unwrap()).await;
    let endpoint = parsed["token_endpoint"].as_str().unwrap().to_owned();
    let client = Reaches {
        endpoints: vec![format!("POST {endpoint}")],
        client: HyperClient::new(),
        asked: Arc::default(),
    };
    let provider = Provider::new(issuer, CLIENT_ID)
        .client_secret(CLIENT_SECRET)
        .metadata_json(metadata)
        .jwks_json(keys);
    let instance = app
        .another_instance(|auth| auth.provider(provider).http_client(client.clone()))
        .await;
    let browser = app.browser();
    instance.serve(&browser);

    instance.auth.discover().await.expect("nothing to fetch");
    assert!(client.asked.lock().unwrap().is_empty());
    let page = sign_in(&browser).await;

    assert_eq!(page.text(), "alice");
    assert_eq!(*client.asked.lock().unwrap(), [format!("POST {endpoint}")]);

    // The sign-out URL is in the metadata, too.
    let page = browser.open(&url("/leave")).await;
    let there = page.exchanges().iter().map(|it| it.url().as_str());
    assert!(there.into_iter().any(|url| url.starts_with(issuer)));
    assert_eq!(page.text(), "nobody");
}

/// Logto's guide for its connector configures a provider like this.
#[tokio::test]
async fn a_provider_without_discovery_is_used_by_the_endpoints_that_are_set() {
    let app = App::start().await;
    let issuer = app.provider.issuer();
    let asked = [
        ("POST", format!("{issuer}/token")),
        ("GET", format!("{issuer}/jwks")),
        ("GET", format!("{issuer}/userinfo")),
        ("POST", format!("{issuer}/revoke")),
    ];
    let client = Reaches {
        endpoints: asked.map(|(method, url)| format!("{method} {url}")).into(),
        client: HyperClient::new(),
        asked: Arc::default(),
    };
    let provider = Provider::new(issuer, CLIENT_ID)
        .client_secret(CLIENT_SECRET)
        .algorithms([SigningAlgorithm::Es384])
        .authorization_endpoint(format!("{issuer}/authorize"))
        .token_endpoint(format!("{issuer}/token"))
        .jwks_uri(format!("{issuer}/jwks"))
        .user_info_endpoint(format!("{issuer}/userinfo"))
        .end_session_endpoint(format!("{issuer}/end_session"))
        .revocation_endpoint(format!("{issuer}/revoke"));
    let instance = app
        .another_instance(|auth| {
            let auth = auth.provider(provider).http_client(client.clone());
            auth.user_info_at_sign_in(true)
        })
        .await;
    let browser = app.browser();
    instance.serve(&browser);

    instance
        .auth
        .discover()
        .await
        .expect("nothing to fetch but keys");
    assert_eq!(sign_in(&browser).await.text(), "alice");
    app.clock.advance(EXPIRY);
    assert!(answer(&browser, "/token").await["token"].is_string());
    let key_requests = || {
        let asked = client.asked.lock().unwrap();
        asked.iter().filter(|it| it.ends_with("/jwks")).count()
    };
    let before = key_requests();
    app.provider.rotate_keys();
    assert_eq!(sign_in(&browser).await.text(), "alice");
    assert_eq!(key_requests(), before + 1, "the new key is unknown");
    let page = browser.open(&url("/leave")).await;
    instance.auth.drain().await;

    assert_eq!(page.text(), "nobody");
    let there = page.exchanges().iter().map(|it| it.url().as_str());
    let end_session = format!("{issuer}/end_session?");
    assert!(there.into_iter().any(|url| url.starts_with(&end_session)));
    let asked = client.asked.lock().unwrap().clone();
    for endpoint in &client.endpoints {
        assert!(asked.contains(endpoint), "{endpoint}: {asked:?}");
    }
    for request in &asked {
        assert!(client.endpoints.contains(request), "{request}");
    }
}
