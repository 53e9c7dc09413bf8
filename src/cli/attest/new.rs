//! `safeguard attest new`: templates with everything that the rules ask for, and what an auditor will want to see.
//!
//! A file of the user's is never overwritten. What is added goes behind what is there, and every byte of that stays.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::{AttestationRules, NewArgs};
use crate::catalog::{Catalog, Requirement};
use crate::cli::stdout;
use crate::model::{ATTESTATION, VENDOR};
use crate::register::{self, FileSource, RegisterFiles};
use crate::rule::Rule;
use crate::scan::file::{make_folder, write_whole};
use crate::source::suggest;
use crate::{Error, Result};

/// The widest line of a template, in columns.
const WIDTH: usize = 110;

const ATTESTATIONS_HEAD: &str = "\
# What no API shows, attested by those who answer for it. Under version control, so that history shows who said what when.
#
# Each entry needs a statement of its own, an owner (a person or a role) and a signer, both with an e-mail address, a telephone
# number or a web address, the day of the signature, the date on which it was done, reviewed or confirmed (YYYY-MM-DD), and
# evidence: an address, or a file beside this one or below. valid_until is its last day, if it has one. What is done again and
# again has one of `occurrences` for each time, and the whole period is judged. sha256 is compared where the evidence is a file (`sha256sum FILE` prints it); addresses are never fetched.
# No secrets, no PHI: reports quote what is written here. `safeguard attest check` judges the file.
";

const VENDORS: &str = "\
# The register of vendors and of the business associate agreements with them.
#
# List every vendor. phi: true means that it creates, receives, maintains or transmits protected health information; then
# an agreement must be signed, in effect and not due for renewal (a day, or none), its clauses must be named, subcontractors must
# be listed with the day on which they signed ([] for none), and evidence must say where the signed agreement is: an address, which is never fetched, or a file beside this one
# or below, whose sha256 is compared (`sha256sum FILE` prints it). `safeguard attest check` judges the file.
";

const VENDORS_BODY: &str = "
owner: \"\"        # who keeps the register
reviewed:        # YYYY-MM-DD, when somebody last went through all of it
vendors: []      # [] states that there is none; write entries such as this one in its place:
#  - vendor: Northwind Transcription
#    services: [transcription of dictations]
#    phi: true
#    owner: Head of Operations
#    signed: 2024-05-02
#    effective: 2024-05-06
#    renewal: 2027-05-06
#    uses: transcribes dictations, and nothing else
#    safeguards: section 4
#    reporting_hours: 48       # after discovery of an incident or a breach
#    return_or_destruction: section 9
#    hhs_access: section 7
#    subcontractors: [{name: Skyline Hosting, signed: 2024-04-18}]
#    risk: high                # low, medium or high: how much harm its failure would do
#    soc2_report: {from: 2025-01-01, until: 2025-12-31, reviewed: 2026-02-10}
#    reviewed: 2026-01-15      # optional: without it, the day on which the register was reviewed
#    evidence: https://contracts.example/northwind
#    sha256: \"\"
";

/// Writes the templates, and says what to do next.
pub(super) fn run(args: &NewArgs, asked: &AttestationRules, out: &mut dyn Write) -> Result<()> {
    let places = match &args.dir {
        Some(dir) => RegisterFiles::usual(dir),
        None => asked.config.register(),
    };
    let wanted = wanted(args, asked)?;
    let mut writes = Vec::new();
    let (attestations, vendors): (Vec<&Rule>, Vec<&Rule>) =
        wanted.into_iter().partition(|rule| rule.kind == ATTESTATION);
    if !attestations.is_empty() {
        writes.extend(attestations_file(&places.attestations, &attestations, args.add, asked)?);
    }
    if let Some(rule) = vendors.first() {
        writes.extend(vendors_file(&places.vendors, rule, args.add, asked)?);
    }
    for (path, text, _) in &writes {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            make_folder(folder)?;
        }
        write_whole(path, |out| out.write_all(text.as_bytes()))?;
    }
    tell(&writes, out).map_err(|error| stdout::failed(&error))
}

/// A file to write: where, all of its text, and what is new in it.
type New = (PathBuf, String, String);

fn tell(writes: &[New], out: &mut dyn Write) -> std::io::Result<()> {
    if writes.is_empty() {
        return writeln!(out, "Nothing is missing: every entry that the rules ask for is there.");
    }
    for (path, _, what) in writes {
        writeln!(out, "{}: {what}", path.display())?;
    }
    writeln!(out, "Have those who answer for it fill it in: what is left empty fails. Then:\n  safeguard attest check")
}

/// The rules whose entries are wanted.
fn wanted<'a>(args: &NewArgs, asked: &'a AttestationRules) -> Result<Vec<&'a Rule>> {
    if args.ids.is_empty() {
        return Ok(asked.rules.iter().filter(|rule| !args.vendors || rule.kind == VENDOR).collect());
    }
    args.ids.iter().map(|id| find(id, asked)).collect()
}

/// The rule of that id; `risk-analysis` will do for `attest-risk-analysis`.
fn find<'a>(id: &str, asked: &'a AttestationRules) -> Result<&'a Rule> {
    asked.rules.get(id).or_else(|| asked.rules.get(&format!("attest-{id}"))).ok_or_else(|| {
        let ids: Vec<&str> = asked.rules.iter().map(|rule| rule.id.as_str()).collect();
        let help = suggest::nearest(id, ids.iter().copied())
            .or_else(|| suggest::nearest(&format!("attest-{id}"), ids.iter().copied()))
            .map_or("`safeguard rules list service:attest` lists them".to_owned(), |near| {
                format!("did you mean `{near}`?")
            });
        Error::usage(format!("no rule asks for an attestation `{id}`")).help(help)
    })
}

