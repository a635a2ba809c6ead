//! Hooks: when they are called, the effect of their faults, and changes to a session before it is
//! stored.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tower_oidc_tests::random_text;

use http::StatusCode;
use oidc_dev_provider::Fault;
use serde_json::{Value, json};
use tower_oidc::hooks::{Admission, ClaimsToMap, SessionDraft, Trigger};
use tower_oidc::{
    AuthLayerBuilder, BoxFuture, CoordinatorError, LockOutcome, LockRequest, RefreshCoordinator,
    UnlockRequest,
};
use tower_oidc_tests::app::{sign_in, sign_in_as, url};
use tower_oidc_tests::callback::{begun, known_browser, returning, session};
use tower_oidc_tests::{App, Browser, Gate};

use crate::log;

async fn who(browser: &Browser) -> Value {
    browser.open(&url("/who")).await.json()
}

async fn refresh(browser: &Browser) {
    let page = browser.open(&url("/refresh")).await;
    assert_eq!(page.status(), 200, "{}", page.text());
}

#[tokio::test]
async fn a_panic_in_a_hook_at_the_sign_in_fails_only_that_sign_in() {
    let app = App::with(|auth| {
        auth.map_claims(|ClaimsToMap { claims, .. }| async move {
            assert_ne!(claims.sub(), "bob", "for this test");
            Ok(claims)
        })
    });
    let app = app.await;
    let browser = app.signed_in_browser().await;
    let before = session(&browser);

    let page = sign_in_as(&browser, "bob").await;

    assert_eq!(page.status(), 500);
    assert_eq!(page.url().path(), "/auth/callback");
    assert_eq!(session(&browser), before);
    assert_eq!(browser.open(&url("/")).await.text(), "alice");
    assert_eq!(sign_in(&browser).await.text(), "alice");
}

/// At a sign-in nobody is signed in, and what was obtained is revoked.
#[tokio::test]
async fn an_error_of_any_hook_at_the_sign_in_signs_nobody_in_and_revokes_the_tokens() {
    type Configure = fn(AuthLayerBuilder) -> AuthLayerBuilder;
    let hooks: [(&str, Configure); 3] = [
        ("map_claims", |auth| {
            auth.map_claims(|_| async { Err("no\ndatabase".into()) })
        }),
        ("admission", |auth| {
            auth.admission(|_| async { Err("no\ndatabase".into()) })
        }),
        ("before_save", |auth| {
            auth.before_save(|_| async { Err("no\ndatabase".into()) })
        }),
    ];
    for (name, configure) in hooks {
        let app = App::with(configure).await;
        let browser = app.browser();
        let log = log::record();

        let page = sign_in(&browser).await;

        assert_eq!(page.status(), 500, "{name}");
        assert_eq!(session(&browser), None, "{name}");
        assert_eq!(app.provider.revocations().len(), 1, "{name}");
        let text = log.text();
        assert!(text.contains(name), "{text}");
        assert!(text.contains(r"no\ndatabase"), "{text}");
    }
}

