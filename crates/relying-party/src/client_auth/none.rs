//! `none`: a public client, which is protected by PKCE only.

use std::future::ready;

use super::client::AuthenticatedClient;
use super::method::{Method, Proof, Proving};
use crate::config_error::ConfigError;
use crate::provider::Provider;

pub(super) struct None;

impl Method for None {
    fn credentials(&self) -> &'static [&'static str] {
        &[]
    }

    fn is_configured(&self, provider: &Provider) -> bool {
        !provider.has_client_credential()
    }

    fn check(&self, provider: &Provider, is_set: bool) -> Result<(), ConfigError> {
        if is_set && provider.has_client_credential() {
            return Err(ConfigError::new(
                "client_auth_method",
                "must not be `none` when there is a client secret, a private key or an assertion",
                "remove one of the two",
            ));
        }
        Ok(())
    }

    fn prove<'a>(&'a self, _: AuthenticatedClient<'a>) -> Proving<'a> {
        Box::pin(ready(Ok(Proof::client_id())))
    }
}
