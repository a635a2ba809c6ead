//! Hashes, and the library that makes and verifies signatures: the one place that names the
//! implementation.
//!
//! Hashes are Rust alone, and signatures by public keys are those of `ring`. With the feature `aws-lc-rs`
//! both are AWS-LC's. The results are the same bytes.

#[cfg(feature = "aws-lc-rs")]
mod aws_lc;
#[cfg(feature = "private-key-jwt")]
pub(crate) mod ecdsa;
#[cfg(not(feature = "aws-lc-rs"))]
mod rust;
#[cfg(test)]
mod tests;

/// The library for signatures. AWS-LC's has the interface of `ring`, with few exceptions.
#[cfg(feature = "aws-lc-rs")]
pub(crate) use aws_lc_rs as library;
#[cfg(all(any(feature = "ring", test), not(feature = "aws-lc-rs")))]
pub(crate) use ring as library;

#[cfg(feature = "aws-lc-rs")]
pub(crate) use self::aws_lc::{HkdfSha256, hash, hmac, is_hmac};
#[cfg(not(feature = "aws-lc-rs"))]
pub(crate) use self::rust::{HkdfSha256, hash, hmac, is_hmac};

/// A hash function (FIPS 180-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HashFunction {
    Sha256,
    Sha384,
    Sha512,
}
