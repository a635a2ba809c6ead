//! Claims that the application keeps, adds, changes and removes.

use std::sync::{Arc, Mutex};

use oidc_dev_provider::Fault;
use serde_json::{Value, json};
use tower_oidc::hooks::{ClaimsToMap, Trigger};
use tower_oidc::{AuthLayerBuilder, Claims, Provider};
use tower_oidc_tests::app::{CLIENT_ID, CLIENT_SECRET, Instance, sign_in, url};
use tower_oidc_tests::callback::{parameter, session};
use tower_oidc_tests::{App, Browser};
use url::Url;

/// What a hook sees.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<Value>>>);

impl Seen {
    fn note(&self, what: Value) {
        self.0.lock().unwrap().push(what);
    }

    fn all(&self) -> Value {
        self.0.lock().unwrap().clone().into()
    }
}

async fn who(browser: &Browser) -> Value {
    browser.open(&url("/who")).await.json()
}

async fn refresh(browser: &Browser) {
    let page = browser.open(&url("/refresh")).await;
    assert_eq!(page.status(), 200, "{}", page.text());
}

/// An instance whose provider sends `custom_data` in the UserInfo response only.
async fn asking_user_info(
    app: &App,
    configure: impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder,
) -> Instance {
    let provider = Provider::new(app.provider.issuer(), CLIENT_ID)
        .client_secret(CLIENT_SECRET)
        .scopes(["openid", "profile", "custom_data", "offline_access"]);
    app.another_instance(|auth| configure(auth.provider(provider).user_info_at_sign_in(true)))
        .await
}

fn names(claims: &Value) -> Vec<&str> {
    let claims = claims.as_object().expect("claims");
    claims.keys().map(String::as_str).collect()
}

#[tokio::test]
async fn the_session_holds_only_the_kept_claims_and_those_of_the_protocol() {
    let app = App::with(|auth| auth.keep_claims(["name", "roles", "not_there"])).await;
    let browser = app.signed_in_browser().await;

    for trigger in ["at the sign-in", "at the refresh"] {
        let who = who(&browser).await;
        assert_eq!(who["claims"]["name"], "Alice Adams", "{trigger}");
        for name in names(&who["claims"]) {
            let is_kept = Claims::PROTOCOL.contains(&name) || name == "name" || name == "roles";
            assert!(is_kept, "{name} {trigger}");
        }
        assert!(who["id_token"].is_null(), "{trigger}");
        refresh(&browser).await;
    }
}

/// RP-Initiated Logout 1.0 section 2: otherwise the provider would not know whose sign-out it is.
#[tokio::test]
async fn a_sign_out_without_the_id_token_names_the_user_and_the_client() {
    let app = App::with(|auth| auth.keep_claims(["name"])).await;
    let browser = app.signed_in_browser().await;

    let who = who(&browser).await;

    let logout = Url::parse(who["logout_url"].as_str().unwrap()).unwrap();
    assert_eq!(parameter(&logout, "logout_hint").as_deref(), Some("alice"));
    assert_eq!(parameter(&logout, "client_id").as_deref(), Some("app"));
    assert_eq!(parameter(&logout, "id_token_hint"), None);
}

#[tokio::test]
async fn the_user_info_claims_are_filtered_too() {
    let app = App::start().await;
    for (kept, dropped) in [("custom_data", "name"), ("name", "custom_data")] {
        let browser = app.browser();
        let instance = asking_user_info(&app, |auth| auth.keep_claims([kept])).await;
        instance.serve(&browser);
        sign_in(&browser).await;

        let claims = who(&browser).await["claims"].clone();

        assert!(!claims[kept].is_null(), "{kept}");
        assert!(claims[dropped].is_null(), "{dropped}");
    }
}

#[tokio::test]
async fn the_hook_sees_the_kept_claims_only() {
    let seen = Seen::default();
    let hook = seen.clone();
    let app = App::with(|auth| {
        auth.keep_claims(["name"])
            .map_claims(move |ClaimsToMap { claims, .. }| {
                hook.note(json!([claims.name(), claims.email()]));
                async move { Ok(claims.with("tenant", "acme")?) }
            })
    });
    let app = app.await;
    let browser = app.signed_in_browser().await;

    assert_eq!(seen.all(), json!([["Alice Adams", null]]));
    assert_eq!(who(&browser).await["claims"]["tenant"], "acme");
}

/// The hook distinguishes both triggers, and the ID token stays for `id_token_hint`.
#[tokio::test]
async fn added_claims_are_stored_beside_the_id_token() {
    let app = App::with(|auth| {
        auth.map_claims(
            |ClaimsToMap {
                 trigger, claims, ..
             }| async move {
                tokio::task::yield_now().await;
                Ok(claims.with("trigger", &format!("{trigger:?}"))?)
            },
        )
    });
    let app = app.await;
    let browser = app.signed_in_browser().await;
    let at_sign_in = who(&browser).await;
    refresh(&browser).await;
    let at_refresh = who(&browser).await;

    assert_eq!(at_sign_in["claims"]["trigger"], "SignIn");
    assert_eq!(at_refresh["claims"]["trigger"], "Refresh");
    for who in [&at_sign_in, &at_refresh] {
        assert!(who["id_token"].is_string());
        assert_eq!(who["claims"]["email"], "alice@example.com");
    }
    assert_ne!(at_sign_in["id_token"], at_refresh["id_token"]);
    // It is in the cookie, not only in the memory of this instance.
    let other = app.another_instance(|auth| auth).await;
    other.serve(&browser);
    assert_eq!(who(&browser).await["claims"]["trigger"], "Refresh");
}

