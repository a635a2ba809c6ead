//! Which sessions a logout token ends.

use std::time::Duration;

use http::Method;
use tower_oidc::{AuthLayer, MemoryStore, Provider};
use tower_oidc_tests::App;
use tower_oidc_tests::app::{CLIENT_ID, ORIGIN, SECRET, sign_in_as, url};
use tower_oidc_tests::visits::sign_out_button;

use super::{
    BACK, Events, FRONT, assert_refused, paths, post, report, server, sid, signed_in, start, token,
    user,
};

const SECOND: Duration = Duration::from_secs(1);

/// B-08
#[tokio::test]
async fn a_token_with_a_sid_ends_that_session_and_no_other() {
    let app = start().await;
    let (one, two) = (
        signed_in(&app, "alice").await,
        signed_in(&app, "alice").await,
    );

    let page = report(&app, &token(&app, Some("alice"), Some(&sid(&one).await))).await;

    assert_eq!(page.status(), 200);
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(page.text(), "");
    assert_eq!(user(&one).await, "nobody");
    assert_eq!(one.open(&url("/explain")).await.text(), "signed_out");
    assert_eq!(user(&two).await, "alice");
}

/// B-08, N-09: a session whose ID token was issued in the same second ends, and a later one survives, even if the
/// token comes again.
#[tokio::test]
async fn a_token_with_a_sub_alone_ends_all_earlier_sessions_of_the_user_and_no_later_one() {
    let app = start().await;
    let (one, two) = (
        signed_in(&app, "alice").await,
        signed_in(&app, "alice").await,
    );
    let other = signed_in(&app, "bob").await;
    let logout = token(&app, Some("alice"), None);

    assert_eq!(report(&app, &logout).await.status(), 200);

    assert_eq!(
        (&*user(&one).await, &*user(&two).await),
        ("nobody", "nobody")
    );
    assert_eq!(user(&other).await, "bob");
    app.clock.advance(SECOND);
    assert_eq!(sign_in_as(&one, "alice").await.text(), "alice");
    assert_eq!(report(&app, &logout).await.status(), 200);
    assert_eq!(user(&one).await, "alice");
}

/// N-09: the times of both tokens are by the provider's clock, so that it does not matter that ours is ahead.
#[tokio::test]
async fn a_logout_right_after_a_sign_in_ends_it_although_our_clock_is_ahead() {
    let app = start().await;
    let browser = signed_in(&app, "alice").await;
    let logout = token(&app, Some("alice"), None);
    app.clock.advance(Duration::from_secs(30));

    assert_eq!(report(&app, &logout).await.status(), 200);

    assert_eq!(user(&browser).await, "nobody");
}

/// B-08: the cookie of a session is refused within one request on every instance.
#[tokio::test]
async fn a_token_at_one_instance_ends_the_session_at_the_other() {
    let store = MemoryStore::new();
    let app = App::with(paths(&store)).await;
    let other = app.another_instance(paths(&store)).await;
    let (here, there) = app.two_browsers(&other).await;
    assert_eq!(user(&there).await, "alice");

    let logout = token(&app, None, Some(&sid(&here).await));
    assert_eq!(report(&app, &logout).await.status(), 200);

    assert_eq!(user(&there).await, "nobody");
    assert_eq!(user(&here).await, "nobody");
}

/// B-06
#[tokio::test]
async fn a_repeated_token_is_answered_again_and_is_one_event() {
    let (store, events) = (MemoryStore::new(), Events::default());
    let app = App::with(|auth| events.heard_by(paths(&store)(auth))).await;
    let other = app
        .another_instance(|auth| events.heard_by(paths(&store)(auth)))
        .await;
    let browser = signed_in(&app, "alice").await;
    let sid = sid(&browser).await;
    let logout = token(&app, Some("alice"), Some(&sid));
    events.take();

    for _ in 0..3 {
        assert_eq!(report(&app, &logout).await.status(), 200);
    }
    let there = server(&app);
    other.serve(&there);
    let page = there.send(post(BACK, &[("logout_token", &logout)])).await;
    assert_eq!(page.status(), 200);
    // Another token about the same session.
    let again = token(&app, Some("alice"), Some(&sid));
    assert_eq!(report(&app, &again).await.status(), 200);

    assert_eq!(events.take(), ["ended_by_provider alice"]);
}

