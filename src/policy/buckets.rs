//! Questions that only the policies of S3 buckets raise: whether locks can be lifted, whether objects can be taken
//! hostage with a key that only the attacker has, and which of AWS's own services bring logs.

use super::answer::PolicyAnswer;
use super::axis::{Axis, Point};
use super::condition::Operand;
use super::document::{Effect, ParsedPolicy, Principal, Statement, Subset, ask};
use super::known::{Known, grants_only_to_known};
use super::request::Caller;
use super::space::{Askers, Goal, Space};
use super::targets;
use crate::model::Truth;
use serde_json::{Value, json};

const PRINCIPAL: &str = "aws:principalarn";

/// The header by which a request brings an encryption key of its own.
const CUSTOMER_KEY: &str = "s3:x-amz-server-side-encryption-customer-algorithm";

/// Is each of the actions (such as `s3:BypassGovernanceRetention`) explicitly denied on the bucket with that ARN and on
/// all its objects, to everyone and in every circumstance, save principals that the policy spares by name?
///
/// Without a policy: false.
pub fn denies_actions_on(policy: &Value, arn: &str, actions: &[&str]) -> PolicyAnswer {
    let wanted: Vec<String> = actions.iter().map(|action| action.to_ascii_lowercase()).collect();
    if wanted.is_empty() {
        return PolicyAnswer::unclear("no action is named".to_owned());
    }
    let picks = |action: &str| wanted.iter().any(|one| one == action).then_some(0);
    denied_throughout(policy, arn, &picks, &|space, axis, point| match axis.value(point, PRINCIPAL) {
        Some(values) => Truth::from(!values.iter().any(|value| is_spared(space, value))),
        None => Truth::True,
    })
}

/// Is every upload to the bucket with that ARN that brings an encryption key of its own (SSE-C) explicitly denied?
///
/// Without a policy: false.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html>.
pub fn denies_customer_keys(policy: &Value, arn: &str) -> PolicyAnswer {
    let picks = |action: &str| (action == "s3:putobject").then_some(0);
    denied_throughout(policy, arn, &picks, &|_, axis, point| match axis.value(point, CUSTOMER_KEY) {
        Some(values) => Truth::from(!values.is_empty()),
        None => Truth::True,
    })
}

/// Does the policy let somebody of another account than the bucket's call one of the actions on the bucket with that ARN or
/// on its objects, whom it does not name more closely than by the account? AWS's services are not asked about.
///
/// Without a policy: false.
pub fn lets_unnamed_outsiders(policy: &Value, arn: &str, account: &str, actions: &[&str]) -> PolicyAnswer {
    let wanted: Vec<String> = actions.iter().map(|action| action.to_ascii_lowercase()).collect();
    if wanted.is_empty() {
        return PolicyAnswer::unclear("no action is named".to_owned());
    }
    let picks = |action: &str| wanted.iter().any(|one| one == action).then_some(0);
    ask(policy, Truth::False, |document| {
        if !targets::is_one_resource(arn) {
            return PolicyAnswer::unclear(format!("{arn:?} is no ARN of a single resource"));
        }
        let documents = [document];
        let known = [account];
        let space = Space::new(&[&documents], Askers::Everyone { known: &known }, |mentions| {
            targets::on_resource(mentions, arn, &picks)
        });
        let grants = || document.statements.iter().filter(|one| one.effect == Effect::Allow);
        let names = |caller: &str| {
            let named = grants().filter_map(|one| match &one.principals {
                Some(Subset::Only(named)) => Some(named),
                _ => None,
            });
            named.flatten().any(|principal| matches!(principal, Principal::Arn(name) if name == caller))
        };
        let is_unnamed = |point: &Point| match &point.caller {
            Some(Caller::Aws { account: of, arn, .. }) => of != account && !names(arn),
            Some(Caller::Service(_)) => false,
            _ => true,
        };
        let filter = |axis: &Axis, point: &Point| {
            let principals = axis.value(point, PRINCIPAL).into_iter().flatten();
            Truth::from(is_unnamed(point) && !principals.into_iter().any(|value| is_spared(&space, value)))
        };
        PolicyAnswer::exists(&space, space.exists(Goal::Allowed, &filter))
    })
}

