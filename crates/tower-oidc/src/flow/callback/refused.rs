//! A callback that makes no session: its reason for the audit log, its log line and its page.

use std::time::Duration;

use http::HeaderValue;
use http::header::ALLOW;
use relying_party::{ErrorKind, Prompt};

use crate::event::{AuthEventReason, Events};
use crate::flow::request_head::RequestHead;
use crate::log_limit::limited;
use crate::origin::Origin;
use crate::origin::return_to::ReturnTo;
use crate::origin::sign_in_query::SignInQuery;
use crate::persistence::writing::NotWritten;
use crate::provider::Registration;
use crate::sign_in::error::{Denial, SignInError};
use crate::web::pages;
use crate::web::response::{OwnResponse, see_other};

/// The reason for the application; `None` for a denial, whose event was sent when the hook returned.
pub(super) fn reason(error: &SignInError) -> Option<AuthEventReason> {
    match error {
        SignInError::RelyingParty(error) => Some(AuthEventReason::Error(error.code())),
        SignInError::SessionExpiry => Some(AuthEventReason::SessionExpiry),
        SignInError::Denied(_) => None,
        SignInError::HookFailed => Some(AuthEventReason::HookFailed),
        SignInError::Internal => Some(AuthEventReason::Internal),
    }
}

/// Why nothing is decided about a callback, so that the same callback may succeed later.
pub(super) enum Undecided {
    /// Nothing was sent, because there are too many requests to the provider already.
    TooManySignIns { retry_after: Duration },
    /// Nothing was sent, because the credentials of the client could not be obtained.
    NoCredentials,
    /// The session store did not take the session, which is kept in memory for a minute.
    NotStored,
}

impl Undecided {
    pub(super) fn page(&self) -> OwnResponse {
        match self {
            Self::TooManySignIns { retry_after } => pages::too_many_sign_ins(*retry_after),
            Self::NoCredentials | Self::NotStored => pages::sign_in_must_wait(),
        }
    }
}

/// An error if nothing was sent because of this application's own state. That is not a refusal, so no event
/// is emitted: the browser may try again.
pub(super) fn check_sent(origin: &Origin, error: &SignInError) -> Result<(), Undecided> {
    match error {
        SignInError::RelyingParty(error) if error.is_without_credentials() => {
            limited!(
                error,
                origin,
                ("callback", error.code()),
                %error,
                code = error.code(),
                "a callback is answered with 503, because this application could not obtain its client \
                 credentials: no sign-in succeeds until that function or file works again"
            );
            Err(Undecided::NoCredentials)
        }
        SignInError::RelyingParty(error)
            if error.is_overloaded() && !error.may_have_been_sent() =>
        {
            limited!(
                warn,
                origin,
                ("callback", "overloaded"),
                "a callback is answered with 503, because too many sign-ins wait for the provider's \
                 token endpoint; if they come from one network, limit its requests in front of this \
                 application"
            );
            let retry_after = error.retry_after().unwrap_or_default();
            Err(Undecided::TooManySignIns { retry_after })
        }
        _ => Ok(()),
    }
}

/// The store did not take the session of a sign-in.
pub(super) fn not_stored(origin: &Origin, error: &NotWritten) -> Undecided {
    limited!(
        error,
        origin,
        ("callback", "session_store"),
        %error,
        "a callback is answered with 503, because the session store did not take the session; a reload within a \
         minute tries again"
    );
    Undecided::NotStored
}

/// The methods that the callback takes.
pub(super) const ALLOWED: &str = "GET, OPTIONS";

/// Those that it takes if the provider posts its answers.
pub(super) const ALLOWED_WITH_FORMS: &str = "GET, POST, OPTIONS";

/// Logs why a callback makes no session, and answers it.
pub(super) fn response(
    origin: &Origin,
    registration: &Registration,
    error: &SignInError,
    return_to: &ReturnTo,
) -> OwnResponse {
    match error {
        SignInError::RelyingParty(error) => log(registration, error),
        SignInError::SessionExpiry => limited!(
            warn,
            origin,
            ("callback", "session_expiry"),
            "a sign-in is refused: its session_expiry has passed, or is no number"
        ),
        SignInError::Internal => limited!(
            error,
            origin,
            ("callback", "internal"),
            "a sign-in failed inside this application"
        ),
        // The code that called the hook has logged its result.
        SignInError::HookFailed | SignInError::Denied(_) => {}
    }
    page(origin, registration, error, return_to)
}

/// The response to a callback that makes no session.
pub(super) fn page(
    origin: &Origin,
    registration: &Registration,
    error: &SignInError,
    return_to: &ReturnTo,
) -> OwnResponse {
    let id = registration.id.as_deref();
    let link = origin.sign_in_link(id, Some(return_to));
    let link = link.as_deref();
    let error = match error {
        SignInError::RelyingParty(error) => error,
        SignInError::SessionExpiry => return pages::refused_answer(link),
        SignInError::Denied(Denial::Page(text)) => {
            return pages::not_admitted(link, text.as_deref());
        }
        SignInError::Denied(Denial::Redirect(page)) => return see_other(page.as_str()),
        SignInError::HookFailed | SignInError::Internal => return pages::sign_in_failed(),
    };
    let provider = registration.provider_name();
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
        ErrorKind::Response if is_about_the_account(error.code()) => {
            let ask_who = SignInQuery {
                prompt: Some(Prompt::Login),
                ..SignInQuery::default()
            };
            let link = origin.sign_in_url(id, Some(return_to), ask_who);
            pages::another_account_is_expected(link.as_deref())
        }
        ErrorKind::Response if error.code() == "id_token.acr" => {
            pages::sign_in_is_not_enough(link, "a stronger sign-in")
        }
        ErrorKind::Response if error.code() == "id_token.auth_time" => {
            pages::sign_in_is_not_enough(link, "a new sign-in")
        }
        ErrorKind::Response => pages::refused_answer(link),
        _ => pages::provider_unreachable(link, provider),
    }
}

