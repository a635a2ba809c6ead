//! The settings for the verification of ID tokens.

use std::time::Duration;

use super::{CriticalHeader, Provider, SigningAlgorithm};
use crate::claims::JsonText;

impl Provider {
    /// Sets by how much the provider's clock and the local one may differ: at most 5 minutes. The
    /// default is 60 seconds.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// Sets the allowed signature algorithms of ID tokens.
    ///
    /// By default they are those of the provider's metadata that this crate supports, except the HMAC
    /// algorithms, or RS256 if the metadata list none.
    ///
    /// `HS256`, `HS384` and `HS512` are accepted only if they are listed here. Their key is the
    /// [`client_secret`](Self::client_secret), which must have at least 32, 48 or 64 bytes (RFC 7518
    /// section 3.2). Anyone who knows the secret can then sign in as any user, so prefer an algorithm
    /// with a key of the provider, if there is one. If only these are listed, the provider's keys are
    /// not fetched.
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = SigningAlgorithm>) -> Self {
        self.algorithms = Some(algorithms.into_iter().collect());
        self
    }

    /// Sets the audiences that an ID token may have in addition to the client identifier. By default
    /// there are none, because any other audience could replay the token to this application.
    pub fn trusted_audiences(
        mut self,
        audiences: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.trusted_audiences = audiences.into_iter().map(Into::into).collect();
        self
    }

    /// Sets additional accepted values of `iss` in an ID token, at most 16: for a provider that is
    /// being renamed, has a domain for each customer, or writes its issuer in two forms. By default
    /// only the issuer of [`new`](Self::new) is accepted.
    ///
    /// Values are compared byte for byte. They need not be URLs. The ID token must still be signed with
    /// a key of this provider. The discovery document and the `iss` of the authorization response (RFC
    /// 9207) must still have the issuer of [`new`](Self::new).
    ///
    /// The `iss` of a session does not change: a refreshed ID token or a UserInfo response with another
    /// issuer of the list is refused. Two users with the same `sub` and different `iss` are different
    /// users, so an application that stores users must identify them by both. After a value is removed
    /// from this list, sessions of that issuer get no new tokens.
    ///
    /// This provider then speaks for the users of these issuers. If the application has several providers,
    /// do not list the issuer of another one: an ID token of this provider would sign its users in.
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

    /// Sets the only user who may sign in, by their `sub` at the issuer of [`new`](Self::new): for an
    /// application with a single user. By default every user of the provider may sign in.
    ///
    /// The ID token of any other user is refused with the code `id_token.sub_not_allowed`. So is one
    /// with the same `sub` and an issuer of [`accepted_issuers`](Self::accepted_issuers), because it
    /// may belong to another user there.
    pub fn expected_subject(mut self, sub: impl Into<String>) -> Self {
        self.expected_subject = Some(sub.into());
        self
    }

    /// Sets the required `typ` in the header of an ID token (RFC 7515 section 4.1.9). By default `typ`
    /// may be absent, `JWT` or `JOSE`, which most providers send, and no other type: a logout token or
    /// an access token is not an ID token (RFC 8725 section 3.11).
    ///
    /// With this setting `typ` must be present and equal; letter case and a leading `application/` are
    /// ignored. The setting does not apply to signed UserInfo responses.
    pub fn id_token_type(mut self, typ: impl Into<String>) -> Self {
        self.id_token_type = Some(typ.into());
        self
    }

    /// Allows ID tokens to name this header parameter in `crit` (RFC 7515 section 4.1.11), and sets the
    /// application's check of its value. May be called several times, for at most 16 names. By default
    /// no token with `crit` is accepted.
    ///
    /// A token is accepted if each parameter that its `crit` names has a check, occurs in the header
    /// once, and the check returns `true`. The checks run after the verification of the signature, and
    /// only for the parameters that `crit` names. A check that panics counts as `false`. It must not
    /// block.
    ///
    /// `b64` (RFC 7797) and the parameters that RFC 7515 and RFC 7518 define are refused as names.
    /// Signed UserInfo responses with `crit` are always refused.
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

    /// Sets the greatest age of an ID token since it was issued (`iat`), in whole seconds and in
    /// addition to the [`leeway`](Self::leeway). By default there is no limit: the nonce prevents a
    /// replay, and `exp` limits the validity.
    ///
    /// It applies at sign-ins and at refreshes. If a provider returns the first ID token again at a
    /// refresh, the refresh fails once that token is older.
    pub fn max_token_age(mut self, age: Duration) -> Self {
        self.max_token_age = Some(age);
        self
    }

    /// Returns whether the provider's public keys can verify any ID token that may be accepted.
    pub(crate) fn uses_public_keys(&self) -> bool {
        let algorithms = self.algorithms.as_ref();
        algorithms.is_none_or(|list| !list.iter().all(|algorithm| algorithm.is_hmac()))
    }

    /// Returns whether an ID token may have this `iss`.
    pub(crate) fn accepts_issuer(&self, iss: &str) -> bool {
        match self.issuer_template() {
            Some(template) => {
                let tenant = template.tenant_of(iss);
                tenant.is_some_and(|tenant| self.allows_tenant(tenant))
            }
            None => self.issuers().any(|issuer| issuer == iss),
        }
    }

    /// Returns whether an authorization response may have this `iss` (RFC 9207 section 2.4).
    pub(crate) fn may_respond_as(&self, iss: &str) -> bool {
        match self.issuer_template() {
            Some(_) => self.accepts_issuer(iss),
            None => iss == self.issuer,
        }
    }

    /// Returns the accepted values of `iss` in an ID token: the issuer of [`new`](Self::new), which may have
    /// the placeholder `{tenantid}`, and then the [accepted issuers](Self::accepted_issuers).
    pub fn issuers(&self) -> impl Iterator<Item = &str> {
        let accepted = self.accepted_issuers.iter().map(String::as_str);
        std::iter::once(self.issuer.as_str()).chain(accepted)
    }

    /// Returns whether the user with this `iss` and `sub` may sign in.
    pub(crate) fn allows_user(&self, iss: &str, sub: &str) -> bool {
        self.expected_subject
            .as_ref()
            .is_none_or(|expected| iss == self.issuer && sub == expected)
    }
}
