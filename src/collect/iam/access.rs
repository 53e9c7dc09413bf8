//! Which services the users and roles of the account have used, by IAM's reports of what each accessed last.
//!
//! A report is made on request for one user or role and goes back 400 days. It tells the last request to each service
//! and, for most services, the last request by action. Only actions that write count as use: who scans an account reads
//! every service in it. Where IAM does not tell actions apart, or the last request was no action that it tracks (as
//! with what is done to data), it stays open what was done.
//!
//! Roles that were never used need no report, because IAM says so elsewhere. Roles that only AWS services can take on
//! are left out: what they do follows from the service that made them. Of whoever scans, only writing counts. The root
//! user has no report, and what somebody did through a role of another account stands in that account's reports.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::principals::is_service_linked;
use super::{Entities, NO_SUCH_ENTITY, Reader, operation};
use crate::aws::told::{FromAws, Given};
use crate::aws::wire::object;
use crate::aws::{Answer, CallFailure, Failure, Operation, ResourceReader, Yield};
use crate::collect::facts::facts;
use crate::model::{Fact, GapClass, LAST_ACCESSED, Timestamp};

/// What hangs on the lists of users and roles, too.
pub(super) const OF_ALL: &[&str] = &["PrincipalsNotAsked", "RolesNeverUsed", "ServiceLinkedRoles"];

const YIELDS: &[Yield] = &[Yield::Population(LAST_ACCESSED), Yield::Facts(LAST_ACCESSED, ServiceLastAccessed::TOTALS)];
pub(super) const GENERATE_SERVICE_LAST_ACCESSED_DETAILS: Operation =
    operation("GenerateServiceLastAccessedDetails", &["iam:GenerateServiceLastAccessedDetails"], YIELDS);
pub(super) const GET_SERVICE_LAST_ACCESSED_DETAILS: Operation =
    operation("GetServiceLastAccessedDetails", &["iam:GetServiceLastAccessedDetails"], YIELDS);

/// How many users and roles are asked about, those first that were used last: two calls each, at IAM's pace of some
/// tens a second.
const MOST_PRINCIPALS: usize = 250;

/// How long to wait for a report before asking again, in milliseconds: a minute in all.
const WAITS: [u64; 10] = [500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000, 8_000, 10_000, 10_000];

/// The most that IAM puts into one answer.
const PAGE: u32 = 1000;

/// How much later than the last tracked action the last request may be and still be that action, in seconds.
const SAME_REQUEST: i64 = 60;

/// How the names of actions begin that only read.
const READING: [&str; 8] = ["Get", "List", "Describe", "BatchGet", "BatchDescribe", "Head", "Lookup", "Search"];

facts! {
    /// Facts of `AWS::IAM::ServiceLastAccessed`: what the reports of all users and roles come to. One resource for the
    /// account.
    pub(super) struct ServiceLastAccessed;

    later gives TOTALS {
        /// Every service that one of them sent a request to, sorted.
        Services: Vec<AccessedService>;
        /// How many users and roles have a report among these.
        PrincipalsRead: usize;
        /// How many were beyond the number that is asked about.
        PrincipalsNotAsked: usize;
        /// How many roles were never used within IAM's tracking period, and needed no report.
        RolesNeverUsed: usize;
        /// How many roles of AWS services were left out.
        ServiceLinkedRoles: usize;
    }
}

/// One service, over all reports.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AccessedService {
    /// The prefix, such as `dynamodb`.
    service_namespace: String,
    /// The last request of any sort.
    last_authenticated: Option<Timestamp>,
    /// The last tracked action that writes; null where there was none.
    last_write: Option<Timestamp>,
    /// That action's name.
    last_write_action: Option<String>,
    /// Whether some request may have written although IAM does not tell.
    may_have_written: bool,
}

/// Whom to ask about, and whom not.
pub(super) struct Principals {
    arns: Vec<String>,
    not_asked: usize,
    never_used: usize,
    service_linked: usize,
    /// Whether there are no other users and roles.
    is_whole: bool,
}

impl Principals {
    /// Those worth asking about, where the plan wants to know.
    pub(super) fn of(reader: &Reader, users: &Entities, roles: &Entities) -> Option<Self> {
        let is_whole = users.complete && roles.complete;
        reader.wants(LAST_ACCESSED).then(|| Self { is_whole, ..Self::choose(&users.items, &roles.items) })
    }

