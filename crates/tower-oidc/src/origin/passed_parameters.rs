//! Which parameters of a link to the sign-in are passed on to the provider.

use std::sync::Arc;

use relying_party::AuthorizationRequest;

use super::query::InvalidQuery;
use crate::config_error::ConfigError;

const SETTING: &str = "sign_in_parameters";

const MAX_NAMES: usize = 16;
const MAX_NAME_LENGTH: usize = 64;

/// More is not kept with a sign-in in progress anyway.
const MAX_VALUE_LENGTH: usize = 512;

/// What every link may ask for.
const ALWAYS: [&str; 3] = ["prompt", "login_hint", "ui_locales"];

/// What this layer reads itself.
const OWN: [&str; 3] = ["return_to", "after", "replace"];

/// The names of the parameters that the application allows, beside those that every link may have.
#[derive(Clone, Debug, Default)]
pub(crate) struct PassedParameters(Arc<[String]>);

impl PassedParameters {
    /// # Errors
    ///
    /// A name is no plain one, or its parameter would change the protocol.
    pub(crate) fn new(names: &[String]) -> Result<Self, ConfigError> {
        let refused = |rule| Err(ConfigError::new(SETTING, rule));
        if names.len() > MAX_NAMES {
            return refused("must be at most 16 names; list only those that links need");
        }
        let mut passed = Vec::new();
        for name in names {
            if ALWAYS.contains(&name.as_str()) || passed.contains(name) {
                continue;
            }
            if !is_plain(name) {
                return refused(
                    "must be names of at most 64 letters, digits, `_`, `-` and `.`, such as \
                     organization_id",
                );
            }
            if OWN.contains(&name.as_str()) || !AuthorizationRequest::accepts_extra_parameter(name)
            {
                return refused(
                    "must not have a parameter of the protocol, such as state, redirect_uri, scope or \
                     acr_values, nor one of the sign-in route: links are made by anyone, and these are for \
                     the application alone; use the setter for it, if there is one",
                );
            }
            passed.push(name.clone());
        }
        Ok(Self(passed.into()))
    }

    pub(crate) fn allows(&self, name: &str) -> bool {
        self.0.iter().any(|allowed| allowed == name)
    }

    /// Adds an allowed parameter to those of a link.
    ///
    /// # Errors
    ///
    /// The link has it already, or its value is too long or has control characters.
    pub(super) fn add(
        passed: &mut Vec<(String, String)>,
        name: &str,
        value: &str,
    ) -> Result<(), InvalidQuery> {
        let is_repeated = passed.iter().any(|(before, _)| before == name);
        let is_plain = value.len() <= MAX_VALUE_LENGTH && !value.contains(char::is_control);
        if is_repeated || !is_plain {
            return Err(InvalidQuery);
        }
        passed.push((name.to_owned(), value.to_owned()));
        Ok(())
    }
}

fn is_plain(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    (1..=MAX_NAME_LENGTH).contains(&name.len()) && name.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(names: &[&str]) -> Option<PassedParameters> {
        let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
        PassedParameters::new(&names).ok()
    }

    #[test]
    fn only_listed_names_are_passed_on() {
        let passed = passed(&["organization_id", "lti_message_hint", "ui_locales"]).unwrap();
        assert!(passed.allows("organization_id") && passed.allows("lti_message_hint"));
        for name in ["organization", "Organization_id", "ui_locales", ""] {
            assert!(!passed.allows(name), "{name}");
        }
    }

    #[test]
    fn parameters_of_the_protocol_and_of_the_route_cannot_be_listed() {
        for name in [
            "state",
            "nonce",
            "redirect_uri",
            "client_id",
            "response_type",
            "response_mode",
            "code_challenge",
            "code_challenge_method",
            "scope",
            "request",
            "request_uri",
            "claims",
            "acr_values",
            "max_age",
            "id_token_hint",
            "client_secret",
            "resource",
            "State",
            "return_to",
            "after",
            "replace",
        ] {
            assert!(passed(&["theme", name]).is_none(), "{name}");
        }
    }

    #[test]
    fn names_are_plain_and_few() {
        for name in ["", "a b", "a&b", "a=b", "\u{fc}", "a\n", &"a".repeat(65)] {
            assert!(passed(&[name]).is_none(), "{name}");
        }
        let names: Vec<_> = (0..17).map(|number| format!("name{number}")).collect();
        assert!(PassedParameters::new(&names[..16]).is_ok());
        assert!(PassedParameters::new(&names).is_err());
    }

    #[test]
    fn a_value_is_short_and_has_no_control_characters() {
        let is_allowed = |value: &str| PassedParameters::add(&mut Vec::new(), "a", value).is_ok();
        assert!(is_allowed(&"a".repeat(512)));
        assert!(is_allowed("a&b=c \u{fc}"));
        for value in [&"a".repeat(513), "a\r\nb", "a\0"] {
            assert!(!is_allowed(value), "{value:?}");
        }
    }
}
