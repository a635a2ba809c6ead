//! Where the members of a JSON object stand, so that the text is parsed once however many of them are read.

use std::fmt;
use std::ops::Range;

use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The names and places of the members, in the order of the text.
pub(super) struct MemberIndex(Vec<Member>);

struct Member {
    name: Name,
    value: Range<usize>,
}

enum Name {
    /// It stands here, without an escape sequence.
    At(Range<usize>),
    /// It is written with an escape sequence.
    Escaped(Box<str>),
}

impl MemberIndex {
    /// `None` if the text is no JSON object.
    pub(super) fn of(text: &str) -> Option<Self> {
        let mut json = serde_json::Deserializer::from_str(text);
        let members = json.deserialize_map(Members(text)).ok()?;
        json.end().ok()?;
        Some(Self(members))
    }

    /// The text of the member `name`, unparsed; of two members with the same name the last.
    pub(super) fn find<'a>(&self, text: &'a str, name: &str) -> Option<&'a str> {
        let has_name = |member: &&Member| match &member.name {
            Name::At(range) => range.len() == name.len() && text.get(range.clone()) == Some(name),
            Name::Escaped(escaped) => **escaped == *name,
        };
        let member = self.0.iter().rev().find(has_name)?;
        text.get(member.value.clone())
    }

    /// The value of the member `name`. `None` if it is absent, `null` or not a `T`.
    pub(super) fn get<T: DeserializeOwned>(&self, text: &str, name: &str) -> Option<T> {
        serde_json::from_str::<Option<T>>(self.find(text, name)?).ok()?
    }
}

/// Where `part` stands in `text`, of which it is a part.
pub(super) fn range_in(text: &str, part: &str) -> Option<Range<usize>> {
    let start = part.as_ptr().addr().checked_sub(text.as_ptr().addr())?;
    let end = start.checked_add(part.len())?;
    (end <= text.len()).then_some(start..end)
}

/// Reads the members of an object in this text.
struct Members<'a>(&'a str);

impl<'a> Visitor<'a> for Members<'a> {
    type Value = Vec<Member>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::with_capacity(16);
        while let Some(name) = map.next_key_seed(NameIn(self.0))? {
            let value: &RawValue = map.next_value()?;
            let value = range_in(self.0, value.get());
            let value = value.ok_or_else(|| A::Error::custom("a value outside of the text"))?;
            members.push(Member { name, value });
        }
        Ok(members)
    }
}

/// Reads the name of a member in this text.
struct NameIn<'a>(&'a str);

impl<'a> DeserializeSeed<'a> for NameIn<'a> {
    type Value = Name;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Name, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'a> Visitor<'a> for NameIn<'a> {
    type Value = Name;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E: Error>(self, name: &'a str) -> Result<Name, E> {
        let range = range_in(self.0, name);
        range.map_or_else(|| self.visit_str(name), |range| Ok(Name::At(range)))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Name, E> {
        Ok(Name::Escaped(name.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'a>(text: &'a str, name: &str) -> Option<&'a str> {
        MemberIndex::of(text)?.find(text, name)
    }

    #[test]
    fn a_member_is_found_with_its_text() {
        let text = r#" { "a" : [1, {"b":2}] , "b":"x", "":null } "#;

        assert_eq!(found(text, "a"), Some(r#"[1, {"b":2}]"#));
        assert_eq!(found(text, "b"), Some(r#""x""#));
        assert_eq!(found(text, ""), Some("null"));
        assert_eq!(found(text, "c"), None);
    }

    #[test]
    fn a_name_with_an_escape_sequence_is_the_name_that_it_stands_for() {
        let text = r#"{"r\u006fles":1,"roles\\":2}"#;

        assert_eq!(found(text, "roles"), Some("1"));
        assert_eq!(found(text, r"roles\"), Some("2"));
        assert_eq!(found(text, r"r\u006fles"), None);
    }

    #[test]
    fn the_last_of_two_members_with_the_same_name_counts() {
        assert_eq!(found(r#"{"a":1,"a":2}"#, "a"), Some("2"));
        assert_eq!(found(r#"{"a":1,"\u0061":2}"#, "a"), Some("2"));
        assert_eq!(found(r#"{"\u0061":2,"a":1}"#, "a"), Some("1"));
    }

    #[test]
    fn what_is_no_object_has_no_members() {
        for text in [
            "",
            "[]",
            r#"["a",1]"#,
            "null",
            r#"{"a":1"#,
            r#"{"a":1}x"#,
            r#"{"a":}"#,
        ] {
            assert!(MemberIndex::of(text).is_none(), "{text}");
        }
    }
}
