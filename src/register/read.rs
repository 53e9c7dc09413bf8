//! Reads the two files into facts, with every mistake at its place.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;
use serde_saphyr::Spanned;

use super::facts::{AttestationFacts, EvidenceFacts, OccurrenceFacts, SubcontractorFacts, VendorFacts};
use super::file::{AttestationEntry, OccurrenceEntry, SubcontractorEntry, VendorEntry, VendorsFile};
use super::{ATTESTATIONS_FILE, Ids, VENDORS_FILE, evidence};
use crate::source::{Problem, SourceFile, join, suggest, yaml};
use crate::{Error, Result};

/// The word for an agreement that needs no renewal.
const NO_RENEWAL: &str = "none";

/// The facts of every entry, by the present id of the rule that judges it.
pub(super) fn attestations(source: &SourceFile, folder: &Path, known: &Ids) -> Result<BTreeMap<String, Value>> {
    let mut reader = RegisterReader { source, folder, problems: Vec::new() };
    let file = yaml::read::<Option<BTreeMap<String, Option<AttestationEntry>>>>(source);
    let entries = file.map_err(|problem| refused(&[problem], ATTESTATIONS_FILE))?.unwrap_or_default();
    let mut facts = BTreeMap::new();
    let mut statements = BTreeMap::new();
    for (id, entry) in entries {
        let Some(present) = known.present(&id) else {
            reader.unknown(&id, known);
            continue;
        };
        let entry = entry.unwrap_or_default();
        if let Some(statement) = &entry.statement {
            reader.own_words(&id, statement, &mut statements);
        }
        let attestation = reader.attestation(entry);
        if facts.insert(present.to_owned(), to_facts(&attestation)).is_some() {
            let problem = source.problem_at(
                key_offset(source, &id),
                format!("`{id}` is the old name of `{present}`, which is there, too"),
            );
            reader.problems.push(problem.help("keep one of the two"));
        }
    }
    reader.finish(facts, ATTESTATIONS_FILE)
}

/// The files that entries of a register name as evidence, as they are written. What is wrong with the register is told where
/// it is read for what it says.
pub(super) fn linked_files(source: &SourceFile) -> Vec<String> {
    let attested = yaml::read::<Option<BTreeMap<String, Option<AttestationEntry>>>>(source).unwrap_or_default();
    let attested = attested.unwrap_or_default().into_values().flatten();
    let attested = attested.flat_map(|entry| {
        let occurrences =
            entry.occurrences.unwrap_or_default().into_iter().filter_map(|occurrence| occurrence.evidence);
        entry.evidence.into_iter().chain(occurrences)
    });
    let vendors = yaml::read::<VendorsFile>(source).map(|file| file.vendors).unwrap_or_default();
    let links = attested.chain(vendors.into_iter().filter_map(|entry| entry.evidence));
    links.map(|link| link.value.trim().to_owned()).filter(|link| evidence::is_file(link)).collect()
}

/// The facts of the register as a whole, under no name, and of every vendor.
pub(super) fn vendors(source: &SourceFile, folder: &Path) -> Result<Vec<(Option<String>, Value)>> {
    let mut reader = RegisterReader { source, folder, problems: Vec::new() };
    let file: VendorsFile = yaml::read(source).map_err(|problem| refused(&[problem], VENDORS_FILE))?;
    let reviewed = reader.day(file.reviewed.as_ref());
    let register = VendorFacts {
        owner: text(file.owner),
        reviewed: reviewed.clone(),
        vendor_count: Some(file.vendors.len()),
        evidence: EvidenceFacts { evidence_file_sha256: crate::model::Fact::Known(None), ..EvidenceFacts::default() },
        ..VendorFacts::default()
    };
    let mut facts = vec![(None, to_facts(&register))];
    let mut names = BTreeSet::new();
    for entry in file.vendors {
        let name = entry.vendor.value.trim().to_owned();
        if name.is_empty() {
            reader.problem(&entry.vendor, "the vendor has no name", "write its name as `vendor: ...`");
        } else if !names.insert(name.to_lowercase()) {
            reader.problem(&entry.vendor, "the vendor is there twice", "keep one entry, or tell the two apart by name");
        }
        let vendor = reader.vendor(name.clone(), entry, reviewed.as_ref());
        facts.push((Some(name), to_facts(&vendor)));
    }
    reader.finish(facts, VENDORS_FILE)
}

struct RegisterReader<'a> {
    source: &'a SourceFile,
    folder: &'a Path,
    problems: Vec<Problem>,
}

