//! Vector files: lines of `key: value`, comments after `#`.

use std::path::Path;
use std::{fs, iter};

pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(crate) fn parse(text: &str) -> Self {
        let lines = text
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty());
        Self(
            lines
                .map(|line| {
                    let (key, value) = line
                        .split_once(':')
                        .unwrap_or_else(|| panic!("no key in {line:?}"));
                    (key.to_owned(), value.trim().to_owned())
                })
                .collect(),
        )
    }

    pub(crate) fn read(path: &Path) -> Self {
        Self::parse(&fs::read_to_string(path).unwrap())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    pub(crate) fn all(&self, key: &str) -> Vec<&str> {
        self.iter()
            .filter(|(other, _)| *other == key)
            .map(|(_, value)| value)
            .collect()
    }

    pub(crate) fn find(&self, key: &str) -> Option<&str> {
        self.all(key).first().copied()
    }

    pub(crate) fn one(&self, key: &str) -> &str {
        self.find(key).unwrap_or_else(|| panic!("no {key}"))
    }

    pub(crate) fn bytes(&self, key: &str) -> Vec<u8> {
        from_hex(self.one(key))
    }
}

pub(crate) fn from_hex(text: &str) -> Vec<u8> {
    assert!(text.len().is_multiple_of(2), "half a byte in {text:?}");
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

pub(crate) fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The blocks of a file, which blank lines separate.
pub(crate) fn blocks(text: &str) -> impl Iterator<Item = Fields> {
    let mut blocks = text.split("\n\n");
    iter::from_fn(move || blocks.next())
        .map(Fields::parse)
        .filter(|fields| !fields.0.is_empty())
}
