//! Opens a session: settings, credentials, whose they are, and which regions the account has enabled.
//!
//! Everything else hangs on the first call, `sts:GetCallerIdentity`, which needs no permission. If it fails, nothing is
//! claimed about anything.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::sts::AssumeRoleProvider;
use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region as SdkRegion;
use serde_json::{Value, json};

use super::advice;
use super::call::{Call, Line};
use super::failure::{CallFailure, Failure};
use super::operation::{Operation, Plan, Yield};
use super::session::{EnabledRegions, Identity, Session};
use super::wire::{Client, object};
use crate::model::{AccountId, Arn, Region};
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
    Named(Vec<Region>),
}

/// AWS answers it to everyone, even where a policy denies it: it needs no permission.
pub const GET_CALLER_IDENTITY: Operation =
    Operation { service: "sts", name: "GetCallerIdentity", iam_actions: &[], yields: &[] };
/// Called to know which regions there are: which to read, or which are not read.
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
    pub account: AccountId,
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
    let session = open(live, Purpose::default()).await?;
    let (account, partition) = (*session.account(), session.partition().to_owned());
    Ok(Connection { account, partition, config: session.line().config().clone() })
}

/// What a session is opened for.
#[derive(Debug, Default)]
pub struct Purpose {
    /// What the selected rules need.
    pub plan: Plan,
    /// The folder that keeps AWS's answers, if one does. It must exist.
    pub evidence: Option<PathBuf>,
    /// The kinds whose populations are unknown if AWS does not say which regions there are.
    pub regional: Vec<String>,
    /// Whether the first region stands for all of them: which calls are allowed is seldom a matter of the region.
    pub first_region_only: bool,
}

/// Opens a session: loads settings and credentials, asks whose they are, and settles the regions.
///
/// # Errors
/// If the account's identity cannot be read: without it nothing can be claimed about anything.
pub async fn open(live: &Live, purpose: Purpose) -> Result<Arc<Session>> {
    let Purpose { plan, evidence, regional, first_region_only } = purpose;
    let (config, home) = load(live).await?;
    let line = Line::new(config, home, live.max_in_flight, evidence);
    let deadline = live.time_limit.map(|limit| tokio::time::Instant::now() + limit);
    // Whose credentials these are is asked however little time there is: without it there is no report at all.
    let identity = identify(&line, live.role_arn.as_deref()).await?;
    let line = line.until(deadline);
    let SettledRegions { mut regions, enabled, unlisted } = settle_regions(&line, &identity, &live.regions).await;
    if first_region_only {
        regions.truncate(1);
    }
    let session = Arc::new(Session::new(line, identity, regions, enabled, plan));
    if let Some(failure) = unlisted {
        // Nobody knows what lives in the other regions.
        session.global().gap_of(&LIST_REGIONS, failure, regional);
    }
    Ok(session)
}

/// The SDK's settings, with the region in which global services are asked.
async fn load(live: &Live) -> Result<(SdkConfig, Region)> {
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
        loader = loader.region(SdkRegion::new(region.to_string()));
    }
    let config = loader.load().await;
    let region = match (config.region(), &live.regions) {
        (Some(region), _) => region.clone(),
        // Any region can tell which regions there are.
        (None, Regions::All) => SdkRegion::from_static("us-east-1"),
        (None, _) => {
            return Err(Error::usage("no region is configured")
                .help("pass --region REGION (repeat it for several) or --region all, or set AWS_REGION"));
        }
    };
    let home = region.as_ref().parse().map_err(|message| {
        Error::usage(format!("the region of your AWS settings: {message}"))
            .help("correct AWS_REGION or the `region` of the profile, or pass --region REGION")
    })?;
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
    Ok((settings.build(), home))
}

/// More tries than the SDK's three, since a throttled call would leave a gap; unless the user's own settings
/// (`AWS_MAX_ATTEMPTS`, `max_attempts`) say otherwise.
fn more_patient(config: &SdkConfig) -> Option<RetryConfig> {
    let default = RetryConfig::standard().max_attempts();
    let untouched = std::env::var_os("AWS_MAX_ATTEMPTS").is_none()
        && config.retry_config().is_none_or(|retries| retries.max_attempts() == default);
    untouched.then(|| RetryConfig::standard().with_max_attempts(6))
}

