//! How to ask AWS, for every room that does.
//!
//! [`connect`] loads settings and credentials, asks whose they are and settles the regions. A [`Session`] is one scan
//! of one account, and a [`Site`] of it is where to ask. Every call goes through the limiter, is entered into the
//! ledger, and leaves a gap where it fails. [`wire`] calls any operation that this build has a model of.

mod advice;
mod call;
mod clients;
pub mod connect;
mod failure;
mod flaw;
mod ledger;
mod limiter;
mod listing;
mod members;
mod operation;
mod progress;
mod read;
mod resource_reader;
mod service_reader;
mod session;
pub mod simulate;
pub(crate) mod site;
pub mod told;
pub mod wire;

pub use call::Line;
pub use clients::Clients;
pub use connect::{Connection, LIST_REGIONS, Live, Purpose, Regions, connect};
pub use failure::{CallFailure, Failure};
pub use limiter::Limiter;
pub use listing::Listing;
pub use members::{Member, Members, member_operations, members};
pub use operation::{EventQuestions, Operation, Plan, Yield};
pub use progress::{Progress, Unwatched};
pub use resource_reader::{Answer, ResourceReader};
pub use service_reader::{Item, ServiceReader};
pub use session::{Identity, Session};
pub use site::Site;
