//! `GET /auth/callback`: the provider's answer becomes a session, or a page, and never disturbs a
//! session that is there already.

mod admission;
mod code;
mod complete;
mod received;
pub(super) mod refused;
mod retry;
mod without_form;
mod without_transaction;

use std::sync::Arc;

use http::Method;
use relying_party::AuthorizationResponse;

use self::received::Callback;
use self::refused::{ALLOWED, ALLOWED_WITH_FORMS, Undecided};
use self::retry::Unfinished;
use crate::components::Components;
use crate::event::AuthEventReason;
use crate::flow::form_post::{self, Posted};
use crate::flow::provider_in_path::provider_in_path;
use crate::flow::request_head::RequestHead;
use crate::origin::return_to::ReturnTo;
use crate::origin::routes::ProviderInPath;
use crate::provider::resolver::found::NotFound;
use crate::sign_in::error::SignInError;
use crate::sign_in::transaction::Transaction;
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
    let registration = match provider_in_path(&components.providers, &path).await {
        Ok(Some(registration)) => registration,
        // The page's own address still works, so that a reload sends the code after all.
        Err(NotFound::Unavailable) => return pages::unavailable(false),
        not_found @ (Ok(None) | Err(NotFound::Unknown)) => {
            refused::log_without_provider(origin, not_found.is_err());
            events.sign_in_refused(None, None, AuthEventReason::CallbackMalformed);
            return pages::unusable_callback(origin.sign_in_link(None, None).as_deref());
        }
    };
    let is_by_form = registration.settings().uses_form_post();
    if head.method == Method::POST {
        return match is_by_form {
            true => form_post::redirect(&components, &registration, &head, body).await,
            false => refused::posted(origin, events),
        };
    }
    let allowed = match is_by_form {
        true => ALLOWED_WITH_FORMS,
        false => ALLOWED,
    };
    if let Some(refused) = head.refused_method(&[Method::GET], allowed) {
        return refused;
    }
    let posted = match is_by_form {
        true => form_post::posted(origin, &registration, &head),
        false => Posted::Nothing,
    };
    let query = match &posted {
        Posted::Form(form) => Some(form.as_str()),
        Posted::Missing(_) | Posted::Nothing => head.uri.query(),
    };
    if let Ok(response) = AuthorizationResponse::parse(query) {
        let callback = Callback::new(&components, &registration, &head, response.state());
        let callback = callback.with_name_of(&posted);
        return callback.respond(response, &posted).await;
    }
    if let Posted::Missing(state) = &posted {
        let callback = Callback::new(&components, &registration, &head, state);
        if let Some(answer) = callback.without_form(state).await {
            return answer;
        }
    }
    refused::log_malformed(origin, &head);
    events.sign_in_refused(None, None, AuthEventReason::CallbackMalformed);
    let sign_in = origin.sign_in_link(registration.id.as_deref(), None);
    pages::unusable_callback(sign_in.as_deref())
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
    /// The response to a well-formed answer of a provider.
    async fn respond(&self, response: AuthorizationResponse, posted: &Posted) -> OwnResponse {
        let mut answer = match self.decide(response).await {
            Ok(answer) => answer,
            // The transaction and a posted form stay, so that a reload sends the same code after all.
            Err(undecided) => return undecided.page(),
        };
        // A form that is not this sign-in's is that of another tab, whose state chose the same cookie.
        if let Posted::Form(_) = posted
            && let Some(deleted) = self.components.origin.form_cookies.delete(&self.id)
        {
            deleted.append_to(answer.headers_mut());
        }
        answer
    }

    /// An error if nothing is decided, and the same answer may come again.
    async fn decide(&self, response: AuthorizationResponse) -> Result<OwnResponse, Undecided> {
        let mut answer = match self.transaction(response.state()) {
            Ok(transaction) => self.answer(response, transaction).await?,
            Err(NoTransaction::NotReceived) => {
                return Ok(self.without_transaction(&response).await);
            }
            Err(NoTransaction::Unusable { reason, return_to }) => {
                self.unusable(reason, return_to.as_deref())
            }
        };
        self.delete_transaction(&mut answer);
        self.components
            .origin
            .hints
            .session_in_head(answer.headers());
        Ok(answer)
    }

    async fn answer(
        &self,
        response: AuthorizationResponse,
        transaction: Transaction,
    ) -> Result<OwnResponse, Undecided> {
        let origin = &self.components.origin;
        // Before anything is remembered of it: an error takes no task and no memory.
        let secrets = transaction.secrets();
        let validated = self.registration.validate(response, &secrets);
        match validated.await {
            Ok(code) => self.complete(code, transaction).await,
            Err(error) if retry::is_temporary(&error) => {
                let cause = Unfinished::AtProvider(&error);
                Ok(self.try_again(&transaction, cause).await)
            }
            Err(error) => {
                let page = origin.return_to(transaction.return_to.as_deref());
                let error = error.into();
                refused::check_sent(origin, &error)?;
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
