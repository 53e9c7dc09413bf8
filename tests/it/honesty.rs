//! The proof of the first law: no verdict without evidence.
//!
//! Every operation that the collectors declare fails in turn, in every way in which AWS fails, on an account that has
//! something to say about it. Compared with the undisturbed run, each verdict stays what it was or becomes unknown; none
//! vanishes, none turns into another; the gap names the operation; the exit code does not say that all is well.
//!
//! Denials are the everyday case, and each stands alone: before the rules that read the kinds of which the operation tells,
//! or in a whole scan (see [`crate::narrow`]). The other faults are told apart in one place that all operations share. Two of
//! them strike one operation of each service in one scan. The rest strike everything that is called: what is not called then
//! fails in the next scan. That keeps the sweep short, however many services there are.
//!
//! Nothing here names a collector: the sweep is driven by [`safeguard::collect::operations`], so that a new one is
//! covered without anyone thinking of it.

use std::collections::BTreeSet;
use std::fs;
use std::sync::{Arc, OnceLock};

use safeguard::aws::Operation;
use safeguard::catalog::Catalog;
use safeguard::model::{Evidence, Finding, Gap, GapClass, Report, RequirementVerdict, Verdict};
use safeguard::rule::{RuleSet, Selection};

use crate::at_once::problems_of;
use crate::aws;
use crate::fault::Fault;
use crate::narrow;
use crate::probe;
use crate::product::{Output, Product};
use crate::proxy::{Answers, Proxy};
use crate::wire::Call;

/// Seconds for one try of a call: more than any answer takes on a busy machine, and for answers that never come.
const PATIENCE: &str = "60";
const IMPATIENCE: &str = "5";

/// Tags are read for the PHI scope, and every other fact for the probes.
const CONFIG: &str = "phi_scope: {tags: {DataClassification: [phi]}}\nrules_dirs: [probes]\n";

/// Declared operations that a scan of the sample account does not call, each with its reason.
const NEVER_CALLED: [(&str, &str, &str); 1] =
    [("kms", "ListKeyRotations", "only keys with imported material are asked about, and moto makes none")];

/// Kinds of which the sample account has nothing, each with its reason.
const NEVER_THERE: [(&str, &str); 2] = [
    ("AWS::CloudWatch::CompositeAlarm", "moto makes no alarms on alarms"),
    ("AWS::CloudWatch::LogAlarm", "moto makes no alarms on queries over logs"),
];

/// Operations whose failure leaves no gap where another call gives the same facts, each with its reason.
const REPLACEABLE: [(&str, &str, &str); 1] =
    [("iam", "GenerateCredentialReport", "a report that someone else had made is read all the same")];

/// The identity of the account, without which there is no scan.
const IDENTITY: Name = ("sts", "GetCallerIdentity");

#[test]
fn the_undisturbed_scan_reads_everything() {
    let base = base();
    let gap = |gap: &Gap| format!("{}:{} {} {}", gap.service, gap.operation, gap.code, gap.message);
    let gaps: BTreeSet<String> = base.report.gaps.iter().map(gap).collect();
    assert!(gaps.is_empty(), "{gaps:#?}");
    assert_eq!(base.code, 10, "the sample account has failures");
    let probes = base.report.findings.iter().filter(|finding| finding.rule.starts_with("probe-"));
    let probes = probes.filter(|finding| !is_automated_snapshot(finding) && !is_key_of_aws(finding));
    let (read, unread): (Vec<_>, Vec<_>) = probes.partition(|finding| finding.verdict == Verdict::Pass);
    let unread: Vec<_> =
        unread.into_iter().map(|finding| format!("{}: {}", described(finding), finding.message)).collect();
    assert!(unread.is_empty(), "{}", listed(&unread));
    let excused = |kind: &&str| NEVER_THERE.iter().any(|(excused, _)| excused == kind);
    let is_missing = |kind: &&str| !excused(kind) && !read.iter().any(|finding| finding.rule == probe::id(kind));
    let missing: Vec<&str> = safeguard::collect::kinds().names().filter(is_missing).collect();
    assert!(missing.is_empty(), "the sample account has none of {missing:?}");
    for verdict in [Verdict::Pass, Verdict::Fail, Verdict::NotApplicable] {
        assert!(base.report.findings.iter().any(|finding| finding.verdict == verdict), "{verdict:?}");
    }
}

