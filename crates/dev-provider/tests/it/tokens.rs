//! ID tokens, their keys and their claims.

use base64_simd::URL_SAFE_NO_PAD;
use oidc_dev_provider::{
    Client, DEV_CLIENT_ID, DEV_CLIENT_SECRET, DevProvider, SigningAlgorithm, User,
};
use ring::{
    digest::{Algorithm, SHA256, SHA384, digest},
    signature::{
        ECDSA_P384_SHA384_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
        UnparsedPublicKey,
    },
};
use serde_json::{Value, json};

use crate::support::{START, TestClock, Visitor, claims, jwt_part, request, with};

/// Whether a key of the JWK Set signed the token.
pub(crate) fn is_signed(jwks: &Value, token: &Value) -> bool {
    let header = jwt_part(token, 0);
    let (input, signature) = token
        .as_str()
        .and_then(|token| token.rsplit_once('.'))
        .unwrap();
    let signature = URL_SAFE_NO_PAD.decode_to_vec(signature).unwrap();
    let keys = jwks["keys"].as_array().unwrap();
    let Some(key) = keys.iter().find(|key| key["kid"] == header["kid"]) else {
        return false;
    };
    let member = |name: &str| {
        let text = key[name].as_str().unwrap();
        URL_SAFE_NO_PAD.decode_to_vec(text).unwrap()
    };
    match header["alg"].as_str() {
        Some("ES384") => {
            let point = [vec![4], member("x"), member("y")].concat();
            let key = UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, point);
            key.verify(input.as_bytes(), &signature).is_ok()
        }
        Some("RS256") => {
            let (n, e) = (member("n"), member("e"));
            let key = RsaPublicKeyComponents { n, e };
            let algorithm = &RSA_PKCS1_2048_8192_SHA256;
            key.verify(algorithm, input.as_bytes(), &signature).is_ok()
        }
        _ => false,
    }
}

pub(crate) fn has_at_hash(tokens: &Value, algorithm: &'static Algorithm) -> bool {
    let access_token = tokens["access_token"].as_str().unwrap();
    let hash = digest(algorithm, access_token.as_bytes());
    let half = &hash.as_ref()[..hash.as_ref().len() / 2];
    claims(tokens)["at_hash"] == URL_SAFE_NO_PAD.encode_to_string(half)
}

pub(crate) async fn jwks(visitor: &mut Visitor) -> Value {
    visitor.get("/jwks", &[]).await.json()
}

#[tokio::test]
async fn id_tokens_are_signed_by_published_keys() {
    for (algorithm, hash) in [
        (SigningAlgorithm::Es384, &SHA384),
        (SigningAlgorithm::Rs256, &SHA256),
    ] {
        let provider = DevProvider::builder()
            .signing_algorithm(algorithm)
            .start()
            .await
            .unwrap();
        let mut visitor = Visitor::new(&provider);
        let tokens = visitor.tokens("alice", request()).await;
        assert_eq!(jwt_part(&tokens["id_token"], 0)["alg"], algorithm.as_str());
        assert!(is_signed(&jwks(&mut visitor).await, &tokens["id_token"]));
        assert!(has_at_hash(&tokens, hash));
    }
}

#[tokio::test]
async fn a_client_may_have_its_own_algorithm() {
    let client = Client::confidential(DEV_CLIENT_ID, DEV_CLIENT_SECRET)
        .signing_algorithm(SigningAlgorithm::Rs256);
    let provider = DevProvider::builder().client(client).start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let tokens = visitor.tokens("alice", request()).await;
    assert_eq!(jwt_part(&tokens["id_token"], 0)["alg"], "RS256");
}

#[tokio::test]
async fn an_id_token_says_who_signed_in_when_and_for_whom() {
    let clock = TestClock::new();
    let provider = clock.builder().start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let tokens = visitor
        .tokens("alice", with(request(), "scope", "openid"))
        .await;
    let mut claims = claims(&tokens);
    let claims = claims.as_object_mut().unwrap();
    assert!(claims.remove("sid").is_some_and(|sid| sid.is_string()));
    assert!(claims.remove("at_hash").is_some());
    let expected = json!({
        "iss": provider.issuer(),
        "sub": "alice",
        "aud": DEV_CLIENT_ID,
        "iat": START,
        "exp": START + 3600,
        "auth_time": START,
        "nonce": "the-nonce",
    });
    assert_eq!(&*claims, expected.as_object().unwrap());
}

