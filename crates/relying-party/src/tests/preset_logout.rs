//! The URLs with which sign-outs at the presets lead to the provider.

use serde_json::{Value, json};

use super::SignIn;
use crate::{EndSessionRequest, Provider};

/// GenAuth does not publish the endpoint, so its preset has it.
#[tokio::test]
async fn a_presets_end_session_endpoint_is_used_unless_another_one_is_set() {
    const HOST: &str = "https://acme.genauth.ai";
    let metadata = |end: Value| {
        json!({
            "issuer": format!("{HOST}/oidc"), "authorization_endpoint": format!("{HOST}/a"),
            "token_endpoint": format!("{HOST}/t"), "jwks_uri": format!("{HOST}/j"),
            "end_session_endpoint": end,
        })
        .to_string()
    };
    let genauth = || Provider::genauth("acme.genauth.ai", "app");
    for (provider, expected) in [
        (genauth(), "https://acme.genauth.ai/oidc/session/end"),
        (
            genauth().metadata_json(metadata(Value::Null)),
            "https://acme.genauth.ai/oidc/session/end",
        ),
        (
            genauth().metadata_json(metadata(json!(format!("{HOST}/bye")))),
            "https://acme.genauth.ai/bye",
        ),
        (
            genauth().end_session_endpoint(format!("{HOST}/set")),
            "https://acme.genauth.ai/set",
        ),
    ] {
        let sign_in = SignIn::with(|_| provider);
        let url = sign_in.end_session_url().await.unwrap();
        assert_eq!(url, format!("{expected}?client_id=app"));
        assert_eq!(sign_in.document_requests(), 0);
    }
}

/// Auth0 publishes an end-session endpoint only for tenants that turn it on, and Cognito's has other
/// parameters than those of the standard.
#[tokio::test]
async fn a_vendors_own_logout_gets_its_own_parameters_and_no_id_token() {
    let metadata = |issuer: &str, end: Value| {
        json!({
            "issuer": issuer, "authorization_endpoint": "https://op.example/a",
            "token_endpoint": "https://op.example/t", "jwks_uri": "https://op.example/j",
            "end_session_endpoint": end,
        })
        .to_string()
    };
    let auth0 = |end| {
        Provider::auth0("acme.auth0.com", "app")
            .metadata_json(metadata("https://acme.auth0.com/", end))
    };
    let pool = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_a";
    let cognito =
        |end| Provider::cognito("eu-central-1_a", "app").metadata_json(metadata(pool, end));
    let end = "https://op.example/end";
    for (provider, expected) in [
        (
            auth0(Value::Null),
            "https://acme.auth0.com/v2/logout?client_id=app&returnTo=https%3A%2F%2Fapp.example%2F",
        ),
        (
            auth0(json!(end)),
            "https://op.example/end?id_token_hint=eyJ&client_id=app\
             &post_logout_redirect_uri=https%3A%2F%2Fapp.example%2F&logout_hint=sid&state=s\
             &ui_locales=fr-CA+fr",
        ),
        (
            cognito(json!(end)),
            "https://op.example/end?client_id=app&logout_uri=https%3A%2F%2Fapp.example%2F",
        ),
        (
            cognito(Value::Null).end_session_endpoint("https://op.example/set"),
            "https://op.example/set?client_id=app&logout_uri=https%3A%2F%2Fapp.example%2F",
        ),
        (cognito(Value::Null), ""),
    ] {
        let sign_in = SignIn::with(|_| provider);
        let request = EndSessionRequest::new()
            .id_token_hint("eyJ")
            .post_logout_redirect_uri("https://app.example/")
            .logout_hint("sid")
            .ui_locales("fr-CA fr")
            .state("s");
        let url = sign_in.relying_party.end_session_url(&request).await;
        assert_eq!(url.unwrap().unwrap_or_default(), expected);
    }
}

/// Auth0 and Asgardeo take a form where they publish the endpoint of the standard. Cognito, and the older
/// endpoint of Auth0, have no ID token to send.
#[tokio::test]
async fn a_preset_has_a_form_only_for_an_endpoint_of_the_standard() {
    let metadata = |issuer: &str, end: Value| {
        json!({
            "issuer": issuer, "authorization_endpoint": "https://op.example/a",
            "token_endpoint": "https://op.example/t", "jwks_uri": "https://op.example/j",
            "end_session_endpoint": end,
        })
        .to_string()
    };
    let end = "https://op.example/end";
    let auth0 = |end| {
        Provider::auth0("acme.auth0.com", "app")
            .metadata_json(metadata("https://acme.auth0.com/", end))
    };
    let asgardeo = Provider::asgardeo("acme", "app").end_session_endpoint(end);
    let pool = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_a";
    let cognito = Provider::cognito("eu-central-1_a", "app")
        .metadata_json(metadata(pool, json!(end)))
        .end_session_by_form(true);
    let logto = Provider::logto("https://tenant.logto.app", "app").end_session_endpoint(end);
    for (provider, has_form) in [
        (auth0(json!(end)), true),
        (auth0(Value::Null), false),
        (asgardeo.clone(), true),
        (asgardeo.end_session_by_form(false), false),
        (cognito, false),
        (logto.clone(), false),
        (logto.end_session_by_form(true), true),
    ] {
        let name = provider.display_name().map(str::to_owned);
        let sign_in = SignIn::with(|_| provider);
        let request = EndSessionRequest::new().id_token_hint("eyJ");
        let form = sign_in.relying_party.end_session_form(&request).await;
        let form = form.unwrap();
        let action = form.as_ref().map(crate::EndSessionForm::action);
        assert_eq!(action, has_form.then_some(end), "{name:?}");
    }
}
