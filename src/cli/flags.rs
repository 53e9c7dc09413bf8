//! The flags that several commands have: which rules, and which failures are accepted.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::Result;
use crate::config::Config;
use crate::rule::Selection;
use crate::scan::paths::Paths;

/// The config file, with the pages of kinds that it names in force.
pub(super) fn find_config(file: Option<&Path>) -> Result<Config> {
    let config = Config::find(file, std::path::Path::new(""))?;
    crate::scan::use_kinds(&config.kinds_dirs)?;
    Ok(config)
}

/// Which rules: the same flags wherever rules are chosen.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Rules")]
pub(super) struct RuleArgs {
    /// Add the rules of a folder
    #[arg(long = "rules", value_name = "DIR")]
    pub rule_dirs: Vec<PathBuf>,
    /// Only these: an id (s3-*), service:s3, framework:hipaa, severity:high, kind:AWS::S3::Bucket,
    /// requirement:164.312(e)(1)
    #[arg(long, value_name = "PATTERN", value_delimiter = ',')]
    pub select: Vec<String>,
    /// Not these; the same patterns
    #[arg(long, value_name = "PATTERN", value_delimiter = ',')]
    pub skip: Vec<String>,
    /// Read this config file instead of the safeguard.yaml in the working directory
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

impl RuleArgs {
    pub fn config(&self) -> Result<Config> {
        find_config(self.config.as_deref())
    }

    /// The file's selection, each half replaced by the flags' where they say something.
    pub fn selection(&self, config: &Config) -> Selection {
        let either = |flags: &[String], file: &[String]| if flags.is_empty() { file.to_vec() } else { flags.to_vec() };
        Selection { select: either(&self.select, &config.select), skip: either(&self.skip, &config.skip) }
    }

    /// Makes sure that what a command prints is not appended to the config file, a rule, or another file that it reads.
    pub fn prints(&self, config: &Config, mut paths: Paths) -> Result<()> {
        config.file().into_iter().for_each(|path| paths.reads("the config file", path));
        self.rule_dirs(config).iter().for_each(|dir| paths.reads_rules(dir));
        paths.prints("what this command prints");
        paths.check()
    }

    /// The file's folders and the flags': one adds to the other.
    pub fn rule_dirs(&self, config: &Config) -> Vec<PathBuf> {
        config.rules_dirs.iter().chain(&self.rule_dirs).cloned().collect()
    }
}

/// Which failures are accepted: the same flag wherever findings are judged.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Waivers")]
pub(super) struct WaiverArgs {
    /// The file of accepted failures [default: the config file's, or the waivers.yaml beside it]
    #[arg(long, value_name = "FILE")]
    pub waivers: Option<PathBuf>,
}

impl WaiverArgs {
    pub fn file(&self, config: &Config) -> Option<PathBuf> {
        self.waivers.clone().or_else(|| config.waivers.clone())
    }
}