type Counts<'q> = dyn Fn(&Space<'_>, &Axis, &Point) -> Truth + 'q;

/// Are all requests of the picked actions that count explicitly denied?
fn denied_throughout(policy: &Value, arn: &str, picks: &targets::Picks<'_>, counts: &Counts<'_>) -> PolicyAnswer {
    // No policy at all is one without statements.
    let none = json!({"Statement": []});
    let policy = if policy.is_null() { &none } else { policy };
    ask(policy, Truth::False, |document| {
        if !targets::is_one_resource(arn) {
            return PolicyAnswer::unclear(format!("{arn:?} is no ARN of a single resource"));
        }
        let documents = [document];
        let space = Space::new(&[&documents], Askers::Everyone { known: &[] }, |mentions| {
            targets::on_resource(mentions, arn, picks)
        });
        let filter = |axis: &Axis, point: &Point| counts(&space, axis, point);
        !PolicyAnswer::exists(&space, space.exists(Goal::NotDenied, &filter))
    })
}

/// Does a condition name this principal, more closely than by its account?
fn is_spared(space: &Space<'_>, principal: &str) -> bool {
    space.mentions.conditions(PRINCIPAL).any(|condition| {
        condition.operands().iter().zip(&condition.values).any(|(operand, written)| {
            let name = written.rsplit(['/', ':']).next().unwrap_or_default();
            let names_somebody = name.chars().any(|character| !matches!(character, '*' | '?'));
            matches!(operand, Operand::Text(glob) if glob.matches(principal)) && names_somebody
        })
    })
}

/// The services that bring logs of AWS's customers to their buckets below `AWSLogs/ACCOUNT/`, and that allow no prefix
/// which pretends to be another account's folder.
///
/// Sources, read on 2026-11-30:
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html>,
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-S3.html>.
const DELIVERY_SERVICES: [&str; 2] = [LOAD_BALANCER_DELIVERY, "delivery.logs.amazonaws.com"];

const LOAD_BALANCER_DELIVERY: &str = "logdelivery.elasticloadbalancing.amazonaws.com";

/// AWS's own accounts from which load balancers deliver their logs in the regions that were there before August 2022.
///
/// Source: <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html>; the
/// numbers as two public lists agree on them, 2026-11-30.
const LOAD_BALANCER_ACCOUNTS: [&str; 26] = [
    "127311923021",
    "033677994240",
    "027434742980",
    "797873946194",
    "098369216593",
    "754344448648",
    "589379963580",
    "718504428378",
    "383597477331",
    "600734575887",
    "114774131450",
    "783225319266",
    "582318560864",
    "985666609251",
    "054676820928",
    "156460612806",
    "652711504416",
    "635631232127",
    "009996457667",
    "897822967062",
    "076674570225",
    "507241528517",
    "048591011584",
    "190560391635",
    "638102146993",
    "037604701340",
];

/// AWS's own accounts from which Amazon Redshift delivers audit logs.
///
/// Source: <https://docs.aws.amazon.com/redshift/latest/mgmt/db-auditing.html>; the numbers as two public lists agree
/// on them, 2026-11-30.
const REDSHIFT_ACCOUNTS: [&str; 24] = [
    "193672423079",
    "391106570357",
    "262260360010",
    "902366379725",
    "365689465814",
    "313564881002",
    "865932855811",
    "090321488786",
    "760740231472",
    "361669875840",
    "762762565011",
    "404641285394",
    "907379612154",
    "053454850223",
    "210876761215",
    "307160386991",
    "945612479654",
    "915173422425",
    "729911121831",
    "013126148197",
    "075028567923",
    "111890595117",
    "660998842044",
    "665727464434",
];

