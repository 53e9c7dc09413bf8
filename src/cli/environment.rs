//! `SAFEGUARD_*`: every flag can be set by an environment variable, which the flag on the command line outranks.
//!
//! What the variables say is put on the command line behind what the user wrote, so that one parser and one set of
//! rules judges both. A variable gives way to a flag that it contradicts: with `SAFEGUARD_PROFILE` set, `safeguard
//! scan --demo` still judges the sample account. An empty variable is as good as none.
//!
//! A flag that several commands share has one variable for all of them. What only looks alike (`--format` takes other
//! words elsewhere than in `scan`) has the command in its name: `SAFEGUARD_COVERAGE_FORMAT`.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};

use clap::builder::{StyledStr, TypedValueParser};
use clap::error::{ContextKind, ContextValue};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::source::suggest;
use crate::{Error, Result};

/// The beginning of every variable.
pub(super) const PREFIX: &str = "SAFEGUARD_";

/// The variable that is no flag: see [`super::logging`].
const LOG: &str = "SAFEGUARD_LOG";

/// The command whose flags have the short names.
const FIRST: &str = "scan";

/// A command line with what the variables add to it.
#[derive(Debug)]
pub(super) struct FilledCommand {
    /// All arguments, the program's name first.
    pub argv: Vec<OsString>,
    /// The flags that come from the environment: each (`--fail-on`) with its variable.
    pub from: Vec<(String, String)>,
}

/// Returns the variable of a command's flag; `None` if the flag has no variable. `path` holds the command's words
/// behind the program's name.
pub(super) fn variable(root: &Command, path: &[&str], arg: &Arg) -> Option<String> {
    let long = arg.get_long()?;
    if matches!(long, "help" | "version") || arg.is_hide_set() {
        return None;
    }
    let first = root.find_subcommand(FIRST);
    let is_same = |other: &Arg| other.get_long() == Some(long) && other.get_value_names() == arg.get_value_names();
    let is_shared = path.is_empty()
        || path == [FIRST]
        || root.get_arguments().any(is_same)
        || first.is_some_and(|first| first.get_arguments().any(is_same));
    let words = if is_shared { &[][..] } else { path };
    let name = words.iter().chain([&long]).map(|word| word.to_ascii_uppercase().replace('-', "_"));
    Some(format!("{PREFIX}{}", name.collect::<Vec<_>>().join("_")))
}

/// The command with the variable of each flag in its help.
pub(super) fn described(root: Command) -> Command {
    let reference = root.clone();
    describe(root, &reference, &mut Vec::new())
}

fn describe(command: Command, root: &Command, path: &mut Vec<String>) -> Command {
    let words: Vec<&str> = path.iter().map(String::as_str).collect();
    let command = command.mut_args(|arg| match variable(root, &words, &arg) {
        Some(variable) => {
            let help = arg.get_help().map(StyledStr::to_string).unwrap_or_default();
            arg.help(format!("{help} [env: {variable}]"))
        }
        None => arg,
    });
    command.mut_subcommands(|inner| {
        if inner.is_hide_set() {
            return inner;
        }
        path.push(inner.get_name().to_owned());
        let inner = describe(inner, root, path);
        path.pop();
        inner
    })
}

/// Puts what the variables say behind what the user wrote.
///
/// # Errors
/// A usage error that names the variable, where a switch or a number says something else.
pub(super) fn fill(
    root: &Command,
    argv: Vec<OsString>,
    lookup: impl Fn(&str) -> Option<OsString>,
) -> Result<FilledCommand> {
    let mut filled = FilledCommand { argv, from: Vec::new() };
    // Mistakes are for the real parser to report.
    let Ok(matches) = root.clone().ignore_errors(true).try_get_matches_from(&filled.argv) else { return Ok(filled) };
    let (path, given) = given(&matches);
    let mut built = root.clone();
    built.build();
    let Some(leaf) = path.iter().try_fold(&built, |command, name| command.find_subcommand(name)) else {
        return Ok(filled);
    };
    if path.is_empty() || leaf.has_subcommands() || leaf.is_hide_set() {
        return Ok(filled);
    }
    let words: Vec<&str> = path.iter().map(String::as_str).collect();
    let mut more = Vec::new();
    for arg in leaf.get_arguments().filter(|arg| !gives_way(leaf, arg, &given)) {
        let Some(name) = variable(root, &words, arg) else { continue };
        let Some(value) = lookup(&name).filter(|value| !value.to_string_lossy().trim().is_empty()) else { continue };
        let flag = format!("--{}", arg.get_long().unwrap_or_default());
        let said = arguments(arg, &flag, &value, &name)?;
        if !said.is_empty() {
            more.extend(said);
            filled.from.push((flag, name));
        }
    }
    let end = filled.argv.iter().position(|word| word == "--").unwrap_or(filled.argv.len());
    filled.argv.splice(end..end, more);
    Ok(filled)
}

