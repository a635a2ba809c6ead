//! Amazon Cognito.

use crate::config_error::ConfigError;
use crate::provider::{Provider, VendorLogout};

impl Provider {
    /// Creates the settings for a user pool of Amazon Cognito, by its identifier, such as
    /// `eu-central-1_AbCdEf123`.
    ///
    /// The issuer is `https://cognito-idp.{region}.amazonaws.com/{user_pool_id}`; for a pool with another
    /// one, such as in China, use [`cognito_with_issuer`](Self::cognito_with_issuer). A sign-out sends
    /// `client_id` and `logout_uri`, which must be one of the allowed sign-out URLs of the app client; no
    /// `state` returns. If the metadata of the user pool have no end-session endpoint, set it:
    ///
    /// ```
    /// use relying_party::Provider;
    ///
    /// let provider = Provider::cognito("eu-central-1_AbCdEf123", "client-id")
    ///     .client_secret("from the console")
    ///     .end_session_endpoint("https://acme.auth.eu-central-1.amazoncognito.com/logout");
    /// # let _ = provider;
    /// ```
    pub fn cognito(user_pool_id: impl AsRef<str>, client_id: impl Into<String>) -> Self {
        let user_pool_id = user_pool_id.as_ref();
        Self::preset(user_pool_id, issuer_of(user_pool_id), |issuer| {
            Self::cognito_with_issuer(issuer, client_id)
        })
    }

    /// Creates the settings for a user pool of Amazon Cognito, like [`cognito`](Self::cognito), by its
    /// issuer.
    pub fn cognito_with_issuer(issuer: impl Into<String>, client_id: impl Into<String>) -> Self {
        Self {
            vendor_logout: Some(VendorLogout {
                endpoint: None,
                redirect_parameter: "logout_uri",
            }),
            ..Self::new(issuer, client_id)
                .name("Amazon Cognito")
                .role_claim(["cognito:groups"])
        }
    }
}

fn issuer_of(user_pool_id: &str) -> Result<String, ConfigError> {
    let is_region = |it: &str| {
        let is_part = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-';
        !it.is_empty() && !it.starts_with("cn-") && it.bytes().all(is_part)
    };
    let is_pool = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_alphanumeric());
    match user_pool_id.split_once('_') {
        Some((region, pool)) if is_region(region) && is_pool(pool) => Ok(format!(
            "https://cognito-idp.{region}.amazonaws.com/{user_pool_id}"
        )),
        _ => Err(ConfigError::new(
            "issuer",
            "must be the identifier of a user pool, such as `eu-central-1_AbCdEf123`",
            "copy the user pool ID from the console, or give the issuer itself in China",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::issuer;
    use super::*;

    #[test]
    fn cognitos_issuer_has_the_region_and_the_user_pool() {
        for (given, expected) in [
            (
                "eu-central-1_AbCdEf123",
                "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEf123",
            ),
            ("cn-north-1_AbCdEf123", "refused: issuer"),
            ("AbCdEf123", "refused: issuer"),
            ("eu-central-1_", "refused: issuer"),
            ("_AbCdEf123", "refused: issuer"),
            ("evil.example/_a", "refused: issuer"),
            ("eu-central-1_a/b", "refused: issuer"),
        ] {
            assert_eq!(issuer(Provider::cognito(given, "id")), expected, "{given}");
        }
    }
}
