//! Registered clients.

use url::{Host, Url};

use crate::{
    client_keys::{ClientKeys, InvalidJwkSet},
    keys::SigningAlgorithm,
    logout::LogoutUris,
    secret::Secret,
};

/// The `client_id` of the predefined confidential client.
pub const DEV_CLIENT_ID: &str = "dev-client";

/// The secret of the client [`DEV_CLIENT_ID`].
pub const DEV_CLIENT_SECRET: &str = "dev-secret-dev-secret-dev-secret";

/// A client (relying party) that is registered at the provider.
///
/// Three clients are predefined. They accept any loopback redirect URI:
///
/// | `client_id` | secret |
/// |---|---|
/// | `dev-client` | `dev-secret-dev-secret-dev-secret` |
/// | `dev-public` | none: a public client, which only uses PKCE |
/// | `dev:odd/%+ id` | `s3cr:et/%+ &=?~!*`: fails where RFC 6749 section 2.3.1 is not followed |
///
/// The constructor decides how the client authenticates (OpenID Connect Core 1.0 section 9), and no other
/// method is accepted for it:
///
/// | constructor | methods |
/// |---|---|
/// | [`confidential`](Self::confidential) | `client_secret_basic`, `client_secret_post` |
/// | [`client_secret_jwt`](Self::client_secret_jwt) | `client_secret_jwt` |
/// | [`private_key_jwt`](Self::private_key_jwt) | `private_key_jwt` |
/// | [`public`](Self::public) | `none` |
///
/// A JWT by which a client authenticates must have the issuer or the token endpoint as `aud`, expire within
/// five minutes, and have a `jti` that was not used before. If it is refused, the provider logs the reason.
///
/// `Debug` does not show secrets.
#[derive(Clone, Debug)]
pub struct Client {
    id: String,
    authentication: Authentication,
    redirect_uris: AllowedUris,
    post_logout_redirect_uris: AllowedUris,
    signing_algorithm: Option<SigningAlgorithm>,
    logout_uris: LogoutUris,
}

/// How a client authenticates.
#[derive(Clone, Debug)]
pub(crate) enum Authentication {
    None,
    Secret(Secret),
    ClientSecretJwt(Secret),
    PrivateKeyJwt(ClientKeys),
}

#[derive(Clone, Debug)]
enum AllowedUris {
    AnyLoopback,
    Listed(Vec<String>),
}

impl Client {
    /// Creates a confidential client: one that sends its secret.
    #[must_use]
    pub fn confidential(client_id: impl Into<String>, client_secret: impl Into<String>) -> Self {
        Self {
            authentication: Authentication::Secret(Secret::new(client_secret)),
            ..Self::public(client_id)
        }
    }

    /// Creates a client that signs a JWT with its secret: HS256, HS384 or HS512.
    ///
    /// A request with the secret itself is refused.
    #[must_use]
    pub fn client_secret_jwt(
        client_id: impl Into<String>,
        client_secret: impl Into<String>,
    ) -> Self {
        Self {
            authentication: Authentication::ClientSecretJwt(Secret::new(client_secret)),
            ..Self::public(client_id)
        }
    }

    /// Creates a client that signs a JWT with a private key. `jwks` is the JWK Set of its public keys (RFC
    /// 7517 section 5): EC keys on P-256 or P-384, Ed25519 keys, and RSA keys of at least 2048 bits.
    ///
    /// The algorithms are ES256, ES384, EdDSA, PS256 and RS256. Keys of other types are ignored.
    ///
    /// # Errors
    ///
    /// `jwks` is not a JWK Set, contains a private key, or has no key that can verify a signature.
    ///
    /// ```
    /// use oidc_dev_provider::Client;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let jwks = r#"{"keys": [{
    ///     "kty": "OKP", "crv": "Ed25519",
    ///     "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    /// }]}"#;
    /// let client = Client::private_key_jwt("shop", jwks)?;
    /// # let _ = client;
    /// # Ok(()) }
    /// ```
    pub fn private_key_jwt(
        client_id: impl Into<String>,
        jwks: &str,
    ) -> Result<Self, InvalidJwkSet> {
        Ok(Self {
            authentication: Authentication::PrivateKeyJwt(ClientKeys::parse(jwks)?),
            ..Self::public(client_id)
        })
    }

    /// Creates a public client: one without credentials.
    #[must_use]
    pub fn public(client_id: impl Into<String>) -> Self {
        Self {
            id: client_id.into(),
            authentication: Authentication::None,
            redirect_uris: AllowedUris::AnyLoopback,
            post_logout_redirect_uris: AllowedUris::AnyLoopback,
            signing_algorithm: None,
            logout_uris: LogoutUris::default(),
        }
    }

