//! All claims of a user, whatever the provider names them.

use std::collections::BTreeMap;

use serde_json::Value;
use tower_oidc::Claims;

/// An application that knows its claims has its own struct here.
pub(crate) fn all(claims: &Claims) -> BTreeMap<String, Value> {
    // Claims are always a JSON object; `Value` refuses one that is nested too deeply.
    claims.deserialize().unwrap_or_default()
}
