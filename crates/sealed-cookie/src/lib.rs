#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod attributes;
mod chunk;
mod config_error;
mod cookie_set;
#[cfg(feature = "testing")]
mod counters;
mod crypto;
mod encoding;
mod entropy;
mod error;
mod group;
mod hedged_random;
mod key_ring;
mod name;
mod opened_value;
mod plaintext;
mod purpose;
mod purpose_keys;
mod receive;
mod received;
mod record_key;
mod remove_cookies;
mod request;
mod sealed_cookie;
mod sealer;
mod secret;
mod set_cookie;

pub use crate::attributes::{CookieAttributes, SameSite};
pub use crate::config_error::ConfigError;
pub use crate::cookie_set::SealedCookieSet;
#[cfg(feature = "testing")]
pub use crate::counters::Counters;
pub use crate::entropy::{Entropy, EntropyError, OsEntropy};
pub use crate::error::{OpenError, OpenErrorKind, SealError, SealErrorKind};
pub use crate::hedged_random::HedgedRandom;
pub use crate::key_ring::{Fingerprint, KeyRing};
pub use crate::name::{CookieName, Prefix};
pub use crate::opened_value::OpenedValue;
pub use crate::purpose::Purpose;
pub use crate::receive::{CookieFields, CookieFilter, receive};
pub use crate::received::{ReceivedCookie, ReceivedCookieSet};
pub use crate::record_key::RecordKey;
pub use crate::remove_cookies::remove_cookies;
pub use crate::sealed_cookie::SealedCookie;
pub use crate::sealer::Sealer;
pub use crate::secret::{CookieSecret, SecretError};
pub use crate::set_cookie::SetCookies;