#[tokio::test]
async fn scopes_release_claims_and_unknown_scopes_are_not_granted() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    for (scope, released, withheld) in [
        ("openid profile", "username", "email"),
        ("openid email", "email_verified", "name"),
        ("openid phone", "phone_number", "email"),
        ("openid roles", "roles", "organizations"),
        (
            "openid urn:logto:scope:organizations",
            "organizations",
            "roles",
        ),
        (
            "openid urn:logto:scope:organization_roles",
            "organization_roles",
            "organizations",
        ),
    ] {
        let requested = format!("{scope} unheard_of");
        let tokens = visitor
            .tokens("alice", with(request(), "scope", &requested))
            .await;
        assert_eq!(tokens["scope"], scope);
        let claims = claims(&tokens);
        assert!(claims.get(released).is_some(), "{scope}");
        assert!(claims.get(withheld).is_none(), "{scope}");
    }
}

#[tokio::test]
async fn some_claims_are_returned_by_userinfo_only() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let scope = "openid custom_data urn:logto:scope:organizations";
    let tokens = visitor
        .tokens("alice", with(request(), "scope", scope))
        .await;
    let user_info = visitor
        .user_info(tokens["access_token"].as_str().unwrap())
        .await
        .json();
    for name in ["custom_data", "organization_data"] {
        assert_eq!(claims(&tokens).get(name), None);
        assert!(user_info.get(name).is_some());
    }
}

#[tokio::test]
async fn an_access_token_expires() {
    let clock = TestClock::new();
    let provider = clock.builder().start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let tokens = visitor.tokens("alice", request()).await;
    let access_token = tokens["access_token"].as_str().unwrap();
    clock.advance(3599);
    assert_eq!(visitor.user_info(access_token).await.status, 200);
    clock.advance(1);
    assert_eq!(visitor.user_info(access_token).await.status, 401);
}

/// J-01
#[tokio::test]
async fn rotation_changes_both_keys_and_can_keep_the_old_ones() {
    let provider = DevProvider::builder()
        .signing_algorithm(SigningAlgorithm::Rs256)
        .start()
        .await
        .unwrap();
    let mut visitor = Visitor::new(&provider);
    let first = visitor.tokens("alice", request()).await;
    provider.rotate_keys_keeping_old();
    let second = visitor.tokens("alice", request()).await;
    let both = jwks(&mut visitor).await;
    assert_eq!(both["keys"].as_array().unwrap().len(), 4);
    assert!(is_signed(&both, &first["id_token"]) && is_signed(&both, &second["id_token"]));
    assert_ne!(
        jwt_part(&first["id_token"], 0)["kid"],
        jwt_part(&second["id_token"], 0)["kid"]
    );

    provider.rotate_keys_keeping_old();
    let five = jwks(&mut visitor).await;
    assert_eq!(five["keys"].as_array().unwrap().len(), 5);

    provider.rotate_keys();
    let third = visitor.tokens("alice", request()).await;
    let one = jwks(&mut visitor).await;
    assert_eq!(one["keys"].as_array().unwrap().len(), 2);
    assert!(is_signed(&one, &third["id_token"]) && !is_signed(&one, &first["id_token"]));
}

/// Claims of configured users are always released, those of predefined users depend on the scope.
#[tokio::test]
async fn a_configured_claim_is_in_the_id_token_whatever_the_scopes() {
    let dora = User::new("dora")
        .claim("email", "dora@example.com")
        .claim("groups", ["staff"])
        .claim("custom_data", json!({ "theme": "dark" }));
    let op = DevProvider::builder().user(dora).start().await.unwrap();
    for (user, email, groups, custom_data) in [
        (
            "dora",
            json!("dora@example.com"),
            json!(["staff"]),
            json!({ "theme": "dark" }),
        ),
        ("alice", Value::Null, Value::Null, Value::Null),
    ] {
        let mut visitor = Visitor::new(&op);
        let tokens = visitor
            .tokens(user, with(request(), "scope", "openid"))
            .await;
        let user_info = visitor
            .user_info(tokens["access_token"].as_str().unwrap())
            .await;

        for claims in [claims(&tokens), user_info.json()] {
            assert_eq!(claims["sub"], user);
            assert_eq!(claims["email"], email, "{user}");
            assert_eq!(claims["groups"], groups, "{user}");
            assert_eq!(claims["custom_data"], custom_data, "{user}");
        }
    }
}
