//! `report`: writes the tables of a page, and the plot beside it, so that nobody copies numbers by hand.

use std::fs;
use std::path::Path;

use crate::arguments::Arguments;
#[cfg(feature = "scale")]
use crate::scale;
use crate::{cookies, fixture, http, plot, profile, sizes};

/// Replaces the tables of the page of `--page=FILE`. Each stands between `<!-- NAME -->` and
/// `<!-- end of NAME -->`. With `--only=NAME,NAME` it replaces those tables alone, and the plot if they are
/// `sizes` and `cookies`. The table `codecs` needs `--dictionary=FILE`.
pub(crate) fn run(arguments: &Arguments) -> Result<String, String> {
    let page = arguments.value("--page").ok_or("--page=FILE is missing")?;
    let text = fs::read_to_string(page).map_err(|error| format!("cannot read {page}: {error}"))?;
    let mut page_text = Page {
        text,
        only: arguments.value("--only").map(str::to_owned),
        written: Vec::new(),
    };
    #[cfg(feature = "codecs")]
    if page_text.wants("codecs") && arguments.value("--dictionary").is_none() {
        // Before the measurements, which take minutes.
        return Err("the table codecs needs --dictionary=FILE".to_owned());
    }
    let counted = arguments.with(&["--instructions"]);
    let image = Path::new(page).with_file_name("performance.svg");
    let mut all_sizes = Vec::new();
    if page_text.wants("sizes") {
        for file in arguments.files()? {
            all_sizes.extend(fixture::read(file)?.iter().map(sizes::measure));
        }
        page_text.replace("sizes", &sizes::table(&all_sizes).markdown())?;
    }
    if page_text.wants("cookies") {
        let costs = cookies::measure(&counted)?;
        page_text.replace("cookies", &cookies::table(&costs).markdown())?;
        page_text.replace("goals", &cookies::goals::table(&costs).markdown())?;
        if page_text.wants("sizes") {
            let session = cookies::Selected::by(arguments)?.fixture;
            let written = fs::write(&image, plot::svg(&all_sizes, &session.name, &costs));
            written.map_err(|error| format!("cannot write {}: {error}", image.display()))?;
        }
    }
    if page_text.wants("profile") {
        page_text.replace("profile", &profile::measure(arguments)?.markdown())?;
    }
    if page_text.wants("http") {
        page_text.replace("http", &http::run(arguments)?)?;
    }
    #[cfg(feature = "scale")]
    for (name, table) in scale::measure(&counted, |name| page_text.wants(name))? {
        page_text.replace(name, &table.markdown())?;
    }
    #[cfg(feature = "codecs")]
    if page_text.wants("codecs") {
        page_text.replace("codecs", &crate::codecs::run(arguments)?)?;
    }
    if page_text.written.is_empty() {
        return Err("--only names no table of this page".to_owned());
    }
    fs::write(page, &page_text.text).map_err(|error| format!("cannot write {page}: {error}"))?;
    Ok(format!(
        "{page}: {} written\n",
        page_text.written.join(", ")
    ))
}

/// The page, and which of its tables are wanted.
#[derive(Debug)]
struct Page {
    text: String,
    only: Option<String>,
    written: Vec<&'static str>,
}

impl Page {
    /// Whether this table is wanted. `scale` stands for all tables whose names begin with it.
    fn wants(&self, table: &str) -> bool {
        let is_named = |only: &String| {
            let mut names = only.split(',');
            names.any(|name| name == table || (name == "scale" && table.starts_with("scale-")))
        };
        self.only.as_ref().is_none_or(is_named)
    }

    fn replace(&mut self, name: &'static str, table: &str) -> Result<(), String> {
        let (begin, end) = (
            format!("<!-- {name} -->\n"),
            format!("<!-- end of {name} -->"),
        );
        let missing = || format!("the page has no place for the table {name}");
        let (before, rest) = self.text.split_once(&begin).ok_or_else(missing)?;
        let (_, after) = rest.split_once(&end).ok_or_else(missing)?;
        self.text = format!("{before}{begin}\n{table}\n{end}{after}");
        self.written.push(name);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(only: Option<&str>) -> Page {
        Page {
            text: "one\n<!-- sizes -->\nold\n<!-- end of sizes -->\ntwo\n".to_owned(),
            only: only.map(str::to_owned),
            written: Vec::new(),
        }
    }

    #[test]
    fn a_table_is_replaced_and_the_rest_stays() {
        let mut page = page(None);

        page.replace("sizes", "| new |\n").unwrap();

        let expected = "one\n<!-- sizes -->\n\n| new |\n\n<!-- end of sizes -->\ntwo\n";
        assert_eq!(page.text, expected);
    }

    #[test]
    fn a_table_that_the_page_has_no_place_for_is_an_error() {
        let mut page = page(None);

        assert!(page.replace("http", "").is_err());
        assert!(page.written.is_empty());
    }

    #[test]
    fn all_tables_are_written_unless_some_are_named() {
        assert!(page(None).wants("http"));

        let some = page(Some("sizes,scale"));
        assert!(some.wants("sizes"));
        assert!(some.wants("scale-memory"));
        assert!(!some.wants("http"));
    }
}
