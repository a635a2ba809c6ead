//! Roles of a user, in the claim in which the provider has them.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::Claims;
use super::member_index::MemberIndex;

impl Claims {
    /// Returns the roles in the claim at this path: the strings of an array, or a string by itself. The path has the names
    /// that lead to the claim, from the outside in; see [`Provider::role_claim`](crate::Provider::role_claim).
    ///
    /// Empty if there is no such claim, or it has another form.
    ///
    /// ```
    /// # use relying_party::Claims;
    /// let json = r#"{"sub":"42","realm_access":{"roles":["editor"]}}"#;
    /// let claims = Claims::from_json(json.into())?;
    /// assert_eq!(claims.roles(&["realm_access", "roles"]), ["editor"]);
    /// # Ok::<(), relying_party::claims::InvalidClaims>(())
    /// ```
    #[must_use]
    pub fn roles(&self, path: &[impl AsRef<str>]) -> Vec<String> {
        let Some((first, inner)) = path.split_first() else {
            return Vec::new();
        };
        let mut value = self.member(first.as_ref());
        for name in inner {
            value = value.and_then(|object| MemberIndex::of(object)?.find(object, name.as_ref()));
        }
        value.map_or_else(Vec::new, texts)
    }

    /// Returns whether [`roles`](Self::roles) contains the role. Both are compared exactly.
    ///
    /// ```
    /// # use relying_party::Claims;
    /// let json = r#"{"sub":"42","roles":["editor"]}"#;
    /// let claims = Claims::from_json(json.into())?;
    /// assert!(claims.has_role(&["roles"], "editor"));
    /// assert!(!claims.has_role(&["roles"], "Editor"));
    /// # Ok::<(), relying_party::claims::InvalidClaims>(())
    /// ```
    #[must_use]
    pub fn has_role(&self, path: &[impl AsRef<str>], role: &str) -> bool {
        self.roles(path).iter().any(|it| it == role)
    }
}

/// A JSON string, or the strings of a JSON array.
fn texts(json: &str) -> Vec<String> {
    let json = json.trim_ascii_start();
    let mut parser = serde_json::Deserializer::from_str(json);
    match json.starts_with('[') {
        true => parser.deserialize_seq(Texts).unwrap_or_default(),
        false => {
            let text = Text.deserialize(&mut parser).unwrap_or_default();
            text.into_iter().collect()
        }
    }
}

/// The strings of an array.
struct Texts;

impl<'de> Visitor<'de> for Texts {
    type Value = Vec<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
        let mut texts = Vec::new();
        while let Some(text) = array.next_element_seed(Text)? {
            texts.extend(text);
        }
        Ok(texts)
    }
}

/// A string. A value of another kind is skipped.
struct Text;

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Text {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(text.to_owned()))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, array: A) -> Result<Self::Value, A::Error> {
        IgnoredAny.visit_seq(array).map(|_| None)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        IgnoredAny.visit_map(map).map(|_| None)
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
            json!(["x", 7, -1, 0.5, true, null, {}, [], "admin"]),
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
