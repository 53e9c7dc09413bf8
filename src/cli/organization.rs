//! Many accounts in one run: the flags that name them, and their result.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Deserialize;

use super::progress::ProgressLine;
use crate::config;
use crate::model::{AccountId, Report};
use crate::scan::organization::{AccountSource, AccountTarget, OrganizationRequest, SNAPSHOTS, scan_organization};
use crate::scan::paths::{self, Paths};
use crate::scan::{Live, ScanRequest, file};
use crate::{Error, Result};

#[derive(Debug, Args)]
#[command(next_help_heading = "Organization")]
pub(super) struct OrganizationArgs {
    /// Read every active account of the AWS organization
    #[arg(long, conflicts_with_all = ["demo", "snapshot", "role_arn", "external_id", "accounts"])]
    organization: bool,
    /// Read the accounts that this YAML file lists, instead of those that AWS Organizations lists
    #[arg(long, value_name = "FILE", conflicts_with_all = ["demo", "snapshot", "role_arn", "external_id"])]
    accounts: Option<PathBuf>,
    /// The name of the role to assume in each account; the account that the credentials belong to is read without it
    #[arg(long, value_name = "NAME")]
    member_role: Option<String>,
    /// The external id that those roles ask for
    #[arg(long, value_name = "ID")]
    member_external_id: Option<String>,
    /// Only accounts in or below this organizational unit, such as /Workloads/Production; any number of times
    #[arg(long, value_name = "PATH", value_delimiter = ',')]
    organizational_unit: Vec<String>,
    /// Leave this account out; any number of times
    #[arg(long, value_name = "ACCOUNT", value_delimiter = ',')]
    skip_account: Vec<AccountId>,
    /// How many accounts to read at one time; they share --max-in-flight
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
    accounts_at_once: u16,
    /// Keep each account's JSON report in this folder, as soon as it is there, and its snapshot below it in `snapshots`
    /// unless --save-snapshot names another folder: when all are read, each is judged once more beside the others
    #[arg(long, value_name = "DIR")]
    account_reports: Option<PathBuf>,
    /// Take an interrupted run up again: leave out the accounts whose reports are in --account-reports already
    #[arg(long, requires = "account_reports")]
    resume: bool,
}

impl OrganizationArgs {
    /// Tells whether the run is about many accounts.
    pub fn is_wanted(&self) -> bool {
        self.organization || self.accounts.is_some()
    }

    /// Makes sure that flags for many accounts are not given to a run over one.
    pub fn check(&self) -> Result<()> {
        let stray = [
            ("--member-role", self.member_role.is_some()),
            ("--member-external-id", self.member_external_id.is_some()),
            ("--organizational-unit", !self.organizational_unit.is_empty()),
            ("--skip-account", !self.skip_account.is_empty()),
            ("--account-reports", self.account_reports.is_some()),
        ];
        match stray.iter().find(|(_, is_given)| *is_given && !self.is_wanted()) {
            Some((flag, _)) => Err(Error::usage(format!("{flag} is about the accounts of an organization"))
                .help("add --organization, or --accounts FILE; or leave it out")),
            None => Ok(()),
        }
    }

    /// All that a run over one account or many reads and keeps.
    pub fn paths(&self, request: &ScanRequest) -> Paths {
        if !self.is_wanted() {
            return request.paths();
        }
        // Each account has its own snapshot in that folder.
        let mut paths = ScanRequest { save_snapshot: None, ..request.clone() }.paths();
        let reports = self.account_reports.iter().map(|folder| folder.join(SNAPSHOTS));
        let snapshots = request.save_snapshot.clone().into_iter().chain(reports).take(1);
        snapshots.for_each(|folder| paths.fills("the accounts' snapshots", folder, paths::is_account_snapshot));
        self.accounts.iter().for_each(|path| paths.reads("the list of accounts", path));
        let reports = self.account_reports.iter();
        reports.for_each(|folder| paths.fills("the accounts' reports", folder, paths::is_account_report));
        paths
    }

    /// Reads the accounts, and merges their reports.
    pub async fn run(&self, live: Live, scan: ScanRequest, progress: &ProgressLine) -> Result<Report> {
        let temporary = tempfile::tempdir()
            .map_err(|error| Error::failed(format!("cannot make a folder for the accounts' reports: {error}")))?;
        let _mark = file::Temporary::new(temporary.path());
        let folder = self.account_reports.clone().unwrap_or_else(|| temporary.path().to_owned());
        let request = self.request(live, scan, folder)?;
        scan_organization(&request, progress).await
    }

    fn request(&self, live: Live, scan: ScanRequest, folder: PathBuf) -> Result<OrganizationRequest> {
        for kept in scan.evidence.iter().chain(&scan.save_snapshot) {
            file::check_folder(kept)?;
        }
        let accounts = match &self.accounts {
            Some(path) => AccountSource::Listed(read_accounts(path)?),
            None => AccountSource::Organizations,
        };
        let needs_role = match &accounts {
            AccountSource::Organizations => true,
            AccountSource::Listed(targets) => targets.iter().any(|target| target.role_arn.is_none()),
        };
        if needs_role && self.member_role.is_none() {
            return Err(Error::usage("it is not said which role to assume in the accounts").help(
                "pass --member-role NAME; the role must exist in every account and trust the identity that scans",
            ));
        }
        Ok(OrganizationRequest {
            scan,
            live,
            accounts,
            role_name: self.member_role.clone(),
            external_id: self.member_external_id.clone(),
            units: self.organizational_unit.clone(),
            skip: self.skip_account.clone(),
            at_once: usize::from(self.accounts_at_once),
            folder,
            resume: self.resume,
        })
    }
}

/// The file of `--accounts`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountsFile {
    accounts: Vec<AccountEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountEntry {
    id: AccountId,
    name: Option<String>,
    organizational_unit: Option<String>,
    role_arn: Option<String>,
    external_id: Option<String>,
}

fn read_accounts(path: &Path) -> Result<Vec<AccountTarget>> {
    let file: AccountsFile = config::read_yaml(path)?;
    let mut targets: Vec<AccountTarget> = Vec::new();
    for listed in file.accounts {
        let account = listed.id;
        if targets.iter().any(|target| target.account == account) {
            return Err(Error::usage(format!("{} lists account {account} twice", path.display()))
                .help("name each account once"));
        }
        if let Some(arn) = &listed.role_arn {
            super::reach::role_arn(arn).map_err(|help| {
                Error::usage(format!("{}: account {account}: `{arn}` is no role", path.display())).help(help)
            })?;
        }
        targets.push(AccountTarget {
            account,
            name: listed.name,
            organizational_unit: listed.organizational_unit,
            role_arn: listed.role_arn,
            external_id: listed.external_id,
        });
    }
    match targets.is_empty() {
        true => Err(Error::usage(format!("{} lists no account", path.display()))
            .help("write `accounts: [{id: \"123456789012\"}]`")),
        false => Ok(targets),
    }
}
