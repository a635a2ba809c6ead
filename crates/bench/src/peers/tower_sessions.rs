//! tower-sessions with its store in memory: the cookie holds an id, the store the content, a value for each
//! part of it.

use std::fmt::Debug;

use http::{Request, Response};
use serde_json::Value;
use tower::Service;
use tower_layer::Layer as _;
use tower_sessions::{MemoryStore, Session, SessionManagerLayer};

use crate::application::{cookie_field, cookies};
use crate::cookies::requests::{joined, operation};
use crate::fixture::Fixture;
use crate::measure::Operation;
use crate::service::{Body, call, fields, handler, request};

/// A request whose handler reads `sub`, and one that reads all claims.
pub(super) fn requests(fixture: &Fixture, foreign: &str) -> Vec<Operation> {
    let (layer, cookies) = layer(fixture);
    let cookies = joined(foreign, &cookies);
    let sub = handler(|request: Request<Body>| read_sub(session(&request)));
    let claims = handler(|request: Request<Body>| read_claims(session(&request)));
    vec![
        operation("tower-sessions, sub", layer.layer(sub), &cookies),
        operation("tower-sessions, all claims", layer.layer(claims), &cookies),
    ]
}

/// The layer with a session of this content in its store, and the cookie of the session.
pub(crate) fn layer(fixture: &Fixture) -> (SessionManagerLayer<MemoryStore>, String) {
    let layer = SessionManagerLayer::new(MemoryStore::default());
    let content = fixture.content();
    let mut sign_in = layer.layer(handler(move |request: Request<Body>| {
        let content = content.clone();
        async move {
            let session = session(&request);
            for (name, value) in content {
                let inserted = session.insert_value(&name, value).await;
                inserted.expect("the store works");
            }
        }
    }));
    let cookies = response_cookies(&mut sign_in);
    (layer, cookies)
}

pub(crate) fn session<B>(request: &Request<B>) -> Session {
    let session = request.extensions().get().cloned();
    session.expect("the layer's session")
}

pub(crate) async fn read_sub(session: Session) {
    let sub: Option<String> = session.get("sub").await.expect("the store works");
    assert!(sub.is_some());
}

async fn read_claims(session: Session) {
    let id_token: Option<String> = session.get("id_token").await.expect("the store works");
    let claims: Option<Value> = match id_token {
        Some(id_token) => Some(Fixture::claims_of(&id_token)),
        None => session.get("claims").await.expect("the store works"),
    };
    assert!(claims.is_some_and(|it| it.is_object()));
}

/// The cookies that a request without any gets.
pub(super) fn response_cookies<S>(service: &mut S) -> String
where
    S: Service<Request<Body>, Response = Response<Body>, Error: Debug>,
{
    let response = call(service, request(&fields("")));
    cookie_field(&cookies(response.headers()))
}
