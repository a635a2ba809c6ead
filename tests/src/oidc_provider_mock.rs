//! PyPI's `oidc-provider-mock` in its own process.
//!
//! It needs what `.ci/run` installs, so its tests are behind the feature `interop`.

use crate::provider_process::ProviderProcess;

/// A running provider; stops when dropped. It accepts any client, under any origin.
///
/// It runs in real time: use [`TestClock::starting_now`](crate::TestClock::starting_now).
#[derive(Debug)]
pub struct OidcProviderMock {
    issuer: String,
    _process: ProviderProcess,
}

impl OidcProviderMock {
    /// Starts it on a free port.
    ///
    /// # Panics
    /// If Python or the packages are missing.
    pub async fn start() -> Self {
        let process = ProviderProcess::start("oidc-provider-mock", &[]).await;
        Self {
            issuer: process.listening("issuer"),
            _process: process,
        }
    }

    /// Its issuer identifier.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }
}
