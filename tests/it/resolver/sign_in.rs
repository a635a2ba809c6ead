//! Which provider a sign-in goes to, and what its session knows of it.

use std::time::Duration;

use tower_oidc_tests::Tenants;
use tower_oidc_tests::app::url;
use tower_oidc_tests::callback::session;
use tower_oidc_tests::tenants::{Answer, HOST, sign_in_at};

use crate::log;

/// Y-01
#[tokio::test]
async fn a_path_with_a_tenants_key_signs_in_there() {
    let app = Tenants::start().await;

    for key in ["acme", "globex"] {
        let browser = app.signed_in_at(key).await;
        assert_eq!(browser.open(&url("/tenant")).await.text(), key);
        let exchange = &app.provider(key).token_requests()[0];
        let redirect_uri = url(&format!("/auth/callback/{key}"));
        assert_eq!(exchange.parameter("redirect_uri"), Some(&*redirect_uri));
    }
}

/// Y-01
#[tokio::test]
async fn an_email_address_leads_to_the_provider_of_its_domain() {
    let app = Tenants::start().await;
    let browser = app.browser();

    let page = browser
        .open(&url(
            "/auth/sign-in?login_hint=alice@GLOBEX.example&return_to=/tenant",
        ))
        .await;
    assert!(
        page.url()
            .as_str()
            .starts_with(app.provider("globex").issuer())
    );
    assert_eq!(page.press("alice").await.text(), "globex");

    // The same from a handler, for a user with a session at another tenant.
    let page = browser.open(&url("/start-for/alice@acme.example")).await;
    assert!(
        page.url()
            .as_str()
            .starts_with(app.provider("acme").issuer())
    );
    assert_eq!(page.press("alice").await.text(), "acme");
}

/// Y-01
#[tokio::test]
async fn an_organization_in_a_link_leads_to_its_provider() {
    let app = Tenants::with(|auth| auth.sign_in_parameters(["organization"])).await;

    let page = app
        .browser()
        .open(&url("/auth/sign-in?organization=org_globex"))
        .await;

    assert!(
        page.url()
            .as_str()
            .starts_with(app.provider("globex").issuer())
    );
}

/// Y-01: a sign-in that names no provider goes to that of the session.
#[tokio::test]
async fn a_handler_that_names_nobody_starts_at_the_provider_of_the_session() {
    let app = Tenants::start().await;
    let browser = app.signed_in_at("globex").await;
    // The provider has to ask the user again.
    app.clock.advance(Duration::from_secs(120));

    let page = browser.open(&url("/step-up")).await;

    let there = page.url().as_str();
    assert!(
        there.starts_with(app.provider("globex").issuer()),
        "{there}"
    );
    assert_eq!(app.token_requests("acme"), 0);
}

/// Y-01: only an organization or a hint says who the user is.
#[tokio::test]
async fn an_organization_leads_away_from_the_provider_of_the_session_and_no_other_parameter_does() {
    let app = Tenants::start().await;
    let browser = app.signed_in_at("acme").await;

    for name in ["organization", "organization_id"] {
        let page = browser
            .open(&url(&format!("/start-with/{name}/org_globex")))
            .await;
        let there = page.url().as_str();
        assert!(
            there.starts_with(app.provider("globex").issuer()),
            "{there}"
        );
    }
    // What the resolver would choose.
    app.resolver.answers(Answer::Key("other"));
    app.resolver.take_asked();
    let page = browser.open(&url("/start-with/theme/dark")).await;
    assert_eq!(page.text(), "acme");
    assert_eq!(app.resolver.take_asked().len(), 0);
}

/// Y-02: a page for the choice of a registered provider would be empty.
#[tokio::test]
async fn without_a_registered_provider_there_is_no_page_for_the_choice() {
    let app = Tenants::with(|auth| auth.choose_provider(true)).await;

    for path in ["/auth/sign-in", "/start-with/theme/dark"] {
        let page = app.browser().open(&url(path)).await;
        assert_eq!(page.status(), 404, "{path}");
        assert!(
            page.text().contains("No sign-in was found"),
            "{}",
            page.text()
        );
    }
}

/// Y-01
#[tokio::test]
async fn another_party_starts_a_sign_in_at_an_issuer_that_the_resolver_knows() {
    let app = Tenants::with(|auth| auth.initiate_login_path("/auth/initiate")).await;
    let start = async |issuer: &str| {
        let mut there = url::Url::parse(&url("/auth/initiate")).unwrap();
        there.query_pairs_mut().append_pair("iss", issuer);
        app.browser().open(there.as_str()).await
    };
    let issuer = app.provider("globex").issuer();

    assert!(start(issuer).await.url().as_str().starts_with(issuer));
    assert_eq!(start("https://unknown.example").await.status(), 404);
}

/// Y-02
#[tokio::test]
async fn an_unknown_tenant_is_a_page_and_no_warning() {
    let app = Tenants::start().await;
    let browser = app.browser();
    let log = log::record();

    for path in [
        "/auth/sign-in",
        "/auth/sign-in/unknown",
        "/auth/sign-in/a%2fb",
        "/auth/sign-in?login_hint=alice@unknown.example",
        "/start-at/unknown",
        "/start-for/alice@unknown.example",
    ] {
        let page = browser.open(&url(path)).await;
        assert_eq!(page.status(), 404, "{path}");
        assert!(
            page.text().contains("No sign-in was found"),
            "{}",
            page.text()
        );
        assert!(page.text().contains("Back to the application"));
    }

    assert_eq!(browser.cookies().len(), 0);
    let text = log.text();
    assert!(
        !text.contains(" WARN ") && !text.contains("ERROR "),
        "{text}"
    );
}

