//! The one path from a request to a report, whoever asks: the command line or Lambda.

mod asked;
pub mod attested;
mod coverage;
mod earlier;
mod explain;
pub mod file;
mod looked_at;
pub mod merge;
pub mod organization;
pub mod paths;
pub mod permissions;
pub mod preflight;
mod prepared;
pub mod report_file;
pub mod report_stream;
pub mod snapshot_file;
mod zstandard;

use std::path::{Path, PathBuf};

pub use self::asked::only_what_counts;
pub use self::coverage::of as coverage_of;
pub use self::earlier::diff;
pub use self::explain::{FindingQuery, explain};
pub use crate::aws::{Live, Progress, Regions, Unwatched};
pub use crate::catalog::services::{Override, is_prefix};
pub use crate::engine::scope::PhiScope;

use crate::aws::{EventQuestions, Plan};
use crate::catalog::Catalog;
use crate::catalog::services::EligibilityList;
use crate::collect;
use crate::engine::requirements::{TableScope, requirement_table};
use crate::engine::scope;
use crate::engine::waivers::Waivers;
use crate::model::{
    EntityRole, Finding, Gap, Header, InputDigest, Kinds, PhiScopeInfo, Report, RuleInfo, SERVICE,
    SNAPSHOT_SCHEMA_VERSION, ScanInfo, Services, Snapshot, Soc2Category, Summary, TAGGED_RESOURCE, Timestamp,
    is_attested,
};
use crate::register::{self, RegisterFiles};
use crate::rule::{IN_PHI_SCOPE, ParamSettings, RuleSet, Selection};
use crate::services;
use crate::source::{self, SourceFile};
use crate::{Error, Result, packed};
use looked_at::JudgedWith;
use paths::Paths;
use prepared::Prepared;

/// The version of the report's shape.
pub const REPORT_SCHEMA_VERSION: u32 = 2;

/// A request for a scan.
#[derive(Debug, Clone)]
pub struct ScanRequest {
    /// The source of the facts.
    pub source: FactSource,
    /// The rules that are selected.
    pub selection: Selection,
    /// Folders with more rules.
    pub rule_dirs: Vec<PathBuf>,
    /// Parameters of rules: rule id, parameter, value.
    pub params: ParamSettings,
    /// The scope of resources that hold PHI.
    pub phi_scope: PhiScope,
    /// The SOC 2 categories that count beside security.
    pub soc2_categories: Vec<Soc2Category>,
    /// The roles in which HIPAA binds the organization; empty where nobody said.
    pub roles: Vec<EntityRole>,
    /// The files in which people attest what no API shows.
    pub register: RegisterFiles,
    /// The file of accepted failures.
    pub waivers: Option<PathBuf>,
    /// An earlier report, or a snapshot to be judged by the same rules, to compare with.
    pub baseline: Option<PathBuf>,
    /// The file to write the snapshot to.
    pub save_snapshot: Option<PathBuf>,
    /// The folder in which to keep AWS's answers themselves.
    pub evidence: Option<PathBuf>,
    /// The way in which services in use are found and judged.
    pub services: ServicesRequest,
}

/// The way in which services in use are found and judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicesRequest {
    /// The entries that count instead of those of the list that this build carries.
    pub overrides: Vec<Override>,
    /// The most questions that CloudTrail's event history is asked in each region.
    pub event_history_calls: u32,
    /// True if the resources of every kind are listed, though no selected rule needs them.
    pub list_every_kind: bool,
}

impl Default for ServicesRequest {
    fn default() -> Self {
        Self { overrides: Vec::new(), event_history_calls: EventQuestions::DEFAULT_BUDGET, list_every_kind: false }
    }
}

/// The source of the facts.
#[derive(Debug, Clone)]
pub enum FactSource {
    /// AWS.
    Live(Live),
    /// A snapshot that was saved before.
    Snapshot(PathBuf),
    /// The sample account in the binary.
    Demo,
    /// An account that cannot be read: every selected rule is unknown there, by this gap.
    Unread(Box<Gap>),
}

