//! The authentication of the client to the provider.
//!
//! Each method is a file here, a row of the table, and a name in
//! [`ClientAuthMethod`](crate::ClientAuthMethod).

mod assertion;
mod client;
mod client_secret_basic;
mod client_secret_jwt;
mod client_secret_post;
mod method;
mod none;
mod private_key_jwt;
mod secret;
mod selection;
mod table;
mod tls_client_auth;
mod token_file;

use bytes::Bytes;
use http::Response;
use url::Url;

pub(crate) use self::client::{AuthenticatedClient, SupportedAuth};
use self::method::Proof;
use self::selection::select;
pub(crate) use self::selection::{check, unmet_requirement};
use crate::error::{Error, ErrorKind};
use crate::fetch::{Step, post_form};
use crate::http_client::HttpClient;
use crate::log_text::SentSecrets;
use crate::provider::Provider;
use crate::secret::Secret;

/// Posts a form in which, or with a header by which, the client authenticates, once, and returns the
/// response with any status.
///
/// Nothing is sent if the client cannot authenticate: then [`Error::may_have_been_sent`] is false. A
/// parameter `client_id` is sent with every method, and once (for RFC 9126 section 2.1).
pub(crate) async fn post_authenticated(
    http: &dyn HttpClient,
    step: Step,
    endpoint: &Url,
    client: AuthenticatedClient<'_>,
    parameters: &[(&str, &str)],
) -> Result<Answer, Error> {
    let method = select(client.provider, client.supported)
        .map_err(|why| Error::new(ErrorKind::Configuration, "token.client_auth_method", why))?;
    let proof = method.prove(client).await?;
    let form = proof.form(&client.provider.client_id, parameters);
    let authorization = proof.authorization();
    let response = post_form(http, step, endpoint, authorization, form).await?;
    Ok(Answer::new(response, proof, client.provider))
}

/// The response to a request in which the client has authenticated.
pub(crate) struct Answer {
    pub(crate) response: Response<Bytes>,
    proof: Proof,
    client_secret: Option<Secret>,
}

impl Answer {
    fn new(response: Response<Bytes>, proof: Proof, provider: &Provider) -> Self {
        Self {
            response,
            proof,
            client_secret: provider.client_secret.clone(),
        }
    }

    /// Returns the secrets of the request, which must not be logged if the response repeats them: the
    /// values of all `parameters` except known non-secret ones, and the client's credentials.
    pub(crate) fn sent_secrets(&self, parameters: &[(&str, &str)]) -> SentSecrets {
        const NO_SECRETS: [&str; 6] = [
            "grant_type",
            "organization_id",
            "redirect_uri",
            "resource",
            "scope",
            "token_type_hint",
        ];
        let parameters = parameters.iter();
        let values = parameters
            .filter(|(name, _)| !NO_SECRETS.contains(name))
            .map(|(_, value)| *value);
        let client_secret = self.client_secret.as_ref().map(Secret::expose);
        SentSecrets::new(values.chain(self.proof.secrets()).chain(client_secret))
    }
}
