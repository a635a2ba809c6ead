//! The meaning of each response of the token endpoint to a refresh, where a token is needed and
//! where a guard's check is due.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use oidc_dev_provider::Fault;
use tower_oidc::RequireAuth;
use tower_oidc_tests::app::{ORIGIN, sign_in, sign_in_as, url};
use tower_oidc_tests::visits::{DUE, EXPIRY, LAST, answer, fetch, navigate, token};
use tower_oidc_tests::{App, Browser, FaultyClient, TestServer};

use crate::log;

const EVERY: Duration = Duration::from_secs(600);
const MINUTE: Duration = Duration::from_secs(60);

/// The error for an application that needs a token once the access token has expired.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Token {
    SignIn,
    Later,
    Denied,
}

/// The result of a guard whose check is due.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Due {
    Refused,
    Unavailable,
    Passes,
}

const RESPONSES: [(Fault, Token, Due); 25] = [
    (Fault::RefreshInvalidGrant, Token::SignIn, Due::Refused),
    (
        Fault::RefreshInteractionRequired,
        Token::SignIn,
        Due::Refused,
    ),
    (Fault::RefreshAccessDenied, Token::SignIn, Due::Refused),
    (Fault::RefreshInvalidRequest, Token::SignIn, Due::Refused),
    (Fault::RefreshSentenceAsCode, Token::SignIn, Due::Refused),
    (Fault::RefreshUnregisteredError, Token::SignIn, Due::Refused),
    (Fault::RefreshErrorObject, Token::SignIn, Due::Refused),
    (Fault::RefreshErrorWithStatusOk, Token::SignIn, Due::Refused),
    (Fault::RefreshBadRequestEmpty, Token::SignIn, Due::Refused),
    (Fault::RefreshUnauthorizedEmpty, Token::SignIn, Due::Refused),
    (Fault::RefreshInvalidClient, Token::Later, Due::Unavailable),
    (
        Fault::RefreshUnsupportedGrantType,
        Token::Later,
        Due::Unavailable,
    ),
    (
        Fault::RefreshUnauthorizedChallenge,
        Token::Later,
        Due::Unavailable,
    ),
    (Fault::RefreshUnauthorizedClient, Token::Later, Due::Refused),
    (Fault::RefreshInvalidScope, Token::Denied, Due::Unavailable),
    (Fault::RefreshForbiddenHtml, Token::Later, Due::Unavailable),
    (Fault::RefreshNotFoundHtml, Token::Later, Due::Unavailable),
    (Fault::RefreshHtml, Token::Later, Due::Unavailable),
    (Fault::RefreshRequestTimeout, Token::Later, Due::Passes),
    (Fault::RefreshTooEarly, Token::Later, Due::Passes),
    (Fault::RefreshTooManyRequests, Token::Later, Due::Passes),
    (Fault::RefreshUnavailable, Token::Later, Due::Passes),
    (Fault::RefreshServerError, Token::Later, Due::Passes),
    (
        Fault::RefreshTemporarilyUnavailable,
        Token::Later,
        Due::Passes,
    ),
    (Fault::RefreshConnectionClosed, Token::Later, Due::Passes),
];

/// The application with one page behind a guard that asks the provider every ten minutes.
struct Guarded {
    app: App,
    server: TestServer,
}

impl Guarded {
    async fn start() -> Self {
        let app = App::with_provider(|it| it.rotate_refresh_tokens(false), |auth| auth).await;
        let guarded = Router::new()
            .route("/guarded", get(|| async { "guarded" }))
            .layer(RequireAuth::layer().revalidate_every(EVERY));
        let router = guarded.merge(tower_oidc_tests::app::router());
        let server = TestServer::start(router.layer(app.auth.clone())).await;
        Self { app, server }
    }

    async fn signed_in(&self, user: &str) -> Browser {
        let browser = self.app.browser();
        browser.map(ORIGIN, self.server.address());
        assert_eq!(sign_in_as(&browser, user).await.text(), user);
        browser
    }
}

/// No user was signed out, and no cookie was changed.
async fn is_signed_in(browser: &Browser, case: Fault) {
    for path in ["/private", "/explain"] {
        let page = browser.open(&url(path)).await;
        assert!(
            ["alice", "signed_in"].contains(&page.text().as_str()),
            "{case:?}"
        );
        assert!(page.last().set_cookies().is_empty(), "{case:?}");
    }
}

