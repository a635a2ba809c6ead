//! Header parameters of an ID token that the application processes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::Response;
use serde_json::{Value, json};

use super::id_token_settings::code;
use super::{SignIn, Signer};
use crate::Provider;

#[tokio::test]
async fn the_settings_of_id_token_headers_do_not_apply_to_signed_user_info() {
    let sign_in = SignIn::with(|provider| {
        provider
            .id_token_type("id+jwt")
            .critical_header("tenant", |_| true)
    });
    let header = |more: Value| {
        let header = json!({ "alg": "ES384", "kid": "key-1", "typ": "JWT" });
        super::merged(header, &more)
    };
    for (more, expected) in [
        (json!({}), "accepted"),
        (json!({ "typ": "id+jwt" }), "user_info.jwt"),
        (json!({ "crit": ["tenant"], "tenant": 1 }), "user_info.jwt"),
    ] {
        let claims = json!({ "sub": "alice" });
        let jwt = sign_in.signer.sign_with(&header(more.clone()), &claims);
        let head = Response::builder().header("content-type", "application/jwt");
        sign_in.op.answer_with("/userinfo", head, &jwt);
        let answer = sign_in.relying_party.user_info("t", &super::alice()).await;
        let outcome = answer.map_or_else(|error| error.code(), |_| "accepted");
        assert_eq!(outcome, expected, "{more}");
    }
}

/// Returns the result of a sign-in whose ID token has exactly these members in its header.
async fn outcome_of_header(sign_in: &SignIn, members: &str) -> &'static str {
    let header = format!(r#"{{"alg":"ES384","kid":"key-1"{members}}}"#);
    let claims = sign_in.claims(json!({})).to_string();
    let jwt = sign_in.signer.sign_text(&header, &claims);
    code(sign_in.exchange_for_jwt(&jwt).await)
}

