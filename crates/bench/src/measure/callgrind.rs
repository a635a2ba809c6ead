//! What callgrind writes: the instructions of each function, without those of the functions that it calls.

use std::collections::HashMap;

/// Instructions by the name of the function.
///
/// A line `fn=(7) name` begins a function, and `fn=(7)` is the same one again. The lines of numbers that follow
/// are its cost: a position and a number. After a line `calls=`, one such line is the cost of the function that is
/// called, which is counted there.
pub(crate) fn by_function(text: &str) -> HashMap<String, u64> {
    let mut names = HashMap::new();
    let mut costs = HashMap::new();
    let mut function = String::new();
    let mut is_of_call = false;
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("fn=") {
            function = resolve(&mut names, name);
        } else if let Some(name) = line.strip_prefix("cfn=") {
            resolve(&mut names, name);
        } else if line.starts_with("calls=") {
            is_of_call = true;
        } else if line.starts_with(|first: char| first.is_ascii_digit() || "+-*".contains(first)) {
            if !is_of_call {
                let cost = line
                    .split_whitespace()
                    .nth(1)
                    .and_then(|it| it.parse::<u64>().ok());
                *costs.entry(function.clone()).or_default() += cost.unwrap_or_default();
            }
            is_of_call = false;
        }
    }
    costs
}

/// The name behind `(7) name` or `(7)`.
fn resolve(names: &mut HashMap<String, String>, text: &str) -> String {
    match text.split_once(' ') {
        Some((id, name)) => {
            names.insert(id.to_owned(), name.to_owned());
            name.to_owned()
        }
        None => names.get(text).cloned().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cost_of_a_call_counts_for_the_function_that_is_called() {
        let text = "\
            events: Ir\n\
            fn=(1) main\n\
            3 5\n\
            cfn=(2) aes::encrypt\n\
            calls=4 1\n\
            3 400\n\
            +1 7\n\
            fn=(2)\n\
            9 400\n\
            fn=(1)\n\
            * 1\n\
            totals: 413\n";

        let costs = by_function(text);

        assert_eq!(costs["main"], 13);
        assert_eq!(costs["aes::encrypt"], 400);
    }
}
