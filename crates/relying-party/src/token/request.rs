//! From a code to tokens.

use std::time::Duration;

use base64_simd::STANDARD;
use http::HeaderValue;
use url::form_urlencoded::{self, Serializer};
use zeroize::Zeroizing;

use super::response::TokenResponse;
use crate::authorization_response::AuthorizationCode;
use crate::error::{Error, ErrorKind};
use crate::fetch::{Step, post_form};
use crate::http_client::HttpClient;
use crate::metadata::Metadata;
use crate::provider::{ClientAuthMethod, Provider};
use crate::secret::Secret;
use crate::transaction_secrets::TransactionSecrets;

/// What the exchange of a code must fit: the transaction that the code was asked for in.
#[derive(Clone, Copy, Debug)]
#[must_use = "it does nothing until `exchange_code` is called"]
pub struct CodeExchange<'a> {
    pub(crate) redirect_uri: &'a str,
    pub(crate) secrets: &'a TransactionSecrets,
    pub(crate) max_age: Option<Duration>,
    pub(crate) acr_values: Option<&'a str>,
    pub(crate) expected_sub: Option<&'a str>,
}

impl<'a> CodeExchange<'a> {
    /// The redirect URI and the secrets that the authorization request was made with.
    pub fn new(redirect_uri: &'a str, secrets: &'a TransactionSecrets) -> Self {
        Self {
            redirect_uri,
            secrets,
            max_age: None,
            acr_values: None,
            expected_sub: None,
        }
    }

    /// The `max_age` that was asked for; by default the provider's. The ID token must say when the
    /// user signed in, and that must be recent enough.
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = Some(max_age);
        self
    }

    /// The `acr_values` that were asked for; by default the provider's. The ID token's `acr` must
    /// be one of them.
    pub fn acr_values(mut self, acr_values: &'a str) -> Self {
        self.acr_values = Some(acr_values);
        self
    }

    /// The user who must sign in, as in a step-up. By default it may be anyone.
    pub fn expected_sub(mut self, sub: &'a str) -> Self {
        self.expected_sub = Some(sub);
        self
    }
}

/// Sends the token request (RFC 6749 section 4.1.3, RFC 7636 section 4.5). It is never repeated:
/// the provider may have used up the code.
///
/// By hand and not with `openidconnect`, which drops the response's status and `Retry-After`, and
/// whose parse errors carry the body with the tokens.
pub(crate) async fn exchange(
    http: &dyn HttpClient,
    provider: &Provider,
    metadata: &Metadata,
    code: &AuthorizationCode,
    exchange: &CodeExchange<'_>,
) -> Result<TokenResponse, Error> {
    let (form, authorization) = form(provider, metadata, code, exchange)?;
    let endpoint = &metadata.token_endpoint;
    let response = post_form(http, Step::TOKEN, endpoint, authorization, form).await?;
    TokenResponse::parse(&response)
}

/// The form, and the header if that is where the client authenticates.
fn form(
    provider: &Provider,
    metadata: &Metadata,
    code: &AuthorizationCode,
    exchange: &CodeExchange<'_>,
) -> Result<(String, Option<HeaderValue>), Error> {
    let mut form = Serializer::new(String::new());
    form.append_pair("grant_type", "authorization_code")
        .append_pair("code", code.expose())
        .append_pair("redirect_uri", exchange.redirect_uri)
        .append_pair("code_verifier", exchange.secrets.code_verifier());
    let secret = provider.client_secret.as_ref().map_or("", Secret::expose);
    let authorization = match auth_method(provider, metadata)? {
        ClientAuthMethod::None => {
            form.append_pair("client_id", &provider.client_id);
            None
        }
        ClientAuthMethod::ClientSecretPost => {
            form.append_pair("client_id", &provider.client_id)
                .append_pair("client_secret", secret);
            None
        }
        ClientAuthMethod::ClientSecretBasic => Some(basic(&provider.client_id, secret)),
    };
    Ok((form.finish(), authorization))
}

fn auth_method(provider: &Provider, metadata: &Metadata) -> Result<ClientAuthMethod, Error> {
    if let Some(method) = provider.client_auth_method {
        return Ok(method);
    }
    if provider.client_secret.is_none() {
        return Ok(ClientAuthMethod::None);
    }
    // OpenID Connect Discovery 1.0 section 3: absent means client_secret_basic.
    let Some(supported) = &metadata.client_auth_methods else {
        return Ok(ClientAuthMethod::ClientSecretBasic);
    };
    [
        ClientAuthMethod::ClientSecretBasic,
        ClientAuthMethod::ClientSecretPost,
    ]
    .into_iter()
    .find(|method| supported.iter().any(|name| name == method.as_str()))
    .ok_or_else(|| {
        Error::new(
            ErrorKind::Configuration,
            "token.client_auth_method",
            "the provider's metadata lists neither client_secret_basic nor \
                 client_secret_post; set the client authentication method",
        )
    })
}

/// RFC 6749 section 2.3.1: both parts are form-urlencoded before they become a user name and a
/// password.
fn basic(client_id: &str, secret: &str) -> HeaderValue {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let credentials = Zeroizing::new(format!("{}:{}", encode(client_id), encode(secret)));
    let header = Zeroizing::new(format!(
        "Basic {}",
        STANDARD.encode_to_string(credentials.as_bytes())
    ));
    #[expect(clippy::expect_used, reason = "base64 is visible ASCII")]
    let mut header = HeaderValue::from_str(&header).expect("base64 is a header value");
    header.set_sensitive(true);
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_form_urlencoded_before_base64() {
        let header = basic("app id", "s3cr+t/%");
        let encoded = header.to_str().unwrap().strip_prefix("Basic ").unwrap();
        let decoded = STANDARD.decode_to_vec(encoded).unwrap();
        assert_eq!(String::from_utf8(decoded).unwrap(), "app+id:s3cr%2Bt%2F%25");
        assert!(header.is_sensitive());
    }
}
