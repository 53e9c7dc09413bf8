//! Taking up an interrupted run: which reports are there already, and whether new ones would say the same thing.
//!
//! What is remembered of a run are hashes of all that its accounts were judged with, by name, so that a difference can
//! be named. What cannot be seen: whether the role in an account may read more or less than it could then.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::AccountTarget;
use crate::model::AccountState;
use crate::output::json;
use crate::scan::prepared::Prepared;
use crate::scan::{Regions, file, report_file};
use crate::{Error, Result};

/// The file in the folder of reports that says with which settings they were made.
const SETTINGS: &str = "run.json";
/// The setting that is no hash.
const VERSION: &str = "versions of Safeguard";

/// Hashes of everything that must be the same for all reports of one result, by its sort.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Fingerprints(BTreeMap<String, String>);

impl Fingerprints {
    pub fn of(prepared: &Prepared, regions: &Regions) -> Self {
        let mut settings = prepared.fingerprints();
        settings.insert("regions".to_owned(), format!("{regions:?}"));
        settings.insert(VERSION.to_owned(), env!("CARGO_PKG_VERSION").to_owned());
        Self(settings)
    }

    /// The names of the sorts in which the two differ.
    fn differences<'a>(&'a self, other: &'a Self) -> Vec<&'a str> {
        let names = self.0.keys().chain(other.0.keys().filter(|name| !self.0.contains_key(*name)));
        names.filter(|name| self.0.get(*name) != other.0.get(*name)).map(String::as_str).collect()
    }
}

