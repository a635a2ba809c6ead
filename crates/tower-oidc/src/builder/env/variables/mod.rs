//! All variables: the setting of each, and how its text becomes the setting. Each variable has a row in one
//! of the two files here, in the documentation of `from_env`, and in `README.md`; a test compares the three.

mod of_layer;
mod of_provider;

pub(super) use self::of_layer::OF_LAYER;
pub(super) use self::of_provider::OF_PROVIDER;
use super::value::Value;
use crate::config_error::ConfigError;

/// A variable: its name, the setting as the builder's errors name it, and how it is read.
pub(super) struct Variable<T> {
    pub(super) name: &'static str,
    pub(super) setting: &'static str,
    pub(super) read: fn(T, &Value) -> Result<T, ConfigError>,
}

pub(super) const fn variable<T>(
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

pub(super) const PREFIX: &str = "AUTH_";

/// The beginning of the variables of the provider with this id, up to an underscore.
pub(super) fn stem(id: &str) -> String {
    format!("{PREFIX}{}", id.to_ascii_uppercase().replace('-', "_"))
}

/// Lists the ids of several providers.
pub(super) const PROVIDERS: &str = "AUTH_PROVIDERS";
pub(super) const ISSUER: &str = "AUTH_ISSUER";
pub(super) const CLIENT_ID: &str = "AUTH_CLIENT_ID";
pub(super) const CLIENT_SECRET: &str = "AUTH_CLIENT_SECRET";
pub(super) const ALLOWED_TENANTS: &str = "AUTH_ALLOWED_TENANTS";
pub(super) const BASE_URL: &str = "AUTH_BASE_URL";
pub(super) const COOKIE_SECRET: &str = "AUTH_COOKIE_SECRET";
/// A file with all secrets, instead of the others.
pub(super) const COOKIE_SECRETS_FILE: &str = "AUTH_COOKIE_SECRETS_FILE";
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
