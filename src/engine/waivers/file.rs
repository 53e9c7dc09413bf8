//! The waiver file, read strictly: a waiver that is quietly ignored, or that covers more than was decided, makes a
//! report say something else than its reader believes.

use std::collections::BTreeSet;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use serde_saphyr::Spanned;

use super::WaiverEntry;
use crate::engine::wildcard::{Wildcard, too_long};
use crate::model::{AccountId, Arn, Region, Waiver};
use crate::rule::{Rule, RuleSet};
use crate::source::{Problem, SourceFile, yaml};

/// Failures that were accepted, each by somebody, for a reason, until a day.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "waivers.yaml")]
struct FileText {
    /// The entries. Where two cover a failure, the first one is named beside it.
    #[schemars(with = "Vec<EntryText>")]
    waivers: Vec<Spanned<EntryText>>,
}

/// One accepted failure, or several of one sort. Every text is checked after reading, so that all problems come at once.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct EntryText {
    /// The rule's id; `*` stands for any text and `?` for any character.
    #[schemars(required, with = "String")]
    rule: Option<Spanned<String>>,
    /// The id or the ARN of the resource; `*` stands for any text and `?` for any character.
    #[schemars(required, with = "String")]
    resource: Option<Spanned<String>>,
    /// Only in this account: twelve digits.
    #[schemars(with = "Option<String>", regex(pattern = "^[0-9]{12}$"))]
    account: Option<Spanned<String>>,
    /// Only in this region; `global` for what has none.
    #[schemars(with = "Option<String>")]
    region: Option<Spanned<String>>,
    /// Why the failure is accepted.
    #[schemars(required, with = "String", length(min = 1))]
    reason: Option<Spanned<String>>,
    /// Who answers for it.
    #[schemars(required, with = "String", length(min = 1))]
    owner: Option<Spanned<String>>,
    /// The last day on which it counts: YYYY-MM-DD.
    #[schemars(required, with = "String", regex(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))]
    expires: Option<Spanned<String>>,
    /// Where it was decided: a ticket's name or address.
    #[schemars(with = "Option<String>")]
    ticket: Option<String>,
}

/// JSON Schema (draft 2020-12) of the waiver file, for editors and CI.
pub fn schema() -> Value {
    let settings = schemars::generate::SchemaSettings::draft2020_12();
    settings.into_generator().into_root_schema_for::<FileText>().to_value()
}

/// Reads all entries.
pub(super) fn read(source: &SourceFile, rules: &RuleSet) -> Result<Vec<WaiverEntry>, Vec<Problem>> {
    let file: Option<FileText> = yaml::read(source).map_err(|problem| vec![problem])?;
    let mut reader = WaiverReader { source, rules, problems: Vec::new() };
    let texts = file.map(|file| file.waivers).unwrap_or_default();
    let entries: Vec<Option<WaiverEntry>> = texts.iter().map(|text| reader.entry(text)).collect();
    if reader.problems.is_empty() { Ok(entries.into_iter().flatten().collect()) } else { Err(reader.problems) }
}

struct WaiverReader<'a> {
    source: &'a SourceFile,
    rules: &'a RuleSet,
    problems: Vec<Problem>,
}

