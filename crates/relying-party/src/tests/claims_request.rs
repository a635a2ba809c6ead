//! Single claims that a sign-in requests (OpenID Connect Core 1.0 section 5.5).

use serde_json::{Value, json};
use url::Url;

use super::recorder::recorded;
use super::{NOW, REDIRECT_URI, SignIn, token_response};
use crate::{AuthorizationRequest, ClaimsRequest, Error, ErrorKind, RequestedClaim};

fn in_id_token(name: &str, claim: RequestedClaim) -> ClaimsRequest {
    ClaimsRequest::new().id_token(name, claim)
}

impl SignIn {
    /// The values of the parameter `claims`.
    async fn claims_parameters(&self, request: &AuthorizationRequest) -> Vec<String> {
        let url = self.url_for(request).await.unwrap();
        let url = Url::parse(&url).unwrap();
        let claims = url.query_pairs().filter(|(name, _)| name == "claims");
        claims.map(|(_, value)| value.into_owned()).collect()
    }

    async fn url_for(&self, request: &AuthorizationRequest) -> Result<String, Error> {
        let relying_party = &self.relying_party;
        let url = relying_party.authorization_url(request, REDIRECT_URI, &self.secrets);
        url.await
    }

    /// Returns the result of a sign-in that requested `claims` and gets an ID token with these claims.
    async fn outcome(&self, changes: &Value, claims: Option<&ClaimsRequest>) -> &'static str {
        let jwt = self.signer.sign(&self.claims(changes.clone()));
        let response = token_response(&jwt).to_string();
        self.op.answer("/token", 200, &response);
        let exchanged = self.exchange(|exchange| match claims {
            Some(claims) => exchange.claims_request(claims),
            None => exchange,
        });
        exchanged
            .await
            .map_or_else(|error| error.code(), |_| "accepted")
    }
}

#[tokio::test]
async fn the_claims_parameter_is_that_of_the_request_or_else_of_the_provider() {
    let provider_asks = in_id_token("email", RequestedClaim::essential());
    let sign_in = SignIn::with(|provider| provider.claims_request(provider_asks.clone()));
    let plain = AuthorizationRequest::default();
    assert_eq!(
        sign_in.claims_parameters(&plain).await,
        [provider_asks.to_json()]
    );

    let request_asks = ClaimsRequest::new().user_info("picture", RequestedClaim::voluntary());
    let request = plain.clone().claims_request(request_asks);
    assert_eq!(
        sign_in.claims_parameters(&request).await,
        [r#"{"userinfo":{"picture":null}}"#]
    );
    let nothing = plain.clone().claims_request(ClaimsRequest::new());
    assert!(sign_in.claims_parameters(&nothing).await.is_empty());
    assert!(SignIn::new().claims_parameters(&plain).await.is_empty());
}

#[tokio::test]
async fn claims_are_requested_only_by_the_setter_and_acr_by_one_setter() {
    let sign_in = SignIn::with(|provider| provider.acr_values("gold"));
    let plain = AuthorizationRequest::default();
    for request in [
        plain.clone().extra_parameter("claims", "{}"),
        plain
            .clone()
            .claims_request(in_id_token("", RequestedClaim::voluntary())),
        plain.clone().claims_request(in_id_token(
            "acr",
            RequestedClaim::voluntary().value("gold"),
        )),
    ] {
        let error = sign_in.url_for(&request).await.unwrap_err();
        assert_eq!(error.code(), "authorization_request.parameter");
        assert_eq!(error.kind(), ErrorKind::Configuration);
    }
}

/// A provider that does not know the parameter ignores it, so the claim is checked here.
#[tokio::test]
async fn the_id_token_must_have_the_essential_claims() {
    let essential = RequestedClaim::essential;
    let voluntary = RequestedClaim::voluntary;
    let gold = || in_id_token("acr", essential().values(["gold", "silver"]));
    let users = || in_id_token("sub", voluntary().values(["bob", "alice"]));
    for (claims, shown, expected) in [
        (gold(), json!({}), "id_token.acr"),
        (gold(), json!({ "acr": "bronze" }), "id_token.acr"),
        (gold(), json!({ "acr": "gold silver" }), "id_token.acr"),
        (gold(), json!({ "acr": 1 }), "id_token.acr"),
        (gold(), json!({ "acr": "silver" }), "accepted"),
        (in_id_token("acr", essential()), json!({}), "id_token.acr"),
        (
            in_id_token("acr", essential()),
            json!({ "acr": "0" }),
            "accepted",
        ),
        (
            in_id_token("acr", voluntary().value("gold")),
            json!({}),
            "accepted",
        ),
        (
            in_id_token("auth_time", essential()),
            json!({}),
            "id_token.auth_time",
        ),
        (
            in_id_token("auth_time", essential()),
            json!({ "auth_time": "today" }),
            "id_token.auth_time",
        ),
        (
            in_id_token("auth_time", essential()),
            json!({ "auth_time": NOW }),
            "accepted",
        ),
        (in_id_token("auth_time", voluntary()), json!({}), "accepted"),
        (
            in_id_token("sub", voluntary().value("bob")),
            json!({}),
            "id_token.sub",
        ),
        (users(), json!({ "sub": "carol" }), "id_token.sub"),
        (users(), json!({}), "accepted"),
        (in_id_token("sub", essential()), json!({}), "accepted"),
        (
            in_id_token("email", essential().value("a@b.example")),
            json!({}),
            "accepted",
        ),
    ] {
        // As a setting, in the exchange, and in the form that a transaction keeps.
        let kept = ClaimsRequest::from_json(&claims.checked_part().to_json()).unwrap();
        let by_setting = SignIn::with(|provider| provider.claims_request(claims.clone()));
        let plain = SignIn::new();
        for outcome in [
            by_setting.outcome(&shown, None).await,
            plain.outcome(&shown, Some(&claims)).await,
            plain.outcome(&shown, Some(&kept)).await,
        ] {
            assert_eq!(outcome, expected, "{} {shown}", claims.to_json());
        }
        // The request replaces the setting.
        let nothing = ClaimsRequest::new();
        let outcome = by_setting.outcome(&shown, Some(&nothing)).await;
        assert_eq!(outcome, "accepted");
    }
}

#[tokio::test]
async fn a_provider_that_ignores_claims_requests_is_logged_once() {
    let claims = in_id_token("email", RequestedClaim::voluntary());
    let request = AuthorizationRequest::default().claims_request(claims);
    for (metadata, lines) in [
        (json!({ "claims_parameter_supported": false }), 1),
        (json!({ "claims_parameter_supported": true }), 0),
        // The default is `false` (Discovery 1.0 section 3), and many providers omit it.
        (json!({}), 0),
    ] {
        let sign_in = SignIn::new();
        sign_in.op.publish(&metadata);
        let (_, log) = recorded(async {
            for request in [&AuthorizationRequest::default(), &request, &request] {
                sign_in.url_for(request).await.unwrap();
            }
        })
        .await;
        let warnings = log.lines().filter(|line| line.contains("claims_request"));
        assert_eq!(warnings.count(), lines, "{metadata}: {log}");
    }
}
