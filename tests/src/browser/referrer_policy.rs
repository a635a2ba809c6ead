//! W3C Referrer Policy, which also affects `Origin`: Fetch standard, "append a request `Origin`
//! header".

use http::{HeaderMap, header};
use url::Url;

use super::site::is_trustworthy;

/// The policies that the servers under test use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum ReferrerPolicy {
    NoReferrer,
    SameOrigin,
    #[default]
    StrictOriginWhenCrossOrigin,
}

impl ReferrerPolicy {
    /// The last policy of the response that this model knows.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let field = headers.get(header::REFERRER_POLICY)?.to_str().ok()?;
        field.split(',').rev().find_map(|token| match token.trim() {
            "no-referrer" => Some(Self::NoReferrer),
            "same-origin" => Some(Self::SameOrigin),
            "strict-origin-when-cross-origin" => Some(Self::StrictOriginWhenCrossOrigin),
            _ => None,
        })
    }

    /// Whether a request from `page` to `target` has no `Referer` and, if it writes and is not a
    /// CORS request, no `Origin`.
    pub(super) fn hides(self, page: &Url, target: &Url) -> bool {
        match self {
            Self::NoReferrer => true,
            Self::SameOrigin => page.origin() != target.origin(),
            Self::StrictOriginWhenCrossOrigin => {
                page.scheme() == "https" && !is_trustworthy(target)
            }
        }
    }
}
