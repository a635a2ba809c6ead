//! Misbehaviours on request.
//!
//! To add one, name it in [`Fault`] and say at one place what it does: an endpoint that does not
//! answer properly at all in [`Fault::outage`], what an existing one does to refreshes alone in
//! [`Fault::of_refreshes`], anything else in the `match` of the endpoint that it spoils.

mod fault;
mod in_force;
mod outage;
mod refresh;

pub use self::fault::{Fault, UnknownFault};
pub(crate) use self::in_force::{Faults, InForce};
pub(crate) use self::outage::Outage;
