//! The config file, `safeguard.yaml`: what a team decides once about its accounts, under version control.
//!
//! Reading is strict, because a setting that is quietly ignored makes a report say something else than its reader
//! believes: a key that does not exist, a key that is given twice, an account id of eleven digits are errors with their
//! place in the file. Whether a rule or a parameter of that name exists is decided where the rules are known.
//! Flags win over the file; [`crate::cli`] does the merging.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::engine::scope;
use crate::model::Severity;
use crate::{Error, Result};

mod error;
#[cfg(test)]
mod tests;
mod words;

pub use words::{AccountId, ArnPattern, RegionName};

/// The name under which the file is found in the working directory.
pub const FILE_NAME: &str = "safeguard.yaml";

/// The name under which the file of accepted failures is found beside it.
pub const WAIVERS_NAME: &str = "waivers.yaml";

/// The contents of `safeguard.yaml`. Every key is optional.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(title = "safeguard.yaml")]
pub struct Config {
    /// The regions to read, such as `[us-east-1, eu-west-1]`, or `[all]` for every region that is enabled for the
    /// account. Without it, the region of the AWS profile.
    pub regions: Vec<RegionName>,
    /// Which rules to run: ids (`s3-*`), `service:s3`, `framework:hipaa`, `severity:high`, `kind:AWS::S3::Bucket`,
    /// `requirement:164.312(e)(1)`. Without it, all that are not opt-in.
    pub select: Vec<String>,
    /// Which rules to leave out; the same patterns.
    pub skip: Vec<String>,
    /// Folders with rules of your own, relative to this file.
    pub rules_dirs: Vec<PathBuf>,
    /// Values for parameters of rules: `{rule id: {parameter: value}}`.
    pub params: BTreeMap<String, BTreeMap<String, Value>>,
    /// Which resources hold protected health information.
    pub phi_scope: PhiScope,
    /// The mildest failure that makes the exit code 10; `never` for none. Without it, `low`: every failure.
    pub fail_on: Option<FailOn>,
    /// Whether an incomplete scan may exit with 0 when nothing else is wrong. Without it, `false`.
    pub allow_incomplete: Option<bool>,
    /// The file of accepted failures, relative to this file. Without it, `waivers.yaml` beside this file, if there is one.
    pub waivers: Option<PathBuf>,
    /// Whether only failures that the baseline does not have make the exit code 10. Without it, `false`.
    pub new_only: Option<bool>,
}

/// Which resources hold protected health information: those that any of the three names.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PhiScope {
    /// Tag keys with the values that mean PHI, such as `{DataClassification: [phi, ephi]}`.
    pub tags: BTreeMap<String, Vec<String>>,
    /// Accounts in which everything counts as PHI.
    pub accounts: Vec<AccountId>,
    /// ARNs of resources that hold PHI; `*` stands for any text and `?` for any character.
    pub arns: Vec<ArnPattern>,
}

/// From which severity on a failure makes the exit code 10.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum FailOn {
    /// Only critical failures.
    Critical,
    /// High failures and worse.
    High,
    /// Medium failures and worse.
    Medium,
    /// Every failure.
    Low,
    /// No failure: the exit code then says only whether the scan was complete.
    Never,
}

impl FailOn {
    /// The mildest severity that counts; `None` when no failure does.
    pub fn threshold(self) -> Option<Severity> {
        match self {
            FailOn::Critical => Some(Severity::Critical),
            FailOn::High => Some(Severity::High),
            FailOn::Medium => Some(Severity::Medium),
            FailOn::Low => Some(Severity::Low),
            FailOn::Never => None,
        }
    }
}

impl Config {
    /// The file that was given, or `safeguard.yaml` in `folder` if it exists, or nothing configured.
    ///
    /// # Errors
    /// If the file cannot be read or says something that it cannot say.
    pub fn find(given: Option<&Path>, folder: &Path) -> Result<Self> {
        if let Some(path) = given {
            return Self::read(path);
        }
        if folder.join(FILE_NAME).exists() {
            return Self::read_as(&folder.join(FILE_NAME), FILE_NAME);
        }
        // Whoever wrote this file believes that it is in force.
        if folder.join("safeguard.yml").exists() {
            return Err(Error::usage(format!("found safeguard.yml, but the config file is called {FILE_NAME}"))
                .help(format!("rename it to {FILE_NAME}, or give it with `--config safeguard.yml`")));
        }
        Ok(Self { waivers: waivers_in(folder)?, ..Self::default() })
    }

    /// Reads a config file. Its relative folders count from where it lies.
    ///
    /// # Errors
    /// If it cannot be read or says something that it cannot say.
    pub fn read(path: &Path) -> Result<Self> {
        Self::read_as(path, &path.display().to_string())
    }

    fn read_as(path: &Path, name: &str) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|error| error::unreadable(name, &error))?;
        let mut config = Self::parse(&text, name)?;
        if let Some(folder) = path.parent() {
            config.rules_dirs.iter_mut().for_each(|dir| *dir = folder.join(&dir));
            config.waivers = match &config.waivers {
                Some(file) => Some(folder.join(file)),
                None => waivers_in(folder)?,
            };
        }
        Ok(config)
    }

    /// Reads the text of a config file; `name` is what errors call it.
    ///
    /// # Errors
    /// With line and column, if the text is not YAML or says something that it cannot say.
    pub fn parse(text: &str, name: &str) -> Result<Self> {
        // YAML 1.1 reads `no` as false; in a list of tag values or words that is never meant.
        let options = serde_saphyr::options! { strict_booleans: true, with_snippet: false };
        serde_saphyr::from_str_with_options::<Option<Self>>(text, options)
            .map(Option::unwrap_or_default)
            .map_err(|error| error::in_file(&error, text, name))
    }
}

/// The waiver file of a folder, if there is one.
fn waivers_in(folder: &Path) -> Result<Option<PathBuf>> {
    let path = folder.join(WAIVERS_NAME);
    if path.exists() {
        return Ok(Some(path));
    }
    // Whoever wrote this file believes that it is in force.
    if folder.join("waivers.yml").exists() {
        return Err(Error::usage(format!("found waivers.yml, but the waiver file is called {WAIVERS_NAME}"))
            .help(format!("rename it to {WAIVERS_NAME}, or name it in {FILE_NAME}: `waivers: waivers.yml`")));
    }
    Ok(None)
}

impl From<PhiScope> for scope::PhiScope {
    fn from(scope: PhiScope) -> Self {
        Self {
            tags: scope.tags,
            accounts: scope.accounts.into_iter().map(String::from).collect(),
            arns: scope.arns.into_iter().map(String::from).collect(),
        }
    }
}

/// JSON Schema (draft 2020-12) of the config file, for editors and CI.
pub fn schema() -> Value {
    let settings = schemars::generate::SchemaSettings::draft2020_12();
    settings.into_generator().into_root_schema_for::<Config>().to_value()
}
