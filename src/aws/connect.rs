//! Opens a session: settings, credentials, whose they are, and which regions the account has enabled.
//!
//! Everything else hangs on the first call, `sts:GetCallerIdentity`, which needs no permission. If it fails, nothing is
//! claimed about anything.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aws_config::sts::AssumeRoleProvider;
use aws_config::{BehaviorVersion, Region};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;

use super::failure::Failure;
use super::ledger::Ledger;
use super::operation::{Operation, Plan, Yield};
use super::session::{CallFailure, Session};
use crate::model::GapClass;
use crate::{Error, Result};

/// How to reach the account.
#[derive(Debug, Clone)]
pub struct Live {
    /// The profile of the shared AWS config files; the SDK's default chain otherwise.
    pub profile: Option<String>,
    /// Which regions to read.
    pub regions: Regions,
    /// A role to assume in the account to be read.
    pub role_arn: Option<String>,
    /// The external id that the role's trust policy demands.
    pub external_id: Option<String>,
    /// At most so many calls at once.
    pub max_in_flight: usize,
    /// How long one try of a call may take; all its tries together may take three times as long.
    pub call_timeout: Duration,
    /// How long reading may take in all. What is not read by then is a gap; `None` for as long as it takes.
    pub time_limit: Option<Duration>,
}

/// Which regions to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Regions {
    /// The one that the SDK's settings name (`AWS_REGION`, the profile's `region`).
    Default,
    /// Every region that the account has enabled.
    All,
    /// These.
    Named(Vec<String>),
}

/// AWS answers it to everyone, even where a policy denies it: it needs no permission.
pub const GET_CALLER_IDENTITY: Operation =
    Operation { service: "sts", name: "GetCallerIdentity", iam_actions: &[], yields: &[] };
/// Called only for [`Regions::All`].
pub const LIST_REGIONS: Operation = Operation {
    service: "account",
    name: "ListRegions",
    iam_actions: &["account:ListRegions"],
    yields: &[Yield::Population("AWS::Region")],
};

/// An account that can be called.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Twelve digits.
    pub account: String,
    /// `aws`, `aws-us-gov` or `aws-cn`.
    pub partition: String,
    /// The SDK's settings, with credentials; clients add the region that they ask in.
    pub config: SdkConfig,
}

/// Loads settings and credentials as a scan does, and asks whose they are.
///
/// # Errors
/// If that cannot be found out.
pub async fn connect(live: &Live) -> Result<Connection> {
    let Session { account, partition, config, .. } = open(live, Plan::default(), None, Vec::new()).await?;
    Ok(Connection { account, partition, config })
}

/// Opens a session: loads settings and credentials, asks whose they are, and settles the regions. `regional` are the
/// kinds whose populations are unknown if AWS does not say which regions there are.
///
/// # Errors
/// If the account's identity cannot be read: without it nothing can be claimed about anything.
pub async fn open(live: &Live, plan: Plan, evidence: Option<PathBuf>, regional: Vec<String>) -> Result<Session> {
    let config = load(live).await?;
    let ledger = Arc::new(Ledger::new(evidence));
    let deadline = live.time_limit.map(|limit| tokio::time::Instant::now() + limit);
    let session = Arc::new(Session::new(config, live.max_in_flight, ledger, plan));
    let Identity { account, partition, caller } = identify(&session, live.role_arn.as_deref()).await?;
    let mut session = Arc::into_inner(session).ok_or_else(|| Error::failed("the session is still in use"))?;
    session.account = account;
    session.partition = partition;
    session.caller = caller;
    // Whose credentials these are is asked however little time there is: without it there is no report at all.
    let session = session.until(deadline);
    let session = Arc::new(session);
    let regions = settle_regions(&session, &live.regions, regional).await;
    let mut session = Arc::into_inner(session).ok_or_else(|| Error::failed("the session is still in use"))?;
    session.regions = regions;
    Ok(session)
}

async fn load(live: &Live) -> Result<SdkConfig> {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5).min(live.call_timeout))
        .operation_attempt_timeout(live.call_timeout)
        .operation_timeout(live.call_timeout * 3)
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest()).timeout_config(timeouts);
    if let Some(profile) = &live.profile {
        loader = loader.profile_name(profile);
    }
    if let Regions::Named(regions) = &live.regions
        && let Some(region) = regions.first()
    {
        loader = loader.region(Region::new(region.clone()));
    }
    let config = loader.load().await;
    let region = match (config.region(), &live.regions) {
        (Some(region), _) => region.clone(),
        // Any region can tell which regions there are.
        (None, Regions::All) => Region::new("us-east-1"),
        (None, _) => {
            return Err(Error::usage("no region is configured")
                .help("pass --region REGION (repeat it for several) or --region all, or set AWS_REGION"));
        }
    };
    let mut settings = config.to_builder().region(region.clone());
    if let Some(retries) = more_patient(&config) {
        settings = settings.retry_config(retries);
    }
    if let Some(role_arn) = &live.role_arn {
        let mut role = AssumeRoleProvider::builder(role_arn).session_name("safeguard").region(region);
        if let Some(external_id) = &live.external_id {
            role = role.external_id(external_id);
        }
        let provider = role.configure(&config).build().await;
        settings
            .set_credentials_provider(Some(aws_credential_types::provider::SharedCredentialsProvider::new(provider)));
    }
    Ok(settings.build())
}

