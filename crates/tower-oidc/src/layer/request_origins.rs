//! Origins that are known from requests alone.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;

use crate::components::Components;
use crate::origin::base_url::BaseUrl;
use crate::origin::plain_http::PlainHttp;

/// How many origins are kept: each takes some ten kilobytes, mostly for the keys of its cookies.
const MAX_KEPT: NonZeroUsize = NonZeroUsize::new(512).expect("it is not zero");

/// The longest name of a host (RFC 1035 section 2.3.4) with a port.
const MAX_HOST: usize = 253 + 6;

/// Makes the components of an origin; `None`, with a line in the log, if the settings do not allow it.
pub(crate) type MakeComponents = dyn Fn(BaseUrl) -> Option<Components> + Send + Sync;

/// The components of origins that requests name: derived when a host comes first, and kept for the latest
/// ones. Nothing is lost with those that are evicted: the refreshes in flight and the revocations that wait are
/// in the memory that all origins share, and the first origin retries the revocations.
pub(crate) struct RequestOrigins {
    is_https: bool,
    plain_http: PlainHttp,
    make: Box<MakeComponents>,
    /// By the host as requests name it.
    kept: Mutex<LruCache<Box<str>, Arc<Components>>>,
}

impl RequestOrigins {
    pub(crate) fn new(is_https: bool, plain_http: PlainHttp, make: Box<MakeComponents>) -> Self {
        Self {
            is_https,
            plain_http,
            make,
            kept: Mutex::new(LruCache::new(MAX_KEPT)),
        }
    }

    /// The components of the origin at this host; `None` if it is not written as a host is.
    pub(crate) fn at(&self, host: &str) -> Option<Arc<Components>> {
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = kept().get(host) {
            return Some(Arc::clone(known));
        }
        let made = Arc::new((self.make)(self.base_url(host)?)?);
        kept().put(host.into(), Arc::clone(&made));
        Some(made)
    }

    fn base_url(&self, host: &str) -> Option<BaseUrl> {
        if host.is_empty() || host.len() > MAX_HOST {
            return None;
        }
        let scheme = if self.is_https { "https" } else { "http" };
        let base_url = BaseUrl::parse(&format!("{scheme}://{host}"), self.plain_http).ok()?;
        // What the parser changes, such as `%61` for `a`, is no host that a browser sends.
        base_url.is_at(host).then_some(base_url)
    }
}
