//! Synthetic reports for the tests of the output formats: consistent with themselves, as the engine's are.

use std::cmp::Reverse;

use serde_json::{Value, json};

use crate::model::{
    AccountRow, AccountScope, AccountState, Before, CatalogDate, Change, ChangeCounts, Comparison, Coverage,
    DigestedInput, Evidence, Finding, FindingId, Framework, Gap, GapClass, History, InputDigest, Organization,
    PhiScopeInfo, PopulationScope, Remediation, Report, ReportScope, RequirementRow, RequirementVerdict, ResourceRef,
    RuleInfo, ScanInfo, ServiceScope, Severity, Summary, Timestamp, Verdict, Verifiable, Waiver, Witness,
};

pub(super) const ACCOUNT: &str = "123456789012";
pub const TIME: &str = "2026-01-01T12:00:00Z";

/// A moment of the reports that tests make.
pub fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The facts that the findings of one rule share.
pub(super) struct RuleFacts {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) severity: Severity,
    pub(super) kind: &'static str,
    pub(super) fix: &'static str,
    pub(super) hipaa: &'static [&'static str],
    pub(super) soc2: &'static [&'static str],
}

pub(super) const PUBLIC: RuleFacts = RuleFacts {
    id: "s3-bucket-not-public",
    title: "S3 bucket cannot be read or written by the public",
    severity: Severity::Critical,
    kind: "AWS::S3::Bucket",
    fix: "Turn on all four settings of Block Public Access for the bucket and remove the statements that grant to everyone.",
    hipaa: &["164.308(a)(4)(ii)(B)", "164.312(a)(1)"],
    soc2: &["CC6.1", "CC6.6"],
};
pub(super) const TLS: RuleFacts = RuleFacts {
    id: "s3-bucket-tls-only",
    title: "S3 bucket refuses requests without TLS",
    severity: Severity::High,
    kind: "AWS::S3::Bucket",
    fix: "Add a bucket policy statement that denies s3:* where aws:SecureTransport is false.",
    hipaa: &["164.312(e)(1)", "164.312(e)(2)(ii)"],
    soc2: &["CC6.7"],
};
pub(super) const BACKUP: RuleFacts = RuleFacts {
    id: "rds-instance-backup-retention",
    title: "RDS instance keeps automatic backups for at least 35 days",
    severity: Severity::Medium,
    kind: "AWS::RDS::DBInstance",
    fix: "Raise the backup retention period to 35 days.",
    hipaa: &["164.308(a)(7)(ii)(A)"],
    soc2: &["A1.2"],
};
pub(super) const TRAIL: RuleFacts = RuleFacts {
    id: "cloudtrail-log-validation",
    title: "Trail proves that its log files were not changed",
    severity: Severity::Low,
    kind: "AWS::CloudTrail::Trail",
    fix: "Turn on log file validation for the trail.",
    hipaa: &["164.312(b)"],
    soc2: &[],
};
pub(super) const KEY: RuleFacts = RuleFacts {
    id: "kms-key-rotation",
    title: "KMS key is rotated every year",
    severity: Severity::Medium,
    kind: "AWS::KMS::Key",
    fix: "Turn on automatic rotation of the key.",
    hipaa: &["164.312(a)(2)(iv)"],
    soc2: &["CC6.1"],
};

/// One finding with plain evidence; change what a test is about.
pub(super) fn finding(rule: &RuleFacts, verdict: Verdict, region: &str, id: Option<&str>, message: &str) -> Finding {
    Finding {
        id: FindingId::new(rule.id, ACCOUNT, region, rule.kind, id),
        rule: rule.id.to_owned(),
        title: rule.title.to_owned(),
        verdict,
        severity: rule.severity,
        message: message.to_owned(),
        resource: ResourceRef {
            kind: rule.kind.to_owned(),
            id: id.map(str::to_owned),
            arn: id.map(|id| format!("arn:aws:x:::{id}")),
            account: ACCOUNT.parse().unwrap(),
            region: region.parse().unwrap(),
        },
        evidence: vec![Evidence { path: "resource.Setting".to_owned(), value: Some(Value::Null) }],
        witnesses: Vec::new(),
        gaps: Vec::new(),
        hipaa: rule.hipaa.iter().map(|id| (*id).to_owned()).collect(),
        soc2: rule.soc2.iter().map(|id| (*id).to_owned()).collect(),
        in_phi_scope: Some(false),
        waiver: None,
        history: None,
        fix: rule.fix.to_owned(),
        observed_at: time(TIME),
    }
}

