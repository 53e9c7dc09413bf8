//! All that judging a snapshot needs besides the snapshot: rules, catalog, scope, waivers, and what people attest.

use std::collections::BTreeMap;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::{
    FactSource, Progress, ScanRequest, asked, asks_for_services, attested, kinds, load_rules, load_waivers, looked_at,
    plan, read, report, report_file, snapshot_file, with_observers,
};
use crate::aws::Plan;
use crate::catalog::Catalog;
use crate::catalog::services::EligibilityList;
use crate::engine::neighbours::Neighbours;
use crate::engine::scope::PhiScope;
use crate::engine::waivers::{self, Waivers};
use crate::engine::{Estate, Judge, comparison};
use crate::model::{AccountId, DigestedInput, InputDigest, Kinds, Report, SERVICE, Snapshot};
use crate::output::text::listed;
use crate::register::{self, Attested, Ids};
use crate::rule::{FormerIds, RuleSet};
use crate::services::{self, Survey};
use crate::{Error, Result};

/// The most accounts that an error names.
const ACCOUNTS_NAMED: usize = 5;

/// A request with everything that it judges with. Several snapshots can be judged alike.
pub(super) struct Prepared {
    request: ScanRequest,
    pub kinds: Kinds,
    pub catalog: Catalog,
    pub rules: RuleSet,
    pub phi_scope: PhiScope,
    rules_known: usize,
    former_ids: FormerIds,
    waivers: Waivers,
    attested: Attested,
    eligible: EligibilityList,
}

/// The facts that are judged beside those of a snapshot: the services in use, which are concluded from it, and what
/// people attest.
pub(super) struct Beside {
    survey: Option<Survey>,
    attested: Attested,
}

impl Beside {
    /// All facts of the account.
    pub fn estate<'a>(&'a self, snapshot: &'a Snapshot) -> Estate<'a> {
        let mut estate = Estate::of(snapshot);
        if let Some(survey) = &self.survey {
            estate = estate.beside([SERVICE], &survey.resources, &survey.gaps);
        }
        attested::beside(estate, &self.attested)
    }
}

impl Prepared {
    /// Loads everything that the request names, before anything is read from AWS: a slip in a file should not cost a
    /// scan.
    pub fn of(request: &ScanRequest) -> Result<Self> {
        let (kinds, catalog) = (kinds(), Catalog::builtin()?);
        let all = load_rules(&kinds, &catalog, &request.rule_dirs, &request.params)?;
        let (rules_known, former_ids, ids) = (all.len(), all.former_ids(), Ids::of(&all));
        let waivers = load_waivers(request.waivers.as_deref(), &all)?;
        let rules = all.select(&request.selection)?;
        // Whoever names rules wants those.
        let rules = match request.selection.select.is_empty() {
            true => asked::only_what_counts(rules, &catalog, &request.soc2_categories, &request.roles),
            false => rules,
        };
        let attested = register::read(&attested::places(request), &rules, &ids)?;
        let eligible = EligibilityList::builtin()?.with(&request.services.overrides);
        let phi_scope = request.phi_scope();
        let request = request.clone();
        Ok(Self { request, kinds, catalog, rules, phi_scope, rules_known, former_ids, waivers, attested, eligible })
    }

    /// Lists a hash of everything that was loaded, by its sort. Reports can differ where a hash differs.
    pub fn fingerprints(&self) -> BTreeMap<String, String> {
        // Named one by one, so that what is loaded some day cannot be forgotten here. Kinds, requirements and the list
        // of eligible services are this build's, the user's word on services is the request's, and former ids matter
        // only where reports are compared.
        let Self {
            request,
            rules,
            rules_known,
            phi_scope,
            waivers,
            attested,
            kinds: _,
            catalog: _,
            former_ids: _,
            eligible: _,
        } = self;
        // The rest of the request: what is not loaded into one of those, and is no place to read from or write to.
        let ScanRequest {
            soc2_categories,
            roles,
            services,
            selection: _,
            rule_dirs: _,
            params: _,
            phi_scope: _,
            register: _,
            waivers: _,
            source: _,
            baseline: _,
            save_snapshot: _,
            evidence: _,
        } = request;
        let known: [(&str, String); 7] = [
            ("rules or parameters", format!("{:?}", (rules_known, rule_texts(rules)))),
            ("PHI scopes", format!("{phi_scope:?}")),
            ("waivers", format!("{waivers:?}")),
            ("attestations or vendors", format!("{attested:?}")),
            ("settings for services in use", format!("{services:?}")),
            ("SOC 2 categories", format!("{soc2_categories:?}")),
            ("roles", format!("{roles:?}")),
        ];
        known.into_iter().map(|(name, text)| (name.to_owned(), sha256(&text))).collect()
    }

