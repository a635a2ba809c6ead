//! The users who can sign in.

use std::{collections::BTreeSet, fmt};

use serde::Serialize;
use serde_json::{Map, Value, json};

/// A user who can sign in without a password.
///
/// `alice`, `bob` and `carol` are predefined, with claims like those of Logto's users: `alice` has
/// an email address, a telephone number, two organizations and roles. `bob` has an email address
/// that is not verified, and some of his claims are `null`. `carol` has a name in another script,
/// and no email address. `Debug` shows the names of the claims, not their values.
#[derive(Clone)]
pub struct User {
    username: String,
    claims: Map<String, Value>,
    /// The names of claims that are released whatever the scope is.
    always: BTreeSet<String>,
}

impl User {
    /// Creates a user with `username` as the claims `sub` and `username`.
    #[must_use]
    pub fn new(username: impl Into<String>) -> Self {
        let username = username.into();
        let mut claims = Map::new();
        claims.insert("sub".to_owned(), json!(username));
        claims.insert("username".to_owned(), json!(username));
        let always = BTreeSet::from(["sub".to_owned()]);
        Self {
            username,
            claims,
            always,
        }
    }

    /// Sets a claim. It is in the ID token and in the userinfo response, whatever the scope is.
    ///
    /// The claims of the predefined users depend on the scope: that of OpenID Connect Core 1.0
    /// section 5.4, or that of Logto.
    ///
    /// # Panics
    ///
    /// Panics if `value` cannot be represented in JSON, such as a map whose keys are not strings.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "the value is a constant of a test, and a missing claim would be misleading"
    )]
    pub fn claim(mut self, name: impl Into<String>, value: impl Serialize) -> Self {
        let value = serde_json::to_value(value).expect("a claim can be represented in JSON");
        let name = name.into();
        self.always.insert(name.clone());
        self.claims.insert(name, value);
        self
    }

    /// The same user, with claims that depend on the scope.
    fn with_claims_by_scope(mut self) -> Self {
        self.always.retain(|name| name == "sub");
        self
    }

    pub(crate) fn predefined() -> Vec<Self> {
        [alice(), bob(), carol()]
            .map(Self::with_claims_by_scope)
            .into()
    }

    pub(crate) fn username(&self) -> &str {
        &self.username
    }

    /// The name to show on the sign-in page.
    pub(crate) fn display_name(&self) -> &str {
        self.claims
            .get("name")
            .and_then(Value::as_str)
            .unwrap_or(&self.username)
    }

    /// Whether the claim `organizations` contains this organization.
    pub(crate) fn is_member_of(&self, organization_id: &str) -> bool {
        self.claims
            .get("organizations")
            .and_then(Value::as_array)
            .is_some_and(|ids| ids.iter().any(|id| id == organization_id))
    }

    /// The claims of an ID token with this scope, without those that only userinfo returns.
    pub(crate) fn id_token_claims(&self, scope: &[String]) -> Map<String, Value> {
        let mut claims = self.claims(scope);
        let is_omitted = |name: &str| USER_INFO_ONLY.contains(&name) && !self.always.contains(name);
        claims.retain(|name, _| !is_omitted(name));
        claims
    }

    /// The claims that are released with this scope.
    pub(crate) fn claims(&self, scope: &[String]) -> Map<String, Value> {
        let is_released = |name: &str| {
            self.always.contains(name)
                || scopes_of(name)
                    .iter()
                    .any(|&required| scope.iter().any(|granted| granted == required))
        };
        self.claims
            .iter()
            .filter(|(name, _)| is_released(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("username", &self.username)
            .field("claims", &self.claims.keys().collect::<Vec<_>>())
            .finish()
    }
}

pub(crate) const ORGANIZATIONS: &str = "urn:logto:scope:organizations";
/// The resource with which Logto's clients request organization tokens.
pub(crate) const ORGANIZATIONS_RESOURCE: &str = "urn:logto:resource:organizations";
pub(crate) const ORGANIZATION_ROLES: &str = "urn:logto:scope:organization_roles";

/// The scopes that the metadata lists as `scopes_supported`.
pub(crate) const SCOPES: &[&str] = &[
    "openid",
    "profile",
    "email",
    "phone",
    "address",
    "roles",
    "custom_data",
    ORGANIZATIONS,
    ORGANIZATION_ROLES,
    "offline_access",
];

/// Claims of the predefined users that only the userinfo endpoint returns, as with Logto.
const USER_INFO_ONLY: &[&str] = &["custom_data", "organization_data"];

fn scopes_of(claim: &str) -> &'static [&'static str] {
    match claim {
        "email" | "email_verified" => &["email"],
        "phone_number" | "phone_number_verified" => &["phone"],
        "address" => &["address"],
        "roles" => &["roles"],
        "custom_data" => &["custom_data"],
        "organizations" | "organization_data" => &[ORGANIZATIONS],
        "organization_roles" => &[ORGANIZATIONS, ORGANIZATION_ROLES],
        _ => &["profile"],
    }
}

fn alice() -> User {
    User::new("alice")
        .claim("name", "Alice Adams")
        .claim("given_name", "Alice")
        .claim("family_name", "Adams")
        .claim("picture", "https://avatars.example.com/u/1?s=256&v=4")
        .claim("locale", "en-GB")
        // Logto has these two in milliseconds. OpenID Connect Core 1.0 specifies seconds.
        .claim("created_at", 1_700_000_000_123_u64)
        .claim("updated_at", 1_794_991_234_567_u64)
        .claim("email", "alice@example.com")
        .claim("email_verified", true)
        .claim("phone_number", "+46701740605")
        .claim("phone_number_verified", true)
        .claim("roles", ["admin", "editor"])
        .claim("organizations", ["oqlvslpmrc3s", "3pgwzp1b77do"])
        .claim(
            "organization_roles",
            ["oqlvslpmrc3s:admin", "3pgwzp1b77do:member"],
        )
        .claim(
            "organization_data",
            json!([
                { "id": "oqlvslpmrc3s", "name": "Adams & Sons", "description": null },
                { "id": "3pgwzp1b77do", "name": "Village choir", "description": "Thursdays" },
            ]),
        )
        .claim("custom_data", json!({ "theme": "dark" }))
}

fn bob() -> User {
    User::new("bob")
        .claim("name", "Bob Brown")
        .claim("picture", Value::Null)
        .claim("created_at", 1_700_000_000_456_u64)
        .claim("updated_at", 1_794_991_234_890_u64)
        .claim("email", "bob@example.com")
        .claim("email_verified", false)
        .claim("phone_number", Value::Null)
        .claim("phone_number_verified", false)
        .claim("roles", ["viewer"])
        .claim("organizations", ["oqlvslpmrc3s"])
        .claim("organization_roles", ["oqlvslpmrc3s:viewer"])
        .claim("custom_data", json!({}))
}

fn carol() -> User {
    User::new("carol")
        .claim("name", "カロル")
        .claim("picture", Value::Null)
        .claim("created_at", 1_700_000_000_789_u64)
        .claim("updated_at", 1_794_991_235_123_u64)
        .claim("email", Value::Null)
        .claim("email_verified", false)
        .claim("roles", json!([]))
        .claim("organizations", json!([]))
        .claim("organization_roles", json!([]))
        .claim("custom_data", json!({}))
}
