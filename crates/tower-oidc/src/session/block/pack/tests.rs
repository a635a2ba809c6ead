use super::super::unpack::unpacked;
use super::*;

const ID: &str = "6fa459ea-ee8a-3ca4-894e-db77e160355e";
const CREATED_AT: UnixMillis = UnixMillis(1_795_000_000_123);

/// The bytes of what is packed, which gives the same text again.
fn round_trip(text: impl AsRef<[u8]>) -> usize {
    let text = text.as_ref();
    let packed = packed(text, CREATED_AT);
    assert_eq!(packed.len(), Plan::new(text, CREATED_AT).length());
    let unpacked = unpacked(&packed, text.len(), CREATED_AT).unwrap();
    assert_eq!(unpacked.as_ref(), text);
    packed.len()
}

#[test]
fn identifiers_and_random_texts_take_fewer_bytes() {
    for (text, length) in [
        (ID, 17),
        ("ec88c22afa54c1f9767ad9e2", 2 + 12),
        ("x.ec88c22afa54c1f9767ad9e2", 2 + 2 + 12),
        ("qDSA9q93Yr6SM6IEVTQENHt70W94KpACpGecAtml1rs", 1 + 33),
        ("pYKx_ybFMSteWFshBqJNYQ", 1 + 17),
        ("pYKx_ybFMSteWFshBqJNYQsmeih", 1 + 21),
        ("pYKx_ybFMSteWFshBqJNYQsmeihzrtox", 1 + 24),
        ("pYKx_ybFMSteWFshBqJNYQs", 2 + 18),
        ("1795003600", 1 + 2),
        ("1795000000", 1 + 1),
    ] {
        assert_eq!(round_trip(text), length, "{text}");
    }
    // Between two of an array, nothing is written.
    let array = format!("!{ID}\",\"0b9d1c7e-5a43-4f8e-9a21-c3d4e5f60718!");
    assert_eq!(round_trip(array), 1 + 2 + 2 * 16 + 1);
}

#[test]
fn phrases_and_repetitions_take_fewer_bytes() {
    assert_eq!(round_trip(r#"","sub":""#), 1);
    assert_eq!(round_trip(r#"","website":""#), 2);
    assert_eq!(round_trip("!abcd?!abcd?"), 6 + 3);
    // A repetition may reach into itself.
    assert_eq!(round_trip("!".repeat(100)), 1 + 3);
    assert!(round_trip("!".repeat(1_000)) <= 1 + 4 * 7);
    // A phrase may follow in the middle of what repeats, and the whole is the shortest.
    assert!(round_trip(r#"{"sub":"!#$%","iss":"https://!#$%"#) <= 1 + 4 + 1 + 4);
}

#[test]
fn a_repetition_far_before_is_copied() {
    let random: Vec<u8> = (0..12_000_u32)
        .map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0] & 0x1f)
        .collect();
    let start = [&b"What is repeated far away."[..], &random].concat();
    let both = [&start, &b"What is repeated far away."[..]].concat();

    assert!(round_trip(&both) <= round_trip(&start) + 5);
}

#[test]
fn texts_that_are_not_ascii_are_escaped_as_a_run() {
    assert_eq!(round_trip("ü"), 2 + 2);
    assert_eq!(round_trip("東京"), 2 + 6);
    assert_eq!(round_trip("東京 都"), 2 + 10);
    round_trip("東京".repeat(100));
    let different: String = ('一'..).take(100).collect();
    assert!(round_trip(&different) <= different.len() + 2 * 5);
}

#[test]
fn words_and_short_texts_are_left_as_they_are() {
    for text in ["", "0", "zzz", "Hallways_of_the_house", "abc123", "1.25e10"] {
        assert!(round_trip(text) <= text.len(), "{text}");
    }
}

#[test]
fn what_only_looks_like_an_identifier_comes_back() {
    for text in [
        ID.to_uppercase(),
        format!("x{ID}"),
        format!("{ID}0"),
        format!("\"{ID}\",\"{ID}0\""),
        format!("\"{ID}\",\""),
        format!("\"{ID}\",\"{}", &ID[..30]),
        format!("{ID}-{ID}"),
        "6fa459ea-ee8a-3ca4-894e-db77e160355g".to_owned(),
        "0123456789abcde".to_owned(),
        "0123456789ABCDEF".to_owned(),
        "0000000001".to_owned(),
        "1795000000.123".to_owned(),
        "-1795000000".to_owned(),
    ] {
        round_trip(text);
    }
}

/// Its bytes are quotes, braces and instructions, which nothing reads before they are characters again.
#[test]
fn an_identifier_whose_bytes_look_like_json_comes_back() {
    for id in [
        "22737562-223a-2265-7669-6c227d7b7d2c",
        "f4f4f4f4-f4f4-f4f4-f4f4-f4f4f4f4f4f4",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "e0e0e0e0-8080-0000-0000-0000000000f0",
    ] {
        let hex = id.replace('-', "");
        round_trip(format!(r#"{{"oid":"{id}","h":"{hex}","sub":"alice"}}"#));
    }
}

#[test]
fn bytes_that_are_instructions_come_back() {
    for byte in 0..=u8::MAX {
        round_trip([byte]);
        round_trip([byte, 0xf0, 0xe0, byte, b'a', 0x80, 0xd0, byte]);
        round_trip([byte; 300]);
    }
}

/// A cookie may name any time of its sign-in, and claims any time.
#[test]
fn times_come_back_whatever_the_time_of_the_sign_in_is() {
    let at_seconds = |seconds| UnixMillis::from_seconds(seconds).0;
    let sign_ins = [
        0,
        1,
        at_seconds(999_999_999),
        at_seconds(1_000_000_000) - 1,
        at_seconds(1_000_000_000),
        at_seconds(9_999_999_999),
        at_seconds(10_000_000_000) - 1,
        at_seconds(10_000_000_000),
        u64::MAX - 1,
        u64::MAX,
    ];
    let times = [
        "0",
        "999999999",
        "1000000000",
        "1795000000",
        "9999999999",
        "10000000000",
        "18446744073709551615",
    ];
    for created_at in sign_ins.map(UnixMillis) {
        for time in times {
            let text = format!(r#"{{"iat":{time},"exp":{time},"sub":"{time}"}}"#);
            let packed = packed(text.as_bytes(), created_at);
            let unpacked = unpacked(&packed, text.len(), created_at).unwrap();
            assert_eq!(unpacked.as_ref(), text.as_bytes(), "{created_at:?}");
        }
    }
}

#[test]
fn random_texts_of_all_lengths_come_back() {
    let mut state: u32 = 7;
    let mut next = |alphabet: &[u8]| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [high, ..] = state.to_be_bytes();
        alphabet[usize::from(high) % alphabet.len()]
    };
    for alphabet in [
        &b"0123456789abcdef"[..],
        b"abcXYZ019-_",
        b"ab\",:\xc3\xa9\xff",
        b"1795",
    ] {
        for length in 0..150 {
            let text: Vec<u8> = (0..length).map(|_| next(alphabet)).collect();
            round_trip(&text);
            round_trip([&b"{\"sub\":\""[..], &text, b"\",\"sub\":\"", &text].concat());
        }
    }
    let all: Vec<u8> = (0..=u8::MAX).collect();
    round_trip((0..3_000).map(|_| next(&all)).collect::<Vec<u8>>());
}

/// The time is linear in the length: a text that repeats itself, and one that is not ASCII, take no longer.
#[test]
fn the_largest_block_is_packed() {
    for text in ["a", "ü", ID] {
        let times = super::super::MAX_EXPANDED / text.len();
        round_trip(text.repeat(times));
    }
}
