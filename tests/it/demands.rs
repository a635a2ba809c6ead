//! Guards that demand more than a signed-in user: what a browser, a script and a gRPC call get, and what the sign-in in
//! between asks for.

use std::time::Duration;

use axum::Router;
use axum::routing::{any, get};
use http::Method;
use oidc_dev_provider::{DevProviderBuilder, Fault, User};
use serde::Deserialize;
use tower_oidc::guard::RequireAuthLayer;
use tower_oidc::{
    AuthContext, AuthError, Authenticated, Provider, Require, RequireAuth, Requirement,
};
use tower_oidc_tests::app::{ORIGIN, sign_in_as, url};
use tower_oidc_tests::browser::{Page, Request};
use tower_oidc_tests::callback::parameter;
use tower_oidc_tests::visits::{answer, fetch};
use tower_oidc_tests::{App, Browser, TestServer};
use url::Url;

use crate::log;

const MINUTE: Duration = Duration::from_secs(60);

/// An application with guarded pages, and the browser of alice, who is an editor of the organization acme and signed in
/// without further demands.
struct Guarded {
    app: App,
    browser: Browser,
    _server: TestServer,
}

/// The provider gives the authentication contexts silver and gold.
fn provide(provider: DevProviderBuilder) -> DevProviderBuilder {
    let alice = User::new("alice")
        .claim("roles", ["editor"])
        .claim("realm_access", serde_json::json!({ "roles": ["manager"] }))
        .claim("org_id", "acme");
    provider.user(alice).acr_values(["silver", "gold"])
}

impl Guarded {
    async fn by(guard: RequireAuthLayer) -> Self {
        Self::with(|it| it, guard).await
    }

    async fn with(register: impl FnOnce(Provider) -> Provider, guard: RequireAuthLayer) -> Self {
        let app = App::registered(provide, register, |auth| auth).await;
        Self::of(app, pages(guard)).await
    }

    async fn of(app: App, pages: Router) -> Self {
        let router = pages
            .merge(tower_oidc_tests::app::router())
            .layer(app.auth.clone());
        let server = TestServer::start(router).await;
        let browser = app.browser();
        browser.map(ORIGIN, server.address());
        sign_in_as(&browser, "alice").await;
        Self {
            app,
            browser,
            _server: server,
        }
    }

    async fn open(&self, path: &str) -> Page {
        self.browser.open(&url(path)).await
    }

    /// The authorization requests before this page, each without those that a form of the provider repeats.
    fn authorization_requests(&self, page: &Page) -> Vec<Url> {
        let urls = page.exchanges().iter();
        let urls = urls
            .filter(|it| it.method() == Method::GET)
            .map(|it| it.url().clone());
        urls.filter(|url| url.as_str().starts_with(self.app.provider.issuer()))
            .filter(|url| parameter(url, "code_challenge").is_some())
            .collect()
    }

    /// The page after one sign-in, which asked for this parameter.
    async fn opens_after_a_sign_in_with(&self, name: &str, value: &str) {
        let page = self.open("/page").await;

        let asked = self.authorization_requests(&page);
        assert_eq!(asked.len(), 1, "{}", page.text());
        let asked_for = parameter(&asked[0], name).unwrap_or_default();
        let is_among = asked_for.split(' ').any(|it| it == value) || asked_for == value;
        assert!(is_among, "{name}: {asked_for}");
        assert_eq!(page.text(), "for alice");
        assert_eq!(page.url().path(), "/page");
        // It is met from now on.
        let again = self.open("/page").await;
        assert_eq!(
            (again.text().as_str(), again.exchanges().len()),
            ("for alice", 1)
        );
    }

    /// The page with 403 that ends in no redirect.
    async fn is_refused_at_once(&self, missing: &str) {
        let page = self.open("/page").await;

        assert_eq!(page.exchanges().len(), 1);
        is_403(&page, "You do not have access", missing);
    }

    /// Refused on a page after one sign-in, and at once when the page is opened again.
    async fn is_refused_after_a_sign_in(&self, missing: &str) {
        let page = self.open("/page").await;
        is_403(&page, "This page needs more access", missing);
        assert_eq!(self.authorization_requests(&page).len(), 1);

        let again = self.open("/page").await;
        is_403(&again, "This page needs more access", missing);
        assert_eq!(again.exchanges().len(), 1);
        assert_eq!(self.open("/").await.text(), "alice", "the session stays");
    }

