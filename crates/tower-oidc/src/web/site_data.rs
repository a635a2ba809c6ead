//! The header `Clear-Site-Data` (W3C Clear Site Data), with which a sign-out deletes what the browser stored.

use http::{HeaderMap, HeaderName, HeaderValue};

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

/// Something that a browser stores for an application, and that a sign-out may delete. See
/// [`AuthLayerBuilder::clear_site_data`](crate::AuthLayerBuilder::clear_site_data).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SiteData {
    /// Responses in the browser's cache.
    Cache,
    /// All cookies of the registrable domain, such as `example.com` for `shop.example.com`, also those of other
    /// applications there. If the provider has a host in that domain, its cookies too.
    Cookies,
    /// What scripts stored, such as `localStorage` and IndexedDB, and the registrations of service workers.
    Storage,
}

/// Which kinds a sign-out deletes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SiteDataSet {
    cache: bool,
    cookies: bool,
    storage: bool,
}

impl FromIterator<SiteData> for SiteDataSet {
    fn from_iter<I: IntoIterator<Item = SiteData>>(kinds: I) -> Self {
        let mut set = Self::default();
        for kind in kinds {
            match kind {
                SiteData::Cache => set.cache = true,
                SiteData::Cookies => set.cookies = true,
                SiteData::Storage => set.storage = true,
            }
        }
        set
    }
}

impl SiteDataSet {
    /// The same without the cookies: for a response that sets one for the next step of a sign-out.
    pub(crate) const fn without_cookies(self) -> Self {
        Self {
            cookies: false,
            ..self
        }
    }

    /// The cookies alone, for that next step.
    pub(crate) const fn only_cookies(self) -> Self {
        Self {
            cache: false,
            cookies: self.cookies,
            storage: false,
        }
    }

    /// Adds the header, unless nothing is to be deleted.
    pub(crate) fn append_to(self, headers: &mut HeaderMap) {
        let kinds = [
            (self.cache, r#""cache""#),
            (self.cookies, r#""cookies""#),
            (self.storage, r#""storage""#),
        ];
        let kinds = kinds.into_iter().filter(|(is_set, _)| *is_set);
        let kinds: Vec<_> = kinds.map(|(_, kind)| kind).collect();
        if let Ok(value) = HeaderValue::try_from(kinds.join(", "))
            && !kinds.is_empty()
        {
            headers.insert(CLEAR_SITE_DATA, value);
        }
    }
}
