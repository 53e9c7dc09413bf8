//! What a report speaks of, and what it does not: the section that stands before every other.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{AccountId, Region};

/// What was looked at, and what was not, beside what [`ScanInfo`](super::ScanInfo) says of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportScope {
    /// Who read which account, and in which of its regions, sorted by account.
    pub accounts: Vec<AccountScope>,
    /// The services in use and the rules that judged anything of them, by IAM's prefix; `null` where nobody asked
    /// which services are in use.
    pub services: Option<Vec<ServiceScope>>,
    /// Whether it is known which services are in use. If not, there may be more that nobody judged.
    pub services_are_known: bool,
    /// The kinds that the selected rules judge, sorted, each with its resources.
    pub populations: Vec<PopulationScope>,
    /// The SHA-256 of everything that the result was made from, by its sort.
    pub digests: Vec<InputDigest>,
}

/// Who read an account, and in which of its regions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct AccountScope {
    /// Twelve digits.
    pub account: AccountId,
    /// The ARN of whoever read it; `null` where the snapshot does not say.
    pub caller: Option<String>,
    /// The regions that were read, sorted.
    pub regions_read: Vec<Region>,
    /// The regions that the account has enabled and that were not read, sorted; `null` where it is not known which
    /// regions it has enabled.
    pub regions_not_read: Option<Vec<Region>>,
}

/// A service in use, and the rules that judged anything of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct ServiceScope {
    /// The prefix by which IAM knows it, such as `dynamodb`.
    pub service: String,
    /// Whether it may hold or carry what its users put into it.
    pub holds_data: bool,
    /// The rules that said pass or fail of one of its resources, sorted. Empty: nobody judged it.
    pub rules: Vec<String>,
}

/// The resources of one kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct PopulationScope {
    /// A CloudFormation type name, or a name of the same form.
    pub kind: String,
    /// How many of them were read. Parts of one account that tell of the same resource count it once each.
    pub resources: usize,
    /// Whether all lists of them were read to their ends. If not, there may be more.
    pub is_known: bool,
    /// How many of the selected rules judge the kind.
    pub rules: usize,
}

/// The SHA-256 of one thing that the result was made from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct InputDigest {
    /// What it is.
    pub input: DigestedInput,
    /// Which one, where there may be several: a file's name, or the account of a snapshot.
    pub name: Option<String>,
    /// In hexadecimal.
    pub sha256: String,
}

/// What a result is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DigestedInput {
    /// The file of the program. A debug build has none here, because it reads its rules from the source tree.
    Binary,
    /// The selected rules with their parameters.
    Rules,
    /// What the config file, the environment and the flags chose.
    Settings,
    /// A file of what people attest, byte by byte.
    Register,
    /// The waiver file, byte by byte.
    Waivers,
    /// The facts: the digest in the closing line of the snapshot, whether it was saved or not.
    Snapshot,
}

impl DigestedInput {
    /// The words for reports.
    pub fn in_words(self) -> &'static str {
        match self {
            DigestedInput::Binary => "binary",
            DigestedInput::Rules => "rules",
            DigestedInput::Settings => "settings",
            DigestedInput::Register => "register",
            DigestedInput::Waivers => "waivers",
            DigestedInput::Snapshot => "snapshot",
        }
    }
}

impl ReportScope {
    /// The services in use that no rule judged anything of.
    pub fn services_not_judged(&self) -> impl Iterator<Item = &ServiceScope> {
        self.services.iter().flatten().filter(|service| service.rules.is_empty())
    }

    /// The accounts that are known to have regions that were not read, with those regions.
    pub fn regions_not_read(&self) -> impl Iterator<Item = (AccountId, &[Region])> {
        let open = |account: &'_ AccountScope| account.regions_not_read.as_ref().is_some_and(|it| !it.is_empty());
        let open = self.accounts.iter().filter(move |account| open(account));
        open.map(|account| (account.account, account.regions_not_read.as_deref().unwrap_or_default()))
    }

    /// The accounts of which nobody knows which regions they have enabled.
    pub fn regions_not_known(&self) -> impl Iterator<Item = AccountId> {
        let unknown = self.accounts.iter().filter(|account| account.regions_not_read.is_none());
        unknown.map(|account| account.account)
    }
}
