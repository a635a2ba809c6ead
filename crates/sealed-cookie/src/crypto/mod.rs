//! The cryptography of the format: AES-256-GCM (NIST SP 800-38D), HMAC-SHA-256 (RFC 2104) and HKDF-SHA256
//! (RFC 5869). This module alone names the implementation.
//!
//! The default implementation is Rust alone. With the feature `aws-lc-rs` it is AWS-LC's. Both make and open
//! the same bytes.

#[cfg(feature = "aws-lc-rs")]
mod aws_lc;
#[cfg(any(not(feature = "aws-lc-rs"), test))]
mod rust;
#[cfg(test)]
mod tests;

#[cfg(feature = "aws-lc-rs")]
pub(crate) use self::aws_lc::{Hkdf, Hmac, decrypt, encrypt};
#[cfg(not(feature = "aws-lc-rs"))]
pub(crate) use self::rust::{Hkdf, Hmac, decrypt, encrypt};

pub(crate) const KEY_LENGTH: usize = 32;
pub(crate) const NONCE_LENGTH: usize = 12;
pub(crate) const TAG_LENGTH: usize = 16;