impl WaiverReader<'_> {
    fn entry(&mut self, text: &Spanned<EntryText>) -> Option<WaiverEntry> {
        let at = yaml::offset(text);
        let entry = &text.value;
        let rule = self.needed(at, "rule", &entry.rule, "name the rule, such as s3-bucket-tls-only");
        let resource = self.needed(at, "resource", &entry.resource, "name the resource by its id or ARN");
        let reason = self.needed(at, "reason", &entry.reason, "say why the failure is accepted");
        let owner = self.needed(at, "owner", &entry.owner, "say who answers for it");
        let expires = self.needed(at, "expires", &entry.expires, "give the last day on which it counts, YYYY-MM-DD");
        let rules = rule.and_then(|rule| self.rules_of(rule));
        let pattern = resource.and_then(|resource| self.pattern(resource));
        let last_day = expires.and_then(|expires| self.last_day(expires));
        let places = (self.account(entry.account.as_ref()), self.region(entry.region.as_ref()));
        let (Some(rule), Some(resource), Some(reason), Some(owner)) = (rule, resource, reason, owner) else {
            return None;
        };
        if is_everything(&rule.value) && is_everything(&resource.value) {
            let problem = self.source.problem_at(at, "this waiver would cover everything");
            self.problems.push(problem.help("name the rule or the resource: a waiver accepts one thing, for a reason"));
            return None;
        }
        let ((account, region), (rules, usual_rules)) = ((places.0?, places.1?), rules?);
        Some(WaiverEntry {
            line: self.source.text[..at].matches('\n').count() + 1,
            rule: rule.value.clone(),
            rules,
            usual_rules,
            resource: resource.value.clone(),
            pattern: pattern?,
            account,
            region,
            last_day: last_day?,
            waiver: Waiver {
                reason: reason.value.trim().to_owned(),
                owner: owner.value.trim().to_owned(),
                expires: last_day?.to_string(),
                ticket: entry.ticket.clone().filter(|ticket| !ticket.trim().is_empty()),
            },
        })
    }

    fn refuse<T>(&mut self, at: usize, message: impl Into<String>, help: &str) -> Option<T> {
        self.problems.push(self.source.problem_at(at, message).help(help));
        None
    }

    /// A text that must be there and say something.
    fn needed<'t>(
        &mut self,
        entry: usize,
        key: &str,
        text: &'t Option<Spanned<String>>,
        help: &str,
    ) -> Option<&'t Spanned<String>> {
        match text {
            None => self.refuse(entry, format!("this waiver has no `{key}`"), help),
            Some(text) if text.value.trim().is_empty() => {
                self.refuse(yaml::offset(text), format!("the `{key}` of this waiver is empty"), help)
            }
            Some(text) => Some(text),
        }
    }

    /// The ids of the rules that are meant, and of those among them that run unasked.
    fn rules_of(&mut self, text: &Spanned<String>) -> Option<(BTreeSet<String>, BTreeSet<String>)> {
        let at = yaml::offset(text);
        if text.value.contains(':') {
            let help = "a waiver names rules by id, such as s3-bucket-tls-only or s3-*";
            return self.refuse(at, format!("`{}` is no rule id", text.value), help);
        }
        match self.rules.matching(std::slice::from_ref(&text.value)) {
            Ok(rules) => {
                let ids = |rules: &[&Rule]| rules.iter().map(|rule| rule.id.clone()).collect::<BTreeSet<_>>();
                let usual: Vec<&Rule> = rules.iter().copied().filter(|rule| !rule.opt_in).collect();
                Some((ids(&rules), ids(if usual.is_empty() { &rules } else { &usual })))
            }
            Err(error) => {
                self.problems.push(self.source.problem_at(at, error.message).maybe_help(error.help));
                None
            }
        }
    }

    fn pattern(&mut self, text: &Spanned<String>) -> Option<Wildcard> {
        let at = yaml::offset(text);
        if text.value.starts_with("arn:") && Arn::parse(&text.value).is_none() && !text.value.contains('*') {
            let help = "write arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE, such as arn:aws:s3:::records-*, or an id";
            return self.refuse(at, format!("`{}` is not the pattern of an ARN", text.value), help);
        }
        match too_long(&text.value) {
            Some(message) => self.refuse(at, message, "name fewer characters of it, and `*` for the rest"),
            None => Some(Wildcard::new(&text.value)),
        }
    }

    fn last_day(&mut self, text: &Spanned<String>) -> Option<Date> {
        // The parser takes other forms too. They are refused, because a day could be read in another way than it was
        // meant.
        match text.value.parse::<Date>() {
            Ok(day) if day.to_string() == text.value => Some(day),
            _ => {
                let message = format!("`{}` is not a day", text.value);
                self.refuse(yaml::offset(text), message, "write YYYY-MM-DD, such as 2026-12-31")
            }
        }
    }

    /// The account, if one is given: `Some(None)` if not, `None` if it is none.
    fn account(&mut self, text: Option<&Spanned<String>>) -> Option<Option<AccountId>> {
        let Some(text) = text else { return Some(None) };
        if let Ok(account) = text.value.parse() {
            return Some(Some(account));
        }
        self.refuse(yaml::offset(text), format!("`{}` is not an account id", text.value), "it has twelve digits")
    }

    fn region(&mut self, text: Option<&Spanned<String>>) -> Option<Option<Region>> {
        let Some(text) = text else { return Some(None) };
        if let Ok(region) = text.value.parse() {
            return Some(Some(region));
        }
        let help = "write a name such as us-east-1, or global; for several regions, leave the key out";
        self.refuse(yaml::offset(text), format!("`{}` is not a region", text.value), help)
    }
}

/// Tells whether nothing in the pattern says which rule or resource is meant.
fn is_everything(pattern: &str) -> bool {
    let words = pattern.split(['*', '?', ':', '/', '-']).filter(|word| !word.is_empty());
    words.into_iter().all(|word| ["arn", "aws", "cn", "us", "gov"].contains(&word))
}
