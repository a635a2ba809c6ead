//! A provider with an issuer for each tenant.

use http::Response;
use serde_json::{Value, json};

use super::id_token_settings::code;
use super::{CLIENT_ID, SignIn, Signer, merged};
use crate::{
    AuthorizationResponse, ClaimsRequest, ClientAuthMethod, ClientSecret, CodeExchange, Error,
    Provider, RequestedClaim, SignInTokens,
};

const TEMPLATE: &str = "https://op.example/{tenantid}/v2.0";
const DISCOVERY: &str = "https://op.example/.well-known/openid-configuration";

fn issuer_of(tenant: &str) -> String {
    format!("https://op.example/{tenant}/v2.0")
}

/// The claims by which an ID token names a tenant.
fn of(tenant: &str) -> Value {
    json!({ "iss": issuer_of(tenant), "tid": tenant })
}

fn sign_in_with(tenants: impl FnOnce(Provider) -> Provider) -> SignIn {
    let sign_in = SignIn::with(|_| {
        let provider = Provider::new(TEMPLATE, CLIENT_ID).discovery_url(DISCOVERY);
        tenants(provider)
    });
    sign_in.op.publish(&json!({ "issuer": TEMPLATE }));
    sign_in
}

/// A provider where the users of two tenants may sign in.
fn two_tenants() -> SignIn {
    sign_in_with(|provider| provider.allowed_tenants(["acme", "beta-1"]))
}

fn publish_key(sign_in: &SignIn, issuer: &Value) {
    let key = merged(sign_in.signer.jwk(), &json!({ "issuer": issuer }));
    let keys = json!({ "keys": [key] }).to_string();
    sign_in.op.answer("/jwks", 200, &keys);
}

#[tokio::test]
async fn a_user_of_an_allowed_tenant_signs_in_with_the_issuer_of_the_tenant() {
    let sign_in = two_tenants();
    for tenant in ["acme", "beta-1"] {
        let tokens = sign_in.exchange_for(of(tenant)).await.unwrap();
        assert_eq!(tokens.id_token().claims().iss(), issuer_of(tenant));
        assert!(sign_in.relying_party.accepts_issuer(&issuer_of(tenant)));
    }
    assert_eq!(sign_in.relying_party.issuer(), TEMPLATE);
    assert!(!sign_in.relying_party.accepts_issuer(TEMPLATE));
}

#[tokio::test]
async fn a_user_of_another_tenant_is_refused_unless_any_tenant_is_allowed() {
    let sign_in = two_tenants();
    for tenant in ["other", "ACME", "acme-", "beta-"] {
        let error = sign_in.exchange_for(of(tenant)).await.unwrap_err();
        assert_eq!(error.code(), "id_token.tenant_not_allowed", "{tenant}");
        assert!(error.message().contains("`allowed_tenants`"), "{error}");
        assert!(error.detail().unwrap().contains(tenant), "{error}");
    }
    let any = sign_in_with(Provider::any_tenant);
    assert_eq!(code(any.exchange_for(of("other")).await), "accepted");
}

#[tokio::test]
async fn an_issuer_that_does_not_fit_the_template_is_refused_for_any_tenant() {
    let sign_in = sign_in_with(Provider::any_tenant);
    for (iss, tid) in [
        (TEMPLATE, "{tenantid}"),
        ("https://op.example//v2.0", ""),
        ("https://op.example/a/b/v2.0", "a/b"),
        ("https://op.example/acme/v1.0", "acme"),
        ("https://op.example/acme/v2.0/", "acme"),
        ("https://evil.example/acme/v2.0", "acme"),
        ("https://op.example", "acme"),
    ] {
        let claims = json!({ "iss": iss, "tid": tid });
        let error = sign_in.exchange_for(claims).await.unwrap_err();
        assert_eq!(error.code(), "id_token.iss", "{iss}");
        assert!(
            error
                .detail()
                .unwrap()
                .contains(TEMPLATE.split('{').next().unwrap())
        );
    }
}

#[tokio::test]
async fn the_tenant_of_the_token_must_be_that_of_its_issuer() {
    let sign_in = two_tenants();
    for tid in [
        json!("beta-1"),
        json!("ACME"),
        json!(""),
        json!(null),
        json!(7),
        json!(["acme"]),
    ] {
        let claims = json!({ "iss": issuer_of("acme"), "tid": tid });
        let outcome = code(sign_in.exchange_for(claims).await);
        assert_eq!(outcome, "id_token.tid", "{tid}");
    }
}

