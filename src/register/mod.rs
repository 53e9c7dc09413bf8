//! Reads what no API shows: the attestations and the register of vendors in the user's own repository.
//!
//! Two files are read when a scan judges. They are no part of a snapshot, because they say nothing about the account.
//! Each attestation is a resource of the kind `Safeguard::Attestation`, each vendor one of the kind
//! `Safeguard::Vendor`, and rules judge them like everything else. A file that is not there, or lacks an entry, is a
//! gap: a word that is missing is not a bad word.
//!
//! It cannot see whether a statement is true. A file that is named as evidence is hashed where it lies in the
//! folder of the register; an address is never fetched.

mod evidence;
mod facts;
mod file;
mod read;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

pub use facts::kinds;
pub use file::{AttestationEntry, VendorEntry, VendorsFile, attestations_schema, vendors_schema};

use crate::model::{ATTESTATION, AccountId, Gap, GapClass, Region, Resource, VENDOR};
use crate::rule::RuleSet;
use crate::source::{Origin, SourceFile};
use crate::{Error, Result};

/// The name of the file of attestations, beside the config file.
pub const ATTESTATIONS_FILE: &str = "attestations.yaml";
/// The name of the register of vendors, beside the config file.
pub const VENDORS_FILE: &str = "vendors.yaml";
/// The command that writes the missing entries.
pub const NEW: &str = "safeguard attest new";
/// The command that writes the register of vendors.
pub const NEW_VENDORS: &str = "safeguard attest new --vendors";

/// The place where a file is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileSource {
    /// The user named it: that it is not there is a mistake.
    Named(PathBuf),
    /// The usual place: that it is not there only means that nothing is attested.
    Usual(PathBuf),
    /// No file, but a text of this build with the name that messages call it by.
    Text(&'static str, &'static str),
}

/// The places where both files are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterFiles {
    /// The attestations.
    pub attestations: FileSource,
    /// The register of vendors.
    pub vendors: FileSource,
}

impl RegisterFiles {
    /// The usual names in a folder.
    pub fn usual(folder: &Path) -> Self {
        Self {
            attestations: FileSource::Usual(folder.join(ATTESTATIONS_FILE)),
            vendors: FileSource::Usual(folder.join(VENDORS_FILE)),
        }
    }
}

impl FileSource {
    /// Returns the name by which messages call the file.
    pub fn name(&self) -> String {
        match self {
            FileSource::Named(path) | FileSource::Usual(path) => path.display().to_string(),
            FileSource::Text(name, _) => (*name).to_owned(),
        }
    }

    /// The text and the folder from which its relative paths count; `None` if there is no file and need not be one.
    fn open(&self) -> Result<Option<(SourceFile, PathBuf)>> {
        let path = match self {
            FileSource::Named(path) | FileSource::Usual(path) => path,
            FileSource::Text(name, text) => {
                let source = SourceFile { origin: Origin::File((*name).into()), text: (*text).into() };
                return Ok(Some((source, PathBuf::new())));
            }
        };
        // A dangling link is a file that somebody believes to be there.
        if matches!(self, FileSource::Usual(_)) && !path.is_symlink() && matches!(path.try_exists(), Ok(false)) {
            return Ok(None);
        }
        match std::fs::read_to_string(path) {
            Ok(text) => {
                let folder = path.parent().map(Path::to_owned).unwrap_or_default();
                Ok(Some((SourceFile { origin: Origin::File(path.clone()), text: text.into() }, folder)))
            }
            Err(error) => Err(unreadable(path, &error)),
        }
    }
}

/// The files that the two registers name as evidence, where they are. A register that cannot be read names none here.
pub fn evidence_files(files: &RegisterFiles) -> Vec<PathBuf> {
    let registers = [&files.attestations, &files.vendors].into_iter().filter_map(|place| place.open().ok().flatten());
    let files = registers.flat_map(|(source, folder)| {
        read::linked_files(&source).into_iter().map(move |link| folder.join(link)).collect::<Vec<_>>()
    });
    files.collect()
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    let failure = Error::usage(format!("cannot read {}: {}", path.display(), crate::error::unreadable(error)));
    match error.kind() {
        std::io::ErrorKind::NotFound => {
            failure.help(format!("write it with `{NEW}`, or take its name out of the config file"))
        }
        std::io::ErrorKind::InvalidData => failure.help("the file must be UTF-8 text"),
        _ => failure,
    }
}

/// The attested resources to judge, and gaps where nobody said anything. They belong to no account until they are
/// told which.
#[derive(Debug, Clone, Default)]
pub struct Attested {
    /// One for each attestation that the rules ask for, one for the register and one for each vendor in it.
    pub resources: Vec<Resource>,
    /// Files that are not there, and entries that they lack.
    pub gaps: Vec<Gap>,
    /// Each file that was read, by name, with the SHA-256 of what was read of it.
    pub files: BTreeMap<String, String>,
}

/// Reads what the rules ask for. Both files are checked whole, whatever is asked; a kind that no rule judges is not
/// read.
///
/// # Errors
/// A usage error if a named file is not there or a file says something that it cannot say, with line and column.
pub fn read(places: &RegisterFiles, asked: &RuleSet, known: &Ids) -> Result<Attested> {
    let mut attested = Attested::default();
    let attestations: Vec<&str> =
        asked.iter().filter(|rule| rule.kind == ATTESTATION).map(|rule| rule.id.as_str()).collect();
    if !attestations.is_empty() {
        attested.attestations(&places.attestations, &attestations, known)?;
    }
    if asked.iter().any(|rule| rule.kind == VENDOR || rule.needs().populations.contains(VENDOR)) {
        attested.vendors(&places.vendors)?;
    }
    Ok(attested)
}

