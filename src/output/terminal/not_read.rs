//! Everything that was not read from AWS, grouped by what went wrong: the calls, the findings that are undecided because of
//! them, the lists that may hold more than was seen, and what would make the answer come.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::super::page::{BOLD, DIM, GOOD, PLAIN, Page, UNKNOWN};
use super::super::text::{counted, listed, number, shorten};
use super::{NAME, SENTENCE, cut_off, evidence, reason, witnesses};
use crate::model::{Finding, Gap, GapClass, Report, Severity, Verdict};

/// The most rules, resources or regions that are named for one cause.
const NAMES_SHOWN: usize = 6;
/// The number of causes that are told in detail; the others get one line each, so that none is left out.
const CAUSES_DETAILED: usize = 8;
/// The most findings without a failed call that are listed for one rule.
const FINDINGS_SHOWN: usize = 3;

/// Service, operation, class and error code: what one change repairs.
pub(in crate::output) type CauseKey<'r> = (&'r str, &'r str, GapClass, &'r str);

/// Everything that one cause left open.
#[derive(Default)]
pub(in crate::output) struct CauseEffects<'r> {
    pub(in crate::output) gaps: BTreeSet<&'r Gap>,
    pub(in crate::output) undecided: usize,
    pub(in crate::output) worst: Option<Severity>,
    pub(in crate::output) rules: BTreeMap<&'r str, usize>,
}

/// Writes the section. It is there for a complete scan too, and says that it was complete.
pub(super) fn write(report: &Report, full: bool, page: &mut Page<'_>) -> io::Result<()> {
    let is_undecided = |finding: &&Finding| finding.verdict == Verdict::Unknown && !finding.is_unattested();
    let unknown: Vec<&Finding> = report.findings.iter().filter(is_undecided).collect();
    let scope_unknown = report.findings.iter().filter(|finding| finding.in_phi_scope.is_none()).count();
    let mut causes = causes(report, &unknown);
    causes.retain(|key, _| key.2 != GapClass::NotAttested);
    if causes.is_empty() && unknown.is_empty() {
        let rest = match report.scan.rule_count {
            0 => "no rule was selected, so nothing was looked for",
            _ => "nothing: AWS answered all that the selected rules asked",
        };
        let style = if report.scan.rule_count == 0 { UNKNOWN } else { GOOD };
        page.notice("NOT READ", style, rest)?;
    } else {
        page.heading("NOT READ", UNKNOWN, &totals(report))?;
    }
    let mut first = true;
    let causes = by_weight(causes);
    let many_accounts = report.scan.accounts.len() > 1;
    let detailed = if full { causes.len() } else { CAUSES_DETAILED.min(causes.len()) };
    for (key, cause) in &causes[..detailed] {
        separate(&mut first, page)?;
        Block { cause, many_accounts, limit: if full { usize::MAX - 1 } else { NAMES_SHOWN } }.write(*key, page)?;
    }
    write_briefly(&causes[detailed..], page)?;
    write_actions(&causes, page)?;
    let without_call: Vec<&Finding> = unknown.iter().copied().filter(|finding| finding.gaps.is_empty()).collect();
    if !without_call.is_empty() {
        separate(&mut first, page)?;
        write_without_call(&without_call, many_accounts, full, page)?;
    }
    match scope_unknown {
        0 => Ok(()),
        count => {
            separate(&mut first, page)?;
            write_scope(count, page)
        }
    }
}

fn separate(first: &mut bool, page: &mut Page<'_>) -> io::Result<()> {
    if !std::mem::take(first) { page.blank() } else { Ok(()) }
}

/// Words the same counts as the last lines of the report.
fn totals(report: &Report) -> String {
    let (undecided, unanswered) = (undecided(report), unanswered(report));
    let parts = [
        (undecided, counted(undecided, "finding is undecided", "findings are undecided")),
        (unanswered, counted(unanswered, "call got no answer", "calls got no answer")),
    ];
    let said: Vec<_> = parts.into_iter().filter(|(count, _)| *count > 0).map(|(_, words)| words).collect();
    if said.is_empty() { "something was not collected".to_owned() } else { said.join(", ") }
}

/// Counts the findings that are unknown although no attestation is missing.
pub(in crate::output) fn undecided(report: &Report) -> usize {
    report.summary.unknown.saturating_sub(report.unattested())
}

