//! The `state` of a sign-out (OpenID Connect RP-Initiated Logout 1.0 section 2): sealed, so that what
//! comes back with the browser was made here.

use std::fmt;

use url::form_urlencoded;

use crate::components::Components;
use crate::context::AuthContext;
use crate::context::outcome::SignOutOptions;
use crate::format::codec::{Malformed, Reader, Writer, set_once, utf8};
use crate::format::time::UnixMillis;
use crate::log_limit::limited;
use crate::origin::return_to::ReturnTo;
use crate::sign_in::transaction::LIFETIME;

/// A longer text is left out.
const MAX_TEXT: usize = 512;

/// What page and text may have together, and the page alone. Sealed they are longer by a third, and a
/// stock nginx answers a response head of more than 4 KiB with 502, so that no cookie would be deleted.
const MAX_PAGE_AND_TEXT: usize = 1_536;

/// Longer ones are not ours.
const MAX_QUERY_LENGTH: usize = 8 * 1024;

const PAGE: u8 = 1;
const TEXT: u8 = 2;

/// The text that the application gave its sign-out ([`SignOut::state`](crate::SignOut::state)), which
/// came back with the browser; returned by [`AuthContext::signed_out_state`].
///
/// Only a `state` that this application sealed within the last ten minutes, for this origin, makes one.
/// It does not prove which browser signed out: a URL can be copied, and opened again until then.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedOutState(String);

impl SignedOutState {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SignedOutState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignedOutState([redacted])")
    }
}

impl AuthContext {
    /// The text of [`SignOut::state`](crate::SignOut::state), for the page that the sign-out led to. It
    /// comes sealed in the parameter `state` of this request's query.
    ///
    /// `None` if there is no such parameter or more than one, if it was made up, made for another
    /// origin, or more than ten minutes ago, and if the request is neither GET nor HEAD.
    ///
    /// ```
    /// use tower_oidc::{AuthContext, SignOut};
    ///
    /// async fn close_account(auth: AuthContext) -> SignOut {
    ///     auth.sign_out().return_to("/bye").state("account-closed")
    /// }
    ///
    /// async fn bye(auth: AuthContext) -> &'static str {
    ///     match auth.signed_out_state() {
    ///         Some(state) if state.as_str() == "account-closed" => "Your account is closed.",
    ///         _ => "You are signed out.",
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn signed_out_state(&self) -> Option<SignedOutState> {
        // A request for an unknown host has another origin's keys.
        if self.is_closed() {
            return None;
        }
        let query = self.request().path_and_query.as_ref()?.query()?;
        let content = Content::open(self.shared(), query)?;
        content.text.map(SignedOutState)
    }
}

/// What is sealed in a `state`.
pub(crate) struct Content {
    sealed_at: UnixMillis,
    /// The page to lead on to; not checked.
    pub(crate) page: Option<String>,
    text: Option<String>,
}

impl Content {
    /// For a sign-out that begins now. A page or a text that is too long is left out.
    pub(crate) fn new(
        shared: &Components,
        page: Option<&ReturnTo>,
        options: &SignOutOptions,
    ) -> Self {
        let page = page.map(|page| page.as_str().to_owned());
        let is_long = |page: &String| page.len() > MAX_PAGE_AND_TEXT;
        if page.as_ref().is_some_and(is_long) {
            limited!(
                warn,
                shared,
                ("sign_out", "page_too_long"),
                "a sign-out leads to the default page, because the page of `SignOut::return_to` is longer \
                 than 1,536 bytes: give a shorter one"
            );
        }
        let page = page.filter(|page| !is_long(page));
        let length = page.as_ref().map_or(0, String::len);
        let fits = |text: &&String| {
            text.len() <= MAX_TEXT && length.saturating_add(text.len()) <= MAX_PAGE_AND_TEXT
        };
        let text = options.state.as_ref().filter(fits).cloned();
        if text.is_none() && options.state.is_some() {
            limited!(
                warn,
                shared,
                ("sign_out", "state_too_long"),
                "a sign-out goes without the text of `SignOut::state`, which is longer than 512 bytes, or \
                 than 1,536 together with its page: give a shorter one"
            );
        }
        Self {
            sealed_at: shared.now(),
            page,
            text,
        }
    }

    /// The part for the page that the browser is led to, as old as this is; `None` if it has no text.
    pub(crate) fn for_page(mut self) -> Option<Self> {
        self.page = None;
        self.text.is_some().then_some(self)
    }

    /// The value of `state`; `None`, with a line in the log, if nothing can be sealed.
    pub(crate) fn seal(&self, shared: &Components) -> Option<String> {
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
        let entropy = shared.entropy.as_ref();
        let sealed = shared
            .origin
            .logout_sealer
            .seal(writer.as_ref(), b"", entropy);
        if let Err(error) = &sealed {
            limited!(
                error,
                shared,
                ("sign_out", "state"),
                %error,
                "a sign-out goes without its state"
            );
        }
        sealed.ok()
    }

    /// What the one `state` of a query has, if it is ours and not too old.
    pub(crate) fn open(shared: &Components, query: &str) -> Option<Self> {
        let state = only_state(query)?;
        let opened = shared
            .origin
            .logout_sealer
            .open(state.as_bytes(), b"")
            .ok()?;
        let content = Self::read(Reader::new(opened.into_bytes())).ok()?;
        (shared.now().since(content.sealed_at) < LIFETIME).then_some(content)
    }

    fn read(mut reader: Reader) -> Result<Self, Malformed> {
        let sealed_at = UnixMillis(reader.number()?);
        let (mut page, mut text) = (None, None);
        while let Some((tag, content)) = reader.field()? {
            let content = utf8(&content)?.to_owned();
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
    use super::*;

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
            let content = bytes::Bytes::copy_from_slice(writer.as_ref());
            let is_read = Content::read(Reader::new(content)).is_ok();
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
            Content::read(Reader::new(bytes::Bytes::copy_from_slice(writer.as_ref())))
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
}
