//! All claims of a user, whatever the provider calls them.

use std::collections::BTreeMap;

use serde_json::Value;
use tower_oidc::Claims;

/// An application that knows its claims has a struct of its own here.
pub(crate) fn all(claims: &Claims) -> BTreeMap<String, Value> {
    // Claims are a JSON object always; `Value` refuses one that is nested absurdly deep.
    claims.deserialize().unwrap_or_default()
}
