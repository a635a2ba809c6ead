//! A callback that makes no session: its reason for the audit log, its log line and its page.

use std::time::Duration;

use relying_party::ErrorKind;

use crate::event::AuthEventKind;
use crate::exchange::ExchangeError;
use crate::hooks::HookFailed;
use crate::log_limit::limited;
use crate::pages;
use crate::response::OwnResponse;
use crate::session::Session;
use crate::shared::Shared;
use crate::sign_in_link::SignInLink;

/// The reason of a refusal that this application is at fault for.
pub(super) const INTERNAL: &str = "internal";

pub(super) fn tell_refused(shared: &Shared, session: Option<&Session>, reason: &'static str) {
    shared.tell(AuthEventKind::SignInRefused, session, Some(reason));
}

/// A stable code; `None` for what the hook that said it has told already.
pub(super) fn reason(error: &ExchangeError) -> Option<&'static str> {
    match error {
        ExchangeError::RelyingParty(error) => Some(error.code()),
        ExchangeError::SessionExpiry => Some("session_expiry"),
        ExchangeError::Denied(_) => None,
        ExchangeError::HookFailed => Some(HookFailed::CODE),
        ExchangeError::AlreadyUsed => Some("transaction.used"),
        ExchangeError::Internal => Some(INTERNAL),
    }
}

/// This application has too many requests to the provider already, and has sent none for this callback.
pub(super) struct TooManySignIns {
    pub(super) retry_after: Duration,
}

/// An error if the sign-in failed only because too many others wait. It is no refusal, so it is no
/// event: the browser may try again.
pub(super) fn too_many_sign_ins(
    shared: &Shared,
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

pub(super) fn refused(shared: &Shared, error: &ExchangeError, link: &SignInLink) -> OwnResponse {
    let error = match error {
        ExchangeError::RelyingParty(error) => error,
        ExchangeError::SessionExpiry => {
            limited!(
                warn,
                shared,
                ("callback", "session_expiry"),
                "a sign-in is refused: its session_expiry has passed, or is no number"
            );
            return pages::refused_answer(link);
        }
        ExchangeError::AlreadyUsed => return pages::unusable_callback(link),
        ExchangeError::Denied(denial) => return denial.response(link),
        ExchangeError::HookFailed | ExchangeError::Internal => {
            limited!(
                error,
                shared,
                ("callback", INTERNAL),
                "a sign-in failed inside this application"
            );
            return pages::internal_error();
        }
    };
    log(shared, error);
    match error.kind() {
        ErrorKind::Configuration => pages::internal_error(),
        // `server_error` and `temporarily_unavailable` refuse nobody.
        ErrorKind::Response if error.is_transient() => pages::provider_unreachable(link),
        ErrorKind::Response if needs_the_user(error.code()) => pages::not_without_the_user(link),
        ErrorKind::Response if error.code().starts_with("authorization.") => {
            pages::refused_by_provider(link)
        }
        ErrorKind::Response => pages::refused_answer(link),
        _ => pages::provider_unreachable(link),
    }
}

fn log(shared: &Shared, error: &relying_party::Error) {
    let code = error.code();
    let key = ("callback", code);
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
