//! What it costs to write a report of 100,000 findings in each format: time, bytes, and memory on top of the report.
//!
//! `cargo bench --bench reports`; the number of findings may follow: `cargo bench --bench reports -- 10000`.

use std::io::{self, Write};
use std::time::Instant;

use safeguard::model::{
    AccountId, Evidence, Finding, FindingId, Framework, Gap, GapClass, PhiScopeInfo, Region, Remediation, Report,
    ReportScope, RequirementRow, RequirementVerdict, ResourceRef, RuleInfo, ScanInfo, Severity, Summary, Timestamp,
    Verdict, Verifiable,
};
use safeguard::output::ocsf::Version;
use safeguard::output::{self, Format, Style};
use serde_json::json;

const ACCOUNT: &str = "123456789012";
const RULES: usize = 100;

fn main() -> io::Result<()> {
    let count = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(100_000);
    let report = report(count);
    let mut table = io::stdout().lock();
    writeln!(table, "{count} findings of {RULES} rules; {} gaps", report.gaps.len())?;
    writeln!(table, "{:<16} {:>9} {:>13} {:>9} {:>14}", "format", "time", "bytes", "MB/s", "added peak")?;
    for (name, format, full) in [
        ("terminal", Format::Terminal, false),
        ("terminal, full", Format::Terminal, true),
        ("json", Format::Json, false),
        ("ndjson", Format::Ndjson, false),
        ("ocsf", Format::Ocsf(Version::DEFAULT), false),
        ("ocsf-array", Format::OcsfArray(Version::DEFAULT), false),
        ("asff", Format::Asff, false),
        ("csv", Format::Csv, false),
        ("markdown", Format::Markdown, false),
        ("junit", Format::Junit, false),
        ("sarif", Format::Sarif, false),
        ("oscal", Format::Oscal, false),
        ("html", Format::Html, false),
    ] {
        let before = Memory::reset();
        let mut counter = Counter::default();
        let start = Instant::now();
        output::write(&report, format, &Style { width: 100, color: true, full }, &mut counter)?;
        let seconds = start.elapsed().as_secs_f64();
        let rate = counter.bytes as f64 / seconds / 1e6;
        let peak = before.map_or("not known".to_owned(), |before| format!("{} kB", before.added()));
        let time = format!("{:.0} ms", seconds * 1e3);
        writeln!(table, "{name:<16} {time:>9} {:>13} {rate:>9.0} {peak:>14}", counter.bytes)?;
    }
    Ok(())
}

/// Counts what is written and keeps nothing.
#[derive(Default)]
struct Counter {
    bytes: usize,
}

impl Write for Counter {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.bytes += buffer.len();
        Ok(buffer.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The resident memory of this process at one moment, in kB. Only Linux tells.
struct Memory {
    resident: usize,
}

impl Memory {
    /// Sets the kernel's peak counter back to what is resident now.
    fn reset() -> Option<Self> {
        std::fs::write("/proc/self/clear_refs", "5").ok()?;
        Some(Self { resident: status("VmRSS:")? })
    }

    /// How far the peak has been above that.
    fn added(&self) -> usize {
        status("VmHWM:").unwrap_or_default().saturating_sub(self.resident)
    }
}

fn status(field: &str) -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix(field))?.split_whitespace().next()?.parse().ok()
}

/// One in ten fails, one in twenty is undecided, one in a thousand has a hostile name.
fn report(count: usize) -> Report {
    let mut findings: Vec<Finding> = (0..count).map(finding).collect();
    findings.sort_by(|a, b| (b.severity, &a.rule, &a.resource).cmp(&(a.severity, &b.rule, &b.resource)));
    let mut summary = Summary::default();
    findings.iter().for_each(|finding| summary.count(finding));
    let gaps = findings.iter().flat_map(|finding| finding.gaps.clone()).collect();
    Report {
        schema_version: 2,
        scan: ScanInfo {
            tool_version: "0.1.0".to_owned(),
            source: "live".to_owned(),
            started_at: Timestamp(jiff::Timestamp::UNIX_EPOCH),
            finished_at: Timestamp(jiff::Timestamp::UNIX_EPOCH),
            accounts: vec![AccountId::EXAMPLE],
            regions: vec![Region::US_EAST_1],
            rule_count: RULES,
            rules_known: RULES,
            resource_count: count.div_ceil(RULES),
            call_count: count.div_ceil(RULES) * 12,
            catalog_dates: vec![],
            phi_scope: PhiScopeInfo::default(),
            soc2_categories: vec![],
            roles: vec![],
        },
        scope: ReportScope::default(),
        summary,
        findings,
        gaps,
        coverage: vec![],
        requirements: vec![requirement("164.312(e)(1)", Framework::Hipaa), requirement("CC6.7", Framework::Soc2)],
        warnings: vec![],
        rules: (0..RULES).map(rule).collect(),
        services: None,
        waivers: Vec::new(),
        comparison: None,
        organization: None,
    }
}

