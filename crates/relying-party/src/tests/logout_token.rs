//! The verification of logout tokens.

use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};

use super::signer::base64;
use super::{CLIENT_ID, HandClock, ISSUER, NOW, SignIn, Signer, merged};
use crate::{Error, LogoutToken, Provider, SigningAlgorithm};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// The claims of a valid logout token with `changes`; `null` removes a claim.
fn logout(changes: &Value) -> Value {
    let claims = json!({
        "iss": ISSUER, "sub": "alice", "sid": "session-1", "aud": CLIENT_ID, "iat": NOW,
        "exp": NOW + 120, "jti": "token-1", "events": { EVENT: {} },
    });
    merged(claims, changes)
}

fn code(verified: Result<LogoutToken, Error>) -> &'static str {
    verified.map_or_else(|error| error.code(), |_| "accepted")
}

impl SignIn {
    async fn verify_logout(&self, changes: Value) -> Result<LogoutToken, Error> {
        let text = self.signer.sign(&logout(&changes));
        self.relying_party.verify_logout_token(&text).await
    }

    async fn outcome_of_logout(&self, changes: Value) -> &'static str {
        code(self.verify_logout(changes).await)
    }

    async fn outcome_with_header(&self, header: Value) -> &'static str {
        let text = self.signer.sign_with(&header, &logout(&json!({})));
        code(self.relying_party.verify_logout_token(&text).await)
    }
}

#[tokio::test]
async fn a_valid_logout_token_says_whose_sessions_end() {
    let sign_in = SignIn::new();
    let token = sign_in.verify_logout(json!({})).await.unwrap();

    assert_eq!(token.iss(), ISSUER);
    assert_eq!(
        (token.sub(), token.sid()),
        (Some("alice"), Some("session-1"))
    );
    assert_eq!(token.jti(), "token-1");
    assert_eq!(token.iat(), UNIX_EPOCH + Duration::from_secs(NOW));
    let valid_until = UNIX_EPOCH + Duration::from_secs(NOW + 120 + 60);
    assert_eq!(token.valid_until(), valid_until);
    let shown = format!("{token:?}");
    assert!(shown.contains(ISSUER) && !shown.contains("alice") && !shown.contains("session-1"));
}

#[tokio::test]
async fn each_missing_or_wrong_claim_of_a_logout_token_is_refused_with_its_code() {
    let sign_in = SignIn::new();
    let long = "s".repeat(256);
    for (changes, expected) in [
        (json!({ "sub": null }), "accepted"),
        (json!({ "sid": null }), "accepted"),
        (json!({ "sub": null, "sid": null }), "logout_token.subject"),
        (json!({ "sid": "" }), "logout_token.subject"),
        (json!({ "sub": "" }), "logout_token.subject"),
        (json!({ "sid": long }), "logout_token.subject"),
        (json!({ "sub": long }), "logout_token.subject"),
        (
            json!({ "sid": &long[..255], "sub": &long[..255] }),
            "accepted",
        ),
        (json!({ "sid": 7 }), "logout_token.claims"),
        (json!({ "sub": ["alice"] }), "logout_token.claims"),
        (json!({ "iss": null }), "logout_token.claims"),
        (
            json!({ "iss": "https://other.example" }),
            "logout_token.iss",
        ),
        (json!({ "aud": null }), "logout_token.claims"),
        (json!({ "aud": "another-client" }), "logout_token.aud"),
        (json!({ "aud": [] }), "logout_token.aud"),
        (json!({ "aud": [CLIENT_ID] }), "accepted"),
        (
            json!({ "aud": [CLIENT_ID, "other"] }),
            "logout_token.aud_untrusted",
        ),
        (json!({ "azp": "another-client" }), "logout_token.azp"),
        (json!({ "iat": null }), "logout_token.claims"),
        (json!({ "iat": NOW.to_string() }), "logout_token.claims"),
        (json!({ "exp": "soon" }), "logout_token.claims"),
        (json!({ "exp": -1 }), "logout_token.claims"),
        (json!({ "jti": null }), "logout_token.jti"),
        (json!({ "jti": "" }), "logout_token.jti"),
        (json!({ "jti": 7 }), "logout_token.claims"),
        (json!({ "nonce": "n" }), "logout_token.nonce"),
        (json!({ "events": null }), "logout_token.events"),
        (json!({ "events": {} }), "logout_token.events"),
        (json!({ "events": EVENT }), "logout_token.events"),
        (json!({ "events": [EVENT] }), "logout_token.events"),
        (
            json!({ "events": { "http://schemas.openid.net/event/other": {} } }),
            "logout_token.events",
        ),
        (json!({ "events": { EVENT: true } }), "logout_token.events"),
        (json!({ "events": { EVENT: [] } }), "logout_token.events"),
        (
            json!({ "events": { EVENT: { "more": 1 }, "https://event.example": {} } }),
            "accepted",
        ),
    ] {
        assert_eq!(
            sign_in.outcome_of_logout(changes.clone()).await,
            expected,
            "{changes}"
        );
    }
}

