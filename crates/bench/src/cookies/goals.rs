//! What a request may cost: ratios to other crates, and limits of time and instructions.

use serde_json::Value;

use super::Cost;
use super::guards;
use super::requests::Variant;
use crate::limit;
use crate::table::{Table, rounded};

/// The largest ratio of the layer's time for `sub` to that of another crate, in the lowest round of each.
const RATIOS: [(&str, &str, f64); 2] = [
    ("sub, to tower-sessions", "tower-sessions, sub", 0.45),
    ("sub, to PrivateCookieJar", "PrivateCookieJar, sub", 0.15),
];

/// The most nanoseconds beyond bare of a request whose handler does not look at the session.
const NANOSECONDS_NOT_LOOKED_AT: f64 = 1_000.0;

/// The most instructions of a request beyond bare.
const INSTRUCTIONS: [(&str, f64); 3] = [
    ("sub", 38_000.0),
    ("not looked at", 3_000.0),
    ("anonymous", 2_500.0),
];

/// The most instructions that twenty cookies of other applications add.
const FOREIGN_COOKIES: f64 = 3_000.0;

/// The most instructions that demands of a guard add: the goal, the request with them and the one without, and the limit.
/// The first demand that reads a claim parses the claims, which has no limit here.
const DEMANDS: [(&str, &str, &str, f64); 2] = [
    (
        "scope, acr and max_age",
        guards::SIGN_IN,
        guards::GUARDED,
        1_500.0,
    ),
    ("a second role", guards::TWO_ROLES, guards::ROLE, 500.0),
];

/// A row for each goal whose requests were measured. The numbers of cookies are those of other applications.
pub(crate) fn table(costs: &[Cost]) -> Table {
    let mut rows = Rows {
        costs,
        table: Table::default(),
    };
    for variant in [Variant::PLAIN, Variant::FOREIGN] {
        rows.times(variant);
    }
    rows.instructions();
    rows.table
}

struct Rows<'c> {
    costs: &'c [Cost],
    table: Table,
}

