//! How to ask AWS, for every room that does.
//!
//! [`connect`] loads settings and credentials, asks whose they are and settles the regions. A [`Session`] is one scan of one
//! account, and a [`Site`] of it is where to ask. Every call goes through the limiter, is entered into the ledger, and leaves
//! a gap where it fails. [`wire`] calls any operation that this build has a model of.

pub mod connect;
pub mod failure;
pub mod ledger;
pub mod limiter;
pub mod members;
pub mod operation;
pub mod progress;
pub mod session;
pub mod simulate;
pub mod wire;

pub use connect::{Connection, LIST_REGIONS, Live, Regions, connect};
pub use failure::Failure;
pub use limiter::Limiter;
pub use members::{Member, Members, member_operations, members};
pub use operation::{EventQuestions, Operation, Plan, Yield};
pub use progress::{Progress, Unwatched};
pub use session::{Answer, CallFailure, Listing, ResourceReader, Session, Site};
