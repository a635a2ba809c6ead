//! The names of standard scopes, and of Logto's.

/// The scope of every OpenID Connect request (OpenID Connect Core 1.0 section 3.1.2.1).
pub const OPENID: &str = "openid";
/// The claims of the user's profile (OpenID Connect Core 1.0 section 5.4).
pub const PROFILE: &str = "profile";
/// The email address (OpenID Connect Core 1.0 section 5.4).
pub const EMAIL: &str = "email";
/// The telephone number (OpenID Connect Core 1.0 section 5.4).
pub const PHONE: &str = "phone";
/// The postal address (OpenID Connect Core 1.0 section 5.4).
pub const ADDRESS: &str = "address";
/// A refresh token (OpenID Connect Core 1.0 section 11).
pub const OFFLINE_ACCESS: &str = "offline_access";
/// Logto: data that the application stores with the user, `custom_data` in UserInfo.
pub const CUSTOM_DATA: &str = "custom_data";
/// Logto: the user's accounts at other providers, `identities` and `sso_identities` in UserInfo.
pub const IDENTITIES: &str = "identities";
/// Logto: the names of the user's roles, `roles`.
pub const ROLES: &str = "roles";
/// Logto: the organizations that the user is a member of, and access tokens for them.
pub const ORGANIZATIONS: &str = "urn:logto:scope:organizations";
/// Logto: the user's roles in their organizations, `organization_roles`.
pub const ORGANIZATION_ROLES: &str = "urn:logto:scope:organization_roles";
/// Logto: the user's sessions, in the account API.
pub const SESSIONS: &str = "urn:logto:scope:sessions";
