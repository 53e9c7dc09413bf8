//! Help that teaches must not rot: every command has examples, and every command line that help or README show parses.

use clap::{CommandFactory, Parser};

use super::Cli;

const README: &str = include_str!("../../README.md");

#[test]
fn every_command_teaches_by_examples() {
    let mut without = Vec::new();
    visit(&described(), &mut |command| {
        let help = command.clone().render_long_help().to_string();
        if !command.is_hide_set() && commands_in(&help).is_empty() {
            without.push(command.get_name().to_owned());
        }
    });
    assert!(without.is_empty(), "no example in the help of {without:?}");
}

#[test]
fn every_example_in_the_help_parses() {
    let mut count = 0;
    visit(&described(), &mut |command| {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        for line in commands_in(&help) {
            assert_parses(&line);
            count += 1;
        }
    });
    assert!(count > 40, "{count}");
}

#[test]
fn every_command_line_in_the_readme_parses() {
    let readme = with_lines_joined(README);
    let shown = readme.lines().filter_map(|line| line.strip_prefix("$ "));
    let spans = readme.split('`').skip(1).step_by(2).filter(|span| span.starts_with("safeguard "));
    let lines: Vec<&str> = shown.chain(spans).filter(|line| line.contains("safeguard ")).collect();
    assert!(lines.len() > 10, "{lines:?}");
    for line in lines {
        for command in commands_in(&format!("  {line}")) {
            assert_parses(&command);
        }
    }
}

#[test]
fn a_line_is_read_as_a_shell_reads_it() {
    let help =
        "  aws x | safeguard policy explain - \\\n      --question is_public > 'a b'\n  safeguard scan   what it is";
    assert_eq!(commands_in(help), ["safeguard policy explain - --question is_public > 'a b'", "safeguard scan"]);
    assert_eq!(words("safeguard a 'b c' \"d e\" > file"), ["safeguard", "a", "b c", "d e"]);
}

fn described() -> clap::Command {
    Cli::command()
}

fn visit(command: &clap::Command, see: &mut dyn FnMut(&clap::Command)) {
    see(command);
    command.get_subcommands().for_each(|inner| visit(inner, see));
}

/// The command lines of the program in a text: those that are indented by two, without the words beside them.
fn commands_in(text: &str) -> Vec<String> {
    let whole = with_lines_joined(text);
    let shown = whole.lines().filter_map(|line| line.strip_prefix("  ")).filter(|line| !line.starts_with(' '));
    let of_ours = |line: &str| {
        // `aws ... | safeguard ...`, `safeguard ... | head`: the part that is ours.
        let ours = line.split(" | ").map(str::trim).find(|part| part.starts_with("safeguard "))?;
        let command = ours.split("   ").next().unwrap_or(ours);
        Some(command.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    shown.filter_map(of_ours).collect()
}

/// A line that ends in a backslash goes on in the next one.
fn with_lines_joined(text: &str) -> String {
    let parts: Vec<&str> = text.split("\\\n").collect();
    let further = parts.iter().skip(1).map(|part| part.trim_start());
    parts.iter().take(1).copied().chain(further).collect::<Vec<_>>().join("")
}

fn assert_parses(line: &str) {
    match Cli::try_parse_from(words(line)) {
        Ok(_) => {}
        Err(error) if !error.use_stderr() => {}
        Err(error) => panic!("`{line}` does not parse: {error}"),
    }
}

/// The words of a command line, up to where its output goes.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for character in line.chars().chain([' ']) {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (None, '\'' | '"') => quote = Some(character),
            (None, ' ') if word.is_empty() => {}
            (None, ' ') => words.push(std::mem::take(&mut word)),
            _ => word.push(character),
        }
    }
    words.into_iter().take_while(|word| !word.starts_with('>')).collect()
}

/// The files that people copy into their CI.
const DEPLOYED: [(&str, &str); 3] = [
    ("action.yml", include_str!("../../deploy/action.yml")),
    ("github-workflow.yml", include_str!("../../deploy/github-workflow.yml")),
    ("gitlab-ci.yml", include_str!("../../deploy/gitlab-ci.yml")),
];

#[test]
fn what_runs_in_ci_has_flags_and_variables_that_exist() {
    let known = super::environment::all(&described());
    let (mut commands, mut variables) = (0, 0);
    for (name, text) in DEPLOYED {
        let whole = with_lines_joined(text);
        let lines = whole.lines().map(|line| line.trim().trim_start_matches("- "));
        for line in lines.filter(|line| line.starts_with("safeguard ")) {
            assert_parses(line.split(" || ").next().unwrap_or_default());
            commands += 1;
        }
        let names = text.split(|it: char| !it.is_ascii_alphanumeric() && it != '_');
        for variable in names.filter(|name| name.starts_with("SAFEGUARD_")) {
            assert!(known.contains(variable), "{name}: nothing reads {variable}");
            variables += 1;
        }
    }
    assert_eq!((commands, variables > 6), (2, true), "{variables} variables");
}

#[test]
fn the_workflow_gives_the_action_what_it_takes() {
    let [action, workflow, gitlab] = DEPLOYED.map(|(name, text)| {
        serde_saphyr::from_str::<serde_json::Value>(text).unwrap_or_else(|error| panic!("{name}: {error}"))
    });
    let steps = workflow["jobs"]["scan"]["steps"].as_array().unwrap();
    let ours = steps.iter().find(|step| step["uses"] == "./.github/actions/safeguard").unwrap();
    for input in ours["with"].as_object().unwrap().keys() {
        assert!(action["inputs"][input].is_object(), "the action has no input {input}");
    }
    assert_eq!(workflow["permissions"], serde_json::json!({}), "nothing but what the job asks for");
    let last = action["runs"]["steps"].as_array().unwrap().last().unwrap();
    assert_eq!(last["if"], "${{ always() }}", "the exit code comes after the upload");
    assert_eq!(gitlab["safeguard"]["artifacts"]["when"], "always");
}
