//! The settings for the verification of ID tokens.

use std::time::Duration;

use crate::config_error::ConfigError;
use crate::provider::{CriticalHeader, Provider};
use crate::secret::Secret;

const MAX_LEEWAY: Duration = Duration::from_secs(300);
const MAX_ACCEPTED_ISSUERS: usize = 16;

pub(super) fn check(provider: &Provider) -> Result<(), ConfigError> {
    let refused = |setting, rule, remedy| Err(ConfigError::new(setting, rule, remedy));
    if provider.leeway > MAX_LEEWAY {
        return refused(
            "leeway",
            "must be at most 5 minutes",
            "correct the clocks instead",
        );
    }
    if provider.algorithms.as_ref().is_some_and(Vec::is_empty) {
        return refused(
            "algorithms",
            "must not be empty",
            "name the algorithms, or do not set it",
        );
    }
    check_secret(provider)?;
    if provider.accepted_issuers.iter().any(String::is_empty) {
        return refused(
            "accepted_issuers",
            "must not contain an empty value",
            "copy each value from the `iss` of an ID token",
        );
    }
    if provider.accepted_issuers.len() > MAX_ACCEPTED_ISSUERS {
        return refused(
            "accepted_issuers",
            "must be at most 16",
            "list only those that this provider writes into ID tokens for this client",
        );
    }
    check_users(provider)?;
    if !provider.id_token_type.as_deref().is_none_or(is_media_type) {
        return refused(
            "id_token_type",
            "must be a media type, with or without `application/`",
            "copy `typ` from the header of an ID token, such as `JWT`",
        );
    }
    if provider.max_token_age.is_some_and(|age| age.as_secs() == 0) {
        return refused(
            "max_token_age",
            "must be at least one second",
            "do not set it if tokens of any age are to be accepted",
        );
    }
    CriticalHeader::check_all(&provider.critical_headers)
}

/// Checks the settings about who may sign in.
fn check_users(provider: &Provider) -> Result<(), ConfigError> {
    let refused = |setting, rule, remedy| Err(ConfigError::new(setting, rule, remedy));
    let subject = provider.expected_subject.as_deref();
    if subject.is_some_and(str::is_empty) {
        return refused(
            "expected_subject",
            "must not be empty",
            "copy the user's `sub` from an ID token, or do not set it",
        );
    }
    if !provider.hosted_domain.as_deref().is_none_or(is_domain) {
        return refused(
            "hosted_domain",
            "must be one domain, such as `example.com`",
            "give the primary domain of the organization, without `@` or `https://`; `*` is no domain",
        );
    }
    Ok(())
}

/// RFC 7518 section 3.2: a shorter key is weaker than the hash.
fn check_secret(provider: &Provider) -> Result<(), ConfigError> {
    let algorithms = provider.algorithms.iter().flatten();
    let needed = algorithms.filter_map(|algorithm| algorithm.min_secret_bytes());
    let Some(needed) = needed.max() else {
        return Ok(());
    };
    let secret = provider.client_secret.as_ref().map_or("", Secret::expose);
    if secret.len() >= needed {
        return Ok(());
    }
    Err(ConfigError::new(
        "algorithms",
        "with HS256, HS384 or HS512 need a `client_secret` of at least 32, 48 or 64 bytes",
        "have the provider sign with RS256 or ES256, or have it issue a longer secret",
    ))
}

/// Organizations may have domains with letters of any script.
fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        let is_allowed = |it: char| it.is_alphanumeric() || it == '-';
        !label.is_empty() && label.chars().all(is_allowed)
    };
    text.contains('.') && text.split('.').all(is_label)
}

