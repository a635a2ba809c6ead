use std::time::Duration;

use super::*;

/// A top-level navigation that the user typed, over TLS.
const TYPED: CookieRequest<'static> = CookieRequest {
    host: "app.example",
    path: "/",
    secure: true,
    same_site: true,
    top_level: true,
    safe_method: true,
};

fn jar() -> Jar {
    Jar::new(TestClock::new())
}

fn store(field: &str, request: &CookieRequest<'_>) -> Result<(), Refusal> {
    jar().store(field.as_bytes(), request)
}

fn sent(jar: &mut Jar, request: &CookieRequest<'_>) -> String {
    String::from_utf8(jar.pairs(request).join(&b"; "[..])).expect("text")
}

fn jar_of(fields: &[&str], request: &CookieRequest<'_>) -> Jar {
    let mut jar = jar();
    for field in fields {
        jar.store(field.as_bytes(), request).expect(field);
    }
    jar
}

#[test]
fn host_prefix_wants_secure_host_only_and_the_root_path() {
    assert_eq!(store("__Host-a=1; Secure; Path=/", &TYPED), Ok(()));
    for field in [
        "__Host-a=1; Path=/",
        "__Host-a=1; Secure",
        "__Host-a=1; Secure; Path=/a",
        "__Host-a=1; Secure; Path=/; Domain=app.example",
        "__hOsT-a=1; Path=/",
        "=__Host-a=1; Secure; Path=/",
        "__Host-a",
    ] {
        assert_eq!(store(field, &TYPED), Err(Refusal::Prefix), "{field}");
    }
}

#[test]
fn host_http_prefix_wants_what_host_wants_and_http_only() {
    for field in [
        "__Host-Http-a=1; Secure; Path=/; HttpOnly",
        "__Http-a=1; Secure; HttpOnly; Domain=app.example",
    ] {
        assert_eq!(store(field, &TYPED), Ok(()), "{field}");
    }
    for field in [
        "__Host-Http-a=1; Secure; Path=/",
        "__Host-Http-a=1; Secure; HttpOnly",
        "__Host-Http-a=1; Path=/; HttpOnly",
        "__Host-Http-a=1; Secure; Path=/; HttpOnly; Domain=app.example",
        "__hOsT-hTTp-a=1; Secure; Path=/",
        "__Http-a=1; Secure",
        "__Http-a=1; HttpOnly",
        "=__Http-a=1; Secure; Path=/; HttpOnly",
    ] {
        assert_eq!(store(field, &TYPED), Err(Refusal::Prefix), "{field}");
    }
}

#[test]
fn secure_prefix_wants_secure() {
    assert_eq!(
        store("__Secure-a=1; Secure; Domain=app.example", &TYPED),
        Ok(())
    );
    assert_eq!(store("__Secure-a=1", &TYPED), Err(Refusal::Prefix));
    assert_eq!(store("__SECURE-a=1", &TYPED), Err(Refusal::Prefix));
}

#[test]
fn secure_cookies_need_a_secure_connection_to_be_set_and_to_be_sent() {
    let plain = CookieRequest {
        secure: false,
        ..TYPED
    };
    assert_eq!(
        store("a=1; Secure", &plain),
        Err(Refusal::InsecureConnection)
    );
    let mut jar = jar_of(&["a=1; Secure", "b=2"], &TYPED);
    assert_eq!(sent(&mut jar, &plain), "b=2");
    assert_eq!(sent(&mut jar, &TYPED), "a=1; b=2");
}

#[test]
fn an_insecure_connection_cannot_replace_a_secure_cookie() {
    let plain = CookieRequest {
        secure: false,
        ..TYPED
    };
    let mut jar = jar_of(&["a=1; Secure; Path=/"], &TYPED);
    assert_eq!(
        jar.store(b"a=2; Path=/", &plain),
        Err(Refusal::WouldReplaceSecure)
    );
    assert_eq!(
        jar.store(b"a=2; Path=/deeper", &plain),
        Err(Refusal::WouldReplaceSecure)
    );
    assert_eq!(jar.store(b"b=2; Path=/", &plain), Ok(()));
}

