//! The settings of what an ID token must be.

use std::time::Duration;

use super::{CriticalHeader, Provider, SigningAlgorithm};
use crate::claims::JsonText;

impl Provider {
    /// Sets how far the provider's clock and ours may be apart, by default 60 seconds and at most
    /// 5 minutes.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// Sets the algorithms that an ID token may be signed with.
    ///
    /// By default those that the provider's metadata lists and this crate knows; RS256 if it lists
    /// none.
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = SigningAlgorithm>) -> Self {
        self.algorithms = Some(algorithms.into_iter().collect());
        self
    }

    /// Sets the audiences that an ID token may name besides our client identifier. By default
    /// there are none: any other audience could replay the token to us.
    pub fn trusted_audiences(
        mut self,
        audiences: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.trusted_audiences = audiences.into_iter().map(Into::into).collect();
        self
    }

    /// Sets further values that `iss` may have in an ID token, at most 16, for a provider that is being
    /// renamed, has a domain for each customer, or writes its issuer in two forms. By default there are
    /// none: only the issuer of [`new`](Self::new) is accepted.
    ///
    /// Values are compared byte for byte. They need not be URLs. The ID token must still be signed with
    /// a key of this provider. The discovery document and the `iss` of the authorization response
    /// (RFC 9207) must still name the issuer of [`new`](Self::new).
    ///
    /// A session keeps the `iss` of its own ID token: a refreshed ID token or a UserInfo response that
    /// names another issuer of the list is refused. Two users with the same `sub` and different `iss` are
    /// different users, so an application with records of its users finds them by both. When a value is
    /// removed from this list, sessions of that issuer get no new tokens.
    ///
    /// ```
    /// # use relying_party::Provider;
    /// let provider = Provider::new("https://accounts.example.com", "client-id")
    ///     .accepted_issuers(["accounts.example.com", "https://login.example.org"]);
    /// ```
    pub fn accepted_issuers(
        mut self,
        issuers: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.accepted_issuers = issuers.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the only user who may sign in, by the `sub` that they have at the issuer of
    /// [`new`](Self::new), for an application with a single user. By default every user of the provider
    /// may.
    ///
    /// An ID token of anybody else is refused with the code `id_token.sub_not_allowed`. So is one with
    /// the same `sub` and an issuer of [`accepted_issuers`](Self::accepted_issuers): there it may be
    /// another user's.
    pub fn expected_subject(mut self, sub: impl Into<String>) -> Self {
        self.expected_subject = Some(sub.into());
        self
    }

    /// Sets the type that the header of an ID token must name in `typ` (RFC 7515 section 4.1.9). By
    /// default `typ` may be absent, `JWT` or `JOSE`, because most providers send one of these, and no
    /// other type: a logout token or an access token is not an ID token (RFC 8725 section 3.11).
    ///
    /// With this setting `typ` must be there and be equal, without regard to case and to a leading
    /// `application/`. It is not applied to signed UserInfo responses.
    pub fn id_token_type(mut self, typ: impl Into<String>) -> Self {
        self.id_token_type = Some(typ.into());
        self
    }

    /// Lets ID tokens name this header parameter in `crit` (RFC 7515 section 4.1.11), and sets the check
    /// that the application makes of its value. May be called several times, for at most 16 names. By
    /// default no token with `crit` is accepted.
    ///
    /// A token is accepted if each parameter that its `crit` names has such a check, is in the header
    /// once, and its check returns `true`. The checks run after the signature was verified, and only for
    /// what `crit` names. A check that panics counts as `false`. It must not block.
    ///
    /// `b64` (RFC 7797) and the parameters that RFC 7515 and RFC 7518 define are refused as names. Signed
    /// UserInfo responses with `crit` are always refused.
    ///
    /// ```
    /// # use relying_party::Provider;
    /// let provider = Provider::new("https://op.example", "client-id")
    ///     .critical_header("tenant", |value| {
    ///         value.deserialize::<String>().is_ok_and(|tenant| tenant == "acme")
    ///     });
    /// ```
    pub fn critical_header(
        mut self,
        name: impl Into<String>,
        check: impl Fn(&JsonText) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.critical_headers.push(CriticalHeader::new(name, check));
        self
    }

    /// Sets how long ago an ID token may have been issued (`iat`), in whole seconds and beside the
    /// [`leeway`](Self::leeway). By default that does not count: the nonce prevents a replay, and `exp`
    /// says how long a token is valid.
    ///
    /// It applies at the sign-in and at a refresh. A provider that repeats the first ID token at a refresh
    /// fails this check when that token is older.
    pub fn max_token_age(mut self, age: Duration) -> Self {
        self.max_token_age = Some(age);
        self
    }

    /// Whether an ID token may have this `iss`.
    pub(crate) fn accepts_issuer(&self, iss: &str) -> bool {
        self.issuers().any(|issuer| issuer == iss)
    }

    /// The values that `iss` may have in an ID token, that of the registration first.
    pub(crate) fn issuers(&self) -> impl Iterator<Item = &str> {
        let accepted = self.accepted_issuers.iter().map(String::as_str);
        std::iter::once(self.issuer.as_str()).chain(accepted)
    }

    /// Whether the user with this `iss` and `sub` may sign in.
    pub(crate) fn allows_user(&self, iss: &str, sub: &str) -> bool {
        self.expected_subject
            .as_ref()
            .is_none_or(|expected| iss == self.issuer && sub == expected)
    }
}
