//! The text of a rule file as it is written, and the checks that need no compiled condition.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_saphyr::Spanned;

use super::is_rule_id;
use crate::catalog::Catalog;
use crate::model::{Framework, Kind, Remediation, Severity};
use crate::rule::param::{Bounds, Param, ParamType, TextFormat};
use crate::source::{Problem, SourceFile, suggest, yaml};

/// The shape of the file. Key order is the reader's: what it is, what it means, how it judges, what to do.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleText {
    pub id: Spanned<String>,
    pub title: Spanned<String>,
    pub severity: Severity,
    pub severity_in_phi_scope: Option<Severity>,
    #[serde(default)]
    pub severity_cases: Vec<SeverityCaseText>,
    pub kind: Spanned<String>,
    #[serde(default)]
    pub hipaa: Vec<Spanned<String>>,
    #[serde(default)]
    pub soc2: Vec<Spanned<String>>,
    #[serde(default)]
    pub supports: Vec<Spanned<String>>,
    pub why: Spanned<String>,
    #[serde(default, rename = "let")]
    pub definitions: BTreeMap<String, Spanned<String>>,
    pub when: Option<Spanned<String>>,
    pub pass: Spanned<String>,
    pub fail_message: Spanned<String>,
    pub note: Option<Spanned<String>>,
    pub not_applicable_message: Option<Spanned<String>>,
    pub evidence_asked: Option<Spanned<String>>,
    #[serde(default)]
    pub params: BTreeMap<String, Spanned<ParamText>>,
    #[serde(default)]
    pub opt_in: bool,
    pub remediation: Remediation,
    #[serde(default)]
    pub references: Vec<Spanned<String>>,
    #[serde(default)]
    pub aliases: Vec<Spanned<String>>,
    pub deprecated: Option<Spanned<String>>,
    #[serde(rename = "examples")]
    _examples: Option<IgnoredAny>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SeverityCaseText {
    pub severity: Severity,
    pub when: Spanned<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ParamText {
    #[serde(rename = "type")]
    value_type: ParamType,
    default: Spanned<Value>,
    description: String,
    min: Option<f64>,
    max: Option<f64>,
    #[serde(default)]
    one_of: Vec<String>,
    format: Option<TextFormat>,
}

/// The text before `examples:`, if nothing but examples follows; otherwise all of it. A line that begins with a letter
/// is a key of the file, because everything inside of a value is indented.
pub(super) fn without_examples(text: &str) -> &str {
    let Some(head) = text.find("\nexamples:").map(|newline| newline + 1) else { return text };
    let is_key = |line: &str| line.starts_with(|first: char| first.is_alphanumeric() || "\"'_".contains(first));
    if text[head..].lines().skip(1).any(is_key) { text } else { &text[..head] }
}

/// The folder, where it names a service; else the service of the kind's collector. The folder decides for rules about
/// what is absent, which judge the account or the region.
pub(super) fn service(source: &SourceFile, id: &str, kind: &Kind) -> String {
    let folder = source.origin.path().parent().and_then(|folder| folder.file_name()).and_then(|name| name.to_str());
    folder.filter(|folder| is_service_folder(folder, id, kind)).unwrap_or(kind.service).to_owned()
}

/// True for the folder of the kind's own service, or one that the rule's id begins with.
pub(crate) fn is_service_folder(folder: &str, id: &str, kind: &Kind) -> bool {
    folder == kind.service || id.strip_prefix(folder).is_some_and(|rest| rest.starts_with('-'))
}

pub(super) fn check_ids(text: &RuleText, source: &SourceFile, problems: &mut Vec<Problem>) {
    for id in std::iter::once(&text.id).chain(&text.aliases).filter(|id| !is_rule_id(&id.value)) {
        let message = format!("`{}` is no rule id", id.value);
        let help =
            "ids are words of lower-case letters and digits with hyphens between them, such as `s3-bucket-versioning`";
        problems.push(source.problem_at(yaml::offset(id), message).help(help));
    }
}

pub(super) fn check_citations(text: &RuleText, source: &SourceFile, catalog: &Catalog, problems: &mut Vec<Problem>) {
    for (key, framework, citations) in [("hipaa", Framework::Hipaa, &text.hipaa), ("soc2", Framework::Soc2, &text.soc2)]
    {
        for citation in citations {
            let problem = |message| source.problem_at(yaml::offset(citation), message);
            match catalog.requirement(&citation.value) {
                None => {
                    let help = catalog.suggest(&citation.value).map(|near| format!("did you mean `{near}`?"));
                    let message = format!("there is no requirement `{}` in the catalog", citation.value);
                    problems.push(problem(message).maybe_help(help));
                }
                Some(requirement) if requirement.framework != framework => {
                    problems.push(problem(format!("`{}` does not belong under `{key}`", citation.value)));
                }
                Some(_) => {}
            }
        }
    }
}

/// A citation that is supported but not cited would be lost without a word.
pub(super) fn check_supports(text: &RuleText, source: &SourceFile, problems: &mut Vec<Problem>) {
    let cited = || text.hipaa.iter().chain(&text.soc2).map(|citation| citation.value.as_str());
    for supported in text.supports.iter().filter(|supported| !cited().any(|citation| citation == supported.value)) {
        let message = format!("`{}` is none of the rule's citations", supported.value);
        let help = suggest::nearest(&supported.value, cited()).map_or_else(
            || "cite it under `hipaa` or `soc2`, too".to_owned(),
            |near| format!("did you mean `{near}`? What is supported must be cited under `hipaa` or `soc2`, too"),
        );
        problems.push(source.problem_at(yaml::offset(supported), message).help(help));
    }
}

pub(super) fn params(text: &RuleText, source: &SourceFile, problems: &mut Vec<Problem>) -> BTreeMap<String, Param> {
    let mut params = BTreeMap::new();
    for (name, Spanned { value: text, .. }) in &text.params {
        let default = text.default.value.clone();
        let bounds = Bounds { min: text.min, max: text.max, one_of: text.one_of.clone(), format: text.format };
        let misfit = bounds.misfit(text.value_type);
        let param = Param { value_type: text.value_type, default, description: text.description.clone(), bounds };
        if let Some(misfit) = misfit {
            let message = format!("the bounds of parameter `{name}` are wrong: {misfit}");
            problems.push(source.problem_at(yaml::offset(&text.default), message));
        } else if let Some(reason) = param.refuses(&param.default) {
            let message = format!("the default of parameter `{name}` is wrong: {reason}");
            problems.push(source.problem_at(yaml::offset(&text.default), message));
        }
        params.insert(name.clone(), param);
    }
    params
}