#[test]
fn what_is_called_is_declared_and_what_is_declared_is_called() {
    let declared: BTreeSet<(&str, &str)> = operations().iter().map(|operation| name_of(operation)).collect();
    let called: BTreeSet<(&str, &str)> = base().calls.iter().map(|call| (&*call.service, &*call.operation)).collect();
    let undeclared: Vec<_> = called.difference(&declared).collect();
    assert!(undeclared.is_empty(), "called but not declared: {undeclared:?}");
    let excused: BTreeSet<(&str, &str)> = NEVER_CALLED.iter().map(|(service, name, _)| (*service, *name)).collect();
    let uncalled: Vec<_> = declared.difference(&called).filter(|operation| !excused.contains(*operation)).collect();
    assert!(uncalled.is_empty(), "declared but never called on the sample account: {uncalled:?}");
    let stale: Vec<_> = excused.iter().filter(|operation| !declared.contains(*operation)).collect();
    assert!(stale.is_empty(), "excused but not declared: {stale:?}");
}

#[test]
fn each_operation_denied() {
    let groups: Vec<_> = called().into_iter().map(|operation| vec![operation]).collect();
    sweep(Fault::Denied, &groups);
}

#[test]
fn each_operation_throttled() {
    sweep(Fault::Throttled, &one_of_each_service());
}

#[test]
fn each_operation_cut_short() {
    sweep(Fault::CutShort, &one_of_each_service());
}

#[test]
fn each_operation_hanging() {
    sweep_in_layers(&[Fault::Hang]);
}

#[test]
fn each_operation_in_every_other_way() {
    sweep_in_layers(&[Fault::DeniedByOrganization, Fault::ServerError, Fault::Garbled, Fault::WrongRoot]);
}

#[test]
fn each_operation_cut_at_each_tenth() {
    sweep_in_layers(&std::array::from_fn::<_, 10, _>(|tenths| Fault::Tenths(u8::try_from(tenths).unwrap())));
}

#[test]
fn each_list_with_a_second_page_that_cannot_be_read() {
    let with_pages = base().calls.iter().filter(|call| call.later_page).count();
    assert!(with_pages > 0, "some list has a second page");
    sweep_in_layers(&[Fault::LaterPageDenied, Fault::TokenRepeated]);
}

#[test]
fn everything_denied_but_the_identity() {
    let proxy = base().answers.replay_in_pages(|call| (name_of_call(call) != IDENTITY).then_some(Fault::Denied));
    let output = scan(&proxy);
    let report = output.report();
    assert_eq!(output.code, 11);
    // A rule that does not apply because of its own parameters needs nothing from AWS to say so, nor does the one fact of
    // a region, which is its name.
    let by_its_settings = |finding: &&Finding| finding.verdict == Verdict::NotApplicable && finding.evidence.is_empty();
    let decided = report.findings.iter().filter(|finding| {
        finding.verdict != Verdict::Unknown && !by_its_settings(finding) && finding.rule != probe::id("AWS::Region")
    });
    let decided: Vec<String> = decided.map(described).collect();
    assert!(decided.is_empty(), "{}", listed(&decided));
    let rules = |report: &Report| report.findings.iter().map(|finding| finding.rule.clone()).collect::<BTreeSet<_>>();
    let vanished: Vec<String> = rules(&base().report).difference(&rules(&report)).cloned().collect();
    assert!(vanished.is_empty(), "no rule vanishes: {vanished:?}");
    let gaps = report.gaps.iter().map(|gap| (gap.service.as_str(), gap.operation.as_str())).collect();
    let problems = compare(&base().report, &output, &gaps, &["denied"]);
    assert!(problems.is_empty(), "{}", listed(&problems));
}

