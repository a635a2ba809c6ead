//! What a provider requires of its clients, and whether this crate supports it.

use super::members::MetadataMembers;
use crate::client_auth::{self, SupportedAuth};
use crate::error::{Error, ErrorKind};
use crate::id_token::algorithm_name;
use crate::provider::{Provider, ResponseMode, SigningAlgorithm};

/// What the metadata say about requests and clients. An empty list counts as absent (RFC 8414 section
/// 3.2).
#[derive(Debug, Default)]
pub(super) struct Requirements {
    pushed_requests: bool,
    signed_requests: bool,
    response_modes: Option<Vec<String>>,
    response_types: Option<Vec<String>>,
    grant_types: Option<Vec<String>>,
    code_challenge_methods: Option<Vec<String>>,
    id_token_algorithms: Option<Vec<String>>,
}

/// OAuth 2.0 Multiple Response Type Encoding Practices section 2.1, OAuth 2.0 Form Post Response Mode,
/// JARM section 2.3, and one that providers use for pop-up windows.
const RESPONSE_MODES: [&str; 8] = [
    "query",
    "fragment",
    "form_post",
    "jwt",
    "query.jwt",
    "fragment.jwt",
    "form_post.jwt",
    "web_message",
];

impl Requirements {
    pub(super) fn read(members: &mut MetadataMembers<'_>) -> Result<Self, Error> {
        let response_modes = response_modes(members);
        let mut list = |member| non_empty(members.optional(member));
        let response_types = list("response_types_supported");
        let grant_types = list("grant_types_supported");
        let code_challenge_methods = list("code_challenge_methods_supported");
        let is_true = |member| Ok(members.strict(member)?.unwrap_or(false));
        Ok(Self {
            pushed_requests: is_true("require_pushed_authorization_requests")?,
            signed_requests: is_true("require_signed_request_object")?,
            response_modes,
            response_types,
            grant_types,
            code_challenge_methods,
            id_token_algorithms: non_empty(
                members.strict("id_token_signing_alg_values_supported")?,
            ),
        })
    }

    /// Returns whether the provider or a setting requires authorization requests to be pushed.
    pub(super) fn is_pushed(&self, provider: &Provider) -> bool {
        self.pushed_requests || provider.pushes_authorization_requests
    }

    pub(super) fn id_token_algorithms(&self) -> Option<&[String]> {
        self.id_token_algorithms.as_deref()
    }
}

/// A list without any known response mode is about something else, such as Casdoor's
/// `["login", "code", "link"]`. It says nothing about the mode `query`, which works there.
fn response_modes(members: &mut MetadataMembers<'_>) -> Option<Vec<String>> {
    const MEMBER: &str = "response_modes_supported";
    let modes: Vec<String> = non_empty(members.optional(MEMBER))?;
    if modes
        .iter()
        .any(|mode| RESPONSE_MODES.contains(&mode.as_str()))
    {
        return Some(modes);
    }
    members.ignore(MEMBER, "a list without any response mode");
    None
}

/// What the requirements are compared with: the settings of the client, and what the metadata list.
pub(super) struct Client<'a> {
    pub(super) provider: &'a Provider,
    /// What the metadata list for its authentication.
    pub(super) auth: SupportedAuth<'a>,
    /// Those of the listed signing algorithms that are supported.
    pub(super) algorithms: &'a [SigningAlgorithm],
    /// Whether there is an endpoint that authorization requests can be pushed to.
    pub(super) can_push: bool,
}

impl Requirements {
    /// Returns an error that names each requirement that would make a sign-in fail, and what to change
    /// at the provider.
    ///
    /// It is checked before the user is sent to the provider. The provider itself would return an error
    /// code that says less, or show an error page.
    pub(super) fn check(&self, client: &Client<'_>) -> Result<(), Error> {
        let unmet: Vec<String> = [
            unmet_by_requests(self, client),
            unmet_by_responses(self, client.provider.response_mode),
            client_auth::unmet_requirement(client.provider, client.auth)
                .into_iter()
                .collect(),
            unmet_by_signatures(self, client).into_iter().collect(),
        ]
        .concat();
        if unmet.is_empty() {
            return Ok(());
        }
        let what = format!(
            "nobody can sign in, because the provider's metadata require what is not supported: {}. \
             If they are wrong about this client, set them with `metadata_json`",
            unmet.join("; ")
        );
        Err(Error::new(
            ErrorKind::Configuration,
            "discovery.unsupported",
            what,
        ))
    }
}

