//! Limits that the tables show: goals, reached or not.

use serde_json::Value;

use crate::table::rounded;

/// Limit and result, as two columns of a row. Both are empty if there is no limit.
pub(crate) fn columns(
    limit: Option<f64>,
    digits: i32,
    measured: f64,
) -> [(&'static str, Value); 2] {
    let result = match limit {
        Some(limit) if measured <= limit => "kept",
        Some(_) => "failed",
        None => "",
    };
    let limit = limit.map_or(Value::Null, |limit| rounded(limit, digits));
    [("limit", limit), ("result", result.into())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_kept_by_a_value_that_is_not_above_it() {
        let result = |limit, measured| columns(limit, 2, measured)[1].1.clone();

        assert_eq!(result(Some(1.5), 1.5), "kept");
        assert_eq!(result(Some(1.5), 1.51), "failed");
        assert_eq!(result(None, 1.51), "");
    }
}
