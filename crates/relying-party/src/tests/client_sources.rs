//! Secrets and assertions that the application obtains when they are needed.

use std::fs;
use std::future::pending;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::json;

use super::client_assertions::{P256, key, random, with_keys};
use super::{CLIENT_ID, ISSUER, SignIn, join_all};
use crate::{
    ClientAssertion, ClientAssertionRequest, ClientAuthMethod, ClientSecret, Error, ErrorKind,
    Provider, TokenTypeHint,
};

const JWT: &str = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJvdGhlciJ9.c2lnbmF0dXJl";

/// Nothing was sent, and a later attempt may succeed.
async fn failure_before_sending(sign_in: &SignIn) -> Error {
    let error = sign_in.exchange_for(json!({})).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(!error.may_have_been_sent(), "{error}");
    assert!(sign_in.op.requests_to("/token").is_empty(), "{error}");
    error
}

#[tokio::test]
async fn an_assertion_of_the_application_is_asked_for_at_every_request() {
    let seen: Arc<Mutex<Vec<ClientAssertionRequest>>> = Arc::default();
    let requests = Arc::clone(&seen);
    let sign_in = SignIn::with(|provider| {
        provider.client_assertion_source(move |request| {
            let mut requests = requests.lock().unwrap();
            requests.push(request);
            let jwt = format!("{JWT}{}", requests.len());
            async { Ok(ClientAssertion::new(jwt)) }
        })
    });
    for number in 1..=2 {
        sign_in.exchange_for(json!({})).await.unwrap();
        let form = sign_in.op.token_form();
        assert_eq!(form["client_assertion"], format!("{JWT}{number}"));
    }
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 2);
    for request in &*seen {
        let values = (request.client_id(), request.issuer(), request.audience());
        assert_eq!(values, (CLIENT_ID, ISSUER, ISSUER));
    }
}

#[tokio::test]
async fn a_secret_of_the_application_is_asked_for_at_every_request() {
    for (method, number) in [
        (ClientAuthMethod::ClientSecretPost, 1),
        (ClientAuthMethod::ClientSecretBasic, 2),
    ] {
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        let sign_in = SignIn::with(|provider| {
            provider
                .client_auth_method(method)
                .client_secret_source(move |_| {
                    counted.fetch_add(1, Ordering::Relaxed);
                    async { Ok(ClientSecret::new("from-the-vault")) }
                })
        });
        sign_in.exchange_for(json!({})).await.unwrap();
        sign_in.refresh().await.unwrap();
        assert_eq!(calls.load(Ordering::Relaxed), 2, "{number}");
        let secret = sign_in.op.token_form().remove("client_secret");
        assert_eq!(secret.is_some(), number == 1);
    }
    // One that is too short for an HMAC is found when it is used.
    let sign_in = SignIn::with(|provider| {
        provider
            .client_auth_method(ClientAuthMethod::ClientSecretJwt)
            .random_source(random)
            .client_secret_source(|_| async { Ok(ClientSecret::new("short")) })
    });
    let error = failure_before_sending(&sign_in).await;
    assert_eq!(error.code(), "client_auth.secret");
}

#[tokio::test(start_paused = true)]
async fn a_function_that_fails_hangs_or_panics_is_reported_and_nothing_sent() {
    type Set = fn(Provider) -> Provider;
    let assertions: [(Set, &str); 4] = [
        (
            |it| it.client_assertion_source(|_| async { Err("no \u{1b}key".into()) }),
            "client_assertion_source` returned an error",
        ),
        (
            |it| it.client_assertion_source(|_| pending()),
            "client_assertion_source` has not returned within five seconds",
        ),
        (
            |it| it.client_assertion_source(|_| async { panic!("canary") }),
            "client_assertion_source` panicked",
        ),
        (
            |it| {
                it.client_assertion_source(|request| {
                    assert!(request.audience().is_empty(), "canary");
                    pending()
                })
            },
            "client_assertion_source` panicked",
        ),
    ];
    let secrets: [(Set, &str); 3] = [
        (
            |it| it.client_secret_source(|_| async { Err("no vault".into()) }),
            "client_secret_source` returned an error",
        ),
        (
            |it| it.client_secret_source(|_| pending()),
            "client_secret_source` has not returned within five seconds",
        ),
        (
            |it| it.client_secret_source(|_| async { panic!("canary") }),
            "client_secret_source` panicked",
        ),
    ];
    for (settings, text) in assertions.into_iter().chain(secrets) {
        let sign_in = SignIn::with(settings);
        let error = failure_before_sending(&sign_in).await;
        assert_eq!(error.code(), "client_auth.source");
        assert!(error.is_transient() && error.is_without_credentials());
        let shown = error.to_string();
        assert!(shown.contains(text), "{shown}");
        assert!(
            !shown.contains("canary") && !shown.contains('\u{1b}'),
            "{shown}"
        );
        // The session of a refresh is kept.
        let error = sign_in.refresh().await.unwrap_err();
        assert!(error.error().is_transient() && !error.error().may_have_been_sent());
    }
}

