//! The settings that every sign-out obeys.

use crate::web::site_data::SiteDataSet;

/// Unless configured, a longer URL loses the session's `id_token_hint`: a stock nginx accepts 4 KiB of response
/// head.
pub(crate) const DEFAULT_MAX_LOGOUT_URL_LENGTH: usize = 2_400;

/// The settings of sign-outs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SignOutSettings {
    /// Whether a same-origin navigation to the sign-out path signs out without a question.
    pub(crate) by_get: bool,
    /// The longest URL to the provider that may have the session's ID token in it.
    pub(crate) max_url_length: usize,
    /// What the browser deletes.
    pub(crate) clear_site_data: SiteDataSet,
    /// Whether an ID token that has expired is replaced before it is sent.
    pub(crate) refresh_expired_hint: bool,
}

impl Default for SignOutSettings {
    fn default() -> Self {
        Self {
            by_get: false,
            max_url_length: DEFAULT_MAX_LOGOUT_URL_LENGTH,
            clear_site_data: SiteDataSet::default(),
            refresh_expired_hint: false,
        }
    }
}
