//! Questions about policy documents. A document that is null means that no policy is attached.

use std::rc::Rc;

use super::asking::{
    ACCOUNT, ARN, BOUNDARY, KEY_SPEC, KEY_USAGE, POLICIES, POLICY, RESOURCE_POLICY, SERVICES, TRUSTED, answered,
    document, of_key, of_known, of_resource, together, with_known, with_texts,
};
use super::{Accepts, Function, FunctionParameter, Implementation, LookResult, Returns, text_at, wrong};
use crate::model::Truth;
use crate::policy;
use crate::rule::value::{ComputedList, ListItem, Val};

/// A question that needs only the policy of a resource.
macro_rules! about_resource {
    ($name:ident, $meaning:literal) => {
        Function {
            name: stringify!($name),
            is_method: false,
            parameters: &[RESOURCE_POLICY],
            result: Returns::Bool,
            meaning: $meaning,
            implementation: Implementation::Asks(|args| of_resource(args, policy::$name)),
        }
    };
}

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

pub(super) static FUNCTIONS: [Function; 55] = [
    Function {
        name: "denies_insecure_transport",
        is_method: false,
        parameters: &[RESOURCE_POLICY, ARN],
        result: Returns::Bool,
        meaning: "Whether the policy denies everyone but AWS services every request to the resource that does not use TLS.",
        implementation: Implementation::Asks(|args| {
            let arn = text_at(args, 1)?;
            of_resource(args, |policy| policy::denies_insecure_transport(policy, arn))
        }),
    },
    Function {
        name: "denies_tls_below",
        is_method: false,
        parameters: &[RESOURCE_POLICY, ARN, FunctionParameter { name: "version", accepts: &[Accepts::Double] }],
        result: Returns::Bool,
        meaning: "Whether the policy denies everyone but AWS services every request to the resource with a TLS version \
                  below that one, such as 1.2.",
        implementation: Implementation::Asks(|args| {
            let version = match args.get(2) {
                Some(Val::Double(version)) => *version,
                Some(Val::Int(version)) => *version as f64,
                other => return Err(wrong(other, "a number")),
            };
            let arn = text_at(args, 1)?;
            of_resource(args, |policy| policy::denies_tls_below(policy, arn, version))
        }),
    },
    Function {
        name: "denies_actions",
        is_method: false,
        parameters: &[POLICY, FunctionParameter { name: "actions", accepts: &[Accepts::Texts] }],
        result: Returns::Bool,
        meaning: "Whether the policy, such as a service control policy, denies each of the actions \
                  (`cloudtrail:StopLogging`) in every circumstance to everyone but principals that it spares by name.",
        implementation: Implementation::Asks(|args| {
            with_texts(args.get(1), |actions| answered(policy::denies_actions(document(args)?, actions)))
        }),
    },
    Function {
        name: "denies_actions_outside_regions",
        is_method: false,
        parameters: &[
            POLICY,
            FunctionParameter { name: "actions", accepts: &[Accepts::Texts] },
            FunctionParameter { name: "regions", accepts: &[Accepts::Texts] },
        ],
        result: Returns::Bool,
        meaning: "Whether the policy denies each of the actions, as `denies_actions` has it, in all regions but these.",
        implementation: Implementation::Asks(|args| {
            with_texts(args.get(1), |actions| {
                with_texts(args.get(2), |regions| {
                    answered(policy::denies_actions_outside_regions(document(args)?, actions, regions))
                })
            })
        }),
    },
    Function {
        name: "denies_outsiders",
        is_method: false,
        parameters: &[
            POLICY,
            FunctionParameter { name: "organization", accepts: &[Accepts::Text] },
            FunctionParameter { name: "actions", accepts: &[Accepts::Texts] },
        ],
        result: Returns::Bool,
        meaning: "Whether the policy, such as a resource control policy, denies each of the actions to everyone outside of \
                  the organization (`o-...`) but AWS services, accounts that it names, and what a tag spares.",
        implementation: Implementation::Asks(|args| {
            let organization = text_at(args, 1)?;
            with_texts(args.get(2), |actions| {
                answered(policy::denies_outsiders(document(args)?, organization, actions))
            })
        }),
    },
    about_resource!(is_public, "Whether the policy is public as AWS defines it for S3 Block Public Access."),
    about_resource!(
        function_is_public,
        "Whether the policy of a Lambda function lets anyone call or change it by the API. Requests to the function's URL \
         do not count: they are the URL's own affair."
    ),
    Function {
        name: "lets_services_invoke",
        is_method: false,
        parameters: &[POLICY, SERVICES],
        result: Returns::Bool,
        meaning: "Whether the policy of a Lambda function lets one of the AWS services, such as `s3.amazonaws.com`, call it.",
        implementation: Implementation::Asks(|args| {
            with_texts(args.get(1), |services| answered(policy::lets_services_invoke(document(args)?, services)))
        }),
    },
    about_resource!(grants_public_read, "Whether the policy lets anyone read objects or list them."),
    about_resource!(
        grants_public_write,
        "Whether the policy lets anyone write or delete objects, or change the bucket."
    ),
    Function {
        name: "grants_only_to_known",
        is_method: false,
        parameters: &[RESOURCE_POLICY, ACCOUNT, TRUSTED],
        result: Returns::Bool,
        meaning: "Whether all that the policy allows goes to the account itself, to its organization, to the trusted \
                  accounts or organizations, or to AWS services that act for them.",
        implementation: Implementation::AsksOfKnown(|args, own| of_known(args, own, policy::grants_only_to_known)),
    },
    Function {
        name: "grants_only_to_known_accounts",
        is_method: false,
        parameters: &[RESOURCE_POLICY, ACCOUNT, TRUSTED],
        result: Returns::Bool,
        meaning: "Whether all that the policy allows goes to the account itself, to its organization, to the trusted \
                  accounts or organizations, or to AWS services, whomever those act for.",
        implementation: Implementation::AsksOfKnown(|args, own| {
            of_known(args, own, policy::grants_only_to_known_accounts)
        }),
    },
    Function {
        name: "is_known_account",
        is_method: false,
        parameters: &[FunctionParameter { name: "principal", accepts: &[Accepts::Text] }, ACCOUNT, TRUSTED],
        result: Returns::Bool,
        meaning: "Whether an account, given by its twelve digits or by the ARN of something in it, is the account \
                  itself, one of its organization, or a trusted one. Unknown for a name that tells no account.",
        implementation: Implementation::AsksOfKnown(|args, own| {
            let principal = text_at(args, 0)?;
            with_known(args, own, |known| policy::is_known_account(principal, known))
        }),
    },
    Function {
        name: "services_act_for_known",
        is_method: false,
        parameters: &[RESOURCE_POLICY, ACCOUNT, TRUSTED],
        result: Returns::Bool,
        meaning: "Whether AWS services get in by the policy only where it ties them to the account itself, to its \
                  organization, or to the trusted accounts or organizations, by aws:SourceAccount, aws:SourceArn, aws:SourceOrgID or \
                  aws:SourceOrgPaths. Not every service sends these keys with every call: its documentation says.",
        implementation: Implementation::AsksOfKnown(|args, own| of_known(args, own, policy::services_act_for_known)),
    },
    Function {
        name: "grants_unnamed_actions",
        is_method: false,
        parameters: &[POLICY, FunctionParameter { name: "service", accepts: &[Accepts::Text] }, ACCOUNT],
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
        parameters: &[POLICY, FunctionParameter { name: "service", accepts: &[Accepts::Text] }],
        result: Returns::Bool,
        meaning: "Whether the policy allows every action of that service, such as `kms`, on every resource.",
        implementation: Implementation::Asks(|args| {
            answered(policy::allows_service_wildcard_of(document(args)?, text_at(args, 1)?))
        }),
    },
    Function {
        name: "allows_on_all_resources",
        is_method: false,
        parameters: &[POLICY, FunctionParameter { name: "actions", accepts: &[Accepts::Texts] }],
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
        parameters: &[POLICY, FunctionParameter { name: "service", accepts: &[Accepts::Text] }],
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
    about_resource!(trusts_anyone, "Whether the trust policy lets anyone assume the role."),
    Function {
        name: "external_trust_restricted",
        is_method: false,
        parameters: &[RESOURCE_POLICY, ACCOUNT, TRUSTED],
        result: Returns::Bool,
        meaning: "Whether every other account that the trust policy names is of the account's organization, is trusted or \
                  must give an external id.",
        implementation: Implementation::AsksOfKnown(|args, own| of_known(args, own, policy::external_trust_restricted)),
    },
    about!(
        oidc_trust_restricted,
        "Whether the trust policy says of each OIDC provider whose tokens it means: of one that signs for all of its \
         customers, which customer; of one that everybody signs up to, the audience and the subject; of a cluster, the \
         namespace of its pods; of an organization's own, the subject or another claim beside the audience."
    ),
    about!(
        oidc_admits_strangers,
        "Whether somebody gets in by a token of an OIDC provider that signs for everybody, such as GitHub's, without \
         the trust policy saying whose tokens it means."
    ),
    about!(
        oidc_admits_any_workload,
        "Whether pods of a cluster may assume the role whatever their namespace is, by the cluster's OIDC provider."
    ),
    about!(
        oidc_admits_unnamed_workloads,
        "Whether pods of a cluster may assume the role whatever the name of their service account is, in some namespace or \
         in all, by the cluster's OIDC provider."
    ),
    about!(trusts_saml, "Whether the trust policy lets a SAML provider assume the role."),
    about!(
        saml_trust_names_audience,
        "Whether the trust policy says of each SAML provider at which sign-in page of AWS its assertions must be \
         presented (SAML:aud)."
    ),
    about!(trusts_roles_anywhere, "Whether the trust policy lets IAM Roles Anywhere hand out the role."),
    about!(
        roles_anywhere_trust_restricted,
        "Whether the trust policy names, for IAM Roles Anywhere, the trust anchor (aws:SourceArn) or something of the \
         certificate (aws:PrincipalTag/x509Subject/CN and the like)."
    ),
    Function {
        name: "trusts_provider",
        is_method: false,
        parameters: &[POLICY, FunctionParameter { name: "providers", accepts: &[Accepts::Texts] }],
        result: Returns::Bool,
        meaning: "Whether the trust policy lets one of these OIDC providers, given by their addresses without https://, \
                  assume the role.",
        implementation: Implementation::Asks(|args| {
            with_texts(args.get(1), |providers| answered(policy::trusts_provider(document(args)?, providers)))
        }),
    },
    Function {
        name: "trusts_service",
        is_method: false,
        parameters: &[POLICY, SERVICES],
        result: Returns::Bool,
        meaning: "Whether the trust policy lets one of the AWS services, such as `scheduler.amazonaws.com`, assume the role.",
        implementation: Implementation::Asks(|args| {
            with_texts(args.get(1), |services| answered(policy::trusts_service(document(args)?, services)))
        }),
    },
    Function {
        name: "services_assume_for_known",
        is_method: false,
        parameters: &[POLICY, ACCOUNT, TRUSTED, SERVICES],
        result: Returns::Bool,
        meaning: "Whether these AWS services may assume the role only where the trust policy ties them to the account \
                  itself, to its organization, or to the trusted accounts or organizations, as services_act_for_known \
                  asks it of all services.",
        implementation: Implementation::AsksOfKnown(|args, own| {
            let policy = document(args)?;
            with_texts(args.get(3), |services| {
                with_known(args, own, |known| policy::services_assume_for_known(policy, known, services))
            })
        }),
    },
    about!(trusts_federation, "Whether the trust policy lets a SAML or OIDC provider assume the role."),
    about!(trusts_oidc, "Whether the trust policy lets an OIDC provider assume the role."),
    about!(trust_requires_mfa, "Whether the trust policy demands multi-factor authentication."),
    about!(
        trusts_principals_without_mfa,
        "Whether the trust policy lets a principal or a service assume the role without multi-factor authentication, those \
         aside whom an identity provider vouches for."
    ),
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
    Function {
        name: "leaves_key_to_identity_policies",
        is_method: false,
        parameters: &[POLICY, ACCOUNT],
        result: Returns::Bool,
        meaning: "Whether the key's policy names nobody but the root of the account and AWS services, so that identity \
                  policies alone say who administers and uses the key.",
        implementation: Implementation::Asks(|args| {
            answered(policy::leaves_key_to_identity_policies(document(args)?, text_at(args, 1)?))
        }),
    },
    Function {
        name: "lets_create_open_grants",
        is_method: false,
        parameters: &[POLICY, ACCOUNT],
        result: Returns::Bool,
        meaning: "Whether the key's policy lets somebody who may not change it create grants that no condition, such as \
                  kms:GrantIsForAWSResource or kms:GranteePrincipal, limits.",
        implementation: Implementation::Asks(|args| {
            answered(policy::lets_create_open_grants(document(args)?, text_at(args, 1)?))
        }),
    },
    Function {
        name: "lets_principal",
        is_method: false,
        parameters: &[POLICY, ARN, FunctionParameter { name: "actions", accepts: &[Accepts::Texts] }],
        result: Returns::Bool,
        meaning: "Whether the policy lets the principal, an ARN, call any of the actions in some circumstances. The ARN of an \
                  account's root stands for the identity policies of that account.",
        implementation: Implementation::Asks(|args| {
            with_texts(args.get(2), |actions| {
                answered(policy::lets_principal(document(args)?, text_at(args, 1)?, actions))
            })
        }),
    },
    Function {
        name: "principals_named",
        is_method: false,
        parameters: &[POLICY, ACCOUNT, FunctionParameter { name: "actions", accepts: &[Accepts::Texts] }],
        result: Returns::Texts,
        meaning: "The ARNs of the users and roles whom the policy names where it allows one of the actions; unknown if it \
                  lets in others of the account, by a condition alone. Made to be the value of `related`.",
        implementation: Implementation::Looks(|args, _| {
            let (policy, account) = (document(args)?, text_at(args, 1)?);
            let mut named = Err(String::new());
            with_texts(args.get(2), |actions| {
                named = policy::principals_named(policy, account, actions);
                answered(Truth::True)
            })?;
            Ok(match named {
                Ok(named) => {
                    let items =
                        named.into_iter().map(|arn| ListItem { val: Val::NewText(arn.into()), is_maybe: false });
                    let list = ComputedList { items: items.collect(), ..ComputedList::default() };
                    LookResult { val: Val::Items(Rc::new(list)), doubts: Vec::new() }
                }
                Err(doubt) => LookResult { val: Val::Unknown, doubts: vec![doubt] },
            })
        }),
    },
    Function {
        name: "names_other_accounts",
        is_method: false,
        parameters: &[POLICY, ACCOUNT],
        result: Returns::Bool,
        meaning: "Whether the policy allows something to another account, or to everyone.",
        implementation: Implementation::Asks(|args| {
            answered(policy::names_other_accounts(document(args)?, text_at(args, 1)?))
        }),
    },
    Function {
        name: "deleted_principals",
        is_method: false,
        parameters: &[POLICY],
        result: Returns::Text,
        meaning: "The principals that the policy allows something and that were deleted since, by their unique ids; an \
                  empty text if there are none.",
        implementation: Implementation::Pure(|args| {
            Ok(Val::NewText(policy::deleted_principals(document(args)?).into()))
        }),
    },
    Function {
        name: "key_is_public",
        is_method: false,
        parameters: &[RESOURCE_POLICY, KEY_USAGE, KEY_SPEC],
        result: Returns::Bool,
        meaning: "Whether the policy lets anyone in any AWS account use, disclose or change something with a key of that \
                  usage and spec. Checking signatures and reading the public key or the description do not count.",
        implementation: Implementation::Asks(|args| {
            let (usage, spec) = (text_at(args, 1)?, text_at(args, 2)?);
            of_resource(args, |policy| policy::key_is_public(policy, usage, spec))
        }),
    },
    Function {
        name: "key_grants_only_to_known",
        is_method: false,
        parameters: &[RESOURCE_POLICY, KEY_USAGE, KEY_SPEC, ACCOUNT, TRUSTED],
        result: Returns::Bool,
        meaning: "Whether all that the policy allows on a key of that usage and spec goes to the account itself, to its \
                  organization, to the trusted accounts or organizations, or to AWS services.",
        implementation: Implementation::AsksOfKnown(|args, own| of_key(args, own, policy::key_grants_only_to_known)),
    },
    Function {
        name: "key_use_only_by_known",
        is_method: false,
        parameters: &[RESOURCE_POLICY, KEY_USAGE, KEY_SPEC, ACCOUNT, TRUSTED],
        result: Returns::Bool,
        meaning: "Like `key_grants_only_to_known`, save that everyone may check signatures and read the public key and \
                  the description.",
        implementation: Implementation::AsksOfKnown(|args, own| of_key(args, own, policy::key_use_only_by_known)),
    },
    Function {
        name: "requires_enclave_measurements",
        is_method: false,
        parameters: &[POLICY, FunctionParameter { name: "expected", accepts: &[Accepts::Texts] }],
        result: Returns::Bool,
        meaning: "Whether the key can be used to decrypt only from an attested enclave with measurements that are expected.",
        implementation: Implementation::Asks(|args| {
            with_texts(args.get(1), |expected| {
                answered(policy::requires_enclave_measurements(document(args)?, expected))
            })
        }),
    },
    about!(
        binds_enclave_deployment,
        "Whether the key can be used to decrypt only in one deployment of an attested enclave: under a given role (PCR3), \
         on a given instance (PCR4), or from an image that a given certificate signed (PCR8)."
    ),
    about!(
        denies_unattested_use,
        "Whether the policy denies everyone, holders of grants among them, to decrypt with the key outside of an attested \
         enclave."
    ),
    about!(requires_enclave_attestation, "Whether the key can be used to decrypt only from an attested enclave."),
    about!(has_enclave_condition, "Whether some statement depends on an enclave's attestation."),
];
