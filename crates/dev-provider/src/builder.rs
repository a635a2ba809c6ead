//! Building and starting a provider.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    net::{Ipv4Addr, SocketAddr},
    time::{Duration, SystemTime},
};

use tokio::net::TcpListener;

use crate::{
    clients::Client,
    clock::Clock,
    endpoints,
    faults::{Fault, FaultSwitches},
    keys::SigningAlgorithm,
    provider::DevProvider,
    resources::Resource,
    server::Server,
    state::{LiveSettings, ProviderSettings, State},
    users::User,
};

/// Configures and starts a [`DevProvider`]. [`DevProvider::builder`] creates it.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// use oidc_dev_provider::{Client, DevProvider, Fault, User};
///
/// let provider = DevProvider::builder()
///     .client(Client::confidential("shop", "shop-secret").redirect_uri("https://shop.example/cb"))
///     .user(User::new("dora").claim("email", "dora@example.com"))
///     .fault(Fault::NoRefreshToken)
///     .start()
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a provider runs after `start` is called, until the result is dropped"]
pub struct DevProviderBuilder {
    address: SocketAddr,
    issuer_path: String,
    faults: BTreeSet<Fault>,
    settings: ProviderSettings,
    live_settings: LiveSettings,
}

impl DevProviderBuilder {
    pub(crate) fn new() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            issuer_path: String::new(),
            faults: BTreeSet::new(),
            settings: ProviderSettings {
                clients: Client::predefined(),
                users: User::predefined(),
                resources: Resource::predefined(),
                consent: false,
                iss_parameter: true,
                require_pushed_requests: false,
                signing_algorithm: SigningAlgorithm::default(),
                signed_user_info: false,
                acr_values: Vec::new(),
                id_token_lifetime: Duration::from_secs(60 * 60),
                refresh_token_lifetime: Duration::from_secs(14 * 24 * 60 * 60),
                rotate_refresh_tokens: true,
                rotation_grace: Duration::ZERO,
                clock: Clock::default(),
            },
            live_settings: LiveSettings {
                access_token_lifetime: Duration::from_secs(60 * 60),
                disabled_users: BTreeSet::new(),
                logout_uris: BTreeMap::new(),
            },
        }
    }

    /// Listens on this port. The default is 0: any free port.
    pub fn port(mut self, port: u16) -> Self {
        self.address.set_port(port);
        self
    }

    /// Listens on this address, which becomes part of the issuer. The default is 127.0.0.1 with a
    /// free port.
    ///
    /// If it is not a loopback address, everyone who can connect to it can sign in as any user.
    pub fn address(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Appends a path such as `/oidc` to the issuer. There is none by default.
    pub fn issuer_path(mut self, path: impl Into<String>) -> Self {
        self.issuer_path = path.into();
        self
    }

    /// Adds a client, or replaces the client with the same `client_id`.
    pub fn client(mut self, client: Client) -> Self {
        self.settings
            .clients
            .retain(|other| other.id() != client.id());
        self.settings.clients.push(client);
        self
    }

    /// Adds a user, or replaces the user with the same username.
    pub fn user(mut self, user: User) -> Self {
        let users = &mut self.settings.users;
        match users
            .iter_mut()
            .find(|other| other.username() == user.username())
        {
            Some(other) => *other = user,
            None => users.push(user),
        }
        self
    }

    /// Adds a resource, or replaces the resource with the same indicator.
    pub fn resource(mut self, resource: Resource) -> Self {
        self.settings
            .resources
            .retain(|other| other.indicator() != resource.indicator());
        self.settings.resources.push(resource);
        self
    }

    /// Sets whether a page asks for the user's consent, once for each client and session.
    ///
    /// The default is `false`: consent is never asked for, not even if the request has
    /// `prompt=consent`.
    pub fn consent(mut self, ask: bool) -> Self {
        self.settings.consent = ask;
        self
    }

    /// Sets whether authorization responses contain `iss` (RFC 9207). The default is `true`.
    ///
    /// The metadata announces it accordingly. For responses that lack an announced `iss`, use
    /// [`Fault::MissingIssParameter`].
    pub fn iss_parameter(mut self, send: bool) -> Self {
        self.settings.iss_parameter = send;
        self
    }

    /// Sets whether authorization requests must be pushed (RFC 9126). The default is `false`: they may be.
    ///
    /// The metadata announces it, as `require_pushed_authorization_requests`. Authorization requests
    /// whose parameters are in the URL then end with `error=invalid_request`.
    pub fn require_pushed_authorization_requests(mut self, require: bool) -> Self {
        self.settings.require_pushed_requests = require;
        self
    }

    /// Signs ID tokens with this algorithm. The default is ES384.
    ///
    /// It does not apply to clients that have [another one](Client::signing_algorithm).
    pub fn signing_algorithm(mut self, algorithm: SigningAlgorithm) -> Self {
        self.settings.signing_algorithm = algorithm;
        self
    }

    /// Sets whether the userinfo endpoint answers with a signed JWT (OpenID Connect Core 1.0
    /// section 5.3.2). The default is `false`: it answers with JSON.
    ///
    /// The algorithm is that of the client's ID tokens.
    pub fn signed_user_info(mut self, sign: bool) -> Self {
        self.settings.signed_user_info = sign;
        self
    }

    /// Sets the authentication context classes that the provider gives to a request that asks for them with
    /// `acr_values`. The first one that it asks for becomes the `acr` of the ID token; the user signs in as always. The
    /// default is none.
    pub fn acr_values(mut self, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.settings.acr_values = values.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the lifetime of access tokens, in whole seconds. The default is one hour.
    ///
    /// [`DevProvider::set_access_token_lifetime`] changes it while the provider runs.
    pub fn access_token_lifetime(mut self, lifetime: Duration) -> Self {
        self.live_settings.access_token_lifetime = lifetime;
        self
    }

    /// Sets the lifetime of ID tokens, in whole seconds. The default is one hour.
    pub fn id_token_lifetime(mut self, lifetime: Duration) -> Self {
        self.settings.id_token_lifetime = lifetime;
        self
    }

    /// Sets the lifetime of refresh tokens, in whole seconds. The default is 14 days, as with
    /// Logto.
    pub fn refresh_token_lifetime(mut self, lifetime: Duration) -> Self {
        self.settings.refresh_token_lifetime = lifetime;
        self
    }

    /// Sets whether each refresh rotates the refresh token. The default is `true`.
    ///
    /// With rotation, a refresh returns a new refresh token and invalidates the old one. If an old
    /// one is used again after the [grace period](Self::rotation_grace), the whole grant ends (RFC
    /// 9700 section 4.14.2). Without rotation, a refresh returns no refresh token, and the existing
    /// one remains valid.
    pub fn rotate_refresh_tokens(mut self, rotate: bool) -> Self {
        self.settings.rotate_refresh_tokens = rotate;
        self
    }

    /// Sets how long a rotated refresh token is still accepted, in whole seconds. The default is
    /// zero: any reuse ends the grant.
    ///
    /// Each use within this time returns another new refresh token.
    pub fn rotation_grace(mut self, grace: Duration) -> Self {
        self.settings.rotation_grace = grace;
        self
    }

    /// Takes the time from this function. The default is the time of the system.
    pub fn clock(mut self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.settings.clock = Clock::new(now);
        self
    }

    /// Activates a fault from the start. [`DevProvider::add_fault`] does so later.
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.insert(fault);
        self
    }

    /// Starts the provider on the current Tokio runtime.
    ///
    /// # Errors
    ///
    /// Returns an error if the address is not available, or if the issuer's path is not of the form
    /// `/a/b` with letters, digits, `-`, `.`, `_` and `~`.
    pub async fn start(self) -> io::Result<DevProvider> {
        if !is_path(&self.issuer_path) {
            let message =
                "the path of the issuer must be empty or like /oidc, without a slash at the end";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        let listener = TcpListener::bind(self.address).await?;
        let issuer = format!("http://{}{}", listener.local_addr()?, self.issuer_path);
        tracing::warn!(
            issuer,
            "an OpenID Provider for development is running: everyone can sign in as any user"
        );
        let faults = FaultSwitches::new(self.faults);
        let state = State::new(issuer, self.settings, self.live_settings, faults);
        let router = endpoints::router(&state, &self.issuer_path);
        Ok(DevProvider::new(state, Server::start(listener, router)?))
    }
}

impl DevProvider {
    /// Starts a provider with the default settings, on a free port of 127.0.0.1 and the current
    /// Tokio runtime.
    ///
    /// # Errors
    ///
    /// Returns an error if no port is available.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// Creates a builder, for a provider with other settings than the defaults.
    pub fn builder() -> DevProviderBuilder {
        DevProviderBuilder::new()
    }
}

fn is_path(path: &str) -> bool {
    let Some(segments) = path.strip_prefix('/') else {
        return path.is_empty();
    };
    segments.split('/').all(|segment| {
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        !matches!(segment, "" | "." | "..") && segment.bytes().all(unreserved)
    })
}
