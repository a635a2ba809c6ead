//! A long `Cookie` header is searched once for each request, whatever its content, and again if a handler asks.

use std::convert::Infallible;

use bytes::Bytes;
use http::header::{COOKIE, LOCATION, ORIGIN as ORIGIN_HEADER, SET_COOKIE};
use http::{HeaderValue, Method, Request, Response};
use http_body_util::Empty;
use tower::ServiceExt;
use tower_layer::Layer;
use tower_oidc::AuthContext;
use tower_oidc_tests::App;
use tower_oidc_tests::app::ORIGIN;
use url::Url;

type Answer = Response<Empty<Bytes>>;

/// An application that reads the session, starts a sign-in, signs out, or does none of these.
async fn answer(request: Request<String>) -> Result<Answer, Infallible> {
    let auth = request.extensions().get::<AuthContext>().unwrap();
    Ok(match request.uri().path() {
        "/look" => {
            assert!(!auth.is_authenticated());
            Response::new(Empty::new())
        }
        "/start" => auth.sign_in().respond::<String>().map(|_| Empty::new()),
        "/end" => auth.sign_out().respond::<String>().map(|_| Empty::new()),
        _ => Response::new(Empty::new()),
    })
}

/// 400 kB of foreign cookies, of cookies with our names, and of sign-ins that were never started;
/// `last` at the end.
fn long_header(last: &str) -> HeaderValue {
    let mut header = "a=; ".repeat(50_000);
    for number in 0..40 {
        header.push_str(&format!("__Host-Http-auth.txn.{number:021}A=AQ; "));
    }
    header.push_str(&"b=c; ".repeat(30_000));
    header.push_str(&"__Host-Http-auth=1AQAAAAAA; __Host-Http-auth.1=x; ".repeat(1_000));
    header.push_str(last);
    HeaderValue::from_str(&header).unwrap()
}

struct Sent {
    response: Response<()>,
    /// How many times each byte of the `Cookie` header is searched.
    passes: u64,
}

async fn send(app: &App, method: Method, target: &str, cookies: &HeaderValue) -> Sent {
    let counters = app.auth.counters();
    let before = counters.scanned_bytes();
    let request = Request::builder()
        .method(method)
        .uri(target)
        .header("sec-fetch-site", "same-origin")
        .header("sec-fetch-mode", "navigate")
        .header("sec-fetch-dest", "document")
        .header(ORIGIN_HEADER, ORIGIN)
        .header(COOKIE, cookies)
        .body(String::new())
        .unwrap();
    let service = app.auth.layer(tower::service_fn(answer));
    let response = service.oneshot(request).await.unwrap().map(drop);
    let searched = counters.scanned_bytes() - before;
    let length = u64::try_from(cookies.len()).unwrap();
    assert_eq!(searched % length, 0, "{target}");
    Sent {
        response,
        passes: searched / length,
    }
}

/// The state of a sign-in in progress, and its cookie.
async fn begun(app: &App) -> (String, String) {
    let sent = send(app, Method::GET, "/auth/sign-in", &long_header("")).await;
    let headers = sent.response.headers();
    let location = Url::parse(headers[LOCATION].to_str().unwrap()).unwrap();
    let state = location.query_pairs().find(|(name, _)| name == "state");
    let mut cookies = headers.get_all(SET_COOKIE).iter();
    let cookie = cookies.next_back().unwrap().to_str().unwrap();
    let pair = cookie.split_once(';').unwrap().0;
    (state.unwrap().1.into_owned(), pair.to_owned())
}

/// D-01
#[tokio::test]
async fn a_long_cookie_header_is_searched_once_and_again_for_each_question_of_a_handler() {
    let app = App::start().await;
    let (state, transaction) = begun(&app).await;
    let iss = app.provider.issuer();
    let callback = format!("/auth/callback?code=guess&state={state}&iss={iss}");
    let foreign = long_header("");
    let ours = long_header(&transaction);

    for (method, target, cookies, status, passes) in [
        (Method::GET, "/", &foreign, 200, 1),
        // One more for the session.
        (Method::GET, "/look", &foreign, 200, 2),
        // And one for the sign-ins in progress.
        (Method::GET, "/start", &foreign, 303, 3),
        (Method::GET, "/end", &foreign, 303, 3),
        (Method::GET, "/auth/sign-in", &foreign, 303, 1),
        (Method::GET, callback.as_str(), &foreign, 303, 1),
        (Method::GET, callback.as_str(), &ours, 400, 1),
        (Method::GET, "/auth/sign-out", &foreign, 200, 1),
        (Method::POST, "/auth/sign-out", &foreign, 303, 1),
        (Method::GET, "/auth/sign-out/continue", &foreign, 303, 1),
        (Method::GET, "/auth/session", &foreign, 200, 1),
    ] {
        let sent = send(&app, method, target, cookies).await;

        assert_eq!(sent.response.status(), status, "{target}");
        assert_eq!(sent.passes, passes, "{target}");
    }
}

/// Removing our cookies rewrites the header, which takes one more pass, whatever the number of
/// origins.
#[tokio::test]
async fn removing_our_cookies_takes_one_more_pass() {
    let app = App::with(|auth| {
        auth.strip_cookies(true)
            .additional_base_url("https://www.example")
            .additional_base_url("https://shop.example")
    })
    .await;

    let sent = send(&app, Method::GET, "https://app.example/", &long_header("")).await;

    assert_eq!(sent.response.status(), 200);
    assert_eq!(sent.passes, 2);
}
