//! The configuration from environment variables.

mod value;
pub(crate) mod variables;

#[cfg(test)]
mod tests;

use std::env::{self, VarError};

use relying_party::Provider;

use self::value::Value;
use self::variables::{
    BASE_URL, CLIENT_ID, COOKIE_SECRET, ISSUERS, OF_LAYER, OF_PROVIDER, OLDER_COOKIE_SECRETS,
    Variable,
};
use crate::builder::AuthLayerBuilder;
use crate::config_error::ConfigError;
use crate::cookies;
use crate::layer::AuthLayer;

impl AuthLayerBuilder {
    /// Starts a configuration from environment variables: every setting that is not code has one.
    ///
    /// `AUTH_CLIENT_ID`, `AUTH_BASE_URL`, `AUTH_COOKIE_SECRET` and one of the first four in the table
    /// are required. An empty variable counts as not set. Settings may be added or replaced in code
    /// afterwards. Variables that begin with `AUTH_` and are not in the table are ignored, and named in
    /// one warning.
    ///
    /// | variable | what |
    /// |---|---|
    /// | `AUTH_ISSUER` | the provider's issuer, or one of the next three instead: [`Provider::new`] |
    /// | `AUTH_LOGTO_ENDPOINT` | the endpoint of a Logto tenant: [`Provider::logto`] |
    /// | `AUTH_ASGARDEO_ORG` | the name of an Asgardeo organization: [`Provider::asgardeo`] |
    /// | `AUTH_GENAUTH_HOST` | the host of a GenAuth application: [`Provider::genauth`] |
    /// | `AUTH_DISPLAY_NAME` | the provider's name for people: [`Provider::name`]; default none, or the preset's |
    /// | `AUTH_CLIENT_ID` | the client (application) id |
    /// | `AUTH_CLIENT_SECRET` | its secret; none for a public client |
    /// | `AUTH_CLIENT_AUTH_METHOD` | `client_secret_basic`, `client_secret_post` or `none`; default what the provider supports |
    /// | `AUTH_BASE_URL` | [`base_url`](Self::base_url), the origin that users see |
    /// | `AUTH_ADDITIONAL_BASE_URLS` | a list of other origins: [`additional_base_url`](Self::additional_base_url) |
    /// | `AUTH_ALLOW_INSECURE_HTTP` | `true` or `false`: [`allow_insecure_http`](Self::allow_insecure_http), for development; default `false` |
    /// | `AUTH_TRUSTED_PROXIES` | a list of addresses and networks: [`trusted_proxy`](Self::trusted_proxy) |
    /// | `AUTH_ALLOWED_ORIGINS` | a list of origins: [`allowed_origins`](Self::allowed_origins); default none |
    /// | `AUTH_COOKIE_SECRET` | [`cookie_secret`](Self::cookie_secret), at least 32 random bytes, the same on all instances |
    /// | `AUTH_COOKIE_SECRET_1` to `AUTH_COOKIE_SECRET_7` | [`older_cookie_secret`](Self::older_cookie_secret): they open cookies and seal none |
    /// | `AUTH_COOKIE_NAME` | [`cookie_name`](Self::cookie_name); default `auth`, with a port `auth-3000` |
    /// | `AUTH_COOKIE_DOMAIN` | [`cookie_domain`](Self::cookie_domain); default this host alone |
    /// | `AUTH_MAX_COOKIES` | [`max_cookies`](Self::max_cookies), 1 to 9; default 4 |
    /// | `AUTH_IDLE_LIFETIME` | a duration: [`idle_lifetime`](Self::idle_lifetime); default `1d` |
    /// | `AUTH_ABSOLUTE_LIFETIME` | a duration: [`absolute_lifetime`](Self::absolute_lifetime); default `7d` |
    /// | `AUTH_STRIP_COOKIES` | `true` or `false`: [`strip_cookies`](Self::strip_cookies); default `false` |
    /// | `AUTH_SIGN_IN_PATH` | [`sign_in_path`](Self::sign_in_path), or `off`; default `/auth/sign-in` |
    /// | `AUTH_CALLBACK_PATH` | [`callback_path`](Self::callback_path); default `/auth/callback` |
    /// | `AUTH_SIGN_OUT_PATH` | [`sign_out_path`](Self::sign_out_path), or `off`; default `/auth/sign-out` |
    /// | `AUTH_SIGNED_OUT_PATH` | [`signed_out_path`](Self::signed_out_path), or `off`, the default |
    /// | `AUTH_SESSION_PATH` | [`session_path`](Self::session_path), or `off`; default `/auth/session` |
    /// | `AUTH_MOUNT_PATH` | [`mount_path`](Self::mount_path); default none |
    /// | `AUTH_AFTER_SIGN_IN` | [`after_sign_in`](Self::after_sign_in); default the mount path, or `/` |
    /// | `AUTH_AFTER_SIGN_OUT` | [`after_sign_out`](Self::after_sign_out); default the mount path with a slash |
    /// | `AUTH_SIGN_OUT_BY_GET` | `true` or `false`: [`sign_out_by_get`](Self::sign_out_by_get); default `false` |
    /// | `AUTH_SESSION_CLAIMS` | a list: [`session_claims`](Self::session_claims); default `sub`, names, picture and email |
    /// | `AUTH_KEEP_CLAIMS` | a list: [`keep_claims`](Self::keep_claims); default all |
    /// | `AUTH_SCOPES` | a list that replaces the default `profile email offline_access`: [`Provider::scopes`] |
    /// | `AUTH_ADD_SCOPES` | a list of more scopes: [`Provider::add_scopes`] |
    /// | `AUTH_INCLUDE_RESERVED_SCOPES` | `true` or `false`: [`Provider::include_reserved_scopes`]; default `true` |
    /// | `AUTH_RESOURCES` | a list of resource indicators (RFC 8707): [`Provider::resources`] |
    /// | `AUTH_PROMPT` | a list: [`Provider::prompt`]; default none, or the preset's |
    /// | `AUTH_MAX_AGE` | a duration: [`Provider::max_age`]; default none |
    /// | `AUTH_ACR_VALUES` | a list: [`Provider::acr_values`]; default none |
    /// | `AUTH_DISPLAY` | `page`, `popup`, `touch` or `wap`: [`Provider::display`]; default none |
    /// | `AUTH_UI_LOCALES` | a list: [`Provider::ui_locales`]; default none |
    /// | `AUTH_EXTRA_PARAMETERS` | a list of `name=value`: [`Provider::extra_parameter`]; default none |
    /// | `AUTH_LEEWAY` | a duration: [`Provider::leeway`]; default `60s` |
    /// | `AUTH_ALGORITHMS` | a list such as `RS256 ES256`: [`Provider::algorithms`]; default those that the provider lists |
    /// | `AUTH_SCOPE_AT_REFRESH` | `true` or `false`: [`Provider::scope_at_refresh`]; default `false` |
    /// | `AUTH_TRUSTED_AUDIENCES` | a list: [`Provider::trusted_audiences`]; default none |
    /// | `AUTH_DISCOVERY_URL` | [`Provider::discovery_url`]; default below the issuer |
    /// | `AUTH_METADATA_FILE` | a JSON file: [`Provider::metadata_json`]; default the document is fetched |
    /// | `AUTH_JWKS_FILE` | a JSON file: [`Provider::jwks_json`]; default the keys are fetched |
    /// | `AUTH_JWKS_URI` | [`Provider::jwks_uri`]; default from the metadata |
    /// | `AUTH_AUTHORIZATION_ENDPOINT` | [`Provider::authorization_endpoint`]; default from the metadata |
    /// | `AUTH_TOKEN_ENDPOINT` | [`Provider::token_endpoint`]; default from the metadata |
    /// | `AUTH_USER_INFO_ENDPOINT` | [`Provider::user_info_endpoint`]; default from the metadata |
    /// | `AUTH_END_SESSION_ENDPOINT` | [`Provider::end_session_endpoint`]; default from the metadata, or the preset's |
    /// | `AUTH_INTROSPECTION_ENDPOINT` | [`Provider::introspection_endpoint`]; default from the metadata |
    /// | `AUTH_REVOCATION_ENDPOINT` | [`Provider::revocation_endpoint`]; default from the metadata |
    /// | `AUTH_REQUIRE_ID_TOKEN_HINT` | `true` or `false`: [`Provider::require_id_token_hint`]; default `false`, and `true` for GenAuth |
    /// | `AUTH_USER_AGENT` | [`Provider::user_agent`]; default `tower-oidc/` and the version |
    /// | `AUTH_CA_FILE` | a PEM file of certificate authorities to trust too: [`root_certificates_pem`](Self::root_certificates_pem) |
    /// | `AUTH_REFRESH_LEEWAY` | a duration: [`refresh_leeway`](Self::refresh_leeway); default `10s` |
    /// | `AUTH_REFRESH_WAIT` | a duration: [`refresh_wait`](Self::refresh_wait); default `10s` |
    /// | `AUTH_REFRESH_REQUEST_LIFETIME` | a duration: [`refresh_request_lifetime`](Self::refresh_request_lifetime); default `60s` |
    /// | `AUTH_FREEZES_BETWEEN_REQUESTS` | `true` or `false`: [`freezes_between_requests`](Self::freezes_between_requests); default `false` |
    /// | `AUTH_USER_INFO` | `sign-in`: [`user_info_at_sign_in`](Self::user_info_at_sign_in); default `on-demand` |
    /// | `AUTH_INTROSPECT_SCOPES` | `true` or `false`: [`introspect_scopes`](Self::introspect_scopes); default `false` |
    ///
    /// A list is separated by spaces, line breaks or commas. A duration is a whole number with its
    /// unit: `30s`, `15m`, `12h`, `7d`. In the value of a `name=value` a space is `%20`, a comma
    /// `%2C`, a percent sign `%25`.
    ///
    /// # Errors
    ///
    /// The error names the variable, the rule and the remedy; so do those of a later
    /// [`build`](Self::build).
    #[cfg(feature = "hyper-client")]
    pub fn from_env() -> Result<Self, ConfigError> {
        let names = env::vars_os().map(|(name, _)| name);
        let unknown = unknown(names.map(|name| name.to_string_lossy().into_owned()));
        // Also where the configuration is refused: a misspelt name may be why.
        if !unknown.is_empty() {
            tracing::warn!(
                "variables that begin with AUTH_ and that no setting has are ignored: {}; the \
                 documentation of `from_env` lists those that are read",
                unknown.join(", ")
            );
        }
        from_variables(|name| env::var(name))
    }
}