    /// The digests of everything that judges, for whoever asks whether two results were made alike.
    fn digests(&self) -> Vec<InputDigest> {
        let digest = |input, name: Option<&str>, sha256: &str| InputDigest {
            input,
            name: name.map(str::to_owned),
            sha256: sha256.to_owned(),
        };
        let ScanRequest { soc2_categories, roles, services, selection, .. } = &self.request;
        let settings = format!("{:?}", (&self.phi_scope, soc2_categories, roles, services, selection));
        let registers = self.attested.files.iter().map(|(name, of)| digest(DigestedInput::Register, Some(name), of));
        let waivers = self.waivers.digest().map(|(name, of)| digest(DigestedInput::Waivers, Some(name), of));
        looked_at::binary()
            .into_iter()
            .chain([
                digest(DigestedInput::Rules, None, &sha256(&format!("{:?}", rule_texts(&self.rules)))),
                digest(DigestedInput::Settings, None, &sha256(&settings)),
            ])
            .chain(registers)
            .chain(waivers)
            .collect()
    }

    /// Plans what must be read for the rules.
    pub fn plan(&self) -> Plan {
        let plan = plan(&self.rules, &self.kinds, &self.phi_scope);
        match asks_for_services(&self.rules) {
            true => with_observers(plan, &self.eligible, &self.request.services),
            false => plan,
        }
    }

    /// Reads the request's source, judges and reports. The request may differ from the one that the rules were loaded
    /// for in its source and in the places that it writes to.
    pub async fn scan(&self, request: &ScanRequest, progress: &dyn Progress) -> Result<Report> {
        let baseline = request.baseline.as_deref().map(|path| self.earlier(path)).transpose()?;
        let snapshot = read(request, self.plan(), progress).await?;
        progress.phase("judging");
        let report = self.report_beside(request, snapshot, &Neighbours::default());
        match (&request.baseline, baseline) {
            (Some(path), Some(baseline)) => self.compare(&baseline, report, path),
            _ => Ok(report),
        }
    }

    /// Judges a snapshot and reports.
    pub fn report(&self, snapshot: Snapshot) -> Report {
        self.report_beside(&self.request, snapshot, &Neighbours::default())
    }

    /// Judges a snapshot beside what other accounts of the run tell, and reports. The request says where it came from.
    pub fn report_beside(&self, request: &ScanRequest, mut snapshot: Snapshot, neighbours: &Neighbours) -> Report {
        // A snapshot may have been taken for more rules than are judged now.
        let plan = self.plan();
        snapshot.gaps.retain(|gap| plan.misses(gap));
        let beside = self.beside(&snapshot);
        let (phi_scope, mut findings) = {
            let estate = beside.estate(&snapshot);
            let judge = Judge::new(&estate, neighbours, &self.kinds, &self.phi_scope);
            (judge.measure_scope(), judge.findings(&self.rules))
        };
        let (services, warnings) =
            beside.survey.map_or((None, Vec::new()), |survey| (Some(survey.services), survey.warnings));
        if let Some(services) = &services {
            services::date(&mut findings, services);
        }
        let waivers = self.waivers.apply(&mut findings, &self.rules, &snapshot.header);
        let (catalog, rules) = (&self.catalog, (&self.rules, self.rules_known));
        let services = (services, &self.eligible, self.digests());
        let mut report = report(request, catalog, rules, snapshot, findings, phi_scope, services);
        report.warnings.extend(waivers::warnings(&waivers).into_iter().chain(warnings));
        let limits = waivers::specification_warnings(catalog, &report.rules, &report.findings, &request.roles);
        report.warnings.extend(limits);
        report.waivers = waivers;
        report
    }

    /// The facts that are judged beside those of the snapshot.
    pub fn beside(&self, snapshot: &Snapshot) -> Beside {
        let survey = asks_for_services(&self.rules).then(|| services::survey(snapshot, &self.kinds, &self.eligible));
        Beside { survey, attested: self.attested.clone().of_account(snapshot.header.account) }
    }

    /// An earlier report, or an earlier snapshot judged as this request judges.
    pub fn earlier(&self, path: &Path) -> Result<Report> {
        if !snapshot_file::is_snapshot(path) {
            return report_file::open(path);
        }
        let request = ScanRequest { source: FactSource::Snapshot(path.to_owned()), ..self.request.clone() };
        Ok(self.report_beside(&request, snapshot_file::open(path)?, &Neighbours::default()))
    }

    /// The later report with what changed since the earlier one, whose file is named in errors.
    pub fn compare(&self, old: &Report, new: Report, path: &Path) -> Result<Report> {
        is_comparable(old, &new.scan.accounts, path)?;
        Ok(comparison::compare(old, new, &self.former_ids, &self.kinds))
    }
}

/// What each rule says and with which parameters, sorted.
fn rule_texts(rules: &RuleSet) -> Vec<String> {
    let mut texts: Vec<String> =
        rules.iter().map(|rule| format!("{:?}", (&rule.id, &*rule.source.text, rule.param_values()))).collect();
    texts.sort();
    texts
}

fn sha256(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

/// Makes sure that the earlier report is about one of the accounts.
pub(super) fn is_comparable(old: &Report, accounts: &[AccountId], path: &Path) -> Result<()> {
    if old.scan.accounts.iter().any(|account| accounts.contains(account)) {
        return Ok(());
    }
    let of = |accounts: &[AccountId]| listed(accounts.iter().map(AccountId::as_str), ACCOUNTS_NAMED);
    let (of_old, of_new) = (of(&old.scan.accounts), of(accounts));
    let message = format!("{} is about account {of_old}, and not about {of_new}", path.display());
    Err(Error::usage(message).help("compare with an earlier report of the same account"))
}
