//! The authorization request and its response.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::json;
use url::Url;

use super::{CLIENT_ID, ISSUER, REDIRECT_URI, SignIn};
use crate::provider::Display;
use crate::{
    AuthorizationRequest, AuthorizationResponse, EndSessionRequest, Error, ErrorKind, Prompt,
    Provider, scope,
};

impl SignIn {
    pub(super) async fn parameters(&self, request: &AuthorizationRequest) -> Vec<(String, String)> {
        let url = self.url(request).await.unwrap();
        assert!(url.starts_with(&format!("{ISSUER}/authorize?")), "{url}");
        Url::parse(&url)
            .unwrap()
            .query_pairs()
            .into_owned()
            .collect()
    }

    async fn url(&self, request: &AuthorizationRequest) -> Result<String, Error> {
        self.relying_party
            .authorization_url(request, REDIRECT_URI, &self.secrets)
            .await
    }

    async fn validate(&self, query: &str) -> Result<(), Error> {
        let response = AuthorizationResponse::parse(Some(query)).unwrap();
        self.relying_party
            .validate(response, &self.secrets)
            .await
            .map(drop)
    }
}

#[tokio::test]
async fn every_request_has_state_nonce_and_an_s256_challenge() {
    let sign_in = SignIn::new();
    let parameters = sign_in.parameters(&AuthorizationRequest::default()).await;
    let count = parameters.len();
    let parameters: HashMap<_, _> = parameters.into_iter().collect();
    let expected = [
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", REDIRECT_URI),
        ("scope", "openid profile email offline_access"),
        ("state", sign_in.secrets.state()),
        ("nonce", sign_in.secrets.nonce()),
        ("code_challenge", &sign_in.secrets.code_challenge()),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in expected {
        assert_eq!(parameters[name], value, "{name}");
    }
    assert_eq!(count, expected.len(), "{parameters:?}");
}

#[tokio::test]
async fn only_default_scopes_that_the_provider_lists_are_requested() {
    let sign_in = SignIn::new();
    sign_in
        .op
        .publish(&json!({ "scopes_supported": ["openid", "email"] }));
    let parameters = sign_in.parameters(&AuthorizationRequest::default()).await;
    assert!(parameters.contains(&("scope".to_owned(), "openid email".to_owned())));
}

#[tokio::test]
async fn scopes_that_are_set_are_requested_whatever_the_provider_lists() {
    let sign_in = SignIn::with(|provider| provider.scopes(["openid", "urn:roles"]));
    sign_in
        .op
        .publish(&json!({ "scopes_supported": ["openid"] }));
    let request = AuthorizationRequest::default().scopes(["orders", "urn:roles"]);
    let parameters = sign_in.parameters(&request).await;
    assert!(parameters.contains(&("scope".to_owned(), "openid urn:roles orders".to_owned())));
}

#[tokio::test]
async fn added_scopes_are_requested_in_addition_to_the_default_ones() {
    let sign_in = SignIn::with(|provider| provider.add_scopes(["orders", "email"]));
    sign_in
        .op
        .publish(&json!({ "scopes_supported": ["openid", "email", "offline_access"] }));
    let parameters = sign_in.parameters(&AuthorizationRequest::default()).await;
    let scope = "openid email offline_access orders";
    assert!(parameters.contains(&("scope".to_owned(), scope.to_owned())));
}

/// RFC 8707 section 2: each is a separate parameter. The code exchange names none of them.
#[tokio::test]
async fn the_organization_scope_of_logto_adds_its_resource_to_the_request() {
    let resource = "urn:logto:resource:organizations";
    let logto = |provider: Provider| {
        let mut logto = Provider::logto(ISSUER, CLIENT_ID);
        logto.issuer = provider.issuer;
        logto.resources(["https://api.example"])
    };
    let resources = async |sign_in: &SignIn, request: &AuthorizationRequest| {
        let parameters = sign_in.parameters(request).await;
        let resources = parameters
            .into_iter()
            .filter(|(name, _)| name == "resource");
        resources.map(|(_, value)| value).collect::<Vec<_>>()
    };
    let request = AuthorizationRequest::default();
    let with_organizations = request.clone().scopes([scope::ORGANIZATIONS]);
    let sign_in = SignIn::with(logto);
    assert_eq!(resources(&sign_in, &request).await, ["https://api.example"]);
    let both = ["https://api.example", resource];
    assert_eq!(resources(&sign_in, &with_organizations).await, both);
    let sign_in = SignIn::with(|provider| logto(provider).scopes([scope::ORGANIZATIONS]));
    assert_eq!(resources(&sign_in, &request).await, both);

    let sign_in = SignIn::new();
    assert!(resources(&sign_in, &with_organizations).await.is_empty());
}

#[tokio::test]
async fn values_of_the_request_replace_those_of_the_provider() {
    let sign_in = SignIn::with(|provider| {
        provider
            .prompt(Prompt::Consent)
            .max_age(Duration::from_secs(1))
            .acr_values("bronze")
            .ui_locales("de")
            .display(Display::Page)
            .resources(["https://api.example/a", "urn:b"])
            .extra_parameter("first_screen", "register")
            .extra_parameter("theme", "light")
    });
    let request = AuthorizationRequest::default()
        .prompt(Prompt::Login)
        .prompt(Prompt::SelectAccount)
        .max_age(Duration::from_secs(60))
        .acr_values("gold silver")
        .ui_locales("fr en")
        .display(Display::Popup)
        .login_hint("alice@example.com")
        .id_token_hint("a.b.c")
        .extra_parameter("identifier", "phone")
        .extra_parameter("identifier", "email")
        .extra_parameter("theme", "dark");
    let parameters = sign_in.parameters(&request).await;
    let values = |name: &str| {
        let of_name = parameters.iter().filter(|(it, _)| it == name);
        of_name.map(|(_, value)| value.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(values("prompt"), ["login select_account"]);
    assert_eq!(values("max_age"), ["60"]);
    assert_eq!(values("acr_values"), ["gold silver"]);
    assert_eq!(values("ui_locales"), ["fr en"]);
    assert_eq!(values("display"), ["popup"]);
    assert_eq!(values("login_hint"), ["alice@example.com"]);
    assert_eq!(values("id_token_hint"), ["a.b.c"]);
    assert_eq!(values("resource"), ["https://api.example/a", "urn:b"]);
    assert_eq!(values("first_screen"), ["register"]);
    // RFC 6749 section 3.1: each once.
    assert_eq!(values("identifier"), ["email"]);
    assert_eq!(values("theme"), ["dark"]);
}

#[tokio::test]
async fn the_redirect_uri_is_sent_byte_for_byte() {
    let sign_in = SignIn::new();
    let request = AuthorizationRequest::default();
    let url =
        sign_in
            .relying_party
            .authorization_url(&request, "https://app.example", &sign_in.secrets);
    assert!(
        url.await
            .unwrap()
            .contains("redirect_uri=https%3A%2F%2Fapp.example&")
    );
}

#[tokio::test]
async fn a_request_cannot_replace_parameters_of_the_protocol() {
    let sign_in = SignIn::new();
    for name in [
        "state",
        "redirect_uri",
        "Client_Id",
        "response_type",
        "nonce",
        "code_challenge",
        "",
    ] {
        let request = AuthorizationRequest::default().extra_parameter(name, "x");
        let error = sign_in.url(&request).await.unwrap_err();
        assert_eq!(error.code(), "authorization_request.parameter", "{name}");
        assert_eq!(error.kind(), ErrorKind::Configuration);
    }
    let request = AuthorizationRequest::default()
        .prompt(Prompt::None)
        .prompt(Prompt::Login);
    assert!(sign_in.url(&request).await.is_err());
    assert!(
        sign_in
            .url(&AuthorizationRequest::default().scopes(["a b"]))
            .await
            .is_err()
    );
}

/// A mix-up must be noticed before the code is sent anywhere, and in error responses too.
#[tokio::test]
async fn a_response_of_another_issuer_is_refused() {
    let sign_in = SignIn::new();
    for query in [
        "code=c&state=s&iss=https%3A%2F%2Fevil.example",
        "error=access_denied&state=s&iss=https%3A%2F%2Fop.example%2F",
    ] {
        let error = sign_in.validate(query).await.unwrap_err();
        assert_eq!(
            error.code(),
            "authorization_response.iss_mismatch",
            "{query}"
        );
    }
    assert!(sign_in.op.requests_to("/token").is_empty());
    sign_in
        .validate("code=c&state=s&iss=https%3A%2F%2Fop.example")
        .await
        .unwrap();
}

#[tokio::test]
async fn a_promised_iss_is_required_in_error_responses_too() {
    let sign_in = SignIn::new();
    sign_in
        .op
        .publish(&json!({ "authorization_response_iss_parameter_supported": true }));
    for query in ["code=c&state=s", "error=access_denied&state=s"] {
        let error = sign_in.validate(query).await.unwrap_err();
        assert_eq!(
            error.code(),
            "authorization_response.iss_missing",
            "{query}"
        );
        assert_eq!(error.kind(), ErrorKind::Response);
    }
}

#[tokio::test]
async fn an_error_of_the_provider_has_its_registered_code_or_other() {
    let sign_in = SignIn::new();
    let error = sign_in
        .validate("error=access_denied&state=s")
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::Response, "authorization.access_denied")
    );
    assert!(!error.is_transient());

    let error = sign_in
        .validate("error=temporarily_unavailable&state=s")
        .await
        .unwrap_err();
    assert!(error.is_transient());

    let query = "error=%3Cscript%3E&error_description=%3Cscript%3E%0D%0A&state=s";
    let error = sign_in.validate(query).await.unwrap_err();
    assert_eq!(error.code(), "authorization.other");
    assert!(!error.message().contains("script"));
}

#[tokio::test]
async fn the_end_session_url_always_names_the_client() {
    let sign_in = SignIn::new();
    let request = EndSessionRequest::new().id_token_hint("a.b.c");
    let url = sign_in
        .relying_party
        .end_session_url(&request)
        .await
        .unwrap();
    assert_eq!(
        url.unwrap(),
        "https://op.example/end?id_token_hint=a.b.c&client_id=client-id"
    );

    sign_in.op.publish(&json!({ "end_session_endpoint": null }));
    sign_in.clock.advance(Duration::from_secs(3600));
    assert_eq!(
        sign_in
            .relying_party
            .end_session_url(&request)
            .await
            .unwrap(),
        None
    );
    assert!(sign_in.op.requests_to("/jwks").is_empty());
}

#[tokio::test]
async fn an_end_session_endpoint_that_is_set_needs_no_metadata() {
    let sign_in = SignIn::with(|it| it.end_session_endpoint("https://op.example/bye?x=1"));
    let url = sign_in
        .relying_party
        .end_session_url(&EndSessionRequest::new())
        .await
        .unwrap();
    assert_eq!(
        url.unwrap(),
        "https://op.example/bye?x=1&client_id=client-id"
    );
    assert!(
        sign_in
            .op
            .requests_to("/.well-known/openid-configuration")
            .is_empty()
    );
}
