//! The configuration from environment variables.

mod environment;
mod listed_providers;
pub(crate) mod names;
mod presets;
mod provider;
mod unknown;
mod utc_time;
mod value;
mod variables;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::env::VarError;

#[cfg(doc)]
use relying_party::Provider;

use self::environment::Environment;
use self::provider::Given;
use self::unknown::Ignored;
use self::variables::{
    ADDITIONAL_COOKIE_SECRETS, BASE_URL, COOKIE_SECRET, COOKIE_SECRETS_FILE, IGNORE, OF_LAYER,
};
use crate::builder::setting_names::SettingNames;
use crate::builder::{AuthLayerBuilder, Providers, sealed_cookies};
use crate::config_error::ConfigError;
use crate::layer::AuthLayer;

impl AuthLayerBuilder {
    /// Starts a configuration from environment variables. Every setting has one, except those that are code,
    /// such as hooks. Add settings, or replace them, with the builder's methods, and
    /// [`Provider::claims_request`] with [`configure_provider`](Self::configure_provider).
    ///
    /// `AUTH_CLIENT_ID`, `AUTH_BASE_URL`, `AUTH_COOKIE_SECRET` and `AUTH_ISSUER` are required. The variables of
    /// a preset, which follow `AUTH_ISSUER` in the table, replace it. If no variable is about a provider,
    /// [`build`](Self::build) returns an error unless code gives one or a
    /// [`provider_resolver`](Self::provider_resolver). An empty variable counts as not set. Without the feature
    /// `hyper-client`, [`http_client`](Self::http_client) must be added in code.
    ///
    /// The names of the provider's variables may also contain the provider's name, as in Auth.js and in the
    /// vendors' guides. For Asgardeo:
    ///
    /// ```sh
    /// AUTH_ASGARDEO_ISSUER=https://api.asgardeo.io/t/acme/oauth2/token
    /// AUTH_ASGARDEO_ID=client-id
    /// AUTH_ASGARDEO_SECRET=client-secret
    /// ```
    ///
    /// The name chooses the preset; it is `ASGARDEO`, `LOGTO`, `GENAUTH`, `AUTH0`, `OKTA`, `ENTRA`, `GOOGLE`,
    /// `COGNITO`, `KEYCLOAK`, `ZITADEL` or `APPLE`. `AUTH_{NAME}_ISSUER` is the exact issuer, which may be that
    /// of a custom domain; a slash at its end makes no difference for Auth0, Okta and Zitadel. `ENTRA`, `GOOGLE`
    /// and `APPLE` have their own issuer, and `AUTH_ISSUER` is an error for them. `AUTH_{NAME}_ID` and
    /// `AUTH_{NAME}_SECRET` replace `AUTH_CLIENT_ID` and `AUTH_CLIENT_SECRET`. The other variables that may
    /// contain the name are `AUTH_CLIENT_AUTH_METHOD` and those whose row in the table names a method of
    /// [`Provider`]: the name follows `AUTH_`, as in `AUTH_LOGTO_SCOPES`. You may use both forms together,
    /// but two variables for one setting are an error, and so are the names of two providers without
    /// `AUTH_PROVIDERS`.
    ///
    /// `AUTH_PROVIDERS` lists the ids of several providers, as
    /// [`provider_with_id`](Self::provider_with_id) takes them, the default provider first. The variables of
    /// each then contain its id, in capitals and with `_` for `-`:
    ///
    /// ```sh
    /// AUTH_PROVIDERS=logto,acme-eu
    /// AUTH_LOGTO_ENDPOINT=https://tenant.logto.app
    /// AUTH_LOGTO_ID=app-id
    /// AUTH_LOGTO_SECRET=app-secret
    /// AUTH_ACME_EU_ISSUER=https://id.acme.example
    /// AUTH_ACME_EU_ID=client-id
    /// AUTH_ACME_EU_DISPLAY_NAME=Acme
    /// ```
    ///
    /// An id that is the name of a preset chooses it. For other ids, `AUTH_{NAME}_PRESET` may, with a value
    /// such as `logto`; without it, the provider has no preset. A variable that only other presets have is an
    /// error. Variables of the provider without a name are an
    /// error then.
    ///
    /// A warning lists the variables that begin with `AUTH_` and are unknown, each of them once. It does not
    /// list `AUTH_PORT`, and names that begin with `AUTH_PORT_` or `AUTH_SERVICE_`, because Docker
    /// and Kubernetes set these for a service named `auth`. List variables of other programs in `AUTH_IGNORE`.
    ///
    /// | variable | what |
    /// |---|---|
    /// | `AUTH_PROVIDERS` | a list of the ids of several providers, as the text above says; default: one provider |
    /// | `AUTH_ISSUER` | the provider's issuer: [`Provider::new`]; or the variables of a preset instead, which are in the rows up to `AUTH_DISPLAY_NAME` |
    /// | `AUTH_LOGTO_ENDPOINT` | the endpoint of a Logto tenant: [`Provider::logto`] |
    /// | `AUTH_ASGARDEO_ORG` | the name of an Asgardeo organization: [`Provider::asgardeo`] |
    /// | `AUTH_GENAUTH_HOST` | the host of a GenAuth application: [`Provider::genauth`] |
    /// | `AUTH_AUTH0_DOMAIN` | the domain of an Auth0 tenant: [`Provider::auth0`] |
    /// | `AUTH_OKTA_DOMAIN` | the domain of an Okta organization: [`Provider::okta`] |
    /// | `AUTH_OKTA_AUTHORIZATION_SERVER` | with it, the name or the id of a custom authorization server, such as `default`: [`Provider::okta`]; default: the organization's own |
    /// | `AUTH_ENTRA_TENANT` | a directory (tenant) ID of Microsoft Entra ID: [`Provider::entra`]; without it, `AUTH_ALLOWED_TENANTS` is required: [`Provider::entra_organizations`] |
    /// | `AUTH_GOOGLE_HOSTED_DOMAIN` | for Google, whose other variables are `AUTH_GOOGLE_ID` and `AUTH_GOOGLE_SECRET` ([`Provider::google`]): the domain of the only organization whose users may sign in: [`Provider::hosted_domain`]; default everyone |
    /// | `AUTH_COGNITO_USER_POOL_ID` | the identifier of a user pool of Amazon Cognito: [`Provider::cognito`] |
    /// | `AUTH_KEYCLOAK_URL`, `AUTH_KEYCLOAK_REALM` | the URL of a Keycloak server and the name of the realm: [`Provider::keycloak`] |
    /// | `AUTH_ZITADEL_DOMAIN` | the domain of a Zitadel instance: [`Provider::zitadel`] |
    /// | `AUTH_ZITADEL_PROJECT_ID` | the project of the application at Zitadel, which ID tokens have as another audience; the same setting as `AUTH_TRUSTED_AUDIENCES`: [`Provider::trusted_audiences`]; default none |
    /// | `AUTH_APPLE_TEAM_ID`, `AUTH_APPLE_KEY_ID`, `AUTH_APPLE_PRIVATE_KEY_FILE` | for Sign in with Apple: the team, the key, and the path of the key's `.p8` file: [`Provider::apple`](Provider#method.apple) |
    /// | `AUTH_DISPLAY_NAME` | the provider's name for people: [`Provider::name`]; default none, or the preset's |
    /// | `AUTH_CLIENT_ID` | the client (application) id |
    /// | `AUTH_CLIENT_SECRET` | the client's secret; a public client has none |
    /// | `AUTH_CLIENT_AUTH_METHOD` | a method such as `private_key_jwt`, `client_secret_post` or `none`; default: what the provider supports |
    /// | `AUTH_CLIENT_PRIVATE_KEY_FILE` | a file with the client's private key, PEM or JWK, or a list of files, of which the first key signs: [`Provider::client_private_keys`](Provider#method.client_private_keys); default none |
    /// | `AUTH_CLIENT_ASSERTION_FILE` | a file with a JWT, which is read again at each use: [`Provider::client_assertion_file`]; default none |
    /// | `AUTH_CLIENT_SECRET_JWT_ALGORITHM` | `HS256`, `HS384` or `HS512`: [`Provider::client_secret_jwt_algorithm`]; default: what the provider supports |
    /// | `AUTH_ASSERTION_AUDIENCE` | `issuer` or `token-endpoint`: [`Provider::assertion_audience`]; default `issuer` |
    /// | `AUTH_BASE_URL` | [`base_url`](Self::base_url), the origin that users see |
    /// | `AUTH_ADDITIONAL_BASE_URLS` | a list of other origins: [`additional_base_url`](Self::additional_base_url) |
    /// | `AUTH_ALLOW_INSECURE_HTTP` | `true` or `false`: [`allow_insecure_http`](Self::allow_insecure_http), for development; default `false` |
    /// | `AUTH_TRUSTED_PROXIES` | a list of addresses and networks: [`trusted_proxy`](Self::trusted_proxy) |
    /// | `AUTH_ALLOWED_ORIGINS` | a list of origins: [`allowed_origins`](Self::allowed_origins); default none |
    /// | `AUTH_COOKIE_SECRET` | [`cookie_secret`](Self::cookie_secret), at least 32 random bytes, the same on all instances |
    /// | `AUTH_COOKIE_SECRET_1` to `AUTH_COOKIE_SECRET_7` | [`additional_cookie_secret`](Self::additional_cookie_secret): these secrets open cookies, but do not seal them |
    /// | `AUTH_COOKIE_SECRETS_FILE` | a file with one secret per line, the newest first, which is read again while the application runs: [`cookie_secrets`](Self::cookie_secrets); instead of the secrets above |
    /// | `AUTH_COOKIE_NAME` | [`cookie_name`](Self::cookie_name); default `auth`, with a port `auth-3000` |
    /// | `AUTH_COOKIE_DOMAIN` | [`cookie_domain`](Self::cookie_domain); default none: only this host |
    /// | `AUTH_FORMER_COOKIE_NAMES` | a list of names such as `__Host-auth` or `__Secure-auth@example.com`: [`former_cookie_name`](Self::former_cookie_name); default none |
    /// | `AUTH_MAX_COOKIES` | [`max_cookies`](Self::max_cookies), 1 to 9; default 4 |
    /// | `AUTH_COMPRESS` | `true` or `false`: [`compress`](Self::compress); default `true` |
    /// | `AUTH_IDLE_LIFETIME` | a duration: [`idle_lifetime`](Self::idle_lifetime); default `1d` |
    /// | `AUTH_ABSOLUTE_LIFETIME` | a duration: [`absolute_lifetime`](Self::absolute_lifetime); default `7d` |
    /// | `AUTH_SESSIONS_SINCE` | a time in UTC, such as `2026-11-30T09:00:00Z`: [`sessions_since`](Self::sessions_since); default none |
    /// | `AUTH_STRIP_COOKIES` | `true` or `false`: [`strip_cookies`](Self::strip_cookies); default `false` |
    /// | `AUTH_SIGN_IN_PATH` | [`sign_in_path`](Self::sign_in_path), or `off`; default `/auth/sign-in` |
    /// | `AUTH_SIGN_UP_PATH` | [`sign_up_path`](Self::sign_up_path), or `off`, the default |
    /// | `AUTH_INITIATE_LOGIN_PATH` | [`initiate_login_path`](Self::initiate_login_path), or `off`, the default |
    /// | `AUTH_SIGN_IN_PARAMETERS` | a list of parameters that links to the sign-in may have: [`sign_in_parameters`](Self::sign_in_parameters); default none |
    /// | `AUTH_CALLBACK_PATH` | [`callback_path`](Self::callback_path); default `/auth/callback` |
    /// | `AUTH_SIGN_OUT_PATH` | [`sign_out_path`](Self::sign_out_path), or `off`; default `/auth/sign-out` |
    /// | `AUTH_SIGNED_OUT_PATH` | [`signed_out_path`](Self::signed_out_path), or `off`, the default |
    /// | `AUTH_BACKCHANNEL_LOGOUT_PATH` | [`backchannel_logout_path`](Self::backchannel_logout_path), or `off`, the default |
    /// | `AUTH_FRONTCHANNEL_LOGOUT_PATH` | [`frontchannel_logout_path`](Self::frontchannel_logout_path), or `off`, the default |
    /// | `AUTH_SESSION_PATH` | [`session_path`](Self::session_path), or `off`; default `/auth/session` |
    /// | `AUTH_SESSION_SCRIPT_PATH` | [`session_script_path`](Self::session_script_path), or `off`, the default |
    /// | `AUTH_ACCESS_TOKEN_PATH` | [`access_token_path`](Self::access_token_path), or `off`, the default |
    /// | `AUTH_ACCESS_TOKEN_RESOURCES` | a list of the tokens that scripts may get from that path: resources, and `default` |
    /// | `AUTH_CLIENT_KEYS_PATH` | [`client_keys_path`](Self::client_keys_path), or `off`, the default |
    /// | `AUTH_MOUNT_PATH` | [`mount_path`](Self::mount_path); default none |
    /// | `AUTH_AFTER_SIGN_IN` | [`after_sign_in`](Self::after_sign_in); default the mount path, or `/` |
    /// | `AUTH_AFTER_SIGN_OUT` | [`after_sign_out`](Self::after_sign_out); default the mount path with a slash |
    /// | `AUTH_CHOOSE_PROVIDER_PAGE` | the page of [`choose_provider_page`](Self::choose_provider_page) |
    /// | `AUTH_CHOOSE_PROVIDER` | `true` or `false`: [`choose_provider`](Self::choose_provider); default `false` |
    /// | `AUTH_SIGN_OUT_BY_GET` | `true` or `false`: [`sign_out_by_get`](Self::sign_out_by_get); default `false` |
    /// | `AUTH_MAX_LOGOUT_URL_LENGTH` | a number of bytes: [`max_logout_url_length`](Self::max_logout_url_length); default `2400` |
    /// | `AUTH_REFRESH_EXPIRED_HINT` | `true` or `false`: [`refresh_expired_hint`](Self::refresh_expired_hint); default `false` |
    /// | `AUTH_CLEAR_SITE_DATA` | a list of `cache`, `cookies` and `storage`: [`clear_site_data`](Self::clear_site_data); default nothing |
    /// | `AUTH_REVOKE_AT_SIGN_OUT` | `nothing`, `refresh-token` or `all-tokens`: [`revoke_at_sign_out`](Self::revoke_at_sign_out); default `refresh-token` |
    /// | `AUTH_SESSION_CLAIMS` | a list: [`session_claims`](Self::session_claims); default `sub`, names, picture and email, and `iss` with several providers |
    /// | `AUTH_KEEP_CLAIMS` | a list: [`keep_claims`](Self::keep_claims); default all |
    /// | `AUTH_SCOPES` | a list that replaces the default scopes `profile email offline_access`: [`Provider::scopes`] |
    /// | `AUTH_ADD_SCOPES` | a list of more scopes: [`Provider::add_scopes`] |
    /// | `AUTH_INCLUDE_RESERVED_SCOPES` | `true` or `false`: [`Provider::include_reserved_scopes`]; default `true` |
    /// | `AUTH_RESOURCES` | a list of resource indicators (RFC 8707): [`Provider::resources`] |
    /// | `AUTH_PROMPT` | a list: [`Provider::prompt`]; default none, or the preset's |
    /// | `AUTH_MAX_AGE` | a duration: [`Provider::max_age`]; default none |
    /// | `AUTH_ACR_VALUES` | a list: [`Provider::acr_values`]; default none |
    /// | `AUTH_DISPLAY` | `page`, `popup`, `touch` or `wap`: [`Provider::display`]; default none |
    /// | `AUTH_RESPONSE_MODE` | `query` or `form_post`: [`Provider::response_mode`]; default `query` |
    /// | `AUTH_POSTED_USER_NAME` | `true` or `false`: [`Provider::posted_user_name`]; default `false` |
    /// | `AUTH_UI_LOCALES` | a list: [`Provider::ui_locales`]; default none |
    /// | `AUTH_EXTRA_PARAMETERS` | a list of `name=value`: [`Provider::extra_parameter`]; default none |
    /// | `AUTH_LEEWAY` | a duration: [`Provider::leeway`]; default `60s` |
    /// | `AUTH_ALGORITHMS` | a list such as `RS256 ES256`: [`Provider::algorithms`]; default: those that the provider lists, except HS256, HS384 and HS512 |
    /// | `AUTH_SCOPE_AT_REFRESH` | `true` or `false`: [`Provider::scope_at_refresh`]; default `false` |
    /// | `AUTH_TRUSTED_AUDIENCES` | a list: [`Provider::trusted_audiences`]; default none |
    /// | `AUTH_ACCEPTED_ISSUERS` | a list of more values that `iss` may have in ID tokens: [`Provider::accepted_issuers`]; default none |
    /// | `AUTH_ALLOWED_TENANTS` | for an issuer with `{tenantid}`: a list of the tenants whose users may sign in ([`Provider::allowed_tenants`]), or `*` for all ([`Provider::any_tenant`]) |
    /// | `AUTH_EXPECTED_SUBJECT` | the `sub` of the only user who may sign in: [`Provider::expected_subject`]; default every user |
    /// | `AUTH_ID_TOKEN_TYPE` | the `typ` that ID tokens must have: [`Provider::id_token_type`]; default `JWT`, `JOSE` or none |
    /// | `AUTH_MAX_TOKEN_AGE` | a duration: the highest age of ID tokens: [`Provider::max_token_age`]; default no limit |
    /// | `AUTH_DISCOVERY_URL` | [`Provider::discovery_url`]; default: derived from the issuer |
    /// | `AUTH_METADATA_FILE` | a JSON file: [`Provider::metadata_json`]; default: the metadata is fetched |
    /// | `AUTH_JWKS_FILE` | a JSON file: [`Provider::jwks_json`]; default: the keys are fetched |
    /// | `AUTH_JWKS_URI` | [`Provider::jwks_uri`]; default from the metadata |
    /// | `AUTH_AUTHORIZATION_ENDPOINT` | [`Provider::authorization_endpoint`]; default from the metadata |
    /// | `AUTH_TOKEN_ENDPOINT` | [`Provider::token_endpoint`]; default from the metadata |
    /// | `AUTH_USER_INFO_ENDPOINT` | [`Provider::user_info_endpoint`]; default from the metadata |
    /// | `AUTH_SIGN_UP_URL` | [`Provider::sign_up_url`]; default none; for Asgardeo the page of the organization |
    /// | `AUTH_SIGN_UP_PARAMETER` | a `name=value`: [`Provider::sign_up_parameter`]; default none, or the preset's |
    /// | `AUTH_ROLE_CLAIM` | a list of the names that lead to the claim with the roles: [`Provider::role_claim`]; default `roles`, or the preset's |
    /// | `AUTH_ORGANIZATION_PARAMETER` | [`Provider::organization_parameter`]; default none, or the preset's |
    /// | `AUTH_END_SESSION_ENDPOINT` | [`Provider::end_session_endpoint`]; default from the metadata, or the preset's |
    /// | `AUTH_INTROSPECTION_ENDPOINT` | [`Provider::introspection_endpoint`]; default from the metadata |
    /// | `AUTH_REVOCATION_ENDPOINT` | [`Provider::revocation_endpoint`]; default from the metadata |
    /// | `AUTH_PUSHED_AUTHORIZATION_REQUEST_ENDPOINT` | [`Provider::pushed_authorization_request_endpoint`]; default from the metadata |
    /// | `AUTH_PUSHED_AUTHORIZATION_REQUESTS` | `true` or `false`: [`Provider::pushed_authorization_requests`]; default `false`, which is: only if the provider requires it |
    /// | `AUTH_REQUIRE_ID_TOKEN_HINT` | `true` or `false`: [`Provider::require_id_token_hint`]; default `false`, and `true` for GenAuth |
    /// | `AUTH_END_SESSION_BY_FORM` | `true` or `false`: [`Provider::end_session_by_form`]; default `false`, and `true` for Asgardeo and Auth0 |
    /// | `AUTH_USER_AGENT` | [`Provider::user_agent`]; default `tower-oidc/` and the version |
    /// | `AUTH_CA_FILE` | a PEM file of additional certificate authorities: [`root_certificates_pem`](Self::root_certificates_pem) |
    /// | `AUTH_REFRESH_LEEWAY` | a duration: [`refresh_leeway`](Self::refresh_leeway); default `10s` |
    /// | `AUTH_REFRESH_WAIT` | a duration: [`refresh_wait`](Self::refresh_wait); default `10s` |
    /// | `AUTH_REFRESH_REQUEST_LIFETIME` | a duration: [`refresh_request_lifetime`](Self::refresh_request_lifetime); default `60s` |
    /// | `AUTH_FREEZES_BETWEEN_REQUESTS` | `true` or `false`: [`freezes_between_requests`](Self::freezes_between_requests); default `false` |
    /// | `AUTH_ALWAYS_USE_SESSION_STORE` | `true` or `false`: [`always_use_session_store`](Self::always_use_session_store); default `false` |
    /// | `AUTH_ACCEPT_UNCHECKED_SESSIONS` | `true` or `false`: [`accept_unchecked_sessions`](Self::accept_unchecked_sessions); default `false` |
    /// | `AUTH_STORE_TIMEOUT` | a duration: [`store_timeout`](Self::store_timeout); default `2s` |
    /// | `AUTH_USER_INFO` | `sign-in` or `on-demand`: [`user_info_at_sign_in`](Self::user_info_at_sign_in); default `on-demand` |
    /// | `AUTH_INTROSPECT_SCOPES` | `true` or `false`: [`introspect_scopes`](Self::introspect_scopes); default `false` |
    /// | `AUTH_IGNORE` | a list of other programs' variables, for which no warning is wanted; `*` at the end of a name matches any ending |
    ///
    /// The items of a list are separated by spaces, line breaks or commas. A duration is a whole number with
    /// its unit: `30s`, `15m`, `12h`, `7d`. In the value of a `name=value`, write `%20` for a space, `%2C` for
    /// a comma, and `%25` for a percent sign.
    ///
    /// # Errors
    ///
    /// The error names the variable, what is wrong and what to do. So do the errors of a later
    /// [`build`](Self::build).
    pub fn from_env() -> Result<Self, ConfigError> {
        let environment = Environment(|name: &str| std::env::var(name));
        let names = std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned());
        // Even if the configuration is refused: a misspelt name may be the reason.
        let listed = listed_providers::ids(&environment).ok().flatten();
        let listed = listed.unwrap_or_default();
        let known: Vec<_> = listed
            .iter()
            .flat_map(listed_providers::variables)
            .collect();
        let names = names.filter(|name| !known.contains(name));
        unknown::warn(names, &ignored(&environment).unwrap_or_default());
        from_environment(&environment)
    }
}

