//! The secret of a client.

use std::fmt;

use subtle::ConstantTimeEq;

/// A secret, which `Debug` does not show.
///
/// It is not wiped from memory: the secrets of a provider for development are printed at its start. The
/// relying party has its own type: this crate must not depend on it, so that a mistake in one of them
/// cannot hide the same mistake in the other.
#[derive(Clone)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// Compares in constant time.
    pub(crate) fn equals(&self, presented: &str) -> bool {
        self.0.as_bytes().ct_eq(presented.as_bytes()).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_does_not_show_the_secret() {
        let secret = Secret::new("canary");

        assert!(secret.equals("canary") && !secret.equals("canar"));
        assert_eq!(format!("{:?}", Some(secret)), "Some(Secret([redacted]))");
    }
}
