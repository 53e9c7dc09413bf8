//! The head of the page: who scanned what, what the result means, and how it divides.

use super::super::requirements::words::{VERDICTS, verdict as word};
use super::super::scope::{self, Room, ScopeLine};
use super::super::terminal::result::ResultKind;
use super::super::text::{counted, number, shorten};
use super::requirements::StandingShown;
use super::{NAME, SENTENCE, change_in_words, filter_link, framework, sentence_case};
use crate::model::{AccountId, Change, Finding, Framework, Report, Severity, Verdict};
use crate::output::text::to_minute;

/// The most findings of an earlier report that are named although this one says nothing about them.
const NO_LONGER_SHOWN: usize = 200;

/// See the module.
pub(super) struct Overview<'r> {
    pub title: String,
    pub tool_version: &'r str,
    pub facts: Vec<ScopeLine>,
    pub scope: Vec<ScopeLine>,
    pub result: &'static str,
    pub headline: String,
    pub is_incomplete: bool,
    pub sentence: String,
    pub tiles: Vec<Tile>,
    pub severities: Vec<SeverityCount>,
    pub frameworks: Vec<FrameworkSummary>,
    pub changes: Option<ChangesShown>,
    pub warnings: Vec<String>,
}

/// A count that leads to what it counts.
pub(super) struct Tile {
    pub state: &'static str,
    pub count: String,
    pub label: &'static str,
    pub note: String,
    pub link: String,
}

/// The number of failures of one severity.
pub(super) struct SeverityCount {
    pub severity: &'static str,
    pub open: usize,
    pub waived: usize,
    pub unknown: usize,
    pub link: String,
}

/// The standings of the requirements of one framework.
pub(super) struct FrameworkSummary {
    pub name: &'static str,
    pub checked: String,
    pub total: usize,
    pub out_of_scope: usize,
    pub counts: Vec<StandingCount>,
    pub anchor: &'static str,
}

/// The number of requirements with one standing, and the piece of a bar of 1000 that they fill.
pub(super) struct StandingCount {
    pub standing: StandingShown,
    pub count: usize,
    pub from: usize,
    pub width: usize,
}

/// The changes since an earlier report.
pub(super) struct ChangesShown {
    pub since: String,
    pub counts: Vec<ChangeCount>,
    pub no_longer_reported: Vec<NoLonger>,
    pub no_longer_total: usize,
}

/// The number of findings that changed in one way.
pub(super) struct ChangeCount {
    pub label: &'static str,
    pub note: &'static str,
    pub count: usize,
    pub link: String,
}

/// A failure of the earlier report about which nothing is said now.
pub(super) struct NoLonger {
    pub title: String,
    pub resource: String,
    pub message: String,
    pub last_seen: String,
}

impl<'r> Overview<'r> {
    pub(super) fn of(report: &'r Report) -> Self {
        let outcome = ResultKind::of(report);
        Self {
            title: title(&report.scan.accounts),
            tool_version: &report.scan.tool_version,
            facts: scope_lines(report, Room::Short),
            scope: scope_lines(report, Room::Whole),
            result: result(&outcome),
            headline: sentence_case(outcome.headline()),
            is_incomplete: !outcome.complete,
            sentence: outcome.sentence(report),
            tiles: tiles(report, &outcome),
            severities: Severity::ALL.into_iter().map(|severity| severity_count(report, severity)).collect(),
            frameworks: [Framework::Hipaa, Framework::Soc2]
                .into_iter()
                .filter_map(|it| framework_summary(report, it))
                .collect(),
            changes: changes(report),
            warnings: report.warnings.iter().map(|warning| shorten(warning, SENTENCE).into_owned()).collect(),
        }
    }
}

fn title(accounts: &[AccountId]) -> String {
    match accounts {
        [] => "No account".to_owned(),
        [only] => format!("Account {}", shorten(only, NAME)),
        many => counted(many.len(), "account", "accounts"),
    }
}

/// What the report speaks of. The whole of it names every rule and resource kind, and is cut nowhere.
fn scope_lines(report: &Report, room: Room) -> Vec<ScopeLine> {
    let widest = if room == Room::Short { SENTENCE } else { usize::MAX };
    let cut = |it: ScopeLine| ScopeLine { text: sentence_case(&shorten(&it.text, widest)), ..it };
    scope::lines(report, room).into_iter().map(cut).collect()
}

/// The state whose color and shape the result has: good only where everything was read and nothing failed.
fn result(outcome: &ResultKind) -> &'static str {
    match (outcome.complete, outcome.open) {
        (_, 1..) => "fail",
        (false, 0) => "unknown",
        (true, 0) if outcome.judged == 0 => "unknown",
        (true, 0) if outcome.waived > 0 => "waived",
        (true, 0) => "met",
    }
}

