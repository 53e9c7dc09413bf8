//! The models of this build hold nothing that nobody may read: no secrets, no contents, nothing personal.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde::Deserialize;
use serde_json::Value;

use crate::aws;
use crate::wire_client::{CUTTER, models};

const NEVER_READ: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bed/never_read.py");

/// Parts of the names of members that carry what nobody may read, in lower case.
const TELLING: [&str; 17] = [
    "accesskey",
    "apikey",
    "authtoken",
    "body",
    "connectionstring",
    "credential",
    "email",
    "passphrase",
    "password",
    "phone",
    "plaintext",
    "privatekey",
    "secret",
    "sharedkey",
    "token",
    "userdata",
    "variables",
];

/// Members of answers whose name tells something that they do not hold, or that are read for a purpose: service, shape,
/// member, reason.
const READ: [(&str, &str, &str, &str); 4] = [
    ("account", "AlternateContact", "EmailAddress", "whether there is one is all that is kept"),
    ("account", "AlternateContact", "PhoneNumber", "whether there is one is all that is kept"),
    ("s3", "GetObjectOutput", "Body", "a function reads its own settings and results there, and a scan no object"),
    ("rds", "MasterUserSecret", "SecretStatus", "such as `active`: how it is with the secret"),
];

/// Where a member of a model stands.
type Place = (String, String, String);

/// The structures that the answers of a model's operations hold.
fn answered(model: &Value) -> BTreeSet<&str> {
    let shapes = &model["shapes"];
    let outputs =
        model["operations"].as_object().unwrap().values().filter_map(|operation| operation["output"].as_str());
    let mut open: Vec<&str> = outputs.collect();
    let mut found = BTreeSet::new();
    while let Some(name) = open.pop() {
        if found.insert(name) {
            open.extend(references(&shapes[name]).filter_map(|target| target.strip_prefix('#')));
        }
    }
    found
}

/// What a shape refers to: scalars by their type, shapes by `#` and their name.
fn references(shape: &Value) -> impl Iterator<Item = &str> {
    let members = shape["members"].as_object().into_iter().flat_map(|members| members.values());
    members.chain([&shape["list"]]).chain(shape["map"].as_array().into_iter().flatten()).filter_map(target)
}

fn target(reference: &Value) -> Option<&str> {
    reference.as_str().or_else(|| reference["of"].as_str())
}

/// Whether a value of that type can hold any text: numbers, moments and words of a list that the model knows cannot.
fn holds_text(shapes: &Value, target: &str) -> bool {
    match target.strip_prefix('#') {
        None => target == "string" || target == "blob",
        // The members of a structure are looked at on their own.
        Some(name) if shapes[name]["members"].is_object() => false,
        Some(name) => references(&shapes[name]).any(|target| holds_text(shapes, target)),
    }
}

/// The members of pages: where to go on is no secret.
fn page_tokens(model: &Value) -> BTreeSet<&str> {
    let operations = model["operations"].as_object().unwrap().values();
    operations
        .flat_map(|operation| operation["pages"]["output"].as_array().into_iter().flatten())
        .filter_map(Value::as_str)
        .collect()
}

/// The members of answers whose names tell that nobody may read them.
fn telling(service: &str, model: &Value) -> Vec<Place> {
    let (shapes, tokens) = (&model["shapes"], page_tokens(model));
    let members = answered(model).into_iter().flat_map(|shape| {
        let members = shapes[shape]["members"].as_object().into_iter().flatten();
        members.map(move |(name, reference)| (shape, name, target(reference).unwrap_or_default()))
    });
    let is_telling = |name: &str| {
        let name = name.to_lowercase();
        // An ARN or an identifier opens nothing.
        !["arn", "arns", "id", "ids"].iter().any(|end| name.ends_with(end))
            && (name == "environment" || TELLING.iter().any(|part| name.contains(part)))
    };
    // `value` tells nothing; what holds it may.
    let tells = |shape: &str, name: &str| is_telling(name) || (name.eq_ignore_ascii_case("value") && is_telling(shape));
    members
        .filter(|(shape, name, target)| {
            tells(shape, name) && !tokens.contains(name.as_str()) && holds_text(shapes, target)
        })
        .map(|(shape, name, _)| (service.to_owned(), shape.to_owned(), name.clone()))
        .collect()
}