fn unmet_by_requests(requirements: &Requirements, client: &Client<'_>) -> Vec<String> {
    let mut unmet = Vec::new();
    if !client.can_push && requirements.pushed_requests {
        unmet.push(
            "`require_pushed_authorization_requests` is true, but there is no \
             `pushed_authorization_request_endpoint` that may be used (RFC 9126 section 5); set it",
        );
    } else if !client.can_push && client.provider.pushes_authorization_requests {
        unmet.push(
            "the setting `pushed_authorization_requests` needs a \
             `pushed_authorization_request_endpoint`, and there is none that may be used (RFC 9126 \
             section 5); set it, or do not push requests",
        );
    }
    if requirements.signed_requests {
        unmet.push(
            "`require_signed_request_object` is true (RFC 9101); allow plain authorization requests \
             at the provider",
        );
    }
    if lacks(&requirements.code_challenge_methods, &["S256"]) {
        unmet.push(
            "`code_challenge_methods_supported` lacks `S256`, the only method that is used (RFC \
             7636); turn it on at the provider",
        );
    }
    unmet.into_iter().map(str::to_owned).collect()
}

fn unmet_by_responses(requirements: &Requirements, mode: ResponseMode) -> Vec<String> {
    let mut unmet = Vec::new();
    if lacks(&requirements.response_types, &["code"]) {
        unmet.push(
            "`response_types_supported` lacks `code`; turn the authorization code flow on at the \
             provider",
        );
    }
    if lacks(&requirements.grant_types, &["authorization_code"]) {
        unmet.push(
            "`grant_types_supported` lacks `authorization_code`; turn the authorization code flow on \
             at the provider",
        );
    }
    if lacks(&requirements.response_modes, &[mode.as_str()]) {
        unmet.push(match mode {
            ResponseMode::Query => {
                "`response_modes_supported` lacks `query`; set `response_mode` to `form_post` if it lists \
                 that, or turn `query` on at the provider"
            }
            ResponseMode::FormPost => {
                "`response_modes_supported` lacks `form_post`, which `response_mode` is set to; remove the \
                 setting, or turn `form_post` on at the provider"
            }
        });
    }
    unmet.into_iter().map(str::to_owned).collect()
}

fn unmet_by_signatures(requirements: &Requirements, client: &Client<'_>) -> Option<String> {
    let listed = requirements.id_token_algorithms()?;
    match &client.provider.algorithms {
        // What is set counts, whatever the metadata list. With the secret alone as a key, though, there
        // is no key for any other algorithm.
        Some(allowed) => {
            let is_listed = |it: &SigningAlgorithm| listed.iter().any(|name| name == it.as_str());
            if client.provider.uses_public_keys() || allowed.iter().any(is_listed) {
                return None;
            }
            let allowed: Vec<_> = allowed.iter().map(|it| it.as_str()).collect();
            Some(format!(
                "`id_token_signing_alg_values_supported` lacks what the setting `algorithms` allows, {}; \
                 do not set it",
                allowed.join(", ")
            ))
        }
        None if !client.algorithms.is_empty() => None,
        None => {
            let mut names: Vec<&str> = listed.iter().map(|name| algorithm_name(name)).collect();
            names.sort_unstable();
            names.dedup();
            let is_hmac = |name: &str| name.parse().is_ok_and(SigningAlgorithm::is_hmac);
            let or_hmac = match names.iter().any(|name| is_hmac(name)) {
                true => ", or list HS256 in `algorithms`, whose key is the client secret",
                false => "",
            };
            Some(format!(
                "`id_token_signing_alg_values_supported` lists no algorithm that is accepted by default, \
                 only {}; give the provider a signing key for RS256 or ES256, and set the client's \
                 `id_token_signed_response_alg` to it{or_hmac}",
                names.join(", ")
            ))
        }
    }
}

fn non_empty(list: Option<Vec<String>>) -> Option<Vec<String>> {
    list.filter(|list| !list.is_empty())
}

fn lacks(list: &Option<Vec<String>>, names: &[&str]) -> bool {
    let has = |list: &Vec<String>| list.iter().any(|it| names.contains(&it.as_str()));
    list.as_ref().is_some_and(|list| !has(list))
}
