//! Any kind of invalid session cookie makes the request anonymous: it is never an error, and the
//! cookie is never deleted.

use std::time::Duration;

use http::header::SET_COOKIE;
use tower_oidc::testing::TestSession;
use tower_oidc::{AuthLayer, Provider};
use tower_oidc_tests::app::{CLIENT_ID, CLIENT_SECRET, ORIGIN, SECRET, url};
use tower_oidc_tests::browser::Request;
use tower_oidc_tests::{App, Browser};

const HOST: &str = "app.example";
const NAME: &str = "__Host-Http-auth";
const ANOTHER_SECRET: &str = "vT4yH8kLpQ2sXw6zBnMr9cEjGfAuD3K7";

/// The application's response for an anonymous visitor, and unchanged cookies.
async fn is_ignored(browser: &Browser, reason: &str, case: &str) {
    let before = browser.cookies().len();
    let page = browser.open(&url("/explain")).await;

    assert_eq!(page.status(), 200, "{case}");
    assert_eq!(page.text(), reason, "{case}");
    assert!(page.last().set_cookies().is_empty(), "{case}");
    assert_eq!(browser.open(&url("/")).await.text(), "nobody", "{case}");
    let private = browser
        .fetch(ORIGIN, http::Method::GET, &url("/private"))
        .await;
    assert_eq!(private.status(), 401, "{case}");
    assert_eq!(browser.cookies().len(), before, "{case}");
}

/// Replaces a character by another one of the alphabet.
fn flip(value: &mut [u8], at: usize) {
    value[at] = if value[at] == b'A' { b'B' } else { b'A' };
}

/// K-01, K-02, K-03, K-04, K-11, C-11, C-14
#[tokio::test]
async fn a_changed_session_cookie_is_ignored_and_kept() {
    type Change = fn(&mut Vec<u8>);
    let changes: &[(&str, &str, Change)] = &[
        ("a bit of the salt", "unknown_key", |value| flip(value, 10)),
        ("a bit of the commitment", "unknown_key", |value| {
            flip(value, 40)
        }),
        ("a bit of the ciphertext", "invalid", |value| {
            let middle = value.len() / 2;
            flip(value, middle);
        }),
        ("cut by one", "invalid", |value| {
            value.truncate(value.len() - 4);
        }),
        ("cut to the count", "invalid", |value| value.truncate(1)),
        ("empty", "invalid", Vec::clear),
        ("one group more", "invalid", |value| {
            value.extend_from_slice(b"AAAA")
        }),
        ("rubbish behind", "invalid", |value| {
            value.extend_from_slice(b"!!")
        }),
        // The first byte is 0x01, so the text begins with `AQ` to `Af`.
        ("version 0", "unknown_version", |value| value[2] = b'A'),
        ("version 2", "unknown_version", |value| value[2] = b'g'),
        ("version 255", "unknown_version", |value| {
            value[1..3].copy_from_slice(b"__");
        }),
        ("padding of base64", "invalid", |value| value.push(b'=')),
        ("the other alphabet", "invalid", |value| value[100] = b'+'),
        ("white space inside", "invalid", |value| value[100] = b' '),
        ("percent encoding", "invalid", |value| {
            value.splice(100..101, *b"%41");
        }),
        ("quotes", "invalid", |value| {
            value.insert(0, b'"');
            value.push(b'"');
        }),
        ("no ASCII", "invalid", |value| value[50] = 0xff),
        ("a count of more chunks", "invalid", |value| value[0] = b'9'),
        ("a count of none", "invalid", |value| value[0] = b'0'),
        ("rubbish", "invalid", |value| *value = b"deleted".to_vec()),
        ("JSON", "invalid", |value| {
            *value = br#"{"sub":"alice"}"#.to_vec()
        }),
        ("8 KiB of rubbish", "invalid", |value| {
            *value = vec![b'A'; 8192]
        }),
    ];
    let app = App::start().await;
    let signed_in = app.signed_in_browser().await;
    for (case, reason, change) in changes {
        let browser = signed_in.thief();
        browser.jar().tamper(NAME, change);

        is_ignored(&browser, reason, case).await;
    }
}

/// K-04: sign-out deletes a cookie that this version cannot read.
#[tokio::test]
async fn sign_out_deletes_a_cookie_of_a_newer_version() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    browser.jar().tamper(NAME, |value| value[2] = b'g');

    let form = Request::navigation(&url("/auth/sign-out")).from(ORIGIN);
    browser.step(&form.method(http::Method::POST)).await;

    assert!(App::cookies(&browser).is_empty());
}