#[test]
fn the_comparison_notices_what_is_not_honest() {
    let base = &base().report;
    let bucket_policy = BTreeSet::from([("s3", "GetBucketPolicy")]);
    let gap = Gap {
        account: aws::ACCOUNT.parse().unwrap(),
        region: "us-east-1".parse().unwrap(),
        service: "s3".to_owned(),
        operation: "GetBucketPolicy".to_owned(),
        resource: None,
        class: GapClass::Denied,
        code: "AccessDenied".to_owned(),
        message: String::new(),
        request_id: None,
        facts: Vec::new(),
        population: Vec::new(),
        iam_actions: Vec::new(),
    };
    let said = |code, change: &dyn Fn(&mut Report)| {
        let mut report = base.clone();
        report.gaps.push(gap.clone());
        change(&mut report);
        let json = Some(serde_json::to_value(&report).unwrap());
        let output = Output { code, stdout: String::new(), stderr: String::new(), json, left: Vec::new() };
        compare(base, &output, &bucket_policy, &["denied"]).join("\n")
    };
    let position = |verdict| base.findings.iter().position(|finding| finding.verdict == verdict).unwrap();
    let (fail, pass) = (position(Verdict::Fail), position(Verdict::Pass));
    assert_eq!(said(10, &|_| {}), "", "honest is silent");
    type Change<'a> = &'a dyn Fn(&mut Report);
    let table: [(&str, Change<'_>); 8] = [
        ("became pass", &|report| report.findings[fail].verdict = Verdict::Pass),
        ("became fail", &|report| report.findings[pass].verdict = Verdict::Fail),
        ("became not_applicable", &|report| report.findings[fail].verdict = Verdict::NotApplicable),
        ("vanished", &|report| drop(report.findings.remove(pass))),
        ("unknown for no reason", &|report| report.findings[pass].verdict = Verdict::Unknown),
        ("no gap names", &|report| report.gaps.clear()),
        ("which did not fail", &|report| report.gaps[0].operation = "GetBucketAcl".to_owned()),
        ("of class throttled", &|report| report.gaps[0].class = GapClass::Throttled),
    ];
    for (words, change) in table {
        let said = said(10, change);
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(said(0, &|_| {}).contains("exit code 0"));
}

/// The undisturbed run, and the answers that it and every other run get.
struct Base {
    answers: Arc<Answers>,
    report: Report,
    code: i32,
    calls: Vec<Call>,
}

fn base() -> &'static Base {
    static BASE: OnceLock<Base> = OnceLock::new();
    BASE.get_or_init(|| {
        let answers = Answers::of(aws::moto().address());
        let recorded = scan_within(PATIENCE, &answers.record(), &[]);
        assert!(recorded.json.is_some(), "the scan to be recorded failed:\n{}", recorded.stderr);
        let proxy = answers.replay_in_pages(|_| None);
        let output = scan(&proxy);
        assert_eq!(proxy.strangers(), Vec::<String>::new(), "requests that are no operation");
        Base { report: output.report(), code: output.code, calls: proxy.calls(), answers }
    })
}

fn scan(proxy: &Proxy) -> Output {
    scan_within(PATIENCE, proxy, &[])
}

fn scan_within(seconds: &str, proxy: &Proxy, flags: &[&str]) -> Output {
    let product = Product::against(&proxy.url(), &aws::estate().credentials).with("AWS_REGION", "us-east-1");
    probe::write_rules(&product.folder().join("probes"));
    fs::write(product.folder().join("safeguard.yaml"), CONFIG).unwrap();
    let all = ["--region", "all", "--timeout", seconds, "--quiet", "--format", "json"];
    product.scan(&[&all, flags].concat())
}

fn operations() -> Vec<&'static Operation> {
    safeguard::collect::operations()
}

