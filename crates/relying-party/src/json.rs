//! Reading structs from JSON objects. All structs of this crate are read with these functions.
//!
//! serde itself also reads a struct from an array, in the order of its fields: `["the-token","Bearer"]`
//! would be a token response. RFC 6749 section 5.1, RFC 7515 section 4, RFC 7517 section 5, RFC 7519
//! section 3, RFC 7662 section 2.2 and OpenID Connect require objects.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::{CowStrDeserializer, MapAccessDeserializer};
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Reads a `T` from a JSON object.
///
/// # Errors
///
/// The JSON is not an object, or a member does not fit `T`. The error names the member and never shows
/// a value.
pub(crate) fn object_from_slice<'de, T: Deserialize<'de>>(
    json: &'de [u8],
) -> Result<T, ObjectError> {
    let mut at = None;
    read(&mut serde_json::Deserializer::from_slice(json), &mut at)
        .map_err(|error| ObjectError::new(json, &error, at))
}

/// Reads a `T` from the text of a JSON object.
pub(crate) fn object_from_str<'de, T: Deserialize<'de>>(json: &'de str) -> Result<T, ObjectError> {
    object_from_slice(json.as_bytes())
}

fn read<'de, T, R>(
    json: &mut serde_json::Deserializer<R>,
    at: &mut Option<String>,
) -> Result<T, serde_json::Error>
where
    T: Deserialize<'de>,
    R: serde_json::de::Read<'de>,
{
    let value = json.deserialize_map(ObjectVisitor {
        at,
        reads: PhantomData,
    })?;
    json.end()?;
    Ok(value)
}

/// A `T` that is read from a JSON object, for objects inside others.
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let visitor = ObjectVisitor {
            at: &mut None,
            reads: PhantomData,
        };
        deserializer.deserialize_map(visitor).map(Self)
    }
}

/// Accepts only a map, and records which member is being read.
struct ObjectVisitor<'a, T> {
    at: &'a mut Option<String>,
    reads: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<'_, T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(TrackingMap { map, at: self.at }))
    }
}

struct TrackingMap<'a, A> {
    map: A,
    at: &'a mut Option<String>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for TrackingMap<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        *self.at = self.map.next_key::<String>()?;
        let Some(name) = &*self.at else {
            return Ok(None);
        };
        let name: CowStrDeserializer<'_, A::Error> =
            Cow::Borrowed(name.as_str()).into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }

    fn size_hint(&self) -> Option<usize> {
        self.map.size_hint()
    }
}

/// Why JSON is not the expected object. It shows no value, which may be a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ObjectError {
    /// It is not JSON.
    NotJson,
    /// It is another JSON value.
    NotAnObject,
    /// A member is missing.
    Missing(String),
    /// A member occurs twice.
    Twice(String),
    /// A member has the wrong type, or a value that it must not have.
    WrongType {
        member: String,
        /// The kind of its value.
        kind: &'static str,
    },
}

impl ObjectError {
    fn new(json: &[u8], error: &serde_json::Error, at: Option<String>) -> Self {
        // Only serde's messages about fields that this crate declares are parsed.
        let field = |prefix: &str| -> Option<String> {
            let message = error.to_string();
            let (field, _) = message.strip_prefix(prefix)?.split_once('`')?;
            Some(field.to_owned())
        };
        if !error.is_data() {
            Self::NotJson
        } else if let Some(field) = field("missing field `") {
            Self::Missing(field)
        } else if let Some(field) = field("duplicate field `") {
            Self::Twice(field)
        } else if let Some(member) = at {
            let members: BTreeMap<String, &RawValue> =
                serde_json::from_slice(json).unwrap_or_default();
            let kind = members
                .get(&member)
                .map_or("", |value| kind_of(value.get()));
            Self::WrongType { member, kind }
        } else {
            Self::NotAnObject
        }
    }
}

impl fmt::Display for ObjectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson => f.write_str("it is not JSON"),
            Self::NotAnObject => f.write_str("it is not a JSON object"),
            Self::Missing(member) => write!(f, "`{member}` is missing"),
            Self::Twice(member) => write!(f, "`{member}` occurs twice"),
            Self::WrongType { member, kind } => {
                write!(f, "`{member}` is of the wrong type or value ({kind})")
            }
        }
    }
}

impl std::error::Error for ObjectError {}

/// Returns the type of a JSON value, for messages that must not show the value itself.
pub(crate) fn kind_of(json: &str) -> &'static str {
    match json.trim_start().bytes().next() {
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b'"') => "a string",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        Some(_) => "a number",
        None => "nothing",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Token<'a> {
        name: String,
        lifetime: Option<u32>,
        #[serde(borrow)]
        raw: Option<&'a RawValue>,
    }

    fn read(json: &str) -> Result<Token<'_>, String> {
        object_from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn an_object_is_read_with_borrowed_members() {
        let token = read(r#" {"x":[{}],"n\u0061me":"a","raw":[1, 2],"lifetime":7} "#).unwrap();
        assert_eq!((&*token.name, token.lifetime), ("a", Some(7)));
        assert_eq!(token.raw.unwrap().get(), "[1, 2]");
    }

    #[test]
    fn no_other_json_is_read_as_an_object() {
        for json in [
            r#"["a",7,null]"#,
            "[]",
            r#"[{"name":"a"}]"#,
            "null",
            "7",
            "\"name\"",
            "true",
        ] {
            assert_eq!(read(json).unwrap_err(), "it is not a JSON object", "{json}");
        }
        for json in [
            "",
            "<html>",
            r#"{"name":"a"}x"#,
            r#"{"name":"a","#,
            r#"{"name":"a",}"#,
        ] {
            assert_eq!(read(json).unwrap_err(), "it is not JSON", "{json}");
        }
        assert!(serde_json::from_str::<Vec<Object<Token<'_>>>>(r#"[{"name":"a"}]"#).is_ok());
        assert!(serde_json::from_str::<Vec<Object<Token<'_>>>>(r#"[["a",7,null]]"#).is_err());
    }

    #[test]
    fn a_faulty_member_is_named_without_its_value() {
        for (json, expected) in [
            ("{}", "`name` is missing"),
            (r#"{"lifetime":1}"#, "`name` is missing"),
            (r#"{"name":"a","name":"canary"}"#, "`name` occurs twice"),
            (
                r#"{"name":["canary"]}"#,
                "`name` is of the wrong type or value (an array)",
            ),
            (
                r#"{"x":1,"name":"a","lifetime":"canary"}"#,
                "`lifetime` is of the wrong type or value (a string)",
            ),
            (
                r#"{"name":"a","lifetime":-1}"#,
                "`lifetime` is of the wrong type or value (a number)",
            ),
            (
                r#"{"name":null,"lifetime":"missing field `canary`"}"#,
                "`name` is of the wrong type or value (null)",
            ),
        ] {
            assert_eq!(read(json).unwrap_err(), expected, "{json}");
        }
    }
}
