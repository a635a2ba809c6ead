//! The vectors that an independent implementation wrote from SESSION.md: what is read from each plaintext.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::*;
use crate::session::access_token::StoredAccessToken;
use crate::session::after_refusal::AfterRefusal;
use crate::session::body::Identity;
use crate::session::fields::write_fields;
use crate::session::token::StoredToken;
use crate::session::unknown_fields::UnknownFields;

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

    fn find(&self, key: &str) -> Option<String> {
        let mut lines = self.lines.iter();
        let line = lines.find(|(other, _)| other == key);
        line.map(|(_, value)| value.clone())
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
        replayed, 75,
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

/// Each value that is read is in the vector, and each value in the vector is read.
fn is_read(vector: &Vector) {
    let name = &vector.name;
    let session = Session::decode(vector.plaintext());
    let session = session.unwrap_or_else(|error| panic!("{name}: {error:?}"));
    is_the_frame_of_all(&session.frame);
    let mut read = values_of_claims(&session);
    read.extend(values_of_fields(&session.body));
    read.sort();
    let mut expected = vector.lines.clone();
    expected.retain(|(key, _)| key != "plaintext");
    // The order of access tokens is part of what is read.
    let is_access_token = |(key, _): &&(String, String)| key == "access-token";
    let tokens = |lines: &[(String, String)]| -> Vec<Value> {
        let tokens = lines.iter().filter(is_access_token);
        tokens.map(|(_, token)| token.parse().unwrap()).collect()
    };
    let access_tokens = session.body.access_tokens.iter();
    let access_tokens: Vec<_> = access_tokens.map(described).collect();
    assert_eq!(access_tokens, tokens(&expected), "{name}");
    expected.retain(|line| !is_access_token(&line));
    expected.sort();
    assert_eq!(read, expected, "{name}");
}

fn values_of_claims(session: &Session) -> Vec<(String, String)> {
    let claims = session.claims().unwrap();
    let ranges = session.identity_ranges.as_ref().map(|ranges| {
        let (iss, sub) = (ranges.iss(), ranges.sub());
        format!("{} {} {} {}", iss.start, iss.len(), sub.start, sub.len())
    });
    let identity = session.body.identity.claims().unwrap();
    present([
        ("claims", text(Some(identity))),
        ("sub", Some(claims.sub().to_owned())),
        ("iss", Some(claims.iss().to_owned())),
        ("ranges", ranges),
    ])
}

fn values_of_fields(body: &Body) -> Vec<(String, String)> {
    // Without `..`, so that a new field has to be compared too.
    let Body {
        identity,
        refresh_token,
        access_tokens: _,
        scope,
        user_info,
        added,
        data,
        refreshed_at,
        after_refusal,
        authentication,
        id_token_hint,
        provider_key,
        sid,
        unknown,
    } = body;
    let token = |token: &StoredToken| token.text().to_string();
    let id_token = match identity {
        Identity::IdToken(id_token) => Some(token(id_token)),
        Identity::Claims(_) => None,
    };
    let seconds = |time: UnixMillis| time.seconds().to_string();
    present([
        ("id-token", id_token),
        ("refresh-token", refresh_token.as_ref().map(token)),
        ("scopes", text(scope.as_ref())),
        ("additional-claims", text(user_info.as_ref())),
        ("added", text(added.as_ref())),
        ("data", text(data.as_ref())),
        ("refreshed-at", refreshed_at.map(seconds)),
        ("follows-refusal", after_refusal.map(followed)),
        ("auth-time", authentication.time.map(seconds)),
        ("acr", text(authentication.acr.as_ref())),
        ("id-token-hint", id_token_hint.as_ref().map(token)),
        (
            "provider-key",
            provider_key.as_ref().map(|key| key.as_str().to_owned()),
        ),
        ("sid", text(sid.as_ref())),
        ("copied", copied(unknown)),
    ])
}

fn followed(refusal: AfterRefusal) -> String {
    match refusal {
        AfterRefusal::Refused => "yes".to_owned(),
        AfterRefusal::Demanded { demands, in_a_row } => {
            let [a, b, c, d] = demands;
            format!("{in_a_row} {a:02x}{b:02x}{c:02x}{d:02x}")
        }
    }
}

/// The values of an access token as a JSON object.
fn described(token: &StoredAccessToken) -> Value {
    let mut described = serde_json::Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        described.extend(value.map(|value| (name.to_owned(), value)));
    };
    put("token", Some(token.token.text().as_str().into()));
    let expires_at = token.expires_at.map(UnixMillis::seconds);
    put("expires_at", expires_at.map(Value::from));
    put("lifetime", token.life.map(|life| life.as_secs().into()));
    put("resource", token.target.resource.clone().map(Value::from));
    put(
        "organization",
        token.target.organization.clone().map(Value::from),
    );
    put("scopes", text(token.scope.as_ref()).map(Value::from));
    put("copied", copied(&token.unknown).map(Value::from));
    Value::Object(described)
}

/// The unknown fields as they are written again: what is in the block, and what is outside, in hexadecimal.
fn copied(unknown: &UnknownFields) -> Option<String> {
    let written = write_fields(|writer| unknown.write(writer));
    let hex = |bytes: &[u8]| -> String { bytes.iter().map(|byte| format!("{byte:02x}")).collect() };
    let copied = format!("{} | {}", hex(written.block()), hex(written.outside()));
    (!unknown.is_empty()).then_some(copied)
}

fn text(bytes: Option<&Bytes>) -> Option<String> {
    bytes.map(|bytes| str::from_utf8(bytes).unwrap().to_owned())
}

fn present<const N: usize>(values: [(&str, Option<String>); N]) -> Vec<(String, String)> {
    let values = values.into_iter();
    let present = values.filter_map(|(key, value)| Some((key.to_owned(), value?)));
    present.collect()
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
