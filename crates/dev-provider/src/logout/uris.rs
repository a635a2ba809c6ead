//! Where a client wants to learn that a session has ended.

/// The logout URIs of a client. There are none by default.
#[derive(Clone, Debug, Default)]
pub(crate) struct LogoutUris {
    pub(crate) backchannel: Option<String>,
    /// `backchannel_logout_session_required`: logout tokens have a `sid`.
    pub(crate) backchannel_needs_session: bool,
    pub(crate) frontchannel: Option<String>,
    /// `frontchannel_logout_session_required`: requests have `iss` and `sid`.
    pub(crate) frontchannel_needs_session: bool,
}
