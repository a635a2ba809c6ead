//! The variables of a provider.

use relying_party::{AssertionAudience, Provider};

use super::{ALLOWED_TENANTS, CLIENT_SECRET, Variable, variable};
use crate::builder::env::value::Value;
use crate::config_error::ConfigError;

/// The provider's variables. The form with the provider's name, such as `AUTH_LOGTO_SCOPES`, is derived from
/// the name here.
pub(in crate::builder::env) const OF_PROVIDER: &[Variable<Provider>] = &[
    variable("AUTH_DISPLAY_NAME", "name", |provider, value| {
        Ok(provider.name(value.text()))
    }),
    variable(CLIENT_SECRET, "client_secret", |provider, value| {
        Ok(provider.client_secret(value.text()))
    }),
    variable(
        "AUTH_CLIENT_AUTH_METHOD",
        "client_auth_method",
        |provider, value| {
            let rule = "must be private_key_jwt, client_secret_basic, client_secret_post, \
                        client_secret_jwt, tls_client_auth, self_signed_tls_client_auth or none";
            Ok(provider.client_auth_method(value.parse(rule)?))
        },
    ),
    variable(
        "AUTH_CLIENT_PRIVATE_KEY_FILE",
        "client_private_keys",
        client_private_keys,
    ),
    variable(
        "AUTH_CLIENT_ASSERTION_FILE",
        "client_assertion_file",
        |provider, value| Ok(provider.client_assertion_file(value.text())),
    ),
    variable(
        "AUTH_CLIENT_SECRET_JWT_ALGORITHM",
        "client_secret_jwt_algorithm",
        |provider, value| {
            let rule = "must be HS256, HS384 or HS512";
            Ok(provider.client_secret_jwt_algorithm(value.parse(rule)?))
        },
    ),
    variable(
        "AUTH_ASSERTION_AUDIENCE",
        "assertion_audience",
        |provider, value| match value.text() {
            "issuer" => Ok(provider.assertion_audience(AssertionAudience::Issuer)),
            "token-endpoint" => Ok(provider.assertion_audience(AssertionAudience::TokenEndpoint)),
            _ => Err(value.refused("must be token-endpoint, or issuer which is the default")),
        },
    ),
    variable("AUTH_SCOPES", "scopes", |provider, value| {
        Ok(provider.scopes(value.list()))
    }),
    variable("AUTH_ADD_SCOPES", "add_scopes", |provider, value| {
        Ok(provider.add_scopes(value.list()))
    }),
    variable(
        "AUTH_INCLUDE_RESERVED_SCOPES",
        "include_reserved_scopes",
        |provider, value| Ok(provider.include_reserved_scopes(value.boolean()?)),
    ),
    variable("AUTH_RESOURCES", "resources", |provider, value| {
        Ok(provider.resources(value.list()))
    }),
    variable("AUTH_PROMPT", "prompt", |provider, value| {
        let rule = "must be none, login, consent, select_account or create";
        let prompts = value.parse_list(rule)?;
        Ok(prompts.into_iter().fold(provider, Provider::prompt))
    }),
    variable("AUTH_MAX_AGE", "max_age", |provider, value| {
        Ok(provider.max_age(value.duration()?))
    }),
    variable("AUTH_ACR_VALUES", "acr_values", |provider, value| {
        Ok(provider.acr_values(joined(value)))
    }),
    variable("AUTH_DISPLAY", "display", |provider, value| {
        Ok(provider.display(value.parse("must be page, popup, touch or wap")?))
    }),
    variable("AUTH_RESPONSE_MODE", "response_mode", |provider, value| {
        Ok(provider.response_mode(value.parse("must be query or form_post")?))
    }),
    variable(
        "AUTH_POSTED_USER_NAME",
        "posted_user_name",
        |provider, value| Ok(provider.posted_user_name(value.boolean()?)),
    ),
    variable("AUTH_UI_LOCALES", "ui_locales", |provider, value| {
        Ok(provider.ui_locales(joined(value)))
    }),
    variable(
        "AUTH_EXTRA_PARAMETERS",
        "extra_parameter",
        |provider, value| {
            let add = |provider: Provider, (name, value)| provider.extra_parameter(name, value);
            Ok(value.pairs()?.into_iter().fold(provider, add))
        },
    ),
    variable("AUTH_LEEWAY", "leeway", |provider, value| {
        Ok(provider.leeway(value.duration()?))
    }),
    variable("AUTH_ALGORITHMS", "algorithms", |provider, value| {
        let rule = "must be names of signature algorithms: RS256, RS384, RS512, PS256, PS384, \
                    PS512, ES256, ES384 or EdDSA";
        Ok(provider.algorithms(value.parse_list(rule)?))
    }),
    variable(
        "AUTH_SCOPE_AT_REFRESH",
        "scope_at_refresh",
        |provider, value| Ok(provider.scope_at_refresh(value.boolean()?)),
    ),
    variable(
        "AUTH_TRUSTED_AUDIENCES",
        "trusted_audiences",
        |provider, value| Ok(provider.trusted_audiences(value.list())),
    ),
    variable(
        "AUTH_ACCEPTED_ISSUERS",
        "accepted_issuers",
        |provider, value| Ok(provider.accepted_issuers(value.list())),
    ),
    variable(
        ALLOWED_TENANTS,
        "allowed_tenants",
        |provider, value| match value.text() {
            "*" => Ok(provider.any_tenant()),
            _ => Ok(provider.allowed_tenants(value.list())),
        },
    ),
    variable(
        "AUTH_EXPECTED_SUBJECT",
        "expected_subject",
        |provider, value| Ok(provider.expected_subject(value.text())),
    ),
    variable("AUTH_ID_TOKEN_TYPE", "id_token_type", |provider, value| {
        Ok(provider.id_token_type(value.text()))
    }),
    variable("AUTH_MAX_TOKEN_AGE", "max_token_age", |provider, value| {
        Ok(provider.max_token_age(value.duration()?))
    }),
    variable("AUTH_METADATA_FILE", "metadata_json", |provider, value| {
        Ok(provider.metadata_json(value.text_file()?))
    }),
    variable("AUTH_JWKS_FILE", "jwks_json", |provider, value| {
        Ok(provider.jwks_json(value.text_file()?))
    }),
    variable("AUTH_DISCOVERY_URL", "discovery_url", |provider, value| {
        Ok(provider.discovery_url(value.text()))
    }),
    variable("AUTH_JWKS_URI", "jwks_uri", |provider, value| {
        Ok(provider.jwks_uri(value.text()))
    }),
    variable(
        "AUTH_AUTHORIZATION_ENDPOINT",
        "authorization_endpoint",
        |provider, value| Ok(provider.authorization_endpoint(value.text())),
    ),
    variable(
        "AUTH_TOKEN_ENDPOINT",
        "token_endpoint",
        |provider, value| Ok(provider.token_endpoint(value.text())),
    ),
    variable(
        "AUTH_USER_INFO_ENDPOINT",
        "user_info_endpoint",
        |provider, value| Ok(provider.user_info_endpoint(value.text())),
    ),
    variable("AUTH_SIGN_UP_URL", "sign_up_url", |provider, value| {
        Ok(provider.sign_up_url(value.text()))
    }),
    variable(
        "AUTH_SIGN_UP_PARAMETER",
        "sign_up_parameter",
        |provider, value| match value.text().split_once('=') {
            Some((name, parameter)) => Ok(provider.sign_up_parameter(name, parameter)),
            None => Err(value.refused("must be name=value, such as screen_hint=signup")),
        },
    ),
    variable("AUTH_ROLE_CLAIM", "role_claim", |provider, value| {
        Ok(provider.role_claim(value.list()))
    }),
    variable(
        "AUTH_ORGANIZATION_PARAMETER",
        "organization_parameter",
        |provider, value| Ok(provider.organization_parameter(value.text())),
    ),
    variable(
        "AUTH_END_SESSION_ENDPOINT",
        "end_session_endpoint",
        |provider, value| Ok(provider.end_session_endpoint(value.text())),
    ),
    variable(
        "AUTH_INTROSPECTION_ENDPOINT",
        "introspection_endpoint",
        |provider, value| Ok(provider.introspection_endpoint(value.text())),
    ),
    variable(
        "AUTH_REVOCATION_ENDPOINT",
        "revocation_endpoint",
        |provider, value| Ok(provider.revocation_endpoint(value.text())),
    ),
    variable(
        "AUTH_PUSHED_AUTHORIZATION_REQUEST_ENDPOINT",
        "pushed_authorization_request_endpoint",
        |provider, value| Ok(provider.pushed_authorization_request_endpoint(value.text())),
    ),
    variable(
        "AUTH_PUSHED_AUTHORIZATION_REQUESTS",
        "pushed_authorization_requests",
        |provider, value| Ok(provider.pushed_authorization_requests(value.boolean()?)),
    ),
    variable(
        "AUTH_REQUIRE_ID_TOKEN_HINT",
        "require_id_token_hint",
        |provider, value| Ok(provider.require_id_token_hint(value.boolean()?)),
    ),
    variable(
        "AUTH_END_SESSION_BY_FORM",
        "end_session_by_form",
        |provider, value| Ok(provider.end_session_by_form(value.boolean()?)),
    ),
    variable("AUTH_USER_AGENT", "user_agent", |provider, value| {
        Ok(provider.user_agent(value.text()))
    }),
];

/// Keys in PEM or as JWKs. A JWK is an object, and PEM never begins with a brace.
#[cfg(feature = "private-key-jwt")]
fn client_private_keys(provider: Provider, value: &Value) -> Result<Provider, ConfigError> {
    let files = value.text_files()?;
    let keys = files.iter().map(|file| {
        let key = match file.trim_start().starts_with('{') {
            true => relying_party::ClientKey::from_jwk(file),
            false => relying_party::ClientKey::from_pem(file.as_str()),
        };
        key.map_err(|error| value.refused(format!("{}; {}", error.rule(), error.remedy())))
    });
    Ok(provider.client_private_keys(keys.collect::<Result<Vec<_>, _>>()?))
}

#[cfg(not(feature = "private-key-jwt"))]
fn client_private_keys(_: Provider, value: &Value) -> Result<Provider, ConfigError> {
    Err(value.refused("is for private keys: turn on the feature `private-key-jwt`"))
}

/// A list in the protocol's form, separated by single spaces.
fn joined(value: &Value) -> String {
    value.list().collect::<Vec<_>>().join(" ")
}
