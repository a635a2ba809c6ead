//! Whose sessions this application opens: those of its providers, or only those of one user at each.

use std::sync::Arc;

use crate::session::Session;
use crate::session::frame::{ProviderId, ProviderRef};
use crate::session::not_signed_in::NotSignedIn;

/// The owners whose sessions are opened. Other sessions are refused: otherwise their tokens would be sent to a
/// provider that did not issue them.
pub(crate) struct SessionOwners {
    /// One for each registered provider.
    pub(crate) registered: Box<[SessionOwner]>,
    /// Whether a session may also be of a provider that a resolver finds. The resolver is not asked here, but
    /// when something is sent to the provider.
    pub(crate) may_be_resolved: bool,
}

/// One registered provider, as the owner of sessions.
#[derive(Clone)]
pub(crate) struct SessionOwner {
    /// The id under which the application registered the provider.
    pub(crate) id: Option<Arc<str>>,
    pub(crate) provider: ProviderId,
    /// The `iss` and `sub` of the only user who may sign in there, if that is configured.
    pub(crate) user: Option<(Box<str>, Box<str>)>,
}

impl SessionOwners {
    pub(super) fn check(&self, session: &Session) -> Result<(), NotSignedIn> {
        let owner = self.owner(&session.provider())?;
        // Only if a user is configured, because it parses the claims.
        if let Some((iss, sub)) = owner.and_then(|owner| owner.user.as_ref())
            && session
                .claims()
                .is_none_or(|user| (user.iss(), user.sub()) != (&**iss, &**sub))
        {
            return Err(NotSignedIn::OtherSubject);
        }
        Ok(())
    }

    /// The owner of the sessions that began at this provider; `None` if a resolver may find it.
    pub(super) fn owner(
        &self,
        provider: &ProviderRef,
    ) -> Result<Option<&SessionOwner>, NotSignedIn> {
        let Some(key) = &provider.key else {
            let mut registered = self.registered.iter();
            let owner = registered.find(|owner| owner.provider == provider.id);
            return owner.map(Some).ok_or(NotSignedIn::OtherProvider);
        };
        // The application could not distinguish it from a session of the registered provider.
        let mut ids = self.registered.iter().filter_map(|it| it.id.as_deref());
        let is_id = ids.any(|id| id == key.as_str());
        match self.may_be_resolved && !is_id {
            true => Ok(None),
            false => Err(NotSignedIn::OtherProvider),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::time::UnixMillis;
    use crate::session::frame::ResolverKey;
    use crate::session::sample;

    fn check(provider: [u8; 8], user: Option<(&str, &str)>) -> Result<(), NotSignedIn> {
        let owner = SessionOwner {
            id: None,
            provider: ProviderId(provider),
            user: user.map(|(iss, sub)| (iss.into(), sub.into())),
        };
        // A user who is expected at one provider says nothing about sessions of another one.
        let other = SessionOwner {
            id: None,
            provider: ProviderId([9; 8]),
            user: Some(("https://other.example".into(), "carol".into())),
        };
        let owners = SessionOwners {
            registered: Box::new([other, owner]),
            may_be_resolved: false,
        };
        owners.check(&sample::session("token", 0, UnixMillis(1_795_000_000_000)))
    }

    #[test]
    fn a_session_belongs_to_its_provider_and_to_the_expected_user() {
        let ours = [2; 8];

        assert_eq!(check(ours, None), Ok(()));
        assert_eq!(check([3; 8], None), Err(NotSignedIn::OtherProvider));
        assert_eq!(check(ours, Some(("https://id.example", "alice"))), Ok(()));
        for user in [
            ("https://id.example", "bob"),
            ("https://other.example", "alice"),
        ] {
            assert_eq!(check(ours, Some(user)), Err(NotSignedIn::OtherSubject));
        }
    }

    /// The provider was registered after the tenant's users had signed in.
    #[test]
    fn a_session_whose_key_is_now_the_id_of_a_registered_provider_is_refused() {
        let owners = SessionOwners {
            registered: Box::new([SessionOwner {
                id: Some("staff".into()),
                provider: ProviderId([2; 8]),
                user: None,
            }]),
            may_be_resolved: true,
        };
        let check = |key| {
            let session = sample::session("token", 0, UnixMillis(1_795_000_000_000));
            let provider = ProviderRef {
                key: ResolverKey::parse(key),
                ..session.provider()
            };
            owners.check(&sample::at_provider(&session, &provider))
        };

        assert_eq!(check("acme"), Ok(()));
        assert_eq!(check("staff"), Err(NotSignedIn::OtherProvider));
    }
}
