//! Results: a table for people, JSON for programs.

use serde_json::{Map, Value};

/// Rows of named values. All rows have the same columns.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<Vec<(&'static str, Value)>>,
}

impl Table {
    pub(crate) fn push(&mut self, row: Vec<(&'static str, Value)>) {
        self.rows.push(row);
    }

    /// One JSON object for each row, in an array.
    pub(crate) fn json(&self) -> Value {
        let object = |row: &Vec<(&str, Value)>| {
            let members = row
                .iter()
                .map(|(name, it)| ((*name).to_owned(), it.clone()));
            Value::Object(members.collect::<Map<_, _>>())
        };
        self.rows.iter().map(object).collect()
    }

    /// A table in Markdown, its columns aligned so that it reads well as text too.
    pub(crate) fn markdown(&self) -> String {
        let Some(first) = self.rows.first() else {
            return String::new();
        };
        let mut lines = vec![first.iter().map(|(name, _)| (*name).to_owned()).collect()];
        // A number may be missing in some rows.
        let is_number = |column: usize| self.rows.iter().any(|row| row[column].1.is_number());
        let is_number: Vec<_> = (0..first.len()).map(is_number).collect();
        lines.push(is_number.iter().map(|&it| rule(it)).collect());
        lines.extend(
            self.rows
                .iter()
                .map(|row| row.iter().map(|(_, it)| text(it)).collect::<Vec<_>>()),
        );
        let width = |column: usize| {
            let lengths = lines
                .iter()
                .map(|line: &Vec<String>| line[column].chars().count());
            lengths.max().unwrap_or_default()
        };
        let widths: Vec<_> = (0..first.len()).map(width).collect();
        let cell = |column: usize, text: &String| match is_number[column] {
            true => format!("{text:>width$}", width = widths[column]),
            false => format!("{text:<width$}", width = widths[column]),
        };
        let mut output = String::new();
        for line in &lines {
            let cells: Vec<_> = line
                .iter()
                .enumerate()
                .map(|(at, it)| cell(at, it))
                .collect();
            output.push_str(&format!("| {} |\n", cells.join(" | ")));
        }
        output
    }
}

/// Numbers are aligned to the right.
fn rule(is_number: bool) -> String {
    if is_number { "---:" } else { "---" }.to_owned()
}

/// A number with a comma between thousands, and text without quotes.
fn text(value: &Value) -> String {
    match value {
        Value::Number(number) if number.is_f64() => number.to_string(),
        Value::Number(number) => thousands(&number.to_string()),
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn thousands(digits: &str) -> String {
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) && digit.is_ascii_digit() {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped.replace("-,", "-")
}

/// A number with this many digits after the point.
pub(crate) fn rounded(value: f64, digits: i32) -> Value {
    if digits == 0 {
        return Value::from(value.round() as i64);
    }
    let factor = 10_f64.powi(digits);
    Value::from((value * factor).round() / factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::default();
        table.push(vec![("name", "sub".into()), ("bytes", 1_234.into())]);
        table.push(vec![("name", "all claims".into()), ("bytes", 5.into())]);
        table
    }

    #[test]
    fn columns_are_aligned_and_numbers_stand_to_the_right() {
        let expected = "\
            | name       | bytes |\n\
            | ---        |  ---: |\n\
            | sub        | 1,234 |\n\
            | all claims |     5 |\n";

        assert_eq!(table().markdown(), expected);
    }

    #[test]
    fn programs_get_plain_numbers() {
        let json = table().json();

        assert_eq!(json[0]["bytes"], 1_234);
        assert_eq!(json[1]["name"], "all claims");
    }

    #[test]
    fn thousands_are_separated_in_negative_numbers_too() {
        assert_eq!(text(&(-123_456).into()), "-123,456");
        assert_eq!(text(&1_000_000.into()), "1,000,000");
        assert_eq!(text(&999.into()), "999");
        assert_eq!(text(&rounded(1.0 / 3.0, 2)), "0.33");
        assert_eq!(text(&rounded(1_499.6, 0)), "1,500");
    }
}