/// The names that look like settings and are none, at most 20. Values are not looked at.
#[cfg(any(test, feature = "hyper-client"))]
fn unknown(names: impl Iterator<Item = String>) -> Vec<String> {
    const MOST: usize = 20;
    const LONGEST: usize = 64;
    let is_known = |name: &str| variables::all().any(|(known, _)| known == name);
    // What Docker and Kubernetes set in every container beside a service of the name `auth`.
    let is_of_a_service = |name: &str| {
        name == "AUTH_PORT" || name.starts_with("AUTH_PORT_") || name.starts_with("AUTH_SERVICE_")
    };
    let mut unknown: Vec<_> = names
        .filter(|name| name.starts_with("AUTH_") && !is_known(name) && !is_of_a_service(name))
        .map(|name| name.escape_default().take(LONGEST).collect())
        .collect();
    unknown.sort_unstable();
    unknown.truncate(MOST);
    unknown
}

fn from_variables(
    variable: impl Fn(&str) -> Result<String, VarError>,
) -> Result<AuthLayerBuilder, ConfigError> {
    let variable = |name: &'static str| match variable(name) {
        Ok(text) => Ok((!text.is_empty()).then(|| Value::new(name, text))),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(ConfigError::new(
            name,
            "is not UTF-8: give text; random bytes as `openssl rand -base64 48` writes them",
        )),
    };
    let required = |name: &'static str, what: &'static str| {
        variable(name)?.ok_or_else(|| ConfigError::new(name, format!("is not set: give {what}")))
    };

    let (issuer_variable, provider) =
        provider(&variable, required(CLIENT_ID, "the client id")?.text())?;
    let origin = "the origin that users see, such as https://app.example.com";
    let secret = "at least 32 random bytes: openssl rand -base64 48";
    let mut builder = AuthLayer::builder()
        .provider(read_all(OF_PROVIDER, provider, &variable)?)
        .base_url(required(BASE_URL, origin)?.text())
        .cookie_secret(required(COOKIE_SECRET, secret)?.text());
    for name in OLDER_COOKIE_SECRETS {
        if let Some(secret) = variable(name)? {
            // Checked here, where the number is known.
            cookies::secret(name, secret.text().as_bytes())?;
            builder = builder.older_cookie_secret(secret.text());
        }
    }
    let mut builder = read_all(OF_LAYER, builder, &variable)?;
    // The first name of a setting counts: the variable that was given stands before the others.
    builder.variables = std::iter::once(("issuer", issuer_variable))
        .chain([("older_cookie_secret", "AUTH_COOKIE_SECRET_1 to _7")])
        .chain(variables::all().map(|(name, setting)| (setting, name)))
        .collect();
    Ok(builder)
}