impl ScanRequest {
    /// All files that the request reads, and what it keeps of what it read.
    pub fn paths(&self) -> Paths {
        let mut paths = Paths::default();
        match &self.source {
            FactSource::Snapshot(path) => paths.reads("the snapshot that is judged", path),
            FactSource::Live(_) => paths.reads_settings_of_aws(),
            FactSource::Demo | FactSource::Unread(_) => {}
        }
        self.rule_dirs.iter().for_each(|dir| paths.reads_rules(dir));
        collect::declared::added_files().iter().for_each(|path| paths.reads("a page of kinds", path));
        paths.reads_register(&self.register);
        self.waivers.iter().for_each(|path| paths.reads("the waiver file", path));
        self.baseline.iter().for_each(|path| paths.reads("the baseline", path));
        self.save_snapshot.iter().for_each(|path| paths.writes("the snapshot", path));
        self.evidence.iter().for_each(|folder| paths.fills("the evidence", folder, paths::is_evidence));
        paths
    }

    /// The configured scope; the sample account has one of its own, so that a newcomer sees what a scope does.
    fn phi_scope(&self) -> PhiScope {
        match self.source {
            FactSource::Demo if self.phi_scope.is_empty() => PhiScope {
                tags: [("DataClassification".to_owned(), vec!["phi".to_owned()])].into(),
                ..PhiScope::default()
            },
            _ => self.phi_scope.clone(),
        }
    }
}

/// The sample account: recorded with `--save-snapshot` from the account that `fixtures/estate` builds.
const DEMO: &str = "fixtures/demo.ndjson";

/// Every kind that rules may judge: what collectors read, what is made of it, and what people attest.
pub fn kinds() -> Kinds {
    collect::kinds().with(services::kind()).iter().cloned().chain(register::kinds()).collect()
}

/// Adds the pages of kinds in these folders to what this build reads, for as long as the program runs.
///
/// # Errors
/// If a folder or a page cannot be read, or a page does not fit its model.
pub fn use_kinds(folders: &[PathBuf]) -> Result<()> {
    folders.iter().try_for_each(|folder| collect::declared::add(folder))
}

/// Loads the rules of a request: built-in ones and those of its folders, with its parameters, selected.
///
/// # Errors
/// If a rule is broken, or a parameter or pattern matches nothing.
pub fn load_rules(kinds: &Kinds, catalog: &Catalog, rule_dirs: &[PathBuf], params: &ParamSettings) -> Result<RuleSet> {
    let mut rules = RuleSet::builtin(kinds, catalog)?;
    for folder in rule_dirs {
        rules = rules.with_dir(folder, kinds, catalog)?;
    }
    rules.override_params(params)
}

/// Reads a waiver file; without one, nothing is waived. `rules` are all that there are, selected or not.
///
/// # Errors
/// A usage error with everything that is wrong with it, each with its place.
pub fn load_waivers(path: Option<&Path>, rules: &RuleSet) -> Result<Waivers> {
    let Some(path) = path else { return Ok(Waivers::default()) };
    let text = SourceFile::read(path).map_err(|problem| vec![problem]);
    text.and_then(|text| Waivers::parse(&text, rules)).map_err(|problems| {
        Error::usage(source::join(&problems)).help("`safeguard schema waivers` says what a waiver file holds")
    })
}

/// Reads, judges and reports.
///
/// # Errors
/// If the request cannot be carried out; then nothing is claimed. Calls that fail during the scan are gaps in the
/// report, not errors.
pub async fn scan(request: &ScanRequest, progress: &dyn Progress) -> Result<Report> {
    Prepared::of(request)?.scan(request, progress).await
}

/// Tells whether a rule asks which services are in use.
fn asks_for_services(rules: &RuleSet) -> bool {
    rules.iter().any(|rule| rule.kind == SERVICE || rule.needs().populations.contains(SERVICE))
}

/// The plan with all that tells which services are in use.
fn with_observers(plan: Plan, list: &EligibilityList, request: &ServicesRequest) -> Plan {
    let observed = services::OBSERVED_KINDS.into_iter().map(str::to_owned);
    let every = collect::kinds();
    let every = every.names().filter(|_| request.list_every_kind).map(str::to_owned);
    let event_questions =
        EventQuestions { sources: list.event_sources_in_doubt(), budget: request.event_history_calls };
    plan.with_kinds(observed.chain(every)).with_event_questions(event_questions)
}

