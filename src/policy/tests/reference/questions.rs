//! What each question asks: is there a request of a certain kind that gets through, or that nothing denies?

use super::evaluate::{Caller, Document, Element, Reading, Request, all, any, arn_like, fixes_value, like, not, truth};
use super::universe::{Goal, Universe, account_of, letters, listed, s3_actions};
use crate::model::Truth::{self, False, True, Unknown};

mod identity;
mod keys;
mod known;
mod public;
mod trust;

pub use identity::{
    allows_admin, allows_on_all_resources, allows_service_wildcard, allows_service_wildcard_of, allows_whole_service,
};
pub use keys::{has_enclave_condition, requires_attestation, separates_key_administration, unattested};
pub use known::{Callers, Known, unknown_principals};
pub use public::{Access, strangers};
pub use trust::{
    anyone, federated, openid_connect, principals_without_mfa, requires_mfa, unbound_tokens, unknown_external,
    without_mfa,
};

pub const OWN: &str = "111122223333";
pub const PARTNER: &str = "444455556666";
pub const OTHER: &str = "999988887777";
pub const ORGANIZATION: &str = "o-a1b2c3d4e5";
pub const STRANGE_ORGANIZATION: &str = "o-other12345";
pub const FRESH: &str = "121212121212";

/// Which requests are meant, and what they are made of.
pub struct Question<'a> {
    pub actions: Vec<String>,
    pub callers: Vec<Caller>,
    /// By the document, and the length of words that patterns may tell apart.
    pub resources: Resources<'a>,
    /// Does it depend on the caller which actions he may ask for?
    pub callers_choose_actions: bool,
    /// Condition keys that count only together with the caller.
    pub keys_of_caller: Vec<String>,
    /// Do the rules leave open what is of the kind?
    pub open: bool,
    /// Is a request, or a part of one, of the kind in question? What is not said in a part speaks neither for nor against it.
    pub meant: Meant<'a>,
}

type Resources<'a> = Box<dyn Fn(&Document, u32) -> Vec<String> + 'a>;
type Meant<'a> = Box<dyn Fn(&Request, Reading) -> Truth + 'a>;

impl Question<'_> {
    /// Is there such a request? `None` where the rules leave open what counts.
    pub fn some(&self, document: &Document, goal: Goal) -> Option<Truth> {
        if !self.open && !document.doubtful() {
            return Some(Universe::new(document, self, Reading::Wide).some(goal));
        }
        both(|reading| Universe::new(document, self, reading).some(goal))
    }

    /// The same as [`Universe::some`], request by request.
    pub fn some_one_by_one(&self, document: &Document, reading: Reading) -> Truth {
        any(Universe::new(document, self, reading)
            .examples()
            .iter()
            .map(|request| all([(self.meant)(request, reading), document.decide(request, reading).allowed])))
    }

    /// Can the caller ask for the action at all? An assertion of a provider is traded for a role by its own action only.
    pub fn possible(&self, request: &Request) -> bool {
        let (Some(caller), Some(action)) = (&request.caller, &request.action) else { return true };
        match (self.callers_choose_actions, caller) {
            (false, _) => true,
            (true, Caller::Federated(name)) if name.contains(":saml-provider/") => action == "sts:AssumeRoleWithSAML",
            (true, Caller::Federated(_)) => action == "sts:AssumeRoleWithWebIdentity",
            (true, _) => action == "sts:AssumeRole",
        }
    }
}

/// The answer, if both readings of the rules come to the same.
pub fn both(ask: impl Fn(Reading) -> Truth) -> Option<Truth> {
    let wide = ask(Reading::Wide);
    (wide == ask(Reading::Narrow)).then_some(wide)
}

pub fn plain_http(arn: &str) -> Question<'_> {
    transport(arn, |request| {
        truth(request.context.get("aws:securetransport").is_none_or(|values| values == &["false"]))
    })
}

pub fn tls_below(arn: &str, version: f64) -> Question<'_> {
    transport(arn, move |request| {
        let tls = request.context.get("aws:securetransport").is_none_or(|values| values == &["true"]);
        let old = request.context.get("s3:tlsversion").is_none_or(|values| match values.first() {
            Some(value) => value.parse::<f64>().unwrap() < version,
            None => !arn.contains(":s3:"),
        });
        truth(tls && old)
    })
}

