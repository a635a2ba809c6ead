//! Sources of bytes that are not random.

use std::sync::atomic::{AtomicU64, Ordering};

use sealed_cookie::{Entropy, EntropyError};

/// Returns the same bytes each time, like a virtual machine that is resumed twice from one
/// snapshot.
#[derive(Debug)]
pub(crate) struct Repeating(pub(crate) [u8; 32]);

impl Entropy for Repeating {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        buffer.copy_from_slice(&self.0);
        Ok(())
    }
}

/// Counts up, so that tests repeat exactly.
#[derive(Debug, Default)]
pub(crate) struct Counting(AtomicU64);

impl Entropy for Counting {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        let count = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        buffer
            .iter_mut()
            .zip(count.into_iter().cycle())
            .for_each(|(byte, count)| *byte = count);
        Ok(())
    }
}

#[derive(Debug)]
pub(crate) struct Failing;

impl Entropy for Failing {
    fn fill(&self, _: &mut [u8]) -> Result<(), EntropyError> {
        Err(EntropyError::new())
    }
}
