//! All requests that a document can tell apart, as far as a question is about them.
//!
//! Callers, actions on resources, and condition keys each come from small sets of values. What cannot occur together (an
//! address and a VPC endpoint) is listed together, everything else combines freely. Values that no statement tells apart
//! and that are the same for the question count once. Keys that the document does not mention are left out.

use super::evaluate::{Caller, Document, Element, Reading, Request, all};
use super::questions::Question;
use crate::model::Truth::{self, False, True, Unknown};
use std::collections::{BTreeMap, BTreeSet};

mod values;

pub use values::{account_of, can_be, letters, listed, s3_actions};

/// Keys that follow from who the caller is.
pub const CALLER_KEYS: [&str; 7] = [
    "aws:principalarn",
    "aws:principalaccount",
    "kms:calleraccount",
    "aws:principalisawsservice",
    "aws:principalservicename",
    "aws:principalorgid",
    "aws:principalorgpaths",
];

/// Keys that cannot have just any values beside each other.
const TOGETHER: [&[&str]; 4] = [
    &["aws:securetransport", "s3:tlsversion"],
    &["aws:multifactorauthpresent", "aws:multifactorauthage"],
    &["aws:sourceip", "aws:vpcsourceip", "aws:sourcevpc", "aws:sourcevpce"],
    &["aws:sourcearn", "aws:sourceaccount"],
];

/// What a request must do to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    Allowed,
    NotDenied,
    /// Nothing does.
    Never,
}

/// Parts of requests that all statements, and the question, take for the same.
#[derive(Debug, Clone)]
struct Class {
    meant: Truth,
    /// The statements (by bits) that surely match, and those that may, as far as these parts of a request matter.
    sure: u32,
    maybe: u32,
    example: Request,
}

pub struct Universe {
    clusters: Vec<Vec<Class>>,
    denies: u32,
    allows: u32,
}

impl Universe {
    pub fn new(document: &Document, question: &Question, reading: Reading) -> Self {
        let builder = Builder { document, question, reading, pools: values::Pools::new(document, question) };
        let bits = |deny: bool| {
            let statements = document.statements.iter().enumerate().filter(|(_, one)| one.deny == deny);
            statements.fold(0, |bits, (index, _)| bits | 1 << index)
        };
        Self { clusters: builder.clusters(), denies: bits(true), allows: bits(false) }
    }

    /// Is there a request of the kind in question that achieves the goal?
    pub fn some(&self, goal: Goal) -> Truth {
        let mut found = False;
        self.walk(0, True, u32::MAX, u32::MAX, &mut |meant, sure, maybe| {
            let undenied = match (sure & self.denies != 0, maybe & self.denies != 0) {
                (true, _) => False,
                (false, true) => Unknown,
                (false, false) => True,
            };
            let allowed = match (goal, sure & self.allows != 0, maybe & self.allows != 0) {
                (Goal::Never, ..) => False,
                (Goal::NotDenied, ..) | (_, true, _) => True,
                (_, false, true) => Unknown,
                (_, false, false) => False,
            };
            match all([meant, undenied, allowed]) {
                True => found = True,
                Unknown if found == False => found = Unknown,
                _ => {}
            }
            found == True
        });
        found
    }

    /// True as soon as the visitor has seen enough.
    fn walk(
        &self,
        depth: usize,
        meant: Truth,
        sure: u32,
        maybe: u32,
        visit: &mut impl FnMut(Truth, u32, u32) -> bool,
    ) -> bool {
        let Some(classes) = self.clusters.get(depth) else {
            return visit(meant, sure, maybe);
        };
        classes.iter().any(|class| {
            let meant = all([meant, class.meant]);
            meant != False && self.walk(depth + 1, meant, sure & class.sure, maybe & class.maybe, visit)
        })
    }

    /// Every request, one of each class: for tests of this module.
    pub fn examples(&self) -> Vec<Request> {
        self.clusters.iter().fold(vec![Request::default()], |requests, classes| {
            let parts: Vec<Request> = classes.iter().map(|class| class.example.clone()).collect();
            product(&requests, &parts)
        })
    }
}