    /// Registers a redirect URI, which is compared byte for byte.
    ///
    /// By default, all `http` and `https` URIs of `localhost`, 127.0.0.0/8 and `[::1]` are
    /// accepted, with any port and path.
    #[must_use]
    pub fn redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.redirect_uris.add(uri.into());
        self
    }

    /// Registers a URI to return to after a sign-out, which is compared byte for byte.
    ///
    /// The default is the same as that of [`redirect_uri`](Self::redirect_uri).
    #[must_use]
    pub fn post_logout_redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.post_logout_redirect_uris.add(uri.into());
        self
    }

    /// Sends a logout token to this URI, which must begin with `http:`, when a session ends in which the client got
    /// tokens (OpenID Connect Back-Channel Logout 1.0 section 2.2). Default: none is sent.
    ///
    /// If the session is required (`backchannel_logout_session_required`), the token has a `sid`; otherwise it only
    /// has a `sub`.
    #[must_use]
    pub fn backchannel_logout_uri(
        mut self,
        uri: impl Into<String>,
        session_required: bool,
    ) -> Self {
        self.logout_uris.backchannel = Some(uri.into());
        self.logout_uris.backchannel_needs_session = session_required;
        self
    }

    /// Shows this URI in a frame when a session ends in which the client got tokens (OpenID Connect Front-Channel
    /// Logout 1.0 section 2). Default: none is shown.
    ///
    /// If the session is required (`frontchannel_logout_session_required`), the query has `iss` and `sid`.
    #[must_use]
    pub fn frontchannel_logout_uri(
        mut self,
        uri: impl Into<String>,
        session_required: bool,
    ) -> Self {
        self.logout_uris.frontchannel = Some(uri.into());
        self.logout_uris.frontchannel_needs_session = session_required;
        self
    }

    /// Signs this client's ID tokens with this algorithm (`id_token_signed_response_alg` of Dynamic
    /// Client Registration 1.0 section 2). The default is the algorithm of the provider.
    #[must_use]
    pub fn signing_algorithm(mut self, algorithm: SigningAlgorithm) -> Self {
        self.signing_algorithm = Some(algorithm);
        self
    }

    pub(crate) fn predefined() -> Vec<Self> {
        vec![
            Self::confidential(DEV_CLIENT_ID, DEV_CLIENT_SECRET),
            Self::public("dev-public"),
            Self::confidential("dev:odd/%+ id", "s3cr:et/%+ &=?~!*"),
        ]
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn logout_uris(&self) -> &LogoutUris {
        &self.logout_uris
    }

    pub(crate) fn authentication(&self) -> &Authentication {
        &self.authentication
    }

    pub(crate) fn secret(&self) -> Option<&str> {
        match &self.authentication {
            Authentication::Secret(secret) | Authentication::ClientSecretJwt(secret) => {
                Some(secret.expose())
            }
            Authentication::None | Authentication::PrivateKeyJwt(_) => None,
        }
    }

    pub(crate) fn is_public(&self) -> bool {
        matches!(self.authentication, Authentication::None)
    }

    /// Whether the client authenticates with this secret, or with none if `presented` is `None`.
    pub(crate) fn accepts_secret(&self, presented: Option<&str>) -> bool {
        match (&self.authentication, presented) {
            (Authentication::Secret(secret), Some(presented)) => secret.equals(presented),
            (Authentication::None, None) => true,
            _ => false,
        }
    }

    pub(crate) fn accepts_redirect_uri(&self, uri: &str) -> bool {
        self.redirect_uris.contains(uri)
    }

    pub(crate) fn accepts_post_logout_redirect_uri(&self, uri: &str) -> bool {
        self.post_logout_redirect_uris.contains(uri)
    }

    pub(crate) fn own_signing_algorithm(&self) -> Option<SigningAlgorithm> {
        self.signing_algorithm
    }
}

impl AllowedUris {
    fn add(&mut self, uri: String) {
        match self {
            Self::AnyLoopback => *self = Self::Listed(vec![uri]),
            Self::Listed(uris) => uris.push(uri),
        }
    }

    fn contains(&self, uri: &str) -> bool {
        match self {
            Self::AnyLoopback => is_loopback(uri),
            Self::Listed(uris) => uris.iter().any(|listed| listed == uri),
        }
    }
}

/// Whether a redirect URI leads to this computer. This crate must not depend on `relying-party`, whose
/// `is_loopback` has a similar rule for providers: a provider that used the code of the client under
/// test would repeat its mistakes.
fn is_loopback(uri: &str) -> bool {
    let Ok(uri) = Url::parse(uri) else {
        return false;
    };
    let loopback = match uri.host() {
        Some(Host::Domain(domain)) => domain == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    // A redirect URI must not have a fragment (RFC 6749 section 3.1.2).
    loopback && matches!(uri.scheme(), "http" | "https") && uri.fragment().is_none()
}
