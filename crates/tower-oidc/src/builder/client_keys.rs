//! The public keys of all clients of the layer.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::AuthLayerBuilder;
use super::provider_client::RegisteredClient;
use crate::config_error::ConfigError;

const SETTING: &str = "client_keys_path";

impl AuthLayerBuilder {
    /// Turns on a path, such as `/auth/jwks`, that returns the public keys of the client as a JWK Set (RFC
    /// 7517), for providers that fetch them: register its URL as the client's `jwks_uri`. Default: off.
    ///
    /// It has the keys of [`Provider::client_private_keys`] of all providers, each once, and never a private
    /// member. To change a key without an interruption, put the new one second, wait until the provider has
    /// fetched it, and then put it first. Caches may keep the answer for five minutes.
    ///
    /// [`build`](Self::build) refuses the path if no provider has private keys, and if two different keys have
    /// the same `kid`.
    ///
    /// Environment variable: `AUTH_CLIENT_KEYS_PATH`.
    ///
    /// [`Provider::client_private_keys`]: crate::Provider#method.client_private_keys
    pub fn client_keys_path(mut self, path: impl Into<String>) -> Self {
        self.routes.client_keys = Some(path.into());
        self
    }
}

/// Returns the JWK Set of the path; empty if the path is off.
pub(super) fn key_set(
    builder: &AuthLayerBuilder,
    clients: &[RegisteredClient],
) -> Result<Bytes, ConfigError> {
    if builder.routes.client_keys.is_none() {
        return Ok(Bytes::new());
    }
    let mut ids = BTreeMap::new();
    let mut keys: Vec<String> = Vec::new();
    for (id, key) in clients.iter().flat_map(public_keys) {
        match ids.insert(id, key.clone()) {
            None => keys.push(key),
            Some(same) if same == key => {}
            Some(_) => {
                return Err(ConfigError::new(
                    SETTING,
                    "cannot publish two keys with the same `kid`, or one key with two algorithms: give \
                     each its own `kid`",
                ));
            }
        }
    }
    if keys.is_empty() {
        return Err(ConfigError::new(
            SETTING,
            "has no effect, because no provider has client_private_keys: set them \
             (AUTH_CLIENT_PRIVATE_KEY_FILE), or remove the path",
        ));
    }
    Ok(format!(r#"{{"keys":[{}]}}"#, keys.join(",")).into())
}

/// The public keys of a client, by their identifiers.
#[cfg(feature = "private-key-jwt")]
fn public_keys(client: &RegisteredClient) -> impl Iterator<Item = (String, String)> {
    let keys = client.relying_party.provider().client_keys();
    keys.map(|key| (key.key_id().to_owned(), key.public_jwk()))
}

#[cfg(not(feature = "private-key-jwt"))]
fn public_keys(_: &RegisteredClient) -> impl Iterator<Item = (String, String)> {
    std::iter::empty()
}

#[cfg(test)]
#[cfg(all(feature = "hyper-client", feature = "private-key-jwt"))]
mod tests {
    use relying_party::{ClientKey, Provider, SigningAlgorithm};
    use serde_json::Value;

    use crate::config_error::ConfigError;
    use crate::layer::AuthLayer;

    fn key(name: &str) -> ClientKey {
        ClientKey::from_pem(match name {
            "p256" => include_str!("../../../relying-party/src/tests/keys/p256.pem"),
            "rsa" => include_str!("../../../relying-party/src/tests/keys/rsa.pem"),
            _ => include_str!("../../../relying-party/src/tests/keys/ed25519.pem"),
        })
        .unwrap()
    }

    /// A layer with these keys of two providers.
    fn build(
        first: impl IntoIterator<Item = ClientKey>,
        second: impl IntoIterator<Item = ClientKey>,
    ) -> Result<AuthLayer, ConfigError> {
        let provider = |host: &str| Provider::new(format!("https://{host}.example"), "client-id");
        AuthLayer::builder()
            .provider_with_id("one", provider("one").client_private_keys(first))
            .provider_with_id("two", provider("two").client_private_keys(second))
            .base_url("https://app.example")
            .cookie_secret("q7Zx2LmV9cKdR4tYw8BnHs3JfGpUeA6Q")
            .client_keys_path("/auth/jwks")
            .build()
    }

    fn published(auth: &AuthLayer) -> Vec<String> {
        let keys = &auth.origins.first.origin.client_keys;
        let keys: Value = serde_json::from_slice(keys).unwrap();
        let ids = keys["keys"].as_array().unwrap().iter();
        ids.map(|key| key["kid"].as_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn the_keys_of_all_providers_are_published_once() {
        let (new, old) = (|| key("p256").kid("new"), || key("ed25519").kid("old"));
        let auth = build([new(), old()], [old(), key("rsa").kid("other")]).unwrap();
        assert_eq!(published(&auth), ["new", "old", "other"]);
        assert_eq!(published(&build([], [new()]).unwrap()), ["new"]);
    }

    #[test]
    fn two_keys_with_one_kid_and_a_path_without_keys_are_refused() {
        let rsa = || key("rsa");
        let ps256 = || rsa().algorithm(SigningAlgorithm::Ps256);
        for (first, second) in [
            (vec![], vec![]),
            (vec![key("p256").kid("a")], vec![rsa().kid("a")]),
            (vec![rsa()], vec![ps256()]),
        ] {
            let error = build(first, second).err().unwrap();
            assert_eq!(error.setting(), "client_keys_path");
        }
    }
}