    /// The status and body that a script gets.
    async fn for_script(&self) -> (u16, serde_json::Value) {
        let answer = fetch(&self.browser, "/page").await;
        assert_eq!(answer.exchanges().len(), 1);
        (answer.status(), answer.json())
    }

    async fn grpc_status(&self) -> String {
        let call = Request::fetch(&url("/page"))
            .from(ORIGIN)
            .method(Method::POST)
            .header("content-type", "application/grpc");
        let answer = self.browser.send(call).await;
        assert_eq!((answer.status(), answer.text().as_str()), (200, ""));
        answer.header("grpc-status").unwrap_or_default().to_owned()
    }
}

#[track_caller]
fn is_403(page: &Page, title: &str, missing: &str) {
    let text = page.text();
    assert_eq!(page.status(), 403, "{text}");
    assert!(text.contains(title), "{text}");
    assert!(text.contains(missing), "{missing}: {text}");
    assert_eq!(page.header("cache-control"), Some("no-store"));
}

fn pages(guard: RequireAuthLayer) -> Router {
    Router::new().route("/page", any(page)).layer(guard)
}

async fn page(user: Authenticated) -> String {
    format!("for {}", user.claims().sub())
}

fn challenges(page: &Page) -> Vec<&str> {
    let fields = page.last().headers().get_all("www-authenticate").iter();
    fields.map(|it| it.to_str().expect("ASCII")).collect()
}

#[tokio::test]
async fn a_demanded_acr_is_asked_for_and_then_met() {
    let guarded = Guarded::by(RequireAuth::layer().acr("platinum gold")).await;
    guarded
        .opens_after_a_sign_in_with("acr_values", "gold")
        .await;
}

#[tokio::test]
async fn a_demanded_scope_is_asked_for_and_then_met() {
    let guarded = Guarded::by(RequireAuth::layer().scope("phone")).await;
    guarded.opens_after_a_sign_in_with("scope", "phone").await;
    let scopes = answer(&guarded.browser, "/who").await["scopes"].clone();
    assert!(
        scopes.as_array().unwrap().contains(&"phone".into()),
        "{scopes}"
    );
}

#[tokio::test]
async fn a_scope_is_also_met_if_the_token_response_names_none() {
    let guarded = Guarded::by(RequireAuth::layer().scope("phone")).await;
    guarded.app.provider.add_fault(Fault::MissingScope);

    guarded.opens_after_a_sign_in_with("scope", "phone").await;
}

#[tokio::test]
async fn a_demanded_age_makes_the_user_sign_in_anew_once_it_has_passed() {
    let guarded = Guarded::by(RequireAuth::layer().max_age(5 * MINUTE)).await;
    guarded.app.clock.advance(5 * MINUTE);
    assert_eq!(guarded.open("/page").await.text(), "for alice");

    guarded.app.clock.advance(Duration::from_secs(1));
    let sign_in = guarded.open("/page").await;

    let asked = guarded.authorization_requests(&sign_in);
    assert_eq!(parameter(&asked[0], "max_age").as_deref(), Some("300"));
    let page = sign_in.press("alice").await;
    assert_eq!(
        (page.text().as_str(), page.url().path()),
        ("for alice", "/page")
    );
}

/// The provider's own setting stays a bound for every sign-in.
#[tokio::test]
async fn the_shorter_of_two_ages_is_asked_for() {
    let register = |it: Provider| it.max_age(MINUTE);
    let guarded = Guarded::with(register, RequireAuth::layer().max_age(5 * MINUTE)).await;
    guarded.app.clock.advance(6 * MINUTE);

    let sign_in = guarded.open("/page").await;

    let asked = guarded.authorization_requests(&sign_in);
    assert_eq!(parameter(&asked[0], "max_age").as_deref(), Some("60"));
}

/// The session serves for every page, so it has what every sign-in has.
#[tokio::test]
async fn a_guard_lowers_no_acr_that_the_provider_is_set_to() {
    let register = |it: Provider| it.acr_values("gold");
    let either = Guarded::with(register, RequireAuth::layer().acr("silver gold")).await;
    assert_eq!(either.open("/page").await.text(), "for alice");

    let silver = Guarded::with(register, RequireAuth::layer().acr("silver")).await;
    let page = silver.open("/page").await;

    let asked = silver.authorization_requests(&page);
    assert_eq!(parameter(&asked[0], "acr_values").as_deref(), Some("gold"));
    is_403(&page, "This page needs more access", "a stronger sign-in");
    let who = answer(&silver.browser, "/who").await;
    assert_eq!(who["sign_in_acr"], "gold");
}

