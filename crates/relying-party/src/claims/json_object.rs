//! A JSON object as it was received, read member by member.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::ser::{Error as _, Serialize, Serializer};
use serde_json::value::RawValue;

const MAX_BYTES: usize = 64 * 1024;

/// At most 64 KiB that begin like a JSON object. The rest is checked when it is read. Cloning is cheap.
#[derive(Clone)]
pub(crate) struct JsonObject(Bytes);

impl JsonObject {
    pub(crate) fn new(json: Bytes) -> Result<Self, InvalidClaims> {
        if json.len() > MAX_BYTES {
            return Err(InvalidClaims::new("larger than 64 KiB"));
        }
        let text = std::str::from_utf8(&json).map_err(|_| InvalidClaims::new("not UTF-8"))?;
        // serde would also read the fields from an array.
        if !text.trim_start().starts_with('{') {
            return Err(InvalidClaims::new("it is not a JSON object"));
        }
        Ok(Self(json))
    }

    /// The same for JSON that was accepted before. Only how it begins and how long it is are checked.
    pub(crate) fn accepted(json: Bytes) -> Option<Self> {
        let is_object = json.trim_ascii_start().starts_with(b"{");
        (is_object && json.len() <= MAX_BYTES).then_some(Self(json))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text. Empty, which is no JSON, if it was accepted before and is not UTF-8 after all.
    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Returns the members, unparsed; of two members with the same name the last. `None` if the text is
    /// not an object.
    pub(crate) fn members(&self) -> Option<JsonMembers<'_>> {
        serde_json::from_str(self.as_str()).ok().map(JsonMembers)
    }

    /// Returns an object of the members of both. Of two members with the same name, that of `self` stays. `None` if one
    /// of them is not an object, or both together are too large.
    pub(crate) fn with(&self, more: &Self) -> Option<Self> {
        let mut both = more.members()?;
        both.0.extend(self.members()?.0);
        let json = serde_json::to_vec(&both.0).ok()?;
        Self::new(json.into()).ok()
    }

    /// Returns the member `name`. `None` if it is absent, `null` or not a `T`.
    pub(crate) fn get<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        self.members()?.get(name)
    }

    pub(crate) fn deserialize<T: DeserializeOwned>(&self) -> Result<T, InvalidClaims> {
        serde_json::from_str(self.as_str())
            .map_err(|_| InvalidClaims::new("the claims do not fit the type"))
    }

    /// Writes the JSON as it was read, without white space around it.
    pub(crate) fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let json: &RawValue = serde_json::from_str(self.as_str()).map_err(S::Error::custom)?;
        json.serialize(serializer)
    }

    /// Shows the names of the members, without their values.
    pub(crate) fn debug_names(&self, of: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let members: BTreeMap<String, IgnoredAny> =
            serde_json::from_str(self.as_str()).unwrap_or_default();
        f.write_str(of)?;
        f.debug_set().entries(members.keys()).finish()
    }
}

/// The members of a JSON object.
pub(crate) struct JsonMembers<'a>(pub(super) BTreeMap<String, &'a RawValue>);

impl JsonMembers<'_> {
    /// Returns the member `name`. `None` if it is absent, `null` or not a `T`.
    pub(crate) fn get<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        serde_json::from_str::<Option<T>>(self.0.get(name)?.get()).ok()?
    }
}

/// Claims cannot be read, edited or converted. The error does not show them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidClaims(Cow<'static, str>);

impl InvalidClaims {
    pub(crate) fn new(why: impl Into<Cow<'static, str>>) -> Self {
        Self(why.into())
    }
}

impl fmt::Display for InvalidClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid claims: {}", self.0)
    }
}

impl std::error::Error for InvalidClaims {}
