//! The check that a refreshed ID token continues the sign-in (OpenID Connect Core 1.0 section 12.2).

use super::{CheckedClaims, Expectations, Refresh};
use crate::clock::unix_seconds;
use crate::error::Error;
use crate::id_token::refused::refused;

impl CheckedClaims {
    /// Checks that the ID token continues the session. `check_parties` has compared the issuer with the
    /// session's, and any `azp` with the only one that the previous token can have had.
    pub(super) fn check_refresh(
        &self,
        refresh: &Refresh<'_>,
        expected: &Expectations<'_>,
    ) -> Result<(), Error> {
        let previous = refresh.previous;
        let breaks = |code, what| Err(refused(code, what).breaking_continuity());
        if self.sub != previous.sub() {
            return breaks("id_token.sub", "the refreshed ID token is of another user");
        }
        let names = |aud: &str| self.aud.0.iter().any(|it| it == aud);
        // A token with an untrusted audience is not used, so it need not have the previous audiences.
        if self.parties().is_trusted(expected.provider) && !previous.aud().all(names) {
            return breaks(
                "id_token.aud",
                "the refreshed ID token lacks an audience of the previous one",
            );
        }
        if self.nonce.is_some() && self.nonce.as_deref() != previous.nonce() {
            return breaks(
                "id_token.nonce",
                "the refreshed ID token is of another sign-in",
            );
        }
        self.check_auth_time(refresh, expected)?;
        // The leeway covers differences between the provider's servers. The same time is allowed: some
        // providers return the same ID token while it is valid.
        let oldest = previous.iat().map_or(0, unix_seconds);
        if self.iat.0 < oldest.saturating_sub(expected.clock().leeway) {
            return Err(refused(
                "id_token.iat",
                "the refreshed ID token is older than the previous one",
            ));
        }
        Ok(())
    }

    /// Checks that it is the same authentication or a later one: another client of the provider session
    /// may have made the user authenticate again. An earlier one belongs to another session.
    fn check_auth_time(
        &self,
        refresh: &Refresh<'_>,
        expected: &Expectations<'_>,
    ) -> Result<(), Error> {
        let previous = refresh.previous.auth_time().map(unix_seconds);
        let (Some(time), Some(earliest)) = (self.auth_time, previous.max(refresh.auth_time)) else {
            return Ok(());
        };
        let latest = self
            .iat
            .0
            .saturating_add(expected.clock().leeway)
            .max(earliest);
        if (earliest..=latest).contains(&time.0) {
            return Ok(());
        }
        let what = if time.0 < earliest {
            "the refreshed ID token is of an earlier authentication"
        } else {
            "the refreshed ID token is of an authentication in the future"
        };
        Err(refused("id_token.auth_time", what).breaking_continuity())
    }
}
