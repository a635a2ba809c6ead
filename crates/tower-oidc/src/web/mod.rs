//! HTTP without sign-ins: the layer's own responses and pages, the kinds of requests, and caching.

pub(crate) mod body;
pub(crate) mod caching;
pub(crate) mod fetch_metadata;
pub(crate) mod grpc;
pub(crate) mod head_digest;
pub(crate) mod hints;
pub(crate) mod network;
pub(crate) mod pages;
pub(crate) mod request_body;
pub(crate) mod response;
pub(crate) mod site_data;
pub(crate) mod upgrade;
