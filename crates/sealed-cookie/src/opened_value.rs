//! The plaintext of a sealed value.

use std::fmt;

use bytes::Bytes;

use crate::plaintext::Plaintext;

/// The authentic plaintext of a sealed value, and whether it should be sealed again.
///
/// The bytes are overwritten with zeros when the value and all slices of it are dropped. `Debug`
/// shows their number only.
pub struct OpenedValue {
    buffer: Plaintext,
    /// Where the plaintext begins in the buffer.
    start: usize,
    needs_reseal: bool,
}

impl OpenedValue {
    pub(crate) const fn new(buffer: Plaintext, start: usize, needs_reseal: bool) -> Self {
        Self {
            buffer,
            start,
            needs_reseal,
        }
    }

    /// Returns the plaintext.
    #[must_use]
    pub fn plaintext(&self) -> &[u8] {
        self.buffer.as_slice().get(self.start..).unwrap_or_default()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plaintext::WIPED;

    #[test]
    fn the_memory_is_wiped_when_the_last_slice_is_dropped() {
        let value = OpenedValue::new(Plaintext::copy_of(b"header plaintext"), 7, false);
        let before = WIPED.get();

        let bytes = value.into_bytes();
        let slice = bytes.slice(..5);
        drop(bytes);
        assert_eq!((&*slice, WIPED.get()), (&b"plain"[..], before));

        drop(slice);
        assert_eq!(WIPED.get(), before + 1);
    }
}
