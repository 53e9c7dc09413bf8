use std::fs;

use insta::assert_snapshot;
use serde_json::json;

use super::*;
use crate::error::Fault;
use crate::model::Eligibility;
use crate::scan::Override;

const FULL: &str = "\
# What this team decided.
regions: [us-east-1, eu-west-1]
select: [framework:hipaa]
skip: [s3-bucket-replication]
rules_dirs: [rules, /srv/rules]
kinds_dirs: [kinds]
params:
  rds-instance-backup: {min_days: 7, engines: [mysql]}
phi_scope:
  tags: {DataClassification: [phi, ephi, no]}
  accounts: [012345678901]
  arns: ['arn:aws:s3:::records-*']
soc2_categories: [availability, processing_integrity]
eligible_services: [{service: s3tables, status: eligible, reason: ' AWS confirmed it in case 4711 '}]
event_history_calls: 20
fail_on: high
allow_incomplete: true
waivers: accepted.yaml
new_only: true
";

/// The error as the user sees it.
fn problem(text: &str) -> String {
    shown(&Config::parse(text, FILE_NAME).unwrap_err())
}

fn shown(error: &Error) -> String {
    assert_eq!(error.fault, Fault::Usage);
    format!("{}\nhelp: {}", error.message, error.help.as_deref().unwrap())
}

#[test]
fn every_key_is_read() {
    let config = Config::parse(FULL, FILE_NAME).unwrap();
    let words = |words: Vec<RegionName>| words.into_iter().map(String::from).collect::<Vec<_>>();
    assert_eq!(words(config.regions), ["us-east-1", "eu-west-1"]);
    assert_eq!(config.select, ["framework:hipaa"]);
    assert_eq!(config.skip, ["s3-bucket-replication"]);
    assert_eq!(config.rules_dirs, [Path::new("rules"), Path::new("/srv/rules")]);
    assert_eq!(config.params["rds-instance-backup"]["min_days"], json!(7));
    assert_eq!(config.params["rds-instance-backup"]["engines"], json!(["mysql"]));
    assert_eq!(config.soc2_categories, [Soc2Category::Availability, Soc2Category::ProcessingIntegrity]);
    let word = |service: &str, reason: &str| Override {
        service: service.to_owned(),
        eligibility: Eligibility::Eligible,
        reason: reason.to_owned(),
    };
    assert_eq!(Vec::from(config.eligible_services), [word("s3tables", "AWS confirmed it in case 4711")]);
    assert_eq!(config.event_history_calls, Some(20));
    assert_eq!(config.fail_on, Some(FailOn::High));
    assert_eq!(config.allow_incomplete, Some(true));
    assert_eq!(config.waivers.as_deref(), Some(Path::new("accepted.yaml")));
    assert_eq!(config.new_only, Some(true));
    let scope = scope::PhiScope::from(config.phi_scope);
    assert_eq!(scope.tags["DataClassification"], ["phi", "ephi", "no"]);
    assert_eq!(scope.accounts, ["012345678901"]);
    assert_eq!(scope.arns, ["arn:aws:s3:::records-*"]);
}

#[test]
fn an_empty_file_decides_nothing() {
    for text in ["", "# nothing yet\n", "---\n", "{}"] {
        assert_eq!(Config::parse(text, FILE_NAME).unwrap(), Config::default(), "{text:?}");
    }
}