/// A call that failed.
pub(super) fn gap(operation: &str, class: GapClass, code: &str, region: &str, resource: Option<&str>) -> Gap {
    let (service, operation) = operation.split_once(':').unwrap();
    Gap {
        account: ACCOUNT.parse().unwrap(),
        region: region.parse().unwrap(),
        service: service.to_owned(),
        operation: operation.to_owned(),
        resource: resource.map(str::to_owned),
        class,
        code: code.to_owned(),
        message: String::new(),
        request_id: Some("A1B2C3D4E5F6".to_owned()),
        facts: vec![],
        population: vec![],
        iam_actions: vec![format!("{service}:{operation}")],
    }
}

fn undecided(rule: &RuleFacts, gap: &Gap, message: &str) -> Finding {
    let mut finding = finding(rule, Verdict::Unknown, &gap.region, gap.resource.as_deref(), message);
    finding.evidence[0].value = None;
    finding.gaps.push(gap.clone());
    finding
}

/// Puts findings and gaps together as the engine would: sorted, counted, with the coverage that belongs to them.
pub(super) fn report(mut findings: Vec<Finding>, gaps: Vec<Gap>, requirements: Vec<RequirementRow>) -> Report {
    findings
        .sort_by(|a, b| (Reverse(a.severity), &a.rule, &a.resource).cmp(&(Reverse(b.severity), &b.rule, &b.resource)));
    let mut summary = Summary::default();
    findings.iter().for_each(|finding| summary.count(finding));
    let coverage = gaps
        .iter()
        .map(|gap| Coverage {
            account: Some(gap.account),
            region: gap.region.clone(),
            service: gap.service.clone(),
            operation: gap.operation.clone(),
            calls: 3,
            ok: 2,
            absent: 0,
            failed: 1,
        })
        .collect();
    Report {
        schema_version: 1,
        scan: ScanInfo {
            tool_version: "0.1.0".to_owned(),
            source: "live".to_owned(),
            started_at: time(TIME),
            finished_at: time("2026-01-01T12:00:14.2Z"),
            accounts: vec![ACCOUNT.parse().unwrap()],
            regions: vec!["eu-west-1".parse().unwrap(), "us-east-1".parse().unwrap()],
            rule_count: 98,
            rules_known: 104,
            resource_count: 1_231,
            call_count: 4_812,
            catalog_dates: vec![
                CatalogDate { framework: Framework::Hipaa, checked: "2025-12-01".to_owned() },
                CatalogDate { framework: Framework::Soc2, checked: "2025-12-02".to_owned() },
            ],
            phi_scope: PhiScopeInfo { is_configured: true, in_scope: 12, undecided: 1, account_holds_phi: Some(true) },
            soc2_categories: vec!["security".to_owned()],
            roles: vec![],
        },
        scope: scope(),
        summary,
        findings,
        gaps,
        coverage,
        requirements,
        warnings: Vec::new(),
        rules: [&PUBLIC, &TLS, &BACKUP, &TRAIL, &KEY].into_iter().map(rule_info).collect(),
        services: None,
        waivers: Vec::new(),
        comparison: None,
        organization: None,
    }
}

