//! `report`: writes the tables of a page, and the plot beside it, so that nobody copies numbers by hand.

use std::fs;
use std::path::Path;

use crate::arguments::Arguments;
use crate::{cookies, fixture, http, plot, sizes};

/// Replaces the tables of the page of `--page=FILE`. Each stands between `<!-- NAME -->` and
/// `<!-- end of NAME -->`.
pub(crate) fn run(arguments: &Arguments) -> Result<String, String> {
    let page = arguments.value("--page").ok_or("--page=FILE is missing")?;
    let text = fs::read_to_string(page).map_err(|error| format!("cannot read {page}: {error}"))?;
    let mut all_sizes = Vec::new();
    for file in arguments.files()? {
        all_sizes.extend(fixture::read(file)?.iter().map(sizes::measure));
    }
    let counted = arguments.with(&["--instructions"]);
    let costs = cookies::measure(&counted, &cookies::session(&counted)?)?;
    let text = replace(&text, "sizes", &sizes::table(&all_sizes).markdown())?;
    let text = replace(&text, "cookies", &cookies::table(&costs).markdown())?;
    let text = replace(&text, "http", &http::run(arguments)?)?;
    #[cfg(feature = "codecs")]
    let text = replace(&text, "codecs", &crate::codecs::run(arguments)?)?;
    let image = Path::new(page).with_file_name("performance.svg");
    let written = fs::write(&image, plot::svg(&all_sizes, &costs));
    written.map_err(|error| format!("cannot write {}: {error}", image.display()))?;
    fs::write(page, text).map_err(|error| format!("cannot write {page}: {error}"))?;
    Ok(format!("{page} and {} are written\n", image.display()))
}

fn replace(text: &str, name: &str, table: &str) -> Result<String, String> {
    let (begin, end) = (
        format!("<!-- {name} -->\n"),
        format!("<!-- end of {name} -->"),
    );
    let missing = || format!("the page has no place for the table {name}");
    let (before, rest) = text.split_once(&begin).ok_or_else(missing)?;
    let (_, after) = rest.split_once(&end).ok_or_else(missing)?;
    Ok(format!("{before}{begin}\n{table}\n{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::replace;

    #[test]
    fn a_table_is_replaced_and_the_rest_stays() {
        let page = "one\n<!-- sizes -->\nold\n<!-- end of sizes -->\ntwo\n";

        let replaced = replace(page, "sizes", "| new |\n");

        let expected = "one\n<!-- sizes -->\n\n| new |\n\n<!-- end of sizes -->\ntwo\n";
        assert_eq!(replaced.as_deref(), Ok(expected));
        assert!(replace(page, "http", "").is_err());
    }
}
