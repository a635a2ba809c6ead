//! An origin for tests.

use std::sync::Arc;

use sealed_cookie::{
    CookieAttributes, CookieName, CookieSecret, KeyRing, OsEntropy, Prefix, Purpose, SealedCookie,
};

use super::base_url::BaseUrl;
use super::form_cookies::FormCookies;
use super::logout_url_cookie::LogoutUrlCookie;
use super::minute_sealer::MinuteSealer;
use super::passed_parameters::PassedParameters;
use super::plain_http::PlainHttp;
use super::return_to::ReturnTo;
use super::routes::Routes;
use super::sign_out_settings::SignOutSettings;
use super::signed_out_state::SignedOutStates;
use super::{Origin, ProviderChoice};
use crate::format::manual_clock::ManualClock;
use crate::format::time::UnixMillis;
use crate::log_limit::LogLimiter;

/// `https://app.example` with these routes. Sign-ins lead to `/home`, sign-outs to `/bye`, and pages of
/// `https://chat.example` may open WebSockets.
pub(crate) fn origin(routes: Routes) -> Origin {
    let base_url = BaseUrl::parse("https://app.example", PlainHttp::Loopback).unwrap();
    let page = |path| ReturnTo::parse(path, &base_url).unwrap();
    let secret = CookieSecret::new("q7Zx2LmV9cKdR4tYw8BnHs3JfGpUeA6Q").unwrap();
    let key_ring = KeyRing::new([secret]).unwrap();
    let log = Arc::new(LogLimiter::new(Arc::new(ManualClock::at(UnixMillis(0)))));
    let minute_sealer = MinuteSealer {
        entropy: Arc::new(OsEntropy),
        clock: Arc::new(ManualClock::at(UnixMillis(0))),
        log: Arc::clone(&log),
    };
    Origin {
        routes: Arc::new(routes),
        after_sign_in: page("/home"),
        after_sign_out: "https://app.example/bye".to_owned(),
        signed_out_page: page("/bye"),
        allowed_origins: Arc::new(["https://chat.example".to_owned()]),
        sign_in_parameters: PassedParameters::default(),
        provider_choice: ProviderChoice::First,
        sign_out: SignOutSettings::default(),
        public_claims: Arc::new([]),
        client_keys: bytes::Bytes::new(),
        signed_out_states: SignedOutStates {
            sealer: key_ring.sealer(Purpose::LOGOUT, &[]),
            entropy: Arc::new(OsEntropy),
            clock: Arc::new(ManualClock::at(UnixMillis(0))),
            log: Arc::clone(&log),
        },
        logout_url_cookie: LogoutUrlCookie {
            cookie: SealedCookie::new(
                CookieName::new(Prefix::HostHttp, "auth.logout").unwrap(),
                CookieAttributes::new(true),
                key_ring.sealer(Purpose::LOGOUT_URL, &[]),
                1,
            )
            .unwrap(),
            sealer: minute_sealer.clone(),
        },
        form_cookies: FormCookies {
            cookies: ["0", "1", "2", "3"].map(|number| {
                SealedCookie::new(
                    CookieName::new(Prefix::HostHttp, &format!("auth.form.{number}")).unwrap(),
                    CookieAttributes::new(true),
                    key_ring.sealer(Purpose::new("form"), &[]),
                    1,
                )
                .unwrap()
            }),
            sealer: minute_sealer,
        },
        hints: Arc::default(),
        log,
        base_url,
    }
}
