//! `client_secret_post`: the secret in the form (RFC 6749 section 2.3.1).

use super::client::AuthenticatedClient;
use super::method::{Method, Proof, Proving};
use crate::provider::Provider;

pub(super) struct ClientSecretPost;

impl Method for ClientSecretPost {
    fn credentials(&self) -> &'static [&'static str] {
        &["client_secret"]
    }

    fn is_configured(&self, provider: &Provider) -> bool {
        provider.has_client_secret()
    }

    fn prove<'a>(&'a self, client: AuthenticatedClient<'a>) -> Proving<'a> {
        Box::pin(async move {
            let secret = client.secret().await?;
            Ok(Proof::client_id().parameter("client_secret", secret))
        })
    }
}