/// Those that the undisturbed run calls.
fn called() -> Vec<&'static Operation> {
    let called: BTreeSet<(&str, &str)> = base().calls.iter().map(name_of_call).collect();
    operations().into_iter().filter(|operation| called.contains(&name_of(operation))).collect()
}

/// Service and operation.
type Name = (&'static str, &'static str);

fn name_of(operation: &Operation) -> Name {
    (operation.service, operation.name)
}

fn name_of_call(call: &Call) -> (&str, &str) {
    (&call.service, &call.operation)
}

/// Fails each of these groups of operations in a scan of its own.
fn sweep(fault: Fault, groups: &[Vec<&'static Operation>]) {
    assert!(!groups.is_empty());
    let problems = problems_of(groups, |group| disturbed(group, fault));
    assert!(problems.is_empty(), "{fault:?}:\n{}", listed(&problems));
}

/// Fails everything that is called and has not failed yet, scan after scan, until each operation of the undisturbed run has
/// failed in each of these ways.
fn sweep_in_layers(faults: &[Fault]) {
    let problems = problems_of(faults, |fault| disturbed_in_layers(*fault));
    assert!(problems.is_empty(), "{}", listed(&problems));
}

fn disturbed_in_layers(fault: Fault) -> Vec<String> {
    let calls = base().calls.iter().filter(|call| !fault.is_of_pages() || call.later_page);
    let called: BTreeSet<(&str, &str)> = calls.map(name_of_call).collect();
    let mut open: BTreeSet<Name> = operations().into_iter().map(name_of).filter(|name| called.contains(name)).collect();
    open.remove(&IDENTITY);
    let mut problems = Vec::new();
    while !open.is_empty() {
        let script = open.clone();
        let proxy = base().answers.replay_in_pages(move |call| {
            let fails = script.iter().any(|name| *name == name_of_call(call));
            fails.then_some(fault)
        });
        let output = scan_within(patience(fault), &proxy, &[]);
        let calls = proxy.calls();
        let reached = |call: &&Call| !fault.is_of_pages() || call.later_page;
        let reached: BTreeSet<(&str, &str)> = calls.iter().filter(reached).map(name_of_call).collect();
        let failed: BTreeSet<Name> = open.iter().copied().filter(|name| reached.contains(name)).collect();
        if failed.is_empty() {
            problems.push(format!("{fault:?}: nothing calls {open:?} any more"));
            break;
        }
        let names = failed.len();
        let found = compare(&base().report, &output, &failed, fault.gap_classes());
        problems.extend(found.into_iter().map(|problem| format!("{fault:?} of {names} operations: {problem}")));
        open.retain(|name| !failed.contains(name));
    }
    problems
}

/// As many groups as the largest service has operations, however many services there are. The identity fails alone, because
/// nothing happens after it.
fn one_of_each_service() -> Vec<Vec<&'static Operation>> {
    let mut groups: Vec<Vec<&'static Operation>> = Vec::new();
    for operation in called() {
        let is_alone = |operation: &Operation| name_of(operation) == IDENTITY;
        let fits = |group: &&mut Vec<&'static Operation>| {
            !is_alone(operation) && group.iter().all(|other| other.service != operation.service && !is_alone(other))
        };
        match groups.iter_mut().find(fits) {
            Some(group) => group.push(operation),
            None => groups.push(vec![operation]),
        }
    }
    groups
}

