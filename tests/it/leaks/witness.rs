//! Records every secret that crosses the boundaries of the application, to search for it later.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::response::Response;
use axum::{Router, middleware};
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION, SET_COOKIE};
use relying_party::{BoxFuture, HttpClient, HyperClient, TransportError};
use serde_json::Value;
use url::{Url, form_urlencoded};

/// Shorter ones are found by chance.
const SHORTEST: usize = 16;

/// The parameters of our URLs and forms that must stay secret.
const SECRET_PARAMETERS: [&str; 9] = [
    "client_secret",
    "code",
    "code_verifier",
    "id_token_hint",
    "logout_hint",
    "nonce",
    "refresh_token",
    "state",
    "token",
];

const TOKENS: [&str; 3] = ["access_token", "id_token", "refresh_token"];

/// What browsers and the provider were sent, and what they sent.
#[derive(Clone, Debug, Default)]
pub(super) struct Witness(Arc<Mutex<BTreeSet<String>>>);

impl Witness {
    /// A client whose requests this witness reads.
    pub(super) fn client(&self) -> impl HttpClient + use<> {
        Witnessed {
            client: HyperClient::new(),
            witness: self.clone(),
        }
    }

    /// The same with a short timeout, for a provider that never responds.
    pub(super) fn client_with_short_timeout(&self) -> impl HttpClient + use<> {
        let client = HyperClient::builder().timeout(Duration::from_millis(300));
        Witnessed {
            client: client.build(),
            witness: self.clone(),
        }
    }

    /// A service whose requests this witness reads.
    pub(super) fn around(&self, service: Router) -> Router {
        let witness = self.clone();
        service.layer(middleware::from_fn(
            move |request: Request, next: middleware::Next| {
                let witness = witness.clone();
                async move {
                    witness.parameters(request.uri().query().unwrap_or_default());
                    witness.answer(next.run(request).await).await
                }
            },
        ))
    }

    /// Everything recorded so far.
    pub(super) fn secrets(&self) -> Vec<String> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.iter().cloned().collect()
    }

    fn secret(&self, secret: &str) {
        if secret.len() >= SHORTEST {
            let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            seen.insert(secret.to_owned());
        }
    }

    /// Each part of a JWT, because each reveals something.
    fn token(&self, token: &str) {
        token.split('.').for_each(|part| self.secret(part));
    }

    fn parameters(&self, form: &str) {
        for (name, value) in form_urlencoded::parse(form.as_bytes()) {
            if SECRET_PARAMETERS.contains(&&*name) {
                self.token(&value);
            }
        }
    }

    fn url(&self, url: &str) {
        if let Ok(url) = Url::parse(url) {
            self.parameters(url.query().unwrap_or_default());
        }
    }

    async fn answer(&self, response: Response) -> Response {
        for cookie in response.headers().get_all(SET_COOKIE) {
            let cookie = cookie.to_str().expect("ASCII");
            let value = cookie.split(['=', ';']).nth(1).expect("a value");
            self.secret(value);
            // Also without the number of its chunks.
            self.secret(value.get(1..).unwrap_or_default());
        }
        if let Some(location) = response.headers().get(LOCATION) {
            self.url(location.to_str().expect("ASCII"));
        }
        let is_json = |value: &http::HeaderValue| value.as_bytes().starts_with(b"application/json");
        if !response.headers().get(CONTENT_TYPE).is_some_and(is_json) {
            return response;
        }
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.expect("a body in memory");
        let json: Value = serde_json::from_slice(&body).expect("JSON");
        self.url(json["logoutUrl"].as_str().unwrap_or_default());
        Response::from_parts(parts, Body::from(body))
    }

    fn request_to_the_provider(&self, request: &http::Request<Bytes>) {
        if let Some(authorization) = request.headers().get(AUTHORIZATION) {
            let authorization = authorization.to_str().expect("ASCII");
            authorization.split(' ').for_each(|part| self.token(part));
        }
        self.parameters(&String::from_utf8_lossy(request.body()));
    }

    fn answer_of_the_provider(&self, answer: &[u8]) {
        let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
        for name in TOKENS {
            self.token(answer[name].as_str().unwrap_or_default());
        }
    }
}

#[derive(Clone, Debug)]
struct Witnessed {
    client: HyperClient,
    witness: Witness,
}

impl HttpClient for Witnessed {
    fn call(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        self.witness.request_to_the_provider(&request);
        let answer = self.client.call(request);
        let witness = self.witness.clone();
        Box::pin(async move {
            let answer = answer.await?;
            witness.answer_of_the_provider(answer.body());
            Ok(answer)
        })
    }
}
