//! What AWS Organizations is asked, and what each answer is good for.

use crate::aws::{Operation, Yield};

/// The name of the model and of the service.
pub(super) const SERVICE: &str = "organizations";

/// The kind of service and resource control policies.
pub(super) const POLICY: &str = "AWS::Organizations::Policy";

/// The agreements with AWS, those of the organization among them.
const CUSTOMER_AGREEMENT: &str = "AWS::Artifact::CustomerAgreement";

const ACCOUNT: &str = "AWS::Account";

/// Every operation.
pub(super) const ALL: &[&Operation] = &[
    &DESCRIBE_ORGANIZATION,
    &LIST_ROOTS,
    &LIST_CHILDREN,
    &LIST_ACCOUNTS,
    &LIST_PARENTS,
    &LIST_POLICIES,
    &DESCRIBE_POLICY,
    &LIST_TARGETS_FOR_POLICY,
    &LIST_DELEGATED_ADMINISTRATORS,
    &DESCRIBE_EFFECTIVE_POLICY,
];

const fn operation(name: &'static str, iam_actions: &'static [&'static str], yields: &'static [Yield]) -> Operation {
    Operation { service: SERVICE, name, iam_actions, yields }
}

/// Without it neither the agreements that the organization made for its members are listed, nor is it known whether
/// there can be policies.
pub(super) const DESCRIBE_ORGANIZATION: Operation = operation(
    "DescribeOrganization",
    &["organizations:DescribeOrganization"],
    &[
        Yield::Facts(
            ACCOUNT,
            &[
                "Organization",
                "OrganizationRootChildren",
                "OrganizationAccounts",
                "OrganizationPolicyTypes",
                "OrganizationPath",
                "ResourceControlPolicies",
                "DelegatedAdministrators",
                "EffectiveAiServicesOptOutPolicy",
                "EffectiveS3Policy",
                "EffectiveEc2Policy",
            ],
        ),
        Yield::Population(CUSTOMER_AGREEMENT),
        Yield::Population(POLICY),
    ],
);
const ROOT_CHILDREN: &[Yield] = &[Yield::Facts(ACCOUNT, &["OrganizationRootChildren"])];
pub(super) const LIST_ROOTS: Operation = operation("ListRoots", &["organizations:ListRoots"], ROOT_CHILDREN);
pub(super) const LIST_CHILDREN: Operation = operation("ListChildren", &["organizations:ListChildren"], ROOT_CHILDREN);
pub(super) const LIST_ACCOUNTS: Operation =
    operation("ListAccounts", &["organizations:ListAccounts"], &[Yield::Facts(ACCOUNT, &["OrganizationAccounts"])]);
pub(super) const LIST_PARENTS: Operation = operation(
    "ListParents",
    &["organizations:ListParents"],
    &[Yield::Facts(ACCOUNT, &["OrganizationPath", "ResourceControlPolicies"])],
);
pub(super) const LIST_POLICIES: Operation = operation(
    "ListPolicies",
    &["organizations:ListPolicies"],
    &[Yield::Population(POLICY), Yield::Facts(ACCOUNT, &["OrganizationPolicyTypes", "ResourceControlPolicies"])],
);
pub(super) const DESCRIBE_POLICY: Operation = operation(
    "DescribePolicy",
    &["organizations:DescribePolicy"],
    &[Yield::Facts(POLICY, &["Content"]), Yield::Facts(ACCOUNT, &["ResourceControlPolicies"])],
);
pub(super) const LIST_TARGETS_FOR_POLICY: Operation = operation(
    "ListTargetsForPolicy",
    &["organizations:ListTargetsForPolicy"],
    &[Yield::Facts(POLICY, &["TargetIds"]), Yield::Facts(ACCOUNT, &["ResourceControlPolicies"])],
);
pub(super) const LIST_DELEGATED_ADMINISTRATORS: Operation = operation(
    "ListDelegatedAdministrators",
    &["organizations:ListDelegatedAdministrators"],
    &[Yield::Facts(ACCOUNT, &["DelegatedAdministrators"])],
);
pub(super) const DESCRIBE_EFFECTIVE_POLICY: Operation = operation(
    "DescribeEffectivePolicy",
    &["organizations:DescribeEffectivePolicy"],
    &[Yield::Facts(ACCOUNT, &["EffectiveAiServicesOptOutPolicy", "EffectiveS3Policy", "EffectiveEc2Policy"])],
);
