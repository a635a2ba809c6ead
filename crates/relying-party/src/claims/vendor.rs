//! Claims of single vendors that need more than their name to be read.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{Claims, TrueOrFalse};

#[derive(Deserialize)]
struct RealmAccess {
    roles: Vec<String>,
}

impl Claims {
    /// Returns the realm roles of a user of Keycloak: `roles` of the claim `realm_access`. Empty if the
    /// claim is absent or has another form.
    ///
    /// The realm must add the claim to ID tokens or to UserInfo, which is a setting of the client scope
    /// `roles`. (Not verified with the vendor.)
    ///
    /// ```
    /// # use relying_party::Claims;
    /// let json = r#"{"sub":"42","realm_access":{"roles":["editor"]}}"#;
    /// let claims = Claims::from_json(json.into())?;
    /// assert!(claims.realm_roles().iter().any(|role| role == "editor"));
    /// # Ok::<(), relying_party::claims::InvalidClaims>(())
    /// ```
    #[must_use]
    pub fn realm_roles(&self) -> Vec<String> {
        let access = self.get::<RealmAccess>("realm_access");
        access.map_or_else(Vec::new, |access| access.roles)
    }

    /// Returns whether Microsoft Entra ID left out the claim `groups` because the user is in too many
    /// groups: more than 200 in a JWT, as Microsoft's page on claims says. Then the claim `_claim_names`
    /// names `groups`, or `hasgroups` is true.
    ///
    /// If it returns `true`, the absence of a group says nothing. Ask Microsoft Graph for the groups, or
    /// use application roles instead (claim `roles`). Do not send an access token to the address that
    /// `_claim_sources` has: Microsoft's samples ask Graph at its own address.
    ///
    /// ```
    /// # use relying_party::Claims;
    /// let json = r#"{"sub":"42","_claim_names":{"groups":"src1"}}"#;
    /// assert!(Claims::from_json(json.into())?.has_groups_overage());
    /// # Ok::<(), relying_party::claims::InvalidClaims>(())
    /// ```
    #[must_use]
    pub fn has_groups_overage(&self) -> bool {
        let elsewhere = self.get::<BTreeMap<String, IgnoredAny>>("_claim_names");
        elsewhere.is_some_and(|names| names.contains_key("groups"))
            || self.get::<TrueOrFalse>("hasgroups").is_some_and(|it| it.0)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn claims(name: &str, value: &Value) -> Claims {
        Claims::from_json(json!({ "sub": "1", name: value }).to_string().into()).unwrap()
    }

    #[test]
    fn realm_roles_are_those_of_keycloaks_claim() {
        for (realm_access, expected) in [
            (json!({ "roles": ["a", "b"] }), &["a", "b"][..]),
            (json!({ "roles": ["a"], "verify_caller": true }), &["a"]),
            (json!({ "roles": [] }), &[]),
            (json!({ "roles": "a" }), &[]),
            (json!({ "roles": ["a", 7] }), &[]),
            (json!({}), &[]),
            (json!(["a"]), &[]),
            (json!("a"), &[]),
            (json!(null), &[]),
        ] {
            let roles = claims("realm_access", &realm_access).realm_roles();
            assert_eq!(roles, expected, "{realm_access}");
        }
        assert!(claims("roles", &json!(["a"])).realm_roles().is_empty());
    }

    #[test]
    fn too_many_groups_are_not_the_same_as_none() {
        for (name, value, expected) in [
            ("_claim_names", json!({ "groups": "src1" }), true),
            ("_claim_names", json!({ "groups": null }), true),
            ("_claim_names", json!({ "picture": "src1" }), false),
            ("_claim_names", json!(["groups"]), false),
            ("_claim_names", json!(null), false),
            ("hasgroups", json!(true), true),
            ("hasgroups", json!("true"), true),
            ("hasgroups", json!(false), false),
            ("hasgroups", json!(1), false),
            ("groups", json!(["a"]), false),
        ] {
            let claims = claims(name, &value);
            assert_eq!(claims.has_groups_overage(), expected, "{name} {value}");
        }
    }
}
