//! The `state` of a sign-out (OpenID Connect RP-Initiated Logout 1.0 section 2): sealed, so that what
//! comes back with the browser was made here.

use std::sync::Arc;
use std::time::Duration;

use relying_party::Clock;
use sealed_cookie::{Entropy, Sealer};
use url::form_urlencoded;

use crate::format::codec::{Malformed, Reader, Writer, set_once, utf8};
use crate::format::time::UnixMillis;
use crate::log_limit::{LogLimiter, limited};
use crate::origin::return_to::ReturnTo;

/// How long a `state` is accepted, by sealed time: as long as a user may take at the provider.
const LIFETIME: Duration = Duration::from_secs(600);

/// A longer text is left out.
const MAX_TEXT: usize = 512;

/// What page and text may have together, and the page alone. Sealed they are longer by a third, and a
/// stock nginx answers a response head of more than 4 KiB with 502, so that no cookie would be deleted.
const MAX_PAGE_AND_TEXT: usize = 1_536;

/// No longer query is this application's.
const MAX_QUERY_LENGTH: usize = 8 * 1024;

const PAGE: u8 = 1;
const TEXT: u8 = 2;

/// Seals and opens the states of one origin's sign-outs.
pub(crate) struct SignedOutStates {
    pub(crate) sealer: Sealer,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) log: Arc<LogLimiter>,
}

/// What is sealed in a `state`.
pub(crate) struct Content {
    sealed_at: UnixMillis,
    /// The page to lead on to; not checked.
    pub(crate) page: Option<String>,
    /// The application's text for that page.
    pub(crate) text: Option<String>,
}

impl SignedOutStates {
    /// The content for a sign-out that begins now. A page or a text that is too long is left out, with a
    /// warning in the log.
    pub(crate) fn content(&self, page: Option<&ReturnTo>, text: Option<&str>) -> Content {
        let is_long = |page: &&str| page.len() > MAX_PAGE_AND_TEXT;
        let page = page.map(ReturnTo::as_str);
        if page.as_ref().is_some_and(is_long) {
            limited!(
                warn,
                self,
                ("sign_out", "page_too_long"),
                "a sign-out leads to the default page, because the page of `SignOut::return_to` is longer \
                 than 1,536 bytes: give a shorter one"
            );
        }
        let page = page.filter(|page| !is_long(page));
        let length = page.map_or(0, str::len);
        let fits = |text: &&str| {
            text.len() <= MAX_TEXT && length.saturating_add(text.len()) <= MAX_PAGE_AND_TEXT
        };
        if text.is_some_and(|text| !fits(&text)) {
            limited!(
                warn,
                self,
                ("sign_out", "state_too_long"),
                "a sign-out goes without the text of `SignOut::state`, which is longer than 512 bytes, or \
                 than 1,536 together with its page: give a shorter one"
            );
        }
        Content {
            sealed_at: self.now(),
            page: page.map(str::to_owned),
            text: text.filter(fits).map(str::to_owned),
        }
    }

    /// The value of `state`; `None`, with a line in the log, if nothing can be sealed.
    pub(crate) fn seal(&self, content: &Content) -> Option<String> {
        let sealed = self
            .sealer
            .seal(content.write().as_ref(), b"", self.entropy.as_ref());
        if let Err(error) = &sealed {
            limited!(
                error,
                self,
                ("sign_out", "state"),
                %error,
                "a sign-out goes without its state"
            );
        }
        sealed.ok()
    }

    /// The content of the one `state` of a query, if it was sealed here and is not too old.
    pub(crate) fn open(&self, query: &str) -> Option<Content> {
        let state = only_state(query)?;
        let opened = self.sealer.open(state.as_bytes(), b"").ok()?;
        let content = Content::read(opened.plaintext()).ok()?;
        (self.now().since(content.sealed_at) < LIFETIME).then_some(content)
    }

    fn now(&self) -> UnixMillis {
        UnixMillis::of(self.clock.now())
    }
}

impl Content {
    /// The part for the page that the browser is led to, as old as this is; `None` if it has no text.
    pub(crate) fn for_page(mut self) -> Option<Self> {
        self.page = None;
        self.text.is_some().then_some(self)
    }