/// RFC 6838 section 4.2, where the first part may be absent.
fn is_media_type(text: &str) -> bool {
    let is_name = |name: &str| {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte);
        name.starts_with(|first: char| first.is_ascii_alphanumeric())
            && name.bytes().all(is_allowed)
    };
    match text.split_once('/') {
        Some((kind, subtype)) => is_name(kind) && is_name(subtype),
        None => is_name(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::SigningAlgorithm;
    use crate::provider::settings::tests::{fault, provider};

    #[test]
    fn an_accepted_issuer_need_not_be_a_url_and_may_be_listed_twice() {
        let issuer = "https://op.example/oidc";
        let accepted = provider().accepted_issuers(["op.example", issuer, "https://b.example"]);
        assert_eq!(fault(accepted.clone()), "");
        for (iss, expected) in [
            (issuer, true),
            ("op.example", true),
            ("https://b.example", true),
            ("https://b.example/", false),
            ("OP.example", false),
            ("", false),
        ] {
            assert_eq!(accepted.accepts_issuer(iss), expected, "{iss}");
        }
    }

    #[test]
    fn at_most_sixteen_issuers_are_accepted() {
        let numbered = |count: usize| {
            let issuers = (0..count).map(|number| format!("https://{number}.example"));
            fault(provider().accepted_issuers(issuers))
        };
        assert_eq!(numbered(16), "");
        assert_eq!(numbered(17), "accepted_issuers");
        assert_eq!(fault(provider().accepted_issuers([""])), "accepted_issuers");
    }

    #[test]
    fn an_hmac_needs_a_secret_as_long_as_its_hash() {
        use SigningAlgorithm::{Es256, Hs256, Hs384, Hs512};
        for (algorithms, bytes) in [
            (&[Hs256][..], 32),
            (&[Hs384], 48),
            (&[Hs512], 64),
            (&[Es256, Hs384, Hs256], 48),
        ] {
            let fault = |secret: usize| {
                let algorithms = algorithms.iter().copied();
                let provider = provider().algorithms(algorithms);
                fault(match secret {
                    0 => provider,
                    bytes => provider.client_secret("s".repeat(bytes)),
                })
            };
            for (secret, expected) in [(bytes, ""), (bytes - 1, "algorithms"), (0, "algorithms")] {
                assert_eq!(fault(secret), expected, "{algorithms:?} {secret}");
            }
        }
        assert_eq!(fault(provider().algorithms([Es256])), "");
    }

    #[test]
    fn the_type_of_id_tokens_is_a_media_type() {
        for typ in [
            "JWT",
            "application/vnd.example.id+jwt",
            "id_token+jwt",
            "a/b",
        ] {
            assert_eq!(fault(provider().id_token_type(typ)), "", "{typ}");
        }
        for typ in [
            "",
            "/",
            "application/",
            "/jwt",
            "a/b/c",
            "a b",
            "a;b",
            "\u{fc}",
            ".a",
        ] {
            assert_eq!(
                fault(provider().id_token_type(typ)),
                "id_token_type",
                "{typ}"
            );
        }
    }

    #[test]
    fn a_hosted_domain_is_one_domain() {
        for domain in [
            "example.com",
            "EXAMPLE.com",
            "a.b-c.example",
            "b\u{fc}cher.example",
        ] {
            assert_eq!(fault(provider().hosted_domain(domain)), "", "{domain}");
        }
        for domain in [
            "",
            "*",
            "*.example.com",
            "example",
            "@example.com",
            "alice@example.com",
            "https://example.com",
            "example.com.",
            "example.com,example.org",
            "example.com example.org",
        ] {
            let fault = fault(provider().hosted_domain(domain));
            assert_eq!(fault, "hosted_domain", "{domain}");
        }
    }

    #[test]
    fn an_empty_subject_and_an_age_below_a_second_are_refused() {
        assert_eq!(fault(provider().expected_subject("")), "expected_subject");
        assert_eq!(fault(provider().expected_subject("alice")), "");
        for (age, expected) in [
            (Duration::ZERO, "max_token_age"),
            (Duration::from_millis(999), "max_token_age"),
            (Duration::from_secs(1), ""),
            (Duration::MAX, ""),
        ] {
            assert_eq!(fault(provider().max_token_age(age)), expected, "{age:?}");
        }
    }
}
