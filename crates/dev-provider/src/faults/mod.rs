//! The misbehaviours of the provider.
//!
//! To add a fault, add a variant to [`Fault`] and implement it in one place: a response that
//! replaces the endpoint in [`Fault::outage`], a variant of an existing fault for refreshes only in
//! [`Fault::on_refresh`], and any other fault in the `match` of the endpoint that it changes.

mod active_faults;
mod fault;
mod fault_name;
mod list;
mod outage;
mod refresh_faults;

pub(crate) use self::active_faults::{ActiveFaults, FaultSwitches};
pub use self::fault::Fault;
pub use self::fault_name::UnknownFault;
use self::list::faults;
pub(crate) use self::outage::Outage;