/// B-02
#[tokio::test]
async fn a_request_that_is_no_form_with_one_token_is_refused() {
    let app = start().await;
    let browser = signed_in(&app, "alice").await;
    let logout = token(&app, Some("alice"), None);
    let server = server(&app);
    let long = "a".repeat(16 * 1024);
    let one = [("logout_token", logout.as_str())];
    for (why, request) in [
        ("no token", post(BACK, &[])),
        ("another name", post(BACK, &[("id_token", &logout)])),
        ("two tokens", post(BACK, &[one[0], one[0]])),
        ("an empty token", post(BACK, &[("logout_token", "")])),
        ("too long", post(BACK, &[one[0], ("more", &long)])),
        (
            "another type",
            post(BACK, &one).header("content-type", "application/json"),
        ),
    ] {
        assert_refused(&server.send(request).await, why);
    }
    for method in [Method::GET, Method::PUT, Method::HEAD] {
        let page = server.send(post(BACK, &one).method(method.clone())).await;
        assert_eq!(page.status(), 405, "{method}");
        assert_eq!(page.header("allow"), Some("POST, OPTIONS"));
    }
    let in_query = format!("{BACK}?logout_token={logout}");
    assert_refused(&server.send(post(&in_query, &[])).await, "in the query");
    assert_eq!(user(&browser).await, "alice");
}

/// B-08: the token is the proof, so a request with cookies or of another site's page is no other request.
#[tokio::test]
async fn cookies_and_the_origin_of_the_request_do_not_matter() {
    let app = start().await;
    let browser = signed_in(&app, "alice").await;
    let bob = token(&app, Some("bob"), None);
    let request = post(BACK, &[("logout_token", &bob)]).from("https://evil.example");

    let page = browser.send(request).await;

    assert_eq!(page.status(), 200);
    assert!(page.last().set_cookies().is_empty());
    assert_eq!(user(&browser).await, "alice");
}

#[tokio::test]
async fn a_sign_out_here_has_the_provider_report_it_to_this_application() {
    let app = start().await;
    let uri = format!("http://{}{BACK}", app.address());
    app.provider.set_backchannel_logout_uri(CLIENT_ID, uri);
    let (one, two) = (
        signed_in(&app, "alice").await,
        signed_in(&app, "alice").await,
    );

    let page = one.send(sign_out_button()).await;

    assert_eq!(page.url().as_str(), url("/"));
    let logouts = app.provider.backchannel_logouts();
    assert_eq!(logouts.len(), 1);
    assert_eq!(logouts[0].status, Some(200));
    assert_eq!(logouts[0].cache_control.as_deref(), Some("no-store"));
    assert_eq!(user(&two).await, "alice", "another session at the provider");

    app.provider.sign_out_user("alice").await;
    assert_eq!(user(&two).await, "nobody");
}

#[tokio::test]
async fn the_uris_to_register_are_known_and_the_paths_need_a_revocation_store() {
    let builder = || {
        AuthLayer::builder()
            .provider(Provider::new("https://id.example", CLIENT_ID))
            .base_url(ORIGIN)
            .cookie_secret(SECRET)
    };
    let auth = paths(&MemoryStore::new())(builder()).build().unwrap();
    assert_eq!(auth.backchannel_logout_uris(), [url(BACK)]);
    assert_eq!(auth.frontchannel_logout_uris(), [url(FRONT)]);
    let without = builder().build().unwrap();
    assert!(without.backchannel_logout_uris().is_empty());

    for (setting, builder) in [
        (
            "backchannel_logout_path",
            builder().backchannel_logout_path(BACK),
        ),
        (
            "frontchannel_logout_path",
            builder().frontchannel_logout_path(FRONT),
        ),
    ] {
        let error = builder.build().unwrap_err();
        assert_eq!(error.setting(), setting);
        assert!(error.to_string().contains("revocation_store"), "{error}");
    }
}
