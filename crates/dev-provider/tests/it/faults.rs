//! Every fault has its effect and no other.

use std::collections::BTreeSet;

use http::Request;
use oidc_dev_provider::{DEV_CLIENT_ID, DEV_CLIENT_SECRET, DevProvider, Fault};
use ring::digest::SHA384;
use serde_json::{Value, json};

use crate::{
    support::{Answer, TestClock, Visitor, claims, jwt_part, refresh_grant, request, with},
    tokens::{has_at_hash, is_signed},
};

const HANGS: [Fault; 6] = [
    Fault::DiscoveryHangs,
    Fault::JwksHangs,
    Fault::PushedAuthorizationHangs,
    Fault::TokenEndpointHangs,
    Fault::UserInfoHangs,
    Fault::RevocationHangs,
];

/// Everything that a client can observe in a flow, without values that are random.
async fn observe(provider: &DevProvider, visitor: &mut Visitor, good_jwks: &Value) -> Vec<Value> {
    let metadata = visitor.get("/.well-known/openid-configuration", &[]).await;
    let jwks = visitor.get("/jwks", &[]).await;
    let fields = with(request(), "user", "alice");
    let redirect = visitor.post("/authorize", &fields).await;
    let parameter = |name| redirect.location_parameter(name);
    let mut seen = vec![
        raw(&metadata),
        raw(&jwks),
        json!([parameter("error"), parameter("state"), parameter("iss")]),
    ];
    let Some(code) = parameter("code") else {
        return seen;
    };
    let answer = visitor.redeem(&code).await;
    let Some(tokens) = observe_tokens(&mut seen, Some(&answer), good_jwks) else {
        return seen;
    };
    let access_token = tokens["access_token"].as_str().unwrap_or_default();
    if !access_token.contains('\n') {
        let user_info = visitor.user_info(access_token).await;
        seen.push(match user_info.headers.get("content-type") {
            Some(jwt) if jwt == "application/jwt" => {
                let token = json!(user_info.body);
                let parts = [jwt_part(&token, 0), jwt_part(&token, 1)];
                json!([parts, is_signed(good_jwks, &token)])
            }
            _ => raw(&user_info),
        });
    }
    seen.push(raw(&visitor
        .post_token("/introspect", &tokens["access_token"])
        .await));
    if tokens["refresh_token"].is_string() {
        let grant = refresh_grant(&tokens["refresh_token"]);
        let answer = visitor.try_post("/token", &grant).await.ok();
        let refreshed = observe_tokens(&mut seen, answer.as_ref(), good_jwks);
        if let Some(refreshed) = refreshed.filter(|tokens| tokens["refresh_token"].is_string()) {
            let for_resource = [("resource", "any")];
            seen.push(raw(&visitor.refresh(&refreshed, &for_resource).await));
        }
    }
    seen.push(raw(&visitor.post_token("/revoke", &json!("any")).await));
    let without_hint = [
        ("client_id", DEV_CLIENT_ID),
        (
            "post_logout_redirect_uri",
            "http://localhost:3000/auth/signed-out",
        ),
    ];
    seen.push(raw(&visitor.get("/end_session", &without_hint).await));
    seen.push(observe_pushed_request(visitor).await);
    seen.push(observe_logout_token(provider, good_jwks));
    seen
}

/// The header and the claims of a logout token, and whether its signature is valid.
fn observe_logout_token(provider: &DevProvider, jwks: &Value) -> Value {
    let token = provider.logout_token(DEV_CLIENT_ID, Some("alice"), Some("sid"));
    let token = json!(token);
    let mut claims = jwt_part(&token, 1);
    claims["jti"] = json!(claims["jti"].is_string());
    json!([jwt_part(&token, 0), claims, is_signed(jwks, &token)])
}

/// The response to a pushed request, and what the browser gets for its reference.
async fn observe_pushed_request(visitor: &mut Visitor) -> Value {
    let pushed = with(request(), "client_secret", DEV_CLIENT_SECRET);
    let answer = visitor.post("/par", &pushed).await;
    let Some(uri) = answer.request_uri() else {
        return raw(&answer);
    };
    let reference = [("client_id", DEV_CLIENT_ID), ("request_uri", &uri)];
    let page = visitor.get("/authorize", &reference).await;
    json!([
        answer.status.as_u16(),
        uri.contains('\n'),
        page.status.as_u16()
    ])
}

/// Adds a token response and its ID token to the observations. Returns the response, if it has tokens.
fn observe_tokens(seen: &mut Vec<Value>, answer: Option<&Answer>, jwks: &Value) -> Option<Value> {
    let tokens = answer.and_then(|answer| serde_json::from_str(&answer.body).ok());
    let Some(tokens @ Value::Object(_)) = tokens else {
        seen.push(json!(answer.map(raw)));
        return None;
    };
    let access_token = tokens["access_token"].as_str().unwrap_or_default();
    let mut rest = tokens.clone();
    rest["access_token"] = json!(access_token.contains('\n'));
    for name in ["refresh_token", "id_token"] {
        rest[name] = json!(tokens[name].is_string());
    }
    seen.push(json!([answer.map(|answer| answer.status.as_u16()), rest]));
    if tokens["id_token"].is_string() {
        let mut claims = claims(&tokens);
        claims["at_hash"] = json!(has_at_hash(&tokens, &SHA384));
        claims["sid"] = json!(claims["sid"].is_string());
        let signed = is_signed(jwks, &tokens["id_token"]);
        seen.push(json!([jwt_part(&tokens["id_token"], 0), claims, signed]));
    }
    tokens["access_token"].is_string().then_some(tokens)
}

