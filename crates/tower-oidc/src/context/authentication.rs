//! How the user proved who they are at the sign-in in this browser.

use std::time::SystemTime;

use crate::context::AuthContext;
use crate::format::codec::utf8;
use crate::format::time::UnixMillis;

impl AuthContext {
    /// When the user proved who they are, as the ID token of the last sign-in in this browser says
    /// (OpenID Connect Core 1.0 section 2, `auth_time`). `None` if nobody is signed in, or it does
    /// not say; a sign-in with [`max_age`](crate::SignIn::max_age) makes it say so.
    ///
    /// Whoever demands a recent sign-in must look at this, and never at `auth_time` in
    /// [`claims`](Self::claims): a refresh brings the time of the user's newest authentication at the
    /// provider, which may have been in another browser. The holder of a copied cookie would pass the
    /// demand by waiting. No refresh changes this value.
    #[must_use]
    pub fn sign_in_auth_time(&self) -> Option<SystemTime> {
        let session = self.session()?;
        session
            .body
            .authentication
            .time
            .map(UnixMillis::to_system_time)
    }

    /// How strongly the user proved who they are, as the ID token of the last sign-in in this browser
    /// says (OpenID Connect Core 1.0 section 2, `acr`). `None` if nobody is signed in, it does not
    /// say, or the value is longer than 255 bytes.
    ///
    /// Whoever demands an authentication context must look at this, and never at `acr` in
    /// [`claims`](Self::claims), for the reason that
    /// [`sign_in_auth_time`](Self::sign_in_auth_time) names.
    #[must_use]
    pub fn sign_in_acr(&self) -> Option<String> {
        let session = self.session()?;
        let acr = session.body.authentication.acr.as_ref()?;
        utf8(acr).ok().map(str::to_owned)
    }
}
