//! Issuers with a path, and issuers whose certificate is from a private authority.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tower_oidc_tests::app::{App, url};

use super::site::{Site, USER, client, sign_in};

#[tokio::test]
async fn an_issuer_with_a_path_signs_in_and_out() {
    let settings = [("ISSUER_PATH", "/tenant/one")];
    let site = Site::with(&settings, |issuer| client(issuer, "basic"), |auth| auth).await;
    assert!(site.provider.issuer().ends_with("/tenant/one"));
    let browser = site.browser();

    let who = sign_in(&browser).await.json();

    assert_eq!(who["state"], "Authenticated");
    assert_eq!(who["claims"]["iss"], site.provider.issuer());
    let page = browser.open(&url("/auth/sign-out")).await;
    let page = page.press("Sign out").await.press("Yes, sign me out").await;
    assert_eq!(page.text(), "nobody");
}

/// A certificate authority that no other system trusts.
fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut parameters = CertificateParams::new([]).expect("no names");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(parameters, KeyPair::generate().expect("a key")).expect("a CA")
}

/// Certificate and key for a server of this name, in PEM.
fn certificate(authority: &CertifiedIssuer<'_, KeyPair>, name: &str) -> (String, String) {
    let key = KeyPair::generate().expect("a key");
    let parameters = CertificateParams::new([name.to_owned()]).expect("a name");
    let certificate = parameters
        .signed_by(&key, authority)
        .expect("a certificate");
    (certificate.pem(), key.serialize_pem())
}

#[tokio::test]
async fn a_private_certificate_authority_is_trusted_once_it_is_configured() {
    let authority = authority();
    let (certificate, key) = certificate(&authority, "localhost");
    let settings = [("TLS_CERT", &*certificate), ("TLS_KEY", &*key)];
    let site = Site::with(
        &settings,
        |issuer| client(issuer, "basic"),
        |auth| auth.root_certificates_pem(authority.pem()),
    )
    .await;
    assert!(site.provider.issuer().starts_with("https://localhost:"));

    let who = sign_in(&site.browser()).await.json();

    assert_eq!(who["claims"]["iss"], site.provider.issuer());
    assert_eq!(who["claims"]["sub"], USER);
}

/// T-01: neither an unknown authority nor a certificate for another name is accepted.
#[tokio::test]
async fn an_untrusted_certificate_fails_the_sign_in() {
    let ours = authority();
    for (signer, name) in [(&authority(), "localhost"), (&ours, "other.example")] {
        let (certificate, key) = certificate(signer, name);
        let settings = [("TLS_CERT", &*certificate), ("TLS_KEY", &*key)];
        let site = Site::with(
            &settings,
            |issuer| client(issuer, "basic"),
            |auth| auth.root_certificates_pem(ours.pem()),
        )
        .await;
        let browser = site.browser();

        let page = browser.open(&url("/auth/sign-in")).await;

        assert_eq!(page.status(), 502, "{name}");
        assert!(App::cookies(&browser).is_empty(), "{name}");
        assert_eq!(
            site.provider
                .requests("/.well-known/openid-configuration")
                .await,
            0,
            "{name}"
        );
    }
}
