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
