//! `safeguard policy`: questions about a policy, or about several of one bearer, without an account.

mod answer;
mod arguments;
mod document;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};

use super::console::{CommandFailure, Console};
use super::exit::ScanOutcome;
use super::stdout;
use crate::model::{Arn, Truth, forms};
use crate::output::text::shorten;
use crate::rule::question::{self, PolicyQuestion};
use crate::scan::paths::Paths;
use crate::source::suggest;
use crate::{Error, Result};

/// The name that asks for the questions instead of asking one.
const LIST: &str = "list";

const NOTHING_DECIDED: &str = "nothing was decided: this run says nothing about the policy, neither good nor bad";

const EXAMPLES: &str = "\
Examples:
  safeguard policy explain
      List the questions, and the flags that each needs.
  safeguard policy explain bucket.json --question denies_insecure_transport --arn arn:aws:s3:::records
      Does the policy in bucket.json refuse all requests without TLS? If not: which one gets through?
  aws s3api get-bucket-policy --bucket records | safeguard policy explain - --question is_public
      Ask about a policy as the AWS CLI prints it.
  aws iam get-role --role-name deploy | safeguard policy explain - \\
      --question external_trust_restricted --account 123456789012 --trusted 210987654321
      Who else may assume a role?
  safeguard policy explain attached.json inline.json --boundary boundary.json \\
      --question allows_privilege_escalation_together
      Can who has both policies gain more rights, under that permissions boundary?

Exit codes:
   0  answered, yes or no
   2  a flag is wrong or missing, or FILE cannot be read as a policy: nothing was decided
  11  the answer is unknown: something in the policy cannot be evaluated";

/// The examples in the parent's help.
pub(super) const PARENT_EXAMPLES: &str = "\
Examples:
  safeguard policy explain bucket.json --question is_public
      Does the policy in bucket.json let everyone in?
  safeguard policy explain --help
      All that can be asked.";

/// What to do with policies.
#[derive(Debug, Subcommand)]
pub(super) enum PolicyCommand {
    /// Answer a question about a policy, with a request that shows why
    Explain(PolicyQuestionArgs),
}

/// Which question about which policy.
#[derive(Debug, Default, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct PolicyQuestionArgs {
    /// A policy document in JSON, or what the AWS CLI prints about one (get-bucket-policy, get-key-policy, get-role,
    /// get-policy-version and the like); `-` is stdin, and a file that says null is "no policy is attached"
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What to ask: a function of the rule language, or `list` for all of them
    #[arg(long, value_name = "NAME")]
    question: Option<String>,
    /// How to write the answer
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = AnswerFormat::Text)]
    format: AnswerFormat,
    #[command(flatten)]
    known: KnownArgs,
}

/// What a question may need besides the policy.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "What the question needs")]
struct KnownArgs {
    /// The resource that the policy is attached to
    #[arg(long, value_name = "ARN", value_parser = arn)]
    arn: Option<String>,
    /// The account that the policy belongs to
    #[arg(long, value_name = "ID", value_parser = account)]
    account: Option<String>,
    /// An account or organization that is trusted, any number of times
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = account_or_organization)]
    trusted: Vec<String>,
    /// A TLS version, such as 1.2
    #[arg(long, value_name = "NUMBER", value_parser = version)]
    version: Option<f64>,
    /// An action, such as kms:Decrypt, any number of times
    #[arg(long = "action", value_name = "ACTION", value_delimiter = ',')]
    actions: Vec<String>,
    /// The address of an OpenID Connect provider, without https://, any number of times
    #[arg(long = "provider", value_name = "ADDRESS", value_delimiter = ',')]
    providers: Vec<String>,
    /// A service as actions name it, such as cloudtrail, or as trust policies do, such as scheduler.amazonaws.com
    #[arg(long, value_name = "SERVICE")]
    service: Option<String>,
    /// What a KMS key is for, such as ENCRYPT_DECRYPT
    #[arg(long, value_name = "USAGE")]
    key_usage: Option<String>,
    /// What a KMS key is made of, such as SYMMETRIC_DEFAULT
    #[arg(long, value_name = "SPEC")]
    key_spec: Option<String>,
    /// A measurement of an enclave that is expected, any number of times
    #[arg(long = "measurement", value_name = "DIGITS", value_delimiter = ',')]
    measurements: Vec<String>,
    /// The organization, such as o-exampleorgid
    #[arg(long, value_name = "ID")]
    organization: Option<String>,
    /// A region that is meant for data, any number of times
    #[arg(long = "in-region", value_name = "REGION", value_delimiter = ',')]
    regions: Vec<String>,
    /// A permissions boundary, written like FILE
    #[arg(long, value_name = "FILE")]
    boundary: Option<PathBuf>,
}

