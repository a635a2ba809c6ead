//! The program's arguments: a command, then values and options in any order.

/// The arguments of one run.
#[derive(Debug)]
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

    /// Whether this option, such as `--json`, is set.
    pub(crate) fn has(&self, option: &str) -> bool {
        self.options.iter().any(|it| it == option)
    }
}