#[test]
fn a_category_that_soc2_does_not_have_is_refused_with_the_nearest() {
    assert_snapshot!(problem("soc2_categories: [availabilty]\n"), @r"
    safeguard.yaml:1:19: `availabilty` is not one of the words allowed here
      |
    1 | soc2_categories: [availabilty]
      |                   ^
    help: did you mean `availability`?
    ");
}

#[test]
fn roles_are_those_that_hipaa_knows() {
    let roles =
        Config::parse("entity: {roles: [business_associate, covered_entity]}\n", FILE_NAME).unwrap().entity.roles;
    assert_eq!(roles, [EntityRole::BusinessAssociate, EntityRole::CoveredEntity]);
    let said = problem("entity:\n  roles: [bussiness_associate]\n");
    assert!(
        said.starts_with("safeguard.yaml:2:11: `bussiness_associate` is not one of the words allowed here"),
        "{said}"
    );
    assert!(said.contains("did you mean `business_associate`?"), "{said}");
    assert!(problem("entity: {role: [covered_entity]}\n").contains("there is no key `role`"));
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_known_one() {
    assert_snapshot!(problem("fail_on: low\nregion: [us-east-1]\n"), @r"
    safeguard.yaml:2:1: there is no key `region`
      |
    2 | region: [us-east-1]
      | ^
    help: did you mean `regions`?
    ");
    assert_snapshot!(problem("phi_scope:\n  acounts: []\n"), @r"
    safeguard.yaml:2:3: there is no key `acounts`
      |
    2 |   acounts: []
      |   ^
    help: did you mean `accounts`?
    ");
    assert_snapshot!(problem("exceptions: []\n"), @r"
    safeguard.yaml:1:1: there is no key `exceptions`
      |
    1 | exceptions: []
      | ^
    help: use one of: regions, select, skip, rules_dirs, kinds_dirs, params, phi_scope, soc2_categories, entity, eligible_services, event_history_calls, attestations, vendors, fail_on, allow_incomplete, waivers, new_only
    ");
}

#[test]
fn a_wrong_word_is_refused_where_it_stands() {
    assert_snapshot!(problem("regions: [us-east-1, useast1]\n"), @r"
    safeguard.yaml:1:22: `useast1` is not a region: write a name such as us-east-1, or all
      |
    1 | regions: [us-east-1, useast1]
      |                      ^
    help: see `safeguard schema config` for what the file may say
    ");
    assert_snapshot!(problem("phi_scope:\n  accounts:\n    - 12345678901\n"), @r"
    safeguard.yaml:3:7: `12345678901` is not an account id: it has twelve digits
      |
    3 |     - 12345678901
      |       ^
    help: see `safeguard schema config` for what the file may say
    ");
    assert_snapshot!(problem("phi_scope: {arns: [s3:::records]}\n"), @r"
    safeguard.yaml:1:20: `s3:::records` is not the pattern of an ARN: write arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE, such as arn:aws:s3:::records-*
      |
    1 | phi_scope: {arns: [s3:::records]}
      |                    ^
    help: see `safeguard schema config` for what the file may say
    ");
    assert_snapshot!(problem("fail_on: hihg\n"), @r"
    safeguard.yaml:1:10: `hihg` is not one of the words allowed here
      |
    1 | fail_on: hihg
      |          ^
    help: did you mean `high`?
    ");
}

#[test]
fn a_wrong_shape_is_refused_with_the_right_one() {
    assert_snapshot!(problem("regions: all\n"), @r"
    safeguard.yaml:1:10: a list is expected here
      |
    1 | regions: all
      |          ^
    help: write it in brackets, such as [a, b], even for one thing
    ");
    assert_snapshot!(problem("params:\n  s3-bucket-tls-only: 3\n"), @r"
    safeguard.yaml:2:23: keys with values are expected here
      |
    2 |   s3-bucket-tls-only: 3
      |                       ^
    help: write them as `key: value`
    ");
    assert_snapshot!(problem("allow_incomplete: yes\n"), @r"
    safeguard.yaml:1:19: true or false is expected here
      |
    1 | allow_incomplete: yes
      |                   ^
    help: see `safeguard schema config` for what the file may say
    ");
    assert_snapshot!(problem("skip: []\nselect: []\nskip: [a]\n"), @r"
    safeguard.yaml:3:1: the key `skip` is there twice
      |
    3 | skip: [a]
      | ^
    help: keep one of the two
    ");
}

#[test]
fn what_is_not_yaml_is_refused_without_being_echoed_raw() {
    let shown = problem("zzz\u{1b}[31m: 1");
    assert!(shown.starts_with("safeguard.yaml:1:"), "{shown}");
    assert!(!shown.contains('\u{1b}'), "{shown:?}");
    assert!(problem("select: [a\n").starts_with("safeguard.yaml:"));
    assert!(problem("--- {}\n--- {}\n").starts_with("safeguard.yaml:2:"));
}

#[test]
fn the_file_in_the_folder_is_found_and_its_folders_lie_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let nothing = Config { folder: folder.path().to_owned(), ..Config::default() };
    assert_eq!(Config::find(None, folder.path()).unwrap(), nothing);
    let path = folder.path().join(FILE_NAME);
    fs::write(&path, "rules_dirs: [mine, /srv/rules]").unwrap();
    for given in [None, Some(path.as_path())] {
        let config = Config::find(given, folder.path()).unwrap();
        assert_eq!(config.rules_dirs, [folder.path().join("mine"), PathBuf::from("/srv/rules")]);
        assert_eq!(config.register(), RegisterFiles::usual(folder.path()));
    }
}

#[test]
fn files_of_attestations_lie_beside_the_file_or_where_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE_NAME);
    fs::write(&path, "attestations: compliance/attested.yaml").unwrap();
    let places = Config::read(&path).unwrap().register();
    assert_eq!(places.attestations, FileSource::Named(folder.path().join("compliance/attested.yaml")));
    assert_eq!(places.vendors, FileSource::Usual(folder.path().join("vendors.yaml")));
}

#[test]
fn the_waiver_file_lies_beside_the_config_file() {
    let folder = tempfile::tempdir().unwrap();
    let find = || Config::find(None, folder.path()).map(|config| config.waivers);
    assert_eq!(find().unwrap(), None);
    fs::write(folder.path().join("waivers.yml"), "").unwrap();
    assert_snapshot!(shown(&find().unwrap_err()), @r"
    found waivers.yml, but the waiver file is called waivers.yaml
    help: rename it to waivers.yaml, or name it in safeguard.yaml: `waivers: waivers.yml`
    ");
    fs::write(folder.path().join(WAIVERS_NAME), "").unwrap();
    assert_eq!(find().unwrap(), Some(folder.path().join(WAIVERS_NAME)), "without a config file");
    fs::write(folder.path().join(FILE_NAME), "fail_on: high").unwrap();
    assert_eq!(find().unwrap(), Some(folder.path().join(WAIVERS_NAME)), "beside a config file that names none");
    fs::write(folder.path().join(FILE_NAME), "waivers: accepted/ours.yaml").unwrap();
    assert_eq!(find().unwrap(), Some(folder.path().join("accepted/ours.yaml")));
}

#[test]
fn a_file_that_is_missing_or_misnamed_is_not_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let missing = Config::find(Some(Path::new("no-such.yaml")), folder.path()).unwrap_err();
    assert!(missing.message.starts_with("cannot read the config file no-such.yaml: "), "{missing}");
    assert_eq!(missing.fault, Fault::Usage);
    fs::write(folder.path().join("safeguard.yml"), "").unwrap();
    assert_snapshot!(shown(&Config::find(None, folder.path()).unwrap_err()), @r"
    found safeguard.yml, but the config file is called safeguard.yaml
    help: rename it to safeguard.yaml, or give it with `--config safeguard.yml`
    ");
}

#[test]
fn the_schema_names_every_key_and_the_form_of_words() {
    let schema = schema();
    let Value::Object(properties) = &schema["properties"] else { panic!("{schema:#}") };
    let keys: Vec<&str> = properties.keys().map(String::as_str).collect();
    let text = problem("nothing: 1");
    let known: Vec<&str> = text.rsplit_once("one of: ").unwrap().1.split(", ").collect();
    assert!(known.iter().all(|key| keys.contains(key)) && keys.len() == known.len(), "{keys:?} {known:?}");
    assert_eq!(schema["additionalProperties"], json!(false));
    assert_eq!(schema["$defs"]["AccountId"]["pattern"], json!("^[0-9]{12}$"));
}

/// The schema's patterns and the parser must agree, or an editor accepts what a scan refuses.
#[test]
fn the_schema_accepts_what_the_parser_accepts() {
    fn agrees<T: std::str::FromStr>(schema: &Value, name: &str, words: &[&str]) {
        let pattern = regex::Regex::new(schema["$defs"][name]["pattern"].as_str().unwrap()).unwrap();
        for word in words {
            assert_eq!(pattern.is_match(word), word.parse::<T>().is_ok(), "{name} {word:?}");
        }
    }
    let schema = schema();
    let regions = [
        "us-east-1",
        "us-gov-west-1",
        "all",
        "ALL",
        "us-east",
        "useast1",
        "us--east-1",
        "us-1",
        "-east-1",
        "us-east-12",
        "",
    ];
    agrees::<RegionName>(&schema, "RegionName", &regions);
    agrees::<AccountId>(&schema, "AccountId", &["123456789012", "12345678901", "1234567890123", "12345678901x", ""]);
    let arns = [
        "arn:aws:s3:::b",
        "arn:aws:rds:us-east-1:123456789012:db:x",
        "arn:aws:s3::b",
        "s3:::b",
        "arn:::::",
        "arn:aws:s3:::*",
        "*",
    ];
    agrees::<ArnPattern>(&schema, "ArnPattern", &arns);
}

#[test]
fn a_service_of_the_list_is_overridden_only_with_a_reason_and_only_once() {
    assert_snapshot!(problem("eligible_services:\n  - {service: s3tables, status: eligible, reason: ' '}\n"), @r"
    safeguard.yaml:2:51: the reason is empty: it stands in the report, so say who decided and on what ground
      |
    2 |   - {service: s3tables, status: eligible, reason: ' '}
      |                                                   ^
    help: see `safeguard schema config` for what the file may say
    ");
    let entry = |text: &str| problem(&format!("eligible_services:\n  - {text}\n"));
    let twice = "{service: s3, status: eligible, reason: a}\n  - {service: s3, status: review, reason: b}";
    for (text, words) in [
        ("{service: s3tables, status: eligible}", "reason"),
        ("{service: s3tables, status: maybe, reason: we hope}", "`maybe` is not one of the words allowed here"),
        ("{service: s3tables, status: unknown, reason: we hope}", "`unknown` is not one of the words allowed here"),
        ("{service: Amazon S3, status: eligible, reason: a}", "`Amazon S3` is not the prefix of a service"),
        (twice, "the service `s3` is there twice: one entry must decide"),
    ] {
        let said = entry(text);
        assert!(said.starts_with("safeguard.yaml:") && said.contains(words), "{said}");
    }
}

#[test]
fn a_number_beyond_sense_is_refused_where_it_is_written() {
    for number in ["-1", "10001", "4294967295", "9223372036854775807"] {
        let message = problem(&format!("regions: [us-east-1]\nevent_history_calls: {number}\n"));
        assert!(message.contains("safeguard.yaml:2:"), "{message}");
        assert!(message.contains(&format!("`event_history_calls` cannot be {number}")), "{message}");
    }
    assert_eq!(schema()["properties"]["event_history_calls"]["maximum"], json!(10_000));
}

#[test]
fn a_setting_of_a_rule_knows_where_it_is_written() {
    let config = Config::parse("params:\n  a-rule:\n    max_days: -5\n", "safeguard.yaml").unwrap();
    assert_eq!(config.params["a-rule"]["max_days"].place(), "safeguard.yaml:3:15: ");
}

#[test]
fn a_pattern_that_no_arn_can_match_is_refused_where_it_is_written() {
    let long = format!("arn:aws:s3:::{}", "?".repeat(100_000));
    let message = problem(&format!("phi_scope:\n  arns:\n    - \"{long}\"\n"));
    assert!(message.contains("safeguard.yaml:3:7: the pattern `arn:aws:s3:::???"), "{}", &message[..300]);
    assert!(message.contains("has 100013 characters"));
}
