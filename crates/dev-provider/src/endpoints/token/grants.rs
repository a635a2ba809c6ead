//! The supported grant types: authorization code and refresh token.

use base64_simd::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use subtle::ConstantTimeEq;

use super::{
    super::{OAuthError, client_request::ClientRequest},
    access_token_request::AccessTokenRequest,
    response::{TokenGrant, TokenResponse},
};
use crate::{
    faults::{ActiveFaults, Fault},
    state::State,
    store::{Grant, RefreshToken},
};

/// Exchanges a code for tokens (RFC 6749 section 4.1.3, RFC 7636 section 4.6).
pub(super) fn authorization_code(
    state: &State,
    request: &ClientRequest<'_>,
    faults: &ActiveFaults,
) -> Result<TokenResponse, OAuthError> {
    let code = request.required("code")?;
    let redirect_uri = request.required("redirect_uri")?;
    let code_verifier = request.required("code_verifier")?;
    let grant = state
        .store()
        .take_code(code)
        .filter(|code| code.grant.client_id == request.client.id())
        .filter(|code| code.redirect_uri == redirect_uri)
        .filter(|code| state.now() < code.expires_at)
        .filter(|code| is_verifier_of(&code.code_challenge, code_verifier))
        .filter(|code| state.user(&code.grant.username).is_some())
        .ok_or(OAuthError::INVALID_GRANT)?
        .grant;
    let access = AccessTokenRequest::from_code(state, &grant, &request.parameters)?;
    let refresh_token = grant
        .includes("offline_access")
        .then(|| new_refresh_token(state, &grant))
        .map(|token| state.store().issue_refresh_token(token));
    let granted = TokenGrant {
        nonce: grant.nonce.clone(),
        grant,
        access,
        refresh_token,
    };
    Ok(TokenResponse::issue(state, request.client, granted, faults))
}

/// Refreshes tokens (RFC 6749 section 6). The requested resource and scope only concern this access
/// token.
pub(super) fn refresh_token(
    state: &State,
    request: &ClientRequest<'_>,
    faults: &ActiveFaults,
) -> Result<TokenResponse, OAuthError> {
    let presented = request.required("refresh_token")?;
    let mut store = state.store();
    let token = store
        .refresh_token(presented)
        .filter(|token| token.grant.client_id == request.client.id())
        .cloned()
        .ok_or(OAuthError::INVALID_GRANT)?;
    let grace = state.settings.rotation_grace.as_secs();
    let is_reuse = token.is_reuse(state.now(), grace);
    let grant = token.grant;
    if is_reuse {
        // Two parties have the refresh token, and one of them is an attacker (RFC 9700 section
        // 4.14.2).
        store.end_grant(&grant.id);
    }
    if is_reuse || token.expires_at <= state.now() || state.user(&grant.username).is_none() {
        return Err(OAuthError::INVALID_GRANT);
    }
    let access = AccessTokenRequest::from_refresh(state, &grant, &request.parameters)?;
    let rotates =
        state.settings.rotate_refresh_tokens && !faults.contains(Fault::RefreshNoRefreshToken);
    let refresh_token = rotates.then(|| {
        if let Some(presented) = store.refresh_token_mut(presented) {
            presented.rotated_at.get_or_insert_with(|| state.now());
        }
        store.issue_refresh_token(new_refresh_token(state, &grant))
    });
    drop(store);
    let granted = TokenGrant {
        // A refreshed ID token should not have a nonce (OpenID Connect Core 1.0 section 12.2).
        nonce: match faults.contains(Fault::RefreshIdTokenOriginalNonce) {
            true => grant.nonce.clone(),
            false => None,
        },
        grant,
        access,
        refresh_token,
    };
    Ok(TokenResponse::issue(state, request.client, granted, faults))
}

/// Checks the code verifier with S256: the challenge is BASE64URL(SHA256(verifier)).
fn is_verifier_of(code_challenge: &str, code_verifier: &str) -> bool {
    let hash = digest(&SHA256, code_verifier.as_bytes());
    let expected = URL_SAFE_NO_PAD.encode_to_string(hash);
    expected.as_bytes().ct_eq(code_challenge.as_bytes()).into()
}

fn new_refresh_token(state: &State, grant: &Grant) -> RefreshToken {
    let now = state.now();
    let lifetime = state.settings.refresh_token_lifetime.as_secs();
    RefreshToken {
        grant: grant.clone(),
        issued_at: now,
        expires_at: now.saturating_add(lifetime),
        rotated_at: None,
    }
}
