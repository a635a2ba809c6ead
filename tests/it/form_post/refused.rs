//! Forms that are refused, with their trace in the log and in the events, and forms that are too long for a
//! cookie.

use std::sync::{Arc, Mutex};

use http::Method;
use tower_oidc::AuthLayerBuilder;
use tower_oidc_tests::callback::by_method;

use super::*;
use crate::log;

/// S-15
#[tokio::test]
async fn a_form_that_is_too_long_or_none_is_refused_before_any_cookie_is_set() {
    let app = start().await;
    let (browser, fields) = answered(&app).await;
    let mut long = fields.clone();
    long.push(("page".to_owned(), "x".repeat(1 << 20)));
    let text = Request::navigation(&url(CALLBACK))
        .form(&fields)
        .header("content-type", "text/plain");

    for (request, status) in [
        (form(&app, &long), 413),
        (text, 415),
        (form(&app, &[("code".to_owned(), "x".to_owned())]), 400),
        (form(&app, &[]), 400),
    ] {
        let answer = browser.step(&request).await;
        is_refusal(&answer, status, "a form");
        assert_eq!(form_cookies(&browser), 0);
    }
    assert_eq!(app.provider.counters().token, 0);
}

/// S-15
#[tokio::test]
async fn a_refused_form_leaves_a_line_for_its_cause_and_an_event() {
    let events = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&events);
    let register = |it: tower_oidc::Provider| it.response_mode(ResponseMode::FormPost);
    let configure = move |auth: AuthLayerBuilder| {
        auth.on_event(move |event| {
            let reason = event.reason().map(|it| it.code().to_owned());
            seen.lock().unwrap().push(reason.unwrap_or_default());
        })
    };
    let app = App::registered(|it| it, register, configure).await;
    let browser = app.browser();
    let post = |fields: &[(&str, &str)]| {
        let request = Request::navigation(&url(CALLBACK)).from(app.provider.issuer());
        request.form(fields)
    };
    let long = "x".repeat(20_000);
    for (request, cause) in [
        (post(&[("code", "secret"), ("state", &long)]), "16 KiB"),
        (
            post(&[("code", "secret")]).header("content-type", "text/plain"),
            "Content-Type",
        ),
        (post(&[("code", "secret")]), "no state"),
        (post(&[("response", "secret.e30.")]), "JARM"),
    ] {
        let log = log::record();
        for _ in 0..3 {
            let answer = browser.step(&request).await;
            assert!(answer.status().is_client_error(), "{cause}");
        }
        let text = log.text();
        let lines: Vec<_> = text.lines().filter(|it| it.contains(" WARN ")).collect();
        assert_eq!(lines.len(), 1, "{cause}: {text}");
        assert!(lines[0].contains(cause), "{text}");
        assert!(!text.contains("secret"), "{text}");
        let events = std::mem::take(&mut *events.lock().unwrap());
        assert_eq!(events, ["callback.malformed"; 3], "{cause}");
    }
}

/// S-15
#[tokio::test]
async fn the_callback_says_that_it_takes_a_post() {
    let app = start().await;
    let request = by_method(CALLBACK, app.provider.issuer(), Method::PUT);

    let answer = app.browser().step(&request).await;

    is_refusal(&answer, 405, "PUT");
    assert_eq!(answer.header("allow"), Some("GET, POST, OPTIONS"));
}

/// S-15
#[tokio::test]
async fn a_code_that_is_too_long_for_a_cookie_stays_in_the_url() {
    let app = start().await;
    let (browser, mut fields) = answered(&app).await;
    let long = "c".repeat(3_000);
    for (name, value) in &mut fields {
        if name == "code" {
            value.clone_from(&long);
        }
    }

    let redirect = browser.step(&form(&app, &fields)).await;

    assert_eq!(redirect.status(), 303);
    assert!(redirect.header("location").unwrap().contains(&long));
    assert_eq!(form_cookies(&browser), 0);
}

/// S-15: what the sign-in does not need takes no room from the code.
#[tokio::test]
async fn parameters_that_are_not_needed_do_not_bring_the_code_into_the_url() {
    let app = start().await;
    for name in ["user", "session_state", "other"] {
        let (browser, mut fields) = answered(&app).await;
        fields.push((name.to_owned(), "u".repeat(6_000)));

        let redirect = browser.step(&form(&app, &fields)).await;

        let location = redirect.header("location").unwrap();
        assert!(!location.contains("code="), "{name}: {location}");
        let answer = follow(&app, &browser, &redirect).await;
        assert_eq!(answer.header("location"), Some("/private"), "{name}");
    }
}

/// S-15
#[tokio::test]
async fn an_answer_that_is_too_long_for_a_url_too_is_refused() {
    let app = start().await;
    let (browser, fields) = answered(&app).await;
    let with_code = |code: String| -> Vec<_> {
        let fields = fields.iter().cloned();
        fields
            .map(|(name, value)| match &*name {
                "code" => (name, code.clone()),
                _ => (name, value),
            })
            .collect()
    };
    let not_text = Request::navigation(&url(CALLBACK)).from(app.provider.issuer());
    let not_text = not_text.form(&fields).body(vec![0xff; 16 * 1_024]);

    for (request, status) in [
        (form(&app, &with_code("c".repeat(3_600))), 413),
        (form(&app, &with_code("\u{fffd}".repeat(1_200))), 413),
        (not_text, 400),
    ] {
        let answer = browser.step(&request).await;
        is_refusal(&answer, status, "a long answer");
        assert_eq!(form_cookies(&browser), 0);
    }
    assert_eq!(transactions(&browser).len(), 1);
}
