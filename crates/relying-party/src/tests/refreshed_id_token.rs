//! The check that a refreshed ID token continues the sign-in.

use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};

use super::{CLIENT_ID, NOW, SignIn, Signer, token_response};
use crate::{ErrorKind, RefreshRequest};

impl SignIn {
    /// Returns the result of a refresh whose new ID token has these claims.
    async fn outcome_of(&self, session: Value, id_token: Value) -> (&'static str, bool) {
        self.answer_with_id_token(id_token);
        match self.refresh_session(&self.session(session)).await {
            Ok(tokens) => {
                assert!(tokens.tokens().id_token().is_some());
                ("accepted", false)
            }
            Err(error) => {
                assert!(error.error().may_have_been_sent());
                assert_eq!(error.error().kind(), ErrorKind::Response);
                // It may have replaced the old one. One of another user is only revoked.
                let token = Some("the-refresh-token");
                let (kept, revoked) = (error.refresh_token(), error.refresh_token_to_revoke());
                match error.error().breaks_continuity() {
                    true => assert_eq!((kept, revoked), (None, token)),
                    false => assert_eq!((kept, revoked), (token, None)),
                }
                (error.error().code(), error.error().breaks_continuity())
            }
        }
    }
}

#[tokio::test]
async fn an_id_token_that_does_not_continue_the_sign_in_ends_the_session() {
    let sign_in = SignIn::with(|provider| provider.trusted_audiences(["trusted"]));
    let two = json!({ "aud": [CLIENT_ID, "trusted"] });
    let original = json!({ "auth_time": NOW - 100 });
    for (session, id_token, expected) in [
        (json!({}), json!({ "sub": "bob" }), "id_token.sub"),
        (json!({}), json!({ "sub": "Alice" }), "id_token.sub"),
        (
            json!({}),
            json!({ "iss": "https://other.example" }),
            "id_token.iss",
        ),
        (json!({}), json!({ "aud": "other" }), "id_token.aud"),
        // With any other audience.
        (
            json!({}),
            json!({ "aud": ["other", "trusted"] }),
            "id_token.aud",
        ),
        (
            json!({}),
            json!({ "aud": [CLIENT_ID, "other"], "sub": "bob" }),
            "id_token.sub",
        ),
        // With any times.
        (
            json!({}),
            json!({ "sub": "bob", "exp": NOW - 60 }),
            "id_token.sub",
        ),
        (
            json!({}),
            json!({ "sub": "bob", "nbf": NOW + 61 }),
            "id_token.sub",
        ),
        (
            json!({}),
            json!({ "nonce": "other", "iat": NOW + 61 }),
            "id_token.nonce",
        ),
        (two.clone(), json!({}), "id_token.aud"),
        (json!({}), json!({ "azp": "other" }), "id_token.azp"),
        (json!({}), json!({ "nonce": "other" }), "id_token.nonce"),
        (json!({}), json!({ "nonce": "" }), "id_token.nonce"),
        (json!({ "nonce": null }), json!({}), "id_token.nonce"),
        (
            original.clone(),
            json!({ "auth_time": NOW + 61 }),
            "id_token.auth_time",
        ),
        (
            original,
            json!({ "auth_time": NOW - 101 }),
            "id_token.auth_time",
        ),
    ] {
        let shown = format!("{session} {id_token}");
        let outcome = sign_in.outcome_of(session, id_token).await;
        assert_eq!(outcome, (expected, true), "{shown}");
    }
}

/// OpenID Connect Core 1.0 section 12.2 allows these differences, and providers use them.
#[tokio::test]
async fn an_id_token_that_continues_the_sign_in_is_accepted() {
    let sign_in = SignIn::with(|provider| provider.trusted_audiences(["trusted"]));
    for (session, id_token) in [
        (json!({}), json!({})),
        (json!({}), json!({ "nonce": null })),
        (json!({}), json!({ "azp": CLIENT_ID })),
        (json!({ "azp": CLIENT_ID }), json!({})),
        (json!({}), json!({ "auth_time": NOW - 100 })),
        (json!({ "auth_time": NOW - 100 }), json!({})),
        (
            json!({ "auth_time": NOW - 100 }),
            json!({ "auth_time": NOW - 100 }),
        ),
        (
            json!({ "auth_time": NOW - 100 }),
            json!({ "auth_time": NOW - 99 }),
        ),
        (
            json!({ "auth_time": NOW - 100 }),
            json!({ "auth_time": NOW + 60 }),
        ),
        (json!({}), json!({ "aud": ["trusted", CLIENT_ID] })),
        (json!({ "acr": "gold" }), json!({ "acr": "silver" })),
        (json!({ "exp": NOW - 9999, "iat": NOW - 99_999 }), json!({})),
        (json!({}), json!({ "iat": NOW - 60 })),
    ] {
        let shown = format!("{session} {id_token}");
        let outcome = sign_in.outcome_of(session, id_token).await;
        assert_eq!(outcome.0, "accepted", "{shown}");
    }
}