/// Counts the calls that got no answer. Each counts once, however many gaps tell of it; a question that was never
/// asked is no call.
pub(in crate::output) fn unanswered(report: &Report) -> usize {
    let unknown = report.findings.iter().filter(|finding| finding.verdict == Verdict::Unknown);
    let gaps = report.gaps.iter().chain(unknown.flat_map(|finding| &finding.gaps));
    let calls = gaps.filter(|gap| !matches!(gap.class, GapClass::NotAttested | GapClass::NotCollected));
    let call = |gap: &'_ Gap| {
        let of = [gap.account.as_str(), &gap.region, &gap.service, &gap.operation].map(str::to_owned);
        (of, gap.resource.clone())
    };
    calls.map(call).collect::<BTreeSet<_>>().len()
}

pub(in crate::output) fn causes<'r>(
    report: &'r Report,
    unknown: &[&'r Finding],
) -> BTreeMap<CauseKey<'r>, CauseEffects<'r>> {
    let mut causes = BTreeMap::<CauseKey<'_>, CauseEffects<'_>>::new();
    for gap in &report.gaps {
        causes.entry(key(gap)).or_default().gaps.insert(gap);
    }
    for finding in unknown {
        for gap in &finding.gaps {
            causes.entry(key(gap)).or_default().gaps.insert(gap);
        }
        for key in finding.gaps.iter().map(key).collect::<BTreeSet<_>>() {
            let cause = causes.entry(key).or_default();
            cause.undecided += 1;
            cause.worst = cause.worst.max(Some(finding.severity));
            *cause.rules.entry(&finding.rule).or_default() += 1;
        }
    }
    causes
}

fn key(gap: &Gap) -> CauseKey<'_> {
    (&gap.service, &gap.operation, gap.class, &gap.code)
}

/// The cause that could hide the worst comes first.
pub(in crate::output) fn by_weight<'r>(
    causes: BTreeMap<CauseKey<'r>, CauseEffects<'r>>,
) -> Vec<(CauseKey<'r>, CauseEffects<'r>)> {
    let mut causes: Vec<_> = causes.into_iter().collect();
    causes.sort_by_key(|(key, cause)| (Reverse(cause.worst), Reverse(cause.undecided), *key));
    causes
}

/// `s3 GetBucketPolicy: access denied (AccessDenied)`.
pub(in crate::output) fn name((service, operation, class, code): CauseKey<'_>) -> String {
    match (class, code) {
        (GapClass::NotCollected, Gap::OPEN_QUESTION) => return "questions that only people can decide".to_owned(),
        (GapClass::NotCollected, Gap::BUDGET_SPENT) => {
            return format!("{} {}: not asked to the end", shorten(service, NAME), shorten(operation, NAME));
        }
        (GapClass::NotCollected, _) => return format!("facts that no call gave: {}", class.in_words()),
        _ => {}
    }
    if class == GapClass::NotAttested {
        let what = if code == "NoFile" { "there is no such file" } else { "entries are missing" };
        return format!("{}: {what}", shorten(operation, NAME));
    }
    let code = if code.is_empty() { String::new() } else { format!(" ({})", shorten(code, NAME)) };
    format!("{} {}: {}{code}", shorten(service, NAME), shorten(operation, NAME), class.in_words())
}

/// One cause in detail.
struct Block<'c, 'r> {
    cause: &'c CauseEffects<'r>,
    many_accounts: bool,
    limit: usize,
}

impl Block<'_, '_> {
    fn write(&self, key: CauseKey<'_>, page: &mut Page<'_>) -> io::Result<()> {
        let gaps = &self.cause.gaps;
        page.item(0, "UNKNOWN  ", UNKNOWN, &name(key), BOLD)?;
        page.item(2, "", PLAIN, &self.consequence(), PLAIN)?;
        let lists = gaps.iter().flat_map(|gap| &gap.population);
        for kind in lists.collect::<BTreeSet<_>>() {
            let kind = shorten(kind, NAME);
            let text = format!("the list of {kind} was not read to its end; there may be more that no rule judged.");
            page.item(2, "Unseen: ", UNKNOWN, &text, PLAIN)?;
        }
        page.item(2, "Where: ", DIM, &self.whereabouts(), DIM)?;
        if key.2 == GapClass::NotCollected && key.3 == Gap::OPEN_QUESTION {
            self.questions(page)?;
        } else if let Some(words) = gaps.iter().map(|gap| gap.message.as_str()).find(|message| !message.is_empty()) {
            let label = if key.2 == GapClass::NotCollected { "Why: " } else { "AWS says: " };
            page.item(2, label, DIM, &shorten(words, SENTENCE / 2), DIM)?;
        }
        let remedy = match key.3 {
            Gap::OPEN_QUESTION if key.2 == GapClass::NotCollected => {
                "look at it, and do what each finding says.".to_owned()
            }
            Gap::BUDGET_SPENT if key.2 == GapClass::NotCollected => "see why; a larger budget sees more.".to_owned(),
            _ => remedy(key.2, self.cause),
        };
        page.item(2, "Fix: ", BOLD, &remedy, PLAIN)
    }

