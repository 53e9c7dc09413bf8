//! A small world for the tests of this room: one kind, and a rule about it that nothing is wrong with.

use std::path::PathBuf;
use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::Serialize;

use super::file::Rule;
use super::set::RuleSet;
use crate::catalog::Catalog;
use crate::model::{Fact, Kind, Kinds, Scope};
use crate::source::{Origin, Problem, SourceFile};

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct Shelf {
    shelf_name: String,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    locked: Fact<bool>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    days: Fact<i64>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    shared: Fact<bool>,
    #[serde(skip_serializing_if = "Fact::is_unknown")]
    label: Fact<Option<Label>>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct Label {
    text: String,
}

pub(crate) fn kinds() -> Kinds {
    [
        Kind::of::<Shelf>("AWS::Store::Shelf", "store", Scope::Region),
        Kind::of::<Label>("AWS::Store::Label", "store", Scope::Region),
    ]
    .into_iter()
    .collect()
}

pub(crate) fn catalog() -> Catalog {
    static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::builtin().unwrap());
    CATALOG.clone()
}

/// A rule that nothing is wrong with.
pub(crate) const GOOD: &str = r#"id: store-shelf-locked
title: Shelf is locked
severity: medium
severity_in_phi_scope: high
kind: AWS::Store::Shelf
hipaa: ["164.312(a)(1)"]
soc2: [CC6.1]
why: An open shelf can be emptied by anybody who walks past it.
when: resource.Shared == false
pass: resource.Locked == true && resource.Days >= params.min_days
fail_message: "shelf {resource.ShelfName} is open"
params:
  min_days: {type: int, min: 1, max: 365, default: 7, description: Days that the lock must hold.}
remediation:
  summary: Lock the shelf.
  cli: aws store lock-shelf --shelf <shelf>
references:
  - https://docs.example.com/store/locks.html
aliases: [store-shelf-closed]
examples:
  - name: locked for a week
    expect: pass
    resource: {ShelfName: a, Locked: true, Days: 7, Shared: false}
  - name: open
    expect: fail
    resource: {ShelfName: a, Locked: false, Days: 7, Shared: false}
  - name: locked for too short a time
    expect: fail
    params: {min_days: 30}
    resource: {ShelfName: a, Locked: true, Days: 7, Shared: false}
  - name: lock not read
    expect: unknown
    resource: {ShelfName: a, Days: 7, Shared: false}
  - name: shared on purpose
    expect: not_applicable
    resource: {ShelfName: a, Locked: false, Days: 7, Shared: true}
"#;

/// A user's file of the good rule's name, whatever is in it.
pub(crate) fn source(text: impl Into<String>) -> SourceFile {
    named("rules/store/store-shelf-locked.yaml", text)
}

pub(crate) fn named(path: &str, text: impl Into<String>) -> SourceFile {
    SourceFile { origin: Origin::File(PathBuf::from(path)), text: text.into().into() }
}

/// The good rule with one piece of its text replaced.
pub(crate) fn good_but(piece: &str, replacement: &str) -> SourceFile {
    assert_eq!(GOOD.matches(piece).count(), 1, "{piece} must be in the rule once");
    source(GOOD.replace(piece, replacement))
}

pub(crate) fn load(source: SourceFile) -> Result<Rule, Vec<Problem>> {
    Rule::load(source, &kinds(), &catalog())
}

/// All that loading complains about.
pub(crate) fn complaints(source: SourceFile) -> Vec<String> {
    load(source).err().unwrap_or_default().iter().map(Problem::to_string).collect()
}

/// A small rule of the given head lines.
pub(crate) fn small(id: &str, head: &str) -> SourceFile {
    let rest = "title: Shelf is locked\nkind: AWS::Store::Shelf\nwhy: w\npass: resource.Locked\nfail_message: open\n\
                remediation: {summary: s}\n";
    named(&format!("{id}.yaml"), format!("id: {id}\n{head}\n{rest}"))
}

pub(crate) fn set(sources: Vec<SourceFile>) -> RuleSet {
    RuleSet::default().with_sources(sources, &kinds(), &catalog()).unwrap()
}

/// Four rules that differ in all that a selection can ask for.
pub(crate) fn small_set() -> RuleSet {
    set(vec![
        small("store-a", "severity: low\nsoc2: [CC6.1]"),
        small("store-b", "severity: high\nhipaa: [\"164.312(e)(2)(ii)\"]\naliases: [store-old-b]"),
        small("store-c", "severity: critical\nsoc2: [CC6.1]\nopt_in: true"),
        small(
            "store-d",
            "severity: medium\nhipaa: [\"164.312(b)\"]\nparams: {days: {type: int, default: 7, description: d}}",
        ),
    ])
}
