//! One variable of the environment.

use std::borrow::Cow;
use std::env::VarError;

use super::value::Value;
use crate::config_error::ConfigError;

/// Returns the text of a variable by its name: from the environment, or from a test.
pub(super) struct Environment<F>(pub(super) F);

impl<F: Fn(&str) -> Result<String, VarError>> Environment<F> {
    /// Returns the variable with this name; `None` if it is not set or empty.
    pub(super) fn get(
        &self,
        name: impl Into<Cow<'static, str>>,
    ) -> Result<Option<Value>, ConfigError> {
        let name = name.into();
        match (self.0)(&name) {
            Ok(text) => Ok((!text.is_empty()).then(|| Value::new(name, text))),
            Err(VarError::NotPresent) => Ok(None),
            Err(VarError::NotUnicode(_)) => Err(ConfigError::new(
                name,
                "is not UTF-8: give text. Encode random bytes, as `openssl rand -base64 48` does",
            )),
        }
    }

    pub(super) fn required(
        &self,
        name: &'static str,
        what: &'static str,
    ) -> Result<Value, ConfigError> {
        let value = self.get(name)?;
        value.ok_or_else(|| ConfigError::new(name, format!("is not set: give {what}")))
    }
}
