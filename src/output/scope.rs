//! The scope of a report in words, one line a subject, for every format that people read: what was looked at, by whom,
//! with what, and what was not.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use super::requirements::words::framework;
use super::text::{counted, listed, number, shorten};
use crate::model::{EntityRole, PhiScopeInfo, Region, Report, ReportScope, Timestamp, WaiverState};

/// The widest that the name of a snapshot is shown, in columns.
const NAME: usize = 100;

/// How much a format has room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    /// The few lines above a list.
    Short,
    /// A section of its own: every name, every population, every digest.
    Whole,
}

impl Room {
    fn names(self) -> usize {
        match self {
            Room::Short => 5,
            Room::Whole => usize::MAX - 1,
        }
    }
}

/// One subject of the scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ScopeLine {
    /// What it is about.
    pub label: &'static str,
    /// What there is to say.
    pub text: String,
    /// True where something was not looked at, or nobody said what counts.
    pub is_open: bool,
}

/// Lists the subjects in the order in which a reader asks for them.
pub(super) fn lines(report: &Report, room: Room) -> Vec<ScopeLine> {
    let scope = &report.scope;
    let mut lines = accounts(report, room);
    lines.push(line("Facts", origin(report)));
    lines.push(regions(report, room));
    lines.extend(regions_not_read(scope, room));
    lines.extend(services(scope, room));
    lines.extend(populations(report, room));
    lines.push(phi(report));
    lines.push(roles(&report.scan.roles));
    lines.push(categories(report));
    lines.push(waivers(report));
    lines.push(versions(report));
    if room == Room::Whole {
        lines.extend(digests(scope));
    }
    lines
}

fn line(label: &'static str, text: impl Into<String>) -> ScopeLine {
    ScopeLine { label, text: text.into(), is_open: false }
}

fn open(label: &'static str, text: impl Into<String>) -> ScopeLine {
    ScopeLine { label, text: text.into(), is_open: true }
}

fn strs(names: &[impl AsRef<str>]) -> impl Iterator<Item = &str> {
    names.iter().map(AsRef::as_ref)
}

/// `123456789012, read by arn:aws:sts::123456789012:assumed-role/audit/safeguard`.
fn accounts(report: &Report, room: Room) -> Vec<ScopeLine> {
    let scope = &report.scope;
    if scope.accounts.is_empty() {
        return vec![line("Accounts", listed(strs(&report.scan.accounts), 10.min(room.names())))];
    }
    let callers: BTreeSet<&str> = scope.accounts.iter().filter_map(|account| account.caller.as_deref()).collect();
    let by = match (callers.len(), scope.accounts.iter().any(|account| account.caller.is_none())) {
        (0, _) => "it is not recorded by whom".to_owned(),
        (_, false) => format!("read by {}", listed(callers, 2.max(room.names().min(40)))),
        (_, true) => format!("read by {}; of some it is not recorded by whom", listed(callers, 2)),
    };
    let names = scope.accounts.iter().map(|account| account.account.as_str());
    let label = if scope.accounts.len() == 1 { "Account" } else { "Accounts" };
    vec![line(label, format!("{}, {by}", listed(names, room.names())))]
}

fn regions(report: &Report, room: Room) -> ScopeLine {
    match report.scan.regions.len() {
        0 => open("Regions read", "none"),
        count => line(
            "Regions read",
            format!("{}: {}", number(count), listed(strs(&report.scan.regions), room.names().max(20))),
        ),
    }
}

/// Says which enabled regions nobody looked at, or that nobody knows.
fn regions_not_read(scope: &ReportScope, room: Room) -> Vec<ScopeLine> {
    let left: BTreeSet<&str> =
        scope.regions_not_read().flat_map(|(_, regions)| regions.iter()).map(Region::as_str).collect();
    let is_unknown = scope.regions_not_known().next().is_some();
    let mut lines = Vec::new();
    match (left.len(), is_unknown) {
        (0, false) if !scope.accounts.is_empty() => lines.push(line("Not read", "no region that is enabled")),
        (0, _) => {}
        (count, _) => lines.push(open(
            "NOT READ",
            format!("{}: {}", counted(count, "enabled region", "enabled regions"), listed(left, room.names())),
        )),
    }
    if is_unknown {
        let of = if scope.accounts.len() > 1 { " in some accounts" } else { "" };
        lines.push(open("NOT KNOWN", format!("which regions are enabled{of}")));
    }
    lines
}

