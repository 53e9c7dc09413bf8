//! The files that a run reads and writes: nothing is written over anything that the same run reads, and no two results
//! to one place. Files are compared and not their names, so that links lead nobody astray.

use std::path::{Path, PathBuf};

use super::file::FileIdentity;
use crate::register::{self, FileSource, RegisterFiles};
use crate::rule;
use crate::{Error, Result};

/// The paths of one run, each with what it is, in words that can follow "over".
#[derive(Debug, Clone, Default)]
pub struct Paths {
    reads: Vec<(String, PathBuf)>,
    writes: Vec<(String, PathBuf)>,
    fills: Vec<FilledFolder>,
    to_stdout: Option<String>,
}

/// A folder in which files of certain names are written.
#[derive(Debug, Clone)]
struct FilledFolder {
    what: String,
    folder: PathBuf,
    is_written: fn(&str) -> bool,
}

impl Paths {
    /// A file that is read.
    pub fn reads(&mut self, what: impl Into<String>, path: impl Into<PathBuf>) {
        self.reads.push((what.into(), path.into()));
    }

    /// The rules of a folder, each of which is read. One that cannot be listed is told of by whoever reads it.
    pub fn reads_rules(&mut self, folder: &Path) {
        let sources = rule::sources_in(folder).into_iter().flatten();
        sources.for_each(|source| self.reads("a rule", source.origin.path()));
    }

    /// The files in which people attest what no API shows, and those that they name as evidence.
    pub fn reads_register(&mut self, register: &RegisterFiles) {
        if let FileSource::Named(path) | FileSource::Usual(path) = &register.attestations {
            self.reads("the file of attestations", path);
        }
        if let FileSource::Named(path) | FileSource::Usual(path) = &register.vendors {
            self.reads("the register of vendors", path);
        }
        let evidence = register::evidence_files(register);
        evidence.into_iter().for_each(|path| self.reads("evidence that a register names", path));
    }

    /// The files from which the AWS SDK takes settings and credentials.
    pub fn reads_settings_of_aws(&mut self) {
        let named = ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CA_BUNDLE"];
        let named = named.iter().filter_map(std::env::var_os).filter(|path| !path.is_empty()).map(PathBuf::from);
        let usual = std::env::home_dir().map(|home| ["config", "credentials"].map(|name| home.join(".aws").join(name)));
        named.chain(usual.into_iter().flatten()).for_each(|path| self.reads("a file of the AWS tools", path));
    }

    /// A file that is written.
    pub fn writes(&mut self, what: impl Into<String>, path: impl Into<PathBuf>) {
        self.writes.push((what.into(), path.into()));
    }

    /// A folder in or below which files are written whose names fulfill the condition.
    pub fn fills(&mut self, what: impl Into<String>, folder: impl Into<PathBuf>, is_written: fn(&str) -> bool) {
        self.fills.push(FilledFolder { what: what.into(), folder: folder.into(), is_written });
    }

    /// Adds something that goes to standard output, which may lead to a file.
    pub fn prints(&mut self, what: impl Into<String>) {
        self.to_stdout = Some(what.into());
    }

    /// Makes sure that all of them are different.
    ///
    /// # Errors
    /// A usage error that names the two that are one.
    pub fn check(&self) -> Result<()> {
        let mut written: Vec<(&str, Option<&Path>, FileIdentity)> = Vec::new();
        let printed = self.to_stdout.as_deref().and_then(|what| Some((what, None, FileIdentity::of_stdout()?)));
        let named = self.writes.iter().filter_map(|(what, path)| {
            FileIdentity::of(path).map(|identity| (what.as_str(), Some(path.as_path()), identity))
        });
        for (what, path, identity) in printed.into_iter().chain(named) {
            if let Some((other, _, _)) = written.iter().find(|(_, _, known)| *known == identity) {
                return Err(twice(other, what, path));
            }
            written.push((what, path, identity));
        }
        for (read, path) in &self.reads {
            let Some(identity) = FileIdentity::of(path) else { continue };
            if let Some((what, _, _)) = written.iter().find(|(_, _, known)| *known == identity) {
                return Err(over(what, read, path));
            }
            if let Some(filled) = self.fills.iter().find(|filled| filled.would_write(path, &identity)) {
                return Err(over(&filled.what, read, path));
            }
        }
        for (what, path, identity) in &written {
            let Some(path) = path else { continue };
            if let Some(filled) = self.fills.iter().find(|filled| filled.would_write(path, identity)) {
                return Err(twice(&filled.what, what, Some(path)));
            }
        }
        Ok(())
    }
}

impl FilledFolder {
    fn would_write(&self, path: &Path, identity: &FileIdentity) -> bool {
        self.holds(path) || self.links_to(identity)
    }

    /// Tells whether the path leads into the folder, to such a name.
    fn holds(&self, path: &Path) -> bool {
        let Ok(folder) = self.folder.canonicalize() else { return false };
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let to_be = || parent.canonicalize().map(|parent| parent.join(path.file_name().unwrap_or_default()));
        let whole = path.canonicalize().or_else(|_| to_be());
        whole.is_ok_and(|path| path.starts_with(&folder) && self.is_name(&path))
    }

