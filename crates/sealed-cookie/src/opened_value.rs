//! What was under a seal.

use std::fmt;

use bytes::Bytes;
use zeroize::Zeroizing;

/// An authentic plaintext, wiped when its last holder drops it.
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

    /// The plaintext.
    #[must_use]
    pub fn plaintext(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }

    /// The plaintext, to be sliced without copying. The bytes are wiped when the last slice is
    /// dropped.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        Bytes::from_owner(self)
    }

    /// Whether another secret than the first sealed it: it should be sealed again while the older
    /// secret is still there.
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
