//! `SAFEGUARD_*` variables, completions and manual pages, as a user's shell meets them.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use crate::cli::{command, refused, safeguard, stderr, stdout};

#[test]
fn a_flag_outranks_the_variable_and_the_variable_the_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("safeguard.yaml"), "fail_on: never\nallow_incomplete: true\n").unwrap();
    let code = |flags: &[&str], variable: Option<&str>| {
        let mut command = command(folder.path(), &[&["scan", "--demo", "--format", "json"], flags].concat());
        if let Some(value) = variable {
            command.env("SAFEGUARD_FAIL_ON", value);
        }
        command.output().unwrap().status.code()
    };
    assert_eq!(code(&[], None), Some(0), "the file");
    assert_eq!(code(&[], Some("low")), Some(10), "the variable");
    assert_eq!(code(&["--fail-on", "never"], Some("low")), Some(0), "the flag");
    assert_eq!(code(&[], Some("")), Some(0), "an empty variable is as good as none");
}

#[test]
fn a_bad_value_is_refused_with_the_name_of_its_variable() {
    let folder = tempfile::tempdir().unwrap();
    for (variable, value) in
        [("SAFEGUARD_FAIL_ON", "hihg"), ("SAFEGUARD_DEMO", "perhaps"), ("SAFEGUARD_REGION", "useast1")]
    {
        let output = command(folder.path(), &["scan"]).env(variable, value).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{variable}: {}", stderr(&output));
        assert!(stderr(&output).contains(variable), "{variable}: {}", stderr(&output));
    }
    let output = command(folder.path(), &["scan", "--demo"]).env("SAFEGUARD_SELECT", "s4-*").output().unwrap();
    assert!(stderr(&output).contains("SAFEGUARD_SELECT") && output.status.code() == Some(2), "{}", stderr(&output));
}

#[test]
fn variables_of_an_account_do_not_stand_in_the_way_of_the_sample() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = command(folder.path(), &["scan", "--demo"]);
    let command = command.env("SAFEGUARD_PROFILE", "prod").env("SAFEGUARD_FORMAT", "json").env("SAFEGUARD_FAILON", "x");
    let output = command.output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["scan"]["source"], "demo");
    assert!(stderr(&output).contains("did you mean SAFEGUARD_FAIL_ON?"), "{}", stderr(&output));
}

#[test]
fn the_completions_for_bash_are_bash() {
    let folder = tempfile::tempdir().unwrap();
    let output = safeguard(folder.path(), &["completions", "bash"]);
    assert!(output.status.success() && output.stderr.is_empty());
    assert!(stdout(&output).contains("s3-bucket-tls-only"));
    let file = folder.path().join("safeguard.bash");
    fs::write(&file, &output.stdout).unwrap();
    // A machine without bash has no use for them either.
    let Ok(checked) = Command::new("bash").arg("-n").arg(&file).output() else { return };
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
}

#[test]
fn manual_pages_are_formatted_without_a_complaint() {
    let folder = tempfile::tempdir().unwrap();
    for words in [&["man"][..], &["man", "scan"], &["man", "rules", "docs"]] {
        let page = safeguard(folder.path(), words);
        assert!(page.status.success() && stdout(&page).contains(".SH EXAMPLES"), "{words:?}: {}", stderr(&page));
        let groff = ["-man", "-Tutf8", "-ww", "-P-cbou"];
        let started = Command::new("groff")
            .args(groff)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        // Where there is no groff, what the page says is tested beside its source.
        let Ok(mut child) = started else { continue };
        child.stdin.take().unwrap().write_all(&page.stdout).unwrap();
        let formatted = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&formatted.stderr), "", "{words:?}");
        assert!(String::from_utf8_lossy(&formatted.stdout).contains("EXIT STATUS"), "{words:?}");
    }
    let text = refused(folder.path(), &["man", "scna"], 2);
    assert!(text.contains("did you mean `scan`?"), "{text}");
}

#[test]
fn pages_for_ones_own_rules_are_written_and_compared() {
    let folder = tempfile::tempdir().unwrap();
    let made = safeguard(folder.path(), &["rules", "new", "acme-shelf", "--kind", "AWS::S3::Bucket", "--dir", "mine"]);
    assert!(made.status.success(), "{}", stderr(&made));
    let rule = folder.path().join("mine/s3/acme-shelf.yaml");
    let text = fs::read_to_string(&rule).unwrap().replace("soc2: []", "soc2: [CC6.1]");
    let hostile = "why: \"<script>alert(1)</script> | [x](javascript:alert(1)) `y`\"";
    let why = text.lines().find(|line| line.starts_with("why:")).unwrap();
    fs::write(&rule, text.replace(why, hostile)).unwrap();
    let docs = ["rules", "docs", "acme-*", "--rules", "mine", "--dir", "pages"];
    let written = safeguard(folder.path(), &docs);
    assert_eq!(stdout(&written), "2 pages in pages written\n", "{}", stderr(&written));
    let page = fs::read_to_string(folder.path().join("pages/acme-shelf.md")).unwrap();
    assert!(page.contains(r"\<script>alert(1)\</script> \| \[x\](javascript:alert(1)) \`y\`"), "{page}");
    assert!(page.contains("s3:ListAllMyBuckets") && page.contains("| unknown |"), "{page}");
    let check = [&docs[..], &["--check"]].concat();
    assert!(safeguard(folder.path(), &check).status.success());
    fs::write(&rule, fs::read_to_string(&rule).unwrap().replace("severity: medium", "severity: low")).unwrap();
    let text = refused(folder.path(), &check, 2);
    assert!(text.contains("pages/acme-shelf.md differs") && text.contains("safeguard rules docs"), "{text}");
}
