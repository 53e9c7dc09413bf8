//! Runs the work of a command: on all cores if it talks to AWS, in the command's own thread otherwise.

use std::future::Future;

use super::interrupt;
use crate::{Error, Result};

/// Runs work that talks to AWS.
pub(super) fn on_all_cores<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    complete(work, true)
}

/// Runs to its end: on all cores and interruptible what talks to AWS, in this thread what only reads a file.
pub(super) fn complete<T>(work: impl Future<Output = Result<T>>, is_live: bool) -> Result<T> {
    let mut builder = if is_live {
        tokio::runtime::Builder::new_multi_thread()
    } else {
        tokio::runtime::Builder::new_current_thread()
    };
    if is_live {
        builder.enable_all();
    }
    let runtime = builder.build().map_err(|error| Error::failed(format!("cannot start threads: {error}")))?;
    if is_live { runtime.block_on(interrupt::unless_ended(work)) } else { runtime.block_on(work) }
}
