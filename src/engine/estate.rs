//! Everything that is judged of an account, in one shape: what was read, what was concluded from it, and what people
//! attest. They stand side by side, and a snapshot stays what a scan read.

use crate::model::{Gap, Header, Resource, Snapshot};

/// The facts of an account, from all sources.
#[derive(Debug)]
pub struct Estate<'a> {
    pub(super) header: &'a Header,
    /// The kinds whose lists are known as far as no gap says otherwise.
    pub(super) kinds: Vec<&'a str>,
    pub(super) resources: Vec<&'a Resource>,
    pub(super) gaps: Vec<&'a Gap>,
}

impl<'a> Estate<'a> {
    /// The facts that were read.
    pub fn of(snapshot: &'a Snapshot) -> Self {
        let estate = Self { header: &snapshot.header, kinds: Vec::new(), resources: Vec::new(), gaps: Vec::new() };
        estate.beside(snapshot.header.kinds.iter().map(String::as_str), &snapshot.resources, &snapshot.gaps)
    }

    /// The same, beside the facts of another source about kinds of its own.
    pub fn beside(
        mut self,
        kinds: impl IntoIterator<Item = &'a str>,
        resources: &'a [Resource],
        gaps: &'a [Gap],
    ) -> Self {
        self.kinds.extend(kinds);
        self.resources.extend(resources);
        self.gaps.extend(gaps);
        self
    }
}
