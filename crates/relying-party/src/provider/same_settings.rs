//! Whether two values have the same settings.

use subtle::ConstantTimeEq;

use super::Provider;
use crate::same::are_same;
use crate::secret::Secret;

impl Provider {
    /// Returns whether both values have the same settings, secrets and keys included, so that a client of the
    /// one serves for the other. Functions count as the same only if one value is a clone of the other.
    ///
    /// ```
    /// # use relying_party::Provider;
    /// let provider = |secret| Provider::new("https://id.example.com", "client-id").client_secret(secret);
    /// assert!(provider("one").has_same_settings(&provider("one")));
    /// assert!(!provider("one").has_same_settings(&provider("two")));
    /// ```
    #[must_use]
    pub fn has_same_settings(&self, other: &Self) -> bool {
        let secrets = (self.client_secret.as_ref(), other.client_secret.as_ref());
        are_same(secrets.0, secrets.1, is_same_secret)
            && self.credentials.is_same(&other.credentials)
            // It shows every other setting.
            && format!("{self:?}") == format!("{other:?}")
    }
}

fn is_same_secret(one: &Secret, other: &Secret) -> bool {
    let (one, other) = (one.expose().as_bytes(), other.expose().as_bytes());
    one.ct_eq(other).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider() -> Provider {
        Provider::new("https://id.example", "app")
    }

    #[test]
    fn every_kind_of_setting_counts() {
        let same = |one: &Provider, other: &Provider| one.has_same_settings(other);
        assert!(same(&provider(), &provider()));
        for other in [
            Provider::new("https://id.example", "other"),
            provider().client_secret("secret"),
            provider().scopes(["email"]),
            provider().client_secret_source(|_| async { Err("no secret".into()) }),
            provider().client_assertion_file("/run/token"),
            provider().random_source(|_| Ok(())),
        ] {
            assert!(!same(&provider(), &other), "{other:?}");
            assert!(same(&other, &other.clone()), "{other:?}");
        }
        let of_file = |path: &str| provider().client_assertion_file(path);
        assert!(same(&of_file("/run/a"), &of_file("/run/a")));
        assert!(!same(&of_file("/run/a"), &of_file("/run/b")));
        let of_function = || provider().client_assertion_source(|_| async { Err("none".into()) });
        assert!(!same(&of_function(), &of_function()));
    }
}
