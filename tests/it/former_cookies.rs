//! Session cookies that had another name, prefix or domain.

use oidc_dev_provider::User;
use tower_oidc_tests::app::{Instance, sign_in_as, url};
use tower_oidc_tests::random_text;
use tower_oidc_tests::visits::sign_out;
use tower_oidc_tests::{App, Browser};

const HOST: &str = "app.example";

/// The users `big` and alice; a session of `big` takes three cookies.
async fn app() -> App {
    App::with_provider(
        |provider| provider.user(User::new("big").claim("about", random_text(6_000))),
        |auth| auth,
    )
    .await
}

/// The names of the cookies for the application, in alphabetical order.
fn names(browser: &Browser) -> Vec<String> {
    let mut cookies = browser.jar().cookies();
    cookies.retain(|cookie| HOST.ends_with(&cookie.domain));
    let mut names: Vec<_> = cookies.iter().map(|it| it.name().into_owned()).collect();
    names.sort_unstable();
    names
}

/// A browser in which this user has signed in at an instance.
async fn signed_in(app: &App, at: &Instance, user: &str) -> Browser {
    let browser = app.browser();
    at.serve(&browser);
    assert_eq!(sign_in_as(&browser, user).await.text(), user);
    browser
}

/// E-20
#[tokio::test]
async fn a_sign_in_deletes_all_chunks_of_a_session_under_a_former_name() {
    let app = app().await;
    let before = app.another_instance(|auth| auth.cookie_name("shop")).await;
    let now = app
        .another_instance(|auth| {
            auth.former_cookie_name("__Host-auth")
                .former_cookie_name("__Host-Http-shop")
        })
        .await;
    let browser = signed_in(&app, &before, "big").await;
    browser
        .jar()
        .inject(HOST, "__Host-auth", "of an earlier version");
    browser
        .jar()
        .inject(HOST, "__Host-Http-shopping", "of another application");
    assert_eq!(names(&browser).len(), 5);
    now.serve(&browser);

    // A page that is only read writes nothing.
    assert_eq!(browser.open(&url("/explain")).await.text(), "no_cookie");
    assert_eq!(names(&browser).len(), 5);
    let page = sign_in_as(&browser, "alice").await;

    assert_eq!(page.text(), "alice");
    assert_eq!(
        names(&browser),
        ["__Host-Http-auth", "__Host-Http-shopping"]
    );
    assert!(page.exchanges().iter().all(|it| it.refused().is_empty()));
}

/// E-20
#[tokio::test]
async fn a_sign_out_deletes_sessions_under_former_names_whoever_starts_it() {
    let app = app().await;
    let now = app
        .another_instance(|auth| auth.former_cookie_name("__Host-auth"))
        .await;
    for by_a_handler in [false, true] {
        let browser = signed_in(&app, &now, "alice").await;
        for name in ["__Host-auth", "__Host-auth.1", "__Host-auth.8"] {
            browser.jar().inject(HOST, name, "of an earlier version");
        }

        match by_a_handler {
            true => drop(browser.open(&url("/leave")).await),
            false => {
                let exchange = sign_out(&browser).await;
                assert!(exchange.head_size() < 4_000, "{}", exchange.head_size());
            }
        }

        assert!(names(&browser).is_empty(), "{:?}", names(&browser));
    }
}

/// E-20: the deletion has the domain that the cookie had, or the browser would keep it.
#[tokio::test]
async fn a_session_of_a_former_domain_is_deleted() {
    let app = app().await;
    let before = app
        .another_instance(|auth| auth.cookie_domain("app.example"))
        .await;
    let now = app
        .another_instance(|auth| auth.former_cookie_name_at("__Secure-auth", "app.example"))
        .await;
    let browser = signed_in(&app, &before, "big").await;
    assert!(names(&browser).contains(&"__Secure-auth.2".to_owned()));
    now.serve(&browser);

    assert_eq!(sign_in_as(&browser, "alice").await.text(), "alice");

    assert_eq!(names(&browser), ["__Host-Http-auth"]);
}

/// E-20: a head that has no room for it deletes nothing, and the next one does.
#[tokio::test]
async fn former_cookies_take_no_head_past_the_limit_of_a_stock_nginx() {
    let former = ["__Host-a", "__Host-b", "__Host-c", "__Host-d"];
    let app = app().await;
    let now = app
        .another_instance(|auth| {
            former
                .iter()
                .fold(auth, |auth, name| auth.former_cookie_name(*name))
        })
        .await;
    let browser = signed_in(&app, &now, "alice").await;
    for name in former {
        for suffix in ["", ".1", ".2", ".3", ".4", ".5", ".6", ".7", ".8"] {
            let name = format!("{name}{suffix}");
            browser.jar().inject(HOST, name, "of an earlier version");
        }
    }

    let exchange = sign_out(&browser).await;
    assert!(exchange.head_size() < 4_000, "{}", exchange.head_size());
    for _ in 0..4 {
        let page = sign_in_as(&browser, "alice").await;
        for exchange in page.exchanges() {
            assert!(exchange.head_size() < 4_000, "{}", exchange.head_size());
        }
        sign_out(&browser).await;
    }

    assert!(names(&browser).is_empty(), "{:?}", names(&browser));
}
