//! The config file, `safeguard.yaml`: what a team decides once about its accounts, under version control.
//!
//! Reading is strict, because a setting that is quietly ignored makes a report say something else than its reader
//! believes: a key that does not exist, a key that is given twice, an account id of eleven digits are errors with their
//! place in the file. Whether a rule or a parameter of that name exists is decided where the rules are known.
//! Flags win over the file; [`crate::cli`] does the merging.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::engine::scope;
use crate::model::{AccountId, EntityRole, Region, Severity, Soc2Category};
use crate::register::{FileSource, RegisterFiles};
use crate::rule::{ParamSettings, Selection};
use crate::scan::{FactSource, Regions, ScanRequest, ServicesRequest};
use crate::{Error, Result};

mod error;
mod log;
mod services;
#[cfg(test)]
mod tests;
mod words;

pub use log::{LOG_VARIABLE, log_filter};
pub use services::{EligibleService, ServiceOverrides, ServiceStatus};

use words::AccountIdForm;
pub use words::{ArnPattern, Reason, RegionName, ServicePrefix};

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
    /// Folders with pages of kinds of your own, relative to this file: services that this build does not read.
    pub kinds_dirs: Vec<PathBuf>,
    /// Values for parameters of rules: `{rule id: {parameter: value}}`.
    #[schemars(with = "BTreeMap<String, BTreeMap<String, Value>>")]
    pub params: ParamSettings,
    /// Which resources hold protected health information.
    pub phi_scope: PhiScopeConfig,
    /// The SOC 2 categories that your report covers beside security, which always counts: `availability`,
    /// `confidentiality`, `processing_integrity`, `privacy`. Criteria of other categories are shown as out of scope. All
    /// rules run in any case.
    pub soc2_categories: Vec<Soc2Category>,
    /// In which roles HIPAA binds you. Without it, every provision is shown, and a warning asks.
    pub entity: EntityConfig,
    /// Which services the Business Associate Addendum covers, where you know better than the list that Safeguard carries.
    pub eligible_services: ServiceOverrides,
    /// How many questions CloudTrail's event history may be asked in each region to find the services in use; AWS answers
    /// two a second. 0 to 10000; without it, 160.
    #[serde(deserialize_with = "event_history_calls")]
    #[schemars(range(max = 10_000))]
    pub event_history_calls: Option<u32>,
    /// The file of attestations, relative to this file. Without it, `attestations.yaml` beside this file, if it exists.
    pub attestations: Option<PathBuf>,
    /// The register of vendors, relative to this file. Without it, `vendors.yaml` beside this file, if it exists.
    pub vendors: Option<PathBuf>,
    /// The mildest failure that makes the exit code 10; `never` for none. Without it, `low`: every failure.
    pub fail_on: Option<FailOn>,
    /// Whether an incomplete scan may exit with 0 when nothing else is wrong. Without it, `false`.
    pub allow_incomplete: Option<bool>,
    /// The file of accepted failures, relative to this file. Without it, `waivers.yaml` beside this file, if there is one.
    pub waivers: Option<PathBuf>,
    /// Whether only failures that the baseline does not have make the exit code 10. Without it, `false`.
    pub new_only: Option<bool>,
    /// Where the file lies.
    #[serde(skip)]
    folder: PathBuf,
    /// The file itself, if there is one.
    #[serde(skip)]
    file: Option<PathBuf>,
}

/// An hour and a half of questions in each region: who writes more means something else.
const MOST_HISTORY_CALLS: u32 = 10_000;

fn event_history_calls<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> std::result::Result<Option<u32>, D::Error> {
    let calls = Option::<i64>::deserialize(deserializer)?;
    let in_range = |calls: i64| u32::try_from(calls).ok().filter(|calls| *calls <= MOST_HISTORY_CALLS);
    let read = |calls: i64| {
        in_range(calls).ok_or_else(|| {
            let message =
                format!("`event_history_calls` cannot be {calls}: it is a number from 0 to {MOST_HISTORY_CALLS}");
            serde::de::Error::custom(message)
        })
    };
    calls.map(read).transpose()
}

/// Which resources hold protected health information: those that any of the three names.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "PhiScope")]
pub struct PhiScopeConfig {
    /// Tag keys with the values that mean PHI, such as `{DataClassification: [phi, ephi]}`.
    pub tags: BTreeMap<String, Vec<String>>,
    /// Accounts in which everything counts as PHI.
    #[schemars(with = "Vec<AccountIdForm>")]
    pub accounts: Vec<AccountId>,
    /// ARNs of resources that hold PHI; `*` stands for any text and `?` for any character.
    pub arns: Vec<ArnPattern>,
}

