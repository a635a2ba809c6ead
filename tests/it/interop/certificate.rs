//! An HTTP client whose connection has a client certificate, as the provider hears of it from a proxy at which
//! TLS ends.

use base64_simd::STANDARD;
use bytes::Bytes;
use http::{Request, Response};
use rcgen::{CertificateParams, DnType, KeyPair};
use relying_party::{BoxFuture, HttpClient, HyperClient, TransportError};

#[derive(Debug)]
pub(super) struct WithCertificate {
    client: HyperClient,
    certificate: String,
}

impl WithCertificate {
    /// With a new certificate of this subject.
    pub(super) fn of(common_name: &str) -> Self {
        let mut parameters = CertificateParams::new([]).expect("no names");
        parameters.distinguished_name = rcgen::DistinguishedName::new();
        let name = &mut parameters.distinguished_name;
        name.push(DnType::CommonName, common_name);
        let key = KeyPair::generate().expect("a key");
        let certificate = parameters.self_signed(&key).expect("a certificate");
        Self {
            client: HyperClient::new(),
            certificate: STANDARD.encode_to_string(certificate.der()),
        }
    }
}

impl HttpClient for WithCertificate {
    fn call(
        &self,
        mut request: Request<Bytes>,
    ) -> BoxFuture<Result<Response<Bytes>, TransportError>> {
        let headers = request.headers_mut();
        let certificate = self.certificate.parse().expect("base64");
        headers.insert("x-client-certificate", certificate);
        headers.insert("x-client-verify", "SUCCESS".parse().expect("a word"));
        self.client.call(request)
    }
}
