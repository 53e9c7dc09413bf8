//! Parameters and arguments of the functions that ask questions about policies.

use serde_json::Value;

use super::{Accepts, FunctionParameter, text_at, wrong};
use crate::model::Truth;
use crate::policy::{self, Known, Own, PolicyAnswer};
use crate::rule::fault::EvaluationFault;
use crate::rule::value::Val;

pub(super) const POLICY: FunctionParameter = FunctionParameter { name: "policy", accepts: &[Accepts::Policy] };
/// The policy of a resource, alone or as the first of a list with the resource control policies that are in force for
/// it.
pub(super) const RESOURCE_POLICY: FunctionParameter =
    FunctionParameter { name: "policy", accepts: &[Accepts::Policy, Accepts::Policies] };
pub(super) const POLICIES: FunctionParameter = FunctionParameter { name: "policies", accepts: &[Accepts::Policies] };
pub(super) const BOUNDARY: FunctionParameter = FunctionParameter { name: "boundary", accepts: &[Accepts::Policy] };
pub(super) const KEY_USAGE: FunctionParameter = FunctionParameter { name: "usage", accepts: &[Accepts::Text] };
pub(super) const KEY_SPEC: FunctionParameter = FunctionParameter { name: "spec", accepts: &[Accepts::Text] };
pub(super) const ARN: FunctionParameter = FunctionParameter { name: "arn", accepts: &[Accepts::Text] };
pub(super) const ACCOUNT: FunctionParameter = FunctionParameter { name: "account", accepts: &[Accepts::Text] };
pub(super) const SERVICES: FunctionParameter = FunctionParameter { name: "services", accepts: &[Accepts::Texts] };
pub(super) const TRUSTED: FunctionParameter = FunctionParameter { name: "trusted", accepts: &[Accepts::Texts] };

pub(super) fn document<'v>(args: &[Val<'v>]) -> Result<&'v Value, EvaluationFault> {
    read(args.first()).ok_or_else(|| wrong(args.first(), "a policy document or null"))
}

/// The document, or null; `None` for anything else.
fn read<'v>(val: Option<&Val<'v>>) -> Option<&'v Value> {
    static NO_POLICY: Value = Value::Null;
    match val {
        Some(Val::Null) => Some(&NO_POLICY),
        Some(Val::Json(document @ (Value::Object(_) | Value::Null))) => Some(document),
        _ => None,
    }
}

/// Asks about the policy of a resource: alone, or under resource control policies, which follow it in a list.
pub(super) fn of_resource(
    args: &[Val<'_>],
    ask: impl FnOnce(&Value) -> PolicyAnswer,
) -> Result<PolicyAnswer, EvaluationFault> {
    let Some(elements) = args.first().and_then(Val::own_elements) else {
        return answered(ask(document(args)?));
    };
    if !elements.is_certain() {
        return answered(Truth::Unknown);
    }
    let mut documents = Vec::with_capacity(elements.len());
    for (element, _) in (0..elements.len()).map(|at| elements.get(at)) {
        match read(Some(&element)) {
            Some(document) => documents.push(document),
            None if element.is_unknown() => return answered(Truth::Unknown),
            None => return Err(wrong(Some(&element), "a policy document or null")),
        }
    }
    match documents.split_first() {
        None => Err(wrong(args.first(), "the policy of a resource, followed by resource control policies")),
        Some((policy, [])) => answered(ask(policy)),
        Some((policy, controls)) => match policy::governed(policy, controls) {
            Ok(together) => answered(ask(&together)),
            Err(reason) => answered(PolicyAnswer::undecided(&reason)),
        },
    }
}

/// Asks who gets at a key of some usage and spec.
pub(super) fn of_key(
    args: &[Val<'_>],
    own: &Own<'_>,
    ask: fn(&Value, &str, &str, &Known<'_>) -> PolicyAnswer,
) -> Result<PolicyAnswer, EvaluationFault> {
    let (usage, spec, account) = (text_at(args, 1)?, text_at(args, 2)?, text_at(args, 3)?);
    with_texts(args.get(4), |trusted| {
        let known = Known::new(account, trusted, own.clone());
        of_resource(args, |policy| ask(policy, usage, spec, &known))
    })
}

/// Asks about a policy and who is known.
pub(super) fn of_known(
    args: &[Val<'_>],
    own: &Own<'_>,
    ask: fn(&Value, &Known<'_>) -> PolicyAnswer,
) -> Result<PolicyAnswer, EvaluationFault> {
    let account = text_at(args, 1)?;
    with_texts(args.get(2), |trusted| {
        let known = Known::new(account, trusted, own.clone());
        of_resource(args, |policy| ask(policy, &known))
    })
}

/// Gives who is known: by the account and the trusted accounts, the second and the third argument, and by its
/// organization.
pub(super) fn with_known(
    args: &[Val<'_>],
    own: &Own<'_>,
    ask: impl FnOnce(&Known<'_>) -> PolicyAnswer,
) -> Result<PolicyAnswer, EvaluationFault> {
    let account = text_at(args, 1)?;
    with_texts(args.get(2), |trusted| answered(ask(&Known::new(account, trusted, own.clone()))))
}

/// Asks about all policies of one bearer under a boundary. A policy that is not known could grant, and it could deny:
/// then the answer is not known either.
pub(super) fn together(
    args: &[Val<'_>],
    ask: fn(&[&Value], &Value) -> PolicyAnswer,
) -> Result<PolicyAnswer, EvaluationFault> {
    let (list, boundary) = (args.first(), args.get(1));
    let boundary = read(boundary).ok_or_else(|| wrong(boundary, "a policy document or null"))?;
    let Some(elements) = list.and_then(Val::own_elements) else {
        return Err(wrong(list, "a list of policy documents"));
    };
    if !elements.is_certain() {
        return answered(Truth::Unknown);
    }
    let mut policies = Vec::with_capacity(elements.len());
    for (element, _) in (0..elements.len()).map(|at| elements.get(at)) {
        match read(Some(&element)) {
            Some(policy) => policies.push(policy),
            None if element.is_unknown() => return answered(Truth::Unknown),
            None => return Err(wrong(Some(&element), "a policy document or null")),
        }
    }
    answered(ask(&policies, boundary))
}

/// Questions that only say yes or no are answers without witnesses.
pub(super) fn answered(answer: impl Into<PolicyAnswer>) -> Result<PolicyAnswer, EvaluationFault> {
    Ok(answer.into())
}

/// The most texts that are handed over without an allocation.
const FEW: usize = 32;

/// Gives the elements of a list of texts; if one of them is not known, neither is the answer.
pub(super) fn with_texts(
    list: Option<&Val<'_>>,
    ask: impl FnOnce(&[&str]) -> Result<PolicyAnswer, EvaluationFault>,
) -> Result<PolicyAnswer, EvaluationFault> {
    let Some(elements) = list.and_then(Val::own_elements) else { return Err(wrong(list, "a list of texts")) };
    if !elements.is_certain() {
        return answered(Truth::Unknown);
    }
    let (mut few, mut many) = ([""; FEW], Vec::new());
    let texts = match few.get_mut(..elements.len()) {
        Some(few) => few,
        None => {
            many.resize(elements.len(), "");
            many.as_mut_slice()
        }
    };
    for (at, text) in texts.iter_mut().enumerate() {
        *text = match elements.text(at) {
            Some(text) => text,
            None if elements.get(at).0.is_unknown() => return answered(Truth::Unknown),
            None => return Err(wrong(list, "a list of texts")),
        };
    }
    ask(texts)
}
