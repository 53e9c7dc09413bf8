//! Turns flags into a question's arguments, by the names of its parameters.

use std::path::Path;

use serde_json::{Value, json};

use super::{PolicyQuestionArgs, document};
use crate::output::text::listed;
use crate::rule::question::PolicyQuestion;
use crate::{Error, Result};

/// The source of a parameter's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Flag {
    /// The parameter of the rule language.
    parameter: &'static str,
    /// The flag's name.
    pub name: &'static str,
    /// The word for its value.
    pub value: &'static str,
    /// True if the question cannot be asked without it.
    pub is_needed: bool,
}

const FLAGS: [Flag; 16] = [
    Flag { parameter: "policy", name: "FILE", value: "", is_needed: true },
    Flag { parameter: "policies", name: "FILE...", value: "", is_needed: true },
    Flag { parameter: "boundary", name: "--boundary", value: "FILE", is_needed: false },
    Flag { parameter: "arn", name: "--arn", value: "ARN", is_needed: true },
    Flag { parameter: "account", name: "--account", value: "ID", is_needed: true },
    Flag { parameter: "trusted", name: "--trusted", value: "ID", is_needed: false },
    Flag { parameter: "version", name: "--version", value: "NUMBER", is_needed: true },
    Flag { parameter: "actions", name: "--action", value: "ACTION", is_needed: true },
    Flag { parameter: "service", name: "--service", value: "SERVICE", is_needed: true },
    Flag { parameter: "services", name: "--service", value: "SERVICE", is_needed: true },
    Flag { parameter: "providers", name: "--provider", value: "ADDRESS", is_needed: true },
    Flag { parameter: "usage", name: "--key-usage", value: "USAGE", is_needed: true },
    Flag { parameter: "spec", name: "--key-spec", value: "SPEC", is_needed: true },
    Flag { parameter: "expected", name: "--measurement", value: "DIGITS", is_needed: true },
    Flag { parameter: "organization", name: "--organization", value: "ID", is_needed: true },
    Flag { parameter: "regions", name: "--in-region", value: "REGION", is_needed: true },
];

/// The flags of a question, in the order of its parameters.
pub(super) fn flags(question: &PolicyQuestion) -> impl Iterator<Item = &'static Flag> {
    question.parameters().iter().filter_map(|parameter| flag(parameter.name))
}

fn flag(parameter: &str) -> Option<&'static Flag> {
    FLAGS.iter().find(|flag| flag.parameter == parameter)
}

/// The question's arguments. Files are read last, when everything else is right.
///
/// # Errors
/// A flag that is missing, or given although the question has no use for it; a file that holds no policy.
pub(super) fn gather(question: &PolicyQuestion, args: &PolicyQuestionArgs) -> Result<Vec<Value>> {
    let flags = flags(question).collect::<Vec<_>>();
    let missing: Vec<&str> =
        flags.iter().filter(|flag| flag.is_needed && !is_given(flag, args)).map(|flag| flag.name).collect();
    if !missing.is_empty() {
        return Err(wrong(question, "needs", &missing));
    }
    let is_idle = |flag: &&Flag| {
        flag.name.starts_with("--") && !flags.iter().any(|own| own.name == flag.name) && is_given(flag, args)
    };
    let mut idle: Vec<&str> = FLAGS.iter().filter(is_idle).map(|flag| flag.name).collect();
    idle.dedup();
    if !idle.is_empty() {
        return Err(wrong(question, "has no use for", &idle));
    }
    check_files(question, args)?;
    question.parameters().iter().map(|parameter| argument(parameter.name, question, args)).collect()
}

fn is_given(flag: &Flag, args: &PolicyQuestionArgs) -> bool {
    let known = &args.known;
    match flag.parameter {
        "boundary" => known.boundary.is_some(),
        "arn" => known.arn.is_some(),
        "account" => known.account.is_some(),
        "trusted" => !known.trusted.is_empty(),
        "version" => known.version.is_some(),
        "actions" => !known.actions.is_empty(),
        "service" | "services" => known.service.is_some(),
        "providers" => !known.providers.is_empty(),
        "usage" => known.key_usage.is_some(),
        "spec" => known.key_spec.is_some(),
        "expected" => !known.measurements.is_empty(),
        "organization" => known.organization.is_some(),
        "regions" => !known.regions.is_empty(),
        _ => !args.files.is_empty(),
    }
}

fn argument(parameter: &str, question: &PolicyQuestion, args: &PolicyQuestionArgs) -> Result<Value> {
    let known = &args.known;
    Ok(match parameter {
        "policy" => args.files.first().map_or(Ok(Value::Null), |file| document::read(file))?,
        "policies" => args.files.iter().map(|file| document::read(file)).collect::<Result<_>>()?,
        "boundary" => known.boundary.as_ref().map_or(Ok(Value::Null), |file| document::read(file))?,
        "arn" => json!(known.arn),
        "account" => json!(known.account),
        "trusted" => json!(known.trusted),
        "version" => json!(known.version),
        "actions" => json!(known.actions),
        "service" => json!(known.service),
        "services" => json!(known.service.iter().collect::<Vec<_>>()),
        "providers" => json!(known.providers),
        "usage" => json!(known.key_usage),
        "spec" => json!(known.key_spec),
        "expected" => json!(known.measurements),
        "organization" => json!(known.organization),
        "regions" => json!(known.regions),
        other => {
            let name = question.name();
            return Err(Error::usage(format!("`{name}` needs `{other}`, which only a rule can give")));
        }
    })
}

/// One document for one, and stdin once.
fn check_files(question: &PolicyQuestion, args: &PolicyQuestionArgs) -> Result<()> {
    let takes_many = question.parameters().iter().any(|parameter| parameter.name == "policies");
    if !takes_many && args.files.len() > 1 {
        let (name, count) = (question.name(), args.files.len());
        let error = Error::usage(format!("`{name}` is about one policy, but {count} files are given"));
        return Err(error.help("ask about one file after the other"));
    }
    let all = args.files.iter().chain(&args.known.boundary);
    match all.filter(|file| *file == Path::new(document::STDIN)).count() {
        0 | 1 => Ok(()),
        _ => Err(Error::usage("stdin can be read only once").help("write `-` once, and files for the others")),
    }
}

fn wrong(question: &PolicyQuestion, verb: &str, names: &[&str]) -> Error {
    let name = question.name();
    let usage: Vec<String> = flags(question).map(Flag::usage).collect();
    Error::usage(format!("`{name}` {verb} {}", listed(names.iter().copied(), names.len())))
        .help(format!("safeguard policy explain --question {name} {}", usage.join(" ")))
}

impl Flag {
    /// Says how it is written: `--arn ARN`, `[--trusted ID]`.
    pub fn usage(&self) -> String {
        let words = format!("{} {}", self.name, self.value);
        if self.is_needed { words.trim_end().to_owned() } else { format!("[{words}]") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::question;

    #[test]
    fn every_parameter_of_every_question_has_a_flag() {
        for question in question::all() {
            for parameter in question.parameters() {
                assert!(flag(parameter.name).is_some(), "{}: {}", question.name(), parameter.name);
            }
        }
    }
}
