//! One origin: its base URL, the layer's routes on it, and the pages that users return to.

pub(crate) mod allowed_origins;
pub(crate) mod base_url;
pub(crate) mod cookie_domain;
pub(crate) mod plain_http;
pub(crate) mod return_to;
pub(crate) mod routes;
pub(crate) mod signed_out_state;
