//! Random bytes, as a trait so that tests can choose them.

use std::fmt;

/// A source of bytes that nobody can predict.
///
/// Sealing a value takes 32 bytes. If a source returns the same bytes again, different plaintexts
/// are still sealed securely, because the salt also depends on the plaintext. But equal plaintexts
/// then have equal text, and so can be recognised.
pub trait Entropy: fmt::Debug + Send + Sync + 'static {
    /// Fills the whole buffer with random bytes.
    ///
    /// # Errors
    ///
    /// Returns an error if the bytes are not available. Nothing is sealed then: there is no
    /// fallback to a weaker source.
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError>;
}

/// The random number generator of the operating system.
#[derive(Debug, Clone, Copy, Default)]
#[expect(
    clippy::exhaustive_structs,
    reason = "the generator of the system has no settings"
)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        getrandom::fill(buffer).map_err(|_| EntropyError::new())
    }
}

/// Random bytes were not available.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EntropyError(());

impl EntropyError {
    /// Makes the error, for implementations of [`Entropy`].
    #[must_use]
    pub const fn new() -> Self {
        Self(())
    }
}

impl fmt::Display for EntropyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the source of random bytes failed")
    }
}

impl std::error::Error for EntropyError {}
