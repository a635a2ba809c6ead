//! From a valid callback to the session that its response carries.

use std::sync::Arc;

use relying_party::AuthorizationCode;
use sealed_cookie::SetCookies;

use super::code::{ReceivedAnswer, exchange};
use super::received::Callback;
use super::refused::{self, Undecided};
use crate::event::{AuthEventKind, AuthEventReason};
use crate::log_limit::limited;
use crate::origin::return_to::ReturnTo;
use crate::persistence::opening::SessionToEnd;
use crate::persistence::sessions::ToStore;
use crate::persistence::writing::NotWritten;
use crate::runtime;
use crate::session::Session;
use crate::session::shrink::Droppable;
use crate::session::size::REMEDY;
use crate::sign_in::error::SignInError;
use crate::sign_in::exchange::{ExchangeError, Submitted};
use crate::sign_in::transaction::Transaction;
use crate::web::pages;
use crate::web::response::{COOKIES_AND_LOCATION, OwnResponse, head_size, see_other};

/// Beside one full cookie there is room for a page of this length, less what the deletion of a posted answer
/// takes: measured with a stock nginx, which accepts a head of 4 KiB.
const SHORT_PAGE: usize = 150;

/// How many bytes of a head the deletions of former cookies may take beside a session of several cookies, which needs
/// large buffers anyway: a name with all its chunks.
const FORMER_COOKIES: usize = 1_300;

type SubmittedSignIn = Submitted<Arc<Session>, SignInError>;

