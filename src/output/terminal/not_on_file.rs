//! What people have not put on file: entries that no call to AWS could replace. They stand apart from what was not read,
//! because nothing went wrong, and somebody has to write.

use std::io;

use super::super::page::{BOLD, PLAIN, Page, UNKNOWN};
use super::super::text::{counted, listed, shorten};
use super::NAME;
use super::not_read::{CauseEffects, CauseKey, by_weight, causes, name, remedy};
use crate::model::{Finding, GapClass, Report, Verdict};

/// The most rules that are named for one file.
const NAMES_SHOWN: usize = 6;

/// The files that lack entries, with what waits for them, the worst first.
pub(in crate::output) fn files(report: &Report) -> Vec<(CauseKey<'_>, CauseEffects<'_>)> {
    let unknown: Vec<&Finding> = report.findings.iter().filter(|finding| finding.verdict == Verdict::Unknown).collect();
    let mut causes = causes(report, &unknown);
    causes.retain(|key, _| key.2 == GapClass::NotAttested);
    by_weight(causes)
}

/// `12 entries, at worst high`.
pub(in crate::output) fn weight(cause: &CauseEffects<'_>) -> String {
    let count = counted(cause.undecided, "entry is waited for", "entries are waited for");
    match cause.worst {
        Some(worst) => format!("{count}, at worst {}", worst.as_str()),
        None => count,
    }
}

/// Writes the section, if anything is missing.
pub(super) fn write(report: &Report, full: bool, page: &mut Page<'_>) -> io::Result<()> {
    let files = files(report);
    if files.is_empty() {
        return Ok(());
    }
    let waiting = counted(report.unattested(), "entry that people must write", "entries that people must write");
    page.heading("NOT ON FILE", UNKNOWN, &waiting)?;
    let limit = if full { usize::MAX - 1 } else { NAMES_SHOWN };
    for (key, cause) in &files {
        page.item(0, "MISSING  ", UNKNOWN, &name(*key), BOLD)?;
        let rules: Vec<_> = cause.rules.keys().map(|rule| shorten(rule, NAME)).collect();
        let rules = listed(rules.iter().map(AsRef::as_ref), limit);
        page.item(2, "", PLAIN, &format!("{}: {rules}.", weight(cause)), PLAIN)?;
        page.item(2, "Fix: ", BOLD, &remedy(key.2, cause), PLAIN)?;
    }
    Ok(())
}
