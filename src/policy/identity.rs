//! What an identity policy (managed or inline) lets its bearer do.
//!
//! Conditions of a grant do not weaken these answers: whoever meets them has the rights. A Deny counts only where it takes a
//! right away everywhere and always.

use super::access::any;
use super::document::{Document, Scope, Statement, account_of, ask};
use super::glob::Glob;
use crate::model::Truth;
use serde_json::Value;

/// Does the policy make its bearer an administrator: all actions on all resources?
///
/// `NotAction` on all resources is the same if it leaves the whole of IAM, with which the rest can be had; if it takes away a
/// part of IAM the answer is unknown. Without a policy: false.
pub fn allows_admin(policy: &Value) -> Truth {
    ask(policy, Truth::False, |document| {
        if denied_everywhere(document, &Glob::action("iam:*")) {
            return Truth::False;
        }
        any(document.allows().filter(|grant| on_all_resources(grant)), |grant| match &grant.actions {
            all @ Scope::Only(_) => Truth::from(all.covers(&Glob::action("*:*"))),
            rest if rest.covers(&Glob::action("iam:*")) => Truth::True,
            rest if rest.overlaps(&Glob::action("iam:*")) => Truth::Unknown,
            _ => Truth::False,
        })
    })
}

/// Does the policy allow all actions of some service on all its resources? Without a policy: false.
pub fn allows_service_wildcard(policy: &Value) -> Truth {
    ask(policy, Truth::False, |document| {
        let whole = |grant: &Statement, service: &str| {
            let actions = Glob::action(&format!("{service}:*"));
            grant.actions.covers(&actions)
                && on_all_resources_of(grant, service)
                && !denied_everywhere(document, &actions)
        };
        any(document.allows(), |grant| match &grant.actions {
            Scope::Only(actions) => {
                Truth::from(actions.iter().any(|action| whole(grant, &service_of(&action.example("x")))))
            }
            // Whatever is excluded by name, a service that nobody had in mind is left.
            Scope::AllBut(_) => Truth::from(whole(grant, "any-other-service")),
        })
    })
}

/// Does the policy allow one of the actions (such as `kms:Decrypt` or `kms:ReEncrypt*`) on all resources?
///
/// All resources are `*`, every ARN, and every ARN of the kind in all regions (`arn:aws:kms:*:111122223333:key/*`). Without a
/// policy: false.
pub fn allows_on_all_resources(policy: &Value, actions: &[&str]) -> Truth {
    ask(policy, Truth::False, |document| {
        Truth::from(actions.iter().any(|action| {
            let wanted = Glob::action(action);
            !denied_everywhere(document, &wanted)
                && document.allows().any(|grant| {
                    grant.actions.overlaps(&wanted)
                        && on_all_resources_of(grant, &service_of(&action.to_ascii_lowercase()))
                })
        }))
    })
}

/// Does the policy allow every action of the service (such as `cloudtrail`), be it on one resource or on all? Without a
/// policy: false.
pub fn allows_whole_service(policy: &Value, service: &str) -> Truth {
    if service.is_empty() {
        return Truth::Unknown;
    }
    ask(policy, Truth::False, |document| {
        let actions = Glob::action(&format!("{service}:*"));
        let loses_some = document.denies().any(|deny| takes_away_everywhere(deny) && deny.actions.overlaps(&actions));
        Truth::from(!loses_some && document.allows().any(|grant| grant.actions.covers(&actions)))
    })
}

/// Is every action of the pattern denied on all resources, without conditions?
pub(super) fn denied_everywhere(document: &Document, actions: &Glob) -> bool {
    document.denies().any(|deny| takes_away_everywhere(deny) && deny.actions.covers(actions))
}

fn takes_away_everywhere(deny: &Statement) -> bool {
    deny.conditions.is_empty() && deny.resources.as_ref().is_none_or(|own| own.covers(&Glob::new("*")))
}

const PARTITIONS: [&str; 3] = ["aws", "aws-us-gov", "aws-cn"];

/// Does the grant reach all resources: `*`, all ARNs, or all but some?
pub(super) fn on_all_resources(grant: &Statement) -> bool {
    let everything = |pattern: &Glob| {
        pattern.covers(&Glob::new("*"))
            || PARTITIONS.iter().any(|partition| pattern.covers(&Glob::new(&format!("arn:{partition}:*:*:*:*"))))
    };
    match &grant.resources {
        // Not valid in an identity policy; if it is there it limits nothing.
        None => true,
        Some(Scope::Only(patterns)) => patterns.iter().any(everything),
        Some(Scope::AllBut(patterns)) => !patterns.iter().any(everything),
    }
}

/// Does the grant reach all resources of the kind that the service's actions are about?
pub(super) fn on_all_resources_of(grant: &Statement, service: &str) -> bool {
    let whole = WHOLE_KINDS.iter().filter(|(of, _)| *of == service).map(|(_, form)| (*form).to_owned());
    let forms: Vec<String> = whole.chain([format!("{service}:*:{{account}}:*")]).collect();
    let reaches = |pattern: &Glob| {
        let example = pattern.example("");
        let account = account_of(&example).unwrap_or("*");
        forms.iter().any(|form| {
            let form = form.replace("{account}", account);
            PARTITIONS.iter().any(|partition| pattern.covers(&Glob::new(&format!("arn:{partition}:{form}"))))
        })
    };
    match &grant.resources {
        Some(Scope::Only(patterns)) => on_all_resources(grant) || patterns.iter().any(reaches),
        Some(Scope::AllBut(patterns)) => on_all_resources(grant) && !patterns.iter().any(reaches),
        None => true,
    }
}

/// `kms:Decrypt` -> `kms`.
pub(super) fn service_of(action: &str) -> String {
    action.split(':').next().unwrap_or_default().to_owned()
}

/// ARNs, after the partition, that are all resources of a kind. `{account}` may be one account: an identity policy reaches
/// other accounts only where those agree.
const WHOLE_KINDS: [(&str, &str); 20] = [
    ("apprunner", "apprunner:*:{account}:service/*"),
    ("cloudformation", "cloudformation:*:{account}:stack/*"),
    ("cloudtrail", "cloudtrail:*:{account}:trail/*"),
    ("codebuild", "codebuild:*:{account}:project/*"),
    ("dynamodb", "dynamodb:*:{account}:table/*"),
    ("ec2", "ec2:*:{account}:instance/*"),
    ("ec2-instance-connect", "ec2:*:{account}:instance/*"),
    ("iam", "iam::{account}:role/*"),
    ("iam", "iam::{account}:user/*"),
    ("iam", "iam::{account}:group/*"),
    ("iam", "iam::{account}:policy/*"),
    ("kms", "kms:*:{account}:key/*"),
    ("lambda", "lambda:*:{account}:function:*"),
    ("logs", "logs:*:{account}:log-group:*"),
    ("rds", "rds:*:{account}:db:*"),
    ("s3", "s3:::*"),
    ("s3", "s3:::*/*"),
    ("secretsmanager", "secretsmanager:*:{account}:secret:*"),
    ("ssm", "ec2:*:{account}:instance/*"),
    ("sts", "iam::{account}:role/*"),
];