/// Plans everything that the rules need to know.
pub fn plan(rules: &RuleSet, kinds: &Kinds, phi_scope: &PhiScope) -> Plan {
    let mut wanted_kinds = Vec::new();
    let mut facts = Vec::new();
    if phi_scope.needs_tagging() {
        wanted_kinds.push(TAGGED_RESOURCE.to_owned());
    }
    for rule in rules.iter() {
        let needs = rule.needs();
        wanted_kinds.push(rule.kind.clone());
        wanted_kinds.extend(needs.populations.iter().cloned());
        facts.extend(needs.facts.iter().cloned());
        let asked_for_scope = needs.facts.iter().filter(|(_, fact)| fact == IN_PHI_SCOPE).map(|(kind, _)| kind);
        // Whether a resource holds PHI raises severities, whatever the rule asks.
        for kind in asked_for_scope.chain([&rule.kind]) {
            if !phi_scope.tags.is_empty() && scope::kind_has_tags(kinds, kind) {
                facts.push((kind.clone(), "Tags".to_owned()));
            }
        }
    }
    // Services in use are not read but concluded.
    wanted_kinds.retain(|kind| kind != SERVICE);
    facts.retain(|(kind, _)| kind != SERVICE);
    // What people attest is not AWS's to tell.
    wanted_kinds.retain(|kind| !is_attested(kind));
    facts.retain(|(kind, _)| !is_attested(kind));
    Plan::new(wanted_kinds, facts)
}

async fn read(request: &ScanRequest, plan: Plan, progress: &dyn Progress) -> Result<Snapshot> {
    let snapshot = match &request.source {
        FactSource::Demo => demo()?,
        FactSource::Snapshot(path) => snapshot_file::open(path)?,
        FactSource::Unread(gap) => unread(gap, &plan),
        FactSource::Live(live) => {
            if let Some(folder) = &request.evidence {
                make_folder(folder)?;
            }
            collect::collect(live, plan, request.evidence.clone(), progress).await?
        }
    };
    if let Some(path) = &request.save_snapshot {
        snapshot_file::save(&snapshot, path)?;
    }
    if let (FactSource::Live(_), Some(folder)) = (&request.source, &request.evidence) {
        snapshot_file::save_calls(&snapshot, &folder.join("calls.ndjson"))?;
    }
    Ok(snapshot)
}

/// Makes the snapshot of an account that cannot be read: none of its lists is known.
fn unread(gap: &Gap, plan: &Plan) -> Snapshot {
    let kinds: Vec<String> = plan.kinds().map(str::to_owned).collect();
    let now = Timestamp::now();
    let header = Header {
        schema_version: SNAPSHOT_SCHEMA_VERSION,
        account: gap.account,
        partition: "aws".to_owned(),
        caller: None,
        enabled_regions: None,
        regions: Vec::new(),
        taken_at: now,
        finished_at: now,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        kinds: kinds.clone(),
    };
    let gaps = vec![Gap { population: kinds, ..gap.clone() }];
    Snapshot { header, resources: Vec::new(), gaps, calls: Vec::new() }
}

/// The sample account's snapshot.
fn demo() -> Result<Snapshot> {
    let text = packed::file(DEMO).ok_or_else(|| Error::failed(format!("{DEMO} is not part of this build")))?;
    snapshot_file::read(&text[..], "the sample account")
}

fn make_folder(folder: &Path) -> Result<()> {
    file::make_folder(folder)
}

