//! What a wrong setting is answered with.

use std::fmt;

/// A setting that cannot work: which one, the rule it breaks, and the remedy.
///
/// It never shows the setting's value, which may be a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct ConfigError {
    setting: &'static str,
    rule: &'static str,
    remedy: &'static str,
}

impl ConfigError {
    /// The setting's name, as its setter is called.
    #[must_use]
    pub fn setting(&self) -> &'static str {
        self.setting
    }

    /// The rule that the setting breaks.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        self.rule
    }

    /// What to do about it.
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