/// Does the policy let application or classic load balancers put their logs into the bucket? Without a policy: false.
pub fn takes_load_balancer_logs(policy: &Value) -> PolicyAnswer {
    ask(policy, Truth::False, |document| {
        let documents = [document];
        let asking = Askers::Everyone { known: &[] };
        let picks = |action: &str| (action == "s3:putobject").then_some(0);
        let space = Space::new(&[&documents], asking, |mentions| targets::anywhere(mentions, Some("s3"), &picks));
        let filter = |_: &Axis, point: &Point| match &point.caller {
            Some(Caller::Service(name)) => Truth::from(name == LOAD_BALANCER_DELIVERY),
            Some(Caller::Aws { account, .. }) => Truth::from(LOAD_BALANCER_ACCOUNTS.contains(&&account[..])),
            Some(_) => Truth::False,
            None => Truth::True,
        };
        PolicyAnswer::exists(&space, space.exists(Goal::Allowed, &filter))
    })
}

/// Like [`grants_only_to_known`], for a bucket's policy. A grant to AWS's log delivery on the folder `AWSLogs/ACCOUNT/`
/// of a known account is tied by that path, with or without a condition on the source.
///
/// Trails are not among these deliveries, because whoever makes a trail chooses its prefix.
pub fn bucket_grants_only_to_known(policy: &Value, known: &Known<'_>) -> PolicyAnswer {
    grants_only_to_known(&without_tied_delivery(policy, &known.accounts()), known)
}

/// The policy in which a deleted role stands for each log delivery that is tied by its path. The other statements keep
/// their numbers.
fn without_tied_delivery(policy: &Value, known: &[&str]) -> Value {
    let mut policy = policy.clone();
    let Ok(document) = ParsedPolicy::read(&policy) else { return policy };
    let tied = document.statements.iter().filter(|statement| is_tied_delivery(statement, known));
    let numbers: Vec<usize> = tied.map(|statement| statement.number).collect();
    let statements = match policy.get_mut("Statement") {
        Some(Value::Array(list)) => list.iter_mut().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    };
    for (at, statement) in statements.into_iter().enumerate() {
        if numbers.contains(&(at + 1)) {
            // The id of a role that was deleted. It matches no caller.
            statement["Principal"] = json!({"AWS": "AROAXXXXXXXXXXXXXXXXX"});
        }
    }
    policy
}

fn is_tied_delivery(statement: &Statement, known: &[&str]) -> bool {
    let (Some(Subset::Only(principals)), Subset::Only(actions), Some(Subset::Only(resources))) =
        (&statement.principals, &statement.actions, &statement.resources)
    else {
        return false;
    };
    let is_delivery = |principal: &Principal| match principal {
        Principal::Service(name) => DELIVERY_SERVICES.contains(&&name[..]),
        // Redshift's examples name a user of its account.
        other => other.account().is_some_and(|id| {
            (LOAD_BALANCER_ACCOUNTS.contains(&id) || REDSHIFT_ACCOUNTS.contains(&id)) && !other.name().contains('*')
        }),
    };
    let actions: Option<Vec<String>> = actions.iter().map(|action| action.literal()).collect();
    let puts_or_looks = actions
        .is_some_and(|actions| actions.iter().all(|action| ["s3:putobject", "s3:getbucketacl"].contains(&&action[..])));
    let is_tied = |resource: &super::glob::Glob| match resource.literal() {
        // A bucket by itself, whose access list may be looked at.
        Some(arn) if !arn.contains('/') => true,
        _ => known.iter().any(|id| resource.literal_prefix().contains(&format!("/AWSLogs/{id}/"))),
    };
    statement.effect == Effect::Allow
        && !principals.is_empty()
        && principals.iter().all(is_delivery)
        && puts_or_looks
        && resources.iter().all(is_tied)
}
