//! The name of the user in a form that a provider has the browser post: what Apple sends in the field `user` at
//! the first sign-in. It is not signed.

use bytes::Bytes;
use relying_party::Provider;
use serde::Deserialize;
use serde_json::{Map, Value};
use url::form_urlencoded;

/// Longer names would take the room of tokens in the session's cookies.
const MAX_BYTES: usize = 1_024;
/// The characters of one part of a name.
const MAX_CHARS: usize = 100;

/// Everything else in the field is dropped. The `email` too: anyone could claim an address, and applications
/// trust it.
#[derive(Deserialize)]
struct PostedUser {
    name: PostedName,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PostedName {
    #[serde(default)]
    first_name: Value,
    #[serde(default)]
    last_name: Value,
}

/// The claims `given_name`, `family_name` and `name` from the field `user` of a form, encoded as a query. `None`
/// if the provider's settings do not use it, or it has no usable name.
pub(super) fn name_claims(provider: &Provider, form: &str) -> Option<Bytes> {
    if !provider.uses_posted_user_name() {
        return None;
    }
    let mut fields = form_urlencoded::parse(form.as_bytes());
    let (_, user) = fields.find(|(name, _)| name == "user")?;
    if user.len() > MAX_BYTES {
        return None;
    }
    let name = serde_json::from_str::<PostedUser>(&user).ok()?.name;
    let (given, family) = (validate(&name.first_name), validate(&name.last_name));
    let mut claims = Map::new();
    let mut add = |claim: &str, value: String| claims.insert(claim.to_owned(), value.into());
    if let Some(given) = given {
        add("given_name", given.to_owned());
    }
    if let Some(family) = family {
        add("family_name", family.to_owned());
    }
    let parts: Vec<_> = given.into_iter().chain(family).collect();
    if parts.is_empty() {
        return None;
    }
    add("name", parts.join(" "));
    serde_json::to_vec(&claims).ok().map(Bytes::from)
}

fn validate(part: &Value) -> Option<&str> {
    let part = part.as_str()?.trim();
    let is_short = part.chars().nth(MAX_CHARS).is_none();
    let is_usable = !part.is_empty() && is_short && !part.chars().any(char::is_control);
    is_usable.then_some(part)
}

#[cfg(test)]
mod tests {
    use relying_party::ResponseMode;
    use serde_json::json;
    use url::form_urlencoded::Serializer;

    use super::*;

    fn provider() -> Provider {
        Provider::new("https://op.example", "app")
            .response_mode(ResponseMode::FormPost)
            .posted_user_name(true)
    }

    fn claims(user: &str) -> Option<Value> {
        let mut form = Serializer::new("state=s&code=c".to_owned());
        let form = form.append_pair("user", user).finish();
        let claims = name_claims(&provider(), &form)?;
        serde_json::from_slice(&claims).ok()
    }

    #[test]
    fn only_the_name_becomes_claims() {
        let user = json!({
            "name": { "firstName": " Ada ", "lastName": "Lovelace", "middleName": "K" },
            "email": "ceo@example.com",
            "sub": "bob",
        });
        assert_eq!(
            claims(&user.to_string()),
            Some(json!({ "given_name": "Ada", "family_name": "Lovelace", "name": "Ada Lovelace" }))
        );
        let longest = "\u{e4}".repeat(MAX_CHARS);
        let user = json!({ "name": { "lastName": longest } });
        assert_eq!(
            claims(&user.to_string()),
            Some(json!({ "family_name": longest, "name": longest }))
        );
    }

    #[test]
    fn a_part_of_the_name_that_is_no_short_text_is_dropped() {
        let long = "a".repeat(MAX_CHARS + 1);
        for part in [
            json!(long),
            json!(""),
            json!("  "),
            json!("a\nb"),
            json!("a\u{0}"),
            json!("a\u{85}b"),
            json!(7),
            json!(null),
            json!(["a"]),
            json!({ "a": "b" }),
        ] {
            let user = json!({ "name": { "firstName": part, "lastName": "L" } });
            let expected = json!({ "family_name": "L", "name": "L" });
            assert_eq!(claims(&user.to_string()), Some(expected), "{user}");
        }
    }

    #[test]
    fn a_field_without_a_name_or_of_more_than_a_kilobyte_is_ignored() {
        for user in [
            "",
            "null",
            "[]",
            "{}",
            "Ada",
            r#"{"name":"Ada"}"#,
            r#"{"name":{}}"#,
            r#"{"name":{"firstName":"a","firstName":"b"}}"#,
            r#"{"name":{"firstName":"a"}"#,
            &"[".repeat(MAX_BYTES),
        ] {
            assert_eq!(claims(user), None, "{user:.30}");
        }
        let of = |length| {
            let start = r#"{"name":{"firstName":"Ada"},"x":""#;
            format!("{start}{}\"}}", "x".repeat(length - start.len() - 2))
        };
        assert!(claims(&of(MAX_BYTES)).is_some());
        assert_eq!(claims(&of(MAX_BYTES + 1)), None);
        assert_eq!(name_claims(&provider(), "state=s&code=c"), None);
    }

    #[test]
    fn without_the_setting_and_a_posted_answer_the_field_is_not_read() {
        let form = "user=%7B%22name%22%3A%7B%22firstName%22%3A%22Ada%22%7D%7D";
        assert!(name_claims(&provider(), form).is_some());
        for other in [
            provider().posted_user_name(false),
            provider().response_mode(ResponseMode::Query),
            Provider::new("https://op.example", "app").response_mode(ResponseMode::FormPost),
        ] {
            assert_eq!(name_claims(&other, form), None);
        }
    }
}