/// The configuration from the variables of a test.
#[cfg(feature = "testing")]
pub(crate) fn from_variables(
    variable: impl Fn(&str) -> Option<String>,
) -> Result<AuthLayerBuilder, ConfigError> {
    let variable = |name: &str| variable(name).ok_or(VarError::NotPresent);
    from_environment(&Environment(variable))
}

fn ignored<F: Fn(&str) -> Result<String, VarError>>(
    environment: &Environment<F>,
) -> Result<Ignored, ConfigError> {
    let value = environment.get(IGNORE)?;
    value.map_or_else(|| Ok(Ignored::default()), |value| Ignored::parse(&value))
}

fn from_environment<F: Fn(&str) -> Result<String, VarError>>(
    environment: &Environment<F>,
) -> Result<AuthLayerBuilder, ConfigError> {
    ignored(environment)?;
    let (given, missing) = match listed_providers::ids(environment)? {
        Some(ids) => (listed_providers::read(environment, &ids)?, None),
        None => match provider::read(environment)? {
            Ok(given) => (vec![given], None),
            Err(missing) => (Vec::new(), Some(missing)),
        },
    };
    let origin = "the origin that users see, such as https://app.example.com";
    let secret = "at least 32 random bytes: openssl rand -base64 48";
    let mut builder = AuthLayer::builder().base_url(environment.required(BASE_URL, origin)?.text());
    let has_secrets_file = environment.get(COOKIE_SECRETS_FILE)?.is_some();
    let cookie_secret = match has_secrets_file {
        true => environment.get(COOKIE_SECRET)?,
        false => Some(environment.required(COOKIE_SECRET, secret)?),
    };
    if let Some(secret) = cookie_secret {
        builder = builder.cookie_secret(secret.text());
    }
    for name in ADDITIONAL_COOKIE_SECRETS {
        if let Some(secret) = environment.get(name)? {
            // Checked here, so that the error names the variable with its number.
            sealed_cookies::secret(name, secret.text().as_bytes())?;
            builder = builder.additional_cookie_secret(secret.text());
        }
    }
    for variable in OF_LAYER {
        if let Some(value) = environment.get(variable.name)? {
            builder = (variable.read)(builder, &value)?;
        }
    }
    builder.names = setting_names(&given);
    builder.providers = match missing {
        Some(error) => Providers::missing_in_environment(error),
        None => Providers::from_environment(given.into_iter().map(|it| (it.id, it.provider))),
    };
    Ok(builder)
}

/// The first name of a setting is used, so the variables that were given come first.
fn setting_names(given: &[Given]) -> SettingNames {
    let others = || {
        [(
            "additional_cookie_secret",
            "AUTH_COOKIE_SECRET_1 to _7".into(),
        )]
        .into_iter()
        .chain(names::all().map(|(name, setting)| (setting, Cow::Borrowed(name))))
    };
    let first = given.iter().flat_map(|it| it.variables.clone());
    let of_providers = given.iter().filter_map(|it| {
        let id = it.id.clone()?;
        let unset = names::of_provider().map(|variable| {
            let name = variable.named(&id);
            (variable.setting, Cow::Owned(name))
        });
        let names = it.variables.iter().cloned().chain(unset);
        let names = names.collect();
        Some((id, names))
    });
    SettingNames {
        common: first.chain(others()).collect(),
        of_providers: of_providers.collect(),
    }
}