    /// Each question is one of its own, so none may stand for the others.
    fn questions(&self, page: &mut Page<'_>) -> io::Result<()> {
        let questions: BTreeSet<&str> = self.cause.gaps.iter().map(|gap| gap.message.as_str()).collect();
        let shown = self.limit.min(questions.len());
        for question in questions.iter().take(shown) {
            page.item(2, "- ", DIM, &shorten(question, SENTENCE), DIM)?;
        }
        cut_off(questions.len() - shown, "questions", 2, page)
    }

    /// `12 findings of 2 rules are undecided, at worst critical: rule-a (10) and rule-b (2).`
    fn consequence(&self) -> String {
        let Some(worst) = self.cause.worst else {
            return "No finding is undecided because of it, but what it would have shown is not known.".to_owned();
        };
        let rules: Vec<String> = self
            .cause
            .rules
            .iter()
            .map(|(rule, count)| format!("{} ({})", shorten(rule, NAME), number(*count)))
            .collect();
        format!(
            "{} of {} {}, at worst {}: {}.",
            counted(self.cause.undecided, "finding", "findings"),
            counted(rules.len(), "rule", "rules"),
            if self.cause.undecided == 1 { "is undecided" } else { "are undecided" },
            worst.as_str(),
            listed(rules.iter().map(String::as_str), self.limit)
        )
    }

    /// `12 calls (us-east-1), about claims, records and 10 more`.
    fn whereabouts(&self) -> String {
        let gaps = &self.cause.gaps;
        let regions: BTreeSet<&str> = gaps.iter().map(|gap| gap.region.as_str()).collect();
        let is_question = gaps.iter().all(|gap| gap.is_open_question());
        let (one, many) = match gaps.iter().all(|gap| gap.class == GapClass::NotCollected) {
            _ if is_question => ("question", "questions"),
            true => ("fact", "facts"),
            false => ("call", "calls"),
        };
        let mut text = format!("{} ({})", counted(gaps.len(), one, many), listed(regions, self.limit));
        if self.many_accounts {
            let accounts: BTreeSet<&str> = gaps.iter().map(|gap| gap.account.as_str()).collect();
            text += &format!(" of account {}", listed(accounts, self.limit));
        }
        let resources: BTreeSet<&str> = gaps.iter().filter_map(|gap| gap.resource.as_deref()).collect();
        let resources: Vec<_> = resources.into_iter().map(|id| shorten(id, NAME)).collect();
        if !resources.is_empty() {
            text += &format!(", about {}", listed(resources.iter().map(AsRef::as_ref), self.limit));
        }
        text
    }
}

/// One line a cause, for those that weigh least.
fn write_briefly(causes: &[(CauseKey<'_>, CauseEffects<'_>)], page: &mut Page<'_>) -> io::Result<()> {
    if !causes.is_empty() {
        page.blank()?;
    }
    for (key, cause) in causes {
        let weight = match cause.worst {
            Some(worst) => format!("{} undecided, at worst {}", number(cause.undecided), worst.as_str()),
            None => "no finding undecided".to_owned(),
        };
        page.item(0, "UNKNOWN  ", UNKNOWN, &format!("{}: {weight}", name(*key)), PLAIN)?;
    }
    Ok(())
}

/// All missing permissions together, ready to be copied into one policy statement.
fn write_actions(causes: &[(CauseKey<'_>, CauseEffects<'_>)], page: &mut Page<'_>) -> io::Result<()> {
    let denied: Vec<_> = causes.iter().filter(|(key, _)| key.2 == GapClass::Denied).collect();
    let actions: BTreeSet<&str> =
        denied.iter().flat_map(|(_, cause)| &cause.gaps).flat_map(|gap| &gap.iam_actions).map(String::as_str).collect();
    if denied.len() < 2 || actions.is_empty() {
        return Ok(());
    }
    page.blank()?;
    let actions = actions.into_iter().collect::<Vec<_>>().join(", ");
    page.item(0, "Fix all that was denied: ", BOLD, &format!("allow {actions}"), PLAIN)
}