    /// Tells whether such a name in the folder leads to the file.
    fn links_to(&self, identity: &FileIdentity) -> bool {
        let entries =
            std::fs::read_dir(&self.folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
        entries.filter(|path| self.is_name(path)).any(|path| FileIdentity::of(&path).as_ref() == Some(identity))
    }

    fn is_name(&self, path: &Path) -> bool {
        path.file_name().and_then(|name| name.to_str()).is_some_and(self.is_written)
    }
}

fn over(what: &str, read: &str, path: &Path) -> Error {
    Error::usage(format!("{what} would be written over {read}, which this run reads: {}", path.display()))
        .help(format!("give {what} a place of its own"))
}

fn twice(one: &str, other: &str, path: Option<&Path>) -> Error {
    let place = path.map_or("standard output".to_owned(), |path| path.display().to_string());
    Error::usage(format!("{one} and {other} would both be written to {place}")).help("give each a place of its own")
}

/// The name of a file of an evidence folder.
pub fn is_evidence(name: &str) -> bool {
    name == "calls.ndjson" || crate::model::forms::is_sha256(name)
}

/// The name of a file that a run over many accounts keeps in the folder of its reports.
pub fn is_account_report(name: &str) -> bool {
    matches!(name, "run.json" | "report.json")
        || name.strip_suffix(".json").is_some_and(crate::model::forms::is_account_id)
}

/// The name of an account's snapshot among those of many.
pub fn is_account_snapshot(name: &str) -> bool {
    name.strip_suffix(".ndjson.zst").is_some_and(crate::model::forms::is_account_id)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    fn refusal(dir: &Path, paths: &Paths) -> String {
        let error = paths.check().expect_err("must be refused");
        assert_eq!(error.fault, crate::error::Fault::Usage);
        error.message.replace(&dir.display().to_string(), "DIR")
    }

    #[test]
    fn no_output_is_an_input_by_whatever_name() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        fs::write(dir.join("input"), "").unwrap();
        fs::hard_link(dir.join("input"), dir.join("hard")).unwrap();
        symlink("input", dir.join("soft")).unwrap();
        symlink(".", dir.join("here")).unwrap();
        for name in ["input", "./input", "hard", "soft", "here/input", "here/soft"] {
            for (read, written) in [("input", name), (name, "input")] {
                let mut paths = Paths::default();
                paths.reads("the config file", dir.join(read));
                paths.writes("the report in json", dir.join(written));
                let words = "the report in json would be written over the config file, which this run reads: DIR/";
                assert!(refusal(dir, &paths).starts_with(words), "{}", refusal(dir, &paths));
            }
        }
        let mut paths = Paths::default();
        paths.reads("the config file", dir.join("input"));
        paths.writes("the report in json", dir.join("other"));
        paths.writes("the report in csv", "/dev/null");
        paths.writes("the report in html", "/dev/null");
        paths.check().unwrap();
    }

    #[test]
    fn no_two_outputs_are_one() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        symlink("new", dir.join("link")).unwrap();
        let mut paths = Paths::default();
        paths.writes("the report in json", dir.join("new"));
        paths.writes("the snapshot", dir.join("link"));
        assert_eq!(refusal(dir, &paths), "the report in json and the snapshot would both be written to DIR/link");
    }

    #[test]
    fn a_folder_that_is_filled_is_looked_into() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        let account = "123456789012.json";
        fs::create_dir(dir.join("kept")).unwrap();
        fs::write(dir.join("kept/report.json"), "").unwrap();
        fs::write(dir.join("config"), "").unwrap();
        symlink("../config", dir.join("kept").join(account)).unwrap();
        let filled = |read: &[&str], written: &[&str]| {
            let mut paths = Paths::default();
            read.iter().for_each(|name| paths.reads("the baseline", dir.join(name)));
            written.iter().for_each(|name| paths.writes("the report in csv", dir.join(name)));
            paths.fills("the accounts' reports", dir.join("kept"), is_account_report);
            paths
        };
        for paths in [filled(&["kept/report.json"], &[]), filled(&["config"], &[])] {
            assert!(refusal(dir, &paths).contains("the accounts' reports would be written over the baseline"));
        }
        let both = filled(&[], &["kept/run.json"]);
        assert!(refusal(dir, &both).contains("would both be written to DIR/kept/run.json"));
        filled(&["kept/other.json", "other"], &["kept/all.json"]).check().unwrap();
    }

    #[test]
    fn files_of_a_run_are_told_by_their_names() {
        assert!(is_evidence("calls.ndjson") && is_evidence(&"0a".repeat(32)) && !is_evidence("notes.txt"));
        assert!(is_account_report("123456789012.json") && !is_account_report("all.json"));
        assert!(is_account_snapshot("123456789012.ndjson.zst") && !is_account_snapshot("today.ndjson.zst"));
    }
}
