//! The provider's responses after the sign-in, with any content.

use relying_party::{RefreshRequest, TokenTypeHint};

use crate::provider::{
    exchange, id_token_of_alice, offline, relying_party, signed, token_response_with,
};
use crate::ready;

/// The response of the token endpoint to a refresh.
pub fn refresh_response(data: &[u8]) {
    let _ = refreshes(data);
}

/// The same; returns whether it was accepted.
pub fn refreshes(data: &[u8]) -> bool {
    let alice = token_response_with(&id_token_of_alice());
    let before = exchange(alice).expect("an ID token that is valid");
    let claims = before.id_token().claims();
    let relying_party = relying_party(offline(), data.to_vec());

    let refreshed = ready(relying_party.refresh(RefreshRequest::new("refresh-token", claims)));

    if let Ok(tokens) = &refreshed {
        assert!(!tokens.tokens().access_token().is_empty());
        if let Some(id_token) = tokens.tokens().id_token() {
            assert_eq!(id_token.claims().sub(), "alice");
        }
    }
    refreshed.is_ok()
}

/// The response of the introspection endpoint.
pub fn introspection(data: &[u8]) {
    let _ = introspects(data);
}

/// The same; returns whether it says that the token is active.
pub fn introspects(data: &[u8]) -> bool {
    let relying_party = relying_party(offline(), data.to_vec());
    let answer = ready(relying_party.introspect("access-token", TokenTypeHint::AccessToken));
    answer.is_ok_and(|answer| {
        // Nothing is kept of an inactive token.
        assert!(answer.is_active() || answer.scopes().next().is_none());
        answer.is_active()
    })
}

/// The response of the UserInfo endpoint: as JSON, as the claims of a JWT that the provider signed,
/// and as a JWT that it did not sign.
pub fn user_info(data: &[u8]) {
    informs(data, "application/json");
    informs(signed(data).as_bytes(), "application/jwt");
    informs(data, "application/jwt");
}

fn informs(data: &[u8], content_type: &'static str) {
    let relying_party = crate::provider::answering(offline(), data.to_vec(), content_type);
    let alice =
        exchange(token_response_with(&id_token_of_alice())).expect("an ID token that is valid");
    let alice = alice.id_token().claims();
    if let Ok(claims) = ready(relying_party.user_info("access-token", alice)) {
        assert_eq!(claims.sub(), "alice");
        assert!(claims.iss().is_empty() || claims.iss() == alice.iss());
    }
}