/// Y-02: a callback of a tenant that does not exist.
#[tokio::test]
async fn a_callback_of_an_unknown_tenant_is_refused() {
    let app = Tenants::start().await;
    let log = log::record();
    let status = async |path: &str| app.browser().open(&url(path)).await.status();

    assert_eq!(status("/auth/callback/unknown?code=x&state=y").await, 400);
    let text = log.text();
    assert!(
        !text.contains(" WARN ") && !text.contains("ERROR "),
        "{text}"
    );

    // A redirect URI without the key is a mistake of the operator.
    assert_eq!(status("/auth/callback?code=x&state=y").await, 400);
    assert!(log.text().contains("without the id of a provider"));
}

/// Y-03
#[tokio::test]
async fn the_provider_of_the_configuration_serves_sign_ins_for_which_the_resolver_knows_none() {
    let issuer = "https://id.example";
    let app = Tenants::with(|auth| {
        let own = tower_oidc::Provider::new(issuer, "app")
            .authorization_endpoint("https://id.example/authorize");
        auth.provider_with_id("own", own)
    })
    .await;
    let browser = app.browser();
    let there = async |path: &str| {
        let request = tower_oidc_tests::browser::Request::navigation(&url(path));
        let answer = browser.step(&request).await;
        (
            answer.status().as_u16(),
            answer.header("location").map(str::to_owned),
        )
    };

    // Its metadata cannot be fetched here, which the page says.
    assert_eq!(there("/auth/sign-in").await.0, 502);
    assert_eq!(there("/auth/sign-in/own").await.0, 502);
    let (status, location) = there("/auth/sign-in?login_hint=alice@acme.example").await;
    assert_eq!(status, 303);
    assert!(location.unwrap().starts_with(app.provider("acme").issuer()));
    let redirect_uris = app.auth.redirect_uris();
    assert_eq!(redirect_uris, [url("/auth/callback/own")]);
}

/// Y-04
#[tokio::test]
async fn a_sign_out_leads_to_the_tenants_provider_and_revokes_there() {
    let app = Tenants::start().await;
    let browser = app.signed_in_at("globex").await;

    let page = browser
        .open(&url("/auth/sign-out"))
        .await
        .press("Sign out")
        .await;

    assert_eq!(page.url().as_str(), url("/"));
    assert_eq!(session(&browser), None);
    assert_eq!(app.provider("globex").counters().end_session, 1);
    assert_eq!(app.provider("globex").revocations().len(), 1);
    assert_eq!(app.provider("acme").revocations().len(), 0);
}

/// Y-04
#[tokio::test]
async fn a_logout_url_is_that_of_the_tenants_provider() {
    let app = Tenants::start().await;
    let browser = app.signed_in_at("acme").await;

    let who = browser.open(&url("/who")).await.json();

    let logout_url = who["logout_url"].as_str().unwrap();
    assert!(
        logout_url.starts_with(app.provider("acme").issuer()),
        "{logout_url}"
    );
}

/// Y-05
#[tokio::test]
async fn a_host_has_its_own_provider() {
    let app = Tenants::with(|auth| auth.origins_from_requests(true)).await;
    let browser = app.browser();

    let page = browser
        .open(&format!("{HOST}/auth/sign-in?return_to=/tenant"))
        .await;
    assert!(
        page.url()
            .as_str()
            .starts_with(app.provider("initech").issuer())
    );
    let page = page.press("alice").await;

    assert_eq!(
        (page.url().as_str(), page.text()),
        (&*format!("{HOST}/tenant"), "initech".to_owned())
    );
    let exchange = &app.provider("initech").token_requests()[0];
    let redirect_uri = format!("{HOST}/auth/callback/initech");
    assert_eq!(exchange.parameter("redirect_uri"), Some(&*redirect_uri));
    // At another host the same key is for none.
    assert_eq!(sign_in_page(&app, "initech").await, 404);
}

async fn sign_in_page(app: &Tenants, key: &str) -> u16 {
    let page = app
        .browser()
        .open(&url(&format!("/auth/sign-in/{key}")))
        .await;
    page.status()
}

/// Y-01: with a session, another sign-in for another tenant replaces it.
#[tokio::test]
async fn a_sign_in_at_another_tenant_replaces_the_session() {
    let app = Tenants::start().await;
    let browser = app.signed_in_at("acme").await;

    sign_in_at(&browser, "globex").await;

    assert_eq!(browser.open(&url("/tenant")).await.text(), "globex");
}

/// Y-02
#[tokio::test]
async fn a_user_who_needs_to_sign_in_is_asked_for_the_company_first() {
    let app = Tenants::with(|auth| auth.choose_provider_page("/explain")).await;
    let browser = app.browser();

    let page = browser.open(&url("/private")).await;
    assert_eq!(page.url().as_str(), url("/explain?return_to=%2Fprivate"));
    let hint = |domain: &str| {
        url(&format!(
            "/auth/sign-in?login_hint=alice@{domain}&return_to=/private"
        ))
    };
    let page = browser.open(&hint("unknown.example")).await;
    assert_eq!(page.status(), 404);
    assert!(
        page.text().contains(r#"href="/explain""#),
        "{}",
        page.text()
    );
    let page = browser
        .open(&hint("acme.example"))
        .await
        .press("alice")
        .await;
    assert_eq!(page.url().as_str(), url("/private"));
}
