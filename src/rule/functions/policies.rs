//! Questions about policy documents. A document that is null means that no policy is attached.

use serde_json::Value;

use super::{Accepts, Function, Implementation, Parameter, Returns, text_at, wrong};
use crate::model::Truth;
use crate::policy::{self, Answer};
use crate::rule::condition::{Fault, Val};

pub(super) const POLICY: Parameter = Parameter { name: "policy", accepts: &[Accepts::Policy] };
const POLICIES: Parameter = Parameter { name: "policies", accepts: &[Accepts::Policies] };
const BOUNDARY: Parameter = Parameter { name: "boundary", accepts: &[Accepts::Policy] };
pub(super) const ARN: Parameter = Parameter { name: "arn", accepts: &[Accepts::Text] };
pub(super) const ACCOUNT: Parameter = Parameter { name: "account", accepts: &[Accepts::Text] };
pub(super) const TRUSTED: Parameter = Parameter { name: "trusted", accepts: &[Accepts::Texts] };

/// A question that needs only the document.
macro_rules! about {
    ($name:ident, $meaning:literal) => {
        Function {
            name: stringify!($name),
            is_method: false,
            parameters: &[POLICY],
            result: Returns::Bool,
            meaning: $meaning,
            implementation: Implementation::Asks(|args| answered(policy::$name(document(args)?))),
        }
    };
}

