//! The settings for the requirements of ID tokens, from the sign-in to the end of the session.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use oidc_dev_provider::{DevProvider, Fault};
use serde_json::{Value, json};
use tower_oidc::{AuthEvent, AuthEventKind, AuthEventReason, AuthLayerBuilder, Provider};
use tower_oidc_tests::app::{CLIENT_ID, CLIENT_SECRET, ORIGIN, sign_in, sign_in_as, url};
use tower_oidc_tests::callback::{begun, is_refusal, returning, session};
use tower_oidc_tests::visits::{answer, fetch};
use tower_oidc_tests::{App, Browser};

/// What [`Fault::IdTokenWrongIssuer`] and similar faults write into `iss`.
const SECOND_ISSUER: &str = "https://other.example";

type Events = Arc<Mutex<Vec<AuthEvent>>>;

/// An application that accepts a second issuer of its provider, and the events that it receives.
async fn with_two_issuers() -> (App, Events) {
    let events = Events::default();
    let heard = Arc::clone(&events);
    let app = registered(
        |registration| registration.accepted_issuers([SECOND_ISSUER]),
        |auth| auth.on_event(move |event| heard.lock().unwrap().push(event.clone())),
    );
    (app.await, events)
}

async fn registered(
    register: impl FnOnce(Provider) -> Provider,
    configure: impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder,
) -> App {
    App::registered(|provider| provider, register, configure).await
}

/// The registration without any of these settings.
fn registration(app: &App) -> Provider {
    Provider::new(app.provider.issuer(), CLIENT_ID).client_secret(CLIENT_SECRET)
}

/// Signs alice in with an ID token of the second issuer.
async fn signed_in_at_second_issuer(app: &App) -> Browser {
    app.provider.add_fault(Fault::IdTokenWrongIssuer);
    let browser = app.signed_in_browser().await;
    app.provider.clear_faults();
    browser
}

async fn issuer(browser: &Browser) -> Value {
    answer(browser, "/who").await["claims"]["iss"].clone()
}

async fn explanation(browser: &Browser) -> String {
    browser.open(&url("/explain")).await.text()
}

/// How often a refresh token was revoked.
fn revocations(provider: &DevProvider) -> usize {
    provider.revocations().len()
}

#[tokio::test]
async fn a_session_keeps_the_issuer_of_its_own_id_token() {
    let (app, events) = with_two_issuers().await;

    let browser = signed_in_at_second_issuer(&app).await;

    assert_eq!(issuer(&browser).await, SECOND_ISSUER);
    let reported = events.lock().unwrap().clone();
    let signed_in = reported
        .iter()
        .find(|it| it.kind() == AuthEventKind::SignedIn);
    let signed_in = signed_in.expect("an event");
    assert_eq!(signed_in.issuer(), Some(SECOND_ISSUER));
    assert_eq!(signed_in.sub(), Some("alice"));
    // The same issuer at the next refresh continues the session.
    app.provider.add_fault(Fault::RefreshIdTokenWrongIssuer);
    assert_eq!(answer(&browser, "/refresh").await["claims_renewed"], true);
    assert_eq!(issuer(&browser).await, SECOND_ISSUER);
}

/// F-05
#[tokio::test]
async fn a_refresh_with_another_accepted_issuer_ends_the_session() {
    for begins_at_second in [false, true] {
        let (app, events) = with_two_issuers().await;
        let browser = match begins_at_second {
            true => signed_in_at_second_issuer(&app).await,
            false => {
                let browser = app.signed_in_browser().await;
                app.provider.add_fault(Fault::RefreshIdTokenWrongIssuer);
                browser
            }
        };

        assert_eq!(fetch(&browser, "/refresh").await.status(), 401);

        assert_eq!(explanation(&browser).await, "signed_out");
        app.auth.drain().await;
        assert_eq!(revocations(&app.provider), 1);
        let reported = events.lock().unwrap().clone();
        let ended = reported
            .iter()
            .find(|it| it.kind() == AuthEventKind::SessionEnded);
        let reason = ended.and_then(AuthEvent::reason);
        assert_eq!(reason, Some(AuthEventReason::Error("id_token.iss")));
    }
}

/// The user may have another account, which the settings allow.
#[tokio::test]
async fn a_user_who_is_not_of_the_organization_is_asked_for_another_account() {
    let app = registered(|it| it.hosted_domain("example.com"), |auth| auth).await;
    let browser = app.browser();

    let page = sign_in_as(&browser, "alice").await;

    is_refusal(page.last(), 403, "hd");
    let text = page.text();
    assert!(text.contains("Sign in with another account"), "{text}");
    assert!(text.contains("prompt=login"), "{text}");
    assert_eq!(session(&browser), None);
}