/// The services in use: those that rules judged, and those that nobody judges.
fn services(scope: &ReportScope, room: Room) -> Vec<ScopeLine> {
    let Some(services) = &scope.services else {
        return vec![open("Services", "which services are in use was not asked")];
    };
    let judged = || services.iter().filter(|service| !service.rules.is_empty());
    let with_rules = |service: &crate::model::ServiceScope| match room {
        Room::Short => service.service.clone(),
        Room::Whole => format!("{} ({})", service.service, service.rules.join(" ")),
    };
    let judged: Vec<String> = judged().map(with_rules).collect();
    let left: Vec<&str> = scope.services_not_judged().map(|service| service.service.as_str()).collect();
    let head = format!("{} in use", counted(services.len(), "service", "services"));
    let mut lines = vec![match judged.len() {
        0 => line("Services", format!("{head}; rules judged none of them")),
        count => {
            line("Services", format!("{head}; rules judged {}: {}", number(count), listed(strs(&judged), room.names())))
        }
    }];
    if !left.is_empty() {
        let count = number(left.len());
        lines.push(open("NOT JUDGED", format!("{count} of them, by any rule: {}", listed(left, room.names()))));
    }
    if !scope.services_are_known {
        lines.push(open("NOT KNOWN", "whether more services are in use: not every witness saw all that it can see"));
    }
    lines
}

fn populations(report: &Report, room: Room) -> Vec<ScopeLine> {
    let scan = &report.scan;
    let rules = match scan.rule_count == scan.rules_known {
        true => format!("all {}", counted(scan.rule_count, "rule", "rules")),
        false => format!("{} of {}", number(scan.rule_count), counted(scan.rules_known, "rule", "rules")),
    };
    let read = format!(
        "{} in {}, by {rules}",
        counted(scan.resource_count, "resource", "resources"),
        counted(scan.call_count, "call", "calls")
    );
    let mut lines = vec![line("Read", read)];
    if room == Room::Whole {
        let judged: Vec<String> = report
            .scope
            .populations
            .iter()
            .map(|it| match it.is_known {
                true => format!("{} {}", number(it.resources), it.kind),
                false => format!("{} {} (there may be more)", number(it.resources), it.kind),
            })
            .collect();
        lines.push(line("Populations", listed(strs(&judged), usize::MAX - 1)));
    }
    lines
}

fn phi(report: &Report) -> ScopeLine {
    let scope = report.scan.phi_scope;
    let text = phi_scope(scope).trim_start_matches("PHI scope: ").trim_end_matches('.').to_owned();
    ScopeLine { label: "PHI scope", text, is_open: !scope.is_configured || scope.in_scope == 0 }
}

fn roles(roles: &[EntityRole]) -> ScopeLine {
    let words: Vec<String> = roles.iter().map(|role| role.as_str().replace('_', " ")).collect();
    match roles.is_empty() {
        true => open("Roles", "none is configured, so every provision of HIPAA is shown"),
        false => line("Roles", listed(strs(&words), usize::MAX - 1)),
    }
}

fn categories(report: &Report) -> ScopeLine {
    line("SOC 2", listed(strs(&report.scan.soc2_categories), usize::MAX - 1).replace('_', " "))
}

fn waivers(report: &Report) -> ScopeLine {
    let in_force = report.waivers.iter().filter(|row| row.state == WaiverState::InForce).count();
    let failures = counted(report.summary.waived, "failure", "failures");
    match (in_force, report.summary.waived) {
        (0, 0) => line("Waivers", "none in force"),
        (0, _) => line("Waivers", format!("in force for {failures}")),
        _ => line("Waivers", format!("{} in force, for {failures}", number(in_force))),
    }
}

fn versions(report: &Report) -> ScopeLine {
    let scan = &report.scan;
    let mut parts = vec![format!("Safeguard {}", scan.tool_version)];
    parts.extend(scan.catalog_dates.iter().map(|date| format!("{} of {}", framework(date.framework), date.checked)));
    parts.extend(report.services.iter().map(|services| format!("AWS's list of services of {}", services.list_date)));
    line("Versions", listed(strs(&parts), usize::MAX - 1))
}

