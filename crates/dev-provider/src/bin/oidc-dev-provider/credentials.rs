//! How the client of the settings authenticates.

use oidc_dev_provider::{Client, DEV_CLIENT_ID, DEV_CLIENT_SECRET, InvalidJwkSet};
use serde_json::Value;

pub(crate) enum Credentials<'a> {
    None,
    Secret(&'a str),
    SecretJwt(&'a str),
    /// A JWK Set.
    Keys(&'a Value),
}

impl<'a> Credentials<'a> {
    /// The default secret is that of the predefined client. A client with another id and no secret is
    /// public.
    pub(crate) fn new(
        client_id: &str,
        secret: Option<&'a str>,
        signs_with_secret: bool,
        keys: Option<&'a Value>,
    ) -> Self {
        let default = (client_id == DEV_CLIENT_ID).then_some(DEV_CLIENT_SECRET);
        match (keys, secret.or(default)) {
            (Some(keys), _) => Self::Keys(keys),
            (None, Some(secret)) if signs_with_secret => Self::SecretJwt(secret),
            (None, Some(secret)) => Self::Secret(secret),
            (None, None) => Self::None,
        }
    }

    pub(crate) fn client(&self, id: &str) -> Result<Client, InvalidJwkSet> {
        match self {
            Self::None => Ok(Client::public(id)),
            Self::Secret(secret) => Ok(Client::confidential(id, *secret)),
            Self::SecretJwt(secret) => Ok(Client::client_secret_jwt(id, *secret)),
            Self::Keys(keys) => Client::private_key_jwt(id, &keys.to_string()),
        }
    }

    pub(crate) fn secret(&self) -> Option<&'a str> {
        match self {
            Self::Secret(secret) | Self::SecretJwt(secret) => Some(secret),
            Self::None | Self::Keys(_) => None,
        }
    }

    pub(crate) fn method(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Secret(_) => "client_secret_basic or client_secret_post",
            Self::SecretJwt(_) => "client_secret_jwt",
            Self::Keys(_) => "private_key_jwt",
        }
    }
}
