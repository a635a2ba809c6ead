//! Sign-outs that another page triggers (W3C Fetch Metadata; OWASP ASVS 5.0, 3.5).

use http::{HeaderName, Method};
use tower_oidc_tests::app::{ORIGIN, url};
use tower_oidc_tests::browser::Request;
use tower_oidc_tests::callback::{is_refusal, session};
use tower_oidc_tests::{App, Browser};

const PATH: &str = "/auth/sign-out";
const EVIL: &str = "https://evil.example";
const SIBLING: &str = "https://sibling.app.example";

fn get() -> Request {
    Request::navigation(&url(PATH))
}

fn post() -> Request {
    get().method(Method::POST)
}

/// The response is 403, and the user is still signed in.
async fn is_forbidden(browser: &Browser, request: Request, case: &str) {
    let before = session(browser);
    assert!(before.is_some(), "{case}");
    let exchange = browser.step(&request).await;
    is_refusal(&exchange, 403, case);
    assert!(exchange.set_cookies().is_empty(), "{case}");
    assert_eq!(session(browser), before, "{case}");
    assert_eq!(browser.open(&url("/")).await.text(), "alice", "{case}");
}

/// G-02, G-03, G-06, N-12
#[tokio::test]
async fn no_other_origin_signs_a_user_out() {
    for by_get in [false, true] {
        let app = App::with(|auth| auth.sign_out_by_get(by_get)).await;
        let browser = app.signed_in_browser().await;
        let here = url(PATH);

        for initiator in [
            EVIL,
            SIBLING,
            "http://app.example",
            "https://app.example:8443",
        ] {
            for (kind, request) in [
                ("link", get()),
                ("form", post()),
                ("image", Request::image(&here)),
                ("iframe", Request::iframe(&here)),
                ("posted iframe", Request::iframe(&here).method(Method::POST)),
                ("fetch", Request::fetch(&here)),
                ("posted fetch", Request::fetch(&here).method(Method::POST)),
                ("prefetch", Request::prefetch(&here)),
                ("prerender", Request::prerender(&here)),
            ] {
                let case = format!("{initiator} {kind}");
                is_forbidden(&browser, request.from(initiator), &case).await;
            }
        }
        assert_eq!(app.provider.counters().end_session, 0);
    }
}

/// G-06, N-12: prefetches, images and scripts of our own pages are not the user either.
#[tokio::test]
async fn only_a_navigation_of_the_user_follows_the_sign_out_link() {
    for by_get in [false, true] {
        let app = App::with(|auth| auth.sign_out_by_get(by_get)).await;
        let browser = app.signed_in_browser().await;
        let here = url(PATH);

        for (case, request) in [
            ("prefetch", Request::prefetch(&here)),
            ("prerender", Request::prerender(&here)),
            ("image", Request::image(&here)),
            ("iframe", Request::iframe(&here)),
            ("fetch", Request::fetch(&here)),
            (
                "router's prefetch",
                get().header("next-router-prefetch", "1"),
            ),
        ] {
            is_forbidden(&browser, request.from(ORIGIN), case).await;
        }
        let old = browser.clone().without_fetch_metadata();
        is_forbidden(&old, get().from(ORIGIN), "no Fetch Metadata").await;
        is_forbidden(&old, get(), "no Fetch Metadata, typed").await;
    }
}

/// G-06
#[tokio::test]
async fn a_user_who_follows_the_sign_out_link_is_asked_first() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;

    for request in [get().from(ORIGIN), get()] {
        let page = browser.send(request).await;

        assert_eq!(page.status(), 200);
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert!(page.last().set_cookies().is_empty());
        assert_eq!(browser.open(&url("/")).await.text(), "alice");
    }
    let page = browser.send(get().from(ORIGIN)).await;
    assert_eq!(page.press("Sign out").await.text(), "nobody");
    assert_eq!(session(&browser), None);
}

/// G-06: the question's form proves by `Origin` where it comes from, also if `Sec-Fetch-Site` is lost on the
/// way; under the policy `no-referrer` browsers would send `Origin: null`.
#[tokio::test]
async fn the_form_of_the_question_sends_its_origin() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let page = browser.send(get()).await;
    let without_metadata = browser.clone().without_fetch_metadata();

    let null = post().header("origin", "null");
    is_forbidden(&without_metadata, null, "null").await;
    let form = post().made_by(page.last());
    assert_eq!(without_metadata.send(form).await.text(), "nobody");
    assert_eq!(session(&without_metadata), None);
}

/// G-06: with the setting, and then only for a link on our own page: a typed address may come from
/// an email.
#[tokio::test]
async fn with_the_setting_a_link_on_our_own_page_signs_out_at_once() {
    let app = App::with(|auth| auth.sign_out_by_get(true)).await;
    let browser = app.signed_in_browser().await;

    assert_eq!(browser.send(get()).await.status(), 200);
    assert!(session(&browser).is_some());
    assert_eq!(browser.send(get().from(ORIGIN)).await.text(), "nobody");
    assert_eq!(session(&browser), None);
}

