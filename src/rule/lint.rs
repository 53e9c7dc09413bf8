//! Checks what makes a rule good, beyond what makes it load.
//!
//! A rule is read by people who must trust it: engineers who are told to change something, and auditors who are told
//! that nothing has to change. So it must say why, where that is written, how to fix it, and show by examples what it
//! does with good, bad and unread facts.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use serde_saphyr::Spanned;

use super::command_line::hasty_deletion;
use super::examples::{self, Example};
use super::file::Rule;
use super::file::text::{RuleText, is_service_folder};
use super::param::{Param, ParamType};
use super::set::{builtin_sources, taken_ids};
use crate::catalog::Catalog;
use crate::model::{Kinds, Severity, Verdict, is_attested};
use crate::source::{Origin, Problem, SourceFile, yaml};

/// Everything that is wrong with these rules, one by one and together. `builtin` are rules whose ids are taken, too;
/// a file that stands for one of them (the same folder and name) takes its place.
pub fn lint(sources: &[SourceFile], builtin: &[SourceFile], kinds: &Kinds, catalog: &Catalog) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut rules = Vec::new();
    for source in sources {
        match Rule::load(source.clone(), kinds, catalog) {
            Ok(rule) => {
                problems.extend(lint_rule(&rule, kinds, catalog));
                rules.push(rule);
            }
            Err(found) => problems.extend(found),
        }
    }
    let others = builtin.iter().filter(|other| !sources.iter().any(|source| stands_for(source, other)));
    let mut all: Vec<Rule> = others.filter_map(|other| Rule::load(other.clone(), kinds, catalog).ok()).collect();
    all.extend(rules);
    problems.extend(taken_ids(&all));
    problems
}

/// Everything that is wrong with the rules of this build; nothing, or the build is defective.
pub fn lint_builtin(kinds: &Kinds, catalog: &Catalog) -> Vec<Problem> {
    lint(&builtin_sources(), &[], kinds, catalog)
}

/// Everything that is poor about a rule that loads.
pub fn lint_rule(rule: &Rule, kinds: &Kinds, catalog: &Catalog) -> Vec<Problem> {
    let source = &rule.source;
    let text: RuleText = match yaml::read(source) {
        Ok(text) => text,
        Err(problem) => return vec![problem],
    };
    let mut linter = Linter { rule, source, problems: Vec::new() };
    linter.file(kinds);
    linter.words(&text);
    linter.requirements(&text);
    linter.shown(&text, catalog);
    linter.params(&text);
    linter.references(&text);
    linter.definitions(&text);
    linter.loops(&text);
    linter.texts(&text, kinds);
    linter.examples(&text, kinds);
    linter.problems
}

/// Says whether a file is the newer form of a built-in rule: it has the same name in a folder of the same name.
fn stands_for(source: &SourceFile, builtin: &SourceFile) -> bool {
    matches!(&builtin.origin, Origin::Builtin(path) if source.origin.path().ends_with(Path::new(path)))
}

struct Linter<'a> {
    rule: &'a Rule,
    source: &'a SourceFile,
    problems: Vec<Problem>,
}