fn path(place: &FileSource) -> PathBuf {
    PathBuf::from(place.name())
}

fn exists(path: &Path, command: &str) -> Error {
    Error::usage(format!("{} exists already, and nothing was written", path.display()))
        .help(format!("`{command}` adds what it lacks and leaves the rest as it is"))
}

fn attestations_file(place: &FileSource, rules: &[&Rule], add: bool, asked: &AttestationRules) -> Result<Option<New>> {
    let path = path(place);
    let entries = |rules: &[&Rule]| rules.iter().map(|rule| entry(rule, &asked.catalog)).collect::<String>();
    if !path.exists() {
        let text = format!("{ATTESTATIONS_HEAD}{}", entries(rules));
        return Ok(Some((path, text, counted(rules.len()))));
    }
    if !add {
        return Err(exists(&path, "safeguard attest new --add"));
    }
    let there = register::ids_in(place, &asked.ids)?;
    let missing: Vec<&Rule> = rules.iter().copied().filter(|rule| !there.contains(&rule.id)).collect();
    if missing.is_empty() {
        return Ok(None);
    }
    let old = fs::read_to_string(&path).map_err(|error| {
        Error::usage(format!("cannot read {}: {}", path.display(), crate::error::unreadable(&error)))
    })?;
    let newline = if old.is_empty() || old.ends_with('\n') { "" } else { "\n" };
    let text = format!("{old}{newline}{}", entries(&missing));
    // A mapping in braces, or a document end: what is put behind it would be no part of it.
    let mut expected = there;
    expected.extend(missing.iter().map(|rule| rule.id.clone()));
    if register::ids_in_text(place, &text, &asked.ids).ok().as_ref() != Some(&expected) {
        return Err(Error::usage(format!(
            "{} has a form to which nothing can be added, and it was left as it is",
            path.display()
        ))
        .help("write its entries as `id:` at the beginning of a line, without braces around all of them"));
    }
    Ok(Some((path, text, format!("{} added", counted(missing.len())))))
}

fn counted(count: usize) -> String {
    crate::output::text::counted(count, "entry", "entries")
}

fn vendors_file(place: &FileSource, rule: &Rule, add: bool, asked: &AttestationRules) -> Result<Option<New>> {
    let path = path(place);
    match (path.exists(), add) {
        (true, true) => Ok(None),
        (true, false) => Err(Error::usage(format!("{} exists already, and nothing was written", path.display()))
            .help("`safeguard attest new --add` writes only what is missing")),
        (false, _) => {
            let text = format!("{VENDORS}#\n{}{VENDORS_BODY}", about(rule, &asked.catalog));
            Ok(Some((path, text, "a register to be filled in".to_owned())))
        }
    }
}

/// One entry with nothing filled in, below what it is for.
fn entry(rule: &Rule, catalog: &Catalog) -> String {
    let max_days = rule.param_values().get("max_days").and_then(serde_json::Value::as_i64);
    let age = max_days.map(|days| format!(", at most {days} days ago")).unwrap_or_default();
    let mut text = format!("\n{}{}:\n", about(rule, catalog), rule.id);
    text += "  statement: \"\"\n  owner: \"\"        # with a way to reach them\n  signer: \"\"       # with a way to reach them\n";
    text += "  signed:          # YYYY-MM-DD\n";
    match rule.param_values().get("period_days").and_then(serde_json::Value::as_i64) {
        Some(period) => {
            let every =
                max_days.map(|days| format!(", none more than {days} days after the one before")).unwrap_or_default();
            text += &format!("  occurrences: []  # each of the last {period} days{every}; entries such as this one:\n");
            text += "  #  - {date: 2026-01-31, by: \"\", evidence: \"\", sha256: \"\"}\n";
        }
        None => {
            text += &format!("  date:            # YYYY-MM-DD{age}\n");
            text += "  valid_until:     # YYYY-MM-DD, optional\n  evidence: \"\"\n  sha256: \"\"\n";
        }
    }
    if rule.not_applicable_message.is_some() {
        text += "  # not_applicable: \"\"   # the reason, in place of statement and evidence, if it does not apply to you\n";
    }
    text
}

/// Says what an entry is for, as comments.
fn about(rule: &Rule, catalog: &Catalog) -> String {
    let mut text = comment("", &format!("{}.", rule.title));
    for requirement in rule.requirements().filter_map(|id| catalog.requirement(id)) {
        text += &comment("  ", &asks(requirement));
    }
    text += &comment("Write down: ", &rule.remediation.summary);
    text + &comment("", rule.evidence_asked.as_deref().unwrap_or_default())
}

/// `164.308(a)(2) Assigned security responsibility (standard): ...`.
fn asks(requirement: &Requirement) -> String {
    let class = requirement.class.as_str().replace('_', " ");
    let summary = requirement.summary.as_deref().map(|summary| format!(": {summary}")).unwrap_or_default();
    format!("{} {} ({class}){summary}", requirement.id, requirement.title)
}

fn comment(label: &str, text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let first = format!("# {label}");
    let options = textwrap::Options::new(WIDTH)
        .initial_indent(&first)
        .subsequent_indent("#   ")
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    format!("{}\n", textwrap::fill(&text, options))
}
