//! Which scopes a new access token has.

use relying_party::claims::decode_jwt_unverified;
use relying_party::{RelyingParty, SignInTokens, TokenTypeHint};

use super::Registration;
use crate::log_limit::limited;

impl Registration {
    /// The scopes of the access token of a sign-in, which asked for `more` than the provider's settings say.
    pub(crate) async fn scope_of_sign_in(
        &self,
        tokens: &SignInTokens,
        more: Option<&str>,
    ) -> Option<String> {
        let relying_party = self.relying_party.for_sign_in();
        let (said, token) = (tokens.tokens().scope(), tokens.tokens().access_token());
        match self.granted_scope(&relying_party, said, token).await {
            None => match scopes_of(token) {
                // So that a look at the scopes of the session parses no token.
                Some(scopes) => Some(scopes),
                None => {
                    // If the provider was asked and named none, it is not known that it granted more.
                    let is_silent = !self.introspect_scopes || is_jwt(token);
                    let more = more.filter(|_| is_silent);
                    let requested = Self::requested_scope(&relying_party).await?;
                    Some(more.map_or_else(|| requested.clone(), |it| format!("{requested} {it}")))
                }
            },
            scope => scope,
        }
    }

    /// The scopes of a new access token: those that the provider named; or those that the token itself
    /// names; or, if that is configured, those that the provider names when it is asked.
    ///
    /// `relying_party` is ours, or the one for sign-ins, whose requests have a queue of their own.
    pub(super) async fn granted_scope(
        &self,
        relying_party: &RelyingParty,
        said: Option<&str>,
        access_token: &str,
    ) -> Option<String> {
        if let Some(scope) = said {
            return Some(scope.to_owned());
        }
        if is_jwt(access_token) || !self.introspect_scopes {
            return None;
        }
        let introspection = relying_party
            .introspect(access_token, TokenTypeHint::AccessToken)
            .await;
        match introspection {
            Ok(introspection) if introspection.is_active() => {
                let scopes: Vec<_> = introspection.scopes().collect();
                (!scopes.is_empty()).then(|| scopes.join(" "))
            }
            Ok(_) => None,
            Err(error) => {
                limited!(
                    warn,
                    self,
                    ("scopes", error.code()),
                    %error,
                    code = error.code(),
                    "the scopes of a token are not known"
                );
                None
            }
        }
    }

    /// The scopes of a token if nobody named them: those that were requested (RFC 6749 section 5.1).
    pub(super) async fn requested_scope(relying_party: &RelyingParty) -> Option<String> {
        let requested = relying_party.requested_scope().await;
        requested
            .inspect_err(|error| tracing::debug!(%error, "the requested scopes are not known"))
            .ok()
    }
}

fn is_jwt(token: &str) -> bool {
    decode_jwt_unverified(token).is_some()
}

/// The scopes that the token itself names (RFC 9068 section 2.2.3), if it does.
pub(super) fn scopes_of(access_token: &str) -> Option<String> {
    let scopes = decode_jwt_unverified(access_token)?.scopes();
    (!scopes.is_empty()).then(|| scopes.join(" "))
}
