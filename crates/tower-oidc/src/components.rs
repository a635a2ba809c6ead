//! The components of one origin, held together; built once, never changed.

use std::sync::Arc;

use sealed_cookie::CookieFilter;

use crate::event::Events;
use crate::hooks::Hooks;
use crate::log_limit::LogLimiter;
use crate::origin::{Origin, ProviderChoice};
use crate::persistence::SessionPersistence;
use crate::provider::Registration;
use crate::provider::registry::Registry;
use crate::provider::resolver::found::NotFound;
use crate::random::Random;
use crate::refresh::Refresher;
use crate::sign_in::Attempts;

/// What the requests to one origin share.
pub(crate) struct Components {
    pub(crate) providers: Registry,
    pub(crate) origin: Origin,
    pub(crate) attempts: Attempts,
    pub(crate) persistence: Arc<SessionPersistence>,
    /// For the cookies of `persistence` and of `attempts`.
    pub(crate) cookie_filter: CookieFilter,
    pub(crate) refresher: Arc<Refresher>,
    pub(crate) hooks: Arc<Hooks>,
    pub(crate) events: Arc<Events>,
    pub(crate) random: Arc<Random>,
    pub(crate) log: Arc<LogLimiter>,
    #[cfg(feature = "testing")]
    pub(crate) counters: Arc<sealed_cookie::Counters>,
}

impl Components {
    /// Whether users choose the provider of a sign-in that names none.
    pub(crate) fn lets_users_choose(&self) -> bool {
        self.origin.provider_choice != ProviderChoice::First && self.providers.only().is_none()
    }

    /// The registered provider of a sign-in that names none; `None` if the user chooses it.
    pub(crate) fn first_unless_users_choose(&self) -> Result<Option<Registration>, NotFound> {
        if self.lets_users_choose() {
            let is_our_page = self.origin.provider_choice == ProviderChoice::OnOurPage;
            // Our page would have no link, and could not be left.
            return match is_our_page && self.providers.first().is_none() {
                true => Err(NotFound::Unknown),
                false => Ok(None),
            };
        }
        let first = self.providers.first().ok_or(NotFound::Unknown)?;
        Ok(Some(first.clone()))
    }
}