/// What a script and a person get at this path; neither response changes a cookie.
async fn answers(browser: &Browser, path: &str, case: Fault) -> (u16, String, u16) {
    let script = fetch(browser, path).await;
    let person = navigate(browser, path).await;
    for exchange in [script.last(), &person] {
        assert!(exchange.set_cookies().is_empty(), "{case:?}");
    }
    let error = match script.status() {
        200 => String::new(),
        _ => script.json()["error"].as_str().unwrap().to_owned(),
    };
    (script.status(), error, person.status().as_u16())
}

fn response_for(status: u16, error: &str, person: u16) -> (u16, String, u16) {
    (status, error.to_owned(), person)
}

#[tokio::test]
async fn each_token_response_has_its_effect_once_the_access_token_has_expired() {
    for (fault, expected, _) in RESPONSES {
        let guarded = Guarded::start().await;
        let browser = guarded.signed_in("alice").await;
        let first = token(&browser).await;
        guarded.app.clock.advance(DUE);
        guarded.app.provider.add_fault(fault);

        for _ in 0..3 {
            assert_eq!(token(&browser).await, first, "{fault:?}");
        }
        guarded.app.clock.advance(LAST);

        let wanted = match expected {
            Token::SignIn => response_for(401, "sign_in_required", 303),
            Token::Later => response_for(503, "unavailable", 503),
            Token::Denied => response_for(403, "denied", 403),
        };
        assert_eq!(
            answers(&browser, "/token", fault).await,
            wanted,
            "{fault:?}"
        );
        is_signed_in(&browser, fault).await;
        // A wrong guess has no lasting effect.
        guarded.app.provider.clear_faults();
        guarded.app.clock.advance(MINUTE);
        assert_ne!(token(&browser).await, first, "{fault:?}");
    }
}

#[tokio::test]
async fn a_due_check_passes_fails_or_waits_according_to_the_token_response() {
    for (fault, _, expected) in RESPONSES {
        let guarded = Guarded::start().await;
        let browser = guarded.signed_in("alice").await;
        guarded.app.clock.advance(EVERY);
        guarded.app.provider.add_fault(fault);

        // The access token is valid for fifty more minutes.
        let wanted = match expected {
            Due::Refused => response_for(401, "sign_in_required", 303),
            Due::Unavailable => response_for(503, "unavailable", 503),
            Due::Passes => response_for(200, "", 200),
        };
        for _ in 0..2 {
            let got = answers(&browser, "/guarded", fault).await;
            assert_eq!(got, wanted, "{fault:?}");
        }
        is_signed_in(&browser, fault).await;
        guarded.app.provider.clear_faults();
        guarded.app.clock.advance(MINUTE);
        let page = browser.open(&url("/guarded")).await;
        assert_eq!(page.text(), "guarded", "{fault:?}");
    }
}

#[tokio::test]
async fn redirects_after_any_refusal_end_after_one_round() {
    for (fault, needed, due) in RESPONSES {
        let guarded = Guarded::start().await;
        let mut paths = Vec::new();
        if needed == Token::SignIn {
            paths.push(("/refresh", Duration::ZERO));
        }
        if due == Due::Refused {
            paths.push(("/guarded", EVERY));
        }
        for (path, wait) in paths {
            let browser = guarded.signed_in("alice").await;
            guarded.app.clock.advance(wait);
            guarded.app.provider.add_fault(fault);

            let page = browser.open(&url(path)).await;

            // A new sign-in satisfies the guard for ten minutes; a handler's refresh does not.
            match path {
                "/guarded" => assert_eq!(page.text(), "guarded", "{fault:?}"),
                _ => {
                    assert_eq!(page.status(), 403, "{fault:?}: {}", page.text());
                    assert!(page.text().contains("Signing in did not help"), "{fault:?}");
                }
            }
            let authorize = format!("{}/authorize", guarded.app.provider.issuer());
            let asked = page.exchanges().iter();
            let asked = asked.filter(|it| it.url().as_str().starts_with(&authorize));
            assert_eq!(asked.count(), 1, "{fault:?}");
            guarded.app.provider.clear_faults();
        }
    }
}

