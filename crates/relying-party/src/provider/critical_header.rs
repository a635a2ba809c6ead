//! Header parameters of ID tokens that the application processes (RFC 7515 section 4.1.11).

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::claims::JsonText;
use crate::config_error::ConfigError;

const MAX_NUMBER: usize = 16;

/// The parameters of RFC 7515 section 4.1, RFC 7516 section 4.1 and RFC 7518 section 4, which `crit`
/// must not name (RFC 7515 section 4.1.11), and `b64` (RFC 7797), which changes how the payload is
/// read.
const REFUSED: [&str; 21] = [
    "alg", "apu", "apv", "b64", "crit", "cty", "enc", "epk", "iv", "jku", "jwk", "kid", "p2c",
    "p2s", "tag", "typ", "x5c", "x5t", "x5t#S256", "x5u", "zip",
];

/// A name, and the application's check of the parameter's value.
#[derive(Clone)]
pub(crate) struct CriticalHeader {
    name: String,
    check: Arc<dyn Fn(&JsonText) -> bool + Send + Sync>,
}

impl CriticalHeader {
    pub(super) fn new(
        name: impl Into<String>,
        check: impl Fn(&JsonText) -> bool + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            check: Arc::new(check),
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Returns whether the application accepts this value.
    pub(crate) fn accepts(&self, value: &JsonText) -> bool {
        // A check that panics has not accepted the value. The panic must not end a refresh whose
        // response has the only valid refresh token.
        catch_unwind(AssertUnwindSafe(|| (self.check)(value))).unwrap_or(false)
    }

    pub(super) fn check_all(headers: &[Self]) -> Result<(), ConfigError> {
        let refused = |rule, remedy| Err(ConfigError::new("critical_header", rule, remedy));
        let remedy = "give the name as the provider's documentation writes it";
        let is_visible = |name: &str| name.bytes().all(|byte| byte.is_ascii_graphic());
        if headers.len() > MAX_NUMBER {
            return refused(
                "must be at most 16",
                "name only those that the provider uses",
            );
        }
        for (number, header) in headers.iter().enumerate() {
            let name = header.name();
            if name.is_empty() || !is_visible(name) {
                return refused("must have a name of visible ASCII characters", remedy);
            }
            if name == "b64" {
                return refused(
                    "must not be `b64`, which changes how the payload is read (RFC 7797)",
                    "have the provider send ID tokens with an encoded payload",
                );
            }
            if REFUSED.contains(&name) {
                return refused(
                    "must not be a parameter that RFC 7515 or RFC 7518 defines",
                    remedy,
                );
            }
            if headers.iter().take(number).any(|it| it.name() == name) {
                return refused("must have one check for each name", "remove one of the two");
            }
        }
        Ok(())
    }
}

/// Shows only the name: the check is code of the application.
impl fmt::Debug for CriticalHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CriticalHeader").field(&self.name).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::{CheckedSettings, Provider};

    fn fault(names: &[&str]) -> &'static str {
        let provider = Provider::new("https://op.example", "client-id");
        let provider = names.iter().fold(provider, |provider, name| {
            provider.critical_header(*name, |_| true)
        });
        CheckedSettings::try_from(provider).map_or_else(|error| error.setting(), |_| "")
    }

    #[test]
    fn no_check_is_accepted_for_a_parameter_that_the_standards_define() {
        for name in REFUSED {
            assert_eq!(fault(&[name]), "critical_header", "{name}");
            assert_eq!(fault(&["tenant", name]), "critical_header", "{name}");
        }
    }

    #[test]
    fn a_name_is_visible_ascii_and_given_once_and_there_are_at_most_sixteen() {
        for names in [
            &[""][..],
            &[" tenant"],
            &["ten ant"],
            &["t\u{e9}nant"],
            &["a", "b", "a"],
        ] {
            assert_eq!(fault(names), "critical_header", "{names:?}");
        }
        let names: Vec<_> = (0..17).map(|number| format!("x-{number}")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        assert_eq!(fault(&names[..16]), "");
        assert_eq!(fault(&names), "critical_header");
        assert_eq!(fault(&["http://example.com/UNDEFINED", "undefined"]), "");
    }

    #[test]
    fn debug_shows_only_the_name_of_a_critical_header() {
        let provider = Provider::new("https://op.example", "id");
        let shown = format!("{:?}", provider.critical_header("tenant", |_| true));
        assert!(shown.contains(r#"CriticalHeader("tenant")"#), "{shown}");
    }
}
