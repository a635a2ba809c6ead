//! The variables whose effect is not shown by comparing settings.

/// Shown by a test of their own: what changes a warning alone, files, a setting that changes presets
/// alone, additional secrets, and variables that need others beside them.
pub(super) const SHOWN_ELSEWHERE: [&str; 22] = [
    "AUTH_PROVIDERS",                 // in `several`
    "AUTH_OKTA_AUTHORIZATION_SERVER", // this one and the next seven in `presets`
    "AUTH_GOOGLE_HOSTED_DOMAIN",
    "AUTH_KEYCLOAK_URL",
    "AUTH_KEYCLOAK_REALM",
    "AUTH_ZITADEL_PROJECT_ID",
    "AUTH_APPLE_TEAM_ID",
    "AUTH_APPLE_KEY_ID",
    "AUTH_APPLE_PRIVATE_KEY_FILE",
    "AUTH_IGNORE",
    "AUTH_METADATA_FILE",
    "AUTH_JWKS_FILE",
    "AUTH_CA_FILE",
    "AUTH_CLIENT_PRIVATE_KEY_FILE",
    "AUTH_INCLUDE_RESERVED_SCOPES",
    "AUTH_COOKIE_SECRET_1",
    "AUTH_COOKIE_SECRET_2",
    "AUTH_COOKIE_SECRET_3",
    "AUTH_COOKIE_SECRET_4",
    "AUTH_COOKIE_SECRET_5",
    "AUTH_COOKIE_SECRET_6",
    "AUTH_COOKIE_SECRET_7",
];
