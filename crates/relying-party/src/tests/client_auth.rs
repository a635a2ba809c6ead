//! Which authentication method is used, and what is checked before the user leaves.

use http::header::AUTHORIZATION;
use serde_json::{Value, json};

use super::client_assertions::{ED25519, P256, key, random, with_keys};
use super::{CLIENT_ID, REDIRECT_URI, SignIn};
use crate::{
    AuthorizationRequest, ClientAssertion, ClientAuthMethod, ClientSecret, ErrorKind,
    HmacAlgorithm, Provider, RelyingParty, SigningAlgorithm, TokenTypeHint,
};

const LONG_SECRET: &str = "a-client-secret-of-forty-eight-bytes-or-more-0123";

/// What a token request shows of the method: the registered name, or its `alg`.
async fn used(sign_in: &SignIn) -> Result<String, crate::Error> {
    sign_in.exchange_for(json!({})).await?;
    let request = sign_in.op.requests_to("/token").pop().unwrap();
    let form = sign_in.op.token_form();
    let has_header = request.headers().contains_key(AUTHORIZATION);
    assert_ne!(has_header, form.contains_key("client_id"));
    Ok(if has_header {
        "basic".to_owned()
    } else if form.contains_key("client_assertion") {
        let alg = &sign_in.assertion_to("/token").header["alg"];
        alg.as_str().unwrap().to_owned()
    } else if form.contains_key("client_secret") {
        "post".to_owned()
    } else {
        "none".to_owned()
    })
}

fn secret(provider: Provider) -> Provider {
    provider.client_secret(LONG_SECRET).random_source(random)
}

fn short_secret(provider: Provider) -> Provider {
    provider.client_secret("short").random_source(random)
}

fn without_random(provider: Provider) -> Provider {
    provider.client_secret(LONG_SECRET)
}

fn public(provider: Provider) -> Provider {
    provider
}

fn p256(provider: Provider) -> Provider {
    with_keys([key(P256)])(provider)
}

fn rsa(provider: Provider) -> Provider {
    with_keys([key(include_str!("keys/rsa.pem"))])(provider)
}

fn ps256(provider: Provider) -> Provider {
    let key = key(include_str!("keys/rsa.pem")).algorithm(SigningAlgorithm::Ps256);
    with_keys([key])(provider)
}

fn key_and_secret(provider: Provider) -> Provider {
    secret(p256(provider))
}

fn source(provider: Provider) -> Provider {
    provider.client_assertion_source(|_| async {
        Ok(ClientAssertion::new("eyJhbGciOiJFUzUxMiJ9.e30.c2ln"))
    })
}

fn secret_source(provider: Provider) -> Provider {
    provider.client_secret_source(|_| async { Ok(ClientSecret::new(LONG_SECRET)) })
}

fn sets_jwt(provider: Provider) -> Provider {
    secret(provider).client_auth_method(ClientAuthMethod::ClientSecretJwt)
}

fn sets_hs512(provider: Provider) -> Provider {
    provider
        .client_secret(format!("{LONG_SECRET}{LONG_SECRET}"))
        .random_source(random)
        .client_auth_method(ClientAuthMethod::ClientSecretJwt)
        .client_secret_jwt_algorithm(HmacAlgorithm::Hs512)
}

fn tls(provider: Provider) -> Provider {
    provider.client_auth_method(ClientAuthMethod::TlsClientAuth)
}

type Settings = fn(Provider) -> Provider;

