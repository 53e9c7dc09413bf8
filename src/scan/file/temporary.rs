//! Files and folders that are there for a time only, and are removed however the process ends.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The files and folders that are there for a time only.
pub(super) static TEMPORARY: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Removes every temporary file and folder that is there: for whoever ends the process before they are dropped. Nobody
/// can begin another one after that.
pub fn abandon() {
    let temporary = TEMPORARY.lock().unwrap_or_else(PoisonError::into_inner);
    for path in temporary.iter() {
        // Nothing more can be done about what cannot be removed.
        let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    }
    std::mem::forget(temporary);
}

/// A mark that a file or folder is to be removed if the process is ended.
#[derive(Debug)]
pub struct Temporary(PathBuf);

impl Temporary {
    /// Marks the path for as long as the mark lives.
    pub fn new(path: &Path) -> Self {
        TEMPORARY.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned());
        Self(path.to_owned())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        TEMPORARY.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}
