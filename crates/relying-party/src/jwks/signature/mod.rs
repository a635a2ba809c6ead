//! Signatures by public keys (RFC 7518 section 3, RFC 8037).
//!
//! `ring` verifies them where it is compiled: for RSA it needs a sixth of the time, for ES256 a quarter, for
//! ES384 and EdDSA about the same. Without the feature `ring`, for targets without a C compiler,
//! `openidconnect` does. Both give the same answer, and `tests.rs` compares them.

#[cfg(any(feature = "ring", feature = "aws-lc-rs", test))]
mod native;
#[cfg(any(not(any(feature = "ring", feature = "aws-lc-rs")), test))]
mod portable;
#[cfg(test)]
mod tests;

#[cfg(any(feature = "ring", feature = "aws-lc-rs"))]
pub(super) use self::native::verifies;
#[cfg(not(any(feature = "ring", feature = "aws-lc-rs")))]
pub(super) use self::portable::verifies;