#[test]
fn a_host_only_cookie_stays_on_its_host_and_a_domain_cookie_reaches_subdomains() {
    let mut jar = jar_of(&["host=1", "domain=2; Domain=.App.Example"], &TYPED);
    let below = CookieRequest {
        host: "sub.app.example",
        ..TYPED
    };
    assert_eq!(sent(&mut jar, &TYPED), "host=1; domain=2");
    assert_eq!(sent(&mut jar, &below), "domain=2");
    let look_alike = CookieRequest {
        host: "notapp.example",
        ..TYPED
    };
    assert_eq!(sent(&mut jar, &look_alike), "");
}

#[test]
fn domains_of_others_and_public_suffixes_are_refused() {
    assert_eq!(
        store("a=1; Domain=other.example", &TYPED),
        Err(Refusal::ForeignDomain)
    );
    assert_eq!(
        store("a=1; Domain=sub.app.example", &TYPED),
        Err(Refusal::ForeignDomain)
    );
    assert_eq!(
        store("a=1; Domain=example", &TYPED),
        Err(Refusal::PublicSuffix)
    );
    let address = CookieRequest {
        host: "127.0.0.1",
        ..TYPED
    };
    assert_eq!(
        store("a=1; Domain=0.0.1", &address),
        Err(Refusal::ForeignDomain)
    );
    let localhost = CookieRequest {
        host: "localhost",
        ..TYPED
    };
    let jar = jar_of(&["a=1; Domain=localhost"], &localhost);
    assert!(jar.cookies()[0].host_only);
}

#[test]
fn two_hosts_share_no_cookies_and_two_ports_of_a_host_share_all() {
    // Ports are not part of a cookie's identity, so a request does not even have one.
    let mut jar = jar_of(
        &["a=1"],
        &CookieRequest {
            host: "localhost",
            ..TYPED
        },
    );
    assert_eq!(
        sent(
            &mut jar,
            &CookieRequest {
                host: "127.0.0.1",
                ..TYPED
            }
        ),
        ""
    );
    assert_eq!(
        sent(
            &mut jar,
            &CookieRequest {
                host: "localhost",
                ..TYPED
            }
        ),
        "a=1"
    );
}

#[test]
fn longer_paths_are_sent_first_and_then_older_cookies() {
    let deep = CookieRequest {
        path: "/a/b/c",
        ..TYPED
    };
    let mut jar = jar_of(
        &[
            "x=1; Path=/",
            "y=2; Path=/a/b",
            "z=3; Path=/a",
            "w=4; Path=/a/b",
        ],
        &deep,
    );
    assert_eq!(sent(&mut jar, &deep), "y=2; w=4; z=3; x=1");
}

#[test]
fn a_path_matches_only_at_slashes() {
    let at = |path| CookieRequest { path, ..TYPED };
    let mut jar = jar_of(&["a=1; Path=/docs"], &TYPED);
    assert_eq!(sent(&mut jar, &at("/docs")), "a=1");
    assert_eq!(sent(&mut jar, &at("/docs/web")), "a=1");
    assert_eq!(sent(&mut jar, &at("/docsets")), "");
    assert_eq!(sent(&mut jar, &at("/")), "");
}

#[test]
fn without_a_path_the_directory_of_the_request_is_used() {
    let jar = jar_of(
        &["a=1"],
        &CookieRequest {
            path: "/auth/callback",
            ..TYPED
        },
    );
    assert_eq!(jar.cookies()[0].path, "/auth");
}

#[test]
fn replacing_keeps_the_place_in_the_order() {
    let mut jar = jar_of(&["a=1; Path=/", "b=2; Path=/", "a=3; Path=/"], &TYPED);
    assert_eq!(sent(&mut jar, &TYPED), "a=3; b=2");
}

