//! What all requests for one origin share; built once, never changed.

use std::sync::Arc;
use std::time::Duration;

use relying_party::{Clock, RelyingParty};
use sealed_cookie::{
    Entropy, HedgedRandom, ReceivedCookie, ReceivedCookieSet, SealError, SealedCookie,
    SealedCookieSet, Sealer, SetCookies,
};

use crate::event::AuthEventKind;
use crate::format::time::UnixMillis;
use crate::hooks::Hooks;
use crate::layer::configured::Fingerprints;
use crate::log_limit::LogLimits;
use crate::origin::base_url::BaseUrl;
use crate::origin::return_to::ReturnTo;
use crate::origin::routes::Routes;
use crate::provider::id::ProviderKey;
use crate::provider::script_tokens::ScriptTokens;
use crate::refresh::{Families, RefreshCoordinator, RefreshTimes};
use crate::revocation::Tombstones;
use crate::session::Session;
use crate::session::budget::{self, Shedding};
use crate::session::frame::ProviderId;
use crate::session::lifetime::Lifetimes;
use crate::sign_in::exchange::Exchanges;
use crate::web::hints::Hints;

pub(crate) struct Shared {
    pub(crate) relying_party: RelyingParty,
    pub(crate) provider: ProviderId,
    /// The id under which the application registered the provider.
    pub(crate) provider_key: Option<ProviderKey>,
    pub(crate) session_cookie: SealedCookie,
    pub(crate) transaction_cookies: SealedCookieSet,
    /// Seals the `state` of a sign-out.
    pub(crate) logout_sealer: Sealer,
    /// The provider's URL between a script's sign-out and the navigation that follows.
    pub(crate) logout_url_cookie: SealedCookie,
    /// Seals sessions for other instances; see [`RefreshCoordinator`].
    pub(crate) successor_sealer: Sealer,
    pub(crate) base_url: BaseUrl,
    pub(crate) routes: Arc<Routes>,
    pub(crate) lifetimes: Lifetimes,
    pub(crate) settings: Settings,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) random: HedgedRandom,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) exchanges: Arc<Exchanges>,
    pub(crate) tombstones: Arc<Tombstones>,
    pub(crate) families: Arc<Families>,
    pub(crate) hooks: Hooks,
    pub(crate) log_limits: Arc<LogLimits>,
    pub(crate) hints: Arc<Hints>,
    pub(crate) fingerprints: Arc<Fingerprints>,
    #[cfg(feature = "testing")]
    pub(crate) counters: Arc<sealed_cookie::Counters>,
}

/// What the flows are told by the configuration.
pub(crate) struct Settings {
    /// Where a sign-in without `return_to` leads.
    pub(crate) after_sign_in: ReturnTo,
    /// Where a sign-out leads in the end; absolute.
    pub(crate) after_sign_out: String,
    /// The same as a page of this application, which the signed-out route leads to.
    pub(crate) signed_out_page: ReturnTo,
    /// The origins of pages that may open WebSockets, beside this one's.
    pub(crate) allowed_origins: Arc<[String]>,
    /// Whether a same-origin navigation to the sign-out path signs out without a question.
    pub(crate) sign_out_by_get: bool,
    /// The claims that the session route shows.
    pub(crate) public_claims: Arc<[String]>,
    /// What the path of access tokens gives to scripts.
    pub(crate) script_tokens: ScriptTokens,
    /// Whether the application sees our cookies.
    pub(crate) strip_cookies: bool,
    /// How long before its expiry an access token is refreshed.
    pub(crate) refresh_leeway: Duration,
    /// Whether UserInfo is asked at every sign-in.
    pub(crate) user_info_at_sign_in: bool,
    /// Whether the scopes of a token that nobody named are asked for.
    pub(crate) introspect_scopes: bool,
    pub(crate) refresh_coordinator: Option<Arc<dyn RefreshCoordinator>>,
    pub(crate) refresh_times: RefreshTimes,
    /// Whether the host may freeze this process after each response.
    pub(crate) freezes_between_requests: bool,
}

impl Shared {
    pub(crate) fn now(&self) -> UnixMillis {
        UnixMillis::of(self.clock.now())
    }

    /// The name by which people know the provider.
    pub(crate) fn provider_name(&self) -> Option<&str> {
        self.relying_party.provider().display_name()
    }

    pub(crate) fn redirect_uri(&self) -> String {
        self.absolute(&self.routes.callback)
    }

    /// A path of ours as an absolute URL.
    pub(crate) fn absolute(&self, path: &str) -> String {
        format!("{}{}", self.base_url.origin(), self.routes.public(path))
    }

    /// Where the user comes back to: `input` if it leads to a page of this application.
    pub(crate) fn return_to(&self, input: Option<&str>) -> ReturnTo {
        self.own_page(input)
            .unwrap_or_else(|| self.settings.after_sign_in.clone())
    }

    /// Where a signed-out user goes on, likewise.
    pub(crate) fn signed_out_page(&self, input: Option<&str>) -> ReturnTo {
        self.own_page(input)
            .unwrap_or_else(|| self.settings.signed_out_page.clone())
    }

    /// `input` as a page of this application's, if it is one.
    pub(crate) fn own_page(&self, input: Option<&str>) -> Option<ReturnTo> {
        ReturnTo::parse(input?, &self.base_url)
            .filter(|return_to| !self.routes.is_own(return_to.path()))
    }

    /// The session's cookies, sealed at `now`, without what does not fit.
    pub(crate) fn seal(
        &self,
        session: &Session,
        received: Option<&ReceivedCookie>,
        now: UnixMillis,
        shedding: Shedding,
    ) -> Result<SetCookies, SealError> {
        let fitted = budget::fitted(self, session, shedding);
        if let Some(fitted) = &fitted {
            budget::report(self, session, &fitted.session, &fitted.left_out);
        }
        let session = fitted.as_ref().map_or(session, |fitted| &fitted.session);
        let renewed = session.frame.sealed(now);
        let max_age = self.lifetimes.end(&renewed).since(now);
        self.session_cookie.seal(
            &session.encode(now),
            Some(max_age),
            received,
            self.entropy.as_ref(),
        )
    }

    /// Refuses `session` from now on, and tells the application unless it has been told.
    pub(crate) fn bury(
        &self,
        session: &Session,
        kind: AuthEventKind,
        reason: Option<&'static str>,
    ) {
        if self.tombstones.enter(session.frame.session_id, self.now()) {
            self.tell(kind, Some(session), reason);
        }
    }

    /// Deletes every cookie of ours that this browser can have.
    pub(crate) fn delete_cookies(&self, signing_in: &ReceivedCookieSet) -> SetCookies {
        let mut cookies = self.session_cookie.delete();
        cookies.extend(self.transaction_cookies.delete_received(signing_in));
        cookies
    }
}
