//! The command line as a user meets it, without AWS: help, version, mistakes, places that cannot be written.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Runs the program in a folder of its own, with nothing of this machine's settings.
pub fn safeguard(folder: &Path, args: &[&str]) -> Output {
    command(folder, args).output().unwrap()
}

pub fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_safeguard"));
    command.args(args).current_dir(folder).env_clear().env("HOME", folder).stdin(Stdio::null());
    command
}

pub fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

pub fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// A command that must end with this exit code, with nothing on stdout and nothing left in the folder.
pub fn refused(folder: &Path, args: &[&str], code: i32) -> String {
    let before = names(folder);
    let output = safeguard(folder, args);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {}", stderr(&output));
    assert_eq!(stdout(&output), "", "{args:?}");
    assert_eq!(names(folder), before, "{args:?}");
    let text = stderr(&output).to_owned();
    assert!(text.starts_with("error: "), "{text}");
    text
}

#[test]
fn version_and_help_go_to_stdout() {
    let folder = tempfile::tempdir().unwrap();
    let version = safeguard(folder.path(), &["--version"]);
    assert_eq!(stdout(&version), concat!("safeguard ", env!("CARGO_PKG_VERSION"), "\n"));
    assert!(version.status.success());
    for args in [
        &["--help"][..],
        &["scan", "--help"],
        &["rules", "--help"],
        &["coverage", "--help"],
        &["diff", "--help"],
        &["explain", "--help"],
    ] {
        let help = safeguard(folder.path(), args);
        assert!(help.status.success() && help.stderr.is_empty(), "{args:?}");
        assert!(stdout(&help).contains("Usage: safeguard"), "{args:?}");
    }
}

#[test]
fn help_teaches_by_examples_and_names_the_exit_codes() {
    let folder = tempfile::tempdir().unwrap();
    let general = safeguard(folder.path(), &["--help"]);
    assert!(stdout(&general).contains("safeguard scan --demo"));
    let scan = safeguard(folder.path(), &["scan", "--help"]);
    for words in ["safeguard scan --role-arn", "Exit codes:", "10  failures", "11  incomplete", "SAFEGUARD_FAIL_ON"] {
        assert!(stdout(&scan).contains(words), "{words}");
    }
}

#[test]
fn no_command_shows_the_help_and_is_a_mistake() {
    let folder = tempfile::tempdir().unwrap();
    let output = safeguard(folder.path(), &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("safeguard scan --demo"));
}

#[test]
fn wrong_flags_are_usage_errors() {
    let folder = tempfile::tempdir().unwrap();
    let table: [(&[&str], &str); 8] = [
        (&["scna"], "scan"),
        (&["scan", "--formt", "json"], "--format"),
        (&["scan", "--format", "jsn"], "json"),
        (&["scan", "--fail-on", "hihg"], "high"),
        (&["scan", "--demo", "--region", "us-east-1"], "--demo"),
        (&["scan", "--region", "useast1"], "us-east-1"),
        (&["scan", "--role-arn", "Audit"], "arn:aws:iam::"),
        (&["schema", "raport"], "report"),
    ];
    for (args, hint) in table {
        let text = refused(folder.path(), args, 2);
        assert!(text.contains(hint), "{args:?}: {text}");
    }
}

#[test]
fn two_reports_on_stdout_are_refused_with_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let text = refused(folder.path(), &["scan", "--demo", "--format", "json", "--format", "terminal"], 2);
    assert!(text.contains("mixed up") && text.contains("help: ") && text.contains("--format json=FILE"), "{text}");
    assert!(text.contains("nothing was judged"), "{text}");
}

#[test]
fn a_broken_config_is_refused_with_line_column_and_the_right_word() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("safeguard.yaml"), "fail_on: low\nregion: [us-east-1]\n").unwrap();
    for args in [&["scan", "--demo"][..], &["coverage"], &["rules", "list"]] {
        let text = refused(folder.path(), args, 2);
        assert!(text.contains("safeguard.yaml:2:1: there is no key `region`"), "{text}");
        assert!(text.contains("help: did you mean `regions`?"), "{text}");
    }
    fs::write(folder.path().join("other.yaml"), "").unwrap();
    let text = refused(folder.path(), &["scan", "--demo", "--config", "missing.yaml"], 2);
    assert!(text.contains("missing.yaml"), "{text}");
}

#[test]
fn a_place_that_cannot_be_written_is_found_before_the_scan() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "old").unwrap();
    let table: [&[&str]; 6] = [
        &["--format", "json=no/such/report.json"],
        &["--output", "no/such/report.txt"],
        &["--output", "file/report.txt"],
        &["--output", "."],
        &["--save-snapshot", "no/such/snapshot.ndjson"],
        &["--format", "json=twice", "--save-snapshot", "twice"],
    ];
    for flags in table {
        // No credentials: had the scan begun, the error would be about them.
        let text = refused(folder.path(), &[&["scan"], flags].concat(), 2);
        assert!(text.contains("writ") && text.contains("help: "), "{flags:?}: {text}");
        assert!(text.contains("nothing was judged"), "{text}");
    }
    let text = refused(folder.path(), &["scan", "--evidence", "file/answers"], 2);
    assert!(text.contains("file/answers"), "{text}");
    assert_eq!(fs::read_to_string(folder.path().join("file")).unwrap(), "old");
}

#[test]
fn a_snapshot_that_is_none_leaves_no_report() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("photo.ndjson"), b"\x89PNG\r\n\x1a\n").unwrap();
    for name in ["missing.ndjson", "photo.ndjson"] {
        let output = safeguard(folder.path(), &["scan", "--snapshot", name, "--format", "json=report.json"]);
        assert!(matches!(output.status.code(), Some(1 | 2)), "{name}: {output:?}");
        let text = stderr(&output);
        assert!(text.starts_with("error: ") && text.contains(name), "{text}");
        assert!(text.contains("nothing was judged"), "{text}");
        assert_eq!(names(folder.path()), ["photo.ndjson"]);
    }
}

#[test]
fn a_log_filter_that_makes_no_sense_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let output = command(folder.path(), &["schema", "config"]).env("SAFEGUARD_LOG", "safeguard=loud").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("SAFEGUARD_LOG"));
}

#[test]
fn schemas_are_printed_as_json() {
    let folder = tempfile::tempdir().unwrap();
    for of in ["report", "config", "snapshot", "attestations", "vendors", "waivers"] {
        let output = safeguard(folder.path(), &["schema", of]);
        assert!(output.status.success() && output.stderr.is_empty(), "{of}");
        let schema: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{of}");
    }
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let mut child =
        command(folder.path(), &["schema", "config"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}
