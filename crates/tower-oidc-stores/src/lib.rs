#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod failure;
mod record;
mod tower_sessions_store;

pub use self::tower_sessions_store::TowerSessionsStore;
