//! Identifiers and tokens that nobody can guess.

use ring::rand::{SecureRandom, SystemRandom};

/// 32 random bytes in base64url: 43 characters.
#[expect(
    clippy::expect_used,
    reason = "without random bytes a provider cannot issue tokens; there is no fallback"
)]
pub(crate) fn token() -> String {
    let mut bytes = [0; 32];
    SystemRandom::new()
        .fill(&mut bytes)
        .expect("the operating system has random bytes");
    base64_simd::URL_SAFE_NO_PAD.encode_to_string(bytes)
}
