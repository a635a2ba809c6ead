//! All variables: the setting of each, and how its text becomes the setting. Each variable has a row here,
//! in the documentation of `from_env`, and in `README.md`; a test compares the three.

use relying_party::{AssertionAudience, Provider};

use super::value::Value;
use crate::builder::AuthLayerBuilder;
use crate::config_error::ConfigError;
use crate::provider::script_tokens::RESOURCES;

/// A variable: its name, the setting as the builder's errors name it, and how it is read.
pub(super) struct Variable<T> {
    pub(super) name: &'static str,
    pub(super) setting: &'static str,
    pub(super) read: fn(T, &Value) -> Result<T, ConfigError>,
}

const fn variable<T>(
    name: &'static str,
    setting: &'static str,
    read: fn(T, &Value) -> Result<T, ConfigError>,
) -> Variable<T> {
    Variable {
        name,
        setting,
        read,
    }
}

/// Lists the ids of several providers.
pub(super) const PROVIDERS: &str = "AUTH_PROVIDERS";
pub(super) const ISSUER: &str = "AUTH_ISSUER";
pub(super) const CLIENT_ID: &str = "AUTH_CLIENT_ID";
pub(super) const CLIENT_SECRET: &str = "AUTH_CLIENT_SECRET";
pub(super) const BASE_URL: &str = "AUTH_BASE_URL";
pub(super) const COOKIE_SECRET: &str = "AUTH_COOKIE_SECRET";
/// Secrets that only open cookies.
pub(super) const ADDITIONAL_COOKIE_SECRETS: [&str; 7] = [
    "AUTH_COOKIE_SECRET_1",
    "AUTH_COOKIE_SECRET_2",
    "AUTH_COOKIE_SECRET_3",
    "AUTH_COOKIE_SECRET_4",
    "AUTH_COOKIE_SECRET_5",
    "AUTH_COOKIE_SECRET_6",
    "AUTH_COOKIE_SECRET_7",
];

/// Lists other programs' variables, for which no warning is given.
pub(super) const IGNORE: &str = "AUTH_IGNORE";

/// The provider's variables. The form with the provider's name, such as `AUTH_LOGTO_SCOPES`, is derived from
/// the name here.
pub(super) const OF_PROVIDER: &[Variable<Provider>] = &[
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
    variable("AUTH_USER_AGENT", "user_agent", |provider, value| {
        Ok(provider.user_agent(value.text()))
    }),
];

