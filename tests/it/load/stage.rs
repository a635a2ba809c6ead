//! An application that is called without sockets, under a clock that advances only when all tasks
//! wait.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::header::{COOKIE, LOCATION, SET_COOKIE};
use http::{Method, Request, Response};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;
use tower::ServiceExt;
use tower_oidc::{AuthContext, AuthLayer, PeerAddress, RequireAuth};
use tower_oidc_tests::app::{ORIGIN, router, url};
use tower_oidc_tests::callback::{begun, known_browser};
use tower_oidc_tests::{App, Browser};
use url::Url;

use super::gated_client::GatedClient;

/// How often the guard of `/fresh` asks the provider.
pub(super) const REVALIDATE_EVERY: Duration = Duration::from_secs(600);

/// The provider with its sockets in a separate runtime, and one instance of the application.
pub(super) struct Stage {
    pub(super) app: App,
    pub(super) client: GatedClient,
    pub(super) auth: AuthLayer,
    /// The last field, because the fields above end in this runtime.
    world: Runtime,
}

impl Stage {
    pub(super) fn new() -> Self {
        let world = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let client = GatedClient::new(world.handle().clone());
        let app = world.block_on(App::start());
        let auth = App::settings(&app.provider, &app.clock)
            .http_client(client.clone())
            .build()
            .unwrap();
        Self {
            app,
            client,
            auth,
            world,
        }
    }

    /// Runs `test` under a paused clock.
    pub(super) fn run(&self, test: impl AsyncFnOnce(Service)) {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();
        let guard = RequireAuth::layer().revalidate_every(REVALIDATE_EVERY);
        let router = Router::new()
            .route("/fresh", get(sub).layer(guard))
            .merge(router())
            .layer(self.auth.clone());
        runtime.block_on(test(Service(router)));
    }

    /// A client with the session of a user who has just signed in at another instance.
    pub(super) fn signed_in(&self, user: &str, address: &str) -> Visitor {
        let browser = self.app.browser();
        let signed_in = tower_oidc_tests::app::sign_in_as(&browser, user);
        assert_eq!(self.world.block_on(signed_in).text(), user);
        Visitor::of(&browser, address)
    }

    /// A client that returns from the provider after a genuine sign-in, and the path of its
    /// callback.
    pub(super) fn returning(&self, user: &str, address: &str) -> (Visitor, String) {
        self.world.block_on(async {
            let browser = known_browser(&self.app, user).await;
            let callback = begun(&self.app, &browser, "/auth/sign-in").await;
            (Visitor::of(&browser, address), path(&callback))
        })
    }
}

async fn sub(auth: AuthContext) -> String {
    auth.claims().unwrap().sub().to_owned()
}

fn path(url: &Url) -> String {
    format!("{}?{}", url.path(), url.query().unwrap_or_default())
}

/// The application.
#[derive(Clone)]
pub(super) struct Service(Router);

/// A browser at some address.
#[derive(Clone)]
pub(super) struct Visitor {
    peer: IpAddr,
    cookies: BTreeMap<String, String>,
}

impl Visitor {
    pub(super) fn new(address: &str) -> Self {
        Self {
            peer: address.parse().unwrap(),
            cookies: BTreeMap::new(),
        }
    }

    fn of(browser: &Browser, address: &str) -> Self {
        let mut visitor = Self::new(address);
        for cookie in browser.cookies() {
            let (name, value) = (cookie.name().into_owned(), cookie.value().into_owned());
            visitor.cookies.insert(name, value);
        }
        visitor
    }

    /// Navigates to a path and stores the cookies of the response.
    pub(super) async fn open(&mut self, service: &Service, path: &str) -> Response<Body> {
        self.send(service, Method::GET, path).await
    }

    pub(super) async fn send(
        &mut self,
        service: &Service,
        method: Method,
        path: &str,
    ) -> Response<Body> {
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", ORIGIN.trim_start_matches("https://"))
            .header("sec-fetch-site", "same-origin")
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-dest", "document")
            .header(COOKIE, cookies.join("; "))
            .body(Body::empty())
            .unwrap();
        request.extensions_mut().insert(PeerAddress(self.peer));
        let response = service.0.clone().oneshot(request).await.unwrap();
        for field in response.headers().get_all(SET_COOKIE) {
            let field = field.to_str().unwrap();
            let (name, rest) = field.split_once('=').unwrap();
            match rest.split(';').next() {
                Some(value) if !field.contains("Max-Age=0") => {
                    self.cookies.insert(name.to_owned(), value.to_owned());
                }
                _ => {
                    self.cookies.remove(name);
                }
            }
        }
        response
    }

    /// The same in a task, which returns the visitor with its cookies.
    pub(super) fn spawn(self, service: &Service, method: Method, path: &str) -> Visit {
        let (mut visitor, service, path) = (self, service.clone(), path.to_owned());
        tokio::spawn(async move {
            let response = visitor.send(&service, method, &path).await;
            (visitor, response)
        })
    }

    /// Starts a sign-in, and returns the path of a callback with an invented code.
    pub(super) async fn guess(&mut self, service: &Service, issuer: &str) -> String {
        let response = self.open(service, "/auth/sign-in").await;
        let there = Url::parse(response.headers()[LOCATION].to_str().unwrap()).unwrap();
        let (_, state) = there
            .query_pairs()
            .find(|(name, _)| name == "state")
            .unwrap();
        let mut callback = Url::parse(&url("/auth/callback")).unwrap();
        callback
            .query_pairs_mut()
            .append_pair("code", "a-guess")
            .append_pair("state", &state)
            .append_pair("iss", issuer);
        path(&callback)
    }

    pub(super) fn has_transaction(&self) -> bool {
        self.cookies
            .keys()
            .any(|name| name.starts_with("__Host-Http-auth.txn."))
    }

    pub(super) fn has_session(&self) -> bool {
        self.cookies.contains_key("__Host-Http-auth")
    }
}

pub(super) type Visit = JoinHandle<(Visitor, Response<Body>)>;

/// Waits until every task is idle: the paused clock advances only then, and not while a request to
/// the provider is in flight.
pub(super) async fn settle() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}
