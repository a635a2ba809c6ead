//! Secrets that are refused.

use sealed_cookie::{CookieSecret, KeyRing, SecretError};

use crate::support::{OLDER, OLDEST, SECRET};

/// K-20
#[test]
fn a_weak_secret_is_refused_without_repeating_it() {
    let periodic = |part: &str| part.repeat(48)[..48].to_owned();
    for (secret, expected) in [
        (String::new(), SecretError::TooShort { length: 0 }),
        (
            SECRET[..31].to_owned(),
            SecretError::TooShort { length: 31 },
        ),
        (format!("{SECRET}\n"), SecretError::SurroundingWhiteSpace),
        (format!("{SECRET}\r\n"), SecretError::SurroundingWhiteSpace),
        (format!(" {SECRET}"), SecretError::SurroundingWhiteSpace),
        (format!("{SECRET}\t"), SecretError::SurroundingWhiteSpace),
        (periodic("x"), SecretError::Periodic { period: 1 }),
        (periodic("changeme"), SecretError::Periodic { period: 8 }),
        (periodic("secret"), SecretError::Periodic { period: 6 }),
        (
            "abcdeedcbaabcdeaabbccddeeabcdeabdc".to_owned(),
            SecretError::FewDistinctBytes { distinct: 5 },
        ),
        (
            "complex_password_at_least_32_characters_long".to_owned(),
            SecretError::PublicSample,
        ),
        (
            "complex_password_at_least_32_characters_long1".to_owned(),
            SecretError::PublicSample,
        ),
        (
            "uJ63HIPKujP6BrsSj7nbtxVLH5t3vNt8".to_owned(),
            SecretError::PublicSample,
        ),
        (
            "a long, randomly-generated string stored in env".to_owned(),
            SecretError::PublicSample,
        ),
        (
            "use [openssl rand -hex 32] to generate a 32 bytes value".to_owned(),
            SecretError::PublicSample,
        ),
        (
            "pXk0ZJm1nS8wQv3rT6yUeAaBcDfGhIoL".to_owned(),
            SecretError::PublicSample,
        ),
        (
            "q1sSMq7JHJ1fPKGvPDXbkSIbnPkHdZ5CLaE2qTuF0zY9xWf3".to_owned(),
            SecretError::PublicSample,
        ),
        (
            "for-development-only-anybody-can-read-this-secret".to_owned(),
            SecretError::PublicSample,
        ),
        (
            "dev-secret-dev-secret-dev-secret".to_owned(),
            SecretError::PublicSample,
        ),
    ] {
        let error = CookieSecret::new(&secret).unwrap_err();
        assert_eq!(error, expected, "{secret:?}");
        let text = error.to_string();
        assert!(text.contains("openssl rand -base64 48"), "{text}");
        assert!(secret.is_empty() || !text.contains(secret.trim()), "{text}");
    }
}

#[test]
fn secrets_that_just_meet_the_rules_are_accepted() {
    assert!(CookieSecret::new(&SECRET[..32]).is_ok());
    assert!(
        CookieSecret::new("123456789".repeat(4)).is_ok(),
        "a period of 9"
    );
    assert!(
        CookieSecret::new("abcdeffedcbaabcdefaabbccddeeffabcd").is_ok(),
        "6 distinct bytes"
    );
    assert!(
        CookieSecret::new([&[0xff, 0x00, 0x80], SECRET.as_bytes()].concat()).is_ok(),
        "not UTF-8"
    );
}

/// K-20
#[test]
fn a_key_ring_accepts_one_to_eight_different_secrets() {
    let secrets = |texts: &[&str]| {
        texts
            .iter()
            .map(|text| CookieSecret::new(text).unwrap())
            .collect::<Vec<_>>()
    };
    let refusal = |texts: &[&str]| KeyRing::new(secrets(texts)).unwrap_err();
    assert_eq!(refusal(&[]), SecretError::NoSecrets);
    assert_eq!(
        refusal(&[SECRET, OLDER, SECRET]),
        SecretError::Duplicate {
            first: 0,
            second: 2
        }
    );
    assert_eq!(
        refusal(&[SECRET, OLDER, OLDER]),
        SecretError::Duplicate {
            first: 1,
            second: 2
        }
    );

    let many: Vec<_> = (0..9).map(|number| format!("{OLDEST}{number}")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    assert!(KeyRing::new(secrets(&many[..8])).is_ok());
    assert_eq!(refusal(&many), SecretError::TooMany { count: 9 });
}

/// K-20
#[test]
fn the_printed_secret_of_the_worked_example_is_refused() {
    let specification = include_str!("../../FORMAT.md");
    let printed = specification
        .lines()
        .find_map(|line| line.strip_prefix("secret: "))
        .unwrap();

    assert_eq!(
        CookieSecret::new(printed).unwrap_err(),
        SecretError::PublicSample
    );
}
