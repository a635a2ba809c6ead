//! The sign-out of a provider that has its own parameters.

/// The sign-out of a provider that has its own parameters instead of those of the standard.
#[derive(Clone, Debug)]
pub(crate) struct VendorLogout {
    /// The endpoint, which is used only if none is set and none is published: one that is published has
    /// the parameters of the standard. `None`: whatever the endpoint, it has the parameters of the vendor.
    pub(crate) endpoint: Option<String>,
    /// The name of the parameter for the URL to return to.
    pub(crate) redirect_parameter: &'static str,
}
