//! The text that the compressor knows before it reads a block.
//!
//! It was written by hand: the names of claims, and values that many users have, as the documentation of OpenID
//! Connect, Auth0, Cognito, Entra, Google, Keycloak, Logto and Okta shows them, together with the punctuation around
//! them. What most sessions contain is last. None of it is from the fixtures by which the sizes of sessions are measured.
//!
//! A session can only be read with the dictionary with which it was written. A changed dictionary is therefore a new
//! one, with its own number in the encoding of the block, and the former ones stay.

/// Dictionary 1.
pub(super) const DICTIONARY_1: &[u8] = include_bytes!("dictionary-1.txt");

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    #[test]
    fn a_dictionary_never_changes() {
        let hash = Sha256::digest(DICTIONARY_1);

        let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            hex,
            "3253cb3804096e4649030027794a1d32844a030c7ff15085c2d4bdd5d62b2e4e"
        );
    }
}
