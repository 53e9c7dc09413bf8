//! The examples of a rule: facts of an imagined resource, and the verdict that they must come out with.
//!
//! They are read and judged by the very code that judges real resources, so that a rule's page shows what the rule
//! does. Nothing here is needed for a scan.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};
use serde_saphyr::Spanned;

use super::condition::{ACCOUNT as ACCOUNT_KIND, DefinedValues, OF_ORGANIZATION};
use super::conform::{Misfit, misfits};
use super::file::Rule;
use super::inventory::{Context, Inventory};
use super::trace::{FactRead, FailedLookup, Trace};
use crate::model::{AccountId, Kind, Kinds, Region, Resource, Severity, Verdict, Witness};
use crate::source::{Problem, SourceFile, suggest, yaml};

/// The moment at which examples are judged unless they name another.
const NOW: &str = "2026-01-01T00:00:00Z";
/// The longest value that evidence shows, in characters.
const VALUE_WIDTH: usize = 120;

/// One example of a rule, ready to be judged.
#[derive(Debug, Clone)]
pub struct Example {
    /// The state that it shows, in words.
    pub name: String,
    /// The verdict that it must come out with.
    pub expect: Verdict,
    /// The severity that its failure must have, where the example says so.
    pub severity: Option<Severity>,
    /// The byte offset of its name in the rule's file.
    pub offset: usize,
    /// The judged resource first, then the others of its account.
    pub resources: Vec<Resource>,
    /// What other accounts tell.
    neighbours: Vec<Resource>,
    params: Value,
    now: jiff::Timestamp,
    /// For each of the resources: true if it holds PHI, `None` if that is not known.
    in_phi_scope: Vec<Option<bool>>,
    incomplete: Vec<String>,
}

/// The result of judging an example.
#[derive(Debug)]
pub struct ExampleOutcome {
    /// The verdict, or why there is none.
    pub verdict: Result<Verdict, String>,
    /// The fail message, where the verdict is fail.
    pub message: Option<String>,
    /// The severity of the failure, where the verdict is fail.
    pub severity: Option<Severity>,
    /// The facts that the conditions read, as `path = value`.
    pub evidence: Vec<String>,
}

impl Example {
    /// Judges the example.
    pub fn judge(&self, rule: &Rule) -> ExampleOutcome {
        let needs = rule.needs();
        let populations = needs.populations.iter().map(String::as_str);
        let inventory =
            Inventory::with_kinds(&self.resources, populations, |kind| !self.incomplete.iter().any(|k| k == kind));
        let inventory = inventory.with_neighbours(&self.neighbours).with_scope(|resource| {
            self.resources.iter().position(|known| std::ptr::eq(known, resource)).and_then(|at| self.in_phi_scope[at])
        });
        let context = Context {
            resource: &self.resources[0],
            in_phi_scope: self.in_phi_scope[0],
            params: &self.params,
            now: self.now,
            account: &self.resources[0].account,
            inventory: &inventory,
            defined: DefinedValues::default(),
        };
        let mut trace = Trace::on();
        let verdict = rule.judge(&context, &mut trace).map_err(|error| error.to_string());
        let failed = matches!(verdict, Ok(Verdict::Fail));
        ExampleOutcome {
            verdict,
            message: failed.then(|| rule.fail_message.render(&context)),
            severity: failed.then(|| rule.severity_of_failure(&context)),
            evidence: evidence(&trace),
        }
    }
}

impl ExampleOutcome {
    /// Says whether the example came out as it must.
    pub fn is_as_expected(&self, example: &Example) -> bool {
        self.verdict.as_ref().is_ok_and(|verdict| *verdict == example.expect)
            && example.severity.is_none_or(|severity| self.severity == Some(severity))
    }

    /// Says in one line what came out instead of what the example expects, and what it stands on.
    pub fn in_words(&self, example: &Example) -> String {
        let wanted = example.severity.filter(|_| self.verdict == Ok(Verdict::Fail));
        let in_severity =
            |severity: Option<Severity>| severity.map_or(String::new(), |it| format!(" ({})", it.as_str()));
        let came = match &self.verdict {
            Ok(verdict) => {
                format!("came out {}{}", verdict.as_str(), in_severity(self.severity.filter(|_| wanted.is_some())))
            }
            Err(error) => format!("could not be judged: {error}"),
        };
        let evidence = match self.evidence.as_slice() {
            [] => "nothing was read".to_owned(),
            evidence => evidence.join(", "),
        };
        format!("expected {}{}, {came} ({evidence})", example.expect.as_str(), in_severity(wanted))
    }
}

fn evidence(trace: &Trace) -> Vec<String> {
    let mut lines: Vec<String> = trace.reads().iter().map(read_in_words).collect();
    lines.extend(trace.populations().map(|kind| format!("not all of {kind} were read")));
    lines.extend(trace.lookups().iter().map(lookup_in_words));
    lines.extend(trace.witnesses().iter().map(witness_in_words));
    lines
}

