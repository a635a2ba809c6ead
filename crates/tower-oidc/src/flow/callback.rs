//! `GET /auth/callback`: the provider's answer becomes a session, or a page, and never disturbs a
//! session that is there already.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use relying_party::{AuthorizationResponse, Claims, CodeExchange, ErrorKind, TokenSet};
use sealed_cookie::{OpenError, Opened, SealErrorKind};

use super::{Head, sign_in};
use crate::event::AuthEventKind;
use crate::exchange::{ExchangeError, Exchanged};
use crate::fetch_metadata::{Initiator, initiator};
use crate::hooks::{self, HookFailed};
use crate::outcome::SignInOptions;
use crate::pages;
use crate::response::{COOKIES_AND_LOCATION, OwnResponse, head_size, see_other};
use crate::session::Session;
use crate::session::access_token::{StoredAccessToken, Target};
use crate::session::body::{Body, Identity};
use crate::session::budget::{SessionSize, Shedding};
use crate::session::frame::{Frame, SessionId};
use crate::session::opening;
use crate::session::token::StoredToken;
use crate::session::user_info::lacking;
use crate::shared::Shared;
use crate::time::UnixMillis;
use crate::transaction::{Attempt, Transaction, id_of_state};
use crate::user::granted_scope;

/// The bytes of the field that deletes a transaction, about.
const TRANSACTION_DELETION: usize = 160;

/// The reason of a refusal that this application is at fault for.
const INTERNAL: &str = "internal";

pub(crate) async fn run(shared: Arc<Shared>, head: Head) -> OwnResponse {
    if let Some(refused) = head.refused_method(&[Method::GET], "GET, OPTIONS") {
        return refused;
    }
    let Ok(response) = AuthorizationResponse::parse(head.uri.query()) else {
        tracing::debug!("a callback is malformed");
        tell_refused(&shared, None, "callback.malformed");
        return pages::unusable_callback(&shared.routes);
    };
    let id = id_of_state(response.state());
    let Some(found) = shared.transaction_cookies.find(&head.headers, &id) else {
        return without_transaction(&shared, &head, &response).await;
    };
    let mut answer = match usable(&shared, found, response.state()) {
        Ok(transaction) => complete(&shared, &head, id, response, transaction).await,
        Err(reason) => {
            tracing::debug!(reason, "a callback's transaction is refused");
            tell_refused(&shared, None, reason);
            pages::unusable_callback(&shared.routes)
        }
    };
    shared
        .transaction_cookies
        .delete(&id)
        .append_to(answer.headers_mut());
    answer
}

/// The transaction, if it is this callback's, of this provider, and not too old.
fn usable(
    shared: &Shared,
    found: Result<Opened, OpenError>,
    state: &str,
) -> Result<Transaction, &'static str> {
    let opened = found.map_err(|_| "transaction.does_not_open")?;
    let transaction =
        Transaction::decode(opened.into_bytes()).map_err(|_| "transaction.malformed")?;
    if !transaction.secrets().matches_state(state) {
        return Err("transaction.other_state");
    }
    if !transaction.is_alive(shared.now()) {
        return Err("transaction.expired");
    }
    if transaction.provider != shared.provider {
        return Err("transaction.other_provider");
    }
    Ok(transaction)
}

