//! Guards that ask the provider: whether the user still exists, and for tokens before they are
//! needed.

use std::convert::Infallible;
use std::future::{Ready, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::{Request, Response};
use oidc_dev_provider::Fault;
use serde_json::{Value, json};
use tower::ServiceExt;
use tower_layer::Layer;
use tower_oidc::guard::{RequireAuthLayer, RevalidationPolicy};
use tower_oidc::hooks::ClaimsToMap;
use tower_oidc::{AuthContext, RequireAuth};
use tower_oidc_tests::app::{ORIGIN, sign_in, sign_in_as, url};
use tower_oidc_tests::clock::timers_advance;
use tower_oidc_tests::visits::{EXPIRY, answer, fetch, navigate};
use tower_oidc_tests::{App, Browser, TestServer};

const EVERY: Duration = Duration::from_secs(600);
const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

/// An application whose pages are all behind this guard, and alice's browser.
struct Guarded {
    app: App,
    browser: Browser,
    server: TestServer,
}

impl Guarded {
    async fn by(guard: RequireAuthLayer) -> Self {
        Self::of(App::start().await, guard).await
    }

    async fn of(app: App, guard: RequireAuthLayer) -> Self {
        let router = Router::new()
            .route("/", get(page))
            .route("/page", get(page));
        let router = router.layer(guard).layer(app.auth.clone());
        let server = TestServer::start(router).await;
        let browser = app.browser();
        browser.map(ORIGIN, server.address());
        sign_in(&browser).await;
        Self {
            app,
            browser,
            server,
        }
    }

    async fn page(&self) -> Value {
        answer(&self.browser, "/page").await
    }

    async fn is_unavailable(&self) {
        let page = fetch(&self.browser, "/page").await;
        assert_eq!(page.status(), 503, "{}", page.text());
        assert!(page.header("retry-after").is_some());
        assert!(page.last().set_cookies().is_empty());
    }

    fn refreshes(&self) -> usize {
        self.app.provider.refreshes().len()
    }
}

/// What the handler behind the guard has without sending a request to the provider itself.
async fn page(auth: AuthContext) -> axum::Json<Value> {
    let claims: Option<Value> = auth.claims().and_then(|claims| claims.deserialize().ok());
    axum::Json(json!({
        "claims": claims,
        "token": auth.cached_access_token().map(|token| token.as_str().to_owned()),
    }))
}

/// N-14
#[tokio::test]
async fn a_disabled_user_is_refused_at_the_next_due_time_and_not_before() {
    let guarded = Guarded::by(RequireAuth::layer().revalidate_every(EVERY)).await;
    guarded.app.provider.disable_user("alice");

    guarded.app.clock.advance(EVERY - SECOND);
    guarded.page().await;
    assert_eq!(guarded.refreshes(), 0);

    // The access token would be valid for 50 more minutes.
    guarded.app.clock.advance(SECOND);
    for _ in 0..10 {
        let page = fetch(&guarded.browser, "/page").await;
        assert_eq!(page.status(), 401);
        assert_eq!(page.json()["error"], "sign_in_required");
        assert!(page.last().set_cookies().is_empty());
        let person = navigate(&guarded.browser, "/page").await;
        assert_eq!(person.status(), 303);
        let location = person.header("location").unwrap();
        assert_eq!(location, "/auth/sign-in?after=refusal&return_to=%2Fpage");
    }
    assert_eq!(guarded.refreshes(), 1, "a refusal is remembered");
    guarded.app.clock.advance(EVERY);
    assert_eq!(fetch(&guarded.browser, "/page").await.status(), 401);
}

/// N-14
#[tokio::test]
async fn a_confirmed_user_continues_with_current_claims_until_the_next_due_time() {
    let guarded = Guarded::by(RequireAuth::layer().revalidate_every(EVERY)).await;
    let first = guarded.page().await;

    guarded.app.clock.advance(EVERY);
    let second = guarded.page().await;

    let issued_at = |page: &Value| page["claims"]["iat"].as_u64().unwrap();
    assert_eq!(issued_at(&second), issued_at(&first) + EVERY.as_secs());
    assert_ne!(second["token"], first["token"]);
    guarded.app.clock.advance(EVERY - SECOND);
    assert_eq!(guarded.page().await, second);
    assert_eq!(guarded.refreshes(), 1);
    guarded.app.clock.advance(SECOND);
    guarded.page().await;
    assert_eq!(guarded.refreshes(), 2);
}

/// N-14: a role that was revoked is gone, although the session continues.
#[tokio::test]
async fn claims_that_the_application_maps_are_current_after_a_check() {
    let is_admin = Arc::new(AtomicBool::new(true));
    let known = Arc::clone(&is_admin);
    let app = App::with(|auth| {
        auth.map_claims(move |ClaimsToMap { claims, .. }| {
            let role = known.load(Ordering::SeqCst).then_some("admin");
            async move { Ok(claims.with("role", &role)?) }
        })
    })
    .await;
    let guarded = Guarded::of(app, RequireAuth::layer().revalidate_every(EVERY)).await;
    assert_eq!(guarded.page().await["claims"]["role"], "admin");
    is_admin.store(false, Ordering::SeqCst);

    guarded.app.clock.advance(EVERY);

    assert_eq!(guarded.page().await["claims"]["role"], Value::Null);
}

/// N-14
#[tokio::test]
async fn an_unreachable_provider_affects_no_user_within_the_limit() {
    let guarded = Guarded::by(RequireAuth::layer().revalidate_every(EVERY)).await;
    let before = guarded.page().await;
    guarded.app.provider.go_down().await.unwrap();
    guarded.app.clock.advance(EVERY);

    for _ in 0..10 {
        assert_eq!(guarded.page().await, before);
    }
    // Not even when the token has expired: the page needs none. The limit is an hour.
    guarded.app.clock.advance(HOUR - SECOND);
    assert_eq!(guarded.page().await, before);
    guarded.app.clock.advance(SECOND);
    guarded.is_unavailable().await;

    guarded.app.provider.come_back().await.unwrap();
    guarded.app.clock.advance(EVERY);
    assert_ne!(guarded.page().await["token"], before["token"]);
    assert_eq!(guarded.refreshes(), 1);
}

/// Ten times the interval, at most an hour, or as configured; the time counts from when the check
/// became due, whenever the outage began.
#[tokio::test]
async fn a_check_that_cannot_be_completed_passes_for_a_limited_time() {
    let minute = Duration::from_secs(60);
    let every = |every| RequireAuth::layer().revalidate_every(every);
    let bounded = |limit| {
        let policy = RevalidationPolicy::every(minute).or_refuse_after(limit);
        RequireAuth::layer().revalidate(policy)
    };
    for (guard, due, limit) in [
        (every(minute), minute, 10 * minute),
        (every(2 * HOUR), 2 * HOUR, HOUR),
        (bounded(2 * minute), minute, 2 * minute),
        (bounded(2 * HOUR), minute, 2 * HOUR),
        (bounded(Duration::ZERO), minute, Duration::ZERO),
        (
            RequireAuth::layer()
                .refresh_ahead(minute)
                .revalidate(RevalidationPolicy::every(minute).or_refuse_after(minute)),
            minute,
            minute,
        ),
    ] {
        let guarded = Guarded::by(guard).await;
        guarded.app.clock.advance(due + limit - SECOND);
        guarded.app.provider.add_fault(Fault::RefreshUnavailable);
        guarded.page().await;
        guarded.app.clock.advance(SECOND);

        guarded.is_unavailable().await;

        // The session has not ended, and continues when the provider recovers.
        guarded.app.provider.clear_faults();
        guarded.app.clock.advance(minute);
        guarded.page().await;
    }
}

/// A user whom the provider refuses must not pass because another request was slow.
#[tokio::test]
async fn a_slow_request_of_one_user_lets_no_refused_user_pass() {
    let guarded = Guarded::by(RequireAuth::layer().revalidate_every(EVERY)).await;
    let bob = guarded.app.browser();
    bob.map(ORIGIN, guarded.server.address());
    sign_in_as(&bob, "bob").await;
    guarded.app.clock.advance(EVERY);
    let held = guarded.app.provider.hold_token_requests();
    let slow = {
        let browser = guarded.browser.clone();
        tokio::spawn(async move { fetch(&browser, "/page").await.status() })
    };
    held.wait_for(1).await;
    // The circuit opens: the request is slow, and no other one was answered recently.
    timers_advance(3 * SECOND).await;
    guarded.app.provider.disable_user("bob");
    guarded.app.provider.disable_user("alice");
    let mut bobs = tokio::spawn(async move { fetch(&bob, "/page").await.status() });
    tokio::select! {
        () = held.wait_for(2) => {}
        status = &mut bobs => panic!("{status:?} although the provider was not asked"),
    }

    held.release();

    assert_eq!(bobs.await.unwrap(), 401);
    assert_eq!(slow.await.unwrap(), 401);
}

/// Otherwise a user whom the provider refuses could prevent the check.
#[tokio::test]
async fn a_check_does_not_pass_when_its_session_has_too_many_refreshes_in_flight() {
    let app = App::registered(
        |provider| provider,
        |registration| registration.add_scopes(["urn:logto:scope:organizations"]),
        |auth| auth,
    )
    .await;
    let guarded = Guarded::of(app, RequireAuth::layer().revalidate_every(EVERY)).await;
    let other_pages = guarded.browser.thief();
    guarded.app.serve(&other_pages);
    guarded.app.clock.advance(EVERY);
    let held = guarded.app.provider.hold_token_requests();
    let mut flood = tokio::task::JoinSet::new();
    for number in 0..17 {
        let browser = other_pages.clone();
        let path = format!("/token?organization=org-{number}");
        flood.spawn(async move { fetch(&browser, &path).await.status() });
    }
    // The seventeenth, whichever it is: the others wait for the provider.
    assert_eq!(flood.join_next().await.unwrap().unwrap(), 503);

    guarded.is_unavailable().await;

    assert_eq!(held.waiting(), 1, "one after the other");
    held.release();
    flood.join_all().await;
    guarded.page().await;
}

#[tokio::test]
async fn many_requests_at_the_due_time_cost_one_refresh() {
    let guarded = Guarded::by(RequireAuth::layer().revalidate_every(EVERY)).await;
    guarded.app.clock.advance(EVERY);

    let pages = tower_oidc_tests::visits::at_once(32, &guarded.browser, "/page").await;

    assert!(pages.iter().all(|page| page == &pages[0]));
    assert_eq!(guarded.refreshes(), 1);
}

#[tokio::test]
async fn without_a_refresh_token_the_user_signs_in_at_the_due_time() {
    let app = App::with_provider(
        |provider| provider.fault(Fault::NoRefreshToken),
        |auth| auth,
    )
    .await;
    let guarded = Guarded::of(app, RequireAuth::layer().revalidate_every(EVERY)).await;
    guarded.page().await;

    guarded.app.clock.advance(EVERY);
    assert_eq!(fetch(&guarded.browser, "/page").await.status(), 401);

    sign_in(&guarded.browser).await;
    guarded.page().await;
}

#[tokio::test]
async fn a_token_that_expires_soon_is_refreshed_before_the_handler_runs() {
    let ahead = Duration::from_secs(300);
    let guarded = Guarded::by(RequireAuth::layer().refresh_ahead(ahead)).await;
    let first = guarded.page().await;

    guarded.app.clock.advance(EXPIRY - ahead - SECOND);
    assert_eq!(guarded.page().await, first);
    guarded.app.clock.advance(SECOND);
    let second = guarded.page().await;

    assert_ne!(second["token"], first["token"]);
    assert_eq!(guarded.page().await, second);
    assert_eq!(guarded.refreshes(), 1);
}

/// Otherwise each request would refresh.
#[tokio::test]
async fn a_short_lived_token_is_refreshed_at_half_its_lifetime() {
    let guarded = Guarded::by(RequireAuth::layer().refresh_ahead(2 * EXPIRY)).await;
    guarded.app.clock.advance(EXPIRY / 2 - SECOND);
    guarded.page().await;
    assert_eq!(guarded.refreshes(), 0);

    guarded.app.clock.advance(SECOND);
    for _ in 0..3 {
        guarded.page().await;
    }

    assert_eq!(guarded.refreshes(), 1);
}

#[tokio::test]
async fn a_failed_early_refresh_is_left_to_the_handler() {
    let ahead = Duration::from_secs(300);
    let guarded = Guarded::by(RequireAuth::layer().refresh_ahead(ahead)).await;
    let first = guarded.page().await;
    guarded.app.clock.advance(EXPIRY);
    guarded.app.provider.disable_user("alice");

    assert_eq!(guarded.page().await, first);

    let both = RequireAuth::layer()
        .refresh_ahead(ahead)
        .revalidate_every(EVERY);
    let guarded = Guarded::by(both).await;
    guarded.app.clock.advance(EVERY);
    guarded.app.provider.disable_user("alice");
    assert_eq!(fetch(&guarded.browser, "/page").await.status(), 401);
}

#[tokio::test]
async fn anonymous_visitors_are_sent_to_the_sign_in_without_a_request_to_the_provider() {
    let guarded = Guarded::by(RequireAuth::layer().revalidate_every(Duration::ZERO)).await;
    let before = guarded.refreshes();
    guarded.browser.jar().clear();

    assert_eq!(navigate(&guarded.browser, "/page").await.status(), 303);
    assert_eq!(fetch(&guarded.browser, "/page").await.status(), 401);
    assert_eq!(guarded.refreshes(), before);
    assert_eq!(
        guarded.browser.open(&url("/page")).await.status(),
        200,
        "the sign-in page"
    );
}

/// Polling a future after it panicked is a mistake of the caller, which must be noticed.
#[tokio::test]
async fn a_guard_does_not_wait_forever_after_its_inner_service_panicked() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    app.clock.advance(EVERY);
    let panics = tower::service_fn(
        |_: Request<Body>| -> Ready<Result<Response<Body>, Infallible>> { panic!("for this test") },
    );
    let guard = RequireAuth::layer().revalidate_every(EVERY);
    let cookies = browser.cookies();
    let cookies: Vec<_> = cookies
        .iter()
        .filter(|cookie| cookie.name().starts_with("__Host-Http-auth"))
        .map(|cookie| format!("{}={}", cookie.name(), cookie.value()))
        .collect();
    let request = Request::get("/page")
        .header("host", "app.example")
        .header("cookie", cookies.join("; "))
        .body(Body::empty())
        .unwrap();
    let mut answer = pin!(app.auth.layer(guard.layer(panics)).oneshot(request));
    let mut poll = async || {
        let poll = |cx: &mut Context<'_>| {
            let polled = catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(cx)));
            match polled {
                Ok(Poll::Pending) => Poll::Pending,
                Ok(Poll::Ready(_)) => Poll::Ready("answered"),
                Err(_) => Poll::Ready("panicked"),
            }
        };
        poll_fn(poll).await
    };
    assert_eq!(poll().await, "panicked");
    assert_eq!(app.provider.refreshes().len(), 1, "it was due");

    let again = poll();

    let again = tokio::time::timeout(SECOND, again).await;
    assert_eq!(again.expect("at once"), "panicked");
}
