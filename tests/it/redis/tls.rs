//! Connections over TLS.

use std::fs;
use std::path::PathBuf;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tower_oidc_redis::RedisStore;
use tower_oidc_tests::RedisServer;

use super::{find, works};

struct Files(PathBuf);

impl Drop for Files {
    fn drop(&mut self) {
        // Leftover files are in cargo's directory for temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A server with a certificate for "localhost" of an authority, whose certificate is returned.
async fn server(name: &str) -> (RedisServer, String, Files) {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let certificate = certificate.signed_by(&key, &authority).unwrap();
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let folder = folder.join(format!("redis-tls-{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let (certificate_file, key_file) = (folder.join("certificate.pem"), folder.join("key.pem"));
    fs::write(&certificate_file, certificate.pem()).unwrap();
    fs::write(&key_file, key.serialize_pem()).unwrap();
    let server = RedisServer::with(&[
        ("tls-cert-file", certificate_file.to_str().unwrap()),
        ("tls-key-file", key_file.to_str().unwrap()),
        ("tls-auth-clients", "no"),
    ])
    .await;
    (server, authority.pem(), Files(folder))
}

/// M-09.
#[tokio::test]
async fn a_server_whose_authority_is_trusted_is_used() {
    let (server, authority, _files) = server("trusted").await;
    let url = format!("rediss://localhost:{}", server.port());
    let store = RedisStore::builder(url).certificate_authority(authority);

    works(&store.build().unwrap()).await;
}

/// M-09.
#[tokio::test]
async fn a_server_of_another_authority_or_name_is_refused() {
    let (server, authority, _files) = server("refused").await;
    let stranger = RedisStore::new(format!("rediss://localhost:{}", server.port()));
    let other_name = RedisStore::builder(format!("rediss://127.0.0.1:{}", server.port()));
    let other_name = other_name.certificate_authority(authority).build();

    for store in [stranger, other_name] {
        let text = find(&store.unwrap(), "a").await.unwrap_err().to_string();
        assert!(text.contains("certificate"), "{text}");
    }
}

/// M-09: what the server sends without TLS is not read.
#[tokio::test]
async fn a_server_without_tls_is_refused() {
    let server = RedisServer::start().await;
    let url = format!("rediss://127.0.0.1:{}", server.port());

    assert!(find(&RedisStore::new(url).unwrap(), "a").await.is_err());
}
