//! The provider's metadata.

mod demands;
mod members;

use url::Url;

use self::demands::Demands;
pub(crate) use self::demands::check as check_demands;
use self::members::{Members, endpoint, malformed};
use crate::error::{Error, ErrorKind};
use crate::json;
use crate::log_text::{Sent, issuers};
use crate::provider::{Endpoints, SigningAlgorithm};
use crate::url_rules::{is_internal, is_loopback};

/// What this crate reads of a discovery document (OpenID Connect Discovery 1.0 section 3, RFC 8414
/// section 2, RFC 9207 section 3).
///
/// `openidconnect`'s own type refuses documents that lack `response_types_supported`, that have
/// a relative policy URL, and other things that no flow here depends on.
///
/// A member that no sign-in needs counts as absent if it is malformed, and one warning names it and the
/// kind of its value. One that a sign-in needs is an error that names it. So is a malformed one that
/// defends against an attack, or that demands something: counted as absent it would defend nobody, or
/// send users to a provider that refuses them. These are `authorization_response_iss_parameter_supported`,
/// `require_pushed_authorization_requests`, `require_signed_request_object` and the lists of signing
/// algorithms.
#[derive(Debug)]
pub(crate) struct Metadata {
    pub(crate) authorization_endpoint: Url,
    pub(crate) token_endpoint: Url,
    pub(crate) jwks_uri: Option<Url>,
    pub(crate) userinfo_endpoint: Option<Url>,
    pub(crate) end_session_endpoint: Option<Url>,
    pub(crate) introspection_endpoint: Option<Url>,
    pub(crate) revocation_endpoint: Option<Url>,
    pub(crate) scopes_supported: Option<Vec<String>>,
    pub(crate) client_auth_methods: Option<Vec<String>>,
    pub(crate) algorithms: Vec<SigningAlgorithm>,
    pub(crate) userinfo_algorithms: Vec<SigningAlgorithm>,
    pub(crate) iss_parameter_promised: bool,
    /// What it says about the parameter `claims`, if anything.
    pub(crate) claims_parameter: Option<bool>,
    demands: Demands,
}

impl Metadata {
    /// Reads a document that was fetched from `fetched_from`. What is `set` replaces what it says.
    pub(crate) fn parse_fetched(
        json: &[u8],
        issuer: &str,
        issuer_url: &Url,
        fetched_from: &str,
        set: &Endpoints,
    ) -> Result<Self, Error> {
        let mut members = read(json)?;
        let mut metadata = Self::of(&mut members, issuer, issuer_url, set)?;
        if metadata.jwks_uri.is_none() && !set.has_keys {
            return Err(malformed(
                "the discovery document has no `jwks_uri`".to_owned(),
            ));
        }
        // One whose document is set to come from our network (`discovery_url`) is in it itself.
        let is_public = !is_internal(issuer_url)
            && !Url::parse(fetched_from).is_ok_and(|url| is_internal(&url));
        if is_public {
            metadata.stay_outside(&mut members, set)?;
        }
        members.log();
        Ok(metadata)
    }

    /// Reads a document that the configuration holds. What is `set` is added to what it says.
    pub(crate) fn parse_trusted(
        json: &str,
        issuer: &str,
        issuer_url: &Url,
        set: &Endpoints,
    ) -> Result<Self, Error> {
        let mut members = read(json.as_bytes())?;
        let metadata = Self::of(&mut members, issuer, issuer_url, set)?;
        members.log();
        Ok(metadata)
    }