pub(super) static FUNCTIONS: [Function; 27] = [
    Function {
        name: "denies_insecure_transport",
        is_method: false,
        parameters: &[POLICY, ARN],
        result: Returns::Bool,
        meaning: "Whether the policy denies everyone every request to the resource that does not use TLS.",
        implementation: Implementation::Asks(|args| {
            answered(policy::denies_insecure_transport(document(args)?, text_at(args, 1)?))
        }),
    },
    Function {
        name: "denies_tls_below",
        is_method: false,
        parameters: &[POLICY, ARN, Parameter { name: "version", accepts: &[Accepts::Double] }],
        result: Returns::Bool,
        meaning: "Whether the policy denies everyone every request to the resource with a TLS version below that one, \
                  such as 1.2.",
        implementation: Implementation::Asks(|args| {
            let version = match args.get(2) {
                Some(Val::Double(version)) => *version,
                Some(Val::Int(version)) => *version as f64,
                other => return Err(wrong(other, "a number")),
            };
            answered(policy::denies_tls_below(document(args)?, text_at(args, 1)?, version))
        }),
    },
    Function {
        name: "denies_actions",
        is_method: false,
        parameters: &[POLICY, Parameter { name: "actions", accepts: &[Accepts::Texts] }],
        result: Returns::Bool,
        meaning: "Whether the policy, such as a service control policy, denies each of the actions \
                  (`cloudtrail:StopLogging`) in every circumstance to everyone but principals that it spares by name.",
        implementation: Implementation::Asks(|args| {
            with_texts(args.get(1), |actions| answered(policy::denies_actions(document(args)?, actions)))
        }),
    },
    about!(is_public, "Whether the policy is public as AWS defines it for S3 Block Public Access."),
    about!(grants_public_read, "Whether the policy lets anyone read objects or list them."),
    about!(grants_public_write, "Whether the policy lets anyone write or delete objects, or change the bucket."),
    Function {
        name: "grants_only_to_known",
        is_method: false,
        parameters: &[POLICY, ACCOUNT, TRUSTED],
        result: Returns::Bool,
        meaning: "Whether all that the policy allows goes to the account itself, to the trusted accounts or \
                  organizations, or to AWS services that act for them.",
        implementation: Implementation::Asks(|args| {
            with_texts(args.get(2), |trusted| {
                answered(policy::grants_only_to_known(document(args)?, text_at(args, 1)?, trusted))
            })
        }),
    },
    Function {
        name: "grants_only_to_known_accounts",
        is_method: false,
        parameters: &[POLICY, ACCOUNT, TRUSTED],
        result: Returns::Bool,
        meaning: "Whether all that the policy allows goes to the account itself, to the trusted accounts or \
                  organizations, or to AWS services, whomever those act for.",
        implementation: Implementation::Asks(|args| {
            with_texts(args.get(2), |trusted| {
                answered(policy::grants_only_to_known_accounts(document(args)?, text_at(args, 1)?, trusted))
            })
        }),
    },
    Function {
        name: "services_act_for_known",
        is_method: false,
        parameters: &[POLICY, ACCOUNT, TRUSTED],
        result: Returns::Bool,
        meaning: "Whether AWS services get in by the policy only where it ties them to the account itself or to the \
                  trusted accounts or organizations, by aws:SourceAccount, aws:SourceArn, aws:SourceOrgID or \
                  aws:SourceOrgPaths. Not every service sends these keys with every call: its documentation says.",
        implementation: Implementation::Asks(|args| {
            with_texts(args.get(2), |trusted| {
                answered(policy::services_act_for_known(document(args)?, text_at(args, 1)?, trusted))
            })
        }),
    },
    Function {
        name: "grants_unnamed_actions",
        is_method: false,
        parameters: &[POLICY, Parameter { name: "service", accepts: &[Accepts::Text] }, ACCOUNT],
        result: Returns::Bool,
        meaning: "Whether the policy gives somebody actions of the service, such as `s3`, that it does not name, by a \
                  wildcard or NotAction. What it leaves to the identity policies of the account does not count.",
        implementation: Implementation::Asks(|args| {
            answered(policy::grants_unnamed_actions(document(args)?, text_at(args, 1)?, text_at(args, 2)?))
        }),
    },
    about!(allows_admin, "Whether the policy allows every action on every resource."),
    Function {
        name: "allows_admin_together",
        is_method: false,
        parameters: &[POLICIES, BOUNDARY],
        result: Returns::Bool,
        meaning: "Whether the policies of one bearer together allow every action on every resource, as far as the \
                  permissions boundary (null for none) lets them.",
        implementation: Implementation::Asks(|args| together(args, policy::allows_admin_together)),
    },
    about!(allows_service_wildcard, "Whether the policy allows every action of some service on every resource."),
    Function {
        name: "allows_service_wildcard_of",
        is_method: false,
        parameters: &[POLICY, Parameter { name: "service", accepts: &[Accepts::Text] }],
        result: Returns::Bool,
        meaning: "Whether the policy allows every action of that service, such as `kms`, on every resource.",
        implementation: Implementation::Asks(|args| {
            answered(policy::allows_service_wildcard_of(document(args)?, text_at(args, 1)?))
        }),
    },
    Function {
        name: "allows_on_all_resources",
        is_method: false,
        parameters: &[POLICY, Parameter { name: "actions", accepts: &[Accepts::Texts] }],
        result: Returns::Bool,
        meaning: "Whether the policy allows any of the actions on every resource: on those that neither an ARN nor a \
                  condition on tags, aliases or products picks. `kms:CreateGrant` counts where the grant lets decrypt.",
        implementation: Implementation::Asks(|args| {
            with_texts(args.get(1), |actions| answered(policy::allows_on_all_resources(document(args)?, actions)))
        }),
    },
    Function {
        name: "allows_whole_service",
        is_method: false,
        parameters: &[POLICY, Parameter { name: "service", accepts: &[Accepts::Text] }],
        result: Returns::Bool,
        meaning: "Whether the policy allows every action of that service, such as `cloudtrail`.",
        implementation: Implementation::Asks(|args| {
            answered(policy::allows_whole_service(document(args)?, text_at(args, 1)?))
        }),
    },
    about!(allows_privilege_escalation, "Whether who has the policy can give themselves more rights than it grants."),
    Function {
        name: "allows_privilege_escalation_together",
        is_method: false,
        parameters: &[POLICIES, BOUNDARY],
        result: Returns::Bool,
        meaning: "Whether the bearer of all the policies can give themselves more rights than they grant together, as \
                  far as the permissions boundary (null for none) lets them.",
        implementation: Implementation::Asks(|args| together(args, policy::allows_privilege_escalation_together)),
    },
    about!(trusts_anyone, "Whether the trust policy lets anyone assume the role."),
    Function {
        name: "external_trust_restricted",
        is_method: false,
        parameters: &[POLICY, ACCOUNT, TRUSTED],
        result: Returns::Bool,
        meaning: "Whether every other account that the trust policy names is trusted or must give an external id.",
        implementation: Implementation::Asks(|args| {
            with_texts(args.get(2), |trusted| {
                answered(policy::external_trust_restricted(document(args)?, text_at(args, 1)?, trusted))
            })
        }),
    },
    about!(oidc_trust_restricted, "Whether the trust policy limits OIDC federation to an audience and to subjects."),
    about!(trusts_federation, "Whether the trust policy lets a SAML or OIDC provider assume the role."),
    about!(trusts_oidc, "Whether the trust policy lets an OIDC provider assume the role."),
    about!(trust_requires_mfa, "Whether the trust policy demands multi-factor authentication."),
    Function {
        name: "separates_key_administration",
        is_method: false,
        parameters: &[POLICY, ACCOUNT],
        result: Returns::Bool,
        meaning: "Whether nobody may both administer the key and use it to decrypt, by its policy.",
        implementation: Implementation::Asks(|args| {
            answered(policy::separates_key_administration(document(args)?, text_at(args, 1)?))
        }),
    },
    about!(requires_enclave_attestation, "Whether the key can be used to decrypt only from an attested enclave."),
    about!(has_enclave_condition, "Whether some statement depends on an enclave's attestation."),
];

pub(super) fn document<'v>(args: &[Val<'v>]) -> Result<&'v Value, Fault> {
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

/// Asks about all policies of one bearer under a boundary. A policy that is not known could grant, and it could deny: then
/// the answer is not known either.
fn together(args: &[Val<'_>], ask: fn(&[&Value], &Value) -> Answer) -> Result<Answer, Fault> {
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
pub(super) fn answered(answer: impl Into<Answer>) -> Result<Answer, Fault> {
    Ok(answer.into())
}

/// How many texts are handed over without an allocation.
const FEW: usize = 32;

/// Gives the elements of a list of texts; if one of them is not known, neither is the answer.
pub(super) fn with_texts(
    list: Option<&Val<'_>>,
    ask: impl FnOnce(&[&str]) -> Result<Answer, Fault>,
) -> Result<Answer, Fault> {
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
