//! The settings of authorization requests.

use url::Url;

use crate::claims_request;
use crate::config_error::ConfigError;
use crate::provider::{Prompt, Provider};

/// Parameters that this crate sends itself, or that would change the flow.
const PROTECTED_PARAMETERS: [&str; 22] = [
    "acr_values",
    "claims",
    "client_assertion",
    "client_assertion_type",
    "client_id",
    "client_secret",
    "code_challenge",
    "code_challenge_method",
    "display",
    "id_token_hint",
    "login_hint",
    "max_age",
    "nonce",
    "prompt",
    "redirect_uri",
    "request",
    "request_uri",
    "response_mode",
    "response_type",
    "scope",
    "state",
    "ui_locales",
];

pub(super) fn check(provider: &Provider) -> Result<(), ConfigError> {
    let are_tokens = |scopes: &[String]| scopes.iter().all(|scope| is_scope_token(scope));
    let set = provider.scopes.as_deref().unwrap_or_default();
    for (setting, scopes) in [("scopes", set), ("add_scopes", &provider.added_scopes)] {
        if are_tokens(scopes) {
            continue;
        }
        return Err(ConfigError::new(
            setting,
            "must be visible ASCII without space, `\"` and `\\` (RFC 6749 section 3.3)",
            "give each scope as a separate value",
        ));
    }
    // RFC 8707 section 2.
    let is_resource = |text: &String| Url::parse(text).is_ok_and(|url| url.fragment().is_none());
    if !provider.resources.iter().all(is_resource) {
        return Err(ConfigError::new(
            "resources",
            "must be absolute URIs without fragment",
            "copy the resource's indicator from the provider's console",
        ));
    }
    if !prompts_agree(&provider.prompts) {
        return Err(ConfigError::new(
            "prompt",
            "`none` excludes every other prompt",
            "remove one of the two",
        ));
    }
    if let Some(claims) = &provider.claims_request {
        claims_request::check(claims, provider.acr_values.as_deref())
            .map_err(|broken| ConfigError::new("claims_request", broken.rule, broken.remedy))?;
    }
    match provider
        .extra_parameters
        .iter()
        .find_map(|(name, _)| extra_parameter_rule(name))
    {
        Some(rule) => Err(ConfigError::new(
            "extra_parameter",
            rule,
            "use the setter for it, if there is one",
        )),
        None => Ok(()),
    }
}

/// Returns the rule that an extra parameter of this name breaks, if any.
pub(crate) fn extra_parameter_rule(name: &str) -> Option<&'static str> {
    let imitates = |known: &&str| known.eq_ignore_ascii_case(name.trim());
    if name.is_empty() {
        Some("must have a name")
    } else if PROTECTED_PARAMETERS.iter().any(imitates) {
        Some("must not be a parameter of the protocol")
    } else if imitates(&"resource") {
        Some("must not be `resource`, which `resources` sets")
    } else {
        None
    }
}

/// RFC 6749 appendix A.4.
pub(crate) fn is_scope_token(scope: &str) -> bool {
    !scope.is_empty()
        && scope
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\')
}

/// OpenID Connect Core 1.0 section 3.1.2.1: `none` with any other value is an error.
pub(crate) fn prompts_agree(prompts: &[Prompt]) -> bool {
    prompts.len() <= 1 || !prompts.contains(&Prompt::None)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{fault, provider};
    use super::*;

    #[test]
    fn extra_parameters_cannot_replace_those_of_the_protocol() {
        for name in PROTECTED_PARAMETERS
            .into_iter()
            .chain(["", "State", " nonce ", "resource"])
        {
            assert_eq!(
                fault(provider().extra_parameter(name, "x")),
                "extra_parameter",
                "{name}"
            );
        }
        assert_eq!(
            fault(provider().extra_parameter("first_screen", "register")),
            ""
        );
    }

    #[test]
    fn the_requested_scopes_are_those_set_or_the_default_ones() {
        let default = provider();
        let set = provider().scopes(["email", "orders"]);
        let added = provider().add_scopes(["orders"]);
        for (scope, by_default, when_set, when_added) in [
            ("openid", true, true, true),
            ("email", true, true, true),
            ("offline_access", true, false, true),
            ("orders", false, true, true),
            ("order", false, false, false),
        ] {
            assert_eq!(default.has_scope(scope), by_default, "{scope}");
            assert_eq!(set.has_scope(scope), when_set, "{scope}");
            assert_eq!(added.has_scope(scope), when_added, "{scope}");
        }
    }
}
