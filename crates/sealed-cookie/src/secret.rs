//! The operator's secret. It is refused if it looks easy to guess.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A secret that seals and opens cookies. Make one with `openssl rand -base64 48`.
///
/// The bytes are used as given, without decoding. They are not stretched like a password: anyone
/// who has a cookie can test guesses offline, as fast as a hash can be computed. So a passphrase
/// that a person invented is not safe here.
///
/// The memory is overwritten with zeros when the secret is dropped, and `Debug` does not show the
/// secret.
///
/// ```
/// use sealed_cookie::{CookieSecret, SecretError};
///
/// let error = CookieSecret::new("hunter2").unwrap_err();
/// assert_eq!(error, SecretError::TooShort { length: 7 });
/// ```
pub struct CookieSecret(Zeroizing<Vec<u8>>);

impl CookieSecret {
    /// The minimum length of a secret in bytes. They are 256 bits, as many as the cipher's key has.
    pub const MIN_LENGTH: usize = 32;

    /// Copies the bytes of a secret.
    ///
    /// # Errors
    ///
    /// Returns an error if the secret
    ///
    /// - has fewer than 32 bytes;
    /// - begins or ends with white space, for example the line break of the file that it comes
    ///   from;
    /// - has fewer than 6 distinct bytes, or repeats the same 8 or fewer bytes;
    /// - contains a sample secret from a public guide.
    pub fn new(secret: impl AsRef<[u8]>) -> Result<Self, SecretError> {
        let secret = secret.as_ref();
        if secret.len() < Self::MIN_LENGTH {
            return Err(SecretError::TooShort {
                length: secret.len(),
            });
        }
        if secret.trim_ascii().len() != secret.len() {
            return Err(SecretError::SurroundingWhiteSpace);
        }
        if PUBLIC_SAMPLES
            .iter()
            .any(|sample| contains(secret, sample.as_bytes()))
        {
            return Err(SecretError::PublicSample);
        }
        if let Some(period) = (1..=LONGEST_PERIOD).find(|&period| repeats_every(period, secret)) {
            return Err(SecretError::Periodic { period });
        }
        let distinct = distinct_bytes(secret);
        if distinct < FEWEST_DISTINCT_BYTES {
            return Err(SecretError::FewDistinctBytes { distinct });
        }
        Ok(Self(Zeroizing::new(secret.to_vec())))
    }

    /// The bytes, from which keys are derived.
    pub(crate) fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Compares in constant time.
    pub(crate) fn equals(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl fmt::Debug for CookieSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CookieSecret([redacted])")
    }
}

/// Why a secret or a list of secrets is refused. The error does not contain any part of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecretError {
    /// The secret has fewer than 32 bytes.
    TooShort {
        /// The length of the secret in bytes.
        length: usize,
    },
    /// The secret begins or ends with white space, which is almost always a mistake.
    SurroundingWhiteSpace,
    /// The secret has fewer than 6 distinct bytes.
    FewDistinctBytes {
        /// The number of distinct bytes.
        distinct: usize,
    },
    /// The secret repeats the same 8 or fewer bytes from beginning to end.
    Periodic {
        /// The number of bytes after which it repeats, 1 to 8.
        period: usize,
    },
    /// The secret is or contains a sample from a public guide.
    PublicSample,
    /// The same secret was given twice.
    Duplicate {
        /// The position of its first occurrence, counted from 0.
        first: usize,
        /// The position of its second occurrence, counted from 0.
        second: usize,
    },
    /// No secret was given.
    NoSecrets,
    /// More than 8 secrets were given. The number is limited because each secret costs a key
    /// derivation for every cookie that none of them sealed.
    TooMany {
        /// The number of secrets.
        count: usize,
    },
}

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort { length } => {
                write!(
                    f,
                    "the cookie secret has {length} bytes, and at least 32 are needed"
                )?;
            }
            Self::SurroundingWhiteSpace => {
                f.write_str("the cookie secret begins or ends with white space: remove it")?;
            }
            Self::FewDistinctBytes { distinct } => {
                write!(
                    f,
                    "the cookie secret has {distinct} distinct bytes, and at least 6 are needed"
                )?;
            }
            Self::Periodic { period: 1 } => f.write_str("the cookie secret repeats one byte")?,
            Self::Periodic { period } => {
                write!(f, "the cookie secret repeats every {period} bytes")?
            }
            Self::PublicSample => {
                f.write_str("the cookie secret is a sample from a public guide")?
            }
            Self::Duplicate { first, second } => {
                return write!(
                    f,
                    "cookie secrets {first} and {second} (counted from 0) are the same: remove one",
                );
            }
            Self::NoSecrets => f.write_str("there is no cookie secret")?,
            Self::TooMany { count } => {
                return write!(
                    f,
                    "there are {count} cookie secrets, at most 8 are allowed: remove the oldest",
                );
            }
        }
        f.write_str("; make one with `openssl rand -base64 48`")
    }
}

impl std::error::Error for SecretError {}

const FEWEST_DISTINCT_BYTES: usize = 6;

const LONGEST_PERIOD: usize = 8;

/// They are searched anywhere in a secret: a sample with an appended digit is not secret either.
const PUBLIC_SAMPLES: [&str; 9] = [
    // Logto's Next.js guides.
    "complex_password_at_least_32_characters_long",
    "uJ63HIPKujP6BrsSj7nbtxVLH5t3vNt8",
    // Auth0's guides for Express and Next.js.
    "a long, randomly-generated string stored in env",
    "use [openssl rand -hex 32] to generate a 32 bytes value",
    // What the documentation and examples of these crates show, or have shown. The last one is the
    // worked example of FORMAT.md, as it is printed there.
    "pXk0ZJm1nS8wQv3rT6yUeAaBcDfGhIoL",
    "q1sSMq7JHJ1fPKGvPDXbkSIbnPkHdZ5CLaE2qTuF0zY9xWf3",
    "for-development-only-anybody-can-read-this-secret",
    "dev-secret-dev-secret-dev-secret",
    "76312d4b41542f336b71305a7458377559773252664d68384e634c73354264476539506a5661346f5478516936557a31",
];

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn repeats_every(period: usize, bytes: &[u8]) -> bool {
    bytes
        .iter()
        .zip(bytes.iter().skip(period))
        .all(|(earlier, later)| earlier == later)
}

fn distinct_bytes(bytes: &[u8]) -> usize {
    let mut seen = [false; 256];
    for &byte in bytes {
        if let Some(seen) = seen.get_mut(usize::from(byte)) {
            *seen = true;
        }
    }
    seen.into_iter().filter(|&seen| seen).count()
}
