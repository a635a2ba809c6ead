//! Front-channel logout: a frame in the provider's page, which proves nothing.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use http::{Method, Request as HttpRequest};
use tower::{Layer, ServiceExt, service_fn};
use tower_oidc::{MemoryStore, PeerAddress};
use tower_oidc_tests::App;
use tower_oidc_tests::app::{CLIENT_ID, ORIGIN, url};
use tower_oidc_tests::browser::Request;
use url::form_urlencoded::Serializer;

use super::{Events, FRONT, paths, report, server, sid, signed_in, start, token, user};

/// The request of a frame that the provider's page shows.
pub(super) fn frame(query: &[(&str, &str)]) -> Request {
    frame_at(FRONT, query)
}

pub(super) fn frame_at(path: &str, query: &[(&str, &str)]) -> Request {
    let query = Serializer::new(String::new()).extend_pairs(query).finish();
    Request::iframe(&url(&format!("{path}?{query}"))).from("https://id.example")
}

/// B-10
#[tokio::test]
async fn a_frame_ends_the_session_that_it_names_and_only_the_provider_may_show_it() {
    let app = start().await;
    let (one, two) = (
        signed_in(&app, "alice").await,
        signed_in(&app, "alice").await,
    );
    let sid = sid(&one).await;

    let page = one
        .send(frame(&[("iss", app.provider.issuer()), ("sid", &sid)]))
        .await;

    assert_eq!(page.status(), 200);
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let policy = page.header("content-security-policy").unwrap();
    let allowed = format!("frame-ancestors {};", app.provider.issuer());
    assert!(policy.contains(&allowed), "{policy}");
    assert!(page.last().set_cookies().is_empty(), "it brought no cookie");
    assert_eq!(user(&one).await, "nobody");
    assert_eq!(user(&two).await, "alice");
}

/// B-10: the request proves nothing, so it must not keep a user signed out whose session at the provider continues.
#[tokio::test]
async fn a_later_sign_in_with_the_same_sid_survives() {
    let app = start().await;
    let browser = signed_in(&app, "alice").await;
    let sid_before = sid(&browser).await;
    let page = server(&app)
        .send(frame(&[
            ("iss", app.provider.issuer()),
            ("sid", &sid_before),
        ]))
        .await;
    assert_eq!(page.status(), 200);
    assert_eq!(user(&browser).await, "nobody");
    app.clock.advance(Duration::from_secs(1));

    browser.open(&url("/auth/sign-in")).await;

    assert_eq!(user(&browser).await, "alice");
    assert_eq!(sid(&browser).await, sid_before);
}

/// B-10
#[tokio::test]
async fn a_frame_that_brings_the_session_gets_its_cookies_deleted() {
    let (store, events) = (MemoryStore::new(), Events::default());
    let app = App::with(|auth| events.heard_by(paths(&store)(auth))).await;
    let browser = signed_in(&app, "alice").await;
    let issuer = app.provider.issuer();
    let sid = sid(&browser).await;
    let same_site = |query: &[(&str, &str)]| frame(query).from("https://id.app.example");
    events.take();

    let other = browser.send(same_site(&[("iss", issuer), ("sid", "other")]));
    assert!(other.await.last().set_cookies().is_empty());
    assert_eq!(user(&browser).await, "alice");
    let page = browser.send(same_site(&[("iss", issuer), ("sid", &sid)]));
    let cookies = page.await.last().set_cookies().join("\n");

    assert!(cookies.contains("Max-Age=0"), "{cookies}");
    assert!(App::cookies(&browser).is_empty());
    assert_eq!(events.take(), ["session_ended alice: frontchannel_logout"]);
}

/// B-10
#[tokio::test]
async fn a_frame_without_a_known_issuer_and_a_short_sid_is_refused() {
    let app = start().await;
    let browser = signed_in(&app, "alice").await;
    let (issuer, sid) = (app.provider.issuer(), sid(&browser).await);
    let long = "s".repeat(256);
    let server = server(&app);
    for query in [
        &[][..],
        &[("sid", sid.as_str())],
        &[("iss", issuer)],
        &[("iss", issuer), ("sid", "")],
        &[("iss", issuer), ("sid", &long)],
        &[("iss", issuer), ("sid", &sid), ("sid", &sid)],
        &[("iss", "https://other.example"), ("sid", &sid)],
        &[("iss", &issuer[1..]), ("sid", &sid)],
    ] {
        let page = server.send(frame(query)).await;
        assert_eq!(page.status(), 400, "{query:?}");
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    }
    let post = frame(&[("iss", issuer), ("sid", &sid)]).method(Method::POST);
    assert_eq!(server.send(post).await.status(), 405);
    assert_eq!(user(&browser).await, "alice");
}

