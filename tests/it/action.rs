//! The composite action: its shell steps are run as GitHub's runner runs them, against the sample account.
//!
//! The runner itself is not here: what it does with files and exit codes is written down in its documentation
//! (<https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>), and of expressions this knows
//! inputs alone. Steps that use other actions are looked at and not run.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::aws::{self, Credentials};
use crate::proxy::{Answers, Proxy};

const ACTION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/action.yml");

/// A job with the action in it.
struct Job {
    folder: tempfile::TempDir,
    action: Value,
    inputs: BTreeMap<String, String>,
    environment: Vec<(String, String)>,
}

/// How the scan's step ended, and what it left.
struct Scanned {
    outputs: BTreeMap<String, String>,
    summary: String,
    printed: String,
}

impl Job {
    fn new(url: &str, credentials: &Credentials, inputs: &[(&str, &str)]) -> Self {
        let script = "import json, sys, yaml\nprint(json.dumps(yaml.safe_load(open(sys.argv[1], encoding='utf-8'))))";
        let action: Value = serde_json::from_slice(&aws::moto().python(&["-c", script, ACTION])).unwrap();
        let defaults = action["inputs"].as_object().unwrap().iter();
        let mut all: BTreeMap<String, String> =
            defaults.map(|(name, input)| (name.clone(), input["default"].as_str().unwrap().to_owned())).collect();
        for (name, value) in inputs {
            assert!(all.insert((*name).to_owned(), (*value).to_owned()).is_some(), "there is no input {name}");
        }
        let fixed = [("AWS_ENDPOINT_URL", url), ("AWS_REGION", "us-east-1"), ("AWS_EC2_METADATA_DISABLED", "true")];
        let fixed = fixed.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let given = credentials.environment().into_iter().map(|(name, value)| (name.to_owned(), value));
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("safeguard.yaml"), "select: [\"service:s3\"]\n").unwrap();
        Self { folder, action, inputs: all, environment: fixed.into_iter().chain(given).collect() }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn step(&self, name: &str) -> &Value {
        let steps = self.action["runs"]["steps"].as_array().unwrap();
        steps.iter().find(|step| step["name"] == name).unwrap_or_else(|| panic!("there is no step {name}"))
    }

    /// Runs a step: its exit code and what it printed.
    fn run(&self, name: &str, outputs: &BTreeMap<String, String>) -> (i32, String) {
        let step = self.step(name);
        assert_eq!(step["shell"], "bash");
        fs::write(self.file("step.sh"), step["run"].as_str().unwrap()).unwrap();
        let path = fs::read_to_string(self.file("path")).unwrap_or_default().trim().replace('\n', ":");
        let mut command = Command::new("bash");
        // The runner's own way to call `shell: bash`.
        command.args(["--noprofile", "--norc", "-eo", "pipefail"]).arg(self.file("step.sh"));
        command.env_clear().envs(self.environment.iter().cloned()).current_dir(self.folder.path());
        command
            .env("PATH", format!("{path}:/usr/bin:/bin"))
            .env("HOME", self.folder.path())
            .env("GITHUB_ACTIONS", "true");
        for (variable, file) in [
            ("GITHUB_PATH", "path"),
            ("GITHUB_OUTPUT", "output"),
            ("GITHUB_STEP_SUMMARY", "summary"),
            ("RUNNER_TEMP", ""),
        ] {
            command.env(variable, self.file(file));
        }
        for (variable, value) in step["env"].as_object().unwrap() {
            command.env(variable, self.expanded(value.as_str().unwrap(), outputs));
        }
        let output = command.stdin(Stdio::null()).output().expect("run bash");
        let printed = [output.stdout, output.stderr].concat();
        (output.status.code().unwrap(), String::from_utf8(printed).unwrap())
    }

    fn expanded(&self, text: &str, outputs: &BTreeMap<String, String>) -> String {
        let Some((before, rest)) = text.split_once("${{") else { return text.to_owned() };
        let (expression, after) = rest.split_once("}}").unwrap();
        let name = expression.trim();
        let value = match (name.strip_prefix("inputs."), name.strip_prefix("steps.scan.outputs.")) {
            (Some(input), _) => self.inputs[input].clone(),
            (_, Some(output)) => outputs.get(output).cloned().unwrap_or_default(),
            _ => panic!("{name} is nothing that this test knows"),
        };
        format!("{before}{value}{}", self.expanded(after, outputs))
    }