struct Builder<'a> {
    document: &'a Document,
    question: &'a Question<'a>,
    reading: Reading,
    pools: values::Pools,
}

impl Builder<'_> {
    /// Parts of requests that depend on each other, by rules of what can occur or by policy variables, make one cluster.
    fn clusters(&self) -> Vec<Vec<Class>> {
        let mut groups: Vec<BTreeSet<String>> = vec![["caller".to_owned()].into(), ["target".to_owned()].into()];
        for key in self.pools.keys() {
            if !CALLER_KEYS.contains(&key.as_str()) {
                let together = TOGETHER.iter().find(|keys| keys.contains(&key.as_str()));
                groups.push(
                    together.map_or_else(|| [key.clone()].into(), |keys| keys.iter().map(|&key| key.into()).collect()),
                );
            }
        }
        groups.sort();
        groups.dedup();
        let mut joined: Vec<Vec<BTreeSet<String>>> = groups.iter().map(|group| vec![group.clone()]).collect();
        let mut ties: Vec<BTreeSet<String>> = self.document.elements().map(fields).collect();
        if self.question.callers_choose_actions {
            ties.push(["caller".to_owned(), "target".to_owned()].into());
        }
        ties.extend(self.question.keys_of_caller.iter().map(|key| [key.clone(), "caller".to_owned()].into()));
        for tie in ties {
            let (touched, mut others): (Vec<_>, Vec<_>) =
                joined.into_iter().partition(|cluster| cluster.iter().any(|group| !group.is_disjoint(&tie)));
            others.push(touched.into_iter().flatten().collect());
            others.retain(|cluster: &Vec<_>| !cluster.is_empty());
            joined = others;
        }
        let mut clusters: Vec<Vec<Class>> = joined.iter().map(|cluster| self.cluster(cluster)).collect();
        clusters.sort_by_key(Vec::len);
        clusters
    }

    fn cluster(&self, groups: &[BTreeSet<String>]) -> Vec<Class> {
        let whole: BTreeSet<String> = groups.iter().flatten().cloned().collect();
        // Alone, a group's values need be listed only once for each class; with others, a variable may tell more apart.
        let parts = groups.iter().map(|group| self.parts(group, &whole));
        let parts = parts.reduce(|some, more| product(&some, &more)).unwrap();
        let possible = parts.into_iter().filter(|part| part.action.is_none() || self.question.possible(part));
        self.classes(possible, &whole, |_| String::new())
    }

    fn parts(&self, group: &BTreeSet<String>, whole: &BTreeSet<String>) -> Vec<Request> {
        if group.contains("target") {
            let of_action = |part: &Request| match part.action.as_deref().unwrap() {
                action if self.question.callers_choose_actions => action.to_owned(),
                action => kind(action),
            };
            let actions = self.question.actions.iter();
            let actions = actions.map(|action| Request { action: Some(action.clone()), ..Request::default() });
            let actions = self.classes(actions, &["action".to_owned()].into(), of_action);
            let resources = self.pools.resources.iter();
            let resources =
                resources.map(|resource| Request { resource: Some(resource.clone()), ..Request::default() });
            let alone = whole == group || !self.document.elements().any(|one| !one.variables().is_empty());
            let resources: Vec<Request> = if alone {
                let classes = self.classes(resources, &["resource".to_owned()].into(), |part| {
                    kind(part.resource.as_deref().unwrap())
                });
                classes.into_iter().map(|class| class.example).collect()
            } else {
                resources.collect()
            };
            let actions: Vec<Request> = actions.into_iter().map(|class| class.example).collect();
            let pairs = product(&actions, &resources).into_iter();
            return pairs
                .filter(|pair| values::goes_on(pair.action.as_ref().unwrap(), pair.resource.as_ref().unwrap()))
                .collect();
        }
        if group.contains("caller") {
            return self.pools.callers();
        }
        self.pools.contexts(group)
    }

    /// One part for each class. `fields` are all that is said in the parts; `kind` sets apart what nothing else does.
    fn classes(
        &self,
        parts: impl Iterator<Item = Request>,
        fields: &BTreeSet<String>,
        kind: impl Fn(&Request) -> String,
    ) -> Vec<Class> {
        let elements: Vec<(u32, &Element)> = self
            .document
            .statements
            .iter()
            .enumerate()
            .flat_map(|(index, statement)| statement.elements.iter().map(move |element| (1 << index, element)))
            .filter(|(_, element)| self::fields_fit(element, fields))
            .collect();
        let mut seen: BTreeMap<(u8, u32, u32, String), Class> = BTreeMap::new();
        for example in parts {
            let meant = (self.question.meant)(&example, self.reading);
            let (mut sure, mut maybe) = (u32::MAX, u32::MAX);
            for (bit, element) in &elements {
                match element.holds(&example, self.reading) {
                    True => {}
                    Unknown => sure &= !bit,
                    False => (sure, maybe) = (sure & !bit, maybe & !bit),
                }
            }
            seen.entry((meant as u8, sure, maybe, kind(&example))).or_insert(Class { meant, sure, maybe, example });
        }
        seen.into_values().collect()
    }
}

