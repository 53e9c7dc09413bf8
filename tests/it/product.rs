//! Runs the product as a user does: the binary, a folder of its own, and an environment with nothing in it but what the
//! test puts there.

use std::path::Path;
use std::process::{Command, Stdio};

use safeguard::model::Report;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::aws::Credentials;

/// A report as the product writes it.
pub fn written(report: &Report) -> Vec<u8> {
    let mut bytes = Vec::new();
    safeguard::output::json::write(report, &mut bytes).expect("memory can be written to");
    bytes
}

/// A snapshot whose lines were changed, with a closing line that fits them again.
pub fn sealed(text: &str) -> String {
    let lines: String =
        text.lines().filter(|line| !line.starts_with("{\"end\"")).map(|line| format!("{line}\n")).collect();
    let count = |sort: &str| lines.lines().filter(|line| line.starts_with(&format!("{{\"{sort}\""))).count();
    let (resources, gaps, calls) = (count("resource"), count("gap"), count("call"));
    let counts = format!("\"resources\":{resources},\"gaps\":{gaps},\"calls\":{calls}");
    let digest = hex::encode(Sha256::digest(&lines));
    format!("{lines}{{\"end\":{{{counts},\"sha256\":\"{digest}\"}}}}\n")
}

/// How a run ended, and what it said.
pub struct Output {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
    /// Standard output, where it is JSON.
    pub json: Option<Value>,
    /// The names of the files that the run left in its folder.
    pub left: Vec<String>,
}

impl Output {
    /// The report on standard output; panics with what the product complained about if there is none.
    pub fn report(&self) -> Report {
        let json = self.json.clone().unwrap_or_else(|| panic!("no report, exit code {}:\n{}", self.code, self.stderr));
        serde_json::from_value(json).expect("the report has the report's shape")
    }
}

/// A run to be started.
pub struct Product {
    folder: TempDir,
    environment: Vec<(String, String)>,
}

impl Product {
    /// With no credentials, no region, no settings, and no way to find any.
    pub fn alone() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        // Without this the SDK asks the network for an instance's metadata.
        Self { folder, environment: Vec::new() }.with("AWS_EC2_METADATA_DISABLED", "true")
    }

    /// Against an endpoint. One try a call: a fault that ends after the first is not what these tests are about, and
    /// waiting for retries is most of what they would do.
    pub fn against(url: &str, credentials: &Credentials) -> Self {
        let product = Self::alone().with("AWS_ENDPOINT_URL", url).with("AWS_MAX_ATTEMPTS", "1");
        credentials.environment().into_iter().fold(product, |product, (name, value)| product.with(name, &value))
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn scan(&self, arguments: &[&str]) -> Output {
        self.run(&[&["scan"], arguments].concat())
    }

    /// `safeguard scan`, not started yet, its output thrown away.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.prepared(&[&["scan"], arguments].concat());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn prepared(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_safeguard"));
        command.args(arguments).current_dir(self.folder()).stdin(Stdio::null());
        command.env_clear().env("HOME", self.folder()).envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Any command.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let output = self.prepared(arguments).output().expect("run the product");
        let stdout = String::from_utf8(output.stdout).expect("text on standard output");
        Output {
            code: output.status.code().expect("an exit code"),
            json: serde_json::from_str(&stdout).ok(),
            stdout,
            stderr: String::from_utf8(output.stderr).expect("text on standard error"),
            left: self.files(),
        }
    }

    fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder()).expect("list the run's folder");
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}