    fn install(&self) -> (i32, String) {
        self.run("Install Safeguard", &BTreeMap::new())
    }

    fn scan(&self) -> Scanned {
        let (code, printed) = self.install();
        assert_eq!(code, 0, "{printed}");
        for file in ["output", "summary"] {
            fs::write(self.file(file), "").unwrap();
        }
        let (code, printed) = self.run("Scan", &BTreeMap::new());
        assert_eq!(code, 0, "the steps behind it must run: {printed}");
        let outputs = fs::read_to_string(self.file("output")).unwrap();
        let outputs =
            outputs.lines().map(|line| line.split_once('=').unwrap()).map(|(name, value)| (name.into(), value.into()));
        Scanned { outputs: outputs.collect(), summary: fs::read_to_string(self.file("summary")).unwrap(), printed }
    }

    /// The exit code with which the action ends.
    fn end(&self, scanned: &Scanned) -> i32 {
        assert_eq!(self.step("End as the scan ended")["if"], "${{ always() }}");
        self.run("End as the scan ended", &scanned.outputs).0
    }
}

fn account() -> Proxy {
    aws::estate();
    Answers::of(aws::moto().address()).record()
}

fn binary() -> &'static str {
    env!("CARGO_BIN_EXE_safeguard")
}

#[test]
fn failures_are_shown_before_they_fail_the_job_and_a_baseline_leaves_only_what_is_new() {
    let account = account();
    let job = Job::new(&account.url(), &Credentials::any(), &[("binary", binary()), ("regions", "us-east-1")]);
    let scanned = job.scan();
    assert_eq!(scanned.outputs["exit-code"], "10", "{}", scanned.printed);
    assert!(scanned.summary.contains("s3-bucket-tls-only"), "{}", scanned.summary);
    for (output, words) in [("report", "\"schema_version\""), ("sarif", "sarif")] {
        let text = fs::read_to_string(&scanned.outputs[output]).unwrap();
        assert!(text.contains(words), "{output}");
    }
    let upload = job.step("Show failures in code scanning");
    assert_eq!(upload["if"], "${{ inputs.upload-sarif == 'true' && steps.scan.outputs.sarif != '' }}");
    assert_eq!(upload["with"]["sarif_file"], "${{ steps.scan.outputs.sarif }}");
    assert_eq!(job.end(&scanned), 10);

    let report = scanned.outputs["report"].as_str();
    let inputs = [("binary", binary()), ("regions", "us-east-1"), ("baseline", report), ("new-only", "true")];
    let later = Job::new(&account.url(), &Credentials::any(), &inputs);
    let scanned = later.scan();
    assert!(scanned.summary.contains("still failing"), "{}", scanned.summary);
    assert_ne!(later.end(&scanned), 10, "nothing of it is new");
    assert_eq!(later.end(&scanned).to_string(), scanned.outputs["exit-code"]);
}

#[test]
fn a_scan_that_judged_nothing_says_so_and_shows_nothing_of_an_earlier_one() {
    let account = account();
    let mut job = Job::new(&account.url(), &Credentials::any(), &[("binary", binary()), ("regions", "us-east-1")]);
    job.scan();
    job.environment.retain(|(name, _)| !name.starts_with("AWS_ACCESS") && !name.starts_with("AWS_SECRET"));
    let scanned = job.scan();
    assert_eq!(scanned.outputs.keys().collect::<Vec<_>>(), ["exit-code"], "no report, and nothing for code scanning");
    assert!(scanned.summary.contains("judged nothing (exit code 1)"), "{}", scanned.summary);
    assert_eq!(job.end(&scanned), 1);
    let none = Scanned { outputs: BTreeMap::new(), summary: String::new(), printed: String::new() };
    assert_eq!(job.end(&none), 1, "an installation that failed is no success");
}

#[test]
fn a_binary_must_be_the_one_that_was_meant() {
    let account = account();
    let sum = hex::encode(Sha256::digest(fs::read(Path::new(binary())).unwrap()));
    let with = |sum: &str| Job::new(&account.url(), &Credentials::any(), &[("binary", binary()), ("sha256", sum)]);
    assert_eq!(with(&sum).install().0, 0);
    let (code, printed) = with(&"0".repeat(64)).install();
    assert_ne!(code, 0, "{printed}");
    let unnamed = [("binary", "https://example.com/safeguard")];
    let (code, printed) = Job::new(&account.url(), &Credentials::any(), &unnamed).install();
    assert!(code != 0 && printed.contains("sha256"), "{printed}");
}
