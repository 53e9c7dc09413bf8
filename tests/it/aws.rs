//! An AWS account without AWS: moto's server in a Python environment of our own, under cargo's target folder.
//!
//! One server serves the whole test binary, and tests keep apart by account: the sample estate is built once in
//! [`ACCOUNT`] and only read, a test that changes anything takes an account number of its own through
//! [`Moto::account`]. The server ends with this process, however that ends.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::wire::Wire;

/// The account of access keys that moto does not know; the sample estate lives here.
pub const ACCOUNT: &str = "123456789012";

/// The account of the estate's clean variant.
pub const CLEAN_ACCOUNT: &str = "210987654321";

const REQUIREMENTS: &str = include_str!("../requirements.txt");
const SERVE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bed/serve.py");
const OPERATIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bed/operations.py");
const ESTATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/estate");

/// A running moto.
pub struct Moto {
    address: SocketAddr,
    /// Its standard input is closed by the system when this process ends, which ends the server.
    _server: Child,
}

/// What signs requests for one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    pub access_key_id: String,
    pub secret_access_key: String,
    pub session_token: Option<String>,
}

/// An account that `fixtures/estate` has built.
pub struct Estate {
    pub credentials: Credentials,
    /// What the script says it built.
    pub manifest: Value,
}

/// The server that all tests share.
pub fn moto() -> &'static Moto {
    static MOTO: OnceLock<Moto> = OnceLock::new();
    MOTO.get_or_init(Moto::start)
}

/// The sample account with its planted good and bad states. Only to be read.
pub fn estate() -> &'static Estate {
    static ESTATE: OnceLock<Estate> = OnceLock::new();
    ESTATE.get_or_init(|| moto().build_estate("planted", ACCOUNT))
}

/// The small account in which everything is as it should be. Only to be read.
pub fn clean_estate() -> &'static Estate {
    static ESTATE: OnceLock<Estate> = OnceLock::new();
    ESTATE.get_or_init(|| moto().build_estate("clean", CLEAN_ACCOUNT))
}

/// Runs a script in the tests' Python environment, without a server, and returns how it ended.
pub fn script(path: &str, arguments: &[&str]) -> Output {
    Command::new(&python().interpreter).arg(path).args(arguments).output().expect("run Python")
}

/// The tests' Python, which has botocore.
pub fn interpreter() -> &'static Path {
    &python().interpreter
}

/// How requests name operations.
pub fn wire() -> &'static Wire {
    static WIRE: OnceLock<Wire> = OnceLock::new();
    WIRE.get_or_init(|| Wire::load(&python().operations))
}

impl Moto {
    /// A server with nothing in it, for whoever needs the fakes' answers for [`ACCOUNT`] without the sample estate.
    pub fn start() -> Self {
        let mut command = Command::new(&python().interpreter);
        let command = command.arg(SERVE).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        // Tests bring their own credentials; the surroundings' ones must not reach anything.
        let mut child = command.env_remove("AWS_PROFILE").spawn().expect("start moto");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("read moto's port");
        let port: u16 = line.trim().parse().unwrap_or_else(|_| panic!("moto did not start: run {SERVE} to see why"));
        Self { address: SocketAddr::from(([127, 0, 0, 1], port)), _server: child }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Credentials for an account of the test's own, by assuming a role there as AWS has it.
    pub fn account(&self, account: &str) -> Credentials {
        let script = "import boto3, json, sys\n\
                      sts = boto3.client('sts', endpoint_url=sys.argv[1], region_name='us-east-1')\n\
                      role = f'arn:aws:iam::{sys.argv[2]}:role/auditor'\n\
                      answer = sts.assume_role(RoleArn=role, RoleSessionName='tests')\n\
                      print(json.dumps(answer['Credentials'], default=str))";
        let output = self.python(&["-c", script, &self.url(), account]);
        let answer: Value = serde_json::from_slice(&output).expect("credentials in JSON");
        let text = |name: &str| answer[name].as_str().expect("a credential").to_owned();
        Credentials {
            access_key_id: text("AccessKeyId"),
            secret_access_key: text("SecretAccessKey"),
            session_token: Some(text("SessionToken")),
        }
    }

    pub fn build_estate(&self, variant: &str, account: &str) -> Estate {
        let credentials = if account == ACCOUNT { Credentials::any() } else { self.account(account) };
        let output = self.python_as(&credentials, &[ESTATE, "--endpoint-url", &self.url(), "--variant", variant]);
        Estate { credentials, manifest: serde_json::from_slice(&output).expect("the estate's manifest") }
    }

    /// Runs Python with boto3 and returns what it printed; panics with its complaint if it fails.
    pub fn python(&self, arguments: &[&str]) -> Vec<u8> {
        self.python_as(&Credentials::any(), arguments)
    }

    /// The same with the credentials in the environment.
    pub fn python_as(&self, credentials: &Credentials, arguments: &[&str]) -> Vec<u8> {
        let mut command = Command::new(&python().interpreter);
        run(command.args(arguments).env_remove("AWS_PROFILE").envs(credentials.environment()))
    }
}

impl Credentials {
    /// Moto takes any key that it does not know for [`ACCOUNT`]'s.
    pub fn any() -> Self {
        let (id, secret) = ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
        Self { access_key_id: id.to_owned(), secret_access_key: secret.to_owned(), session_token: None }
    }