impl Callback<'_> {
    /// Exchanges the code, and makes the session that the response carries.
    pub(super) async fn complete(
        &self,
        code: AuthorizationCode,
        transaction: Transaction,
    ) -> Result<OwnResponse, Undecided> {
        let components = self.components;
        let return_to = components
            .origin
            .return_to(transaction.return_to.as_deref());
        let network = self.head.client_network;
        let registration = self.registration.clone();
        let components = Arc::clone(self.components);
        let received = ReceivedAnswer {
            code,
            posted_name: self.posted_name.clone(),
            client_network: network,
        };
        let exchange = exchange(components, registration, received, transaction);
        let components = self.components;
        let submitted = components.attempts.exchanges.run(self.id, exchange).await;
        let session = match &submitted.result {
            Ok(session) => session,
            Err(error) => return self.failed(&submitted, error, &return_to).await,
        };
        // When the callback is submitted twice, the session of the first submit may have been refreshed or
        // changed before the second.
        let newest = components.refresher.newest_for(session);
        let session = newest.unwrap_or_else(|| Arc::clone(session));
        let received = self.cookies.session.as_ref();
        let persistence = &components.persistence;
        let to_store = ToStore {
            session: Arc::clone(&session),
            data: None,
            record: None,
            base: Arc::clone(&session),
            droppable: Droppable::Replaceable,
            renews_cookie: true,
        };
        Ok(match persistence.write_or_store(to_store, received).await {
            Ok(written) => {
                self.end_replaced_session(&session).await;
                // Logs the sign-in and emits its event only once, even if the callback is submitted
                // twice.
                if submitted.claim_report() {
                    tracing::info!("signed in");
                    components
                        .events
                        .emit(AuthEventKind::SignedIn, Some(&session), None);
                }
                self.signed_in(written.cookies, &return_to)
            }
            // The user signed out after the first submit: the second must not restore the session.
            Err(NotWritten::Ended) => see_other(components.origin.after_sign_in.as_str()),
            // The result is kept for a minute, so that a reload stores it after all.
            Err(error @ (NotWritten::NotStored(_) | NotWritten::TooManyConflicts)) => {
                return Err(refused::not_stored(&components.origin, &error));
            }
            Err(error) => self.not_stored(&submitted, &session, &error),
        })
    }

    async fn failed(
        &self,
        submitted: &SubmittedSignIn,
        error: &ExchangeError<SignInError>,
        return_to: &ReturnTo,
    ) -> Result<OwnResponse, Undecided> {
        let origin = &self.components.origin;
        let error = match error {
            ExchangeError::AlreadyUsed => return Ok(self.already_used(return_to).await),
            ExchangeError::NoResult => &SignInError::Internal,
            ExchangeError::Failed(error) => error,
        };
        refused::check_sent(origin, error)?;
        // Logs the refusal and emits its event only once, even if the callback is submitted twice.
        Ok(match submitted.claim_report() {
            true => self.refuse(error, return_to),
            false => refused::page(origin, self.registration, error, return_to),
        })
    }

    /// The response to a callback whose code was sent before, and whose result is no longer in memory: the
    /// browser restored the page, or the URL was copied. A browser that has a valid session of this provider,
    /// from this sign-in or another, continues to the page.
    async fn already_used(&self, return_to: &ReturnTo) -> OwnResponse {
        if self.is_signed_in().await {
            return see_other(return_to.as_str());
        }
        tracing::debug!("a callback's transaction was used before");
        self.report_refused(None, AuthEventReason::TransactionUsed);
        let link = self.sign_in_link(Some(return_to));
        pages::unusable_callback(link.as_deref())
    }

    /// Ends the browser's former session, if it is another one than `session`. If it was of another user,
    /// its refresh token is revoked at the provider too. The former session of the same user is not
    /// revoked: some providers use one grant for both, and would revoke the new tokens too.
    async fn end_replaced_session(&self, session: &Session) {
        let components = self.components;
        let Some(received) = &self.cookies.session else {
            return;
        };
        let replaced = match components.persistence.open_to_end(received).await {
            Ok(SessionToEnd::Session(replaced)) => replaced,
            Ok(SessionToEnd::WithoutContent(replaced)) => {
                if replaced.frame.session_id != session.frame.session_id {
                    components
                        .persistence
                        .end_without_content(
                            &replaced,
                            AuthEventKind::SessionEnded,
                            Some(AuthEventReason::Replaced),
                        )
                        .await;
                }
                return;
            }
            Err(_) => return,
        };
        if replaced.frame.session_id == session.frame.session_id {
            return;
        }
        let reason = Some(AuthEventReason::Replaced);
        let kind = AuthEventKind::SessionEnded;
        let ended = components.persistence.end(&replaced, kind, reason);
        if user(&replaced) == user(session) {
            return ended.await;
        }
        // Both at once: if the browser leaves while a store is slow, the revocation has begun in its task.
        runtime::join(ended, components.refresher.end(&replaced)).await;
    }

    /// The deletion of the posted answer, if the provider posts its answers.
    fn form_deletion(&self) -> SetCookies {
        match self.registration.settings().uses_form_post() {
            true => {
                let form = self.components.origin.form_cookies.delete(&self.id);
                form.unwrap_or_default()
            }
            false => SetCookies::default(),
        }
    }

    /// The redirect that carries the session.
    fn signed_in(&self, cookies: SetCookies, return_to: &ReturnTo) -> OwnResponse {
        let session = head_size(&cookies);
        let form = head_size(&self.form_deletion());
        let deletions = head_size(&self.components.attempts.delete(&self.id)).saturating_add(form);
        let room = COOKIES_AND_LOCATION.saturating_sub(session.saturating_add(deletions));
        let room = room.max(SHORT_PAGE.saturating_sub(form));
        // More than one full cookie needs larger buffers anyway; the page must not be what takes a head
        // past a stock nginx's.
        let is_one_cookie = session <= COOKIES_AND_LOCATION;
        let page = if is_one_cookie && return_to.as_str().len() > room {
            &self.components.origin.after_sign_in
        } else {
            return_to
        };
        let room = match is_one_cookie {
            true => COOKIES_AND_LOCATION
                .saturating_sub(session.saturating_add(deletions))
                .saturating_sub(page.as_str().len()),
            false => FORMER_COOKIES,
        };
        let former = self.cookies.former.within(room, head_size);
        let mut response = see_other(page.as_str());
        cookies.append_to(response.headers_mut());
        former.append_to(response.headers_mut());
        response
    }

    /// The session cannot be sealed, so nobody is signed in.
    fn not_stored(
        &self,
        submitted: &SubmittedSignIn,
        session: &Session,
        error: &NotWritten,
    ) -> OwnResponse {
        let components = self.components;
        let is_too_large = matches!(error, NotWritten::TooLarge(_));
        let (reason, page, remedy) = if is_too_large {
            let page = pages::session_too_large();
            (AuthEventReason::SessionTooLarge, page, REMEDY)
        } else {
            (AuthEventReason::Internal, pages::sign_in_failed(), "")
        };
        limited!(
            error,
            components,
            ("callback", "seal"),
            %error,
            remedy,
            size = %components.persistence.size_of(session),
            "a sign-in is given up: the session cannot be sealed"
        );
        if submitted.claim_report() {
            self.report_refused(Some(session), reason);
        }
        page
    }
}

fn user(session: &Session) -> Option<(&str, &str)> {
    let claims = session.claims()?;
    Some((claims.iss(), claims.sub()))
}
