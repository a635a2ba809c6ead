//! The authorization request (OpenID Connect Core 1.0 section 3.1.2.1; RFC 7636 section 4.3).

use url::Url;

use super::Redirect;
use crate::{parameters::Parameters, state::State, users};

const FORM_POST: &str = "form_post";

#[derive(Debug)]
pub(super) struct AuthorizationRequest<'a> {
    pub(super) client_id: &'a str,
    /// The text that was sent, because the token request must repeat it.
    pub(super) redirect_uri: &'a str,
    pub(super) redirect: Redirect,
    /// Without names that the provider does not know.
    pub(super) scope: Vec<String>,
    pub(super) resources: Vec<String>,
    pub(super) code_challenge: &'a str,
    pub(super) nonce: Option<&'a str>,
    pub(super) prompt: Vec<Prompt>,
    /// In seconds.
    pub(super) max_age: Option<u64>,
    /// The first of the requested values that the provider gives.
    pub(super) acr: Option<&'a str>,
    pub(super) login_hint: Option<&'a str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prompt {
    None,
    Login,
    Consent,
    SelectAccount,
}

#[derive(Debug)]
pub(super) enum Refusal {
    /// Shown to the user, because the client or its redirect URI is unknown.
    Page(&'static str),
    /// Reported to the client with an error code.
    Redirect(Box<Redirect>, &'static str),
}

impl<'a> AuthorizationRequest<'a> {
    pub(super) fn parse(state: &State, parameters: &'a Parameters) -> Result<Self, Refusal> {
        if parameters.has_duplicates() {
            return Err(Refusal::Page("A parameter occurs more than once."));
        }
        let client_id = parameters.get("client_id");
        let Some(client) = client_id.and_then(|id| state.client(id)) else {
            return Err(Refusal::Page("The client is not registered."));
        };
        let redirect_uri = parameters
            .get("redirect_uri")
            .filter(|uri| client.accepts_redirect_uri(uri))
            .and_then(|uri| Some((uri, Url::parse(uri).ok()?)));
        let Some((redirect_uri, parsed)) = redirect_uri else {
            return Err(Refusal::Page(
                "The redirect URI is not registered for the client.",
            ));
        };
        let redirect = Redirect {
            redirect_uri: parsed,
            state: parameters.get("state").map(str::to_owned),
            is_posted: parameters.get("response_mode") == Some(FORM_POST),
        };
        let details = match Details::parse(state, parameters) {
            Ok(details) => details,
            Err(code) => return Err(Refusal::Redirect(Box::new(redirect), code)),
        };
        Ok(Self {
            client_id: parameters.get("client_id").unwrap_or_default(),
            redirect_uri,
            redirect,
            scope: details.scope,
            resources: details.resources,
            code_challenge: details.code_challenge,
            nonce: parameters.get("nonce"),
            prompt: details.prompt,
            max_age: details.max_age,
            acr: acr(state, parameters),
            login_hint: parameters.get("login_hint"),
        })
    }
}

/// The error code for a client that pushes this request, unless it is valid.
pub(in crate::endpoints) fn refusal_of(
    state: &State,
    parameters: &Parameters,
) -> Option<&'static str> {
    match AuthorizationRequest::parse(state, parameters) {
        Ok(_) => None,
        Err(Refusal::Page(_)) => Some("invalid_request"),
        Err(Refusal::Redirect(_, code)) => Some(code),
    }
}

/// The parameters whose errors are reported to the client.
struct Details<'a> {
    scope: Vec<String>,
    resources: Vec<String>,
    code_challenge: &'a str,
    prompt: Vec<Prompt>,
    max_age: Option<u64>,
}

impl<'a> Details<'a> {
    fn parse(state: &State, parameters: &'a Parameters) -> Result<Self, &'static str> {
        if parameters.get("request").is_some() {
            return Err("request_not_supported");
        }
        if parameters.get("request_uri").is_some() {
            return Err("request_uri_not_supported");
        }
        if parameters.get("response_type") != Some("code") {
            return Err("unsupported_response_type");
        }
        if parameters
            .get("response_mode")
            .is_some_and(|mode| mode != "query" && mode != FORM_POST)
        {
            return Err("invalid_request");
        }
        let resources = resources(state, parameters)?;
        Ok(Self {
            scope: scope(state, parameters, &resources)?,
            resources,
            code_challenge: code_challenge(parameters)?,
            prompt: prompt(parameters)?,
            max_age: parameters
                .get("max_age")
                .map(str::parse)
                .transpose()
                .map_err(|_| "invalid_request")?,
        })
    }
}

/// The first of the requested values of `acr` that the provider gives. A request for others is no error (OpenID Connect
/// Core 1.0 section 3.1.2.1).
fn acr<'a>(state: &State, parameters: &'a Parameters) -> Option<&'a str> {
    let requested = parameters.get("acr_values")?;
    let is_given = |value: &&str| state.settings.acr_values.iter().any(|given| given == value);
    requested.split(' ').find(is_given)
}

/// The requested resources. There may be several (RFC 8707 section 2.1).
fn resources(state: &State, parameters: &Parameters) -> Result<Vec<String>, &'static str> {
    parameters
        .all("resource")
        .map(|indicator| {
            let known =
                state.resource(indicator).is_some() || indicator == users::ORGANIZATIONS_RESOURCE;
            known.then(|| indicator.to_owned()).ok_or("invalid_target")
        })
        .collect()
}

/// The requested scopes that are those of OpenID Connect or of a requested resource (RFC 8707
/// section 2.2).
fn scope(
    state: &State,
    parameters: &Parameters,
    resources: &[String],
) -> Result<Vec<String>, &'static str> {
    let requested = parameters.get("scope").unwrap_or_default();
    let requested: Vec<&str> = requested.split(' ').collect();
    if !requested.contains(&"openid") {
        return Err("invalid_scope");
    }
    let mut granted: Vec<String> = Vec::new();
    let standard = users::SCOPES
        .iter()
        .filter(|scope| requested.contains(scope));
    granted.extend(standard.map(|&scope| scope.to_owned()));
    let is_scope_of_resource = |name: &str| {
        let mut resources = resources.iter().filter_map(|named| state.resource(named));
        resources.any(|resource| resource.has_scope(name))
    };
    for name in requested {
        if is_scope_of_resource(name) && !granted.iter().any(|granted| granted == name) {
            granted.push(name.to_owned());
        }
    }
    Ok(granted)
}

/// Only S256 is supported, because `plain` does not protect against an attacker who reads the
/// request.
fn code_challenge(parameters: &Parameters) -> Result<&str, &'static str> {
    // A SHA-256 hash has 43 characters in base64url.
    parameters
        .get("code_challenge")
        .filter(|challenge| challenge.len() == 43)
        .filter(|_| parameters.get("code_challenge_method") == Some("S256"))
        .ok_or("invalid_request")
}

fn prompt(parameters: &Parameters) -> Result<Vec<Prompt>, &'static str> {
    let names = parameters.get("prompt").unwrap_or_default().split(' ');
    let prompt = names
        .filter(|name| !name.is_empty())
        .map(|name| match name {
            "none" => Ok(Prompt::None),
            "login" => Ok(Prompt::Login),
            "consent" => Ok(Prompt::Consent),
            "select_account" => Ok(Prompt::SelectAccount),
            _ => Err("invalid_request"),
        })
        .collect::<Result<Vec<_>, _>>()?;
    // "If this parameter contains none with any other value, an error is returned."
    if prompt.contains(&Prompt::None) && prompt.len() > 1 {
        return Err("invalid_request");
    }
    Ok(prompt)
}