/// What of a request the element looks at.
fn fields(element: &Element) -> BTreeSet<String> {
    let own = match element {
        Element::Principal { .. } => "caller",
        Element::Action { .. } | Element::Resource { .. } => "target",
        Element::Condition { key, .. } => key,
    };
    let of_caller = |key: String| if CALLER_KEYS.contains(&key.as_str()) { "caller".to_owned() } else { key };
    element.variables().into_iter().chain([own.to_owned()]).map(of_caller).collect()
}

fn fields_fit(element: &Element, available: &BTreeSet<String>) -> bool {
    match element {
        Element::Action { .. } if available.contains("action") => true,
        Element::Resource { .. } if available.contains("resource") => element.variables().is_empty(),
        _ => fields(element).is_subset(available),
    }
}

/// The service, and for S3 whether it is about a bucket or an object.
fn kind(name: &str) -> String {
    format!("{}{}", values::service_of(name), values::is_about_object(name))
}

fn product(left: &[Request], right: &[Request]) -> Vec<Request> {
    let merge = |left: &Request, right: &Request| Request {
        caller: left.caller.clone().or_else(|| right.caller.clone()),
        action: left.action.clone().or_else(|| right.action.clone()),
        resource: left.resource.clone().or_else(|| right.resource.clone()),
        context: left.context.iter().chain(&right.context).map(|(key, values)| (key.clone(), values.clone())).collect(),
    };
    left.iter().flat_map(|one| right.iter().map(move |other| merge(one, other))).collect()
}

/// A caller with the keys that follow from who he is; `path` is where in an organization his account is.
pub fn caller_part(caller: Caller, path: Option<&str>) -> Request {
    caller_with(caller, path, |_| true)
}

/// The same, with the wanted keys only.
fn caller_with(caller: Caller, path: Option<&str>, wanted: impl Fn(&str) -> bool) -> Request {
    let keys = CALLER_KEYS.iter().filter(|key| wanted(key));
    let mut context: BTreeMap<String, Vec<String>> = keys.map(|&key| (key.into(), Vec::new())).collect();
    let mut set = |key: &str, value: &str| {
        if let Some(values) = context.get_mut(key) {
            values.push(value.into());
        }
    };
    match &caller {
        Caller::Aws(arn) => {
            set("aws:principalarn", arn);
            // What AWS says of an origin access identity's account is not documented.
            if account_of(arn) != "cloudfront" {
                set("aws:principalaccount", account_of(arn));
                set("kms:calleraccount", account_of(arn));
            }
            set("aws:principalisawsservice", "false");
            if let Some(path) = path {
                set("aws:principalorgid", path.split('/').next().unwrap());
                set("aws:principalorgpaths", path);
            }
        }
        Caller::Service(name) => {
            set("aws:principalisawsservice", "true");
            set("aws:principalservicename", name);
        }
        _ => {}
    }
    Request { caller: Some(caller), context, ..Request::default() }
}
