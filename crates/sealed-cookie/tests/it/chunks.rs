//! Chunks that are missing, mixed or not ours. The test vectors have single scenarios; these tests
//! try every position.

use sealed_cookie::{OpenErrorKind, OsEntropy, SealedCookie};

use crate::support::browser::Jar;
use crate::support::{OLDER, SECRET, open, request, sealer, session_cookie};

const THREE_CHUNKS: usize = 7_000;

/// C-01
#[test]
fn a_value_without_any_one_of_its_chunks_is_refused() {
    let cookie = session_cookie(sealer(&[SECRET]));
    let pairs = pairs(&cookie, THREE_CHUNKS);
    assert_eq!(pairs.len(), 3);
    for missing in 0..3 {
        let mut pairs = pairs.clone();
        pairs.remove(missing);
        assert_eq!(
            open(&cookie, &request([pairs.join("; ")])),
            [Err(OpenErrorKind::Incomplete)],
            "{missing}"
        );
    }
}

/// C-01
#[test]
fn a_value_with_any_two_chunks_swapped_is_refused() {
    let cookie = session_cookie(sealer(&[SECRET]));
    for (one, other) in [(0, 1), (0, 2), (1, 2)] {
        let pairs = pairs(&cookie, THREE_CHUNKS);
        let (mut names, mut values): (Vec<_>, Vec<_>) = pairs
            .iter()
            .map(|pair| pair.split_once('=').unwrap())
            .unzip();
        values.swap(one, other);
        names.sort_unstable();
        let swapped: Vec<_> = names
            .iter()
            .zip(values)
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert!(
            open(&cookie, &request([swapped.join("; ")]))
                .iter()
                .all(Result::is_err),
            "{one} and {other}"
        );
    }
}

/// C-01
#[test]
fn a_differing_duplicate_of_any_chunk_is_refused_and_an_identical_one_is_harmless() {
    let cookie = session_cookie(sealer(&[SECRET]));
    let pairs = pairs(&cookie, THREE_CHUNKS);
    for duplicated in 0..3 {
        let same = [pairs.clone(), vec![pairs[duplicated].clone()]].concat();
        assert_eq!(
            open(&cookie, &request([same.join("; ")])),
            [Ok(vec![b'x'; THREE_CHUNKS])]
        );

        let (rest, last) = pairs[duplicated].split_at(pairs[duplicated].len() - 1);
        let changed = format!("{rest}{}", if last == "A" { "B" } else { "A" });
        for differing in [
            [pairs.clone(), vec![changed.clone()]].concat(),
            [vec![changed], pairs.clone()].concat(),
        ] {
            assert_eq!(
                open(&cookie, &request([differing.join("; ")])),
                [Err(OpenErrorKind::Incomplete)]
            );
        }
    }
}

/// C-02
#[test]
fn no_mix_of_two_writes_opens() {
    let cookie = session_cookie(sealer(&[SECRET]));
    let (ours, theirs) = (pairs(&cookie, THREE_CHUNKS), pairs(&cookie, THREE_CHUNKS));
    for mix in 1..7 {
        let mixed: Vec<_> = (0..3)
            .map(|index| [&ours, &theirs][mix >> index & 1][index].as_str())
            .collect();
        assert_eq!(
            open(&cookie, &request([mixed.join("; ")])),
            [Err(OpenErrorKind::Incomplete)],
            "{mix:03b}"
        );
    }
}

/// C-03
#[test]
fn a_left_over_chunk_is_harmless_and_the_next_write_deletes_it() {
    let cookie = session_cookie(sealer(&[SECRET]));
    let mut jar = Jar::default();
    jar.store(
        cookie
            .seal(&[b'x'; THREE_CHUNKS], None, None, &OsEntropy)
            .unwrap(),
    );
    // The response that writes the shorter value did not read the third chunk.
    jar.store(cookie.seal(&[b'y'; 4_000], None, None, &OsEntropy).unwrap());
    assert_eq!(
        jar.names(),
        ["__Host-auth", "__Host-auth.1", "__Host-auth.2"]
    );
    assert_eq!(open(&cookie, &jar.request()), [Ok(vec![b'y'; 4_000])]);

    let received = cookie.receive(&jar.request());
    jar.store(
        cookie
            .seal(&[b'z'; 4_000], None, received.as_ref(), &OsEntropy)
            .unwrap(),
    );
    assert_eq!(jar.names(), ["__Host-auth", "__Host-auth.1"]);
}

/// C-04
#[test]
fn names_with_an_invalid_index_are_ignored() {
    let cookie = session_cookie(sealer(&[SECRET]));
    for suffix in [
        ".0",
        ".9",
        ".10",
        ".99999999",
        ".00",
        ".01",
        ".-1",
        ".1e3",
        ".1.1",
        ".",
        "..1",
        ".\u{ff11}",
        ".+1",
    ] {
        let field = format!("__Host-auth{suffix}=1AQ");
        assert!(cookie.receive(&request([field])).is_none(), "{suffix}");
    }
}

/// C-04
#[test]
fn at_most_sixteen_chunks_are_read() {
    let cookie = session_cookie(sealer(&[SECRET]));
    let real = pairs(&cookie, 100).remove(0);
    let garbage = |count: usize| vec!["__Host-auth=garbage".to_owned(); count];
    let behind = |count: usize| request([[garbage(count), vec![real.clone()]].concat().join("; ")]);
    assert_eq!(open(&cookie, &behind(15)), [Ok(vec![b'x'; 100])]);
    assert_eq!(open(&cookie, &behind(16)), [Err(OpenErrorKind::Malformed)]);
}

