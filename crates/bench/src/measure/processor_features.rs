//! The processor, as far as it decides which way the cryptography and the searches for bytes take.

use std::env::consts::ARCH;

/// The command under which this program, run by valgrind, says which processor it sees there.
pub(crate) const COMMAND: &str = "processor-features";

pub(crate) fn text() -> String {
    let features = features();
    if features.is_empty() {
        return ARCH.to_owned();
    }
    format!("{ARCH} with {}", features.join(", "))
}

#[cfg(target_arch = "x86_64")]
fn features() -> Vec<&'static str> {
    let all = [
        ("aes", is_x86_feature_detected!("aes")),
        ("pclmulqdq", is_x86_feature_detected!("pclmulqdq")),
        ("ssse3", is_x86_feature_detected!("ssse3")),
        ("sse4.2", is_x86_feature_detected!("sse4.2")),
        ("avx2", is_x86_feature_detected!("avx2")),
        ("bmi2", is_x86_feature_detected!("bmi2")),
        ("sha", is_x86_feature_detected!("sha")),
        ("avx512f", is_x86_feature_detected!("avx512f")),
    ];
    all.iter()
        .filter(|(_, is_there)| *is_there)
        .map(|(name, _)| *name)
        .collect()
}

#[cfg(not(target_arch = "x86_64"))]
fn features() -> Vec<&'static str> {
    Vec::new()
}
