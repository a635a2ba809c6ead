//! What a client gives for tokens: a code or a refresh token.

use base64_simd::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use subtle::ConstantTimeEq;

use super::{
    TokenError,
    response::{Issue, TokenResponse},
};
use crate::{
    clients::Client,
    parameters::Parameters,
    state::State,
    store::{Grant, IssuedToken},
};

/// RFC 6749, section 4.1.3, with RFC 7636, section 4.6.
pub(super) fn authorization_code(
    state: &State,
    client: &Client,
    parameters: &Parameters,
) -> Result<TokenResponse, TokenError> {
    let code = required(parameters, "code")?;
    let redirect_uri = required(parameters, "redirect_uri")?;
    let code_verifier = required(parameters, "code_verifier")?;
    let code = state
        .store()
        .take_code(code)
        .filter(|code| code.grant.client_id == client.id())
        .filter(|code| code.redirect_uri == redirect_uri)
        .filter(|code| state.now() < code.expires_at)
        .filter(|code| is_verifier_of(&code.code_challenge, code_verifier))
        .ok_or(TokenError::InvalidGrant)?;
    let refresh_token = code
        .grant
        .includes("offline_access")
        .then(|| new_refresh_token(state, &code.grant))
        .map(|token| state.store().issue_refresh_token(token));
    Ok(TokenResponse::issue(
        state,
        client,
        Issue {
            scope: code.grant.scope.clone(),
            grant: code.grant,
            nonce: code.nonce,
            refresh_token,
        },
    ))
}

/// RFC 6749, section 6. The scope may be narrowed, for this access token alone.
pub(super) fn refresh_token(
    state: &State,
    client: &Client,
    parameters: &Parameters,
) -> Result<TokenResponse, TokenError> {
    let presented = required(parameters, "refresh_token")?;
    let mut store = state.store();
    let grant = store
        .refresh_token(presented)
        .filter(|token| token.grant.client_id == client.id())
        .filter(|token| state.now() < token.expires_at)
        .ok_or(TokenError::InvalidGrant)?
        .grant
        .clone();
    let scope = match parameters.get("scope") {
        None => grant.scope.clone(),
        Some(scope) => scope.split(' ').map(str::to_owned).collect(),
    };
    if !scope.iter().all(|name| grant.includes(name)) {
        return Err(TokenError::InvalidScope);
    }
    let refresh_token = state.settings.rotate_refresh_tokens.then(|| {
        store.remove_refresh_token(presented);
        store.issue_refresh_token(new_refresh_token(state, &grant))
    });
    drop(store);
    Ok(TokenResponse::issue(
        state,
        client,
        Issue {
            scope,
            grant,
            // OpenID Connect Core 1.0, section 12.2: a refreshed ID token should have none.
            nonce: None,
            refresh_token,
        },
    ))
}

fn required<'a>(parameters: &'a Parameters, name: &str) -> Result<&'a str, TokenError> {
    parameters.get(name).ok_or(TokenError::InvalidRequest)
}

/// S256: BASE64URL(SHA256(verifier)).
fn is_verifier_of(code_challenge: &str, code_verifier: &str) -> bool {
    let hash = digest(&SHA256, code_verifier.as_bytes());
    let expected = URL_SAFE_NO_PAD.encode_to_string(hash);
    expected.as_bytes().ct_eq(code_challenge.as_bytes()).into()
}

fn new_refresh_token(state: &State, grant: &Grant) -> IssuedToken {
    let lifetime = state.settings.refresh_token_lifetime.as_secs();
    IssuedToken {
        grant: grant.clone(),
        expires_at: state.now().saturating_add(lifetime),
    }
}