impl Linter<'_> {
    fn file(&mut self, kinds: &Kinds) {
        let path = self.source.origin.path();
        if path.file_stem().is_none_or(|stem| stem != self.rule.id.as_str()) {
            let message = format!("the file's name is not the rule's id, `{}`", self.rule.id);
            self.file_problem(message, format!("name it {}.yaml", self.rule.id));
        }
        let folder = path.parent().and_then(Path::file_name).and_then(|folder| folder.to_str());
        let builtin = matches!(self.source.origin, Origin::Builtin(_));
        let Some(kind) = kinds.get(&self.rule.kind) else { return };
        // A user's folder may have any name; one of ours says which service the rule belongs to.
        if builtin && folder.is_none_or(|folder| !is_service_folder(folder, &self.rule.id, kind)) {
            let message = "the folder is not the rule's service".to_owned();
            self.file_problem(
                message,
                format!("put it into rules/{}/, or let its id begin with the folder", kind.service),
            );
        }
    }

    fn words(&mut self, text: &RuleText) {
        self.marks(text);
        let title = text.title.value.trim();
        if title.is_empty() || title.ends_with('.') {
            self.problem(&text.title, "the title must be a sentence without a period", "say what the good state is");
        }
        if text.why.value.trim().is_empty() {
            self.problem(&text.why, "`why` is empty", "say what goes wrong without the good state");
        }
        if text.fail_message.value.trim().is_empty() {
            self.problem(&text.fail_message, "`fail_message` is empty", "name the resource and what is wrong with it");
        }
        if let Some(reason) = text.deprecated.as_ref().filter(|reason| reason.value.trim().is_empty()) {
            self.problem(reason, "`deprecated` does not say why", "name the reason, and the rule to use instead");
        }
        if let Some(asked) = text.evidence_asked.as_ref().filter(|asked| asked.value.trim().is_empty()) {
            self.problem(asked, "`evidence_asked` is empty", "say in a sentence what evidence an auditor asks for");
        }
        let remediation = &text.remediation;
        if remediation.summary.trim().is_empty() {
            self.file_problem(
                "`remediation.summary` is empty".to_owned(),
                "say in a sentence what to change".to_owned(),
            );
        }
        let is_empty = |text: &Option<String>| text.as_ref().is_none_or(|text| text.trim().is_empty());
        if is_empty(&remediation.cli) && is_empty(&remediation.console) {
            let help = "write `cli:`, or `console:` where no command line leads there";
            self.file_problem("the remediation shows no way to do it".to_owned(), help.to_owned());
        }
        if let Some(hasty) = remediation.cli.as_deref().and_then(hasty_deletion) {
            let message =
                format!("the remediation runs `{}` while `{}` may still be at work", hasty.deletes, hasty.begun);
            let help = "such an operation returns at once: put `aws ... wait ...` between, check what came of it, and \
                        delete in a step of its own";
            self.file_problem(message, help.to_owned());
        }
    }

    /// Finds what `safeguard rules new` left to be filled in.
    fn marks(&mut self, text: &RuleText) {
        let is_mark = |text: &str| text.trim().starts_with('<') && text.trim().ends_with('>');
        for (name, text) in [("title", &text.title), ("why", &text.why), ("fail_message", &text.fail_message)] {
            if is_mark(&text.value) {
                self.problem(text, &format!("`{name}` is still to be filled in"), "write it in place of the mark");
            }
        }
        if let Some(asked) = text.evidence_asked.as_ref().filter(|asked| is_mark(&asked.value)) {
            self.problem(asked, "`evidence_asked` is still to be filled in", "write it in place of the mark");
        }
        let cli = text.remediation.cli.as_deref().unwrap_or_default();
        if is_mark(&text.remediation.summary) || is_mark(cli) {
            let help = "write it in place of the marks".to_owned();
            self.file_problem("`remediation` is still to be filled in".to_owned(), help);
        }
    }

    fn requirements(&mut self, text: &RuleText) {
        // What saves cost or is convenient is an instance of no requirement. More than that should speak for one.
        if text.hipaa.is_empty() && text.soc2.is_empty() && text.severity > Severity::Low {
            let help = "cite at least one HIPAA safeguard or SOC 2 criterion (`safeguard coverage` lists them), or make it low";
            self.file_problem("the rule speaks for no requirement and is more than low".to_owned(), help.to_owned());
        }
        let mut seen = BTreeSet::new();
        for citation in text.hipaa.iter().chain(&text.soc2) {
            if !seen.insert(citation.value.as_str()) {
                self.problem(citation, "the requirement is cited twice", "keep one");
            }
        }
        let mut supported = BTreeSet::new();
        for citation in &text.supports {
            if !supported.insert(citation.value.as_str()) {
                self.problem(citation, "the requirement is named twice under `supports`", "keep one");
            }
        }
        if text.severity_in_phi_scope.is_some_and(|severity| severity <= text.severity) {
            let help = "leave it out where PHI makes no difference".to_owned();
            self.file_problem("`severity_in_phi_scope` is not above `severity`".to_owned(), help);
        }
    }

    /// State of AWS shows no requirement whose text asks people for something: recording is not reviewing.
    fn shown(&mut self, text: &RuleText, catalog: &Catalog) {
        if is_attested(&self.rule.kind) {
            return;
        }
        let is_supported = |id: &str| text.supports.iter().any(|supported| supported.value == id);
        let shown = text.hipaa.iter().chain(&text.soc2).filter(|citation| !is_supported(&citation.value));
        for citation in shown {
            let Some(requirement) = catalog.requirement(&citation.value).filter(|it| !it.can_be_shown()) else {
                continue;
            };
            let asked: Vec<&str> = requirement.asks_for.iter().map(|asked| asked.as_str()).collect();
            let why = match asked.is_empty() {
                true => "which no state of AWS can show".to_owned(),
                false => format!("which asks people for {}", asked.join(" and ")),
            };
            let message = format!("the rule shows `{}`, {why}", citation.value);
            self.problem(
                citation,
                &message,
                "name it under `supports`, too: the good state helps, and shows nothing of it",
            );
        }
    }

    fn params(&mut self, text: &RuleText) {
        let expressions = [
            Some(&text.pass),
            text.when.as_ref(),
            Some(&text.fail_message),
            text.note.as_ref(),
            text.not_applicable_message.as_ref(),
        ];
        let cases = text.severity_cases.iter().map(|case| &case.when).chain(text.definitions.values());
        for (name, param) in &text.params {
            if !expressions
                .iter()
                .flatten()
                .copied()
                .chain(cases.clone())
                .any(|expression| mentions(&expression.value, &format!("params.{name}")))
            {
                self.problem(param, &format!("parameter `{name}` is not used"), "use it, or take it away");
            }
            if self.rule.params.get(name).is_some_and(|param| param.description.trim().is_empty()) {
                self.problem(
                    param,
                    &format!("parameter `{name}` has no description"),
                    "say what it means, with its unit",
                );
            }
            let is_open = |param: &Param| {
                matches!(param.value_type, ParamType::Int | ParamType::Number)
                    && (param.bounds.min.is_none() || param.bounds.max.is_none())
            };
            if self.rule.params.get(name).is_some_and(is_open) {
                let help = "write `min:` and `max:`: a value beyond all sense must not turn a failure into a pass";
                self.problem(param, &format!("parameter `{name}` is a number without bounds"), help);
            }
        }
    }

    fn definitions(&mut self, text: &RuleText) {
        let used = self.rule.needs().definitions;
        for (name, definition) in text.definitions.iter().filter(|(name, _)| !used.contains(*name)) {
            self.problem(definition, &format!("`{name}` is not used"), "use it, or take it away");
        }
        let needs = self.rule.when.as_ref().map(|when| when.needs());
        if text.not_applicable_message.is_none() && needs.is_some_and(|needs| !needs.definitions.is_empty()) {
            let help = "write `not_applicable_message`: a finding would quote the names, and nobody could read them";
            if let Some(when) = &text.when {
                self.problem(when, "`when` uses names of `let`, and no message says what it means", help);
            }
        }
    }

    fn references(&mut self, text: &RuleText) {
        if text.references.is_empty() {
            let help = "name the page of AWS or of a standard that supports the rule";
            self.file_problem("the rule has no references".to_owned(), help.to_owned());
        }
        for reference in &text.references {
            let url = reference.value.strip_prefix("https://");
            if url.is_none_or(|rest| !rest.contains('.') || rest.contains(char::is_whitespace)) {
                self.problem(reference, "the reference is no https address", "write the whole address: https://...");
            }
        }
    }

    fn examples(&mut self, text: &RuleText, kinds: &Kinds) {
        match examples::read(self.rule, kinds) {
            Ok(examples) => {
                self.verdicts_shown(&examples);
                self.empty_lists_shown(text, &examples);
                self.severities_shown(text, &examples);
                self.example_names(&examples);
                self.problems.extend(wrong_examples(self.rule, &examples));
            }
            Err(problems) => self.problems.extend(problems),
        }
    }

    fn verdicts_shown(&mut self, examples: &[Example]) {
        let mut needed = vec![Verdict::Pass, Verdict::Fail, Verdict::Unknown];
        if self.rule.when.is_some() || self.rule.pass.may_stand_on_nothing() {
            needed.push(Verdict::NotApplicable);
        }
        for verdict in needed {
            if !examples.iter().any(|example| example.expect == verdict) {
                let help = "each verdict that a rule can give is shown by an example";
                self.file_problem(format!("no example expects `{}`", verdict.as_str()), help.to_owned());
            }
        }
    }

    /// `all` is true of an empty list: the rule must know whether that is good, and say so.
    fn empty_lists_shown(&mut self, text: &RuleText, examples: &[Example]) {
        let is_shown = |fact: &str| examples.iter().flat_map(|it| &it.resources).any(|it| has_empty(&it.facts, fact));
        for list in self.rule.pass.silent_lists().iter().filter(|list| !is_shown(&list.fact)) {
            let message = format!("`pass` is true where `{}` is empty, and nothing says so", list.text);
            let help = "say in the condition what an empty list means (`.size() == 0 ||`, `.size() > 0 &&`), or show it in \
                        an example";
            self.problem(&text.pass, &message, help);
        }
    }

    fn severities_shown(&mut self, text: &RuleText, examples: &[Example]) {
        for case in &text.severity_cases {
            if !examples.iter().any(|example| example.severity == Some(case.severity)) {
                let message = format!("no example expects a failure of severity `{}`", case.severity.as_str());
                self.problem(
                    &case.when,
                    &message,
                    "show the state in an example with `severity:` beside `expect: fail`",
                );
            }
        }
    }

    fn example_names(&mut self, examples: &[Example]) {
        let mut seen = BTreeSet::new();
        for example in examples {
            let name = example.name.trim();
            if name.is_empty() || (name.starts_with('<') && name.ends_with('>')) || !seen.insert(name) {
                let problem = self.source.problem_at(example.offset, "the example needs a name of its own");
                self.problems.push(problem.help("say what it shows"));
            }
        }
    }

    fn problem(&mut self, at: &Spanned<impl Sized>, message: &str, help: &str) {
        self.problems.push(self.source.problem_at(yaml::offset(at), message).help(help));
    }

    fn file_problem(&mut self, message: String, help: String) {
        self.problems.push(self.source.problem(message).help(help));
    }
}