fn lookup_in_words(lookup: &FailedLookup) -> String {
    format!("no one {} has {} = {}", lookup.kind, lookup.fact, shortened(&lookup.value.to_string()))
}

fn witness_in_words(witness: &Witness) -> String {
    format!("{}: {}", if witness.certain { "gets through" } else { "may get through" }, shortened(&witness.text))
}

fn read_in_words(read: &FactRead) -> String {
    let owner = read.resource.as_ref().map_or("resource".to_owned(), |(kind, id)| format!("{kind}[{id}]"));
    let value = read.value.as_ref().map_or("(not read)".to_owned(), |value| shortened(&value.to_string()));
    format!("{owner}.{} = {value}", read.path)
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(VALUE_WIDTH) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

/// Reads the examples of a rule's file. Examples that no collector or user could have produced are problems.
///
/// # Errors
/// Everything that is wrong with them, at least one problem.
pub fn read(rule: &Rule, kinds: &Kinds) -> Result<Vec<Example>, Vec<Problem>> {
    let file: ExamplesOnly = yaml::read(&rule.source).map_err(|problem| vec![problem])?;
    let mut reader = ExampleReader { rule, kinds, source: &rule.source, problems: Vec::new() };
    let examples: Vec<Example> = file.examples.into_iter().map(|text| reader.example(text)).collect();
    if reader.problems.is_empty() { Ok(examples) } else { Err(reader.problems) }
}

/// The one key of the file that this module reads; the rule's own shape refuses unknown keys.
#[derive(Deserialize)]
struct ExamplesOnly {
    #[serde(default)]
    examples: Vec<ExampleText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExampleText {
    name: Spanned<String>,
    expect: Verdict,
    severity: Option<Severity>,
    resource: Spanned<Map<String, Value>>,
    #[serde(default)]
    params: BTreeMap<String, Spanned<Value>>,
    now: Option<Spanned<String>>,
    account: Option<AccountId>,
    region: Option<Region>,
    #[serde(default = "out_of_scope")]
    in_phi_scope: Option<bool>,
    #[serde(default)]
    others: Vec<Spanned<Map<String, Value>>>,
    #[serde(default)]
    incomplete: Vec<Spanned<String>>,
}

/// Another resource of an example.
struct Other {
    kind: String,
    /// Where it is not the example's own account.
    account: Option<AccountId>,
    in_phi_scope: Option<bool>,
    facts: Map<String, Value>,
}

fn out_of_scope() -> Option<bool> {
    Some(false)
}

struct ExampleReader<'a> {
    rule: &'a Rule,
    kinds: &'a Kinds,
    source: &'a SourceFile,
    problems: Vec<Problem>,
}

impl ExampleReader<'_> {
    fn example(&mut self, text: ExampleText) -> Example {
        let account = text.account.unwrap_or(AccountId::EXAMPLE);
        let region = text.region.unwrap_or(Region::US_EAST_1);
        let offset = yaml::offset(&text.resource);
        if let Some(kind) = self.kinds.get(&self.rule.kind) {
            self.check_facts(kind, &text.resource.value, offset);
        }
        let mut resources =
            vec![resource(&self.rule.kind, "example".to_owned(), account, &region, text.resource.value)];
        let mut in_phi_scope = vec![text.in_phi_scope];
        let mut neighbours = Vec::new();
        for (index, other) in text.others.into_iter().enumerate() {
            let Some(Other { kind, account: owner, in_phi_scope: in_scope, facts }) = self.other(other) else {
                continue;
            };
            let other = resource(&kind, format!("other-{}", index + 1), owner.unwrap_or(account), &region, facts);
            if owner.is_some() {
                neighbours.push(other);
            } else {
                in_phi_scope.push(in_scope);
                resources.push(other);
            }
        }
        let incomplete: Vec<String> =
            text.incomplete.iter().filter_map(|kind| self.kind(&kind.value, yaml::offset(kind))).collect();
        if self.asks_of_organization(&resources, &incomplete) {
            let facts = [("AccountId", Value::from(account.as_str())), ("Organization", Value::Null)].into_iter();
            let nothing = || Value::Array(Vec::new());
            let facts = facts.chain([("OrganizationAccounts", nothing()), ("ResourceControlPolicies", nothing())]);
            let facts = facts.map(|(name, value)| (name.to_owned(), value)).collect();
            resources.push(resource(ACCOUNT_KIND, account.to_string(), account, &region, facts));
            in_phi_scope.push(out_of_scope());
        }
        Example {
            offset: yaml::offset(&text.name),
            name: text.name.value,
            expect: text.expect,
            severity: text.severity,
            resources,
            neighbours,
            params: self.params(&text.params),
            now: self.now(text.now.as_ref()),
            in_phi_scope,
            incomplete,
        }
    }

    /// Says whether the rule asks who is a stranger while the example says nothing of the account, which then stands
    /// alone.
    fn asks_of_organization(&self, resources: &[Resource], incomplete: &[String]) -> bool {
        let organization = (ACCOUNT_KIND.to_owned(), OF_ORGANIZATION[1].to_owned());
        self.rule.needs().facts.contains(&organization)
            && !resources.iter().any(|resource| resource.kind == ACCOUNT_KIND)
            && !incomplete.iter().any(|kind| kind == ACCOUNT_KIND)
    }

    fn params(&mut self, values: &BTreeMap<String, Spanned<Value>>) -> Value {
        let mut params = self.rule.param_values().clone();
        for (name, value) in values {
            let reason = match self.rule.params.get(name) {
                Some(param) => param.refuses(&value.value).map(|reason| format!("parameter `{name}`: {reason}")),
                None => Some(format!("the rule has no parameter `{name}`")),
            };
            self.problems.extend(reason.map(|reason| self.source.problem_at(yaml::offset(value), reason)));
            params[name] = value.value.clone();
        }
        params
    }

    fn now(&mut self, text: Option<&Spanned<String>>) -> jiff::Timestamp {
        let parsed = text.map_or(NOW, |text| &text.value).parse();
        parsed.unwrap_or_else(|_| {
            let offset = text.map_or(0, yaml::offset);
            self.problems.push(self.source.problem_at(offset, "`now` must be an RFC 3339 timestamp").help(NOW));
            jiff::Timestamp::UNIX_EPOCH
        })
    }

    fn other(&mut self, text: Spanned<Map<String, Value>>) -> Option<Other> {
        let offset = yaml::offset(&text);
        let mut facts = text.value;
        let Some(Value::String(name)) = facts.remove("kind") else {
            let message = "another resource needs a `kind`";
            self.problems
                .push(self.source.problem_at(offset, message).help("{kind: AWS::S3::Bucket, BucketName: logs}"));
            return None;
        };
        let account = match facts.remove("account") {
            None => None,
            Some(account) => {
                let account = account.as_str().and_then(|account| account.parse().ok());
                if account.is_none() {
                    let message =
                        "`account` of another resource is the twelve digits, in quotes, of the account that has it";
                    self.problems.push(self.source.problem_at(offset, message));
                }
                account
            }
        };
        let in_phi_scope = match facts.remove("in_phi_scope") {
            None => out_of_scope(),
            Some(Value::Null) => None,
            Some(Value::Bool(in_scope)) => Some(in_scope),
            Some(_) => {
                let message = "`in_phi_scope` of another resource is true, false, or null where it is unknown";
                self.problems.push(self.source.problem_at(offset, message));
                None
            }
        };
        let name = self.kind(&name, offset)?;
        if let Some(kind) = self.kinds.get(&name) {
            self.check_facts(kind, &facts, offset);
        }
        Some(Other { kind: name, account, in_phi_scope, facts })
    }

    fn kind(&mut self, name: &str, offset: usize) -> Option<String> {
        if self.kinds.get(name).is_some() {
            return Some(name.to_owned());
        }
        let help = suggest::nearest(name, self.kinds.names()).map(|near| format!("did you mean `{near}`?"));
        self.problems.push(self.source.problem_at(offset, format!("there is no kind `{name}`")).maybe_help(help));
        None
    }

    fn check_facts(&mut self, kind: &Kind, facts: &Map<String, Value>, offset: usize) {
        for misfit in misfits(kind.schema().as_value(), facts) {
            let at = fact_offset(&self.source.text, offset, &misfit);
            let message = format!("no {} looks like this: {}", kind.name, misfit.message);
            self.problems.push(self.source.problem_at(at, message).maybe_help(misfit.help));
        }
    }
}

fn resource(kind: &str, id: String, account: AccountId, region: &Region, facts: Map<String, Value>) -> Resource {
    let arn = facts.get("Arn").and_then(Value::as_str).map(str::to_owned);
    Resource { kind: kind.to_owned(), id, arn, account, region: region.clone(), facts: Value::Object(facts) }
}

/// Finds the offset at which the misfit's name is first written after the start of its resource. It is the start if the
/// name stands nowhere.
fn fact_offset(text: &str, start: usize, misfit: &Misfit) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    let is_key = |at: usize| {
        let before = rest[..at].chars().next_back();
        let after = rest[at + misfit.name.len()..].trim_start_matches(['"', '\'']);
        after.starts_with(':') && before.is_none_or(|before| !before.is_alphanumeric())
    };
    rest.match_indices(&misfit.name).map(|(at, _)| at).find(|&at| is_key(at)).map_or(start, |at| start + at)
}

#[cfg(test)]
mod pairs;
#[cfg(test)]
mod tests;
