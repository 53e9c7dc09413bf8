//! `safeguard preflight`: before a scan, which rules these credentials leave undecided, and what would decide them.

use std::io::Write;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use textwrap::WordSplitter;

use super::RuleArgs;
use super::console::{CommandFailure, Console};
use super::exit::ScanOutcome;
use super::progress::ProgressLine;
use super::reach::ReachArgs;
use super::rules::counted;
use super::runtime::complete;
use super::stdout;
use crate::Result;
use crate::catalog::Catalog;
use crate::output::text::escape;
use crate::scan::paths::Paths;
use crate::scan::permissions::Permissions;
use crate::scan::preflight::{Method, Permission, PermissionState, Preflight, preflight};
use crate::scan::{self, PhiScope, Regions};

const NOTHING_FOUND: &str = "nothing was found out: this run says nothing about the permissions, neither good nor bad";

const EXAMPLES: &str = "\
Examples:
  safeguard preflight --profile audit
      Would a scan with this profile read everything? If not: which rules stay open, and what is missing?
  safeguard preflight --role-arn arn:aws:iam::123456789012:role/Audit --region all
      The same through a role, for every region.
  safeguard preflight --select service:s3 --format json
      Only for the rules on S3, for a program.
  safeguard preflight --try
      Do not ask IAM: read one region and count what AWS denies.

IAM is asked what it would allow (iam:SimulatePrincipalPolicy; iam:GetRole finds the path of a role). Where it may not or
cannot be asked, one region is read as a scan reads it, without judging. The answer says which of the two it was, and what
that does not see.

Exit codes:
   0  every permission is there, as far as could be seen
   1  it could not be found out: nothing is claimed
   2  a flag, the config file or a rule is wrong
  11  something is denied or could not be found out: a scan would be incomplete";

/// Whose credentials, for which rules.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct PreflightArgs {
    #[command(flatten)]
    reach: ReachArgs,
    #[command(flatten)]
    rules: RuleArgs,
    #[command(flatten)]
    answer: AnswerArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Answer")]
struct AnswerArgs {
    /// Read one region instead of asking IAM
    #[arg(long = "try")]
    try_anyway: bool,
    /// How to write the answer
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = PreflightFormat::Terminal)]
    format: PreflightFormat,
}

/// How the answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PreflightFormat {
    /// For people.
    Terminal,
    /// One JSON document.
    Json,
}

/// Finds out and writes it; the exit code says whether every permission is there.
pub(super) fn run(args: &PreflightArgs, console: &Console) -> Result<ExitCode, CommandFailure> {
    let found = find_out(args, console).map_err(|error| CommandFailure { error, note: Some(NOTHING_FOUND) })?;
    let mut out = stdout::open();
    let written = match args.answer.format {
        PreflightFormat::Terminal => out.write_all(in_words(&found, console.width).as_bytes()),
        PreflightFormat::Json => crate::output::json::write_value(&found, &mut out),
    };
    written.and_then(|()| out.flush()).map_err(|error| stdout::failed(&error))?;
    let outcome = if found.is_complete() { ScanOutcome::Clean } else { ScanOutcome::Incomplete };
    Ok(outcome.into())
}

fn find_out(args: &PreflightArgs, console: &Console) -> Result<Preflight> {
    let config = args.rules.config()?;
    let mut paths = Paths::default();
    paths.reads_settings_of_aws();
    args.rules.prints(&config, paths)?;
    let (kinds, catalog) = (scan::kinds(), Catalog::builtin()?);
    let dirs = args.rules.rule_dirs(&config);
    let rules = scan::load_rules(&kinds, &catalog, &dirs, &config.params)?.select(&args.rules.selection(&config))?;
    let live = args.reach.live(&config.regions)?;
    let phi_scope = PhiScope::from(config.phi_scope);
    let permissions =
        Permissions { rules: &rules, kinds: &kinds, phi_scope: &phi_scope, all_regions: live.regions == Regions::All };
    let progress = ProgressLine::new(console);
    complete(preflight(&live, &permissions, args.answer.try_anyway, &progress), true)
}

