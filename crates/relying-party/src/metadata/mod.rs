//! The provider's metadata.

mod members;
mod requirements;

use url::Url;

use self::members::{MetadataMembers, endpoint, malformed};
use self::requirements::{Client, Requirements};
use crate::client_auth::SupportedAuth;
use crate::error::{Error, ErrorKind};
use crate::json;
use crate::log_text::{SentSecrets, issuers};
use crate::provider::{Endpoints, Provider, SigningAlgorithm};
use crate::url_rules::{is_internal, is_loopback};

/// What this crate reads of a discovery document (OpenID Connect Discovery 1.0 section 3, RFC 8414
/// section 2, RFC 9207 section 3).
///
/// `openidconnect`'s own type refuses documents that lack `response_types_supported`, that have
/// a relative policy URL, and other things that no flow here depends on.
///
/// A malformed member that no sign-in needs counts as absent, and one warning names it and the kind of
/// its value. One that a sign-in needs is an error that names it. So is a malformed one that defends
/// against an attack, or that states a requirement: counted as absent, the defence would be missing, or
/// users would be sent to a provider that refuses them. These are
/// `authorization_response_iss_parameter_supported`, `require_pushed_authorization_requests`,
/// `require_signed_request_object` and the lists of signing algorithms of ID tokens and UserInfo.
#[derive(Debug)]
pub(crate) struct Metadata {
    pub(crate) authorization_endpoint: Url,
    pub(crate) token_endpoint: Url,
    pub(crate) jwks_uri: Option<Url>,
    pub(crate) userinfo_endpoint: Option<Url>,
    pub(crate) end_session_endpoint: Option<Url>,
    pub(crate) introspection_endpoint: Option<Url>,
    pub(crate) revocation_endpoint: Option<Url>,
    pub(crate) pushed_authorization_endpoint: Option<Url>,
    pub(crate) scopes_supported: Option<Vec<String>>,
    client_auth_methods: Option<Vec<String>>,
    /// The signature algorithms of assertions by which clients authenticate.
    client_auth_algorithms: Option<Vec<String>>,
    pub(crate) algorithms: Vec<SigningAlgorithm>,
    pub(crate) userinfo_algorithms: Vec<SigningAlgorithm>,
    pub(crate) iss_parameter_promised: bool,
    /// Whether the provider supports the parameter `claims`, if it says so.
    pub(crate) claims_parameter: Option<bool>,
    requirements: Requirements,
}

impl Metadata {
    /// Reads a document that was fetched from `fetched_from`. Endpoints that are `set` replace its own.
    pub(crate) fn parse_fetched(
        json: &[u8],
        issuer: &str,
        issuer_url: &Url,
        fetched_from: &str,
        set: &Endpoints,
    ) -> Result<Self, Error> {
        let mut members = read(json)?;
        let mut metadata = Self::from_members(&mut members, issuer, issuer_url, set)?;
        if metadata.jwks_uri.is_none() && !set.has_keys {
            return Err(malformed(
                "the discovery document has no `jwks_uri`".to_owned(),
            ));
        }
        // A provider whose document is set to come from our network (`discovery_url`) is in it itself.
        let is_public = !is_internal(issuer_url)
            && !Url::parse(fetched_from).is_ok_and(|url| is_internal(&url));
        if is_public {
            metadata.reject_internal_endpoints(&mut members, set)?;
        }
        members.log();
        Ok(metadata)
    }

    /// Reads a document that is part of the configuration. Endpoints that are `set` are added to it.
    pub(crate) fn parse_trusted(
        json: &str,
        issuer: &str,
        issuer_url: &Url,
        set: &Endpoints,
    ) -> Result<Self, Error> {
        let mut members = read(json.as_bytes())?;
        let metadata = Self::from_members(&mut members, issuer, issuer_url, set)?;
        members.log();
        Ok(metadata)
    }

