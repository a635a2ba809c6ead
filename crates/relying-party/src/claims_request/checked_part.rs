//! The part of a claims request that the ID token must satisfy.

use serde_json::Value;

use super::{ClaimsRequest, RequestedClaim};
use crate::error::{Error, ErrorKind};

/// The claims of an ID token that a claims request is checked against. A claim of the wrong type counts
/// as absent.
pub(crate) struct IdTokenValues<'a> {
    pub(crate) sub: &'a str,
    /// Whether the issuer is the one whose users the requested values of `sub` are.
    pub(crate) is_expected_issuer: bool,
    pub(crate) acr: Option<&'a str>,
    pub(crate) has_auth_time: bool,
}

impl ClaimsRequest {
    /// Returns the part that [`RelyingParty::exchange_code`](crate::RelyingParty::exchange_code)
    /// checks. Keep it with the transaction, and pass it to [`CodeExchange::claims_request`]. See [What
    /// is checked](Self#what-is-checked). It has at most 512 bytes as JSON.
    ///
    /// [`CodeExchange::claims_request`]: crate::CodeExchange::claims_request
    pub fn checked_part(&self) -> Self {
        let checked = self
            .id_token
            .iter()
            .filter(|(name, claim)| match name.as_str() {
                "acr" | "auth_time" => claim.is_essential,
                "sub" => claim.has_values(),
                _ => false,
            });
        Self {
            id_token: checked
                .map(|(name, claim)| (name.clone(), claim.clone()))
                .collect(),
            user_info: super::RequestedClaims::new(),
        }
    }

    /// Refuses an ID token that does not satisfy the checked part.
    pub(crate) fn check_id_token(&self, id_token: &IdTokenValues<'_>) -> Result<(), Error> {
        let refused = |code, what| Err(Error::new(ErrorKind::Response, code, what));
        let essential = |name| self.id_token.get(name).filter(|claim| claim.is_essential);
        // Section 5.5.1.1: if it is not satisfied, the authentication has failed.
        if essential("acr")
            .is_some_and(|acr| !id_token.acr.is_some_and(|id_token| acr.accepts(id_token)))
        {
            return refused(
                "id_token.acr",
                "the user did not sign in as strongly as requested",
            );
        }
        // Section 2: required if it was requested as an essential claim.
        if essential("auth_time").is_some() && !id_token.has_auth_time {
            return refused(
                "id_token.auth_time",
                "the ID token does not say when the user signed in, which was requested",
            );
        }
        // Section 3.1.2.2: never an ID token of a different user. The same `sub` at another issuer is a
        // different user.
        let users = self.id_token.get("sub").filter(|sub| sub.has_values());
        if users.is_some_and(|users| !id_token.is_expected_issuer || !users.accepts(id_token.sub)) {
            return refused("id_token.sub", "another user signed in than was expected");
        }
        Ok(())
    }
}

impl RequestedClaim {
    /// Returns whether the text is one of the requested values; `true` if there are none.
    fn accepts(&self, text: &str) -> bool {
        let is_it = |value: &Value| value.as_str() == Some(text);
        !self.has_values() || self.requested_values().iter().any(is_it)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checked_part_has_the_claims_that_are_checked() {
        let claims = ClaimsRequest::new()
            .id_token("acr", RequestedClaim::essential().values(["gold"]))
            .id_token("auth_time", RequestedClaim::essential())
            .id_token("sub", RequestedClaim::voluntary().value("alice"))
            .id_token("email", RequestedClaim::essential())
            .user_info("picture", RequestedClaim::essential());
        assert_eq!(
            claims.checked_part().to_json(),
            r#"{"id_token":{"acr":{"essential":true,"values":["gold"]},"auth_time":{"essential":true},"sub":{"value":"alice"}}}"#
        );
        let preferences = ClaimsRequest::new()
            .id_token("acr", RequestedClaim::voluntary().values(["gold"]))
            .id_token("auth_time", RequestedClaim::voluntary())
            .id_token("sub", RequestedClaim::essential());
        assert!(preferences.checked_part().is_empty());
    }
}
