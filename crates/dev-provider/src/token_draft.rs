//! A token before it is signed, to which faults are applied.

use ring::hmac;
use serde_json::{Map, Value, json};

use crate::{clients::Client, jwt, keys::SigningAlgorithm, state::State};

pub(crate) struct TokenDraft {
    pub(crate) header: Map<String, Value>,
    pub(crate) claims: Map<String, Value>,
    pub(crate) signer: Signer,
}

pub(crate) enum Signer {
    Key(SigningAlgorithm),
    /// A signature with one wrong bit.
    KeyWithError(SigningAlgorithm),
    ClientSecret,
    None,
}

impl TokenDraft {
    pub(crate) fn set(&mut self, claim: &str, value: Value) {
        self.claims.insert(claim.to_owned(), value);
    }

    pub(crate) fn remove(&mut self, claim: &str) {
        self.claims.remove(claim);
    }

    pub(crate) fn set_header(&mut self, name: &str, value: &str) {
        self.header.insert(name.to_owned(), json!(value));
    }

    /// Makes one bit of the signature wrong.
    pub(crate) fn spoil_signature(&mut self) {
        if let Signer::Key(algorithm) = self.signer {
            self.signer = Signer::KeyWithError(algorithm);
        }
    }

    /// Leaves the signature empty, with this `alg`.
    pub(crate) fn leave_unsigned(&mut self, alg: &str) {
        self.set_header("alg", alg);
        self.signer = Signer::None;
    }

    /// Signs with HS256 and the client secret, which is empty for a public client.
    pub(crate) fn sign_with_client_secret(&mut self) {
        self.set_header("alg", "HS256");
        self.signer = Signer::ClientSecret;
    }

    pub(crate) fn sign(&self, state: &State, client: &Client) -> String {
        let input = jwt::signing_input(&self.header, &self.claims);
        let by_key = |algorithm| state.keys().signing_key(algorithm).sign(input.as_bytes());
        let signature = match self.signer {
            Signer::Key(algorithm) => by_key(algorithm),
            Signer::KeyWithError(algorithm) => {
                let mut signature = by_key(algorithm);
                if let Some(last) = signature.last_mut() {
                    *last ^= 1;
                }
                signature
            }
            Signer::ClientSecret => {
                let secret = client.secret().unwrap_or_default();
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
                hmac::sign(&key, input.as_bytes()).as_ref().to_vec()
            }
            Signer::None => Vec::new(),
        };
        if self.header.contains_key("enc") {
            // An encrypted token has five parts. Nothing decrypts these.
            return jwt::with_signature(&format!("{input}.AA.AA"), &signature);
        }
        jwt::with_signature(&input, &signature)
    }
}
