//! The settings of the cookies and of the session's lifetime.

use std::time::{Duration, SystemTime};

use zeroize::Zeroizing;

use super::AuthLayerBuilder;
use crate::secrets::SecretSource;
use crate::session::room::Compression;

impl AuthLayerBuilder {
    /// Sets the secret that seals all cookies: at least 32 bytes from a random source, such as the output of
    /// `openssl rand -base64 48`. Required, and the same on all instances.
    ///
    /// The secret must be random. It is not stretched like a password, so anyone who has a cookie could
    /// guess a passphrase offline. [`build`](Self::build) refuses a secret that is too short, and one that
    /// begins or ends with white space.
    ///
    /// Environment variable: `AUTH_COOKIE_SECRET`.
    pub fn cookie_secret(mut self, secret: impl AsRef<[u8]>) -> Self {
        self.cookie_secret = Some(Zeroizing::new(secret.as_ref().to_vec()));
        self
    }

    /// Adds a secret that opens cookies but does not seal them. Default: none. [`build`](Self::build)
    /// refuses more than seven, and the same secret twice.
    ///
    /// To replace the secret without signing anyone out: first add the new secret as an additional one to
    /// every instance. Then make it the [`cookie_secret`](Self::cookie_secret) and the former one an
    /// additional one. Remove the former one when the absolute lifetime has passed.
    ///
    /// Environment variables: `AUTH_COOKIE_SECRET_1` to `AUTH_COOKIE_SECRET_7`.
    ///
    /// ```no_run
    /// use tower_oidc::AuthLayer;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let builder = AuthLayer::builder()
    ///     .cookie_secret(std::env::var("COOKIE_SECRET")?)
    ///     .additional_cookie_secret(std::env::var("FORMER_COOKIE_SECRET")?);
    /// # let _ = builder;
    /// # Ok(()) }
    /// ```
    pub fn additional_cookie_secret(mut self, secret: impl AsRef<[u8]>) -> Self {
        self.additional_cookie_secrets
            .push(Zeroizing::new(secret.as_ref().to_vec()));
        self
    }

    /// Takes the secrets from a source that is loaded again while the application runs: a file, or a function. Default:
    /// none. It replaces [`cookie_secret`](Self::cookie_secret) and
    /// [`additional_cookie_secret`](Self::additional_cookie_secret); [`build`](Self::build) refuses both.
    ///
    /// Each secret may have a time from which it seals. The one with the latest time that has come seals; if none has
    /// come, the first one without a time does; a single one seals at once. All of them open cookies. There may be
    /// eight, and the rules for each are those of [`cookie_secret`](Self::cookie_secret).
    ///
    /// The source is loaded every 30 seconds, by a request, and by
    /// [`AuthLayer::reload_secrets`](crate::AuthLayer::reload_secrets). A secret that it no longer returns opens nothing
    /// from then on. If it fails or breaks a rule, the secrets stay as they are, and the log has a line at ERROR. Each
    /// change is logged with fingerprints of the secrets, by which instances can be compared.
    ///
    /// Environment variable: `AUTH_COOKIE_SECRETS_FILE`, the path of a [file](SecretSource::file).
    ///
    /// ```no_run
    /// use tower_oidc::{AuthLayer, SecretSource};
    ///
    /// let builder = AuthLayer::builder().cookie_secrets(SecretSource::file("/run/secrets/cookies"));
    /// # let _ = builder;
    /// ```
    pub fn cookie_secrets(mut self, source: SecretSource) -> Self {
        self.secret_source = Some(source);
        self
    }

    /// Sets the name of the cookies, without the prefix that the layer adds. Default: `auth`, followed by the
    /// port if the base URL contains one (`auth-3000`), because browsers do not separate cookies by port.
    /// Two layers on one host need different names.
    ///
    /// The prefix is `__Host-Http-` on https, `__Secure-` with a [`cookie_domain`](Self::cookie_domain), and none
    /// over plain http. Cookies with `__Host-Http-` can be set by responses of this host only: neither another host
    /// nor a script of this one can set or replace them. Chrome 140 and Firefox 143 are the first that know it;
    /// other browsers apply the rules of `__Host-`, with which it begins, and those let scripts set cookies.
    ///
    /// Environment variable: `AUTH_COOKIE_NAME`.
    pub fn cookie_name(mut self, name: impl Into<String>) -> Self {
        self.cookie_name = Some(name.into());
        self
    }

