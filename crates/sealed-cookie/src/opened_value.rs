//! The plaintext of a sealed value.

use std::fmt;

use bytes::Bytes;
use zeroize::Zeroizing;

/// The authentic plaintext of a sealed value, and whether it should be sealed again.
///
/// The bytes are overwritten with zeros when the value and all slices of it are dropped. `Debug`
/// shows their number only.
pub struct OpenedValue {
    buffer: Zeroizing<Vec<u8>>,
    /// Where the plaintext begins in the buffer.
    start: usize,
    needs_reseal: bool,
}

impl OpenedValue {
    pub(crate) const fn new(buffer: Zeroizing<Vec<u8>>, start: usize, needs_reseal: bool) -> Self {
        Self {
            buffer,
            start,
            needs_reseal,
        }
    }

    /// Returns the plaintext.
    #[must_use]
    pub fn plaintext(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }

    /// Converts the plaintext into [`Bytes`], which can be sliced without copying.
    ///
    /// The memory is overwritten with zeros when the last slice is dropped.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        Bytes::from_owner(self)
    }

    /// Whether the value should be sealed again, because a secret other than the first one sealed
    /// it.
    ///
    /// Such a value stops opening when its secret is removed from the [`KeyRing`](crate::KeyRing).
    #[must_use]
    pub const fn needs_reseal(&self) -> bool {
        self.needs_reseal
    }
}

impl AsRef<[u8]> for OpenedValue {
    fn as_ref(&self) -> &[u8] {
        self.plaintext()
    }
}

impl fmt::Debug for OpenedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenedValue")
            .field("length", &self.plaintext().len())
            .field("needs_reseal", &self.needs_reseal)
            .finish_non_exhaustive()
    }
}
