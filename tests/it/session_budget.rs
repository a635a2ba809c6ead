//! What a session drops when its cookies are full, in which order, and what it never drops.

use std::time::Duration;

use http::header::SET_COOKIE;
use serde_json::{Value, json};
use tower_oidc::AuthLayerBuilder;
use tower_oidc::testing::TestSession;
use tower_oidc_tests::app::url;
use tower_oidc_tests::visits::{EXPIRY, answer, token};
use tower_oidc_tests::{App, Browser};

const HOST: &str = "app.example";
const NAME: &str = "__Host-Http-auth";
const ONE: &str = "https://api.one.example";
const TWO: &str = "https://api.two.example";

fn path(resource: &str) -> String {
    format!("/token?resource={resource}")
}

/// The sizes of a session's parts, as the application sees them.
#[derive(Debug)]
struct Size {
    total: usize,
    allowed: usize,
    parts: Vec<(String, usize)>,
}

impl Size {
    fn of(&self, name: &str) -> usize {
        let mut parts = self.parts.iter();
        parts.find(|(part, _)| part == name).expect("a part").1
    }
}

/// The session in the browser's cookie.
async fn size(browser: &Browser) -> Size {
    let text = browser.open(&url("/size")).await.text();
    let (head, parts) = text.split_once(" bytes (").expect("a size");
    let (total, allowed) = head.split_once(" of ").expect("both");
    let part = |part: &str| {
        let (name, size) = part.rsplit_once(' ').expect("name and size");
        (name.to_owned(), size.parse().expect("a number"))
    };
    Size {
        total: total.parse().expect("a number"),
        allowed: allowed.parse().expect("a number"),
        parts: parts.trim_end_matches(')').split(", ").map(part).collect(),
    }
}

/// Without compression, so that the sizes of the parts add up.
const fn one_cookie(auth: AuthLayerBuilder) -> AuthLayerBuilder {
    auth.max_cookies(1).compress(false)
}

fn text(length: usize) -> String {
    ('a'..='z').cycle().take(length).collect()
}

