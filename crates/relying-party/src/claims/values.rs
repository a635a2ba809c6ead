//! The types of claims.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serializer};
use serde_json::value::RawValue;

/// One string, or an array of strings, like `aud` (RFC 7519 section 4.1.3).
#[derive(Clone, Debug)]
pub(crate) struct OneOrMany(pub(crate) Vec<String>);

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            One(String),
            Many(Vec<String>),
        }
        Ok(match Form::deserialize(deserializer)? {
            Form::One(one) => Self(vec![one]),
            Form::Many(many) => Self(many),
        })
    }
}

/// Scopes separated by spaces (RFC 6749 section 3.3). Some providers write an array of strings
/// instead, which are joined here. Anything else is an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ScopeText(pub(crate) String);

impl<'de> Deserialize<'de> for ScopeText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Text(String),
            List(Vec<String>),
        }
        Ok(Self(match Form::deserialize(deserializer)? {
            Form::Text(text) => text,
            Form::List(list) => {
                let scopes = list.iter().flat_map(|it| it.split_ascii_whitespace());
                scopes.collect::<Vec<_>>().join(" ")
            }
        }))
    }
}

/// Seconds since 1970 (RFC 7519 section 2): a JSON number, whole or not, from 0 to 2^53.
///
/// Anything else is an error and does not count as absent: a token whose `exp` is a string must not be
/// accepted as one without `exp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NumericDate(pub(crate) u64);

impl NumericDate {
    pub(crate) fn to_system_time(self) -> Option<SystemTime> {
        UNIX_EPOCH.checked_add(Duration::from_secs(self.0))
    }
}

impl<'de> Deserialize<'de> for NumericDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const LIMIT: f64 = 9_007_199_254_740_992.0;
        let seconds = f64::deserialize(deserializer)?;
        if !(0.0..LIMIT).contains(&seconds) {
            return Err(serde::de::Error::custom("not a time"));
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "in 0..2^53, and the fraction is not needed"
        )]
        #[expect(clippy::cast_sign_loss, reason = "in 0..2^53")]
        let seconds = seconds as u64;
        Ok(Self(seconds))
    }
}

/// A time of a user's account: seconds since 1970, or milliseconds, which Logto sends.
///
/// Numbers from 10^11 are milliseconds: as seconds that would be after the year 5138, as milliseconds
/// it is after March 1973.
#[derive(Clone, Copy)]
pub(crate) struct SecondsOrMillis(NumericDate);

impl SecondsOrMillis {
    pub(crate) fn to_system_time(self) -> Option<SystemTime> {
        match self.0.0 {
            millis @ 100_000_000_000.. => UNIX_EPOCH.checked_add(Duration::from_millis(millis)),
            _ => self.0.to_system_time(),
        }
    }
}

impl<'de> Deserialize<'de> for SecondsOrMillis {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        NumericDate::deserialize(deserializer).map(Self)
    }
}

/// Writes a time so that [`SecondsOrMillis`] reads the same one: in seconds, or in milliseconds if it
/// has a fraction of a second. One before 1970 is 0.
pub(super) fn time<S: Serializer>(
    time: &Option<SystemTime>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let Some(time) = time else {
        return serializer.serialize_none();
    };
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    match since.subsec_millis() {
        0 => serializer.serialize_u64(since.as_secs()),
        _ => serializer.serialize_u128(since.as_millis()),
    }
}

/// A boolean, or the string `"true"` or `"false"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TrueOrFalse(pub(crate) bool);

impl<'de> Deserialize<'de> for TrueOrFalse {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Bool(bool),
            Text(String),
        }
        match Form::deserialize(deserializer)? {
            Form::Bool(value) => Ok(Self(value)),
            Form::Text(text) => text.parse().map(Self).map_err(serde::de::Error::custom),
        }
    }
}

/// Reads a `T`. `None` if the value is of another type.
pub(crate) fn lenient<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let value = <&RawValue>::deserialize(deserializer)?;
    Ok(serde_json::from_str(value.get()).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_number_from_0_to_2_to_the_53() {
        for json in [
            "-1",
            "-0.5",
            "1e300",
            "9007199254740992",
            "\"1\"",
            "null",
            "true",
            "[1]",
        ] {
            assert!(serde_json::from_str::<NumericDate>(json).is_err(), "{json}");
        }
        for (json, seconds) in [
            ("0", 0),
            ("1.9", 1),
            ("1e3", 1000),
            ("9007199254740991", (1 << 53) - 1),
        ] {
            assert_eq!(
                serde_json::from_str::<NumericDate>(json).unwrap().0,
                seconds,
                "{json}"
            );
        }
    }

    #[test]
    fn a_time_of_at_least_ten_to_the_eleventh_is_in_milliseconds() {
        for (json, millis) in [
            ("0", 0),
            ("1800000000", 1_800_000_000_000),
            ("1800000000.5", 1_800_000_000_000),
            ("99999999999", 99_999_999_999_000),
            ("100000000000", 100_000_000_000),
            ("1800000000123", 1_800_000_000_123),
        ] {
            let time: SecondsOrMillis = serde_json::from_str(json).unwrap();
            let expected = UNIX_EPOCH.checked_add(Duration::from_millis(millis));
            assert_eq!(time.to_system_time(), expected, "{json}");
        }
    }

    #[test]
    fn a_boolean_may_be_written_as_a_string() {
        for (json, expected) in [
            ("true", Some(true)),
            ("false", Some(false)),
            ("\"true\"", Some(true)),
            ("\"false\"", Some(false)),
            ("\"True\"", None),
            ("\"yes\"", None),
            ("\"\"", None),
            ("1", None),
            ("null", None),
        ] {
            let read = serde_json::from_str::<TrueOrFalse>(json).ok();
            assert_eq!(read.map(|it| it.0), expected, "{json}");
        }
    }
}