/// One account of which a region was not read, and a service that nobody judged.
fn scope() -> ReportScope {
    let service = |service: &str, rules: &[&str]| ServiceScope {
        service: service.to_owned(),
        holds_data: true,
        rules: rules.iter().map(|rule| (*rule).to_owned()).collect(),
    };
    let population =
        |kind: &str, resources, is_known| PopulationScope { kind: kind.to_owned(), resources, is_known, rules: 1 };
    let digest =
        |input, name: Option<&str>| InputDigest { input, name: name.map(str::to_owned), sha256: "0f".repeat(32) };
    ReportScope {
        accounts: vec![AccountScope {
            account: ACCOUNT.parse().unwrap(),
            caller: Some(format!("arn:aws:sts::{ACCOUNT}:assumed-role/audit/safeguard")),
            regions_read: vec!["eu-west-1".parse().unwrap(), "us-east-1".parse().unwrap()],
            regions_not_read: Some(vec!["us-west-2".parse().unwrap()]),
        }],
        services: Some(vec![
            service("dynamodb", &[]),
            service("rds", &[BACKUP.id]),
            service("s3", &[PUBLIC.id, TLS.id]),
        ]),
        services_are_known: false,
        populations: vec![population("AWS::KMS::Key", 3, false), population("AWS::S3::Bucket", 1_228, true)],
        digests: vec![
            digest(DigestedInput::Binary, None),
            digest(DigestedInput::Rules, None),
            digest(DigestedInput::Register, Some("attestations.yaml")),
            digest(DigestedInput::Snapshot, Some(ACCOUNT)),
        ],
    }
}

fn rule_info(rule: &RuleFacts) -> RuleInfo {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    RuleInfo {
        id: rule.id.to_owned(),
        title: rule.title.to_owned(),
        severity: rule.severity,
        severity_in_phi_scope: None,
        severity_cases: Vec::new(),
        kind: rule.kind.to_owned(),
        service: rule.kind.split("::").nth(1).unwrap().to_lowercase(),
        hipaa: texts(rule.hipaa),
        soc2: texts(rule.soc2),
        supports: vec![],
        why: format!("Without it, {} is at risk.", rule.kind),
        pass: "resource.Setting == true".to_owned(),
        when: None,
        params: serde_json::json!({}),
        remediation: Remediation {
            summary: rule.fix.to_owned(),
            cli: Some("aws s3api put-bucket-policy --bucket BUCKET --policy file://policy.json".to_owned()),
            console: None,
            cloudformation: None,
            terraform: None,
        },
        references: texts(&["https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html"]),
    }
}

/// One row of the requirement table.
pub(super) fn requirement(
    framework: Framework,
    id: &str,
    class: &str,
    verdict: RequirementVerdict,
    [pass, fail, unknown]: [usize; 3],
) -> RequirementRow {
    RequirementRow {
        id: id.to_owned(),
        framework,
        title: format!("Title of {id}"),
        class: class.to_owned(),
        group: "Technical safeguards".to_owned(),
        parents: vec![],
        binds: vec![],
        in_scope: true,
        verifiable_in_aws: Verifiable::Partial,
        verdict,
        rules: if pass + fail + unknown == 0 { vec![] } else { vec!["s3-bucket-tls-only".to_owned()] },
        supporting_rules: vec![],
        weakened_by: vec![],
        services: None,
        failures_outside_phi_scope: 0,
        resources_judged: pass + fail + unknown,
        findings: Summary { pass, fail, unknown, ..Summary::default() },
        attestation: None,
        crosswalk: vec![],
        proposed: None,
    }
}

