//! `client_secret_basic`: the secret in the `Authorization` header (RFC 6749 section 2.3.1).

use base64_simd::STANDARD;
use http::HeaderValue;
use url::form_urlencoded;
use zeroize::Zeroizing;

use super::client::AuthenticatedClient;
use super::method::{Method, Proof, Proving};
use crate::provider::Provider;
use crate::secret::Secret;

pub(super) struct ClientSecretBasic;

impl Method for ClientSecretBasic {
    fn credentials(&self) -> &'static [&'static str] {
        &["client_secret"]
    }

    fn is_configured(&self, provider: &Provider) -> bool {
        provider.has_client_secret()
    }

    fn prove<'a>(&'a self, client: AuthenticatedClient<'a>) -> Proving<'a> {
        Box::pin(async move {
            let secret = client.secret().await?;
            let credentials = encoded(&client.provider.client_id, secret.expose());
            let proof = Proof::header(header(&credentials));
            Ok(proof
                .secret(secret)
                .secret(Secret::new(credentials.as_str().to_owned())))
        })
    }
}

/// RFC 6749 section 2.3.1: both parts are form-urlencoded before they become a user name and a
/// password, in base64 (RFC 7617 section 2).
fn encoded(client_id: &str, secret: &str) -> Zeroizing<String> {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let secret = Zeroizing::new(encode(secret));
    let credentials = Zeroizing::new(format!("{}:{}", encode(client_id), secret.as_str()));
    Zeroizing::new(STANDARD.encode_to_string(credentials.as_bytes()))
}

fn header(credentials: &str) -> HeaderValue {
    let header = Zeroizing::new(format!("Basic {credentials}"));
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
        let header = header(&encoded("app id", "s3cr+t/%"));
        let encoded = header.to_str().unwrap().strip_prefix("Basic ").unwrap();
        let decoded = STANDARD.decode_to_vec(encoded).unwrap();
        assert_eq!(String::from_utf8(decoded).unwrap(), "app+id:s3cr%2Bt%2F%25");
        assert!(header.is_sensitive());
    }
}
