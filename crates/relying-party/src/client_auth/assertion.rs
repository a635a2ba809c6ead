//! The JWT by which a client authenticates (RFC 7523 section 3, OpenID Connect Core 1.0 section 9).

use base64_simd::URL_SAFE_NO_PAD;
use serde::Serialize;

use super::client::AuthenticatedClient;
use super::method::Proof;
use crate::clock::unix_seconds;
#[cfg(feature = "private-key-jwt")]
use crate::credentials::SignedSecret;
use crate::credentials::{AssertionAudience, RandomSource};
use crate::error::{Error, ErrorKind};
use crate::provider::Provider;
use crate::secret::Secret;

/// Enough for a request that waits ten seconds to be sent, and for clocks that differ a little.
const LIFETIME_SECONDS: u64 = 60;

/// How long a secret is valid that the client signs at each use. It is not used again, but whoever reads it
/// could use it for so long.
#[cfg(feature = "private-key-jwt")]
const SECRET_LIFETIME_SECONDS: u64 = 300;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

impl Provider {
    /// Sets what the `aud` of the assertions is by which the client authenticates. The default is
    /// [`AssertionAudience::Issuer`], which the current standards require.
    pub const fn assertion_audience(mut self, audience: AssertionAudience) -> Self {
        self.credentials.audience = audience;
        self
    }

    /// Returns whether assertions are for the token endpoint: if that is the
    /// [`assertion_audience`](Self::assertion_audience), or if the issuer has the placeholder `{tenantid}`.
    #[must_use]
    pub fn uses_token_endpoint_audience(&self) -> bool {
        match self.credentials.audience {
            AssertionAudience::Issuer => self.issuer_template().is_some(),
            AssertionAudience::TokenEndpoint => true,
        }
    }

    /// Returns whether the metadata that the provider publishes decide for whom the client signs assertions:
    /// with a [private key](Self::client_private_keys) or by a
    /// [function](Self::client_assertion_source), for a [token endpoint](Self::token_endpoint) that is not
    /// set. If somebody else enters the provider, its metadata may name the token endpoint of another
    /// provider, which accepts the assertion as this client's own.
    #[must_use]
    pub fn has_discovered_audience(&self) -> bool {
        self.uses_token_endpoint_audience()
            && self.credentials.signs_assertions()
            && self.token_endpoint.is_none()
            && self.metadata_json.is_none()
    }

    /// Returns whether one of the [private keys](Self::client_private_keys) is also one of `other`, under
    /// whatever identifier. Two providers must not share a key if one of them
    /// [uses the token endpoint as the audience](Self::uses_token_endpoint_audience).
    #[must_use]
    pub fn has_client_key_of(&self, other: &Self) -> bool {
        self.credentials.has_key_of(&other.credentials)
    }

    /// Sets where the identifiers (`jti`) of the client's assertions come from: a function that fills a
    /// buffer with random bytes, such as those of the operating system. It is required by
    /// [`client_private_keys`](Self::client_private_keys) and
    /// [`client_secret_jwt_algorithm`](Self::client_secret_jwt_algorithm). Without it
    /// `client_secret_jwt` is never chosen.
    ///
    /// The provider refuses an assertion whose identifier it has seen before (RFC 7523 section 3), so
    /// the bytes must not repeat. If the function fails, nothing is sent.
    ///
    /// ```
    /// # use relying_party::Provider;
    /// let provider = Provider::new("https://op.example", "client-id")
    ///     .random_source(|bytes| Ok(getrandom::fill(bytes)?));
    /// # let _ = provider;
    /// ```
    pub fn random_source(
        mut self,
        fill: impl Fn(&mut [u8]) -> Result<(), Box<dyn std::error::Error + Send + Sync>>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        self.credentials.random = Some(RandomSource::new(fill));
        self
    }

