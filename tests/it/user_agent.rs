//! The `User-Agent` of requests to the provider.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::header::USER_AGENT;
use relying_party::{BoxFuture, HttpClient, HyperClient, TransportError};
use tower_oidc_tests::App;
use tower_oidc_tests::app::{sign_in, url};
use tower_oidc_tests::visits::answer;

/// An application's own client, which records the `User-Agent` of requests.
#[derive(Clone, Debug, Default)]
struct Noting {
    client: HyperClient,
    noted: Arc<Mutex<Vec<(String, String)>>>,
}

impl HttpClient for Noting {
    fn call(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        let user_agent = request.headers().get(USER_AGENT);
        let user_agent = user_agent.map_or("", |value| value.to_str().unwrap());
        let noted = (request.uri().path().to_owned(), user_agent.to_owned());
        self.noted.lock().unwrap().push(noted);
        self.client.call(request)
    }
}

#[tokio::test]
async fn every_request_to_the_provider_names_this_layer_or_what_is_set() {
    for set in [None, Some("shop/1.0")] {
        let client = Noting::default();
        let noting = client.clone();
        let app = App::registered(
            |provider| provider,
            |registration| match set {
                Some(name) => registration.user_agent(name),
                None => registration,
            },
            |auth| auth.http_client(noting).user_info_at_sign_in(true),
        )
        .await;
        let browser = app.browser();
        sign_in(&browser).await;
        answer(&browser, "/refresh").await;
        browser.open(&url("/leave")).await;

        let expected = set.unwrap_or(concat!("tower-oidc/", env!("CARGO_PKG_VERSION")));
        let noted = client.noted.lock().unwrap();
        for path in [
            "/.well-known/openid-configuration",
            "/jwks",
            "/token",
            "/userinfo",
            "/revoke",
        ] {
            assert!(noted.iter().any(|(asked, _)| asked == path), "{path}");
        }
        for (path, user_agent) in &*noted {
            assert_eq!(user_agent, expected, "{path}");
        }
    }
}