fn requirements() -> Vec<RequirementRow> {
    use RequirementVerdict::{Met, NotAssessed, NotMet, PartlyShown, Unknown};
    vec![
        requirement(Framework::Hipaa, "164.308(a)(5)(i)", "standard", NotAssessed, [0, 0, 0]),
        requirement(Framework::Hipaa, "164.308(a)(7)(ii)(A)", "required", PartlyShown, [4, 0, 0]),
        requirement(Framework::Hipaa, "164.312(a)(1)", "standard", NotMet, [5, 3, 0]),
        requirement(Framework::Hipaa, "164.312(a)(2)(iv)", "addressable", NotMet, [5, 3, 0]),
        requirement(Framework::Hipaa, "164.312(b)", "standard", Unknown, [9, 0, 2]),
        requirement(Framework::Hipaa, "164.312(e)(1)", "standard", NotMet, [5, 12, 1]),
        requirement(Framework::Soc2, "CC1.1", "Control environment", NotAssessed, [0, 0, 0]),
        requirement(Framework::Soc2, "CC6.1", "Access", NotMet, [5, 3, 0]),
        requirement(Framework::Soc2, "CC6.7", "Access", Met, [5, 0, 0]),
    ]
}

/// The ordinary case: failures of every severity, one waived, causes of several classes, an unknown list, hostile
/// names.
pub(super) fn mixed() -> Report {
    let gaps = gaps();
    let [policy, list, throttled, _] = &gaps;
    let mut findings = failures();
    findings.extend(passes());
    findings.push(undecided(&PUBLIC, policy, "whether bucket claims is public is not known: its policy was not read"));
    findings.push(undecided(&TLS, policy, "whether bucket claims demands TLS is not known: its policy was not read"));
    findings.push(undecided(&KEY, list, "the list of KMS keys was not read to its end"));
    findings.push(undecided(&BACKUP, throttled, "whether billing keeps backups is not known"));
    let mut elsewhere = finding(
        &TRAIL,
        Verdict::Unknown,
        "us-east-1",
        Some("org-trail"),
        "trail org-trail delivers to bucket org-logs, which may belong to another account",
    );
    elsewhere.in_phi_scope = None;
    findings.push(elsewhere);
    let mut report = report(findings, gaps.into(), requirements());
    report.warnings.push("phi_scope.tags: DataClassification=ephi matched no resource".to_owned());
    report
}

/// The mixed report compared with an earlier one: something of every change, and failures that are no longer reported.
pub(super) fn compared() -> Report {
    let mut report = mixed();
    let mut fails = [Change::New, Change::StillFailing, Change::Changed].into_iter().cycle();
    let mut undecided = [Change::NewlyUnknown, Change::Unchanged].into_iter().cycle();
    for finding in &mut report.findings {
        let change = match finding.verdict {
            Verdict::Fail => fails.next(),
            Verdict::Unknown => undecided.next(),
            Verdict::Pass => (finding.resource.id.as_deref() == Some("b7")).then_some(Change::Resolved),
            Verdict::NotApplicable => None,
        };
        finding.history = change.map(|change| history(change, finding.severity));
    }
    let gone = |id: &str, change: Change, why: &str| {
        let mut gone =
            finding(&TLS, Verdict::Fail, "us-east-1", Some(id), &format!("bucket {id} accepts requests without TLS"));
        let failing = history(Change::StillFailing, gone.severity);
        gone.history = Some(History { change, detail: Some(why.to_owned()), ..failing });
        gone
    };
    let no_longer_reported = vec![
        gone("unseen", Change::NewlyUnknown, "not all AWS::S3::Bucket could be listed"),
        gone("dropped\u{1b}[2J", Change::Resolved, "it is gone"),
        gone("elsewhere", Change::NotLookedAt, "us-west-2 was not read"),
    ];
    let mut counts = ChangeCounts::default();
    let changes = report.findings.iter().chain(&no_longer_reported).filter_map(Finding::change);
    changes.for_each(|change| counts.count(change));
    report.comparison = Some(Comparison {
        baseline_started_at: time("2025-12-01T06:30:00Z"),
        baseline_is_complete: true,
        differences: vec!["1 region read only then: us-west-2".to_owned()],
        counts,
        no_longer_reported,
    });
    report
}

