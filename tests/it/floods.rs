//! What a flood costs: bounded cookies, bounded parsing, and one request to the provider for each
//! code.

use tower_oidc_tests::App;
use tower_oidc_tests::app::url;
use tower_oidc_tests::browser::Request;
use tower_oidc_tests::callback::{begun, known_browser, returning, session};
use url::Url;

const HOST: &str = "app.example";
const NAME: &str = "__Host-Http-auth";

/// D-02: hidden frames start no sign-in, and the number that a user starts is bounded.
#[tokio::test]
async fn at_most_five_sign_ins_are_in_progress_each_in_a_small_cookie() {
    let app = App::start().await;
    let browser = app.browser();
    for number in 0..20 {
        let page = browser.open(&url("/auth/sign-in")).await;
        assert_eq!(page.status(), if number < 5 { 200 } else { 409 });
        let frame = Request::iframe(&url("/auth/sign-in")).from("https://evil.example");
        assert_eq!(browser.send(frame).await.status(), 403);
    }

    let mut cookies = browser.cookies();
    cookies.retain(|cookie| cookie.domain == HOST);
    assert_eq!(cookies.len(), 5);
    for cookie in cookies {
        assert!(cookie.name().starts_with("__Host-Http-auth.txn."));
        assert!(cookie.size() <= 400, "{} bytes", cookie.size());
        let lifetime = cookie.expires.map(|at| at.duration_since(app.clock.now()));
        assert_eq!(lifetime.expect("Max-Age").expect("later").as_secs(), 600);
    }
    let page = browser.open(&url("/auth/sign-in")).await;
    let page = page.press("Sign in here").await.press("alice").await;
    assert_eq!(page.text(), "alice");
}

/// D-02: injected cookies with the names of transactions neither grow the response nor prevent a
/// sign-in.
#[tokio::test]
async fn forged_transactions_make_room_for_a_real_one() {
    let app = App::start().await;
    let browser = app.browser();
    for number in 0..100 {
        let name = format!("__Host-Http-auth.txn.{number:021}A");
        browser.jar().inject(HOST, name, "AQ".repeat(60));
    }

    let page = browser.open(&url("/auth/sign-in?prompt=login")).await;

    let start = &page.exchanges()[0];
    assert!(
        start.set_cookies().len() <= 16,
        "{}",
        start.set_cookies().len()
    );
    assert!(start.head_size() < 4_000, "{}", start.head_size());
    assert_eq!(page.press("alice").await.text(), "alice");
}

/// D-05
#[tokio::test]
async fn a_query_of_many_parameters_or_bytes_is_refused() {
    let app = App::start().await;
    let browser = app.browser();
    for path in ["/auth/sign-in", "/auth/callback"] {
        let many = "a=b&".repeat(40);
        let long = format!("a={}", "b".repeat(17_000));
        for query in [many, long] {
            let page = browser.open(&url(&format!("{path}?{query}"))).await;

            assert_eq!(page.status(), 400, "{path}");
            assert!(page.last().set_cookies().is_empty(), "{path}");
        }
    }
    assert_eq!(app.provider.counters().discovery, 0);
}

/// D-05: the provider's own response still works with a few more parameters.
#[tokio::test]
async fn a_callback_with_many_more_parameters_or_bytes_sends_no_code() {
    let app = App::start().await;
    let browser = known_browser(&app, "alice").await;
    let before = app.provider.counters().token;

    for more in ["&a=b".repeat(40), format!("&a={}", "b".repeat(17_000))] {
        let callback = begun(&app, &browser, "/auth/sign-in").await;
        let long = Url::parse(&format!("{callback}{more}")).unwrap();
        let exchange = browser.step(&returning(&app, &long)).await;

        assert_eq!(exchange.status(), 400);
        assert_eq!(session(&browser), None);
    }
    assert_eq!(app.provider.counters().token, before);
    let callback = begun(&app, &browser, "/auth/sign-in").await;
    let few = Url::parse(&format!("{callback}{}", "&a=b".repeat(10))).unwrap();
    assert_eq!(browser.send(returning(&app, &few)).await.text(), "alice");
}

/// D-06: guessed codes. Each needs a transaction of this browser, which it uses up.
#[tokio::test]
async fn a_transaction_allows_one_code_exchange() {
    let app = App::start().await;
    let browser = app.browser();
    let page = browser.open(&url("/auth/sign-in")).await;
    let (_, state) = page
        .url()
        .query_pairs()
        .find(|(name, _)| name == "state")
        .expect("a state");
    let callback = |code: &str| {
        let iss = app.provider.issuer();
        url(&format!(
            "/auth/callback?code={code}&state={state}&iss={iss}"
        ))
    };

    let first = browser.thief();
    assert_eq!(first.open(&callback("guess")).await.status(), 400);
    assert!(App::cookies(&first).is_empty());
    assert_eq!(app.provider.counters().token, 1);

    // A second guess with a copy of the cookie gets the result of the first.
    let second = browser.thief();
    assert_eq!(second.open(&callback("another-guess")).await.status(), 400);
    assert_eq!(app.provider.counters().token, 1);
}

/// D-03, D-04: forged cookies of the largest size cost no decryption, and so nothing in them is expanded.
#[tokio::test]
async fn forged_cookies_cost_no_decryption() {
    let app = App::start().await;
    let browser = app.browser();
    for group in 0..4_u8 {
        for index in 0..4 {
            let name = match index {
                0 => NAME.to_owned(),
                _ => format!("{NAME}.{index}"),
            };
            let tag = format!("AQAAAAA{}", char::from(b'A' + group));
            let value = match index {
                0 => format!("4{tag}{}", "A".repeat(3_491)),
                _ => format!(
                    "4{tag}{}",
                    "A".repeat(if index == 3 { 3_487 } else { 3_491 })
                ),
            };
            browser.jar().inject(HOST, name, value);
        }
    }

    let page = browser.open(&url("/")).await;

    assert_eq!(page.text(), "nobody");
    let counters = app.auth.counters();
    assert_eq!(counters.decryptions(), 0);
    // One for each complete group, with one secret.
    assert_eq!(counters.derivations(), 4);
}

/// D-01
#[tokio::test]
async fn a_cookie_header_of_a_hundred_kilobytes_is_answered() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    browser.jar().inject(HOST, "a", "b; a=".repeat(20_000));

    assert_eq!(browser.open(&url("/")).await.text(), "alice");
}