#[tokio::test]
async fn a_claim_that_is_null_or_there_twice_is_not_absent() {
    let sign_in = SignIn::new();
    let claims = logout(&json!({})).to_string();
    let body = claims.strip_suffix('}').unwrap();
    let header = json!({ "alg": "ES384", "kid": "key-1" }).to_string();
    for (more, expected) in [
        (r#""nonce":null"#, "logout_token.nonce"),
        (r#""events":{}"#, "logout_token.claims"),
        (r#""sub":"bob""#, "logout_token.claims"),
        (r#""iss":"https://other.example""#, "logout_token.claims"),
    ] {
        let text = sign_in
            .signer
            .sign_text(&header, &format!("{body},{more}}}"));
        let outcome = code(sign_in.relying_party.verify_logout_token(&text).await);
        assert_eq!(outcome, expected, "{more}");
    }
}

#[tokio::test]
async fn a_logout_token_is_valid_until_it_expires_and_for_ten_minutes_at_most() {
    let sign_in = SignIn::new();
    for (changes, expected) in [
        (json!({ "iat": NOW + 60 }), "accepted"),
        (json!({ "iat": NOW + 61 }), "logout_token.iat"),
        (json!({ "exp": NOW - 59 }), "accepted"),
        (json!({ "exp": NOW - 60 }), "logout_token.exp"),
        (json!({ "iat": NOW - 660 }), "accepted"),
        (json!({ "iat": NOW - 661 }), "logout_token.too_old"),
        (json!({ "nbf": NOW + 61 }), "logout_token.nbf"),
        // Before the errata of 2023, `exp` was not required.
        (json!({ "exp": null }), "accepted"),
        (json!({ "exp": null, "iat": NOW - 180 }), "accepted"),
        (
            json!({ "exp": null, "iat": NOW - 181 }),
            "logout_token.too_old",
        ),
    ] {
        assert_eq!(
            sign_in.outcome_of_logout(changes.clone()).await,
            expected,
            "{changes}"
        );
    }
}

#[tokio::test]
async fn a_logout_token_is_refused_from_the_time_that_it_names() {
    for changes in [
        json!({}),
        json!({ "exp": NOW + 86_400 }),
        json!({ "exp": null }),
        json!({ "exp": null, "iat": NOW + 60 }),
    ] {
        let clock = HandClock::new();
        let sign_in = SignIn::at(clock.clone(), Signer::es384("key-1"), |provider| provider);
        let token = sign_in.verify_logout(changes.clone()).await.unwrap();
        let valid_for = token
            .valid_until()
            .duration_since(crate::Clock::now(&clock));

        clock.advance(valid_for.unwrap() - Duration::from_secs(1));
        assert_eq!(
            sign_in.outcome_of_logout(changes.clone()).await,
            "accepted",
            "{changes}"
        );
        clock.advance(Duration::from_secs(1));
        assert_ne!(
            sign_in.outcome_of_logout(changes.clone()).await,
            "accepted",
            "{changes}"
        );
    }
}

#[tokio::test]
async fn the_type_of_a_logout_token_is_absent_or_that_of_one_or_of_any_jwt() {
    let sign_in = SignIn::with(|provider| provider.id_token_type("id+jwt"));
    for (typ, expected) in [
        (Value::Null, "accepted"),
        (json!("JWT"), "accepted"),
        (json!("jwt"), "accepted"),
        (json!("logout+jwt"), "accepted"),
        (json!("Logout+JWT"), "accepted"),
        (json!("application/logout+jwt"), "accepted"),
        (json!("id+jwt"), "logout_token.typ"),
        (json!("at+jwt"), "logout_token.typ"),
        (json!("secevent+jwt"), "logout_token.typ"),
        (json!(""), "logout_token.typ"),
    ] {
        let header = merged(
            json!({ "alg": "ES384", "kid": "key-1" }),
            &json!({ "typ": typ }),
        );
        assert_eq!(sign_in.outcome_with_header(header).await, expected, "{typ}");
    }
    for (more, expected) in [
        (json!({ "cty": "JWT" }), "logout_token.header"),
        (json!({ "crit": ["exp"] }), "logout_token.header"),
    ] {
        let header = merged(json!({ "alg": "ES384", "kid": "key-1" }), &more);
        assert_eq!(
            sign_in.outcome_with_header(header).await,
            expected,
            "{more}"
        );
    }
}

#[tokio::test]
async fn a_logout_token_needs_a_signature_with_an_allowed_algorithm() {
    let sign_in = SignIn::with(|provider| provider.client_secret("the-client-secret"));
    let payload = base64(logout(&json!({})).to_string().as_bytes());
    for alg in ["none", "None", "HS256", "HS512", "ES256K", ""] {
        let header = base64(json!({ "alg": alg }).to_string().as_bytes());
        let text = format!("{header}.{payload}.");
        let outcome = code(sign_in.relying_party.verify_logout_token(&text).await);
        assert_eq!(outcome, "logout_token.algorithm", "{alg}");
    }
    let stranger = Signer::es384("key-1").sign(&logout(&json!({})));
    let outcome = code(sign_in.relying_party.verify_logout_token(&stranger).await);
    assert_eq!(outcome, "logout_token.signature");

    let narrow = SignIn::with(|provider| provider.algorithms([SigningAlgorithm::Rs256]));
    assert_eq!(
        narrow.outcome_of_logout(json!({})).await,
        "logout_token.algorithm"
    );

    let secret = "0123456789abcdef0123456789abcdef";
    let hmac = SignIn::signed_by(Signer::hmac("HS256", secret.as_bytes()), |provider| {
        provider
            .client_secret(secret)
            .algorithms([SigningAlgorithm::Hs256])
    });
    assert_eq!(hmac.outcome_of_logout(json!({})).await, "accepted");
}

#[tokio::test]
async fn neither_an_id_token_nor_other_text_is_a_logout_token() {
    let sign_in = SignIn::new();
    let id_token = sign_in.signer.sign(&sign_in.claims(json!({})));
    let long = sign_in
        .signer
        .sign(&logout(&json!({ "more": "m".repeat(16 * 1024) })));
    for (text, expected) in [
        (id_token.as_str(), "logout_token.events"),
        ("", "logout_token.malformed"),
        ("a.b.c", "logout_token.malformed"),
        ("a.b.c.d.e", "logout_token.encrypted"),
        (&long, "logout_token.too_large"),
    ] {
        let outcome = code(sign_in.relying_party.verify_logout_token(text).await);
        assert_eq!(outcome, expected, "{text}");
    }
    let logout_token = sign_in.signer.sign(&logout(&json!({})));
    let error = sign_in.exchange_for_jwt(&logout_token).await.unwrap_err();
    assert_eq!(error.code(), "id_token.nonce");
}

#[tokio::test]
async fn the_tenants_of_logout_tokens_are_those_of_id_tokens() {
    let template = "https://op.example/{tenantid}/v2.0";
    let sign_in = SignIn::with(|_| {
        Provider::new(template, CLIENT_ID)
            .discovery_url("https://op.example/.well-known/openid-configuration")
            .allowed_tenants(["acme"])
    });
    sign_in.op.publish(&json!({ "issuer": template }));
    let of = |issuer: &str, tid: Value| json!({ "iss": format!("https://op.example/{issuer}/v2.0"), "tid": tid });
    for (changes, expected) in [
        (of("acme", json!("acme")), "accepted"),
        (of("acme", json!("beta")), "logout_token.tid"),
        (of("acme", Value::Null), "logout_token.tid"),
        (of("beta", json!("beta")), "logout_token.tenant_not_allowed"),
        (json!({}), "logout_token.iss"),
    ] {
        assert_eq!(
            sign_in.outcome_of_logout(changes.clone()).await,
            expected,
            "{changes}"
        );
    }
    let key = merged(
        sign_in.signer.jwk(),
        &json!({ "issuer": "https://op.example/beta/v2.0" }),
    );
    let other = SignIn::at(HandClock::new(), Signer::es384("key-1"), |_| {
        Provider::new(template, CLIENT_ID)
            .discovery_url("https://op.example/.well-known/openid-configuration")
            .allowed_tenants(["acme"])
    });
    other.op.publish(&json!({ "issuer": template }));
    other
        .op
        .answer("/jwks", 200, &json!({ "keys": [key] }).to_string());
    let text = sign_in.signer.sign(&logout(&of("acme", json!("acme"))));
    let outcome = code(other.relying_party.verify_logout_token(&text).await);
    assert_eq!(outcome, "logout_token.key_issuer");
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_logout_tokens_with_unknown_keys_costs_few_requests() {
    let sign_in = SignIn::at(
        HandClock::following_paused_time(),
        Signer::es384("key-1"),
        |provider| provider,
    );
    assert_eq!(sign_in.outcome_of_logout(json!({})).await, "accepted");
    let before = sign_in.op.requests_to("/jwks").len();
    let forged: Vec<_> = (0..200)
        .map(|number| {
            let header = json!({ "alg": "ES384", "kid": format!("invented-{number}") });
            Signer::es384("key-1").sign_with(&header, &logout(&json!({})))
        })
        .collect();
    let verify = |text| sign_in.relying_party.verify_logout_token(text);

    for verified in super::join_all(forged.iter().map(|text| verify(text))).await {
        assert!(matches!(
            code(verified),
            "logout_token.signature" | "jwks.throttled"
        ));
    }

    assert!(sign_in.op.requests_to("/jwks").len() - before <= 3);
    assert_eq!(sign_in.outcome_of_logout(json!({})).await, "accepted");
}