#[tokio::test]
async fn tid_means_nothing_at_a_provider_with_one_issuer() {
    for tid in [json!("other"), json!(7), json!(null)] {
        let claims = json!({ "tid": tid });
        assert_eq!(code(SignIn::new().exchange_for(claims).await), "accepted");
    }
}

#[tokio::test]
async fn a_key_signs_for_all_tenants_or_for_the_one_that_it_names() {
    for (issuer, acme, beta) in [
        (json!(null), "accepted", "accepted"),
        (json!(TEMPLATE), "accepted", "accepted"),
        (json!(issuer_of("acme")), "accepted", "id_token.key_issuer"),
        (
            json!(issuer_of("other")),
            "id_token.key_issuer",
            "id_token.key_issuer",
        ),
        (json!(""), "id_token.key_issuer", "id_token.key_issuer"),
        (json!(7), "id_token.key_issuer", "id_token.key_issuer"),
    ] {
        let sign_in = two_tenants();
        publish_key(&sign_in, &issuer);
        assert_eq!(
            code(sign_in.exchange_for(of("acme")).await),
            acme,
            "{issuer}"
        );
        assert_eq!(
            code(sign_in.exchange_for(of("beta-1")).await),
            beta,
            "{issuer}"
        );
    }
    let single = SignIn::new();
    publish_key(&single, &json!("https://other.example"));
    assert_eq!(code(single.exchange_for(json!({})).await), "accepted");
}

/// The exchange of a response with this `iss`, for an ID token of the tenant `acme`.
async fn exchange_of_response(sign_in: &SignIn, iss: &str) -> Result<SignInTokens, Error> {
    sign_in.answer_with_id_token(of("acme"));
    let query = format!("code=c&state={}&iss={iss}", sign_in.secrets.state());
    let response = AuthorizationResponse::parse(Some(&query)).unwrap();
    let code = sign_in
        .relying_party
        .validate(response, &sign_in.secrets)
        .await?;
    let exchange = CodeExchange::new(super::REDIRECT_URI, &sign_in.secrets);
    sign_in.relying_party.exchange_code(code, exchange).await
}

#[tokio::test]
async fn the_iss_of_the_response_is_that_of_an_allowed_tenant_and_of_the_id_token() {
    let sign_in = two_tenants();
    for (iss, expected, sent) in [
        (issuer_of("acme"), "accepted", true),
        (issuer_of("beta-1"), "id_token.iss", true),
        (
            issuer_of("other"),
            "authorization_response.iss_mismatch",
            false,
        ),
        (
            TEMPLATE.to_owned(),
            "authorization_response.iss_mismatch",
            false,
        ),
        (
            "https://op.example".to_owned(),
            "authorization_response.iss_mismatch",
            false,
        ),
    ] {
        let before = sign_in.op.requests_to("/token").len();
        let outcome = code(exchange_of_response(&sign_in, &iss).await);
        assert_eq!(outcome, expected, "{iss}");
        let requests = sign_in.op.requests_to("/token").len() - before;
        assert_eq!(requests, usize::from(sent), "{iss}");
    }
}

#[tokio::test]
async fn the_discovery_document_must_have_the_template() {
    for issuer in [issuer_of("acme"), "https://op.example".to_owned()] {
        let sign_in = two_tenants();
        sign_in.op.publish(&json!({ "issuer": issuer }));
        let error = sign_in.relying_party.discover().await.unwrap_err();
        assert_eq!(error.code(), "discovery.issuer_mismatch");
    }
    assert!(two_tenants().relying_party.discover().await.is_ok());
}

#[tokio::test]
async fn a_session_stays_with_its_tenant_at_a_refresh() {
    let sign_in = two_tenants();
    let session = sign_in.session(of("acme"));
    for (claims, expected) in [
        (of("acme"), None),
        (of("beta-1"), Some("id_token.iss")),
        (
            json!({ "iss": TEMPLATE, "tid": "acme" }),
            Some("id_token.iss"),
        ),
        (
            json!({ "iss": issuer_of("acme"), "tid": "beta-1" }),
            Some("id_token.tid"),
        ),
    ] {
        sign_in.answer_with_id_token(claims.clone());
        let refreshed = sign_in.refresh_session(&session).await;
        let error = refreshed.err();
        let outcome = error.as_ref().map(|it| it.error().code());
        assert_eq!(outcome, expected, "{claims}");
        assert!(error.is_none_or(|it| it.error().breaks_continuity()));
    }
    let other_key = two_tenants();
    publish_key(&other_key, &json!(issuer_of("beta-1")));
    other_key.answer_with_id_token(of("acme"));
    let error = other_key.refresh_session(&session).await.unwrap_err();
    assert_eq!(error.error().code(), "id_token.key_issuer");
}

