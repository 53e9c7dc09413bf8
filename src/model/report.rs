//! The whole result of a scan: what every output format is a pure function of.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Change, Finding, Gap, Severity, Verdict, Waiver, is_attested};

/// Who scanned what, when, with which rules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScanInfo {
    /// The version of Safeguard.
    pub tool_version: String,
    /// Where the facts come from, in words: `live`, `demo`, or the snapshot's file name.
    pub source: String,
    /// When reading began (RFC 3339); `now` for every rule.
    pub started_at: String,
    /// When reading ended (RFC 3339).
    pub finished_at: String,
    /// Twelve digits each.
    pub accounts: Vec<String>,
    /// The regions that were read.
    pub regions: Vec<String>,
    /// How many rules were selected.
    pub rule_count: usize,
    /// How many rules are known, selected or not.
    pub rules_known: usize,
    /// How many resources were read.
    pub resource_count: usize,
    /// How many calls were made to AWS.
    pub call_count: usize,
    /// The dates of the requirement catalogues, by framework.
    pub catalog_dates: Vec<CatalogDate>,
    /// Where PHI is, by the configured scope.
    pub phi_scope: PhiScopeInfo,
    /// The SOC 2 categories in scope: `security`, and those that the config adds.
    pub soc2_categories: Vec<String>,
}

/// Where PHI is, by the configured scope.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PhiScopeInfo {
    /// Whether a scope is configured. If not, nobody said where PHI is, and no resource is judged as holding any.
    pub is_configured: bool,
    /// How many resources that were read are in it. A resource that several calls told of counts once.
    pub in_scope: usize,
    /// Of how many resources it is not known, because their tags were not read.
    pub undecided: usize,
    /// Whether the account holds PHI; `null` when that is not known.
    pub account_holds_phi: Option<bool>,
}

/// The date of one requirement catalogue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CatalogDate {
    /// Which catalogue.
    pub framework: Framework,
    /// When its facts were last checked (YYYY-MM-DD).
    pub checked: String,
}

/// How often each verdict was given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Good state shown.
    pub pass: usize,
    /// Bad state shown, waived or not.
    pub fail: usize,
    /// How many of those that fail a waiver covers.
    pub waived: usize,
    /// Not decided.
    pub unknown: usize,
    /// Rule does not concern the resource.
    pub not_applicable: usize,
}

impl Summary {
    /// Counts one finding.
    pub fn count(&mut self, finding: &Finding) {
        self.count_verdict(finding.verdict, finding.waiver.is_some());
    }

    /// Counts one finding of which only this is at hand.
    pub fn count_verdict(&mut self, verdict: Verdict, is_waived: bool) {
        self.waived += usize::from(verdict == Verdict::Fail && is_waived);
        *match verdict {
            Verdict::Pass => &mut self.pass,
            Verdict::Fail => &mut self.fail,
            Verdict::Unknown => &mut self.unknown,
            Verdict::NotApplicable => &mut self.not_applicable,
        } += 1;
    }

    /// Counts what another summary counted.
    pub fn add(&mut self, more: Self) {
        self.pass += more.pass;
        self.fail += more.fail;
        self.waived += more.waived;
        self.unknown += more.unknown;
        self.not_applicable += more.not_applicable;
    }
}

/// What was called, how often, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Coverage {
    /// Twelve digits.
    pub account: String,
    /// The region of the calls, or `global`.
    pub region: String,
    /// The service's SDK name in lower case.
    pub service: String,
    /// The API operation.
    pub operation: String,
    /// How many calls were made.
    pub calls: usize,
    /// How many AWS answered.
    pub ok: usize,
    /// How many AWS answered with "not configured" or "no longer there".
    pub absent: usize,
    /// How many gave no answer.
    pub failed: usize,
}

/// Which text a requirement comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Framework {
    /// 45 CFR Part 164: Security Rule, Breach Notification Rule, business associate contracts.
    Hipaa,
    /// AICPA Trust Services Criteria 2017.
    Soc2,
}

/// How much of a requirement the state of an AWS account can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verifiable {
    /// AWS state evidences it.
    Technical,
    /// AWS state evidences a part; people must attest the rest.
    Partial,
    /// No AWS state evidences it.
    Attestation,
}

