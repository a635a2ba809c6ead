//! From the code to a session: one code exchange, and what the claims and hooks make of it.

use std::sync::Arc;

use bytes::Bytes;
use relying_party::{AuthorizationCode, Claims, CodeExchange, SignInTokens, TransactionSecrets};

use super::admission::admit;
use crate::components::Components;
use crate::log_limit::limited;
use crate::origin::Origin;
use crate::provider::Registration;
use crate::random::FreshValue;
use crate::session::Session;
use crate::session::access_token::Target;
use crate::session::body::MAX_SID;
use crate::session::claims::{missing_claims, with_unsigned};
use crate::session::frame::SessionId;
use crate::session::issued_tokens::{InvalidSessionExpiry, IssuedTokens, NewSignIn};
use crate::sign_in::error::{SignInError, SignInResult};
use crate::sign_in::transaction::Transaction;
use crate::web::network::ClientNetwork;

/// What a valid callback brings.
pub(super) struct ReceivedAnswer {
    pub(super) code: AuthorizationCode,
    /// Claims from the posted form. They are not signed.
    pub(super) posted_name: Option<Bytes>,
    pub(super) client_network: Option<ClientNetwork>,
}

/// Exchanges the code, and makes a session of the result. The relying party checks everything that the
/// provider answers.
pub(super) async fn exchange(
    shared: Arc<Components>,
    registration: Registration,
    received: ReceivedAnswer,
    transaction: Transaction,
) -> SignInResult {
    let registration = &registration;
    let secrets = transaction.secrets();
    let exchange = checked_exchange(
        &transaction,
        &secrets,
        registration.issuer(),
        received.client_network,
    );
    let tokens = registration.exchange_code(received.code, exchange).await?;
    let parameters = transaction.parameters.as_ref();
    let more_scopes = parameters.and_then(|it| it.scope.as_deref());
    let scope = registration.scope_of_sign_in(&tokens, more_scopes).await;
    let id_token = tokens.id_token();
    let session_id = shared
        .random
        .fresh(FreshValue::SessionId, id_token.as_str().as_bytes())
        .map_err(|_| SignInError::Internal)?;
    let after_refusal = transaction.after_refusal;
    let user_info = user_info(registration, &shared.origin, &tokens).await;
    let user_info = match &received.posted_name {
        Some(name) => with_unsigned(id_token.claims().as_json().as_bytes(), user_info, name),
        None => user_info,
    };
    warn_of_long_sid(&shared.origin, id_token.claims());
    let sign_in = NewSignIn {
        session_id: SessionId(*session_id),
        provider: registration.provider.clone(),
        claims: id_token.claims(),
        user_info,
        after_refusal,
        absolute_lifetime: shared.persistence.lifetimes.absolute,
    };
    let now = shared.persistence.now();
    let issued = IssuedTokens::new(tokens.tokens(), Target::DEFAULT, scope.as_deref(), now);
    let session = Session::new_sign_in(issued, sign_in, now)
        .map_err(|InvalidSessionExpiry| SignInError::SessionExpiry)?;
    shared.refresher.served(&session.frame);
    admit(
        &shared.hooks,
        &shared.origin,
        &shared.events,
        &shared.refresher,
        session,
        registration.id.as_deref(),
    )
    .await
}

/// The token request of this sign-in, with what the ID token has to show.
fn checked_exchange<'a>(
    transaction: &'a Transaction,
    secrets: &'a TransactionSecrets,
    issuer: &'a str,
    client_network: Option<ClientNetwork>,
) -> CodeExchange<'a> {
    let mut exchange = CodeExchange::new(&transaction.redirect_uri, secrets);
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
        exchange = exchange.expected_user(iss.unwrap_or(issuer), sub);
    }
    if let Some(client_network) = client_network {
        exchange = exchange
            .client_network(client_network.network)
            .wider_client_network(client_network.wider);
    }
    exchange
}

/// A session without its `sid` ends by no logout that names it.
fn warn_of_long_sid(origin: &Origin, claims: &Claims) {
    let length = claims.sid().map_or(0, str::len);
    if length > MAX_SID {
        limited!(
            warn,
            origin,
            ("sign_in", "sid"),
            length,
            issuer = ?claims.iss(),
            "signed in without the ID token's sid, because it is longer than {MAX_SID} bytes: a logout at the \
             provider that names it does not end this session"
        );
    }
}

/// What UserInfo adds to the ID token's claims, if that is configured. If the provider does not answer, or
/// answers about another user, the sign-in succeeds without it.
async fn user_info(
    registration: &Registration,
    origin: &Origin,
    tokens: &SignInTokens,
) -> Option<Bytes> {
    if !registration.user_info_at_sign_in {
        return None;
    }
    let claims = tokens.id_token().claims();
    match registration.user_info_of_sign_in(tokens).await {
        Ok(more) => missing_claims(claims.as_json().as_bytes(), more.as_json().as_bytes()),
        Err(error) => {
            limited!(
                warn,
                origin,
                ("user_info", error.code()),
                %error,
                code = error.code(),
                "signed in without the UserInfo claims"
            );
            None
        }
    }
}
