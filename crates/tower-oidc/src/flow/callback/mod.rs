//! `GET /auth/callback`: the provider's answer becomes a session, or a page, and never disturbs a
//! session that is there already.

mod admission;
mod code;
mod complete;
mod received;
pub(super) mod refused;
mod retry;
mod without_transaction;

use std::sync::Arc;

use http::Method;
use relying_party::AuthorizationResponse;

use self::received::Callback;
use self::refused::{ALLOWED, TooManySignIns};
use crate::components::Components;
use crate::event::AuthEventReason;
use crate::flow::form_post;
use crate::flow::provider_in_path::provider_in_path;
use crate::flow::request_head::RequestHead;
use crate::origin::return_to::ReturnTo;
use crate::origin::routes::ProviderInPath;
use crate::provider::Registration;
use crate::sign_in::error::SignInError;
use crate::sign_in::transaction::{Transaction, id_of_state};
use crate::sign_in::{NoTransaction, Unusable};
use crate::web::pages;
use crate::web::request_body::UnreadBody;
use crate::web::response::OwnResponse;

pub(crate) async fn run(
    components: Arc<Components>,
    path: ProviderInPath,
    head: RequestHead,
    body: UnreadBody,
) -> OwnResponse {
    let origin = &components.origin;
    let events = &components.events;
    let Some(registration) = provider_in_path(&components.providers, &path) else {
        refused::log_without_provider(origin);
        events.sign_in_refused(None, None, AuthEventReason::CallbackMalformed);
        return pages::unusable_callback(origin.sign_in_link(None, None).as_deref());
    };
    let sign_in = origin.sign_in_link(registration.id.as_deref(), None);
    let is_by_form = registration.settings().uses_form_post();
    if head.method == Method::POST {
        return match is_by_form {
            true => {
                form_post::redirect(origin, registration, &head, body, sign_in.as_deref()).await
            }
            false => refused::posted(origin, events),
        };
    }
    if let Some(refused) = head.refused_method(&[Method::GET], ALLOWED) {
        return refused;
    }
    let form = match is_by_form {
        true => form_post::query(origin, registration, &head),
        false => None,
    };
    let query = form.as_deref().or_else(|| head.uri.query());
    let Ok(response) = AuthorizationResponse::parse(query) else {
        refused::log_malformed(origin, &head);
        events.sign_in_refused(None, None, AuthEventReason::CallbackMalformed);
        return pages::unusable_callback(sign_in.as_deref());
    };
    let id = id_of_state(response.state());
    let mut answer = match respond(&components, registration, &head, response, id).await {
        Ok(answer) => answer,
        // The transaction and a posted form stay, so that a reload sends the same code after all.
        Err(TooManySignIns { retry_after }) => return pages::too_many_sign_ins(retry_after),
    };
    if let Some(deleted) = origin.form_cookies.delete(&id).filter(|_| is_by_form) {
        deleted.append_to(answer.headers_mut());
    }
    answer
}

/// The response to a well-formed answer of a provider, to the sign-in with this id. An error if nothing is
/// decided, and the same answer may come again.
async fn respond(
    components: &Arc<Components>,
    registration: &Registration,
    head: &RequestHead,
    response: AuthorizationResponse,
    id: [u8; 16],
) -> Result<OwnResponse, TooManySignIns> {
    let callback = Callback {
        components,
        registration,
        head,
        cookies: &components.persistence.receive(
            &head.headers,
            &components.attempts.cookies,
            Some(&id),
        ),
        id,
    };
    let opened = components.attempts.open(
        &callback.cookies.transactions,
        response.state(),
        registration.provider,
    );
    let mut answer = match opened {
        Ok(transaction) => callback.answer(response, transaction).await?,
        Err(NoTransaction::NotReceived) => {
            return Ok(callback.without_transaction(&response).await);
        }
        Err(NoTransaction::Unusable { reason, return_to }) => {
            callback.unusable(reason, return_to.as_deref())
        }
    };
    components
        .attempts
        .delete(&id)
        .append_to(answer.headers_mut());
    components.origin.hints.session_in_head(answer.headers());
    Ok(answer)
}

const fn reason_of(unusable: Unusable) -> AuthEventReason {
    match unusable {
        Unusable::DoesNotOpen => AuthEventReason::TransactionUnreadable,
        Unusable::Malformed => AuthEventReason::TransactionMalformed,
        Unusable::OtherState => AuthEventReason::OtherState,
        Unusable::Expired => AuthEventReason::TransactionExpired,
        Unusable::OtherProvider => AuthEventReason::OtherProvider,
    }
}

impl Callback<'_> {
    async fn answer(
        &self,
        response: AuthorizationResponse,
        transaction: Transaction,
    ) -> Result<OwnResponse, TooManySignIns> {
        let origin = &self.components.origin;
        // Before anything is remembered of it: an error takes no task and no memory.
        let secrets = transaction.secrets();
        let validated = self.registration.validate(response, &secrets);
        match validated.await {
            Ok(code) => self.complete(code, transaction).await,
            Err(error) if retry::is_temporary(&error) => {
                Ok(self.try_again(&transaction, &error).await)
            }
            Err(error) => {
                let page = origin.return_to(transaction.return_to.as_deref());
                let error = error.into();
                refused::check_overload(origin, &error)?;
                Ok(self.refuse(&error, &page))
            }
        }
    }

    /// The answer to a callback whose transaction does not serve it.
    fn unusable(&self, reason: Unusable, return_to: Option<&str>) -> OwnResponse {
        let reason = reason_of(reason);
        tracing::debug!(%reason, "a callback's transaction is refused");
        self.report_refused(None, reason);
        let page = self.components.origin.own_page(return_to);
        pages::unusable_callback(self.sign_in_link(page.as_ref()).as_deref())
    }

    /// Reports the error to the application and to the log, and answers the callback.
    fn refuse(&self, error: &SignInError, return_to: &ReturnTo) -> OwnResponse {
        let components = self.components;
        if let Some(reason) = refused::reason(error) {
            self.report_refused(None, reason);
        }
        refused::response(&components.origin, self.registration, error, return_to)
    }
}
