//! The values that the parts of a request take.

use super::super::evaluate::{Caller, Document, Element, Request};
use super::super::questions::Question;
use super::{CALLER_KEYS, caller_with};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::LazyLock;

/// Words for what patterns of few letters tell apart.
pub fn letters(most: u32) -> Vec<String> {
    let others = ["c", "ac", "ca", "bc", "cb", "cc", "acb", "bca", "cab", "abc", "ccc", "aca", "bcb"];
    let mut words: Vec<String> =
        others.iter().filter(|word| word.len() <= most as usize).map(|&word| word.into()).collect();
    let mut last = vec![String::new()];
    for _ in 0..most {
        last = last.iter().flat_map(|word| ["a", "b"].map(|letter| format!("{word}{letter}"))).collect();
        words.extend_from_slice(&last);
    }
    words
}

pub struct Pools {
    pub resources: Vec<String>,
    callers: Vec<Caller>,
    keys: BTreeMap<String, Vec<String>>,
    variables: bool,
}

impl Pools {
    pub fn new(document: &Document, question: &Question) -> Self {
        let mut keys: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (operator, key, listed) in document.conditions() {
            let listed = if operator == "Null" { &[][..] } else { listed };
            let values = keys.entry(key.to_owned()).or_default();
            values.extend(listed.iter().flat_map(|value| instances(value, operator.contains("IgnoreCase"))));
        }
        let variables: BTreeSet<String> = document.elements().flat_map(Element::variables).collect();
        for key in &variables {
            keys.entry(key.clone()).or_default();
        }
        // What a variable stands for may be just what the other key has.
        for (_, key, listed) in document.conditions() {
            let usual = usual("aws:username", 1).into_iter();
            if listed.iter().any(|value| value.contains("${")) {
                keys.entry(key.to_owned()).or_default().extend(usual);
            }
        }
        let of_letters = |pattern: &String| pattern.contains("records/") && !pattern.ends_with("records/*");
        let patterns = |element: &Element| match element {
            Element::Resource { patterns, .. } => patterns.iter().any(of_letters),
            _ => false,
        };
        let longest = if variables.is_empty() { 4 } else { 2 };
        let objects = if document.elements().any(patterns) { longest } else { 1 };
        let known: Vec<String> = keys.keys().cloned().collect();
        for key in known {
            let fits = |value: &String| match key.as_str() {
                "aws:sourceip" | "aws:vpcsourceip" => value.parse::<IpAddr>().is_ok(),
                "s3:dataaccesspointarn" => {
                    value.splitn(6, ':').nth(5).is_some_and(|name| name.starts_with("accesspoint/"))
                }
                key => !key.ends_with("arn") || value.splitn(6, ':').count() == 6,
            };
            let values = keys.get_mut(&key).unwrap();
            values.extend(usual(&key, longest));
            values.retain(fits);
            values.sort();
            values.dedup();
        }
        let mut callers = question.callers.clone();
        for arn in keys.get("aws:principalarn").into_iter().flatten().filter(|arn| arn.starts_with("arn:aws:iam::")) {
            callers.push(Caller::Aws(arn.clone()));
        }
        // Access identities exist for the policies that name them.
        let names_identity = |element: &Element| match element {
            Element::Principal { names, .. } => names.iter().any(|(_, name)| name.contains(":cloudfront:")),
            _ => false,
        };
        if !document.elements().any(names_identity) {
            callers.retain(|caller| !matches!(caller, Caller::Aws(arn) if account_of(arn) == "cloudfront"));
        }
        callers.retain(|caller| !matches!(caller, Caller::Aws(arn) if !is_number(account_of(arn))&& account_of(arn) != "cloudfront"));
        Self { resources: (question.resources)(document, objects), callers, keys, variables: !variables.is_empty() }
    }

    pub fn keys(&self) -> impl Iterator<Item = &String> {
        self.keys.keys()
    }