/// Where a requirement stands. Never green by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RequirementVerdict {
    /// At least one rule failed.
    NotMet,
    /// None failed, but at least one could not decide.
    Unknown,
    /// All rules that spoke passed, and people must attest the rest, which nobody has.
    PartlyShown,
    /// All rules that spoke passed, and people attest the rest: it stands on their word.
    Attested,
    /// All rules that spoke passed, and AWS state can show the requirement.
    Met,
    /// No rule or no resource spoke.
    NotAssessed,
}

/// One line of the requirement table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RequirementRow {
    /// The printed form: `164.312(a)(2)(iv)` or `CC6.7`.
    pub id: String,
    /// HIPAA or SOC 2.
    pub framework: Framework,
    /// Our own short title.
    pub title: String,
    /// `required`, `addressable`, `standard` or `general` for HIPAA; the category for SOC 2.
    pub class: String,
    /// The heading it stands under: the kind of safeguard for HIPAA, the series for SOC 2.
    pub group: String,
    /// HIPAA: the standard that a specification belongs to.
    pub parent: Option<String>,
    /// Whether it counts: false for SOC 2 criteria of categories that the config does not choose.
    pub in_scope: bool,
    /// What AWS state can show of it.
    pub verifiable_in_aws: Verifiable,
    /// Where it stands.
    pub verdict: RequirementVerdict,
    /// The selected rules over AWS state that speak for it, sorted.
    pub rules: Vec<String>,
    /// Those of them that only support it: their passes do not show it.
    pub supporting_rules: Vec<String>,
    /// How many different resources those rules gave pass, fail or unknown for.
    pub resources_judged: usize,
    /// The verdicts of those rules.
    pub findings: Summary,
    /// What people must attest for it, and whether they have; `null` where no attestation is asked for.
    pub attestation: Option<RequirementAttestation>,
    /// The requirements of the other framework that the same safeguard evidences. No equivalence in either direction.
    pub crosswalk: Vec<String>,
    /// What a proposed change of the regulation, which is not law, would make of it; `null` where it would change nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed: Option<String>,
}

/// Whether people have attested what AWS state cannot show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AttestationState {
    /// An attestation or register says otherwise than it must: expired, without an owner, without a date.
    Failed,
    /// Nothing is on file, or it could not be judged.
    Missing,
    /// Every attestation that it needs is in force.
    Attested,
    /// The organization has stated, with a reason, that it does not apply.
    NotApplicable,
}

/// What people must attest for one requirement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RequirementAttestation {
    /// Where it stands, by the weakest of the rules.
    pub state: AttestationState,
    /// The rules over attestations and registers that speak for it, sorted.
    pub rules: Vec<String>,
    /// The verdicts of those rules.
    pub findings: Summary,
    /// The day on which the first of the attestations ends (YYYY-MM-DD), where all are in force and one ends.
    pub valid_until: Option<String>,
}

/// What a report says of a state in which a rule's failure has a severity of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SeverityCaseInfo {
    /// How much a failure in that state matters.
    pub severity: Severity,
    /// The condition for the state, as it is written in the rule.
    pub when: String,
}

/// What a report says of a rule beside its findings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RuleInfo {
    /// The rule's id.
    pub id: String,
    /// The good state, as a sentence.
    pub title: String,
    /// How much a failure matters.
    pub severity: Severity,
    /// How much it matters where PHI is, if that differs.
    pub severity_in_phi_scope: Option<Severity>,
    /// How much it matters in particular states, if that differs. The first case that is true decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub severity_cases: Vec<SeverityCaseInfo>,
    /// The kind of resource that it judges.
    pub kind: String,
    /// The service that it is filed under, in lower case.
    pub service: String,
    /// The HIPAA citations that it speaks for.
    pub hipaa: Vec<String>,
    /// The SOC 2 criteria that it speaks for.
    pub soc2: Vec<String>,
    /// Those of its citations that it only supports: a failure counts against them, a pass does not show them.
    #[serde(default)]
    pub supports: Vec<String>,
    /// What goes wrong without the good state.
    pub why: String,
    /// The condition for a pass, as it is written in the rule.
    pub pass: String,
    /// Which resources it concerns, as it is written in the rule; `null` for all of its kind.
    pub when: Option<String>,
    /// The parameters that it was judged with, by name.
    #[serde(default)]
    pub params: Value,
    /// How to reach the good state.
    pub remediation: Remediation,
    /// Where AWS or a standard says so.
    pub references: Vec<String>,
}