/// `null` stands for a member that the metadata lack.
#[tokio::test]
async fn the_method_is_the_first_that_is_listed_and_has_a_credential() {
    let nothing = || json!(null);
    let many = || {
        json!([
            "none",
            "client_secret_jwt",
            "client_secret_post",
            "client_secret_basic",
            "private_key_jwt"
        ])
    };
    let cases: [(Settings, Value, Value, &str); 35] = [
        (public, nothing(), nothing(), "none"),
        (public, many(), nothing(), "none"),
        (public, json!(["client_secret_basic"]), nothing(), "none"),
        (
            public,
            json!(["private_key_jwt", "tls_client_auth"]),
            nothing(),
            "error",
        ),
        (secret, nothing(), nothing(), "basic"),
        (secret, many(), nothing(), "basic"),
        (
            secret,
            json!(["client_secret_jwt", "client_secret_post"]),
            nothing(),
            "post",
        ),
        (secret, json!(["client_secret_jwt"]), nothing(), "HS256"),
        (
            secret,
            json!(["client_secret_jwt"]),
            json!(["HS384"]),
            "HS384",
        ),
        (
            secret,
            json!(["client_secret_jwt"]),
            json!(["RS256", "HS384"]),
            "HS384",
        ),
        (
            secret,
            json!(["client_secret_jwt"]),
            json!(["HS512"]),
            "error",
        ),
        (
            secret,
            json!(["client_secret_jwt"]),
            json!(["RS256"]),
            "error",
        ),
        (
            short_secret,
            json!(["client_secret_jwt"]),
            nothing(),
            "error",
        ),
        (
            without_random,
            json!(["client_secret_jwt"]),
            nothing(),
            "error",
        ),
        (secret, json!(["private_key_jwt"]), nothing(), "error"),
        (secret, json!([]), json!([]), "basic"),
        (secret_source, nothing(), nothing(), "basic"),
        (
            secret_source,
            json!(["client_secret_post"]),
            nothing(),
            "post",
        ),
        (p256, nothing(), nothing(), "ES256"),
        (p256, many(), nothing(), "ES256"),
        (p256, many(), json!(["RS256", "ES256"]), "ES256"),
        (p256, json!(["private_key_jwt"]), json!(["RS256"]), "error"),
        (p256, json!(["client_secret_basic"]), nothing(), "error"),
        (rsa, many(), json!(["PS256", "RS256"]), "RS256"),
        (rsa, many(), json!(["PS256"]), "PS256"),
        (rsa, many(), json!(["RS384"]), "error"),
        (ps256, many(), json!(["RS256"]), "PS256"),
        (key_and_secret, many(), nothing(), "ES256"),
        (
            key_and_secret,
            json!(["client_secret_post"]),
            nothing(),
            "post",
        ),
        (key_and_secret, many(), json!(["RS256"]), "basic"),
        (source, many(), json!(["RS256"]), "ES512"),
        (sets_jwt, json!(["client_secret_basic"]), nothing(), "HS256"),
        (
            sets_hs512,
            json!(["client_secret_basic"]),
            json!(["HS256"]),
            "HS512",
        ),
        (
            sets_jwt,
            json!(["client_secret_jwt"]),
            json!(["RS256"]),
            "error",
        ),
        (tls, json!(["private_key_jwt"]), nothing(), "none"),
    ];
    for (number, (settings, methods, algorithms, expected)) in cases.into_iter().enumerate() {
        let sign_in = SignIn::with(settings);
        sign_in.op.publish(&json!({
            "token_endpoint_auth_methods_supported": methods,
            "token_endpoint_auth_signing_alg_values_supported": algorithms,
        }));
        let at = format!("{number}: {methods} {algorithms}");
        let request = AuthorizationRequest::default();
        let url = sign_in
            .relying_party
            .authorization_url(&request, REDIRECT_URI, &sign_in.secrets);
        let left = url.await;
        let discovered = sign_in.relying_party.discover().await;
        if expected != "error" {
            assert_eq!(used(&sign_in).await.unwrap(), expected, "{at}");
            left.unwrap();
            discovered.unwrap();
            continue;
        }
        for error in [left.unwrap_err(), discovered.unwrap_err()] {
            assert_eq!(error.code(), "discovery.unsupported", "{at}");
            let text = error.message();
            let member = "`token_endpoint_auth_";
            assert!(
                text.contains(member) && text.contains("set "),
                "{at} {text}"
            );
        }
        let error = used(&sign_in).await.unwrap_err();
        assert_eq!(error.code(), "token.client_auth_method", "{at}");
        assert!(!error.may_have_been_sent(), "{at}");
        assert!(sign_in.op.requests_to("/token").is_empty(), "{at}");
    }
}

