//! Why a callback creates no session.

use std::sync::Arc;

use crate::origin::return_to::ReturnTo;
use crate::session::Session;
use crate::sign_in::exchange::ExchangeFailure;

/// The result of a sign-in.
pub(crate) type SignInResult = Result<Arc<Session>, SignInError>;

#[derive(Clone, Debug)]
pub(crate) enum SignInError {
    RelyingParty(relying_party::Error),
    /// The provider's claim `session_expiry` is in the past, or is malformed.
    SessionExpiry,
    /// The application does not admit the user.
    Denied(Denial),
    /// A hook of the application failed.
    HookFailed,
    /// The system gives no random bytes, or the exchange ended without a result.
    Internal,
}

/// What a user who is not admitted gets.
#[derive(Clone, Debug)]
pub(crate) enum Denial {
    /// An error page of the layer, with a text of the application if it gave one.
    Page(Option<Arc<str>>),
    /// A redirect to a page of the application.
    Redirect(ReturnTo),
}

impl ExchangeFailure for SignInError {
    fn nothing_was_sent(&self) -> bool {
        match self {
            Self::RelyingParty(error) => !error.may_have_been_sent(),
            Self::SessionExpiry | Self::Denied(_) | Self::HookFailed | Self::Internal => false,
        }
    }
}

impl From<relying_party::Error> for SignInError {
    fn from(error: relying_party::Error) -> Self {
        Self::RelyingParty(error)
    }
}

#[cfg(test)]
mod tests {

    use bytes::Bytes;
    use relying_party::{
        BoxFuture, HttpClient, Provider, RelyingParty, TransportError, TransportErrorKind,
    };

    use super::*;
    use crate::format::manual_clock::ManualClock;
    use crate::format::time::UnixMillis;

    #[derive(Debug)]
    struct NoNetwork;

    impl HttpClient for NoNetwork {
        fn call(
            &self,
            _: http::Request<Bytes>,
        ) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
            Box::pin(async { Err(TransportError::new(TransportErrorKind::Overloaded)) })
        }
    }

    #[tokio::test]
    async fn only_a_request_that_was_not_sent_may_be_repeated() {
        let provider = Provider::new("https://id.example", "app").client_secret("secret");
        let relying_party = RelyingParty::new(
            provider,
            Arc::new(NoNetwork),
            Arc::new(ManualClock::at(UnixMillis(0))),
        )
        .unwrap();
        let error = relying_party.discover().await.unwrap_err();

        assert!(SignInError::from(error).nothing_was_sent());
        for error in [
            SignInError::SessionExpiry,
            SignInError::Denied(Denial::Page(None)),
            SignInError::HookFailed,
            SignInError::Internal,
        ] {
            assert!(!error.nothing_was_sent(), "{error:?}");
        }
    }
}
