//! The presets that variables can choose: the variables that only they have, and how these give the provider.

use relying_party::Provider;

use super::value::Value;
use super::variables::{ALLOWED_TENANTS, CLIENT_SECRET, Variable, stem, variable};
use crate::config_error::ConfigError;

/// A provider whose variables may contain its name. Only presets have such variables: to find other names,
/// the environment would have to be searched, and a variable of another program could become a setting.
pub(super) struct Preset {
    /// The provider's id; in capitals it is the name in variables.
    pub(super) id: &'static str,
    /// What the constructor takes beside the client id.
    pub(super) arguments: &'static [Argument],
    new: fn(&Arguments<'_>) -> Result<Provider, ConfigError>,
    /// The constructor by the issuer itself, which replaces all arguments. `None` if users do not know the
    /// issuer, or if it is always the same.
    pub(super) with_issuer: Option<fn(&str, &str) -> Provider>,
    /// Settings of a provider that only this preset has.
    pub(super) settings: &'static [Variable<Provider>],
}

/// A variable for an argument of a preset's constructor.
pub(super) struct Argument {
    pub(super) name: &'static str,
    pub(super) setting: &'static str,
    /// What to give if it is missing; `None` for an argument that may be missing.
    pub(super) required: Option<&'static str>,
}

const fn required(name: &'static str, setting: &'static str, what: &'static str) -> Argument {
    Argument {
        name,
        setting,
        required: Some(what),
    }
}

const fn optional(name: &'static str, setting: &'static str) -> Argument {
    Argument {
        name,
        setting,
        required: None,
    }
}

const DOMAIN: &str = "the domain, as the vendor's console shows it";

pub(super) const PRESETS: &[Preset] = &[
    Preset {
        id: "logto",
        arguments: &[required(
            "AUTH_LOGTO_ENDPOINT",
            "issuer",
            "the tenant's endpoint",
        )],
        new: |it| Ok(Provider::logto(it.first()?.text(), it.client_id)),
        with_issuer: Some(|issuer, id| Provider::logto_with_issuer(issuer, id)),
        settings: &[],
    },
    Preset {
        id: "asgardeo",
        arguments: &[required(
            "AUTH_ASGARDEO_ORG",
            "issuer",
            "the organization's name",
        )],
        new: |it| Ok(Provider::asgardeo(it.first()?.text(), it.client_id)),
        with_issuer: Some(|issuer, id| Provider::asgardeo_with_issuer(issuer, id)),
        settings: &[],
    },
    Preset {
        id: "genauth",
        arguments: &[required(
            "AUTH_GENAUTH_HOST",
            "issuer",
            "the application's host",
        )],
        new: |it| Ok(Provider::genauth(it.first()?.text(), it.client_id)),
        with_issuer: Some(|issuer, id| Provider::genauth_with_issuer(issuer, id)),
        settings: &[],
    },
    Preset {
        id: "auth0",
        arguments: &[required("AUTH_AUTH0_DOMAIN", "issuer", DOMAIN)],
        new: |it| Ok(Provider::auth0(it.first()?.text(), it.client_id)),
        with_issuer: Some(|issuer, id| Provider::auth0(issuer, id)),
        settings: &[],
    },
    Preset {
        id: "okta",
        arguments: &[
            required(OKTA_DOMAIN, "issuer", DOMAIN),
            optional(OKTA_AUTHORIZATION_SERVER, "authorization_server"),
        ],
        new: okta,
        with_issuer: Some(|issuer, id| Provider::okta(issuer, id)),
        settings: &[],
    },
    Preset {
        id: "entra",
        arguments: &[optional(ENTRA_TENANT, "issuer")],
        new: entra,
        with_issuer: None,
        settings: &[],
    },
    Preset {
        id: "google",
        arguments: &[],
        new: |it| Ok(Provider::google(it.client_id)),
        with_issuer: None,
        settings: &[variable(
            "AUTH_GOOGLE_HOSTED_DOMAIN",
            "hosted_domain",
            |provider, value| Ok(provider.hosted_domain(value.text())),
        )],
    },
    Preset {
        id: "cognito",
        arguments: &[required(
            "AUTH_COGNITO_USER_POOL_ID",
            "issuer",
            "the identifier of the user pool, such as eu-central-1_AbCdEf123",
        )],
        new: |it| Ok(Provider::cognito(it.first()?.text(), it.client_id)),
        with_issuer: Some(|issuer, id| Provider::cognito_with_issuer(issuer, id)),
        settings: &[],
    },
    Preset {
        id: "keycloak",
        arguments: &[
            required(KEYCLOAK_URL, "issuer", "the URL of the server"),
            required(KEYCLOAK_REALM, "realm", "the name of the realm"),
        ],
        new: |it| {
            let (url, realm) = (it.required(KEYCLOAK_URL)?, it.required(KEYCLOAK_REALM)?);
            Ok(Provider::keycloak(url.text(), realm.text(), it.client_id))
        },
        with_issuer: Some(|issuer, id| Provider::keycloak_with_issuer(issuer, id)),
        settings: &[],
    },
    Preset {
        id: "zitadel",
        arguments: &[required("AUTH_ZITADEL_DOMAIN", "issuer", DOMAIN)],
        new: |it| Ok(Provider::zitadel(it.first()?.text(), it.client_id)),
        with_issuer: Some(|issuer, id| Provider::zitadel(issuer, id)),
        // The same setting as `AUTH_TRUSTED_AUDIENCES`, so the two together are refused.
        settings: &[variable(
            "AUTH_ZITADEL_PROJECT_ID",
            "trusted_audiences",
            |provider, value| Ok(provider.trusted_audiences([value.text()])),
        )],
    },
    Preset {
        id: "apple",
        arguments: &[
            required(
                APPLE_TEAM_ID,
                "team_id",
                "the team ID from the membership in Apple's developer account",
            ),
            required(
                APPLE_KEY_ID,
                "key_id",
                "the key ID from the key in Apple's developer account",
            ),
            required(
                APPLE_PRIVATE_KEY_FILE,
                "private_key",
                "the path of the key's `.p8` file",
            ),
        ],
        new: apple,
        with_issuer: None,
        settings: &[],
    },
];

const OKTA_DOMAIN: &str = "AUTH_OKTA_DOMAIN";
const OKTA_AUTHORIZATION_SERVER: &str = "AUTH_OKTA_AUTHORIZATION_SERVER";
const ENTRA_TENANT: &str = "AUTH_ENTRA_TENANT";
const KEYCLOAK_URL: &str = "AUTH_KEYCLOAK_URL";
const KEYCLOAK_REALM: &str = "AUTH_KEYCLOAK_REALM";
const APPLE_TEAM_ID: &str = "AUTH_APPLE_TEAM_ID";
const APPLE_KEY_ID: &str = "AUTH_APPLE_KEY_ID";
const APPLE_PRIVATE_KEY_FILE: &str = "AUTH_APPLE_PRIVATE_KEY_FILE";

impl Preset {
    pub(super) fn with_id(id: &str) -> Option<&'static Self> {
        PRESETS.iter().find(|preset| preset.id == id)
    }