async fn identify(line: &Line, role_arn: Option<&str>) -> Result<Identity> {
    let endpoint = line.global();
    let config = aws_sdk_sts::config::Builder::from(&line.config_of(&endpoint)).interceptor(line.interceptor()).build();
    let client = aws_sdk_sts::Client::from_conf(config);
    let operation = &GET_CALLER_IDENTITY;
    let identity = Call { line, endpoint: &endpoint, account: None, operation, resource: None, answers: &[] }
        .make(|| client.get_caller_identity().send(), |_| false)
        .await
        .map_err(|failure| advice::no_identity(&failure, role_arn))?;
    let partition = identity.arn().and_then(Arn::parse).map_or("aws", |arn| arn.partition).to_owned();
    match identity.account().map(str::parse) {
        Some(Ok(account)) => {
            let caller = identity.arn().unwrap_or_default().to_owned();
            Ok(Identity { account, partition, caller })
        }
        _ => Err(Error::failed(format!("AWS STS named no account (it said {:?})", identity.account()))),
    }
}

/// The regions to read, and what is known of the others.
struct SettledRegions {
    /// Sorted.
    regions: Vec<Region>,
    enabled: EnabledRegions,
    /// Why the regions that were to be read are not all known.
    unlisted: Option<CallFailure>,
}

/// Settles the regions to read. If the list of enabled regions is wanted and cannot be read, the configured region is
/// read, and why the others are not known comes with it.
async fn settle_regions(line: &Line, identity: &Identity, wanted: &Regions) -> SettledRegions {
    let configured = || vec![line.global().region];
    let (mut regions, enabled, unlisted) = match wanted {
        Regions::Default => (configured(), EnabledRegions::NotAsked, None),
        Regions::Named(regions) => (regions.clone(), EnabledRegions::NotAsked, None),
        Regions::All => match enabled_regions(line, identity.account).await {
            Ok(regions) => (regions.clone(), EnabledRegions::Told(regions), None),
            Err(failure) => (configured(), EnabledRegions::NotTold, Some(failure)),
        },
    };
    regions.sort();
    regions.dedup();
    SettledRegions { regions, enabled, unlisted }
}

/// Finds out which regions the account has enabled, sorted, whether they are read or not; `None` where AWS does not
/// say. That leaves no gap: it decides nothing about what is read.
pub async fn regions_enabled(session: &Session) -> Option<Vec<Region>> {
    match session.enabled() {
        EnabledRegions::Told(regions) => Some(regions.clone()),
        EnabledRegions::NotTold => None,
        EnabledRegions::NotAsked => enabled_regions(session.line(), *session.account()).await.ok(),
    }
}

/// The enabled regions, sorted.
async fn enabled_regions(line: &Line, account: AccountId) -> Result<Vec<Region>, CallFailure> {
    let endpoint = line.global();
    let ledger = SharedInterceptor::new(line.interceptor());
    let client = Client::new(&line.config_of(&endpoint), LIST_REGIONS.service, vec![ledger]);
    let (account, operation) = (Some(account), &LIST_REGIONS);
    let call = Call { line, endpoint: &endpoint, account, operation, resource: None, answers: &[] };
    let wanted =
        object([("MaxResults", json!(50)), ("RegionOptStatusContains", json!(["ENABLED", "ENABLED_BY_DEFAULT"]))]);
    let mut pages = client.pages(operation.name, wanted);
    let mut regions: Vec<Region> = Vec::new();
    while let Some(page) = call.make(|| async { pages.next().await.transpose() }, Option::is_none).await? {
        for region in page.get("Regions").and_then(Value::as_array).into_iter().flatten() {
            let name = region["RegionName"].as_str().filter(|name| !name.is_empty());
            // A region that is left out would hide all that lives in it.
            let name = name.ok_or_else(|| Failure::malformed("an item of the list has no RegionName"))?;
            regions.push(name.parse().map_err(|message: String| Failure::malformed(message))?);
        }
    }
    regions.sort();
    regions.dedup();
    Ok(regions)
}
