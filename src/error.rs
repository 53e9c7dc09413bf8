//! Errors that end a command: what failed, what it means for the result, and what to change.

use std::process::ExitCode;

mod io;
mod json;
mod yaml;

pub use io::unreadable;
pub use json::{data_in_words, json_document_in_words, json_in_words};
pub use yaml::yaml_in_words;

/// The side that is at fault: the user's input or something else. It decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The tool failed and claims nothing: exit code 1.
    Failed,
    /// A flag, a config file, a rule or another input is wrong: exit code 2.
    Usage,
}

/// An error with its next step.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// Decides the exit code.
    pub fault: Fault,
    /// The failure in one sentence or a few lines, with file and line where there is one.
    pub message: String,
    /// The change that helps.
    pub help: Option<String>,
}

/// A result whose error can be shown to the user as it is.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Something outside the user's input went wrong.
    pub fn failed(message: impl Into<String>) -> Self {
        Self { fault: Fault::Failed, message: message.into(), help: None }
    }

    /// The input is wrong.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { fault: Fault::Usage, message: message.into(), help: None }
    }

    /// Adds the next step.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// 1 or 2; never 0.
    pub fn exit_code(&self) -> ExitCode {
        match self.fault {
            Fault::Failed => ExitCode::from(1),
            Fault::Usage => ExitCode::from(2),
        }
    }
}
