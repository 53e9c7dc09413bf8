//! Questions about policies, as a user asks them: files, stdin, mistakes, hostile names.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};

use serde_json::{Value, json};

use crate::cli::{command, refused, safeguard, stderr, stdout};

/// Denies plain HTTP, but only from one range of addresses.
const ONE_RANGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/policies/tls-for-one-range.json");
const TLS: [&str; 4] = ["--question", "denies_insecure_transport", "--arn", "arn:aws:s3:::records"];

fn explain(folder: &Path, args: &[&str]) -> Output {
    safeguard(folder, &[&["policy", "explain"], args].concat())
}

/// With a policy on stdin.
fn explain_stdin(folder: &Path, input: &str, args: &[&str]) -> Output {
    let mut command = command(folder, &[&["policy", "explain", "-"], args].concat());
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("start the product");
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// An explanation that must be refused; what it says.
fn explain_refused(folder: &Path, args: &[&str]) -> String {
    let text = refused(folder, &[&["policy", "explain"], args].concat(), 2);
    assert!(text.contains("nothing was decided"), "{text}");
    text
}

fn json_of(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("no JSON: {}", stderr(output)))
}

#[test]
fn a_policy_with_a_hole_is_answered_no() {
    let folder = tempfile::tempdir().unwrap();
    let text = explain(folder.path(), &[&[ONE_RANGE], &TLS[..]].concat());
    assert_eq!(text.status.code(), Some(0), "{}", stderr(&text));
    assert!(stdout(&text).contains("Answer    no\n"), "{}", stdout(&text));
    assert!(stdout(&text).contains("Whether the policy denies everyone"), "{}", stdout(&text));
    let json = explain(folder.path(), &[&[ONE_RANGE, "--format", "json"], &TLS[..]].concat());
    let json = json_of(&json);
    assert_eq!((&json["question"], &json["answer"]), (&json!("denies_insecure_transport"), &json!("no")));
    assert!(json["witnesses"].is_array() && json["notes"].is_array(), "{json}");
}

#[test]
fn what_the_aws_cli_prints_can_be_piped_in() {
    let folder = tempfile::tempdir().unwrap();
    let mut policy: Value = serde_json::from_str(&fs::read_to_string(ONE_RANGE).unwrap()).unwrap();
    let open = json!({"Policy": policy.to_string()}).to_string();
    policy["Statement"][1]["Condition"].as_object_mut().unwrap().remove("IpAddress");
    let closed = json!({"Policy": policy.to_string()}).to_string();
    for (input, answer) in [(open, "no"), (closed, "yes"), ("null".to_owned(), "no")] {
        let output = explain_stdin(folder.path(), &input, &[&["--format", "json"], &TLS[..]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert_eq!(json_of(&output)["answer"], answer, "{input}");
    }
}

#[test]
fn policies_of_one_bearer_are_asked_about_together_and_under_a_boundary() {
    let folder = tempfile::tempdir().unwrap();
    let allow = |name: &str, action: &str| {
        let statement = json!([{"Effect": "Allow", "Action": action, "Resource": "*"}]);
        let policy = json!({"Version": "2012-10-17", "Statement": statement});
        fs::write(folder.path().join(name), policy.to_string()).unwrap();
    };
    allow("pass.json", "iam:PassRole");
    allow("run.json", "ec2:RunInstances");
    fs::write(folder.path().join("none.json"), "null").unwrap();
    let question = ["--question", "allows_privilege_escalation_together", "--format", "json"];
    let table: [(&[&str], &str); 5] = [
        (&["pass.json"], "no"),
        (&["pass.json", "run.json"], "yes"),
        (&["pass.json", "none.json", "run.json", "--boundary", "none.json"], "yes"),
        (&["pass.json", "run.json", "--boundary", "run.json"], "no"),
        (&["none.json"], "no"),
    ];
    for (files, answer) in table {
        let output = explain(folder.path(), &[files, &question].concat());
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert_eq!(json_of(&output)["answer"], answer, "{files:?}");
    }
    let piped = ["pass.json", "--boundary", "-", "--question", "allows_admin_together"];
    let text = explain_refused(folder.path(), &[&piped[..], &["-"]].concat());
    assert!(text.contains("stdin can be read only once"), "{text}");
    let text = explain_refused(folder.path(), &["--question", "allows_admin_together", "--boundary", "run.json"]);
    assert!(text.contains("`allows_admin_together` needs FILE..."), "{text}");
    let text = explain_refused(folder.path(), &["pass.json", "--question", "allows_admin", "--boundary", "run.json"]);
    assert!(text.contains("has no use for --boundary"), "{text}");
}

#[test]
fn services_without_a_source_act_for_anyone() {
    let folder = tempfile::tempdir().unwrap();
    let mut policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
        "Resource": "arn:aws:sqs:us-east-1:123456789012:jobs",
    }]});
    let args = ["--question", "services_act_for_known", "--account", "123456789012", "--format", "json"];
    assert_eq!(json_of(&explain_stdin(folder.path(), &policy.to_string(), &args))["answer"], "no");
    policy["Statement"][0]["Condition"] = json!({"StringEquals": {"aws:SourceAccount": "123456789012"}});
    assert_eq!(json_of(&explain_stdin(folder.path(), &policy.to_string(), &args))["answer"], "yes");
}