    fn choose(users: &[Value], roles: &[Value]) -> Self {
        let is_linked = |role: &Given<'_>| role.text("Path").is_some_and(is_service_linked);
        let (linked, roles): (Vec<_>, Vec<_>) = roles.iter().map(Given).partition(is_linked);
        let arn = |principal: &Given<'_>| principal.text("Arn").map(str::to_owned);
        let mut by_use: Vec<(i64, String)> = Vec::new();
        by_use.extend(roles.iter().filter_map(|role| Some((seconds(*role, "RoleLastUsed.LastUsedDate")?, arn(role)?))));
        let never_used = roles.len() - by_use.len();
        by_use.sort_by(|a, b| b.cmp(a));
        // When a user was last active is told elsewhere and later; there are few of them.
        let users = users.iter().filter_map(|user| arn(&Given(user)));
        let mut arns: Vec<String> = users.chain(by_use.into_iter().map(|(_, arn)| arn)).collect();
        let not_asked = arns.len().saturating_sub(MOST_PRINCIPALS);
        arns.truncate(MOST_PRINCIPALS);
        Self { arns, not_asked, never_used, service_linked: linked.len(), is_whole: true }
    }
}

/// Has the reports made, all side by side, reads them and adds what they come to.
pub(super) async fn read(reader: &Arc<Reader>, principals: Option<Principals>) {
    let Some(principals) = principals else { return };
    let total = Arc::new(Mutex::new(Total::default()));
    let session = reader.site.session();
    let nobody_to_ask = principals.is_whole && principals.arns.is_empty();
    session
        .each(principals.arns, |arn| {
            let (reader, total) = (Arc::clone(reader), Arc::clone(&total));
            async move {
                let is_caller = is_same(&arn, reader.site.session().caller());
                let principal = reader.site.named(LAST_ACCESSED, &arn, &[NO_SUCH_ENTITY]);
                if let Some(services) = report(&reader, &principal).await {
                    total.lock().unwrap_or_else(PoisonError::into_inner).add(&services, is_caller);
                }
            }
        })
        .await;
    let total = std::mem::take(&mut *total.lock().unwrap_or_else(PoisonError::into_inner));
    // Without any report nothing is known, and gaps say why.
    if total.reports == 0 && !nobody_to_ask {
        return;
    }
    let of_all = |count: usize| if principals.is_whole { Fact::Known(count) } else { Fact::Unknown };
    let facts = ServiceLastAccessed {
        Services: Fact::Known(total.services.into_values().collect()),
        PrincipalsRead: Fact::Known(total.reports),
        PrincipalsNotAsked: of_all(principals.not_asked),
        RolesNeverUsed: of_all(principals.never_used),
        ServiceLinkedRoles: of_all(principals.service_linked),
    };
    reader.site.named(LAST_ACCESSED, session.account(), &[]).emit(None, &facts);
}

/// The moment of that name in seconds since 1970.
fn seconds(of: Given<'_>, name: &str) -> Option<i64> {
    Some(moment(of, name)?.0.as_second())
}

/// The moment of that name. Moments outside the years that RFC 3339 can write are taken for none.
fn moment(of: Given<'_>, name: &str) -> Option<Timestamp> {
    Timestamp::from_aws(&of.get(name)?).ok()
}