fn tiles(report: &Report, outcome: &ResultKind) -> Vec<Tile> {
    let summary = report.summary;
    let of_verdict = |verdict: &str, waived: &str| filter_link(&[("verdict", verdict), ("waived", waived)]);
    let tile = |state, count: usize, label, note: String, link| Tile { state, count: number(count), label, note, link };
    let rules = |verdict| {
        let rules = report.findings.iter().filter(|finding| finding.verdict == verdict && finding.waiver.is_none());
        let rules: std::collections::BTreeSet<&str> = rules.map(|finding| finding.rule.as_str()).collect();
        format!("of {}", counted(rules.len(), "rule", "rules"))
    };
    let mut tiles = vec![
        tile("fail", outcome.open, "fail", rules(Verdict::Fail), of_verdict("fail", "no")),
        tile("unknown", summary.unknown, "unknown", rules(Verdict::Unknown), of_verdict("unknown", "any")),
        tile("gap", report.gaps.len(), "not read", "calls without an answer".to_owned(), "#not-read".to_owned()),
    ];
    if outcome.waived > 0 {
        let note = "accepted, still failing".to_owned();
        tiles.push(tile("waived", outcome.waived, "waived", note, of_verdict("fail", "yes")));
    }
    tiles.push(tile("pass", summary.pass, "pass", rules(Verdict::Pass), of_verdict("pass", "any")));
    let note = "rule does not concern it".to_owned();
    tiles.push(tile("na", summary.not_applicable, "not applicable", note, of_verdict("not applicable", "any")));
    tiles
}

fn severity_count(report: &Report, severity: Severity) -> SeverityCount {
    let count = |fits: fn(&Finding) -> bool| {
        report.findings.iter().filter(|finding| finding.severity == severity && fits(finding)).count()
    };
    SeverityCount {
        severity: severity.as_str(),
        open: count(|finding| finding.verdict == Verdict::Fail && finding.waiver.is_none()),
        waived: count(|finding| finding.verdict == Verdict::Fail && finding.waiver.is_some()),
        unknown: count(|finding| finding.verdict == Verdict::Unknown),
        link: filter_link(&[("severity", severity.as_str())]),
    }
}

fn framework_summary(report: &Report, which: Framework) -> Option<FrameworkSummary> {
    let rows: Vec<_> = report.requirements.iter().filter(|row| row.framework == which).collect();
    let in_scope: Vec<_> = rows.iter().filter(|row| row.in_scope).collect();
    let mut from = 0;
    let counts = VERDICTS.into_iter().map(|verdict| {
        let count = in_scope.iter().filter(|row| row.verdict == verdict).count();
        let width = count * 1000 / in_scope.len().max(1);
        let piece = StandingCount { standing: StandingShown::of(verdict), count, from, width };
        from += width;
        debug_assert_eq!(piece.standing.word, word(verdict));
        piece
    });
    let counts: Vec<_> = counts.collect();
    let date = report.scan.catalog_dates.iter().find(|date| date.framework == which);
    (!rows.is_empty()).then(|| FrameworkSummary {
        name: framework(which),
        checked: date.map(|date| shorten(&date.checked, NAME).into_owned()).unwrap_or_default(),
        total: in_scope.len(),
        out_of_scope: rows.len() - in_scope.len(),
        counts,
        anchor: match which {
            Framework::Hipaa => "#requirements-hipaa",
            Framework::Soc2 => "#requirements-soc2",
        },
    })
}

fn changes(report: &Report) -> Option<ChangesShown> {
    let comparison = report.comparison.as_ref()?;
    let counts = comparison.counts;
    let count = |change, count, note| ChangeCount {
        label: change_in_words(change),
        note,
        count,
        link: filter_link(&[("change", change_in_words(change)), ("verdict", "all")]),
    };
    let no_longer = comparison.no_longer_reported.iter().take(NO_LONGER_SHOWN).map(|finding| NoLonger {
        title: shorten(&finding.title, SENTENCE).into_owned(),
        resource: shorten(finding.resource.id.as_deref().unwrap_or("list not read"), NAME).into_owned(),
        message: shorten(&finding.message, SENTENCE).into_owned(),
        last_seen: finding.history.as_ref().map(|history| to_minute(history.last_seen)).unwrap_or_default(),
    });
    Some(ChangesShown {
        since: to_minute(comparison.baseline_started_at),
        counts: vec![
            count(Change::New, counts.new, "fail now and did not before"),
            count(Change::Changed, counts.changed, "fail otherwise than before"),
            count(Change::StillFailing, counts.still_failing, "fail as before"),
            count(Change::NewlyUnknown, counts.newly_unknown, "were decided before"),
            count(Change::Resolved, counts.resolved, "do not fail any more"),
        ],
        no_longer_reported: no_longer.collect(),
        no_longer_total: comparison.no_longer_reported.len(),
    })
}