    pub fn callers(&self) -> Vec<Request> {
        let mut paths: Vec<Option<String>> = vec![None];
        if self.keys.contains_key("aws:principalorgid") || self.keys.contains_key("aws:principalorgpaths") {
            let listed = self.keys.get("aws:principalorgid").into_iter().flatten();
            paths.extend(listed.filter(|id| id.starts_with("o-")).map(|id| Some(format!("{id}/r-zz99/"))));
            paths.extend(usual("aws:principalorgpaths", 0).into_iter().map(Some));
        }
        let asked = self.keys.keys().any(|key| CALLER_KEYS.contains(&key.as_str()));
        let wanted = |key: &str| self.keys.contains_key(key) || (paths.len() > 1 && key == "aws:principalorgid");
        let part = |caller: &Caller, path: Option<&str>| match asked {
            true => caller_with(caller.clone(), path, wanted),
            false => Request { caller: Some(caller.clone()), ..Request::default() },
        };
        let of = |caller: &Caller| match caller {
            Caller::Aws(_) => paths.iter().map(|path| part(caller, path.as_deref())).collect(),
            _ => vec![part(caller, None)],
        };
        self.callers.iter().flat_map(of).collect()
    }

    /// All that the keys of the group can be beside each other. A key that the document does not mention is left out, save
    /// where the question may be about it.
    pub fn contexts(&self, group: &BTreeSet<String>) -> Vec<Request> {
        let has = |key: &str| group.contains(key);
        if has("aws:securetransport") {
            let plain = [("aws:securetransport", "false"), ("s3:tlsversion", "")];
            let tls = ["", "1.0", "1.1", "1.2", "1.3"]
                .map(|version| [("aws:securetransport", "true"), ("s3:tlsversion", version)]);
            return [plain].into_iter().chain(tls).map(|pairs| context(&pairs)).collect();
        }
        if has("aws:multifactorauthpresent") {
            let mut all = vec![("", ""), ("false", "")];
            all.extend(["0", "300", "1000", "3600", "7200", "100000"].map(|age| ("true", age)));
            return all
                .into_iter()
                .map(|(present, age)| {
                    context(&[("aws:multifactorauthpresent", present), ("aws:multifactorauthage", age)])
                })
                .collect();
        }
        let mentioned: Vec<&String> = group.iter().filter(|key| self.keys.contains_key(*key)).collect();
        let combined = mentioned.iter().fold(vec![Request::default()], |requests, key| {
            let lists = self.lists(key);
            let with = |request: &Request, list: &Vec<String>| {
                let mut request = request.clone();
                request.context.insert((*key).clone(), list.clone());
                request
            };
            requests.iter().flat_map(|request| lists.iter().map(move |list| with(request, list))).collect()
        });
        combined.into_iter().filter(|request| can_be(&request.context)).collect()
    }

    fn lists(&self, key: &str) -> Vec<Vec<String>> {
        let values = &self.keys[key];
        let mut lists: Vec<Vec<String>> = values.iter().map(|value| vec![value.clone()]).collect();
        if !["aws:currenttime", "aws:requestedregion"].contains(&key) {
            lists.push(Vec::new());
        }
        if ["aws:tagkeys", "kms:grantoperations"].contains(&key) && !self.variables {
            let pairs = values.iter().flat_map(|one| values.iter().map(move |other| (one, other)));
            lists.extend(pairs.filter(|(one, other)| one < other).map(|(one, other)| vec![one.clone(), other.clone()]));
            lists.push(values.clone());
        }
        lists
    }
}

/// Empty texts stand for absent keys.
fn context(pairs: &[(&str, &str)]) -> Request {
    let values = |value: &str| if value.is_empty() { Vec::new() } else { vec![value.to_owned()] };
    let context = pairs.iter().map(|(key, value)| ((*key).to_owned(), values(value))).collect();
    Request { context, ..Request::default() }
}

/// Can keys have these values in one request?
pub fn can_be(context: &BTreeMap<String, Vec<String>>) -> bool {
    let first = |key: &str| context.get(key).and_then(|values| values.first());
    let of_vpc = ["aws:vpcsourceip", "aws:sourcevpc", "aws:sourcevpce"];
    if first("aws:sourceip").is_some() && of_vpc.iter().any(|key| first(key).is_some()) {
        return false;
    }
    if let (Some(arn), Some(account)) = (first("aws:sourcearn"), first("aws:sourceaccount"))
        && is_number(account_of(arn))
        && account_of(arn) != account
    {
        return false;
    }
    let mfa = (first("aws:multifactorauthpresent").map(String::as_str), first("aws:multifactorauthage").is_some());
    let mfa_known =
        context.contains_key("aws:multifactorauthage") && context.contains_key("aws:multifactorauthpresent");
    if mfa_known && !matches!(mfa, (None | Some("false"), false) | (Some("true"), true)) {
        return false;
    }
    !(first("aws:securetransport").is_some_and(|tls| tls == "false") && first("s3:tlsversion").is_some())
}