/// Nothing says that more was granted.
#[tokio::test]
async fn a_scope_is_not_met_if_the_provider_was_asked_in_vain() {
    let app = App::registered(provide, |it| it, |auth| auth.introspect_scopes(true)).await;
    let guarded = Guarded::of(app, pages(RequireAuth::layer().scope("phone"))).await;
    guarded.app.provider.add_fault(Fault::MissingScope);
    guarded
        .app
        .provider
        .add_fault(Fault::IntrospectionUnavailable);

    guarded
        .is_refused_after_a_sign_in("the permission phone")
        .await;
}

#[tokio::test]
async fn a_demanded_organization_is_asked_for_by_the_providers_parameter() {
    let register = |it: Provider| it.organization_parameter("org");
    let acme = Guarded::with(register, RequireAuth::layer().organization("acme")).await;
    assert_eq!(acme.open("/page").await.text(), "for alice");

    let globex = Guarded::with(register, RequireAuth::layer().organization("globex")).await;
    let page = globex.open("/page").await;
    is_403(
        &page,
        "This page needs more access",
        "a sign-in for the organization globex",
    );
    let asked = globex.authorization_requests(&page);
    assert_eq!(parameter(&asked[0], "org").as_deref(), Some("globex"));
}

#[tokio::test]
async fn what_the_provider_does_not_give_is_named_on_a_page_after_one_sign_in() {
    let log = log::record();
    let guarded = Guarded::by(RequireAuth::layer().scope("orders:write")).await;

    guarded
        .is_refused_after_a_sign_in("the permission orders:write")
        .await;

    let text = log.text();
    assert!(text.contains("without what a guard demands"), "{text}");
    assert!(text.contains("orders:write"), "{text}");
}

#[tokio::test]
async fn a_weaker_sign_in_than_demanded_changes_nothing_and_says_so() {
    let guarded = Guarded::by(RequireAuth::layer().acr("platinum")).await;
    let session = App::cookies(&guarded.browser);

    let page = guarded.open("/page").await;

    is_403(&page, "This page needs more access", "a stronger sign-in");
    assert_eq!(guarded.authorization_requests(&page).len(), 1);
    assert_eq!(App::cookies(&guarded.browser), session);
}

#[tokio::test]
async fn an_old_sign_in_that_the_provider_calls_new_changes_nothing_and_says_so() {
    let guarded = Guarded::by(RequireAuth::layer().max_age(5 * MINUTE)).await;
    guarded.app.clock.advance(6 * MINUTE);
    guarded.app.provider.add_fault(Fault::IdTokenOldAuthTime);

    let page = guarded.open("/page").await.press("alice").await;

    is_403(&page, "This page needs more access", "a new sign-in");
}

#[tokio::test]
async fn a_stranger_signs_in_once_with_what_is_demanded() {
    let guarded = Guarded::by(RequireAuth::layer().acr("gold").scope("phone")).await;
    let stranger = guarded.browser.thief();
    stranger.jar().clear();

    let sign_in = stranger.open(&url("/page")).await;
    let page = sign_in.press("alice").await;

    assert_eq!(page.text(), "for alice");
    let asked = guarded.authorization_requests(&sign_in);
    assert_eq!(parameter(&asked[0], "acr_values").as_deref(), Some("gold"));
    assert!(parameter(&asked[0], "scope").unwrap().ends_with(" phone"));
    assert!(
        guarded.authorization_requests(&page).is_empty(),
        "no second one"
    );
}

#[tokio::test]
async fn guards_inside_of_others_lead_to_the_page_with_what_all_demand() {
    let app = App::registered(provide, |it| it, |auth| auth).await;
    let pages = pages(RequireAuth::layer().scope("phone")).layer(RequireAuth::layer().acr("gold"));
    let guarded = Guarded::of(app, pages).await;

    let page = guarded.open("/page").await;

    assert_eq!(page.text(), "for alice");
    let asked = guarded.authorization_requests(&page);
    assert_eq!(asked.len(), 2, "one for each guard");
    let last = asked.last().unwrap();
    assert_eq!(parameter(last, "acr_values").as_deref(), Some("gold"));
    assert!(parameter(last, "scope").unwrap().ends_with(" phone"));
}