    /// Sets the [`random_source`](Self::random_source) unless it is set: for crates that build on this
    /// one.
    pub fn default_random_source(
        self,
        fill: impl Fn(&mut [u8]) -> Result<(), Box<dyn std::error::Error + Send + Sync>>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        match self.credentials.random {
            Some(_) => self,
            None => self.random_source(fill),
        }
    }
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
    typ: &'a str,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<&'a str>,
    iat: u64,
    exp: u64,
}

/// An assertion without its signature.
pub(super) struct Assertion(String);

impl Assertion {
    /// Makes an assertion that is valid from now for at most a minute, with an identifier that no other
    /// one has.
    pub(super) fn new(
        client: AuthenticatedClient<'_>,
        algorithm: &str,
        kid: Option<&str>,
    ) -> Result<Self, Error> {
        let client_id = &client.provider.client_id;
        let jti = client.provider.credentials.fresh_id()?;
        let iat = unix_seconds(client.clock.now());
        let header = Header {
            alg: algorithm,
            kid,
            typ: "JWT",
        };
        let claims = Claims {
            iss: client_id,
            sub: client_id,
            aud: client.audience(),
            jti: Some(&jti),
            iat,
            exp: iat.saturating_add(LIFETIME_SECONDS),
        };
        Self::encode(&header, &claims)
    }

    /// Makes the JWT that is the client secret from now for five minutes.
    #[cfg(feature = "private-key-jwt")]
    pub(super) fn as_secret(
        client: AuthenticatedClient<'_>,
        secret: &SignedSecret,
    ) -> Result<Self, Error> {
        let iat = unix_seconds(client.clock.now());
        let header = Header {
            alg: secret.algorithm.as_str(),
            kid: Some(secret.key.key_id()),
            typ: "JWT",
        };
        let claims = Claims {
            iss: &secret.issuer,
            sub: &client.provider.client_id,
            aud: secret.audience,
            jti: None,
            iat,
            exp: iat.saturating_add(SECRET_LIFETIME_SECONDS),
        };
        Self::encode(&header, &claims)
    }

    fn encode(header: &Header<'_>, claims: &Claims<'_>) -> Result<Self, Error> {
        Ok(Self(format!("{}.{}", encoded(header)?, encoded(claims)?)))
    }

    pub(super) fn signing_input(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Returns the proof with the signed assertion.
    pub(super) fn into_proof(self, signature: &[u8]) -> Proof {
        proof(self.into_secret(signature))
    }

    /// Returns the signed JWT.
    pub(super) fn into_secret(mut self, signature: &[u8]) -> Secret {
        self.0.push('.');
        URL_SAFE_NO_PAD.encode_append(signature, &mut self.0);
        Secret::new(self.0)
    }
}

/// Returns the proof with a signed assertion (RFC 7521 section 4.2).
pub(super) fn proof(assertion: Secret) -> Proof {
    Proof::client_id()
        .public_parameter("client_assertion_type", ASSERTION_TYPE)
        .parameter("client_assertion", assertion)
}

/// Returns whether a text has the form of a signed JWT: three parts in base64url (RFC 7515 section
/// 3.1).
pub(super) fn is_jwt(text: &str) -> bool {
    let is_base64url = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    text.split('.').count() == 3
        && text
            .split('.')
            .all(|part| !part.is_empty() && part.bytes().all(is_base64url))
}

fn encoded(part: &impl Serialize) -> Result<String, Error> {
    let json = serde_json::to_vec(part).map_err(|_| {
        Error::new(
            ErrorKind::Configuration,
            "client_auth.assertion",
            "the assertion of the client cannot be written as JSON",
        )
    })?;
    Ok(URL_SAFE_NO_PAD.encode_to_string(json))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jwt_has_three_parts_in_base64url() {
        for jwt in ["eyJhbGciOiJub25lIn0.e30.c2ln", "a.b.c"] {
            assert!(is_jwt(jwt), "{jwt}");
        }
        for other in [
            "", "..", "a.b", "a.b.", ".b.c", "a.b.c.d", "a.b.c\n", "a.b.c=", "a.b+.c",
        ] {
            assert!(!is_jwt(other), "{other:?}");
        }
    }
}