#[test]
fn an_unknown_answer_has_its_own_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let policy = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::records", "arn:aws:s3:::records/*"],
        "Condition": {"BoolButNewer": {"aws:SecureTransport": "false"}},
    }});
    let output = explain_stdin(folder.path(), &policy.to_string(), &TLS);
    assert_eq!(output.status.code(), Some(11), "{}{}", stdout(&output), stderr(&output));
    assert!(stdout(&output).contains("Answer    unknown\n"), "{}", stdout(&output));
}

#[test]
fn broken_json_is_refused_with_line_and_column() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("broken.json");
    fs::write(&file, "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [,]\n}\n").unwrap();
    let text = explain_refused(folder.path(), &[&["broken.json"], &TLS[..]].concat());
    assert!(text.contains("broken.json:3:17: not JSON: expected value"), "{text}");
    assert!(text.contains("  3 |   \"Statement\": [,]\n"), "{text}");
    let output = explain_stdin(folder.path(), "{", &TLS);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("stdin:1:1: not JSON: EOF"), "{}", stderr(&output));
    let text = explain_refused(folder.path(), &[&["missing.json"], &TLS[..]].concat());
    assert!(text.contains("missing.json cannot be read"), "{text}");
}

#[test]
fn what_is_no_policy_decides_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.json");
    fs::write(&file, r#"{"Statement": {"Effect": "Permit", "Action": "s3:*"}}"#).unwrap();
    let text = explain_refused(folder.path(), &["policy.json", "--question", "is_public"]);
    assert!(text.contains("policy.json cannot be read as a policy: "), "{text}");
    assert!(text.contains("Effect") && text.contains("help: "), "{text}");
}

#[test]
fn mistakes_in_the_flags_name_the_flag() {
    let folder = tempfile::tempdir().unwrap();
    let table: [(&[&str], &str); 9] = [
        (&[ONE_RANGE, "--question", "is_pubic"], "did you mean `is_public`?"),
        (&[ONE_RANGE], "--question is missing"),
        (&[ONE_RANGE, "--question", "denies_insecure_transport"], "`denies_insecure_transport` needs --arn"),
        (&[ONE_RANGE, "--question", "denies_tls_below"], "`denies_tls_below` needs --arn and --version"),
        (&["--question", "is_public"], "`is_public` needs FILE"),
        (&[ONE_RANGE, "--question", "is_public", "--account", "123456789012"], "has no use for --account"),
        (&[ONE_RANGE, ONE_RANGE, "--question", "is_public"], "2 files are given"),
        (&[ONE_RANGE, "--question", "startsWith"], "there is no question `startsWith`"),
        (&[ONE_RANGE, "--question", "\u{1b}[2J"], "there is no question `\\u{1b}[2J`"),
    ];
    for (args, hint) in table {
        let text = explain_refused(folder.path(), args);
        assert!(text.contains(hint), "{args:?}: {text}");
    }
    for (flag, value, hint) in [("--arn", "records", "arn:aws:s3:::"), ("--account", "12", "twelve digits")] {
        let text = refused(folder.path(), &["policy", "explain", ONE_RANGE, flag, value], 2);
        assert!(text.contains(hint), "{text}");
    }
}

#[test]
fn names_in_a_policy_cannot_steer_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let evil = "\u{1b}[2J\u{202e}\u{7}";
    let statement = |sid: &str, principal: &str| {
        json!({"Version": "2012-10-17", "Statement": {
            "Sid": sid, "Effect": "Allow", "Principal": {"AWS": principal}, "Action": "s3:*",
            "Resource": format!("arn:aws:s3:::records/{evil}*"), "Condition": {"StringLike": {"aws:UserAgent": evil}},
        }})
    };
    let policies = [statement(evil, "*"), statement("Fine", evil), json!({ evil: evil }), json!(evil)];
    for (policy, question) in
        policies.iter().flat_map(|policy| ["is_public", "allows_admin"].map(|name| (policy, name)))
    {
        for format in ["text", "json"] {
            let args = ["--question", question, "--format", format];
            let output = explain_stdin(folder.path(), &policy.to_string(), &args);
            for text in [stdout(&output), stderr(&output)] {
                assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{7}']), "{text:?}");
            }
        }
    }
}

#[test]
fn the_questions_are_listed_with_their_flags() {
    let folder = tempfile::tempdir().unwrap();
    for args in [&[][..], &["--question", "list"]] {
        let output = explain(folder.path(), args);
        assert!(output.status.success() && output.stderr.is_empty(), "{}", stderr(&output));
        assert!(
            stdout(&output).contains("  denies_tls_below FILE --arn ARN --version NUMBER\n"),
            "{}",
            stdout(&output)
        );
    }
    let list = json_of(&explain(folder.path(), &["--format", "json"]));
    let trusting = list.as_array().unwrap().iter().find(|one| one["question"] == "grants_only_to_known").unwrap();
    assert_eq!((&trusting["needs"], &trusting["takes"]), (&json!(["FILE", "--account"]), &json!(["--trusted"])));
}

#[test]
fn help_teaches_by_examples() {
    let folder = tempfile::tempdir().unwrap();
    let help = explain(folder.path(), &["--help"]);
    for words in
        ["aws s3api get-bucket-policy", "--question denies_insecure_transport", "Exit codes:", "11  the answer"]
    {
        assert!(stdout(&help).contains(words), "{words}");
    }
    assert!(stdout(&safeguard(folder.path(), &["policy", "--help"])).contains("explain"));
}
