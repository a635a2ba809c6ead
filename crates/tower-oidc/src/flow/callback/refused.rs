//! A callback that makes no session: its reason for the audit log, its log line and its page.

use std::time::Duration;

use http::HeaderValue;
use http::header::ALLOW;
use relying_party::{ErrorKind, Prompt};

use crate::components::Components;
use crate::event::{AuthEventKind, AuthEventReason};
use crate::flow::Head;
use crate::hooks::Denial;
use crate::log_limit::limited;
use crate::origin::return_to::ReturnTo;
use crate::origin::sign_in_query::SignInQuery;
use crate::session::Session;
use crate::sign_in::exchange::ExchangeError;
use crate::web::pages;
use crate::web::response::{OwnResponse, see_other};

pub(super) fn emit_refused(
    shared: &Components,
    session: Option<&Session>,
    reason: AuthEventReason,
) {
    shared
        .events
        .emit(AuthEventKind::SignInRefused, session, Some(reason));
}

/// The reason for the application; `None` for a denial, whose event was sent when the hook returned.
pub(super) fn reason(error: &ExchangeError) -> Option<AuthEventReason> {
    match error {
        ExchangeError::RelyingParty(error) => Some(AuthEventReason::Error(error.code())),
        ExchangeError::SessionExpiry => Some(AuthEventReason::SessionExpiry),
        ExchangeError::Denied(_) => None,
        ExchangeError::HookFailed => Some(AuthEventReason::HookFailed),
        ExchangeError::AlreadyUsed => Some(AuthEventReason::TransactionUsed),
        ExchangeError::Internal => Some(AuthEventReason::Internal),
    }
}

/// This application has too many requests to the provider already, and has sent none for this callback.
pub(super) struct TooManySignIns {
    pub(super) retry_after: Duration,
}

/// An error if the sign-in failed only because too many others wait. It is no refusal, so it is no
/// event: the browser may try again.
pub(super) fn too_many_sign_ins(
    shared: &Components,
    error: &ExchangeError,
) -> Result<(), TooManySignIns> {
    match error {
        ExchangeError::RelyingParty(error)
            if error.is_overloaded() && !error.may_have_been_sent() =>
        {
            limited!(
                warn,
                shared,
                ("callback", "overloaded"),
                "a callback is answered with 503, because too many sign-ins wait for the provider's \
                 token endpoint; if they come from one network, limit its requests in front of this \
                 application"
            );
            let retry_after = error.retry_after().unwrap_or_default();
            Err(TooManySignIns { retry_after })
        }
        _ => Ok(()),
    }
}

/// The methods that the callback takes.
pub(super) const ALLOWED: &str = "GET, OPTIONS";

/// Logs why a callback makes no session, and answers it.
pub(super) fn refused(
    shared: &Components,
    error: &ExchangeError,
    return_to: &ReturnTo,
) -> OwnResponse {
    match error {
        ExchangeError::RelyingParty(error) => log(shared, error),
        ExchangeError::SessionExpiry => limited!(
            warn,
            shared,
            ("callback", "session_expiry"),
            "a sign-in is refused: its session_expiry has passed, or is no number"
        ),
        ExchangeError::Internal => limited!(
            error,
            shared,
            ("callback", "internal"),
            "a sign-in failed inside this application"
        ),
        // What ran the hook has logged what became of it.
        ExchangeError::HookFailed | ExchangeError::Denied(_) | ExchangeError::AlreadyUsed => {}
    }
    page(shared, error, return_to)
}