impl RuleInfo {
    /// Every citation, HIPAA first.
    pub fn citations(&self) -> impl Iterator<Item = &str> {
        self.hipaa.iter().chain(&self.soc2).map(String::as_str)
    }

    /// True for a rule that judges what people attest, and not the state of AWS.
    pub fn judges_attestations(&self) -> bool {
        is_attested(&self.kind)
    }

    /// True for a citation that the rule only supports.
    pub fn only_supports(&self, citation: &str) -> bool {
        self.supports.iter().any(|supported| supported == citation)
    }
}

/// How to reach the good state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Remediation {
    /// One or two sentences.
    pub summary: String,
    /// A command line.
    pub cli: Option<String>,
    /// The way through the console, where no command line leads there.
    pub console: Option<String>,
    /// A CloudFormation fragment.
    pub cloudformation: Option<String>,
    /// A Terraform fragment.
    pub terraform: Option<String>,
}

/// Whether AWS's Business Associate Addendum covers a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Eligibility {
    /// A feature that the list excludes by name.
    Excluded,
    /// Known not to be on the list.
    NotListed,
    /// Whether the list covers it is a question of reading it; people must decide.
    Review,
    /// In none of the lists that this build carries.
    Unknown,
    /// On the list.
    Eligible,
    /// Administers the account and holds no customer content.
    Administrative,
}

impl Eligibility {
    /// All of them, worst first.
    pub const ALL: [Eligibility; 6] = [
        Eligibility::Excluded,
        Eligibility::NotListed,
        Eligibility::Review,
        Eligibility::Unknown,
        Eligibility::Eligible,
        Eligibility::Administrative,
    ];

    /// The word as it is written in facts and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Eligibility::Excluded => "excluded",
            Eligibility::NotListed => "not_listed",
            Eligibility::Review => "review",
            Eligibility::Unknown => "unknown",
            Eligibility::Eligible => "eligible",
            Eligibility::Administrative => "administrative",
        }
    }

    /// The words for reports.
    pub fn in_words(self) -> &'static str {
        match self {
            Eligibility::Excluded => "excluded feature",
            Eligibility::NotListed => "not listed",
            Eligibility::Review => "to review",
            Eligibility::Unknown => "unknown",
            Eligibility::Eligible => "eligible",
            Eligibility::Administrative => "administrative",
        }
    }
}

/// Which services are in use, against the dated list of those that a Business Associate Addendum covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Services {
    /// The date of AWS's list (YYYY-MM-DD). A newer one may exist.
    pub list_date: String,
    /// How old the list was when the facts were read, in days.
    pub list_age_days: i64,
    /// Where AWS publishes the list.
    pub list_url: String,
    /// Who was asked which services are in use, and how far each could see.
    pub witnesses: Vec<ServiceWitness>,
    /// Every service that a witness saw, sorted by name.
    pub services: Vec<ServiceRow>,
}

impl Services {
    /// From how many days on the list is called old: AWS adds services several times a year, so one of four months has
    /// probably been replaced.
    pub const OLD_AFTER_DAYS: i64 = 120;

    /// Whether the list is so old that it must be said aloud.
    pub fn is_old(&self) -> bool {
        self.list_age_days > Self::OLD_AFTER_DAYS
    }

    /// How old the list is: `186 days old`.
    pub fn age_in_words(&self) -> String {
        match self.list_age_days {
            1 => "1 day old".to_owned(),
            age => format!("{age} days old"),
        }
    }

    /// How many services stand how, worst first, without those that none does.
    pub fn counts(&self) -> Vec<(Eligibility, usize)> {
        let count = |wanted| self.services.iter().filter(|service| service.eligibility == wanted).count();
        Eligibility::ALL.into_iter().map(|wanted| (wanted, count(wanted))).filter(|(_, count)| *count > 0).collect()
    }
}

/// One source of knowledge about services in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ServiceWitness {
    /// Such as `CloudTrail event history`.
    pub name: String,
    /// What it can see and what it could not, in words.
    pub reach: String,
    /// Whether it saw all that it can see.
    pub is_complete: bool,
}

