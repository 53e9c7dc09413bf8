use serde_json::json;

use super::*;

fn rule(id: &str, service: &str, requirements: &[&str]) -> RuleEntry {
    RuleEntry {
        id: id.into(),
        service: service.into(),
        severity: Severity::High,
        title: format!("{service} | is <good>"),
        requirements: requirements.iter().map(|&id| id.into()).collect(),
        opt_in: false,
        deprecated: None,
    }
}

static KINDS: std::sync::OnceLock<crate::model::Kinds> = std::sync::OnceLock::new();

fn operation(service: &str, name: &str, iam_actions: &[&str], facts: &[&str]) -> OperationEntry {
    OperationEntry {
        service: service.into(),
        name: name.into(),
        iam_actions: iam_actions.iter().map(|&action| action.into()).collect(),
        populations: if name == "ListBuckets" { vec!["AWS::S3::Bucket".into()] } else { Vec::new() },
        facts: facts.iter().map(|&fact| fact.into()).collect(),
    }
}

fn documented(catalog: &Catalog) -> Documented<'_> {
    let opt_in = RuleEntry { opt_in: true, ..rule("s3-bucket-object-lock", "s3", &["164.312(c)(1)"]) };
    let deprecated = RuleEntry { deprecated: Some("AWS does it".into()), ..rule("rds-old", "rds", &[]) };
    Documented {
        catalog,
        kinds: KINDS.get_or_init(crate::model::Kinds::default),
        rules: vec![rule("s3-bucket-tls-only", "s3", &["164.312(e)(1)", "CC6.7"]), opt_in, deprecated],
        operations: vec![
            operation("s3", "ListBuckets", &["s3:ListAllMyBuckets"], &[]),
            operation("s3", "GetBucketPolicy", &["s3:GetBucketPolicy"], &["AWS::S3::Bucket.BucketPolicy"]),
            operation("iam", "ListUsers", &["iam:ListUsers", "iam:GetUser"], &["AWS::IAM::User.*"]),
            operation("s3", "HeadBucket", &["s3:ListAllMyBuckets"], &["AWS::S3::Bucket.*"]),
        ],
        report_schema: json!({"title": "report"}),
        config_schema: json!({"title": "config"}),
        waiver_schema: json!({"title": "waivers"}),
    }
}

fn page(name: &str) -> String {
    let catalog = Catalog::builtin().unwrap();
    let files = generate(&documented(&catalog)).unwrap();
    files.into_iter().find(|(path, _)| path == Path::new(name)).unwrap().1
}

#[test]
fn rules_are_listed_by_service() {
    insta::assert_snapshot!(page("rules.md"));
}

#[test]
fn operations_are_listed_by_service() {
    insta::assert_snapshot!(page("operations.md"));
}

#[test]
fn the_policy_grants_each_action_once_in_order() {
    insta::assert_snapshot!(page("policy.json"));
}

#[test]
fn requirements_name_their_rules_or_say_why_there_are_none() {
    let page = page("requirements.md");
    let row = |id: &str| page.lines().find(|line| line.starts_with(&format!("| {id} |"))).unwrap();
    let rows = ["164.312(e)(1)", "164.312(d)", "164.310(b)", "164.304", "CC6.7"].map(row).join("\n");
    insta::assert_snapshot!(rows, @"
    | 164.312(e)(1) | Transmission security | standard | yes | [s3-bucket-tls-only](../rules/s3/s3-bucket-tls-only.yaml) |
    | 164.312(d) | Person or entity authentication | standard | yes | **no rule** |
    | 164.310(b) | Workstation use | standard | no | *attestation* |
    | 164.304 | Definitions | general | no | sets no duty of its own |
    | CC6.7 | Restricting and protecting data in transmission, movement and removal | security | yes | [s3-bucket-tls-only](../rules/s3/s3-bucket-tls-only.yaml) |
    ");
    assert_eq!(
        page.lines().filter(|line| line.starts_with("| 164.") || line.starts_with("| CC")).count(),
        92 + 33 + 43
    );
}

#[test]
fn written_documentation_passes_the_check_until_something_changes() {
    let catalog = Catalog::builtin().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("docs");
    let run = |check: bool, documented: &Documented<'_>| {
        let mut out = Vec::new();
        run(&DocsArgs { dir: dir.clone(), check }, documented, &mut out).map(|()| String::from_utf8(out).unwrap())
    };
    let mut documented = documented(&catalog);

    let missing = run(true, &documented).unwrap_err();
    assert_eq!(missing.fault, crate::error::Fault::Usage);
    assert_eq!(missing.message.matches("cannot be read").count(), 9, "{missing}");

    assert!(run(false, &documented).unwrap().ends_with("docs written\n"));
    assert!(run(true, &documented).unwrap().ends_with("docs are up to date\n"));

    documented.rules.remove(0);
    let stale = run(true, &documented).unwrap_err().message.replace(&dir.display().to_string(), "DOCS");
    insta::assert_snapshot!(stale, @"
    the generated documentation is out of date:
      DOCS/requirements.md differs
      DOCS/rules.md differs
    ");
}

#[test]
fn a_folder_that_cannot_be_written_is_a_failure_with_advice() {
    let catalog = Catalog::builtin().unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    let args = DocsArgs { dir: file.path().join("docs"), check: false };
    let error = run(&args, &documented(&catalog), &mut Vec::new()).unwrap_err();
    assert_eq!(error.fault, crate::error::Fault::Failed);
    assert!(error.help.unwrap().contains("--dir"));
}