/// Says what would make the answer come. That depends on what went wrong.
pub(in crate::output) fn remedy(class: GapClass, cause: &CauseEffects<'_>) -> String {
    let actions: BTreeSet<&str> = cause.gaps.iter().flat_map(|gap| &gap.iam_actions).map(String::as_str).collect();
    let actions = match actions.is_empty() {
        true => "the action".to_owned(),
        false => listed(actions.iter().copied(), usize::MAX - 1),
    };
    let request = cause.gaps.iter().find_map(|gap| gap.request_id.as_deref());
    let case = request.map_or_else(String::new, |id| format!(" (request id {})", shorten(id, NAME)));
    match class {
        GapClass::Denied => format!("allow {actions} for the identity that scans."),
        GapClass::DeniedByOrganization => {
            format!(
                "have the organization's policy (service or resource control policy) except the scanning role for {actions}."
            )
        }
        GapClass::RegionDisabled => "enable the region for the account, or leave it out of the scan.".to_owned(),
        GapClass::ServiceUnavailable => {
            "leave the region out of the scan, or skip the rules of this service.".to_owned()
        }
        GapClass::Throttled => {
            "scan again when fewer tools call this API, or raise the account's quota for it.".to_owned()
        }
        GapClass::ServerError => format!("scan again; if it stays, open a case with AWS{case}."),
        GapClass::Timeout => "scan again; if it stays, look at the network between here and AWS.".to_owned(),
        GapClass::Unreachable => "look at the network, the proxy and AWS_ENDPOINT_URL, then scan again.".to_owned(),
        GapClass::Malformed => format!("scan again; if it stays, report it as a bug of Safeguard{case}."),
        GapClass::Credentials => "renew the credentials and scan again.".to_owned(),
        GapClass::OutOfTime => {
            "give the scan more time (--max-duration), or read fewer regions or rules at once.".to_owned()
        }
        GapClass::Refused => format!("see AWS's words; the call needs {actions}{case}."),
        GapClass::NotAttested => attest(cause),
        GapClass::NotCollected => "take a new snapshot with these rules selected; if it stays, look at the resource \
                                   itself: AWS does not tell."
            .to_owned(),
    }
}

/// Says which command writes the entries that nobody has attested.
fn attest(cause: &CauseEffects<'_>) -> String {
    let is_list = cause.gaps.iter().any(|gap| !gap.population.is_empty());
    let has_file = cause.gaps.iter().any(|gap| gap.resource.is_some());
    let command = match (is_list, has_file) {
        (true, _) => "safeguard attest new --vendors",
        (false, true) => "safeguard attest new --add",
        (false, false) => "safeguard attest new",
    };
    format!("`{command}` writes what is missing, to be filled in by those who answer for it.")
}

/// Findings that all calls together could not decide: a resource of another account, for example.
fn write_without_call(findings: &[&Finding], many_accounts: bool, full: bool, page: &mut Page<'_>) -> io::Result<()> {
    let mut by_rule = BTreeMap::<(Reverse<Severity>, &str), Vec<&Finding>>::new();
    for finding in findings {
        by_rule.entry((Reverse(finding.severity), &finding.rule)).or_default().push(finding);
    }
    let text = format!(
        "{} undecided although every call behind {} was answered",
        counted(findings.len(), "finding is", "findings are"),
        if findings.len() == 1 { "it" } else { "them" }
    );
    page.item(0, "UNKNOWN  ", UNKNOWN, &text, BOLD)?;
    for ((Reverse(severity), rule), findings) in by_rule {
        let count = counted(findings.len(), "finding", "findings");
        page.item(2, "", PLAIN, &format!("{}: {count}, {}", shorten(rule, NAME), severity.as_str()), DIM)?;
        let shown = if full { findings.len() } else { FINDINGS_SHOWN };
        for finding in findings.iter().take(shown) {
            page.item(2, "- ", PLAIN, &reason(finding, many_accounts), PLAIN)?;
            if full {
                evidence(finding, 4, page)?;
                witnesses(finding, 4, page)?;
            }
        }
        cut_off(findings.len().saturating_sub(shown), "that are undecided", 2, page)?;
    }
    Ok(())
}

fn write_scope(count: usize, page: &mut Page<'_>) -> io::Result<()> {
    let text = format!(
        "whether the resource of {} holds PHI; {} may weigh more than shown",
        counted(count, "finding", "findings"),
        if count == 1 { "it" } else { "they" }
    );
    page.item(0, "UNKNOWN  ", UNKNOWN, &text, BOLD)
}