/// What your organization is under HIPAA.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "Entity")]
pub struct EntityConfig {
    /// `covered_entity`, `business_associate`, `clearinghouse`, `group_health_plan`, `hybrid_entity`. A clearinghouse, a
    /// group health plan and a hybrid entity are covered entities, too. Provisions that bind none of them are shown as such.
    pub roles: Vec<EntityRole>,
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
        Ok(Self { folder: folder.to_owned(), waivers: waivers_in(folder)?, ..Self::default() })
    }

    /// The file that was read, if there was one.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Finds the files in which people attest what no API shows.
    pub fn register(&self) -> RegisterFiles {
        let usual = RegisterFiles::usual(&self.folder);
        let named = |path: &Option<PathBuf>, usual: FileSource| path.clone().map_or(usual, FileSource::Named);
        RegisterFiles {
            attestations: named(&self.attestations, usual.attestations),
            vendors: named(&self.vendors, usual.vendors),
        }
    }

    /// Reads a config file. Its relative folders count from where it lies.
    ///
    /// # Errors
    /// If it cannot be read or says something that it cannot say.
    pub fn read(path: &Path) -> Result<Self> {
        Self::read_as(path, &path.display().to_string())
    }

    /// Sets the name of the file where a setting may be refused later.
    fn named(mut self, name: &str) -> Self {
        let settings = self.params.values_mut().flat_map(BTreeMap::values_mut);
        settings.for_each(|setting| name.clone_into(&mut setting.file));
        self
    }

    fn read_as(path: &Path, name: &str) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|error| error::unreadable(name, &error))?;
        let mut config = Self { file: Some(path.to_owned()), ..Self::parse(&text, name)? };
        if let Some(folder) = path.parent() {
            let dirs = config.rules_dirs.iter_mut().chain(&mut config.kinds_dirs);
            dirs.for_each(|dir| *dir = folder.join(&dir));
            config.attestations.iter_mut().chain(&mut config.vendors).for_each(|path| *path = folder.join(&path));
            folder.clone_into(&mut config.folder);
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
            .map(|config| config.unwrap_or_default().named(name))
            .map_err(|error| error::in_file(&error, text, name))
    }
}

impl Config {
    /// Makes the request of the file for a scan of this source.
    pub fn into_request(self, source: FactSource) -> ScanRequest {
        let services = ServicesRequest::default();
        ScanRequest {
            source,
            register: self.register(),
            selection: Selection { select: self.select, skip: self.skip },
            rule_dirs: self.rules_dirs,
            params: self.params,
            phi_scope: self.phi_scope.into(),
            soc2_categories: self.soc2_categories,
            roles: self.entity.roles,
            services: ServicesRequest {
                overrides: self.eligible_services.into(),
                event_history_calls: self.event_history_calls.unwrap_or(services.event_history_calls),
                ..services
            },
            waivers: self.waivers,
            baseline: None,
            save_snapshot: None,
            evidence: None,
        }
    }
}

/// The regions that these names stand for.
///
/// # Errors
/// If `all` is one of several.
pub fn regions(names: &[RegionName]) -> Result<Regions> {
    match names {
        [] => Ok(Regions::Default),
        [RegionName::All] => Ok(Regions::All),
        names if names.contains(&RegionName::All) => {
            Err(Error::usage("`all` stands beside other regions")
                .help("write `all` alone, or only the regions to read"))
        }
        names => {
            let named = names.iter().filter_map(|name| match name {
                RegionName::All => None,
                RegionName::One(region) => Some(region.clone()),
            });
            let regions: BTreeSet<Region> = named.collect();
            Ok(Regions::Named(regions.into_iter().collect()))
        }
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

impl From<PhiScopeConfig> for scope::PhiScope {
    fn from(scope: PhiScopeConfig) -> Self {
        Self { tags: scope.tags, accounts: scope.accounts, arns: scope.arns.into_iter().map(String::from).collect() }
    }
}

/// Reads another YAML file of the user's as strictly as the config file.
///
/// # Errors
/// With line and column, if the file cannot be read or says something that it cannot say.
pub fn read_yaml<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| {
        Error::usage(format!("cannot read {name}: {}", crate::error::unreadable(&error)))
            .help("name an existing file of UTF-8 text")
    })?;
    let options = serde_saphyr::options! { strict_booleans: true, with_snippet: false };
    serde_saphyr::from_str_with_options::<T>(&text, options).map_err(|error| error::in_file(&error, &text, &name))
}

/// JSON Schema (draft 2020-12) of the config file, for editors and CI.
pub fn schema() -> Value {
    let settings = schemars::generate::SchemaSettings::draft2020_12();
    settings.into_generator().into_root_schema_for::<Config>().to_value()
}
