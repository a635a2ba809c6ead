//! The parameters of an authorization request that have a default at the provider and a value for one
//! sign-in.

use std::time::Duration;

use super::values::{Display, Prompt};
use crate::claims_request::{self, ClaimsRequest};
use crate::config_error::ConfigError;

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

/// The parameters that [`Provider`](super::Provider) has for every sign-in, and
/// [`AuthorizationRequest`](crate::AuthorizationRequest) for one. Their setters accept any value, and
/// [`check`](Self::check) decides about both.
#[derive(Clone, Debug, Default)]
pub(crate) struct AuthorizationParameters {
    pub(crate) prompts: Vec<Prompt>,
    pub(crate) max_age: Option<Duration>,
    pub(crate) acr_values: Option<String>,
    pub(crate) claims_request: Option<ClaimsRequest>,
    pub(crate) display: Option<Display>,
    pub(crate) ui_locales: Option<String>,
    /// Names and values, each name once.
    pub(crate) extra: Vec<(String, String)>,
}

impl AuthorizationParameters {
    /// Adds an extra parameter, or replaces the one of this name: a request has each parameter once
    /// (RFC 6749 section 3.1).
    pub(crate) fn set_extra(&mut self, name: String, value: String) {
        match self.extra.iter_mut().find(|(it, _)| *it == name) {
            Some((_, before)) => *before = value,
            None => self.extra.push((name, value)),
        }
    }

    /// Returns these parameters, with the default of each one that is not set. Extra parameters are
    /// added to the default ones.
    pub(crate) fn or(&self, defaults: &Self) -> Self {
        // Without `..`, so that a new parameter cannot be forgotten.
        let Self {
            prompts,
            max_age,
            acr_values,
            claims_request,
            display,
            ui_locales,
            extra,
        } = self;
        let is_replaced = |name: &str| extra.iter().any(|(it, _)| it == name);
        let remaining = defaults.extra.iter().filter(|(it, _)| !is_replaced(it));
        Self {
            prompts: if prompts.is_empty() {
                &defaults.prompts
            } else {
                prompts
            }
            .clone(),
            max_age: max_age.or(defaults.max_age),
            acr_values: acr_values
                .as_ref()
                .or(defaults.acr_values.as_ref())
                .cloned(),
            claims_request: claims_request
                .as_ref()
                .or(defaults.claims_request.as_ref())
                .cloned(),
            display: display.or(defaults.display),
            ui_locales: ui_locales
                .as_ref()
                .or(defaults.ui_locales.as_ref())
                .cloned(),
            extra: remaining.chain(extra).cloned().collect(),
        }
    }

    /// Returns the requested claims. An empty claims request is not sent.
    pub(crate) fn requested_claims(&self) -> Option<&ClaimsRequest> {
        self.claims_request
            .as_ref()
            .filter(|claims| !claims.is_empty())
    }

    /// Checks the values. The error names the setter, which is the same for all sign-ins and for one.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        // OpenID Connect Core 1.0 section 3.1.2.1: `none` with any other value is an error.
        if self.prompts.len() > 1 && self.prompts.contains(&Prompt::None) {
            return Err(ConfigError::new(
                "prompt",
                "`none` excludes every other prompt",
                "remove one of the two",
            ));
        }
        if let Some(claims) = &self.claims_request {
            claims_request::check(claims, self.acr_values.as_deref())
                .map_err(|broken| ConfigError::new("claims_request", broken.rule, broken.remedy))?;
        }
        let broken_rule = self
            .extra
            .iter()
            .find_map(|(name, _)| extra_parameter_rule(name));
        broken_rule.map_or(Ok(()), |rule| {
            Err(ConfigError::new(
                "extra_parameter",
                rule,
                "use the setter for it, if there is one",
            ))
        })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RequestedClaim;

    fn fault(parameters: &AuthorizationParameters) -> &'static str {
        parameters
            .check()
            .map_or_else(|error| error.setting(), |()| "")
    }

    fn extra(names_and_values: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
        names_and_values.iter().map(owned).collect()
    }

    fn claims(name: &str) -> ClaimsRequest {
        ClaimsRequest::new().id_token(name, RequestedClaim::voluntary())
    }

    fn defaults() -> AuthorizationParameters {
        AuthorizationParameters {
            prompts: vec![Prompt::Consent],
            max_age: Some(Duration::from_secs(1)),
            acr_values: Some("silver".to_owned()),
            claims_request: Some(claims("email")),
            display: Some(Display::Page),
            ui_locales: Some("de".to_owned()),
            extra: extra(&[("theme", "light"), ("screen", "register")]),
        }
    }

    #[test]
    fn extra_parameters_cannot_replace_those_of_the_protocol() {
        for name in PROTECTED_PARAMETERS
            .into_iter()
            .chain(["", "State", " nonce ", "resource"])
        {
            let mut parameters = AuthorizationParameters::default();
            parameters.set_extra(name.to_owned(), "x".to_owned());
            assert_eq!(fault(&parameters), "extra_parameter", "{name}");
        }
        assert_eq!(fault(&defaults()), "");
    }

    #[test]
    fn what_is_not_set_has_the_default() {
        let merged = AuthorizationParameters::default().or(&defaults());

        assert_eq!(format!("{merged:?}"), format!("{:?}", defaults()));
    }

    #[test]
    fn what_is_set_replaces_the_default_and_extra_parameters_are_added() {
        let set = AuthorizationParameters {
            prompts: vec![Prompt::Login, Prompt::SelectAccount],
            max_age: Some(Duration::from_secs(60)),
            acr_values: Some("gold".to_owned()),
            claims_request: Some(claims("picture")),
            display: Some(Display::Popup),
            ui_locales: Some("fr en".to_owned()),
            extra: extra(&[("identifier", "email"), ("theme", "dark")]),
        };
        let expected = AuthorizationParameters {
            extra: extra(&[
                ("screen", "register"),
                ("identifier", "email"),
                ("theme", "dark"),
            ]),
            ..set.clone()
        };

        assert_eq!(
            format!("{:?}", set.or(&defaults())),
            format!("{expected:?}")
        );
    }

    #[test]
    fn an_empty_claims_request_replaces_the_default_and_is_not_sent() {
        let set = AuthorizationParameters {
            claims_request: Some(ClaimsRequest::new()),
            ..AuthorizationParameters::default()
        };

        assert!(defaults().requested_claims().is_some());
        assert!(set.or(&defaults()).requested_claims().is_none());
    }

    #[test]
    fn a_claims_request_and_the_default_acr_values_are_checked_together() {
        let gold = RequestedClaim::essential().value("gold");
        let set = AuthorizationParameters {
            claims_request: Some(ClaimsRequest::new().id_token("acr", gold)),
            ..AuthorizationParameters::default()
        };

        assert_eq!(fault(&set), "");
        assert_eq!(fault(&set.or(&defaults())), "claims_request");
    }
}