/// The response to a callback that makes no session.
pub(super) fn page(
    shared: &Components,
    error: &ExchangeError,
    return_to: &ReturnTo,
) -> OwnResponse {
    let link = shared.origin.sign_in_link(Some(return_to));
    let link = link.as_deref();
    let error = match error {
        ExchangeError::RelyingParty(error) => error,
        ExchangeError::SessionExpiry => return pages::refused_answer(link),
        ExchangeError::AlreadyUsed => return pages::unusable_callback(link),
        ExchangeError::Denied(Denial::Page(text)) => {
            return pages::not_admitted(link, text.as_deref());
        }
        ExchangeError::Denied(Denial::Redirect(page)) => return see_other(page.as_str()),
        ExchangeError::HookFailed | ExchangeError::Internal => return pages::sign_in_failed(),
    };
    let provider = shared.registration.provider_name();
    match error.kind() {
        ErrorKind::Configuration => pages::sign_in_failed(),
        // `server_error` and `temporarily_unavailable` refuse nobody.
        ErrorKind::Response if error.is_transient() => pages::provider_unreachable(link, provider),
        ErrorKind::Response if needs_the_user(error.code()) => {
            pages::sign_in_needs_a_question(link)
        }
        ErrorKind::Response if error.code().starts_with("authorization.") => {
            pages::refused_by_provider(link)
        }
        ErrorKind::Response if error.code() == "id_token.sub_not_allowed" => {
            let ask_who = SignInQuery {
                prompt: Some(Prompt::Login),
                ..SignInQuery::default()
            };
            let link = shared.origin.sign_in_url(Some(return_to), ask_who);
            pages::another_account_is_expected(link.as_deref())
        }
        ErrorKind::Response => pages::refused_answer(link),
        _ => pages::provider_unreachable(link, provider),
    }
}

/// The provider answered by a form that the browser posts (OAuth 2.0 Form Post Response Mode), which
/// nothing here asks for. The body is not read.
pub(super) fn posted(shared: &Components) -> OwnResponse {
    limited!(
        warn,
        shared,
        ("callback", "posted"),
        "a callback came by POST and is refused: {QUERY_ONLY} (response_mode=form_post is not \
         supported)"
    );
    emit_refused(shared, None, AuthEventReason::CallbackPosted);
    let mut response = pages::posted_callback();
    response
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static(ALLOWED));
    response
}

const QUERY_ONLY: &str = "have the provider send its answer to this client in the query of the redirect, \
     with the response mode `query` and the response type `code`";

/// Says of a malformed callback what is likely wrong where the provider answers in another response
/// mode than the one that is supported. Any other is not worth a line.
pub(super) fn log_malformed(shared: &Components, head: &Head) {
    let query = head.uri.query().unwrap_or_default();
    let site = head.headers.get("sec-fetch-site");
    if query
        .split('&')
        .any(|parameter| parameter.starts_with("response="))
    {
        limited!(
            warn,
            shared,
            ("callback", "jarm"),
            "a callback has a signed response (JARM) and is refused: {QUERY_ONLY}"
        );
    } else if query.is_empty() && site.is_some_and(|site| site == "cross-site") {
        limited!(
            warn,
            shared,
            ("callback", "no_query"),
            "a callback from another site has no query and is refused, as if the answer were in the \
             URL's fragment (response_mode=fragment): {QUERY_ONLY}"
        );
    } else {
        tracing::debug!("a callback is malformed");
    }
}

pub(super) fn log(shared: &Components, error: &relying_party::Error) {
    let code = error.code();
    let key = ("callback", code);
    if logged_with_the_document(error) {
        tracing::debug!(%error, code, "a sign-in is refused");
        return;
    }
    if code == "authorization.access_denied" {
        // Without a description it is what users do who cancel. With one it may be the provider's
        // reason for keeping somebody out, which an operator is asked about.
        let what = "a sign-in was cancelled, or the provider denied it";
        match error.detail().is_some() {
            true => limited!(warn, shared, key, %error, "{what}"),
            false => limited!(info, shared, key, %error, "{what}"),
        }
    } else if needs_the_user(code) {
        limited!(info, shared, key, %error, code, "a silent sign-in needs the user");
    } else if error.kind() == ErrorKind::Configuration {
        limited!(
            error,
            shared,
            key,
            %error,
            code,
            "a sign-in is refused: the client's registration at the provider does not fit this \
             application's configuration"
        );
    } else {
        limited!(warn, shared, key, %error, code, "a sign-in is refused");
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

/// Whether the relying party has logged this error, when it fetched a document of the provider.
pub(crate) fn logged_with_the_document(error: &relying_party::Error) -> bool {
    matches!(error.kind(), ErrorKind::Provider | ErrorKind::Transport)
        && (error.code().starts_with("discovery.") || error.code().starts_with("jwks."))
}
