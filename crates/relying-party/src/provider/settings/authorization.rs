//! The settings of authorization requests.

use url::Url;

use crate::config_error::ConfigError;
use crate::provider::{Provider, extra_parameter_rule};

pub(super) fn check(provider: &Provider) -> Result<(), ConfigError> {
    check_scopes("scopes", provider.scopes.as_deref().unwrap_or_default())?;
    check_scopes("add_scopes", &provider.added_scopes)?;
    let demands_form_post = |scopes: &[&str]| scopes.iter().any(|scope| provider.has_scope(scope));
    if !provider.uses_form_post() && demands_form_post(provider.form_post_scopes) {
        return Err(ConfigError::new(
            "response_mode",
            "must be `ResponseMode::FormPost`, which the provider demands for the scopes `name` and `email`",
            "do not set it, or request neither of the two scopes",
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
    let sign_up = provider.sign_up_parameter.as_ref();
    if let Some(rule) = sign_up.and_then(|(name, _)| extra_parameter_rule(name)) {
        return Err(ConfigError::new(
            "sign_up_parameter",
            rule,
            "remove it for a provider that supports `prompt=create`",
        ));
    }
    let organization = provider.organization_parameter.as_ref();
    if let Some(rule) = organization.and_then(|name| extra_parameter_rule(name)) {
        return Err(ConfigError::new(
            "organization_parameter",
            rule,
            "give the provider's own parameter, such as `organization`",
        ));
    }
    if provider.role_claim.is_empty() || provider.role_claim.iter().any(String::is_empty) {
        return Err(ConfigError::new(
            "role_claim",
            "must be the names that lead to a claim, none of which is empty",
            "give one, such as `roles`, or several for a claim inside of another",
        ));
    }
    provider.parameters.check()
}

/// Checks the scopes of a setter.
pub(crate) fn check_scopes(setting: &'static str, scopes: &[String]) -> Result<(), ConfigError> {
    if scopes.iter().all(|scope| is_scope_token(scope)) {
        return Ok(());
    }
    Err(ConfigError::new(
        setting,
        "must be visible ASCII without space, `\"` and `\\` (RFC 6749 section 3.3)",
        "give each scope as a separate value",
    ))
}

/// RFC 6749 appendix A.4.
pub(crate) fn is_scope_token(scope: &str) -> bool {
    !scope.is_empty()
        && scope
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\')
}

#[cfg(test)]
mod tests {
    use super::super::tests::provider;

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
