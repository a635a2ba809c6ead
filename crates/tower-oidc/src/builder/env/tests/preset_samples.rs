//! The variables of each preset, and the same provider in code.

use relying_party::Provider;

pub(super) const KEY_FILE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../relying-party/src/tests/keys/p256.pem"
);
pub(super) const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
pub(super) const DOMAIN: (&str, &str) = ("AUTH_OKTA_DOMAIN", "acme.okta.com");
pub(super) const SERVER: &str = "AUTH_OKTA_AUTHORIZATION_SERVER";
pub(super) const REALM: (&str, &str) = ("AUTH_KEYCLOAK_REALM", "acme");
pub(super) const TEAM: (&str, &str) = ("AUTH_APPLE_TEAM_ID", "TEAM");
pub(super) const KEY: (&str, &str) = ("AUTH_APPLE_KEY_ID", "KEY");
pub(super) const FILE: (&str, &str) = ("AUTH_APPLE_PRIVATE_KEY_FILE", KEY_FILE);

/// Variables beside the client id, and the same provider in code.
pub(super) type Given = (
    &'static str,
    &'static [(&'static str, &'static str)],
    fn() -> Provider,
);

pub(super) const GIVEN: &[Given] = &[
    ("logto", &[("AUTH_LOGTO_ENDPOINT", "t.logto.app")], || {
        Provider::logto("t.logto.app", "id")
    }),
    ("asgardeo", &[("AUTH_ASGARDEO_ORG", "acme")], || {
        Provider::asgardeo("acme", "id")
    }),
    ("genauth", &[("AUTH_GENAUTH_HOST", "a.genauth.ai")], || {
        Provider::genauth("a.genauth.ai", "id")
    }),
    ("auth0", &[("AUTH_AUTH0_DOMAIN", "acme.auth0.com")], || {
        Provider::auth0("acme.auth0.com", "id")
    }),
    (
        "auth0",
        &[("AUTH_AUTH0_ISSUER", "https://acme.auth0.com")],
        || Provider::auth0("acme.auth0.com", "id"),
    ),
    ("okta", &[DOMAIN], || Provider::okta("acme.okta.com", "id")),
    ("okta", &[DOMAIN, (SERVER, "default")], || {
        Provider::okta("acme.okta.com/oauth2/default", "id")
    }),
    (
        "okta",
        &[
            ("AUTH_OKTA_DOMAIN", "https://acme.okta.com/"),
            (SERVER, "default"),
        ],
        || Provider::okta("acme.okta.com/oauth2/default", "id"),
    ),
    (
        "okta",
        &[("AUTH_OKTA_ISSUER", "https://acme.okta.com/oauth2/default")],
        || Provider::okta("acme.okta.com/oauth2/default", "id"),
    ),
    ("entra", &[("AUTH_ENTRA_TENANT", TENANT)], || {
        Provider::entra(TENANT, "id")
    }),
    ("entra", &[("AUTH_ENTRA_ALLOWED_TENANTS", TENANT)], || {
        Provider::entra_organizations("id").allowed_tenants([TENANT])
    }),
    ("entra", &[("AUTH_ENTRA_ALLOWED_TENANTS", "*")], || {
        Provider::entra_organizations("id").any_tenant()
    }),
    ("google", &[], || Provider::google("id")),
    (
        "google",
        &[("AUTH_GOOGLE_HOSTED_DOMAIN", "acme.example")],
        || Provider::google("id").hosted_domain("acme.example"),
    ),
    (
        "cognito",
        &[("AUTH_COGNITO_USER_POOL_ID", "eu-west-1_Ab1")],
        || Provider::cognito("eu-west-1_Ab1", "id"),
    ),
    (
        "cognito",
        &[("AUTH_COGNITO_ISSUER", "https://pool.example/cn-north-1_Ab1")],
        || Provider::cognito_with_issuer("https://pool.example/cn-north-1_Ab1", "id"),
    ),
    (
        "keycloak",
        &[("AUTH_KEYCLOAK_URL", "id.example"), REALM],
        || Provider::keycloak("id.example", "acme", "id"),
    ),
    (
        "keycloak",
        &[("AUTH_KEYCLOAK_ISSUER", "https://id.example/realms/acme")],
        || Provider::keycloak("id.example", "acme", "id"),
    ),
    (
        "zitadel",
        &[("AUTH_ZITADEL_DOMAIN", "a.zitadel.cloud")],
        || Provider::zitadel("a.zitadel.cloud", "id"),
    ),
    (
        "zitadel",
        &[
            ("AUTH_ZITADEL_DOMAIN", "a.zitadel.cloud"),
            ("AUTH_ZITADEL_PROJECT_ID", "692"),
        ],
        || Provider::zitadel("a.zitadel.cloud", "id").trusted_audiences(["692"]),
    ),
    (
        "zitadel",
        &[
            ("AUTH_ZITADEL_ISSUER", "https://a.zitadel.cloud"),
            ("AUTH_ZITADEL_PROJECT_ID", "692"),
        ],
        || Provider::zitadel("a.zitadel.cloud", "id").trusted_audiences(["692"]),
    ),
    #[cfg(feature = "private-key-jwt")]
    ("apple", &[TEAM, KEY, FILE], || {
        Provider::apple("id", "TEAM", "KEY", std::fs::read(KEY_FILE).unwrap())
    }),
];
