//! Header parameters that a token declares critical (RFC 7515 section 4.1.11).

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::claims::JsonText;
use crate::json;
use crate::provider::CriticalHeader;

/// The parameters that a token's `crit` names, each with its value and the application's check.
pub(super) struct Critical<'a>(Vec<(&'a CriticalHeader, JsonText)>);

impl<'a> Critical<'a> {
    pub(super) const NONE: Self = Self(Vec::new());

    /// Finds the parameters that `crit` names. `None` if `crit` is not a list of distinct names, at
    /// least one, of parameters that have a check and occur in the header once.
    pub(super) fn find(
        crit: &RawValue,
        header: &[u8],
        checks: &'a [CriticalHeader],
    ) -> Option<Self> {
        let names: Vec<String> = serde_json::from_str(crit.get()).ok()?;
        // If there are more names than checks, one of them is a duplicate or has no check.
        if names.is_empty() || names.len() > checks.len() {
            return None;
        }
        let HeaderMembers(members) = json::object_from_slice(header).ok()?;
        let mut found: Vec<(&CriticalHeader, JsonText)> = Vec::with_capacity(names.len());
        for name in names {
            let check = checks.iter().find(|check| check.name() == name)?;
            if found.iter().any(|(other, _)| other.name() == name) {
                return None;
            }
            // Parsers differ in which of two duplicates they read.
            let mut values = members.iter().filter(|(member, _)| *member == name);
            let (Some((_, value)), None) = (values.next(), values.next()) else {
                return None;
            };
            found.push((check, JsonText::new(value)));
        }
        Some(Self(found))
    }

    /// Returns the first parameter whose value the application does not accept.
    pub(super) fn rejected(&self) -> Option<&str> {
        let rejected = self.0.iter().find(|(check, value)| !check.accepts(value));
        rejected.map(|(check, _)| check.name())
    }
}

/// The members of a JSON object in their order, duplicates included.
struct HeaderMembers<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for HeaderMembers<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct HeaderVisitor;

        impl<'de> Visitor<'de> for HeaderVisitor {
            type Value = HeaderMembers<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<HeaderMembers<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(HeaderMembers(members))
            }
        }

        deserializer.deserialize_map(HeaderVisitor)
    }
}
