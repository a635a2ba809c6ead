//! Authentication context classes, and how recently a user signed in.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use http::Version;
use tower_oidc::RequireAuth;
use tower_oidc_tests::app::{App, ORIGIN, url};
use tower_oidc_tests::callback::parameter;
use tower_oidc_tests::{Browser, TestServer};

use super::site::{Site, client, sign_in};

const GOLD: &str = "urn:example:gold";

#[tokio::test]
async fn a_requested_acr_that_is_fulfilled_signs_in() {
    let register =
        |issuer: &str| client(issuer, "basic").acr_values("urn:example:platinum urn:example:gold");
    let site = Site::with(&[("ACR", GOLD)], register, |auth| auth).await;

    let who = sign_in(&site.browser()).await.json();

    assert_eq!(who["state"], "Authenticated");
    assert_eq!(who["claims"]["acr"], GOLD);
}

/// S-22: a provider need not refuse an `acr` that it cannot provide (OpenID Connect Core 1.0
/// section 3.1.2.1); we do.
#[tokio::test]
async fn a_requested_acr_that_is_not_fulfilled_is_refused() {
    let register = |issuer: &str| client(issuer, "basic").acr_values("urn:example:platinum");
    for settings in [&[("ACR", GOLD)][..], &[]] {
        let site = Site::with(settings, register, |auth| auth).await;
        let browser = site.browser();

        let page = sign_in(&browser).await;

        assert_eq!(page.status(), 403, "{settings:?}");
        assert!(App::cookies(&browser).is_empty(), "{settings:?}");
    }
}

/// The provider tells the `acr` and the time of the authentication only if it is asked.
#[tokio::test]
async fn a_guard_has_the_user_sign_in_as_it_demands_and_leads_back() {
    for (setting, name, value) in [
        (Demand::Acr, "acr_values", GOLD),
        (Demand::MaxAge, "max_age", "300"),
    ] {
        let site = Site::with(
            &[("ACR", GOLD)],
            |issuer| client(issuer, "basic"),
            |auth| auth,
        )
        .await;
        let server = TestServer::start(guarded(setting).layer(site.auth.clone())).await;
        for version in [Version::HTTP_11, Version::HTTP_2] {
            let case = format!("{name} over {version:?}");
            let browser = match version {
                Version::HTTP_2 => Browser::http2(&site.clock),
                _ => Browser::new(&site.clock),
            };
            site.provider.serve(&browser);
            site.serve(&browser);
            assert_eq!(sign_in(&browser).await.json()["state"], "Authenticated");
            browser.map(ORIGIN, server.address());

            let consent = browser.open(&url("/page")).await;
            let page = consent.press("Continue").await;

            assert_eq!(page.text(), "guarded", "{case}");
            assert_eq!(page.last().version(), version, "{case}");
            assert_eq!(page.url().path(), "/page", "{case}");
            let mut exchanges = consent.exchanges().iter();
            let asked = exchanges.find_map(|it| parameter(it.url(), name));
            assert_eq!(asked.as_deref(), Some(value), "{case}");
            let again = browser.open(&url("/page")).await;
            assert_eq!(
                (again.text().as_str(), again.exchanges().len()),
                ("guarded", 1),
                "{case}"
            );
        }
    }
}

#[derive(Clone, Copy)]
enum Demand {
    Acr,
    MaxAge,
}

fn guarded(demand: Demand) -> Router {
    let guard = RequireAuth::layer();
    let guard = match demand {
        Demand::Acr => guard.acr(GOLD),
        Demand::MaxAge => guard.max_age(Duration::from_secs(300)),
    };
    let page = Router::new().route("/page", get(async || "guarded"));
    page.layer(guard).merge(tower_oidc_tests::app::router())
}
