//! `safeguard rules lint` and `safeguard rules test`.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::{Library, counted, unwritable};
use crate::rule::{Rule, examples, lint as linter, sources_in};
use crate::source::{Problem, SourceFile};
use crate::{Error, Result};

/// Writes every problem of the rules at the paths, or of all rules.
pub(super) fn lint(paths: &[PathBuf], library: &Library<'_>, out: &mut dyn Write) -> Result<()> {
    let sources =
        if paths.is_empty() { all_sources(library)? } else { sources_at(paths.iter().map(PathBuf::as_path))? };
    let taken = if paths.is_empty() { &[] } else { library.builtin.as_slice() };
    let problems = linter::lint(&sources, taken, library.kinds, library.catalog);
    let rules = counted(sources.len(), "rule");
    if problems.is_empty() {
        return writeln!(out, "{rules}, no problem").map_err(unwritable);
    }
    for problem in &problems {
        writeln!(out, "{problem}\n").map_err(unwritable)?;
    }
    Err(Error::usage(format!("{} in {rules}", counted(problems.len(), "problem"))))
}

/// Judges the examples of the targets, or of all rules, and writes a line for each that comes out wrong.
pub(super) fn test(targets: &[String], library: &Library<'_>, out: &mut dyn Write) -> Result<()> {
    let mut tally = ExampleTally::default();
    for loaded in rules_to_test(targets, library)? {
        match loaded {
            Ok(rule) => tally.test(&rule, library, out)?,
            Err(problems) => tally.broken(&problems, out)?,
        }
    }
    let judged = format!("{} of {}", counted(tally.examples, "example"), counted(tally.rules, "rule"));
    if tally.wrong == 0 && tally.broken == 0 {
        return writeln!(out, "{judged}, all as they must be").map_err(unwritable);
    }
    let mut message = format!("{judged}: {} came out wrong", tally.wrong);
    if tally.broken > 0 {
        message.push_str(&format!(", and {} could not be read", counted(tally.broken, "rule")));
    }
    Err(Error::usage(message))
}

#[derive(Default)]
struct ExampleTally {
    rules: usize,
    examples: usize,
    wrong: usize,
    broken: usize,
}

impl ExampleTally {
    fn test(&mut self, rule: &Rule, library: &Library<'_>, out: &mut dyn Write) -> Result<()> {
        let examples = match examples::read(rule, library.kinds) {
            Ok(examples) => examples,
            Err(problems) => return self.broken(&problems, out),
        };
        self.rules += 1;
        self.examples += examples.len();
        for Problem { file, place, message, .. } in linter::wrong_examples(rule, &examples) {
            self.wrong += 1;
            let line = place.map_or(0, |place| place.line);
            writeln!(out, "{file}:{line}: {message}").map_err(unwritable)?;
        }
        Ok(())
    }

    fn broken(&mut self, problems: &[Problem], out: &mut dyn Write) -> Result<()> {
        self.broken += 1;
        problems.iter().try_for_each(|problem| writeln!(out, "{problem}")).map_err(unwritable)
    }
}

fn rules_to_test(targets: &[String], library: &Library<'_>) -> Result<Vec<Result<Rule, Vec<Problem>>>> {
    let load = |source: SourceFile| Rule::load(source, library.kinds, library.catalog);
    if targets.is_empty() {
        return Ok(all_sources(library)?.into_iter().map(load).collect());
    }
    let mut loaded = Vec::new();
    for target in targets {
        if is_path(target) {
            loaded.extend(sources_at([Path::new(target)])?.into_iter().map(load));
        } else {
            loaded.push(load(library.rules()?.find(target)?.source.clone()));
        }
    }
    Ok(loaded)
}

/// Ids have neither slashes nor dots, so that a mistyped path is reported as a path.
fn is_path(target: &str) -> bool {
    target.contains(['/', '\\', '.']) || Path::new(target).exists()
}

fn all_sources(library: &Library<'_>) -> Result<Vec<SourceFile>> {
    let mut sources = library.builtin.clone();
    for dir in library.rule_dirs {
        sources.extend(sources_in(dir)?);
    }
    Ok(sources)
}

fn sources_at<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Result<Vec<SourceFile>> {
    let mut sources = Vec::new();
    for path in paths {
        if path.is_dir() {
            sources.extend(sources_in(path)?);
        } else {
            sources.push(SourceFile::read(path).map_err(|problem| Error::usage(problem.to_string()))?);
        }
    }
    Ok(sources)
}
