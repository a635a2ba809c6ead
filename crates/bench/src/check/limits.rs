//! The file of limits, and the comparison with it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

const NOTE: &str = "The largest numbers that .ci/check-performance allows; `.ci/check-performance --write` writes them \
    anew. Instructions and allocations are those of a request beyond the handler alone with the same cookies, bytes \
    those of a session's cookies. The processor is the one that valgrind shows, which has no SHA instructions.";

/// What requests and sessions need.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(super) struct Limits {
    /// What the file is, for its readers.
    note: String,
    #[serde(flatten)]
    margins: Margins,
    #[serde(flatten)]
    environment: Environment,
    /// Beyond the same request without a layer, with one cookie secret.
    instructions: BTreeMap<String, u64>,
    allocations: BTreeMap<String, u64>,
    /// Bytes of the cookies of a session.
    bytes: BTreeMap<String, u64>,
}

/// How many percent more instructions than the limit are allowed. Allocations and bytes are exact.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub(super) struct Margins {
    /// With the same compiler: the seeds of hash tables and the C library change the number a little.
    instructions_margin_percent: u64,
    /// With another compiler, which makes other instructions of the same source.
    instructions_margin_percent_of_another_compiler: u64,
}

/// What decides how many instructions the same source needs.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Environment {
    pub(super) compiler: String,
    /// The processor that valgrind shows. Another one takes other ways through the cryptography.
    pub(super) processor: String,
}

impl Limits {
    /// What is measured here, with the margins of these limits.
    pub(super) fn measured(
        &self,
        environment: Environment,
        instructions: BTreeMap<String, u64>,
        allocations: BTreeMap<String, u64>,
        bytes: BTreeMap<String, u64>,
    ) -> Self {
        Self {
            note: NOTE.to_owned(),
            margins: self.margins,
            environment,
            instructions,
            allocations,
            bytes,
        }
    }

    /// How many percent more instructions are allowed in this environment, or `None` if they cannot be compared.
    pub(super) fn margin(&self, environment: &Environment) -> Option<u64> {
        let (ours, theirs) = (environment, &self.environment);
        if ours.processor != theirs.processor {
            return None;
        }
        Some(match ours.compiler == theirs.compiler {
            true => self.margins.instructions_margin_percent,
            false => self.margins.instructions_margin_percent_of_another_compiler,
        })
    }

    /// Says how the environment differs from that of these limits, and what follows.
    pub(super) fn difference(&self, environment: &Environment) -> Option<String> {
        let (ours, theirs) = (environment, &self.environment);
        match self.margin(environment) {
            None => Some(format!(
                "instructions are not compared, because the limits are for the processor {}, and valgrind shows {} \
                 here",
                theirs.processor, ours.processor
            )),
            Some(margin) if ours != theirs => Some(format!(
                "the limits are for the compiler {}, and this program was made by {}, so {margin} % more \
                 instructions are allowed",
                theirs.compiler, ours.compiler
            )),
            Some(_) => None,
        }
    }

    /// A line for each measured value over its limit or without one, and for each limit of something that is not
    /// measured.
    pub(super) fn exceeded_by(&self, measured: &Self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(margin) = self.margin(&measured.environment) {
            let (ours, allowed) = (&measured.instructions, &self.instructions);
            lines.extend(exceeded("instructions", ours, allowed, margin));
        }
        let (ours, allowed) = (&measured.allocations, &self.allocations);
        lines.extend(exceeded("allocations", ours, allowed, 0));
        lines.extend(exceeded("bytes", &measured.bytes, &self.bytes, 0));
        lines
    }
}

fn exceeded(
    what: &str,
    measured: &BTreeMap<String, u64>,
    limits: &BTreeMap<String, u64>,
    margin: u64,
) -> Vec<String> {
    let over = measured
        .iter()
        .filter_map(|(name, &value)| match limits.get(name) {
            Some(&limit) if value * 100 <= limit * (100 + margin) => None,
            Some(limit) => Some(format!("  {name}: {value} {what}, the limit is {limit}")),
            None => Some(format!("  {name}: {value} {what}, there is no limit")),
        });
    let gone = limits.keys().filter(|name| !measured.contains_key(*name));
    let gone =
        gone.map(|name| format!("  {name}: there is a limit of {what}, but it is not measured"));
    over.chain(gone).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(value: u64) -> BTreeMap<String, u64> {
        BTreeMap::from([("sub".to_owned(), value)])
    }

    fn count(value: u64, limit: u64, margin: u64) -> usize {
        exceeded("bytes", &map(value), &map(limit), margin).len()
    }

    fn environment(compiler: &str, processor: &str) -> Environment {
        Environment {
            compiler: compiler.to_owned(),
            processor: processor.to_owned(),
        }
    }

    fn limits(environment: Environment, value: u64) -> Limits {
        Limits {
            margins: Margins {
                instructions_margin_percent: 6,
                instructions_margin_percent_of_another_compiler: 20,
            },
            environment,
            instructions: map(value),
            allocations: map(1),
            ..Limits::default()
        }
    }

    #[test]
    fn a_value_may_exceed_its_limit_by_the_margin_alone() {
        assert_eq!(count(100, 100, 0), 0);
        assert_eq!(count(101, 100, 0), 1);
        assert_eq!(count(106, 100, 6), 0);
        assert_eq!(count(107, 100, 6), 1);
    }

    #[test]
    fn a_value_without_a_limit_is_reported() {
        let lines = exceeded("bytes", &map(1), &BTreeMap::new(), 6);

        assert_eq!(lines, ["  sub: 1 bytes, there is no limit"]);
    }

    #[test]
    fn a_limit_of_something_that_is_not_measured_is_reported() {
        let lines = exceeded("bytes", &BTreeMap::new(), &map(1), 6);

        assert_eq!(
            lines,
            ["  sub: there is a limit of bytes, but it is not measured"]
        );
    }

    #[test]
    fn instructions_of_another_processor_are_not_compared() {
        let allowed = limits(environment("rustc 1", "x86_64"), 100);
        let measured = limits(environment("rustc 1", "x86_64 with avx2"), 200);

        assert!(allowed.exceeded_by(&measured).is_empty());
        let difference = allowed.difference(&measured.environment).unwrap();
        assert!(difference.contains("not compared"), "{difference}");
    }

    #[test]
    fn instructions_of_another_compiler_have_the_wider_margin() {
        let allowed = limits(environment("rustc 1", "x86_64"), 100);
        let exceeded = |compiler, value| {
            let measured = limits(environment(compiler, "x86_64"), value);
            allowed.exceeded_by(&measured).len()
        };

        assert_eq!([exceeded("rustc 1", 106), exceeded("rustc 1", 107)], [0, 1]);
        assert_eq!([exceeded("rustc 2", 120), exceeded("rustc 2", 121)], [0, 1]);
    }

    #[test]
    fn another_compiler_is_named() {
        let allowed = limits(environment("rustc 1", "x86_64"), 100);

        let difference = allowed
            .difference(&environment("rustc 2", "x86_64"))
            .unwrap();
        assert!(difference.contains("20 % more"), "{difference}");
        assert_eq!(allowed.difference(&allowed.environment), None);
    }
}
