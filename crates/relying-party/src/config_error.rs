//! The error for a wrong setting.

use std::fmt;

/// A setting cannot work. The error has the setting's name, the rule that it breaks, and the remedy.
///
/// It never shows the setting's value, which may be a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct ConfigError {
    setting: &'static str,
    rule: &'static str,
    remedy: &'static str,
}

impl ConfigError {
    /// Returns the name of the setting: that of its setter.
    #[must_use]
    pub fn setting(&self) -> &'static str {
        self.setting
    }

    /// Returns the rule that the setting breaks.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        self.rule
    }

    /// Returns the remedy.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        self.remedy
    }

    pub(crate) fn new(setting: &'static str, rule: &'static str, remedy: &'static str) -> Self {
        Self {
            setting,
            rule,
            remedy,
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "setting `{}`: {}; {}",
            self.setting, self.rule, self.remedy
        )
    }
}

/// The same as its `Display`: `main` prints errors with `Debug`.
impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ConfigError {}