/// What is wrong with the scan in which these operations fail in this way.
fn disturbed(group: &[&'static Operation], fault: Fault) -> Vec<String> {
    let failing: BTreeSet<Name> = group.iter().map(|operation| name_of(operation)).collect();
    let script = failing.clone();
    let proxy = base()
        .answers
        .replay_in_pages(move |call| script.iter().any(|name| *name == name_of_call(call)).then_some(fault));
    let selected: Option<BTreeSet<String>> = match group {
        [one] if name_of(one) != IDENTITY => narrow::rules_that_notice(group, rules()).map(|rules| {
            let probes = narrow::touched(group).into_iter().map(probe::id);
            rules.into_iter().map(str::to_owned).chain(probes).collect()
        }),
        _ => None,
    };
    let problems = match &selected {
        None => {
            let output = scan_within(patience(fault), &proxy, &[]);
            if failing.contains(&IDENTITY) {
                nothing_claimed(&output)
            } else {
                compare(&base().report, &output, &failing, fault.gap_classes())
            }
        }
        Some(selected) => {
            let patterns = selected.iter().map(String::as_str).collect::<Vec<_>>().join(",");
            let output = scan_within(patience(fault), &proxy, &["--select", &patterns]);
            compare(&part_of(&base().report, selected), &output, &failing, fault.gap_classes())
        }
    };
    let names: Vec<String> = failing.iter().map(|(service, name)| format!("{service}:{name}")).collect();
    problems.into_iter().map(|problem| format!("{}: {problem}", names.join(" "))).collect()
}

/// What a report says of some rules. Requirements hang on all rules, and are looked at in whole scans alone.
fn part_of(report: &Report, rules: &BTreeSet<String>) -> Report {
    let mut part = report.clone();
    part.findings.retain(|finding| rules.contains(&*finding.rule));
    part.requirements.clear();
    part
}

fn rules() -> &'static RuleSet {
    static RULES: OnceLock<RuleSet> = OnceLock::new();
    RULES.get_or_init(|| {
        let all = RuleSet::builtin(&safeguard::scan::kinds(), &Catalog::builtin().unwrap()).unwrap();
        all.select(&Selection::default()).unwrap()
    })
}

fn patience(fault: Fault) -> &'static str {
    if fault == Fault::Hang { IMPATIENCE } else { PATIENCE }
}

/// A scan that does not know whose account it reads says so and ends.
fn nothing_claimed(output: &Output) -> Vec<String> {
    let mut problems = Vec::new();
    if output.code != 1 {
        problems.push(format!("exit code {} and not 1", output.code));
    }
    if !output.stdout.is_empty() {
        problems.push("a report was written".to_owned());
    }
    if !output.stderr.contains("nothing") {
        problems.push(format!("it is not said that nothing is claimed: {}", output.stderr));
    }
    problems
}

/// What the disturbed run claims without evidence, or does not admit.
fn compare(base: &Report, output: &Output, failing: &BTreeSet<(&str, &str)>, classes: &[&str]) -> Vec<String> {
    let Some(json) = &output.json else {
        return vec![format!("no report, exit code {}: {}", output.code, output.stderr)];
    };
    let report: Report = serde_json::from_value(json.clone()).unwrap();
    let mut problems = Vec::new();
    for finding in &base.findings {
        problems.extend(unfounded(finding, &report));
    }
    for finding in &report.findings {
        let known = base.findings.iter().any(|known| known.id == finding.id || is_lost(finding, known));
        // A resource that another one names, and of which nobody knows any longer that it is gone, may appear.
        if !known && finding.verdict != Verdict::Unknown {
            problems.push(format!("{} appeared", described(finding)));
        }
        if finding.verdict == Verdict::Unknown && !is_unknown(base, finding) && finding.gaps.is_empty() {
            problems.push(format!("{} is unknown for no reason", described(finding)));
        }
    }
    for gap in &report.gaps {
        let class = serde_json::to_value(gap.class).unwrap();
        let class = class.as_str().unwrap_or_default();
        if !failing.contains(&(gap.service.as_str(), gap.operation.as_str())) {
            problems.push(format!("a gap names {}:{}, which did not fail", gap.service, gap.operation));
        } else if !classes.contains(&class) {
            problems.push(format!("the gap is of class {class}, not {classes:?}: {} {}", gap.code, gap.message));
        }
    }
    let replaceable =
        |name: &(&str, &str)| REPLACEABLE.iter().any(|(service, operation, _)| (*service, *operation) == *name);
    for (service, operation) in failing.iter().filter(|name| !replaceable(name)) {
        if !report.gaps.iter().any(|gap| gap.service == *service && gap.operation == *operation) {
            problems.push(format!("no gap names {service}:{operation}"));
        }
    }
    problems.extend(too_good(base, &report));
    let fails = report.findings.iter().any(|finding| finding.verdict == Verdict::Fail);
    let code = if fails { 10 } else { 11 };
    if output.code != code {
        problems.push(format!("exit code {} and not {code}", output.code));
    }
    problems
}