/// One service in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ServiceRow {
    /// The prefix by which IAM knows it, such as `dynamodb`.
    pub service: String,
    /// Such as `Amazon DynamoDB`.
    pub name: String,
    /// Whether the Business Associate Addendum covers it.
    pub eligibility: Eligibility,
    /// Why, where the list alone does not say: an exclusion, a question to review, the user's own reason.
    pub reason: Option<String>,
    /// The witnesses that saw it, by name.
    pub witnesses: Vec<String>,
    /// When it was last seen to be used (RFC 3339), where a witness tells.
    pub last_seen: Option<String>,
}

/// How the accounts of an organization stand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Organization {
    /// Every account that was to be read, and those that were left out, sorted by account.
    pub accounts: Vec<AccountRow>,
    /// The organizational units that the accounts are in, sorted by path. A unit counts what is directly in it.
    pub organizational_units: Vec<UnitRow>,
    /// The account from which the others were entered, where that is known: what people attest is counted with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<String>,
}

/// How far an account was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccountState {
    /// Nothing of it could be read: nothing is claimed about it.
    NotRead,
    /// It was read, and something that a rule needed is missing.
    Incomplete,
    /// All that the selected rules need was read.
    Complete,
    /// It was left out on purpose: suspended or closed, or excluded by the request.
    Skipped,
}

/// One account of an organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AccountRow {
    /// Twelve digits.
    pub account: String,
    /// The name that the organization gave it.
    pub name: Option<String>,
    /// The organizational units from the root down, by name: `/Workloads/Production`. `null` where it is not known.
    pub organizational_unit: Option<String>,
    /// How far it was read.
    pub state: AccountState,
    /// Why it was not read, or skipped.
    pub reason: Option<String>,
    /// Its findings by verdict.
    pub summary: Summary,
    /// The worst severity among its failures that no waiver covers.
    pub worst_failure: Option<Severity>,
}

/// One organizational unit, with the accounts directly in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UnitRow {
    /// `/Workloads/Production`.
    pub organizational_unit: String,
    /// How many accounts are in it, those that were skipped not counted.
    pub accounts: usize,
    /// How many of them could not be read.
    pub not_read: usize,
    /// Their findings by verdict.
    pub summary: Summary,
}

impl Organization {
    /// The units follow from the accounts.
    pub fn of(mut accounts: Vec<AccountRow>) -> Self {
        accounts.sort_by(|a, b| a.account.cmp(&b.account));
        let mut units: BTreeMap<&str, UnitRow> = BTreeMap::new();
        for account in accounts.iter().filter(|account| account.state != AccountState::Skipped) {
            let Some(path) = account.organizational_unit.as_deref() else { continue };
            let unit = units.entry(path).or_insert_with(|| UnitRow {
                organizational_unit: path.to_owned(),
                accounts: 0,
                not_read: 0,
                summary: Summary::default(),
            });
            unit.accounts += 1;
            unit.not_read += usize::from(account.state == AccountState::NotRead);
            unit.summary.add(account.summary);
        }
        let organizational_units = units.into_values().collect();
        Self { accounts, organizational_units, home: None }
    }
}

/// How one entry of the waiver file stands against the findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WaiverState {
    /// It covers failures.
    InForce,
    /// Its last day is over. What it covered counts again.
    Expired,
    /// What it names does not fail.
    NothingFails,
    /// Nothing of that name was found, and everything was read where it could be.
    NoSuchResource,
    /// What it names was not decided. A waiver covers failures only.
    Undecided,
    /// Its rule was not selected, or its account or region was not scanned.
    NotLookedAt,
}

impl WaiverState {
    /// The words for reports.
    pub fn in_words(self) -> &'static str {
        match self {
            WaiverState::InForce => "in force",
            WaiverState::Expired => "expired",
            WaiverState::NothingFails => "unused: nothing fails",
            WaiverState::NoSuchResource => "unused: no such resource",
            WaiverState::Undecided => "unused: not decided",
            WaiverState::NotLookedAt => "not looked at",
        }
    }
}

/// One entry of the waiver file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WaiverRow {
    /// The file as messages call it.
    #[serde(default)]
    pub file: String,
    /// The line of the file at which it begins.
    pub line: usize,
    /// The rule that it is about, or a pattern of several.
    pub rule: String,
    /// The pattern of ids and ARNs.
    pub resource: String,
    /// The account to which it is limited, if any.
    pub account: Option<String>,
    /// The region to which it is limited, if any.
    pub region: Option<String>,
    /// What was decided, by whom, and until when.
    pub waiver: Waiver,
    /// How it stands.
    pub state: WaiverState,
    /// How many failures it names: those that it covers, or covered until it expired.
    pub failures: usize,
}