/// The report of one user or role, whole; `None` where it is gone, or a gap says what went wrong.
async fn report(reader: &Reader, principal: &ResourceReader) -> Option<Vec<Value>> {
    let input = object([("Arn", principal.id()), ("Granularity", "ACTION_LEVEL")]);
    let generate = &GENERATE_SERVICE_LAST_ACCESSED_DETAILS;
    let Answer::Got(job) = reader.service.ask_about(principal, generate, &[], input).await else { return None };
    let named = Given(&job).text("JobId").ok_or_else(|| "the answer names no job".to_owned());
    let job = (*principal.understand(generate, named).known()?).to_owned();
    let (mut services, mut marker, mut waits) = (Vec::new(), None::<String>, WAITS.into_iter());
    loop {
        let mut input = object([("JobId", job.as_str())]);
        input.insert("MaxItems".to_owned(), PAGE.into());
        input.extend(marker.clone().map(|marker| ("Marker".to_owned(), marker.into())));
        let get = &GET_SERVICE_LAST_ACCESSED_DETAILS;
        let Answer::Got(page) = reader.service.ask_about(principal, get, &[], input).await else { return None };
        let page = Given(&page);
        match page.text("JobStatus") {
            Some("COMPLETED") => {
                services.extend(page.list("ServicesLastAccessed").map(|service| service.0.clone()));
                let is_truncated = page.get("IsTruncated").is_some_and(|flag| flag.0 == true);
                marker = page.text("Marker").filter(|_| is_truncated).map(str::to_owned);
                if marker.is_none() {
                    return Some(services);
                }
            }
            Some("IN_PROGRESS") => match waits.next() {
                Some(wait) => tokio::time::sleep(Duration::from_millis(wait)).await,
                None => {
                    let words = "AWS did not finish the report within a minute".to_owned();
                    return not_made(principal, GapClass::Timeout, "ReportNotReady", words);
                }
            },
            _ => {
                let code = page.text("Error.Code").unwrap_or("JobFailed");
                let words = page.text("Error.Message").unwrap_or_default().to_owned();
                return not_made(principal, GapClass::Refused, code, words);
            }
        }
    }
}

fn not_made<T>(principal: &ResourceReader, class: GapClass, code: &str, message: String) -> Option<T> {
    let failure = Failure { class, code: code.to_owned(), message };
    let failure = CallFailure { failure, request_id: None };
    principal.site().gap(&GET_SERVICE_LAST_ACCESSED_DETAILS, Some(principal.id()), failure);
    None
}

/// Whether the ARN of a user or role is that of the caller, which STS gives as a session of the role, without its path.
fn is_same(arn: &str, caller: &str) -> bool {
    let role = caller.split_once(":assumed-role/").and_then(|(_, rest)| rest.split('/').next());
    match role {
        Some(role) => arn.contains(":role/") && arn.rsplit('/').next() == Some(role),
        None => arn == caller,
    }
}

/// The reports so far, added up.
#[derive(Debug, Default)]
struct Total {
    reports: usize,
    services: BTreeMap<String, AccessedService>,
}

impl Total {
    fn add(&mut self, services: &[Value], is_caller: bool) {
        self.reports += 1;
        for service in services.iter().filter_map(|service| AccessedService::of(Given(service))) {
            let service = AccessedService { may_have_written: service.may_have_written && !is_caller, ..service };
            match self.services.get_mut(&service.service_namespace) {
                Some(known) => known.join(service),
                None => drop(self.services.insert(service.service_namespace.clone(), service)),
            }
        }
    }
}

impl AccessedService {
    /// `None` for a service that was not used.
    fn of(service: Given<'_>) -> Option<Self> {
        let last = seconds(service, "LastAuthenticated")?;
        let used = || {
            let tracked = service.list("TrackedActionsLastAccessed");
            tracked.filter_map(|action| Some((moment(action, "LastAccessedTime")?, action.text("ActionName")?)))
        };
        let reads = |name: &str| READING.iter().any(|begin| name.starts_with(begin));
        let write = used().filter(|(_, name)| !reads(name)).max_by_key(|(time, _)| time.0);
        let last_tracked = used().map(|(time, _)| time.0.as_second()).max();
        Some(Self {
            service_namespace: service.text("ServiceNamespace").unwrap_or_default().to_owned(),
            last_authenticated: moment(service, "LastAuthenticated"),
            last_write: write.as_ref().map(|(time, _)| *time),
            last_write_action: write.map(|(_, name)| name.to_owned()),
            may_have_written: last_tracked.is_none_or(|tracked| last > tracked + SAME_REQUEST),
        })
    }

