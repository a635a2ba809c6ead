//! The check of the issuer, and of the tenant if the provider has an issuer for each.

use super::{CheckedClaims, Expectations, SignIn, TokenUse};
use crate::error::Error;
use crate::id_token::refused::refused;
use crate::jwks::VerifyingKey;
use crate::log_text::{self, SentSecrets};
use crate::provider::IssuerTemplate;

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
        match expected.provider.issuer_template() {
            Some(template) => self.check_tenant(template, key),
            None => Ok(()),
        }
    }

    fn check_accepted_issuer(
        &self,
        sign_in: &SignIn<'_>,
        expected: &Expectations<'_>,
    ) -> Result<(), Error> {
        let (iss, provider, sent) = (&self.iss, expected.provider, expected.sent());
        if !provider.accepts_issuer(iss) {
            let configured = log_text::one_of("configured", provider.issuers(), WHOSE, iss, &sent);
            let template = provider.issuer_template();
            let (code, what) = match template.map(|template| template.tenant_of(iss)) {
                Some(Some(_)) => (
                    "id_token.tenant_not_allowed",
                    "the user is of a tenant that `allowed_tenants` does not list",
                ),
                Some(None) => (
                    "id_token.iss",
                    "the issuer of the ID token is not the configured one with a tenant instead of \
                     `{tenantid}`",
                ),
                None => (
                    "id_token.iss",
                    "the ID token is of another issuer; if it is one of this provider's, name it in \
                     `accepted_issuers`",
                ),
            };
            return Err(refused(code, what).with_detail(configured));
        }
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

    /// Checks that the token and its key are of the tenant that the issuer names. Otherwise a tenant
    /// could sign in as a user of another one, by a key or a claim that the provider lets it choose.
    fn check_tenant(
        &self,
        template: IssuerTemplate<'_>,
        key: &VerifyingKey<'_>,
    ) -> Result<(), Error> {
        let tenant = template.tenant_of(&self.iss);
        if tenant.is_none_or(|tenant| self.tid.as_deref() != Some(tenant.as_str())) {
            return Err(refused(
                "id_token.tid",
                "`tid` of the ID token is not the tenant that its issuer names",
            ));
        }
        if let Some(issuer) = key.issuer()
            && !template.allows_key(issuer, &self.iss)
        {
            let nothing = SentSecrets::nothing();
            return Err(refused(
                "id_token.key_issuer",
                "the ID token is signed with a key of the provider that is for another issuer",
            )
            .with_detail(log_text::one_of(
                "key",
                [issuer],
                WHOSE,
                &self.iss,
                &nothing,
            )));
        }
        Ok(())
    }
}
