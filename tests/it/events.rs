//! Events: what an audit log receives about sign-ins and sessions.

use std::sync::{Arc, Mutex};
use std::time::Duration;
use tower_oidc_tests::random_text;

use http::Method;
use http::header::SET_COOKIE;
use oidc_dev_provider::Fault;
use tower_oidc::hooks::{Admission, AdmissionRequest, BoxError, ClaimsToMap, Trigger};
use tower_oidc::testing::TestSession;
use tower_oidc::{AuthEvent, AuthEventReason, AuthLayerBuilder};
use tower_oidc_tests::app::{ORIGIN, sign_in, sign_in_as, url};
use tower_oidc_tests::browser::Page;
use tower_oidc_tests::callback::{begun, known_browser, returning, transactions};
use tower_oidc_tests::visits::sign_out_button;
use tower_oidc_tests::{App, Browser};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<AuthEvent>>>);

impl Log {
    fn listening(&self) -> impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder + use<> {
        let log = self.clone();
        |auth| auth.on_event(move |event| log.0.lock().unwrap().push(event.clone()))
    }

    /// The events since the last call.
    fn take(&self) -> Vec<AuthEvent> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }

    /// The same as codes and reasons.
    fn lines(&self) -> Vec<String> {
        let line = |event: &AuthEvent| {
            let reason = event.reason().map(|reason| format!(": {reason}"));
            let sub = event.sub().unwrap_or("-");
            format!(
                "{} {sub}{}",
                event.kind().code(),
                reason.unwrap_or_default()
            )
        };
        self.take().iter().map(line).collect()
    }
}

/// A request of a script, which no redirect leads to a new sign-in.
async fn refresh(browser: &Browser) -> Page {
    browser.fetch(ORIGIN, Method::GET, &url("/refresh")).await
}

async fn sign_out(browser: &Browser) {
    browser.send(sign_out_button()).await;
}

#[tokio::test]
async fn the_events_of_a_session_are_reported_in_order() {
    let log = Log::default();
    let app = App::with(log.listening()).await;
    let browser = app.signed_in_browser().await;
    browser.open(&url("/")).await;
    refresh(&browser).await;
    app.provider.add_fault(Fault::RefreshUnavailable);
    refresh(&browser).await;
    app.provider.clear_faults();
    app.clock.advance(Duration::from_secs(60));
    app.provider.add_fault(Fault::RefreshInvalidGrant);
    refresh(&browser).await;
    sign_out(&browser).await;
    // There is no session any more.
    sign_out(&browser).await;

    let events = log.take();

    let reported: Vec<_> = events
        .iter()
        .map(|event| {
            let reason = event.reason().map(AuthEventReason::code);
            (event.kind().code(), reason)
        })
        .collect();
    assert_eq!(
        reported,
        [
            ("signed_in", None),
            ("refreshed", None),
            ("refresh_failed", Some("later")),
            ("refresh_failed", Some("sign_in_required")),
            ("signed_out", None),
        ]
    );
    for event in &events {
        assert_eq!(event.sub(), Some("alice"));
        assert_eq!(event.issuer(), Some(app.provider.issuer()));
        assert_eq!(event.session(), events[0].session());
        assert_eq!(event.session().map(str::len), Some(12));
    }
    sign_in(&browser).await;
    assert_ne!(log.take()[0].session(), events[0].session());
}

#[tokio::test]
async fn every_refused_callback_is_reported_with_its_code() {
    let log = Log::default();
    let app = App::with(log.listening()).await;
    let browser = known_browser(&app, "alice").await;
    log.take();

    browser.open(&url("/auth/callback")).await;
    browser.open(&url("/auth/callback?code=c&state=x")).await;
    browser
        .open(&url("/auth/sign-in?prompt=login"))
        .await
        .press("Cancel")
        .await;
    app.provider.add_fault(Fault::IdTokenWrongNonce);
    browser.open(&url("/auth/sign-in")).await;
    app.provider.clear_faults();
    app.provider.add_fault(Fault::TokenEndpointInvalidGrant);
    browser.open(&url("/auth/sign-in")).await;
    app.provider.clear_faults();
    let callback = begun(&app, &browser, "/auth/sign-in").await;
    let name = transactions(&browser).remove(0);
    let value = browser.jar().cookie(&name).unwrap().value().into_owned();
    // The browser would no longer send it.
    browser.jar().inject("app.example", name, value);
    app.clock.advance(Duration::from_secs(600));
    browser.send(returning(&app, &callback)).await;

    let expected = [
        "callback.malformed",
        "callback.no_transaction",
        "authorization.access_denied",
        "id_token.nonce",
        "token.invalid_grant",
        "transaction.expired",
    ];
    let expected = expected.map(|reason| format!("sign_in_refused -: {reason}"));
    assert_eq!(log.lines(), expected);
}