/// The provider gives each demand alone, so each sign-in meets one of the two.
#[tokio::test]
async fn guards_that_no_sign_in_satisfies_together_end_on_a_page() {
    let app = App::registered(provide, |it| it, |auth| auth).await;
    let pages = pages(RequireAuth::layer().acr("silver")).layer(RequireAuth::layer().acr("gold"));
    let guarded = Guarded::of(app, pages).await;

    let page = guarded.open("/page").await;

    is_403(&page, "This page needs more access", "a stronger sign-in");
    assert!(guarded.authorization_requests(&page).len() <= 3);
}

#[tokio::test]
async fn a_role_that_is_missing_is_refused_without_a_sign_in() {
    let editors = Guarded::by(RequireAuth::layer().role("editor")).await;
    assert_eq!(editors.open("/page").await.text(), "for alice");

    let admins = Guarded::by(RequireAuth::layer().role("editor").role("admin")).await;
    admins.is_refused_at_once("the role admin").await;
    assert_eq!(
        admins.for_script().await,
        (403, serde_json::json!({ "error": "forbidden" }))
    );
    assert_eq!(admins.grpc_status().await, "7");
}

#[tokio::test]
async fn roles_are_read_from_the_claim_that_is_set() {
    let register = |it: Provider| it.role_claim(["realm_access", "roles"]);
    let managers = Guarded::with(register, RequireAuth::layer().role("manager")).await;
    assert_eq!(managers.open("/page").await.text(), "for alice");

    let editors = Guarded::with(register, RequireAuth::layer().role("editor")).await;
    editors.is_refused_at_once("the role editor").await;
}

/// A session whose claims do not have what is demanded is not admitted.
#[tokio::test]
async fn a_role_in_a_claim_that_is_not_there_is_refused() {
    let register = |it: Provider| it.role_claim(["groups"]);
    let guarded = Guarded::with(register, RequireAuth::layer().role("editor")).await;
    guarded.is_refused_at_once("the role editor").await;
}

#[tokio::test]
async fn nobody_has_to_sign_in_anew_for_a_page_that_stays_closed() {
    let guarded = Guarded::by(RequireAuth::layer().acr("gold").role("admin")).await;
    guarded.is_refused_at_once("the role admin").await;
}

#[tokio::test]
async fn a_function_of_the_application_admits_or_refuses() {
    let named =
        |name: &'static str| RequireAuth::layer().when(move |user| user.claims().sub() == name);
    let alice = Guarded::by(named("alice")).await;
    assert_eq!(alice.open("/page").await.text(), "for alice");

    let bob = Guarded::by(named("bob")).await;
    bob.is_refused_at_once("your account may not use this page")
        .await;
    assert_eq!(bob.for_script().await.0, 403);
    assert_eq!(bob.grpc_status().await, "7");
}

#[tokio::test]
async fn a_function_that_panics_refuses_and_is_logged_without_its_text() {
    let log = log::record();
    let guarded = Guarded::by(RequireAuth::layer().when(|_| panic!("a secret"))).await;

    guarded
        .is_refused_at_once("your account may not use this page")
        .await;

    let text = log.text();
    assert!(text.contains("RequireAuthLayer::when panicked"), "{text}");
    assert!(!text.contains("a secret"), "{text}");
}

/// RFC 9470 section 3.
#[tokio::test]
async fn a_script_gets_the_challenge_of_rfc_9470_and_a_link_that_asks_for_it() {
    let guarded = Guarded::by(RequireAuth::layer().acr("gold").max_age(5 * MINUTE)).await;

    let answer = fetch(&guarded.browser, "/page").await;

    assert_eq!(answer.status(), 401);
    let challenges = challenges(&answer);
    assert_eq!(
        challenges[0],
        "Bearer error=\"insufficient_user_authentication\", acr_values=\"gold\", max_age=\"300\""
    );
    assert!(challenges[1].starts_with("Cookie "), "{challenges:?}");
    let json = answer.json();
    assert_eq!(json["error"], "insufficient_user_authentication");
    assert_eq!(
        (&json["acr_values"], &json["max_age"]),
        (&"gold".into(), &300.into())
    );
    assert_eq!(guarded.grpc_status().await, "16");

    // The script sends the window there.
    let link = json["loginUrl"].as_str().unwrap();
    let page = guarded.open(&format!("{link}&return_to=/page")).await;
    assert_eq!(page.text(), "for alice");
    let asked = guarded.authorization_requests(&page);
    assert_eq!(parameter(&asked[0], "acr_values").as_deref(), Some("gold"));
}

