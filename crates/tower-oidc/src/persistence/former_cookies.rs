//! Session cookies of a former name, prefix or domain. Browsers keep them beside the new ones until they expire.

use http::HeaderMap;
use sealed_cookie::{SealedCookie, SetCookies};

/// The former session cookies of one origin. They are never opened, only deleted.
pub(crate) struct FormerCookies(Box<[SealedCookie]>);

impl FormerCookies {
    pub(crate) fn new(cookies: Vec<SealedCookie>) -> Self {
        Self(cookies.into())
    }

    pub(crate) fn cookies(&self) -> &[SealedCookie] {
        &self.0
    }

    /// The deletion of each of them that the request has.
    pub(crate) fn deletions(&self, headers: &HeaderMap) -> FormerDeletions {
        let deletion = |cookie: &SealedCookie| {
            let received = cookie.receive(headers)?;
            Some(cookie.delete_received(&received))
        };
        FormerDeletions(self.0.iter().filter_map(deletion).collect())
    }
}

/// The deletions of former session cookies that a request had, one for each name.
#[derive(Default)]
pub(crate) struct FormerDeletions(Vec<SetCookies>);

impl FormerDeletions {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those that take no more than `room` by this measure, together. A later response deletes the others.
    pub(crate) fn within(&self, room: usize, size: impl Fn(&SetCookies) -> usize) -> SetCookies {
        let mut chosen = SetCookies::default();
        for deletion in &self.0 {
            let taken = size(&chosen).saturating_add(size(deletion));
            if taken <= room {
                chosen.extend(deletion.clone());
            }
        }
        chosen
    }
}