    /// Returns the first of these members that the document has.
    pub(crate) fn first_member(
        json: &str,
        mut names: impl Iterator<Item = &'static str>,
    ) -> Result<Option<&'static str>, Error> {
        let members = read(json.as_bytes())?;
        Ok(names.find(|name| members.has(name)))
    }

    /// Returns the metadata of a provider without discovery, if all that a sign-in needs is set.
    /// Unknown members have the defaults of the standards (OpenID Connect Core 1.0 section 9, Discovery
    /// 1.0 section 3, RFC 9207 section 3). `None` if something has to be discovered.
    pub(crate) fn without_discovery(set: &Endpoints) -> Option<Self> {
        if set.jwks_uri.is_none() && !set.has_keys {
            return None;
        }
        Some(Self::with_endpoints(
            set.authorization.clone()?,
            set.token.clone()?,
            set,
        ))
    }

    /// Metadata with these endpoints and the defaults of the standards.
    fn with_endpoints(authorization_endpoint: Url, token_endpoint: Url, set: &Endpoints) -> Self {
        Self {
            authorization_endpoint,
            token_endpoint,
            jwks_uri: set.jwks_uri.clone(),
            userinfo_endpoint: set.user_info.clone(),
            end_session_endpoint: set.end_session.clone(),
            introspection_endpoint: set.introspection.clone(),
            revocation_endpoint: set.revocation.clone(),
            pushed_authorization_endpoint: set.pushed_authorization.clone(),
            scopes_supported: None,
            client_auth_methods: None,
            client_auth_algorithms: None,
            algorithms: vec![SigningAlgorithm::Rs256],
            userinfo_algorithms: vec![SigningAlgorithm::Rs256],
            iss_parameter_promised: false,
            claims_parameter: None,
            requirements: Requirements::default(),
        }
    }

    fn from_members(
        members: &mut MetadataMembers<'_>,
        issuer: &str,
        issuer_url: &Url,
        set: &Endpoints,
    ) -> Result<Self, Error> {
        check_issuer(&members.needed("issuer")?, issuer)?;
        let endpoints = read_endpoints(members, issuer_url, set)?;
        let requirements = Requirements::read(members)?;
        let (algorithms, userinfo_algorithms) = read_algorithms(members, &requirements)?;
        Ok(Self {
            scopes_supported: members
                .optional::<Vec<String>>("scopes_supported")
                .filter(|scopes| !scopes.is_empty()),
            client_auth_methods: members
                .optional::<Vec<String>>("token_endpoint_auth_methods_supported")
                .filter(|methods| !methods.is_empty()),
            client_auth_algorithms: members
                .optional::<Vec<String>>("token_endpoint_auth_signing_alg_values_supported")
                .filter(|algorithms| !algorithms.is_empty()),
            userinfo_algorithms,
            algorithms,
            iss_parameter_promised: members
                .strict("authorization_response_iss_parameter_supported")?
                .unwrap_or(false),
            claims_parameter: members.optional("claims_parameter_supported"),
            requirements,
            ..endpoints
        })
    }

    /// Returns what the metadata list for the authentication of clients.
    pub(crate) fn client_auth(&self) -> SupportedAuth<'_> {
        SupportedAuth {
            methods: self.client_auth_methods.as_deref(),
            algorithms: self.client_auth_algorithms.as_deref(),
        }
    }

    /// Checks that this crate supports what the provider requires of this client.
    pub(crate) fn check_requirements(&self, provider: &Provider) -> Result<(), Error> {
        self.requirements.check(&Client {
            provider,
            auth: self.client_auth(),
            algorithms: &self.algorithms,
            can_push: self.pushed_authorization_endpoint.is_some(),
        })
    }

    /// Returns the endpoint that authorization requests are pushed to. `None` if they are not pushed.
    pub(crate) fn push_to(&self, provider: &Provider) -> Option<&Url> {
        let endpoint = self.pushed_authorization_endpoint.as_ref();
        endpoint.filter(|_| self.requirements.is_pushed(provider))
    }

    /// Returns the URLs that this application sends requests to.
    pub(crate) fn requested(&self) -> impl Iterator<Item = &Url> {
        let others = [
            &self.jwks_uri,
            &self.userinfo_endpoint,
            &self.introspection_endpoint,
            &self.revocation_endpoint,
            &self.pushed_authorization_endpoint,
        ];
        std::iter::once(&self.token_endpoint).chain(others.into_iter().flatten())
    }

    /// Refuses endpoints in a private network: a public provider must not make this application send
    /// requests to hosts in its private network. Endpoints that are set may be there.
    fn reject_internal_endpoints(
        &mut self,
        members: &mut MetadataMembers<'_>,
        set: &Endpoints,
    ) -> Result<(), Error> {
        let needed = [
            ("token_endpoint", Some(&self.token_endpoint), &set.token),
            ("jwks_uri", self.jwks_uri.as_ref(), &set.jwks_uri),
        ];
        for (member, url, set) in needed {
            if let Some(url) = url.filter(|url| set.is_none() && is_internal(url)) {
                return Err(Error::new(
                    ErrorKind::Provider,
                    "discovery.private_endpoint",
                    format!(
                        "`{member}` in the discovery document of a public issuer is in a private \
                         network; if that is right, set `{member}`"
                    ),
                )
                .with_url(url.as_str()));
            }
        }
        for (member, url, set) in [
            (
                "userinfo_endpoint",
                &mut self.userinfo_endpoint,
                &set.user_info,
            ),
            (
                "introspection_endpoint",
                &mut self.introspection_endpoint,
                &set.introspection,
            ),
            (
                "revocation_endpoint",
                &mut self.revocation_endpoint,
                &set.revocation,
            ),
            (
                "pushed_authorization_request_endpoint",
                &mut self.pushed_authorization_endpoint,
                &set.pushed_authorization,
            ),
        ] {
            let internal = url.take_if(|url| set.is_none() && is_internal(url));
            if internal.is_some() {
                members.ignore(member, "in a private network");
            }
        }
        Ok(())
    }
}