async fn complete(
    shared: &Arc<Shared>,
    head: &Head,
    id: [u8; 16],
    response: AuthorizationResponse,
    transaction: Transaction,
) -> OwnResponse {
    let now = shared.now();
    let return_to = shared.return_to(transaction.return_to.as_deref());
    let exchange = exchange(Arc::clone(shared), response, transaction);
    let session = match shared.exchanges.run(id, now, exchange).await {
        // A second submit comes when the first one's session may be refreshed already.
        Ok(session) => shared.families.newer_than(&session, now).unwrap_or(session),
        Err(error) => {
            if let Some(reason) = reason(&error)
                && shared.exchanges.is_first_to_tell(&id)
            {
                tell_refused(shared, None, reason);
            }
            return refused(shared, &error);
        }
    };
    let received = shared.session_cookie.receive(&head.headers);
    // A second submit that was overtaken by the sign-out must not bring the session back.
    if shared.tombstones.contains(session.frame.session_id, now) {
        return see_other(shared.settings.after_sign_in.as_str());
    }
    match shared.seal(
        &session,
        received.as_ref(),
        shared.now(),
        Shedding::Replaceable,
    ) {
        Ok(cookies) => {
            if let Some(Ok(found)) = received.map(|received| opening::open(shared, &received, now))
            {
                let replaced = found.session;
                if replaced.frame.session_id != session.frame.session_id {
                    shared.bury(&replaced, AuthEventKind::SessionEnded, Some("replaced"));
                    end_of_another_user(shared, replaced, &session).await;
                }
            }
            tracing::info!("signed in");
            if shared.exchanges.is_first_to_tell(&id) {
                shared.tell(AuthEventKind::SignedIn, Some(&session), None);
            }
            let size = head_size(&cookies).saturating_add(TRANSACTION_DELETION);
            let room = COOKIES_AND_LOCATION.saturating_sub(size);
            // More than one full cookie needs larger buffers anyway; the page must not be what
            // takes a head past a stock nginx's.
            let page = if room > 0 && return_to.as_str().len() > room {
                &shared.settings.after_sign_in
            } else {
                &return_to
            };
            let mut response = see_other(page.as_str());
            cookies.append_to(response.headers_mut());
            response
        }
        Err(error) => {
            tracing::error!(
                %error,
                size = %SessionSize::of(shared, &session),
                "a sign-in is given up: the session cannot be sealed"
            );
            let (reason, page) = match error.kind() {
                SealErrorKind::TooLarge { .. } => ("session_too_large", pages::session_too_large()),
                _ => (INTERNAL, pages::internal_error()),
            };
            if shared.exchanges.is_first_to_tell(&id) {
                tell_refused(shared, Some(&session), reason);
            }
            page
        }
    }
}

fn tell_refused(shared: &Shared, session: Option<&Session>, reason: &'static str) {
    shared.tell(AuthEventKind::SignInRefused, session, Some(reason));
}

/// A stable code; `None` for what the hook that said it has told already.
fn reason(error: &ExchangeError) -> Option<&'static str> {
    match error {
        ExchangeError::RelyingParty(error) => Some(error.code()),
        ExchangeError::SessionExpiry => Some("session_expiry"),
        ExchangeError::Denied(_) => None,
        ExchangeError::HookFailed => Some(HookFailed::CODE),
        ExchangeError::Internal => Some(INTERNAL),
    }
}

/// Revokes what another user of this browser left behind. Not what the same user did: providers give
/// the new sign-in the same grant, and revoke all of it.
async fn end_of_another_user(shared: &Arc<Shared>, replaced: Session, session: &Session) {
    let sub = |session: &Session| session.claims().map(|claims| claims.sub().to_owned());
    if sub(&replaced) != sub(session) {
        shared.families.end(shared, &Arc::new(replaced)).await;
    }
}

/// From the code to a session; the relying party checks all that the provider answers.
async fn exchange(
    shared: Arc<Shared>,
    response: AuthorizationResponse,
    transaction: Transaction,
) -> Exchanged {
    let relying_party = &shared.relying_party;
    let code = relying_party.validate(response).await?;
    let secrets = transaction.secrets();
    let mut exchange = CodeExchange::new(&transaction.redirect_uri, &secrets);
    if let Some(max_age) = transaction.max_age {
        exchange = exchange.max_age(max_age);
    }
    if let Some(acr_values) = &transaction.acr_values {
        exchange = exchange.acr_values(acr_values);
    }
    if let Some(expected_sub) = &transaction.expected_sub {
        exchange = exchange.expected_sub(expected_sub);
    }
    let tokens = relying_party.exchange_code(code, exchange).await?;
    let scope = granted_scope(&shared, tokens.scope(), tokens.access_token()).await;
    let user_info = user_info(&shared, &tokens).await;
    let after_refusal = transaction.after_refusal;
    let session = session(&shared, &tokens, scope, user_info, after_refusal)?;
    hooks::at_sign_in(&shared, session).await
}

/// What UserInfo adds to the ID token's claims, if that is configured. A provider that does not
/// answer, or answers about somebody else, keeps nobody from signing in (S-24).
async fn user_info(shared: &Shared, tokens: &TokenSet) -> Option<Bytes> {
    if !shared.settings.user_info_at_sign_in {
        return None;
    }
    let claims = tokens.id_token().claims();
    let answer = shared
        .relying_party
        .user_info(tokens.access_token(), claims.sub())
        .await;
    match answer {
        Ok(more) => lacking(claims.as_json().as_bytes(), more.as_json().as_bytes()),
        Err(error) => {
            tracing::warn!(%error, code = error.code(), "signed in without the UserInfo claims");
            None
        }
    }
}

