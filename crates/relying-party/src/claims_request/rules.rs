//! The rules for claims requests.

use serde_json::Value;

use super::{ClaimsRequest, RequestedClaim, RequestedValue};

/// The longest parameter in bytes of JSON, because it becomes a part of a URL.
const MAX_LENGTH: usize = 2_048;

/// The longest checked part in bytes of JSON, because callers store it in cookies.
const MAX_CHECKED_LENGTH: usize = 512;

/// The claims that are checked, and only in the ID token.
const CHECKED: [&str; 3] = ["acr", "auth_time", "sub"];

/// A rule that a claims request breaks, and what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RuleViolation {
    pub(crate) rule: &'static str,
    pub(crate) remedy: &'static str,
}

/// Checks a claims request that is sent together with these `acr_values`.
pub(crate) fn check(claims: &ClaimsRequest, acr_values: Option<&str>) -> Result<(), RuleViolation> {
    check_values(claims)?;
    check_checked_claims(claims, acr_values)?;
    check_length(claims)
}

/// Checks names and values of all claims.
fn check_values(claims: &ClaimsRequest) -> Result<(), RuleViolation> {
    let all = || claims.id_token.iter().chain(&claims.user_info);
    if all().any(|(name, _)| name.is_empty() || name.contains(char::is_control)) {
        return violation(
            "must name claims, without control characters",
            "give the name that the provider's documentation has",
        );
    }
    if all().any(|(_, claim)| !claim.has_valid_values()) {
        return violation(
            "must request values that JSON has, at least one and none of them `null`",
            "give strings, numbers or booleans, or no values",
        );
    }
    Ok(())
}

/// Checks the claims that are compared with the ID token.
fn check_checked_claims(
    claims: &ClaimsRequest,
    acr_values: Option<&str>,
) -> Result<(), RuleViolation> {
    let are_strings = |claim: &RequestedClaim| {
        let mut values = claim.requested_values().iter();
        values.all(|value| value.as_str().is_some_and(|text| !text.is_empty()))
    };
    let in_id_token = |name: &str| claims.id_token.get(name);
    if !["acr", "sub"]
        .into_iter()
        .filter_map(in_id_token)
        .all(are_strings)
    {
        return violation(
            "must request values of `acr` and `sub` that are strings",
            "give the strings that the provider's ID tokens have",
        );
    }
    if in_id_token("auth_time").is_some_and(RequestedClaim::has_values) {
        return violation(
            "must request no value of `auth_time`",
            "set `max_age` for a sign-in that is recent enough",
        );
    }
    let in_user_info = |name: &str| claims.user_info.get(name);
    let is_required = |claim: &RequestedClaim| claim.is_essential || claim.has_values();
    if CHECKED
        .into_iter()
        .filter_map(in_user_info)
        .any(is_required)
    {
        return violation(
            "must not require `acr`, `auth_time` or `sub` in UserInfo, where they are not checked",
            "request them in the ID token",
        );
    }
    if acr_values.is_some() && in_id_token("acr").is_some_and(RequestedClaim::has_values) {
        return violation(
            "must have no values of `acr` together with `acr_values` (OpenID Connect Core 1.0 section \
             5.5.1.1)",
            "remove one of the two",
        );
    }
    Ok(())
}

fn check_length(claims: &ClaimsRequest) -> Result<(), RuleViolation> {
    if claims.to_json().len() > MAX_LENGTH {
        return violation(
            "must have at most 2,048 bytes as JSON",
            "request fewer claims, or a scope for them",
        );
    }
    if claims.checked_part().to_json().len() > MAX_CHECKED_LENGTH {
        return violation(
            "must have at most 512 bytes of JSON for `acr`, `auth_time` and `sub`",
            "request fewer values",
        );
    }
    Ok(())
}

fn violation(rule: &'static str, remedy: &'static str) -> Result<(), RuleViolation> {
    Err(RuleViolation { rule, remedy })
}

impl RequestedClaim {
    fn has_valid_values(&self) -> bool {
        match &self.value {
            RequestedValue::Any => true,
            RequestedValue::One(value) => !value.is_null(),
            RequestedValue::OneOf(values) => {
                !values.is_empty() && !values.iter().any(Value::is_null)
            }
            RequestedValue::NotJson => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn rule(claims: &ClaimsRequest) -> &'static str {
        check(claims, None).map_or_else(|broken| broken.rule, |()| "")
    }

    #[test]
    fn a_request_that_is_invalid_or_would_not_be_checked_is_refused() {
        let essential = RequestedClaim::essential;
        let voluntary = RequestedClaim::voluntary;
        let in_id_token = |name: &str, claim| ClaimsRequest::new().id_token(name, claim);
        let in_user_info = |name: &str, claim| ClaimsRequest::new().user_info(name, claim);
        // Names in JSON can only be strings.
        let not_json = BTreeMap::from([([1], 2)]);
        for (claims, expected) in [
            (ClaimsRequest::new(), ""),
            (in_id_token("acr", essential().values(["gold"])), ""),
            (in_id_token("email", essential().value(true)), ""),
            (in_user_info("sub", voluntary()), ""),
            (in_id_token("", voluntary()), "must name claims"),
            (in_user_info("a\nb", voluntary()), "must name claims"),
            (
                in_id_token("a", voluntary().value(not_json)),
                "must request values that JSON",
            ),
            (
                in_id_token("a", voluntary().value(())),
                "must request values that JSON",
            ),
            (
                in_id_token("a", voluntary().values([""; 0])),
                "must request values that JSON",
            ),
            (
                in_id_token("acr", essential().value(3)),
                "must request values of `acr`",
            ),
            (
                in_id_token("sub", voluntary().value("")),
                "must request values of `acr`",
            ),
            (
                in_id_token("auth_time", essential().value(3)),
                "must request no value",
            ),
            (in_user_info("acr", essential()), "must not require"),
            (in_user_info("auth_time", essential()), "must not require"),
            (
                in_user_info("sub", voluntary().value("alice")),
                "must not require",
            ),
            (
                in_id_token(&"a".repeat(2_048), voluntary()),
                "must have at most 2,048",
            ),
            (
                in_id_token("sub", voluntary().value("a".repeat(512))),
                "must have at most 512",
            ),
        ] {
            let rule = rule(&claims);
            assert!(rule.starts_with(expected), "{claims:?}: {rule}");
            assert_eq!(rule.is_empty(), expected.is_empty(), "{claims:?}: {rule}");
        }
    }

    #[test]
    fn values_of_acr_have_one_source() {
        let acr = ClaimsRequest::new().id_token("acr", RequestedClaim::essential());
        assert_eq!(check(&acr, Some("gold")), Ok(()));

        let acr = acr.id_token("acr", RequestedClaim::voluntary().value("gold"));
        assert_eq!(check(&acr, None), Ok(()));
        assert!(check(&acr, Some("gold")).is_err());
    }
}