    /// The variables that only this preset has, with its name, and their settings.
    pub(super) fn variables(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let arguments = self.arguments.iter().map(|it| (it.name, it.setting));
        arguments.chain(self.settings.iter().map(|it| (it.name, it.setting)))
    }

    /// A variable of this preset in the form for the provider with this id.
    pub(super) fn named(&self, name: &str, id: &str) -> String {
        let suffix = name.strip_prefix(&stem(self.id));
        format!("{}{}", stem(id), suffix.unwrap_or_default())
    }

    /// The arguments that are needed instead of the issuer, in the form for this id: `AUTH_X_URL and
    /// AUTH_X_REALM`. `None` if the issuer is always the same.
    pub(super) fn instead_of_issuer(&self, id: &str) -> Option<String> {
        let gives_issuer = |it: &Argument| it.setting == "issuer";
        let needed = self.arguments.iter();
        let needed = needed.filter(|it| it.required.is_some() || gives_issuer(it));
        let names: Vec<_> = needed.map(|it| self.named(it.name, id)).collect();
        let can_replace = self.arguments.iter().any(gives_issuer);
        can_replace.then(|| names.join(" and "))
    }

    /// The provider that these arguments give.
    pub(super) fn provider(&self, arguments: &Arguments<'_>) -> Result<Provider, ConfigError> {
        for argument in self.arguments {
            if argument.required.is_some() {
                arguments.required(argument.name)?;
            }
        }
        (self.new)(arguments)
    }
}

