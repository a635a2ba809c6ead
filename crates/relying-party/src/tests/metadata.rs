//! Malformed members of the discovery document, and unsupported requirements.

use serde_json::{Value, json};

use super::recorder::recorded;
use super::{REDIRECT_URI, SignIn};
use crate::{AuthorizationRequest, ClientAuthMethod, Error, ErrorKind, Provider, SigningAlgorithm};

/// A value of each JSON type, and the name of the type.
fn values() -> [(Value, &'static str); 7] {
    [
        (json!(7), "a number"),
        (json!(true), "a boolean"),
        (json!("text"), "a string"),
        (json!(""), "a string"),
        (json!([7]), "a list of other values"),
        (json!({ "a": 1 }), "an object"),
        (json!(["text"]), "a list of other values"),
    ]
}

const URLS: [&str; 5] = [
    "userinfo_endpoint",
    "end_session_endpoint",
    "introspection_endpoint",
    "revocation_endpoint",
    "pushed_authorization_request_endpoint",
];

const LISTS: [&str; 6] = [
    "scopes_supported",
    "response_types_supported",
    "response_modes_supported",
    "grant_types_supported",
    "token_endpoint_auth_methods_supported",
    "code_challenge_methods_supported",
];

const DEFENCES: [&str; 5] = [
    "authorization_response_iss_parameter_supported",
    "require_pushed_authorization_requests",
    "require_signed_request_object",
    "id_token_signing_alg_values_supported",
    "userinfo_signing_alg_values_supported",
];

/// Returns the results of `discover` and of the start of a sign-in, and the log.
async fn start(sign_in: &SignIn) -> (Result<(), Error>, String) {
    recorded(async {
        sign_in.relying_party.discover().await?;
        let request = AuthorizationRequest::default();
        let url = sign_in
            .relying_party
            .authorization_url(&request, REDIRECT_URI, &sign_in.secrets);
        url.await.map(drop)
    })
    .await
}

async fn start_with(changes: &Value) -> (Result<(), Error>, String) {
    let sign_in = SignIn::new();
    sign_in.op.publish(changes);
    start(&sign_in).await
}

fn is_of(member: &str, value: &Value) -> bool {
    let strings = |list: &Vec<Value>| list.iter().all(Value::is_string);
    if LISTS.contains(&member) || member.ends_with("_alg_values_supported") {
        return value.as_array().is_some_and(strings);
    }
    if URLS.contains(&member) {
        return value.is_string();
    }
    value.is_boolean()
}

#[tokio::test]
async fn a_malformed_member_that_no_sign_in_needs_is_ignored_and_logged_once() {
    for member in URLS.into_iter().chain(LISTS) {
        for (value, kind) in values() {
            if is_of(member, &value) {
                continue;
            }
            let case = format!("{member}: {value}");

            let (started, log) = start_with(&json!({ member: value })).await;

            started.unwrap_or_else(|error| panic!("{case}: {error}"));
            assert_eq!(log.matches(member).count(), 1, "{case}: {log}");
            assert!(log.contains(kind), "{case}: {log}");
        }
        let (started, log) = start_with(&json!({ member: null })).await;
        assert!(started.is_ok() && log.is_empty(), "{member}: {log}");
    }
}

#[tokio::test]
async fn an_optional_endpoint_with_a_malformed_url_counts_as_absent() {
    for member in URLS {
        for (text, kind) in [
            ("", "an empty string"),
            ("/relative", "not an absolute URL"),
            ("http://op.example/end", "not an https URL"),
            ("javascript:alert(1)", "not an https URL"),
            ("https://op.example/end#fragment", "fragment"),
        ] {
            let (started, log) = start_with(&json!({ member: text })).await;

            started.unwrap();
            assert_eq!(log.matches(member).count(), 1, "{member} {text}: {log}");
            assert!(log.contains(kind), "{member} {text}: {log}");
        }
    }
    for member in [
        "userinfo_endpoint",
        "introspection_endpoint",
        "revocation_endpoint",
        "pushed_authorization_request_endpoint",
    ] {
        let (started, log) = start_with(&json!({ member: "https://10.0.0.1/" })).await;
        started.unwrap();
        assert!(log.contains(member) && log.contains("private"), "{log}");
    }
}

#[tokio::test]
async fn a_malformed_member_that_a_sign_in_needs_is_named() {
    for member in [
        "issuer",
        "authorization_endpoint",
        "token_endpoint",
        "jwks_uri",
    ] {
        for (value, kind) in values() {
            let (started, _) = start_with(&json!({ member: value })).await;

            let error = started.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Provider);
            let text = error.to_string();
            match value {
                Value::String(_) if member == "issuer" => {
                    assert_eq!(error.code(), "discovery.issuer_mismatch");
                }
                Value::String(_) => assert!(text.contains(member), "{text}"),
                _ => {
                    assert_eq!(error.code(), "discovery.malformed");
                    let member = format!("`{member}`");
                    assert!(text.contains(&member) && text.contains(kind), "{text}");
                }
            }
        }
        let (started, _) = start_with(&json!({ member: null })).await;
        assert!(started.unwrap_err().to_string().contains(member));
    }
}