/// Texts that match what a statement lists.
fn instances(value: &str, in_any_case: bool) -> Vec<String> {
    if value.contains('$') {
        // The very text, which the old version of the language means by it.
        return vec![value.to_owned()];
    }
    let accounts = ["999988887777", "111122223333", "444455556666", "555566667777"];
    let fills = [&["", "x", "role/x", "121212121212:role/x"][..], &accounts].concat();
    let mut found = vec![value.to_owned()];
    if in_any_case {
        found.extend([value.to_uppercase(), value.to_lowercase()]);
    }
    if value.contains(['*', '?']) {
        found.extend(fills.iter().map(|fill| value.replace('*', fill).replace('?', "x")));
        if let Some((head, tail)) = value.split_once('*') {
            found.extend(fills.iter().map(|fill| format!("{head}{fill}{tail}").replace('*', "x").replace('?', "x")));
        }
    }
    // No request has an empty value.
    found.retain(|text| !text.contains(['*', '?']) && !text.is_empty());
    found
}

/// Values that a key may have, whatever the document says.
fn usual(key: &str, longest: u32) -> Vec<String> {
    let fixed: &[&str] = match key {
        "aws:sourceip" | "aws:vpcsourceip" => &[
            "203.0.113.7",
            "203.0.113.8",
            "203.0.113.200",
            "198.51.100.1",
            "10.1.2.3",
            "10.200.0.1",
            "11.0.0.1",
            "100.64.0.1",
            "2001:db8::1",
            "2001:db8:8000::1",
            "2001:db9::1",
            "2a00::1",
        ],
        "aws:currenttime" => &[
            "2023-06-01T00:00:00Z",
            "2024-01-01T00:00:00Z",
            "2025-06-01T00:00:00Z",
            "2026-01-01T00:00:00Z",
            "2027-06-01T00:00:00Z",
        ],
        "aws:requestedregion" => &["us-east-1", "eu-west-1", "eu-central-1", "ap-south-1"],
        "aws:viaawsservice" | "kms:grantisforawsresource" => &["true", "false"],
        "kms:grantoperations" => &["Decrypt", "ReEncryptFrom", "Encrypt", "CreateGrant"],
        "aws:sourceaccount" | "aws:sourceowner" | "s3:dataaccesspointaccount" => {
            &["111122223333", "444455556666", "999988887777", "121212121212"]
        }
        "aws:sourcearn" => &[
            "arn:aws:s3:::uploads",
            "arn:aws:s3:::strange",
            "arn:aws:sns:us-east-1:111122223333:t",
            "arn:aws:sns:us-east-1:444455556666:t",
            "arn:aws:sns:us-east-1:999988887777:t",
            "arn:aws:sns:us-east-1:121212121212:t",
            "arn:aws:sns:us-east-1:121212121212:other",
            "arn:aws:events:us-east-1:121212121212:t",
            "arn:aws:events:us-east-1:121212121212:other",
            "arn:aws:sns:us-east-1:444455556666:other",
            "arn:aws:sns:us-east-1:121212121212:t:111122223333:t",
        ],
        "s3:dataaccesspointarn" => &[
            "arn:aws:s3:us-east-1:111122223333:accesspoint/x",
            "arn:aws:s3:us-east-1:121212121212:accesspoint/x",
            "arn:aws:s3:eu-west-1:121212121212:accesspoint/x",
            "arn:aws:s3:eu-west-1:111122223333:accesspoint/x",
            "arn:aws:s3:us-east-1:121212121212:accesspoint/x:111122223333:accesspoint/x",
            "arn:aws:s3:eu-west-1:121212121212:accesspoint/x:111122223333:accesspoint/x",
        ],
        "aws:sourceorgid" => &["o-a1b2c3d4e5", "o-a1b2c3d4e5f", "o-fresh00000"],
        "aws:sourceorgpaths" | "aws:principalorgpaths" => {
            &["o-a1b2c3d4e5/r-ab12/ou-1/", "o-a1b2c3d4e5/r-zz99/", "o-a1b2c3d4e5f/r-ab12/", "o-fresh00000/r-ab12/"]
        }
        "aws:sourcevpc" | "aws:sourcevpce" => &["vpc-a", "vpc-ab", "vpc-b", "vpce-a", "vpce-ab", "vpce-b"],
        "kms:viaservice" => &["s3.us-east-1.amazonaws.com", "ec2.us-east-1.amazonaws.com"],
        "sts:externalid" => &["9f2c", "9F2C", "x"],
        "aws:tagkeys" => &["a", "b", "c", "ab", "aab", "ba"],
        key if key.starts_with("kms:recipientattestation") => {
            &["x", "111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111"]
        }
        key if key.ends_with(":aud") || key.ends_with(":sub") => {
            &["sts.amazonaws.com", "repo:org/app:ref:refs/heads/main", "repo:org/b:x", "repo:orgx/app:x", "y"]
        }
        key if key.ends_with("arn") || key.starts_with("aws:principal") || key == "kms:calleraccount" => &[],
        _ => return letters(longest),
    };
    fixed.iter().map(|&value| value.to_owned()).collect()
}

