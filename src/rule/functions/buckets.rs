//! Questions about the policies of S3 buckets.

use super::asking::{ACCOUNT, ARN, POLICY, RESOURCE_POLICY, TRUSTED, answered, document, of_known, with_texts};
use super::{Accepts, Function, FunctionParameter, Implementation, Returns, text_at};
use crate::policy;

pub(super) static FUNCTIONS: [Function; 5] = [
    Function {
        name: "bucket_grants_only_to_known",
        is_method: false,
        parameters: &[RESOURCE_POLICY, ACCOUNT, TRUSTED],
        result: Returns::Bool,
        meaning: "As `grants_only_to_known`, of a bucket's policy: what AWS's log delivery may put below \
                  `AWSLogs/ACCOUNT/` of a known account is tied by that path.",
        implementation: Implementation::AsksOfKnown(|args, own| {
            of_known(args, own, policy::bucket_grants_only_to_known)
        }),
    },
    Function {
        name: "takes_load_balancer_logs",
        is_method: false,
        parameters: &[POLICY],
        result: Returns::Bool,
        meaning: "Whether the bucket's policy lets application or classic load balancers deliver their logs.",
        implementation: Implementation::Asks(|args| answered(policy::takes_load_balancer_logs(document(args)?))),
    },
    Function {
        name: "denies_actions_on",
        is_method: false,
        parameters: &[POLICY, ARN, FunctionParameter { name: "actions", accepts: &[Accepts::Texts] }],
        result: Returns::Bool,
        meaning: "Whether the bucket's policy denies each of the actions on the bucket and all its objects, in every \
                  circumstance, to everyone but principals that it spares by name.",
        implementation: Implementation::Asks(|args| {
            with_texts(args.get(2), |actions| {
                answered(policy::denies_actions_on(document(args)?, text_at(args, 1)?, actions))
            })
        }),
    },
    Function {
        name: "lets_unnamed_outsiders",
        is_method: false,
        parameters: &[POLICY, ARN, ACCOUNT, FunctionParameter { name: "actions", accepts: &[Accepts::Texts] }],
        result: Returns::Bool,
        meaning: "Whether the bucket's policy lets somebody of another account than the bucket's call one of the actions on \
                  the bucket or its objects, whom it names no more closely than by an account. Services aside.",
        implementation: Implementation::Asks(|args| {
            with_texts(args.get(3), |actions| {
                let (arn, account) = (text_at(args, 1)?, text_at(args, 2)?);
                answered(policy::lets_unnamed_outsiders(document(args)?, arn, account, actions))
            })
        }),
    },
    Function {
        name: "denies_customer_keys",
        is_method: false,
        parameters: &[POLICY, ARN],
        result: Returns::Bool,
        meaning: "Whether the bucket's policy denies every upload that brings an encryption key of its own (SSE-C).",
        implementation: Implementation::Asks(|args| {
            answered(policy::denies_customer_keys(document(args)?, text_at(args, 1)?))
        }),
    },
];
