//! What a guard demands and a user does not have, in words for people.

use std::time::Duration;

use crate::context::missing_access::Missing;

/// A line for each, for a list after "this page needs".
pub(super) fn lines(missing: &[Missing]) -> Vec<String> {
    missing.iter().filter_map(line).collect()
}

fn line(missing: &Missing) -> Option<String> {
    Some(match missing {
        Missing::Scope(scope) if scope.contains(' ') => format!("the permissions {scope}"),
        Missing::Scope(scope) => format!("the permission {scope}"),
        Missing::Acr(values) => {
            let values: Vec<_> = values.split_ascii_whitespace().collect();
            format!("a stronger sign-in ({})", values.join(" or "))
        }
        Missing::MaxAge(max_age) => format!("a sign-in within the last {}", in_words(*max_age)),
        Missing::Organization(id) => format!("a sign-in for the organization {id}"),
        Missing::Role(role) => format!("the role {role}"),
        // Only the application knows what its function demands.
        Missing::Other => return None,
    })
}

/// The largest unit that gives a whole number.
fn in_words(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let units = [("day", 86_400), ("hour", 3_600), ("minute", 60)];
    let unit = units
        .into_iter()
        .find(|(_, length)| seconds.is_multiple_of(*length));
    let (name, length) = unit.unwrap_or(("second", 1));
    match seconds.checked_div(length).unwrap_or_default() {
        1 => name.to_owned(),
        count => format!("{count} {name}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_missing_access_is_named() {
        let max_age = |seconds| Missing::MaxAge(Duration::from_secs(seconds));
        let missing = [
            Missing::Scope("orders:write".into()),
            Missing::Scope("a b".into()),
            Missing::Acr("gold platinum".into()),
            max_age(60),
            max_age(90),
            max_age(300),
            max_age(7_200),
            max_age(86_400),
            Missing::Organization("acme".into()),
            Missing::Role("admin".into()),
            Missing::Other,
        ];

        assert_eq!(
            lines(&missing),
            [
                "the permission orders:write",
                "the permissions a b",
                "a stronger sign-in (gold or platinum)",
                "a sign-in within the last minute",
                "a sign-in within the last 90 seconds",
                "a sign-in within the last 5 minutes",
                "a sign-in within the last 2 hours",
                "a sign-in within the last day",
                "a sign-in for the organization acme",
                "the role admin",
            ]
        );
    }
}