fn session(
    shared: &Shared,
    tokens: &TokenSet,
    scope: Option<String>,
    user_info: Option<Bytes>,
    after_refusal: bool,
) -> Result<Session, ExchangeError> {
    let now = shared.now();
    let claims = tokens.id_token().claims();
    let mut session_id = SessionId([0; 12]);
    shared
        .entropy
        .fill(&mut session_id.0)
        .map_err(|_| ExchangeError::Internal)?;
    let configured_end = now.plus(shared.lifetimes.absolute);
    let provider_end = provider_end(claims, now)?;
    let frame = Frame {
        session_id,
        provider: shared.provider,
        generation: 0,
        created_at: now,
        sealed_at: now,
        not_after: provider_end.map_or(configured_end, |end| end.min(configured_end)),
        id_token_issued_at: claims.iat().map_or(0, |iat| UnixMillis::of(iat).seconds()),
    };
    let body = Body {
        identity: Identity::IdToken(StoredToken::new(tokens.id_token().as_str())),
        refresh_token: tokens.refresh_token().map(StoredToken::new),
        access_tokens: vec![StoredAccessToken::new(
            Target::DEFAULT,
            tokens.access_token(),
            tokens.expires_at(),
        )],
        scope: scope.map(Bytes::from),
        user_info,
        added: None,
        data: None,
        refreshed_at: None,
        after_refusal,
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

fn refused(shared: &Shared, error: &ExchangeError) -> OwnResponse {
    let error = match error {
        ExchangeError::RelyingParty(error) => error,
        ExchangeError::SessionExpiry => {
            tracing::warn!("a sign-in is refused: its session_expiry has passed, or is no number");
            return pages::refused_answer(&shared.routes);
        }
        ExchangeError::Denied(denial) => return denial.response(shared),
        ExchangeError::HookFailed | ExchangeError::Internal => {
            tracing::error!("a sign-in failed inside this application");
            return pages::internal_error();
        }
    };
    if error.code() == "authorization.access_denied" {
        tracing::info!(%error, "a sign-in was cancelled, or the provider denied it");
    } else if needs_the_user(error.code()) {
        tracing::info!(code = error.code(), "a silent sign-in needs the user");
    } else {
        tracing::warn!(%error, code = error.code(), "a sign-in is refused");
    }
    match error.kind() {
        ErrorKind::Configuration => pages::internal_error(),
        // `server_error` and `temporarily_unavailable` refuse nobody.
        ErrorKind::Response if error.is_transient() => pages::provider_unreachable(&shared.routes),
        ErrorKind::Response if needs_the_user(error.code()) => {
            pages::not_without_the_user(&shared.routes)
        }
        ErrorKind::Response if error.code().starts_with("authorization.") => {
            pages::refused_by_provider(&shared.routes)
        }
        ErrorKind::Response => pages::refused_answer(&shared.routes),
        _ => pages::provider_unreachable(&shared.routes),
    }
}

/// What a provider says to `prompt=none` (OpenID Connect Core 1.0 section 3.1.2.6): it refuses nobody,
/// but does not sign in without a question.
fn needs_the_user(code: &str) -> bool {
    matches!(
        code,
        "authorization.login_required"
            | "authorization.interaction_required"
            | "authorization.consent_required"
            | "authorization.account_selection_required"
    )
}

/// The browser brought no cookie for this state. Nothing is believed of such a URL; a sign-in may
/// be started once more, because that can only end with the user's own account (S-01, S-03).
async fn without_transaction(
    shared: &Shared,
    head: &Head,
    response: &AuthorizationResponse,
) -> OwnResponse {
    let received = shared.session_cookie.receive(&head.headers);
    let signed_in =
        received.is_some_and(|received| opening::open(shared, &received, shared.now()).is_ok());
    if signed_in {
        return see_other(shared.settings.after_sign_in.as_str());
    }
    match Attempt::of_state(response.state()) {
        Some(Attempt::First)
            if response.has_code() && initiator(&head.headers) == Initiator::Navigation =>
        {
            tracing::debug!("a callback came without its transaction: the sign-in starts again");
            let options = SignInOptions::default();
            sign_in::start(shared, &head.headers, options, Attempt::Restarted).await
        }
        Some(Attempt::Restarted) => {
            tracing::warn!("a restarted sign-in came back without its cookie again");
            tell_refused(shared, None, "callback.cookie_did_not_come_back");
            pages::cookie_did_not_come_back(&shared.routes)
        }
        _ => {
            tell_refused(shared, None, "callback.no_transaction");
            pages::unusable_callback(&shared.routes)
        }
    }
}
