//! The policies in the templates of `deploy/`: written between two markers, so that what is deployed allows what a scan
//! reads, no more and no less, and a build in which they differ fails.
//!
//! The rest of a template is written by people and stays as it is. Each policy is a resource of its own, because AWS limits
//! the size of one. Its document is JSON, which YAML takes as it is.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::pretty;
use crate::scan::permissions::PermissionPolicy;
use crate::{Error, Result};

/// The name of the role that the policies are for stands behind it.
const BEGIN: &str = "# begin generated: scan policies of ";
const END: &str = "# end generated";

/// The most managed policies that a role takes unless AWS has raised its quota.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
const POLICIES_OF_A_ROLE: usize = 10;
/// The policies that the templates give a role beside those of the scan.
const OTHER_POLICIES: usize = 3;

/// Every template in the folder that has the markers, as it should be.
///
/// # Errors
/// When the folder or a template cannot be read, markers do not come in pairs, or a role cannot take so many policies.
pub(super) fn templates(dir: &Path, policies: &[PermissionPolicy]) -> Result<Vec<(PathBuf, String)>> {
    if policies.len() + OTHER_POLICIES > POLICIES_OF_A_ROLE {
        let message = format!("a scan needs {} policies, and a role takes {POLICIES_OF_A_ROLE} in all", policies.len());
        return Err(Error::failed(message).help("give the templates a second role, or read fewer services"));
    }
    let mut files = Vec::new();
    let entries = std::fs::read_dir(dir).map_err(|error| unreadable(dir, &error))?;
    for entry in entries {
        let path = entry.map_err(|error| unreadable(dir, &error))?.path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let text = std::fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
        if text.lines().any(|line| line.trim().starts_with(BEGIN) || line.trim() == END) {
            let name = path.file_name().map(PathBuf::from).unwrap_or_default();
            files.push((name, filled(&text, policies, &path)?));
        }
    }
    files.sort();
    Ok(files)
}

/// The template with the policies between its markers, as far to the right as they are.
fn filled(text: &str, policies: &[PermissionPolicy], path: &Path) -> Result<String> {
    let (mut whole, mut is_inside) = (String::new(), false);
    for (at, line) in text.lines().enumerate() {
        let begins = line.trim().strip_prefix(BEGIN);
        let is_wrong = match (begins, line.trim()) {
            (Some(_), _) => std::mem::replace(&mut is_inside, true),
            (_, END) => !std::mem::replace(&mut is_inside, false),
            _ if is_inside => continue,
            _ => false,
        };
        if is_wrong {
            return Err(unpaired(path, at + 1));
        }
        whole += &format!("{line}\n");
        if let Some(role) = begins {
            let indent = &line[..line.len() - line.trim_start().len()];
            resources(policies, role)?.lines().for_each(|line| match line {
                "" => whole.push('\n'),
                line => whole += &format!("{indent}{line}\n"),
            });
        }
    }
    if is_inside { Err(unpaired(path, text.lines().count())) } else { Ok(whole) }
}

/// A resource for each policy. What depends on the first depends on all: the first waits for the others.
fn resources(policies: &[PermissionPolicy], role: &str) -> Result<String> {
    let name = |number: usize| if number == 1 { "ScanPolicy".to_owned() } else { format!("ScanPolicy{number}") };
    let mut text = String::new();
    for (number, policy) in (1..).zip(policies) {
        let part = if policies.len() == 1 { String::new() } else { format!(", {number} of {}", policies.len()) };
        let separator = if number == 1 { "" } else { "\n" };
        let others: Vec<String> = (2..=policies.len()).map(name).collect();
        let waits = match number == 1 && !others.is_empty() {
            true => format!("  DependsOn: [{}]\n", others.join(", ")),
            false => String::new(),
        };
        let document = pretty(policy)?.trim_end().replace('\n', "\n      ");
        let _ = writeln!(
            text,
            "{separator}{}:\n  Type: AWS::IAM::ManagedPolicy\n{waits}  Properties:\n    Description: What a scan with all \
             built-in rules reads{part}\n    Roles: [!Ref {role}]\n    PolicyDocument:\n      {document}",
            name(number)
        );
    }
    Ok(text)
}

fn unpaired(path: &Path, line: usize) -> Error {
    Error::usage(format!("{}, line {line}: the markers of generated text do not come in pairs", path.display()))
        .help(format!("put `{BEGIN}ROLE` before the policies and `{END}` behind them"))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::usage(format!("cannot read {}: {error}", path.display()))
        .help("name the folder of deployment templates with --deploy")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::permissions::{MANAGED_POLICY_LIMIT, policies};

    const TEMPLATE: &str =
        "Resources:\n  # begin generated: scan policies of Reader\n  old\n  # end generated\nRest: 1\n";

    fn fill(text: &str, limit: usize) -> Result<String> {
        filled(text, &policies(["s3:GetBucketPolicy", "iam:ListUsers"], limit), Path::new("x.yaml"))
    }

    #[test]
    fn the_policies_stand_between_the_markers_and_the_rest_stays() {
        let one = fill(TEMPLATE, MANAGED_POLICY_LIMIT).unwrap();
        assert!(one.contains("\n  ScanPolicy:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n"), "{one}");
        assert!(
            one.contains("    Roles: [!Ref Reader]\n      PolicyDocument:\n        {\n          \"Version\""),
            "{one}"
        );
        assert!(one.ends_with("        }\n  # end generated\nRest: 1\n") && !one.contains("old"), "{one}");
        assert_eq!(fill(&one, MANAGED_POLICY_LIMIT).unwrap(), one, "again is the same");
        let two = fill(&one, 120).unwrap();
        assert!(
            two.contains("  ScanPolicy:\n    Type: AWS::IAM::ManagedPolicy\n    DependsOn: [ScanPolicy2]\n"),
            "{two}"
        );
        assert!(two.contains("\n\n  ScanPolicy2:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n"), "{two}");
        assert!(two.contains("rules reads, 1 of 2\n") && two.contains("rules reads, 2 of 2\n"), "{two}");
    }

    #[test]
    fn what_cannot_be_filled_is_refused() {
        for (text, line) in [
            (TEMPLATE.replace(END, ""), "line 5"),
            (TEMPLATE.replace("# begin", "#"), "line 4"),
            (TEMPLATE.replace("old", &format!("{BEGIN}Other")), "line 3"),
        ] {
            let error = fill(&text, MANAGED_POLICY_LIMIT).unwrap_err();
            assert!(error.message.contains(line), "{}", error.message);
        }
        let many: Vec<String> = (0..8).map(|number| format!("service{number}:DescribeThings")).collect();
        let many = policies(many.iter().map(String::as_str), 120);
        let error = templates(Path::new("deploy"), &many).unwrap_err();
        assert!(error.message.contains("8 policies") && error.message.contains("10 in all"), "{}", error.message);
    }
}