/// The variables of a provider with a preset.
pub(super) struct Arguments<'a> {
    pub(super) preset: &'a Preset,
    pub(super) id: &'a str,
    pub(super) client_id: &'a str,
    /// Finds a variable that is set by its name in the tables.
    pub(super) find: &'a dyn Fn(&str) -> Option<&'a Value>,
}

impl<'a> Arguments<'a> {
    fn get(&self, name: &str) -> Option<&'a Value> {
        (self.find)(name)
    }

    fn required(&self, name: &str) -> Result<&'a Value, ConfigError> {
        self.get(name).ok_or_else(|| {
            let argument = self.preset.arguments.iter().find(|it| it.name == name);
            let what = argument.and_then(|it| it.required).unwrap_or("it");
            self.missing(name, &format!("is not set: give {what}"))
        })
    }

    /// The argument of a preset that has one.
    fn first(&self) -> Result<&'a Value, ConfigError> {
        let first = self.preset.arguments.first();
        self.required(first.map_or("", |argument| argument.name))
    }

    fn missing(&self, name: &str, rule: &str) -> ConfigError {
        ConfigError::new(self.preset.named(name, self.id), rule.to_owned())
    }
}

/// The authorization server is joined to the domain, as [`Provider::okta`] takes it.
fn okta(arguments: &Arguments<'_>) -> Result<Provider, ConfigError> {
    let domain = arguments.required(OKTA_DOMAIN)?;
    let client_id = arguments.client_id;
    let Some(server) = arguments.get(OKTA_AUTHORIZATION_SERVER) else {
        return Ok(Provider::okta(domain.text(), client_id));
    };
    let is_part = |it: u8| it.is_ascii_alphanumeric() || b"-_".contains(&it);
    // The endpoints of the organization's own server are below `/oauth2/v1`.
    if !server.text().bytes().all(is_part) || server.text() == "v1" {
        return Err(server.refused(
            "must be the name or the id of a custom authorization server, such as `default`: copy it from \
             the last part of the server's issuer in Okta's admin console",
        ));
    }
    // Of a longer URL the preset ignores the end, and the server would be lost.
    let base = domain.text().trim_end_matches('/');
    let host = base.split_once("://").map_or(base, |(_, rest)| rest);
    if host.contains('/') {
        return Err(domain.refused(format!(
            "must be a domain without a path, because {} is set: remove the path, or that variable",
            server.name()
        )));
    }
    let issuer = format!("{base}/oauth2/{}", server.text());
    Ok(Provider::okta(issuer, client_id))
}

/// Without a tenant, the list of the tenants decides who may sign in. It is read like that of every provider.
fn entra(arguments: &Arguments<'_>) -> Result<Provider, ConfigError> {
    let client_id = arguments.client_id;
    match arguments.get(ENTRA_TENANT) {
        Some(tenant) => Ok(Provider::entra(tenant.text(), client_id)),
        None if arguments.get(ALLOWED_TENANTS).is_some() => {
            Ok(Provider::entra_organizations(client_id))
        }
        None => {
            let rule = format!(
                "is not set: give the directory (tenant) ID, or set {}_ALLOWED_TENANTS for the users of \
                 several tenants",
                stem(arguments.id)
            );
            Err(arguments.missing(ENTRA_TENANT, &rule))
        }
    }
}

/// A secret that is given would replace the one that is signed with the key, and expire after six months at
/// the latest.
fn apple(arguments: &Arguments<'_>) -> Result<Provider, ConfigError> {
    let key = arguments.required(APPLE_PRIVATE_KEY_FILE)?;
    match arguments.get(CLIENT_SECRET) {
        Some(secret) => Err(secret.refused(format!(
            "cannot be set for Apple, because each request has a secret signed with the key of {}: remove \
             it",
            key.name()
        ))),
        None => with_apples_key(arguments, key),
    }
}

#[cfg(feature = "private-key-jwt")]
fn with_apples_key(arguments: &Arguments<'_>, key: &Value) -> Result<Provider, ConfigError> {
    let team_id = arguments.required(APPLE_TEAM_ID)?.text();
    let key_id = arguments.required(APPLE_KEY_ID)?.text();
    let key = zeroize::Zeroizing::new(key.file()?);
    Ok(Provider::apple(arguments.client_id, team_id, key_id, &*key))
}

#[cfg(not(feature = "private-key-jwt"))]
fn with_apples_key(_: &Arguments<'_>, key: &Value) -> Result<Provider, ConfigError> {
    Err(key.refused("is for private keys: turn on the feature `private-key-jwt`"))
}
