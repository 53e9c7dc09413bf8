//! The YAML file of one rule, and the rule that is made of it.
//!
//! Loading refuses what would make a verdict wrong or meaningless: a condition that does not fit the kind's facts, a
//! citation that does not exist, a default of the wrong type. The linter looks for what only makes a rule poor, such as
//! a missing example or an unused parameter. Examples are not read here: they are half of the text, and a scan needs
//! none.

pub(super) mod text;

use std::collections::BTreeMap;

use serde_json::Value;
use serde_saphyr::Spanned;

use self::text::{
    RuleText, SeverityCaseText, check_citations, check_ids, check_supports, params, service, without_examples,
};
use super::condition::{CelEnvironment, Condition, ConditionError, Definition, Definitions, Needs};
use super::fault::EvaluationError;
use super::inventory::{Context, IN_PHI_SCOPE};
use super::param::Param;
use super::template::Template;
use super::trace::Trace;
use crate::catalog::Catalog;
use crate::model::{
    ATTESTATION, Kinds, Remediation, Resource, RuleInfo, Severity, SeverityCaseInfo, Truth, Verdict, is_attested,
};
use crate::source::locate::locate;
use crate::source::{Problem, SourceFile, suggest, yaml};

/// One rule, ready to judge.
#[derive(Debug)]
pub struct Rule {
    /// Kebab case; the file's name without `.yaml`.
    pub id: String,
    /// The good state, as a sentence without a period.
    pub title: String,
    /// The severity of a failure.
    pub severity: Severity,
    /// The severity of a failure where PHI is, if that differs.
    pub severity_in_phi_scope: Option<Severity>,
    /// The severities of a failure in particular states, if these differ. The first case that is true decides.
    pub severity_cases: Vec<SeverityCase>,
    /// The kind of resource that it judges.
    pub kind: String,
    /// The service that it is filed under, in lower case.
    pub service: String,
    /// The HIPAA citations that it speaks for, in printed form.
    pub hipaa: Vec<String>,
    /// The SOC 2 criteria that it speaks for.
    pub soc2: Vec<String>,
    /// Those of its citations that it only supports: neither a pass nor a failure decides where they stand.
    pub supports: Vec<String>,
    /// The harm that comes without the good state.
    pub why: String,
    /// The names that its expressions use, each for a sub-expression.
    pub definitions: Definitions,
    /// The condition of the resources that it concerns. Without one it concerns all.
    pub when: Option<Condition>,
    /// The condition of the good state.
    pub pass: Condition,
    /// The message about a resource that fails.
    pub fail_message: Template,
    /// A note in every finding, whatever the verdict. An example is a date that all of them stand on.
    pub note: Option<Template>,
    /// The message about a resource that the rule does not concern, where `when` is not the best way to say it.
    pub not_applicable_message: Option<Template>,
    /// The evidence that an auditor asks to see, for rules on what people attest.
    pub evidence_asked: Option<String>,
    /// The parameters that users may set, by name.
    pub params: BTreeMap<String, Param>,
    /// True for a rule that runs only when it is asked for by its id.
    pub opt_in: bool,
    /// The way to the good state.
    pub remediation: Remediation,
    /// The pages on which AWS or a standard says so.
    pub references: Vec<String>,
    /// Ids that it had before.
    pub aliases: Vec<String>,
    /// The reason why it should no longer be used, if it should not.
    pub deprecated: Option<String>,
    /// The file, for the linter and for `rules show`.
    pub source: SourceFile,
    param_values: Value,
}

/// A state in which a failure has a severity of its own.
#[derive(Debug)]
pub struct SeverityCase {
    /// The severity of a failure in that state.
    pub severity: Severity,
    /// The state.
    pub when: Condition,
}

impl Rule {
    /// Reads and compiles a rule.
    ///
    /// # Errors
    /// Everything that is wrong with it, at least one problem.
    pub fn load(source: SourceFile, kinds: &Kinds, catalog: &Catalog) -> Result<Self, Vec<Problem>> {
        match yaml::read_part(&source, without_examples(&source.text)) {
            Ok(text) => Self::compile(text, source, kinds, catalog),
            Err(problem) => Err(vec![problem]),
        }
    }

