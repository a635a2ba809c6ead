//! How the text of a variable is parsed, in the same way for all variables.

use std::borrow::Cow;
use std::fs;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use super::utc_time;
use crate::config_error::ConfigError;

/// The text of one variable, not empty, and its name for error messages.
pub(super) struct Value {
    name: Cow<'static, str>,
    text: Zeroizing<String>,
}

impl Value {
    pub(super) fn new(name: impl Into<Cow<'static, str>>, text: String) -> Self {
        Self {
            name: name.into(),
            text: Zeroizing::new(text),
        }
    }

    /// An error that names this variable. `rule` must not contain the value, because it may be a secret
    /// that was pasted into the wrong variable.
    pub(super) fn refused(&self, rule: impl Into<Cow<'static, str>>) -> ConfigError {
        ConfigError::new(self.name.clone(), rule)
    }

    pub(super) const fn name(&self) -> &Cow<'static, str> {
        &self.name
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Items separated by white space or commas.
    pub(super) fn list(&self) -> impl Iterator<Item = &str> {
        self.text
            .split(|c: char| c.is_ascii_whitespace() || c == ',')
            .filter(|item| !item.is_empty())
    }

    /// Items `name=value` of a list. A comma, a space or a percent sign in a value is
    /// percent-encoded.
    pub(super) fn pairs(&self) -> Result<Vec<(String, String)>, ConfigError> {
        let pair = |item: &str| {
            let (name, value) = item.split_once('=')?;
            let value = percent_decode_str(value).decode_utf8().ok()?;
            (!name.is_empty()).then(|| (name.to_owned(), value.into_owned()))
        };
        self.list()
            .map(|item| {
                pair(item).ok_or_else(|| {
                    self.refused(
                        "must be name=value, several separated by spaces or commas; write %20 for \
                         a space, %2C for a comma and %25 for a percent sign in a value",
                    )
                })
            })
            .collect()
    }

    /// `true` or `false`.
    pub(super) fn boolean(&self) -> Result<bool, ConfigError> {
        self.parse("must be true or false")
    }

    /// A whole number and its unit: `30s`, `15m`, `12h`, `7d`.
    pub(super) fn duration(&self) -> Result<Duration, ConfigError> {
        let seconds_per_unit = match self.text.as_bytes().last() {
            Some(b's') => 1,
            Some(b'm') => 60,
            Some(b'h') => 3_600,
            Some(b'd') => 86_400,
            _ => 0,
        };
        let number = self.text.strip_suffix(|_: char| seconds_per_unit != 0);
        number
            .filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|number| number.parse::<u64>().ok()?.checked_mul(seconds_per_unit))
            .map(Duration::from_secs)
            .ok_or_else(|| {
                self.refused(
                    "must be a whole number with its unit, one of s, m, h and d, such as 30s, \
                     15m, 12h or 7d",
                )
            })
    }

    /// A time in UTC, such as `2026-11-30T09:00:00Z`.
    pub(super) fn time(&self) -> Result<SystemTime, ConfigError> {
        utc_time::parse(&self.text).ok_or_else(|| {
            self.refused(
                "must be a time in UTC such as 2026-11-30T09:00:00Z, as `date -u +%Y-%m-%dT%H:%M:%SZ` \
                 writes it",
            )
        })
    }

    /// A whole number in this range.
    pub(super) fn number(&self, range: &RangeInclusive<u8>) -> Result<u8, ConfigError> {
        let number = self.text.parse().ok();
        number.filter(|it| range.contains(it)).ok_or_else(|| {
            self.refused(format!(
                "must be a whole number from {} to {}",
                range.start(),
                range.end()
            ))
        })
    }

    /// A value that `T` can parse.
    pub(super) fn parse<T: FromStr>(&self, rule: &'static str) -> Result<T, ConfigError> {
        self.text.parse().map_err(|_| self.refused(rule))
    }

    /// A list of values that `T` can parse.
    pub(super) fn parse_list<T: FromStr>(&self, rule: &'static str) -> Result<Vec<T>, ConfigError> {
        self.list()
            .map(|item| item.parse().map_err(|_| self.refused(rule)))
            .collect()
    }

    /// A path, or `None` for `off`.
    pub(super) fn path_or_off(&self) -> Option<&str> {
        Some(self.text()).filter(|path| *path != "off")
    }

    /// The bytes of the file at this path.
    pub(super) fn file(&self) -> Result<Vec<u8>, ConfigError> {
        self.read(self.text())
    }

    /// The texts of the files of a list of paths. They are wiped after use.
    #[cfg(feature = "private-key-jwt")]
    pub(super) fn text_files(&self) -> Result<Vec<Zeroizing<String>>, ConfigError> {
        let texts = self.list().map(|path| {
            let text = String::from_utf8(self.read(path)?);
            text.map(Zeroizing::new)
                .map_err(|_| self.refused("must name text files in UTF-8"))
        });
        texts.collect()
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, ConfigError> {
        fs::read(path).map_err(|error| {
            self.refused(format!(
                "cannot be read: {}. Give the path of a file that this program may read",
                error.kind()
            ))
        })
    }

    /// The text of the file at this path.
    pub(super) fn text_file(&self) -> Result<String, ConfigError> {
        String::from_utf8(self.file()?).map_err(|_| self.refused("must name a text file in UTF-8"))
    }
}