/// S-24
#[tokio::test]
async fn user_info_of_another_accepted_issuer_is_not_used() {
    let (app, _) = with_two_issuers().await;
    let second = signed_in_at_second_issuer(&app).await;
    let first = app.signed_in_browser().await;
    let unavailable = json!({ "error": "unavailable" });

    // This response is signed, and by the second issuer.
    app.provider.add_fault(Fault::UserInfoJwtWrongIssuer);
    assert_eq!(answer(&second, "/ask/user-info").await["sub"], "alice");
    assert_eq!(fetch(&first, "/ask/user-info").await.json(), unavailable);

    // These are from the first one, or name none.
    app.provider.clear_faults();
    assert_eq!(answer(&second, "/ask/user-info").await["sub"], "alice");
    app.provider.add_fault(Fault::UserInfoJwtWrongAudience);
    assert_eq!(fetch(&second, "/ask/user-info").await.json(), unavailable);
}

/// S-31
#[tokio::test]
async fn the_same_sub_at_two_issuers_is_two_users() {
    let (app, _) = with_two_issuers().await;
    let browser = app.signed_in_browser().await;
    let copy = browser.thief();

    // The tokens of the first session are revoked, as with every other user.
    app.provider.add_fault(Fault::IdTokenWrongIssuer);
    assert_eq!(sign_in(&browser).await.text(), "alice");
    app.provider.clear_faults();

    app.auth.drain().await;
    assert_eq!(revocations(&app.provider), 1);
    assert_eq!(explanation(&copy).await, "signed_out");
    assert_eq!(issuer(&browser).await, SECOND_ISSUER);
}

#[tokio::test]
async fn the_same_user_at_the_same_accepted_issuer_revokes_nothing() {
    let (app, _) = with_two_issuers().await;
    let browser = signed_in_at_second_issuer(&app).await;

    app.provider.add_fault(Fault::IdTokenWrongIssuer);
    assert_eq!(sign_in(&browser).await.text(), "alice");

    app.auth.drain().await;
    assert_eq!(revocations(&app.provider), 0);
}

/// S-32
#[tokio::test]
async fn a_step_up_must_be_of_the_same_issuer() {
    for (begins_at_second, steps_up_at_second) in
        [(false, false), (false, true), (true, false), (true, true)]
    {
        let case = format!("{begins_at_second} {steps_up_at_second}");
        let (app, _) = with_two_issuers().await;
        let browser = match begins_at_second {
            true => signed_in_at_second_issuer(&app).await,
            false => app.signed_in_browser().await,
        };
        app.clock.advance(Duration::from_secs(120));
        let before = session(&browser);
        if steps_up_at_second {
            app.provider.add_fault(Fault::IdTokenWrongIssuer);
        }

        let page = browser.navigate(ORIGIN, &url("/step-up")).await;
        let page = page.press("alice").await;

        let is_same = begins_at_second == steps_up_at_second;
        assert_eq!(page.status(), if is_same { 200 } else { 400 }, "{case}");
        assert_eq!(session(&browser) != before, is_same, "{case}");
    }
}

/// S-32
#[tokio::test]
async fn a_step_up_that_starts_again_must_be_of_the_same_issuer() {
    for steps_up_at_second in [false, true] {
        let (app, _) = with_two_issuers().await;
        let browser = signed_in_at_second_issuer(&app).await;
        app.clock.advance(Duration::from_secs(120));
        let before = session(&browser);
        app.provider
            .add_fault(Fault::AuthorizationTemporarilyUnavailable);
        let callback = begun(&app, &browser, "/step-up").await;
        app.provider.clear_faults();
        if steps_up_at_second {
            app.provider.add_fault(Fault::IdTokenWrongIssuer);
        }

        let page = browser.send(returning(&app, &callback)).await;
        let page = page.press("alice").await;

        let status = if steps_up_at_second { 200 } else { 400 };
        assert_eq!(page.status(), status, "{}", page.text());
        assert_eq!(session(&browser) != before, steps_up_at_second);
    }
}

/// An operator removes an issuer from the list, or names the only user, while sessions exist.
#[tokio::test]
async fn sessions_of_an_issuer_that_is_no_longer_accepted_get_no_tokens() {
    let (app, _) = with_two_issuers().await;
    let browser = signed_in_at_second_issuer(&app).await;
    let stricter = registration(&app);
    let stricter = app.another_instance(|auth| auth.provider(stricter)).await;
    stricter.serve(&browser);

    let page = fetch(&browser, "/refresh").await;

    assert_eq!(page.status(), 401);
    assert_eq!(page.json()["error"], "sign_in_required");
    assert_eq!(app.provider.refreshes().len(), 0);
}

