//! The test vectors of `tests/vectors`, which an independent implementation wrote.

use std::fs;
use std::path::Path;

use sealed_cookie::{
    CookieAttributes, CookieName, CookieSecret, KeyRing, Prefix, Purpose, SealedCookie,
    SealedCookieSet, Sealer,
};

use crate::support::entropy::Repeating;
use crate::support::fields::{Fields, from_hex, to_hex};
use crate::support::{outcome, request};

/// K-08
#[test]
fn every_vector_has_its_outcome() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let mut replayed = 0;
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let fields = || Fields::read(&path);
        match name.split_once('_').map(|(kind, _)| kind) {
            Some("blob") => replay_blob(name, &fields()),
            Some("chunk") => replay_chunks(name, &fields()),
            Some("id") => replay_id(name, &fields()),
            _ => continue,
        }
        replayed += 1;
    }
    assert_eq!(
        replayed, 75,
        "a vector is missing, or this number was not raised"
    );
}

fn replay_blob(name: &str, vector: &Fields) {
    let sealer = sealer(vector);
    let extra = vector.find("extra").map(from_hex).unwrap_or_default();
    let text = vector.one("text");
    let outcome = match sealer.open(text.as_bytes(), &extra) {
        Ok(opened) if opened.needs_reseal() => {
            ("opens-and-needs-reseal", to_hex(opened.plaintext()))
        }
        Ok(opened) => ("opens", to_hex(opened.plaintext())),
        Err(error) => ("fails", error.kind().as_str().to_owned()),
    };
    assert_eq!(
        outcome,
        (outcome.0, vector.one(outcome.0).to_owned()),
        "{name}"
    );

    if let Some(random) = vector.find("random") {
        let entropy = Repeating(from_hex(random).try_into().unwrap());
        let sealed = sealer
            .seal(&vector.bytes("opens"), &extra, &entropy)
            .unwrap();
        assert_eq!(sealed, text, "{name}");
    }
}

fn replay_chunks(name: &str, vector: &Fields) {
    let cookie_name = CookieName::new(Prefix::None, vector.one("name")).unwrap();
    let cookie =
        SealedCookie::new(cookie_name, CookieAttributes::new(false), sealer(vector), 9).unwrap();
    let cookies = vector.all("cookie");
    let received = cookie.receive(&request([cookies.join("; ")])).unwrap();
    let outcomes: Vec<_> = cookie.open(&received).map(outcome).collect();
    let expected: Vec<_> = vector
        .iter()
        .filter_map(|(key, value)| match key {
            "opens" => Some(Ok(from_hex(value))),
            "opens-repeated" => Some(Ok(repeated(value))),
            "fails" => Some(Err(value)),
            _ => None,
        })
        .collect();
    let outcomes: Vec<_> = outcomes
        .iter()
        .map(|outcome| outcome.clone().map_err(|kind| kind.as_str()))
        .collect();
    assert!(
        outcomes == expected,
        "{name}: {:?}",
        outcomes
            .iter()
            .map(|outcome| outcome.is_ok())
            .collect::<Vec<_>>()
    );

    if let Some(random) = vector.find("random") {
        let entropy = Repeating(from_hex(random).try_into().unwrap());
        let plaintext = expected.into_iter().next().unwrap().unwrap();
        let written = cookie.seal(&plaintext, None, None, &entropy).unwrap();
        let written: Vec<_> = written
            .iter()
            .map(|field| field.to_str().unwrap().split_once(';').unwrap().0)
            .collect();
        assert_eq!(written, cookies, "{name}");
    }
}

fn replay_id(name: &str, vector: &Fields) {
    let cookie_name = CookieName::new(Prefix::None, vector.one("name")).unwrap();
    let attributes = CookieAttributes::new(false);
    let set = SealedCookieSet::new(cookie_name, attributes, sealer(vector)).unwrap();
    let headers = request([vector.all("cookie").join("; ")]);
    let wanted: [u8; 16] = vector.bytes("wanted").try_into().unwrap();

    let received = set.receive(&headers, Some(&wanted));
    let found = set.find(&received, &wanted).map(outcome);
    let expected = vector.iter().find_map(|(key, value)| match key {
        "opens" => Some(Some(Ok(from_hex(value)))),
        "opens-repeated" => Some(Some(Ok(repeated(value)))),
        "fails" => Some(Some(Err(value))),
        "absent" => Some(None),
        _ => None,
    });
    let found = found.map(|found| found.map_err(|kind| kind.as_str()));
    assert_eq!(Some(found), expected, "{name}");

    let received = set.receive(&headers, None);
    let listed: Vec<_> = received.ids().map(Vec::from).collect();
    let expected: Vec<_> = vector.all("listed").into_iter().map(from_hex).collect();
    assert_eq!(listed, expected, "{name}");
}

fn sealer(vector: &Fields) -> Sealer {
    let secrets = vector
        .all("secret")
        .into_iter()
        .map(|secret| CookieSecret::new(secret).unwrap());
    let purpose = match vector.one("purpose") {
        "session" => Purpose::SESSION,
        "txn" => Purpose::TRANSACTION,
        "logout" => Purpose::LOGOUT,
        other => panic!("unknown purpose {other}"),
    };
    let contexts: Vec<_> = vector
        .all("context")
        .into_iter()
        .map(str::as_bytes)
        .collect();
    KeyRing::new(secrets).unwrap().sealer(purpose, &contexts)
}

fn repeated(value: &str) -> Vec<u8> {
    let (count, part) = value.split_once(' ').unwrap();
    from_hex(part).repeat(count.parse().unwrap())
}
