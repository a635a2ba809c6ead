//! The table of servers, with the limits that the layer must keep.

use serde_json::Value;

use super::{Load, servers};
use crate::limit;
use crate::measure::time::Times;
use crate::table::{Table, rounded};

/// The largest ratio to the server without a layer. It is kept if the lower end of the spread is not above it.
const LIMITS: [(&str, f64); 3] = [("anonymous", 1.10), ("not looked at", 1.05), ("sub", 1.5)];

/// A row for each server, and one that compares the layer with tower-sessions.
pub(super) fn table(loads: &[Load]) -> Table {
    let mut table = Table::default();
    let without_cookies = |it: &&Load| it.server == servers::BARE;
    let bare = loads.iter().find(without_cookies);
    for load in bare
        .into_iter()
        .chain(loads.iter().filter(|it| it.server != servers::BARE))
    {
        let limit = LIMITS.iter().find(|(server, _)| *server == load.server);
        let times = Some((load.nanoseconds(), Times::of(load.bare.clone())));
        table.push(row(
            load.server,
            times,
            &load.ratio_to(&load.bare),
            limit.map(|it| it.1),
        ));
    }
    let named = |name: &str| loads.iter().find(|it| it.server == name);
    if let (Some(ours), Some(theirs)) = (named("sub"), named("tower-sessions, sub")) {
        let ratio = ours.ratio_to(&theirs.rounds);
        table.push(row("sub, to tower-sessions", None, &ratio, Some(1.0)));
    }
    table
}

fn row(
    server: &str,
    times: Option<(Times, Times)>,
    ratio: &Times,
    limit: Option<f64>,
) -> Vec<(&'static str, Value)> {
    let (lower, upper) = ratio.quartiles();
    let median = |times: Option<&Times>| times.map_or(Value::Null, |it| rounded(it.median(), 0));
    let mut row = vec![
        ("server", server.into()),
        ("ns, median", median(times.as_ref().map(|it| &it.0))),
        ("bare, same cookies", median(times.as_ref().map(|it| &it.1))),
        ("ratio, median", rounded(ratio.median(), 3)),
        ("lower quartile", rounded(lower, 3)),
        ("upper quartile", rounded(upper, 3)),
    ];
    row.extend(limit::columns(limit, 2, lower));
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(server: &'static str, rounds: &[f64], bare: f64) -> Load {
        Load {
            server,
            rounds: rounds.to_vec(),
            bare: vec![bare; rounds.len()],
        }
    }

    fn result(loads: &[Load], row: usize) -> (Value, Value) {
        let rows = table(loads).json();
        (
            rows[row]["ratio, median"].clone(),
            rows[row]["result"].clone(),
        )
    }

    #[test]
    fn a_limit_is_kept_if_the_lower_end_is_not_above_it() {
        let kept = load("sub", &[14.0, 14.9, 15.5, 16.0, 17.0], 10.0);
        let exceeded = load("sub", &[15.5, 15.6, 15.7, 15.8, 15.9], 10.0);

        assert_eq!(result(&[kept], 0), (1.55.into(), "kept".into()));
        assert_eq!(result(&[exceeded], 0), (1.57.into(), "failed".into()));
    }

    #[test]
    fn the_layer_is_compared_with_tower_sessions_round_by_round() {
        let ours = load("sub", &[12.0, 24.0, 12.0], 10.0);
        let theirs = load("tower-sessions, sub", &[24.0, 48.0, 24.0], 10.0);

        assert_eq!(result(&[ours, theirs], 2), (0.5.into(), "kept".into()));
    }
}
