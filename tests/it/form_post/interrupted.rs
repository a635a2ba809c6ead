//! Posted answers that do not make a session at once: the sign-in continues.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Request as HttpRequest, Response};
use relying_party::{BoxFuture, HttpClient, HyperClient, TransportError, TransportErrorKind};
use tower_oidc::AuthLayerBuilder;
use tower_oidc_tests::app::ORIGIN;

use super::*;

/// Refuses every code exchange while it is busy, as if too many others waited.
#[derive(Clone, Debug)]
struct BusyClient {
    client: HyperClient,
    is_busy: Arc<AtomicBool>,
}

impl HttpClient for BusyClient {
    fn call(
        &self,
        request: HttpRequest<Bytes>,
    ) -> BoxFuture<Result<Response<Bytes>, TransportError>> {
        let is_exchange = request.body().starts_with(b"grant_type=authorization_code");
        if is_exchange && self.is_busy.load(Ordering::SeqCst) {
            let error = TransportError::new(TransportErrorKind::Overloaded);
            return Box::pin(async { Err(error) });
        }
        self.client.call(request)
    }
}

/// S-15: the page says that the sign-in is not lost, and its link is the same URL.
#[tokio::test]
async fn a_posted_answer_survives_an_overload() {
    let client = BusyClient {
        client: HyperClient::new(),
        is_busy: Arc::new(AtomicBool::new(true)),
    };
    let register = |it: tower_oidc::Provider| it.response_mode(ResponseMode::FormPost);
    let configure = |auth: AuthLayerBuilder| auth.http_client(client.clone());
    let app = App::registered(|it| it, register, configure).await;
    let (browser, fields) = answered(&app).await;

    let redirect = browser.step(&form(&app, &fields)).await;
    let busy = follow(&app, &browser, &redirect).await;

    assert_eq!(busy.status(), 503, "{}", busy.text());
    let seconds: u64 = busy.header("retry-after").unwrap().parse().unwrap();
    app.clock.advance(Duration::from_secs(seconds));
    client.is_busy.store(false, Ordering::SeqCst);
    let again = Request::navigation(busy.url().as_str()).from(ORIGIN);
    let answer = browser.step(&again).await;
    assert_eq!(answer.header("location"), Some("/private"));
    assert_eq!(browser.open(&url("/private")).await.text(), "alice");
    assert_eq!(
        (form_cookies(&browser), transactions(&browser).len()),
        (0, 0)
    );
}

/// Where a sign-in that starts again leads to.
fn restarted(app: &App, answer: &Exchange) -> String {
    let location = answer.header("location").expect("a redirect");
    assert!(location.starts_with(app.provider.issuer()), "{location}");
    let state = parameter(&Url::parse(location).unwrap(), "state").unwrap();
    assert!(state.starts_with('b'), "{state}");
    location.to_owned()
}

/// The redirects that answer the forms of two tabs whose states choose the same cookie.
async fn colliding_redirects(app: &App, browser: &Browser) -> [Exchange; 2] {
    for _ in 0..100 {
        let tabs = [
            begun_fields(app, browser).await,
            begun_fields(app, browser).await,
        ];
        let redirects = [
            browser.step(&form(app, &tabs[0])).await,
            browser.step(&form(app, &tabs[1])).await,
        ];
        if form_cookies(browser) == 1 {
            return redirects;
        }
        for name in App::cookies(browser) {
            browser.jar().delete(&name);
        }
    }
    panic!("the states never collide");
}

/// S-15
#[tokio::test]
async fn a_form_whose_cookie_another_tab_took_lets_the_sign_in_start_again() {
    let app = start().await;
    let browser = known_browser(&app, "alice").await;
    let redirects = colliding_redirects(&app, &browser).await;

    let first = follow(&app, &browser, &redirects[0]).await;
    let again = restarted(&app, &first);
    // The other tab's form is still there.
    let second = follow(&app, &browser, &redirects[1]).await;
    assert_eq!(second.header("location"), Some("/private"));
    assert_eq!(browser.open(&url("/private")).await.text(), "alice");

    let page = browser.open(&again).await.press("Continue").await;
    assert_eq!(page.url().as_str(), url("/private"));
    assert_eq!(page.text(), "alice");
    assert_eq!(
        (form_cookies(&browser), transactions(&browser).len()),
        (0, 0)
    );
}

/// S-15: a code that is too long for a cookie is in the URL, and no form was read then.
#[tokio::test]
async fn an_answer_in_the_url_deletes_no_form_of_another_tab() {
    let app = start().await;
    let browser = known_browser(&app, "alice").await;
    let redirects = colliding_redirects(&app, &browser).await;

    let next = redirects[0]
        .url()
        .join(redirects[0].header("location").unwrap());
    let mut in_url = next.unwrap();
    in_url
        .query_pairs_mut()
        .append_pair("error", "access_denied");
    let answer = browser.step(&Request::navigation(in_url.as_str())).await;
    assert_eq!(answer.status(), 400, "{}", answer.text());

    let second = follow(&app, &browser, &redirects[1]).await;
    assert_eq!(second.header("location"), Some("/private"));
}

/// S-15: once; the second time there is a page.
#[tokio::test]
async fn a_form_that_came_too_late_lets_the_sign_in_start_again() {
    let app = start().await;
    let (browser, fields) = answered(&app).await;
    let redirect = browser.step(&form(&app, &fields)).await;
    app.clock.advance(Duration::from_secs(61));
    let answer = follow(&app, &browser, &redirect).await;
    let again = restarted(&app, &answer);
    assert_eq!(transactions(&browser).len(), 1);

    let page = browser.open(&again).await;
    let fields = page.forms().pop().unwrap().submission("Continue", &[]);
    let redirect = browser.step(&form(&app, &fields)).await;
    app.clock.advance(Duration::from_secs(61));
    let answer = follow(&app, &browser, &redirect).await;

    is_refusal(&answer, 400, "twice");
    assert!(
        answer.text().contains("return_to=%2Fprivate"),
        "{}",
        answer.text()
    );
    assert_eq!(transactions(&browser).len(), 0);
    assert_eq!(app.provider.counters().token, 0);
}

/// S-15: a page that shows the URL as an image changes nothing.
#[tokio::test]
async fn only_a_navigation_lets_a_sign_in_without_its_form_start_again() {
    let app = start().await;
    let (browser, fields) = answered(&app).await;
    let redirect = browser.step(&form(&app, &fields)).await;
    let next = redirect.url().join(redirect.header("location").unwrap());
    let without_form = browser.thief();
    for name in App::cookies(&without_form) {
        if name.contains(".form.") {
            without_form.jar().delete(&name);
        }
    }

    let image = Request::image(next.unwrap().as_str()).from(ORIGIN);
    let answer = without_form.step(&image).await;

    is_refusal(&answer, 400, "an image");
    assert_eq!(transactions(&without_form).len(), 1);
}