#[test]
fn deletion_needs_the_same_domain_and_path_and_no_other_attribute() {
    let mut jar = jar_of(&["a=1; Path=/; Secure; HttpOnly; SameSite=Strict"], &TYPED);
    jar.store(b"a=; Path=/other; Max-Age=0", &TYPED)
        .expect("a foreign path");
    jar.store(b"a=; Path=/; Domain=app.example; Max-Age=0", &TYPED)
        .expect("a domain");
    assert_eq!(jar.cookies().len(), 1);
    jar.store(b"a=; Path=/; Max-Age=0", &TYPED)
        .expect("a deletion");
    assert_eq!(jar.cookies().len(), 0);
}

#[test]
fn a_prefixed_cookie_cannot_be_deleted_without_secure() {
    let mut jar = jar_of(&["__Host-a=1; Secure; Path=/"], &TYPED);
    assert_eq!(
        jar.store(b"__Host-a=; Path=/; Max-Age=0", &TYPED),
        Err(Refusal::Prefix)
    );
    assert_eq!(jar.cookies().len(), 1);
}

#[test]
fn cookies_expire_by_the_clock() {
    let mut jar = jar_of(&["a=1; Max-Age=60", "b=2"], &TYPED);
    jar.clock.advance(Duration::from_secs(59));
    assert_eq!(sent(&mut jar, &TYPED), "a=1; b=2");
    jar.clock.advance(Duration::from_secs(1));
    assert_eq!(sent(&mut jar, &TYPED), "b=2");
}

#[test]
fn same_site_decides_what_is_sent_across_sites() {
    let fields = [
        "s=1; SameSite=Strict",
        "l=2; SameSite=Lax",
        "n=3; SameSite=None; Secure",
        "d=4",
    ];
    let mut jar = jar_of(&fields, &TYPED);
    let link = CookieRequest {
        same_site: false,
        ..TYPED
    };
    let post = CookieRequest {
        safe_method: false,
        ..link.clone()
    };
    let subresource = CookieRequest {
        top_level: false,
        ..link.clone()
    };
    assert_eq!(sent(&mut jar, &link), "l=2; n=3; d=4");
    assert_eq!(sent(&mut jar, &post), "n=3; d=4");
    assert_eq!(sent(&mut jar, &subresource), "n=3");
    // Two minutes from its creation, not from its last use.
    jar.clock.advance(Duration::from_secs(119));
    assert_eq!(sent(&mut jar, &post), "n=3; d=4");
    jar.clock.advance(Duration::from_secs(1));
    assert_eq!(sent(&mut jar, &post), "n=3");
    assert_eq!(sent(&mut jar, &link), "l=2; n=3; d=4");
}

#[test]
fn a_cross_site_subresource_sets_only_same_site_none() {
    let image = CookieRequest {
        same_site: false,
        top_level: false,
        ..TYPED
    };
    assert_eq!(store("a=1; SameSite=Lax", &image), Err(Refusal::CrossSite));
    assert_eq!(store("a=1", &image), Err(Refusal::CrossSite));
    assert_eq!(store("a=1; SameSite=None; Secure", &image), Ok(()));
    assert_eq!(
        store("a=1; SameSite=None", &TYPED),
        Err(Refusal::SameSiteNoneWithoutSecure)
    );
}

#[test]
fn the_181st_cookie_evicts_the_least_recently_used_insecure_one() {
    let mut jar = jar_of(&["secure=1; Secure; Path=/", "used=1; Path=/used"], &TYPED);
    for index in 2..MAX_PER_DOMAIN {
        let field = format!("c{index}=1; Path=/other");
        jar.store(field.as_bytes(), &TYPED).expect("a cookie");
    }
    let visit = CookieRequest {
        path: "/used",
        ..TYPED
    };
    assert_eq!(sent(&mut jar, &visit), "used=1; secure=1");
    jar.store(b"last=1", &TYPED).expect("a cookie");
    assert_eq!(jar.cookies().len(), MAX_PER_DOMAIN);
    assert!(jar.cookie("c2").is_none());
    for kept in ["secure", "used", "c3", "last"] {
        assert!(jar.cookie(kept).is_some(), "{kept}");
    }
}

#[test]
fn injected_bytes_are_sent_unchanged() {
    let mut jar = jar();
    jar.inject("app.example", "raw", [0xe9, b'"']);
    assert_eq!(jar.pairs(&TYPED), [b"raw=\xe9\""]);
}
