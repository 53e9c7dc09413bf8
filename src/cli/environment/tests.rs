use clap::{CommandFactory, FromArgMatches};

use super::*;
use crate::cli::{Cli, Command as Chosen};

fn root() -> Command {
    Cli::command()
}

/// Fills a command line with these variables.
fn filled(line: &str, variables: &[(&str, &str)]) -> Result<FilledCommand> {
    let argv = line.split_whitespace().map(OsString::from).collect();
    fill(&root(), argv, |name| {
        variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
    })
}

/// Says what the variables add, in one line.
fn added(line: &str, variables: &[(&str, &str)]) -> String {
    let words = filled(line, variables).unwrap().argv;
    let added = words.iter().skip(line.split_whitespace().count()).map(|word| word.to_string_lossy().into_owned());
    added.collect::<Vec<_>>().join(" ")
}

fn parsed(line: &str, variables: &[(&str, &str)]) -> Result<Cli, clap::Error> {
    let filled = filled(line, variables).unwrap();
    root().try_get_matches_from(filled.argv).and_then(|matches| Cli::from_arg_matches(&matches))
}

/// A value that the flag takes: a known word for those that have a form.
fn sample(arg: &Arg) -> &'static str {
    match arg.get_long().unwrap() {
        "region" => "us-east-1,eu-west-1",
        "role-arn" => "arn:aws:iam::123456789012:role/Audit",
        "max-in-flight" | "timeout" | "verbose" | "max-duration" | "accounts-at-once" => "2",
        "organizational-unit" => "/Workloads",
        "home-region" => "us-east-1",
        "ocsf-version" => "1.6.0",
        "color" => "never",
        "fail-on" => "high",
        "format" => "json",
        "arn" => "arn:aws:s3:::records",
        "account" | "trusted" | "skip-account" => "123456789012",
        "version" => "1.2",
        "framework" => "hipaa",
        _ => "true",
    }
}

fn each_flag(command: &Command, path: &mut Vec<String>, visit: &mut dyn FnMut(&[&str], &Command, &Arg)) {
    let words: Vec<String> = path.clone();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    for arg in command.get_arguments().filter(|arg| arg.get_long().is_some()) {
        visit(&words, command, arg);
    }
    for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set() && inner.get_name() != "help") {
        path.push(inner.get_name().to_owned());
        each_flag(inner, path, visit);
        path.pop();
    }
}

#[test]
fn each_flag_of_each_command_is_set_by_its_variable() {
    let mut count = 0;
    let root = root();
    let mut built = root.clone();
    built.build();
    each_flag(&built, &mut Vec::new(), &mut |path, command, arg| {
        if path.is_empty() || command.has_subcommands() {
            return;
        }
        let Some(name) = variable(&root, path, arg) else {
            assert!(matches!(arg.get_long(), Some("help" | "version")), "{path:?} {arg:?} has no variable");
            return;
        };
        let line = format!("safeguard {}", path.join(" "));
        let said = added(&line, &[(&name, sample(arg))]);
        let flag = format!("--{}", arg.get_long().unwrap());
        assert!(said.starts_with(&flag), "{name} adds `{said}` to `{line}`");
        assert_eq!(added(&line, &[(&name, " ")]), "", "{name}: empty is not set");
        count += 1;
    });
    assert!(count > 40, "{count}");
}

#[test]
fn what_the_variables_of_a_scan_say_arrives() {
    let root = root();
    let scan = root.find_subcommand("scan").unwrap();
    for arg in scan.get_arguments() {
        let name = variable(&root, &["scan"], arg).unwrap();
        // An external id alone says nothing.
        let role = ("SAFEGUARD_ROLE_ARN", "arn:aws:iam::123456789012:role/Audit");
        // And to resume is to say where the reports are.
        let reports = ("SAFEGUARD_ACCOUNT_REPORTS", "accounts");
        let with: &[(&str, &str)] = match arg.get_long() {
            Some("external-id") => &[(&name, "x"), role],
            Some("resume") => &[(&name, "true"), reports],
            _ => &[(&name, sample(arg))],
        };
        let argv = filled("safeguard scan", with).unwrap().argv;
        let matches = root.clone().try_get_matches_from(argv).unwrap_or_else(|error| panic!("{name}: {error}"));
        let (_, scan) = matches.subcommand().unwrap();
        assert_eq!(scan.value_source(arg.get_id().as_str()), Some(ValueSource::CommandLine), "{name}");
    }
}

#[test]
fn a_flag_outranks_its_variable_and_lists_are_split() {
    assert_eq!(added("safeguard scan --fail-on low", &[("SAFEGUARD_FAIL_ON", "high")]), "");
    assert_eq!(added("safeguard scan", &[("SAFEGUARD_FAIL_ON", "high")]), "--fail-on=high");
    assert_eq!(
        added("safeguard scan", &[("SAFEGUARD_FORMAT", "terminal, json=r.json,")]),
        "--format=terminal --format=json=r.json"
    );
    assert_eq!(added("safeguard scan", &[("SAFEGUARD_SELECT", "s3-*,kms-*")]), "--select=s3-*,kms-*");
    assert_eq!(added("safeguard scan", &[("SAFEGUARD_VERBOSE", "2")]), "--verbose --verbose");
}

