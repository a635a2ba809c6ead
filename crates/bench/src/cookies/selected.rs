//! Which session is measured. The program starts itself again to count instructions, and finds the same session
//! then.

use crate::arguments::Arguments;
use crate::content;
use crate::fixture::{self, Fixture};

/// A session, and how the arguments name it.
#[derive(Clone, Debug)]
pub(crate) struct Selected {
    pub(crate) fixture: Fixture,
    /// If the session was made for this: how many bytes of content it has.
    content: Option<usize>,
}

impl Selected {
    /// A session that was made to have this many bytes of content, or one of the file: that of
    /// `--session=NAME`, or `medium`, or the first.
    pub(crate) fn by(arguments: &Arguments) -> Result<Self, String> {
        if let Some(bytes) = arguments.value("--content") {
            let bytes = bytes.parse();
            return Ok(Self::with_content(
                bytes.map_err(|_| "--content needs a number")?,
            ));
        }
        let fixtures = fixture::read(arguments.file()?)?;
        let named = |name: &str| fixtures.iter().find(|it| it.name == name);
        let found = match arguments.value("--session") {
            Some(name) => named(name),
            None => named("medium").or_else(|| fixtures.first()),
        };
        let fixture = found.ok_or("the file has no such session")?;
        Ok(Self {
            fixture: fixture.clone(),
            content: None,
        })
    }

    /// A session with this many bytes of content.
    pub(crate) fn with_content(bytes: usize) -> Self {
        Self {
            fixture: content::fixture(bytes),
            content: Some(bytes),
        }
    }

    /// The option that selects it.
    pub(crate) fn option(&self) -> String {
        match self.content {
            Some(bytes) => format!("--content={bytes}"),
            None => format!("--session={}", self.fixture.name),
        }
    }
}