pub(super) const OF_LAYER: &[Variable<AuthLayerBuilder>] = &[
    variable(
        "AUTH_ADDITIONAL_BASE_URLS",
        "additional_base_url",
        |builder, value| {
            Ok(value
                .list()
                .fold(builder, AuthLayerBuilder::additional_base_url))
        },
    ),
    variable(
        "AUTH_ALLOW_INSECURE_HTTP",
        "allow_insecure_http",
        |builder, value| Ok(builder.allow_insecure_http(value.boolean()?)),
    ),
    variable("AUTH_TRUSTED_PROXIES", "trusted_proxy", |builder, value| {
        Ok(value.list().fold(builder, AuthLayerBuilder::trusted_proxy))
    }),
    variable(
        "AUTH_ALLOWED_ORIGINS",
        "allowed_origins",
        |builder, value| Ok(builder.allowed_origins(value.list())),
    ),
    variable("AUTH_COOKIE_NAME", "cookie_name", |builder, value| {
        Ok(builder.cookie_name(value.text()))
    }),
    variable("AUTH_COOKIE_DOMAIN", "cookie_domain", |builder, value| {
        Ok(builder.cookie_domain(value.text()))
    }),
    variable("AUTH_MAX_COOKIES", "max_cookies", |builder, value| {
        Ok(builder.max_cookies(value.number(&(1..=9))?))
    }),
    variable("AUTH_IDLE_LIFETIME", "idle_lifetime", |builder, value| {
        Ok(builder.idle_lifetime(value.duration()?))
    }),
    variable(
        "AUTH_ABSOLUTE_LIFETIME",
        "absolute_lifetime",
        |builder, value| Ok(builder.absolute_lifetime(value.duration()?)),
    ),
    variable("AUTH_STRIP_COOKIES", "strip_cookies", |builder, value| {
        Ok(builder.strip_cookies(value.boolean()?))
    }),
    variable("AUTH_SIGN_IN_PATH", "sign_in_path", |builder, value| {
        Ok(match value.path_or_off() {
            Some(path) => builder.sign_in_path(path),
            None => builder.without_sign_in_path(),
        })
    }),
    variable("AUTH_SIGN_UP_PATH", "sign_up_path", |builder, value| {
        Ok(match value.path_or_off() {
            Some(path) => builder.sign_up_path(path),
            None => builder,
        })
    }),
    variable(
        "AUTH_SIGN_IN_PARAMETERS",
        "sign_in_parameters",
        |builder, value| Ok(builder.sign_in_parameters(value.list())),
    ),
    variable("AUTH_CALLBACK_PATH", "callback_path", |builder, value| {
        Ok(builder.callback_path(value.text()))
    }),
    variable("AUTH_SIGN_OUT_PATH", "sign_out_path", |builder, value| {
        Ok(match value.path_or_off() {
            Some(path) => builder.sign_out_path(path),
            None => builder.without_sign_out_path(),
        })
    }),
    variable(
        "AUTH_SIGNED_OUT_PATH",
        "signed_out_path",
        |builder, value| {
            Ok(match value.path_or_off() {
                Some(path) => builder.signed_out_path(path),
                None => builder,
            })
        },
    ),
    variable("AUTH_SESSION_PATH", "session_path", |builder, value| {
        Ok(match value.path_or_off() {
            Some(path) => builder.session_path(path),
            None => builder.without_session_path(),
        })
    }),
    variable(
        "AUTH_ACCESS_TOKEN_PATH",
        "access_token_path",
        |mut builder, value| {
            builder.routes.access_token = value.path_or_off().map(str::to_owned);
            Ok(builder)
        },
    ),
    variable(
        "AUTH_ACCESS_TOKEN_RESOURCES",
        RESOURCES,
        |mut builder, value| {
            builder.access_token_resources = value.list().map(str::to_owned).collect();
            Ok(builder)
        },
    ),
    variable("AUTH_MOUNT_PATH", "mount_path", |builder, value| {
        Ok(builder.mount_path(value.text()))
    }),
    variable("AUTH_AFTER_SIGN_IN", "after_sign_in", |builder, value| {
        Ok(builder.after_sign_in(value.text()))
    }),
    variable("AUTH_AFTER_SIGN_OUT", "after_sign_out", |builder, value| {
        Ok(builder.after_sign_out(value.text()))
    }),
    variable(
        "AUTH_CHOOSE_PROVIDER",
        "choose_provider",
        |builder, value| Ok(builder.choose_provider(value.boolean()?)),
    ),
    variable(
        "AUTH_SIGN_OUT_BY_GET",
        "sign_out_by_get",
        |builder, value| Ok(builder.sign_out_by_get(value.boolean()?)),
    ),
    variable("AUTH_SESSION_CLAIMS", "session_claims", |builder, value| {
        Ok(builder.session_claims(value.list()))
    }),
    variable("AUTH_KEEP_CLAIMS", "keep_claims", |builder, value| {
        Ok(builder.keep_claims(value.list()))
    }),
    variable("AUTH_REFRESH_LEEWAY", "refresh_leeway", |builder, value| {
        Ok(builder.refresh_leeway(value.duration()?))
    }),
    variable("AUTH_REFRESH_WAIT", "refresh_wait", |builder, value| {
        Ok(builder.refresh_wait(value.duration()?))
    }),
    variable(
        "AUTH_REFRESH_REQUEST_LIFETIME",
        "refresh_request_lifetime",
        |builder, value| Ok(builder.refresh_request_lifetime(value.duration()?)),
    ),
    variable(
        "AUTH_FREEZES_BETWEEN_REQUESTS",
        "freezes_between_requests",
        |builder, value| Ok(builder.freezes_between_requests(value.boolean()?)),
    ),
    variable(
        "AUTH_USER_INFO",
        "user_info_at_sign_in",
        |builder, value| match value.text() {
            "sign-in" => Ok(builder.user_info_at_sign_in(true)),
            "on-demand" => Ok(builder),
            _ => Err(value.refused("must be sign-in, or on-demand which is the default")),
        },
    ),
    variable(
        "AUTH_INTROSPECT_SCOPES",
        "introspect_scopes",
        |builder, value| Ok(builder.introspect_scopes(value.boolean()?)),
    ),
    variable("AUTH_CA_FILE", "root_certificates_pem", root_certificates),
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

#[cfg(feature = "hyper-client")]
fn root_certificates(
    builder: AuthLayerBuilder,
    value: &Value,
) -> Result<AuthLayerBuilder, ConfigError> {
    Ok(builder.root_certificates_pem(value.file()?))
}

#[cfg(not(feature = "hyper-client"))]
fn root_certificates(_: AuthLayerBuilder, value: &Value) -> Result<AuthLayerBuilder, ConfigError> {
    Err(value.refused("is for the default HTTP client: turn on the feature `hyper-client`"))
}