#[test]
fn a_variable_gives_way_to_a_flag_that_it_contradicts() {
    let account = [
        ("SAFEGUARD_PROFILE", "prod"),
        ("SAFEGUARD_REGION", "us-east-1"),
        ("SAFEGUARD_ROLE_ARN", "arn:aws:iam::123456789012:role/Audit"),
        ("SAFEGUARD_EXTERNAL_ID", "x"),
        ("SAFEGUARD_EVIDENCE", "answers"),
    ];
    assert_eq!(added("safeguard scan --demo", &account), "");
    assert!(parsed("safeguard scan --demo", &account).is_ok());
    assert!(parsed("safeguard scan --snapshot s.ndjson", &account).is_ok());
    assert_eq!(added("safeguard scan --profile dev", &[("SAFEGUARD_DEMO", "yes")]), "");
    assert_eq!(added("safeguard scan", &[("SAFEGUARD_DEMO", "no"), ("SAFEGUARD_PROFILE", "prod")]), "--profile=prod");
}

#[test]
fn variables_that_contradict_each_other_are_blamed_by_name() {
    let variables = [("SAFEGUARD_DEMO", "1"), ("SAFEGUARD_PROFILE", "prod")];
    let from = filled("safeguard scan", &variables).unwrap().from;
    let blamed = blamed(&parsed("safeguard scan", &variables).unwrap_err(), &from);
    assert_eq!(blamed.len(), 2, "{blamed:?}");
    assert!(blamed.iter().any(|line| line == "--demo is set by the environment variable SAFEGUARD_DEMO"), "{blamed:?}");
}

#[test]
fn a_bad_value_is_refused_by_the_name_of_its_variable() {
    for (name, value) in [("SAFEGUARD_DEMO", "perhaps"), ("SAFEGUARD_VERBOSE", "loud")] {
        let error = filled("safeguard scan", &[(name, value)]).unwrap_err();
        assert!(error.message.contains(name) && error.message.contains(value), "{}", error.message);
    }
    for (name, value) in [("SAFEGUARD_FAIL_ON", "hihg"), ("SAFEGUARD_TIMEOUT", "0"), ("SAFEGUARD_REGION", "us-east")] {
        let from = filled("safeguard scan", &[(name, value)]).unwrap().from;
        let lines = blamed(&parsed("safeguard scan", &[(name, value)]).unwrap_err(), &from);
        assert!(lines.len() == 1 && lines[0].contains(name), "{lines:?}");
    }
}

#[test]
fn shared_flags_share_a_variable_and_others_name_their_command() {
    let names = all(&root());
    for name in ["SAFEGUARD_FORMAT", "SAFEGUARD_COVERAGE_FORMAT", "SAFEGUARD_RULES_LIST_FORMAT", "SAFEGUARD_RULES"] {
        assert!(names.contains(name), "{name}: {names:?}");
    }
    for name in ["SAFEGUARD_COVERAGE_SELECT", "SAFEGUARD_RULES_LIST_CONFIG", "SAFEGUARD_PREFLIGHT_PROFILE"] {
        assert!(!names.contains(name), "{name}");
    }
    assert_eq!(added("safeguard coverage", &[("SAFEGUARD_FORMAT", "ndjson=x")]), "", "scan's alone");
    assert_eq!(added("safeguard rules list", &[("SAFEGUARD_CONFIG", "c.yaml")]), "--config=c.yaml");
    assert_eq!(
        added("safeguard rules --config d.yaml list", &[("SAFEGUARD_CONFIG", "c.yaml")]),
        "",
        "given further up"
    );
}

#[test]
fn what_stands_behind_two_dashes_stays_there() {
    let argv = filled("safeguard rules list -- s3-*", &[("SAFEGUARD_RULES_LIST_FORMAT", "json")]).unwrap().argv;
    assert_eq!(argv, ["safeguard", "rules", "list", "--format=json", "--", "s3-*"]);
}

#[test]
fn a_misspelled_variable_is_noticed() {
    let set = ["SAFEGUARD_FAILON", "SAFEGUARD_LOG", "SAFEGUARD_FAIL_ON", "AWS_REGION"].map(OsString::from);
    let lines = unread(&root(), set.into_iter());
    assert_eq!(lines, ["nothing reads the environment variable SAFEGUARD_FAILON: did you mean SAFEGUARD_FAIL_ON?"]);
}

#[test]
fn the_help_names_the_variable_and_never_its_value() {
    let mut command = described(root());
    let help = command.find_subcommand_mut("scan").unwrap().render_help().to_string();
    assert!(help.contains("[env: SAFEGUARD_EXTERNAL_ID]") && !help.contains("SAFEGUARD_EXTERNAL_ID="), "{help}");
    let Chosen::Scan(_) = parsed("safeguard scan", &[]).unwrap().command else { panic!("scan") };
}
