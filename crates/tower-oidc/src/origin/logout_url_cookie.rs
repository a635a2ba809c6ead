//! The cookie in which the request to the provider's end-session endpoint waits between a script's sign-out and the
//! navigation that follows.

use http::HeaderMap;
use sealed_cookie::{ReceivedCookie, SealedCookie, SetCookies};

use super::logout_request::LogoutRequest;
use super::minute_sealer::MinuteSealer;
use crate::format::codec::utf8;
use crate::log_limit::limited;
use crate::web::response::{COOKIES_AND_LOCATION, head_size};

/// The bytes around the cookie's name and value in a response's head: `set-cookie`, the attributes, a
/// domain of usual length.
const AROUND_THE_COOKIE: usize = 150;

/// The bytes that are sealed beside the text, and that sealing adds.
const AROUND_THE_TEXT: usize = 57 + 10;

/// Seals and opens the logout requests of one origin.
pub(crate) struct LogoutUrlCookie {
    pub(crate) cookie: SealedCookie,
    pub(crate) sealer: MinuteSealer,
}

impl LogoutUrlCookie {
    pub(crate) fn receive(&self, headers: &HeaderMap) -> Option<ReceivedCookie> {
        self.cookie.receive(headers)
    }

    /// The cookies that keep `request`; `None`, with a line in the log, if it cannot be sealed.
    pub(crate) fn seal(&self, request: &LogoutRequest) -> Option<SetCookies> {
        let text = request.to_text();
        let sealed = self.sealer.seal(&self.cookie, &[text.as_bytes()]);
        if let Err(error) = &sealed {
            limited!(
                error,
                self.sealer,
                ("sign_out", "logout_url"),
                %error,
                "signed out here, but not at the provider: its URL cannot be sealed"
            );
        }
        sealed.ok()
    }

    /// The latest request that opens and is not too old.
    pub(crate) fn open(&self, received: &ReceivedCookie) -> Option<LogoutRequest> {
        let requests = self.sealer.open(&self.cookie, received);
        let latest = requests.max_by_key(|(sealed_at, _)| *sealed_at);
        let (_, text) = latest?;
        Some(LogoutRequest::from_text(utf8(&text).ok()?))
    }

    /// Deletes the cookie. Only its first name: the request fits into one cookie.
    pub(crate) fn delete(&self) -> SetCookies {
        self.cookie.delete_first()
    }

    /// The longest text of a request for whose cookie there is room in a response's head beside these cookies.
    pub(crate) fn max_text_length(&self, cookies: &SetCookies) -> usize {
        let name = self.cookie.name().as_str().len();
        let characters = COOKIES_AND_LOCATION
            .saturating_sub(head_size(cookies))
            .saturating_sub(AROUND_THE_COOKIE)
            .saturating_sub(name);
        (characters / 4)
            .saturating_mul(3)
            .saturating_sub(AROUND_THE_TEXT)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use http::header::COOKIE;
    use sealed_cookie::{
        CookieAttributes, CookieName, CookieSecret, KeyRing, OsEntropy, Prefix, Purpose,
    };

    use super::super::minute_sealer::LIFETIME;
    use super::*;
    use crate::format::manual_clock::ManualClock;
    use crate::format::time::UnixMillis;
    use crate::log_limit::LogLimiter;

    const NOW: UnixMillis = UnixMillis(1_795_000_000_000);

    fn cookie(now: UnixMillis) -> LogoutUrlCookie {
        let secret = CookieSecret::new("q7Zx2LmV9cKdR4tYw8BnHs3JfGpUeA6Q").unwrap();
        let sealer = KeyRing::new([secret])
            .unwrap()
            .sealer(Purpose::LOGOUT_URL, &[]);
        let name = CookieName::new(Prefix::HostHttp, "auth.logout").unwrap();
        LogoutUrlCookie {
            cookie: SealedCookie::new(name, CookieAttributes::new(true), sealer, 1).unwrap(),
            sealer: MinuteSealer {
                entropy: Arc::new(OsEntropy),
                clock: Arc::new(ManualClock::at(now)),
                log: Arc::new(LogLimiter::new(Arc::new(ManualClock::at(now)))),
            },
        }
    }

    /// What a browser sends that has these cookies.
    fn sent(cookies: &[SetCookies]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for cookie in cookies.iter().flat_map(SetCookies::iter) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            headers.append(COOKIE, pair.parse().unwrap());
        }
        headers
    }

    fn url(url: &str) -> LogoutRequest {
        LogoutRequest::Url(url.to_owned())
    }

    fn open(cookie: &LogoutUrlCookie, headers: &HeaderMap) -> Option<String> {
        let request = cookie.open(&cookie.receive(headers)?)?;
        Some(request.to_text().to_string())
    }

    #[test]
    fn the_url_of_the_latest_sign_out_opens_for_a_minute() {
        let earlier = cookie(NOW)
            .seal(&url("https://id.example/end?n=1"))
            .unwrap();
        let later = cookie(NOW.plus(Duration::from_secs(1)));
        let later = later.seal(&url("https://id.example/end?n=2")).unwrap();
        let headers = sent(&[later, earlier]);

        let open_after = |after| open(&cookie(NOW.plus(after)), &headers);
        assert_eq!(
            open_after(LIFETIME - Duration::from_millis(1)).as_deref(),
            Some("https://id.example/end?n=2")
        );
        assert_eq!(open_after(LIFETIME + Duration::from_secs(1)), None);
        assert_eq!(open(&cookie(NOW), &HeaderMap::new()), None);
    }

    #[test]
    fn the_cookie_of_the_longest_url_fits_into_the_head() {
        let cookie = cookie(NOW);
        let mut others = SetCookies::default();
        for _ in 0..10 {
            others.extend(cookie.delete());
        }
        let longest = "u".repeat(cookie.max_text_length(&others));
        let sealed = cookie.seal(&url(&longest)).unwrap();

        let size = head_size(&others) + head_size(&sealed);
        assert!(size <= COOKIES_AND_LOCATION, "{size}");
        // Close to the limit: the estimate wastes little room.
        assert!(size > COOKIES_AND_LOCATION - 150, "{size}");
    }
}
