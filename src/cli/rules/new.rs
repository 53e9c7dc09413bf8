//! `safeguard rules new`: the file of a rule that compiles, with marks where its author has to think.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;

use serde_json::{Value, json};

use super::{Library, unwritable};
use crate::model::{Kind, is_attested};
use crate::rule::is_rule_id;
use crate::scan::file;
use crate::source::suggest;
use crate::{Error, Result};

/// Writes `DIR/<service>/<id>.yaml`, never over an existing file.
pub(super) fn new(id: &str, kind: &str, dir: &Path, library: &Library<'_>, out: &mut dyn Write) -> Result<()> {
    if !is_rule_id(id) {
        return Err(Error::usage(format!("`{id}` is no rule id")).help(
            "ids are words of lower-case letters and digits with hyphens between them, such as `s3-bucket-versioning`",
        ));
    }
    if let Some(taken) = library.rules()?.get(id) {
        return Err(Error::usage(format!("the id `{id}` is taken by {}", taken.source.origin)));
    }
    let kind = library.kinds.get(kind).ok_or_else(|| unknown_kind(kind, library))?;
    let path = dir.join(kind.service).join(format!("{id}.yaml"));
    write_new(&path, &template(id, kind))?;
    writeln!(
        out,
        "{path}\nFill in what is marked with <...>, cite at least one requirement (`safeguard coverage` lists them), then:\n  \
         safeguard rules lint {path}\n  safeguard rules test {path}",
        path = path.display()
    )
    .map_err(unwritable)
}

fn unknown_kind(kind: &str, library: &Library<'_>) -> Error {
    let error = Error::usage(format!("there is no kind `{kind}`"));
    match suggest::help(kind, library.kinds.names()) {
        Some(help) => error.help(help),
        None => error,
    }
}

fn write_new(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    file::make_folder(folder)?;
    let written = fs::File::create_new(path).and_then(|mut new| new.write_all(text.as_bytes()));
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Error::usage(format!("{} exists already", path.display())),
        _ => Error::usage(format!("{} cannot be written: {}", path.display(), file::reason(&error)))
            .help("`--dir` takes a folder"),
    })
}

/// The part that rules on attestations need beside the rest.
const EVIDENCE_ASKED: &str = "evidence_asked: <A sentence on what evidence an auditor asks for.>\n";

/// A condition to begin with, and what makes it true, false and unknown in an example.
struct StartingCondition {
    pass: String,
    good: String,
    bad: String,
    unread: String,
    seen: String,
}

pub(super) fn template(id: &str, kind: &Kind) -> String {
    let StartingCondition { pass, good, bad, unread, seen } = start(kind);
    format!(
        r#"id: {id}
title: <the good state, as a sentence without a period>
severity: medium   # critical | high | medium | low
kind: {kind}
hipaa: []          # such as ["164.312(b)"]
soc2: []           # such as [CC7.2]
why: <One or two sentences on what goes wrong without it.>
{asked}# when: <an optional condition; the rule concerns only resources that meet it>
pass: {pass}
fail_message: "<the resource and what is wrong with it{seen}>"
remediation:
  summary: <One or two sentences on what to change.>
  cli: <aws ... --the-command that-changes-it>
references:
  - https://docs.aws.amazon.com/<the page that says so>
examples:
  - name: <the good state>
    expect: pass
    {good}
  - name: <the bad state>
    expect: fail
    {bad}
  - name: <nothing read>
    expect: unknown
    {unread}
"#,
        kind = kind.name,
        asked = if is_attested(kind.name) { EVIDENCE_ASKED } else { "" },
    )
}

/// Begins with the first fact of the kind that a condition can be made of without knowing what it means.
fn start(kind: &Kind) -> StartingCondition {
    let facts = kind.schema().as_value().get("properties").and_then(Value::as_object);
    let of_type = |wanted: &[&str]| {
        facts.and_then(|facts| {
            let is_wanted = |schema: &Value| types(schema) == wanted;
            facts.iter().find(|(_, schema)| is_wanted(schema)).map(|(name, _)| name.clone())
        })
    };
    if let Some(fact) = of_type(&["boolean"]) {
        return of_fact(&fact, format!("resource.{fact}"), &json!(true), &json!(false));
    }
    if let Some(fact) = of_type(&["boolean", "null"]) {
        return of_fact(&fact, format!("resource.{fact} == true"), &json!(true), &Value::Null);
    }
    if let Some(fact) = of_type(&["string"]) {
        return of_fact(&fact, format!("resource.{fact} == 'good'"), &json!("good"), &json!("bad"));
    }
    let example = |in_scope: &str| format!("resource: {{}}\n    in_phi_scope: {in_scope}");
    StartingCondition {
        pass: "resource.InPhiScope".to_owned(),
        good: example("true"),
        bad: example("false"),
        unread: example("null"),
        seen: String::new(),
    }
}

fn of_fact(fact: &str, pass: String, good: &Value, bad: &Value) -> StartingCondition {
    StartingCondition {
        pass,
        good: format!("resource: {{{fact}: {good}}}"),
        bad: format!("resource: {{{fact}: {bad}}}"),
        unread: "resource: {}".to_owned(),
        seen: format!(" ({fact} is {{resource.{fact}}})"),
    }
}

fn types(schema: &Value) -> Vec<&str> {
    // A text of a fixed form (a timestamp, a choice) takes no made-up value.
    if schema.get("format").is_some() || schema.get("enum").is_some() {
        return Vec::new();
    }
    match schema.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}
