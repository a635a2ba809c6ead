//! Parameters of a query or a form (`application/x-www-form-urlencoded`).

use std::collections::HashSet;

/// The parameters in their order. Parameters without a value are left out (RFC 6749 section 3.1).
#[derive(Clone, Debug, Default)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub(crate) fn parse(form: &[u8]) -> Self {
        let pairs = url::form_urlencoded::parse(form);
        Self(
            pairs
                .filter(|(_, value)| !value.is_empty())
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect(),
        )
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|pair| pair.0 == name).map(|pair| pair.1)
    }

    /// All values of a parameter that may occur several times.
    pub(crate) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.iter()
            .filter(move |pair| pair.0 == name)
            .map(|pair| pair.1)
    }

    /// Whether a parameter other than `resource` (RFC 8707 section 2) occurs several times.
    pub(crate) fn has_duplicates(&self) -> bool {
        let mut seen = HashSet::new();
        self.iter()
            .any(|(name, _)| name != "resource" && !seen.insert(name))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The parameters without those of these names.
    pub(crate) fn without(mut self, names: &[&str]) -> Self {
        self.0.retain(|(name, _)| !names.contains(&name.as_str()));
        self
    }

    pub(crate) fn into_pairs(self) -> Vec<(String, String)> {
        self.0
    }
}
