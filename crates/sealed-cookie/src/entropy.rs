//! Random bytes, as a trait so that tests decide them.

use std::fmt;

/// Fills buffers with bytes that nobody can predict.
///
/// Every seal draws 32 bytes. An implementation that repeats itself does not break the seal of
/// different plaintexts (the salt is hedged), but it shows that two plaintexts are equal.
pub trait Entropy: fmt::Debug + Send + Sync + 'static {
    /// Fills the whole buffer.
    ///
    /// # Errors
    ///
    /// When the source cannot give that many bytes now. There is no weaker source to fall back to:
    /// nothing is sealed then.
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError>;
}

/// The random number generator of the operating system.
#[derive(Debug, Clone, Copy, Default)]
#[expect(
    clippy::exhaustive_structs,
    reason = "there is nothing to configure in the generator of the system"
)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        getrandom::fill(buffer).map_err(|_| EntropyError::new())
    }
}

/// No random bytes could be had.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EntropyError(());

impl EntropyError {
    /// The failure, for implementations of [`Entropy`].
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
