//! Where the identity of a user stands in the JSON of the claims.

use std::ops::Range;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::member_index::range_in;

/// Where the values of `iss` and `sub` stand in the text of claims, without their quotes.
///
/// Whoever stores claims that were accepted can store the ranges too. Then
/// [`Claims::from_accepted_json`](super::Claims::from_accepted_json) tells who the user is without parsing the text.
/// The ranges are found by parsing, and never by a search in the text: a search would also find the members of nested
/// objects.
///
/// ```
/// use relying_party::claims::IdentityRanges;
///
/// let json = r#"{"act":{"sub":"7"},"iss":"https://op.example","sub":"42"}"#;
/// let ranges = IdentityRanges::find(json.as_bytes()).expect("both claims");
/// assert_eq!(&json[ranges.sub()], "42");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityRanges {
    iss: Range<usize>,
    sub: Range<usize>,
}

#[derive(Deserialize)]
struct Identity<'a> {
    #[serde(borrow)]
    iss: &'a RawValue,
    #[serde(borrow)]
    sub: &'a RawValue,
}

impl IdentityRanges {
    /// Returns ranges that [`find`](Self::find) returned before.
    #[must_use]
    pub const fn new(iss: Range<usize>, sub: Range<usize>) -> Self {
        Self { iss, sub }
    }

    /// Finds the top-level members `iss` and `sub` of a JSON object. `None` if one of them is absent, occurs twice, is
    /// no string, is empty, or is written with an escape sequence, so that its text is not its value.
    #[must_use]
    pub fn find(json: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(json).ok()?;
        // serde would also read the fields from an array.
        if !text.trim_start().starts_with('{') {
            return None;
        }
        let identity: Identity<'_> = serde_json::from_str(text).ok()?;
        let found = Self {
            iss: value_range(text, identity.iss.get())?,
            sub: value_range(text, identity.sub.get())?,
        };
        found.fit(json).then_some(found)
    }

    /// Returns where the value of `iss` stands.
    #[must_use]
    pub const fn iss(&self) -> Range<usize> {
        self.iss.start..self.iss.end
    }

    /// Returns where the value of `sub` stands.
    #[must_use]
    pub const fn sub(&self) -> Range<usize> {
        self.sub.start..self.sub.end
    }

    /// Whether both ranges are those of a string in `json`. Nothing else of it is read.
    pub(super) fn fit(&self, json: &[u8]) -> bool {
        [&self.iss, &self.sub]
            .into_iter()
            .all(|range| is_string(json, range))
    }
}

/// The range of a string's value, of which `raw` is a part of `text`, with the quotes.
fn value_range(text: &str, raw: &str) -> Option<Range<usize>> {
    let range = range_in(text, raw)?;
    Some(range.start.checked_add(1)?..range.end.checked_sub(1)?)
}

/// Whether a string stands in `range`, between quotes, that is not empty and has no escape sequence.
fn is_string(json: &[u8], range: &Range<usize>) -> bool {
    let is_quote = |place: Option<usize>| place.and_then(|place| json.get(place)) == Some(&b'"');
    let value = json.get(range.clone()).unwrap_or_default();
    !value.is_empty()
        && is_quote(range.start.checked_sub(1))
        && is_quote(Some(range.end))
        && !value.contains(&b'"')
        && !value.contains(&b'\\')
        && std::str::from_utf8(value).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Claims;

    fn found(json: &str) -> Option<(&str, &str)> {
        let ranges = IdentityRanges::find(json.as_bytes())?;
        Some((&json[ranges.iss()], &json[ranges.sub()]))
    }

    #[test]
    fn the_members_of_the_object_itself_are_found() {
        for json in [
            r#"{"iss":"i","sub":"a"}"#,
            r#"{ "sub" : "a" , "iss" : "i" }"#,
            r#"{"act":{"sub":"b","iss":"j"},"iss":"i","x":"\"sub\":\"c\"","sub":"a"}"#,
            r#"{"iss":"i","s\u0075b":"a"}"#,
            r#"{"ſub":"b","iss":"i","sub":"a","l":[{"sub":"d"}]}"#,
        ] {
            assert_eq!(found(json), Some(("i", "a")), "{json}");
        }
        assert_eq!(found(r#"{"iss":"ü","sub":"ä"}"#), Some(("ü", "ä")));
    }

    #[test]
    fn what_is_not_written_as_its_value_is_left_to_the_parser() {
        for json in [
            r#"{"iss":"i","sub":"\u0061"}"#,
            r#"{"iss":"i\\","sub":"a"}"#,
            r#"{"iss":"i","sub":""}"#,
            r#"{"iss":"i","sub":7}"#,
            r#"{"iss":"i","sub":null}"#,
            r#"{"iss":["i"],"sub":"a"}"#,
            r#"{"sub":"a"}"#,
            r#"{"iss":"i","sub":"a","sub":"b"}"#,
            r#"{"iss":"i","sub":"a","s\u0075b":"b"}"#,
            r#"["i","a"]"#,
            "",
        ] {
            assert_eq!(found(json), None, "{json}");
        }
        assert!(IdentityRanges::find(b"{\"iss\":\"i\",\"sub\":\"\xff\"}").is_none());
    }

    /// Objects of all kinds, made from pieces in all orders.
    #[test]
    fn the_quick_identity_is_that_of_the_parser() {
        let pieces = [
            r#""iss":"https://op.example""#,
            r#""sub":"42""#,
            r#""s\u0075b":"43""#,
            r#""sub":"4\u0032""#,
            r#""act":{"iss":"x","sub":"7"}"#,
            r#""list":[{"sub":"8"},"\"sub\":\"9\""]"#,
            r#""nick":"{\"iss\":\"y\"}""#,
            r#""":"""#,
        ];
        let mut compared = 0;
        for a in pieces {
            for b in pieces {
                for c in pieces {
                    for d in pieces {
                        let json = format!("{{{a},{b} ,\n{c},{d}}}");
                        let Some(ranges) = IdentityRanges::find(json.as_bytes()) else {
                            continue;
                        };
                        let parsed = Claims::from_json(json.clone().into()).unwrap();
                        let quick = Claims::from_accepted_json(json.into(), ranges).unwrap();
                        assert_eq!((quick.iss(), quick.sub()), (parsed.iss(), parsed.sub()));
                        compared += 1;
                    }
                }
            }
        }
        assert!(compared > 100, "{compared}");
    }

    /// Wrong ranges are those of a writer that is not ours.
    #[test]
    fn ranges_that_are_not_those_of_a_string_are_refused() {
        let json = r#"{"iss":"i","sub":"a\"b"}"#;

        for range in [
            0..0,
            0..json.len(),
            8..9,
            7..9,
            18..22,
            18..19,
            usize::MAX..usize::MAX,
            Range { start: 5, end: 3 },
        ] {
            for (iss, sub) in [(range.clone(), 8..9), (8..9, range.clone())] {
                let ranges = IdentityRanges::new(iss, sub);
                let claims = Claims::from_accepted_json(json.into(), ranges);
                assert_eq!(claims.is_some(), range == (8..9), "{range:?}");
            }
        }
    }
}
