//! Puts as many findings into one request as Security Hub takes.

use std::io::{self, Write};

use crate::output::asff::SecurityFinding;

/// The most findings in one request.
pub(super) const MAX_FINDINGS: usize = 100;

/// The most bytes in one request. Security Hub takes so much for one finding and more for a batch; keeping batches to
/// it, too, costs few requests more and holds under either reading of its documentation.
pub(super) const MAX_BYTES: usize = 240_000;

/// `{"Findings":[` and `]}`.
const FRAME: usize = 15;

/// The findings in batches, each made when it is asked for.
pub(super) struct Batches<I: Iterator<Item = SecurityFinding>> {
    findings: I,
    next: Option<SecurityFinding>,
}

impl<I: Iterator<Item = SecurityFinding>> Batches<I> {
    pub fn of(mut findings: I) -> Self {
        let next = findings.next();
        Self { findings, next }
    }
}

impl<I: Iterator<Item = SecurityFinding>> Iterator for Batches<I> {
    type Item = Vec<SecurityFinding>;

    fn next(&mut self) -> Option<Self::Item> {
        let first = self.next.take()?;
        let mut bytes = FRAME + size(&first);
        let mut batch = vec![first];
        for finding in self.findings.by_ref() {
            bytes += size(&finding) + 1;
            if batch.len() == MAX_FINDINGS || bytes > MAX_BYTES {
                self.next = Some(finding);
                break;
            }
            batch.push(finding);
        }
        Some(batch)
    }
}

/// The bytes of a finding on the wire.
fn size(finding: &SecurityFinding) -> usize {
    let mut counter = Counter(0);
    // A counter takes everything, and the shape has no keys that JSON could not have.
    let _ = serde_json::to_writer(&mut counter, finding);
    counter.0
}

struct Counter(usize);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