/// C-05
#[test]
fn a_text_that_fills_its_chunks_exactly_has_no_empty_one() {
    let name = sealed_cookie::CookieName::new(sealed_cookie::Prefix::Host, "auth").unwrap();
    let attributes = sealed_cookie::CookieAttributes::new(true);
    let mut full = 0;
    for chunks in 1..=9 {
        let cookie =
            SealedCookie::new(name.clone(), attributes.clone(), sealer(&[SECRET]), chunks).unwrap();
        let largest = cookie.max_plaintext();
        for length in largest - 3..=largest {
            let pairs = pairs(&cookie, length);
            assert_eq!(pairs.len(), usize::from(chunks), "{length} bytes");
            assert_eq!(open(&cookie, &request(&pairs)), [Ok(vec![b'x'; length])]);
            let values: Vec<_> = pairs
                .iter()
                .map(|pair| pair.split_once('=').unwrap().1.len())
                .collect();
            assert!(values.iter().all(|&length| length <= 3_500));
            full += usize::from(values.iter().all(|&length| length == 3_500));
        }
        assert!(
            cookie
                .seal(&vec![b'x'; largest + 1], None, None, &OsEntropy)
                .is_err()
        );
    }
    assert!(full > 0, "some length fills the last chunk");
}

/// C-06
#[test]
fn a_cookie_set_by_another_host_does_not_hide_the_real_one() {
    let cookie = session_cookie(sealer(&[SECRET]));
    let real = pairs(&cookie, 100).remove(0);
    let foreign = pairs(&session_cookie(sealer(&[OLDER])), 100).remove(0);
    for (tossed, outcome) in [
        ("__Host-auth=garbage", None),
        (foreign.as_str(), Some(Err(OpenErrorKind::NoMatchingSecret))),
    ] {
        let mut expected = vec![Ok(vec![b'x'; 100])];
        expected.extend(outcome);
        assert_eq!(open(&cookie, &request([&real, tossed])), expected);
        expected.reverse();
        assert_eq!(open(&cookie, &request([tossed, &real])), expected);
    }
}

/// C-06
#[test]
fn two_values_that_open_are_both_returned_in_order() {
    let cookie = session_cookie(sealer(&[SECRET]));
    let (ours, theirs) = (pairs(&cookie, 100).remove(0), pairs(&cookie, 200).remove(0));
    assert_eq!(
        open(&cookie, &request([&ours, &theirs])),
        [Ok(vec![b'x'; 100]), Ok(vec![b'x'; 200])]
    );
    assert_eq!(
        open(&cookie, &request([&theirs, &ours])),
        [Ok(vec![b'x'; 200]), Ok(vec![b'x'; 100])]
    );
}

/// C-07
#[test]
fn a_forged_chunk_with_the_right_tag_makes_the_value_incomplete() {
    let cookie = session_cookie(sealer(&[SECRET]));
    let pairs = pairs(&cookie, THREE_CHUNKS);
    let (name, value) = pairs[1].split_once('=').unwrap();
    let forged = format!("{name}={}{}", &value[..9], "A".repeat(value.len() - 9));
    for position in 0..=3 {
        let mut tossed = pairs.clone();
        tossed.insert(position, forged.clone());
        assert_eq!(
            open(&cookie, &request(&tossed)),
            [Err(OpenErrorKind::Incomplete)]
        );
    }
}

/// C-07
#[test]
fn at_most_four_values_are_opened() {
    let cookie = session_cookie(sealer(&[SECRET]));
    let values: Vec<_> = (0..6)
        .map(|length| pairs(&cookie, length).remove(0))
        .collect();
    let expected: Vec<_> = (0..4).map(|length| Ok(vec![b'x'; length])).collect();
    assert_eq!(open(&cookie, &request(&values)), expected);
}

/// C-08
#[test]
fn names_that_only_look_like_ours_are_neither_read_nor_deleted() {
    let cookie = session_cookie(sealer(&[SECRET]));
    let mut jar = Jar::default();
    for name in [
        "__Host-authX",
        "__Host-auth.1x",
        "__Host-auth-foo",
        "__host-auth",
        "auth",
        "X__Host-auth",
    ] {
        assert!(
            cookie.receive(&request([format!("{name}=1AQ")])).is_none(),
            "{name}"
        );
        jar.0.insert(name.to_owned(), "theirs".to_owned());
    }
    let received = cookie.receive(&jar.request());
    jar.store(
        cookie
            .seal(b"ours", None, received.as_ref(), &OsEntropy)
            .unwrap(),
    );
    jar.store(cookie.delete());
    assert_eq!(jar.0.len(), 6);
}

/// C-10
#[test]
fn chunks_may_come_in_separate_fields() {
    let cookie = session_cookie(sealer(&[SECRET]));
    let pairs = pairs(&cookie, THREE_CHUNKS);
    let [first, second, third] = pairs.as_slice() else {
        panic!("three chunks")
    };
    for fields in [
        vec![format!("{first}; {second}; {third}")],
        vec![first.clone(), second.clone(), third.clone()],
        vec![
            "a=b".to_owned(),
            format!("{third}; c=d"),
            "e=f".to_owned(),
            format!("{first};{second}"),
        ],
    ] {
        assert_eq!(
            open(&cookie, &request(&fields)),
            [Ok(vec![b'x'; THREE_CHUNKS])]
        );
    }
}

/// The pairs that a browser sends after a value of this length was set.
fn pairs(cookie: &SealedCookie, length: usize) -> Vec<String> {
    let cookies = cookie
        .seal(&vec![b'x'; length], None, None, &OsEntropy)
        .unwrap();
    cookies
        .iter()
        .map(|field| {
            field
                .to_str()
                .unwrap()
                .split_once(';')
                .unwrap()
                .0
                .to_owned()
        })
        .collect()
}