/// If it counted as absent, the defence would be missing.
#[tokio::test]
async fn a_malformed_member_that_defends_against_attacks_is_an_error() {
    for member in DEFENCES {
        for (value, kind) in values() {
            if is_of(member, &value) {
                continue;
            }
            let (started, _) = start_with(&json!({ member: value })).await;

            let error = started.unwrap_err();
            assert_eq!(error.code(), "discovery.malformed", "{member}: {value}");
            let text = error.to_string();
            assert!(text.contains(member) && text.contains(kind), "{text}");
        }
    }
}

#[tokio::test]
async fn a_member_that_occurs_twice_is_malformed() {
    for (member, code) in [
        ("token_endpoint", Some("discovery.malformed")),
        ("require_signed_request_object", Some("discovery.malformed")),
        ("end_session_endpoint", None),
        ("claims_supported", None),
    ] {
        let sign_in = SignIn::new();
        let value = match member {
            "require_signed_request_object" => "false",
            _ => r#""https://op.example/a""#,
        };
        let member_twice = format!(r#"{{"{member}":{value},"{member}":{value},"#);
        let metadata = json!({
            "issuer": super::ISSUER, "authorization_endpoint": "https://op.example/authorize",
            "token_endpoint": "https://op.example/token", "jwks_uri": "https://op.example/jwks",
        });
        let metadata = metadata.to_string().replacen('{', &member_twice, 1);
        let path = "/.well-known/openid-configuration";
        sign_in.op.answer(path, 200, &metadata);

        let (started, _) = start(&sign_in).await;

        assert_eq!(started.err().map(|error| error.code()), code, "{member}");
    }
}

const WITH_A_SECRET: fn(Provider) -> Provider = |provider| provider.client_secret("secret");

#[tokio::test]
async fn an_unsupported_requirement_is_reported_before_the_user_leaves() {
    for (changes, remedy) in [
        (
            json!({ "require_pushed_authorization_requests": true }),
            "require_pushed_authorization_requests",
        ),
        (
            json!({
                "require_pushed_authorization_requests": true,
                "pushed_authorization_request_endpoint": "https://10.0.0.1/par",
            }),
            "pushed_authorization_request_endpoint",
        ),
        (
            json!({ "require_signed_request_object": true }),
            "require_signed_request_object",
        ),
        (
            json!({ "response_modes_supported": ["form_post", "jwt"] }),
            "response_modes_supported",
        ),
        (
            json!({ "response_types_supported": ["id_token", "code id_token"] }),
            "response_types_supported",
        ),
        (
            json!({ "grant_types_supported": ["client_credentials"] }),
            "grant_types_supported",
        ),
        (
            json!({ "token_endpoint_auth_methods_supported": ["private_key_jwt", "tls_client_auth"] }),
            "token_endpoint_auth_methods_supported",
        ),
        (
            json!({ "code_challenge_methods_supported": ["plain"] }),
            "code_challenge_methods_supported",
        ),
        (
            json!({ "id_token_signing_alg_values_supported": ["HS256", "ES512", "none", "x"] }),
            "ES512, HS256, an algorithm of another name, none",
        ),
    ] {
        let sign_in = SignIn::with(WITH_A_SECRET);
        sign_in.op.publish(&changes);

        let (discovered, log) = recorded(sign_in.relying_party.discover()).await;

        let error = discovered.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{changes}");
        assert_eq!(error.code(), "discovery.unsupported", "{changes}");
        assert!(error.to_string().contains(remedy), "{error}");
        assert!(log.contains(remedy), "{log}");
        let request = AuthorizationRequest::default();
        let url = sign_in
            .relying_party
            .authorization_url(&request, REDIRECT_URI, &sign_in.secrets);
        assert_eq!(url.await.unwrap_err().code(), "discovery.unsupported");
    }
}

#[tokio::test]
async fn all_unmet_requirements_are_reported_together() {
    let sign_in = SignIn::with(WITH_A_SECRET);
    sign_in.op.publish(&json!({
        "require_pushed_authorization_requests": true,
        "response_modes_supported": ["jwt"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
    }));
    let error = sign_in.relying_party.discover().await.unwrap_err();
    let text = error.to_string();
    for member in [
        "require_pushed_authorization_requests",
        "response_modes_supported",
        "token_endpoint_auth_methods_supported",
    ] {
        assert!(text.contains(member), "{text}");
    }
}

/// Casdoor's list is about its own sign-in page. Its responses are in the query.
#[tokio::test]
async fn a_list_without_any_response_mode_is_ignored_and_logged() {
    let changes = json!({ "response_modes_supported": ["login", "code", "link"] });
    let (started, log) = start_with(&changes).await;
    started.unwrap();
    assert_eq!(log.matches("response_modes_supported").count(), 1, "{log}");
    assert!(log.contains("a list without any response mode"), "{log}");
    assert!(log.contains("WARN") && !log.contains("ERROR"), "{log}");

    for mode in ["fragment", "form_post", "jwt", "query.jwt", "web_message"] {
        let changes = json!({ "response_modes_supported": ["login", mode] });
        let error = start_with(&changes).await.0.unwrap_err();
        assert_eq!(error.code(), "discovery.unsupported", "{mode}");
    }
}

#[tokio::test]
async fn a_requirement_that_is_supported_does_not_prevent_a_sign_in() {
    let lists_no_none = json!({
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
    });
    let private_key = json!({ "token_endpoint_auth_methods_supported": ["private_key_jwt"] });
    let hmac = json!({ "id_token_signing_alg_values_supported": ["HS256"] });
    let sets_a_method = |provider: Provider| {
        let post = ClientAuthMethod::ClientSecretPost;
        provider.client_secret("secret").client_auth_method(post)
    };
    let sets_algorithms = |provider: Provider| provider.algorithms([SigningAlgorithm::Es384]);
    let nothing: fn(Provider) -> Provider = |provider| provider;
    let others = json!({
        "require_pushed_authorization_requests": false, "require_signed_request_object": false,
        "response_modes_supported": ["form_post", "query"], "response_types_supported": ["code"],
        "code_challenge_methods_supported": ["plain", "S256"],
        "tls_client_certificate_bound_access_tokens": true,
        "id_token_encryption_alg_values_supported": ["RSA-OAEP"],
    });
    let empty = json!({
        "response_modes_supported": [], "response_types_supported": [],
        "grant_types_supported": [], "token_endpoint_auth_methods_supported": [],
        "code_challenge_methods_supported": [], "scopes_supported": [],
    });
    for (changes, settings) in [
        (&lists_no_none, nothing),
        (&lists_no_none, WITH_A_SECRET),
        (&private_key, sets_a_method),
        (&hmac, sets_algorithms),
        (&others, nothing),
        (&empty, WITH_A_SECRET),
    ] {
        let sign_in = SignIn::with(settings);
        sign_in.op.publish(changes);
        let (started, log) = start(&sign_in).await;
        started.unwrap_or_else(|error| panic!("{changes}: {error}"));
        assert!(log.is_empty(), "{log}");
    }
}

#[tokio::test]
async fn unsupported_requirements_of_metadata_that_are_set_are_logged_at_once() {
    let metadata = json!({
        "issuer": super::ISSUER, "authorization_endpoint": "https://op.example/authorize",
        "token_endpoint": "https://op.example/token", "jwks_uri": "https://op.example/jwks",
        "require_pushed_authorization_requests": true,
    });
    let build = async {
        SignIn::with(|provider| provider.metadata_json(metadata.to_string()));
    };
    let ((), text) = recorded(build).await;
    assert!(
        text.contains("require_pushed_authorization_requests"),
        "{text}"
    );
}