/// A problem for each example that does not come out as it says.
pub fn wrong_examples(rule: &Rule, examples: &[Example]) -> Vec<Problem> {
    let outcomes = examples.iter().map(|example| (example, example.judge(rule)));
    let wrong = outcomes.filter(|(example, outcome)| !outcome.is_as_expected(example));
    wrong
        .map(|(example, outcome)| {
            let message = format!("{:?}: {}", example.name, outcome.in_words(example));
            rule.source.problem_at(example.offset, message)
        })
        .collect()
}

/// Says whether the list of that name is empty anywhere in the facts.
fn has_empty(facts: &Value, name: &str) -> bool {
    match facts {
        Value::Object(fields) => {
            let is_empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
            fields.get(name).is_some_and(is_empty) || fields.values().any(|inner| has_empty(inner, name))
        }
        Value::Array(elements) => elements.iter().any(|inner| has_empty(inner, name)),
        _ => false,
    }
}

/// Says whether the expression has `path` in it as a whole: `params.day` is not in `params.days`.
fn mentions(expression: &str, path: &str) -> bool {
    expression.match_indices(path).any(|(at, _)| {
        let after = expression[at + path.len()..].chars().next();
        after.is_none_or(|after| !after.is_alphanumeric() && after != '_')
    })
}

mod loops;
mod texts;

pub use loops::few_kinds;

#[cfg(test)]
mod tests;
