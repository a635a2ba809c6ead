#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod authority;
mod cause;
mod check;
mod client;
#[cfg(feature = "cluster")]
mod cluster;
mod config_error;
mod coordinator;
mod keys;
mod link;
mod revocations;
mod runtime;
mod scripts;
#[cfg(feature = "sentinel")]
mod sentinel;
mod servers;
mod sessions;
mod store;
mod warning;

pub use self::config_error::RedisConfigError;
pub use self::store::{RedisStore, RedisStoreBuilder};
pub use self::warning::Warning;
