//! Fingerprints of the cookie secrets, by which operators compare instances.

use sealed_cookie::KeyRing;

/// The fingerprint of the secret that seals, and those of the secrets that only open.
pub(crate) struct Fingerprints(Vec<String>);

impl Fingerprints {
    pub(crate) fn of(key_ring: &KeyRing) -> Self {
        Self(key_ring.fingerprints().map(|it| it.to_string()).collect())
    }

    /// All fingerprints; that of the secret that seals is the first.
    pub(crate) fn all(&self) -> &[String] {
        &self.0
    }

    pub(crate) fn sealing(&self) -> &str {
        self.0.first().map_or("", String::as_str)
    }

    pub(crate) fn opening(&self) -> &[String] {
        self.0.get(1..).unwrap_or_default()
    }
}