/// Makes the folder ready for reports, and refuses to mix those of two runs.
pub(super) fn prepare(folder: &Path, resume: bool, now: &Fingerprints) -> Result<()> {
    let unusable = |error: std::io::Error| {
        Error::usage(format!(
            "cannot use {} for the reports of the accounts: {}",
            folder.display(),
            file::reason(&error)
        ))
        .help("name a folder that you may write to")
    };
    std::fs::create_dir_all(folder).map_err(unusable)?;
    let path = folder.join(SETTINGS);
    match std::fs::read(&path) {
        Ok(_) if !resume => Err(Error::usage(format!("{} holds the reports of another run", folder.display()))
            .help("take that run up again with --resume, or name an empty folder")),
        Ok(text) => match serde_json::from_slice::<Fingerprints>(&text) {
            Ok(then) if then == *now => Ok(()),
            Ok(then) => Err(begun_otherwise(folder, &then.differences(now).join(" and other "))),
            Err(_) => Err(begun_otherwise(folder, VERSION)),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => {
            file::write_whole(&path, |out| json::write_value(now, out))
        }
        Err(error) => Err(unusable(error)),
    }
}

fn begun_otherwise(folder: &Path, what: &str) -> Error {
    Error::usage(format!(
        "{} was begun with other {what}: the reports there and new ones would not say the same thing",
        folder.display()
    ))
    .help("resume with the settings and files of that run, or name an empty folder")
}

/// Names the file of an account's report.
pub(super) fn place_of(folder: &Path, account: &str) -> PathBuf {
    folder.join(format!("{account}.json"))
}

/// Tells whether the account's report is there and says something about the account. An account that could not be
/// read is tried again.
pub(super) fn is_done(folder: &Path, target: &AccountTarget) -> bool {
    let Ok(report) = report_file::open(&place_of(folder, &target.account)) else { return false };
    let rows = report.organization.iter().flat_map(|organization| &organization.accounts);
    rows.into_iter().any(|row| row.account == target.account && row.state != AccountState::NotRead)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::services::Override;
    use crate::model::{Eligibility, EntityRole, Soc2Category};
    use crate::register::RegisterFiles;
    use crate::rule::Selection;
    use crate::scan::{FactSource, PhiScope, ScanRequest, ServicesRequest};

    const WAIVER: &str =
        "waivers:\n- {rule: s3-bucket-tls-only, resource: logs, reason: r, owner: o, expires: 2099-01-01}\n";

    const VENDORS: &str = "reviewed: \"2026-01-01\"\nvendors: []\n";

    /// A folder with its files, as the first run found them.
    fn request(folder: &Path) -> ScanRequest {
        std::fs::write(folder.join("waivers.yaml"), WAIVER).unwrap();
        std::fs::write(folder.join("vendors.yaml"), VENDORS).unwrap();
        let _ = std::fs::remove_file(folder.join("attestations.yaml"));
        ScanRequest {
            source: FactSource::Demo,
            selection: Selection::default(),
            rule_dirs: Vec::new(),
            params: BTreeMap::new(),
            phi_scope: PhiScope::default(),
            soc2_categories: Vec::new(),
            roles: Vec::new(),
            register: RegisterFiles::usual(folder),
            waivers: Some(folder.join("waivers.yaml")),
            baseline: None,
            save_snapshot: None,
            evidence: None,
            services: ServicesRequest::default(),
        }
    }

    /// Returns the folder's error about what was otherwise, once the request is this one; empty if the folder takes
    /// the run up.
    fn refusal(folder: &Path, request: &ScanRequest) -> String {
        // The sample account brings attestations of its own; any other source reads the request's.
        let request = ScanRequest { source: FactSource::Snapshot(PathBuf::new()), ..request.clone() };
        let settings = Fingerprints::of(&Prepared::of(&request).unwrap(), &Regions::All);
        prepare(folder, true, &settings).err().map_or(String::new(), |error| error.message)
    }

    #[test]
    fn whatever_changes_reports_is_noticed_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let same = request(folder);
        assert_eq!(refusal(folder, &same), "", "it begins");
        assert_eq!(refusal(folder, &same), "", "it goes on");
        let later =
            ScanRequest { baseline: Some("last.json".into()), evidence: Some("answers".into()), ..same.clone() };
        assert_eq!(refusal(folder, &later), "", "the whole is compared, and what is kept changes no report");

        let only = Selection { select: vec!["s3-bucket-tls-only".to_owned()], ..Selection::default() };
        let scope = PhiScope { accounts: vec!["123456789012".parse().unwrap()], ..PhiScope::default() };
        let eligible = Override {
            service: "s3tables".to_owned(),
            eligibility: Eligibility::Eligible,
            reason: "AWS confirmed it".to_owned(),
        };
        let services = |services| ScanRequest { services, ..same.clone() };
        for (other, words) in [
            (ScanRequest { selection: only, ..same.clone() }, "other rules or parameters"),
            (ScanRequest { phi_scope: scope, ..same.clone() }, "other PHI scopes"),
            (ScanRequest { waivers: None, ..same.clone() }, "other waivers"),
            (ScanRequest { soc2_categories: vec![Soc2Category::Privacy], ..same.clone() }, "other SOC 2 categories"),
            (ScanRequest { roles: vec![EntityRole::CoveredEntity], ..same.clone() }, "other roles"),
            (
                services(ServicesRequest { overrides: vec![eligible], ..Default::default() }),
                "other settings for services",
            ),
            (services(ServicesRequest { event_history_calls: 1, ..Default::default() }), "other settings for services"),
        ] {
            assert!(refusal(folder, &other).contains(words), "{words}: {}", refusal(folder, &other));
        }
    }

    #[test]
    fn an_edit_of_a_file_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let same = request(folder);
        assert_eq!(refusal(folder, &same), "", "it begins");
        for (file, text, words) in [
            ("waivers.yaml", WAIVER.replace("2099-01-01", "2098-01-01"), "other waivers:"),
            ("vendors.yaml", VENDORS.replace("2026-01-01", "2026-01-02"), "other attestations or vendors:"),
            (
                "attestations.yaml",
                "attest-risk-analysis: {owner: security}\n".to_owned(),
                "other attestations or vendors:",
            ),
        ] {
            std::fs::write(folder.join(file), text).unwrap();
            assert!(refusal(folder, &same).contains(words), "{file}: {}", refusal(folder, &same));
            request(folder);
            assert_eq!(refusal(folder, &same), "", "{file} is as it was");
        }
    }

    #[test]
    fn what_an_older_version_left_is_not_taken_up() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let same = request(folder);
        std::fs::write(folder.join(SETTINGS), "[]").unwrap();
        assert!(refusal(folder, &same).contains("other versions of Safeguard"));
    }
}