#[tokio::test]
async fn what_a_function_returns_is_checked_before_it_is_sent() {
    for jwt in ["", "canary", "a.b", "a.b.c\r\nx", "a.b.c d"] {
        let sign_in = SignIn::with(|provider| {
            provider.client_assertion_source(move |_| async move { Ok(ClientAssertion::new(jwt)) })
        });
        let error = failure_before_sending(&sign_in).await;
        assert_eq!(error.code(), "client_auth.assertion");
        assert!(error.is_without_credentials(), "{error}");
        assert!(!error.to_string().contains("canary"), "{error}");
    }
    let sign_in = SignIn::with(|provider| {
        provider.client_secret_source(|_| async { Ok(ClientSecret::new("")) })
    });
    let error = failure_before_sending(&sign_in).await;
    assert_eq!(error.code(), "client_auth.secret");
    assert!(error.is_without_credentials(), "{error}");
    // The provider does not accept the credentials that it got.
    let sign_in = SignIn::new();
    sign_in
        .op
        .answer("/token", 401, r#"{"error":"invalid_client"}"#);
    let error = sign_in.exchange(|it| it).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(!error.is_without_credentials(), "{error}");
}

/// Counts one call of a source for as long as it runs.
struct Running(Arc<AtomicUsize>);

impl Running {
    fn new(running: &Arc<AtomicUsize>, most: &AtomicUsize) -> Self {
        let now = running.fetch_add(1, Ordering::SeqCst) + 1;
        most.fetch_max(now, Ordering::SeqCst);
        Self(Arc::clone(running))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[tokio::test(start_paused = true)]
async fn a_function_is_called_no_more_often_at_once_than_requests_may_be_in_flight() {
    let most = Arc::new(AtomicUsize::new(0));
    let sign_in = {
        let (running, most) = (Arc::default(), Arc::clone(&most));
        SignIn::with(|provider| {
            provider.client_secret_source(move |_| {
                let running = Running::new(&running, &most);
                async move {
                    let _running = running;
                    pending().await
                }
            })
        })
    };
    let relying_party = &sign_in.relying_party;
    let introspect = || relying_party.introspect("t", TokenTypeHint::AccessToken);
    let revoke = || relying_party.revoke("t", TokenTypeHint::RefreshToken);

    join_all((0..100).map(|_| sign_in.refresh())).await;
    assert_eq!(most.swap(0, Ordering::SeqCst), 64);
    join_all((0..100).map(|_| introspect())).await;
    assert_eq!(most.swap(0, Ordering::SeqCst), 32);
    join_all((0..100).map(|_| revoke())).await;
    assert_eq!(most.swap(0, Ordering::SeqCst), 16);
}

/// A file that is removed at the end of the test.
struct TokenFile(PathBuf);

impl TokenFile {
    fn new(name: &str) -> Self {
        let name = format!("relying-party-{}-{name}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    fn sign_in(&self) -> SignIn {
        SignIn::with(|provider| provider.client_assertion_file(&self.0))
    }
}

impl Drop for TokenFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[tokio::test]
async fn an_assertion_file_is_read_again_at_every_request() {
    let file = TokenFile::new("renewed");
    let sign_in = file.sign_in();
    for (content, sent) in [
        (JWT.to_owned(), JWT.to_owned()),
        (format!("\n {JWT}2 \r\n"), format!("{JWT}2")),
        (format!("{JWT}3\n"), format!("{JWT}3")),
    ] {
        fs::write(&file.0, content).unwrap();
        sign_in.exchange_for(json!({})).await.unwrap();
        assert_eq!(sign_in.op.token_form()["client_assertion"], sent);
    }
}

#[tokio::test]
async fn an_assertion_file_that_cannot_be_used_is_a_transient_error_with_its_path() {
    let file = TokenFile::new("damaged");
    let sign_in = file.sign_in();
    let large = format!("{JWT}{}", "a".repeat(64 * 1024));
    let cases: [(Option<&[u8]>, &str); 6] = [
        (None, "does not exist"),
        (Some(b""), "does not contain a JWT"),
        (Some(b"canary"), "does not contain a JWT"),
        (Some(b"a.b.\xff"), "does not contain a JWT"),
        (Some(large.as_bytes()), "larger than 64 KiB"),
        (None, "does not exist"),
    ];
    for (content, text) in cases {
        match content {
            Some(content) => fs::write(&file.0, content).unwrap(),
            None => drop(fs::remove_file(&file.0)),
        }
        let error = failure_before_sending(&sign_in).await;
        assert_eq!(error.code(), "client_auth.file");
        assert!(error.is_transient() && error.is_without_credentials());
        let shown = error.to_string();
        assert!(shown.contains(text) && shown.contains("damaged"), "{shown}");
        assert!(!shown.contains("canary"), "{shown}");
    }
    // It has come back.
    fs::write(&file.0, JWT).unwrap();
    sign_in.exchange_for(json!({})).await.unwrap();

    let folder = SignIn::with(|provider| provider.client_assertion_file(std::env::temp_dir()));
    let error = failure_before_sending(&folder).await;
    assert_eq!(error.code(), "client_auth.file");
    assert!(error.to_string().contains("not a regular file"), "{error}");
}

#[tokio::test]
async fn an_error_shows_no_assertion_that_the_provider_repeats() {
    let from_source = |provider: Provider| {
        provider.client_assertion_source(|_| async { Ok(ClientAssertion::new(JWT)) })
    };
    let signed = |provider: Provider| with_keys([key(P256)])(provider);
    let with_secret = |provider: Provider| {
        provider
            .client_auth_method(ClientAuthMethod::ClientSecretPost)
            .client_secret_source(|_| async { Ok(ClientSecret::new("the vault's secret")) })
    };
    let apple = |_| super::apple::provider();
    let settings: [fn(Provider) -> Provider; 4] = [from_source, signed, with_secret, apple];
    for settings in settings {
        // An assertion is new each time, so the response repeats parts that are always the same.
        for part in [0, 1, 2] {
            let sign_in = SignIn::with(settings);
            sign_in.exchange_for(json!({})).await.unwrap();
            let form = sign_in.op.token_form();
            let name = match form.contains_key("client_secret") {
                true => "client_secret",
                false => "client_assertion",
            };
            let parts: Vec<&str> = form[name].split('.').collect();
            let Some(part) = parts.get(part).filter(|_| part != 2 || parts.len() == 1) else {
                continue;
            };
            let repeated = part.get(..20).unwrap_or(part);
            let body = json!({ "error": "invalid_client", "error_description": repeated });
            for path in ["/token", "/introspect", "/revoke"] {
                sign_in.op.answer(path, 401, &body.to_string());
            }
            let hint = TokenTypeHint::AccessToken;
            let relying_party = &sign_in.relying_party;
            let errors = [
                sign_in.exchange(|it| it).await.map(drop).unwrap_err(),
                relying_party
                    .introspect("t", hint)
                    .await
                    .map(drop)
                    .unwrap_err(),
                relying_party.revoke("t", hint).await.map(drop).unwrap_err(),
            ];
            for error in errors {
                assert_eq!(error.oauth_error_code(), Some("invalid_client"));
                let shown = format!("{error} {:?}", error.detail());
                assert!(
                    shown.contains("[removed]") && !shown.contains(repeated),
                    "{shown}"
                );
            }
        }
    }
}

#[test]
fn debug_shows_no_credential() {
    let provider = with_keys([key(P256)])(Provider::new(ISSUER, CLIENT_ID))
        .client_secret("canary-secret")
        .client_secret_source(|_| async { Ok(ClientSecret::new("canary")) });
    let shown = format!(
        "{provider:?} {:?} {:?} {:?}",
        key(P256),
        ClientSecret::new("canary"),
        ClientAssertion::new("canary"),
    );
    assert!(!shown.contains("canary"), "{shown}");
    let lines = P256.lines().filter(|line| !line.starts_with("-----"));
    for line in lines {
        assert!(!shown.contains(line), "{shown}");
    }
    assert!(shown.contains(key(P256).key_id()), "{shown}");
}
