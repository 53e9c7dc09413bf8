//! The actions of AWS services, from a dated list: `actions.txt` beside this file, written by
//! `fixtures/iam_actions.py`.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::glob::Glob;

/// One action of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ServiceAction {
    /// With its service, as AWS spells it: `s3:GetObject`.
    pub name: String,
    /// The same in lower case, to be compared with patterns.
    pub lower: String,
    /// The types of resources that it acts on; none where it acts on no resource in particular.
    pub types: Vec<&'static str>,
}

/// The actions of one service.
#[derive(Debug, Default)]
pub(super) struct ServiceActions {
    /// The ones that are asked for most first, so that they become examples.
    pub actions: Vec<ServiceAction>,
    /// True if these are all actions of the service.
    pub is_whole: bool,
    /// ARN patterns by resource type.
    forms: HashMap<&'static str, Vec<&'static str>>,
}

impl ServiceActions {
    /// The forms that ARNs of the resource type have, with `*` for whatever differs.
    pub(super) fn forms(&self, kind: &str) -> &[&'static str] {
        self.forms.get(kind).map_or(&[], Vec::as_slice)
    }

    pub(super) fn action(&self, name: &str) -> Option<&ServiceAction> {
        let lower = name.to_ascii_lowercase();
        self.actions.iter().find(|action| action.lower == lower)
    }
}

impl ServiceAction {
    pub(super) fn matches(&self, pattern: &Glob) -> bool {
        pattern.matches(&self.lower)
    }
}

/// The service of that prefix, if its actions are listed.
pub(super) fn service(prefix: &str) -> Option<&'static ServiceActions> {
    list().services.get(prefix)
}

/// The day on which the facts of the list were published, as `2026-10-20`.
pub fn actions_date() -> &'static str {
    list().date
}

struct List {
    date: &'static str,
    services: HashMap<&'static str, ServiceActions>,
}

/// The actions that say most to a reader. One of them stands for several that a policy treats alike.
const TELLING: [&str; 22] = [
    "s3:GetObject",
    "s3:ListBucket",
    "s3:PutObject",
    "s3:DeleteObject",
    "kms:Decrypt",
    "kms:PutKeyPolicy",
    "sqs:ReceiveMessage",
    "sqs:SendMessage",
    "sns:Publish",
    "secretsmanager:GetSecretValue",
    "lambda:InvokeFunction",
    "ecr:BatchGetImage",
    "es:ESHttpGet",
    "backup:CopyIntoBackupVault",
    "sts:AssumeRole",
    "sts:AssumeRoleWithWebIdentity",
    "iam:PutRolePolicy",
    "iam:AttachRolePolicy",
    "dynamodb:GetItem",
    "logs:GetLogEvents",
    "elasticfilesystem:ClientMount",
    "cloudtrail:StopLogging",
];

fn list() -> &'static List {
    static LIST: OnceLock<List> = OnceLock::new();
    LIST.get_or_init(|| read(include_str!("actions.txt")))
}

fn read(text: &'static str) -> List {
    let mut list = List { date: "", services: HashMap::new() };
    let mut current = "";
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<&'static str> = line.split(' ').collect();
        match words[..] {
            ["date", date] => list.date = date,
            ["service", name, extent] => {
                current = name;
                list.services.insert(name, ServiceActions { is_whole: extent == "whole", ..ServiceActions::default() });
            }
            ["resource", kind, ref forms @ ..] => {
                list.services.entry(current).or_default().forms.insert(kind, forms.to_vec());
            }
            [name, _level, types] => {
                let name = format!("{current}:{name}");
                let types = types.split(',').filter(|kind| *kind != "-").collect();
                let action = ServiceAction { lower: name.to_ascii_lowercase(), name, types };
                list.services.entry(current).or_default().actions.push(action);
            }
            _ => {}
        }
    }
    let rank = |action: &ServiceAction| TELLING.iter().position(|name| *name == action.name).unwrap_or(TELLING.len());
    for service in list.services.values_mut() {
        service.actions.sort_by_key(rank);
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_read() {
        let s3 = service("s3").unwrap();
        assert!(s3.is_whole && s3.actions.len() > 170);
        let get = s3.action("S3:getobject").unwrap();
        assert!(get.types.contains(&"object") && !get.types.contains(&"bucket"));
        assert_eq!(s3.forms("bucket"), ["arn:*:s3:::*"]);
        assert!(!service("ec2").unwrap().is_whole);
        assert_eq!(actions_date().len(), 10);
        let telling =
            |name: &&str| service(name.split(':').next().unwrap()).unwrap().action(name).unwrap().name == *name;
        assert!(TELLING.iter().all(telling), "AWS's spelling");
        let all: Vec<_> = list().services.values().flat_map(|service| &service.actions).collect();
        assert!(all.iter().all(|action| action.lower.contains(':') && !action.lower.ends_with(':')));
    }
}
