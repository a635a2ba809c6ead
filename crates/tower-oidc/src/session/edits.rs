//! What the application's hooks change in a session.

use bytes::Bytes;

use super::Session;
use super::body::{Body, Identity};
use super::token::StoredToken;

/// The parts of a session that say who the user is.
#[derive(Clone)]
pub(crate) struct UserParts {
    pub(crate) identity: Identity,
    pub(crate) user_info: Option<Bytes>,
    /// The names of the claims that a hook added, as JSON.
    pub(crate) added: Option<Bytes>,
    pub(crate) id_token_hint: Option<StoredToken>,
}

impl UserParts {
    pub(crate) fn of(body: &Body) -> Self {
        Self {
            identity: body.identity.clone(),
            user_info: body.user_info.clone(),
            added: body.added.clone(),
            id_token_hint: body.id_token_hint.clone(),
        }
    }

    pub(crate) fn put_into(self, body: &mut Body) {
        body.identity = self.identity;
        body.user_info = self.user_info;
        body.added = self.added;
        body.id_token_hint = self.id_token_hint;
    }
}

/// The changes that hooks make to a session. They can also be applied to a later version of the same session,
/// if other parts of it have changed.
#[derive(Clone, Default)]
pub(crate) struct SessionEdits {
    /// The user, if the hooks changed it.
    pub(crate) user: Option<UserParts>,
    /// Other data, if a hook gave any.
    pub(crate) data: Option<Option<Bytes>>,
}

impl SessionEdits {
    pub(crate) fn applied_to(&self, session: Session) -> Session {
        if self.user.is_none() && self.data.is_none() {
            return session;
        }
        let mut body = session.body.clone();
        if let Some(user) = &self.user {
            user.clone().put_into(&mut body);
        }
        if let Some(data) = &self.data {
            body.data.clone_from(data);
        }
        session.with_body(body)
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::format::time::UnixMillis;

    const NOW: UnixMillis = UnixMillis(1_795_000_000_000);

    #[test]
    fn edits_change_their_own_parts_of_a_later_session_alone() {
        let later = sample::session("newer token", 1, NOW);
        let later = later.with_data(Some("from a request".into()), NOW);
        let mut user = UserParts::of(&later.body);
        user.identity = Identity::Claims(r#"{"sub":"alice","role":"admin"}"#.into());
        let edits = SessionEdits {
            user: Some(user),
            data: None,
        };

        let edited = edits.applied_to(later);

        assert_eq!(edited.body.data.as_deref(), Some(&b"from a request"[..]));
        assert_eq!(edited.frame.generation, 1);
        let role = edited
            .claims()
            .and_then(|claims| claims.get::<String>("role"));
        assert_eq!(role.as_deref(), Some("admin"));
    }
}
