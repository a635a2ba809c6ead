//! The servers that are compared.

use axum::Router;
use axum::extract::Request;
use axum::routing::get;
use tower::layer::util::Identity;

use super::server::BODY;
use crate::application::{self, cookie_field};
use crate::cookies::requests::{Look, context, read};
use crate::fixture::Fixture;

/// The servers without a layer, or rather with one that does nothing.
pub(super) const BARE: &str = "bare";

/// An application, and the cookies that a request to it brings.
#[derive(Debug)]
pub(super) struct Setup {
    pub(super) name: &'static str,
    pub(super) application: Router,
    pub(super) cookies: String,
}

/// All servers; for each value of the cookies there is a bare one.
pub(super) fn all(fixture: &Fixture) -> Vec<Setup> {
    let (layer, _) = application::layer(fixture);
    let sealed = layer.seal_test_session(fixture.session());
    let cookies = cookie_field(&application::cookies(&sealed));
    let ours = |name, look, cookies: &str| {
        let handler = get(async move |request: Request| {
            read(look, context(&request)).await;
            BODY
        });
        Setup {
            name,
            application: Router::new().route("/", handler).layer(layer.clone()),
            cookies: cookies.to_owned(),
        }
    };
    let setups = [
        bare(""),
        ours("anonymous", Look::Nothing, ""),
        bare(&cookies),
        ours("not looked at", Look::Nothing, &cookies),
        ours("sub", Look::Sub, &cookies),
        ours("all claims", Look::Claims, &cookies),
    ];
    #[cfg(feature = "peers")]
    let setups = setups.into_iter().chain(
        peers(fixture)
            .into_iter()
            .flat_map(|peer| [bare(&peer.cookies), peer]),
    );
    setups.into_iter().collect()
}

fn bare(cookies: &str) -> Setup {
    let router = Router::new().route("/", get(async || BODY));
    Setup {
        name: BARE,
        application: router.layer(Identity::new()),
        cookies: cookies.to_owned(),
    }
}

/// Other crates, whose handlers read `sub`.
#[cfg(feature = "peers")]
fn peers(fixture: &Fixture) -> Vec<Setup> {
    use crate::peers::{axum_login, huskarl, private_cookie_jar, tower_sessions};

    let (sessions, sessions_cookies) = tower_sessions::layer(fixture);
    let (login, login_cookies) = axum_login::layer(fixture);
    let (jar, jar_cookies) = private_cookie_jar::key(fixture);
    let (huskarl_layer, huskarl_cookies) = huskarl::layer(fixture);
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
    let huskarl_handler = get(async |request: Request| {
        huskarl::read_sub(request).await;
        BODY
    });
    let setup = |name, application, cookies| Setup {
        name,
        application,
        cookies,
    };
    let route = |handler| Router::new().route("/", handler);
    vec![
        setup(
            "tower-sessions, sub",
            route(sessions_handler).layer(sessions),
            sessions_cookies,
        ),
        setup(
            "axum-login, sub",
            route(login_handler).layer(login),
            login_cookies,
        ),
        setup(
            "PrivateCookieJar, sub",
            route(jar_handler).layer(Identity::new()),
            jar_cookies,
        ),
        setup(
            "huskarl-axum, sub",
            route(huskarl_handler).layer(huskarl_layer),
            huskarl_cookies,
        ),
    ]
}
