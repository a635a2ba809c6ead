//! AES-256-GCM of the crate that huskarl's own cryptography is built on, in the same way. That crate,
//! `huskarl-crypto-native`, would bring a release candidate of `rsa` and other generations of the curves.

use aes_gcm::aead::{AeadInOut as _, KeyInit as _};
use aes_gcm::{Aes256Gcm, Key, Nonce, Tag};
use huskarl_login::core::crypto::cipher::DecryptError;
use huskarl_login::core::crypto::seal::{AeadSealer, AeadUnsealer, SealOutput};
use huskarl_login::core::platform::MaybeSendBoxFuture;
use huskarl_login::core::{Error, RetryAdvice};

/// Nonce, ciphertext and tag. The nonce is always the same: only one session is sealed, and time is measured
/// for opening it.
const NONCE: [u8; 12] = [11; 12];

pub(super) struct Sealer(Box<Aes256Gcm>);

impl Sealer {
    pub(super) fn new() -> Self {
        Self(Box::new(Aes256Gcm::new(&Key::<Aes256Gcm>::from([23; 32]))))
    }

    fn open(&self, bundle: &[u8], aad: &[u8]) -> Option<Vec<u8>> {
        let (nonce, rest) = bundle.split_first_chunk::<12>()?;
        let (ciphertext, tag) = rest.split_last_chunk::<16>()?;
        let mut plaintext = ciphertext.to_vec();
        let (nonce, tag) = (Nonce::from(*nonce), Tag::from(*tag));
        let opened =
            self.0
                .decrypt_inout_detached(&nonce, aad, plaintext.as_mut_slice().into(), &tag);
        opened.ok().map(|()| plaintext)
    }
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sealer").finish_non_exhaustive()
    }
}

impl AeadSealer for Sealer {
    fn seal<'a>(
        &'a self,
        plaintext: &'a [u8],
        aad: &'a [u8],
    ) -> MaybeSendBoxFuture<'a, Result<SealOutput, Error>> {
        let mut ciphertext = plaintext.to_vec();
        let buffer = ciphertext.as_mut_slice().into();
        let tag = self
            .0
            .encrypt_inout_detached(&Nonce::from(NONCE), aad, buffer);
        let tag = tag.expect("a session is short");
        let bundle = [&NONCE, ciphertext.as_slice(), tag.as_slice()].concat();
        Box::pin(async { Ok(SealOutput { bundle, kid: None }) })
    }
}

impl AeadUnsealer for Sealer {
    fn unseal<'a>(
        &'a self,
        bundle: &'a [u8],
        aad: &'a [u8],
        _: Option<&'a str>,
    ) -> MaybeSendBoxFuture<'a, Result<Vec<u8>, DecryptError>> {
        Box::pin(async move {
            let opened = self.open(bundle, aad);
            opened.ok_or_else(|| Error::new(RetryAdvice::No, "the value does not open").into())
        })
    }
}