fn digests(scope: &ReportScope) -> Vec<ScopeLine> {
    let texts: Vec<String> = scope
        .digests
        .iter()
        .map(|digest| match &digest.name {
            Some(name) => format!("{} {name}: {}", digest.input.in_words(), digest.sha256),
            None => format!("{}: {}", digest.input.in_words(), digest.sha256),
        })
        .collect();
    match texts.is_empty() {
        true => Vec::new(),
        false => vec![line("SHA-256", texts.join(", "))],
    }
}

/// Says what is known about where PHI is.
pub(super) fn phi_scope(scope: PhiScopeInfo) -> String {
    let undecided = match scope.undecided {
        0 => String::new(),
        count => format!("; of {} more that is not known", number(count)),
    };
    match scope {
        PhiScopeInfo { is_configured: false, .. } => {
            "PHI scope: none is configured, so nothing was judged as holding PHI.".to_owned()
        }
        PhiScopeInfo { in_scope: 0, .. } => {
            format!("PHI scope: it matches NOTHING, so nothing was judged as holding PHI{undecided}.")
        }
        PhiScopeInfo { in_scope, .. } => {
            let holds = counted(in_scope, "resource is in it", "resources are in it");
            format!("PHI scope: {holds}{undecided}.")
        }
    }
}

/// Says where the facts are from and how old they are: `read from AWS on 2026-01-01 12:00:00 UTC within 14 s`.
pub(super) fn origin(report: &Report) -> String {
    let scan = &report.scan;
    let when = period(scan.started_at, scan.finished_at);
    match scan.source.as_str() {
        "live" => format!("read from AWS {when}"),
        "demo" => format!("a sample that is part of Safeguard (no account of yours was read), recorded {when}"),
        file => format!("from the snapshot {}, taken {when}", shorten(file, NAME)),
    }
}

fn period(Timestamp(start): Timestamp, Timestamp(end): Timestamp) -> String {
    format!("on {} within {}", start.strftime("%Y-%m-%d %H:%M:%S UTC"), duration(end.duration_since(start)))
}

fn duration(duration: SignedDuration) -> String {
    match duration.as_secs() {
        ..1 => "1 s".to_owned(),
        seconds @ ..120 => format!("{seconds} s"),
        seconds @ ..7200 => format!("{} min", seconds / 60),
        seconds => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;
    use crate::model::{PhiScopeInfo, Services};

    fn told(report: &Report, room: Room) -> String {
        let line = |it: ScopeLine| format!("{}{}: {}", if it.is_open { "! " } else { "" }, it.label, it.text);
        lines(report, room).into_iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn every_subject_is_told_with_what_was_left_out() {
        insta::assert_snapshot!(told(&fixture::mixed(), Room::Whole));
        insta::assert_snapshot!(told(&fixture::mixed(), Room::Short));
    }

    #[test]
    fn what_nobody_said_or_asked_is_open() {
        let mut report = fixture::mixed();
        report.scope = ReportScope::default();
        report.scan.roles.clear();
        report.scan.regions.clear();
        report.scan.phi_scope = PhiScopeInfo::default();
        let open: Vec<_> = lines(&report, Room::Short).into_iter().filter(|it| it.is_open).map(|it| it.label).collect();
        assert_eq!(open, ["Regions read", "Services", "PHI scope", "Roles"]);
    }

    #[test]
    fn regions_that_nobody_knows_are_not_called_read() {
        let mut report = fixture::mixed();
        report.scope.accounts[0].regions_not_read = None;
        let told = told(&report, Room::Short);
        assert!(told.contains("! NOT KNOWN: which regions are enabled") && !told.contains("NOT READ"), "{told}");
        report.scope.accounts[0].regions_not_read = Some(Vec::new());
        let told = self::told(&report, Room::Short);
        assert!(told.contains("\nNot read: no region that is enabled"), "{told}");
    }

    #[test]
    fn the_date_of_the_list_of_services_is_a_version() {
        let mut report = fixture::mixed();
        report.services = Some(Services {
            list_date: "2026-05-22".to_owned(),
            list_age_days: 3,
            list_url: String::new(),
            witnesses: vec![],
            services: vec![],
        });
        assert!(told(&report, Room::Short).contains("AWS's list of services of 2026-05-22"));
    }
}