/// What became of a finding of the undisturbed run, if that is not allowed.
fn unfounded(finding: &Finding, report: &Report) -> Option<String> {
    match report.findings.iter().find(|other| other.id == finding.id) {
        Some(other) if other.verdict == finding.verdict || other.verdict == Verdict::Unknown => None,
        Some(other) => Some(format!("{} became {}", described(finding), other.verdict.as_str())),
        None if report.findings.iter().any(|other| stands_for(other, finding) || is_lost(other, finding)) => None,
        None => Some(format!("{} vanished", described(finding))),
    }
}

/// Whether `other` says that the list in which `finding`'s resource stood could not be read.
fn stands_for(other: &Finding, finding: &Finding) -> bool {
    let (here, there) = (&other.resource, &finding.resource);
    is_population(other)
        && other.rule == finding.rule
        && here.account == there.account
        && (here.region == there.region || here.region == safeguard::model::Region::GLOBAL)
}

/// Whether `other` is the same finding about a resource of which nobody knows any longer where it is. Facts of others may
/// still decide it.
fn is_lost(other: &Finding, finding: &Finding) -> bool {
    let (here, there) = (&other.resource, &finding.resource);
    (other.verdict == Verdict::Unknown || other.verdict == finding.verdict)
        && here.region == safeguard::model::Region::GLOBAL
        && other.rule == finding.rule
        && (&here.kind, &here.id, &here.account) == (&there.kind, &there.id, &there.account)
}

fn is_population(finding: &Finding) -> bool {
    finding.resource.id.is_none() && finding.verdict == Verdict::Unknown
}

/// Automated snapshots cannot be shared, and AWS does not tell with whom.
fn is_automated_snapshot(finding: &Finding) -> bool {
    finding.resource.kind.starts_with("AWS::RDS::")
        && finding.resource.id.as_deref().is_some_and(|id| id.starts_with("rds:"))
}

/// AWS lets nobody ask about the keys that it manages.
fn is_key_of_aws(finding: &Finding) -> bool {
    let of_aws =
        |it: &Evidence| it.path == "resource.KeyManager" && it.value.as_ref().is_some_and(|value| value == "AWS");
    finding.resource.kind == "AWS::KMS::Key" && finding.evidence.iter().any(of_aws)
}

fn is_unknown(report: &Report, finding: &Finding) -> bool {
    report.findings.iter().any(|other| other.id == finding.id && other.verdict == Verdict::Unknown)
}

/// Requirements that look better than with everything read.
fn too_good(base: &Report, report: &Report) -> Vec<String> {
    let good = |verdict| matches!(verdict, RequirementVerdict::Met | RequirementVerdict::PartlyShown);
    let pairs = base.requirements.iter().zip(&report.requirements);
    let better =
        pairs.filter(|(before, now)| before.id != now.id || (good(now.verdict) && now.verdict != before.verdict));
    better
        .map(|(before, now)| format!("requirement {} became {:?} from {:?}", now.id, now.verdict, before.verdict))
        .collect()
}

fn described(finding: &Finding) -> String {
    let resource = &finding.resource;
    let id = resource.id.as_deref().unwrap_or("(list)");
    format!("{} {} {id} in {} ({})", finding.rule, resource.kind, resource.region, finding.verdict.as_str())
}

/// The first of them; the rest is more of the same.
fn listed(problems: &[String]) -> String {
    const SHOWN: usize = 60;
    let mut text = problems.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("\n");
    if problems.len() > SHOWN {
        text.push_str(&format!("\n... and {} more", problems.len() - SHOWN));
    }
    text
}