/// The mixed report as that of an organization: its first account is incomplete, the second has failures, the third is
/// clean, the fourth could not be read, and the fifth is suspended. Names are hostile here and there.
pub(super) fn organization() -> Report {
    const ACCOUNTS: [(&str, &str, &str, AccountState, Option<&str>); 5] = [
        (ACCOUNT, "Records", "/Workloads/Production", AccountState::Incomplete, None),
        ("222222222222", "Web | <b>sites</b>", "/Workloads", AccountState::Complete, None),
        ("333333333333", "Play\u{202e}ground", "/Sandbox", AccountState::Complete, None),
        (
            "444444444444",
            "Ledger",
            "/Workloads",
            AccountState::NotRead,
            Some("AccessDenied: @team may not sts:AssumeRole"),
        ),
        ("555555555555", "Old", "/Sandbox", AccountState::Skipped, Some("AWS Organizations calls it SUSPENDED")),
    ];
    let mut report = mixed();
    let unread = gap("sts:AssumeRole", GapClass::Credentials, "AccountNotEntered", "global", None);
    let unread = Gap { account: "444444444444".parse().unwrap(), message: ACCOUNTS[3].4.unwrap().to_owned(), ..unread };
    let move_to = |finding: &mut Finding, account: &str| {
        let ResourceRef { region, kind, id, .. } = &finding.resource;
        finding.id = FindingId::new(&finding.rule, account, region, kind, id.as_deref());
        finding.resource.account = account.parse().unwrap();
    };
    for finding in &mut report.findings {
        match finding.resource.id.as_deref() {
            Some(id) if id.starts_with("logs-") || id == "sandbox" => move_to(finding, ACCOUNTS[1].0),
            Some(id) if id.starts_with("b1") => move_to(finding, ACCOUNTS[2].0),
            _ => {}
        }
    }
    for rule in [&PUBLIC, &TLS, &BACKUP, &TRAIL, &KEY] {
        let mut finding = undecided(rule, &unread, "nothing of account 444444444444 could be read");
        move_to(&mut finding, ACCOUNTS[3].0);
        report.findings.push(finding);
    }
    report.gaps.push(unread);
    let report =
        Report { warnings: report.warnings, ..self::report(report.findings, report.gaps, report.requirements) };
    let row = |&(account, name, unit, state, reason): &(&str, &str, &str, AccountState, Option<&str>)| {
        let of_account = || report.findings.iter().filter(|finding| finding.resource.account == account);
        let mut summary = Summary::default();
        of_account().for_each(|finding| summary.count(finding));
        AccountRow {
            account: account.parse().unwrap(),
            name: Some(name.to_owned()),
            organizational_unit: Some(unit.to_owned()),
            state,
            reason: reason.map(str::to_owned),
            summary,
            worst_failure: of_account().filter(|it| it.is_open_failure()).map(|it| it.severity).max(),
        }
    };
    let organization = Some(Organization::of(ACCOUNTS.iter().map(row).collect()));
    let accounts = ACCOUNTS[..4].iter().map(|(account, ..)| account.parse().unwrap()).collect();
    Report { scan: ScanInfo { accounts, ..report.scan.clone() }, organization, ..report }
}

fn history(change: Change, severity: Severity) -> History {
    let failed = !matches!(change, Change::New | Change::Unchanged | Change::NewlyUnknown);
    let verdict = if failed { Verdict::Fail } else { Verdict::Pass };
    History {
        change,
        first_seen: time(if failed { "2025-11-03T06:30:00Z" } else { TIME }),
        last_seen: time(if change == Change::StillFailing { TIME } else { "2025-12-01T06:30:00Z" }),
        before: (change != Change::Unchanged).then_some(Before { verdict, severity, waived: false }),
        detail: (change == Change::Changed).then(|| "severity raised from low".to_owned()),
    }
}