#[tokio::test]
async fn a_client_with_a_certificate_sends_its_identifier_only() {
    for method in [
        ClientAuthMethod::TlsClientAuth,
        ClientAuthMethod::SelfSignedTlsClientAuth,
    ] {
        let sign_in = SignIn::with(|provider| provider.client_auth_method(method));
        sign_in.exchange_for(json!({})).await.unwrap();
        let hint = TokenTypeHint::RefreshToken;
        let _ = sign_in.relying_party.revoke("the-token", hint).await;
        let form = sign_in.op.form_to("/revoke");
        assert_eq!(form["client_id"], CLIENT_ID);
        assert_eq!(form.len(), 3, "{form:?}");
        let request = sign_in.op.requests_to("/token").pop().unwrap();
        assert!(!request.headers().contains_key(AUTHORIZATION));
        assert_eq!(sign_in.op.token_form()["client_id"], CLIENT_ID);
    }
}

#[test]
fn a_method_without_its_credential_is_refused_by_the_setting() {
    use ClientAuthMethod::{ClientSecretBasic, ClientSecretJwt, PrivateKeyJwt};
    let new = || Provider::new("https://op.example", CLIENT_ID);
    let with = |secret: &str| new().client_secret(secret).random_source(random);
    let hs = |algorithm| with(LONG_SECRET).client_secret_jwt_algorithm(algorithm);
    let two = [key(P256), key(ED25519).kid(key(P256).key_id())];
    let wrong = key(P256).algorithm(SigningAlgorithm::Rs256);
    let sources = source(p256(new()));
    let cases = [
        (new().client_auth_method(ClientSecretJwt), "client_secret"),
        (
            with(&LONG_SECRET[..31]).client_auth_method(ClientSecretJwt),
            "client_secret",
        ),
        (
            with(&LONG_SECRET[..32]).client_auth_method(ClientSecretJwt),
            "",
        ),
        (hs(HmacAlgorithm::Hs384), ""),
        (hs(HmacAlgorithm::Hs512), "client_secret"),
        (
            new()
                .client_secret(LONG_SECRET)
                .client_auth_method(ClientSecretJwt),
            "random_source",
        ),
        (
            new().client_auth_method(PrivateKeyJwt),
            "client_private_keys",
        ),
        (
            with("s").client_auth_method(PrivateKeyJwt),
            "client_private_keys",
        ),
        (
            p256(new()).client_auth_method(ClientSecretBasic),
            "client_secret",
        ),
        (
            p256(new()).client_auth_method(ClientAuthMethod::None),
            "client_auth_method",
        ),
        (
            source(new()).client_auth_method(ClientAuthMethod::None),
            "client_auth_method",
        ),
        (new().client_private_keys([key(P256)]), "random_source"),
        (with_keys(two)(new()), "client_private_keys"),
        (with_keys([wrong])(new()), "client_private_keys"),
        (with_keys([key(P256).kid("")])(new()), "client_private_keys"),
        (
            with_keys([key(P256).kid("a\nb")])(new()),
            "client_private_keys",
        ),
        (sources, "client_private_keys"),
        (
            secret_source(with("short")).client_auth_method(ClientSecretJwt),
            "",
        ),
        (
            secret_source(new())
                .client_secret("short")
                .client_auth_method(ClientSecretJwt),
            "client_secret",
        ),
        (source(new()).client_auth_method(PrivateKeyJwt), ""),
        (tls(new()), ""),
        (tls(p256(new())), ""),
    ];
    for (number, (provider, setting)) in cases.into_iter().enumerate() {
        let sign_in = SignIn::new();
        let http = std::sync::Arc::new(sign_in.op.clone());
        let built = RelyingParty::new(provider, http, std::sync::Arc::new(sign_in.clock));
        let fault = built.map_or_else(|error| error.setting(), |_| "");
        assert_eq!(fault, setting, "{number}");
    }
}

#[tokio::test]
async fn without_random_bytes_nothing_is_sent() {
    let sign_in = SignIn::with(|provider| {
        let failing = |_: &mut [u8]| Err("canary".into());
        p256(provider).random_source(failing)
    });
    let error = sign_in.exchange_for(json!({})).await.unwrap_err();
    assert_eq!(error.code(), "client_auth.random");
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.is_transient() && !error.may_have_been_sent());
    assert!(sign_in.op.requests_to("/token").is_empty());
}