fn read_all<T>(
    variables: &[Variable<T>],
    into: T,
    value: &impl Fn(&'static str) -> Result<Option<Value>, ConfigError>,
) -> Result<T, ConfigError> {
    variables
        .iter()
        .try_fold(into, |settings, variable| match value(variable.name)? {
            Some(value) => (variable.read)(settings, &value),
            None => Ok(settings),
        })
}

/// The provider, and the variable that says which one it is.
fn provider(
    variable: &impl Fn(&'static str) -> Result<Option<Value>, ConfigError>,
    client_id: &str,
) -> Result<(&'static str, Provider), ConfigError> {
    let mut given = Vec::new();
    for name in ISSUERS {
        given.extend(variable(name)?.map(|value| (name, value)));
    }
    let [(name, value)] = given.as_slice() else {
        return Err(ConfigError::new(
            "AUTH_ISSUER",
            "must be set, or one of AUTH_LOGTO_ENDPOINT, AUTH_ASGARDEO_ORG and \
             AUTH_GENAUTH_HOST instead, and no more than one of the four",
        ));
    };
    let provider = match *name {
        "AUTH_LOGTO_ENDPOINT" => Provider::logto(value.text(), client_id),
        "AUTH_ASGARDEO_ORG" => Provider::asgardeo(value.text(), client_id),
        "AUTH_GENAUTH_HOST" => Provider::genauth(value.text(), client_id),
        _ => Provider::new(value.text(), client_id),
    };
    Ok((*name, provider))
}
