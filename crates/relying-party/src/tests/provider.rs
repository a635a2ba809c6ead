//! A provider in memory, which records its requests.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};

use super::signer::Signer;
use super::{ISSUER, merged};
use crate::{BoxFuture, HttpClient, TransportError, TransportErrorKind};

#[derive(Clone, Debug)]
pub(super) struct FakeProvider(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    answers: HashMap<String, Result<Response<Bytes>, TransportError>>,
    requests: Vec<Request<Bytes>>,
    /// The path whose responses never arrive.
    hanging: Option<String>,
}

impl FakeProvider {
    pub(super) fn new(keys: &[&Signer]) -> Self {
        let provider = Self(Arc::default());
        provider.publish(&json!({}));
        provider.publish_keys(keys);
        provider
    }

    /// Publishes metadata with `changes`; `null` removes a member.
    pub(super) fn publish(&self, changes: &Value) {
        let metadata = json!({
            "issuer": ISSUER,
            "authorization_endpoint": format!("{ISSUER}/authorize"),
            "token_endpoint": format!("{ISSUER}/token"),
            "jwks_uri": format!("{ISSUER}/jwks"),
            "userinfo_endpoint": format!("{ISSUER}/userinfo"),
            "end_session_endpoint": format!("{ISSUER}/end"),
            "introspection_endpoint": format!("{ISSUER}/introspect"),
            "revocation_endpoint": format!("{ISSUER}/revoke"),
            "id_token_signing_alg_values_supported":
                ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA", "HS256"],
        });
        let metadata = merged(metadata, changes);
        self.answer(
            "/.well-known/openid-configuration",
            200,
            &metadata.to_string(),
        );
    }

    pub(super) fn publish_keys(&self, keys: &[&Signer]) {
        let keys: Vec<Value> = keys.iter().map(|key| key.jwk()).collect();
        self.answer("/jwks", 200, &json!({ "keys": keys }).to_string());
    }

    pub(super) fn answer(&self, path: &str, status: u16, body: &str) {
        self.answer_with(path, Response::builder().status(status), body);
    }

    pub(super) fn answer_with(&self, path: &str, head: http::response::Builder, body: &str) {
        let response = head.body(Bytes::copy_from_slice(body.as_bytes())).unwrap();
        self.0
            .lock()
            .unwrap()
            .answers
            .insert(path.to_owned(), Ok(response));
    }

    pub(super) fn fail_with(&self, path: &str, kind: TransportErrorKind) {
        let error = Err(TransportError::new(kind));
        self.0
            .lock()
            .unwrap()
            .answers
            .insert(path.to_owned(), error);
    }

    /// Never responds to requests to this path that come from now on.
    pub(super) fn hang_at(&self, path: Option<&str>) {
        self.0.lock().unwrap().hanging = path.map(str::to_owned);
    }

    pub(super) fn requests_to(&self, path: &str) -> Vec<Request<Bytes>> {
        let state = self.0.lock().unwrap();
        state
            .requests
            .iter()
            .filter(|request| request.uri().path() == path)
            .cloned()
            .collect()
    }

    /// The parameters of the last token request.
    pub(super) fn token_form(&self) -> HashMap<String, String> {
        self.form_to("/token")
    }

    /// The parameters of the last request to this path.
    pub(super) fn form_to(&self, path: &str) -> HashMap<String, String> {
        let request = self.requests_to(path).pop().unwrap();
        url::form_urlencoded::parse(request.body())
            .into_owned()
            .collect()
    }
}

impl HttpClient for FakeProvider {
    fn call(&self, request: Request<Bytes>) -> BoxFuture<Result<Response<Bytes>, TransportError>> {
        let mut state = self.0.lock().unwrap();
        let not_found = Ok(Response::builder().status(404).body(Bytes::new()).unwrap());
        let answer = state
            .answers
            .get(request.uri().path())
            .cloned()
            .unwrap_or(not_found);
        let hangs = state.hanging.as_deref() == Some(request.uri().path());
        state.requests.push(request);
        Box::pin(async move {
            // Lets other tasks run, like a network would.
            tokio::task::yield_now().await;
            if hangs {
                std::future::pending::<()>().await;
            }
            answer
        })
    }
}