fn gaps() -> [Gap; 4] {
    let mut policy = gap("s3:GetBucketPolicy", GapClass::Denied, "AccessDenied", "us-east-1", Some("claims"));
    policy.message =
        "User: arn:aws:sts::123456789012:assumed-role/scan/run is not authorized to perform: s3:GetBucketPolicy \
                      with an explicit\u{1b}[31m deny"
            .to_owned();
    policy.facts = vec!["AWS::S3::Bucket.BucketPolicy".to_owned()];
    let mut list = gap("kms:ListKeys", GapClass::DeniedByOrganization, "AccessDeniedException", "eu-west-1", None);
    list.population = vec!["AWS::KMS::Key".to_owned()];
    let throttled = gap("rds:DescribeDBInstances", GapClass::Throttled, "Throttling", "eu-west-1", Some("billing"));
    let refused = gap("account:GetAlternateContact", GapClass::Timeout, "", "global", None);
    [policy, list, throttled, refused]
}

fn failures() -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut fail = |rule: &RuleFacts, region: &str, id: &str, message: &str| {
        findings.push(finding(rule, Verdict::Fail, region, Some(id), message));
        findings.len() - 1
    };
    fail(&PUBLIC, "us-east-1", "web-assets", "bucket web-assets can be read by everyone through its policy");
    let long = "r".repeat(300);
    fail(
        &PUBLIC,
        "us-east-1",
        &long,
        "a bucket with a very long name can be read by everyone through its access control list",
    );
    let hostile = "x-ray\u{202e}gpj\u{1b}[2J\u{7}";
    fail(&PUBLIC, "eu-west-1", hostile, &format!("bucket {hostile} can be written by everyone"));
    for number in 1..=12 {
        let id = format!("logs-{number:02}");
        fail(&TLS, "us-east-1", &id, &format!("bucket {id} accepts requests without TLS"));
    }
    fail(&BACKUP, "eu-west-1", "ledger", "instance ledger keeps backups for 7 days, fewer than 35");
    let waived = fail(&BACKUP, "eu-west-1", "sandbox", "instance sandbox keeps backups for 0 days, fewer than 35");
    fail(&TRAIL, "us-east-1", "main", "trail main does not validate its log files");
    let raised = fail(&TLS, "us-east-1", "records", "bucket records accepts requests without TLS");
    findings[raised].severity = Severity::Critical;
    findings[raised].in_phi_scope = Some(true);
    findings[raised].witnesses = vec![plain_http("records"), Witness { certain: false, ..plain_http("rec\u{1b}[2J") }];
    findings[waived].waiver = Some(Waiver {
        reason: "Holds generated data only".to_owned(),
        owner: "platform team".to_owned(),
        expires: "2026-06-30".to_owned(),
        ticket: Some("SEC-118".to_owned()),
    });
    findings
}

/// A request that a bucket's policy lets through, with a statement whose name would clear the screen.
fn plain_http(bucket: &str) -> Witness {
    let resource = format!("arn:aws:s3:::{bucket}/x");
    Witness {
        text: format!("anyone on the internet can call s3:GetObject on {resource} over plain HTTP"),
        certain: true,
        principal: "anonymous".to_owned(),
        action: "s3:GetObject".to_owned(),
        resource,
        context: [("aws:securetransport", vec!["false"]), ("s3:tlsversion", vec![])]
            .map(|(key, values)| (key.to_owned(), values.into_iter().map(str::to_owned).collect()))
            .into(),
        statements: vec!["statement 1 (\"Tls\u{1b}[2J\u{202e}\") denies only requests from 10.0.0.0/8".to_owned()],
    }
}

fn passes() -> Vec<Finding> {
    let mut findings: Vec<Finding> = (0..40)
        .map(|number| finding(&PUBLIC, Verdict::Pass, "us-east-1", Some(&format!("b{number}")), "not public"))
        .collect();
    findings.push(finding(&BACKUP, Verdict::NotApplicable, "us-east-1", Some("replica"), "a read replica"));
    findings
}

