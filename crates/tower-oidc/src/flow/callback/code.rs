//! From the code to a session: one code exchange, and what the claims and hooks make of it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use relying_party::{AuthorizationCode, Claims, CodeExchange, RelyingParty, SignInTokens};

use crate::components::Components;
use crate::context::user::{granted_scope, requested_scope, says_scopes};
use crate::format::time::UnixMillis;
use crate::hooks;
use crate::log_limit::limited;
use crate::random::FreshValue;
use crate::session::Session;
use crate::session::access_token::{StoredAccessToken, Target};
use crate::session::body::{Authentication, Body, Identity};
use crate::session::frame::{Frame, SessionId};
use crate::session::token::StoredToken;
use crate::session::user_info::lacking;
use crate::sign_in::exchange::{ExchangeError, Exchanged};
use crate::sign_in::transaction::Transaction;
use crate::web::network::ClientNetwork;

/// From the code to a session; the relying party checks all that the provider answers.
pub(super) async fn exchange(
    shared: Arc<Components>,
    code: AuthorizationCode,
    transaction: Transaction,
    client_network: Option<ClientNetwork>,
) -> Exchanged {
    let relying_party = shared.registration.relying_party.for_sign_in();
    let secrets = transaction.secrets();
    let mut exchange = CodeExchange::new(&transaction.redirect_uri, &secrets);
    if let Some(max_age) = transaction.max_age {
        exchange = exchange.max_age(max_age);
    }
    if let Some(acr_values) = &transaction.acr_values {
        exchange = exchange.acr_values(acr_values);
    }
    if let Some(claims_request) = &transaction.claims_request {
        exchange = exchange.claims_request(claims_request);
    }
    if let Some(sub) = &transaction.expected_sub {
        let iss = transaction.expected_iss.as_deref();
        exchange = exchange.expected_user(iss.unwrap_or_else(|| relying_party.issuer()), sub);
    }
    if let Some(client_network) = client_network {
        exchange = exchange
            .client_network(client_network.network)
            .wider_client_network(client_network.wider);
    }
    let tokens = relying_party.exchange_code(code, exchange).await?;
    let (said, token) = (tokens.tokens().scope(), tokens.tokens().access_token());
    let scope = granted_scope(&shared, &relying_party, said, token).await;
    let scope = match scope {
        None if !says_scopes(token) => requested_scope(&relying_party).await,
        scope => scope,
    };
    let user_info = user_info(&shared, &relying_party, &tokens).await;
    let after_refusal = transaction.after_refusal;
    let session = session(&shared, &tokens, scope, user_info, after_refusal)?;
    let session_id = session.frame.session_id;
    shared.families.served(session_id, shared.now());
    hooks::at_sign_in(&shared, session).await
}

/// What UserInfo adds to the ID token's claims, if that is configured. A provider that does not
/// answer, or answers about somebody else, keeps nobody from signing in.
async fn user_info(
    shared: &Components,
    relying_party: &RelyingParty,
    tokens: &SignInTokens,
) -> Option<Bytes> {
    if !shared.registration.user_info_at_sign_in {
        return None;
    }
    let claims = tokens.id_token().claims();
    let answer = relying_party
        .user_info(tokens.tokens().access_token(), claims)
        .await;
    match answer {
        Ok(more) => lacking(claims.as_json().as_bytes(), more.as_json().as_bytes()),
        Err(error) => {
            limited!(
                warn,
                shared,
                ("user_info", error.code()),
                %error,
                code = error.code(),
                "signed in without the UserInfo claims"
            );
            None
        }
    }
}

fn session(
    shared: &Components,
    tokens: &SignInTokens,
    scope: Option<String>,
    user_info: Option<Bytes>,
    after_refusal: bool,
) -> Result<Session, ExchangeError> {
    let now = shared.now();
    let claims = tokens.id_token().claims();
    let id_token = tokens.id_token().as_str();
    let session_id = shared
        .random
        .fresh(FreshValue::SessionId, id_token.as_bytes())
        .map_err(|_| ExchangeError::Internal)?;
    let configured_end = now.plus(shared.persistence.lifetimes.absolute);
    let provider_end = provider_end(claims, now)?;
    let frame = Frame {
        session_id: SessionId(*session_id),
        provider: shared.registration.provider,
        generation: 0,
        created_at: now,
        sealed_at: now,
        not_after: provider_end.map_or(configured_end, |end| end.min(configured_end)),
        id_token_issued_at: claims.iat().map_or(0, |iat| UnixMillis::of(iat).seconds()),
    };
    let access_token = StoredAccessToken::new(
        Target::DEFAULT,
        tokens.tokens().access_token(),
        tokens.tokens().expires_at(),
    );
    let body = Body {
        identity: Identity::IdToken(StoredToken::new(id_token)),
        refresh_token: tokens.tokens().refresh_token().map(StoredToken::new),
        access_tokens: vec![access_token.received_at(now)],
        scope: scope.map(Bytes::from),
        user_info,
        added: None,
        data: None,
        refreshed_at: None,
        after_refusal,
        authentication: Authentication::of(claims),
        id_token_hint: None,
    };
    Ok(Session::new(frame, body))
}

/// The provider's own end of the session, a ceiling. A value that has passed, or is no number, makes
/// no session: taken as absent it would let one outlive it.
fn provider_end(claims: &Claims, now: UnixMillis) -> Result<Option<UnixMillis>, ExchangeError> {
    let Some(expiry) = claims.get::<serde_json::Value>("session_expiry") else {
        return Ok(None);
    };
    // A fraction of a second is nothing to a session.
    let seconds = expiry.as_u64().or_else(|| whole_seconds(expiry.as_f64()?));
    match seconds.map(UnixMillis::of_seconds) {
        Some(end) if end > now => Ok(Some(end)),
        _ => Err(ExchangeError::SessionExpiry),
    }
}

fn whole_seconds(seconds: f64) -> Option<u64> {
    let duration = Duration::try_from_secs_f64(seconds).ok()?;
    Some(duration.as_secs())
}
