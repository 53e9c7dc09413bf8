//! `safeguard permissions`: the IAM policy that the selected rules need, and why each action is in it.
//!
//! The policy goes to stdout and nothing else does, so that it can be redirected into a file for the AWS CLI or
//! Terraform. No account is asked.

use std::collections::BTreeSet;
use std::io::Write;

use clap::{Args, ValueEnum};
use serde::Serialize;
use textwrap::WordSplitter;

use super::RuleArgs;
use super::console::Console;
use super::rules::counted;
use super::stdout;
use crate::catalog::Catalog;
use crate::config::RegionName;
use crate::config::regions;
use crate::scan::paths::Paths;
use crate::scan::permissions::{MANAGED_POLICY_LIMIT, PermissionPolicy, Permissions};
use crate::scan::{self, PhiScope, Regions};
use crate::{Error, Result};

const EXAMPLES: &str = "\
Examples:
  safeguard permissions > policy.json
      The policy for all rules, as `aws iam create-policy --policy-document file://policy.json` takes it.
  safeguard permissions --select service:s3,service:kms
      Only what these rules need.
  safeguard permissions --region all --format terraform
      With the permission to ask which regions are enabled, for Terraform.
  safeguard permissions --explain
      Which operation each action is for, and which rules need that.
  safeguard permissions --select s3-bucket-tls-only --explain --format json
      The same for a program.

Actions are allowed on every resource (\"*\"): a scan looks at all that there are, those of tomorrow too, and most lists know
no smaller unit. All are read-only, except that IAM is asked to write its own credential report. sts:GetCallerIdentity is
called, too; it needs no permission. A PHI scope by tags in the config file adds what reads tags.

Exit codes:
   0  written
   2  a flag, the config file or a rule is wrong";

/// The name that Terraform has for a managed policy.
const TERRAFORM_TYPE: &str = "aws_iam_policy";

/// Which rules, and how to write what they need.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct PermissionsArgs {
    #[command(flatten)]
    rules: RuleArgs,
    /// The regions that will be read: `all` needs one more permission
    #[arg(long = "region", value_name = "REGION", value_delimiter = ',')]
    regions: Vec<RegionName>,
    /// Say which operation each action is for, and which rules need that
    #[arg(long)]
    explain: bool,
    /// How to write it [default: json, and text with --explain]
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<PermissionsFormat>,
}

/// How permissions are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PermissionsFormat {
    /// A policy document, or a list of them where one would be too large.
    Json,
    /// `aws_iam_policy` resources.
    Terraform,
    /// For people; only with `--explain`.
    Text,
}

/// The reason why an action is in the policy.
#[derive(Debug, Serialize)]
struct ActionReason<'a> {
    action: &'a str,
    operations: Vec<ActionPurpose>,
    /// The rules that read what these operations give.
    rules: Vec<&'a str>,
    /// The rules among them that may be unknown without it.
    undecided_without: Vec<&'a str>,
}

#[derive(Debug, Serialize)]
struct ActionPurpose {
    operation: String,
    gives: Vec<String>,
}

/// Writes the permissions of the selected rules.
pub(super) fn run(args: &PermissionsArgs, console: &Console, out: &mut dyn Write) -> Result<()> {
    let config = args.rules.config()?;
    args.rules.prints(&config, Paths::default())?;
    let (kinds, catalog) = (scan::kinds(), Catalog::builtin()?);
    let dirs = args.rules.rule_dirs(&config);
    let rules = scan::load_rules(&kinds, &catalog, &dirs, &config.params)?.select(&args.rules.selection(&config))?;
    let named = if args.regions.is_empty() { &config.regions } else { &args.regions };
    let all_regions = regions(named)? == Regions::All;
    let phi_scope = PhiScope::from(config.phi_scope);
    let permissions = Permissions { rules: &rules, kinds: &kinds, phi_scope: &phi_scope, all_regions };
    let text = match (args.explain, args.format) {
        (false, None | Some(PermissionsFormat::Json)) => as_json(&permissions.policies(), console)?,
        (false, Some(PermissionsFormat::Terraform)) => as_terraform(&permissions.policies())?,
        (true, None | Some(PermissionsFormat::Text)) => in_words(&reasons(&permissions), console.width),
        (true, Some(PermissionsFormat::Json)) => pretty(&reasons(&permissions))?,
        (false, Some(PermissionsFormat::Text)) => {
            return Err(Error::usage("a policy cannot be written as text").help("add --explain, or leave --format out"));
        }
        (true, Some(PermissionsFormat::Terraform)) => {
            return Err(Error::usage("--explain cannot be written for Terraform")
                .help("use `--format json` or `--format text`"));
        }
    };
    out.write_all(text.as_bytes()).map_err(|error| stdout::failed(&error))
}

