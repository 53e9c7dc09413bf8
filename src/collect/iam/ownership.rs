//! Who keeps a role: the account's own people, or AWS.
//!
//! This is the one place that decides what is not the user's to change. Two questions are asked of a role, and they
//! have different answers. Who alone can change it, so that advice about its form (inline policies, session duration)
//! is of no use? And who decides what it may do? The roles of Identity Center can only be changed by Identity Center,
//! but what they may do is written by the organization into permission sets, and people sign in with it: their rights
//! are judged.
//!
//! Only AWS can make roles below `/aws-reserved/` and `/aws-service-role/`. Of other roles the name proves nothing,
//! since anybody may give it: they count only with the trust policy that AWS gives them, and not where that lets in
//! somebody of the account itself.
//!
//! Sources: <https://docs.aws.amazon.com/singlesignon/latest/userguide/using-service-linked-roles.html>,
//! <https://docs.aws.amazon.com/controltower/latest/userguide/access-control-managing-permissions.html>,
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-activate-trusted-access.html>.

use serde_json::Value;

use crate::model::{Arn, PolicyDocument, forms};

/// What follows from who keeps a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ownership {
    /// Who alone can change the role; `None` for the account's own.
    pub managed_by: Option<String>,
    /// Whether AWS decides what the role may do.
    pub has_rights_of_aws: bool,
}

impl Ownership {
    pub(super) fn own() -> Self {
        Self { managed_by: None, has_rights_of_aws: false }
    }

    fn of(manager: impl Into<String>, has_rights_of_aws: bool) -> Self {
        Self { managed_by: Some(manager.into()), has_rights_of_aws }
    }

    /// `None` where only the trust policy could tell, and it was not read.
    pub(super) fn of_role(name: &str, path: &str, trust: Option<&PolicyDocument>, account: &str) -> Option<Self> {
        if let Some(service) = path.strip_prefix(SERVICE_LINKED) {
            let service = service.trim_end_matches('/');
            return Some(Self::of(format!("the AWS service {service}"), true));
        }
        if path.starts_with("/aws-reserved/sso.amazonaws.com/") {
            return Some(Self::of("IAM Identity Center", false));
        }
        if path.starts_with("/aws-reserved/") {
            return Some(Self::of("AWS", true));
        }
        let Some(manager) = Manager::by_name(name) else { return Some(Self::own()) };
        let trusted = trusted(&trust?.0);
        Some(match trusted.is_some_and(|all| !all.is_empty() && all.iter().all(|one| manager.lets_in(one, account))) {
            true => Self::of(manager.in_words(), manager.decides_rights()),
            false => Self::own(),
        })
    }
}

/// The path of roles that an AWS service owns.
pub(super) const SERVICE_LINKED: &str = "/aws-service-role/";

/// Who keeps roles that have no path of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manager {
    StackSets,
    /// Its role for this service.
    ControlTower(&'static str),
    /// Its role for the management account, or for the account of audits.
    ControlTowerFrom(&'static str),
}

/// Roles of Control Tower, and what its setup lets take them: a service, or what follows the account in an ARN.
const CONTROL_TOWER: [(&str, Manager); 8] = [
    ("AWSControlTowerExecution", Manager::ControlTowerFrom("root")),
    (
        "aws-controltower-AdministratorExecutionRole",
        Manager::ControlTowerFrom("role/aws-controltower-AuditAdministratorRole"),
    ),
    ("aws-controltower-ReadOnlyExecutionRole", Manager::ControlTowerFrom("role/aws-controltower-AuditReadOnlyRole")),
    ("aws-controltower-ConfigRecorderRole", Manager::ControlTower("config.amazonaws.com")),
    ("aws-controltower-ForwardSnsNotificationRole", Manager::ControlTower("lambda.amazonaws.com")),
    ("AWSControlTowerAdmin", Manager::ControlTower("controltower.amazonaws.com")),
    ("AWSControlTowerCloudTrailRole", Manager::ControlTower("cloudtrail.amazonaws.com")),
    ("AWSControlTowerStackSetRole", Manager::ControlTower("cloudformation.amazonaws.com")),
];

impl Manager {
    fn by_name(name: &str) -> Option<Self> {
        if name.starts_with("stacksets-exec-") {
            return Some(Self::StackSets);
        }
        CONTROL_TOWER.iter().find(|(own, _)| *own == name).map(|(_, manager)| *manager)
    }

    fn in_words(self) -> &'static str {
        match self {
            Self::StackSets => "CloudFormation StackSets",
            Self::ControlTower(_) | Self::ControlTowerFrom(_) => "AWS Control Tower",
        }
    }

    /// Is that whom AWS lets take the role? The account itself never is.
    fn lets_in(self, principal: &TrustedPrincipal, account: &str) -> bool {
        match (self, principal) {
            (Self::ControlTower(service), TrustedPrincipal::Service(own)) => own == service,
            (Self::ControlTowerFrom(name), TrustedPrincipal::Aws { account: other, name: own }) => {
                own == name && other != account
            }
            (Self::StackSets, TrustedPrincipal::Aws { name, .. }) => {
                name.starts_with("role/aws-service-role/stacksets.cloudformation.amazonaws.com/")
            }
            _ => false,
        }
    }

    /// In Lambda and CloudFormation whoever may pass a role can use it for something else: what such a role may do
    /// matters, whoever made it.
    fn decides_rights(self) -> bool {
        !matches!(self, Self::ControlTower("lambda.amazonaws.com" | "cloudformation.amazonaws.com"))
    }
}

