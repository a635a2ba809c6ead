//! A gate at which code under test waits until the test opens it, and a page with one.

use std::sync::Arc;

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::sync::Semaphore;
use tower_oidc::{AuthContext, AuthLayer};

use crate::TestServer;

/// Closed at first; clones are the same gate.
#[derive(Clone, Debug)]
pub struct Gate {
    entered: Arc<Semaphore>,
    open: Arc<Semaphore>,
}

impl Gate {
    /// A closed gate.
    pub fn new() -> Self {
        Self {
            entered: Arc::new(Semaphore::new(0)),
            open: Arc::new(Semaphore::new(0)),
        }
    }

    /// Reports that somebody has arrived, and waits for [`open`](Self::open).
    pub async fn pass(&self) {
        self.entered.add_permits(1);
        self.open.acquire().await.expect("never closed").forget();
    }

    /// Waits until somebody has arrived.
    pub async fn entered(&self) {
        self.entered.acquire().await.expect("never closed").forget();
    }

    /// Lets one caller pass.
    pub fn open(&self) {
        self.open.add_permits(1);
    }
}

/// An application with one page around this layer, `/slow`, whose handler waits at the gate.
pub async fn slow_page<F, R>(
    auth: &AuthLayer,
    handler: impl FnOnce(AuthContext, Gate) -> F + Clone + Send + Sync + 'static,
) -> (TestServer, Gate)
where
    F: Future<Output = R> + Send + 'static,
    R: IntoResponse + 'static,
{
    let gate = Gate::new();
    let page = {
        let gate = gate.clone();
        move |auth: AuthContext| handler(auth, gate)
    };
    let router = Router::new().route("/slow", get(page));
    (TestServer::start(router.layer(auth.clone())).await, gate)
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}
