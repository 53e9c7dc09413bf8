//! The meaning of "public":
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>.

use super::super::evaluate::{in_range, range};
use super::*;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Any,
    Read,
    Write,
}

/// AWS's list, and the keys of the same sense that came later.
const REQUESTER_KEYS: [&str; 13] = [
    "aws:sourcearn",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:sourceowner",
    "aws:sourceaccount",
    "aws:sourceorgid",
    "aws:userid",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "s3:dataaccesspointarn",
    "s3:dataaccesspointaccount",
    "aws:principalservicename",
];

/// Requests of those of whom the document fixes nothing.
pub fn strangers(document: &Document, access: Access) -> Question<'_> {
    let mut actions = s3_actions();
    let is_of_bucket = !named_buckets(document).is_empty();
    if access == Access::Any && !is_of_bucket {
        actions.extend(texts(&["sns:Publish", "unnamed:Act"]));
    }
    Question {
        actions,
        callers: callers(),
        resources: Box::new(move |document, longest| {
            let mut resources = bucket_resources(document, longest);
            if !is_of_bucket {
                resources.push("arn:aws:sns:us-east-1:111122223333:alarms".into());
            }
            resources
        }),
        callers_choose_actions: false,
        keys_of_caller: Vec::new(),
        open: access == Access::Any || document.conditions().any(|(_, key, _)| key == "s3:tlsversion"),
        meant: Box::new(move |request, reading| {
            let accesses = request.action.as_ref().is_none_or(|action| accesses(action, access));
            all([truth(accesses), truth(reports_tls(request, reading)), is_stranger(document, request)])
        }),
    }
}

/// By the verbs of AWS's list of "bad actions", and those that came later.
fn accesses(action: &str, access: Access) -> bool {
    let begins = |verbs: &[&str]| verbs.iter().any(|verb| action.to_lowercase().starts_with(&format!("s3:{verb}")));
    match access {
        Access::Any => true,
        Access::Read => begins(&["get", "list", "describe", "select"]),
        Access::Write => begins(&[
            "put",
            "delete",
            "abortmultipartupload",
            "restoreobject",
            "replicate",
            "create",
            "update",
            "initiate",
            "bypassgovernanceretention",
            "objectowneroverridetobucketowner",
        ]),
    }
}

/// S3 always says which TLS it is; whether others may be silent the rules do not say.
fn reports_tls(request: &Request, reading: Reading) -> bool {
    let silent = value(request, "aws:securetransport") == Some("true")
        && request.context.get("s3:tlsversion").is_some_and(Vec::is_empty);
    !silent || reading == Reading::Wide
}

/// As far as this part of a request tells.
pub fn is_stranger(document: &Document, request: &Request) -> Truth {
    let caller = request.caller.as_ref().map_or(True, |caller| strange_caller(document, caller, request));
    let keys = REQUESTER_KEYS.iter().filter_map(|key| Some((key, value(request, key)?)));
    let free = truth(keys.into_iter().all(|(key, value)| !fixed(document, key, value)));
    let access_point = value(request, "s3:dataaccesspointarn").is_none_or(|arn| !in_fixed_account(document, arn));
    let source_path = not(value(request, "aws:sourceorgpaths").map_or(False, |path| in_fixed_path(document, path)));
    let address = value(request, "aws:sourceip").is_none_or(|address| !in_narrow_range(document, address));
    all([caller, free, truth(access_point), source_path, truth(address)])
}

fn strange_caller(document: &Document, caller: &Caller, request: &Request) -> Truth {
    match caller {
        Caller::Anonymous => True,
        Caller::Aws(arn) => strange_principal(document, arn, request),
        Caller::Service(name) => truth(!named_principals(document).any(|one| one == name)),
        Caller::Federated(name) => truth(!name.starts_with("arn:")),
        Caller::Canonical(_) => False,
    }
}

fn strange_principal(document: &Document, arn: &str, request: &Request) -> Truth {
    let account = account_of(arn);
    let named = named_principals(document).any(|name| name == account || account_of(name) == account)
        || fixed(document, "aws:principalaccount", account)
        || fixed(document, "kms:calleraccount", account)
        || fixed(document, "aws:principalarn", arn)
        || value(request, "aws:principalorgid").is_some_and(|id| fixed(document, "aws:principalorgid", id));
    if named {
        return False;
    }
    let by_pattern =
        document.conditions().filter(|(_, key, _)| *key == "aws:principalarn").any(|(operator, _, listed)| {
            listed.iter().any(|pattern| account_of(pattern) == account && matches(operator, pattern, arn))
        });
    let by_path = value(request, "aws:principalorgpaths").map_or(False, |path| in_fixed_path(document, path));
    not(any([truth(by_pattern), by_path]))
}

/// Does a pattern with a fixed account cover the access point? The wildcards of `StringLike` reach over colons, so that
/// behind one no field is fixed.
fn in_fixed_account(document: &Document, arn: &str) -> bool {
    document.conditions().filter(|(_, key, _)| *key == "s3:dataaccesspointarn").any(|(operator, _, listed)| {
        listed.iter().any(|pattern| {
            let before: Vec<&str> = pattern.splitn(6, ':').take(5).collect();
            let fields = if operator.contains("Arn") { &before[before.len().min(4)..] } else { &before[..] };
            before.len() == 5
                && !fields.iter().any(|field| field.contains(['*', '?', '$']))
                && matches(operator, pattern, arn)
        })
    })
}

/// A part of one organization: the definition does not speak of it, but no stranger is in it.
fn in_fixed_path(document: &Document, path: &str) -> Truth {
    let organization = path.split('/').next().unwrap();
    let named = document.conditions().filter(|(_, key, _)| key.ends_with("orgpaths")).any(|(operator, _, listed)| {
        let of_organization = |pattern: &&String| pattern.split_once('/').is_some_and(|(id, _)| id == organization);
        listed.iter().filter(of_organization).any(|pattern| matches(operator, pattern, path))
    });
    truth(named)
}

fn in_narrow_range(document: &Document, address: &str) -> bool {
    document.conditions().filter(|(operator, key, _)| *key == "aws:sourceip" && operator.contains("IpAddress")).any(
        |(_, _, listed)| {
            listed.iter().filter_map(|one| range(one)).any(|(network, bits)| {
                let narrow = bits >= if network.is_ipv4() { 8 } else { 32 };
                narrow && in_range(network, bits, address.parse().unwrap())
            })
        },
    )
}

fn matches(operator: &str, pattern: &str, value: &str) -> bool {
    if operator.contains("Arn") { arn_like(pattern, value, None) } else { like(pattern, value, None) }
}
