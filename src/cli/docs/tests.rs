use serde_json::json;

use super::*;
use crate::scan::permissions::{MANAGED_POLICY_LIMIT, policies};

fn rule(id: &str, requirements: &[&str]) -> RuleEntry {
    RuleEntry {
        id: id.into(),
        title: "it is <good>".to_owned(),
        requirements: requirements.iter().map(|&id| id.into()).collect(),
        supports: Vec::new(),
        attests: false,
        why: "it would be | <bad>".to_owned(),
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
    Documented {
        catalog,
        kinds: KINDS.get_or_init(crate::model::Kinds::default),
        rules: vec![
            rule("s3-bucket-tls-only", &["164.312(e)(1)", "CC6.7"]),
            rule("s3-bucket-object-lock", &["164.312(c)(1)"]),
        ],
        operations: vec![
            operation("s3", "ListBuckets", &["s3:ListAllMyBuckets"], &[]),
            operation("s3", "GetBucketPolicy", &["s3:GetBucketPolicy"], &["AWS::S3::Bucket.BucketPolicy"]),
            operation("iam", "ListUsers", &["iam:ListUsers", "iam:GetUser"], &["AWS::IAM::User.*"]),
            operation("s3", "HeadBucket", &["s3:ListAllMyBuckets"], &["AWS::S3::Bucket.*"]),
        ],
        policies: policies(["s3:GetBucketPolicy", "iam:ListUsers"], MANAGED_POLICY_LIMIT),
        flags: "# Flags\n".to_owned(),
        rule_pages: vec![("s3-bucket-tls-only.md".into(), "# A rule\n".to_owned())],
        report_schema: json!({"title": "report"}),
        config_schema: json!({"title": "config"}),
        attestations_schema: json!({"title": "attestations"}),
        vendors_schema: json!({"title": "vendors"}),
        waiver_schema: json!({"title": "waivers"}),
    }
}

fn page(name: &str) -> String {
    let catalog = Catalog::builtin().unwrap();
    let files = generate(&documented(&catalog)).unwrap();
    files.into_iter().find(|(path, _)| path == Path::new(name)).unwrap().1
}

#[test]
fn operations_are_listed_by_service() {
    insta::assert_snapshot!(page("operations.md"));
}

#[test]
fn an_import_has_a_policy_of_its_own() {
    let page = page("security-hub.md");
    let (_, policy) = page.split_once("```json\n").unwrap();
    let policy: Value = serde_json::from_str(policy.strip_suffix("```\n").unwrap()).unwrap();
    assert_eq!(policy["Statement"][0]["Action"], json!(crate::deliver::security_hub::IAM_ACTIONS));
}

#[test]
fn requirements_name_their_rules_or_say_why_there_are_none() {
    let page = page("requirements.md");
    let row = |id: &str| page.lines().find(|line| line.starts_with(&format!("| {id} |"))).unwrap();
    let rows = ["164.312(e)(1)", "164.312(d)", "164.310(b)", "164.304", "CC6.7"].map(row).join("\n");
    insta::assert_snapshot!(rows, @"
    | 164.312(e)(1) | Transmission security | standard | a part | [s3-bucket-tls-only](rules/s3-bucket-tls-only.md) |
    | 164.312(d) | Person or entity authentication | standard | a part | **no rule** |
    | 164.310(b) | Workstation use | standard | no | *attestation* |
    | 164.304 | Definitions | general | no | sets no duty of its own |
    | CC6.7 | Restricting and protecting data in transmission, movement and removal | security | a part | [s3-bucket-tls-only](rules/s3-bucket-tls-only.md) |
    ");
    assert_eq!(
        page.lines().filter(|line| line.starts_with("| 164.") || line.starts_with("| CC")).count(),
        105 + 33 + 100
    );
}

#[test]
fn written_documentation_passes_the_check_until_something_changes() {
    let catalog = Catalog::builtin().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (dir, deploy) = (folder.path().join("docs"), folder.path().join("deploy"));
    let template = deploy.join("template.yaml");
    std::fs::create_dir(&deploy).unwrap();
    std::fs::write(&template, "# begin generated: scan policies of Role\n# end generated\n").unwrap();
    let run = |check: bool, documented: &Documented<'_>| {
        let mut out = Vec::new();
        let args = DocsArgs { dir: dir.clone(), deploy: deploy.clone(), check };
        run(&args, documented, &mut out).map(|()| String::from_utf8(out).unwrap())
    };
    let mut documented = documented(&catalog);

    let missing = run(true, &documented).unwrap_err();
    assert_eq!(missing.fault, crate::error::Fault::Usage);
    assert_eq!(missing.message.matches("cannot be read").count(), 15, "{missing}");

    assert!(run(false, &documented).unwrap().ends_with("deploy written\n"));
    assert!(run(true, &documented).unwrap().ends_with("deploy are up to date\n"));

    let whole = std::fs::read_to_string(&template).unwrap();
    std::fs::write(&template, whole.replace("iam:ListUsers", "iam:*")).unwrap();
    let stale = run(true, &documented).unwrap_err().message;
    assert!(stale.contains("template.yaml differs"), "{stale}");
    std::fs::write(&template, whole).unwrap();

    documented.rules.remove(0);
    let stale = run(true, &documented).unwrap_err().message.replace(&dir.display().to_string(), "DOCS");
    insta::assert_snapshot!(stale, @"
    the generated documentation is out of date:
      DOCS/citations.md differs
      DOCS/requirements.md differs
    ");
}

#[test]
fn a_folder_that_cannot_be_written_is_a_mistake_with_advice() {
    let catalog = Catalog::builtin().unwrap();
    let (file, folder) = (tempfile::NamedTempFile::new().unwrap(), tempfile::tempdir().unwrap());
    let args = DocsArgs { dir: file.path().join("docs"), deploy: folder.path().to_owned(), check: false };
    let error = run(&args, &documented(&catalog), &mut Vec::new()).unwrap_err();
    assert_eq!(error.fault, crate::error::Fault::Usage);
    assert!(error.help.unwrap().contains("--dir"));
}

#[test]
fn citations_say_how_each_rule_speaks_and_why_and_give_a_reason_once() {
    let catalog = Catalog::builtin().unwrap();
    let mut documented = documented(&catalog);
    documented.rules[0].requirements.push("CC7.2".to_owned());
    documented.rules[0].supports = vec!["CC7.2".to_owned()];
    let attests = RuleEntry { attests: true, ..rule("attest-review", &["164.308(a)(1)(ii)(D)"]) };
    documented.rules.extend([attests, rule("s3-logging", &["164.308(a)(1)(ii)(D)"])]);
    let files = generate(&documented).unwrap();
    let page = &files.iter().find(|(path, _)| path == Path::new("citations.md")).unwrap().1;
    let section = |heading: &str| {
        let from = page.find(&format!("### {heading}")).unwrap();
        page[from..].lines().skip(2).take_while(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(["164.308(a)(1)(ii)(D)", "164.312(e)(1)", "CC6.7", "CC7.2"].map(section).join("\n----\n"));
    for requirement in catalog.iter() {
        let heading = page.matches(&format!("### {} ", requirement.id)).count();
        let row = page.matches(&format!("| {} |", requirement.id)).count();
        assert_eq!(heading + row, 1, "{} stands on the page once", requirement.id);
    }
}