/// The ids of the entries that a file of attestations has, by their present names.
///
/// # Errors
/// If it cannot be read or says something that it cannot say.
pub fn ids_in(place: &FileSource, known: &Ids) -> Result<BTreeSet<String>> {
    match place.open()? {
        Some((source, folder)) => Ok(read::attestations(&source, &folder, known)?.into_keys().collect()),
        None => Ok(BTreeSet::new()),
    }
}

/// Reads the ids as if the text stood in the file.
///
/// # Errors
/// If it says something that it cannot say.
pub fn ids_in_text(place: &FileSource, text: &str, known: &Ids) -> Result<BTreeSet<String>> {
    let path = PathBuf::from(place.name());
    let folder = path.parent().map(Path::to_owned).unwrap_or_default();
    let source = SourceFile { origin: Origin::File(path), text: text.to_owned().into() };
    Ok(read::attestations(&source, &folder, known)?.into_keys().collect())
}

/// The ids of attestations that rules know, old ones included, each with the present one.
#[derive(Debug, Clone, Default)]
pub struct Ids(BTreeMap<String, String>);

impl Ids {
    /// Takes the ids of a set of rules, selected or not.
    pub fn of(rules: &RuleSet) -> Self {
        let rules = rules.iter().filter(|rule| rule.kind == ATTESTATION);
        let ids = rules
            .flat_map(|rule| std::iter::once(&rule.id).chain(&rule.aliases).map(|id| (id.clone(), rule.id.clone())));
        Self(ids.collect())
    }

    fn present(&self, id: &str) -> Option<&str> {
        self.0.get(id).map(String::as_str)
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl Attested {
    /// Returns the same as part of an account.
    #[must_use]
    pub fn of_account(mut self, account: AccountId) -> Self {
        self.resources.iter_mut().for_each(|resource| resource.account = account);
        self.gaps.iter_mut().for_each(|gap| gap.account = account);
        self
    }

    fn attestations(&mut self, place: &FileSource, asked: &[&str], known: &Ids) -> Result<()> {
        let entries = match place.open()? {
            Some((source, folder)) => {
                self.files.insert(place.name(), source.sha256());
                Some(read::attestations(&source, &folder, known)?)
            }
            None => None,
        };
        for id in asked {
            let facts = entries.as_ref().and_then(|entries| entries.get(*id));
            self.resources.push(resource(ATTESTATION, id, facts.cloned().unwrap_or_else(facts::nothing)));
            if let Some(facts) = facts {
                self.unreadable_evidence(ATTESTATION, id, facts, place);
            } else if entries.is_some() {
                let words = format!("{} has no entry for it; `{NEW} --add` adds what is missing", place.name());
                self.gaps.push(gap(place, Some(id), "NoEntry", words));
            }
        }
        if entries.is_none() {
            let words = format!("there is no {}; `{NEW}` writes it", place.name());
            self.gaps.push(gap(place, None, "NoFile", words));
        }
        self.gaps
            .iter_mut()
            .filter(|gap| gap.facts.is_empty())
            .for_each(|gap| gap.facts = vec![format!("{ATTESTATION}.*")]);
        Ok(())
    }

    fn vendors(&mut self, place: &FileSource) -> Result<()> {
        let Some((source, folder)) = place.open()? else {
            let words = format!("there is no {}; `{NEW_VENDORS}` writes it", place.name());
            let gap = gap(place, None, "NoFile", words);
            self.gaps.push(Gap { population: vec![VENDOR.to_owned()], ..gap });
            return Ok(());
        };
        self.files.insert(place.name(), source.sha256());
        let file_name = Path::new(&place.name()).file_name().map(|name| name.to_string_lossy().into_owned());
        for (name, facts) in read::vendors(&source, &folder)? {
            let id = name.or_else(|| file_name.clone()).unwrap_or_default();
            self.unreadable_evidence(VENDOR, &id, &facts, place);
            self.resources.push(resource(VENDOR, &id, facts));
        }
        Ok(())
    }

    /// A file that is there and cannot be read leaves its hash unknown.
    fn unreadable_evidence(&mut self, kind: &str, id: &str, facts: &serde_json::Value, place: &FileSource) {
        if facts.get("EvidenceFileSha256").is_none() {
            let link = facts.get("Evidence").and_then(serde_json::Value::as_str).unwrap_or_default();
            let words = format!("the file {link}, which is named as evidence, is there but cannot be read");
            let gap = gap(place, Some(id), "Unreadable", words);
            self.gaps.push(Gap { class: GapClass::Refused, facts: vec![format!("{kind}.EvidenceFileSha256")], ..gap });
        }
    }
}

fn resource(kind: &str, id: &str, facts: serde_json::Value) -> Resource {
    Resource {
        kind: kind.to_owned(),
        id: id.to_owned(),
        arn: None,
        account: AccountId::NONE,
        region: Region::GLOBAL,
        facts,
    }
}

/// The service is this program and the operation the name of the file, so that reports group by file.
fn gap(place: &FileSource, id: Option<&str>, code: &str, message: String) -> Gap {
    Gap {
        account: AccountId::NONE,
        region: Region::GLOBAL,
        service: "attest".to_owned(),
        operation: place.name(),
        resource: id.map(str::to_owned),
        class: GapClass::NotAttested,
        code: code.to_owned(),
        message,
        request_id: None,
        facts: Vec::new(),
        population: Vec::new(),
        iam_actions: Vec::new(),
    }
}