    fn compile(text: RuleText, source: SourceFile, kinds: &Kinds, catalog: &Catalog) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        check_ids(&text, &source, &mut problems);
        check_citations(&text, &source, catalog, &mut problems);
        check_supports(&text, &source, &mut problems);
        let params = params(&text, &source, &mut problems);
        let Some(kind) = kinds.get(&text.kind.value) else {
            problems.push(unknown_kind(&text.kind, &source, kinds));
            return Err(problems);
        };
        let param_types = params.iter().map(|(name, param)| (name.clone(), param.value_type)).collect();
        let none = Definitions::default();
        let environment = CelEnvironment { kinds, kind, params: &param_types, definitions: &none };
        let mut compiler = Compiler { source: &source, environment, problems };
        let definitions = compiler.definitions(&text.definitions);
        let environment = CelEnvironment { definitions: &definitions, ..environment };
        let mut compiler = Compiler { source: &source, environment, problems: compiler.problems };
        let when = text.when.as_ref().map(|when| compiler.condition(when));
        let pass = compiler.condition(&text.pass);
        let severity_cases = text.severity_cases.iter().filter_map(|case| compiler.severity_case(case)).collect();
        let fail_message = compiler.template(&text.fail_message);
        let note = text.note.as_ref().map(|note| compiler.template(note));
        let not_applicable_message = text.not_applicable_message.as_ref().map(|message| compiler.template(message));
        compiler.evidence_asked(&text);
        let (true, Some(pass), Some(fail_message)) = (compiler.problems.is_empty(), pass, fail_message) else {
            return Err(compiler.problems);
        };
        Ok(Self {
            service: service(&source, &text.id.value, kind),
            id: text.id.value,
            title: text.title.value,
            severity: text.severity,
            severity_in_phi_scope: text.severity_in_phi_scope,
            severity_cases,
            kind: text.kind.value,
            hipaa: values(text.hipaa),
            soc2: values(text.soc2),
            supports: values(text.supports),
            why: text.why.value.trim().to_owned(),
            definitions,
            when: when.flatten(),
            pass,
            fail_message,
            note: note.flatten(),
            not_applicable_message: not_applicable_message.flatten(),
            evidence_asked: text.evidence_asked.map(|text| text.value.trim().to_owned()),
            param_values: params.iter().map(|(name, param)| (name.clone(), param.default.clone())).collect(),
            params,
            opt_in: text.opt_in,
            remediation: text.remediation,
            references: values(text.references),
            aliases: values(text.aliases),
            deprecated: text.deprecated.map(|reason| reason.value),
            source,
        })
    }

    /// The parameters as conditions see them: an object of the defaults, with the user's values in their place.
    pub fn param_values(&self) -> &Value {
        &self.param_values
    }

    /// Sets a parameter.
    ///
    /// # Errors
    /// If there is no such parameter or the value is of the wrong type, in a sentence, with help.
    pub fn set_param(&mut self, name: &str, value: &Value) -> Result<(), (String, Option<String>)> {
        let Some(param) = self.params.get(name) else {
            let help = suggest::help(name, self.params.keys().map(String::as_str));
            return Err((format!("rule `{}` has no parameter `{name}`", self.id), help));
        };
        if let Some(reason) = param.refuses(value) {
            let help = format!("`{name}` means: {}", param.description);
            return Err((format!("parameter `{name}` of rule `{}`: {reason}", self.id), Some(help)));
        }
        self.param_values[name] = value.clone();
        Ok(())
    }

    /// The part of the rule that a report shows beside its findings.
    pub fn info(&self) -> RuleInfo {
        RuleInfo {
            id: self.id.clone(),
            title: self.title.clone(),
            severity: self.severity,
            severity_in_phi_scope: self.severity_in_phi_scope,
            severity_cases: self.severity_cases.iter().map(|case| self.case_info(case)).collect(),
            kind: self.kind.clone(),
            service: self.service.clone(),
            hipaa: self.hipaa.clone(),
            soc2: self.soc2.clone(),
            supports: self.supports.clone(),
            why: self.why.clone(),
            pass: self.told(&self.pass),
            when: self.when.as_ref().map(|when| self.told(when)),
            params: self.param_values.clone(),
            remediation: self.remediation.clone(),
            references: self.references.clone(),
        }
    }

    /// A condition as it is written, followed by what its names stand for.
    fn told(&self, condition: &Condition) -> String {
        let used = &condition.needs().definitions;
        let meaning =
            |definition: &Definition| format!("\nwhere {} = {}", definition.name(), definition.source().trim());
        let meanings = self.definitions.iter().filter(|definition| used.contains(definition.name())).map(meaning);
        condition.source().trim().to_owned() + &meanings.collect::<String>()
    }

    fn case_info(&self, case: &SeverityCase) -> SeverityCaseInfo {
        SeverityCaseInfo { severity: case.severity, when: self.told(&case.when) }
    }

    /// Every citation, HIPAA first.
    pub fn requirements(&self) -> impl Iterator<Item = &str> {
        self.hipaa.iter().chain(&self.soc2).map(String::as_str)
    }

    /// The severity of a failure of a resource. An unknown membership of the PHI scope (`None`) counts as out of scope.
    pub fn severity_for(&self, in_phi_scope: Option<bool>) -> Severity {
        match (in_phi_scope, self.severity_in_phi_scope) {
            (Some(true), Some(severity)) => severity,
            _ => self.severity,
        }
    }

    /// The severity of this resource's failure: that of the first severity case that is true of it. A case that is not
    /// decided does not count.
    pub fn severity_of_failure<'v>(&'v self, context: &Context<'v>) -> Severity {
        let is_true = |case: &&'v SeverityCase| case.when.evaluate(context, &mut Trace::off()) == Ok(Truth::True);
        let case = self.severity_cases.iter().find(is_true);
        case.map_or_else(|| self.severity_for(context.in_phi_scope), |case| case.severity)
    }

    /// The populations and facts that judging reads, those of the fail message and the note included.
    /// Contains [`IN_PHI_SCOPE`] as a fact of the rule's kind if the verdict or the severity depends on it.
    pub fn needs(&self) -> Needs {
        let mut needs = self.verdict_needs();
        needs.union(self.fail_message.needs());
        for template in self.note.iter().chain(&self.not_applicable_message) {
            needs.union(template.needs());
        }
        for case in &self.severity_cases {
            needs.union(case.when.needs());
        }
        if self.severity_in_phi_scope.is_some() {
            needs.facts.insert((self.kind.clone(), IN_PHI_SCOPE.to_owned()));
        }
        needs
    }

    /// The populations and facts that the verdict hangs on: what only the fail message or the severity reads is not
    /// among them.
    pub fn verdict_needs(&self) -> Needs {
        let mut needs = self.pass.needs().clone();
        if let Some(when) = &self.when {
            needs.union(when.needs());
        }
        needs
    }

    /// Says whether the rule judges the resource. It does if the resource is of its kind; of the attestations it judges
    /// the one that has its name.
    pub fn concerns(&self, resource: &Resource) -> bool {
        self.kind == resource.kind && (self.kind != ATTESTATION || self.id == resource.id)
    }

    /// Judges one resource. `when` decides first: false gives "not applicable" and unknown gives "unknown", whatever
    /// `pass` would say. A `pass` that is true only because there is nothing of which it speaks gives "not applicable",
    /// too, and the trace names the empty lists.
    ///
    /// # Errors
    /// If a condition runs out of its step budget or computes something undefined.
    pub fn judge<'v>(&'v self, context: &Context<'v>, trace: &mut Trace) -> Result<Verdict, EvaluationError> {
        if let Some(when) = &self.when {
            match when.evaluate(context, trace)? {
                Truth::True => trace.forget_answers(),
                Truth::False => return Ok(Verdict::NotApplicable),
                Truth::Unknown => return Ok(Verdict::Unknown),
            }
        }
        Ok(match self.pass.evaluate(context, trace)? {
            Truth::True => match self.pass.ground(context, trace)? {
                Truth::True => Verdict::Pass,
                Truth::False => Verdict::NotApplicable,
                Truth::Unknown => Verdict::Unknown,
            },
            Truth::False => Verdict::Fail,
            Truth::Unknown => Verdict::Unknown,
        })
    }
}

