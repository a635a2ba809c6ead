//! PyPI's `oidc-provider-mock` in a process of its own.
//!
//! It needs what `.ci/run` installs, so the tests that meet it are behind the feature `interop`.

use crate::provider_process::ProviderProcess;

/// A running provider; stops when dropped. Any client may come, under any origin.
///
/// It lives in real time: take [`TestClock::starting_now`](crate::TestClock::starting_now).
#[derive(Debug)]
pub struct OidcProviderMock {
    issuer: String,
    _process: ProviderProcess,
}

impl OidcProviderMock {
    /// Starts it on a free port.
    ///
    /// # Panics
    /// Where Python or the packages are missing.
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
