//! The check of the organization that a user of Google belongs to.

use super::{CheckedClaims, Expectations};
use crate::error::Error;
use crate::id_token::refused::refused;
use crate::log_text;

impl CheckedClaims {
    /// Checks that the user belongs to the organization that the settings name. At a refresh too: a user
    /// who left the organization must not keep the session.
    pub(super) fn check_hosted_domain(&self, expected: &Expectations<'_>) -> Result<(), Error> {
        let Some(domain) = &expected.provider.hosted_domain else {
            return Ok(());
        };
        // Domains do not differ by letter case.
        let hd = self.hd.as_deref();
        if hd.is_some_and(|hd| hd.eq_ignore_ascii_case(domain)) {
            return Ok(());
        }
        let error = refused(
            "id_token.hd",
            "the user does not belong to the organization that `hosted_domain` names",
        );
        Err(error.with_detail(match hd {
            Some(hd) => log_text::one_of(
                "configured",
                [domain.as_str()],
                "ID token",
                hd,
                &expected.sent(),
            ),
            None => {
                "the ID token has no `hd`, as for accounts outside of an organization".to_owned()
            }
        }))
    }
}
