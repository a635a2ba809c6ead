//! axum-login over tower-sessions: the session holds the id of a user, whom the application finds in its own
//! memory.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::ready;
use std::sync::Arc;

use axum_login::{AuthManagerLayer, AuthManagerLayerBuilder, AuthSession, AuthUser, AuthnBackend};
use http::Request;
use serde_json::Value;
use tower_layer::Layer as _;
use tower_sessions::{MemoryStore, SessionManagerLayer};

use super::tower_sessions::response_cookies;
use crate::cookies::requests::{joined, operation};
use crate::fixture::Fixture;
use crate::measure::Operation;
use crate::service::{Body, handler};

/// A request whose handler reads `sub` of the user.
pub(super) fn request(fixture: &Fixture, foreign: &str) -> Operation {
    let (layer, cookies) = layer(fixture);
    let service = layer.layer(handler(|request: Request<Body>| {
        read_sub(session(&request));
        ready(())
    }));
    operation("axum-login, sub", service, &joined(foreign, &cookies))
}

/// The layer with one user who is signed in, and the cookie of the session.
pub(crate) fn layer(fixture: &Fixture) -> (AuthManagerLayer<Users, MemoryStore>, String) {
    let user = User(Arc::new(Content {
        sub: fixture.claims["sub"].as_str().expect("a text").to_owned(),
        _content: fixture.content(),
    }));
    let users = Users(Arc::new(HashMap::from([(user.id(), user.clone())])));
    let sessions = SessionManagerLayer::new(MemoryStore::default());
    let layer = AuthManagerLayerBuilder::new(users, sessions).build();
    let mut sign_in = layer.layer(handler(move |request: Request<Body>| {
        let (mut session, user) = (session(&request), user.clone());
        async move { session.login(&user).await.expect("the store works") }
    }));
    let cookies = response_cookies(&mut sign_in);
    (layer, cookies)
}

pub(crate) fn session<B>(request: &Request<B>) -> AuthSession<Users> {
    let session = request.extensions().get().cloned();
    session.expect("the layer's session")
}

pub(crate) fn read_sub(session: AuthSession<Users>) {
    let user = session.user.expect("signed in");
    assert!(!user.0.sub.is_empty());
}

#[derive(Clone, Debug)]
pub(crate) struct User(Arc<Content>);

#[derive(Debug)]
struct Content {
    sub: String,
    _content: Vec<(String, Value)>,
}

impl AuthUser for User {
    type Id = String;

    fn id(&self) -> String {
        self.0.sub.clone()
    }

    fn session_auth_hash(&self) -> &[u8] {
        self.0.sub.as_bytes()
    }
}

/// The users of the application.
#[derive(Clone, Debug)]
pub(crate) struct Users(Arc<HashMap<String, User>>);

impl AuthnBackend for Users {
    type User = User;
    type Credentials = ();
    type Error = Infallible;

    async fn authenticate(&self, (): ()) -> Result<Option<User>, Infallible> {
        Ok(None)
    }

    async fn get_user(&self, id: &String) -> Result<Option<User>, Infallible> {
        Ok(self.0.get(id).cloned())
    }
}
