//! Whether a JSON text may be compressed.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// What the name of a member contains that holds a secret, in lowercase and without `_` and `-`.
const SECRET: [&str; 3] = ["accesstoken", "refreshtoken", "secret"];

/// Whether `json` has no member, at any depth, whose name says that it is a secret. Some providers put their own
/// tokens into a claim. If it were compressed together with a claim that an attacker chooses, its characters could be
/// guessed from the length. A text that is no JSON is not known to be harmless.
pub(super) fn names_no_secret(json: &[u8]) -> bool {
    serde_json::from_slice(json).is_ok_and(|NamesASecret(found)| !found)
}

/// The same of a JSON object; `None` if `text` is none.
pub(super) fn object_names_no_secret(text: &[u8]) -> Option<bool> {
    if !text.trim_ascii_start().starts_with(b"{") {
        return None;
    }
    match serde_json::from_slice(text) {
        Ok(NamesASecret(found)) => Some(!found),
        // Its depth or a number in it may be beyond what is looked at.
        Err(_) => serde_json::from_slice::<IgnoredAny>(text)
            .ok()
            .map(|_| false),
    }
}

struct NamesASecret(bool);

impl<'de> Deserialize<'de> for NamesASecret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue).map(Self)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<bool, A::Error> {
        while let Some(SecretName(is_secret)) = members.next_key()? {
            if is_secret {
                // The rest of the text must still be valid.
                members.next_value::<IgnoredAny>()?;
                while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                return Ok(true);
            }
            let NamesASecret(found) = members.next_value()?;
            if found {
                while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<bool, A::Error> {
        let mut found = false;
        while let Some(NamesASecret(in_item)) = items.next_element()? {
            found |= in_item;
        }
        Ok(found)
    }

    fn visit_bool<E>(self, _: bool) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_i64<E>(self, _: i64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_u64<E>(self, _: u64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_f64<E>(self, _: f64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_str<E>(self, _: &str) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_unit<E>(self) -> Result<bool, E> {
        Ok(false)
    }
}

/// Whether the name of a member says that it holds a secret.
struct SecretName(bool);

impl<'de> Deserialize<'de> for SecretName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(AnyName).map(Self)
    }
}

struct AnyName;

impl Visitor<'_> for AnyName {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_str<E>(self, name: &str) -> Result<bool, E> {
        let name: String = name
            .chars()
            .filter(|&character| !matches!(character, '_' | '-'))
            .map(|character| character.to_ascii_lowercase())
            .collect();
        Ok(SECRET.iter().any(|secret| name.contains(secret)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_with_the_name_of_a_secret_is_found_at_any_depth() {
        for json in [
            r#"{"access_token":"x"}"#,
            r#"{"sub":"1","idp":{"tokens":[{"google_access_token":"x"}]}}"#,
            r#"{"identities":[[{"refreshToken":1}]]}"#,
            r#"{"client-secret":null,"sub":"1"}"#,
            r#"{"a":{"SECRET":{}},"b":1}"#,
            r#"[{"my_refresh_token_2":""}]"#,
            // The name of the member is `access_token`, although its text is another.
            r#"{"acc\u0065ss_token":"x"}"#,
        ] {
            assert!(!names_no_secret(json.as_bytes()), "{json}");
        }
    }

    #[test]
    fn usual_claims_name_no_secret() {
        for json in [
            "{}",
            r#"{"iss":"https://op.example","sub":"1","exp":1,"f":1.5,"n":-1,"b":true,"z":null}"#,
            r#"{"sub":"secret","roles":["access_token"],"nested":{"token":"x"},"at_hash":"y"}"#,
        ] {
            assert!(names_no_secret(json.as_bytes()), "{json}");
        }
    }

    #[test]
    fn an_object_is_distinguished_from_what_only_begins_like_one() {
        let deep = format!(r#"{{"a":{}1{}}}"#, "[".repeat(1_000), "]".repeat(1_000));
        for (text, expected) in [
            ("{}", Some(true)),
            (" {\"sub\":\"1\"} ", Some(true)),
            (r#"{"secret":"x"}"#, Some(false)),
            (deep.as_str(), Some(false)),
            (r#"{"n":1e999}"#, Some(false)),
            ("{", None),
            ("{}x", None),
            (r#"{"secret":"x"}}"#, None),
            ("[]", None),
            ("1", None),
            ("", None),
        ] {
            assert_eq!(
                object_names_no_secret(text.as_bytes()),
                expected,
                "{text:.20}"
            );
        }
    }

    #[test]
    fn what_is_no_json_is_not_harmless() {
        let deep = "[".repeat(10_000);
        for text in ["", "{", "{}x", "{\"a\":}", "\u{1}", deep.as_str()] {
            assert!(!names_no_secret(text.as_bytes()), "{text:.20}");
        }
        assert!(!names_no_secret(b"{\"a\":\"\xff\"}"));
    }
}