/// May the action be asked for on the resource?
pub fn goes_on(action: &str, resource: &str) -> bool {
    match (service_of(action), service_of(resource)) {
        ("s3", "s3") if resource.contains(":accesspoint/") => true,
        ("s3", "s3") => is_about_object(action) == is_about_object(resource),
        ("s3", _) => false,
        ("sts", "iam") => true,
        (_, "*") => true,
        (one, other) => one == other,
    }
}

/// Of an action, or of an ARN.
pub fn service_of(name: &str) -> &str {
    if name.starts_with("arn:") { name.split(':').nth(2).unwrap() } else { name.split(':').next().unwrap() }
}

pub fn is_about_object(name: &str) -> bool {
    match name.strip_prefix("s3:") {
        Some("ObjectOwnerOverrideToBucketOwner" | "AbortMultipartUpload" | "BypassGovernanceRetention") => true,
        Some("InitiateReplication" | "ListMultipartUploadParts" | "ReplicateDelete" | "ReplicateTags") => true,
        Some(action) => action.to_lowercase().contains("object") && !action.contains("Bucket"),
        None => name.starts_with("arn:aws:s3:") && name.contains('/'),
    }
}

/// The fifth field of an ARN.
pub fn account_of(arn: &str) -> &str {
    arn.split(':').nth(4).unwrap_or("")
}

pub fn is_number(account: &str) -> bool {
    account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())
}

pub fn s3_actions() -> Vec<String> {
    static ACTIONS: LazyLock<Vec<String>> =
        LazyLock::new(|| OBJECT_ACTIONS.iter().chain(BUCKET_ACTIONS.iter()).map(|name| format!("s3:{name}")).collect());
    ACTIONS.clone()
}

/// The actions of the service from the dated list, with the types of resources that they act on.
fn lines_of(service: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let list = include_str!("../../../actions.txt");
    let service = list.split("\nservice ").find(|text| text.starts_with(&format!("{service} "))).unwrap();
    let lines = service.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    lines.filter(|words| words[0] != "resource" && words.len() == 3).map(|words| (words[0], words[2]))
}

pub fn listed(service: &str) -> Vec<(&'static str, &'static str)> {
    lines_of(service).collect()
}

fn acting_on(kind: &str) -> Vec<&'static str> {
    lines_of("s3").filter(|(_, kinds)| kinds.split(',').any(|own| own == kind)).map(|(name, _)| name).collect()
}

/// Those on objects; what acts on buckets and objects alike is asked of objects.
static OBJECT_ACTIONS: LazyLock<Vec<&str>> = LazyLock::new(|| acting_on("object"));
static BUCKET_ACTIONS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    acting_on("bucket").into_iter().filter(|name| *name != "CreateBucket" && !OBJECT_ACTIONS.contains(name)).collect()
});
