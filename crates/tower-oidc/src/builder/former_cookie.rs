//! A name that session cookies had before.

/// The name with its prefix, and the domain for which the cookies were set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FormerCookie {
    pub(super) name: String,
    pub(super) domain: Option<String>,
}
