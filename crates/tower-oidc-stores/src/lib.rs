#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod failure;
mod locked_store;
mod record;
mod runtime;
mod tower_sessions_store;

pub use self::tower_sessions_store::TowerSessionsStore;
