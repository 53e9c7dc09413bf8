//! `safeguard kinds model`: models for services and operations that this build does not have.
//!
//! The script that cuts this build's own models cuts them, too. It takes AWS's description of each service from the
//! botocore that the user has.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{counted, unwritable};
use crate::collect::declared;
use crate::{Error, Result};

/// The script that cuts models.
const SCRIPT: &str = include_str!("../../../fixtures/models.py");

/// Cuts what the pages of a folder call, as far as this build has no model of it.
pub(super) fn cut(dir: &Path, python: &Path, out: &mut dyn Write) -> Result<()> {
    let mut wanted: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in declared::sources_in(dir)? {
        let called = declared::operations_without_model(source).map_err(|problem| Error::usage(problem.to_string()))?;
        for (service, operations) in called {
            wanted.entry(service).or_default().extend(operations);
        }
    }
    if wanted.is_empty() {
        let message = format!("this build has the models of all that the pages in {} call", dir.display());
        return writeln!(out, "{message}").map_err(unwritable);
    }
    let models = dir.join(declared::MODELS);
    let operations =
        wanted.iter().flat_map(|(service, names)| names.iter().map(move |name| format!("{service}:{name}")));
    let mut script = Command::new(python)
        .args(["-", "--only"])
        .arg(&models)
        .args(operations)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| missing(python, &crate::error::unreadable(&error)))?;
    // A script that ends before it is read whole says why on its own.
    if let Some(mut input) = script.stdin.take() {
        let _ = input.write_all(SCRIPT.as_bytes());
    }
    let ended = script.wait_with_output().map_err(|error| missing(python, &error.to_string()))?;
    let said = String::from_utf8_lossy(&ended.stderr);
    if !ended.status.success() {
        let reason = said.trim().lines().last().unwrap_or("it said nothing").to_owned();
        return Err(match said.contains("ModuleNotFoundError") {
            true => missing(python, &reason),
            false => Error::usage(format!("no model was cut: {reason}"))
                .help("pages name services and operations as botocore does; `aws help` lists the services"),
        });
    }
    for (service, names) in &wanted {
        let path = models.join(format!("{service}.json"));
        writeln!(out, "{} ({})", path.display(), counted(names.len(), "operation")).map_err(unwritable)?;
    }
    Ok(())
}

fn missing(python: &Path, reason: &str) -> Error {
    Error::usage(format!("{} cannot cut models: {reason}", python.display())).help(
        "models are cut from botocore's descriptions of AWS's services: `python3 -m pip install botocore`, in a virtual environment \
         if you like, and name its Python with --python",
    )
}
