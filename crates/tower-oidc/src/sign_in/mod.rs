//! Sign-ins in progress: what their cookies hold, and one code exchange for each.

pub(crate) mod exchange;
pub(crate) mod request_parameters;
pub(crate) mod transaction;
