//! `GET /auth/callback`: the provider's answer becomes a session, or a page, and never disturbs a
//! session that is there already.

mod code;
pub(super) mod refused;
mod retry;

use std::sync::Arc;

use http::Method;
use relying_party::{AuthorizationCode, AuthorizationResponse};
use sealed_cookie::{OpenError, OpenErrorKind, OpenedValue, ReceivedCookie, SealErrorKind};

use self::code::exchange;
use self::refused::{
    ALLOWED, TooManySignIns, emit_refused, log_malformed, page, posted, reason, refused,
    too_many_sign_ins,
};
use super::Head;
use super::sign_in::{self, Replace};
use crate::components::Components;
use crate::context::sign_in::SignInOptions;
use crate::event::{AuthEventKind, AuthEventReason};
use crate::log_limit::limited;
use crate::origin::return_to::ReturnTo;
use crate::persistence::opening;
use crate::persistence::received_cookies::ReceivedCookies;
use crate::session::Session;
use crate::session::shrink::Droppable;
use crate::session::size::REMEDY;
use crate::sign_in::exchange::ExchangeError;
use crate::sign_in::transaction::{Attempt, Transaction, id_of_state};
use crate::web::fetch_metadata::{Initiator, initiator};
use crate::web::network::ClientNetwork;
use crate::web::pages;
use crate::web::response::{COOKIES_AND_LOCATION, OwnResponse, head_size, see_other};

/// The bytes of the field that deletes a transaction, about.
const TRANSACTION_DELETION: usize = 160;

pub(crate) async fn run(shared: Arc<Components>, head: Head) -> OwnResponse {
    if head.method == Method::POST {
        return posted(&shared);
    }
    if let Some(refused) = head.refused_method(&[Method::GET], ALLOWED) {
        return refused;
    }
    let Ok(response) = AuthorizationResponse::parse(head.uri.query()) else {
        log_malformed(&shared, &head);
        emit_refused(&shared, None, AuthEventReason::CallbackMalformed);
        return pages::unusable_callback(shared.origin.sign_in_link(None).as_deref());
    };
    let id = id_of_state(response.state());
    let cookies = ReceivedCookies::find(&shared, &head.headers, Some(&id));
    let Some(found) = shared.attempts.cookies.find(&cookies.transactions, &id) else {
        return without_transaction(&shared, &head, &response, cookies).await;
    };
    let mut answer = match usable(&shared, found, response.state()) {
        Ok(transaction) => {
            let answered = answer(&shared, &head, cookies, id, response, transaction);
            match answered.await {
                Ok(answer) => answer,
                // The transaction stays, so that a reload sends the same code after all.
                Err(TooManySignIns { retry_after }) => {
                    return pages::too_many_sign_ins(retry_after);
                }
            }
        }
        Err(Unusable { reason, return_to }) => {
            tracing::debug!(%reason, "a callback's transaction is refused");
            emit_refused(&shared, None, reason);
            let page = shared.origin.own_page(return_to.as_deref());
            pages::unusable_callback(shared.origin.sign_in_link(page.as_ref()).as_deref())
        }
    };
    shared
        .attempts
        .cookies
        .delete(&id)
        .append_to(answer.headers_mut());
    shared.hints.session_in_head(answer.headers());
    answer
}

fn warn_of_another_secret(shared: &Components) {
    limited!(
        warn,
        shared,
        ("cookie", "transaction.other_secret"),
        cookie_secret = shared.persistence.fingerprints.sealing(),
        "a sign-in failed because its cookie opens with none of the cookie secrets. Likely it began \
         at another instance, which seals with another secret, base_url or cookie_name (compare the \
         fingerprints in their first log lines); a forged cookie looks the same"
    );
}

/// A transaction that does not serve this callback.
struct Unusable {
    reason: AuthEventReason,
    /// The page that it was to come back to, if its seal opens.
    return_to: Option<String>,
}