    fn write(&self) -> Writer {
        let fields = [(PAGE, &self.page), (TEXT, &self.text)];
        // A time, and a tag and a length before each field.
        let capacity = fields.iter().fold(32, |capacity: usize, (_, field)| {
            capacity.saturating_add(field.as_ref().map_or(0, String::len))
        });
        let mut writer = Writer::with_capacity(capacity);
        writer.number(self.sealed_at.0);
        for (tag, field) in fields {
            if let Some(field) = field {
                writer.field(tag, field.as_bytes());
            }
        }
        writer
    }

    fn read(plaintext: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(plaintext);
        let sealed_at = UnixMillis(reader.number()?);
        let (mut page, mut text) = (None, None);
        while let Some((tag, content)) = reader.field()? {
            let content = utf8(content)?.to_owned();
            match tag {
                PAGE => set_once(&mut page, content)?,
                TEXT => set_once(&mut text, content)?,
                _ => return Err(Malformed),
            }
        }
        Ok(Self {
            sealed_at,
            page,
            text,
        })
    }
}

fn only_state(query: &str) -> Option<String> {
    if query.len() > MAX_QUERY_LENGTH {
        return None;
    }
    let mut states = form_urlencoded::parse(query.as_bytes())
        .filter(|(name, _)| name == "state")
        .map(|(_, value)| value.into_owned());
    states.next().filter(|_| states.next().is_none())
}

/// `url` with a `state`, as RP-Initiated Logout 1.0 section 3 adds it: the query that it has stays, and
/// so does its fragment.
pub(crate) fn with_state(url: &str, state: &str) -> String {
    let (url, fragment) = match url.split_once('#') {
        Some((url, fragment)) => (url, Some(fragment)),
        None => (url, None),
    };
    let separator = if url.contains('?') { '&' } else { '?' };
    // The alphabet of a sealed value needs no encoding.
    let mut with = format!("{url}{separator}state={state}");
    if let Some(fragment) = fragment {
        with.push('#');
        with.push_str(fragment);
    }
    with
}

#[cfg(test)]
mod tests {
    use sealed_cookie::{CookieSecret, KeyRing, OsEntropy, Purpose};

    use super::*;
    use crate::format::manual_clock::ManualClock;
    use crate::origin::base_url::BaseUrl;
    use crate::origin::plain_http::PlainHttp;

    #[test]
    fn the_query_and_the_fragment_of_a_page_stay() {
        for (page, expected) in [
            ("/bye", "/bye?state=s"),
            ("/bye?a=b", "/bye?a=b&state=s"),
            ("/bye#top", "/bye?state=s#top"),
            ("/bye?a=b#top?x", "/bye?a=b&state=s#top?x"),
            ("https://www.example/", "https://www.example/?state=s"),
        ] {
            assert_eq!(with_state(page, "s"), expected);
        }
    }

    #[test]
    fn a_state_is_read_if_there_is_one_alone() {
        assert_eq!(only_state("a=b&state=c%20d").as_deref(), Some("c d"));
        assert_eq!(only_state("state=a&state=a"), None);
        assert_eq!(only_state("states=a"), None);
        let long = format!("state={}", "a".repeat(MAX_QUERY_LENGTH));
        assert_eq!(only_state(&long), None);
    }

    #[test]
    fn the_documentation_lists_every_field_that_is_read_and_no_other() {
        let page = include_str!("../../SESSION.md");
        let (_, section) = page.split_once("## The `state` of a sign-out").unwrap();
        let (_, table) = section.split_once("| tag |").unwrap();

        for tag in 0..=u8::MAX {
            let mut writer = Writer::with_capacity(8);
            writer.number(7);
            writer.field(tag, b"a");
            let is_read = Content::read(writer.as_ref()).is_ok();
            assert_eq!(table.contains(&format!("\n| {tag} |")), is_read, "{tag}");
        }
    }

