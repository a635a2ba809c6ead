//! One registered provider: its id, and what may be obtained from it.

pub(crate) mod id;
pub(crate) mod script_tokens;
