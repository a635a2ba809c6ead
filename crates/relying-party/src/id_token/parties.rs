//! The checks of who issued a token, and to whom.

use super::kind::TokenKind;
use crate::claims::OneOrMany;
use crate::error::Error;
use crate::jwks::VerifyingKey;
use crate::log_text::{self, SentSecrets};
use crate::provider::{IssuerTemplate, Provider};

/// The claims that say who issued a token, and to whom.
pub(crate) struct Parties<'a> {
    pub(crate) token: TokenKind,
    pub(crate) iss: &'a str,
    pub(crate) aud: &'a OneOrMany,
    pub(crate) azp: Option<&'a str>,
    pub(crate) tid: Option<&'a str>,
}

impl Parties<'_> {
    /// Checks that the settings accept the issuer.
    pub(crate) fn check_issuer(
        &self,
        provider: &Provider,
        sent: &SentSecrets,
    ) -> Result<(), Error> {
        let (iss, token) = (self.iss, self.token);
        if provider.accepts_issuer(iss) {
            return Ok(());
        }
        let template = provider.issuer_template();
        let codes = ["id_token.iss", "logout_token.iss"];
        let error = match template.map(|template| template.tenant_of(iss)) {
            Some(Some(_)) => token.refused(
                [
                    "id_token.tenant_not_allowed",
                    "logout_token.tenant_not_allowed",
                ],
                "the user is of a tenant that `allowed_tenants` does not list".to_owned(),
            ),
            Some(None) => token.refused(
                codes,
                format!(
                    "the issuer of the {token} is not the configured one with a tenant instead of \
                     `{{tenantid}}`"
                ),
            ),
            None => token.refused(
                codes,
                format!(
                    "the {token} is of another issuer; if it is one of this provider's, name it in \
                     `accepted_issuers`"
                ),
            ),
        };
        let configured =
            log_text::one_of("configured", provider.issuers(), token.name(), iss, sent);
        Err(error.with_detail(configured))
    }

    /// Checks that the token and its key are of the tenant that the issuer names. Otherwise a tenant
    /// could act for a user of another one, by a key or a claim that the provider lets it choose.
    pub(crate) fn check_tenant(
        &self,
        provider: &Provider,
        key: &VerifyingKey<'_>,
    ) -> Result<(), Error> {
        match provider.issuer_template() {
            Some(template) => self.check_tenant_of(template, key),
            None => Ok(()),
        }
    }

    fn check_tenant_of(
        &self,
        template: IssuerTemplate<'_>,
        key: &VerifyingKey<'_>,
    ) -> Result<(), Error> {
        let (iss, token) = (self.iss, self.token);
        let tenant = template.tenant_of(iss);
        if tenant.is_none_or(|tenant| self.tid != Some(tenant.as_str())) {
            return Err(token.refused(
                ["id_token.tid", "logout_token.tid"],
                format!("`tid` of the {token} is not the tenant that its issuer names"),
            ));
        }
        if let Some(issuer) = key.issuer()
            && !template.allows_key(issuer, iss)
        {
            let nothing = SentSecrets::nothing();
            let error = token.refused(
                ["id_token.key_issuer", "logout_token.key_issuer"],
                format!(
                    "the {token} is signed with a key of the provider that is for another issuer"
                ),
            );
            let issuers = log_text::one_of("key", [issuer], token.name(), iss, &nothing);
            return Err(error.with_detail(issuers));
        }
        Ok(())
    }

    /// Checks that the token was issued to this client (OpenID Connect Core 1.0 section 3.1.3.7 steps 3
    /// to 5). Providers omit `azp`, so it is not required.
    pub(crate) fn check_client(&self, client_id: &str) -> Result<(), Error> {
        let token = self.token;
        if !self.aud.0.iter().any(|aud| aud == client_id) {
            return Err(token.refused(
                ["id_token.aud", "logout_token.aud"],
                format!("the {token} was issued to another client"),
            ));
        }
        if self.azp.is_some_and(|azp| azp != client_id) {
            return Err(token.refused(
                ["id_token.azp", "logout_token.azp"],
                format!("the authorized party (`azp`) of the {token} is another client"),
            ));
        }
        Ok(())
    }

    /// Checks that all audiences are trusted (step 3).
    pub(crate) fn check_trust(&self, provider: &Provider) -> Result<(), Error> {
        if self.is_trusted(provider) {
            return Ok(());
        }
        let token = self.token;
        Err(token.refused(
            [AUD_UNTRUSTED, "logout_token.aud_untrusted"],
            format!(
                "the {token} is also issued to an audience that `trusted_audiences` does not list"
            ),
        ))
    }

    pub(crate) fn is_trusted(&self, provider: &Provider) -> bool {
        let is_trusted =
            |aud: &String| *aud == provider.client_id || provider.trusted_audiences.contains(aud);
        self.aud.0.iter().all(is_trusted)
    }
}

/// The error code for an ID token that is also issued to an untrusted audience.
pub(crate) const AUD_UNTRUSTED: &str = "id_token.aud_untrusted";