impl RegisterReader<'_> {
    fn attestation(&mut self, entry: AttestationEntry) -> AttestationFacts {
        let occurrences = self.occurrences(entry.occurrences.unwrap_or_default());
        let (date, evidence) =
            (self.day(entry.date.as_ref()), self.evidence(entry.evidence.as_ref(), entry.sha256.as_ref()));
        let last = occurrences.last();
        AttestationFacts {
            date: date.or_else(|| last.map(|last| last.date.clone())),
            evidence: match (&evidence.evidence, last) {
                (None, Some(last)) => last.evidence.clone(),
                _ => evidence,
            },
            valid_until: self.day(entry.valid_until.as_ref()),
            occurrences,
            statement: text(entry.statement),
            owner: text(entry.owner),
            signer: text(entry.signer),
            signed: self.day(entry.signed.as_ref()),
            not_applicable: Some(text(entry.not_applicable)).filter(|reason| !reason.is_empty()),
        }
    }

    /// Each time that something was done, the earliest first. One without a day or a person, or with evidence that cannot
    /// be read, says nothing that could be judged.
    fn occurrences(&mut self, entries: Vec<OccurrenceEntry>) -> Vec<OccurrenceFacts> {
        let mut occurrences = Vec::new();
        for entry in entries {
            let evidence = self.evidence(entry.evidence.as_ref(), entry.sha256.as_ref());
            if let Some(link) = entry.evidence.as_ref().filter(|_| evidence.evidence_file_sha256.is_unknown()) {
                self.problem(link, "the evidence is there but cannot be read", "let whoever runs this read the file");
            }
            if text(Some(entry.by.clone())).is_empty() {
                self.problem(&entry.by, "nobody is named who did it", "write the person's name");
            }
            match self.day(Some(&entry.date)) {
                Some(date) => occurrences.push(OccurrenceFacts { date, by: text(Some(entry.by)), evidence }),
                None if entry.date.value.trim().is_empty() => {
                    self.problem(&entry.date, "the occurrence has no day", "write the day on which it was done");
                }
                None => {}
            }
        }
        occurrences.sort_by(|a, b| a.date.cmp(&b.date));
        occurrences
    }

    /// One text under several entries says nothing about any of them.
    fn own_words(&mut self, id: &str, statement: &Spanned<String>, said: &mut BTreeMap<String, String>) {
        let words = statement.value.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        if words.is_empty() {
            return;
        }
        match said.get(&words) {
            Some(other) => {
                let message = format!("`{id}` states the same as `{other}`");
                self.problem(statement, &message, "say of each what was done, when and for which systems");
            }
            None => {
                said.insert(words, id.to_owned());
            }
        }
    }

    fn vendor(&mut self, name: String, entry: VendorEntry, reviewed: Option<&String>) -> VendorFacts {
        let report = entry.soc2_report.as_ref();
        let renewal = entry.renewal.as_ref().filter(|renewal| renewal.value.trim() == NO_RENEWAL);
        VendorFacts {
            vendor: Some(name),
            handles_phi: entry.phi,
            reviewed: self.day(entry.reviewed.as_ref()).or_else(|| reviewed.cloned()),
            signed: self.day(entry.signed.as_ref()),
            effective: self.day(entry.effective.as_ref()),
            renewal: match renewal {
                Some(_) => Some(NO_RENEWAL.to_owned()),
                None => self.day(entry.renewal.as_ref()),
            },
            evidence: self.evidence(entry.evidence.as_ref(), entry.sha256.as_ref()),
            services: entry.services.map(named).unwrap_or_default(),
            owner: text(entry.owner),
            uses: text(entry.uses),
            safeguards: text(entry.safeguards),
            reporting_hours: entry.reporting_hours,
            return_or_destruction: text(entry.return_or_destruction),
            hhs_access: text(entry.hhs_access),
            subcontractors: entry.subcontractors.map(|entries| self.subcontractors(entries)),
            risk_tier: entry.risk.map(|tier| tier.as_str().to_owned()),
            soc2_from: report.and_then(|report| self.day(report.from.as_ref())),
            soc2_until: report.and_then(|report| self.day(report.until.as_ref())),
            soc2_reviewed: report.and_then(|report| self.day(report.reviewed.as_ref())),
            vendor_count: None,
        }
    }

    /// Those to whom a vendor passes PHI. One without a name could not be asked for.
    fn subcontractors(&mut self, entries: Vec<SubcontractorEntry>) -> Vec<SubcontractorFacts> {
        let mut facts = Vec::new();
        for entry in entries {
            let signed = self.day(entry.signed.as_ref());
            let name = entry.name.value.trim().to_owned();
            if name.is_empty() {
                self.problem(&entry.name, "the subcontractor has no name", "write its name as `name: ...`");
            }
            facts.push(SubcontractorFacts { name, signed });
        }
        facts
    }

    /// A day in the one form that nobody can misread.
    fn day(&mut self, day: Option<&Spanned<String>>) -> Option<String> {
        let day = day.filter(|day| !day.value.trim().is_empty())?;
        let text = day.value.trim();
        if is_day(text) {
            return Some(text.to_owned());
        }
        let message = format!("`{}` is not a day", shown(text));
        self.problem(day, &message, "write the year, the month and the day, such as 2026-01-31");
        None
    }

    fn evidence(&mut self, link: Option<&Spanned<String>>, sha256: Option<&Spanned<String>>) -> EvidenceFacts {
        let sha256 = sha256.and_then(|sha256| self.sha256(sha256));
        let Some(link) = link.filter(|link| !link.value.trim().is_empty()) else {
            return evidence::look(None, sha256, self.folder).unwrap_or_default();
        };
        evidence::look(Some(link.value.trim()), sha256, self.folder).unwrap_or_else(|message| {
            self.problem(link, &message, "name a file beside this one or below, or an address such as https://...");
            EvidenceFacts::default()
        })
    }

    fn sha256(&mut self, sha256: &Spanned<String>) -> Option<String> {
        let text = sha256.value.trim();
        if text.is_empty() {
            return None;
        }
        if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Some(text.to_ascii_lowercase());
        }
        let message = format!("`{}` is not a SHA-256", shown(text));
        self.problem(sha256, &message, "it has 64 hexadecimal digits; `sha256sum FILE` prints it");
        None
    }

    fn unknown(&mut self, id: &str, known: &Ids) {
        let near = suggest::nearest(id, known.iter())
            .or_else(|| known.iter().find(|known| known.strip_prefix("attest-") == Some(id)))
            .map_or("`safeguard rules list kind:Safeguard::Attestation` lists them".to_owned(), |near| {
                format!("did you mean `{near}`?")
            });
        let message = format!("no rule asks for an attestation `{}`", shown(id));
        self.problems.push(self.source.problem_at(key_offset(self.source, id), message).help(near));
    }

    fn problem(&mut self, at: &Spanned<String>, message: &str, help: &str) {
        self.problems.push(self.source.problem_at(yaml::offset(at), message).help(help));
    }

    fn finish<T>(self, facts: T, what: &str) -> Result<T> {
        if self.problems.is_empty() { Ok(facts) } else { Err(refused(&self.problems, what)) }
    }
}