fn rule(number: usize) -> RuleInfo {
    RuleInfo {
        id: format!("s3-bucket-rule-{number:02}"),
        title: "S3 bucket refuses requests without TLS".to_owned(),
        severity: Severity::ALL[number % 4],
        severity_in_phi_scope: None,
        severity_cases: Vec::new(),
        kind: "AWS::S3::Bucket".to_owned(),
        service: "s3".to_owned(),
        hipaa: vec!["164.312(e)(1)".to_owned(), "164.312(e)(2)(ii)".to_owned()],
        soc2: vec!["CC6.7".to_owned()],
        supports: vec![],
        why: "Objects sent over plain HTTP can be read on the way.".to_owned(),
        pass: "denies_insecure_transport(resource.BucketPolicy, resource.Arn)".to_owned(),
        when: None,
        params: serde_json::json!({}),
        remediation: Remediation {
            summary: "Add a statement that denies requests without TLS to the bucket policy.".to_owned(),
            cli: Some("aws s3api put-bucket-policy --bucket BUCKET --policy file://policy.json".to_owned()),
            console: None,
            cloudformation: None,
            terraform: None,
        },
        references: vec![
            "https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html".to_owned(),
        ],
    }
}

/// A requirement for which every rule speaks.
fn requirement(id: &str, framework: Framework) -> RequirementRow {
    RequirementRow {
        id: id.to_owned(),
        framework,
        title: "Transmission security".to_owned(),
        class: "standard".to_owned(),
        group: "Technical safeguards".to_owned(),
        parents: vec![],
        binds: vec![],
        in_scope: true,
        verifiable_in_aws: Verifiable::Partial,
        verdict: RequirementVerdict::NotMet,
        rules: (0..RULES).map(|number| format!("s3-bucket-rule-{number:02}")).collect(),
        supporting_rules: vec![],
        weakened_by: vec![],
        services: None,
        resources_judged: 1_000,
        findings: Summary::default(),
        failures_outside_phi_scope: 0,
        attestation: None,
        crosswalk: vec![],
        proposed: None,
    }
}

fn finding(number: usize) -> Finding {
    let rule = format!("s3-bucket-rule-{:02}", number % RULES);
    let name = match number % 1_000 {
        0 => format!("records-\u{202e}{number}\u{1b}[2J"),
        _ => format!("records-of-a-clinic-{number}"),
    };
    let verdict = match number / RULES % 20 {
        0 | 10 => Verdict::Fail,
        5 => Verdict::Unknown,
        _ => Verdict::Pass,
    };
    Finding {
        id: FindingId::new(&rule, ACCOUNT, "us-east-1", "AWS::S3::Bucket", Some(&name)),
        title: "S3 bucket refuses requests without TLS".to_owned(),
        verdict,
        severity: Severity::ALL[number % RULES % 4],
        message: format!("bucket {name} accepts requests without TLS"),
        resource: ResourceRef {
            kind: "AWS::S3::Bucket".to_owned(),
            arn: Some(format!("arn:aws:s3:::{name}")),
            id: Some(name.clone()),
            account: AccountId::EXAMPLE,
            region: Region::US_EAST_1,
        },
        evidence: vec![Evidence { path: "resource.BucketPolicy".to_owned(), value: Some(policy(&name)) }],
        witnesses: Vec::new(),
        gaps: if verdict == Verdict::Unknown { vec![gap(&name)] } else { vec![] },
        hipaa: vec!["164.312(e)(1)".to_owned(), "164.312(e)(2)(ii)".to_owned()],
        soc2: vec!["CC6.7".to_owned()],
        in_phi_scope: Some(number.is_multiple_of(3)),
        waiver: None,
        history: None,
        fix: "Add a statement that denies requests without TLS to the bucket policy.".to_owned(),
        observed_at: Timestamp(jiff::Timestamp::UNIX_EPOCH),
        rule,
    }
}

fn policy(name: &str) -> serde_json::Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::{name}/*")},
    ]})
}

fn gap(name: &str) -> Gap {
    Gap {
        account: AccountId::EXAMPLE,
        region: Region::US_EAST_1,
        service: "s3".to_owned(),
        operation: "GetBucketPolicy".to_owned(),
        resource: Some(name.to_owned()),
        class: GapClass::Denied,
        code: "AccessDenied".to_owned(),
        message: "User is not authorized to perform this action".to_owned(),
        request_id: Some("A1B2C3D4E5F6".to_owned()),
        facts: vec!["AWS::S3::Bucket.BucketPolicy".to_owned()],
        population: vec![],
        iam_actions: vec!["s3:GetBucketPolicy".to_owned()],
    }
}
