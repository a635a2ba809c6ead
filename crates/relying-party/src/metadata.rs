//! The provider's metadata.

use serde::Deserialize;
use url::Url;

use crate::claims::lenient;
use crate::error::{Error, ErrorKind};
use crate::json;
use crate::log_text::{Sent, issuers};
use crate::provider::SigningAlgorithm;
use crate::url_rules::{is_internal, is_loopback, parse_secure};

/// What this crate reads of a discovery document (OpenID Connect Discovery 1.0 section 3, RFC 8414
/// section 2, RFC 9207 section 3).
///
/// `openidconnect`'s own type refuses documents that lack `response_types_supported`, that have
/// a relative policy URL, and other things that no flow here depends on.
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
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: Option<String>,
    userinfo_endpoint: Option<String>,
    end_session_endpoint: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    introspection_endpoint: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    revocation_endpoint: Option<String>,
    scopes_supported: Option<Vec<String>>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    id_token_signing_alg_values_supported: Option<Vec<String>>,
    #[serde(default, deserialize_with = "lenient")]
    userinfo_signing_alg_values_supported: Option<Vec<String>>,
    code_challenge_methods_supported: Option<Vec<String>>,
    authorization_response_iss_parameter_supported: Option<bool>,
}

impl Metadata {
    /// Reads a document that was fetched from `fetched_from`.
    pub(crate) fn parse_fetched(
        json: &[u8],
        issuer: &str,
        issuer_url: &Url,
        fetched_from: &str,
    ) -> Result<Self, Error> {
        let mut metadata = Self::parse(json, issuer, issuer_url)?;
        if metadata.jwks_uri.is_none() {
            return Err(malformed("the discovery document has no jwks_uri"));
        }
        // A public provider must not make us ask hosts of our own network for it. One whose document
        // is set to come from there (`discovery_url`) is in that network itself.
        let is_public = !is_internal(issuer_url)
            && !Url::parse(fetched_from).is_ok_and(|url| is_internal(&url));
        let fetched = [
            Some(&metadata.token_endpoint),
            metadata.jwks_uri.as_ref(),
            metadata.userinfo_endpoint.as_ref(),
        ];
        let internal = fetched.into_iter().flatten().find(|url| is_internal(url));
        if let Some(internal) = internal.filter(|_| is_public) {
            return Err(Error::new(
                ErrorKind::Provider,
                "discovery.private_endpoint",
                "the discovery document of a public issuer names an endpoint in a private network; \
                 if that is right, set the metadata by hand",
            )
            .at(internal.as_str()));
        }
        if is_public {
            metadata
                .introspection_endpoint
                .take_if(|url| is_internal(url));
            metadata.revocation_endpoint.take_if(|url| is_internal(url));
        }
        Ok(metadata)
    }

    /// Reads a document that the configuration holds.
    pub(crate) fn parse_trusted(json: &str, issuer: &str, issuer_url: &Url) -> Result<Self, Error> {
        Self::parse(json.as_bytes(), issuer, issuer_url)
    }

    fn parse(document: &[u8], issuer: &str, issuer_url: &Url) -> Result<Self, Error> {
        let document: Document = json::object_from_slice(document)
            .map_err(|_| malformed("the discovery document is not the JSON it should be"))?;
        // Section 4.3: exactly, not by URL equivalence.
        if document.issuer != issuer {
            return Err(Error::new(
                ErrorKind::Provider,
                "discovery.issuer_mismatch",
                "the discovery document names another issuer; configure the issuer exactly as the \
                 document writes it, with or without the trailing slash",
            )
            .with_detail(issuers(
                issuer,
                "document",
                &document.issuer,
                &Sent::nothing(),
            )));
        }
        if document
            .code_challenge_methods_supported
            .as_ref()
            .is_some_and(|methods| !methods.iter().any(|method| method == "S256"))
        {
            tracing::warn!("the provider's metadata does not list the PKCE method S256");
        }
        let endpoint = |text: &str| {
            parse_secure(text)
                .filter(|url| url.scheme() == "https" || is_loopback(issuer_url))
                .ok_or_else(|| {
                    Error::new(
                        ErrorKind::Provider,
                        "discovery.endpoint",
                        "an endpoint in the discovery document is not an absolute https URL",
                    )
                })
        };
        let optional = |text: &Option<String>| text.as_deref().map(endpoint).transpose();
        // No sign-in needs these, so none fails over them: one that may not be used counts as absent.
        let usable = |text: &Option<String>| endpoint(text.as_deref()?).ok();
        let known = |names: Vec<String>| -> Vec<SigningAlgorithm> {
            names.iter().filter_map(|name| name.parse().ok()).collect()
        };
        // Section 3: RS256 is the one that every provider must have.
        let algorithms = document
            .id_token_signing_alg_values_supported
            .map_or_else(|| vec![SigningAlgorithm::Rs256], known);
        let mut userinfo_algorithms = document
            .userinfo_signing_alg_values_supported
            .map_or_else(Vec::new, known);
        userinfo_algorithms.extend_from_slice(&algorithms);
        Ok(Self {
            authorization_endpoint: endpoint(&document.authorization_endpoint)?,
            token_endpoint: endpoint(&document.token_endpoint)?,
            jwks_uri: optional(&document.jwks_uri)?,
            userinfo_endpoint: optional(&document.userinfo_endpoint)?,
            end_session_endpoint: optional(&document.end_session_endpoint)?,
            introspection_endpoint: usable(&document.introspection_endpoint),
            revocation_endpoint: usable(&document.revocation_endpoint),
            scopes_supported: document.scopes_supported,
            client_auth_methods: document.token_endpoint_auth_methods_supported,
            userinfo_algorithms,
            algorithms,
            iss_parameter_promised: document
                .authorization_response_iss_parameter_supported
                .unwrap_or(false),
        })
    }
}

fn malformed(what: &'static str) -> Error {
    Error::new(ErrorKind::Provider, "discovery.malformed", what)
}
