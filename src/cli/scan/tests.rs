use std::path::Path;
use std::time::Duration;

use clap::Parser;

use super::*;
use crate::error::Fault;
use crate::scan::{Live, Regions};

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    args: ScanArgs,
}

fn parsed(flags: &[&str]) -> Result<ScanArgs, clap::Error> {
    Line::try_parse_from([&["scan"], flags].concat()).map(|line| line.args)
}

fn merged(flags: &[&str], config: &str) -> ScanRequest {
    request(&parsed(flags).unwrap(), Config::parse(config, "safeguard.yaml").unwrap()).unwrap()
}

fn live_of(request: ScanRequest) -> Live {
    match request.source {
        FactSource::Live(live) => live,
        other => panic!("{other:?}"),
    }
}

#[test]
fn without_flags_the_profiles_region_is_read_with_every_rule() {
    let request = merged(&[], "");
    assert_eq!(request.selection.select, Vec::<String>::new());
    assert_eq!(request.save_snapshot, None);
    let live = live_of(request);
    assert_eq!(live.regions, Regions::Default);
    assert_eq!((live.profile, live.role_arn, live.external_id), (None, None, None));
    assert_eq!((live.max_in_flight, live.call_timeout), (64, Duration::from_secs(30)));
}

#[test]
fn every_account_flag_arrives() {
    let live = live_of(merged(
        &[
            "--profile=prod",
            "--region=us-east-1",
            "--region=eu-west-1,us-east-1",
            "--role-arn=arn:aws:iam::123456789012:role/ops/Audit",
            "--external-id=x",
            "--max-in-flight=8",
            "--timeout=5",
        ],
        "",
    ));
    assert_eq!(live.profile.as_deref(), Some("prod"));
    assert_eq!(live.regions, Regions::Named(vec!["eu-west-1".parse().unwrap(), "us-east-1".parse().unwrap()]));
    assert_eq!(live.role_arn.as_deref(), Some("arn:aws:iam::123456789012:role/ops/Audit"));
    assert_eq!(live.external_id.as_deref(), Some("x"));
    assert_eq!((live.max_in_flight, live.call_timeout), (8, Duration::from_secs(5)));
}

#[test]
fn all_regions_are_a_word_that_stands_alone() {
    assert_eq!(live_of(merged(&["--region=all"], "")).regions, Regions::All);
    assert_eq!(live_of(merged(&[], "regions: [all]")).regions, Regions::All);
    let args = parsed(&["--region=all", "--region=us-east-1"]).unwrap();
    assert_eq!(request(&args, Config::default()).unwrap_err().fault, Fault::Usage);
}

#[test]
fn flags_win_over_the_file_and_rule_folders_add_up() {
    let config = "{regions: [us-east-1], select: [a], skip: [b], rules_dirs: [ours], params: {r: {p: 1}}}";
    let file_only = merged(&[], config);
    assert_eq!(
        (&file_only.selection.select[..], &file_only.selection.skip[..]),
        (&["a".into()][..], &["b".into()][..])
    );
    assert_eq!(file_only.params["r"]["p"], serde_json::json!(1));
    let both = merged(&["--region=eu-west-1", "--select=c,d", "--rules=mine"], config);
    assert_eq!(
        (&both.selection.select[..], &both.selection.skip[..]),
        (&["c".into(), "d".into()][..], &["b".into()][..])
    );
    assert_eq!(both.rule_dirs, [Path::new("ours"), Path::new("mine")]);
    assert_eq!(live_of(both).regions, Regions::Named(vec!["eu-west-1".parse().unwrap()]));
}

#[test]
fn demo_and_snapshot_take_the_place_of_an_account() {
    assert!(matches!(merged(&["--demo"], "regions: [us-east-1]").source, FactSource::Demo));
    assert!(
        matches!(merged(&["--snapshot=s.ndjson"], "").source, FactSource::Snapshot(path) if path == Path::new("s.ndjson"))
    );
}

#[test]
fn flags_that_would_be_ignored_are_refused() {
    for flags in [
        &["--demo", "--snapshot=s"][..],
        &["--demo", "--profile=p"],
        &["--demo", "--region=us-east-1"],
        &["--snapshot=s", "--role-arn=arn:aws:iam::123456789012:role/A"],
        &["--snapshot=s", "--evidence=e"],
        &["--external-id=x"],
    ] {
        assert!(parsed(flags).is_err(), "{flags:?}");
    }
}

#[test]
fn slips_are_refused() {
    for flag in [
        "--region=us-east",
        "--role-arn=Audit",
        "--role-arn=arn:aws:iam::1234:role/A",
        "--role-arn=arn:aws:iam::123456789012:user/A",
        "--role-arn=arn:aws:iam::123456789012:role/",
        "--max-in-flight=0",
        "--timeout=0",
        "--timeout=soon",
        "--fail-on=hihg",
        "--format=jsn",
        "--allow-incomplete=maybe",
    ] {
        assert!(parsed(&[flag]).is_err(), "{flag}");
    }
}

#[test]
fn the_flag_names_the_waiver_file_before_the_config_file_does() {
    assert_eq!(merged(&[], "").waivers, None);
    assert_eq!(merged(&[], "waivers: a.yaml").waivers.as_deref(), Some(Path::new("a.yaml")));
    assert_eq!(merged(&["--waivers=b.yaml"], "waivers: a.yaml").waivers.as_deref(), Some(Path::new("b.yaml")));
}

#[test]
fn only_new_failures_are_new_against_something() {
    let asked = |flags: &[&str], config: &str| {
        new_only(&parsed(flags).unwrap(), &Config::parse(config, "safeguard.yaml").unwrap())
    };
    assert!(!asked(&["--baseline=old.json"], "").unwrap());
    assert!(asked(&["--baseline=old.json", "--new-only"], "").unwrap());
    assert!(asked(&["--baseline=old.json"], "new_only: true").unwrap());
    assert!(!asked(&["--new-only=false"], "new_only: true").unwrap());
    assert_eq!(asked(&["--new-only"], "").unwrap_err().fault, Fault::Usage);
    assert_eq!(asked(&[], "new_only: true").unwrap_err().fault, Fault::Usage);
}

#[test]
fn allowing_incomplete_scans_can_be_taken_back() {
    let allowed = |flags: &[&str]| parsed(flags).unwrap().result.allow_incomplete;
    assert_eq!(allowed(&[]), None);
    assert_eq!(allowed(&["--allow-incomplete"]), Some(true));
    assert_eq!(allowed(&["--allow-incomplete=false"]), Some(false));
}
