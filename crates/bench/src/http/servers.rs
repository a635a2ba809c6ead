//! The servers that are compared.

use axum::Router;
use axum::extract::Request;
use axum::routing::get;
use tower::layer::util::Identity;

use super::server::BODY;
use crate::application::{self, cookie_field};
use crate::cookies::requests::{Look, context, read};
use crate::fixture::Fixture;

/// An application, and the cookies that a request to it brings.
#[derive(Debug)]
pub(super) struct Setup {
    pub(super) name: &'static str,
    pub(super) application: Router,
    pub(super) cookies: String,
    pub(super) base: Base,
}

/// Which of the first two servers, both without a layer, the time is compared with.
#[derive(Clone, Copy, Debug)]
pub(super) enum Base {
    WithoutCookie,
    WithOurCookie,
}

/// All servers. The first two have no layer, or rather one that does nothing: axum boxes a route as soon as
/// it has any layer, and that is not what is measured.
pub(super) fn all(fixture: &Fixture) -> Vec<Setup> {
    let (layer, _) = application::layer(fixture);
    let sealed = layer.seal_test_session(fixture.session());
    let cookies = cookie_field(&application::cookies(&sealed));
    let bare = || {
        Router::new()
            .route("/", get(async || BODY))
            .layer(Identity::new())
    };
    let ours = |name, look, cookies: &str, base| {
        let handler = get(async move |request: Request| {
            read(look, context(&request)).await;
            BODY
        });
        Setup {
            name,
            application: Router::new().route("/", handler).layer(layer.clone()),
            cookies: cookies.to_owned(),
            base,
        }
    };
    let without_layer = |name, cookies: &str, base| Setup {
        name,
        application: bare(),
        cookies: cookies.to_owned(),
        base,
    };
    let setups = vec![
        without_layer("bare", "", Base::WithoutCookie),
        without_layer("bare, with our cookie", &cookies, Base::WithOurCookie),
        ours("anonymous", Look::Nothing, "", Base::WithoutCookie),
        ours(
            "not looked at",
            Look::Nothing,
            &cookies,
            Base::WithOurCookie,
        ),
        ours("sub", Look::Sub, &cookies, Base::WithOurCookie),
        ours("all claims", Look::Claims, &cookies, Base::WithOurCookie),
    ];
    #[cfg(feature = "peers")]
    let setups = setups.into_iter().chain(peers(fixture)).collect();
    setups
}

/// Other crates, whose handlers read `sub`.
#[cfg(feature = "peers")]
fn peers(fixture: &Fixture) -> Vec<Setup> {
    use crate::peers::{axum_login, private_cookie_jar, tower_sessions};

    let (sessions, sessions_cookies) = tower_sessions::layer(fixture);
    let (login, login_cookies) = axum_login::layer(fixture);
    let (jar, jar_cookies) = private_cookie_jar::key(fixture);
    let sessions_handler = get(async |request: Request| {
        tower_sessions::read_sub(tower_sessions::session(&request)).await;
        BODY
    });
    let login_handler = get(async |request: Request| {
        axum_login::read_sub(axum_login::session(&request));
        BODY
    });
    let jar_handler = get(async move |request: Request| {
        private_cookie_jar::read_sub(request.headers(), &jar);
        BODY
    });
    vec![
        Setup {
            name: "tower-sessions, sub",
            application: Router::new().route("/", sessions_handler).layer(sessions),
            cookies: sessions_cookies,
            base: Base::WithoutCookie,
        },
        Setup {
            name: "axum-login, sub",
            application: Router::new().route("/", login_handler).layer(login),
            cookies: login_cookies,
            base: Base::WithoutCookie,
        },
        Setup {
            name: "PrivateCookieJar, sub",
            application: Router::new().route("/", jar_handler).layer(Identity::new()),
            cookies: jar_cookies,
            base: Base::WithOurCookie,
        },
    ]
}
