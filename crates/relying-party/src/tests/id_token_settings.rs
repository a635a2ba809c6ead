//! The settings for the verification of ID tokens.

use std::time::Duration;

use http::Response;
use serde_json::json;

use super::{ISSUER, NOW, SignIn, Signer};
use crate::{
    AuthorizationResponse, ClaimsRequest, Error, ErrorKind, Provider, RequestedClaim, SignInTokens,
};

const SECOND_ISSUER: &str = "https://second.example";

pub(super) fn code(exchanged: Result<SignInTokens, Error>) -> &'static str {
    exchanged.map_or_else(|error| error.code(), |_| "accepted")
}

/// A provider with two issuers.
fn renamed() -> SignIn {
    SignIn::with(|provider| provider.accepted_issuers([SECOND_ISSUER, "op.example"]))
}

/// The same for a single user.
fn renamed_for_alice() -> SignIn {
    SignIn::with(|provider| {
        let provider = provider.accepted_issuers([SECOND_ISSUER, "op.example"]);
        provider.expected_subject("alice")
    })
}

#[tokio::test]
async fn an_id_token_of_any_accepted_issuer_is_accepted_and_of_no_other() {
    let sign_in = renamed();
    for iss in [ISSUER, SECOND_ISSUER, "op.example"] {
        let tokens = sign_in.exchange_for(json!({ "iss": iss })).await.unwrap();
        assert_eq!(tokens.id_token().claims().iss(), iss);
    }
    for iss in [
        "https://second.example/",
        "https://SECOND.example",
        "second.example",
        "OP.example",
        "",
    ] {
        let error = sign_in
            .exchange_for(json!({ "iss": iss }))
            .await
            .unwrap_err();
        assert_eq!(error.code(), "id_token.iss", "{iss}");
        assert!(error.message().contains("`accepted_issuers`"), "{error}");
        let detail = error.detail().unwrap();
        assert!(
            detail.contains(r#""https://op.example" or "https://second.example" or "op.example""#),
            "{detail}"
        );
    }
    let forged = Signer::es384("key-1").sign(&sign_in.claims(json!({ "iss": SECOND_ISSUER })));
    let forged = sign_in.exchange_for_jwt(&forged).await;
    assert_eq!(code(forged), "id_token.signature");
}

/// The setting applies only to ID tokens.
#[tokio::test]
async fn documents_and_responses_must_name_the_registered_issuer() {
    let sign_in = renamed();
    let query = format!(
        "code=c&state={}&iss={SECOND_ISSUER}",
        sign_in.secrets.state()
    );
    let response = AuthorizationResponse::parse(Some(&query)).unwrap();
    let error = sign_in
        .relying_party
        .validate(response, &sign_in.secrets)
        .await
        .unwrap_err();
    assert_eq!(error.code(), "authorization_response.iss_mismatch");

    let sign_in = renamed();
    sign_in.op.publish(&json!({ "issuer": SECOND_ISSUER }));
    let error = sign_in.relying_party.discover().await.unwrap_err();
    assert_eq!(error.code(), "discovery.issuer_mismatch");
}

#[tokio::test]
async fn a_refreshed_id_token_must_have_the_issuer_of_the_session() {
    let sign_in = renamed();
    for (session, refreshed) in [(ISSUER, SECOND_ISSUER), (SECOND_ISSUER, ISSUER)] {
        let session = sign_in.session(json!({ "iss": session }));
        sign_in.answer_with_id_token(json!({ "iss": session.iss() }));
        let tokens = sign_in.refresh_session(&session).await.unwrap();
        assert_eq!(
            tokens.tokens().id_token().unwrap().claims().iss(),
            session.iss(),
            "{refreshed}"
        );

        sign_in.answer_with_id_token(json!({ "iss": refreshed }));
        let error = sign_in.refresh_session(&session).await.unwrap_err();
        assert_eq!(error.error().code(), "id_token.iss");
        assert!(error.error().breaks_continuity(), "{refreshed}");
        assert_eq!(error.refresh_token(), None);
        let expected = format!(r#"session "{}", ID token "{refreshed}""#, session.iss());
        assert_eq!(error.error().detail(), Some(expected.as_str()));
    }
}

/// Settings may become stricter while a session lasts.
#[tokio::test]
async fn the_refresh_token_of_a_session_that_is_no_longer_accepted_is_not_sent() {
    let alice_alone = SignIn::with(|provider| provider.expected_subject("alice"));
    for (sign_in, session) in [
        (SignIn::new(), json!({ "iss": SECOND_ISSUER })),
        (renamed(), json!({ "iss": "https://third.example" })),
        (alice_alone, json!({ "sub": "bob" })),
        (renamed_for_alice(), json!({ "iss": SECOND_ISSUER })),
    ] {
        sign_in.answer_with_id_token(session.clone());
        let error = sign_in
            .refresh_session(&sign_in.session(session.clone()))
            .await
            .unwrap_err();
        assert_eq!(error.error().code(), "refresh.not_accepted", "{session}");
        assert_eq!(error.error().kind(), ErrorKind::Configuration);
        assert!(!error.error().may_have_been_sent());
        assert!(sign_in.op.requests_to("/token").is_empty());
    }
}

#[tokio::test]
async fn user_info_with_an_issuer_must_have_that_of_the_session() {
    let sign_in = renamed();
    for (session, named, expected) in [
        (ISSUER, json!(ISSUER), "accepted"),
        (SECOND_ISSUER, json!(SECOND_ISSUER), "accepted"),
        (SECOND_ISSUER, json!(null), "accepted"),
        (ISSUER, json!(SECOND_ISSUER), "user_info.iss"),
        (SECOND_ISSUER, json!(ISSUER), "user_info.iss"),
        (SECOND_ISSUER, json!("op.example"), "user_info.iss"),
        (ISSUER, json!("https://third.example"), "user_info.iss"),
    ] {
        let session = sign_in.session(json!({ "iss": session }));
        let claims = super::merged(json!({ "sub": "alice" }), &json!({ "iss": named }));
        let signed = sign_in.signer.sign(&claims);
        for (content_type, body) in [
            ("application/jwt", signed),
            ("application/json", claims.to_string()),
        ] {
            let head = Response::builder().header("content-type", content_type);
            sign_in.op.answer_with("/userinfo", head, &body);
            let answer = sign_in.relying_party.user_info("t", &session).await;
            let outcome = answer.map_or_else(|error| error.code(), |_| "accepted");
            assert_eq!(outcome, expected, "{content_type} {claims}");
        }
    }
}

#[tokio::test]
async fn only_the_expected_subject_may_sign_in_if_it_is_set() {
    let sign_in = SignIn::with(|provider| provider.expected_subject("alice"));
    for (sub, expected) in [
        ("alice", "accepted"),
        ("bob", "id_token.sub_not_allowed"),
        ("Alice", "id_token.sub_not_allowed"),
        ("alice ", "id_token.sub_not_allowed"),
        ("alic", "id_token.sub_not_allowed"),
    ] {
        let outcome = code(sign_in.exchange_for(json!({ "sub": sub })).await);
        assert_eq!(outcome, expected, "{sub}");
    }
    let error = sign_in
        .exchange_for(json!({ "sub": "bob" }))
        .await
        .unwrap_err();
    assert!(error.message().contains("`expected_subject`"), "{error}");
    assert!(!error.to_string().contains("bob"), "{error}");
}

/// At each of its issuers, the provider may assign the same `sub` to a different user.
#[tokio::test]
async fn the_expected_subject_is_a_user_of_the_configured_issuer_only() {
    let sign_in = renamed_for_alice();
    for (iss, expected) in [
        (ISSUER, "accepted"),
        (SECOND_ISSUER, "id_token.sub_not_allowed"),
        ("op.example", "id_token.sub_not_allowed"),
        ("https://third.example", "id_token.iss"),
    ] {
        let claims = json!({ "iss": iss, "sub": "alice" });
        assert_eq!(code(sign_in.exchange_for(claims).await), expected, "{iss}");
    }
}

#[tokio::test]
async fn the_sub_of_a_claims_request_is_a_user_of_the_configured_issuer() {
    let alice = RequestedClaim::voluntary().value("alice");
    let alice = ClaimsRequest::new().id_token("sub", alice);
    let any_sub = ClaimsRequest::new().id_token("sub", RequestedClaim::essential());
    let sign_in = renamed();
    for (iss, claims, user, expected) in [
        (ISSUER, &alice, None, "accepted"),
        (SECOND_ISSUER, &alice, None, "id_token.sub"),
        (SECOND_ISSUER, &any_sub, None, "accepted"),
        (SECOND_ISSUER, &alice, Some(SECOND_ISSUER), "accepted"),
        (ISSUER, &alice, Some(SECOND_ISSUER), "id_token.sub"),
        (SECOND_ISSUER, &alice, Some(ISSUER), "id_token.sub"),
    ] {
        sign_in.answer_with_id_token(json!({ "iss": iss }));
        let exchanged = sign_in.exchange(|exchange| {
            let exchange = exchange.claims_request(claims);
            match user {
                Some(iss) => exchange.expected_user(iss, "alice"),
                None => exchange,
            }
        });
        assert_eq!(code(exchanged.await), expected, "{iss} {user:?}");
    }
}

/// A sign-in with this `typ` in the header, or with none.
async fn outcome_of_type(sign_in: &SignIn, typ: Option<&str>) -> &'static str {
    let mut header = json!({ "alg": "ES384", "kid": "key-1" });
    if let Some(typ) = typ {
        header["typ"] = json!(typ);
    }
    let jwt = sign_in
        .signer
        .sign_with(&header, &sign_in.claims(json!({})));
    code(sign_in.exchange_for_jwt(&jwt).await)
}

#[tokio::test]
async fn the_typ_of_an_id_token_is_that_of_any_jwt_or_the_configured_one() {
    const REFUSED: &str = "id_token.typ";
    let any = SignIn::new();
    let jwt = SignIn::with(|provider| provider.id_token_type("jwt"));
    let own = SignIn::with(|provider| provider.id_token_type("application/Example.ID+jwt"));
    for (typ, with_any, with_jwt, with_own) in [
        (None, "accepted", REFUSED, REFUSED),
        (Some("JWT"), "accepted", "accepted", REFUSED),
        (Some("Application/jwt"), "accepted", "accepted", REFUSED),
        (Some("JOSE"), "accepted", REFUSED, REFUSED),
        (Some("example.id+JWT"), REFUSED, REFUSED, "accepted"),
        (
            Some("application/example.id+jwt"),
            REFUSED,
            REFUSED,
            "accepted",
        ),
        (Some("text/example.id+jwt"), REFUSED, REFUSED, REFUSED),
        (
            Some("application/application/jwt"),
            REFUSED,
            REFUSED,
            REFUSED,
        ),
        (Some("at+jwt"), REFUSED, REFUSED, REFUSED),
        (Some(""), REFUSED, REFUSED, REFUSED),
    ] {
        assert_eq!(outcome_of_type(&any, typ).await, with_any, "{typ:?}");
        assert_eq!(outcome_of_type(&jwt, typ).await, with_jwt, "{typ:?}");
        assert_eq!(outcome_of_type(&own, typ).await, with_own, "{typ:?}");
    }
    let unnamed = jwt.signer.sign_with(
        &json!({ "alg": "ES384", "kid": "key-1" }),
        &jwt.claims(json!({})),
    );
    let error = jwt.exchange_for_jwt(&unnamed).await.unwrap_err();
    assert!(error.message().contains("`id_token_type`"), "{error}");
}

#[tokio::test]
async fn an_id_token_older_than_max_token_age_is_refused_with_leeway() {
    let hour = |provider: Provider| provider.max_token_age(Duration::from_secs(3_600));
    let sign_in = SignIn::with(hour);
    for (iat, expected) in [
        (NOW, "accepted"),
        (NOW - 3_600, "accepted"),
        (NOW - 3_660, "accepted"),
        (NOW - 3_661, "id_token.too_old"),
        (0, "id_token.too_old"),
        (NOW + 61, "id_token.iat"),
    ] {
        let outcome = code(sign_in.exchange_for(json!({ "iat": iat })).await);
        assert_eq!(outcome, expected, "{iat}");
    }
    let error = sign_in.exchange_for(json!({ "iat": 0 })).await.unwrap_err();
    assert!(error.message().contains("`max_token_age`"), "{error}");

    let exact = SignIn::with(|provider| hour(provider).leeway(Duration::ZERO));
    let outcome = code(exact.exchange_for(json!({ "iat": NOW - 3_601 })).await);
    assert_eq!(outcome, "id_token.too_old");
    let longest = SignIn::with(|provider| provider.max_token_age(Duration::MAX));
    assert_eq!(
        code(longest.exchange_for(json!({ "iat": 0 })).await),
        "accepted"
    );
}

/// A wrong time says nothing about the user. The ID token of another user still ends the session.
#[tokio::test]
async fn an_old_id_token_at_a_refresh_is_refused_without_ending_the_session() {
    let sign_in = SignIn::with(|provider| provider.max_token_age(Duration::from_secs(3_600)));
    let old = json!({ "iat": NOW - 5_000 });
    sign_in.answer_with_id_token(json!({ "iat": NOW - 3_661 }));
    let error = sign_in
        .refresh_session(&sign_in.session(old.clone()))
        .await
        .unwrap_err();
    assert_eq!(error.error().code(), "id_token.too_old");
    assert!(!error.error().breaks_continuity());
    assert_eq!(error.refresh_token(), Some("the-refresh-token"));

    sign_in.answer_with_id_token(json!({ "iat": NOW - 3_661, "sub": "bob" }));
    let error = sign_in
        .refresh_session(&sign_in.session(old))
        .await
        .unwrap_err();
    assert_eq!(error.error().code(), "id_token.sub");
    assert!(error.error().breaks_continuity());
}
