//! `safeguard completions`: scripts that complete commands, flags and rule ids in a shell.

use std::io::Write;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, Command};
use clap_complete::Shell;

use super::stdout;
use crate::Result;
use crate::model::Severity;
use crate::rule::RuleSet;

const EXAMPLES: &str = "\
Examples:
  safeguard completions bash > ~/.local/share/bash-completion/completions/safeguard
      For bash, in every new shell.
  safeguard completions zsh > ~/.zfunc/_safeguard
      For zsh; ~/.zfunc must be in fpath before compinit runs.
  safeguard completions fish > ~/.config/fish/completions/safeguard.fish
      For fish.
  safeguard completions powershell >> $PROFILE
      For PowerShell.";

/// For which shell.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Writes the script.
pub(super) fn run(args: &CompletionsArgs, command: Command, rules: &RuleSet, out: &mut dyn Write) -> Result<()> {
    let mut command = with_rules(command, &ids(rules), &patterns(rules));
    // The generator panics when it cannot write, so it writes where it can.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "safeguard", &mut script);
    out.write_all(&script).map_err(|error| stdout::failed(&error))
}

fn ids(rules: &RuleSet) -> Vec<PossibleValue> {
    rules.iter().map(|rule| PossibleValue::new(rule.id.clone()).help(rule.title.clone())).collect()
}

/// Ids first, then the patterns of which there are few.
fn patterns(rules: &RuleSet) -> Vec<PossibleValue> {
    let services: std::collections::BTreeSet<&str> = rules.iter().map(|rule| rule.service.as_str()).collect();
    let services = services.into_iter().map(|service| format!("service:{service}"));
    let severities = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low];
    let severities = severities.iter().map(|severity| format!("severity:{}", severity.as_str()));
    let frameworks = ["hipaa", "soc2"].map(|framework| format!("framework:{framework}"));
    ids(rules).into_iter().chain(services.chain(severities).chain(frameworks).map(PossibleValue::new)).collect()
}

/// The command with rule ids where it takes them. For completion only: there, patterns may be anything.
fn with_rules(command: Command, ids: &[PossibleValue], patterns: &[PossibleValue]) -> Command {
    let command = command.mut_args(|arg| match (arg.get_id().as_str(), arg.get_long()) {
        ("select" | "skip", Some(_)) | ("patterns", None) => {
            arg.value_parser(PossibleValuesParser::new(patterns.to_vec())).hide_possible_values(true)
        }
        ("rule", None) => arg.value_parser(PossibleValuesParser::new(ids.to_vec())).hide_possible_values(true),
        _ => arg,
    });
    command.mut_subcommands(|inner| with_rules(inner, ids, patterns))
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, ValueEnum};

    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn every_shell_completes_commands_flags_and_rules() {
        let rules = RuleSet::builtin(&crate::scan::kinds(), &Catalog::builtin().unwrap()).unwrap();
        for shell in Shell::value_variants() {
            let mut script = Vec::new();
            run(&CompletionsArgs { shell: *shell }, super::super::Cli::command(), &rules, &mut script).unwrap();
            let script = String::from_utf8(script).unwrap();
            assert!(script.contains("preflight") && script.contains("fail-on"), "{shell}");
            // The generators for elvish and PowerShell complete no values.
            if matches!(shell, Shell::Bash | Shell::Zsh | Shell::Fish) {
                assert!(script.contains("s3-bucket-tls-only") && script.contains("severity"), "{shell}");
            }
        }
    }
}