/// Texts that AWS lets people write and that mean something to whoever shows them: markup, formulas, terminal escapes,
/// text that runs backwards, links, separators, and what JSON cannot leave as it is.
pub(super) const HOSTILE: [&str; 14] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "=cmd|' /C calc'!A0",
    "+1+1\t@SUM(1)",
    "-2+3",
    "\u{1b}[2J\u{1b}]8;;https://evil.example\u{7}click\u{1b}]8;;\u{7}",
    "abc\u{202e}txt.exe\u{2066}\u{200b}",
    "line one\r\nline two\n\n| a | b |\n# heading",
    "[link](javascript:alert(1)) ![](https://evil.example/p.png) `code` *b*",
    "&lt;b&gt; &amp; ]]> <!-- -->",
    "::error file=a,line=1::injected",
    "nul\u{0}bell\u{7}del\u{7f}bom\u{feff}",
    "\u{fffd}\u{10ffff}\u{d7ff}",
    "comma,semicolon;\"quote\"",
];

/// A failure for each hostile text, which stands wherever AWS or a user can put text; and a name of ten thousand bytes.
pub(super) fn hostile() -> Report {
    let long = "n".repeat(10_000);
    let mut findings = Vec::new();
    for text in HOSTILE.into_iter().chain([long.as_str()]) {
        let mut finding = finding(&TLS, Verdict::Fail, "us-east-1", Some(text), text);
        finding.fix = text.to_owned();
        finding.evidence[0] = Evidence { path: format!("resource.{text}"), value: Some(json!({ text: [text] })) };
        finding.witnesses =
            vec![Witness { text: text.to_owned(), statements: vec![text.to_owned()], ..plain_http(text) }];
        finding.waiver = Some(Waiver {
            reason: text.to_owned(),
            owner: text.to_owned(),
            expires: "2026-06-30".to_owned(),
            ticket: Some(text.to_owned()),
        });
        let mut undecided = finding.clone();
        undecided.id = FindingId::new(KEY.id, ACCOUNT, "us-east-1", KEY.kind, Some(text));
        (undecided.rule, undecided.verdict, undecided.waiver) = (KEY.id.to_owned(), Verdict::Unknown, None);
        let mut gap = gap("kms:GetKeyPolicy", GapClass::Denied, text, "us-east-1", Some(text));
        gap.message = text.to_owned();
        undecided.gaps = vec![gap];
        findings.extend([finding, undecided]);
    }
    let gaps = findings.iter().flat_map(|finding| finding.gaps.clone()).collect();
    let mut report = report(findings, gaps, requirements());
    report.warnings = HOSTILE.map(str::to_owned).into();
    report
}

/// A report that was compared with an earlier one: a finding for every way to stand against it, resources that are
/// gone, and one that was not looked at this time.
pub(super) fn tracked() -> Report {
    let standing = |rule: &RuleFacts, verdict, id: &str, change| {
        let mut finding = finding(rule, verdict, "us-east-1", Some(id), &format!("{id} is {}", change_words(change)));
        finding.history = Some(History {
            change,
            first_seen: time("2025-11-01T12:00:00Z"),
            last_seen: time("2025-12-01T12:00:00Z"),
            before: None,
            detail: None,
        });
        finding
    };
    let mut accepted = standing(&TLS, Verdict::Fail, "accepted", Change::Changed);
    accepted.waiver = Some(Waiver {
        reason: "Holds public data only".to_owned(),
        owner: "web team".to_owned(),
        expires: "2026-06-30".to_owned(),
        ticket: None,
    });
    let [policy, ..] = gaps();
    let mut blurred = standing(&TLS, Verdict::Unknown, "blurred", Change::NewlyUnknown);
    blurred.gaps.push(policy.clone());
    let findings = vec![
        standing(&PUBLIC, Verdict::Fail, "fresh", Change::New),
        standing(&PUBLIC, Verdict::Fail, "old", Change::StillFailing),
        accepted,
        blurred,
        standing(&TLS, Verdict::Pass, "mended", Change::Resolved),
        standing(&BACKUP, Verdict::NotApplicable, "replica", Change::Resolved),
        standing(&TRAIL, Verdict::Pass, "steady", Change::Unchanged),
        finding(&TRAIL, Verdict::Pass, "us-east-1", Some("first-seen"), "first-seen validates its log files"),
    ];
    let mut report = report(findings, vec![policy], requirements());
    report.comparison = Some(Comparison {
        baseline_started_at: time("2025-12-01T12:00:00Z"),
        baseline_is_complete: true,
        differences: Vec::new(),
        counts: ChangeCounts { new: 1, changed: 1, still_failing: 1, newly_unknown: 1, resolved: 3, not_looked_at: 1 },
        no_longer_reported: vec![
            standing(&TLS, Verdict::Fail, "deleted", Change::Resolved),
            standing(&TLS, Verdict::Fail, "not-looked-at", Change::NotLookedAt),
        ],
    });
    report
}