/// At a refresh the old claims stay, and the new refresh token is kept.
#[tokio::test]
async fn an_error_of_a_hook_at_a_refresh_keeps_the_claims_and_the_new_refresh_token() {
    let is_down = Arc::new(AtomicBool::new(false));
    let known = Arc::clone(&is_down);
    let app = App::with(|auth| {
        auth.map_claims(
            move |ClaimsToMap {
                      trigger, claims, ..
                  }| {
                let is_down = known.load(Ordering::SeqCst);
                async move {
                    match is_down {
                        true => Err("no database".into()),
                        false => Ok(claims.with("trigger", &format!("{trigger:?}"))?),
                    }
                }
            },
        )
    });
    let app = app.await;
    let browser = app.signed_in_browser().await;
    is_down.store(true, Ordering::SeqCst);

    let failed = browser.open(&url("/refresh")).await;

    assert_eq!(failed.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(who(&browser).await["claims"]["trigger"], "SignIn");
    is_down.store(false, Ordering::SeqCst);
    app.clock.advance(Duration::from_secs(2));
    refresh(&browser).await;
    assert_eq!(who(&browser).await["claims"]["trigger"], "Refresh");
    assert_eq!(app.provider.refreshes().len(), 2);
}

/// The provider has already rotated the refresh token.
#[tokio::test]
async fn a_panic_in_a_hook_at_a_refresh_reports_later_and_loses_no_refresh_token() {
    let calls = Arc::new(Mutex::new(0));
    let app = App::with(|auth| {
        auth.before_save(move |draft| {
            let calls = Arc::clone(&calls);
            async move {
                let mut calls = calls.lock().unwrap();
                *calls += 1;
                let call = *calls;
                drop(calls);
                assert_ne!(call, 2, "for this test");
                Ok(draft)
            }
        })
    });
    let app = app.await;
    let browser = app.signed_in_browser().await;
    app.clock.advance(Duration::from_secs(3600));

    let failed = browser.open(&url("/token")).await;
    assert_eq!(failed.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(failed.header("retry-after").is_some());
    assert_eq!(browser.open(&url("/")).await.text(), "alice");
    app.clock.advance(Duration::from_secs(2));

    refresh(&browser).await;
    app.clock.advance(Duration::from_secs(3600));
    refresh(&browser).await;
    assert_eq!(app.provider.refreshes().len(), 3);
}

/// Hooks run in the task of the refresh.
#[tokio::test]
async fn a_browser_that_disconnects_during_a_refresh_does_not_cancel_it() {
    let gate = Gate::new();
    let hook = gate.clone();
    let app = App::with(|auth| {
        auth.map_claims(
            move |ClaimsToMap {
                      trigger, claims, ..
                  }| {
                let gate = hook.clone();
                async move {
                    if trigger == Trigger::Refresh {
                        gate.pass().await;
                    }
                    Ok(claims.with("trigger", &format!("{trigger:?}"))?)
                }
            },
        )
    });
    let app = app.await;
    let browser = app.signed_in_browser().await;
    let with_short_timeout = browser.clone();
    let leaving = tokio::spawn(async move { with_short_timeout.open(&url("/refresh")).await });
    gate.entered().await;

    leaving.abort();
    assert!(leaving.await.unwrap_err().is_cancelled());
    gate.open();
    app.auth.drain().await;

    assert_eq!(who(&browser).await["claims"]["trigger"], "Refresh");
    assert_eq!(app.provider.refreshes().len(), 1);
}

/// And in the task of the code exchange.
#[tokio::test]
async fn a_browser_that_disconnects_during_a_sign_in_can_fetch_its_result_later() {
    let gate = Gate::new();
    let hook = gate.clone();
    let app = App::with(|auth| {
        auth.map_claims(move |ClaimsToMap { claims, .. }| {
            let gate = hook.clone();
            async move {
                gate.pass().await;
                Ok(claims)
            }
        })
    });
    let app = app.await;
    gate.open();
    let browser = known_browser(&app, "alice").await;
    gate.entered().await;
    let callback = begun(&app, &browser, "/auth/sign-in").await;
    let (with_short_timeout, request) = (browser.thief(), returning(&app, &callback));
    let leaving = tokio::spawn(async move { with_short_timeout.send(request).await });
    gate.entered().await;

    leaving.abort();
    assert!(leaving.await.unwrap_err().is_cancelled());
    gate.open();
    let page = browser.send(returning(&app, &callback)).await;

    assert_eq!(page.text(), "alice");
    assert_eq!(app.provider.counters().token, 2);
}

#[tokio::test]
async fn data_that_a_hook_adds_to_a_new_session_are_in_its_cookie() {
    let app = App::with(|auth| {
        auth.before_save(|mut draft: SessionDraft| async move {
            let before: Option<Vec<String>> = draft.data().unwrap();
            let mut visits = before.unwrap_or_default();
            visits.push(format!("{} {:?}", draft.claims().sub(), draft.trigger()));
            draft.set_data(&visits)?;
            Ok(draft)
        })
    });
    let app = app.await;
    let browser = app.signed_in_browser().await;
    refresh(&browser).await;

    let other = app.another_instance(|auth| auth).await;
    other.serve(&browser);
    let data = browser.open(&url("/data")).await.json();

    assert_eq!(data, json!(["alice SignIn", "alice Refresh"]));
}

#[tokio::test]
async fn data_that_do_not_fit_are_refused_and_leave_the_draft_unchanged() {
    let app = App::with(|auth| {
        auth.before_save(|mut draft| async move {
            draft.set_data("small").unwrap();
            let error = draft.set_data(&"x".repeat(20_000)).unwrap_err();
            assert!(error.to_string().contains("data 20002"));
            assert_eq!(draft.data().unwrap(), Some("small".to_owned()));
            Ok(draft)
        })
    });
    let app = app.await;
    let browser = app.signed_in_browser().await;

    assert_eq!(browser.open(&url("/data")).await.json(), "small");
}

#[tokio::test]
async fn the_debug_output_of_what_hooks_get_has_no_value_of_a_claim() {
    let shown = Arc::new(Mutex::new(Vec::new()));
    let (at_mapping, at_admission) = (Arc::clone(&shown), Arc::clone(&shown));
    let at_saving = Arc::clone(&shown);
    let app = App::with(|auth| {
        auth.map_claims(move |input| {
            at_mapping.lock().unwrap().push(format!("{input:?}"));
            async move { Ok(input.claims) }
        })
        .admission(move |request| {
            at_admission.lock().unwrap().push(format!("{request:?}"));
            async { Ok(Admission::Allow) }
        })
        .before_save(move |draft| {
            at_saving.lock().unwrap().push(format!("{draft:?}"));
            async { Ok(draft) }
        })
    });

    app.await.signed_in_browser().await;

    let shown = shown.lock().unwrap();
    let [mapping, admission, saving] = &shown[..] else {
        panic!("{shown:?}");
    };
    assert!(
        mapping.contains("SignIn") && mapping.contains("email"),
        "{mapping}"
    );
    assert!(admission.contains("email"), "{admission}");
    assert_eq!(saving, "SessionDraft { trigger: SignIn, .. }");
    for text in shown.iter() {
        assert!(!text.contains("alice"), "{text}");
    }
}

/// If the session could not be written, the refresh token would be lost with it.
#[tokio::test]
async fn claims_that_do_not_fit_after_a_refresh_are_not_stored() {
    let app = App::with(|auth| {
        auth.max_cookies(1).map_claims(
            |ClaimsToMap {
                 trigger, claims, ..
             }| async move {
                let name = match trigger {
                    Trigger::SignIn => "A. Adams".to_owned(),
                    _ => random_text(4000),
                };
                Ok(claims.with("name", &name)?)
            },
        )
    });
    let app = app.await;
    let browser = app.signed_in_browser().await;

    let page = browser.open(&url("/refresh")).await;

    assert_eq!(page.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(who(&browser).await["claims"]["name"], "A. Adams");
    app.clock.advance(Duration::from_secs(120));
    app.provider.add_fault(Fault::RefreshNoIdToken);
    refresh(&browser).await;
}

/// The only instance that has the rotated refresh token must not keep it to itself.
#[tokio::test]
async fn a_hook_that_fails_shares_the_refresh_token_with_the_other_instances() {
    let shared = OneSession::default();
    let app = App::with(|auth| {
        auth.refresh_coordinator(shared.clone())
            .before_save(|draft| async move {
                match draft.trigger() {
                    Trigger::SignIn => Ok(draft),
                    _ => Err("for this test".into()),
                }
            })
    });
    let app = app.await;
    let other = app
        .another_instance(|auth| auth.refresh_coordinator(shared))
        .await;
    let browser = app.signed_in_browser().await;
    let old = browser.thief();
    app.clock.advance(Duration::from_secs(3600));
    browser.open(&url("/refresh")).await;

    other.serve(&old);

    refresh(&old).await;
    assert_eq!(app.provider.refreshes().len(), 2);
}

/// One stored session, for tests that refresh one session and never at once.
#[derive(Clone, Default)]
struct OneSession(Arc<Mutex<Option<Vec<u8>>>>);

impl RefreshCoordinator for OneSession {
    fn lock(&self, _: LockRequest) -> BoxFuture<Result<LockOutcome, CoordinatorError>> {
        let stored = self.0.lock().unwrap().clone();
        Box::pin(async { Ok(LockOutcome::Taken { stored }) })
    }

    fn store_and_unlock(&self, request: UnlockRequest) -> BoxFuture<Result<(), CoordinatorError>> {
        if let Some(session) = request.session {
            *self.0.lock().unwrap() = Some(session.value);
        }
        Box::pin(async { Ok(()) })
    }
}