/// How an answer is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum AnswerFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON document.
    Json,
}

/// Runs a command; the exit code says whether there is an answer.
pub(super) fn run(command: &PolicyCommand, console: &Console) -> Result<ExitCode, CommandFailure> {
    let PolicyCommand::Explain(args) = command;
    let mut out = stdout::open();
    let code = explain(args, console.width, &mut out)
        .map_err(|error| CommandFailure { error, note: Some(NOTHING_DECIDED) })?;
    out.flush().map_err(|error| stdout::failed(&error))?;
    Ok(code)
}

fn explain(args: &PolicyQuestionArgs, width: usize, out: &mut dyn Write) -> Result<ExitCode> {
    let Some(question) = chosen(args)? else {
        answer::list(args.format, width, out).map_err(|error| stdout::failed(&error))?;
        return Ok(ExitCode::SUCCESS);
    };
    let mut paths = Paths::default();
    let files = args.files.iter().filter(|path| path.as_os_str() != "-").chain(&args.known.boundary);
    files.for_each(|path| paths.reads("a policy", path));
    paths.prints("the answer");
    paths.check()?;
    let arguments = arguments::gather(&question, args)?;
    let answer = question.ask(&arguments).map_err(|reason| {
        Error::usage(format!("`{}` cannot be asked like that: {}", question.name(), shorten(&reason, 300)))
    })?;
    answer::write(&question, &answer, args.format, width, out).map_err(|error| stdout::failed(&error))?;
    Ok(match answer.truth {
        Truth::True | Truth::False => ExitCode::SUCCESS,
        Truth::Unknown => ScanOutcome::Incomplete.into(),
    })
}

/// The question; `None` when the list of them is wanted.
fn chosen(args: &PolicyQuestionArgs) -> Result<Option<PolicyQuestion>> {
    let Some(name) = args.question.as_deref() else {
        return match args.files.is_empty() {
            true => Ok(None),
            false => Err(Error::usage("--question is missing: nothing was asked about the policy")
                .help("`safeguard policy explain --question list` prints the questions")),
        };
    };
    if name == LIST {
        return Ok(None);
    }
    question::find(name).map(Some).ok_or_else(|| {
        let error = Error::usage(format!("there is no question `{}`", shorten(name, 60)));
        let near = suggest::nearest(name, question::all().map(|question| question.name()));
        let list = "`safeguard policy explain --question list` prints the questions";
        error.help(near.map_or(list.to_owned(), |near| format!("did you mean `{near}`? {list}")))
    })
}

fn arn(text: &str) -> Result<String, String> {
    let is_whole =
        |arn: &Arn<'_>| arn.partition.starts_with("aws") && !arn.service.is_empty() && !arn.resource.is_empty();
    match Arn::parse(text).is_some_and(|arn| is_whole(&arn)) {
        true => Ok(text.to_owned()),
        false => Err("write an ARN, such as arn:aws:s3:::records".to_owned()),
    }
}

fn account(text: &str) -> Result<String, String> {
    match forms::is_account_id(text) {
        true => Ok(text.to_owned()),
        false => Err("write an account id of twelve digits".to_owned()),
    }
}

fn account_or_organization(text: &str) -> Result<String, String> {
    match text.strip_prefix("o-").is_some_and(|id| !id.is_empty()) {
        true => Ok(text.to_owned()),
        false => account(text).map_err(|reason| format!("{reason}, or an organization such as o-a1b2c3d4e5")),
    }
}

fn version(text: &str) -> Result<f64, String> {
    let is_version = |version: &f64| (1.0..=1.3).contains(version);
    text.parse().ok().filter(is_version).ok_or("write a number from 1.0 to 1.3, such as 1.2".to_owned())
}

#[cfg(test)]
mod tests;