fn as_json(policies: &[PermissionPolicy], console: &Console) -> Result<String> {
    match policies {
        [policy] => pretty(policy),
        policies => {
            console.note(&format!(
                "{} policies, because AWS takes no more than {MANAGED_POLICY_LIMIT} characters in one: attach all of them",
                policies.len()
            ));
            pretty(&policies)
        }
    }
}

fn as_terraform(policies: &[PermissionPolicy]) -> Result<String> {
    let mut blocks = Vec::new();
    for (at, policy) in policies.iter().enumerate() {
        let number = if policies.len() == 1 { String::new() } else { format!("_{}", at + 1) };
        let document = pretty(policy)?.trim_end().replace('\n', "\n    ");
        blocks.push(format!(
            "resource \"{TERRAFORM_TYPE}\" \"safeguard{number}\" {{\n  name        = \"safeguard{}\"\n  description = \"What a \
             Safeguard scan reads\"\n  policy      = <<-JSON\n    {document}\n  JSON\n}}\n",
            number.replace('_', "-")
        ));
    }
    Ok(blocks.join("\n"))
}

fn reasons<'a>(permissions: &Permissions<'a>) -> Vec<ActionReason<'a>> {
    let mut reasons = Vec::new();
    for (action, operations) in permissions.actions() {
        let mut purposes: Vec<ActionPurpose> = Vec::new();
        for operation in &operations {
            let name = format!("{}:{}", operation.service, operation.name);
            let lists = operation.populations().into_iter().map(|kind| format!("the list of {kind}"));
            let gives: Vec<String> = lists.chain(operation.fact_names()).collect();
            match purposes.iter_mut().find(|purpose| purpose.operation == name) {
                Some(purpose) => purpose.gives.extend(gives),
                None => purposes.push(ActionPurpose { operation: name, gives }),
            }
        }
        for purpose in &mut purposes {
            purpose.gives =
                std::mem::take(&mut purpose.gives).into_iter().collect::<BTreeSet<_>>().into_iter().collect();
        }
        reasons.push(ActionReason {
            action,
            operations: purposes,
            rules: permissions.rules_served_by(&operations).into_iter().collect(),
            undecided_without: permissions.undecided_without(&operations).into_iter().collect(),
        });
    }
    reasons
}

fn in_words(reasons: &[ActionReason<'_>], width: usize) -> String {
    let mut text = String::new();
    for reason in reasons {
        text += reason.action;
        text.push('\n');
        for purpose in &reason.operations {
            text += &hanging(&format!("  {} gives ", purpose.operation), &purpose.gives.join(", "), width);
        }
        if reason.rules.is_empty() {
            text += "  no rule: it tells which resources hold PHI, or which regions there are\n";
        } else {
            let head = format!("  read by {}: ", counted(reason.rules.len(), "rule"));
            text += &hanging(&head, &reason.rules.join(", "), width);
        }
        let milder = reason.rules.iter().filter(|rule| !reason.undecided_without.contains(rule)).count();
        if milder > 0 {
            text += &format!(
                "  verdicts that do not hang on it: those of {} (it tells details)\n",
                counted(milder, "rule")
            );
        }
        text.push('\n');
    }
    text + "All actions are needed on every resource; sts:GetCallerIdentity is called, too, and needs no permission.\n"
}

fn hanging(head: &str, rest: &str, width: usize) -> String {
    // Ids of rules stay in one piece.
    let options =
        textwrap::Options::new(width.max(40)).subsequent_indent("      ").word_splitter(WordSplitter::NoHyphenation);
    let text = format!("{head}{rest}");
    textwrap::wrap(&text, options).join("\n") + "\n"
}

fn pretty(value: &impl Serialize) -> Result<String> {
    serde_json::to_string_pretty(value)
        .map(|text| text + "\n")
        .map_err(|error| Error::failed(format!("cannot write JSON: {error}")))
}
