//! The selection of the rules that a run uses: patterns by id, service, framework, severity, kind and requirement.

use globset::{Glob, GlobMatcher};

use super::file::Rule;
use crate::model::Severity;
use crate::source::suggest;
use crate::{Error, Result};

/// The rules to use, as written on the command line or in the configuration.
///
/// A rule is used if any pattern of `select` matches it (all rules, if there is none) and no pattern of `skip` does.
/// Patterns are `service:s3`, `framework:hipaa`, `severity:high` (that or worse), `kind:AWS::S3::Bucket`,
/// `requirement:164.312(e)(1)` (that or a part of it), or an id, which may be an old one or have `*` and `?` in it.
/// An opt-in rule is used only if its id is written out in `select`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Patterns of the rules to use.
    pub select: Vec<String>,
    /// Patterns of the rules to leave out.
    pub skip: Vec<String>,
}

/// The longest pattern of ids.
const MOST_CHARACTERS: usize = 500;

/// A selection whose patterns are understood.
pub(crate) struct Chooser {
    select: Vec<SelectionPattern>,
    skip: Vec<SelectionPattern>,
}

impl Chooser {
    /// Understands the patterns.
    ///
    /// # Errors A usage error if a text is not a pattern or matches none of `rules`: a typo must not look like a clean
    /// result.
    pub fn new(selection: &Selection, rules: &[Rule]) -> Result<Self> {
        Ok(Self { select: patterns(&selection.select, rules)?, skip: patterns(&selection.skip, rules)? })
    }

    /// Says whether the rule is to be used.
    pub fn wants(&self, rule: &Rule) -> bool {
        let named = self.select.iter().any(|pattern| pattern.names(rule));
        let asked = named || (!rule.opt_in && (self.select.is_empty() || matches_any(&self.select, rule)));
        asked && !matches_any(&self.skip, rule)
    }
}

/// The rules that any of the patterns matches, opt-in rules included; all, if there is no pattern.
pub(crate) fn matching<'a>(texts: &[String], rules: &'a [Rule]) -> Result<Vec<&'a Rule>> {
    let patterns = patterns(texts, rules)?;
    Ok(rules.iter().filter(|rule| patterns.is_empty() || matches_any(&patterns, rule)).collect())
}

fn patterns(texts: &[String], rules: &[Rule]) -> Result<Vec<SelectionPattern>> {
    texts.iter().map(|text| SelectionPattern::parse(text, rules)).collect()
}

fn matches_any(patterns: &[SelectionPattern], rule: &Rule) -> bool {
    patterns.iter().any(|pattern| pattern.matches(rule))
}

#[derive(Debug)]
enum SelectionPattern {
    Service(String),
    Hipaa,
    Soc2,
    Severity(Severity),
    Kind(String),
    Requirement(String),
    Id(String),
    Ids(GlobMatcher),
}