/// RFC 7515 section 4.1.11.
#[tokio::test]
async fn a_critical_parameter_needs_a_check_that_accepts_its_value() {
    const REFUSED: &str = "id_token.header";
    let set = |provider: Provider| {
        provider
            .critical_header("tenant", |value| value.as_str() == r#""acme""#)
            .critical_header("http://example.com/UNDEFINED", |value| {
                value.deserialize::<u8>().is_ok()
            })
            .critical_header("panics", |_| panic!("a check that has a bug"))
    };
    let (sign_in, without) = (SignIn::with(set), SignIn::new());
    let undefined = r#""http://example.com/UNDEFINED""#;
    for (members, expected) in [
        (
            r#","crit":["tenant"],"tenant":"acme""#.to_owned(),
            "accepted",
        ),
        (
            r#","tenant":"acme","crit":["tenant"]"#.to_owned(),
            "accepted",
        ),
        (
            r#","crit":["t\u0065nant"],"ten\u0061nt":"acme""#.to_owned(),
            "accepted",
        ),
        (
            format!(r#","crit":[{undefined}],{undefined}:7"#),
            "accepted",
        ),
        (
            format!(r#","crit":[{undefined},"tenant"],{undefined}:7,"tenant":"acme""#),
            "accepted",
        ),
        // The application does not accept the value.
        (
            r#","crit":["tenant"],"tenant":"other""#.to_owned(),
            "id_token.crit",
        ),
        (
            r#","crit":["tenant"],"tenant":null"#.to_owned(),
            "id_token.crit",
        ),
        (
            format!(r#","crit":[{undefined}],{undefined}:256"#),
            "id_token.crit",
        ),
        (
            format!(r#","crit":["tenant",{undefined}],{undefined}:7,"tenant":"other""#),
            "id_token.crit",
        ),
        (
            r#","crit":["panics"],"panics":1"#.to_owned(),
            "id_token.crit",
        ),
        // Absent, or a duplicate.
        (r#","crit":["tenant"]"#.to_owned(), REFUSED),
        (
            format!(r#","crit":["tenant",{undefined}],"tenant":"acme""#),
            REFUSED,
        ),
        (
            r#","crit":["tenant"],"tenant":"acme","tenant":"acme""#.to_owned(),
            REFUSED,
        ),
        (
            r#","crit":["tenant"],"tenant":"other","t\u0065nant":"acme""#.to_owned(),
            REFUSED,
        ),
        (
            r#","crit":["tenant","tenant"],"tenant":"acme""#.to_owned(),
            REFUSED,
        ),
        // Without a check, or with a name that the standards define.
        (r#","crit":["other"],"other":1"#.to_owned(), REFUSED),
        (
            r#","crit":["tenant","other"],"tenant":"acme","other":1"#.to_owned(),
            REFUSED,
        ),
        (r#","crit":["Tenant"],"Tenant":"acme""#.to_owned(), REFUSED),
        (r#","crit":["b64"],"b64":true"#.to_owned(), REFUSED),
        (r#","crit":["b64"],"b64":false"#.to_owned(), REFUSED),
        (
            r#","crit":["tenant","b64"],"tenant":"acme","b64":true"#.to_owned(),
            REFUSED,
        ),
        (r#","crit":["alg"]"#.to_owned(), REFUSED),
        (
            r#","crit":["tenant","kid"],"tenant":"acme""#.to_owned(),
            REFUSED,
        ),
        (r#","crit":["crit"]"#.to_owned(), REFUSED),
        // Not a list of names.
        (r#","crit":[]"#.to_owned(), REFUSED),
        (r#","crit":null"#.to_owned(), REFUSED),
        (r#","crit":"tenant","tenant":"acme""#.to_owned(), REFUSED),
        (
            r#","crit":{"tenant":1},"tenant":"acme""#.to_owned(),
            REFUSED,
        ),
        (
            r#","crit":["tenant",1],"tenant":"acme""#.to_owned(),
            REFUSED,
        ),
        (
            r#","crit":[["tenant"]],"tenant":"acme""#.to_owned(),
            REFUSED,
        ),
        (r#","crit":[""],"":1"#.to_owned(), REFUSED),
        (
            format!(
                r#","crit":["tenant"{}],"tenant":"acme""#,
                r#","x""#.repeat(10_000)
            ),
            REFUSED,
        ),
        (
            format!(r#","crit":{}"#, "[".repeat(10_000) + &"]".repeat(10_000)),
            REFUSED,
        ),
        (
            r#","crit":["tenant"],"crit":["tenant"],"tenant":"acme""#.to_owned(),
            "id_token.malformed",
        ),
    ] {
        let shown = format!("{members:.80}");
        assert_eq!(
            outcome_of_header(&sign_in, &members).await,
            expected,
            "{shown}"
        );
        let default = match expected {
            "id_token.malformed" => expected,
            _ => REFUSED,
        };
        assert_eq!(
            outcome_of_header(&without, &members).await,
            default,
            "{shown}"
        );
    }
    // A parameter that is not critical may be ignored.
    assert_eq!(
        outcome_of_header(&sign_in, r#","tenant":"other","panics":1"#).await,
        "accepted"
    );
}

#[tokio::test]
async fn a_check_runs_once_and_only_for_a_token_that_the_provider_signed() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let sign_in = SignIn::with(|provider| {
        provider.critical_header("tenant", move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
            true
        })
    });
    let header = json!({ "alg": "ES384", "kid": "key-1", "crit": ["tenant"], "tenant": 1 });
    let claims = sign_in.claims(json!({}));
    let forged = Signer::es384("key-1").sign_with(&header, &claims);
    assert_eq!(
        code(sign_in.exchange_for_jwt(&forged).await),
        "id_token.signature"
    );
    assert_eq!(calls.load(Ordering::Relaxed), 0);

    let signed = sign_in.signer.sign_with(&header, &claims);
    assert_eq!(code(sign_in.exchange_for_jwt(&signed).await), "accepted");
    assert_eq!(calls.load(Ordering::Relaxed), 1);
}

/// The new refresh token must not be lost with an ID token that the application does not accept.
#[tokio::test]
async fn a_refused_critical_parameter_at_a_refresh_does_not_end_the_session() {
    let sign_in = SignIn::with(|provider| provider.critical_header("tenant", |_| false));
    let header = json!({ "alg": "ES384", "kid": "key-1", "crit": ["tenant"], "tenant": 1 });
    let id_token = sign_in
        .signer
        .sign_with(&header, &sign_in.claims(json!({})));
    let response = super::token_response(&id_token).to_string();
    let error = sign_in.failure_to_refresh(200, &response).await;
    assert_eq!(error.error().code(), "id_token.crit");
    assert_eq!(error.error().detail(), Some("\"tenant\""));
    assert!(!error.error().breaks_continuity());
    assert_eq!(error.refresh_token(), Some("the-refresh-token"));
}