fn refused(problems: &[Problem], what: &str) -> Error {
    let of = what.trim_end_matches(".yaml");
    Error::usage(join(problems)).help(format!("`safeguard schema {of}` says what the file may say"))
}

fn is_day(text: &str) -> bool {
    let has_form = text.len() == 10
        && text
            .bytes()
            .enumerate()
            .all(|(at, byte)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() });
    has_form && text.parse::<jiff::civil::Date>().is_ok()
}

fn text(text: Option<Spanned<String>>) -> String {
    text.map(|text| text.value.trim().to_owned()).unwrap_or_default()
}

/// Empty names are none.
fn named(names: Vec<String>) -> Vec<String> {
    names.into_iter().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

/// Finds a key of the file by its text: a YAML mapping does not tell where its keys stand. A key begins a line, with
/// or without quotes.
fn key_offset(source: &SourceFile, key: &str) -> usize {
    let mut offset = 0;
    for line in source.text.split_inclusive('\n') {
        let bare = line.trim_start_matches(['"', '\'']);
        if bare.starts_with(key) && bare[key.len()..].starts_with([':', '"', '\'', ' ']) {
            return offset + (line.len() - bare.len());
        }
        offset += line.len();
    }
    0
}

/// Shortens the user's text to what a message quotes.
fn shown(text: &str) -> String {
    let cut: String = text.chars().take(60).collect();
    cut.escape_debug().to_string()
}

fn to_facts(facts: &impl serde::Serialize) -> Value {
    // These are texts, days and lists of texts: nothing that JSON lacks.
    serde_json::to_value(facts).unwrap_or_else(|_| super::facts::nothing())
}