fn change_words(change: Change) -> String {
    change.as_str().replace('_', " ")
}

/// Everything read, nothing wrong.
pub(super) fn clean() -> Report {
    let requirements = vec![
        requirement(Framework::Hipaa, "164.312(a)(1)", "standard", RequirementVerdict::Met, [40, 0, 0]),
        requirement(Framework::Hipaa, "164.308(a)(5)(i)", "standard", RequirementVerdict::NotAssessed, [0, 0, 0]),
    ];
    let mut report = report(passes(), vec![], requirements);
    (report.scan.rule_count, report.scan.rules_known) = (2, 2);
    report
}

/// No failure seen, but not everything was read.
pub(super) fn incomplete() -> Report {
    let [policy, ..] = gaps();
    let mut findings = passes();
    findings.push(undecided(&PUBLIC, &policy, "whether bucket claims is public is not known: its policy was not read"));
    report(findings, vec![policy], requirements())
}

/// Rules were selected, but the account has no resource for them.
pub(super) fn empty() -> Report {
    let mut report = report(vec![], vec![], vec![]);
    (report.scan.resource_count, report.scan.call_count) = (0, 6);
    report
}

/// Finds the places where a value departs from a schema. It knows the part of JSON Schema that our generated schemas
/// use. It is stricter in one point: a property which the schema does not name is a violation.
pub(super) fn schema_violations(schema: &Value, value: &Value) -> Vec<String> {
    let mut violations = Vec::new();
    visit(schema, schema, value, "$", &mut violations);
    violations
}

fn visit(root: &Value, schema: &Value, value: &Value, path: &str, violations: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        return visit(root, root.pointer(&reference[1..]).unwrap(), value, path, violations);
    }
    for word in ["anyOf", "oneOf"] {
        let Some(options) = schema[word].as_array() else { continue };
        let fits = |option: &Value| {
            let mut inner = Vec::new();
            visit(root, option, value, path, &mut inner);
            inner.is_empty()
        };
        if !options.iter().any(fits) {
            violations.push(format!("{path}: {value} fits no option"));
        }
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let types = &schema["type"];
    if !types.is_null() && types != kind && !types.as_array().is_some_and(|types| types.iter().any(|one| one == kind)) {
        violations.push(format!("{path}: {kind} is not {types}"));
    }
    if !schema["const"].is_null() && schema["const"] != *value
        || schema["enum"].as_array().is_some_and(|values| !values.contains(value))
    {
        violations.push(format!("{path}: {value} is not allowed"));
    }
    if let (Some(items), Some(elements)) = (schema.get("items"), value.as_array()) {
        elements
            .iter()
            .enumerate()
            .for_each(|(i, element)| visit(root, items, element, &format!("{path}[{i}]"), violations));
    }
    let (Some(properties), Some(object)) = (schema["properties"].as_object(), value.as_object()) else { return };
    for (name, value) in object {
        match properties.get(name) {
            Some(schema) => visit(root, schema, value, &format!("{path}.{name}"), violations),
            None => violations.push(format!("{path}: {name} is not described")),
        }
    }
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !object.contains_key(name) {
            violations.push(format!("{path}: {name} is missing"));
        }
    }
}
