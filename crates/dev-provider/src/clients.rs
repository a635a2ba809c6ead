//! Registered clients.

use url::{Host, Url};

use crate::{keys::SigningAlgorithm, secret::Secret};

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
/// A confidential client authenticates with `client_secret_basic` or `client_secret_post`. `Debug`
/// does not show its secret.
#[derive(Clone, Debug)]
pub struct Client {
    id: String,
    secret: Option<Secret>,
    redirect_uris: AllowedUris,
    post_logout_redirect_uris: AllowedUris,
    signing_algorithm: Option<SigningAlgorithm>,
}

#[derive(Clone, Debug)]
enum AllowedUris {
    AnyLoopback,
    Listed(Vec<String>),
}

impl Client {
    /// Creates a confidential client: one with a secret.
    #[must_use]
    pub fn confidential(client_id: impl Into<String>, client_secret: impl Into<String>) -> Self {
        Self {
            secret: Some(Secret::new(client_secret)),
            ..Self::public(client_id)
        }
    }

    /// Creates a public client: one without a secret.
    #[must_use]
    pub fn public(client_id: impl Into<String>) -> Self {
        Self {
            id: client_id.into(),
            secret: None,
            redirect_uris: AllowedUris::AnyLoopback,
            post_logout_redirect_uris: AllowedUris::AnyLoopback,
            signing_algorithm: None,
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

    pub(crate) fn secret(&self) -> Option<&str> {
        self.secret.as_ref().map(Secret::expose)
    }

    /// Whether the client has this secret, or no secret if `presented` is `None`.
    pub(crate) fn accepts_secret(&self, presented: Option<&str>) -> bool {
        match (&self.secret, presented) {
            (Some(secret), Some(presented)) => secret.equals(presented),
            (None, None) => true,
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