fn report(
    request: &ScanRequest,
    catalog: &Catalog,
    (rules, rules_known): (&RuleSet, usize),
    snapshot: Snapshot,
    findings: Vec<Finding>,
    phi_scope: PhiScopeInfo,
    (services, list, digests): (Option<Services>, &EligibilityList, Vec<InputDigest>),
) -> Report {
    let mut summary = Summary::default();
    findings.iter().for_each(|finding| summary.count(finding));
    let mut warnings = warnings(request, &snapshot, rules, phi_scope);
    warnings.extend(attested::warning(rules, &findings, snapshot.header.taken_at));
    let infos = rule_infos(rules);
    let with = JudgedWith { rules: &infos, findings: &findings, services: services.as_ref(), list, digests };
    let looked_at = looked_at::of(&snapshot, with);
    warnings.extend(looked_at::warnings(&looked_at));
    let scope = TableScope {
        soc2_categories: &request.soc2_categories,
        roles: &request.roles,
        phi_scope_is_configured: phi_scope.is_configured,
        services: services.as_ref(),
        list,
    };
    Report {
        schema_version: REPORT_SCHEMA_VERSION,
        scope: looked_at,
        summary,
        coverage: coverage::of(&snapshot.calls),
        requirements: requirement_table(catalog, &infos, &findings, &scope),
        warnings,
        scan: ScanInfo {
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            source: source_in_words(&request.source),
            started_at: snapshot.header.taken_at,
            finished_at: snapshot.header.finished_at,
            accounts: vec![snapshot.header.account],
            regions: snapshot.header.regions.clone(),
            rule_count: rules.iter().count(),
            rules_known,
            resource_count: snapshot.resources.iter().filter(|resource| !is_attested(&resource.kind)).count(),
            call_count: snapshot.calls.len(),
            catalog_dates: catalog.dates(),
            phi_scope,
            soc2_categories: words(&Soc2Category::in_scope(&request.soc2_categories)),
            roles: request.roles.clone(),
        },
        findings,
        gaps: snapshot.gaps,
        rules: infos,
        services,
        waivers: Vec::new(),
        comparison: None,
        organization: None,
    }
}

/// Lists what reports say of rules beside their findings, sorted by id.
pub fn rule_infos(rules: &RuleSet) -> Vec<RuleInfo> {
    let mut infos: Vec<RuleInfo> = rules.iter().map(|rule| rule.info()).collect();
    infos.sort_by(|a, b| a.id.cmp(&b.id));
    infos
}

fn words(categories: &[Soc2Category]) -> Vec<String> {
    categories.iter().map(|category| category.as_str().to_owned()).collect()
}

fn source_in_words(source: &FactSource) -> String {
    match source {
        FactSource::Live(_) | FactSource::Unread(_) => "live".to_owned(),
        FactSource::Demo => "demo".to_owned(),
        FactSource::Snapshot(path) => path.display().to_string(),
    }
}

/// A scope that is not configured or matches nothing, in words.
fn phi_scope_warning(phi_scope: PhiScopeInfo) -> Option<String> {
    let open = match phi_scope.undecided {
        0 => String::new(),
        count => format!(" (the tags of {count} could not be read)"),
    };
    if !phi_scope.is_configured {
        return Some(
            "no PHI scope is configured: nobody said where PHI is, so no resource was judged as holding any, and every \
             resource decides the requirements of HIPAA. Name tags, accounts or ARN patterns in `phi_scope` of the config \
             file"
                .to_owned(),
        );
    }
    (phi_scope.in_scope == 0).then(|| {
        format!(
            "the PHI scope matches nothing: of all resources that were read, none is in it{open}, so nothing was judged \
             as holding PHI. Check the tags, accounts and ARN patterns of `phi_scope` in the config file; upper and \
             lower case matter"
        )
    })
}

/// Asks for the roles, where nobody named any.
fn roles_warning(roles: &[EntityRole]) -> Option<String> {
    roles.is_empty().then(|| {
        "no role is configured, so every provision of HIPAA is shown, also those that may not bind you. Name \
         `covered_entity`, `business_associate` or another role under `entity: {roles: [...]}` in the config file"
            .to_owned()
    })
}

fn warnings(request: &ScanRequest, snapshot: &Snapshot, rules: &RuleSet, phi_scope: PhiScopeInfo) -> Vec<String> {
    let mut warnings = Vec::new();
    if rules.iter().next().is_none() {
        warnings.push("no rule is selected, so nothing was judged".to_owned());
    }
    warnings.extend(phi_scope_warning(phi_scope));
    warnings.extend(roles_warning(&request.roles));
    let other_version = snapshot.header.tool_version != env!("CARGO_PKG_VERSION");
    if other_version && !matches!(request.source, FactSource::Live(_)) {
        warnings.push(format!("the snapshot was taken by version {} of Safeguard", snapshot.header.tool_version));
    }
    warnings
}