/// K-05
#[tokio::test]
async fn a_session_of_another_secret_is_ignored_without_a_decryption() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let instance = app
        .another_instance(|auth| auth.cookie_secret(ANOTHER_SECRET))
        .await;
    instance.serve(&browser);

    is_ignored(&browser, "unknown_key", "another secret").await;

    assert_eq!(instance.auth.counters().decryptions(), 0);
}

/// K-06, CVE-2023-48309: the cookie of a sign-in in progress is not accepted as a session.
#[tokio::test]
async fn a_transaction_cookie_is_not_accepted_as_a_session() {
    let app = App::start().await;
    let browser = app.browser();
    browser.open(&url("/auth/sign-in")).await;
    let transaction = browser.cookies().remove(0);
    assert!(transaction.name().starts_with("__Host-Http-auth.txn."));
    browser.jar().clear();

    for count in ["", "1"] {
        let value = format!("{count}{}", transaction.value());
        browser.jar().inject(HOST, NAME, value);
        is_ignored(
            &browser,
            if count.is_empty() {
                "invalid"
            } else {
                "unknown_key"
            },
            "a transaction",
        )
        .await;
        browser.jar().clear();
    }
}

/// K-06: and a session is not accepted as a transaction.
#[tokio::test]
async fn a_session_cookie_is_not_accepted_as_a_transaction() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let session = browser.jar().cookie(NAME).expect("signed in");
    browser.jar().clear();
    let at_provider = browser.open(&url("/auth/sign-in")).await;
    let transaction = browser.cookies().remove(0);
    let whole = session.value().into_owned();
    browser.jar().tamper(&transaction.name(), |value| {
        *value = whole.as_bytes()[1..].to_vec();
    });
    let tokens = app.provider.counters().token;

    let page = at_provider.press("alice").await;

    assert_eq!(page.status(), 400);
    assert_eq!(app.provider.counters().token, tokens);
    assert!(App::cookies(&browser).is_empty());
}

/// K-07, E-03: the same secret, but another origin, cookie name, client or issuer.
#[tokio::test]
async fn a_session_of_another_application_with_the_same_secret_is_ignored() {
    let app = App::start().await;
    let issuer = app.provider.issuer();
    let settings = || App::settings(&app.provider, &app.clock);
    let cases = [
        (
            "another origin",
            "unknown_key",
            settings().base_url("https://staging.app.example"),
        ),
        (
            "another cookie name",
            "unknown_key",
            settings().cookie_name("other"),
        ),
        (
            "another client",
            "other_provider",
            settings().provider(Provider::new(issuer, "another").client_secret(CLIENT_SECRET)),
        ),
        (
            "another issuer",
            "other_provider",
            settings().provider(
                Provider::new("https://id.example", CLIENT_ID).client_secret(CLIENT_SECRET),
            ),
        ),
    ];
    for (case, reason, settings) in cases {
        let other = settings.build().expect("the settings work");
        let browser = app.browser();
        inject(&browser, &other);

        is_ignored(&browser, reason, case).await;
    }
    let browser = app.browser();
    inject(&browser, &settings().build().expect("the settings work"));
    assert_eq!(browser.open(&url("/")).await.text(), "mallory");
}

/// A session of mallory in a cookie with our name, sealed by `auth`.
fn inject(browser: &Browser, auth: &AuthLayer) {
    let session =
        TestSession::from_claims(r#"{"iss":"https://id.example","sub":"mallory","aud":"app"}"#);
    let cookies = auth.seal_test_session(session);
    let cookie = cookies[SET_COOKIE].to_str().expect("ASCII");
    let value = cookie.split(['=', ';']).nth(1).expect("a value");
    browser.jar().inject(HOST, NAME, value);
}

/// K-16, and pomerium #5355: the configured secret is the one that is used.
#[tokio::test]
async fn a_secret_with_one_changed_byte_opens_nothing() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let mut secret = SECRET.as_bytes().to_vec();
    *secret.last_mut().expect("bytes") ^= 1;
    let instance = app
        .another_instance(|auth| auth.cookie_secret(secret))
        .await;
    instance.serve(&browser);

    is_ignored(&browser, "unknown_key", "one byte").await;
}

/// C-20, E-10: there is no user, and no error.
#[tokio::test]
async fn with_a_bad_or_missing_cookie_the_optional_extractor_is_none() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    assert_eq!(browser.open(&url("/typed-optional")).await.text(), "alice");

    browser.jar().tamper(NAME, |value| value.truncate(100));
    assert_eq!(browser.open(&url("/typed-optional")).await.text(), "none");
    browser.jar().clear();
    assert_eq!(browser.open(&url("/typed-optional")).await.text(), "none");
}