fn transport<'a>(arn: &'a str, meant: impl Fn(&Request) -> Truth + 'a) -> Question<'a> {
    let own =
        move |resource: &String| resource == arn || (arn.contains(":s3:") && resource.starts_with(&format!("{arn}/")));
    Question {
        actions: match arn.split(':').nth(2).unwrap() {
            "s3" => s3_actions(),
            "sns" => texts(&["sns:Publish"]),
            _ => texts(&[
                "elasticfilesystem:ClientMount",
                "elasticfilesystem:ClientWrite",
                "elasticfilesystem:ClientRootAccess",
            ]),
        },
        callers: callers(),
        resources: Box::new(move |_, longest| {
            let objects = letters(longest).into_iter().map(move |word| format!("{arn}/{word}"));
            [arn.to_owned()].into_iter().chain(objects.filter(|_| arn.contains(":s3:"))).collect()
        }),
        callers_choose_actions: false,
        keys_of_caller: Vec::new(),
        open: false,
        meant: Box::new(move |request, _| {
            // AWS services use TLS.
            let service = matches!(request.caller, Some(Caller::Service(_)));
            all([meant(request), truth(!service && request.resource.as_ref().is_none_or(own))])
        }),
    }
}

/// Callers of every kind, of accounts that documents name and of one that none does.
pub fn callers() -> Vec<Caller> {
    let mut callers = vec![Caller::Anonymous];
    for account in [OWN, PARTNER, OTHER, FRESH] {
        // A path may hold colons.
        for name in ["root", "role/app", "user/anna", "role/111122223333", "role/x:role/app"] {
            callers.push(Caller::Aws(format!("arn:aws:iam::{account}:{name}")));
        }
    }
    callers.extend(["role/x", "role/app"].map(|name| Caller::Aws(format!("arn:aws:iam::555566667777:{name}"))));
    callers.push(Caller::Aws("arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1EXAMPLE".into()));
    let services = ["logging.s3.amazonaws.com", "ec2.amazonaws.com", "unnamed.amazonaws.com"];
    callers.extend(services.map(|name| Caller::Service(name.into())));
    callers.extend(providers().into_iter().map(Caller::Federated));
    callers.extend([CANONICAL, "00"].map(|id| Caller::Canonical(id.into())));
    callers
}

pub const CANONICAL: &str = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be";

fn providers() -> Vec<String> {
    let mut names = texts(&["accounts.google.com", "graph.facebook.com"]);
    for account in [OWN, PARTNER, OTHER] {
        names.push(format!("arn:aws:iam::{account}:saml-provider/idp"));
        names.push(format!("arn:aws:iam::{account}:oidc-provider/token.actions.githubusercontent.com"));
    }
    names.push(format!("arn:aws:iam::{OWN}:saml-provider/unnamed"));
    names.push(format!("arn:aws:iam::{OWN}:oidc-provider/unnamed.example"));
    names
}

/// The buckets that the document names: a bucket's policy is about that bucket.
fn named_buckets(document: &Document) -> Vec<&str> {
    let patterns = document.elements().flat_map(|element| match element {
        Element::Resource { patterns, .. } => patterns.iter().map(String::as_str).collect(),
        _ => Vec::new(),
    });
    let buckets = patterns.filter_map(|pattern| match pattern.strip_prefix("arn:aws:s3:::")?.split_once('/') {
        Some((name, _)) => Some(name),
        None => pattern.strip_prefix("arn:aws:s3:::"),
    });
    buckets.filter(|bucket| !bucket.is_empty() && !bucket.contains(['*', '?', '$'])).collect()
}

/// The buckets that the document names, or if it names none, some, and objects of theirs.
fn bucket_resources(document: &Document, longest: u32) -> Vec<String> {
    let objects = letters(longest);
    let mut resources: Vec<String> = objects.iter().map(|word| format!("arn:aws:s3:::records/{word}")).collect();
    resources.extend(texts(&["arn:aws:s3:::records", "arn:aws:s3:::unnamed", "arn:aws:s3:::unnamed/x"]));
    resources.extend(texts(&["arn:aws:s3:::other", "arn:aws:s3:::other/x"]));
    let named = named_buckets(document);
    if named.is_empty() {
        resources.push("arn:aws:unnamed:us-east-1:1:x".into());
    } else {
        let bucket = |arn: &String| arn["arn:aws:s3:::".len()..].split('/').next().unwrap().to_owned();
        resources.retain(|arn| named.contains(&bucket(arn).as_str()));
    }
    resources
}

fn texts(items: &[&str]) -> Vec<String> {
    items.iter().map(|&item| item.to_owned()).collect()
}

/// The single value of the key, if this part of a request has it.
fn value<'a>(request: &'a Request, key: &str) -> Option<&'a str> {
    request.context.get(key)?.first().map(String::as_str)
}

/// Does a condition of the document list this value of the key, as it is?
fn fixed(document: &Document, key: &str, value: &str) -> bool {
    document.conditions().any(|(operator, one, listed)| one == key && fixes_value(operator, listed, value))
}

/// The principals that the document names, for grants or for exceptions.
fn named_principals(document: &Document) -> impl Iterator<Item = &str> {
    document.elements().flat_map(|element| match element {
        Element::Principal { names, .. } => names.iter().map(|(_, name)| name.as_str()).collect(),
        _ => Vec::new(),
    })
}