/// The transaction, if it is this callback's, of this provider, and not too old.
fn usable(
    shared: &Components,
    found: Result<OpenedValue, OpenError>,
    state: &str,
) -> Result<Transaction, Unusable> {
    let unusable = |reason| Unusable {
        reason,
        return_to: None,
    };
    let opened = found.map_err(|error| {
        if error.kind() == OpenErrorKind::NoMatchingSecret {
            warn_of_another_secret(shared);
        }
        unusable(AuthEventReason::TransactionUnreadable)
    })?;
    let transaction = Transaction::decode(opened.into_bytes())
        .map_err(|_| unusable(AuthEventReason::TransactionMalformed))?;
    let reason = if !transaction.secrets().matches_state(state) {
        AuthEventReason::OtherState
    } else if !transaction.is_alive(shared.now()) {
        AuthEventReason::TransactionExpired
    } else if transaction.provider != shared.registration.provider {
        AuthEventReason::OtherProvider
    } else {
        return Ok(transaction);
    };
    Err(Unusable {
        reason,
        return_to: transaction.return_to,
    })
}

async fn answer(
    shared: &Arc<Components>,
    head: &Head,
    cookies: ReceivedCookies,
    id: [u8; 16],
    response: AuthorizationResponse,
    transaction: Transaction,
) -> Result<OwnResponse, TooManySignIns> {
    // Before anything is remembered of it: an error takes no task and no memory.
    let secrets = transaction.secrets();
    let validated = shared
        .registration
        .relying_party
        .validate(response, &secrets);
    match validated.await {
        Ok(code) => {
            let network = head.client_network;
            complete(shared, cookies.session, id, code, transaction, network).await
        }
        Err(error) if retry::is_temporary(&error) => {
            Ok(retry::answer(shared, head, &cookies, id, &transaction, &error).await)
        }
        Err(error) => {
            let error = error.into();
            too_many_sign_ins(shared, &error)?;
            emit_refused(
                shared,
                None,
                reason(&error).unwrap_or(AuthEventReason::Internal),
            );
            let page = shared.origin.return_to(transaction.return_to.as_deref());
            Ok(refused(shared, &error, &page))
        }
    }
}

/// Exchanges the code, and makes the session that the response carries.
async fn complete(
    shared: &Arc<Components>,
    received: Option<ReceivedCookie>,
    id: [u8; 16],
    code: AuthorizationCode,
    transaction: Transaction,
    client_network: Option<ClientNetwork>,
) -> Result<OwnResponse, TooManySignIns> {
    let now = shared.now();
    let return_to = shared.origin.return_to(transaction.return_to.as_deref());
    let exchange = exchange(Arc::clone(shared), code, transaction, client_network);
    let submitted = shared.attempts.exchanges.run(id, exchange).await;
    let session = match &submitted.result {
        // A second submit comes when the first one's session may be refreshed already.
        Ok(session) => shared
            .families
            .newer_than(session, now)
            .unwrap_or_else(|| Arc::clone(session)),
        Err(ExchangeError::AlreadyUsed) => {
            return Ok(already_used(shared, received.as_ref(), return_to));
        }
        Err(error) => {
            too_many_sign_ins(shared, error)?;
            // A second submit is no second event, neither in the log nor for the application.
            if !submitted.claim_report() {
                return Ok(page(shared, error, &return_to));
            }
            if let Some(reason) = reason(error) {
                emit_refused(shared, None, reason);
            }
            return Ok(refused(shared, error, &return_to));
        }
    };
    // A second submit that was overtaken by the sign-out must not bring the session back.
    if shared
        .persistence
        .revoked
        .contains(session.frame.session_id, now)
    {
        return Ok(see_other(shared.origin.after_sign_in.as_str()));
    }
    let response = match shared.seal(
        &session,
        received.as_ref(),
        shared.now(),
        Droppable::Replaceable,
    ) {
        Ok(cookies) => {
            if let Some(Ok(found)) = received.map(|received| opening::open(shared, &received, now))
            {
                let replaced = found.session;
                if replaced.frame.session_id != session.frame.session_id {
                    let reason = Some(AuthEventReason::Replaced);
                    shared.bury(&replaced, AuthEventKind::SessionEnded, reason);
                    end_of_another_user(shared, replaced, &session).await;
                }
            }
            // A second submit is no second sign-in, neither in the log nor for the application.
            if submitted.claim_report() {
                tracing::info!("signed in");
                shared
                    .events
                    .emit(AuthEventKind::SignedIn, Some(&session), None);
            }
            let size = head_size(&cookies).saturating_add(TRANSACTION_DELETION);
            let room = COOKIES_AND_LOCATION.saturating_sub(size);
            // More than one full cookie needs larger buffers anyway; the page must not be what
            // takes a head past a stock nginx's.
            let page = if room > 0 && return_to.as_str().len() > room {
                &shared.origin.after_sign_in
            } else {
                &return_to
            };
            let mut response = see_other(page.as_str());
            cookies.append_to(response.headers_mut());
            response
        }
        Err(error) => {
            let is_too_large = matches!(error.kind(), SealErrorKind::TooLarge { .. });
            let remedy = if is_too_large { REMEDY } else { "" };
            limited!(
                error,
                shared,
                ("callback", "seal"),
                %error,
                remedy,
                size = %shared.session_size(&session),
                "a sign-in is given up: the session cannot be sealed"
            );
            let (reason, page) = match error.kind() {
                SealErrorKind::TooLarge { .. } => {
                    (AuthEventReason::SessionTooLarge, pages::session_too_large())
                }
                _ => (AuthEventReason::Internal, pages::sign_in_failed()),
            };
            if submitted.claim_report() {
                emit_refused(shared, Some(&session), reason);
            }
            page
        }
    };
    Ok(response)
}

