//! The program's arguments: a command, then values and options in any order.

/// The arguments of one run.
#[derive(Clone, Debug)]
pub(crate) struct Arguments {
    pub(crate) command: String,
    values: Vec<String>,
    options: Vec<String>,
}

impl Arguments {
    pub(crate) fn parse(arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let (options, mut values): (Vec<_>, Vec<_>) =
            arguments.partition(|argument| argument.starts_with("--"));
        if values.is_empty() {
            return Err("a command is missing".to_owned());
        }
        Ok(Self {
            command: values.remove(0),
            values,
            options,
        })
    }

    /// The fixture file that the command measures.
    pub(crate) fn file(&self) -> Result<&str, String> {
        match self.values.first() {
            Some(file) => Ok(file),
            None => Err(format!("{} needs a file", self.command)),
        }
    }

    /// The fixture files that the command measures, at least one.
    pub(crate) fn files(&self) -> Result<&[String], String> {
        self.file().map(|_| self.values.as_slice())
    }

    /// The value at this place after the command.
    pub(crate) fn at(&self, place: usize) -> Result<&str, String> {
        match self.values.get(place) {
            Some(value) => Ok(value),
            None => Err(format!("{} needs more values", self.command)),
        }
    }

    /// The value of an option such as `--session=large`.
    pub(crate) fn value(&self, option: &str) -> Option<&str> {
        let mut values = self.options.iter();
        values.find_map(|it| it.strip_prefix(option)?.strip_prefix('='))
    }

    /// The same arguments with more options.
    pub(crate) fn with(&self, options: &[&str]) -> Self {
        let mut more = self.clone();
        more.options.extend(options.iter().map(|&it| it.to_owned()));
        more
    }

    pub(crate) fn options(&self) -> &[String] {
        &self.options
    }

    /// Whether this option, such as `--json`, is set.
    pub(crate) fn has(&self, option: &str) -> bool {
        self.options.iter().any(|it| it == option)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Arguments {
        let words = text.split_whitespace().map(str::to_owned);
        Arguments::parse(words).unwrap()
    }

    #[test]
    fn options_may_stand_anywhere() {
        let arguments = parsed("--json cookies --session=large a.json --quick b.json");

        assert_eq!(arguments.command, "cookies");
        assert_eq!(arguments.files().unwrap(), ["a.json", "b.json"]);
        assert_eq!(arguments.value("--session"), Some("large"));
        assert!(arguments.has("--json") && arguments.has("--quick"));
    }

    #[test]
    fn a_longer_option_is_another_option() {
        let arguments = parsed("report a.json --page-size=3 --write-all");

        assert_eq!(arguments.value("--page"), None);
        assert!(!arguments.has("--write"));
    }

    #[test]
    fn what_is_missing_is_an_error() {
        let options_alone = ["--json".to_owned()].into_iter();

        assert!(Arguments::parse(options_alone).is_err());
        assert!(parsed("sizes").file().is_err());
        assert!(parsed("sizes").files().is_err());
        assert!(parsed("repeat-request a.json").at(1).is_err());
    }
}
