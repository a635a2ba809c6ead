//! Waiting for what is in flight to the provider, before the process stops or is frozen.

use std::sync::Arc;
use std::time::Duration;

use crate::event::{AuthEventKind, AuthEventReason, Events};
use crate::log_limit::{LogLimiter, limited};
use crate::refresh::Refresher;
use crate::runtime;
use crate::session::Session;
use crate::sign_in::error::SignInError;
use crate::sign_in::exchange::Exchanges;

/// What there is to wait for: code exchanges, refreshes and revocations.
pub(crate) struct Drain<'a> {
    pub(crate) exchanges: &'a Exchanges<Arc<Session>, SignInError>,
    pub(crate) refresher: &'a Refresher,
    pub(crate) events: &'a Events,
    pub(crate) log: &'a Arc<LogLimiter>,
}

impl Drain<'_> {
    /// Tries each waiting revocation once, and waits until no request is in flight.
    pub(crate) async fn all(&self) {
        runtime::join(self.exchanges.none_in_flight(), self.refresher.drain()).await;
        // The callbacks of these exchanges may have ended sessions.
        self.refresher.drain_new().await;
        // Requests that came in the meantime may have begun others.
        self.none_in_flight().await;
    }

    async fn none_in_flight(&self) {
        self.exchanges.none_in_flight().await;
        self.refresher.none_in_flight().await;
    }

    /// The same for at most `limit`. `false`, a line in the log and an event if something is left then.
    ///
    /// On a host that freezes the process it is called before each response. Revocations that wait are
    /// then tried after their pauses and not at every response: a provider that hangs would hold up all
    /// responses.
    pub(crate) async fn for_at_most(&self, limit: Duration) -> bool {
        let drained = async {
            if self.refresher.freezes_between_requests {
                self.none_in_flight().await;
            } else {
                self.all().await;
            }
        };
        let is_drained = runtime::timeout(limit, drained).await.is_some();
        let revocations = self.refresher.waiting_revocations();
        if is_drained && revocations == 0 {
            return true;
        }
        let exchanges = self.exchanges.in_flight();
        let in_flight = exchanges.saturating_add(self.refresher.in_flight());
        limited!(
            warn,
            self,
            ("drain", ""),
            in_flight,
            revocations,
            "requests to the provider are left: those in flight are lost if this process stops or is \
             frozen now, and revocations that wait are tried again only while it runs"
        );
        let reason = match in_flight {
            0 => AuthEventReason::RevocationsWaiting,
            _ => AuthEventReason::InFlight,
        };
        let kind = AuthEventKind::DrainIncomplete;
        self.events.emit(kind, None, Some(reason));
        false
    }
}
