//! The grammar of values.

use std::time::Duration;

use crate::builder::env::value::Value;

#[test]
fn a_duration_is_a_whole_number_with_a_unit() {
    let duration = |text: &str| Value::new("AUTH_LEEWAY", text.to_owned()).duration();

    for (text, seconds) in [
        ("0s", 0),
        ("90s", 90),
        ("15m", 900),
        ("12h", 43_200),
        ("7d", 604_800),
    ] {
        assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
    }
    for text in [
        "7",
        "s",
        "7 d",
        " 7d",
        "7d ",
        "1.5h",
        "+7d",
        "-7d",
        "7D",
        "7ms",
        "7µ",
        "1h30m",
        "99999999999999999999d",
    ] {
        assert!(duration(text).is_err(), "{text}");
    }
}

#[test]
fn a_list_is_separated_by_white_space_or_commas() {
    let value = Value::new("AUTH_SCOPES", " a, b\tc\n,,d\r\n".to_owned());

    assert_eq!(value.list().collect::<Vec<_>>(), ["a", "b", "c", "d"]);
}
