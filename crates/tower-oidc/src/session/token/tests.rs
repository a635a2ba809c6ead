use super::super::fields::{Buffers, write_fields};
use super::*;

fn stored(text: &str) -> (StoredToken, FieldWriter) {
    let token = StoredToken::new(text);
    let written = write_fields(|writer| token.write(writer));
    (token, written)
}

fn read(buffers: &Buffers) -> Result<StoredToken, Malformed> {
    StoredToken::read(Content::all_of(buffers))
}

fn stored_and_read(text: &str) -> (usize, String) {
    let (_, written) = stored(text);
    let read = read(&Buffers::written(&written)).unwrap();
    let length = written
        .block()
        .len()
        .saturating_add(written.outside().len());
    (length, read.text().to_string())
}

/// A JWT whose signature has the usual length.
fn jwt(header: &str, payload: &str) -> String {
    let encoded = |json: &str| URL_SAFE_NO_PAD.encode_to_string(json);
    format!(
        "{}.{}.{}",
        encoded(header),
        encoded(payload),
        "s".repeat(86)
    )
}

#[test]
fn every_token_comes_back_as_the_same_text() {
    for text in [
        "",
        "a",
        "ab",
        "abc",
        "abcd",
        "tok_-9",
        "has space and ümlaut",
        "1//0gAbC-_d+/=",
        "eyJhbGciOiJub25lIn0.e30.",
        "eyJhbGciOiJub25lIn0.e30.c2ln",
        // Not the encoding of whole bytes: the last character carries stray bits.
        "eyJhbGciOiJub25lIn1.e30.c2ln",
        "a.b",
        ".a",
        "a.",
        "a.b.c.d",
        "header.key.iv.ciphertext.tag",
        "...",
        ".......",
        "........",
    ] {
        assert_eq!(stored_and_read(text).1, text);
    }
    let long = "a".repeat(200) + "." + &"b".repeat(20_000) + "..c";
    assert_eq!(stored_and_read(&long).1, long);
    let jwt = jwt(r#"{"alg":"RS256"}"#, r#"{"sub":"alice"}"#);
    assert_eq!(stored_and_read(&jwt).1, jwt);
}

/// The characters of the first part may be the encoding of a byte, or have stray bits.
#[test]
fn opaque_tokens_with_two_dots_take_the_same_bytes_whatever_their_characters_are() {
    let signature = "s".repeat(43);
    let sizes = ["AA", "AB", "MA", "MB"]
        .map(|part| stored_and_read(&format!("{part}.{part}.{signature}")).0);

    assert_eq!(sizes, [sizes[0]; 4]);
}

#[test]
fn an_opaque_token_is_stored_at_six_bits_a_character() {
    let (size, _) = stored_and_read("C6gn5mSh74ci5juLJJbeKlmeJzmb90IJn5B1MKgi5mg");
    assert_eq!(size, 1 + 33);

    // An encrypted JWT: five segments.
    let encrypted = [
        "h".repeat(40),
        String::new(),
        "i".repeat(16),
        "c".repeat(400),
        "t".repeat(22),
    ];
    let (size, _) = stored_and_read(&encrypted.join("."));
    assert_eq!(size, 1 + 5 + (40 + 16 + 400 + 22) * 6 / 8 + 1);
}

#[test]
fn header_and_payload_of_a_signed_token_are_compressed_and_its_signature_is_not() {
    let (token, written) = stored(&jwt(r#"{"alg":"RS256"}"#, r#"{"sub":"alice"}"#));

    assert_eq!(token.payload().unwrap(), r#"{"sub":"alice"}"#);
    assert_eq!(written.outside().len(), 86 * 6 / 8 + 1);
    assert!(written.block().ends_with(br#"{"sub":"alice"}"#));
}

#[test]
fn a_token_that_may_be_a_secret_never_meets_the_compressor() {
    let harmless = jwt("{}", r#"{"sub":"alice"}"#);
    for text in [
        "C6gn5mSh74ci5juLJJbeKlmeJzmb90IJn5B1MKgi5mg",
        "any text",
        "a.b.c.d.e",
        // Without a signature, the payload is all that makes it hard to guess.
        &harmless[..harmless.len() - 86],
        &harmless[..harmless.len() - 86 + 42],
        &jwt("{}", r#"{"sub":"alice","google_access_token":"ya29"}"#),
        &jwt(r#"{"secret":1}"#, "{}"),
        &jwt("{}", "no JSON"),
    ] {
        let (_, written) = stored(text);
        let lengths = written.block().len();
        assert!(lengths <= 8, "{text}: {lengths}");
        assert_eq!(stored_and_read(text).1, *text);
    }
    assert!(
        stored(&harmless[..harmless.len() - 86 + 43])
            .1
            .block()
            .len()
            > 5
    );
}

#[test]
fn malformed_stored_tokens_are_refused() {
    let one_fewer = |form| form | ONE_FEWER;
    let cases: [(&[u8], &[u8]); 15] = [
        (&[], &[]),
        (&[9], &[]),
        (&[TEXT], &[0xff]),
        (&[TEXT, 1], b"a"),
        (&[one_fewer(TEXT)], b"a"),
        (&[PACKED, 0], &[1, 2, 3]),
        (&[one_fewer(PACKED)], &[]),
        // One character fewer would need a byte less.
        (&[one_fewer(PACKED)], &[1, 2]),
        (&[JWT], &[1, 2, 3]),
        (&[JWT, 3, 0], &[1, 2, 3]),
        (&[one_fewer(JWT), 0], &[]),
        (&[JWT_OUTSIDE, 1, 3], &[1, 2, 3]),
        (&[JWT_OUTSIDE, 1, 1, 0], &[1, 2, 3]),
        (&[SEGMENTS, 3], &[1, 2]),
        (&[SEGMENTS, 0x80], &[]),
    ];
    for (block, outside) in cases {
        let read = read(&Buffers::of(block, outside));
        assert!(read.is_err(), "{block:?} {outside:?}");
    }
}
