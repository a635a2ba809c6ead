//! The names by which the application gave the settings: those of the builder's methods, or those of
//! environment variables.

use std::borrow::Cow;

use crate::config_error::ConfigError;

/// A setting as the builder's errors name it, and the name that errors show instead.
pub(super) type SettingName = (&'static str, Cow<'static, str>);

#[derive(Clone, Default)]
pub(crate) struct SettingNames {
    pub(super) common: Vec<SettingName>,
    /// The names for settings of one of several providers, by its id.
    pub(super) of_providers: Vec<(String, Vec<SettingName>)>,
}

impl SettingNames {
    /// The same error with the name by which the application gave the setting.
    pub(super) fn rename(&self, error: ConfigError) -> ConfigError {
        let of_provider = self
            .of_providers
            .iter()
            .find(|(id, _)| error.provider() == Some(id.as_str()));
        match of_provider {
            Some((_, names)) => error.renamed(names),
            None => error.renamed(&self.common),
        }
    }
}
