//! The id under which the application registers a provider.

use std::fmt;
use std::sync::Arc;

use super::env::names;
use crate::config_error::ConfigError;

/// An id is a part of paths and of variables' names.
const MAX_LENGTH: usize = 32;

/// The setting that errors name.
const SETTING: &str = "provider_with_id";

/// An id that keeps its grammar, and whose variables are no settings of the layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProviderKey(Arc<str>);

impl ProviderKey {
    pub(super) fn parse(id: &str) -> Result<Self, ConfigError> {
        let is_letter = |byte: &u8| byte.is_ascii_lowercase();
        let keeps_grammar = id.len() <= MAX_LENGTH
            && id.as_bytes().first().is_some_and(is_letter)
            && id
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
            && !id.ends_with('-')
            && !id.contains("--");
        if !keeps_grammar {
            return Err(ConfigError::new(
                SETTING,
                format!(
                    "must be an id of at most {MAX_LENGTH} characters from a-z, 0-9 and -, which begins \
                     with a letter and has no - at its end or twice in a row, such as `logto`"
                ),
            ));
        }
        match names::taken_by(id) {
            Some(variable) => Err(ConfigError::new(
                SETTING,
                format!(
                    "cannot be `{id}`, because this provider's variables would begin as {variable} \
                     does, which means something else: choose another id, such as `my-{id}`"
                ),
            )),
            None => Ok(Self(id.into())),
        }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn into_text(self) -> Arc<str> {
        self.0
    }

    /// Checks that two providers of one layer have different ids, and that no variable could be for
    /// both.
    pub(super) fn check_beside(&self, other: &Self) -> Result<(), ConfigError> {
        if self == other {
            return Err(ConfigError::new(
                SETTING,
                format!("`{self}` is the id of two providers: give each its own"),
            ));
        }
        match names::shared_by(&self.0, &other.0) {
            Some(variable) => Err(ConfigError::new(
                SETTING,
                format!(
                    "cannot be both `{self}` and `{other}`, because {variable} could be a variable \
                     of either: choose another id for one of them"
                ),
            )),
            None => Ok(()),
        }
    }
}

impl fmt::Display for ProviderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(id: &str) -> Option<String> {
        ProviderKey::parse(id).err().map(|error| error.to_string())
    }

    #[test]
    fn an_id_keeps_its_grammar() {
        for id in [
            "logto",
            "asgardeo",
            "genauth",
            "a",
            "logto-eu",
            "a1-2b",
            "google",
            "my-client",
            "abcdefghijklmnopqrstuvwxyzabcdef",
        ] {
            assert_eq!(refusal(id), None, "{id}");
        }
        for id in [
            "",
            "-",
            "1a",
            "-a",
            "a-",
            "a--b",
            "A",
            "a_b",
            "a b",
            "a/b",
            "a.b",
            "ä",
            "a\n",
            "abcdefghijklmnopqrstuvwxyzabcdefg",
        ] {
            assert!(refusal(id).unwrap().contains("a-z"), "{id:?}");
        }
    }

    #[test]
    fn an_id_whose_variables_could_be_another_setting_is_refused() {
        for (id, beginning) in [
            ("client", "AUTH_CLIENT_"),
            ("cookie", "AUTH_COOKIE_"),
            ("cookie-secret", "AUTH_COOKIE_SECRET"),
            ("base", "AUTH_BASE_"),
            ("session", "AUTH_SESSION_"),
            ("sign", "AUTH_SIGN_"),
            ("sign-in", "AUTH_SIGN_IN_"),
            ("ca", "AUTH_CA_"),
            ("issuer", "AUTH_ISSUER"),
            ("scopes", "AUTH_SCOPES"),
            ("ignore", "AUTH_IGNORE"),
            ("port", "AUTH_PORT_ID"),
            ("service", "AUTH_SERVICE_ID"),
            // Those of presets.
            ("logto-add", "AUTH_LOGTO_ADD_"),
            ("logto-client", "AUTH_LOGTO_CLIENT_"),
            ("asgardeo-org", "AUTH_ASGARDEO_ORG"),
            ("apple-team", "AUTH_APPLE_TEAM_ID"),
        ] {
            let refusal = refusal(id).unwrap_or_else(|| panic!("{id} is accepted"));
            assert!(refusal.contains(beginning), "{refusal}");
        }
        // Similar, but no variable can be for both.
        for id in ["clients", "cookies", "signin", "logto-eu", "port80"] {
            assert_eq!(refusal(id), None, "{id}");
        }
    }

    /// Whatever variables there will be.
    #[test]
    fn an_id_with_which_any_variable_begins_is_refused_unless_it_is_a_presets() {
        for (name, _) in names::all() {
            let id = name["AUTH_".len()..].to_ascii_lowercase().replace('_', "-");
            let ends = id.match_indices('-').map(|(end, _)| end);
            for end in ends.chain([id.len()]) {
                let id = &id[..end];
                let is_preset = names::is_preset(id);
                assert_eq!(refusal(id).is_none(), is_preset, "{id} of {name}");
            }
        }
    }

    #[test]
    fn the_remedy_of_a_refused_id_is_accepted() {
        for id in ["client", "cookie", "base", "session", "sign-in", "port"] {
            assert_eq!(refusal(&format!("my-{id}")), None, "{id}");
        }
    }

    #[test]
    fn two_ids_are_different_and_have_no_variable_in_common() {
        let beside = |one: &str, other: &str| {
            let keys = (ProviderKey::parse(one)?, ProviderKey::parse(other)?);
            let result = keys.0.check_beside(&keys.1);
            assert_eq!(result.is_ok(), keys.1.check_beside(&keys.0).is_ok());
            result
        };
        for (one, other) in [
            ("a", "b"),
            ("a", "a-b"),
            ("logto", "logto-eu"),
            ("a", "ab"),
            ("a", "a-org"),
        ] {
            assert_eq!(beside(one, other), Ok(()), "{one} {other}");
        }
        for (one, other, named) in [
            ("a", "a", "two providers"),
            ("a", "a-add", "AUTH_A_ADD_"),
            ("a-client", "a", "AUTH_A_CLIENT_"),
            ("a-b", "a-b-end-session", "AUTH_A_B_END_SESSION_"),
            // Of presets that either may have.
            ("a", "a-team", "AUTH_A_TEAM_ID"),
            ("a-user-pool", "a", "AUTH_A_USER_POOL_ID"),
            ("a", "a-hosted", "AUTH_A_HOSTED_DOMAIN"),
        ] {
            let error = beside(one, other).unwrap_err().to_string();
            assert!(error.contains(named), "{error}");
        }
    }
}
