//! Roles of a user, in the claim in which the provider has them.

use std::fmt;

use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::Claims;
use super::member_index::MemberIndex;

impl Claims {
    /// Returns whether the claim at this path has the role: whether it is an array that contains this string, or this
    /// string itself. The path has the names that lead to it, from the outside in; see
    /// [`Provider::role_claim`](crate::Provider::role_claim).
    ///
    /// `false` if there is no such claim, or it has another form. Names and roles are compared exactly.
    ///
    /// ```
    /// # use relying_party::Claims;
    /// let json = r#"{"sub":"42","realm_access":{"roles":["editor"]}}"#;
    /// let claims = Claims::from_json(json.into())?;
    /// assert!(claims.has_role(&["realm_access", "roles"], "editor"));
    /// assert!(!claims.has_role(&["realm_access", "roles"], "admin"));
    /// # Ok::<(), relying_party::claims::InvalidClaims>(())
    /// ```
    #[must_use]
    pub fn has_role(&self, path: &[impl AsRef<str>], role: &str) -> bool {
        let Some((first, inner)) = path.split_first() else {
            return false;
        };
        let mut value = self.member(first.as_ref());
        for name in inner {
            value = value.and_then(|object| MemberIndex::of(object)?.find(object, name.as_ref()));
        }
        value.is_some_and(|value| is_or_contains(value, role))
    }
}

/// Whether a JSON value is this string, or an array that contains it.
fn is_or_contains(json: &str, text: &str) -> bool {
    let mut json = serde_json::Deserializer::from_str(json);
    json.deserialize_any(Finder(text)).unwrap_or(false)
}

struct Finder<'a>(&'a str);

impl<'de> Visitor<'de> for Finder<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or an array")
    }

    fn visit_str<E>(self, text: &str) -> Result<bool, E> {
        Ok(text == self.0)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<bool, A::Error> {
        // An item of another kind is skipped.
        while let Some(item) = array.next_element::<&RawValue>()? {
            if item.get().starts_with('"') && is_or_contains(item.get(), self.0) {
                return Ok(true);
            }
        }
        while array.next_element::<IgnoredAny>()?.is_some() {}
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn has_role(value: &Value, path: &[&str]) -> bool {
        let claims = json!({ "sub": "1", "a": value, "https://shop.example/roles": ["admin"] });
        Claims::from_json(claims.to_string().into())
            .unwrap()
            .has_role(path, "admin")
    }

    #[test]
    fn a_role_is_the_claim_or_one_of_its_items() {
        for value in [
            json!("admin"),
            json!(["admin"]),
            json!(["x", 7, null, "admin"]),
        ] {
            assert!(has_role(&value, &["a"]), "{value}");
        }
        assert!(has_role(
            &json!({ "b": { "c": ["admin"] } }),
            &["a", "b", "c"]
        ));
        assert!(has_role(&json!(1), &["https://shop.example/roles"]));
    }

    #[test]
    fn a_claim_of_another_form_has_no_role() {
        for value in [
            json!(null),
            json!("Admin"),
            json!("admin user"),
            json!("administrator"),
            json!([["admin"]]),
            json!({ "admin": true }),
            json!([{ "name": "admin" }]),
            json!(["\"admin\""]),
            json!([]),
            json!(7),
            json!(true),
        ] {
            assert!(!has_role(&value, &["a"]), "{value}");
        }
        assert!(!has_role(&json!(["admin"]), &[]));
        assert!(!has_role(&json!(["admin"]), &["b"]));
        assert!(!has_role(&json!(["admin"]), &["a", "admin"]));
        assert!(!has_role(&json!({ "b": ["admin"] }), &["a"]));
    }

    #[test]
    fn a_role_may_be_written_with_an_escape_sequence() {
        let json = r#"{"sub":"1","roles":["\u0061dmin"]}"#;

        let claims = Claims::from_json(json.into()).unwrap();
        assert!(claims.has_role(&["roles"], "admin"));
    }
}
