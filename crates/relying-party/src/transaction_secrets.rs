//! The secrets of a sign-in while the browser is at the provider.

use std::fmt;

use base64_simd::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;

use crate::crypto::{self, HashFunction, HkdfSha256};
use crate::secret::Secret;

const SALT: &[u8] = b"relying-party/transaction/v1";

/// `state`, `nonce` and PKCE code verifier of one sign-in. All are derived from one seed, so that only
/// 32 bytes have to be stored during the sign-in.
///
/// Each is 32 bytes of HKDF-SHA256 (RFC 5869) with a different label, in base64url: one does not reveal
/// the others. They are wiped when they are dropped, and `Debug` shows nothing.
///
/// ```
/// use relying_party::TransactionSecrets;
///
/// let seed = [7; 32]; // from the operating system's random number generator
/// let sent = TransactionSecrets::derive(&seed, 'a');
/// let back = TransactionSecrets::derive(&seed, 'a');
/// assert!(back.matches_state(sent.state()));
/// ```
#[derive(Clone)]
pub struct TransactionSecrets {
    state: Secret,
    nonce: Secret,
    code_verifier: Secret,
}

impl TransactionSecrets {
    /// Derives the secrets from `seed`: 32 random bytes that are used for one sign-in only.
    ///
    /// `state_mark` becomes the first character of the state. The caller can read it from a response
    /// without the seed. It must be an ASCII letter or digit, because other characters may change on
    /// the way.
    #[must_use]
    pub fn derive(seed: &[u8; 32], state_mark: char) -> Self {
        let labels = HkdfSha256::extract(SALT, seed);
        let mut state = String::with_capacity(44);
        state.push(state_mark);
        state.push_str(&expand(&labels, "state"));
        Self {
            state: Secret::new(state),
            nonce: Secret::new(expand(&labels, "nonce")),
            code_verifier: Secret::new(expand(&labels, "code_verifier")),
        }
    }

    /// Returns the `state` parameter: the mark and 43 characters.
    #[must_use]
    pub fn state(&self) -> &str {
        self.state.expose()
    }

    /// Returns whether `state` is that of this transaction. The comparison takes constant time.
    #[must_use]
    pub fn matches_state(&self, state: &str) -> bool {
        self.state
            .expose()
            .as_bytes()
            .ct_eq(state.as_bytes())
            .into()
    }

    /// Returns the `nonce` parameter, which the ID token must repeat (OpenID Connect Core 1.0 section
    /// 3.1.2.1).
    #[must_use]
    pub fn nonce(&self) -> &str {
        self.nonce.expose()
    }

    /// Returns the PKCE code verifier: 43 characters (RFC 7636 section 4.1).
    #[must_use]
    pub fn code_verifier(&self) -> &str {
        self.code_verifier.expose()
    }

    /// Returns the PKCE code challenge for the method S256 (RFC 7636 section 4.2).
    #[must_use]
    pub fn code_challenge(&self) -> String {
        let verifier = self.code_verifier.expose().as_bytes();
        URL_SAFE_NO_PAD.encode_to_string(crypto::hash(HashFunction::Sha256, verifier))
    }
}

fn expand(labels: &HkdfSha256, label: &str) -> String {
    URL_SAFE_NO_PAD.encode_to_string(*labels.expand(label.as_bytes()))
}

impl fmt::Debug for TransactionSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TransactionSecrets([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_the_same_three_different_secrets() {
        let secrets = TransactionSecrets::derive(&[7; 32], 'a');
        assert_eq!(secrets.state().len(), 44);
        assert!(secrets.state().starts_with('a'));
        assert_eq!(secrets.nonce().len(), 43);
        assert_eq!(secrets.code_verifier().len(), 43);
        assert_ne!(&secrets.state()[1..], secrets.nonce());
        assert_ne!(secrets.nonce(), secrets.code_verifier());

        let again = TransactionSecrets::derive(&[7; 32], 'a');
        assert_eq!(again.code_verifier(), secrets.code_verifier());
        let other = TransactionSecrets::derive(&[8; 32], 'a');
        assert_ne!(other.state(), secrets.state());
    }

    #[test]
    fn a_state_matches_only_itself() {
        let secrets = TransactionSecrets::derive(&[7; 32], 'a');
        assert!(secrets.matches_state(secrets.state()));
        assert!(!secrets.matches_state(&secrets.state()[1..]));
        assert!(!secrets.matches_state(""));
        assert!(!secrets.matches_state(TransactionSecrets::derive(&[7; 32], 'b').state()));
    }

    /// RFC 7636 appendix B.
    #[test]
    fn the_challenge_is_that_of_rfc_7636() {
        let mut secrets = TransactionSecrets::derive(&[7; 32], 'a');
        secrets.code_verifier =
            Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned());
        assert_eq!(
            secrets.code_challenge(),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn debug_shows_no_secret() {
        let secrets = TransactionSecrets::derive(&[7; 32], 'a');
        assert_eq!(format!("{secrets:?}"), "TransactionSecrets([redacted])");
    }
}