/// B-10: a flood costs a bounded number of entries, and displaces none of back-channel logout.
#[tokio::test]
async fn a_flood_of_invented_sids_is_refused_after_a_while_and_ends_nothing() {
    let app = start().await;
    let (ended, browser) = (signed_in(&app, "alice").await, signed_in(&app, "bob").await);
    let logout = token(&app, None, Some(&sid(&ended).await));
    assert_eq!(report(&app, &logout).await.status(), 200);
    let issuer = app.provider.issuer();
    let server = server(&app);

    let mut statuses = Vec::new();
    for number in 0..70 {
        let invented = format!("invented-{number}");
        let page = server.send(frame(&[("iss", issuer), ("sid", &invented)]));
        statuses.push(page.await.status());
    }
    assert!(statuses[..60].iter().all(|status| *status == 200));
    assert!(statuses[60..].iter().all(|status| *status == 429));

    let right = [("iss", issuer), ("sid", &sid(&browser).await)];
    assert_eq!(server.send(frame(&right)).await.status(), 429);
    assert_eq!(user(&browser).await, "bob");
    assert_eq!(user(&ended).await, "nobody");
    app.clock.advance(Duration::from_secs(60));
    assert_eq!(server.send(frame(&right)).await.status(), 200);
    assert_eq!(user(&browser).await, "nobody");
}

/// B-10: a flood from one network takes nothing from the others.
#[tokio::test]
async fn each_client_network_has_its_own_limit() {
    let app = start().await;
    let service = app.auth.layer(service_fn(|_: HttpRequest<Body>| async {
        Ok::<_, Infallible>(http::Response::new(Body::empty()))
    }));
    let status = |peer: [u8; 4], sid: usize| {
        let query = Serializer::new(String::new())
            .append_pair("iss", app.provider.issuer())
            .append_pair("sid", &sid.to_string())
            .finish();
        let mut request = HttpRequest::get(url(&format!("{FRONT}?{query}")));
        request = request.header("host", ORIGIN.trim_start_matches("https://"));
        let mut request = request.body(Body::empty()).unwrap();
        request.extensions_mut().insert(PeerAddress(peer.into()));
        let response = service.clone().oneshot(request);
        async { response.await.unwrap().status() }
    };
    for number in 0..60 {
        assert_eq!(status([192, 0, 2, 1], number).await, 200);
    }

    // Another address of the same network.
    assert_eq!(status([192, 0, 2, 99], 60).await, 429);
    assert_eq!(status([198, 51, 100, 1], 60).await, 200);
}

/// B-10: a browser loads the frame again whenever it shows the provider's page again.
#[tokio::test]
async fn a_frame_that_is_loaded_again_and_again_uses_up_no_limit() {
    let app = start().await;
    let (first, second) = (signed_in(&app, "alice").await, signed_in(&app, "bob").await);
    let issuer = app.provider.issuer();
    let server = server(&app);
    let sid_of_first = sid(&first).await;
    for _ in 0..100 {
        let page = server.send(frame(&[("iss", issuer), ("sid", &sid_of_first)]));
        assert_eq!(page.await.status(), 200);
    }

    let page = server.send(frame(&[("iss", issuer), ("sid", &sid(&second).await)]));

    assert_eq!(page.await.status(), 200);
    assert_eq!(user(&first).await, "nobody");
    assert_eq!(user(&second).await, "nobody");
}

/// The modules `oidcc-client-test-rp-frontchannel-rpinitlogout` and `…-opinitlogout`.
#[tokio::test]
async fn the_frame_in_the_providers_page_of_a_sign_out_ends_the_session() {
    let app = start().await;
    app.provider
        .set_frontchannel_logout_uri(CLIENT_ID, url(FRONT));
    let browser = signed_in(&app, "alice").await;

    let end_session = format!("{}/end_session", app.provider.issuer());
    let page = browser.open(&end_session).await.press("Sign out").await;
    let text = page.text();
    let (_, rest) = text.split_once(r#"<iframe hidden src=""#).expect("a frame");
    let frame = rest.split('"').next().unwrap().replace("&amp;", "&");
    assert!(frame.starts_with(&url(FRONT)), "{frame}");
    let framed = browser.send(Request::iframe(&frame).from(app.provider.issuer()));

    assert_eq!(framed.await.status(), 200);
    assert_eq!(user(&browser).await, "nobody");
}
