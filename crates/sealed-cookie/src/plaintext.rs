//! A buffer for plaintext, which is wiped.

use zeroize::optimization_barrier;

/// Bytes that are overwritten with zeros when they are dropped, together with the rest of the memory
/// that was allocated for them.
///
/// `Zeroizing<Vec<u8>>` does the same one byte at a time, which takes longer than to decrypt them.
#[derive(Default)]
pub(crate) struct Plaintext(Vec<u8>);

impl Plaintext {
    /// An empty buffer. It must not grow beyond `capacity`: its memory would move, and what was there
    /// before would not be wiped.
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self(Vec::with_capacity(capacity))
    }

    pub(crate) fn copy_of(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }

    pub(crate) const fn as_slice(&self) -> &[u8] {
        self.0.as_slice()
    }

    pub(crate) const fn as_mut_slice(&mut self) -> &mut [u8] {
        self.0.as_mut_slice()
    }

    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        debug_assert!(self.0.capacity().saturating_sub(self.0.len()) >= bytes.len());
        self.0.extend_from_slice(bytes);
    }

    /// Forgets the bytes behind the first `length`. They are wiped with the others.
    pub(crate) fn truncate(&mut self, length: usize) {
        self.0.truncate(length);
    }

    /// Overwrites all memory of the buffer with zeros.
    pub(crate) fn wipe(&mut self) {
        self.0.clear();
        // There is room for them, so this writes into the same memory.
        self.0.resize(self.0.capacity(), 0);
        // Nobody reads the zeros, so the compiler would leave them out.
        optimization_barrier(self.0.as_slice());
        #[cfg(test)]
        WIPED.set(WIPED.get().saturating_add(1));
    }
}

#[cfg(test)]
thread_local! {
    /// How many buffers this thread has wiped: memory cannot be looked at after it was freed.
    pub(crate) static WIPED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

impl Drop for Plaintext {
    fn drop(&mut self) {
        self.wipe();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_memory_of_a_buffer_is_wiped() {
        let mut buffer = Plaintext::with_capacity(200);
        buffer.extend(&[7; 150]);
        buffer.truncate(20);
        let (memory, capacity) = (buffer.as_slice().as_ptr(), buffer.0.capacity());

        buffer.wipe();

        assert_eq!(buffer.as_slice().as_ptr(), memory);
        assert_eq!(buffer.as_slice(), vec![0; capacity]);
    }

    #[test]
    fn a_buffer_is_wiped_when_it_is_dropped() {
        let buffer = Plaintext::copy_of(b"plaintext");
        let before = WIPED.get();

        drop(buffer);

        assert_eq!(WIPED.get(), before + 1);
    }
}
