//! The quick search for our cookies finds what a plain reading of the specification finds.

use super::*;

/// `FORMAT.md`, section "Reading a request", word by word: split at each semicolon, split at the first
/// equals sign, remove spaces and tabs.
fn plainly_read(field: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let trim = |bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        while bytes.first().is_some_and(is_space) {
            bytes.remove(0);
        }
        while bytes.last().is_some_and(is_space) {
            bytes.pop();
        }
        bytes
    };
    let pairs = field.split(|&byte| byte == b';').filter_map(|part| {
        let equals = part.iter().position(|&byte| byte == b'=')?;
        let (name, value) = part.split_at(equals);
        Some((trim(name), trim(&value[1..])))
    });
    pairs.collect()
}

#[track_caller]
fn check(field: &[u8]) {
    for prefix in [&b""[..], b"a", b"auth", b"auth."] {
        let finder = NamePrefix::new(prefix);
        let found: Vec<_> = finder.pairs(field).collect();
        for pair in &found {
            let value = field.get(pair.value_start..).unwrap();
            assert!(value.starts_with(pair.value), "{field:?}");
        }
        let found: Vec<_> = found
            .iter()
            .map(|pair| (pair.name.to_vec(), pair.value.to_vec()))
            .collect();
        let mut expected = plainly_read(field);
        expected.retain(|(name, _)| name.starts_with(prefix));
        assert_eq!(found, expected, "{:?}", field.escape_ascii().to_string());
    }
    let all: Vec<_> = parts(field)
        .filter_map(pair)
        .map(|pair| (pair.name.to_vec(), pair.value.to_vec()))
        .collect();
    assert_eq!(all, plainly_read(field));
}

#[test]
fn the_quick_search_agrees_with_the_specification_on_unusual_fields() {
    for field in [
        "",
        ";",
        ";;",
        "=",
        "==",
        "auth",
        "auth=",
        "auth=x",
        " auth = x ",
        "\tauth\t=\tx\t",
        "auth=x;auth=y",
        "auth=x;  auth=y ; auth.1=z",
        "a=1;;auth=x; ;=; auth=y;",
        "auth=x=y==",
        "auth=\"x;y\"",
        "b=auth=x; auth=y",
        " =x; auth",
        "auth =; auth\t= ",
        "authx=1; auth.=2; AUTH=3; auth,x=4",
        "auth=1\u{a0}; \u{2000}auth=2; auth\u{85}=3",
        "auth=x, auth=y",
        "a=auth; auth=x",
        "auth=auth;auth=auth",
        "authauth=1; auth auth=2;aauth=3; a auth=4",
        "b=1;auth",
    ] {
        check(field.as_bytes());
    }
    check(b"b=\xff\xfe;\x80=; auth=\xf6 ;\xa0auth=1;auth\xa0=2");
}

/// Every field of up to six signs that mean something, and of one that does not.
#[test]
fn the_quick_search_agrees_with_the_specification_on_every_short_field() {
    const SIGNS: &[u8] = b"a=; \t\xff";
    for length in 0..=6_u32 {
        for number in 0..SIGNS.len().pow(length) {
            let mut rest = number;
            let field: Vec<_> = (0..length)
                .map(|_| {
                    let sign = SIGNS[rest % SIGNS.len()];
                    rest /= SIGNS.len();
                    sign
                })
                .collect();
            check(&field);
        }
    }
}

/// Signs at every position of the blocks in which `memchr` searches.
#[test]
fn the_quick_search_agrees_with_the_specification_on_long_fields() {
    for before in 0..70 {
        for length in [0, 1, 15, 16, 17, 31, 32, 33, 64, 65, 127, 128, 300] {
            let (filler, value) = ("f".repeat(before), "v".repeat(length));
            check(format!("b={filler}; auth={value};auth.1 ={value}").as_bytes());
            check(format!("{filler}={value}; auth{filler}={value} ; auth=\"{value}\"").as_bytes());
        }
    }
}
