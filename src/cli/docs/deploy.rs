//! The policy in the templates of `deploy/`: written between two markers, so that what is deployed allows what a scan
//! reads, no more and no less, and a build in which they differ fails.
//!
//! The rest of a template is written by people and stays as it is. The policy is JSON, which YAML takes as it is.

use std::path::{Path, PathBuf};

use super::pretty;
use crate::scan::permissions::{MANAGED_POLICY_LIMIT, PermissionPolicy};
use crate::{Error, Result};

const BEGIN: &str = "# begin generated: scan policy";
const END: &str = "# end generated";

/// Every template in the folder that has the markers, as it should be.
///
/// # Errors
/// When the folder or a template cannot be read, markers do not come in pairs, or one policy is not enough.
pub(super) fn templates(dir: &Path, policies: &[PermissionPolicy]) -> Result<Vec<(PathBuf, String)>> {
    let mut files = Vec::new();
    let entries = std::fs::read_dir(dir).map_err(|error| unreadable(dir, &error))?;
    for entry in entries {
        let path = entry.map_err(|error| unreadable(dir, &error))?.path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let text = std::fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
        if text.lines().any(|line| [BEGIN, END].contains(&line.trim())) {
            let name = path.file_name().map(PathBuf::from).unwrap_or_default();
            files.push((name, filled(&text, policies, &path)?));
        }
    }
    files.sort();
    Ok(files)
}

/// The template with the policy between its markers, as far to the right as they are.
fn filled(text: &str, policies: &[PermissionPolicy], path: &Path) -> Result<String> {
    let [policy] = policies else {
        let message = format!("{} has room for one policy, and a scan needs {}", path.display(), policies.len());
        let help = format!("a managed policy takes {MANAGED_POLICY_LIMIT} characters: give the template one for each");
        return Err(Error::failed(message).help(help));
    };
    let (mut whole, mut is_inside) = (String::new(), false);
    for (at, line) in text.lines().enumerate() {
        let is_wrong = match line.trim() {
            BEGIN => std::mem::replace(&mut is_inside, true),
            END => !std::mem::replace(&mut is_inside, false),
            _ if is_inside => continue,
            _ => false,
        };
        if is_wrong {
            return Err(unpaired(path, at + 1));
        }
        whole += &format!("{line}\n");
        if is_inside {
            let indent = &line[..line.len() - line.trim_start().len()];
            pretty(policy)?.lines().for_each(|line| whole += &format!("{indent}{line}\n"));
        }
    }
    if is_inside { Err(unpaired(path, text.lines().count())) } else { Ok(whole) }
}

fn unpaired(path: &Path, line: usize) -> Error {
    Error::usage(format!("{}, line {line}: the markers of generated text do not come in pairs", path.display()))
        .help(format!("put `{BEGIN}` before the policy and `{END}` behind it"))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::usage(format!("cannot read {}: {error}", path.display()))
        .help("name the folder of deployment templates with --deploy")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::permissions::policies;

    const TEMPLATE: &str = "Policy:\n  # begin generated: scan policy\n  old\n  # end generated\nRest: 1\n";

    fn fill(text: &str, limit: usize) -> Result<String> {
        filled(text, &policies(["s3:GetBucketPolicy", "iam:ListUsers"], limit), Path::new("x.yaml"))
    }

    #[test]
    fn the_policy_stands_between_the_markers_and_the_rest_stays() {
        let whole = fill(TEMPLATE, MANAGED_POLICY_LIMIT).unwrap();
        assert!(whole.starts_with("Policy:\n  # begin generated: scan policy\n  {\n    \"Version\""), "{whole}");
        assert!(whole.ends_with("  }\n  # end generated\nRest: 1\n") && !whole.contains("old"), "{whole}");
        assert_eq!(fill(&whole, MANAGED_POLICY_LIMIT).unwrap(), whole, "again is the same");
    }

    #[test]
    fn what_cannot_be_filled_is_refused() {
        let several = fill(TEMPLATE, 120).unwrap_err();
        assert!(several.message.contains("one policy, and a scan needs 2"), "{}", several.message);
        for (text, line) in [
            (TEMPLATE.replace(END, ""), "line 5"),
            (TEMPLATE.replace(BEGIN, ""), "line 4"),
            (TEMPLATE.replace("old", BEGIN), "line 3"),
        ] {
            let error = fill(&text, MANAGED_POLICY_LIMIT).unwrap_err();
            assert!(error.message.contains(line), "{}", error.message);
        }
    }
}