/// RFC 6750 section 3.1.
#[tokio::test]
async fn a_script_without_the_scope_gets_the_challenge_of_rfc_6750() {
    let guarded = Guarded::by(RequireAuth::layer().scope("phone")).await;

    let answer = fetch(&guarded.browser, "/page").await;

    assert_eq!(answer.status(), 403);
    assert_eq!(
        challenges(&answer),
        ["Bearer error=\"insufficient_scope\", scope=\"phone\""]
    );
    let json = answer.json();
    assert_eq!(
        (&json["error"], &json["scope"]),
        (&"insufficient_scope".into(), &"phone".into())
    );
    assert!(json["loginUrl"].as_str().unwrap().contains("demands="));
    assert_eq!(guarded.grpc_status().await, "7");
}

#[tokio::test]
async fn a_script_of_another_organization_learns_which_one_is_needed() {
    let guarded = Guarded::by(RequireAuth::layer().organization("globex")).await;

    let (status, json) = guarded.for_script().await;

    assert_eq!(status, 403);
    assert_eq!(json["error"], "organization_required");
    assert_eq!(json["organization"], "globex");
    assert_eq!(guarded.grpc_status().await, "7");
}

#[tokio::test]
async fn a_form_is_not_lost_without_notice() {
    let guarded = Guarded::by(RequireAuth::layer().acr("gold")).await;
    let form = Request::navigation(&url("/page"))
        .from(ORIGIN)
        .method(Method::POST)
        .header("referer", &url("/"))
        .form(&[("text", "hello")]);

    let page = guarded.browser.send(form).await;

    assert_eq!(page.status(), 401);
    assert!(page.text().contains("not saved"), "{}", page.text());
    assert!(page.text().contains("demands="), "{}", page.text());
}

/// FINDINGS B4: otherwise the holder of a copied cookie would pass by waiting until the user authenticates elsewhere.
#[tokio::test]
async fn a_copied_cookie_does_not_become_stronger_by_a_refresh() {
    let guards = [
        RequireAuth::layer().acr("gold"),
        RequireAuth::layer().max_age(5 * MINUTE),
    ];
    for guard in guards {
        let case = format!("{guard:?}");
        let guarded = Guarded::by(guard).await;
        let thief = guarded.browser.thief();
        guarded.app.clock.advance(6 * MINUTE);
        let fault = Fault::RefreshIdTokenLaterAuthTime;
        guarded.app.provider.add_fault(fault);

        let refreshed = thief.open(&url("/refresh")).await;

        assert_eq!(refreshed.status(), 200, "{case}");
        let claims = answer(&thief, "/who").await["claims"].clone();
        assert_eq!(claims["acr"], "gold", "the refresh brought it: {case}");
        assert_eq!(fetch(&thief, "/page").await.status(), 401, "{case}");
    }
}

#[tokio::test]
async fn another_user_cannot_answer_for_the_one_who_is_signed_in() {
    let guarded = Guarded::by(RequireAuth::layer().max_age(5 * MINUTE)).await;
    guarded.app.clock.advance(6 * MINUTE);

    let page = guarded.open("/page").await.press("bob").await;

    assert_eq!(page.status(), 400, "{}", page.text());
    assert_eq!(guarded.open("/").await.text(), "alice");
}

/// A person may have kept the page for longer, or somebody may have changed the link.
#[tokio::test]
async fn a_link_that_is_old_or_changed_starts_an_ordinary_sign_in() {
    let guarded = Guarded::by(RequireAuth::layer().acr("gold")).await;
    let (_, json) = guarded.for_script().await;
    let link = json["loginUrl"].as_str().unwrap().to_owned();
    let changed = link.replace("demands=", "demands=A");
    guarded.app.clock.advance(Duration::from_secs(600));
    for link in [link, changed] {
        let page = guarded.open(&link).await;

        let asked = guarded.authorization_requests(&page);
        assert_eq!(asked.len(), 1, "{link}");
        assert_eq!(parameter(&asked[0], "acr_values"), None, "{link}");
        assert_eq!(page.text(), "alice", "{link}");
    }
}

