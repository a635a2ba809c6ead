//! The vectors that an independent implementation wrote from SESSION.md: what is read from each plaintext.

use std::path::Path;
use std::time::Duration;

use super::*;
use crate::session::token::StoredToken;

/// The lines of a vector: keys and values.
struct Vector {
    name: String,
    lines: Vec<(String, String)>,
}

impl Vector {
    fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let pair = |line: &str| {
            let (key, value) = line.split_once(": ").unwrap();
            (key.to_owned(), value.to_owned())
        };
        Self {
            name: path.file_stem().unwrap().to_string_lossy().into_owned(),
            lines: lines.map(pair).collect(),
        }
    }

    fn all(&self, key: &str) -> Vec<String> {
        let of_key = self.lines.iter().filter(|(other, _)| other == key);
        of_key.map(|(_, value)| value.clone()).collect()
    }

    fn find(&self, key: &str) -> Option<String> {
        self.all(key).pop()
    }

    fn plaintext(&self) -> Bytes {
        let hex = self.find("plaintext").unwrap();
        let (pairs, []) = hex.as_bytes().as_chunks::<2>() else {
            panic!("half a byte");
        };
        let byte = |pair: &[u8; 2]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
        pairs.iter().map(byte).collect()
    }
}

#[test]
fn every_vector_is_read_as_it_says() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/session/vectors");
    let mut replayed = 0;
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|it| it != "txt") {
            continue;
        }
        let vector = Vector::read(&path);
        match vector.find("refused") {
            Some(reason) => is_refused(&vector, &reason),
            None => is_read(&vector),
        }
        replayed += 1;
    }
    assert_eq!(
        replayed, 43,
        "a vector is missing, or this number was not raised"
    );
}

fn is_refused(vector: &Vector, reason: &str) {
    let error = Session::decode(vector.plaintext()).err();
    let error = error.unwrap_or_else(|| panic!("{} is read", vector.name));
    let expected = match error {
        FrameError::UnknownSchema | FrameError::UnknownCriticalField => "unknown_version",
        FrameError::Malformed => "malformed",
    };
    assert_eq!(reason, expected, "{}", vector.name);
}

fn is_read(vector: &Vector) {
    let name = &vector.name;
    let session = Session::decode(vector.plaintext());
    let session = session.unwrap_or_else(|error| panic!("{name}: {error:?}"));
    is_the_frame_of_all(&session.frame);
    let token = |token: &StoredToken| token.text().to_string();
    let body = &session.body;
    let id_token = session.id_token().map(|text| text.to_string());
    assert_eq!(id_token, vector.find("id-token"), "{name}");
    let claims = session.claims().unwrap();
    assert_eq!(
        Some(claims.as_json()),
        vector.find("claims").as_deref(),
        "{name}"
    );
    assert_eq!(Some(claims.sub()), vector.find("sub").as_deref(), "{name}");
    assert_eq!(
        claims.iss(),
        vector.find("iss").unwrap_or_default().trim(),
        "{name}"
    );
    let refresh_token = body.refresh_token.as_ref().map(token);
    assert_eq!(refresh_token, vector.find("refresh-token"), "{name}");
    let access_tokens: Vec<_> = body
        .access_tokens
        .iter()
        .map(|it| token(&it.token))
        .collect();
    assert_eq!(access_tokens, vector.all("access-token"), "{name}");
    let data = body
        .data
        .as_deref()
        .map(|data| String::from_utf8_lossy(data).into_owned());
    assert_eq!(data, vector.find("data"), "{name}");
}

fn is_the_frame_of_all(frame: &Frame) {
    let created_at = UnixMillis(1_795_000_000_123);
    assert_eq!(
        frame.session_id.0,
        std::array::from_fn(|at| u8::try_from(at).unwrap())
    );
    assert_eq!(&frame.provider.0, b"PQRSTUVW");
    assert_eq!(frame.generation, 3);
    assert_eq!(frame.created_at, created_at);
    assert_eq!(
        frame.sealed_at,
        created_at.plus(Duration::from_millis(900_333))
    );
    assert_eq!(frame.not_after.seconds(), 1_795_000_000 + 604_800);
    assert_eq!(frame.id_token_issued_at, 1_795_000_000 - 7);
}