/// A session with a part of each kind, in a browser. Tokens are stored at six bits a character.
fn browser_with_all_parts(app: &App) -> Browser {
    let payload = format!(r#"{{"iss":"{}","sub":"alice"}}"#, app.provider.issuer());
    let encode = |text: &str| base64_simd::URL_SAFE_NO_PAD.encode_to_string(text);
    let id_token = format!(
        "{}.{}.{}",
        encode(r#"{"alg":"ES384"}"#),
        encode(&payload),
        text(128)
    );
    let later = Some(app.clock.now() + Duration::from_secs(600));
    let session = TestSession::from_id_token(id_token)
        .access_token(text(40), later)
        .access_token_for("https://oldest.example", text(400), later)
        .access_token_for("https://newest.example", text(200), later)
        .user_info(format!(r#"{{"about":"{}"}}"#, text(100)))
        .refresh_token(text(64))
        .scope("openid");
    let headers = app.auth.seal_test_session(session);
    let cookie = headers[SET_COOKIE].to_str().expect("ASCII");
    let value = cookie.split(['=', ';']).nth(1).expect("a value");
    let browser = app.browser();
    browser.jar().inject(HOST, NAME, value.to_owned());
    browser
}

/// C-15: tokens of resources, the oldest first, then UserInfo claims, then the ID token, whose
/// claims stay; then data are refused.
#[tokio::test]
async fn a_full_session_drops_what_can_be_fetched_again_the_oldest_first() {
    let app = App::with(one_cookie).await;
    let mut steps = Vec::new();
    let browser = browser_with_all_parts(&app);
    let full = size(&browser).await;
    let identity = full.of("identity");
    let mut length = 800;
    let last = loop {
        let page = browser.open(&url(&format!("/data?fill={length}"))).await;
        let now = size(&browser).await;
        if page.status() != 200 {
            break page.text();
        }
        assert_eq!(now.of("data"), length + 2);
        assert!(now.total <= now.allowed, "{now:?}");
        assert!(now.of("refresh token") > 0, "{now:?}");
        let parts = (
            now.of("access tokens"),
            now.of("userinfo") > 0,
            now.of("identity") == identity,
        );
        if steps.last() != Some(&parts) {
            steps.push(parts);
        }
        length += 16;
    };

    let [all, without_oldest] = [30 + 300 + 150, 30 + 150].map(|it| it..=it + 8);
    let without_newest = 30..=38;
    println!("{steps:?}");
    assert_eq!(steps.len(), 5, "{steps:?}");
    assert!(all.contains(&steps[0].0) && steps[0].1 && steps[0].2);
    assert!(without_oldest.contains(&steps[1].0) && steps[1].1 && steps[1].2);
    assert!(without_newest.contains(&steps[2].0) && steps[2].1 && steps[2].2);
    assert!(without_newest.contains(&steps[3].0) && !steps[3].1 && steps[3].2);
    assert!(without_newest.contains(&steps[4].0) && !steps[4].1 && !steps[4].2);
    assert!(last.contains("would not fit"), "{last}");
    // Without an ID token, and with everything that is required.
    assert_eq!(browser.open(&url("/")).await.text(), "alice");
}

async fn full_app() -> App {
    App::with_resources(one_cookie).await
}

/// The largest data for which `fits` is true.
async fn fill(browser: &Browser, fits: impl Fn(&Size) -> bool) {
    let mut length = 64;
    loop {
        let page = browser.open(&url(&format!("/data?fill={length}"))).await;
        if page.status() != 200 || !fits(&size(browser).await) {
            break;
        }
        length += 64;
    }
    let largest = format!("/data?fill={}", length - 64);
    answer(browser, &largest).await;
}

/// C-15: a refresh that overflows drops the older tokens of resources.
#[tokio::test]
async fn a_refresh_that_overflows_keeps_the_refresh_token_and_the_newest_token() {
    let app = full_app().await;
    let browser = app.signed_in_browser().await;
    let one = answer(&browser, &path(ONE)).await;
    let tokens = size(&browser).await.of("access tokens");
    fill(&browser, |size| size.of("access tokens") == tokens).await;
    let one_again = answer(&browser, &path(ONE)).await;
    assert_ne!(one_again["token"], one["token"], "no room for it");
    let before = size(&browser).await;

    let two = answer(&browser, &path(TWO)).await;

    assert_eq!(two["persisted"], true);
    let after = size(&browser).await;
    assert!(after.total <= after.allowed, "{after:?}");
    assert_eq!(after.of("data"), before.of("data"));
    assert_eq!(after.of("refresh token"), before.of("refresh token"));
    let refreshes = app.provider.refreshes().len();
    let instance = app.another_instance(one_cookie).await;
    instance.serve(&browser);
    assert_eq!(answer(&browser, &path(TWO)).await["token"], two["token"]);
    assert_eq!(app.provider.refreshes().len(), refreshes);
    assert_ne!(
        answer(&browser, &path(ONE)).await["token"],
        one_again["token"]
    );
    assert_eq!(app.provider.refreshes().len(), refreshes + 1);
}

/// C-15: the ID token, whose claims stay, is dropped before the requested token.
#[tokio::test]
async fn a_refresh_that_overflows_drops_the_id_token_before_the_newest_token() {
    let app = full_app().await;
    let browser = app.signed_in_browser().await;
    let before = size(&browser).await;
    let roomy = browser.thief();
    answer(&roomy, &path(ONE)).await;
    let one = size(&roomy).await.total - before.total;
    // Another sign-in, for which this instance has no tokens.
    let browser = app.signed_in_browser().await;
    fill(&browser, |size| size.total + one <= size.allowed + 64).await;

    let newest = answer(&browser, &path(ONE)).await;

    let after = size(&browser).await;
    assert!(after.of("identity") < before.of("identity"), "{after:?}");
    let refreshes = app.provider.refreshes().len();
    let instance = app.another_instance(one_cookie).await;
    instance.serve(&browser);
    assert_eq!(answer(&browser, &path(ONE)).await["token"], newest["token"]);
    assert_eq!(app.provider.refreshes().len(), refreshes);
    assert_eq!(browser.open(&url("/")).await.text(), "alice");
}

/// C-15: when nothing else can be dropped, the requested token is still returned, and the refresh
/// token that came with it is stored.
#[tokio::test]
async fn a_token_that_does_not_fit_is_returned_and_the_refresh_token_kept() {
    let app = full_app().await;
    let browser = app.signed_in_browser().await;
    fill(&browser, |_| true).await;

    let one = answer(&browser, &path(ONE)).await;

    assert_eq!(one["sub"], "alice");
    assert_eq!(
        one["persisted"], false,
        "the next request does not bring it"
    );
    let after = size(&browser).await;
    assert!(after.total <= after.allowed, "{after:?}");
    assert!(after.of("refresh token") > 0, "{after:?}");
    let instance = app.another_instance(one_cookie).await;
    instance.serve(&browser);
    assert_eq!(browser.open(&url("/")).await.text(), "alice");
    token(&browser).await;
    app.clock.advance(EXPIRY);
    answer(&browser, &path(TWO)).await;
}

/// C-15: otherwise every request that uses the token would refresh the session.
#[tokio::test]
async fn the_sign_ins_access_token_that_does_not_fit_stays_in_this_instances_memory() {
    let app = full_app().await;
    let browser = app.signed_in_browser().await;
    let first = token(&browser).await;
    fill(&browser, |_| true).await;
    answer(&browser, &path(ONE)).await;
    assert_eq!(size(&browser).await.of("access tokens"), 0);
    let refreshes = app.provider.refreshes().len();

    app.clock.advance(Duration::from_secs(120));

    let again = answer(&browser, "/token").await;
    assert_eq!(
        (&again["token"], &again["persisted"]),
        (&first, &json!(false))
    );
    assert_eq!(answer(&browser, "/who").await["access_token"], first);
    let there = browser.thief();
    let instance = app.another_instance(one_cookie).await;
    instance.serve(&there);
    assert_eq!(answer(&there, "/who").await["access_token"], Value::Null);
    assert_eq!(app.provider.refreshes().len(), refreshes);
    // The data can still be changed, and that does not cost the token.
    answer(&browser, "/data?set=less").await;
    app.clock.advance(Duration::from_secs(120));
    assert_eq!(token(&browser).await, first);
    // The next one is kept too.
    app.clock.advance(EXPIRY);
    let next = token(&browser).await;
    assert_ne!(next, first);
    app.clock.advance(Duration::from_secs(120));
    assert_eq!(token(&browser).await, next);
    assert_eq!(app.provider.refreshes().len(), refreshes + 1);
}

#[tokio::test]
async fn the_sizes_of_the_parts_add_up() {
    let app = App::with(|auth| auth.compress(false)).await;
    let browser = app.signed_in_browser().await;
    answer(&browser, "/data?set=four").await;

    let size = size(&browser).await;

    assert_eq!(size.of("data"), r#""four""#.len());
    let sum: usize = size.parts.iter().map(|(_, size)| size).sum();
    assert!(sum < size.total && size.total < sum + 192, "{size:?}");
    assert_eq!(size.total % 64, 0);
    assert!(size.total < size.allowed);
}
