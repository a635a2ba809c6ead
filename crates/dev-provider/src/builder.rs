//! The settings of a provider.

use std::{
    collections::BTreeSet,
    io,
    net::{Ipv4Addr, SocketAddr},
    time::{Duration, SystemTime},
};

use tokio::net::TcpListener;

use crate::{
    clients::Client,
    clock::Clock,
    endpoints,
    faults::{Fault, Faults},
    keys::SigningAlgorithm,
    provider::DevProvider,
    resources::Resource,
    server::Server,
    state::{Settings, State, Switches},
    users::User,
};

/// Builds a [`DevProvider`].
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
#[must_use = "a provider runs once `start` was called and for as long as its result lives"]
pub struct DevProviderBuilder {
    address: SocketAddr,
    issuer_path: String,
    faults: BTreeSet<Fault>,
    settings: Settings,
    switches: Switches,
}

impl DevProviderBuilder {
    pub(crate) fn new() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            issuer_path: String::new(),
            faults: BTreeSet::new(),
            settings: Settings {
                clients: Client::ready_made(),
                users: User::ready_made(),
                resources: Resource::ready_made(),
                consent: false,
                iss_parameter: true,
                signing_algorithm: SigningAlgorithm::default(),
                signed_user_info: false,
                id_token_lifetime: Duration::from_secs(60 * 60),
                refresh_token_lifetime: Duration::from_secs(14 * 24 * 60 * 60),
                rotate_refresh_tokens: true,
                rotation_grace: Duration::ZERO,
                clock: Clock::default(),
            },
            switches: Switches {
                access_token_lifetime: Duration::from_secs(60 * 60),
                disabled_users: BTreeSet::new(),
            },
        }
    }

    /// Listens on this port. The default, 0, takes a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.address.set_port(port);
        self
    }

    /// Listens on this address, which becomes part of the issuer. The default is 127.0.0.1: on any
    /// other than a loopback address everyone who reaches it can sign in as anyone.
    pub fn address(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Appends a path such as `/oidc` to the issuer. The default is none.
    pub fn issuer_path(mut self, path: impl Into<String>) -> Self {
        self.issuer_path = path.into();
        self
    }

    /// Adds a client, or replaces the one with its `client_id`.
    pub fn client(mut self, client: Client) -> Self {
        self.settings
            .clients
            .retain(|other| other.id() != client.id());
        self.settings.clients.push(client);
        self
    }

    /// Adds a user, or replaces the one with its username.
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

    /// Adds a resource, or replaces the one with its indicator.
    pub fn resource(mut self, resource: Resource) -> Self {
        self.settings
            .resources
            .retain(|other| other.indicator() != resource.indicator());
        self.settings.resources.push(resource);
        self
    }

    /// Whether a page asks for the user's consent, once for each client and session. The default
    /// is `false`: signing in is consenting, also where the request says `prompt=consent`.
    pub fn consent(mut self, ask: bool) -> Self {
        self.settings.consent = ask;
        self
    }

    /// Whether authorization responses carry `iss` (RFC 9207). The default is `true`. The metadata
    /// says the same; for a promise that is not kept see [`Fault::MissingIssParameter`].
    pub fn iss_parameter(mut self, send: bool) -> Self {
        self.settings.iss_parameter = send;
        self
    }

    /// Signs ID tokens with this algorithm, except for clients that have
    /// [their own](Client::signing_algorithm). The default is ES384.
    pub fn signing_algorithm(mut self, algorithm: SigningAlgorithm) -> Self {
        self.settings.signing_algorithm = algorithm;
        self
    }

    /// Whether userinfo is answered as a signed JWT (OpenID Connect Core 1.0, section 5.3.2), by
    /// the algorithm of the client's ID tokens. The default is `false`: as JSON.
    pub fn signed_user_info(mut self, sign: bool) -> Self {
        self.settings.signed_user_info = sign;
        self
    }

    /// How long access tokens live, in whole seconds. The default is an hour. It may be changed
    /// [later](DevProvider::set_access_token_lifetime).
    pub fn access_token_lifetime(mut self, lifetime: Duration) -> Self {
        self.switches.access_token_lifetime = lifetime;
        self
    }

    /// How long ID tokens live, in whole seconds. The default is an hour.
    pub fn id_token_lifetime(mut self, lifetime: Duration) -> Self {
        self.settings.id_token_lifetime = lifetime;
        self
    }

    /// How long a refresh token lives, in whole seconds. The default is 14 days, Logto's.
    pub fn refresh_token_lifetime(mut self, lifetime: Duration) -> Self {
        self.settings.refresh_token_lifetime = lifetime;
        self
    }

    /// Whether each refresh gives a new refresh token and ends the old one. The default is `true`;
    /// otherwise the response to a refresh has none and the old one stays good.
    ///
    /// A replay of an old one ends the whole grant (RFC 9700, section 4.14.2), unless it comes within
    /// the [grace period](Self::rotation_grace).
    pub fn rotate_refresh_tokens(mut self, rotate: bool) -> Self {
        self.settings.rotate_refresh_tokens = rotate;
        self
    }

    /// How long a rotated refresh token is still accepted, in whole seconds; each time it gives another
    /// successor. The default is none: any replay ends the grant.
    pub fn rotation_grace(mut self, grace: Duration) -> Self {
        self.settings.rotation_grace = grace;
        self
    }

    /// Takes the time from `now` instead of the system.
    pub fn clock(mut self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.settings.clock = Clock::new(now);
        self
    }

    /// Misbehaves from the start.
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.insert(fault);
        self
    }

    /// Starts the provider on the current Tokio runtime.
    ///
    /// # Errors
    ///
    /// If the address cannot be listened on, or the issuer's path is not of the form `/a/b` with
    /// letters, digits, `-`, `.`, `_` and `~` in its segments.
    pub async fn start(self) -> io::Result<DevProvider> {
        if !is_path(&self.issuer_path) {
            let message =
                "the issuer's path must be empty or like /oidc, without a slash at its end";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        let listener = TcpListener::bind(self.address).await?;
        let issuer = format!("http://{}{}", listener.local_addr()?, self.issuer_path);
        tracing::warn!(
            issuer,
            "an OpenID Provider for development is running: anyone can sign in as anyone"
        );
        let faults = Faults::new(self.faults);
        let state = State::new(issuer, self.settings, self.switches, faults);
        let router = endpoints::router(&state, &self.issuer_path);
        Ok(DevProvider::new(state, Server::start(listener, router)?))
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