    #[test]
    fn an_unknown_field_or_one_that_is_there_twice_is_refused() {
        let read = |fields: &[(u8, &[u8])]| {
            let mut writer = Writer::with_capacity(64);
            writer.number(7);
            for (tag, content) in fields {
                writer.field(*tag, content);
            }
            Content::read(writer.as_ref())
        };
        let content = read(&[(PAGE, b"/bye"), (TEXT, b"text")]).unwrap();
        assert_eq!(content.page.as_deref(), Some("/bye"));
        assert_eq!(content.text.as_deref(), Some("text"));
        assert!(read(&[]).unwrap().for_page().is_none());
        for fields in [
            &[(TEXT, &b"a"[..]), (TEXT, b"a")][..],
            &[(3, b"a")],
            &[(TEXT, b"\xff")],
        ] {
            assert!(read(fields).is_err());
        }
    }

    const NOW: UnixMillis = UnixMillis(1_795_000_000_000);

    fn states(origin: &str, now: UnixMillis) -> SignedOutStates {
        let secret = CookieSecret::new("q7Zx2LmV9cKdR4tYw8BnHs3JfGpUeA6Q").unwrap();
        let key_ring = KeyRing::new([secret]).unwrap();
        SignedOutStates {
            sealer: key_ring.sealer(Purpose::LOGOUT, &[origin.as_bytes()]),
            entropy: Arc::new(OsEntropy),
            clock: Arc::new(ManualClock::at(now)),
            log: Arc::new(LogLimiter::new(Arc::new(ManualClock::at(now)))),
        }
    }

    fn page(path: &str) -> ReturnTo {
        let base_url = BaseUrl::parse("https://app.example", PlainHttp::Loopback).unwrap();
        ReturnTo::parse(path, &base_url).unwrap()
    }

    #[test]
    fn a_sealed_state_opens_at_its_origin_for_ten_minutes() {
        let sealing = states("https://app.example", NOW);
        let content = sealing.content(Some(&page("/bye")), Some("account-closed"));
        let query = format!("a=b&state={}", sealing.seal(&content).unwrap());

        let last = NOW.plus(LIFETIME - Duration::from_millis(1));
        let opened = states("https://app.example", last).open(&query).unwrap();
        assert_eq!(opened.page.as_deref(), Some("/bye"));
        assert_eq!(opened.text.as_deref(), Some("account-closed"));

        let expired = states("https://app.example", NOW.plus(LIFETIME));
        assert!(expired.open(&query).is_none());
        let elsewhere = states("https://other.example", NOW);
        assert!(elsewhere.open(&query).is_none());
    }

    #[test]
    fn the_text_for_the_page_is_as_old_as_the_sign_out() {
        let sealing = states("https://app.example", NOW);
        let content = sealing.content(Some(&page("/bye")), Some("text"));
        let query = format!("state={}", sealing.seal(&content).unwrap());

        let later = states("https://app.example", NOW.plus(LIFETIME / 2));
        let for_page = later.open(&query).unwrap().for_page().unwrap();
        let query = format!("state={}", later.seal(&for_page).unwrap());

        assert_eq!(later.open(&query).unwrap().page, None);
        let expired = states("https://app.example", NOW.plus(LIFETIME));
        assert!(expired.open(&query).is_none());
    }

    #[test]
    fn a_page_or_a_text_that_is_too_long_is_left_out() {
        let states = states("https://app.example", NOW);
        let long_page = page(&format!("/{}", "a".repeat(MAX_PAGE_AND_TEXT)));
        let longest_page = page(&format!("/{}", "a".repeat(MAX_PAGE_AND_TEXT - 1)));
        let longest_text = "t".repeat(MAX_TEXT);
        let has = |page, text| {
            let content = states.content(page, text);
            (content.page.is_some(), content.text.is_some())
        };

        assert_eq!(has(Some(&longest_page), None), (true, false));
        assert_eq!(has(Some(&long_page), Some("text")), (false, true));
        assert_eq!(has(Some(&longest_page), Some("t")), (true, false));
        assert_eq!(has(None, Some(&longest_text)), (false, true));
        assert_eq!(has(None, Some(&format!("{longest_text}t"))), (false, false));
    }
}
