//! Errors of the configuration, found before the first request.

use std::borrow::Cow;
use std::fmt;

/// An invalid setting. The text names the setting, says what is wrong and what to do, and never contains the
/// value of a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct ConfigError {
    setting: Cow<'static, str>,
    rule: Cow<'static, str>,
    /// The id of the provider, if the setting is one of several providers.
    provider: Option<Box<str>>,
}

impl ConfigError {
    pub(crate) fn new(
        setting: impl Into<Cow<'static, str>>,
        rule: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            setting: setting.into(),
            rule: rule.into(),
            provider: None,
        }
    }

    /// The same error with the name by which the application gave the setting, such as a variable's. The
    /// names of the other settings that the rule mentions are added to it, so that readers need not look
    /// them up.
    pub(crate) fn renamed(self, names: &[(&'static str, Cow<'static, str>)]) -> Self {
        let name_of = |it: &str| names.iter().find(|(setting, _)| *setting == it);
        let Some((own, name)) = name_of(&self.setting) else {
            return self;
        };
        let mut others: Vec<String> = Vec::new();
        for word in self
            .rule
            .split(|it: char| !it.is_ascii_lowercase() && it != '_')
        {
            // A word without an underscore, such as `name`, may be an English word.
            let is_setting = word != *own && word.contains('_');
            if let Some((_, name)) = name_of(word).filter(|_| is_setting) {
                let other = format!("{name} for `{word}`");
                if !self.rule.contains(name.as_ref()) && !others.contains(&other) {
                    others.push(other);
                }
            }
        }
        let rule = match others.as_slice() {
            [] => self.rule,
            others => format!("{} (variables: {})", self.rule, others.join(", ")).into(),
        };
        Self {
            setting: name.clone(),
            rule,
            provider: self.provider,
        }
    }

    /// The same error under another name of the setting.
    pub(crate) fn named(self, setting: impl Into<Cow<'static, str>>) -> Self {
        Self {
            setting: setting.into(),
            ..self
        }
    }

    /// The same error, which says which of several providers it is about.
    pub(crate) fn about_provider(self, id: &str) -> Self {
        Self {
            provider: Some(id.into()),
            ..self
        }
    }

    pub(crate) fn provider(&self) -> Option<&str> {
        self.provider.as_deref()
    }

    /// Returns the name of the setting: that of the builder's method, or that of the environment variable if
    /// the setting came from one.
    #[must_use]
    pub fn setting(&self) -> &str {
        &self.setting
    }
}

/// The error text for a setting for which [`is_padded`] returns true.
pub(crate) const PADDED: &str = "must not begin or end with white space: remove it; a value that was \
                                 read from a file often ends with a line break";

/// Whether a setting begins or ends with white space, a control character or a byte order mark. These come
/// from files and copied text, and are never intended.
pub(crate) fn is_padded(text: &str) -> bool {
    let is_padding =
        |it: char| it.is_whitespace() || it.is_control() || matches!(it, '\u{feff}' | '\u{200b}');
    text.starts_with(is_padding) || text.ends_with(is_padding)
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "setting `{}`", self.setting)?;
        if let Some(id) = &self.provider {
            write!(f, " of the provider `{id}`")?;
        }
        write!(f, ": {}", self.rule)
    }
}

/// The same text as `Display`, because `main` prints errors with `Debug`.
impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ConfigError {}
