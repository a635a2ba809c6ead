//! What a guard can demand beyond a signed-in user.

use std::sync::Arc;
use std::time::Duration;

use super::require::RequireAuthLayer;
use crate::context::authenticated::Authenticated;
use crate::context::demands::Predicate;
use crate::session::REDIRECT_LOOP_WINDOW;

/// A user who comes back from the sign-in must be able to load the page again. For 20 seconds after a sign-in, a refusal of
/// the same demand counts as a redirect loop.
pub(super) const SHORTEST_MAX_AGE: Duration = Duration::from_secs(30);

const _: () = assert!(SHORTEST_MAX_AGE.as_secs() > REDIRECT_LOOP_WINDOW.as_secs());

/// What the user must have.
///
/// Where a sign-in can bring what is missing (scope, `acr`, `max_age`, organization), a browser is sent to the sign-in
/// once, with what is demanded, and comes back to the page. If it is still missing then, the answer is a page with 403
/// that says what is missing. Where a sign-in cannot help (role, [`when`](Self::when)), that is the answer at once.
///
/// | demand | browser | script | gRPC |
/// |---|---|---|---|
/// | [`acr`](Self::acr), [`max_age`](Self::max_age) | sign-in, then 403 | 401 `insufficient_user_authentication` (RFC 9470) | 16 |
/// | [`scope`](Self::scope) | sign-in, then 403 | 403 `insufficient_scope` (RFC 6750) | 7 |
/// | [`organization`](Self::organization) | sign-in, then 403 | 403 `organization_required` | 7 |
/// | [`role`](Self::role), [`when`](Self::when) | 403 | 403 `forbidden` | 7 |
///
/// The JSON for a script has the code as `error`, and a `loginUrl` where a sign-in can help, which asks for what is
/// demanded within the next ten minutes. Guards may stand inside of others; a sign-in then asks for what all of them
/// demand.
///
/// Each setter panics if what it gets makes no sense, or contradicts what was set before: no request ever meets such a
/// guard.
impl RequireAuthLayer {
    /// Demands that the access token of the sign-in has these scopes, separated by spaces; several calls add up. They are
    /// those of [`AuthContext::scopes`](crate::AuthContext::scopes). Default is none.
    ///
    /// ```
    /// use tower_oidc::RequireAuth;
    ///
    /// let guard = RequireAuth::layer().scope("orders:write");
    /// # let _ = guard;
    /// ```
    ///
    /// # Panics
    ///
    /// If there is no scope in it, or a character that no scope may have (RFC 6749 section 3.3).
    #[track_caller]
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        let scope = scope.into();
        check_scope(&scope);
        self.checks.demand(|it| {
            it.scope = Some(match it.scope.take() {
                None => scope.into(),
                Some(before) => format!("{before} {scope}").into(),
            });
        });
        self
    }

    /// Demands that the last sign-in in this browser was of this authentication context class, or of one of several,
    /// separated by spaces (OpenID Connect Core 1.0 section 2, `acr`). Default is none.
    ///
    /// Looked at is [`AuthContext::sign_in_acr`](crate::AuthContext::sign_in_acr), which no refresh changes: otherwise the
    /// holder of a copied cookie would pass by waiting.
    ///
    /// ```
    /// use tower_oidc::RequireAuth;
    ///
    /// let guard = RequireAuth::layer().acr("phr phrh");
    /// # let _ = guard;
    /// ```
    ///
    /// # Panics
    ///
    /// If there is no value in it, or it was set to another one before.
    #[track_caller]
    pub fn acr(mut self, values: impl Into<String>) -> Self {
        let values = values.into();
        check_text("acr", &values);
        check_same(
            "acr",
            self.checks.demands().acr.as_deref(),
            &values,
            "give all values that will do in one call, separated by spaces",
        );
        self.checks.demand(|it| it.acr = Some(values.into()));
        self
    }

    /// Demands that the user proved who they are at most this long ago, in the last sign-in in this browser (OpenID Connect
    /// Core 1.0 section 2, `auth_time`), in whole seconds. Default is none.
    ///
    /// The sign-in asks the provider for `max_age`, so that it demands a password or a passkey again. Looked at is
    /// [`AuthContext::sign_in_auth_time`](crate::AuthContext::sign_in_auth_time), which no refresh changes. The time until the
    /// ID token was issued is measured by the provider's clock, and the time since then by this one, so the two need not
    /// agree.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use tower_oidc::RequireAuth;
    ///
    /// let guard = RequireAuth::layer().max_age(Duration::from_secs(300));
    /// # let _ = guard;
    /// ```
    ///
    /// # Panics
    ///
    /// If it is less than 30 seconds, in which nobody is back from the sign-in and has read the page, or was set to another
    /// value before.
    #[track_caller]
    pub fn max_age(mut self, max_age: Duration) -> Self {
        let seconds = Duration::from_secs(max_age.as_secs());
        check_max_age(seconds);
        let text = |it: Duration| it.as_secs().to_string();
        check_same(
            "max_age",
            self.checks.demands().max_age.map(text).as_deref(),
            &text(seconds),
            "keep the shorter one",
        );
        self.checks.demand(|it| it.max_age = Some(seconds));
        self
    }

    /// Demands that the claims name this organization as one of the user's: in `org_id` or `organization_id`, in the list
    /// `organizations`, or in Zitadel's `urn:zitadel:iam:user:resourceowner:id`. Default is none.
    ///
    /// The sign-in asks the provider for it by
    /// [`Provider::organization_parameter`](crate::Provider::organization_parameter), if that is set.
    ///
    /// ```
    /// use tower_oidc::RequireAuth;
    ///
    /// let guard = RequireAuth::layer().organization("org_x7k2");
    /// # let _ = guard;
    /// ```
    ///
    /// # Panics
    ///
    /// If it is empty, or was set to another one before.
    #[track_caller]
    pub fn organization(mut self, id: impl Into<String>) -> Self {
        let id = id.into();
        check_text("organization", &id);
        check_same(
            "organization",
            self.checks.demands().organization.as_deref(),
            &id,
            "a sign-in is for one; let a function of `when` admit users of several",
        );
        self.checks.demand(|it| it.organization = Some(id.into()));
        self
    }

    /// Demands that the user has this role; several calls add up. The claim that has the roles is a setting of the provider,
    /// [`Provider::role_claim`](crate::Provider::role_claim), which the presets know. Default is none.
    ///
    /// Roles are those of the sign-in or of the last refresh that brought claims; with
    /// [`revalidate_every`](Self::revalidate_every) they are current.
    ///
    /// ```
    /// use tower_oidc::RequireAuth;
    ///
    /// let guard = RequireAuth::layer().role("admin");
    /// # let _ = guard;
    /// ```
    ///
    /// # Panics
    ///
    /// If it is empty.
    #[track_caller]
    pub fn role(mut self, role: impl Into<String>) -> Self {
        let role = role.into();
        check_text("role", &role);
        self.checks.demand(|it| it.roles.push(role.into()));
        self
    }

    /// Demands that this function admits the user; several calls add up. It must be quick: it runs with each request, and
    /// other requests of its thread wait. If it panics, the user is refused and the log says so. Default is none.
    ///
    /// ```
    /// use tower_oidc::RequireAuth;
    ///
    /// let staff = RequireAuth::layer().when(|user| {
    ///     user.claims().email_verified() == Some(true)
    ///         && user.claims().email().is_some_and(|email| email.ends_with("@shop.example"))
    /// });
    /// # let _ = staff;
    /// ```
    pub fn when(mut self, admits: impl Fn(&Authenticated) -> bool + Send + Sync + 'static) -> Self {
        let admits: Predicate = Arc::new(admits);
        self.checks.demand(|it| it.predicates.push(admits));
        self
    }
}