/// After a refreshed ID token without `auth_time`, one of an earlier authentication must still be
/// refused.
#[tokio::test]
async fn the_auth_time_of_the_sign_in_is_used_if_the_previous_id_token_has_none() {
    let sign_in = SignIn::new();
    let session = sign_in.session(json!({}));
    for (time, is_accepted) in [(NOW - 101, false), (NOW - 100, true), (NOW, true)] {
        sign_in.answer_with_id_token(json!({ "auth_time": time }));
        let signed_in_at = UNIX_EPOCH + Duration::from_secs(NOW - 100);
        let request = RefreshRequest::new("the-refresh-token", &session).auth_time(signed_in_at);
        let refreshed = sign_in.relying_party.refresh(request).await;
        assert_eq!(refreshed.is_ok(), is_accepted, "{time}");
        assert!(
            refreshed
                .err()
                .is_none_or(|error| error.error().breaks_continuity())
        );
    }
}

/// The provider may add an audience at any time, without any action of the user.
#[tokio::test]
async fn an_id_token_with_an_untrusted_audience_is_ignored_and_the_tokens_are_kept() {
    let sign_in = SignIn::with(|provider| provider.trusted_audiences(["trusted"]));
    for (session, aud) in [
        (json!({}), json!([CLIENT_ID, "other"])),
        (json!({}), json!(["trusted", "other", CLIENT_ID])),
        (
            json!({ "aud": [CLIENT_ID, "trusted"] }),
            json!([CLIENT_ID, "other"]),
        ),
    ] {
        sign_in.answer_with_id_token(json!({ "aud": aud }));
        let tokens = sign_in.refresh_session(&sign_in.session(session)).await;
        let tokens = tokens.unwrap();
        assert!(
            tokens.tokens().id_token().is_none() && tokens.id_token_ignored(),
            "{aud}"
        );
        assert_eq!(tokens.tokens().access_token(), "the-access-token");
        assert_eq!(tokens.tokens().refresh_token(), Some("the-refresh-token"));
    }
    sign_in.answer_with_id_token(json!({ "aud": [CLIENT_ID, "other"], "at_hash": "other" }));
    let error = sign_in.refresh().await.unwrap_err();
    assert_eq!(error.error().code(), "id_token.at_hash");
}

/// An error of a provider's clock or keys says nothing about the user.
#[tokio::test]
async fn an_inconclusive_id_token_is_refused_without_ending_the_session() {
    let sign_in = SignIn::new();
    for (id_token, expected) in [
        (json!({ "exp": NOW - 60 }), "id_token.exp"),
        (json!({ "iat": NOW + 61 }), "id_token.iat"),
        (json!({ "iat": NOW - 61 }), "id_token.iat"),
        (json!({ "nbf": NOW + 61 }), "id_token.nbf"),
        (json!({ "at_hash": "other" }), "id_token.at_hash"),
        (json!({ "exp": null }), "id_token.claims"),
    ] {
        let shown = id_token.to_string();
        let outcome = sign_in.outcome_of(json!({}), id_token).await;
        assert_eq!(outcome, (expected, false), "{shown}");
    }

    let bob = sign_in.claims(json!({ "sub": "bob" }));
    let forged = Signer::es384("key-1").sign(&bob);
    let none = format!("{}.e30.", super::signer::base64(br#"{"alg":"none"}"#));
    for (jwt, expected) in [
        (forged, "id_token.signature"),
        (none, "id_token.algorithm"),
        ("a.b.c".to_owned(), "id_token.malformed"),
    ] {
        let response = token_response(&jwt).to_string();
        let error = sign_in.failure_to_refresh(200, &response).await;
        assert_eq!(error.error().code(), expected);
        assert!(!error.error().breaks_continuity() && error.error().may_have_been_sent());
    }
}
