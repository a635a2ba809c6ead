//! Bytes that are wiped when they are dropped.

use std::fmt;
use std::ops::{Deref, DerefMut};

use bytes::Bytes;
use zeroize::optimization_barrier;

/// A buffer that is overwritten with zeros when it is dropped, its spare room included. `Zeroizing` writes one byte at a
/// time, which takes longer than to decrypt them; this fills the memory at once.
///
/// Reserve the room that is needed: a buffer that grows leaves a copy behind.
#[derive(Default)]
pub(crate) struct Wiped(Vec<u8>);

impl Wiped {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self(Vec::with_capacity(capacity))
    }

    pub(crate) fn zeroed(length: usize) -> Self {
        Self(vec![0; length])
    }

    pub(crate) fn push(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub(crate) fn extend_from_slice(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// What is cut off stays in the buffer, and is wiped with it.
    pub(crate) fn truncate(&mut self, length: usize) {
        self.0.truncate(length);
    }

    /// Views of the buffer, which is wiped when the last of them is dropped.
    pub(crate) fn into_bytes(self) -> Bytes {
        Bytes::from_owner(self)
    }

    fn wipe(&mut self) {
        let capacity = self.0.capacity();
        // Nothing is allocated: the room is there.
        self.0.clear();
        self.0.resize(capacity, 0);
        optimization_barrier(self.0.as_slice());
    }
}

impl Drop for Wiped {
    fn drop(&mut self) {
        self.wipe();
    }
}

impl From<Vec<u8>> for Wiped {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl Deref for Wiped {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl DerefMut for Wiped {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl AsRef<[u8]> for Wiped {
    fn as_ref(&self) -> &[u8] {
        &self.0
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
    fn the_whole_buffer_is_overwritten() {
        let mut buffer = Wiped::with_capacity(64);
        buffer.extend_from_slice(b"a secret");
        buffer.truncate(3);

        buffer.wipe();

        assert!(buffer.len() >= 64);
        assert!(buffer.iter().all(|&byte| byte == 0));
    }
}