/// The command's words, and what stands on the command line itself: the innermost command knows the global flags, too.
fn given(matches: &ArgMatches) -> (Vec<String>, BTreeSet<String>) {
    let (mut path, mut leaf) = (Vec::new(), matches);
    while let Some((name, inner)) = leaf.subcommand() {
        path.push(name.to_owned());
        leaf = inner;
    }
    if path.is_empty() {
        return (path, BTreeSet::new());
    }
    let given = leaf.ids().filter(|id| leaf.value_source(id.as_str()) == Some(ValueSource::CommandLine));
    (path, given.map(|id| id.to_string()).collect())
}

/// Tells whether the command line says it already, or says what excludes it.
fn gives_way(command: &Command, arg: &Arg, given: &BTreeSet<String>) -> bool {
    let is_given = |arg: &Arg| given.contains(arg.get_id().as_str());
    let excluded_by = |other: &Arg| command.get_arg_conflicts_with(other);
    is_given(arg)
        || excluded_by(arg).into_iter().any(is_given)
        || command.get_arguments().any(|other| {
            is_given(other) && excluded_by(other).into_iter().any(|excluded| excluded.get_id() == arg.get_id())
        })
}

/// The value as it would be written on the command line.
fn arguments(arg: &Arg, flag: &str, value: &OsStr, name: &str) -> Result<Vec<OsString>> {
    let with = |value: &OsStr| {
        let mut word = OsString::from(format!("{flag}="));
        word.push(value);
        word
    };
    Ok(match arg.get_action() {
        ArgAction::SetTrue => match switch(arg, value) {
            Some(true) => vec![flag.into()],
            Some(false) => Vec::new(),
            None => return Err(wrong(name, value, "write true or false")),
        },
        ArgAction::Count => match value.to_str().and_then(|text| text.trim().parse::<u8>().ok()) {
            Some(times) => vec![flag.into(); usize::from(times.min(9))],
            None => return Err(wrong(name, value, "write a number")),
        },
        // What may be given several times on the command line is a list in one variable.
        ArgAction::Append if arg.get_value_delimiter().is_none() => match value.to_str() {
            Some(text) => {
                text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(|item| with(item.as_ref())).collect()
            }
            None => vec![with(value)],
        },
        _ => vec![with(value)],
    })
}

fn switch(arg: &Arg, value: &OsStr) -> Option<bool> {
    let parser = clap::builder::BoolishValueParser::new();
    parser.parse_ref(&Command::new("variable"), Some(arg), value).ok()
}

fn wrong(name: &str, value: &OsStr, help: &str) -> Error {
    Error::usage(format!("{name} is set to `{}`", value.to_string_lossy().escape_debug())).help(help)
}

/// The flags that the parser complains about and that come from a variable.
pub(super) fn blamed(error: &clap::Error, from: &[(String, String)]) -> Vec<String> {
    let mut named = Vec::new();
    for kind in [ContextKind::InvalidArg, ContextKind::PriorArg] {
        match error.get(kind) {
            Some(ContextValue::String(text)) => named.push(text.as_str()),
            Some(ContextValue::Strings(texts)) => named.extend(texts.iter().map(String::as_str)),
            _ => {}
        }
    }
    let is_named = |flag: &str| named.iter().any(|text| text.split([' ', '=', '[']).next() == Some(flag));
    from.iter()
        .filter(|(flag, _)| is_named(flag))
        .map(|(flag, variable)| format!("{flag} is set by the environment variable {variable}"))
        .collect()
}

/// Every variable that there is.
pub(super) fn all(root: &Command) -> BTreeSet<String> {
    let mut names = BTreeSet::from([LOG.to_owned()]);
    collect(root, root, &mut Vec::new(), &mut names);
    names
}

fn collect<'a>(command: &'a Command, root: &Command, path: &mut Vec<&'a str>, names: &mut BTreeSet<String>) {
    names.extend(command.get_arguments().filter_map(|arg| variable(root, path, arg)));
    for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set()) {
        path.push(inner.get_name());
        collect(inner, root, path, names);
        path.pop();
    }
}

/// Finds the words for a variable that nothing reads: whoever set it believes that it is in force.
pub(super) fn unread(root: &Command, set: impl Iterator<Item = OsString>) -> Vec<String> {
    let known = all(root);
    let ours = set.filter_map(|name| name.into_string().ok()).filter(|name| name.starts_with(PREFIX));
    let strange: BTreeSet<String> = ours.filter(|name| !known.contains(name)).collect();
    let say = |name: &String| match suggest::nearest(name, known.iter().map(String::as_str)) {
        Some(near) => format!("nothing reads the environment variable {name}: did you mean {near}?"),
        None => format!("nothing reads the environment variable {name}"),
    };
    strange.iter().map(say).collect()
}

#[cfg(test)]
mod tests;