/// C-06, N-06: another host of the site injects cookies with our name, before or after the real
/// one.
#[tokio::test]
async fn an_injected_cookie_that_does_not_open_leaves_the_real_session_alone() {
    let app = App::start().await;
    let stranger = App::settings(&app.provider, &app.clock)
        .cookie_secret(ANOTHER_SECRET)
        .build()
        .expect("the settings work");
    for comes_first in [true, false] {
        for sealed in [true, false] {
            let browser = app.browser();
            let toss = || {
                if sealed {
                    inject(&browser, &stranger);
                } else {
                    browser.jar().inject(HOST, NAME, "1rubbish");
                }
            };
            if comes_first {
                toss();
            }
            let real = app.signed_in_browser().await;
            let real = real.jar().cookie(NAME).expect("signed in");
            browser.jar().inject(HOST, NAME, real.value().into_owned());
            if !comes_first {
                toss();
            }

            assert_eq!(browser.open(&url("/")).await.text(), "alice");
        }
    }
}

/// C-06, N-06, E-01: a valid session of a sibling host never wins, whichever cookie comes first.
#[tokio::test]
async fn two_valid_sessions_of_different_sign_ins_make_the_request_anonymous() {
    let app = App::start().await;
    for comes_first in [true, false] {
        let browser = app.browser();
        let real = app.signed_in_browser().await;
        let real = real.jar().cookie(NAME).expect("signed in");
        if comes_first {
            inject(&browser, &app.auth);
        }
        browser.jar().inject(HOST, NAME, real.value().into_owned());
        if !comes_first {
            inject(&browser, &app.auth);
        }

        is_ignored(&browser, "conflicting_sessions", "a sibling's session").await;
    }
}

/// C-13: of two versions of one session the newer one is used.
#[tokio::test]
async fn of_two_cookies_of_one_session_the_newer_one_is_used() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let older = browser.jar().cookie(NAME).expect("signed in");
    app.clock.advance(Duration::from_secs(12 * 3600));
    browser.open(&url("/")).await;
    let newer = browser.jar().cookie(NAME).expect("renewed");
    assert_ne!(older.value(), newer.value());
    app.clock.advance(Duration::from_secs(18 * 3600));

    for order in [[&older, &newer], [&newer, &older]] {
        let browser = app.browser();
        for cookie in order {
            browser
                .jar()
                .inject(HOST, NAME, cookie.value().into_owned());
        }
        assert_eq!(browser.open(&url("/")).await.text(), "alice");
    }
    // Only the older one is past its idle lifetime.
    let browser = app.browser();
    browser.jar().inject(HOST, NAME, older.value().into_owned());
    assert_eq!(browser.open(&url("/explain")).await.text(), "idle_expired");
}

/// C-08, C-11, C-12, C-14, C-04: other cookies around ours do not hide it.
#[tokio::test]
async fn foreign_and_malformed_cookies_beside_ours_are_harmless() {
    let app = App::start().await;
    let foreign: &[(&[u8], &[u8])] = &[
        (b"__Host-Http-authX", b"1rubbish"),
        (b"__Host-Http-auth.1x", b"1rubbish"),
        (b"__Host-Http-auth-foo", b"1rubbish"),
        (b"__Host-Http-auth.01", b"1rubbish"),
        (b"__Host-Http-auth.9", b"1rubbish"),
        ("\u{2000}__Host-Http-auth".as_bytes(), b"1rubbish"),
        ("\u{a0}__Host-Http-auth".as_bytes(), b"1rubbish"),
        (b"%5F_Host-auth", b"1rubbish"),
        (b"theme", b"d\xe4rk"),
        (b"$Version", b"1; $Path=/"),
        (b"", b"nameless"),
        (b"flag", b""),
        (b"deep", b";;;=;=v;a;"),
    ];
    for (name, value) in foreign {
        let browser = app.signed_in_browser().await;
        browser.jar().inject(HOST, *name, *value);
        let before = browser.cookies().len();

        let page = browser.open(&url("/")).await;

        let case = String::from_utf8_lossy(name);
        assert_eq!(page.text(), "alice", "{case}");
        assert!(page.last().set_cookies().is_empty(), "{case}");
        assert_eq!(browser.cookies().len(), before, "{case}");
    }
}
