//! The part of a session that may be compressed: headers and payloads of its JWTs, and metadata that is no
//! secret. Signatures and opaque tokens stay out: a compressor gains nothing on them, and its output's length
//! would depend on them.

use crate::fixture::Fixture;

/// The block, each part after the length that a reader needs.
pub(super) fn of(fixture: &Fixture) -> Vec<u8> {
    let mut block = Vec::new();
    match fixture.id_token.as_str() {
        "" => push(&mut block, fixture.claims.to_string().as_bytes()),
        id_token => push_jwt(&mut block, id_token),
    }
    push_jwt(&mut block, &fixture.access_token);
    push_jwt(&mut block, &fixture.refresh_token);
    push(&mut block, fixture.scope.as_bytes());
    for (resource, it) in &fixture.access_tokens {
        push(&mut block, resource.as_bytes());
        push_jwt(&mut block, &it.token);
    }
    block
}

/// Header and payload, if this is a JWT.
fn push_jwt(block: &mut Vec<u8>, token: &str) {
    let parts: Vec<_> = token.split('.').collect();
    let [header, payload, _] = parts[..] else {
        return;
    };
    let decode = |part: &str| base64_simd::URL_SAFE_NO_PAD.decode_to_vec(part);
    if let (Ok(header), Ok(payload)) = (decode(header), decode(payload)) {
        push(block, &header);
        push(block, &payload);
    }
}

fn push(block: &mut Vec<u8>, part: &[u8]) {
    let length = u16::try_from(part.len()).expect("a part is short");
    block.extend(length.to_be_bytes());
    block.extend(part);
}
