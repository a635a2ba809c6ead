//! Ends sessions: one that a request brings, or all that match.

use relying_party::LogoutToken;

use std::sync::Arc;

use super::SessionPersistence;
use crate::event::{AuthEventKind, AuthEventReason};
use crate::format::time::UnixMillis;
use crate::log_limit::limited;
use crate::revocation::{RevocationKey, StoreWrite};
use crate::runtime::{self, TaskFailed};
use crate::session::Session;
use crate::session::frame::Frame;
use crate::session::reference::RecordReference;
use crate::store::StoreError;

/// Sessions that end together. The issuer is always the `iss` of their ID tokens.
#[derive(Clone, Copy, Debug)]
pub(crate) enum SessionsToEnd<'a> {
    /// Those that belong to one session at the provider, as a logout token says.
    ProviderSession { issuer: &'a str, sid: &'a str },
    /// Those of a user whose ID tokens were not issued after this time, in seconds by the provider's clock.
    UserIssuedUntil {
        issuer: &'a str,
        sub: &'a str,
        issued_at: u64,
    },
    /// Those of a user that began until now.
    User { issuer: &'a str, sub: &'a str },
    /// Those of an issuer's users that began until now.
    Issuer { issuer: &'a str },
    /// Those of an organization's users that began until now.
    Organization {
        issuer: &'a str,
        organization: &'a str,
    },
}

impl<'a> SessionsToEnd<'a> {
    /// The `iss` of their ID tokens.
    pub(crate) const fn issuer(&self) -> &'a str {
        match *self {
            Self::ProviderSession { issuer, .. }
            | Self::UserIssuedUntil { issuer, .. }
            | Self::User { issuer, .. }
            | Self::Issuer { issuer }
            | Self::Organization { issuer, .. } => issuer,
        }
    }
}

impl SessionPersistence {
    /// Ends `session`: from now on this instance neither opens nor writes it, and when this returns, no other one does
    /// if there is a revocation store that took it. Emits the event, unless the session had ended before.
    pub(crate) async fn end(
        &self,
        session: &Session,
        kind: AuthEventKind,
        reason: Option<AuthEventReason>,
    ) {
        let write = self.refresher.refuse_from_now_on(session, kind, reason);
        self.end_everywhere(&session.frame, write).await;
    }

    /// The same for a session whose content is not available.
    pub(crate) async fn end_without_content(
        &self,
        reference: &RecordReference,
        kind: AuthEventKind,
        reason: Option<AuthEventReason>,
    ) {
        let (is_new, write) = self.revoked.end(&reference.frame, self.now());
        if is_new {
            // Who it was is in the content.
            self.events.emit(kind, None, reason);
        }
        self.end_everywhere(&reference.frame, write).await;
    }

    async fn end_everywhere(&self, session: &Frame, write: Option<StoreWrite>) {
        let written = async {
            if let Some(write) = write {
                // It has a time limit, logs its error, and tries again.
                let _ = write.await;
            }
        };
        runtime::join(written, self.delete_record(session)).await;
    }

    /// Deletes the content of a session that has ended, if it is in the store, also if the caller does not wait for it.
    pub(super) async fn delete_record(&self, session: &Frame) {
        let Some(records) = &self.records else {
            return;
        };
        let (records, session) = (Arc::clone(records), *session);
        let deleted = runtime::spawn(async move { records.delete(&session).await });
        if let Ok(Err(error)) = deleted.await {
            limited!(
                warn,
                self,
                ("session_store", "delete"),
                %error,
                "the record of a session that has ended is not deleted: it stays until its time is over, and other \
                 instances accept a copy of its cookie unless there is a revocation store"
            );
        }
    }

    /// Ends all sessions that match, on all instances. Returns whether the revocation store did not know it before.
    ///
    /// # Errors
    ///
    /// If there is no revocation store, or this thread has no runtime: then nothing was changed. Or if the store did not
    /// take the entry: then this instance refuses the sessions, and writes the entry when the store is back.
    pub(crate) async fn end_matching(
        &self,
        sessions: SessionsToEnd<'_>,
    ) -> Result<bool, StoreError> {
        let shared = self.revoked.shared().ok_or_else(no_store)?;
        // The write needs a task, so that it is finished even if nobody waits, and a timer.
        if !runtime::is_available() {
            return Err(no_runtime());
        }
        let now = self.now().0;
        let (key, time) = match sessions {
            SessionsToEnd::ProviderSession { issuer, sid } => {
                (RevocationKey::for_provider_session(issuer, sid), 0)
            }
            SessionsToEnd::UserIssuedUntil {
                issuer,
                sub,
                issued_at,
            } => (RevocationKey::for_user_at_provider(issuer, sub), issued_at),
            SessionsToEnd::User { issuer, sub } => (RevocationKey::for_user(issuer, sub), now),
            SessionsToEnd::Issuer { issuer } => (RevocationKey::for_issuer(issuer), now),
            SessionsToEnd::Organization {
                issuer,
                organization,
            } => (RevocationKey::for_organization(issuer, organization), now),
        };
        written(shared.revoke(key, time)).await
    }

    /// Ends the sessions that belong to one session at the provider, as a request from this network of clients says,
    /// which proves nothing.
    ///
    /// # Errors
    ///
    /// If there are too many such entries, and nothing was changed; or if the store did not take the entry, and it
    /// applies in this instance alone until the store is back.
    pub(crate) async fn end_unproven(
        &self,
        issuer: &str,
        sid: &str,
        network: u128,
    ) -> Result<(), UnprovenError> {
        let shared = self.revoked.shared().ok_or_else(no_store)?;
        let key = RevocationKey::for_front_channel(issuer, sid);
        let write = shared.revoke_unproven(key, network);
        written(write.ok_or(UnprovenError::TooMany)?).await?;
        Ok(())
    }

    /// Whether this logout token was not used at this instance before.
    pub(crate) fn is_first_use(&self, token: &LogoutToken) -> bool {
        let valid_until = UnixMillis::of(token.valid_until());
        let shared = self.revoked.shared();
        shared.is_some_and(|it| it.is_first_use(token.iss(), token.jti(), valid_until))
    }

    /// Whether all instances know which sessions have ended.
    pub(crate) fn has_revocation_store(&self) -> bool {
        self.revoked.shared().is_some()
    }
}

/// Why an entry that nobody has proven was not made everywhere.
#[derive(Debug)]
pub(crate) enum UnprovenError {
    /// Too many of them live, or came from this network of clients.
    TooMany,
    Store(StoreError),
}

impl From<StoreError> for UnprovenError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

fn no_store() -> StoreError {
    StoreError::new("there is no revocation store: give one with revocation_store")
}

fn no_runtime() -> StoreError {
    StoreError::new(
        "nothing was revoked, because there is no tokio runtime: await the call inside of one",
    )
}

async fn written(write: StoreWrite) -> Result<bool, StoreError> {
    let stops = |TaskFailed| Err(StoreError::new("this instance stops"));
    write.await.unwrap_or_else(stops)
}
