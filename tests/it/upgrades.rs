//! WebSockets and other upgrades: which pages may open them as the signed-in user.

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use http::{Method, StatusCode, header};
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWriteExt;
use tower_oidc::{AuthContext, Authenticated, RequireAuth};
use tower_oidc_tests::app::ORIGIN;
use tower_oidc_tests::callback::session;
use tower_oidc_tests::upgrades::{Answer, Version, ask};
use tower_oidc_tests::{App, TestServer};

const SIBLING: &str = "https://evil.app.example";
const ALLOWED: &str = "https://www.app.example";
const VERSIONS: [Version; 2] = [Version::Http1, Version::Http2];

/// Accepts the upgrade, says who is signed in, and closes.
async fn accept(mut request: Request) -> Response {
    let auth = request.extensions().get::<AuthContext>().unwrap();
    let name = match auth.claims() {
        Some(claims) => claims.sub().to_owned(),
        None => auth.not_signed_in_reason().unwrap().to_string(),
    };
    let is_connect = request.method() == Method::CONNECT;
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let mut tunnel = TokioIo::new(upgrade.await.unwrap());
        tunnel.write_all(name.as_bytes()).await.unwrap();
        tunnel.shutdown().await.unwrap();
    });
    if is_connect {
        return StatusCode::OK.into_response();
    }
    let headers = [
        (header::CONNECTION, "upgrade"),
        (header::UPGRADE, "websocket"),
    ];
    (StatusCode::SWITCHING_PROTOCOLS, headers).into_response()
}

async fn extracted(_: Authenticated, request: Request) -> Response {
    accept(request).await
}

async fn optional(user: Option<Authenticated>) -> String {
    user.map_or_else(
        || "nobody".to_owned(),
        |user| user.claims().sub().to_owned(),
    )
}

struct Sockets {
    app: App,
    server: TestServer,
    cookie: String,
}

impl Sockets {
    /// An application with WebSockets behind a guard, behind an extractor and without either, and
    /// alice's cookie.
    async fn start() -> Self {
        let app = App::with(|auth| auth.allowed_origins([ALLOWED])).await;
        let browser = app.signed_in_browser().await;
        let guarded = Router::new()
            .route("/guarded", any(accept))
            .layer(RequireAuth::layer());
        let router = Router::new()
            .route("/extracted", any(extracted))
            .route("/open", any(accept))
            .route("/optional", any(optional))
            .merge(guarded)
            .layer(app.auth.clone());
        Self {
            server: TestServer::start(router).await,
            cookie: format!("__Host-Http-auth={}", session(&browser).unwrap()),
            app,
        }
    }