/// Says whether a text may be the id of a rule, such as `s3-bucket-versioning`: words of lower-case letters and digits,
/// hyphens between them, a letter first.
pub fn is_rule_id(id: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    id.starts_with(|first: char| first.is_ascii_lowercase()) && id.split('-').all(is_word)
}

fn unknown_kind(kind: &Spanned<String>, source: &SourceFile, kinds: &Kinds) -> Problem {
    let help = suggest::nearest(&kind.value, kinds.names()).map(|near| format!("did you mean `{near}`?"));
    source.problem_at(yaml::offset(kind), format!("there is no kind `{}`", kind.value)).maybe_help(help)
}

/// Compiles the expressions of one file and keeps what is wrong with them, at its place in the file.
struct Compiler<'a> {
    source: &'a SourceFile,
    environment: CelEnvironment<'a>,
    problems: Vec<Problem>,
}

impl Compiler<'_> {
    /// Rules on what people attest say what an auditor asks to see; for no other rule would it mean anything.
    fn evidence_asked(&mut self, text: &RuleText) {
        match &text.evidence_asked {
            None if is_attested(&text.kind.value) => {
                let problem = self.source.problem("the key `evidence_asked` is missing");
                self.problems.push(problem.help("say in a sentence what evidence an auditor asks for"));
            }
            Some(asked) if !is_attested(&text.kind.value) => {
                let message = "`evidence_asked` is only for rules on what people attest";
                self.problems.push(self.source.problem_at(yaml::offset(asked), message));
            }
            _ => {}
        }
    }

    /// Compiles the definitions in the order in which they stand in the file.
    fn definitions(&mut self, texts: &BTreeMap<String, Spanned<String>>) -> Definitions {
        let mut in_order: Vec<(&String, &Spanned<String>)> = texts.iter().collect();
        in_order.sort_by_key(|(_, text)| yaml::offset(text));
        let mut definitions = Definitions::to_come(texts.keys().cloned());
        for (name, text) in in_order {
            let environment = CelEnvironment { definitions: &definitions, ..self.environment };
            let compiled = Definition::compile(name, &text.value, &environment);
            if let Some(definition) = self.keep(text, compiled) {
                definitions.add(definition);
            }
        }
        definitions
    }

    fn condition(&mut self, text: &Spanned<String>) -> Option<Condition> {
        let compiled = Condition::compile(&text.value, &self.environment);
        self.keep(text, compiled)
    }

    fn severity_case(&mut self, text: &SeverityCaseText) -> Option<SeverityCase> {
        Some(SeverityCase { severity: text.severity, when: self.condition(&text.when)? })
    }

    fn template(&mut self, text: &Spanned<String>) -> Option<Template> {
        let compiled = Template::compile(&text.value, &self.environment);
        self.keep(text, compiled)
    }

    fn keep<T>(&mut self, text: &Spanned<String>, compiled: Result<T, Vec<ConditionError>>) -> Option<T> {
        match compiled {
            Ok(compiled) => Some(compiled),
            Err(errors) => {
                self.problems.extend(errors.into_iter().map(|error| {
                    let offset = locate(&self.source.text, yaml::offset(text), &text.value, error.offset);
                    self.source.problem_at(offset, error.message).maybe_help(error.help)
                }));
                None
            }
        }
    }
}

fn values(spanned: Vec<Spanned<String>>) -> Vec<String> {
    spanned.into_iter().map(|text| text.value).collect()
}

#[cfg(test)]
mod tests;