#[tokio::test]
async fn a_sign_in_that_is_not_admitted_is_reported_once() {
    let log = Log::default();
    let app = App::with(|auth| {
        let auth = auth.admission(|AdmissionRequest { claims, .. }| async move {
            Ok(match claims.sub() {
                "bob" => Admission::Deny,
                "carol" => Admission::redirect("/public"),
                _ => Admission::Allow,
            })
        });
        log.listening()(auth)
    });
    let app = app.await;
    for user in ["alice", "bob", "carol"] {
        sign_in_as(&app.browser(), user).await;
    }
    assert_eq!(
        log.lines(),
        [
            "signed_in alice",
            "sign_in_denied bob: denied",
            "sign_in_denied carol: redirected",
        ]
    );

    for (user, expected) in [
        ("alice", "signed_in alice"),
        ("bob", "sign_in_denied bob: denied"),
    ] {
        let browser = known_browser(&app, user).await;
        log.take();
        let callback = begun(&app, &browser, "/auth/sign-in").await;
        let twin = browser.thief();
        browser.send(returning(&app, &callback)).await;
        twin.send(returning(&app, &callback)).await;
        assert_eq!(log.lines(), [expected]);
    }
}

/// F-05
#[tokio::test]
async fn a_session_that_ends_without_a_sign_out_is_reported() {
    let log = Log::default();
    let app = App::with(log.listening()).await;
    let browser = app.signed_in_browser().await;
    sign_in_as(&browser, "bob").await;
    app.provider.add_fault(Fault::RefreshIdTokenWrongSub);
    refresh(&browser).await;

    assert_eq!(
        log.lines(),
        [
            "signed_in alice",
            "session_ended alice: replaced",
            "signed_in bob",
            "session_ended bob: id_token.sub",
        ]
    );
}

/// Fails for bob with an error, for carol with a panic, and at each refresh with an error.
fn fails_for(sub: &str, trigger: Trigger) -> Result<(), BoxError> {
    assert_ne!(sub, "carol", "for this test");
    match (sub, trigger) {
        ("bob", _) | (_, Trigger::Refresh) => Err("for this test".into()),
        _ => Ok(()),
    }
}

#[tokio::test]
async fn each_hook_that_fails_is_reported() {
    type Configure = fn(AuthLayerBuilder) -> AuthLayerBuilder;
    let hooks: [(Configure, &[&str]); 3] = [
        (
            |auth| {
                auth.map_claims(
                    |ClaimsToMap {
                         trigger, claims, ..
                     }| async move {
                        fails_for(claims.sub(), trigger).map(|()| claims)
                    },
                )
            },
            &["signed_in alice", "refresh_failed alice: hook_failed"],
        ),
        // It is not asked at a refresh.
        (
            |auth| {
                auth.admission(|AdmissionRequest { claims, .. }| async move {
                    fails_for(claims.sub(), Trigger::SignIn).map(|()| Admission::Allow)
                })
            },
            &["signed_in alice", "refreshed alice"],
        ),
        (
            |auth| {
                auth.before_save(|draft| async move {
                    fails_for(draft.claims().sub(), draft.trigger()).map(|()| draft)
                })
            },
            &["signed_in alice", "refresh_failed alice: hook_failed"],
        ),
    ];
    for (configure, of_alice) in hooks {
        let log = Log::default();
        let app = App::with(|auth| log.listening()(configure(auth))).await;
        let browser = app.signed_in_browser().await;
        refresh(&browser).await;
        assert_eq!(log.lines(), of_alice);

        for user in ["bob", "carol"] {
            sign_in_as(&app.browser(), user).await;
            assert_eq!(log.lines(), ["sign_in_refused -: hook_failed"], "{user}");
        }
    }
}

