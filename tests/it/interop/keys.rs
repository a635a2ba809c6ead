//! Key rotation.

use std::time::Duration;

use tower_oidc_tests::oidc_provider::Rotation;

use super::site::{Site, client, header, sign_in};

/// J-01: whether or not the old keys are still published, and also between our fetch of the keys
/// and the signature.
#[tokio::test]
async fn a_rotation_causes_one_fetch_and_fails_no_sign_in() {
    let settings = [("ID_TTL", "3600")];
    let site = Site::with(&settings, |issuer| client(issuer, "es256"), |auth| auth).await;
    let who = sign_in(&site.browser()).await.json();
    let mut key = header(&who["id_token"], "kid");
    for (when, keep_old) in [
        (Rotation::Now, true),
        (Rotation::Now, false),
        (Rotation::WhenSigning, true),
        (Rotation::WhenSigning, false),
    ] {
        let case = format!("{when:?}, {keep_old}");
        // After this time the keys may be fetched early as often as at first.
        site.clock.advance(Duration::from_secs(30));
        let before = site.provider.requests("/jwks").await;
        site.provider.rotate_keys(when, keep_old).await;

        let who = sign_in(&site.browser()).await.json();

        assert_eq!(who["state"], "Authenticated", "{case}");
        let newer = header(&who["id_token"], "kid");
        assert_ne!(newer, key, "{case}");
        key = newer;
        assert_eq!(site.provider.requests("/jwks").await, before + 1, "{case}");
    }
}