impl Rows<'_> {
    fn times(&mut self, variant: Variant) {
        let lowest = |request| Some(self.find(request, variant)?.lowest);
        let ratio = |&(goal, peer, limit)| Some((goal, lowest("sub")? / lowest(peer)?, limit));
        let ratios: Vec<_> = RATIOS.iter().filter_map(ratio).collect();
        let not_looked_at = self.find("not looked at", variant);
        let beyond = not_looked_at.and_then(|it| Some(it.lowest - it.bare(self.costs)?.lowest));
        for (goal, ratio, limit) in ratios {
            self.push(
                goal,
                variant.foreign,
                "ratio of times",
                3,
                Some(ratio),
                limit,
            );
        }
        let limit = NANOSECONDS_NOT_LOOKED_AT;
        let unit = "ns beyond bare";
        self.push("not looked at", variant.foreign, unit, 0, beyond, limit);
    }

    fn instructions(&mut self) {
        let unit = "instructions beyond bare";
        for (request, limit) in INSTRUCTIONS {
            let beyond = self.beyond(request, Variant::PLAIN);
            self.push(request, 0, unit, 0, beyond, limit);
        }
        // A cookie that was changed must not cost more than a valid one.
        if let Some(sub) = self.beyond("sub", Variant::PLAIN) {
            let forged = self.beyond("forged", Variant::PLAIN);
            self.push("forged, as sub", 0, unit, 0, forged, sub);
        }
        for (goal, request, without, limit) in DEMANDS {
            let beyond = |request| self.beyond(request, Variant::PLAIN);
            let pair = beyond(request).zip(beyond(without));
            let added = pair.map(|(with, without)| with - without);
            self.push(goal, 0, "instructions added", 0, added, limit);
        }
        for request in ["anonymous", "not looked at", "sub"] {
            let beyond = |variant| self.beyond(request, variant);
            let pair = beyond(Variant::FOREIGN).zip(beyond(Variant::PLAIN));
            let added = pair.map(|(with, without)| with - without);
            let count = Variant::FOREIGN.foreign;
            let unit = "instructions added";
            self.push(request, count, unit, 0, added, FOREIGN_COOKIES);
        }
    }

    fn push(
        &mut self,
        goal: &str,
        foreign: usize,
        unit: &str,
        digits: i32,
        measured: Option<f64>,
        limit: f64,
    ) {
        let Some(measured) = measured else {
            return;
        };
        let mut row: Vec<(&'static str, Value)> = vec![
            ("goal", goal.into()),
            ("foreign cookies", foreign.into()),
            ("unit", unit.into()),
            ("measured", rounded(measured, digits)),
        ];
        row.extend(limit::columns(Some(limit), digits, measured));
        self.table.push(row);
    }

    fn find(&self, request: &str, variant: Variant) -> Option<&Cost> {
        let mut costs = self.costs.iter();
        costs.find(|it| it.request == request && it.variant == variant)
    }

    /// Instructions beyond those of the same request without a layer.
    fn beyond(&self, request: &str, variant: Variant) -> Option<f64> {
        let cost = self.find(request, variant)?;
        let bare = cost.bare(self.costs)?.instructions?;
        Some(cost.instructions? as f64 - bare as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(request: &str, foreign: usize, lowest: f64, instructions: u64) -> Cost {
        Cost {
            request: request.to_owned(),
            variant: Variant {
                secrets: 1,
                foreign,
            },
            lowest,
            median: 2.0 * lowest,
            allocations: 0,
            bytes: 0,
            instructions: Some(instructions),
        }
    }

    fn row(costs: &[Cost], goal: &str, foreign: usize, unit: &str) -> (Value, Value) {
        let rows = table(costs).json();
        let mut rows = rows.as_array().unwrap().iter();
        let row = rows.find(|row| {
            row["goal"] == goal && row["foreign cookies"] == foreign && row["unit"] == unit
        });
        let row = row.unwrap_or_else(|| panic!("no row {goal}"));
        (row["measured"].clone(), row["result"].clone())
    }

    #[test]
    fn sub_is_compared_with_the_lowest_round_of_another_crate_with_as_many_foreign_cookies() {
        let costs = [
            cost("sub", 0, 40.0, 0),
            cost("tower-sessions, sub", 0, 100.0, 0),
            cost("sub", 20, 50.0, 0),
            cost("tower-sessions, sub", 20, 100.0, 0),
        ];

        let ratio = |foreign| row(&costs, "sub, to tower-sessions", foreign, "ratio of times");
        assert_eq!(ratio(0), (0.4.into(), "kept".into()));
        assert_eq!(ratio(20), (0.5.into(), "failed".into()));
    }

    #[test]
    fn the_handler_alone_is_subtracted() {
        let costs = [
            cost("bare", 0, 200.0, 1_000),
            cost("not looked at", 0, 1_201.0, 4_000),
        ];

        let measured = |unit| row(&costs, "not looked at", 0, unit);
        assert_eq!(measured("ns beyond bare"), (1_001.into(), "failed".into()));
        assert_eq!(
            measured("instructions beyond bare"),
            (3_000.into(), "kept".into())
        );
    }

    #[test]
    fn a_forged_cookie_may_cost_as_much_as_a_valid_one() {
        let costs = |forged| {
            [
                cost("bare", 0, 0.0, 0),
                cost("sub", 0, 0.0, 100),
                cost("forged", 0, 0.0, forged),
            ]
        };
        let result = |forged| {
            let unit = "instructions beyond bare";
            row(&costs(forged), "forged, as sub", 0, unit).1
        };

        assert_eq!([result(100), result(101)], ["kept", "failed"]);
    }

    #[test]
    fn only_what_foreign_cookies_add_counts() {
        let costs = [
            cost("bare", 0, 0.0, 10),
            cost("sub", 0, 0.0, 50_010),
            cost("bare", 20, 0.0, 20),
            cost("sub", 20, 0.0, 53_020),
        ];

        let added = row(&costs, "sub", 20, "instructions added");
        assert_eq!(added, (3_000.into(), "kept".into()));
    }
}
