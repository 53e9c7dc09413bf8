//! The entries of the waiver file, as a report lists them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{AccountId, Region, Waiver};

/// How one entry of the waiver file stands against the findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WaiverState {
    /// It covers failures.
    InForce,
    /// Its last day is over. What it covered counts again.
    Expired,
    /// What it names does not fail.
    NothingFails,
    /// Nothing of that name was found, and everything was read where it could be.
    NoSuchResource,
    /// What it names was not decided. A waiver covers failures only.
    Undecided,
    /// Its rule was not selected, or its account or region was not scanned.
    NotLookedAt,
}

impl WaiverState {
    /// The words for reports.
    pub fn in_words(self) -> &'static str {
        match self {
            WaiverState::InForce => "in force",
            WaiverState::Expired => "expired",
            WaiverState::NothingFails => "unused: nothing fails",
            WaiverState::NoSuchResource => "unused: no such resource",
            WaiverState::Undecided => "unused: not decided",
            WaiverState::NotLookedAt => "not looked at",
        }
    }
}

/// One entry of the waiver file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WaiverRow {
    /// The file as messages call it.
    #[serde(default)]
    pub file: String,
    /// The line of the file at which it begins.
    pub line: usize,
    /// The rule that it is about, or a pattern of several.
    pub rule: String,
    /// The pattern of ids and ARNs.
    pub resource: String,
    /// The account to which it is limited, if any.
    pub account: Option<AccountId>,
    /// The region to which it is limited, if any.
    pub region: Option<Region>,
    /// What was decided, by whom, and until when.
    pub waiver: Waiver,
    /// How it stands.
    pub state: WaiverState,
    /// How many failures it names: those that it covers, or covered until it expired.
    pub failures: usize,
}
