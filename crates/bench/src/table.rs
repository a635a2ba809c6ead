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
        lines.push(first.iter().map(|(_, it)| rule(it)).collect());
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
        let is_number: Vec<_> = first.iter().map(|(_, it)| it.is_number()).collect();
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
fn rule(value: &Value) -> String {
    if value.is_number() { "---:" } else { "---" }.to_owned()
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
