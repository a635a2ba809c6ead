//! The configuration from environment variables.

use std::env::{self, VarError};
use std::fs;

use relying_party::{ClientAuthMethod, Prompt, Provider};

use crate::builder::AuthLayerBuilder;
use crate::config_error::ConfigError;
use crate::layer::AuthLayer;

/// Which variable sets what the builder's errors name.
const VARIABLES: [(&str, &str); 10] = [
    ("base_url", "AUTH_BASE_URL"),
    ("cookie_secret", "AUTH_COOKIE_SECRET"),
    ("older_cookie_secret", "AUTH_COOKIE_SECRET_1 to _7"),
    ("client_id", "AUTH_CLIENT_ID"),
    ("client_secret", "AUTH_CLIENT_SECRET"),
    ("client_auth_method", "AUTH_CLIENT_AUTH_METHOD"),
    ("scopes", "AUTH_SCOPES"),
    ("resources", "AUTH_RESOURCES"),
    ("prompt", "AUTH_PROMPT"),
    ("root_certificates_pem", "AUTH_CA_FILE"),
];

impl AuthLayerBuilder {
    /// Starts a configuration from environment variables. Empty ones count as not set.
    ///
    /// | variable | what |
    /// |---|---|
    /// | `AUTH_ISSUER` | the issuer, or one of the next three instead |
    /// | `AUTH_LOGTO_ENDPOINT` | the endpoint of a Logto tenant |
    /// | `AUTH_ASGARDEO_ORG` | the name of an Asgardeo organization |
    /// | `AUTH_GENAUTH_HOST` | the host of a GenAuth application |
    /// | `AUTH_CLIENT_ID` | the client (application) id |
    /// | `AUTH_CLIENT_SECRET` | its secret; none for a public client |
    /// | `AUTH_CLIENT_AUTH_METHOD` | `client_secret_basic`, `client_secret_post` or `none`; default what the provider supports |
    /// | `AUTH_BASE_URL` | [`base_url`](Self::base_url) |
    /// | `AUTH_COOKIE_SECRET` | [`cookie_secret`](Self::cookie_secret) |
    /// | `AUTH_COOKIE_SECRET_1` … `_7` | [`older_cookie_secret`](Self::older_cookie_secret) |
    /// | `AUTH_SCOPES` | scopes, separated by spaces or commas |
    /// | `AUTH_RESOURCES` | resource indicators (RFC 8707), separated likewise |
    /// | `AUTH_PROMPT` | `prompt` of the authorization request |
    /// | `AUTH_USER_INFO` | `sign-in`: [`user_info_at_sign_in`](Self::user_info_at_sign_in); default `on-demand` |
    /// | `AUTH_CA_FILE` | a PEM file of certificate authorities to trust too |
    ///
    /// # Errors
    ///
    /// The error names the variable, the rule and the remedy; so do those of a later
    /// [`build`](Self::build).
    #[cfg(feature = "hyper-client")]
    pub fn from_env() -> Result<Self, ConfigError> {
        from_variables(|name| env::var(name))
    }
}

