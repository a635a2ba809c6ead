//! The parameters and the URL of the authorization request. It is the only file that uses `openidconnect`'s client, whose
//! 17 type parameters stay inside.

use std::borrow::Cow;

use openidconnect::core::{CoreAuthenticationFlow, CoreClient};
use openidconnect::{
    AuthUrl, ClientId, CsrfToken, IssuerUrl, JsonWebKeySet, Nonce, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, Scope,
};
use url::Url;

use crate::authorization_request::AuthorizationRequest;
use crate::claims_request::ClaimsRequest;
use crate::error::{Error, ErrorKind};
use crate::metadata::Metadata;
use crate::provider::{AuthorizationParameters, DEFAULT_SCOPES, Prompt, Provider};
use crate::scope;
use crate::secret::Secret;
use crate::transaction_secrets::TransactionSecrets;

/// Returns the parameters of an authorization request (OpenID Connect Core 1.0 section 3.1.2.1) with
/// state, nonce and PKCE challenge.
pub(crate) fn request_parameters(
    provider: &Provider,
    metadata: &Metadata,
    request: &AuthorizationRequest,
    redirect_uri: &str,
    secrets: &TransactionSecrets,
) -> Result<Vec<(String, String)>, Error> {
    let parameters = request.parameters_at(provider);
    request.check(&parameters)?;
    let invalid_url = |_| {
        Error::new(
            ErrorKind::Configuration,
            "authorization_request.redirect_uri",
            "the redirect URI is not an absolute URL",
        )
    };
    let redirect_uri = RedirectUrl::new(redirect_uri.to_owned()).map_err(invalid_url)?;
    let issuer = IssuerUrl::new(provider.issuer.clone()).map_err(invalid_url)?;
    let client = CoreClient::new(
        ClientId::new(provider.client_id.clone()),
        issuer,
        JsonWebKeySet::default(),
    )
    .set_auth_uri(AuthUrl::from_url(without_query(
        &metadata.authorization_endpoint,
    )))
    .set_redirect_uri(redirect_uri);

    let state = CsrfToken::new(secrets.state().to_owned());
    let nonce = Nonce::new(secrets.nonce().to_owned());
    let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(
        secrets.code_verifier().to_owned(),
    ));
    let scopes = extra_scopes(provider, metadata, request);
    let resources = resources(provider, &scopes);
    // The client adds the scope `openid`.
    let mut url = client
        .authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            || state,
            || nonce,
        )
        .set_pkce_challenge(challenge)
        .add_scopes(scopes.into_iter().map(Scope::new));
    for (name, value) in optional_parameters(&parameters, request) {
        url = url.add_extra_param(name, value);
    }
    for resource in resources {
        url = url.add_extra_param("resource", resource);
    }
    if provider.uses_form_post() {
        url = url.add_extra_param("response_mode", provider.response_mode.as_str());
    }
    for (name, value) in &parameters.extra {
        url = url.add_extra_param(name, value);
    }
    Ok(url.url().0.query_pairs().into_owned().collect())
}

fn without_query(endpoint: &Url) -> Url {
    let mut url = endpoint.clone();
    url.set_query(None);
    url
}

/// Returns the URL of the authorization endpoint with these parameters. A query of the endpoint itself
/// is kept (RFC 6749 section 3.1).
pub(crate) fn url_with<'a>(
    metadata: &Metadata,
    parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> String {
    let mut url = metadata.authorization_endpoint.clone();
    url.query_pairs_mut().extend_pairs(parameters);
    url.into()
}

/// Returns the standard's parameters that have a value. The client's typed setters are not used,
/// because they require a parsed ID token, and language tags one by one.
fn optional_parameters<'a>(
    parameters: &'a AuthorizationParameters,
    request: &'a AuthorizationRequest,
) -> impl Iterator<Item = (&'static str, Cow<'a, str>)> {
    let prompts = prompts(parameters, request)
        .into_iter()
        .map(Prompt::as_str)
        .collect::<Vec<_>>()
        .join(" ");
    let max_age = parameters.max_age.map(|age| age.as_secs().to_string());
    let text = |text: &'a Option<String>| text.as_deref().map(Cow::Borrowed);
    let exposed = |hint: &'a Option<Secret>| hint.as_ref().map(|hint| hint.expose().into());
    let claims = parameters.requested_claims().map(ClaimsRequest::to_json);
    let values: [(&str, Option<Cow<'_, str>>); 8] = [
        ("prompt", (!prompts.is_empty()).then_some(prompts.into())),
        ("max_age", max_age.map(Into::into)),
        ("login_hint", exposed(&request.login_hint)),
        ("id_token_hint", exposed(&request.id_token_hint)),
        ("ui_locales", text(&parameters.ui_locales)),
        ("acr_values", text(&parameters.acr_values)),
        ("claims", claims.map(Into::into)),
        (
            "display",
            parameters.display.map(|display| display.as_str().into()),
        ),
    ];
    let with_value = |(name, value): (_, Option<_>)| Some((name, value?));
    values.into_iter().filter_map(with_value)
}

/// Returns the resources for these scopes; each is sent as a separate parameter (RFC 8707 section 2).
fn resources<'a>(provider: &'a Provider, scopes: &[String]) -> Vec<&'a str> {
    provider
        .resources_for(|scope| scopes.iter().any(|it| it == scope))
        .collect()
}

fn prompts(parameters: &AuthorizationParameters, request: &AuthorizationRequest) -> Vec<Prompt> {
    let mut prompts = parameters.prompts.clone();
    if let Some(additional) = request.additional_prompt
        && !prompts.contains(&additional)
        && (additional != Prompt::None || prompts.is_empty())
    {
        prompts.retain(|prompt| *prompt != Prompt::None);
        prompts.push(additional);
    }
    prompts
}

/// Returns all scopes that a sign-in requests by default, each once.
pub(crate) fn requested_scopes(provider: &Provider, metadata: &Metadata) -> Vec<String> {
    let mut scopes = vec![scope::OPENID.to_owned()];
    let request = AuthorizationRequest::default();
    scopes.extend(extra_scopes(provider, metadata, &request));
    scopes
}

/// Returns the scopes besides `openid`, each once.
pub(crate) fn extra_scopes(
    provider: &Provider,
    metadata: &Metadata,
    request: &AuthorizationRequest,
) -> Vec<String> {
    let base = provider.scopes.clone().unwrap_or_else(|| {
        let supported = metadata.scopes_supported.as_deref();
        DEFAULT_SCOPES
            .into_iter()
            .filter(|scope| supported.is_none_or(|list| list.iter().any(|known| known == scope)))
            .map(ToOwned::to_owned)
            .collect()
    });
    let reserved = provider.reserved_scopes.iter().map(|&name| name.to_owned());
    let mut scopes = Vec::new();
    let added = provider.added_scopes.iter().chain(&request.scopes).cloned();
    for name in reserved.chain(base).chain(added) {
        if name != scope::OPENID && !scopes.contains(&name) {
            scopes.push(name);
        }
    }
    scopes
}