#[track_caller]
fn check_scope(scope: &str) {
    let is_allowed = |byte: u8| matches!(byte, b' ' | 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    let has_one = scope.split_ascii_whitespace().next().is_some();
    assert!(
        has_one && scope.bytes().all(is_allowed),
        "RequireAuth demands the scope {scope:?}, which no token can have: give scopes of printable ASCII without \
         quotes and backslashes, separated by spaces"
    );
}

#[track_caller]
fn check_text(name: &str, text: &str) {
    assert!(
        !text.trim().is_empty() && !text.contains(char::is_control),
        "RequireAuth demands the {name} {text:?}, which no user can have: give one that is not empty"
    );
}

#[track_caller]
fn check_max_age(max_age: Duration) {
    assert!(
        max_age >= SHORTEST_MAX_AGE,
        "RequireAuth demands a max_age of {} seconds, in which nobody is back from the sign-in and has read the page: give at least {} seconds",
        max_age.as_secs(),
        SHORTEST_MAX_AGE.as_secs()
    );
}

/// Two values of what a sign-in has only one of contradict each other.
#[track_caller]
fn check_same(name: &str, before: Option<&str>, now: &str, remedy: &str) {
    if let Some(before) = before {
        assert!(
            before == now,
            "RequireAuth demands the {name} {before} and the {name} {now}, which contradict each other: {remedy}"
        );
    }
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::*;
    use crate::guard::RequireAuth;

    /// The text of the panic with which a guard is refused.
    fn refused(guard: impl FnOnce(RequireAuthLayer) -> RequireAuthLayer) -> String {
        let result = catch_unwind(std::panic::AssertUnwindSafe(|| guard(RequireAuth::layer())));
        *result.unwrap_err().downcast::<String>().unwrap()
    }

    #[test]
    fn demands_that_contradict_each_other_name_both_and_the_remedy() {
        assert_eq!(
            refused(|it| it.acr("gold").acr("silver")),
            "RequireAuth demands the acr gold and the acr silver, which contradict each other: give all values that \
             will do in one call, separated by spaces"
        );
        assert_eq!(
            refused(|it| it.organization("acme").organization("globex")),
            "RequireAuth demands the organization acme and the organization globex, which contradict each other: a \
             sign-in is for one; let a function of `when` admit users of several"
        );
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        assert_eq!(
            refused(|it| it.max_age(minutes(5)).max_age(minutes(1))),
            "RequireAuth demands the max_age 300 and the max_age 60, which contradict each other: keep the shorter one"
        );
    }

    #[test]
    fn demands_that_nobody_can_meet_are_refused() {
        type Guard = fn(RequireAuthLayer) -> RequireAuthLayer;
        let refusals: [(&str, Guard); 9] = [
            ("the scope", |it| it.scope("")),
            ("the scope", |it| it.scope("  ")),
            ("the scope", |it| it.scope("orders\"write")),
            ("the scope", |it| it.scope("orders:write\n")),
            ("the acr", |it| it.acr(" ")),
            ("the role", |it| it.role("")),
            ("the organization", |it| it.organization("a\0b")),
            ("max_age of 29 seconds", |it| {
                it.max_age(Duration::from_millis(29_999))
            }),
            ("max_age of 0 seconds", |it| it.max_age(Duration::ZERO)),
        ];
        for (named, guard) in refusals {
            let text = refused(guard);

            assert!(text.contains(named) && text.contains("give "), "{text}");
        }
    }

    #[test]
    fn scopes_and_roles_add_up() {
        let guard = RequireAuth::layer()
            .scope("orders:read")
            .scope("orders:write profile")
            .role("admin")
            .role("clerk")
            .acr("gold")
            .acr("gold");

        let demands = guard.checks.demands();
        assert_eq!(
            demands.scope.as_deref(),
            Some("orders:read orders:write profile")
        );
        assert_eq!(demands.roles, ["admin", "clerk"]);
    }

    #[test]
    fn a_guard_shows_its_demands_and_no_function() {
        let guard = RequireAuth::layer().role("admin").when(|_| true);

        let shown = format!("{guard:?}");
        assert!(
            shown.contains(r#"roles: ["admin"], predicates: 1"#),
            "{shown}"
        );
    }
}