fn from_variables(
    variable: impl Fn(&str) -> Result<String, VarError>,
) -> Result<AuthLayerBuilder, ConfigError> {
    let variable = |name: &str| match variable(name) {
        Ok(value) => Ok((!value.is_empty()).then_some(value)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(ConfigError::new(
            name.to_owned(),
            "is not UTF-8: give text; random bytes as `openssl rand -base64 48` writes them",
        )),
    };
    let required = |name: &'static str, what: &'static str| {
        variable(name)?.ok_or_else(|| ConfigError::new(name, format!("is not set: give {what}")))
    };

    let (issuer_variable, provider) =
        provider(&variable, required("AUTH_CLIENT_ID", "the client id")?)?;
    let mut builder = AuthLayer::builder()
        .provider(with_options(provider, &variable)?)
        .base_url(required(
            "AUTH_BASE_URL",
            "the origin that users see, such as https://app.example.com",
        )?)
        .cookie_secret(required(
            "AUTH_COOKIE_SECRET",
            "at least 32 random bytes: openssl rand -base64 48",
        )?);
    for number in 1..=7 {
        if let Some(secret) = variable(&format!("AUTH_COOKIE_SECRET_{number}"))? {
            builder = builder.older_cookie_secret(secret);
        }
    }
    match variable("AUTH_USER_INFO")?.as_deref() {
        None | Some("on-demand") => {}
        Some("sign-in") => builder = builder.user_info_at_sign_in(true),
        Some(_) => {
            return Err(ConfigError::new(
                "AUTH_USER_INFO",
                "must be sign-in, or on-demand which is the default",
            ));
        }
    }
    if let Some(file) = variable("AUTH_CA_FILE")? {
        let pem = fs::read(file).map_err(|error| {
            ConfigError::new("AUTH_CA_FILE", format!("cannot be read: {}", error.kind()))
        })?;
        builder = builder.root_certificates_pem(pem);
    }
    builder.variables = VARIABLES.to_vec();
    builder.variables.push(("issuer", issuer_variable));
    Ok(builder)
}

/// The provider, and the variable that says which one it is.
fn provider(
    variable: &impl Fn(&str) -> Result<Option<String>, ConfigError>,
    client_id: String,
) -> Result<(&'static str, Provider), ConfigError> {
    let given = (
        variable("AUTH_ISSUER")?,
        variable("AUTH_LOGTO_ENDPOINT")?,
        variable("AUTH_ASGARDEO_ORG")?,
        variable("AUTH_GENAUTH_HOST")?,
    );
    Ok(match given {
        (Some(issuer), None, None, None) => ("AUTH_ISSUER", Provider::new(issuer, client_id)),
        (None, Some(endpoint), None, None) => {
            ("AUTH_LOGTO_ENDPOINT", Provider::logto(endpoint, client_id))
        }
        (None, None, Some(org), None) => ("AUTH_ASGARDEO_ORG", Provider::asgardeo(org, client_id)),
        (None, None, None, Some(host)) => ("AUTH_GENAUTH_HOST", Provider::genauth(host, client_id)),
        _ => {
            return Err(ConfigError::new(
                "AUTH_ISSUER",
                "must be set, or one of AUTH_LOGTO_ENDPOINT, AUTH_ASGARDEO_ORG and \
                 AUTH_GENAUTH_HOST instead, and no more than one of the four",
            ));
        }
    })
}

fn with_options(
    mut provider: Provider,
    variable: &impl Fn(&str) -> Result<Option<String>, ConfigError>,
) -> Result<Provider, ConfigError> {
    if let Some(secret) = variable("AUTH_CLIENT_SECRET")? {
        provider = provider.client_secret(secret);
    }
    if let Some(method) = variable("AUTH_CLIENT_AUTH_METHOD")? {
        let method = method.parse::<ClientAuthMethod>().map_err(|_| {
            ConfigError::new(
                "AUTH_CLIENT_AUTH_METHOD",
                "must be client_secret_basic, client_secret_post or none",
            )
        })?;
        provider = provider.client_auth_method(method);
    }
    if let Some(scopes) = variable("AUTH_SCOPES")? {
        provider = provider.scopes(list(&scopes));
    }
    if let Some(resources) = variable("AUTH_RESOURCES")? {
        provider = provider.resources(list(&resources));
    }
    for prompt in variable("AUTH_PROMPT")?
        .as_deref()
        .into_iter()
        .flat_map(list)
    {
        let prompt = prompt.parse::<Prompt>().map_err(|_| {
            ConfigError::new(
                "AUTH_PROMPT",
                "must be none, login, consent, select_account or create",
            )
        })?;
        provider = provider.prompt(prompt);
    }
    Ok(provider)
}

fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split([' ', ',']).filter(|item| !item.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "dK3vX9qLw2mZs8RtYb5NcF7hJ1pGu4Ea";

    fn with(variables: &[(&str, &str)]) -> Result<AuthLayer, ConfigError> {
        from_variables(|name| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            found.map_or(Err(VarError::NotPresent), |found| Ok(found.1.to_owned()))
        })?
        .build()
    }

    const COMPLETE: [(&str, &str); 5] = [
        ("AUTH_ISSUER", "https://id.example.com"),
        ("AUTH_CLIENT_ID", "client"),
        ("AUTH_CLIENT_SECRET", "client-secret"),
        ("AUTH_BASE_URL", "https://app.example.com"),
        ("AUTH_COOKIE_SECRET", SECRET),
    ];

    #[test]
    fn five_variables_are_enough() {
        assert!(with(&COMPLETE).is_ok());
    }

    #[test]
    fn every_optional_variable_is_read() {
        let mut variables = COMPLETE.to_vec();
        variables.extend([
            ("AUTH_CLIENT_AUTH_METHOD", "client_secret_post"),
            ("AUTH_SCOPES", "profile,email"),
            (
                "AUTH_RESOURCES",
                "https://one.example/api https://two.example/api",
            ),
            ("AUTH_PROMPT", "login consent"),
            ("AUTH_USER_INFO", "sign-in"),
            ("AUTH_COOKIE_SECRET_1", "Qw7eRt2yUi9oPa4sDf6gHj1kLz8xCv3b"),
            ("AUTH_COOKIE_SECRET_7", "mN5bV8cX2zL4kJ7hG1fD9sA3pO6iU0yT"),
        ]);

        assert!(with(&variables).is_ok());
    }

    #[test]
    fn what_is_missing_is_named() {
        for missing in [
            "AUTH_ISSUER",
            "AUTH_CLIENT_ID",
            "AUTH_BASE_URL",
            "AUTH_COOKIE_SECRET",
        ] {
            let variables: Vec<_> = COMPLETE
                .into_iter()
                .filter(|(name, _)| *name != missing)
                .collect();

            assert_eq!(with(&variables).unwrap_err().setting(), missing);
        }
    }

    #[test]
    fn what_is_wrong_is_named_by_its_variable() {
        for (variable, wrong) in [
            ("AUTH_CLIENT_AUTH_METHOD", "basic"),
            ("AUTH_PROMPT", "always"),
            ("AUTH_USER_INFO", "always"),
            ("AUTH_CA_FILE", "/nonexistent/ca.pem"),
            ("AUTH_LOGTO_ENDPOINT", "https://tenant.logto.app"),
            ("AUTH_RESOURCES", "not-absolute"),
            ("AUTH_COOKIE_SECRET_1", SECRET),
        ] {
            let mut variables = COMPLETE.to_vec();
            variables.push((variable, wrong));
            let error = with(&variables).unwrap_err();
            let expected = match variable {
                "AUTH_LOGTO_ENDPOINT" => "AUTH_ISSUER", // two providers are named
                "AUTH_COOKIE_SECRET_1" => "AUTH_COOKIE_SECRET_1 to _7",
                other => other,
            };

            assert_eq!(error.setting(), expected, "{error}");
        }
    }

    /// K-20
    #[test]
    fn a_weak_secret_is_refused_without_showing_it() {
        let mut variables = COMPLETE;
        variables[4].1 = "short-canary";
        let error = with(&variables).unwrap_err();

        assert_eq!(error.setting(), "AUTH_COOKIE_SECRET");
        assert!(!format!("{error:?}").contains("canary"));
    }

    #[test]
    fn a_preset_is_named_by_its_own_variable() {
        for variable in ["AUTH_LOGTO_ENDPOINT", "AUTH_GENAUTH_HOST"] {
            let mut variables = COMPLETE;
            variables[0] = (variable, "ftp://tenant.example");

            assert_eq!(with(&variables).unwrap_err().setting(), variable);
        }
    }

    #[test]
    fn a_variable_that_is_not_text_is_named() {
        let error = from_variables(|name| match name {
            "AUTH_COOKIE_SECRET_3" => Err(VarError::NotUnicode("\u{fffd}".into())),
            _ => {
                let found = COMPLETE.iter().find(|(variable, _)| *variable == name);
                found.map_or(Err(VarError::NotPresent), |found| Ok(found.1.to_owned()))
            }
        })
        .err()
        .unwrap();

        assert_eq!(error.setting(), "AUTH_COOKIE_SECRET_3");
    }
}
