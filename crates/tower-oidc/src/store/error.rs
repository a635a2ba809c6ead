//! Why a store did not answer.

use std::fmt;

/// A store could not be reached, or failed.
#[derive(Clone, Debug)]
pub struct StoreError(String);

impl StoreError {
    /// An error that is logged with this text. The text must contain no session and no password of the store.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StoreError {}
