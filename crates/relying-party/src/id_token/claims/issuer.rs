//! The check of the issuer, and of the tenant if the provider has an issuer for each.

use super::{CheckedClaims, Expectations, SignIn, TokenUse};
use crate::error::Error;
use crate::id_token::refused::refused;
use crate::jwks::VerifyingKey;
use crate::log_text;

const WHOSE: &str = "ID token";

impl CheckedClaims {
    /// Checks that the issuer is an accepted one, and at a refresh that it is the session's.
    pub(super) fn check_issuer(
        &self,
        key: &VerifyingKey<'_>,
        expected: &Expectations<'_>,
    ) -> Result<(), Error> {
        match &expected.token_use {
            TokenUse::SignIn(sign_in) => self.check_accepted_issuer(sign_in, expected)?,
            TokenUse::Refresh(refresh) => {
                let session = refresh.previous.iss();
                if self.iss != session {
                    let what = "the refreshed ID token is of another issuer than the session";
                    let sent = expected.sent();
                    let issuers = log_text::one_of("session", [session], WHOSE, &self.iss, &sent);
                    return Err(refused("id_token.iss", what).with_detail(issuers));
                }
            }
        }
        self.parties().check_tenant(expected.provider, key)
    }

    fn check_accepted_issuer(
        &self,
        sign_in: &SignIn<'_>,
        expected: &Expectations<'_>,
    ) -> Result<(), Error> {
        let (iss, sent) = (&self.iss, expected.sent());
        self.parties().check_issuer(expected.provider, &sent)?;
        // RFC 9207 section 2.4, where the metadata do not have the issuer itself.
        match sign_in.response_iss {
            Some(response) if response != iss => Err(refused(
                "id_token.iss",
                "the ID token is of another issuer than the authorization response",
            )
            .with_detail(log_text::one_of("response", [response], WHOSE, iss, &sent))),
            _ => Ok(()),
        }
    }
}
