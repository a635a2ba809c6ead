//! An HTTP client for the provider with gates at which requests wait. It records the order in which
//! they started.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use relying_party::{BoxFuture, HttpClient, HyperClient, TransportError, TransportErrorKind};
use tokio::runtime::Handle;
use tokio::sync::watch;

/// The purpose of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Exchange,
    Refresh,
    Revocation,
    Metadata,
    Keys,
}

/// Clones share everything.
/// The sockets belong to another runtime. A blocking task waits for them, so that a paused clock
/// stands still meanwhile.
#[derive(Clone, Debug)]
pub(super) struct GatedClient {
    client: HyperClient,
    sockets: Handle,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    exchanges: watch::Sender<bool>,
    refreshes: watch::Sender<bool>,
    revocations: watch::Sender<bool>,
    /// Whether refreshes fail without being sent, as when too many wait.
    is_overloaded: AtomicBool,
    started: Mutex<Vec<Kind>>,
    /// Requests in flight, and the bytes of their bodies.
    held: AtomicUsize,
    held_bytes: AtomicUsize,
}

impl GatedClient {
    /// With all gates open; `sockets` is the provider's runtime.
    pub(super) fn new(sockets: Handle) -> Self {
        let open = || watch::channel(true).0;
        Self {
            client: HyperClient::new(),
            sockets,
            state: Arc::new(State {
                exchanges: open(),
                refreshes: open(),
                revocations: open(),
                is_overloaded: AtomicBool::new(false),
                started: Mutex::default(),
                held: AtomicUsize::new(0),
                held_bytes: AtomicUsize::new(0),
            }),
        }
    }

    /// Opens or closes a gate.
    pub(super) fn set_open(&self, kind: Kind, is_open: bool) {
        let gate = self.gate(kind).expect("documents have no gate");
        gate.send_replace(is_open);
    }

    /// Makes refreshes fail as if too many waited.
    pub(super) fn set_overloaded(&self, is_overloaded: bool) {
        let state = &self.state.is_overloaded;
        state.store(is_overloaded, Ordering::SeqCst);
    }

    /// The requests that started since the last call, in order.
    pub(super) fn started(&self) -> Vec<Kind> {
        std::mem::take(&mut self.state.started.lock().unwrap())
    }

    /// The number of requests in flight, and the bytes of their bodies.
    pub(super) fn held(&self) -> (usize, usize) {
        let State {
            held, held_bytes, ..
        } = &*self.state;
        (
            held.load(Ordering::SeqCst),
            held_bytes.load(Ordering::SeqCst),
        )
    }

    fn gate(&self, kind: Kind) -> Option<&watch::Sender<bool>> {
        match kind {
            Kind::Exchange => Some(&self.state.exchanges),
            Kind::Refresh => Some(&self.state.refreshes),
            Kind::Revocation => Some(&self.state.revocations),
            Kind::Metadata | Kind::Keys => None,
        }
    }
}

impl HttpClient for GatedClient {
    fn call(&self, request: Request<Bytes>) -> BoxFuture<Result<Response<Bytes>, TransportError>> {
        let kind = kind(&request);
        self.state.started.lock().unwrap().push(kind);
        if kind == Kind::Refresh && self.state.is_overloaded.load(Ordering::SeqCst) {
            return Box::pin(async { Err(TransportError::new(TransportErrorKind::Overloaded)) });
        }
        let held = Held::new(Arc::clone(&self.state), request.body().len());
        let gate = self.gate(kind).map(watch::Sender::subscribe);
        let (client, sockets) = (self.client.clone(), self.sockets.clone());
        Box::pin(async move {
            let _held = held;
            if let Some(mut gate) = gate {
                gate.wait_for(|is_open| *is_open).await.unwrap();
            }
            let call = move || sockets.block_on(client.call(request));
            tokio::task::spawn_blocking(call).await.unwrap()
        })
    }
}

fn kind(request: &Request<Bytes>) -> Kind {
    let path = request.uri().path();
    let body = String::from_utf8_lossy(request.body());
    if body.contains("grant_type=authorization_code") {
        Kind::Exchange
    } else if body.contains("grant_type=refresh_token") {
        Kind::Refresh
    } else if body.contains("token_type_hint=refresh_token") {
        Kind::Revocation
    } else if path.ends_with("/openid-configuration") {
        Kind::Metadata
    } else {
        Kind::Keys
    }
}

/// A request in flight.
struct Held {
    state: Arc<State>,
    bytes: usize,
}

impl Held {
    fn new(state: Arc<State>, bytes: usize) -> Self {
        state.held.fetch_add(1, Ordering::SeqCst);
        state.held_bytes.fetch_add(bytes, Ordering::SeqCst);
        Self { state, bytes }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.state.held.fetch_sub(1, Ordering::SeqCst);
        self.state
            .held_bytes
            .fetch_sub(self.bytes, Ordering::SeqCst);
    }
}
