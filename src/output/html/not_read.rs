//! Everything that was not read, by cause, as loud as what failed: the calls, what is undecided because of them, and
//! what to change.

use std::collections::BTreeSet;

use super::super::terminal::not_on_file;
use super::super::terminal::not_read::{
    CauseEffects, CauseKey, by_weight, causes, name, remedy, unanswered, undecided,
};
use super::super::text::{counted, listed, number, shorten};
use super::{NAME, SENTENCE, filter_link};
use crate::model::{Finding, GapClass, Report, Verdict};

/// The number of causes that stand open; the others are there, closed.
const OPEN: usize = 8;
/// The most names that are listed for one cause.
const NAMES: usize = 12;

/// See the module.
pub(super) struct NotRead {
    pub is_empty: bool,
    pub nothing_selected: bool,
    pub totals: String,
    pub open: Vec<CauseShown>,
    pub closed: Vec<CauseShown>,
    pub actions: Vec<String>,
    pub without_call: usize,
    pub unknown_link: String,
    pub scope_unknown: usize,
    pub scope_unknown_link: String,
}

/// One cause.
pub(super) struct CauseShown {
    pub name: String,
    pub worst: Option<&'static str>,
    pub undecided: String,
    pub rules: Vec<(String, String, String)>,
    pub unseen: Vec<String>,
    pub calls: String,
    pub places: String,
    pub resources: String,
    pub facts: String,
    pub words_from: &'static str,
    pub words: String,
    pub request_id: String,
    pub fix: String,
}

impl NotRead {
    pub(super) fn of(report: &Report) -> Self {
        let is_undecided = |finding: &&Finding| finding.verdict == Verdict::Unknown && !finding.is_unattested();
        let unknown: Vec<&Finding> = report.findings.iter().filter(is_undecided).collect();
        let mut causes = causes(report, &unknown);
        causes.retain(|key, _| key.2 != GapClass::NotAttested);
        let causes = by_weight(causes);
        let not_asked = causes.iter().filter(|(key, _)| key.2 == GapClass::NotCollected);
        let not_asked = not_asked.map(|(_, cause)| cause.gaps.len()).sum();
        let denied = causes.iter().filter(|(key, _)| key.2 == GapClass::Denied);
        let actions: BTreeSet<String> = denied
            .flat_map(|(_, cause)| &cause.gaps)
            .flat_map(|gap| gap.iam_actions.iter().map(|action| shorten(action, NAME).into_owned()))
            .collect();
        let mut shown: Vec<CauseShown> = causes.iter().map(|(key, cause)| CauseShown::of(*key, cause)).collect();
        let closed = shown.split_off(shown.len().min(OPEN));
        Self {
            is_empty: causes.is_empty() && unknown.is_empty(),
            nothing_selected: report.scan.rule_count == 0,
            totals: totals(undecided(report), unanswered(report), not_asked),
            open: shown,
            closed,
            actions: actions.into_iter().collect(),
            without_call: unknown.iter().filter(|finding| finding.gaps.is_empty()).count(),
            unknown_link: filter_link(&[("verdict", "unknown")]),
            scope_unknown: report.findings.iter().filter(|finding| finding.in_phi_scope.is_none()).count(),
            scope_unknown_link: filter_link(&[("phi", "unknown"), ("verdict", "all")]),
        }
    }
}

/// `5 findings are undecided, 2 calls got no answer, 3 facts or lists were not asked for`.
fn totals(undecided: usize, unanswered: usize, not_asked: usize) -> String {
    let parts = [
        (undecided, counted(undecided, "finding is undecided", "findings are undecided")),
        (unanswered, counted(unanswered, "call got no answer", "calls got no answer")),
        (not_asked, counted(not_asked, "fact or list was not asked for", "facts or lists were not asked for")),
    ];
    parts.into_iter().filter(|(count, _)| *count > 0).map(|(_, words)| words).collect::<Vec<_>>().join(", ")
}

/// What people have not put on file.
pub(super) struct NotOnFile {
    pub count: usize,
    pub files: Vec<FileShown>,
}

/// A file that lacks entries, or is not there.
pub(super) struct FileShown {
    pub name: String,
    pub weight: String,
    pub rules: Vec<(String, String)>,
    pub fix: String,
}

impl NotOnFile {
    /// Returns what is missing; `None` if nothing is.
    pub(super) fn of(report: &Report) -> Option<Self> {
        let files = not_on_file::files(report);
        let rule = |rule: &&str| {
            let link = filter_link(&[("rule", rule), ("verdict", "unknown")]);
            (shorten(rule, NAME).into_owned(), link)
        };
        let file = |(key, cause): &(CauseKey<'_>, CauseEffects<'_>)| FileShown {
            name: name(*key),
            weight: super::sentence_case(&not_on_file::weight(cause)),
            rules: cause.rules.keys().map(rule).collect(),
            fix: super::sentence_case(&remedy(key.2, cause)),
        };
        let shown: Vec<FileShown> = files.iter().map(file).collect();
        (!shown.is_empty()).then(|| Self { count: report.unattested(), files: shown })
    }
}

impl CauseShown {
    fn of(key: CauseKey<'_>, cause: &CauseEffects<'_>) -> Self {
        let gaps = &cause.gaps;
        let distinct = |texts: BTreeSet<&str>| {
            let texts: Vec<_> = texts.into_iter().map(|text| shorten(text, NAME)).collect();
            listed(texts.iter().map(AsRef::as_ref), NAMES)
        };
        let places: BTreeSet<String> = gaps.iter().map(|gap| format!("{} {}", gap.account, gap.region)).collect();
        let rule = |(rule, count): (&&str, &usize)| {
            let link = filter_link(&[("rule", rule), ("verdict", "unknown")]);
            (shorten(rule, NAME).into_owned(), number(*count), link)
        };
        let words = gaps.iter().map(|gap| gap.message.as_str()).find(|message| !message.is_empty());
        let request = gaps.iter().find_map(|gap| gap.request_id.as_deref());
        Self {
            name: name(key),
            worst: cause.worst.map(crate::model::Severity::as_str),
            undecided: counted(cause.undecided, "finding undecided", "findings undecided"),
            rules: cause.rules.iter().map(rule).collect(),
            unseen: gaps
                .iter()
                .flat_map(|gap| &gap.population)
                .collect::<BTreeSet<_>>()
                .into_iter()
                .map(|kind| shorten(kind, NAME).into_owned())
                .collect(),
            calls: match key.2 {
                GapClass::NotCollected => counted(gaps.len(), "fact or list", "facts or lists"),
                _ => counted(gaps.len(), "call", "calls"),
            },
            words_from: if key.2 == GapClass::NotCollected { "Why" } else { "AWS says" },
            places: distinct(places.iter().map(String::as_str).collect()),
            resources: distinct(gaps.iter().filter_map(|gap| gap.resource.as_deref()).collect()),
            facts: distinct(gaps.iter().flat_map(|gap| &gap.facts).map(String::as_str).collect()),
            words: words.map(|words| shorten(words, SENTENCE).into_owned()).unwrap_or_default(),
            request_id: request.map(|id| shorten(id, NAME).into_owned()).unwrap_or_default(),
            fix: super::sentence_case(&remedy(key.2, cause)),
        }
    }
}
