//! What a method does, and the proof that it adds to a request.

use std::pin::Pin;

use http::HeaderValue;
use url::form_urlencoded::Serializer;

use super::client::AuthenticatedClient;
use crate::config_error::ConfigError;
use crate::error::Error;
use crate::log_text::{SentSecrets, quoted};
use crate::provider::Provider;
use crate::secret::Secret;

/// A proof, which may have to wait for code of the application.
pub(super) type Proving<'a> = Pin<Box<dyn Future<Output = Result<Proof, Error>> + Send + 'a>>;

/// A way to authenticate.
pub(super) trait Method: Sync {
    /// Returns the setters of the credentials that the method needs, for errors. Empty if it needs
    /// none.
    fn credentials(&self) -> &'static [&'static str];

    /// Returns whether the credential is configured, so that the method can be chosen.
    fn is_configured(&self, provider: &Provider) -> bool;

    /// Checks the credential, if there is one. `is_set` if the settings name this method, so that no
    /// other one can be used instead.
    fn check(&self, _provider: &Provider, _is_set: bool) -> Result<(), ConfigError> {
        Ok(())
    }

    /// Checks that the provider accepts a signature that this client can make. `listed` are the values
    /// of `token_endpoint_auth_signing_alg_values_supported`. The error says what to change.
    fn check_algorithms(
        &self,
        _provider: &Provider,
        _listed: Option<&[String]>,
    ) -> Result<(), String> {
        Ok(())
    }

    /// Makes the proof for one request.
    fn prove<'a>(&'a self, client: AuthenticatedClient<'a>) -> Proving<'a>;
}

/// What a method adds to one request.
#[derive(Debug)]
pub(super) struct Proof {
    /// Parameters besides `client_id`, whose values are secrets.
    parameters: Vec<(&'static str, Secret)>,
    public_parameters: Vec<(&'static str, &'static str)>,
    authorization: Option<HeaderValue>,
    /// What must not be logged if the response repeats it.
    secrets: Vec<Secret>,
}

impl Proof {
    /// Only the client identifier, in the form.
    pub(super) fn client_id() -> Self {
        Self {
            parameters: Vec::new(),
            public_parameters: Vec::new(),
            authorization: None,
            secrets: Vec::new(),
        }
    }

    /// Adds a parameter whose value is a secret.
    pub(super) fn parameter(mut self, name: &'static str, value: Secret) -> Self {
        self.parameters.push((name, value));
        self
    }

    pub(super) fn public_parameter(mut self, name: &'static str, value: &'static str) -> Self {
        self.public_parameters.push((name, value));
        self
    }

    /// Adds what the proof was made of.
    pub(super) fn secret(mut self, secret: Secret) -> Self {
        self.secrets.push(secret);
        self
    }

    /// A header instead of the form; it has the client identifier.
    pub(super) fn header(value: HeaderValue) -> Self {
        Self {
            authorization: Some(value),
            ..Self::client_id()
        }
    }

    pub(super) fn authorization(&self) -> Option<HeaderValue> {
        self.authorization.clone()
    }

    pub(super) fn secrets(&self) -> impl Iterator<Item = &str> {
        let in_form = self.parameters.iter().map(|(_, value)| value);
        self.secrets.iter().chain(in_form).map(Secret::expose)
    }

    /// Returns the form of a request with these parameters.
    pub(super) fn form(&self, client_id: &str, parameters: &[(&str, &str)]) -> String {
        let is_client_id = |(name, _): &&(&str, &str)| *name == "client_id";
        let mut form = Serializer::new(String::new());
        form.extend_pairs(parameters.iter().filter(|it| !is_client_id(it)));
        if self.authorization.is_none() || parameters.iter().any(|it| is_client_id(&it)) {
            form.append_pair("client_id", client_id);
        }
        form.extend_pairs(&self.public_parameters);
        for (name, value) in &self.parameters {
            form.append_pair(name, value.expose());
        }
        form.finish()
    }
}

/// How many names of a list the log shows.
const MAX_NAMES: usize = 12;

/// The names of a list, which come from the network, for the log.
pub(super) fn listed_text(listed: &[String]) -> String {
    let nothing = SentSecrets::nothing();
    let names = listed.iter().take(MAX_NAMES);
    let names: Vec<String> = names.map(|name| quoted(name, &nothing)).collect();
    names.join(", ")
}
