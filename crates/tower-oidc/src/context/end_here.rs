//! Ends a session in this application at a sign-out, before the provider ends its own.

use std::sync::Arc;

use crate::components::Components;
use crate::event::AuthEventKind;
use crate::refresh::RefreshMode;
use crate::runtime;
use crate::session::Session;
use crate::session::access_token::Target;

/// Ends `session`. Returns its newest version, whose ID token is for the provider's sign-out.
///
/// With `refresh`, an ID token that has expired is replaced first. Then the session ends later, and in a separate
/// task: it must also end if the browser leaves in the meantime.
pub(crate) async fn end_here(
    components: &Arc<Components>,
    session: &Arc<Session>,
    refresh: bool,
) -> Arc<Session> {
    let has_expired = || {
        let now = components.persistence.now();
        session.id_token_expires_by(now.plus(components.refresher.leeway()))
    };
    if !refresh || session.body.refresh_token.is_none() || !has_expired() {
        end(components, session).await;
        return Arc::clone(session);
    }
    let task = {
        let (components, session) = (Arc::clone(components), Arc::clone(session));
        runtime::spawn(async move {
            let mode = RefreshMode::Always;
            let refreshed = components
                .refresher
                .refresh(&session, Target::DEFAULT, mode)
                .await;
            // A refresh logs why it failed. The provider may accept the old ID token.
            let newest = refreshed.unwrap_or(session);
            end(&components, &newest).await;
            newest
        })
    };
    match task.await {
        Ok(newest) => newest,
        Err(_) => {
            end(components, session).await;
            Arc::clone(session)
        }
    }
}

async fn end(components: &Components, session: &Arc<Session>) {
    // First of all, so that no response in flight brings the session back.
    let ended = components
        .persistence
        .end(session, AuthEventKind::SignedOut, None);
    // Both at once: if the browser leaves while a store is slow, the revocation has begun in its task.
    runtime::join(ended, components.refresher.end(session)).await;
    tracing::info!("signed out");
}
