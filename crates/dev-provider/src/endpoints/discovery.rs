//! The metadata (OpenID Connect Discovery 1.0 section 3).

use axum::{Json, extract::State};
use serde_json::{Map, Value, json};

use super::{client_assertion::HMAC_ALGORITHMS, jwks};
use crate::endpoint::Endpoint;
use crate::{client_keys, faults::Fault, state::SharedState, users};

pub(super) async fn metadata(State(state): State<SharedState>) -> Json<Value> {
    let issuer = &state.issuer;
    let url = |endpoint: Endpoint| format!("{issuer}{}", endpoint.path());
    let mut metadata = json!({
        "issuer": issuer,
        "authorization_endpoint": url(Endpoint::Authorize),
        "token_endpoint": url(Endpoint::Token),
        "userinfo_endpoint": url(Endpoint::UserInfo),
        "jwks_uri": url(Endpoint::Jwks),
        "pushed_authorization_request_endpoint": url(Endpoint::PushedAuthorization),
        "require_pushed_authorization_requests": state.settings.require_pushed_requests,
        "introspection_endpoint": url(Endpoint::Introspection),
        "revocation_endpoint": url(Endpoint::Revocation),
        "end_session_endpoint": url(Endpoint::EndSession),
        "scopes_supported": users::SCOPES,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "form_post"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "ES384"],
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        "frontchannel_logout_supported": true,
        "frontchannel_logout_session_supported": true,
        "claims_parameter_supported": false,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "authorization_response_iss_parameter_supported": state.settings.iss_parameter,
    });
    if let Some(members) = metadata.as_object_mut() {
        insert_authentication_methods(members);
        if !state.settings.acr_values.is_empty() {
            let values = json!(state.settings.acr_values);
            members.insert("acr_values_supported".to_owned(), values);
        }
        if state.settings.signed_user_info {
            let algorithms = json!(["RS256", "ES384"]);
            members.insert(
                "userinfo_signing_alg_values_supported".to_owned(),
                algorithms,
            );
        }
        for fault in state.faults.now().iter() {
            apply(members, fault);
            if fault == Fault::JwksMoved {
                let moved = format!("{issuer}{}", jwks::MOVED_PATH);
                members.insert("jwks_uri".to_owned(), json!(moved));
            }
        }
    }
    Json(metadata)
}

/// How clients authenticate, which is the same at all endpoints, but a public client cannot introspect.
fn insert_authentication_methods(members: &mut Map<String, Value>) {
    let mut methods = vec![
        "client_secret_basic",
        "client_secret_post",
        "client_secret_jwt",
        "private_key_jwt",
    ];
    let algorithms = [&HMAC_ALGORITHMS[..], &client_keys::ALGORITHMS].concat();
    for endpoint in ["introspection", "revocation", "token"] {
        if endpoint == "revocation" {
            methods.push("none");
        }
        let name = |what: &str| format!("{endpoint}_endpoint_auth_{what}_supported");
        members.insert(name("methods"), json!(methods));
        members.insert(name("signing_alg_values"), json!(algorithms));
    }
}

fn apply(members: &mut Map<String, Value>, fault: Fault) {
    let mut set = |member: &str, value: Value| {
        members.insert(member.to_owned(), value);
    };
    match fault {
        Fault::DiscoveryIssuerMismatch => set("issuer", json!("https://other.example")),
        Fault::DiscoveryMissingJwksUri => {
            members.remove("jwks_uri");
        }
        Fault::DiscoveryTokenEndpointOnOtherHost => {
            set("token_endpoint", json!("http://other.example/token"));
        }
        Fault::DiscoveryInvalidOptionalMembers => {
            set("end_session_endpoint", json!(""));
            set("userinfo_endpoint", json!("http://other.example/userinfo"));
            set("introspection_endpoint", json!(7));
            set("revocation_endpoint", json!({}));
            set("scopes_supported", json!("openid profile"));
            set("token_endpoint_auth_methods_supported", json!("any"));
            set("code_challenge_methods_supported", json!(true));
        }
        Fault::DiscoveryIssParameterSupportedAsString => set(
            "authorization_response_iss_parameter_supported",
            json!("true"),
        ),
        Fault::DiscoveryRequiresPushedRequests => {
            set("require_pushed_authorization_requests", json!(true));
            members.remove("pushed_authorization_request_endpoint");
        }
        Fault::DiscoveryRequiresSignedRequests => {
            set("require_signed_request_object", json!(true));
        }
        Fault::DiscoveryOnlyFormPost => set("response_modes_supported", json!(["form_post"])),
        Fault::DiscoveryOnlyImplicitFlow => {
            set("response_types_supported", json!(["id_token"]));
            set("grant_types_supported", json!(["implicit"]));
        }
        Fault::DiscoveryOnlyPrivateKeyJwt => set(
            "token_endpoint_auth_methods_supported",
            json!(["private_key_jwt", "tls_client_auth"]),
        ),
        Fault::DiscoveryOnlyPlainPkce => {
            set("code_challenge_methods_supported", json!(["plain"]));
        }
        Fault::DiscoveryOnlyHs256 => {
            set("id_token_signing_alg_values_supported", json!(["HS256"]));
        }
        _ => {}
    }
}