/// The provider answered with a form that the browser posts (OAuth 2.0 Form Post Response Mode), although
/// this application does not request that. The body is not read.
pub(super) fn posted(origin: &Origin, events: &Events) -> OwnResponse {
    limited!(
        warn,
        origin,
        ("callback", "posted"),
        "a callback came by POST and is refused: {QUERY_ONLY}; or, if the provider answers by \
         response_mode=form_post alone, set Provider::response_mode (AUTH_RESPONSE_MODE=form_post)"
    );
    events.sign_in_refused(None, None, AuthEventReason::CallbackPosted);
    let mut response = pages::posted_callback();
    response
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static(ALLOWED));
    response
}

const QUERY_ONLY: &str = "have the provider send its answer to this client in the query of the redirect, \
     with the response mode `query` and the response type `code`";

/// Logs the likely cause of a malformed callback if the provider seems to use a response mode that is not
/// supported. Any other malformed callback is logged at DEBUG.
pub(super) fn log_malformed(origin: &Origin, head: &RequestHead) {
    let query = head.uri.query().unwrap_or_default();
    let site = head.headers.get("sec-fetch-site");
    if query
        .split('&')
        .any(|parameter| parameter.starts_with("response="))
    {
        limited!(
            warn,
            origin,
            ("callback", "jarm"),
            "a callback has a signed response (JARM) and is refused: {QUERY_ONLY}"
        );
    } else if query.is_empty() && site.is_some_and(|site| site == "cross-site") {
        limited!(
            warn,
            origin,
            ("callback", "no_query"),
            "a callback from another site has no query and is refused, as if the answer were in the \
             URL's fragment (response_mode=fragment): {QUERY_ONLY}"
        );
    } else {
        tracing::debug!("a callback is malformed");
    }
}

/// A posted answer is missing at the redirect that was made for it, and the sign-in was started again before.
pub(super) fn log_missing_form(origin: &Origin) {
    limited!(
        warn,
        origin,
        ("callback", "form_missing"),
        "a posted answer did not come back with the redirect that followed, or later than a minute after \
         it; if that happens often, see whether something in front of this application removes Set-Cookie \
         from the answer to a POST"
    );
}

/// With several providers, each has a separate redirect URI. A key that a resolver does not know is no mistake in
/// one: anybody can make it up.
pub(super) fn log_without_provider(origin: &Origin, is_named: bool) {
    if is_named && origin.routes.has_resolver {
        tracing::debug!("a callback is for a provider that the resolver does not know");
        return;
    }
    limited!(
        warn,
        origin,
        ("callback", "no_provider"),
        known = ?origin.routes.provider_ids,
        "a callback came to a path without the id of a provider and is refused: with several providers, \
         register for each the redirect URI that ends in its id"
    );
}

/// Logs an error of this provider, with the provider's id if it has one.
pub(super) fn log(registration: &Registration, error: &relying_party::Error) {
    let code = error.code();
    let provider_id = registration.id.as_deref();
    let key = ("callback", code);
    if logged_with_the_document(error) {
        tracing::debug!(%error, code, provider_id, "a sign-in is refused");
        return;
    }
    if code == "authorization.access_denied" {
        // Without a description, the user probably cancelled. A description may be the provider's reason
        // for refusing the user, about which users ask the operator.
        let what = "a sign-in was cancelled, or the provider denied it";
        match error.detail().is_some() {
            true => limited!(warn, registration, key, provider_id, %error, "{what}"),
            false => limited!(info, registration, key, provider_id, %error, "{what}"),
        }
    } else if needs_the_user(code) {
        limited!(info, registration, key, provider_id, %error, code, "a silent sign-in needs the user");
    } else if error.kind() == ErrorKind::Configuration {
        limited!(
            error,
            registration,
            key,
            provider_id,
            %error,
            code,
            "a sign-in is refused: the client's registration at the provider does not fit this \
             application's configuration"
        );
    } else {
        limited!(warn, registration, key, provider_id, %error, code, "a sign-in is refused");
    }
}

/// The errors with which a provider answers `prompt=none` (OpenID Connect Core 1.0 section 3.1.2.6): the
/// user is not refused, but has to be asked.
fn needs_the_user(code: &str) -> bool {
    matches!(
        code,
        "authorization.login_required"
            | "authorization.interaction_required"
            | "authorization.consent_required"
            | "authorization.account_selection_required"
    )
}

/// Whether another account of the user may be allowed: the one that signed in is not the expected user, or not
/// of an allowed tenant or of the organization.
fn is_about_the_account(code: &str) -> bool {
    matches!(
        code,
        "id_token.sub_not_allowed" | "id_token.tenant_not_allowed" | "id_token.hd"
    )
}

/// Whether the relying party has logged this error, when it fetched a document of the provider.
pub(crate) fn logged_with_the_document(error: &relying_party::Error) -> bool {
    matches!(error.kind(), ErrorKind::Provider | ErrorKind::Transport)
        && (error.code().starts_with("discovery.") || error.code().starts_with("jwks."))
}
