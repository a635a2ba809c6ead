//! What all requests of one layer share; built once, never changed.

use std::sync::Arc;

use http::HeaderMap;
use relying_party::{Clock, RelyingParty};
use sealed_cookie::{
    Entropy, ReceivedCookie, SealError, SealedCookie, SealedCookieFamily, SetCookies,
};

use crate::base_url::BaseUrl;
use crate::exchange::Exchanges;
use crate::return_to::ReturnTo;
use crate::routes::Routes;
use crate::session::Session;
use crate::session::frame::ProviderId;
use crate::session::lifetime::Lifetimes;
use crate::time::UnixMillis;
use crate::tombstones::Tombstones;

pub(crate) struct Shared {
    pub(crate) relying_party: RelyingParty,
    pub(crate) provider: ProviderId,
    pub(crate) session_cookie: SealedCookie,
    pub(crate) transaction_cookies: SealedCookieFamily,
    pub(crate) base_url: BaseUrl,
    pub(crate) routes: Routes,
    pub(crate) lifetimes: Lifetimes,
    pub(crate) settings: Settings,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) exchanges: Exchanges,
    pub(crate) tombstones: Tombstones,
    #[cfg(feature = "testing")]
    pub(crate) counters: Arc<sealed_cookie::Counters>,
}

/// What the flows are told by the configuration.
pub(crate) struct Settings {
    /// Where a sign-in without `return_to` leads.
    pub(crate) after_sign_in: ReturnTo,
    /// Where the provider, or a sign-out without one, leads; absolute.
    pub(crate) after_sign_out: String,
    /// Whether a same-origin navigation to the sign-out path signs out without a question.
    pub(crate) sign_out_by_get: bool,
    /// The claims that the session route shows.
    pub(crate) public_claims: Vec<String>,
}

impl Shared {
    pub(crate) fn now(&self) -> UnixMillis {
        UnixMillis::of(self.clock.now())
    }

    pub(crate) fn redirect_uri(&self) -> String {
        let path = self.routes.public(&self.routes.callback);
        format!("{}{path}", self.base_url.origin())
    }

    /// Where the user comes back to: `input` if it leads to a page of this application.
    pub(crate) fn return_to(&self, input: Option<&str>) -> ReturnTo {
        input
            .and_then(|input| ReturnTo::parse(input, &self.base_url))
            .filter(|return_to| !self.routes.is_own(return_to.path()))
            .unwrap_or_else(|| self.settings.after_sign_in.clone())
    }

    /// The session's cookies, sealed at `now`.
    pub(crate) fn seal(
        &self,
        session: &Session,
        received: Option<&ReceivedCookie>,
        now: UnixMillis,
    ) -> Result<SetCookies, SealError> {
        let renewed = session.frame.sealed(now);
        let max_age = self.lifetimes.end(&renewed).since(now);
        self.session_cookie.seal(
            &session.encode(now),
            Some(max_age),
            received,
            self.entropy.as_ref(),
        )
    }

    /// Deletes every cookie of ours that this browser can have.
    pub(crate) fn delete_cookies(&self, headers: &HeaderMap) -> SetCookies {
        let mut cookies = self.session_cookie.delete();
        cookies.extend(self.transaction_cookies.delete_received(headers));
        cookies
    }
}