fn in_words(found: &Preflight, width: usize) -> String {
    let mut text = format!("Preflight of account {} as {}\n", escape(&found.account), escape(&found.caller));
    text += &wrapped("", &how(found), width);
    let of = |state| found.permissions.iter().filter(move |permission| permission.state == state);
    for (state, title) in [
        (PermissionState::Denied, "Denied"),
        (PermissionState::NotKnown, "Not known"),
        (PermissionState::NotNeeded, "Not tried: nothing to ask about"),
    ] {
        if of(state).next().is_some() {
            text += &format!("\n{title}\n");
        }
        if state == PermissionState::NotNeeded {
            let actions: Vec<&str> = of(state).map(|permission| permission.action.as_str()).collect();
            text += &wrapped("  ", &actions.join(", "), width);
        } else {
            of(state).for_each(|permission| text += &one(permission, width));
        }
    }
    text.push('\n');
    text += &wrapped("", &result(found), width);
    text + &wrapped("", &format!("Bear in mind: {}.", found.not_seen), width)
}

fn how(found: &Preflight) -> String {
    match (found.method, &found.not_simulated) {
        (Method::Simulated, _) => "IAM was asked what it would allow.".to_owned(),
        (Method::Tried, None) => "One region was read; what AWS denied there is counted.".to_owned(),
        (Method::Tried, Some(reason)) => {
            format!("IAM was not asked ({}), so one region was read; what AWS denied there is counted.", escape(reason))
        }
    }
}

fn one(permission: &Permission, width: usize) -> String {
    let reason = permission.reason.as_deref().map(escape).unwrap_or_default();
    let mut text = wrapped("  ", &format!("{}: {reason}", permission.action), width);
    text += &match permission.rules.as_slice() {
        [] => "      no verdict hangs on it; messages and severities may lack detail\n".to_owned(),
        rules => wrapped("      ", &format!("may leave unknown: {}", rules.join(", ")), width),
    };
    text
}

fn result(found: &Preflight) -> String {
    let rules = counted(found.rule_count, "selected rule");
    let count = |state| found.permissions.iter().filter(|permission| permission.state == state).count();
    let missing = count(PermissionState::Denied) + count(PermissionState::NotKnown);
    if missing == 0 {
        return format!("Every permission is there: {rules} can be decided as far as permissions go.");
    }
    format!(
        "{} of {rules} may be unknown: {} of {} denied or not known. `safeguard permissions` prints the whole policy.",
        found.undecided.len(),
        missing,
        counted(found.permissions.len(), "permission")
    )
}

fn wrapped(indent: &str, text: &str, width: usize) -> String {
    if text.is_empty() {
        return String::new();
    }
    let further = format!("{indent}  ");
    let further = if indent.is_empty() { "" } else { further.as_str() };
    let options = textwrap::Options::new(width.max(40)).initial_indent(indent).subsequent_indent(further);
    // Ids of rules stay in one piece.
    let options = options.word_splitter(WordSplitter::NoHyphenation);
    textwrap::wrap(text, options).join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::preflight::{NOT_SEEN_BY_TRYING, Undecided};

    fn permission(action: &str, state: PermissionState, reason: &str, rules: &[&str]) -> Permission {
        Permission {
            action: action.to_owned(),
            state,
            reason: (!reason.is_empty()).then(|| reason.to_owned()),
            operations: Vec::new(),
            rules: rules.iter().map(|&rule| rule.to_owned()).collect(),
        }
    }

    fn found(permissions: Vec<Permission>) -> Preflight {
        Preflight {
            account: "123456789012".parse().unwrap(),
            caller: "arn:aws:iam::123456789012:user/auditor".to_owned(),
            method: Method::Tried,
            not_simulated: Some("iam:SimulatePrincipalPolicy access denied: AccessDenied".to_owned()),
            not_seen: NOT_SEEN_BY_TRYING,
            rule_count: 3,
            undecided: vec![Undecided { rule: "s3-a".to_owned(), actions: vec!["s3:A".to_owned()] }],
            permissions,
        }
    }

    #[test]
    fn what_is_missing_stands_with_its_rules() {
        let text = in_words(
            &found(vec![
                permission("kms:B", PermissionState::NotKnown, "timed out (Timeout)", &[]),
                permission("rds:C", PermissionState::NotNeeded, "there was nothing to ask about", &["rds-c"]),
                permission("s3:A", PermissionState::Denied, "access denied (AccessDenied)", &["s3-a"]),
                permission("s3:D", PermissionState::Allowed, "", &["s3-a"]),
            ]),
            80,
        );
        insta::assert_snapshot!(text);
    }

    #[test]
    fn nothing_missing_is_said_plainly() {
        let found = found(vec![permission("s3:D", PermissionState::Allowed, "", &["s3-a"])]);
        assert!(found.is_complete());
        assert!(in_words(&found, 80).contains("Every permission is there: 3 selected rules can be decided"));
    }
}
