//! Settings that browsers refuse.

use sealed_cookie::{
    ConfigError, CookieAttributes, CookieName, Prefix, SameSite, SealedCookie, SealedCookieSet,
};

use crate::support::{SECRET, sealer};

/// C-17
#[test]
fn attributes_that_browsers_refuse_are_refused() {
    let secure = || CookieAttributes::new(true);
    let insecure = || CookieAttributes::new(false);
    for (prefix, attributes, expected) in [
        (Prefix::Host, insecure(), ConfigError::PrefixNeedsSecure),
        (Prefix::HostHttp, insecure(), ConfigError::PrefixNeedsSecure),
        (
            Prefix::HostHttp,
            secure().domain("shop.example"),
            ConfigError::HostPrefixForbidsDomain,
        ),
        (
            Prefix::HostHttp,
            secure().path("/app"),
            ConfigError::HostPrefixNeedsRootPath,
        ),
        (Prefix::Secure, insecure(), ConfigError::PrefixNeedsSecure),
        (
            Prefix::Host,
            secure().domain("shop.example"),
            ConfigError::HostPrefixForbidsDomain,
        ),
        (
            Prefix::Host,
            secure().path("/app"),
            ConfigError::HostPrefixNeedsRootPath,
        ),
        (
            Prefix::None,
            insecure().same_site(SameSite::None),
            ConfigError::SameSiteNoneNeedsSecure,
        ),
        (
            Prefix::None,
            insecure().partitioned(true),
            ConfigError::PartitionedNeedsSecure,
        ),
    ] {
        let name = CookieName::new(prefix, "auth").unwrap();
        let set = SealedCookieSet::new(name.clone(), attributes.clone(), sealer(&[SECRET]));
        assert_eq!(set.unwrap_err(), expected);
        let cookie = SealedCookie::new(name, attributes, sealer(&[SECRET]), 4);
        assert_eq!(cookie.unwrap_err(), expected);
    }
}

/// C-17
#[test]
fn attributes_that_browsers_accept_are_accepted() {
    for (prefix, attributes) in [
        (Prefix::None, CookieAttributes::new(false)),
        (
            Prefix::None,
            CookieAttributes::new(false)
                .domain("shop.example")
                .path("/app"),
        ),
        (
            Prefix::Secure,
            CookieAttributes::new(true)
                .domain("shop.example")
                .path("/app"),
        ),
        (
            Prefix::Host,
            CookieAttributes::new(true)
                .same_site(SameSite::None)
                .partitioned(true),
        ),
        (
            Prefix::Host,
            CookieAttributes::new(true).same_site(SameSite::Strict),
        ),
        (Prefix::HostHttp, CookieAttributes::new(true)),
    ] {
        assert!(configure(prefix, "auth", attributes, 4).is_ok());
    }
}

/// C-17
#[test]
fn domains_and_paths_cannot_carry_another_attribute() {
    for domain in [
        "",
        ".shop.example",
        "shop.example; HttpOnly",
        "shop example",
        "shop..example",
        "sh\u{f6}p.example",
        "a\r\nb",
    ] {
        let attributes = CookieAttributes::new(true).domain(domain);
        let error = configure(Prefix::Secure, "auth", attributes, 4).unwrap_err();
        assert_eq!(
            error,
            ConfigError::Domain {
                domain: domain.to_owned()
            }
        );
    }
    let long = format!("/{}", "x".repeat(1024));
    for path in [
        "",
        "app",
        "/app; Domain=evil.example",
        "/a\r\nb",
        "/\u{e9}",
        long.as_str(),
    ] {
        let attributes = CookieAttributes::new(true).path(path);
        let error = configure(Prefix::Secure, "auth", attributes, 4).unwrap_err();
        assert_eq!(
            error,
            ConfigError::Path {
                path: path.to_owned()
            }
        );
    }
}

/// C-16
#[test]
fn a_name_that_could_exceed_4096_bytes_with_its_value_is_refused() {
    // 4,096 less a value of 3,500, and less `.8`.
    let longest = "a".repeat(594);
    assert!(configure(Prefix::None, &longest, CookieAttributes::new(false), 1).is_ok());
    let error = configure(
        Prefix::None,
        &format!("{longest}a"),
        CookieAttributes::new(false),
        1,
    )
    .unwrap_err();
    assert_eq!(
        error,
        ConfigError::NameTooLong {
            length: 597,
            allowed: 596
        }
    );
    assert!(
        configure(Prefix::Host, &longest, CookieAttributes::new(true), 1).is_err(),
        "the prefix counts"
    );

    let set = |length| {
        let name = CookieName::new(Prefix::None, &"a".repeat(length)).unwrap();
        SealedCookieSet::new(name, CookieAttributes::new(false), sealer(&[SECRET]))
    };
    assert!(set(573).is_ok());
    assert!(set(574).is_err());
}

#[test]
fn a_base_name_is_a_token_without_a_prefix() {
    for base in [
        "",
        "au th",
        "auth=",
        "auth;",
        "auth,",
        "\"auth\"",
        "a\u{fc}th",
        "auth\n",
        "auth/",
        "[auth]",
    ] {
        assert_eq!(
            CookieName::new(Prefix::None, base).unwrap_err(),
            ConfigError::Name {
                base: base.to_owned()
            }
        );
    }
    for base in [
        "__Host-auth",
        "__Secure-auth",
        "__HOST-auth",
        "__secure-auth",
        "__Host-",
        "__Host-Http-auth",
        "__http-auth",
    ] {
        let expected = ConfigError::PrefixInName {
            base: base.to_owned(),
        };
        assert_eq!(CookieName::new(Prefix::Host, base).unwrap_err(), expected);
        assert_eq!(CookieName::new(Prefix::None, base).unwrap_err(), expected);
    }
    // The name would be "__Host-Http-auth", for which browsers demand more.
    for base in ["Http-auth", "hTTp-"] {
        assert!(CookieName::new(Prefix::Host, base).is_err(), "{base}");
        assert!(CookieName::new(Prefix::HostHttp, base).is_ok(), "{base}");
    }
    assert_eq!(
        CookieName::new(Prefix::Secure, "auth-3000")
            .unwrap()
            .as_str(),
        "__Secure-auth-3000"
    );
}

#[test]
fn a_name_is_read_with_the_prefix_that_it_was_made_with() {
    for prefix in [Prefix::None, Prefix::Secure, Prefix::Host, Prefix::HostHttp] {
        let name = CookieName::new(prefix, "auth").unwrap();
        assert_eq!(CookieName::parse(name.as_str()), Ok(name));
    }
    for text in ["", "__Host-", "__host-auth", "__Host-__Host-auth", "a b"] {
        assert!(CookieName::parse(text).is_err(), "{text}");
    }
}

#[test]
fn the_maximum_number_of_chunks_is_one_to_nine() {
    for max_chunks in [0, 10, 255] {
        let error = configure(
            Prefix::None,
            "auth",
            CookieAttributes::new(false),
            max_chunks,
        )
        .unwrap_err();
        assert_eq!(error, ConfigError::MaxChunks { max_chunks });
    }
    for max_chunks in 1..=9 {
        assert!(
            configure(
                Prefix::None,
                "auth",
                CookieAttributes::new(false),
                max_chunks
            )
            .is_ok()
        );
    }
}

fn configure(
    prefix: Prefix,
    base: &str,
    attributes: CookieAttributes,
    max_chunks: u8,
) -> Result<SealedCookie, ConfigError> {
    SealedCookie::new(
        CookieName::new(prefix, base)?,
        attributes,
        sealer(&[SECRET]),
        max_chunks,
    )
}