    /// Sends the cookies to all hosts of a domain. The domain is the base URL's host or a domain above it,
    /// without a leading dot, such as `example.com`. Default: none, so that only this host gets them. Only
    /// for https.
    ///
    /// This does not share the session with other applications: the keys are bound to the origin of the base
    /// URL, so another application cannot open the cookies. If another application on a host of the domain
    /// uses this layer too, give it another [`cookie_name`](Self::cookie_name); otherwise the two overwrite
    /// each other's cookies.
    ///
    /// The cookies have the prefix `__Secure-` instead of `__Host-Http-`, so every host of the domain and scripts of
    /// its pages can set cookies of the same name. Such a host can keep users from signing in, or sign them in to an account of its choice. A
    /// warning at the start says so.
    ///
    /// Browsers ignore cookies for a domain under which anyone can register, such as `co.uk` (RFC 6265bis
    /// section 5.7). [`build`](Self::build) refuses domains of one label; it does not know the others.
    ///
    /// Environment variable: `AUTH_COOKIE_DOMAIN`.
    pub fn cookie_domain(mut self, domain: impl Into<String>) -> Self {
        self.cookie_domain = Some(domain.into());
        self
    }

    /// Limits the number of cookies that a session may take, each of up to 3,500 bytes. Default: 4;
    /// [`build`](Self::build) refuses 0 and more than 9.
    ///
    /// One cookie is preferred. To reach it, parts are dropped that can be obtained again: access tokens of resources and
    /// organizations, claims of UserInfo, and the raw ID token, whose claims stay. More cookies are for what cannot: the
    /// refresh token, the claims, the application's data and the default access token. If they do not fit into all
    /// cookies, the sign-in fails, or the data is refused. After a refresh, when the new refresh token must not be lost,
    /// the default access token is kept in the memory of this instance instead, until it expires, and a warning says so.
    ///
    /// Behind nginx with default settings, which refuses response heads of more than 4 KiB, set 1; behind
    /// Amazon's API Gateway, set 2. The first response head of more than 4 KiB causes one warning, which
    /// contains the settings that nginx needs.
    ///
    /// Environment variable: `AUTH_MAX_COOKIES`.
    pub const fn max_cookies(mut self, cookies: u8) -> Self {
        self.max_cookies = cookies;
        self
    }

    /// Whether sessions are compressed. Default: `true`, which makes the cookie of a usual session a third shorter.
    ///
    /// Only what is no secret is compressed: the header and the claims of tokens, scopes and times. Signatures, opaque
    /// tokens and the application's data never are, and neither are claims with a member whose name contains
    /// `access_token`, `refresh_token` or `secret`. The length of a cookie then still tells how much the claims of the
    /// user repeat each other. With `false` it tells nothing but their length.
    ///
    /// Sessions are read with either setting.
    ///
    /// Environment variable: `AUTH_COMPRESS`.
    pub const fn compress(mut self, compress: bool) -> Self {
        self.compression = match compress {
            true => Compression::On,
            false => Compression::Off,
        };
        self
    }

    /// Ends a session that was not used for this time. Default: one day. A request uses the session if a
    /// handler or a guard looks at it; its response renews the cookie when a quarter of this time has
    /// passed. [`build`](Self::build) refuses less than one minute, more than 400 days, and more than the
    /// [`absolute_lifetime`](Self::absolute_lifetime).
    ///
    /// Environment variable: `AUTH_IDLE_LIFETIME`.
    pub const fn idle_lifetime(mut self, lifetime: Duration) -> Self {
        self.idle_lifetime = lifetime;
        self
    }

    /// Ends a session this long after its sign-in, even if it is in use. Default: 7 days, so that a stolen
    /// cookie is useful for a week at most. A shorter setting also ends existing sessions that are older.
    /// [`build`](Self::build) refuses less than one minute and more than 400 days.
    ///
    /// Environment variable: `AUTH_ABSOLUTE_LIFETIME`.
    pub const fn absolute_lifetime(mut self, lifetime: Duration) -> Self {
        self.absolute_lifetime = lifetime;
        self
    }

    /// Ends all sessions whose sign-in was before this time, such as the time of an incident. Default: none. Give all
    /// instances the same time; their users sign in again at their next visit, with the reason
    /// [`SignedInTooEarly`](crate::NotSignedIn::SignedInTooEarly). [`build`](Self::build) refuses a time in the
    /// future, because sign-ins until then would have no effect.
    ///
    /// This does not help if a cookie secret has leaked, because whoever knows the secret can make sessions with any
    /// time: replace the secret then. It does not end the sessions at the provider, and does not revoke
    /// refresh tokens: that is done at the provider, for example by ending the users' sessions there. The setting can be
    /// removed when the absolute lifetime has passed.
    ///
    /// Environment variable: `AUTH_SESSIONS_SINCE`, in UTC: `2026-11-30T09:00:00Z`.
    pub const fn sessions_since(mut self, time: SystemTime) -> Self {
        self.sessions_since = Some(time);
        self
    }

    /// Removes the layer's cookies from requests before the inner service gets them. Default: `false`. Set
    /// it if the service forwards requests to others.
    ///
    /// Environment variable: `AUTH_STRIP_COOKIES`.
    pub const fn strip_cookies(mut self, strip: bool) -> Self {
        self.strip_cookies = strip;
        self
    }
}
