//! Registered clients.

use std::fmt;

use subtle::ConstantTimeEq;
use url::{Host, Url};

use crate::keys::SigningAlgorithm;

/// The `client_id` of the client that every provider knows.
pub const DEV_CLIENT_ID: &str = "dev-client";

/// The secret of [`DEV_CLIENT_ID`].
pub const DEV_CLIENT_SECRET: &str = "dev-secret-dev-secret-dev-secret";

/// A client (relying party) that is registered at the provider.
///
/// Three are always there; all accept any loopback redirect URI:
///
/// | `client_id` | secret |
/// |---|---|
/// | `dev-client` | `dev-secret-dev-secret-dev-secret` |
/// | `dev-public` | none: a public client, PKCE alone |
/// | `dev:odd/%+ id` | `s3cr:et/%+ &=?~!*`: fails where RFC 6749, section 2.3.1, is not followed |
///
/// A confidential client may use `client_secret_basic` or `client_secret_post`.
#[derive(Clone)]
pub struct Client {
    id: String,
    secret: Option<String>,
    redirect_uris: Uris,
    post_logout_redirect_uris: Uris,
    signing_algorithm: Option<SigningAlgorithm>,
}

#[derive(Clone, Debug)]
enum Uris {
    AnyLoopback,
    Listed(Vec<String>),
}

impl Client {
    /// A client with a secret.
    #[must_use]
    pub fn confidential(client_id: impl Into<String>, client_secret: impl Into<String>) -> Self {
        Self {
            secret: Some(client_secret.into()),
            ..Self::public(client_id)
        }
    }

    /// A client without a secret.
    #[must_use]
    pub fn public(client_id: impl Into<String>) -> Self {
        Self {
            id: client_id.into(),
            secret: None,
            redirect_uris: Uris::AnyLoopback,
            post_logout_redirect_uris: Uris::AnyLoopback,
            signing_algorithm: None,
        }
    }

    /// Registers a redirect URI, compared byte for byte.
    ///
    /// Without any, every `http` or `https` URI of `localhost`, 127.0.0.0/8 and `[::1]` is
    /// accepted, with any port and path: good for development only.
    #[must_use]
    pub fn redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.redirect_uris.add(uri.into());
        self
    }

    /// Registers a URI to return to after a sign-out, compared byte for byte. Without any, the
    /// rule of [`redirect_uri`](Self::redirect_uri) holds.
    #[must_use]
    pub fn post_logout_redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.post_logout_redirect_uris.add(uri.into());
        self
    }

    /// Signs this client's ID tokens with another algorithm than the provider's default
    /// (`id_token_signed_response_alg` of Dynamic Client Registration 1.0, section 2).
    #[must_use]
    pub fn signing_algorithm(mut self, algorithm: SigningAlgorithm) -> Self {
        self.signing_algorithm = Some(algorithm);
        self
    }

    pub(crate) fn ready_made() -> Vec<Self> {
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
        self.secret.as_deref()
    }

    /// Whether these are the credentials of this client: its secret, or none if it has none.
    pub(crate) fn accepts_secret(&self, presented: Option<&str>) -> bool {
        match (&self.secret, presented) {
            (Some(secret), Some(presented)) => secret.as_bytes().ct_eq(presented.as_bytes()).into(),
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

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("id", &self.id)
            .field("redirect_uris", &self.redirect_uris)
            .field("post_logout_redirect_uris", &self.post_logout_redirect_uris)
            .finish_non_exhaustive()
    }
}

impl Uris {
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
    // RFC 6749, section 3.1.2: no fragment.
    loopback && matches!(uri.scheme(), "http" | "https") && uri.fragment().is_none()
}