/// More tries than the SDK's three, since a throttled call would leave a gap; unless the user's own settings
/// (`AWS_MAX_ATTEMPTS`, `max_attempts`) say otherwise.
fn more_patient(config: &SdkConfig) -> Option<RetryConfig> {
    let default = RetryConfig::standard().max_attempts();
    let untouched = std::env::var_os("AWS_MAX_ATTEMPTS").is_none()
        && config.retry_config().is_none_or(|retries| retries.max_attempts() == default);
    untouched.then(|| RetryConfig::standard().with_max_attempts(6))
}

/// Whose credentials these are.
struct Identity {
    account: String,
    partition: String,
    /// The caller's ARN.
    caller: String,
}

async fn identify(session: &Arc<Session>, role_arn: Option<&str>) -> Result<Identity> {
    let site = session.global();
    let config = aws_sdk_sts::config::Builder::from(&site.config()).interceptor(site.interceptor()).build();
    let client = aws_sdk_sts::Client::from_conf(config);
    let identity = site
        .call(&GET_CALLER_IDENTITY, None, &[], || client.get_caller_identity().send())
        .await
        .map_err(|failure| no_identity(&failure, role_arn))?;
    let partition = identity.arn().and_then(|arn| arn.split(':').nth(1)).unwrap_or("aws").to_owned();
    match identity.account() {
        Some(account) if account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()) => {
            let caller = identity.arn().unwrap_or_default().to_owned();
            Ok(Identity { account: account.to_owned(), partition, caller })
        }
        other => Err(Error::failed(format!("AWS STS named no account (it said {other:?})"))),
    }
}

fn no_identity(failure: &CallFailure, role_arn: Option<&str>) -> Error {
    let Failure { class, code, message } = &failure.failure;
    // The SDK says no more than that there are none, whichever of the two was missing: the role's or those to assume it with.
    let not_assumed = role_arn.filter(|_| code == "CredentialsNotLoaded");
    let message = match not_assumed {
        Some(role_arn) => format!("could not assume the role {role_arn} (sts:AssumeRole: {message})"),
        None => format!(
            "could not find out which account these credentials belong to (sts:GetCallerIdentity: {code}: {message})"
        ),
    };
    let help = match class {
        GapClass::Credentials if not_assumed.is_some() => {
            "the role of --role-arn could not be assumed: its trust policy must allow sts:AssumeRole for your identity, \
             --external-id must be the one that it demands, and there must be credentials to assume it with"
        }
        GapClass::Credentials if code == "CredentialsNotLoaded" => {
            "no AWS credentials were found: run `aws sso login` or `aws configure`, pass --profile, or set \
             AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; `safeguard scan --demo` needs none"
        }
        GapClass::Credentials if code.starts_with("Expired") || code == "RequestExpired" => {
            "the credentials have expired: sign in again (`aws sso login`) or fetch new ones"
        }
        GapClass::Credentials => "AWS does not know these credentials: check the profile and the environment variables",
        GapClass::Denied | GapClass::DeniedByOrganization => {
            "if --role-arn is given, its trust policy must allow sts:AssumeRole for your identity, and --external-id \
             must be the one that it demands"
        }
        GapClass::OutOfTime => "allow more time for reading (--max-duration)",
        GapClass::Timeout | GapClass::Unreachable => {
            "check that the region's name is right, the network and its proxy, and AWS_ENDPOINT_URL"
        }
        _ => "try again; if it stays, report it with -vv",
    };
    Error::failed(message).help(help)
}

/// The regions to read, sorted. If the list of enabled regions cannot be read, the configured region is read and the
/// regional kinds of all others are unknown.
async fn settle_regions(session: &Arc<Session>, wanted: &Regions, regional: Vec<String>) -> Vec<String> {
    let configured = session.global().region_name().to_owned();
    let mut regions = match wanted {
        Regions::Default => vec![configured],
        Regions::Named(regions) => regions.clone(),
        Regions::All => match enabled_regions(session).await {
            Ok(regions) => regions,
            Err(failure) => {
                // Then nobody knows what lives in the other regions.
                session.global().gap_of(&LIST_REGIONS, failure, regional);
                vec![configured]
            }
        },
    };
    regions.sort();
    regions.dedup();
    regions
}

async fn enabled_regions(session: &Arc<Session>) -> Result<Vec<String>, CallFailure> {
    use aws_sdk_account::types::RegionOptStatus::{Enabled, EnabledByDefault};
    let site = session.global();
    let config = aws_sdk_account::config::Builder::from(&site.config()).interceptor(site.interceptor()).build();
    let client = aws_sdk_account::Client::from_conf(config);
    let mut regions = Vec::new();
    let mut token = None;
    loop {
        let page = site
            .call(&LIST_REGIONS, None, &[], || {
                let request = client.list_regions().max_results(50).set_next_token(token.take());
                request.region_opt_status_contains(Enabled).region_opt_status_contains(EnabledByDefault).send()
            })
            .await?;
        regions.extend(page.regions().iter().filter_map(|region| region.region_name().map(str::to_owned)));
        token = page.next_token().map(str::to_owned);
        if token.is_none() {
            return Ok(regions);
        }
    }
}
