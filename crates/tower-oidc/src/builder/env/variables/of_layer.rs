//! The variables of the layer.

use super::{COOKIE_SECRETS_FILE, Variable, variable};
use crate::builder::AuthLayerBuilder;
use crate::builder::env::value::Value;
use crate::config_error::ConfigError;
use crate::provider::script_tokens::RESOURCES;
use crate::refresh::RevokeAtSignOut;
use crate::secrets::SecretSource;
use crate::web::site_data::SiteData;

pub(in crate::builder::env) const OF_LAYER: &[Variable<AuthLayerBuilder>] = &[
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
    variable(COOKIE_SECRETS_FILE, "cookie_secrets", |builder, value| {
        Ok(builder.cookie_secrets(SecretSource::file(value.text())))
    }),
    variable("AUTH_COOKIE_NAME", "cookie_name", |builder, value| {
        Ok(builder.cookie_name(value.text()))
    }),
    variable("AUTH_COOKIE_DOMAIN", "cookie_domain", |builder, value| {
        Ok(builder.cookie_domain(value.text()))
    }),
    variable(
        "AUTH_FORMER_COOKIE_NAMES",
        "former_cookie_name",
        |builder, value| {
            Ok(value
                .list()
                .fold(builder, |builder, item| match item.split_once('@') {
                    Some((name, domain)) => builder.former_cookie_name_at(name, domain),
                    None => builder.former_cookie_name(item),
                }))
        },
    ),
    variable("AUTH_MAX_COOKIES", "max_cookies", |builder, value| {
        Ok(builder.max_cookies(value.number(&(1..=9))?))
    }),
    variable("AUTH_COMPRESS", "compress", |builder, value| {
        Ok(builder.compress(value.boolean()?))
    }),
    variable("AUTH_IDLE_LIFETIME", "idle_lifetime", |builder, value| {
        Ok(builder.idle_lifetime(value.duration()?))
    }),
    variable(
        "AUTH_ABSOLUTE_LIFETIME",
        "absolute_lifetime",
        |builder, value| Ok(builder.absolute_lifetime(value.duration()?)),
    ),
    variable("AUTH_SESSIONS_SINCE", "sessions_since", |builder, value| {
        Ok(builder.sessions_since(value.time()?))
    }),
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
        "AUTH_INITIATE_LOGIN_PATH",
        "initiate_login_path",
        |builder, value| {
            Ok(match value.path_or_off() {
                Some(path) => builder.initiate_login_path(path),
                None => builder,
            })
        },
    ),
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
    variable(
        "AUTH_BACKCHANNEL_LOGOUT_PATH",
        "backchannel_logout_path",
        |builder, value| {
            Ok(match value.path_or_off() {
                Some(path) => builder.backchannel_logout_path(path),
                None => builder,
            })
        },
    ),
    variable(
        "AUTH_FRONTCHANNEL_LOGOUT_PATH",
        "frontchannel_logout_path",
        |builder, value| {
            Ok(match value.path_or_off() {
                Some(path) => builder.frontchannel_logout_path(path),
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
        "AUTH_SESSION_SCRIPT_PATH",
        "session_script_path",
        |mut builder, value| {
            builder.routes.session_script = value.path_or_off().map(str::to_owned);
            Ok(builder)
        },
    ),
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
    variable(
        "AUTH_CLIENT_KEYS_PATH",
        "client_keys_path",
        |mut builder, value| {
            builder.routes.client_keys = value.path_or_off().map(str::to_owned);
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
        "AUTH_CHOOSE_PROVIDER_PAGE",
        "choose_provider_page",
        |builder, value| Ok(builder.choose_provider_page(value.text())),
    ),
    variable(
        "AUTH_SIGN_OUT_BY_GET",
        "sign_out_by_get",
        |builder, value| Ok(builder.sign_out_by_get(value.boolean()?)),
    ),
    variable(
        "AUTH_MAX_LOGOUT_URL_LENGTH",
        "max_logout_url_length",
        |builder, value| {
            let bytes = value.parse("must be a number of bytes, such as 2400, or 0")?;
            Ok(builder.max_logout_url_length(bytes))
        },
    ),
    variable(
        "AUTH_REFRESH_EXPIRED_HINT",
        "refresh_expired_hint",
        |builder, value| Ok(builder.refresh_expired_hint(value.boolean()?)),
    ),
    variable(
        "AUTH_CLEAR_SITE_DATA",
        "clear_site_data",
        |builder, value| {
            let kinds: Result<Vec<_>, _> = value
                .list()
                .map(|kind| match kind {
                    "cache" => Ok(SiteData::Cache),
                    "cookies" => Ok(SiteData::Cookies),
                    "storage" => Ok(SiteData::Storage),
                    _ => Err(value.refused("must be a list of cache, cookies and storage")),
                })
                .collect();
            Ok(builder.clear_site_data(kinds?))
        },
    ),
    variable(
        "AUTH_REVOKE_AT_SIGN_OUT",
        "revoke_at_sign_out",
        |builder, value| {
            let tokens = match value.text() {
                "nothing" => RevokeAtSignOut::Nothing,
                "refresh-token" => RevokeAtSignOut::RefreshToken,
                "all-tokens" => RevokeAtSignOut::AllTokens,
                _ => return Err(value.refused("must be nothing, refresh-token or all-tokens")),
            };
            Ok(builder.revoke_at_sign_out(tokens))
        },
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
        "AUTH_ALWAYS_USE_SESSION_STORE",
        "always_use_session_store",
        |builder, value| Ok(builder.always_use_session_store(value.boolean()?)),
    ),
    variable(
        "AUTH_ACCEPT_UNCHECKED_SESSIONS",
        "accept_unchecked_sessions",
        |builder, value| Ok(builder.accept_unchecked_sessions(value.boolean()?)),
    ),
    variable("AUTH_STORE_TIMEOUT", "store_timeout", |builder, value| {
        Ok(builder.store_timeout(value.duration()?))
    }),
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
