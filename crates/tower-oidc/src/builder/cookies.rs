//! The settings of the cookies and of the session's life.

use std::time::Duration;

use zeroize::Zeroizing;

use super::AuthLayerBuilder;

impl AuthLayerBuilder {
    /// The secret that seals all cookies: at least 32 bytes from a random source, such as the
    /// output of `openssl rand -base64 48`. Required, the same on all instances.
    ///
    /// It is not stretched: whoever has one cookie can try guesses offline, so a passphrase that
    /// somebody thought of is no secret.
    pub fn cookie_secret(mut self, secret: impl AsRef<[u8]>) -> Self {
        self.cookie_secret = Some(Zeroizing::new(secret.as_ref().to_vec()));
        self
    }

    /// Adds a secret that opens cookies but does not seal them. There are none by default, and at
    /// most seven.
    ///
    /// To replace the secret without signing anyone out: first add the new secret as an additional
    /// one to every instance. Then make it the [`cookie_secret`](Self::cookie_secret) and the former
    /// one an additional one. Remove the former one when the absolute lifetime has passed.
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

    /// The base of the cookies' names, without a prefix. Default is `auth`, with the port behind
    /// it if the base URL names one (`auth-3000`), because all ports of a host share their
    /// cookies. Two layers of one host need different names.
    pub fn cookie_name(mut self, name: impl Into<String>) -> Self {
        self.cookie_name = Some(name.into());
        self
    }

    /// Sends the cookies to all hosts of a domain too: the base URL's host or a domain above it,
    /// without a leading dot, such as `example.com`. Default is this host alone. For https only.
    ///
    /// It does not share the session with other applications: the keys are bound to the origin of
    /// the base URL, so that no other one opens it. An application of its own on another host of the
    /// domain needs another [`cookie_name`](Self::cookie_name), or the two overwrite each other's
    /// cookies.
    ///
    /// Browsers refuse domains under which anybody can register, such as `co.uk`
    /// (RFC 6265bis section 5.7); `build()` knows those of one label only.
    ///
    /// The cookies then lose their `__Host-` prefix, so each of those hosts can plant cookies
    /// here: it can keep users from signing in, or have them act in an account of its own.
    pub fn cookie_domain(mut self, domain: impl Into<String>) -> Self {
        self.cookie_domain = Some(domain.into());
        self
    }

    /// How many cookies of 3,500 bytes a session may take: 1 to 9, default 4.
    ///
    /// A stock nginx refuses response heads of more than 4 KiB, so 1 is what fits behind it; API
    /// Gateway takes 2. The default keeps whole sessions; the first response head of more than 4 KiB is
    /// one warning with the settings that nginx needs.
    pub const fn max_cookies(mut self, cookies: u8) -> Self {
        self.max_cookies = cookies;
        self
    }

    /// How long a session lives without a visit; default a day. A visit renews the cookie when a
    /// quarter of this has passed.
    pub const fn idle_lifetime(mut self, lifetime: Duration) -> Self {
        self.idle_lifetime = lifetime;
        self
    }

    /// How long a session lives at most; default 7 days. Lowering it ends older sessions at once.
    pub const fn absolute_lifetime(mut self, lifetime: Duration) -> Self {
        self.absolute_lifetime = lifetime;
        self
    }

    /// Whether our cookies are taken out of requests before the inner service sees them; default
    /// no. For services that pass requests on to others.
    pub const fn strip_cookies(mut self, strip: bool) -> Self {
        self.strip_cookies = strip;
        self
    }
}
