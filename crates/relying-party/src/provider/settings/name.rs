//! The name by which people know the provider.

use crate::config_error::ConfigError;

/// It is shown in titles and on buttons.
const MAX_CHARACTERS: usize = 64;

pub(super) fn check(name: Option<&str>) -> Result<(), ConfigError> {
    let Some(name) = name else { return Ok(()) };
    let is_short = name.chars().count() <= MAX_CHARACTERS;
    if is_short && !name.is_empty() && !name.chars().any(char::is_control) {
        return Ok(());
    }
    Err(ConfigError::new(
        "name",
        "must have 1 to 64 characters, none of them a control character",
        "give the name that people know, such as `Logto`, or remove it",
    ))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{fault, provider};

    #[test]
    fn a_name_is_short_and_has_no_control_characters() {
        for name in ["Logto", "Städtische Anmeldung <&>", &"ä".repeat(64)] {
            assert_eq!(fault(provider().name(name)), "", "{name}");
        }
        for name in ["", "a\nb", "a\u{1b}[31mb", "a\u{85}b", &"a".repeat(65)] {
            assert_eq!(fault(provider().name(name)), "name", "{name:?}");
        }
    }
}
