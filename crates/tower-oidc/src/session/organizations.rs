//! The organizations of a user, as the claims name them.

use relying_party::Claims;
use serde_json::Value;

/// The claims that name the organization of a sign-in: Auth0 and others, Logto, Zitadel.
const ORGANIZATION_CLAIMS: [&str; 3] = [
    "org_id",
    "organization_id",
    "urn:zitadel:iam:user:resourceowner:id",
];

/// The claim that lists all organizations of the user, at Logto.
const ORGANIZATIONS_CLAIM: &str = "organizations";

/// The organizations that the claims name, each once.
pub(crate) fn organizations(claims: &Claims) -> Vec<String> {
    let named = ORGANIZATION_CLAIMS.iter();
    let mut organizations: Vec<String> = named.filter_map(|name| claims.get(name)).collect();
    let listed: Vec<Value> = claims.get(ORGANIZATIONS_CLAIM).unwrap_or_default();
    let listed = listed.iter().filter_map(Value::as_str);
    organizations.extend(listed.map(str::to_owned));
    organizations.sort_unstable();
    organizations.dedup();
    organizations
}