/// A firewall's page says nothing about the user, whatever its status. If it stays while other
/// users are served, a sign-in may help.
#[tokio::test]
async fn a_session_that_a_firewall_blocks_for_five_minutes_needs_a_new_sign_in() {
    for status in [403, 404, 405, 451, 200, 302] {
        let client = FaultyClient::new();
        let app = App::with(|auth| auth.http_client(client.clone())).await;
        let browser = app.signed_in_browser().await;
        let other = app.browser();
        sign_in_as(&other, "bob").await;
        app.clock.advance(EXPIRY);
        let status = http::StatusCode::from_u16(status).unwrap();
        client.answer("", status, "<html>");
        assert_eq!(fetch(&browser, "/token").await.status(), 503, "{status}");
        app.clock.advance(MINUTE * 5);
        assert_eq!(
            fetch(&browser, "/token").await.status(),
            503,
            "nobody is served"
        );
        client.heal();
        answer(&other, "/refresh").await;
        client.answer("", status, "<html>");
        app.clock.advance(MINUTE);

        let page = fetch(&browser, "/token").await;

        assert_eq!(page.status(), 401, "{status}");
        assert_eq!(page.json()["error"], "sign_in_required", "{status}");
        assert!(page.last().set_cookies().is_empty(), "{status}");
        assert_eq!(browser.open(&url("/private")).await.text(), "alice");
        client.heal();
        assert_eq!(sign_in(&browser).await.text(), "alice");
        answer(&browser, "/refresh").await;
    }
}

/// The five minutes are those of consecutive equal responses.
#[tokio::test]
async fn another_response_restarts_the_five_minutes_of_a_firewall() {
    let client = FaultyClient::new();
    let app = App::with(|auth| auth.http_client(client.clone())).await;
    let browser = app.signed_in_browser().await;
    let other = app.browser();
    sign_in_as(&other, "bob").await;
    app.clock.advance(EXPIRY);
    client.answer("", http::StatusCode::FORBIDDEN, "<html>");
    assert_eq!(fetch(&browser, "/token").await.status(), 503);
    app.clock.advance(MINUTE * 3);
    client.answer("", http::StatusCode::SERVICE_UNAVAILABLE, "");
    assert_eq!(fetch(&browser, "/token").await.status(), 503);
    client.heal();
    answer(&other, "/refresh").await;
    client.answer("", http::StatusCode::FORBIDDEN, "<html>");

    app.clock.advance(MINUTE * 3);

    assert_eq!(fetch(&browser, "/token").await.status(), 503);
}

/// Only the operator can help, so it is an error, and one log line for all sessions.
#[tokio::test]
async fn a_rejected_client_is_one_log_error_for_all_sessions() {
    for fault in [
        Fault::RefreshInvalidClient,
        Fault::RefreshUnsupportedGrantType,
        Fault::RefreshUnauthorizedChallenge,
        Fault::RefreshUnauthorizedClient,
    ] {
        let app = App::start().await;
        let browser = app.signed_in_browser().await;
        let (bob, carol) = (app.browser(), app.browser());
        sign_in_as(&bob, "bob").await;
        sign_in_as(&carol, "carol").await;
        app.clock.advance(EXPIRY);
        app.provider.add_fault(fault);
        let log = log::record();
        let errors = || {
            let text = log.text();
            let lines = text.lines().filter(|line| line.contains("ERROR"));
            lines.map(str::to_owned).collect::<Vec<_>>()
        };

        for browser in [&browser, &bob, &carol] {
            for second in 0..3 {
                assert_eq!(fetch(browser, "/token").await.status(), 503, "{second}");
                app.clock.advance(Duration::from_secs(1));
            }
        }
        assert_eq!(errors().len(), 1, "{fault:?}: {:?}", errors());
        assert!(
            errors()[0].contains("does not accept this client"),
            "{fault:?}"
        );
        // A provider may lock a client that repeatedly sends a wrong secret.
        assert_eq!(app.provider.refreshes().len(), 3, "{fault:?}");
        app.clock.advance(Duration::from_secs(1));
        assert_eq!(fetch(&browser, "/token").await.status(), 503);

        let last = errors().pop().unwrap();
        assert_eq!(errors().len(), 2, "{fault:?}");
        assert!(last.contains("omitted=2"), "{fault:?}: {last}");
    }
}