#[test]
fn what_looks_like_a_secret_is_left_out_of_every_model() {
    let found: BTreeSet<Place> = models().iter().flat_map(|(service, model)| telling(service, model)).collect();
    let excused: BTreeSet<Place> = READ
        .iter()
        .map(|(service, shape, member, _)| (service.to_string(), shape.to_string(), member.to_string()))
        .collect();
    let open: Vec<_> = found.difference(&excused).collect();
    assert!(
        open.is_empty(),
        "put them into NEVER_READ (fixtures/models.py), or excuse them here with a reason: {open:#?}"
    );
    let stale: Vec<_> = excused.difference(&found).collect();
    assert!(stale.is_empty(), "excused, and in no model: {stale:#?}");
}

#[test]
fn what_looks_like_a_secret_is_found() {
    let model: Value = serde_json::from_str(
        r##"{"operations": {"A": {"input": "In", "output": "Out", "pages": {"input": ["NextToken"], "output": ["NextToken"]}}},
             "shapes": {"In": {"members": {"Password": "string"}},
                        "Out": {"members": {"NextToken": "string", "Keys": "#ApiKeys", "AuthToken": {"of": "string", "name": "t"},
                                            "PasswordAge": "integer", "SecretState": "string:State", "Variables": "#Texts"}},
                        "ApiKeys": {"list": "#ApiKey"}, "ApiKey": {"members": {"id": "string", "value": "string"}},
                        "Texts": {"map": ["string", "string"]}}}"##,
    )
    .unwrap();
    let found: Vec<String> =
        telling("x", &model).into_iter().map(|(_, shape, member)| format!("{shape}.{member}")).collect();
    assert_eq!(found, ["ApiKey.value", "Out.AuthToken", "Out.Variables"]);
}

/// A member that every model leaves out.
#[derive(Debug, Deserialize)]
struct LeftOut {
    service: String,
    shape: String,
    member: String,
    known: bool,
    operation: Option<String>,
}

fn left_out() -> Vec<LeftOut> {
    let output = aws::script(NEVER_READ, &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Service and member of all that is in no model because it may hold a secret.
pub fn never_read() -> BTreeSet<(String, String)> {
    left_out().into_iter().map(|one| (one.service, one.member)).collect()
}

#[test]
fn what_is_never_read_is_in_no_model_that_is_cut() {
    let left_out = left_out();
    assert!(left_out.len() > 10);
    let stale: Vec<_> = left_out.iter().filter(|one| !one.known || one.operation.is_none()).collect();
    assert!(stale.is_empty(), "AWS has no such members: {stale:#?}");

    let folder = tempfile::tempdir().unwrap();
    let operations: BTreeSet<String> =
        left_out.iter().map(|one| format!("{}:{}", one.service, one.operation.as_ref().unwrap())).collect();
    let arguments = ["--only", folder.path().to_str().unwrap()];
    let cut =
        aws::script(CUTTER, &arguments.into_iter().chain(operations.iter().map(String::as_str)).collect::<Vec<_>>());
    assert!(cut.status.success(), "{}", String::from_utf8_lossy(&cut.stderr));
    let mut models = BTreeMap::new();
    for LeftOut { service, shape, member, .. } in &left_out {
        let model: &Value = models.entry(service).or_insert_with(|| {
            serde_json::from_slice(&fs::read(folder.path().join(format!("{service}.json"))).unwrap()).unwrap()
        });
        let members = model["shapes"][shape]["members"].as_object().unwrap_or_else(|| panic!("{service} has {shape}"));
        assert!(!members.contains_key(member), "{service} {shape}.{member}");
    }
}
