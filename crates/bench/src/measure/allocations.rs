//! What one repetition allocates.

use allocation_counter::{AllocationInfo, measure};

use super::Operation;

/// Allocations, and the bytes of all of them together, of one repetition after the first ones.
pub(crate) fn count(operation: &mut Operation) -> AllocationInfo {
    for _ in 0..3 {
        operation.run();
    }
    measure(|| operation.run())
}