/// G-02, G-04, G-05: browsers without Fetch Metadata.
#[tokio::test]
async fn without_fetch_metadata_a_sign_out_needs_our_origin_or_our_header() {
    for (case, header, allowed) in [
        ("our origin", Some(("origin", ORIGIN)), true),
        ("our header", Some(("x-requested-with", "tower-oidc")), true),
        ("nothing", None, false),
        ("no origin", Some(("origin", "null")), false),
        ("another origin", Some(("origin", EVIL)), false),
        ("a sibling", Some(("origin", SIBLING)), false),
        (
            "another scheme",
            Some(("origin", "http://app.example")),
            false,
        ),
        (
            "our origin as a prefix",
            Some(("origin", "https://app.example.evil.example")),
            false,
        ),
        (
            "every script's header",
            Some(("x-requested-with", "XMLHttpRequest")),
            false,
        ),
        (
            "our referrer alone",
            Some(("referer", "https://app.example/")),
            false,
        ),
    ] {
        let app = App::start().await;
        let browser = app.signed_in_browser().await.without_fetch_metadata();
        let request = header
            .iter()
            .fold(post(), |request, (name, value)| request.header(name, value));

        if allowed {
            let page = browser.send(request).await;
            assert_eq!(page.text(), "nobody", "{case}");
            assert_eq!(session(&browser), None, "{case}");
        } else {
            is_forbidden(&browser, request, case).await;
        }
    }
}

/// G-02: fetch metadata, which only the browser sets, outweighs headers that a script can set.
#[tokio::test]
async fn our_header_does_not_override_fetch_metadata() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;

    for site in ["cross-site", "same-site", "of-the-future", ""] {
        let request = post()
            .from(ORIGIN)
            .header("sec-fetch-site", site)
            .header("origin", ORIGIN)
            .header("x-requested-with", "tower-oidc");
        is_forbidden(&browser, request, site).await;
    }
}

/// G-02: browsers send "none" for a person's own navigation, and never for a script's request.
#[tokio::test]
async fn a_post_from_no_page_signs_out_only_as_a_navigation() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;

    for mode in ["cors", "no-cors", "same-origin", "websocket"] {
        let request = post()
            .header("sec-fetch-site", "none")
            .header("sec-fetch-mode", mode)
            .header("sec-fetch-dest", "empty");
        is_forbidden(&browser, request, mode).await;
    }
    let request = post().header("sec-fetch-site", "none");
    assert_eq!(browser.send(request).await.text(), "nobody");
}

/// G-08. No code reads these, so there is no defence to remove; a layer that did read them would
/// sign out without asking here.
#[tokio::test]
async fn the_method_is_that_of_the_request_line() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;

    for name in [
        "x-http-method-override",
        "x-http-method",
        "x-method-override",
    ] {
        // A GET from our own page asks first; a POST from it would sign out at once.
        let page = browser.send(get().from(ORIGIN).header(name, "POST")).await;
        assert_eq!(page.status(), 200, "{name}");
        assert!(page.text().contains("<form"), "{name}");
        assert!(session(&browser).is_some(), "{name}");
        let request = get().from(EVIL).header(name, "POST");
        is_forbidden(&browser, request, name).await;
    }
    let asked = url("/auth/sign-out?_method=POST");
    let page = browser.send(Request::navigation(&asked).from(ORIGIN)).await;
    assert_eq!(page.status(), 200);
    assert!(session(&browser).is_some());
    let form = [("_method", "GET")];
    let posted = Request::navigation(&url("/auth/sign-in"))
        .from(ORIGIN)
        .header("x-http-method-override", "GET")
        .form(&form);
    assert_eq!(browser.step(&posted).await.status(), 405);
}

/// G-07, G-10: with an explicit `SameSite` no browser sends the cookie with a POST from another
/// site, not even in the first two minutes.
#[tokio::test]
async fn a_post_of_another_site_arrives_without_the_session() {
    let app = App::start().await;
    let browser = app.browser();
    let begun = browser.open(&url("/auth/sign-in")).await;
    let page = begun.press("alice").await;
    let set: Vec<_> = begun
        .exchanges()
        .iter()
        .chain(page.exchanges())
        .filter(|exchange| exchange.url().as_str().starts_with(ORIGIN))
        .flat_map(|exchange| exchange.set_cookies())
        .collect();
    assert!(set.len() >= 3, "{set:?}");
    for cookie in set {
        for attribute in ["; SameSite=Lax", "; Secure", "; HttpOnly", "; Path=/"] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
    }

    let request = Request::navigation(&url("/")).method(Method::POST);
    let page = browser.send(request.clone().from(EVIL)).await;
    assert_eq!(page.text(), "nobody");
    let sent = page.last().request_headers();
    assert!(!sent.contains_key(HeaderName::from_static("cookie")));
    assert_eq!(browser.send(request.from(ORIGIN)).await.text(), "alice");
}
