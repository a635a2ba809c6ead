//! Sign-ins in progress: their cookies, and one code exchange for each.

pub(crate) mod error;
pub(crate) mod exchange;
pub(crate) mod request_parameters;
mod room;
pub(crate) mod step_up;
#[cfg(test)]
mod tests;
pub(crate) mod transaction;

use std::sync::Arc;

use relying_party::Clock;
use sealed_cookie::{
    Entropy, OpenError, OpenErrorKind, OpenedValue, ReceivedCookieSet, SealError, SealedCookieSet,
    Sealer, SetCookies,
};

use self::error::SignInError;
use self::exchange::Exchanges;
pub(crate) use self::room::Replace;
use self::transaction::{Attempt, LIFETIME, Transaction, id_of_state};
use crate::format::time::UnixMillis;
use crate::log_limit::{LogLimiter, limited};
use crate::random::{FreshValue, Random};
use crate::session::Session;
use crate::session::frame::ProviderRef;

/// The sign-ins in progress at one origin. Only this type creates, seals, opens, checks and deletes their
/// transactions.
pub(crate) struct Attempts {
    /// One cookie for each sign-in that a browser has started.
    pub(crate) cookies: SealedCookieSet,
    /// For links that bring what guards demand to the sign-in route.
    pub(crate) demands_sealer: Sealer,
    pub(crate) exchanges: Arc<Exchanges<Arc<Session>, SignInError>>,
    pub(crate) random: Arc<Random>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) log: Arc<LogLimiter>,
    /// The fingerprint of the secret that seals the cookies, for the log.
    pub(crate) secret_fingerprint: String,
}

/// Why a transaction was not stored in the browser.
#[derive(Debug)]
pub(crate) enum NotStored {
    /// The browser has the maximum number of sign-ins in progress, or their cookies have the maximum size.
    NoRoom,
    Seal(SealError),
}

/// Why there is no transaction for a callback.
#[derive(Debug)]
pub(crate) enum NoTransaction {
    /// The browser sent no cookie for this state.
    NotReceived,
    /// The browser sent a cookie that is not valid for this callback.
    Unusable {
        reason: Unusable,
        /// The page to which the sign-in was to return, if the cookie could be read.
        return_to: Option<String>,
    },
}

/// Why a transaction is not valid for a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unusable {
    DoesNotOpen,
    Malformed,
    OtherState,
    Expired,
    OtherProvider,
}

impl From<Unusable> for NoTransaction {
    fn from(reason: Unusable) -> Self {
        Self::Unusable {
            reason,
            return_to: None,
        }
    }
}

impl Attempts {
    /// Creates a transaction at this provider. `request` distinguishes the request that starts it. Returns
    /// `None` and logs an error if the system gives no random bytes.
    pub(crate) fn begin(
        &self,
        request: &[u8],
        attempt: Attempt,
        provider: ProviderRef,
        redirect_uri: String,
    ) -> Option<Transaction> {
        let Ok(seed) = self.random.fresh(FreshValue::TransactionSeed, request) else {
            limited!(
                error,
                self,
                ("sign_in", "random"),
                "a sign-in cannot start: the system gives no random bytes"
            );
            return None;
        };
        Some(Transaction::new(
            seed,
            attempt,
            self.now(),
            provider,
            redirect_uri,
        ))
    }

    /// Returns the cookie that stores `transaction`, and the deletions that make room for it among the
    /// sign-ins that are `in_progress` in the browser.
    pub(crate) fn store(
        &self,
        transaction: &Transaction,
        in_progress: &ReceivedCookieSet,
        replace: Replace,
    ) -> Result<SetCookies, NotStored> {
        let plaintext = transaction.encode();
        let now = self.now();
        let mut cookies =
            room::make_room(&self.cookies, in_progress, plaintext.len(), replace, now)
                .ok_or(NotStored::NoRoom)?;
        let sealed = self.cookies.seal(
            &id_of_state(transaction.secrets().state()),
            &plaintext,
            LIFETIME,
            self.entropy.as_ref(),
        );
        cookies.extend(sealed.map_err(NotStored::Seal)?);
        Ok(cookies)
    }

    /// Opens the transaction of `state`, if it is of this provider and not expired.
    pub(crate) fn open(
        &self,
        received: &ReceivedCookieSet,
        state: &str,
        provider: &ProviderRef,
    ) -> Result<Transaction, NoTransaction> {
        let found = self.cookies.find(received, &id_of_state(state));
        let transaction = self.decode(found.ok_or(NoTransaction::NotReceived)?)?;
        let reason = if !transaction.secrets().matches_state(state) {
            Unusable::OtherState
        } else if !transaction.is_alive(self.now()) {
            Unusable::Expired
        } else if transaction.provider != *provider {
            Unusable::OtherProvider
        } else {
            return Ok(transaction);
        };
        Err(NoTransaction::Unusable {
            reason,
            return_to: transaction.return_to,
        })
    }

    fn decode(&self, found: Result<OpenedValue, OpenError>) -> Result<Transaction, Unusable> {
        let opened = found.map_err(|error| {
            if error.kind() == OpenErrorKind::NoMatchingSecret {
                limited!(
                    warn,
                    self,
                    ("cookie", "transaction.other_secret"),
                    cookie_secret = self.secret_fingerprint,
                    "a sign-in failed because its cookie opens with none of the cookie secrets. Likely \
                     it began at another instance, which seals with another secret, base_url or \
                     cookie_name (compare the fingerprints in their first log lines); a forged cookie \
                     looks the same"
                );
            }
            Unusable::DoesNotOpen
        })?;
        Transaction::decode(opened.plaintext()).map_err(|_| Unusable::Malformed)
    }

    /// Deletes the cookie of the sign-in with this id.
    pub(crate) fn delete(&self, id: &[u8; 16]) -> SetCookies {
        self.cookies.delete(id)
    }

    /// Deletes the cookies of the sign-ins that the browser sent.
    pub(crate) fn delete_received(&self, received: &ReceivedCookieSet) -> SetCookies {
        self.cookies.delete_received(received)
    }

    fn now(&self) -> UnixMillis {
        UnixMillis::of(self.clock.now())
    }
}