#[tokio::test]
async fn without_the_sign_in_route_what_is_missing_is_named_at_once() {
    let app = App::registered(provide, |it| it, |auth| auth).await;
    let guard = RequireAuth::layer().scope("phone");
    let guarded = Guarded::of(app, pages(guard.clone())).await;
    let off = guarded
        .app
        .another_instance(|auth| auth.without_sign_in_path())
        .await;
    let server = TestServer::start(pages(guard).layer(off.auth.clone())).await;
    guarded.browser.map(ORIGIN, server.address());

    let page = guarded.open("/page").await;

    assert_eq!(page.exchanges().len(), 1);
    is_403(&page, "This page needs more access", "the permission phone");
}

struct Editor;

impl Requirement for Editor {
    const ROLE: Option<&str> = Some("editor");
}

/// Of the organization, and signed in anew within the last five minutes.
struct Globex;

impl Requirement for Globex {
    const MAX_AGE: Option<Duration> = Some(Duration::from_secs(300));

    fn admits(user: &Authenticated) -> bool {
        user.claims().get::<String>("org_id").as_deref() == Some("globex")
    }
}

struct Gold;

impl Requirement for Gold {
    const ACR: Option<&str> = Some("gold");
    const SCOPE: Option<&str> = Some("phone");
}

#[derive(Deserialize)]
struct Employee {
    org_id: String,
}

#[derive(Deserialize)]
struct Driver {
    #[expect(dead_code, reason = "no user has the claim")]
    licence: String,
}

fn extractors() -> Router {
    Router::new()
        .route(
            "/editor",
            get(|it: Require<Editor>| async move { it.claims().sub().to_owned() }),
        )
        .route("/globex", get(|_: Require<Globex>| async { "globex" }))
        .route("/gold", get(|_: Require<Gold>| async { "gold" }))
        .route(
            "/employee",
            get(|it: tower_oidc::User<Employee>| async move { it.org_id.clone() }),
        )
        .route(
            "/driver",
            get(|_: tower_oidc::User<Driver>| async { "driver" }),
        )
        .route("/forbidden", get(forbidden))
}

async fn forbidden(auth: AuthContext) -> Result<&'static str, AuthError> {
    Err(auth.authenticated()?.forbidden())
}

#[tokio::test]
async fn extractors_demand_the_same_as_guards() {
    let app = App::registered(provide, |it| it, |auth| auth).await;
    let guarded = Guarded::of(app, extractors()).await;

    assert_eq!(guarded.open("/editor").await.text(), "alice");
    is_403(
        &guarded.open("/globex").await,
        "You do not have access",
        "your account",
    );
    let gold = guarded.open("/gold").await;
    assert_eq!(gold.text(), "gold");
    assert_eq!(guarded.authorization_requests(&gold).len(), 1);
    is_403(
        &guarded.open("/forbidden").await,
        "You do not have access",
        "your account",
    );
}

#[tokio::test]
async fn claims_that_do_not_fit_the_applications_type_are_refused() {
    let app = App::registered(provide, |it| it, |auth| auth).await;
    let guarded = Guarded::of(app, extractors()).await;
    let log = log::record();

    assert_eq!(guarded.open("/employee").await.text(), "acme");
    is_403(
        &guarded.open("/driver").await,
        "You do not have access",
        "your account",
    );

    let text = log.text();
    assert!(
        text.contains("Driver") && text.contains("do not fit"),
        "{text}"
    );
    assert!(!text.contains("acme"), "{text}");
}

/// The resolver knows which claim has the roles, and is asked for that.
#[tokio::test]
async fn roles_at_a_resolved_provider_are_read_from_its_claim() {
    use tower_oidc_tests::tenants::Tenants;

    let tenants = Tenants::start().await;
    let browser = tenants.signed_in_at("acme").await;
    let guard = RequireAuth::layer().role("admin");
    let server = TestServer::start(pages(guard).layer(tenants.auth.clone())).await;
    browser.map(ORIGIN, server.address());

    let page = browser.open(&url("/page")).await;

    is_403(&page, "You do not have access", "the role admin");
}
