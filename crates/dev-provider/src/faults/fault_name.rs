//! Faults by name, for settings.

use std::{error::Error, fmt, str::FromStr};

use super::Fault;

/// Parses the name of a variant, such as `IdTokenExpired`.
impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(name: &str) -> Result<Self, UnknownFault> {
        Self::ALL
            .iter()
            .copied()
            .find(|fault| format!("{fault:?}") == name)
            .ok_or(UnknownFault(()))
    }
}

/// The error of a name that no [`Fault`] has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownFault(());

impl fmt::Display for UnknownFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no fault has this name: use a variant of oidc_dev_provider::Fault")
    }
}

impl Error for UnknownFault {}