    /// The first of these members that the document has.
    pub(crate) fn first_member(
        json: &str,
        mut names: impl Iterator<Item = &'static str>,
    ) -> Result<Option<&'static str>, Error> {
        let members = read(json.as_bytes())?;
        Ok(names.find(|name| members.has(name)))
    }

    /// The metadata of a provider of which nothing is discovered, because all that a sign-in needs is
    /// set. What is not known has the defaults of the standards (OpenID Connect Core 1.0 section 9,
    /// Discovery 1.0 section 3, RFC 9207 section 3). `None` if something has to be discovered.
    pub(crate) fn without_discovery(set: &Endpoints) -> Option<Self> {
        if set.jwks_uri.is_none() && !set.has_keys {
            return None;
        }
        Some(Self {
            authorization_endpoint: set.authorization.clone()?,
            token_endpoint: set.token.clone()?,
            jwks_uri: set.jwks_uri.clone(),
            userinfo_endpoint: set.user_info.clone(),
            end_session_endpoint: set.end_session.clone(),
            introspection_endpoint: set.introspection.clone(),
            revocation_endpoint: set.revocation.clone(),
            scopes_supported: None,
            client_auth_methods: None,
            algorithms: vec![SigningAlgorithm::Rs256],
            userinfo_algorithms: vec![SigningAlgorithm::Rs256],
            iss_parameter_promised: false,
            claims_parameter: None,
            demands: Demands::default(),
        })
    }

    fn of(
        members: &mut Members<'_>,
        issuer: &str,
        issuer_url: &Url,
        set: &Endpoints,
    ) -> Result<Self, Error> {
        check_issuer(&members.needed("issuer")?, issuer)?;
        let may_be_http = is_loopback(issuer_url);
        let needed = |member, set: &Option<Url>| match set {
            Some(url) => Ok(url.clone()),
            None => needed_endpoint(member, &members.needed(member)?, may_be_http),
        };
        let authorization_endpoint = needed("authorization_endpoint", &set.authorization)?;
        let token_endpoint = needed("token_endpoint", &set.token)?;
        let jwks_uri = match &set.jwks_uri {
            Some(url) => Some(url.clone()),
            // Whatever it is, an inner address too: nobody asks there.
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
        let userinfo_endpoint = endpoint("userinfo_endpoint", &set.user_info);
        let end_session_endpoint = endpoint("end_session_endpoint", &set.end_session);
        let introspection_endpoint = endpoint("introspection_endpoint", &set.introspection);
        let revocation_endpoint = endpoint("revocation_endpoint", &set.revocation);
        let demands = Demands::read(members)?;
        let known = |names: &[String]| -> Vec<SigningAlgorithm> {
            names.iter().filter_map(|name| name.parse().ok()).collect()
        };
        // Section 3: RS256 is the one that every provider must have.
        let algorithms = demands
            .id_token_algorithms()
            .map_or_else(|| vec![SigningAlgorithm::Rs256], known);
        let mut userinfo_algorithms = members
            .strict::<Vec<String>>("userinfo_signing_alg_values_supported")?
            .map_or_else(Vec::new, |names| known(&names));
        userinfo_algorithms.extend_from_slice(&algorithms);
        Ok(Self {
            authorization_endpoint,
            token_endpoint,
            jwks_uri,
            userinfo_endpoint,
            end_session_endpoint,
            introspection_endpoint,
            revocation_endpoint,
            scopes_supported: members
                .optional::<Vec<String>>("scopes_supported")
                .filter(|scopes| !scopes.is_empty()),
            client_auth_methods: members
                .optional::<Vec<String>>("token_endpoint_auth_methods_supported")
                .filter(|methods| !methods.is_empty()),
            userinfo_algorithms,
            algorithms,
            iss_parameter_promised: members
                .strict("authorization_response_iss_parameter_supported")?
                .unwrap_or(false),
            claims_parameter: members.optional("claims_parameter_supported"),
            demands,
        })
    }

    /// A public provider must not make us ask hosts of our own network for it. What is set may be
    /// there.
    fn stay_outside(&mut self, members: &mut Members<'_>, set: &Endpoints) -> Result<(), Error> {
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
                .at(url.as_str()));
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
        ] {
            let leaves = url.take_if(|url| set.is_none() && is_internal(url));
            if leaves.is_some() {
                members.leave_out(member, "in a private network");
            }
        }
        Ok(())
    }
}

fn read(document: &[u8]) -> Result<Members<'_>, Error> {
    json::object_from_slice(document).map_err(|error| {
        malformed(format!(
            "the discovery document is not what it should be: {error}"
        ))
    })
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
    .with_detail(issuers(ours, "document", theirs, &Sent::nothing())))
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