/// A provider was renamed, and its former name is still accepted.
#[tokio::test]
async fn a_change_of_the_registered_issuer_ends_all_sessions() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let renamed = Provider::new("https://renamed.example", CLIENT_ID).client_secret(CLIENT_SECRET);
    let renamed = renamed.accepted_issuers([app.provider.issuer()]);
    let renamed = app.another_instance(|auth| auth.provider(renamed)).await;
    renamed.serve(&browser);

    assert_eq!(explanation(&browser).await, "other_provider");
}

#[tokio::test]
async fn with_an_expected_subject_only_that_user_signs_in() {
    let app = registered(
        |registration| registration.expected_subject("alice"),
        |auth| auth,
    )
    .await;
    let browser = app.signed_in_browser().await;
    let before = session(&browser);
    let stranger = app.browser();

    let page = sign_in_as(&stranger, "bob").await;

    assert_eq!(page.status(), 403);
    assert!(page.text().contains("You do not have access"));
    assert!(page.text().contains("prompt=login"), "{}", page.text());
    assert_eq!(session(&stranger), None);
    assert_eq!(stranger.open(&url("/")).await.text(), "nobody");

    // It does not end an existing session either.
    assert_eq!(sign_in_as(&browser, "bob").await.status(), 403);
    assert_eq!(session(&browser), before);
    assert_eq!(answer(&browser, "/refresh").await["sub"], "alice");
}

#[tokio::test]
async fn a_session_of_another_user_from_before_the_setting_is_not_accepted() {
    let app = App::start().await;
    let (alice, bob) = (app.signed_in_browser().await, app.browser());
    assert_eq!(sign_in_as(&bob, "bob").await.text(), "bob");
    let stricter = registration(&app).expected_subject("alice");
    let stricter = app.another_instance(|auth| auth.provider(stricter)).await;
    stricter.serve(&alice);
    stricter.serve(&bob);

    assert_eq!(explanation(&alice).await, "signed_in");
    assert_eq!(explanation(&bob).await, "other_subject");
}

/// The same `sub` at another issuer may be any user.
#[tokio::test]
async fn the_expected_subject_belongs_to_the_registered_issuer() {
    let (app, _) = with_two_issuers().await;
    let (first, second) = (
        app.signed_in_browser().await,
        signed_in_at_second_issuer(&app).await,
    );
    let stricter = registration(&app).accepted_issuers([SECOND_ISSUER]);
    let stricter = stricter.expected_subject("alice");
    let stricter = app.another_instance(|auth| auth.provider(stricter)).await;
    for browser in [&first, &second] {
        stricter.serve(browser);
    }
    assert_eq!(explanation(&first).await, "signed_in");
    assert_eq!(explanation(&second).await, "other_subject");

    app.provider.add_fault(Fault::IdTokenWrongIssuer);

    assert_eq!(sign_in(&second).await.status(), 403);
    assert_eq!(second.open(&url("/")).await.text(), "nobody");
}

#[tokio::test]
async fn id_tokens_must_have_the_configured_type() {
    let app = registered(
        |registration| registration.id_token_type("at+jwt"),
        |auth| auth,
    )
    .await;
    assert_eq!(sign_in(&app.browser()).await.status(), 400);

    app.provider.add_fault(Fault::IdTokenWrongType);

    let browser = app.signed_in_browser().await;
    assert_eq!(answer(&browser, "/refresh").await["claims_renewed"], true);
}

#[tokio::test]
async fn a_critical_header_is_accepted_if_the_applications_check_accepts_it() {
    for (is_accepted, status) in [(true, 200), (false, 400)] {
        let app = registered(
            move |registration| {
                registration.critical_header("x-new", move |value| {
                    is_accepted && value.as_str() == "\"1\""
                })
            },
            |auth| auth,
        )
        .await;
        app.provider.add_fault(Fault::IdTokenCriticalHeader);

        assert_eq!(sign_in(&app.browser()).await.status(), status);
    }
}

/// Such a response says nothing about the user: later ones may be better, and the access token is
/// still valid.
#[tokio::test]
async fn an_id_token_that_is_too_old_at_a_refresh_is_refused_without_ending_the_session() {
    let app = registered(
        |registration| registration.max_token_age(Duration::from_secs(60)),
        |auth| auth,
    )
    .await;
    let browser = app.signed_in_browser().await;
    app.clock.advance(Duration::from_secs(7200));
    app.provider.add_fault(Fault::RefreshIdTokenOld);

    assert_eq!(fetch(&browser, "/refresh").await.status(), 503);

    assert_eq!(explanation(&browser).await, "signed_in");
    app.provider.clear_faults();
    app.clock.advance(Duration::from_secs(10));
    assert_eq!(answer(&browser, "/refresh").await["claims_renewed"], true);
}