#[derive(Debug, PartialEq, Eq)]
enum TrustedPrincipal {
    Service(String),
    /// Of an ARN like `arn:aws:iam::123456789012:role/app`.
    Aws {
        account: String,
        name: String,
    },
}

/// Whom the trust policy lets in; `None` if it says so in a way that AWS does not use for its own roles.
fn trusted(document: &Value) -> Option<Vec<TrustedPrincipal>> {
    let mut found = Vec::new();
    for statement in listed(&document["Statement"]) {
        if statement["Effect"] != "Allow" {
            continue;
        }
        for (sort, names) in statement["Principal"].as_object()? {
            for name in listed(names) {
                let name = name.as_str()?;
                found.push(match &sort[..] {
                    "Service" => TrustedPrincipal::Service(name.to_owned()),
                    "AWS" => aws(name)?,
                    _ => return None,
                });
            }
        }
    }
    Some(found)
}

fn aws(name: &str) -> Option<TrustedPrincipal> {
    match Arn::parse(name) {
        Some(Arn { service: "iam", region: "", account, resource, .. }) => {
            Some(TrustedPrincipal::Aws { account: account.to_owned(), name: resource.to_owned() })
        }
        None if forms::is_account_id(name) => {
            Some(TrustedPrincipal::Aws { account: name.to_owned(), name: "root".to_owned() })
        }
        _ => None,
    }
}

/// A list, or the one thing that stands in its place.
fn listed(value: &Value) -> &[Value] {
    value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const OWN: &str = "123456789012";

    fn of(name: &str, path: &str, principal: Value) -> Ownership {
        let statement = json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"});
        let trust = PolicyDocument(json!({"Version": "2012-10-17", "Statement": [statement]}));
        Ownership::of_role(name, path, Some(&trust), OWN).unwrap()
    }

    fn manager(name: &str, principal: Value) -> Option<String> {
        of(name, "/", principal).managed_by
    }

    #[test]
    fn paths_that_only_aws_can_use_tell_who_keeps_a_role() {
        let sso = of("AWSReservedSSO_Clinician_0123456789abcdef", "/aws-reserved/sso.amazonaws.com/", json!({}));
        assert_eq!(sso, Ownership::of("IAM Identity Center", false), "the organization decides on its permission sets");
        let linked = of("AWSServiceRoleForRDS", "/aws-service-role/rds.amazonaws.com/", json!({}));
        assert_eq!(linked, Ownership::of("the AWS service rds.amazonaws.com", true));
        assert_eq!(of("AWSReservedSSO_Clinician_0123456789abcdef", "/", json!({})), Ownership::own());
        assert_eq!(of("AWSServiceRoleForRDS", "/team/aws-service-role/", json!({})), Ownership::own());
    }

    #[test]
    fn a_name_alone_makes_no_role_of_aws() {
        let management = json!({"AWS": "arn:aws:iam::444455556666:root"});
        assert_eq!(manager("AWSControlTowerExecution", management.clone()).as_deref(), Some("AWS Control Tower"));
        assert_eq!(manager("my-AWSControlTowerExecution", management), None);
        assert_eq!(manager("AWSControlTowerExecution", json!({"AWS": "arn:aws:iam::123456789012:root"})), None);
        assert!(manager("AWSControlTowerExecution", json!({"AWS": "444455556666"})).is_some());
        assert_eq!(manager("AWSControlTowerExecution", json!("*")), None);
        assert_eq!(manager("AWSControlTowerExecution", json!({"AWS": ["444455556666", OWN]})), None);
        assert_eq!(manager("aws-controltower-ConfigRecorderRole", json!({"Service": "ec2.amazonaws.com"})), None);
    }

    #[test]
    fn service_managed_stack_sets_are_told_by_the_service_linked_role_that_they_trust() {
        let linked = "role/aws-service-role/stacksets.cloudformation.amazonaws.com/\
                      AWSServiceRoleForCloudFormationStackSetsOrgAdmin";
        let admin = json!({"AWS": format!("arn:aws:iam::444455556666:{linked}")});
        let own = of("stacksets-exec-0123456789abcdef0123456789abcdef", "/", admin);
        assert_eq!(own, Ownership::of("CloudFormation StackSets", true));
        assert_eq!(manager("stacksets-exec-mine", json!({"AWS": "arn:aws:iam::444455556666:root"})), None);
    }

    #[test]
    fn what_a_role_of_control_tower_may_do_is_judged_where_others_can_use_it() {
        let forward =
            of("aws-controltower-ForwardSnsNotificationRole", "/", json!({"Service": "lambda.amazonaws.com"}));
        assert_eq!(forward, Ownership::of("AWS Control Tower", false));
        let recorder = of("aws-controltower-ConfigRecorderRole", "/", json!({"Service": "config.amazonaws.com"}));
        assert_eq!(recorder, Ownership::of("AWS Control Tower", true));
    }

    #[test]
    fn without_the_trust_policy_a_name_leaves_it_open() {
        assert_eq!(Ownership::of_role("AWSControlTowerExecution", "/", None, OWN), None);
        assert_eq!(Ownership::of_role("app", "/", None, OWN), Some(Ownership::own()));
    }
}
