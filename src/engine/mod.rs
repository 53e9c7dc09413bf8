//! Judges an account: every selected rule on every resource of its kind, whatever the order of reading was.
//!
//! Pure and deterministic: the same facts and rules give the same findings in the same order. A fact that was not
//! read leaves its verdict unknown with the failed call behind it, and a list that was not read gives one unknown
//! finding for each rule on its kind, so that no rule falls silent.
//!
//! The cost is in proportion to resources: rules are found by kind, and gaps by fact and resource.

pub mod attested;
pub mod comparison;
mod estate;
pub mod explanation;
mod gaps;
mod judging;
pub mod neighbours;
mod order;
pub mod requirements;
pub mod scope;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
pub mod waivers;
pub mod wildcard;
mod witnesses;
mod words;

pub use self::estate::Estate;
pub use self::judging::Judge;
