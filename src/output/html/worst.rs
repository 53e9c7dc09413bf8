//! The worst open failures and what is undecided, as HTML: what a reader without a script sees, and a printer that runs
//! none. The script puts its own list in their place.

use super::super::text::shorten;
use super::{NAME, SENTENCE, verdict_in_words};
use crate::model::{Finding, Report, Severity, Verdict};

/// The number of findings that stand in the page itself.
const SHOWN: usize = 100;
/// The most facts, witnesses and gaps of each finding.
const FACTS: usize = 6;

/// See the module.
pub(super) struct Worst {
    pub findings: Vec<FindingShown>,
    pub left_out: usize,
}

/// One finding.
pub(super) struct FindingShown {
    pub verdict: &'static str,
    pub severity: &'static str,
    pub title: String,
    pub message: String,
    pub place: String,
    pub evidence: Vec<String>,
    pub witnesses: Vec<String>,
    pub gaps: Vec<String>,
    pub fix: String,
    pub requirements: String,
}

impl Worst {
    /// Failures before undecided findings of the same severity, in the report's order.
    pub(super) fn of(report: &Report) -> Self {
        let open = |finding: &&Finding| match finding.verdict {
            Verdict::Fail => finding.waiver.is_none(),
            Verdict::Unknown => true,
            Verdict::Pass | Verdict::NotApplicable => false,
        };
        let total = report.findings.iter().filter(open).count();
        let orders =
            Severity::ALL.into_iter().flat_map(|severity| [(severity, Verdict::Fail), (severity, Verdict::Unknown)]);
        let ordered = orders.flat_map(|(severity, verdict)| {
            let these = report.findings.iter().filter(open);
            these.filter(move |finding| finding.severity == severity && finding.verdict == verdict)
        });
        let findings: Vec<FindingShown> = ordered.take(SHOWN).map(FindingShown::of).collect();
        Self { left_out: total - findings.len(), findings }
    }
}

impl FindingShown {
    fn of(finding: &Finding) -> Self {
        let resource = &finding.resource;
        let name = shorten(resource.id.as_deref().unwrap_or("the list was not read"), NAME);
        let gaps = finding.gaps.iter().take(FACTS);
        let evidence = finding.evidence.iter().take(FACTS).map(|evidence| {
            let value = evidence.value.as_ref().map(ToString::to_string);
            let value = value.map_or("was not read".to_owned(), |value| format!("= {}", shorten(&value, SENTENCE)));
            format!("{} {value}", shorten(&evidence.path, NAME))
        });
        Self {
            verdict: verdict_in_words(finding.verdict),
            severity: finding.severity.as_str(),
            title: shorten(&finding.title, SENTENCE).into_owned(),
            message: shorten(&finding.message, SENTENCE).into_owned(),
            place: format!("{name}, {}, {}", shorten(&resource.region, NAME), shorten(&resource.account, NAME)),
            evidence: evidence.collect(),
            witnesses: finding
                .witnesses
                .iter()
                .take(FACTS)
                .map(|it| shorten(&it.text, SENTENCE).into_owned())
                .collect(),
            gaps: gaps
                .map(|gap| format!("{} {}: {} ({})", gap.service, gap.operation, gap.class.in_words(), gap.code))
                .map(|gap| shorten(&gap, SENTENCE).into_owned())
                .collect(),
            fix: shorten(&finding.fix, SENTENCE).into_owned(),
            requirements: shorten(&[finding.hipaa.as_slice(), &finding.soc2].concat().join(", "), SENTENCE)
                .into_owned(),
        }
    }
}