    async fn ask(&self, version: Version, path: &str, more: &[(&'static str, &str)]) -> Answer {
        let mut headers = vec![("cookie", &*self.cookie), ("sec-fetch-site", "same-site")];
        let has_upgrade = more.iter().any(|(name, _)| *name == "upgrade");
        if version == Version::Http1 && !has_upgrade {
            headers.push(("upgrade", "websocket"));
        }
        headers.extend(more);
        ask(version, self.server.address(), path, &headers).await
    }
}

#[track_caller]
fn is_accepted(answer: &Answer, name: &str) {
    let accepted = [StatusCode::SWITCHING_PROTOCOLS, StatusCode::OK];
    assert!(accepted.contains(&answer.status), "{answer:?}");
    assert_eq!(answer.text, name, "{answer:?}");
}

#[track_caller]
fn is_refused(answer: &Answer) {
    assert_eq!(answer.status, 403, "{answer:?}");
    assert_eq!(answer.text, r#"{"error":"foreign_origin"}"#);
    assert!(!answer.headers.contains_key("set-cookie"));
}

#[tokio::test]
async fn a_websocket_of_our_own_page_a_program_or_an_allowed_origin_is_signed_in() {
    let sockets = Sockets::start().await;
    for version in VERSIONS {
        for path in ["/guarded", "/extracted", "/open"] {
            for origin in [None, Some(("origin", ORIGIN)), Some(("origin", ALLOWED))] {
                let headers: Vec<_> = origin.into_iter().collect();
                is_accepted(&sockets.ask(version, path, &headers).await, "alice");
            }
        }
    }
}

#[tokio::test]
async fn a_websocket_of_another_origin_is_refused_by_guards_and_extractors() {
    let sockets = Sockets::start().await;
    let opened = sockets.app.auth.counters().derivations();
    for version in VERSIONS {
        for path in ["/guarded", "/extracted"] {
            for origin in [
                SIBLING,
                "null",
                "",
                "http://app.example",
                "https://app.example:8443",
                "https://app.example.evil.example",
                "https://app.example, https://app.example",
            ] {
                is_refused(&sockets.ask(version, path, &[("origin", origin)]).await);
            }
            let twice = [("origin", ORIGIN), ("origin", ORIGIN)];
            is_refused(&sockets.ask(version, path, &twice).await);
        }
        let answer = sockets.ask(version, "/open", &[("origin", SIBLING)]).await;
        is_accepted(&answer, "foreign_origin");
    }
    let counters = sockets.app.auth.counters();
    assert_eq!(counters.derivations(), opened, "nothing was opened");
}

/// However the field is written; servers that look for one protocol parse it leniently.
#[tokio::test]
async fn every_way_to_write_an_upgrade_is_recognized() {
    let sockets = Sockets::start().await;
    let foreign = ("origin", SIBLING);
    for upgrade in [
        "WebSocket",
        "\twebsocket ",
        "h2c, websocket",
        "websocket, h2c",
        "something-new/2",
    ] {
        let headers = [foreign, ("upgrade", upgrade)];
        is_refused(&sockets.ask(Version::Http1, "/guarded", &headers).await);
    }
    let two = [foreign, ("upgrade", "h2c"), ("upgrade", "websocket")];
    is_refused(&sockets.ask(Version::Http1, "/guarded", &two).await);
}

#[tokio::test]
async fn a_foreign_origin_without_an_upgrade_is_left_to_csrf_layers() {
    let sockets = Sockets::start().await;
    let headers = [("origin", SIBLING), ("upgrade", "h2c")];

    let answer = sockets.ask(Version::Http1, "/optional", &headers).await;

    is_accepted(&answer, "alice");
}

#[tokio::test]
async fn a_public_page_sees_no_user_in_a_foreign_upgrade() {
    let sockets = Sockets::start().await;

    let answer = sockets
        .ask(Version::Http1, "/optional", &[("origin", SIBLING)])
        .await;

    is_accepted(&answer, "nobody");
}

#[tokio::test]
async fn a_navigation_from_a_foreign_origin_with_an_upgrade_gets_a_page() {
    let sockets = Sockets::start().await;
    let headers = [("origin", SIBLING), ("accept", "text/html")];

    let answer = sockets.ask(Version::Http1, "/guarded", &headers).await;

    assert_eq!(answer.status, 403);
    assert!(answer.text.contains("<h1>"), "{}", answer.text);
}

/// They are no WebSockets, but a foreign page must not use them in the user's name either.
#[tokio::test]
async fn the_layers_own_routes_refuse_foreign_upgrades() {
    let sockets = Sockets::start().await;
    for path in [
        "/auth/session",
        "/auth/sign-in",
        "/auth/sign-out",
        "/auth/callback",
    ] {
        for version in VERSIONS {
            let answer = sockets.ask(version, path, &[("origin", SIBLING)]).await;

            assert_eq!(answer.status, 403, "{path}");
            assert!(!answer.headers.contains_key("set-cookie"), "{path}");
        }
    }
}

/// A handler that signs out on any request must not let a foreign page end the session.
#[tokio::test]
async fn a_handler_can_neither_start_nor_end_a_session_in_a_foreign_upgrade() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let cookie = format!("__Host-Http-auth={}", session(&browser).unwrap());
    for path in ["/leave", "/start"] {
        let headers = [
            ("cookie", &*cookie),
            ("upgrade", "websocket"),
            ("origin", SIBLING),
        ];

        is_refused(&ask(Version::Http1, app.address(), path, &headers).await);
    }
}

/// Each of several origins has its own sessions.
#[tokio::test]
async fn another_configured_origin_is_foreign_unless_it_is_allowed() {
    for (allowed, name) in [(false, "foreign_origin"), (true, "alice")] {
        let other = "https://shop.app.example";
        let app = App::with(|auth| {
            let auth = auth.additional_base_url(other);
            if allowed {
                auth.allowed_origins([other])
            } else {
                auth
            }
        })
        .await;
        let browser = app.signed_in_browser().await;
        let cookie = format!("__Host-Http-auth={}", session(&browser).unwrap());
        let router = Router::new().route("/open", any(accept));
        let server = TestServer::start(router.layer(app.auth.clone())).await;
        let headers = [
            ("cookie", &*cookie),
            ("upgrade", "websocket"),
            ("origin", other),
        ];

        let answer = ask(Version::Http1, server.address(), "/open", &headers).await;

        is_accepted(&answer, name);
    }
}
