//! The cookies in which a provider's form waits between its POST and the navigation that follows.
//!
//! A provider with the response mode `form_post` has the browser post its answer from its own page. With such
//! a request, browsers send no `SameSite=Lax` cookies, so the sign-in's cookie does not come along. The
//! answer is sealed into a cookie of one minute and read at the redirect that follows, which brings both.

use http::HeaderMap;
use sealed_cookie::{SealErrorKind, SealedCookie, SetCookies};

use super::minute_sealer::MinuteSealer;
use crate::format::codec::{Reader, utf8};
use crate::log_limit::limited;
use crate::web::response::{COOKIES_AND_LOCATION, head_size};

/// Two tabs that sign in at once mostly have different cookies, and no flood of forms makes more than these.
pub(crate) const COOKIES: usize = 4;

/// Seals and opens the forms of one origin.
pub(crate) struct FormCookies {
    pub(crate) cookies: [SealedCookie; COOKIES],
    pub(crate) sealer: MinuteSealer,
}

impl FormCookies {
    /// The cookie that keeps the form of the sign-in with this id, posted to the callback of this provider.
    /// `None` if a response has no room for it, or it cannot be sealed, which the log says.
    pub(crate) fn seal(&self, id: &[u8; 16], provider: &[u8; 8], form: &str) -> Option<SetCookies> {
        let parts: [&[u8]; 3] = [id, provider, form.as_bytes()];
        let sealed = match self.sealer.seal(self.cookie(id)?, &parts) {
            Ok(sealed) => sealed,
            Err(error) if matches!(error.kind(), SealErrorKind::TooLarge { .. }) => return None,
            Err(error) => {
                limited!(
                    error,
                    self.sealer,
                    ("form_post", "seal"),
                    %error,
                    "a provider's form cannot be sealed into a cookie, and continues in the URL"
                );
                return None;
            }
        };
        (head_size(&sealed) <= COOKIES_AND_LOCATION).then_some(sealed)
    }

    /// The form of the sign-in with this id, if it was posted to the callback of this provider within the last
    /// minute. Anyone may lead the browser to the callback of another provider before the redirect arrives: that
    /// provider's token endpoint must not get the code.
    pub(crate) fn open(
        &self,
        headers: &HeaderMap,
        id: &[u8; 16],
        provider: &[u8; 8],
    ) -> Option<String> {
        let cookie = self.cookie(id)?;
        let received = cookie.receive(headers)?;
        let mut opened = self.sealer.open(cookie, &received);
        opened.find_map(|(_, content)| {
            let mut reader = Reader::new(&content);
            let is_of_this_sign_in = reader.array::<16>().ok()? == *id;
            let is_of_this_provider = reader.array::<8>().ok()? == *provider;
            if !(is_of_this_sign_in && is_of_this_provider) {
                return None;
            }
            Some(utf8(reader.rest()).ok()?.to_owned())
        })
    }

    /// Deletes the cookie of the sign-in with this id.
    pub(crate) fn delete(&self, id: &[u8; 16]) -> Option<SetCookies> {
        Some(self.cookie(id)?.delete_first())
    }

    /// The cookie that two bits of the id choose.
    fn cookie(&self, id: &[u8; 16]) -> Option<&SealedCookie> {
        self.cookies.get(usize::from(id[0]) % COOKIES)
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
    const PROVIDER: [u8; 8] = [5; 8];
    const FORM: &str = "code=abc&state=xyz";

    fn forms(clock: &Arc<ManualClock>) -> FormCookies {
        let secret = CookieSecret::new("q7Zx2LmV9cKdR4tYw8BnHs3JfGpUeA6Q").unwrap();
        let key_ring = KeyRing::new([secret]).unwrap();
        let cookie = |number| {
            let name = CookieName::new(Prefix::HostHttp, &format!("auth.form.{number}")).unwrap();
            let sealer = key_ring.sealer(Purpose::new("form"), &[]);
            SealedCookie::new(name, CookieAttributes::new(true), sealer, 1).unwrap()
        };
        FormCookies {
            cookies: [0, 1, 2, 3].map(cookie),
            sealer: MinuteSealer {
                entropy: Arc::new(OsEntropy),
                clock: Arc::<ManualClock>::clone(clock),
                log: Arc::new(LogLimiter::new(Arc::<ManualClock>::clone(clock))),
            },
        }
    }

    /// What a browser with these cookies sends.
    fn sent(cookies: &SetCookies) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for cookie in cookies.iter() {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            headers.append(COOKIE, pair.parse().unwrap());
        }
        headers
    }

    #[test]
    fn a_form_opens_for_its_sign_in_within_a_minute() {
        let clock = Arc::new(ManualClock::at(NOW));
        let forms = forms(&clock);
        let sealed = sent(&forms.seal(&[7; 16], &PROVIDER, FORM).unwrap());

        assert_eq!(
            forms.open(&sealed, &[7; 16], &PROVIDER).as_deref(),
            Some(FORM)
        );
        // Another sign-in of the same cookie name, and one of another name.
        let mut of_same_name = [7; 16];
        of_same_name[1] = 0;
        assert_eq!(forms.open(&sealed, &of_same_name, &PROVIDER), None);
        assert_eq!(forms.open(&sealed, &[8; 16], &PROVIDER), None);
        clock.set(NOW.plus(LIFETIME - Duration::from_millis(1)));
        assert!(forms.open(&sealed, &[7; 16], &PROVIDER).is_some());
        clock.set(NOW.plus(LIFETIME));
        assert_eq!(forms.open(&sealed, &[7; 16], &PROVIDER), None);
    }

    #[test]
    fn a_form_opens_for_no_other_provider() {
        let forms = forms(&Arc::new(ManualClock::at(NOW)));
        let sealed = sent(&forms.seal(&[7; 16], &PROVIDER, FORM).unwrap());

        assert!(forms.open(&sealed, &[7; 16], &PROVIDER).is_some());
        assert_eq!(forms.open(&sealed, &[7; 16], &[6; 8]), None);
    }

    #[test]
    fn there_are_never_more_than_four_cookies() {
        let forms = forms(&Arc::new(ManualClock::at(NOW)));
        let mut names: Vec<_> = (0..=u8::MAX)
            .map(|number| {
                let sealed = forms.seal(&[number; 16], &PROVIDER, FORM).unwrap();
                let cookie = sealed.iter().next().unwrap().to_str().unwrap().to_owned();
                cookie.split('=').next().unwrap().to_owned()
            })
            .collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), COOKIES);
    }

    #[test]
    fn a_form_that_no_response_has_room_for_is_not_sealed() {
        let forms = forms(&Arc::new(ManualClock::at(NOW)));
        let of = |length: usize| forms.seal(&[1; 16], &PROVIDER, &"a".repeat(length));

        assert!(of(2_000).is_some());
        assert!(of(2_700).is_none());
        assert!(of(16_000).is_none());
    }
}
