//! The same program with an allocator that counts. The first one starts it.

use std::process::ExitCode;

use tower_oidc_bench::Allocated;

fn main() -> ExitCode {
    tower_oidc_bench::main(Some(|operation| {
        let counted = allocation_counter::measure(operation);
        Allocated::new(
            counted.count_total,
            counted.bytes_total,
            counted.bytes_current,
        )
    }))
}
