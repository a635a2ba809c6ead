//! The checks of the times of a token.

use std::time::Duration;

use super::kind::TokenKind;
use crate::claims::NumericDate;
use crate::clock::clock_difference;
use crate::error::Error;

/// The times of a token.
pub(crate) struct Times {
    pub(crate) exp: Option<NumericDate>,
    pub(crate) iat: NumericDate,
    pub(crate) nbf: Option<NumericDate>,
}

/// What the times are compared with, in seconds.
#[derive(Clone, Copy)]
pub(crate) struct TokenClock {
    /// Since 1970.
    pub(crate) now: u64,
    /// By how much the clocks may differ.
    pub(crate) leeway: u64,
}

/// The greatest age of a token since its `iat`, and the error's words about it.
pub(crate) struct MaxAge {
    pub(crate) age: Duration,
    pub(crate) says: &'static str,
}

impl TokenClock {
    /// Returns the latest time that does not count as the future.
    pub(crate) fn latest(self) -> u64 {
        self.now.saturating_add(self.leeway)
    }

    /// Returns the earliest time that is at most this long ago.
    pub(crate) fn earliest(self, age: Duration) -> u64 {
        let age = self.leeway.saturating_add(age.as_secs());
        self.now.saturating_sub(age)
    }

    pub(crate) fn difference(self, claim: &str, time: NumericDate) -> String {
        clock_difference(claim, time.0, self.now, self.leeway)
    }
}

impl Times {
    pub(crate) fn check(
        &self,
        token: TokenKind,
        clock: TokenClock,
        max_age: Option<&MaxAge>,
    ) -> Result<(), Error> {
        let refused = |codes, what: &str, (claim, time)| {
            Err(token
                .refused(codes, format!("the {token} {what}; check the clocks"))
                .with_detail(clock.difference(claim, time)))
        };
        // OpenID Connect Core 1.0 section 3.1.3.7 step 9: not expired.
        if let Some(exp) = self.exp
            && exp.0.saturating_add(clock.leeway) <= clock.now
        {
            let codes = ["id_token.exp", "logout_token.exp"];
            return refused(codes, "has expired", ("exp", exp));
        }
        // Step 10: not issued in the future.
        let iat = ("iat", self.iat);
        if self.iat.0 > clock.latest() {
            let codes = ["id_token.iat", "logout_token.iat"];
            return refused(codes, "was issued in the future", iat);
        }
        if let Some(limit) = max_age
            && self.iat.0 < clock.earliest(limit.age)
        {
            let codes = ["id_token.too_old", "logout_token.too_old"];
            return refused(codes, limit.says, iat);
        }
        // RFC 7519 section 4.1.5.
        if let Some(nbf) = self.nbf
            && nbf.0 > clock.latest()
        {
            let codes = ["id_token.nbf", "logout_token.nbf"];
            let what = "is not valid before a later time (`nbf`)";
            return refused(codes, what, ("nbf", nbf));
        }
        Ok(())
    }
}