/// The code was sent more than a minute ago, or before many others: a page that was restored, or a
/// copy. A browser in which that sign-in, or another one, is valid goes on to its page.
fn already_used(
    shared: &Components,
    received: Option<&ReceivedCookie>,
    return_to: ReturnTo,
) -> OwnResponse {
    if is_signed_in(shared, received) {
        return see_other(return_to.as_str());
    }
    tracing::debug!("a callback's transaction was used before");
    emit_refused(shared, None, AuthEventReason::TransactionUsed);
    pages::unusable_callback(shared.origin.sign_in_link(Some(&return_to)).as_deref())
}

fn is_signed_in(shared: &Components, received: Option<&ReceivedCookie>) -> bool {
    received.is_some_and(|received| opening::open(shared, received, shared.now()).is_ok())
}

/// Revokes what another user of this browser left behind. Not what the same user did: providers give
/// the new sign-in the same grant, and revoke all of it.
async fn end_of_another_user(shared: &Arc<Components>, replaced: Session, session: &Session) {
    let user = |session: &Session| {
        let claims = session.claims()?;
        Some((claims.iss().to_owned(), claims.sub().to_owned()))
    };
    if user(&replaced) != user(session) {
        shared.families.end(shared, &Arc::new(replaced)).await;
    }
}

/// The browser brought no cookie for this state. Nothing is believed of such a URL; a sign-in may
/// be started once more, because that can only end with the user's own account.
async fn without_transaction(
    shared: &Components,
    head: &Head,
    response: &AuthorizationResponse,
    cookies: ReceivedCookies,
) -> OwnResponse {
    if is_signed_in(shared, cookies.session.as_ref()) {
        return see_other(shared.origin.after_sign_in.as_str());
    }
    match Attempt::of_state(response.state()) {
        Some(Attempt::First)
            if response.has_code() && initiator(&head.headers) == Initiator::Navigation =>
        {
            tracing::debug!("a callback came without its transaction: the sign-in starts again");
            let options = SignInOptions::default();
            let replace = match shared.origin.routes.sign_in {
                Some(_) => Replace::Nothing,
                None => Replace::Oldest,
            };
            sign_in::start(
                shared,
                head.digest(),
                &cookies.transactions,
                options,
                Attempt::Restarted,
                replace,
            )
            .await
        }
        Some(Attempt::Restarted) => {
            limited!(
                warn,
                shared,
                ("callback", "cookie_did_not_come_back"),
                "a restarted sign-in came back without its cookie again"
            );
            emit_refused(shared, None, AuthEventReason::CookieDidNotComeBack);
            pages::cookie_did_not_come_back(shared.origin.sign_in_link(None).as_deref())
        }
        _ => {
            emit_refused(shared, None, AuthEventReason::NoTransaction);
            pages::unusable_callback(shared.origin.sign_in_link(None).as_deref())
        }
    }
}
