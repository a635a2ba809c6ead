//! Bytes that are wiped when they are dropped.

use std::fmt;
use std::ops::{Deref, DerefMut};

use bytes::Bytes;
use zeroize::optimization_barrier;

/// A buffer that is overwritten with zeros when it is dropped, as far as it was ever written. `Zeroizing` writes one byte
/// at a time, which takes longer than to decrypt them; this fills the memory at once.
///
/// Reserve the room that is needed: a buffer that grows leaves a copy behind.
#[derive(Default)]
pub(crate) struct Wiped {
    bytes: Vec<u8>,
    /// The length that it had before it was cut, if that was longer.
    longest: usize,
}

impl Wiped {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(capacity),
            longest: 0,
        }
    }

    pub(crate) fn zeroed(length: usize) -> Self {
        Self {
            bytes: vec![0; length],
            longest: 0,
        }
    }

    pub(crate) fn push(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    pub(crate) fn extend_from_slice(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// What is cut off stays in the buffer, and is wiped with it.
    pub(crate) fn truncate(&mut self, length: usize) {
        self.longest = self.longest.max(self.bytes.len());
        self.bytes.truncate(length);
    }

    /// Views of the buffer, which is wiped when the last of them is dropped.
    pub(crate) fn into_bytes(self) -> Bytes {
        Bytes::from_owner(self)
    }

    fn wipe(&mut self) {
        let longest = self.longest.max(self.bytes.len());
        // Nothing is allocated: the room is there.
        self.bytes.clear();
        self.bytes.resize(longest, 0);
        optimization_barrier(self.bytes.as_slice());
    }
}

impl Drop for Wiped {
    fn drop(&mut self) {
        self.wipe();
    }
}

impl From<Vec<u8>> for Wiped {
    fn from(bytes: Vec<u8>) -> Self {
        // Whoever filled it may have written more, and cut it.
        let longest = bytes.capacity();
        Self { bytes, longest }
    }
}

impl Deref for Wiped {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl DerefMut for Wiped {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }
}

impl AsRef<[u8]> for Wiped {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Debug for Wiped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wiped([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_was_written_is_overwritten() {
        let mut buffer = Wiped::with_capacity(64);
        buffer.extend_from_slice(b"a secret");
        buffer.truncate(3);
        buffer.push(b'!');
        let memory = buffer.as_ptr();

        buffer.wipe();

        assert_eq!(buffer.as_ref(), [0; 8]);
        assert_eq!(buffer.as_ptr(), memory);
    }
}
