//! All that judging a snapshot needs besides the snapshot: rules, catalog, scope and waivers.

use std::path::Path;

use super::{ScanRequest, Source, kinds, load_rules, load_waivers, plan, report, report_file, snapshot_file};
use crate::catalog::Catalog;
use crate::collect::Plan;
use crate::engine::scope::PhiScope;
use crate::engine::waivers::Waivers;
use crate::engine::{self, comparison};
use crate::model::{Kinds, Report, Snapshot};
use crate::rule::{FormerIds, RuleSet};
use crate::{Error, Result};

/// What one request judges with. Several snapshots can be judged alike.
pub(super) struct Judges<'r> {
    request: &'r ScanRequest,
    pub kinds: Kinds,
    pub catalog: Catalog,
    pub rules: RuleSet,
    pub phi_scope: PhiScope,
    rules_known: usize,
    former_ids: FormerIds,
    waivers: Waivers,
}

impl<'r> Judges<'r> {
    /// Loads everything that the request names.
    pub fn of(request: &'r ScanRequest) -> Result<Self> {
        let (kinds, catalog) = (kinds(), Catalog::builtin()?);
        let all = load_rules(&kinds, &catalog, &request.rule_dirs, &request.params)?;
        let (rules_known, former_ids) = (all.len(), all.former_ids());
        let waivers = load_waivers(request.waivers.as_deref(), &all)?;
        let rules = all.select(&request.selection)?;
        let phi_scope = request.phi_scope();
        Ok(Self { request, kinds, catalog, rules, phi_scope, rules_known, former_ids, waivers })
    }

    /// What must be read for the rules.
    pub fn plan(&self) -> Plan {
        plan(&self.rules, &self.kinds, &self.phi_scope)
    }

    /// Judges a snapshot and reports.
    pub fn report(&self, snapshot: Snapshot) -> Report {
        self.report_from(self.request, snapshot)
    }

    fn report_from(&self, request: &ScanRequest, mut snapshot: Snapshot) -> Report {
        // A snapshot may have been taken for more rules than are judged now.
        let plan = self.plan();
        snapshot.gaps.retain(|gap| plan.misses(gap));
        let mut findings = engine::judge(&self.rules, &snapshot, &self.kinds, &self.phi_scope);
        let waivers = self.waivers.apply(&mut findings, &self.rules, &snapshot.header);
        let phi_scope = engine::measure_scope(&snapshot, &self.kinds, &self.phi_scope);
        let (catalog, rules_known) = (&self.catalog, self.rules_known);
        let mut report = report(request, catalog, rules_known, &self.rules, snapshot, findings, phi_scope);
        report.warnings.extend(self.waivers.warnings(&waivers));
        report.waivers = waivers;
        report
    }

    /// An earlier report, or an earlier snapshot judged as this request judges.
    pub fn earlier(&self, path: &Path) -> Result<Report> {
        if !snapshot_file::is_snapshot(path) {
            return report_file::open(path);
        }
        let request = ScanRequest { source: Source::Snapshot(path.to_owned()), ..self.request.clone() };
        Ok(self.report_from(&request, snapshot_file::open(path)?))
    }

    /// The later report with what changed since the earlier one, whose file is named in errors.
    pub fn compare(&self, old: &Report, new: Report, path: &Path) -> Result<Report> {
        let is_shared = |account: &String| new.scan.accounts.contains(account);
        if !old.scan.accounts.iter().any(is_shared) {
            let (of_old, of_new) = (old.scan.accounts.join(", "), new.scan.accounts.join(", "));
            let message = format!("{} is about account {of_old}, and not about {of_new}", path.display());
            return Err(Error::usage(message).help("compare with an earlier report of the same account"));
        }
        Ok(comparison::compare(old, new, &self.former_ids, &self.kinds))
    }
}
