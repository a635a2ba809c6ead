//! The function under an emulator of Lambda, which freezes it after each response, against the
//! development provider.

#![cfg(test)]

mod cold_start;
mod frozen;
mod site;
mod two_instances;