/// A user who lost a role must not keep it because the hook added it earlier.
#[tokio::test]
async fn a_hook_never_sees_its_own_earlier_changes() {
    let seen = Seen::default();
    let hook = seen.clone();
    let app = App::start().await;
    let instance = asking_user_info(&app, |auth| {
        auth.map_claims(
            move |ClaimsToMap {
                      trigger, claims, ..
                  }| {
                hook.note(json!([
                    claims.get::<bool>("admin"),
                    claims.name(),
                    claims.get::<Value>("custom_data"),
                ]));
                async move {
                    Ok(match trigger {
                        Trigger::SignIn => claims
                            .with("admin", &true)
                            .and_then(|claims| claims.with("name", "Somebody"))?,
                        _ => claims,
                    })
                }
            },
        )
    });
    let instance = instance.await;
    let browser = app.browser();
    instance.serve(&browser);
    sign_in(&browser).await;
    assert_eq!(who(&browser).await["claims"]["admin"], true);

    refresh(&browser).await;

    let given = json!([null, "Alice Adams", { "theme": "dark" }]);
    assert_eq!(seen.all(), json!([given, given]));
    let claims = who(&browser).await["claims"].clone();
    assert_eq!(claims["admin"], Value::Null);
    assert_eq!(claims["name"], "Alice Adams");
    assert_eq!(claims["custom_data"]["theme"], "dark");
}

#[tokio::test]
async fn a_refresh_without_an_id_token_keeps_the_additions_and_calls_no_hook() {
    let seen = Seen::default();
    let hook = seen.clone();
    let app = App::with(|auth| {
        auth.map_claims(
            move |ClaimsToMap {
                      trigger, claims, ..
                  }| {
                hook.note(json!(format!("{trigger:?}")));
                async move { Ok(claims.with("tenant", "acme")?) }
            },
        )
    });
    let app = app.await;
    let browser = app.signed_in_browser().await;
    app.provider.add_fault(Fault::RefreshNoIdToken);

    refresh(&browser).await;

    assert_eq!(seen.all(), json!(["SignIn"]));
    assert_eq!(who(&browser).await["claims"]["tenant"], "acme");
}

/// At many providers the hint decides whether the user is asked, and whether they return.
#[tokio::test]
async fn if_claims_are_changed_or_removed_the_id_token_serves_only_as_a_hint() {
    let app = App::with(|auth| {
        auth.map_claims(|ClaimsToMap { claims, .. }| async move {
            Ok(claims
                .without("email")
                .and_then(|claims| claims.with("name", "A. Adams"))
                .and_then(|claims| claims.with("tenant", "acme"))?)
        })
    });
    let app = app.await;
    let browser = app.signed_in_browser().await;

    // Refreshed twice: the values that later checks compare are still there.
    let mut id_tokens = Vec::new();
    for _ in 0..3 {
        let who = who(&browser).await;
        let logout = Url::parse(who["logout_url"].as_str().unwrap()).unwrap();
        let id_token = who["id_token"].as_str().unwrap().to_owned();
        assert_eq!(parameter(&logout, "id_token_hint"), Some(id_token.clone()));
        assert!(!id_tokens.contains(&id_token), "the newest one");
        id_tokens.push(id_token);
        app.clock.advance(std::time::Duration::from_secs(1));
        assert_eq!(who["claims"]["email"], Value::Null);
        assert_eq!(who["claims"]["name"], "A. Adams");
        assert_eq!(who["claims"]["tenant"], "acme");
        assert_eq!(who["claims"]["sub"], "alice");
        refresh(&browser).await;
    }
}

/// The claims are worth more than the hint.
#[tokio::test]
async fn when_space_is_short_the_id_token_of_changed_claims_is_dropped_and_the_claims_stay() {
    let app = App::with(|auth| {
        auth.max_cookies(1)
            .map_claims(|ClaimsToMap { claims, .. }| async move {
                let claims = claims.with("name", "A. Adams");
                Ok(claims.and_then(|it| it.with("tenant", "acme"))?)
            })
    });
    let app = app.await;
    let browser = app.signed_in_browser().await;
    assert!(who(&browser).await["id_token"].is_string());

    let filled = browser.open(&url("/data?fill=2050")).await;
    assert_eq!(filled.status(), 200, "{}", filled.text());

    let who = who(&browser).await;
    assert!(who["id_token"].is_null());
    assert_eq!(who["claims"]["name"], "A. Adams");
    assert_eq!(who["claims"]["tenant"], "acme");
    let logout = Url::parse(who["logout_url"].as_str().unwrap()).unwrap();
    assert_eq!(parameter(&logout, "id_token_hint"), None);
    assert_eq!(parameter(&logout, "logout_hint").as_deref(), Some("alice"));
}

/// The mistake of an application that mixes up its users.
#[tokio::test]
async fn a_hook_that_returns_another_users_claims_fails_the_sign_in() {
    let app = App::with(|auth| {
        auth.map_claims(|ClaimsToMap { claims, .. }| async move {
            let json = claims.as_json().replace("\"alice\"", "\"mallory\"");
            Ok(Claims::from_json(json.into()).unwrap())
        })
    });
    let app = app.await;
    let browser = app.browser();

    let page = sign_in(&browser).await;

    assert_eq!(page.status(), 500);
    assert_eq!(session(&browser), None);
    assert_eq!(app.provider.revocations().len(), 1);
}
