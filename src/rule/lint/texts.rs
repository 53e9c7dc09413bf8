//! Refuses comparisons of facts with texts that AWS never gives.

use serde_saphyr::Spanned;

use super::Linter;
use crate::model::Kinds;
use crate::rule::condition::StrangeText;
use crate::rule::file::text::RuleText;
use crate::source::locate::locate;
use crate::source::{suggest, yaml};

impl Linter<'_> {
    /// Finds the texts that are none of the values that AWS documents for the fact.
    pub(super) fn texts(&mut self, text: &RuleText, kinds: &Kinds) {
        let (rule, kind) = (self.rule, self.rule.kind.as_str());
        let mut found: Vec<(&Spanned<String>, Vec<StrangeText>)> = Vec::new();
        for definition in rule.definitions.iter() {
            let at = text.definitions.get(definition.name());
            found.extend(at.map(|at| (at, definition.strange_texts(kinds, kind))));
        }
        let conditions = [(text.when.as_ref(), rule.when.as_ref()), (Some(&text.pass), Some(&rule.pass))];
        found.extend(
            conditions.into_iter().filter_map(|(at, condition)| Some((at?, condition?.strange_texts(kinds, kind)))),
        );
        let cases = text.severity_cases.iter().zip(&rule.severity_cases);
        found.extend(cases.map(|(at, case)| (&at.when, case.when.strange_texts(kinds, kind))));
        for (at, mut strange) in found {
            strange.sort();
            strange.dedup();
            strange.into_iter().for_each(|one| self.strange_text(at, &one));
        }
    }

    fn strange_text(&mut self, at: &Spanned<String>, strange: &StrangeText) {
        let StrangeText { text, fact, known } = strange;
        let written = [format!("'{text}'"), format!("\"{text}\"")];
        let offset = written.iter().find_map(|written| at.value.find(written)).unwrap_or(0);
        let offset = locate(&self.source.text, yaml::offset(at), &at.value, offset);
        let message = format!("`{fact}` is never \"{text}\"");
        let help = suggest::help(text, known.iter().map(String::as_str));
        let help = help.unwrap_or_else(|| format!("AWS documents {} values of it", known.len()));
        self.problems.push(self.source.problem_at(offset, message).help(help));
    }
}
