//! What a long run tells while it asks AWS.

/// What the tool was doing, for whoever watches.
pub trait Progress: Send + Sync {
    /// A new phase begins.
    fn phase(&self, text: &str);
    /// How many calls have ended and how many are in flight.
    fn calls(&self, done: usize, in_flight: usize);
    /// Something that people should know and that changes no result.
    fn note(&self, _: &str) {}
}

/// Nobody watches: one account among many, or a run without a terminal.
#[derive(Debug, Clone, Copy)]
pub struct Unwatched;

impl Progress for Unwatched {
    fn phase(&self, _: &str) {}
    fn calls(&self, _: usize, _: usize) {}
}