/// What changed since an earlier report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// When the facts of the earlier report were read (RFC 3339).
    pub baseline_started_at: String,
    /// Whether everything that its rules needed was read then.
    pub baseline_is_complete: bool,
    /// What was scanned or judged otherwise then, in words. Each of them can be why something changed.
    pub differences: Vec<String>,
    /// How many findings stand how against it.
    pub counts: ChangeCounts,
    /// Failures of the earlier report about which nothing is said now. Each says why in its history: `resolved` only where
    /// everything was read and the resource is gone, `newly_unknown` where its list could not be read, and
    /// `not_looked_at` where the rule or the place was left out. Everything else in them is as it was then.
    pub no_longer_reported: Vec<Finding>,
}

/// How many findings stand how against an earlier report, those that are no longer reported included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChangeCounts {
    /// They fail now and did not before.
    pub new: usize,
    /// They failed before and fail otherwise.
    pub changed: usize,
    /// They failed before and fail in the same way.
    pub still_failing: usize,
    /// They are not decided now and were not undecided before.
    pub newly_unknown: usize,
    /// They failed before and do not any more.
    pub resolved: usize,
    /// They failed before and were not looked at now.
    pub not_looked_at: usize,
}

impl ChangeCounts {
    /// Counts one finding.
    pub fn count(&mut self, change: Change) {
        *match change {
            Change::New => &mut self.new,
            Change::Changed => &mut self.changed,
            Change::StillFailing => &mut self.still_failing,
            Change::NewlyUnknown => &mut self.newly_unknown,
            Change::Resolved => &mut self.resolved,
            Change::NotLookedAt => &mut self.not_looked_at,
            Change::Unchanged => return,
        } += 1;
    }
}

/// The whole result of a scan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// The version of this shape.
    pub schema_version: u32,
    /// Who scanned what, when, with which rules.
    pub scan: ScanInfo,
    /// How often each verdict was given.
    pub summary: Summary,
    /// One entry a rule and resource, passes included: worst severity first, then rule, then resource.
    pub findings: Vec<Finding>,
    /// What could not be read. What nobody has attested is only with the findings that it leaves open: no call failed.
    pub gaps: Vec<Gap>,
    /// What was called.
    pub coverage: Vec<Coverage>,
    /// Where each requirement stands.
    pub requirements: Vec<RequirementRow>,
    /// Things the reader must know that are no findings: a configured scope that matched nothing, for example.
    pub warnings: Vec<String>,
    /// The selected rules, sorted by id: what their findings have in common.
    pub rules: Vec<RuleInfo>,
    /// Which services are in use, against the list of HIPAA-eligible ones; `null` where that was not asked.
    pub services: Option<Services>,
    /// The waiver file, entry by entry, in its order; empty where there is none.
    pub waivers: Vec<WaiverRow>,
    /// What changed since an earlier report; `null` where none was compared with.
    pub comparison: Option<Comparison>,
    /// The accounts of the organization; `null` for a scan of one account alone.
    pub organization: Option<Organization>,
}

impl Report {
    /// True when something that a selected rule needed could not be read. What nobody has attested is no part of that: it
    /// is unknown, but there is nothing in AWS that could have been read instead.
    pub fn is_incomplete(&self) -> bool {
        self.summary.unknown > self.unattested() || !self.gaps.is_empty()
    }

    /// How many findings are unknown only because nobody has attested what they are about.
    pub fn unattested(&self) -> usize {
        self.findings.iter().filter(|finding| finding.is_unattested()).count()
    }

    /// The worst severity among failures that no waiver covers.
    pub fn worst_failure(&self) -> Option<Severity> {
        self.findings.iter().filter(|finding| finding.is_open_failure()).map(|finding| finding.severity).max()
    }

    /// Whether a failure at or above the threshold is new since the earlier report.
    pub fn has_new_failure(&self, threshold: Severity) -> bool {
        self.findings.iter().any(|finding| finding.is_new_failure(threshold))
    }
}