    fn join(&mut self, other: Self) {
        let moment = |time: &Option<Timestamp>| time.as_ref().map(|time| time.0);
        if moment(&other.last_authenticated) > moment(&self.last_authenticated) {
            self.last_authenticated = other.last_authenticated;
        }
        if moment(&other.last_write) > moment(&self.last_write) {
            (self.last_write, self.last_write_action) = (other.last_write, other.last_write_action);
        }
        self.may_have_written |= other.may_have_written;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(seconds: Option<i64>) -> Option<String> {
        seconds.map(|seconds| jiff::Timestamp::from_second(seconds).unwrap().to_string())
    }

    fn service(name: &str, last: Option<i64>, actions: &[(&str, Option<i64>)]) -> Value {
        let action = |(name, time): &(&str, Option<i64>)| json!({"ActionName": name, "LastAccessedTime": at(*time)});
        let actions: Vec<Value> = actions.iter().map(action).collect();
        json!({"ServiceNamespace": name, "LastAuthenticated": at(last), "TrackedActionsLastAccessed": actions})
    }

    fn told(reports: &[(&[Value], bool)]) -> Vec<(String, Option<String>, bool)> {
        let mut total = Total::default();
        reports.iter().for_each(|(services, is_caller)| total.add(services, *is_caller));
        let told = |it: AccessedService| (it.service_namespace, it.last_write_action, it.may_have_written);
        total.services.into_values().map(told).collect()
    }

    #[test]
    fn what_writes_is_told_from_what_reads_and_from_what_nobody_can_tell() {
        let services = [
            service("braket", None, &[]),
            service("dynamodb", Some(900), &[("ListTables", Some(100)), ("CreateTable", None)]),
            service("lightsail", Some(500), &[("GetInstances", Some(500)), ("CreateInstances", Some(300))]),
            service("proton", Some(530), &[("ListServices", Some(500)), ("CreateService", None)]),
            service("s3tables", Some(700), &[]),
        ];
        let name = |name: &str| name.to_owned();
        let expected = [
            (name("dynamodb"), None, true),
            (name("lightsail"), Some(name("CreateInstances")), false),
            (name("proton"), None, false),
            (name("s3tables"), None, true),
        ];
        assert_eq!(told(&[(&services, false)]), expected);
        let by_caller = told(&[(&services, true)]);
        assert!(
            by_caller.iter().all(|(_, _, may_have_written)| !may_have_written),
            "of whoever scans only writing counts"
        );
        assert_eq!(by_caller[1].1.as_deref(), Some("CreateInstances"));
    }

    #[test]
    fn the_last_of_several_counts() {
        let (early, late) = (
            [service("sqs", Some(900), &[("GetQueueUrl", Some(900)), ("CreateQueue", Some(10))])],
            [service("sqs", Some(50), &[("DeleteQueue", Some(50))])],
        );
        for reports in [[(&early[..], false), (&late[..], false)], [(&late[..], false), (&early[..], false)]] {
            assert_eq!(told(&reports), [("sqs".to_owned(), Some("DeleteQueue".to_owned()), false)]);
        }
    }

    #[test]
    fn users_come_first_then_the_roles_used_last_and_not_more_than_allowed() {
        let user = json!({"Arn": "arn:aws:iam::123456789012:user/ann"});
        let role = |name: &str, path: &str, used: Option<i64>| {
            let arn = format!("arn:aws:iam::123456789012:role/{name}");
            json!({"Arn": arn, "Path": path, "RoleLastUsed": {"LastUsedDate": at(used)}})
        };
        let mut roles = vec![role("old", "/", Some(1)), role("never", "/", None), role("new", "/", Some(9))];
        roles.push(role("config", "/aws-service-role/config.amazonaws.com/", Some(99)));
        let chosen = Principals::choose(std::slice::from_ref(&user), &roles);
        let names: Vec<&str> = chosen.arns.iter().filter_map(|arn| arn.rsplit('/').next()).collect();
        assert_eq!(names, ["ann", "new", "old"]);
        assert_eq!((chosen.never_used, chosen.service_linked, chosen.not_asked), (1, 1, 0));
        roles.extend((0..400).map(|number| role(&format!("r{number}"), "/", Some(number))));
        let chosen = Principals::choose(&[user], &roles);
        assert_eq!((chosen.arns.len(), chosen.not_asked), (MOST_PRINCIPALS, 403 - MOST_PRINCIPALS));
    }

    #[test]
    fn whoever_scans_is_recognized() {
        let role = "arn:aws:iam::123456789012:role/teams/audit";
        assert!(is_same(role, "arn:aws:sts::123456789012:assumed-role/audit/safeguard"));
        assert!(!is_same(role, "arn:aws:sts::123456789012:assumed-role/audit-2/safeguard"));
        assert!(!is_same("arn:aws:iam::123456789012:user/audit", "arn:aws:sts::123456789012:assumed-role/audit/s"));
        assert!(is_same("arn:aws:iam::123456789012:user/ann", "arn:aws:iam::123456789012:user/ann"));
    }
}