#[tokio::test]
async fn nothing_is_sent_for_a_session_of_a_tenant_that_is_no_longer_allowed() {
    let sign_in = two_tenants();
    for iss in [issuer_of("removed"), TEMPLATE.to_owned()] {
        let session = sign_in.session(json!({ "iss": iss }));
        let error = sign_in.refresh_session(&session).await.unwrap_err();
        assert_eq!(error.error().code(), "refresh.not_accepted");
        assert!(sign_in.op.requests_to("/token").is_empty());
    }
}

#[tokio::test]
async fn user_info_of_another_tenant_or_by_its_key_is_refused() {
    let signed_by_beta = two_tenants();
    publish_key(&signed_by_beta, &json!(issuer_of("beta-1")));
    let signed_by_acme = two_tenants();
    publish_key(&signed_by_acme, &json!(issuer_of("acme")));
    for (sign_in, iss, json, jwt) in [
        (
            &signed_by_acme,
            json!(issuer_of("acme")),
            "accepted",
            "accepted",
        ),
        (&signed_by_acme, json!(null), "accepted", "accepted"),
        (
            &signed_by_acme,
            json!(issuer_of("beta-1")),
            "user_info.iss",
            "user_info.iss",
        ),
        (
            &signed_by_acme,
            json!(TEMPLATE),
            "user_info.iss",
            "user_info.iss",
        ),
        (
            &signed_by_beta,
            json!(null),
            "accepted",
            "user_info.key_issuer",
        ),
    ] {
        let session = sign_in.session(of("acme"));
        let claims = merged(json!({ "sub": "alice" }), &json!({ "iss": iss }));
        for (content_type, body, expected) in [
            ("application/json", claims.to_string(), json),
            ("application/jwt", sign_in.signer.sign(&claims), jwt),
        ] {
            let head = Response::builder().header("content-type", content_type);
            sign_in.op.answer_with("/userinfo", head, &body);
            let answer = sign_in.relying_party.user_info("t", &session).await;
            let outcome = answer.map_or_else(|error| error.code(), |_| "accepted");
            assert_eq!(outcome, expected, "{content_type} {iss}");
        }
    }
}

#[tokio::test]
async fn the_same_sub_of_another_tenant_is_another_user() {
    let sign_in = two_tenants();
    let alice = RequestedClaim::voluntary().value("alice");
    let alice = ClaimsRequest::new().id_token("sub", alice);
    let acme = issuer_of("acme");
    for (tenant, user, claims, expected) in [
        ("acme", Some(acme.as_str()), false, "accepted"),
        ("beta-1", Some(acme.as_str()), false, "id_token.sub"),
        ("acme", Some(acme.as_str()), true, "accepted"),
        ("acme", None, true, "id_token.sub"),
    ] {
        sign_in.answer_with_id_token(of(tenant));
        let exchanged = sign_in.exchange(|mut exchange| {
            if let Some(iss) = user {
                exchange = exchange.expected_user(iss, "alice");
            }
            match claims {
                true => exchange.claims_request(&alice),
                false => exchange,
            }
        });
        assert_eq!(code(exchanged.await), expected, "{tenant} {user:?}");
    }
}

/// No server is named by an issuer with a placeholder.
#[tokio::test]
async fn an_assertion_for_all_tenants_is_for_the_token_endpoint() {
    let sign_in = sign_in_with(|provider| {
        let method = ClientAuthMethod::ClientSecretPost;
        let provider = provider.any_tenant().client_auth_method(method);
        provider.client_secret_source(|request| async move {
            Ok(ClientSecret::new(format!("for {}", request.audience())))
        })
    });
    assert_eq!(code(sign_in.exchange_for(of("acme")).await), "accepted");
    let form = sign_in.op.token_form();
    assert_eq!(form["client_secret"], "for https://op.example/token");
}

/// The signature is checked as always.
#[tokio::test]
async fn a_token_of_an_allowed_tenant_needs_a_key_of_the_provider() {
    let sign_in = sign_in_with(Provider::any_tenant);
    let forged = Signer::es384("key-1").sign(&sign_in.claims(of("acme")));
    let forged = sign_in.exchange_for_jwt(&forged).await;
    assert_eq!(code(forged), "id_token.signature");
}