    /// The variables that every AWS SDK reads.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let token = self.session_token.iter().map(|token| ("AWS_SESSION_TOKEN", token.clone()));
        let keys = [
            ("AWS_ACCESS_KEY_ID", self.access_key_id.clone()),
            ("AWS_SECRET_ACCESS_KEY", self.secret_access_key.clone()),
        ];
        keys.into_iter().chain(token).collect()
    }
}

/// The environment, built once for each set of requirements.
struct Python {
    interpreter: PathBuf,
    operations: PathBuf,
}

fn python() -> &'static Python {
    static PYTHON: OnceLock<Python> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
        fs::create_dir_all(target).expect("create cargo's temporary folder");
        // Another test process may be at it too: the second one waits and finds it done.
        let lock = File::create(target.join("python.lock")).expect("create the lock file");
        lock.lock().expect("lock the Python environment");
        Python::prepared(target)
    })
}

impl Python {
    fn prepared(target: &Path) -> Self {
        let home = target.join("python");
        let python = Self { interpreter: home.join("bin/python"), operations: home.join("operations.json") };
        once(&home.join("requirements.stamp"), REQUIREMENTS, || python.build(&home));
        let table = fs::read_to_string(OPERATIONS).expect("read operations.py");
        once(&home.join("operations.stamp"), &table, || python.write_operations());
        python
    }

    fn build(&self, home: &Path) {
        drop(fs::remove_dir_all(home));
        let created = Command::new("python3").args(["-m", "venv"]).arg(home).output();
        let created = created.unwrap_or_else(|error| {
            panic!("the integration tests need Python 3.11 or newer as `python3` on the PATH to run moto: {error}")
        });
        check(&created, "python3 -m venv (on Debian and Ubuntu it needs the package python3-venv)");
        let requirements = home.join("requirements.txt");
        fs::write(&requirements, REQUIREMENTS).expect("write the requirements");
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile", "-r"];
        run(Command::new(&self.interpreter).args(install).arg(&requirements));
    }

    fn write_operations(&self) {
        run(Command::new(&self.interpreter).arg(OPERATIONS).arg(&self.operations));
    }
}

/// Does the work unless the stamp says that it was done from the same source.
fn once(stamp: &Path, source: &str, work: impl FnOnce()) {
    let wanted = hex::encode(Sha256::digest(source));
    if !fs::read_to_string(stamp).is_ok_and(|found| found == wanted) {
        work();
        fs::write(stamp, wanted).expect("write the stamp");
    }
}

fn run(command: &mut Command) -> Vec<u8> {
    let output = command.output().expect("run Python");
    check(&output, &format!("{command:?}"));
    output.stdout
}

fn check(output: &Output, what: &str) {
    assert!(output.status.success(), "{what} failed:\n{}", String::from_utf8_lossy(&output.stderr));
}