/// Reads the endpoints. All else has the defaults of the standards.
fn read_endpoints(
    members: &mut MetadataMembers<'_>,
    issuer_url: &Url,
    set: &Endpoints,
) -> Result<Metadata, Error> {
    let may_be_http = is_loopback(issuer_url);
    let needed = |member, set: &Option<Url>| match set {
        Some(url) => Ok(url.clone()),
        None => needed_endpoint(member, &members.needed(member)?, may_be_http),
    };
    let authorization_endpoint = needed("authorization_endpoint", &set.authorization)?;
    let token_endpoint = needed("token_endpoint", &set.token)?;
    let jwks_uri = match &set.jwks_uri {
        Some(url) => Some(url.clone()),
        // No request is sent to it, so it may be anything, an internal address too.
        None if set.has_keys => None,
        None => members
            .strict::<String>("jwks_uri")?
            .map(|text| needed_endpoint("jwks_uri", &text, may_be_http))
            .transpose()?,
    };
    let mut endpoint = |member, set: &Option<Url>| match set {
        Some(url) => Some(url.clone()),
        None => members.optional_endpoint(member, may_be_http),
    };
    Ok(Metadata {
        jwks_uri,
        userinfo_endpoint: endpoint("userinfo_endpoint", &set.user_info),
        end_session_endpoint: endpoint("end_session_endpoint", &set.end_session),
        introspection_endpoint: endpoint("introspection_endpoint", &set.introspection),
        revocation_endpoint: endpoint("revocation_endpoint", &set.revocation),
        pushed_authorization_endpoint: endpoint(
            "pushed_authorization_request_endpoint",
            &set.pushed_authorization,
        ),
        ..Metadata::with_endpoints(authorization_endpoint, token_endpoint, set)
    })
}

/// Reads the algorithms for ID tokens, and those for UserInfo responses.
fn read_algorithms(
    members: &MetadataMembers<'_>,
    requirements: &Requirements,
) -> Result<(Vec<SigningAlgorithm>, Vec<SigningAlgorithm>), Error> {
    let known = |names: &[String]| -> Vec<SigningAlgorithm> {
        let known = names.iter().filter_map(|name| name.parse().ok());
        // Accepted only if a setting says so: a provider that lists them must not make the client
        // secret a key.
        known
            .filter(|it: &SigningAlgorithm| !it.is_hmac())
            .collect()
    };
    // OpenID Connect Discovery 1.0 section 3: every provider must support RS256.
    let for_id_tokens = requirements
        .id_token_algorithms()
        .map_or_else(|| vec![SigningAlgorithm::Rs256], known);
    let mut for_user_info = members
        .strict::<Vec<String>>("userinfo_signing_alg_values_supported")?
        .map_or_else(Vec::new, |names| known(&names));
    for_user_info.extend_from_slice(&for_id_tokens);
    Ok((for_id_tokens, for_user_info))
}

fn read(document: &[u8]) -> Result<MetadataMembers<'_>, Error> {
    json::object_from_slice(document)
        .map_err(|error| malformed(format!("the discovery document cannot be used: {error}")))
}

/// Section 4.3: exactly, not by URL equivalence.
fn check_issuer(theirs: &str, ours: &str) -> Result<(), Error> {
    if theirs == ours {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Provider,
        "discovery.issuer_mismatch",
        "the discovery document names another issuer; configure the issuer exactly as the document \
         writes it, with or without the trailing slash",
    )
    .with_detail(issuers(ours, "document", theirs, &SentSecrets::nothing())))
}

fn needed_endpoint(member: &str, text: &str, may_be_http: bool) -> Result<Url, Error> {
    endpoint(text, may_be_http).map_err(|kind| {
        Error::new(
            ErrorKind::Provider,
            "discovery.endpoint",
            format!("`{member}` in the discovery document is {kind} instead of an https URL"),
        )
    })
}
