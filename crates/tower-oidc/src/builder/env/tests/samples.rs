//! Values that show what a variable does.

use std::time::{Duration, UNIX_EPOCH};

use relying_party::provider::Display;
use relying_party::{
    AssertionAudience, ClientAuthMethod, HmacAlgorithm, Prompt, Provider, SigningAlgorithm,
};

use super::effects::Code;
use crate::builder::env::*;
use crate::refresh::RevokeAtSignOut;
use crate::secrets::SecretSource;
use crate::web::site_data::SiteData;

/// A variable, a value, and the same setting in code.
pub(super) type Sample = (&'static str, &'static str, fn(Code) -> Code);

pub(super) const SAMPLES: &[Sample] = &[
    ("AUTH_ISSUER", "https://other.example", |it| {
        it.provider(|_| Provider::new("https://other.example", "client"))
    }),
    ("AUTH_LOGTO_ENDPOINT", "https://tenant.logto.app", |it| {
        it.provider(|_| Provider::logto("https://tenant.logto.app", "client"))
    }),
    ("AUTH_ASGARDEO_ORG", "acme", |it| {
        it.provider(|_| Provider::asgardeo("acme", "client"))
    }),
    ("AUTH_GENAUTH_HOST", "acme.genauth.ai", |it| {
        it.provider(|_| Provider::genauth("acme.genauth.ai", "client"))
    }),
    ("AUTH_AUTH0_DOMAIN", "acme.eu.auth0.com", |it| {
        it.provider(|_| Provider::auth0("acme.eu.auth0.com", "client"))
    }),
    ("AUTH_OKTA_DOMAIN", "acme.okta.com", |it| {
        it.provider(|_| Provider::okta("acme.okta.com", "client"))
    }),
    (
        "AUTH_ENTRA_TENANT",
        "72f988bf-86f1-41af-91ab-2d7cd011db47",
        |it| it.provider(|_| Provider::entra("72f988bf-86f1-41af-91ab-2d7cd011db47", "client")),
    ),
    (
        "AUTH_COGNITO_USER_POOL_ID",
        "eu-central-1_AbCdEf123",
        |it| it.provider(|_| Provider::cognito("eu-central-1_AbCdEf123", "client")),
    ),
    ("AUTH_ZITADEL_DOMAIN", "acme.zitadel.cloud", |it| {
        it.provider(|_| Provider::zitadel("acme.zitadel.cloud", "client"))
    }),
    ("AUTH_CLIENT_ID", "another", |it| {
        it.provider(|_| Provider::new("https://id.example.com", "another"))
    }),
    ("AUTH_CLIENT_SECRET", "client-secret", |it| {
        it.provider(|it| it.client_secret("client-secret"))
    }),
    ("AUTH_CLIENT_AUTH_METHOD", "client_secret_post", |it| {
        it.provider(|it| it.client_auth_method(ClientAuthMethod::ClientSecretPost))
    }),
    ("AUTH_CLIENT_ASSERTION_FILE", "/run/token", |it| {
        it.provider(|it| it.client_assertion_file("/run/token"))
    }),
    ("AUTH_CLIENT_SECRET_JWT_ALGORITHM", "HS384", |it| {
        it.provider(|it| it.client_secret_jwt_algorithm(HmacAlgorithm::Hs384))
    }),
    ("AUTH_ASSERTION_AUDIENCE", "token-endpoint", |it| {
        it.provider(|it| it.assertion_audience(AssertionAudience::TokenEndpoint))
    }),
    ("AUTH_BASE_URL", "https://www.example.com", |it| {
        it.layer(|it| it.base_url("https://www.example.com"))
    }),
    (
        "AUTH_ADDITIONAL_BASE_URLS",
        "https://a.example, https://b.example",
        |it| {
            it.layer(|it| {
                it.additional_base_url("https://a.example")
                    .additional_base_url("https://b.example")
            })
        },
    ),
    ("AUTH_ALLOW_INSECURE_HTTP", "true", |it| {
        it.layer(|it| it.allow_insecure_http(true))
    }),
    ("AUTH_TRUSTED_PROXIES", "10.0.0.0/8\n192.168.0.1", |it| {
        it.layer(|it| it.trusted_proxy("10.0.0.0/8").trusted_proxy("192.168.0.1"))
    }),
    (
        "AUTH_ALLOWED_ORIGINS",
        "https://www.example.com https://chat.example.com",
        |it| {
            let origins = ["https://www.example.com", "https://chat.example.com"];
            it.layer(|it| it.allowed_origins(origins))
        },
    ),
    (
        "AUTH_COOKIE_SECRET",
        "Qw7eRt2yUi9oPa4sDf6gHj1kLz8xCv3b",
        |it| it.layer(|it| it.cookie_secret("Qw7eRt2yUi9oPa4sDf6gHj1kLz8xCv3b")),
    ),
    ("AUTH_COOKIE_SECRETS_FILE", "/run/secrets/cookies", |it| {
        it.layer(|it| it.cookie_secrets(SecretSource::file("/run/secrets/cookies")))
    }),
    ("AUTH_COOKIE_NAME", "shop", |it| {
        it.layer(|it| it.cookie_name("shop"))
    }),
    ("AUTH_COOKIE_DOMAIN", "example.com", |it| {
        it.layer(|it| it.cookie_domain("example.com"))
    }),
    ("AUTH_FORMER_COOKIE_NAMES", "__Host-auth", |it| {
        it.layer(|it| it.former_cookie_name("__Host-auth"))
    }),
    ("AUTH_MAX_COOKIES", "1", |it| {
        it.layer(|it| it.max_cookies(1))
    }),
    ("AUTH_COMPRESS", "false", |it| {
        it.layer(|it| it.compress(false))
    }),
    ("AUTH_IDLE_LIFETIME", "12h", |it| {
        it.layer(|it| it.idle_lifetime(Duration::from_secs(12 * 3_600)))
    }),
    ("AUTH_ABSOLUTE_LIFETIME", "30d", |it| {
        it.layer(|it| it.absolute_lifetime(Duration::from_secs(30 * 86_400)))
    }),
    ("AUTH_SESSIONS_SINCE", "2025-01-01T00:00:00Z", |it| {
        let time = UNIX_EPOCH + Duration::from_secs(1_735_689_600);
        it.layer(|it| it.sessions_since(time))
    }),
    ("AUTH_STRIP_COOKIES", "true", |it| {
        it.layer(|it| it.strip_cookies(true))
    }),
    ("AUTH_SIGN_IN_PATH", "off", |it| {
        it.layer(AuthLayerBuilder::without_sign_in_path)
    }),
    ("AUTH_SIGN_UP_PATH", "/auth/sign-up", |it| {
        it.layer(|it| it.sign_up_path("/auth/sign-up"))
    }),
    ("AUTH_INITIATE_LOGIN_PATH", "/auth/initiate-login", |it| {
        it.layer(|it| it.initiate_login_path("/auth/initiate-login"))
    }),
    ("AUTH_SIGN_IN_PARAMETERS", "organization_id, theme", |it| {
        it.layer(|it| it.sign_in_parameters(["organization_id", "theme"]))
    }),
    ("AUTH_BACKCHANNEL_LOGOUT_PATH", "/auth/back", |it| {
        it.layer(|it| it.backchannel_logout_path("/auth/back"))
    }),
    ("AUTH_FRONTCHANNEL_LOGOUT_PATH", "/auth/front", |it| {
        it.layer(|it| it.frontchannel_logout_path("/auth/front"))
    }),
    ("AUTH_CALLBACK_PATH", "/callback", |it| {
        it.layer(|it| it.callback_path("/callback"))
    }),
    ("AUTH_SIGN_OUT_PATH", "/bye", |it| {
        it.layer(|it| it.sign_out_path("/bye"))
    }),
    ("AUTH_SIGNED_OUT_PATH", "/auth/signed-out", |it| {
        it.layer(|it| it.signed_out_path("/auth/signed-out"))
    }),
    ("AUTH_SESSION_PATH", "off", |it| {
        it.layer(AuthLayerBuilder::without_session_path)
    }),
    ("AUTH_SESSION_SCRIPT_PATH", "/auth/session.js", |it| {
        it.layer(|it| it.session_script_path("/auth/session.js"))
    }),
    ("AUTH_CLIENT_KEYS_PATH", "/auth/jwks", |it| {
        it.layer(|it| it.client_keys_path("/auth/jwks"))
    }),
    ("AUTH_ACCESS_TOKEN_PATH", "/auth/access-token", |it| {
        it.layer(|it| it.access_token_path("/auth/access-token", [""; 0]))
    }),
    (
        "AUTH_ACCESS_TOKEN_RESOURCES",
        "https://api.example default",
        |it| {
            it.layer(|mut it| {
                it = it.access_token_path("", ["https://api.example", "default"]);
                it.routes.access_token = None;
                it
            })
        },
    ),
    ("AUTH_MOUNT_PATH", "/app", |it| {
        it.layer(|it| it.mount_path("/app"))
    }),
    ("AUTH_AFTER_SIGN_IN", "/welcome", |it| {
        it.layer(|it| it.after_sign_in("/welcome"))
    }),
    ("AUTH_AFTER_SIGN_OUT", "/bye", |it| {
        it.layer(|it| it.after_sign_out("/bye"))
    }),
    ("AUTH_CHOOSE_PROVIDER", "true", |it| {
        it.layer(|layer| layer.choose_provider(true))
    }),
    ("AUTH_CHOOSE_PROVIDER_PAGE", "/company", |it| {
        it.layer(|layer| layer.choose_provider_page("/company"))
    }),
    ("AUTH_SIGN_OUT_BY_GET", "true", |it| {
        it.layer(|it| it.sign_out_by_get(true))
    }),
    ("AUTH_MAX_LOGOUT_URL_LENGTH", "0", |it| {
        it.layer(|it| it.max_logout_url_length(0))
    }),
    ("AUTH_REFRESH_EXPIRED_HINT", "true", |it| {
        it.layer(|it| it.refresh_expired_hint(true))
    }),
    ("AUTH_CLEAR_SITE_DATA", "cache, storage", |it| {
        it.layer(|it| it.clear_site_data([SiteData::Cache, SiteData::Storage]))
    }),
    ("AUTH_REVOKE_AT_SIGN_OUT", "all-tokens", |it| {
        it.layer(|it| it.revoke_at_sign_out(RevokeAtSignOut::AllTokens))
    }),
    ("AUTH_SESSION_CLAIMS", "sub roles", |it| {
        it.layer(|it| it.session_claims(["sub", "roles"]))
    }),
    ("AUTH_KEEP_CLAIMS", "name,roles", |it| {
        it.layer(|it| it.keep_claims(["name", "roles"]))
    }),
    ("AUTH_SCOPES", "profile,email", |it| {
        it.provider(|it| it.scopes(["profile", "email"]))
    }),
    ("AUTH_ADD_SCOPES", "orders", |it| {
        it.provider(|it| it.add_scopes(["orders"]))
    }),
    (
        "AUTH_RESOURCES",
        "https://one.example/api  https://two.example/api",
        |it| it.provider(|it| it.resources(["https://one.example/api", "https://two.example/api"])),
    ),
    ("AUTH_PROMPT", "login consent", |it| {
        it.provider(|it| it.prompt(Prompt::Login).prompt(Prompt::Consent))
    }),
    ("AUTH_MAX_AGE", "15m", |it| {
        it.provider(|it| it.max_age(Duration::from_secs(900)))
    }),
    ("AUTH_ACR_VALUES", "gold, silver", |it| {
        it.provider(|it| it.acr_values("gold silver"))
    }),
    ("AUTH_RESPONSE_MODE", "form_post", |it| {
        it.provider(|provider| provider.response_mode(relying_party::ResponseMode::FormPost))
    }),
    ("AUTH_POSTED_USER_NAME", "true", |it| {
        it.provider(|it| it.posted_user_name(true))
    }),
    ("AUTH_DISPLAY", "popup", |it| {
        it.provider(|it| it.display(Display::Popup))
    }),
    ("AUTH_UI_LOCALES", "de en", |it| {
        it.provider(|it| it.ui_locales("de en"))
    }),
    (
        "AUTH_EXTRA_PARAMETERS",
        "first_screen=register a=b%20c%2Cd=e",
        |it| {
            it.provider(|it| {
                it.extra_parameter("first_screen", "register")
                    .extra_parameter("a", "b c,d=e")
            })
        },
    ),
    ("AUTH_LEEWAY", "5s", |it| {
        it.provider(|it| it.leeway(Duration::from_secs(5)))
    }),
    ("AUTH_ALGORITHMS", "ES256 EdDSA", |it| {
        it.provider(|it| it.algorithms([SigningAlgorithm::Es256, SigningAlgorithm::EdDsa]))
    }),
    ("AUTH_SCOPE_AT_REFRESH", "true", |it| {
        it.provider(|it| it.scope_at_refresh(true))
    }),
    ("AUTH_TRUSTED_AUDIENCES", "one two", |it| {
        it.provider(|it| it.trusted_audiences(["one", "two"]))
    }),
    ("AUTH_DISPLAY_NAME", "Our company's sign-in", |it| {
        it.provider(|it| it.name("Our company's sign-in"))
    }),
    ("AUTH_JWKS_URI", "https://id.example.com/jwks", |it| {
        it.provider(|it| it.jwks_uri("https://id.example.com/jwks"))
    }),
    (
        "AUTH_AUTHORIZATION_ENDPOINT",
        "https://id.example.com/a",
        |it| it.provider(|it| it.authorization_endpoint("https://id.example.com/a")),
    ),
    ("AUTH_TOKEN_ENDPOINT", "https://id.example.com/t", |it| {
        it.provider(|it| it.token_endpoint("https://id.example.com/t"))
    }),
    (
        "AUTH_USER_INFO_ENDPOINT",
        "https://id.example.com/u",
        |it| it.provider(|it| it.user_info_endpoint("https://id.example.com/u")),
    ),
    ("AUTH_ACCEPTED_ISSUERS", "one https://two.example", |it| {
        it.provider(|it| it.accepted_issuers(["one", "https://two.example"]))
    }),
    ("AUTH_ALLOWED_TENANTS", "acme beta", |it| {
        it.provider(|it| it.allowed_tenants(["acme", "beta"]))
    }),
    ("AUTH_ALLOWED_TENANTS", "*", |it| {
        it.provider(Provider::any_tenant)
    }),
    ("AUTH_EXPECTED_SUBJECT", "alice", |it| {
        it.provider(|it| it.expected_subject("alice"))
    }),
    ("AUTH_ID_TOKEN_TYPE", "id+jwt", |it| {
        it.provider(|it| it.id_token_type("id+jwt"))
    }),
    ("AUTH_MAX_TOKEN_AGE", "1h", |it| {
        it.provider(|it| it.max_token_age(Duration::from_secs(3600)))
    }),
    ("AUTH_DISCOVERY_URL", "https://id.example.com/d", |it| {
        it.provider(|it| it.discovery_url("https://id.example.com/d"))
    }),
    ("AUTH_SIGN_UP_URL", "https://id.example.com/s", |it| {
        it.provider(|it| it.sign_up_url("https://id.example.com/s"))
    }),
    ("AUTH_SIGN_UP_PARAMETER", "screen_hint=signup", |it| {
        it.provider(|it| it.sign_up_parameter("screen_hint", "signup"))
    }),
    ("AUTH_ROLE_CLAIM", "realm_access roles", |it| {
        it.provider(|it| it.role_claim(["realm_access", "roles"]))
    }),
    ("AUTH_ORGANIZATION_PARAMETER", "organization", |it| {
        it.provider(|it| it.organization_parameter("organization"))
    }),
    (
        "AUTH_END_SESSION_ENDPOINT",
        "https://id.example.com/end",
        |it| it.provider(|it| it.end_session_endpoint("https://id.example.com/end")),
    ),
    (
        "AUTH_INTROSPECTION_ENDPOINT",
        "https://id.example.com/i",
        |it| it.provider(|it| it.introspection_endpoint("https://id.example.com/i")),
    ),
    (
        "AUTH_REVOCATION_ENDPOINT",
        "https://id.example.com/r",
        |it| it.provider(|it| it.revocation_endpoint("https://id.example.com/r")),
    ),
    (
        "AUTH_PUSHED_AUTHORIZATION_REQUEST_ENDPOINT",
        "https://id.example.com/par",
        |it| {
            it.provider(|it| it.pushed_authorization_request_endpoint("https://id.example.com/par"))
        },
    ),
    ("AUTH_PUSHED_AUTHORIZATION_REQUESTS", "true", |it| {
        it.provider(|it| it.pushed_authorization_requests(true))
    }),
    ("AUTH_END_SESSION_BY_FORM", "true", |it| {
        it.provider(|it| it.end_session_by_form(true))
    }),
    ("AUTH_REQUIRE_ID_TOKEN_HINT", "true", |it| {
        it.provider(|it| it.require_id_token_hint(true))
    }),
    ("AUTH_USER_AGENT", "shop/1.0", |it| {
        it.provider(|it| it.user_agent("shop/1.0"))
    }),
    ("AUTH_REFRESH_LEEWAY", "60s", |it| {
        it.layer(|it| it.refresh_leeway(Duration::from_secs(60)))
    }),
    ("AUTH_REFRESH_WAIT", "5s", |it| {
        it.layer(|it| it.refresh_wait(Duration::from_secs(5)))
    }),
    ("AUTH_REFRESH_REQUEST_LIFETIME", "30s", |it| {
        it.layer(|it| it.refresh_request_lifetime(Duration::from_secs(30)))
    }),
    ("AUTH_FREEZES_BETWEEN_REQUESTS", "true", |it| {
        it.layer(|it| it.freezes_between_requests(true))
    }),
    ("AUTH_ALWAYS_USE_SESSION_STORE", "true", |it| {
        it.layer(|it| it.always_use_session_store(true))
    }),
    ("AUTH_ACCEPT_UNCHECKED_SESSIONS", "true", |it| {
        it.layer(|it| it.accept_unchecked_sessions(true))
    }),
    ("AUTH_STORE_TIMEOUT", "5s", |it| {
        it.layer(|it| it.store_timeout(Duration::from_secs(5)))
    }),
    ("AUTH_USER_INFO", "sign-in", |it| {
        it.layer(|it| it.user_info_at_sign_in(true))
    }),
    ("AUTH_INTROSPECT_SCOPES", "true", |it| {
        it.layer(|it| it.introspect_scopes(true))
    }),
];
