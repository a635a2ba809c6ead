//! The feature of a page that makes a request, as W3C Fetch Metadata names it.

/// The feature of a page that makes a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Navigation,
    Iframe,
    Prefetch,
    Prerender,
    Fetch,
    Image,
}

impl Kind {
    /// Whether it replaces the page in a tab, which `SameSite=Lax` allows.
    pub(super) fn is_top_level(self) -> bool {
        matches!(self, Self::Navigation | Self::Prefetch | Self::Prerender)
    }

    /// The value of `Accept`.
    pub(super) fn accept(self) -> &'static str {
        match self {
            Self::Navigation | Self::Iframe | Self::Prefetch | Self::Prerender => {
                "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
            }
            Self::Fetch => "*/*",
            Self::Image => "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
        }
    }

    /// The value of `Sec-Fetch-Mode`.
    pub(super) fn mode(self) -> &'static str {
        match self {
            Self::Navigation | Self::Iframe | Self::Prefetch | Self::Prerender => "navigate",
            Self::Fetch => "cors",
            Self::Image => "no-cors",
        }
    }

    /// The value of `Sec-Fetch-Dest`.
    pub(super) fn destination(self) -> &'static str {
        match self {
            Self::Navigation | Self::Prefetch | Self::Prerender => "document",
            Self::Iframe => "iframe",
            Self::Fetch => "empty",
            Self::Image => "image",
        }
    }

    /// The value of `Sec-Purpose`.
    pub(super) fn purpose(self) -> Option<&'static str> {
        match self {
            Self::Prefetch => Some("prefetch"),
            Self::Prerender => Some("prefetch;prerender"),
            Self::Navigation | Self::Iframe | Self::Fetch | Self::Image => None,
        }
    }
}
