//! Runs the cases under `cases`: readable tables of documents, each with its source and the reason for the answer.

use crate::model::{Truth, Witness};
use crate::policy::{self, Known, PolicyAnswer};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The subjects, each with its file.
const FILES: [(&str, &str); 8] = [
    ("transport", include_str!("cases/transport.yaml")),
    ("public", include_str!("cases/public.yaml")),
    ("known", include_str!("cases/known.yaml")),
    ("services", include_str!("cases/services.yaml")),
    ("found", include_str!("cases/found.yaml")),
    ("trust", include_str!("cases/trust.yaml")),
    ("keys", include_str!("cases/keys.yaml")),
    ("identity", include_str!("cases/identity.yaml")),
];

/// Fewer means that a file was not read.
const FEWEST: usize = 120;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    /// Where the fact comes from: a page of AWS's documentation, or a thread about the same mistake in another tool.
    source: String,
    question: String,
    #[serde(default)]
    arguments: Arguments,
    expect: Expected,
    because: String,
    /// What one of the witnesses must have, where there are any.
    witness: Option<Part>,
    policy: Value,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Arguments {
    arn: Option<String>,
    version: Option<f64>,
    account: Option<String>,
    trusted: Option<Vec<String>>,
    actions: Option<Vec<String>>,
    service: Option<String>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Expected {
    True,
    False,
    Unknown,
}

/// Fields of a witness; what is left out may be anything.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Part {
    principal: Option<String>,
    action: Option<String>,
    resource: Option<String>,
    context: BTreeMap<String, Vec<String>>,
}

impl Expected {
    fn truth(self) -> Truth {
        match self {
            Self::True => Truth::True,
            Self::False => Truth::False,
            Self::Unknown => Truth::Unknown,
        }
    }
}

impl Part {
    fn is_in(&self, witness: &Witness) -> bool {
        let same = |wanted: &Option<String>, got: &str| wanted.as_ref().is_none_or(|wanted| wanted == got);
        same(&self.principal, &witness.principal)
            && same(&self.action, &witness.action)
            && same(&self.resource, &witness.resource)
            && self.context.iter().all(|(key, values)| witness.context.get(&key.to_ascii_lowercase()) == Some(values))
    }
}

/// Asks the case's question. `Err` for a case that is not well written.
fn ask(case: &Case) -> Result<PolicyAnswer, String> {
    let given = &case.arguments;
    let missing = |name: &str| format!("the question needs the argument `{name}`");
    let arn = || given.arn.as_deref().ok_or_else(|| missing("arn"));
    let account = || given.account.as_deref().ok_or_else(|| missing("account"));
    let trusted: Vec<&str> = given.trusted.iter().flatten().map(String::as_str).collect();
    let actions: Vec<&str> = given.actions.iter().flatten().map(String::as_str).collect();
    let document = &case.policy;
    Ok(match &case.question[..] {
        "denies_insecure_transport" => policy::denies_insecure_transport(document, arn()?),
        "denies_tls_below" => {
            policy::denies_tls_below(document, arn()?, given.version.ok_or_else(|| missing("version"))?)
        }
        "is_public" => policy::is_public(document),
        "function_is_public" => policy::function_is_public(document),
        "lets_services_invoke" => {
            let service = given.service.as_deref().ok_or_else(|| missing("service"))?;
            policy::lets_services_invoke(document, &[service])
        }
        "grants_public_read" => policy::grants_public_read(document),
        "grants_public_write" => policy::grants_public_write(document),
        "grants_only_to_known" => policy::grants_only_to_known(document, &Known::alone(account()?, &trusted)),
        "grants_only_to_known_accounts" => {
            policy::grants_only_to_known_accounts(document, &Known::alone(account()?, &trusted))
        }
        "services_act_for_known" => policy::services_act_for_known(document, &Known::alone(account()?, &trusted)),
        "trusts_anyone" => policy::trusts_anyone(document),
        "external_trust_restricted" => policy::external_trust_restricted(document, &Known::alone(account()?, &trusted)),
        "oidc_trust_restricted" => policy::oidc_trust_restricted(document),
        "trusts_federation" => policy::trusts_federation(document),
        "trusts_oidc" => policy::trusts_oidc(document),
        "trust_requires_mfa" => policy::trust_requires_mfa(document),
        "separates_key_administration" => policy::separates_key_administration(document, account()?),
        "requires_enclave_attestation" => policy::requires_enclave_attestation(document),
        "has_enclave_condition" => policy::has_enclave_condition(document),
        "allows_admin" => policy::allows_admin(document),
        "allows_service_wildcard" => policy::allows_service_wildcard(document),
        "allows_on_all_resources" => {
            if actions.is_empty() {
                return Err(missing("actions"));
            }
            policy::allows_on_all_resources(document, &actions)
        }
        "allows_whole_service" => {
            policy::allows_whole_service(document, given.service.as_deref().ok_or_else(|| missing("service"))?)
        }
        "denies_actions" => policy::denies_actions(document, &actions),
        "allows_privilege_escalation" => policy::allows_privilege_escalation(document),
        other => return Err(format!("there is no question `{other}`")),
    })
}

/// What is wrong with the case or with the answer.
fn judge(case: &Case) -> Result<(), String> {
    if case.source.strip_prefix("https://").is_none_or(|rest| rest.trim().is_empty()) {
        return Err("no source".to_owned());
    }
    if case.because.trim().is_empty() {
        return Err("no reason".to_owned());
    }
    let answer = ask(case)?;
    let witnesses: String =
        answer.witnesses.iter().map(|one| format!("\n      {} {:?}", one.text, one.context)).collect();
    if answer.truth != case.expect.truth() {
        return Err(format!(
            "expected {:?}, got {:?}; {}{witnesses}",
            case.expect.truth(),
            answer.truth,
            case.because.trim()
        ));
    }
    match &case.witness {
        Some(part) if !answer.witnesses.is_empty() && !answer.witnesses.iter().any(|one| part.is_in(one)) => {
            Err(format!("no witness is as the case says:{witnesses}"))
        }
        _ => Ok(()),
    }
}

#[test]
fn documented_cases() {
    let mut names = BTreeSet::new();
    let mut wrong = Vec::new();
    let mut count = 0;
    for (file, text) in FILES {
        let cases: Vec<Case> = serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{file}.yaml: {error}"));
        count += cases.len();
        for case in &cases {
            if !names.insert(case.name.clone()) {
                wrong.push(format!("{file}: {}: another case has this name", case.name));
            }
            if let Err(reason) = judge(case) {
                wrong.push(format!("{file}: {} ({}): {reason}", case.name, case.question));
            }
        }
    }
    assert!(count >= FEWEST, "only {count} cases");
    assert!(wrong.is_empty(), "{} of {count} cases:\n  {}", wrong.len(), wrong.join("\n  "));
}