/// The index of the first observation of [`observe`] that the fault changes.
fn expected_difference(fault: Fault) -> usize {
    let name = format!("{fault:?}");
    match fault {
        _ if name.starts_with("Discovery") => 0,
        Fault::JwksMoved => 0,
        _ if name.starts_with("Jwks") => 1,
        Fault::WrongIssParameter | Fault::MissingIssParameter | Fault::WrongState => 2,
        _ if name.starts_with("Authorization") => 2,
        Fault::HugeIdToken => 4,
        _ if name.starts_with("IdToken") => 4,
        _ if name.starts_with("UserInfo") => 5,
        _ if name.starts_with("Introspection") => 6,
        Fault::RefreshIdTokenForScopeOnly => 7,
        _ if name.starts_with("RefreshIdToken") => 8,
        Fault::RefreshForResourceInvalidGrant => 9,
        _ if name.starts_with("Refresh") => 7,
        _ if name.starts_with("Revocation") => 10,
        Fault::EndSessionRequiresIdTokenHint => 11,
        _ if name.starts_with("PushedAuthorization") => 12,
        _ if name.starts_with("LogoutToken") => 13,
        _ => 3,
    }
}

fn raw(answer: &Answer) -> Value {
    let location = answer.headers.get("location").is_some();
    json!([answer.status.as_u16(), location, answer.body])
}

#[tokio::test]
async fn each_fault_has_its_effect_until_it_is_cleared() {
    let provider = TestClock::new().builder().start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let jwks = visitor.get("/jwks", &[]).await.json();
    let good = observe(&provider, &mut visitor, &jwks).await;
    assert_eq!(good.len(), 14);
    for fault in Fault::ALL.iter().copied() {
        // An outdated copy only differs after a rotation, and there is none here.
        if HANGS.contains(&fault) || fault == Fault::JwksOutdatedCopy {
            continue;
        }
        provider.add_fault(fault);
        let bad = observe(&provider, &mut visitor, &jwks).await;
        let first_difference = good.iter().zip(&bad).position(|(good, bad)| good != bad);
        assert_eq!(
            first_difference,
            Some(expected_difference(fault)),
            "{fault:?}"
        );
        provider.clear_faults();
    }
    assert_eq!(observe(&provider, &mut visitor, &jwks).await, good);
}

async fn names_of_keys(visitor: &mut Visitor) -> BTreeSet<String> {
    let jwks = visitor.get("/jwks", &[]).await.json();
    let keys = jwks["keys"].as_array().unwrap().iter();
    keys.map(|key| key["kid"].to_string()).collect()
}

#[tokio::test]
async fn an_outdated_copy_of_the_keys_is_two_seconds_old() {
    let clock = TestClock::new();
    let provider = clock.builder().start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    for keeps_old in [true, false] {
        let before = names_of_keys(&mut visitor).await;
        provider.add_fault(Fault::JwksOutdatedCopy);
        if keeps_old {
            provider.rotate_keys_keeping_old();
        } else {
            provider.rotate_keys();
        }
        assert_eq!(names_of_keys(&mut visitor).await, before);
        clock.advance(1);
        assert_eq!(names_of_keys(&mut visitor).await, before);
        clock.advance(1);
        let copy = names_of_keys(&mut visitor).await;
        assert_ne!(copy, before);
        provider.clear_faults();
        assert_eq!(names_of_keys(&mut visitor).await, copy);
    }
}

#[tokio::test]
async fn moved_keys_are_at_the_url_in_the_metadata() {
    let provider = DevProvider::builder()
        .issuer_path("/oidc")
        .fault(Fault::JwksMoved)
        .start()
        .await
        .unwrap();
    let mut visitor = Visitor::new(&provider);
    let metadata = visitor.get("/.well-known/openid-configuration", &[]).await;
    let address = metadata.json()["jwks_uri"].as_str().unwrap().to_owned();
    let path = address.strip_prefix(provider.issuer()).unwrap();
    assert_eq!(visitor.get("/jwks", &[]).await.status, 404);
    let moved = visitor.get(path, &[]).await;
    assert!(moved.json()["keys"].is_array());
    assert_eq!(provider.counters().jwks, 2);
}

/// T-02
#[tokio::test]
async fn an_endpoint_that_hangs_never_answers() {
    for fault in HANGS {
        let provider = DevProvider::builder().fault(fault).start().await.unwrap();
        let path = match fault {
            Fault::DiscoveryHangs => "/.well-known/openid-configuration",
            Fault::JwksHangs => "/jwks",
            Fault::PushedAuthorizationHangs => "/par",
            Fault::TokenEndpointHangs => "/token",
            Fault::RevocationHangs => "/revoke",
            _ => "/userinfo",
        };
        let mut visitor = Visitor::new(&provider);
        let request = Request::post(format!("{}{path}", visitor.issuer));
        let request = match path {
            "/par" | "/token" | "/revoke" => request,
            _ => request.method("GET"),
        };
        let asked =
            tokio::spawn(async move { visitor.try_send(request, String::new()).await.is_err() });
        while provider.counters() == Default::default() {
            tokio::task::yield_now().await;
        }
        assert!(!asked.is_finished(), "{fault:?}");
        provider.shutdown().await;
        assert!(asked.await.unwrap(), "{fault:?}");
    }
}

/// T-01
#[tokio::test]
async fn a_stopped_provider_answers_nothing() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    assert_eq!(visitor.get("/jwks", &[]).await.status, 200);
    provider.shutdown().await;
    let request = Request::get(format!("{}/jwks", visitor.issuer));
    assert!(visitor.try_send(request, String::new()).await.is_err());
}

#[test]
fn a_fault_is_found_by_its_name() {
    assert_eq!("IdTokenExpired".parse(), Ok(Fault::IdTokenExpired));
    assert!("idtokenexpired".parse::<Fault>().is_err());
}