impl SelectionPattern {
    fn parse(text: &str, rules: &[Rule]) -> Result<Self> {
        let pattern = Self::understand(text.trim())?;
        if rules.iter().any(|rule| pattern.matches(rule)) {
            return Ok(pattern);
        }
        let error = Error::usage(format!("no rule matches `{text}`"));
        Err(match pattern.nearest(rules) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help("`safeguard rules list` shows all rules"),
        })
    }

    fn understand(text: &str) -> Result<Self> {
        let Some((prefix, value)) = text.split_once(':') else { return Self::of_ids(text) };
        match prefix {
            "service" => Ok(SelectionPattern::Service(value.to_lowercase())),
            "framework" => framework(value),
            "severity" => severity(value),
            "kind" => Ok(SelectionPattern::Kind(value.to_owned())),
            "requirement" => Ok(SelectionPattern::Requirement(value.to_owned())),
            _ => Err(unknown_prefix(text, prefix)),
        }
    }

    fn of_ids(text: &str) -> Result<Self> {
        if !text.contains(['*', '?', '[', '{']) {
            return Ok(SelectionPattern::Id(text.to_owned()));
        }
        // The matcher of a longer one could outgrow what a regular expression may be, which ends the program.
        let characters = text.chars().count();
        if characters > MOST_CHARACTERS {
            let start: String = text.chars().take(40).collect();
            let message = format!("the pattern `{start}...` has {characters} characters: {MOST_CHARACTERS} at most");
            return Err(Error::usage(message).help("name fewer characters of the id, and `*` for the rest"));
        }
        match Glob::new(text) {
            Ok(glob) => Ok(SelectionPattern::Ids(glob.compile_matcher())),
            Err(_) => Err(Error::usage(format!("`{text}` is no pattern"))
                .help("`*` stands for any text and `?` for any character; brackets and braces must be closed")),
        }
    }

    fn matches(&self, rule: &Rule) -> bool {
        match self {
            SelectionPattern::Service(service) => rule.service == *service,
            SelectionPattern::Hipaa => !rule.hipaa.is_empty(),
            SelectionPattern::Soc2 => !rule.soc2.is_empty(),
            SelectionPattern::Severity(severity) => rule.severity >= *severity,
            SelectionPattern::Kind(kind) => rule.kind == *kind,
            SelectionPattern::Requirement(id) => rule.requirements().any(|cited| is_part_of(cited, id)),
            SelectionPattern::Id(_) => self.names(rule),
            SelectionPattern::Ids(glob) => glob.is_match(&rule.id),
        }
    }

    /// Says whether the pattern is the rule's id or one of its old ids, written out.
    fn names(&self, rule: &Rule) -> bool {
        matches!(self, SelectionPattern::Id(id) if rule.id == *id || rule.aliases.contains(id))
    }

    /// The pattern that was probably meant.
    fn nearest(&self, rules: &[Rule]) -> Option<String> {
        let find = |prefix: &str, word: &str, candidates: Vec<&str>| {
            suggest::nearest(word, candidates).map(|near| format!("{prefix}{near}"))
        };
        match self {
            SelectionPattern::Service(word) => {
                find("service:", word, rules.iter().map(|rule| rule.service.as_str()).collect())
            }
            SelectionPattern::Kind(word) => find("kind:", word, rules.iter().map(|rule| rule.kind.as_str()).collect()),
            SelectionPattern::Requirement(word) => {
                find("requirement:", word, rules.iter().flat_map(Rule::requirements).collect())
            }
            SelectionPattern::Id(word) => find("", word, rules.iter().map(|rule| rule.id.as_str()).collect()),
            SelectionPattern::Hipaa
            | SelectionPattern::Soc2
            | SelectionPattern::Severity(_)
            | SelectionPattern::Ids(_) => None,
        }
    }
}

fn framework(value: &str) -> Result<SelectionPattern> {
    match value.to_lowercase().as_str() {
        "hipaa" => Ok(SelectionPattern::Hipaa),
        "soc2" => Ok(SelectionPattern::Soc2),
        _ => Err(Error::usage(format!("there is no framework `{value}`")).help("known are hipaa, soc2")),
    }
}

fn severity(value: &str) -> Result<SelectionPattern> {
    let found = Severity::ALL.into_iter().find(|severity| severity.as_str() == value.to_lowercase());
    found.map(SelectionPattern::Severity).ok_or_else(|| {
        let names = Severity::ALL.map(Severity::as_str);
        let error = Error::usage(format!("there is no severity `{value}`"));
        match suggest::help(value, names) {
            Some(help) => error.help(help),
            None => error,
        }
    })
}

fn unknown_prefix(text: &str, prefix: &str) -> Error {
    let known = ["service", "framework", "severity", "kind", "requirement"];
    let help = match suggest::nearest(prefix, known) {
        Some(near) => format!("did you mean `{}`?", text.replacen(prefix, near, 1)),
        None if text.starts_with("AWS::") => format!("did you mean `kind:{text}`?"),
        None => format!("write an id, or a word behind one of {}", known.map(|word| format!("`{word}:`")).join(", ")),
    };
    Error::usage(format!("`{text}` is no pattern for rules")).help(help)
}

/// `164.312(a)(2)(iv)` is part of `164.312(a)`, and `CC6.7` of `CC6`; `CC6.10` is not part of `CC6.1`.
fn is_part_of(cited: &str, id: &str) -> bool {
    cited.strip_prefix(id).is_some_and(|rest| rest.is_empty() || rest.starts_with(['(', '.']))
}

#[cfg(test)]
mod tests;