#[tokio::test]
async fn a_part_of_a_session_that_does_not_fit_is_reported() {
    let log = Log::default();
    let app = App::with(|auth| {
        let auth = auth
            .max_cookies(1)
            .map_claims(|ClaimsToMap { claims, .. }| async move {
                Ok(claims.with("big", &random_text(4000))?)
            });
        log.listening()(auth)
    });
    let app = app.await;
    app.signed_in_browser().await;

    assert_eq!(
        log.lines(),
        ["session_truncated alice: user_info", "signed_in alice"]
    );
}

#[tokio::test]
async fn a_session_that_is_too_large_is_a_refused_sign_in() {
    let log = Log::default();
    let app = App::with(|auth| {
        let auth = auth
            .max_cookies(1)
            .map_claims(|ClaimsToMap { claims, .. }| async move {
                Ok(claims.with("name", &random_text(4000))?)
            });
        log.listening()(auth)
    });
    let app = app.await;
    let page = sign_in(&app.browser()).await;

    assert_eq!(page.status(), 500);
    assert_eq!(log.lines(), ["sign_in_refused alice: session_too_large"]);
}

/// C-06
#[tokio::test]
async fn two_sessions_of_different_sign_ins_are_reported_when_the_session_is_read() {
    let log = Log::default();
    let app = App::with(log.listening()).await;
    let browser = app.signed_in_browser().await;
    let theirs = TestSession::from_claims(r#"{"iss":"https://id.example","sub":"mallory"}"#);
    for cookie in app.auth.seal_test_session(theirs).get_all(SET_COOKIE) {
        let cookie = cookie.to_str().unwrap();
        let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
        browser.jar().inject("app.example", name, value);
    }
    log.take();

    browser.open(&url("/untouched")).await;
    assert_eq!(log.lines(), [""; 0]);
    browser.open(&url("/")).await;

    assert_eq!(log.lines(), ["conflicting_sessions -"]);
}

#[tokio::test]
async fn a_listener_that_panics_changes_nothing() {
    let app = App::with(|auth| auth.on_event(|_| panic!("for this test"))).await;
    let browser = app.signed_in_browser().await;

    assert_eq!(refresh(&browser).await.status(), 200);
    app.provider.add_fault(Fault::RefreshUnavailable);
    assert_eq!(refresh(&browser).await.status(), 503);
    assert_eq!(browser.open(&url("/")).await.text(), "alice");
    sign_out(&browser).await;
    assert_eq!(browser.open(&url("/")).await.text(), "nobody");
}

/// L-01: events are meant to be logged as a whole.
#[tokio::test]
async fn an_event_shows_no_secret_and_no_claim_but_the_sub() {
    let log = Log::default();
    let app = App::with(log.listening()).await;
    let browser = app.signed_in_browser().await;
    let mut secrets = vec!["Adams".to_owned(), "alice@example.com".to_owned()];
    let mut collect = async || {
        let who = browser.open(&url("/who")).await.json();
        for token in ["id_token", "access_token"] {
            let parts = who[token].as_str().expect("a token").split('.');
            secrets.extend(parts.map(str::to_owned));
        }
        for cookie in browser.cookies() {
            secrets.push(cookie.value().into_owned());
        }
    };
    collect().await;
    refresh(&browser).await;
    collect().await;
    app.provider.add_fault(Fault::RefreshInvalidGrant);
    refresh(&browser).await;
    browser
        .open(&url("/auth/callback?code=a-code&state=a-state"))
        .await;
    sign_out(&browser).await;
    for request in app.provider.token_requests() {
        for name in ["code", "code_verifier", "refresh_token"] {
            secrets.extend(request.parameter(name).map(str::to_owned));
        }
    }

    let shown = format!("{:?}", log.take());

    assert!(shown.contains("SignedIn") && shown.contains("alice"));
    for secret in secrets.iter().filter(|secret| secret.len() > 4) {
        assert!(!shown.contains(secret.as_str()), "{secret} in {shown}");
    }
    assert!(!shown.contains("https://app.example"), "{shown}");
}
