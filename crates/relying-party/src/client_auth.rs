//! The authentication of the client to the provider.

use base64_simd::STANDARD;
use bytes::Bytes;
use http::{HeaderValue, Response};
use url::Url;
use url::form_urlencoded::{self, Serializer};
use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind};
use crate::fetch::{Step, post_form};
use crate::http_client::HttpClient;
use crate::log_text::SentSecrets;
use crate::metadata::Metadata;
use crate::provider::{ClientAuthMethod, Provider};
use crate::secret::Secret;

/// Posts a form in which, or with a header by which, the client authenticates (RFC 6749 section
/// 2.3.1), once, and returns the response with any status.
pub(crate) async fn post_authenticated(
    http: &dyn HttpClient,
    step: Step,
    endpoint: &Url,
    provider: &Provider,
    metadata: &Metadata,
    parameters: &[(&str, &str)],
) -> Result<Response<Bytes>, Error> {
    let (form, authorization) = authenticated(provider, metadata, parameters)?;
    post_form(http, step, endpoint, authorization, form).await
}

/// Returns the secrets of such a request, which must not be logged if the response repeats them: the
/// values of all parameters except known non-secret ones, and the client's credentials.
pub(crate) fn sent_secrets(provider: &Provider, parameters: &[(&str, &str)]) -> SentSecrets {
    const NO_SECRETS: [&str; 6] = [
        "grant_type",
        "organization_id",
        "redirect_uri",
        "resource",
        "scope",
        "token_type_hint",
    ];
    let parameters = parameters.iter();
    let values = parameters.filter(|(name, _)| !NO_SECRETS.contains(name));
    let secret = provider.client_secret.as_ref().map(Secret::expose);
    let basic = secret.map(|secret| basic_credentials(&provider.client_id, secret));
    let credentials = secret
        .into_iter()
        .chain(basic.as_deref().map(String::as_str));
    SentSecrets::new(values.map(|(_, value)| *value).chain(credentials))
}

/// Returns the form, and the `Authorization` header if the client authenticates with it.
fn authenticated(
    provider: &Provider,
    metadata: &Metadata,
    parameters: &[(&str, &str)],
) -> Result<(String, Option<HeaderValue>), Error> {
    let mut form = Serializer::new(String::new());
    // A pushed authorization request has its own `client_id`, whatever the method (RFC 9126 section 2.1).
    form.extend_pairs(parameters.iter().filter(|(name, _)| *name != "client_id"));
    let has_client_id = parameters.iter().any(|(name, _)| *name == "client_id");
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
        ClientAuthMethod::ClientSecretBasic => {
            if has_client_id {
                form.append_pair("client_id", &provider.client_id);
            }
            Some(basic(&provider.client_id, secret))
        }
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
/// password, in base64 (RFC 7617 section 2).
fn basic_credentials(client_id: &str, secret: &str) -> Zeroizing<String> {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let credentials = Zeroizing::new(format!("{}:{}", encode(client_id), encode(secret)));
    Zeroizing::new(STANDARD.encode_to_string(credentials.as_bytes()))
}

fn basic(client_id: &str, secret: &str) -> HeaderValue {
    let credentials = basic_credentials(client_id, secret);
    let header = Zeroizing::new(format!("Basic {}", credentials.as_str()));
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
