//! Looks for a request that gets through: the axes, the statements as cuboids over them, and the search.

use std::collections::{BTreeMap, BTreeSet};

use super::axis::{Axis, Point, Targets};
use super::callers;
use super::condition::{Filling, KeyCondition, Test};
use super::context;
use super::document::{Effect, ParsedPolicy, Statement, Subset};
use super::glob::Glob;
use super::mentions::{CallerAccounts, Mentions};
use super::request::{AccessRequest, Caller, concerns_action, concerns_caller, concerns_resource};
use super::search::{Bits, Cuboid, SearchResult, meets, outside};
use super::targets;
use super::universe::{free_axes, mfa_axis, network_axis, transport_axis};
use crate::model::Truth;

/// The most requests that are shown, one for each statement that lets some through.
const MOST_WITNESSES: usize = 3;
/// The most times that a request which only seems to get through is put aside for another one.
const MOST_DOUBTFUL: usize = 32;

/// All requests that some documents tell apart.
pub(super) struct Space<'a> {
    pub mentions: Mentions<'a>,
    axes: Vec<Axis>,
    /// For each group of documents of which one must allow a request, their grants: indices of statements.
    grants: Vec<Vec<usize>>,
    denies: Vec<usize>,
    /// The document of each statement: its group, and its place in the group.
    origins: Vec<(usize, usize)>,
    /// For each statement, the cuboids of requests that it surely matches, and of those that it may match.
    must: Vec<Cuboid>,
    may: Vec<Cuboid>,
    /// Resources that are looked at are others than those that policy variables stand for.
    is_beside_variables: bool,
    pub other_account: String,
    /// Accounts that the statements name, and those that the question is about.
    pub named_accounts: BTreeSet<String>,
}

/// The callers in the documents' requests.
#[derive(Clone, Copy)]
pub(super) enum Askers<'q> {
    /// Everyone; the accounts given are told apart even if no statement does.
    Everyone { known: &'q [&'q str] },
    /// The bearer of identity policies.
    Bearer,
}

/// The goal of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Goal {
    /// A request that is allowed.
    Allowed,
    /// A request that no statement denies.
    NotDenied,
}

/// A filter of the requests that count. It decides point by point.
pub(super) type Filter<'q> = dyn Fn(&Axis, &Point) -> Truth + 'q;

/// The requests that a search found.
pub(super) struct RequestsFound {
    pub goal: Goal,
    /// Is there such a request?
    pub exists: Truth,
    pub requests: Vec<FoundRequest>,
    /// The work became too much, or not all classes of requests have an example.
    pub gave_up: bool,
}

/// A request that gets through.
pub(super) struct FoundRequest {
    pub request: AccessRequest,
    pub certain: bool,
    /// The statements that allow it.
    pub allowed_by: Vec<usize>,
}

impl<'a> Space<'a> {
    /// `groups` are the documents that stand side by side; of each group some statement must allow a request.
    pub(super) fn new(
        groups: &[&'a [&'a ParsedPolicy]],
        asking: Askers<'_>,
        targets: impl Fn(&Mentions<'a>) -> Axis,
    ) -> Self {
        let mut statements: Vec<&Statement> = Vec::new();
        let mut grants = Vec::new();
        let mut denies = Vec::new();
        let mut origins = Vec::new();
        for (group_number, group) in groups.iter().enumerate() {
            let mut of_group = Vec::new();
            let numbered = group.iter().enumerate();
            for (number, statement) in
                numbered.flat_map(|(at, document)| document.statements.iter().map(move |own| (at, own)))
            {
                origins.push((group_number, number));
                match statement.effect {
                    Effect::Allow => of_group.push(statements.len()),
                    Effect::Deny => denies.push(statements.len()),
                }
                statements.push(statement);
            }
            grants.push(of_group);
        }
        let mentions = Mentions::new(statements);
        let mut axes = vec![targets(&mentions)];
        let mut taken: Vec<&str> = Vec::new();
        let known = match asking {
            Askers::Everyone { known } => {
                let mut everyone = callers::callers(&mentions, known);
                if !targets::service_of_axis(&axes[0]).is_none_or(takes_unsigned_requests) {
                    // Somebody with an account is the better example.
                    everyone.points.rotate_left(1);
                }
                axes.push(everyone);
                taken.extend(context::OF_CALLERS);
                known
            }
            Askers::Bearer => {
                let bearer = Point { caller: Some(Caller::Bearer), ..Point::default() };
                axes.push(Axis::of_keys(&[], vec![bearer], true));
                &[]
            }
        };
        axes.push(transport_axis(targets::service_of_axis(&axes[0]).is_none_or(|service| service == "s3")));
        taken.extend(context::OF_TRANSPORT);
        for (keys, axis) in [
            (&context::OF_SOURCES[..], &(|| callers::sources(&mentions, known)) as &dyn Fn() -> Axis),
            (&context::OF_NETWORKS[..], &|| network_axis(&mentions)),
            (&context::OF_MFA[..], &|| mfa_axis(&mentions)),
        ] {
            if mentions.has_any(keys) {
                axes.push(axis());
                taken.extend(keys);
            }
        }
        axes.extend(free_axes(&mentions, &taken));
        let CallerAccounts { other: other_account, named: named_accounts, .. } = CallerAccounts::new(&mentions, known);
        let cuboids = mentions.statements.iter().map(|statement| cuboids_of(statement, &axes));
        let (must, may) = cuboids.unzip();
        let has_variables =
            |one: &&Statement| one.conditions.iter().flat_map(KeyCondition::operands).any(|own| own.has_variables());
        let is_beside_variables = matches!(asking, Askers::Bearer) && !mentions.statements.iter().any(has_variables);
        Self { mentions, axes, grants, denies, origins, must, may, is_beside_variables, other_account, named_accounts }
    }

    /// The axis of actions and resources.
    pub(super) fn targets(&self) -> &Axis {
        &self.axes[0]
    }

    /// The axis of callers.
    pub(super) fn callers(&self) -> &Axis {
        &self.axes[1]
    }

    /// Looks for requests that count and get through, one for each statement that lets some through.
    pub(super) fn exists(&self, goal: Goal, filter: &Filter<'_>) -> RequestsFound {
        let count = |wanted: &dyn Fn(Truth) -> bool| -> Vec<Bits> {
            let bits = |axis: &Axis| Bits::from_fn(axis.points.len(), |at| wanted(filter(axis, &axis.points[at])));
            self.axes.iter().map(bits).collect()
        };
        let sure = count(&|truth| truth == Truth::True);
        let perhaps = count(&|truth| truth != Truth::False);
        let choices = self.choices(goal);
        if choices.is_empty() {
            return RequestsFound { goal, exists: Truth::False, requests: Vec::new(), gave_up: false };
        }
        let mut outcome = RequestsFound { goal, exists: Truth::False, requests: Vec::new(), gave_up: false };
        let denied_perhaps: Vec<&Cuboid> = self.denies.iter().map(|at| &self.may[*at]).collect();
        let denied_surely: Vec<&Cuboid> = self.denies.iter().map(|at| &self.must[*at]).collect();
        for choice in &choices {
            if !choice.iter().all(|at| meets(&sure, &self.must[*at])) {
                continue;
            }
            let start = within(&sure, choice.iter().map(|at| &self.must[*at]));
            match outside(start, &denied_perhaps) {
                SearchResult::Request(points) => {
                    outcome.exists = Truth::True;
                    let request = self.request(&points);
                    let is_new = !outcome.requests.iter().any(|known| known.request == request);
                    if is_new {
                        outcome.requests.push(FoundRequest { request, certain: true, allowed_by: choice.clone() });
                    }
                    if outcome.requests.len() == MOST_WITNESSES {
                        return outcome;
                    }
                }
                SearchResult::TooMuch => outcome.gave_up = true,
                SearchResult::Nothing => {}
            }
        }
        let is_exact = sure == perhaps && self.must == self.may;
        if outcome.exists == Truth::False && !is_exact {
            for choice in &choices {
                if choice.iter().all(|at| meets(&perhaps, &self.may[*at])) {
                    self.doubtful(choice, &perhaps, &denied_surely, filter, &mut outcome);
                }
                if outcome.exists == Truth::True {
                    break;
                }
            }
        }
        outcome.gave_up |= !self.axes.iter().all(|axis| axis.complete);
        if outcome.exists == Truth::False && outcome.gave_up {
            outcome.exists = Truth::Unknown;
        }
        if outcome.exists == Truth::True {
            outcome.requests.retain(|found| found.certain);
        }
        outcome
    }

    /// A request that may get through, as far as statement by statement and key by key can be told; seen as a whole,
    /// with all variables filled in, it often does or does not.
    fn doubtful(
        &self,
        choice: &[usize],
        within_: &[Bits],
        others: &[&Cuboid],
        filter: &Filter<'_>,
        outcome: &mut RequestsFound,
    ) {
        let mut put_aside: Vec<Cuboid> = Vec::new();
        for _ in 0..MOST_DOUBTFUL {
            let others: Vec<&Cuboid> = others.iter().copied().chain(&put_aside).collect();
            let start = within(within_, choice.iter().map(|at| &self.may[*at]));
            let points = match outside(start, &others) {
                SearchResult::Request(points) => points,
                SearchResult::Nothing => return,
                SearchResult::TooMuch => break,
            };
            let request = self.request(&points);
            let counts = self.axes.iter().zip(&points).map(|(axis, at)| filter(axis, &axis.points[*at]));
            let verdict = counts.fold(Truth::True, Truth::and).and(self.gets_through(&request, choice));
            // If a variable keeps the statement away, it does so whatever the rest of the request is.
            let is_kept_away =
                choice.iter().any(|at| request.matched_by(self.mentions.statements[*at]) == Truth::False);
            let only = |(axis, at): (&Axis, &usize)| {
                let counts = !is_kept_away || self.depends_on_variables(axis);
                counts.then(|| Bits::from_fn(axis.points.len(), |own| own == *at))
            };
            put_aside.push(self.axes.iter().zip(&points).map(only).collect());
            match verdict {
                Truth::True => {
                    outcome.exists = Truth::True;
                    outcome.requests.push(FoundRequest { request, certain: true, allowed_by: choice.to_vec() });
                    return;
                }
                Truth::Unknown => {
                    outcome.exists = Truth::Unknown;
                    if !outcome.requests.iter().any(|known| !known.certain) {
                        outcome.requests.push(FoundRequest { request, certain: false, allowed_by: choice.to_vec() });
                    }
                }
                // Another resource of the same class may be what the variable stands for.
                Truth::False => outcome.gave_up |= !self.is_beside_variables,
            }
        }
        outcome.gave_up = true;
    }

    /// Does what a variable stands for, or is compared with, lie on this axis?
    fn depends_on_variables(&self, axis: &Axis) -> bool {
        let is_variable = |key: &String| self.mentions.variables().any(|own| own == key);
        let has_one =
            |condition: &&KeyCondition| condition.operands().iter().any(super::condition::Operand::has_variables);
        axis.points.first().is_some_and(|point| point.target.is_some())
            || axis.keys.iter().any(|key| is_variable(key) || self.mentions.conditions(key).any(|one| has_one(&one)))
    }

    fn gets_through(&self, request: &AccessRequest, choice: &[usize]) -> Truth {
        let matched = |at: &usize| request.matched_by(self.mentions.statements[*at]);
        let denied = self.denies.iter().map(matched).fold(Truth::False, Truth::or);
        choice.iter().map(matched).fold(!denied, Truth::and)
    }

    /// The statements of which all must match, in every combination.
    fn choices(&self, goal: Goal) -> Vec<Vec<usize>> {
        if goal == Goal::NotDenied {
            return vec![Vec::new()];
        }
        self.grants.iter().fold(vec![Vec::new()], |so_far, group| {
            so_far
                .iter()
                .flat_map(|before| group.iter().map(move |at| before.iter().copied().chain([*at]).collect()))
                .collect()
        })
    }

    fn request(&self, points: &[usize]) -> AccessRequest {
        let mut request = AccessRequest {
            caller: Caller::Bearer,
            action: String::new(),
            resource: String::new(),
            context: BTreeMap::new(),
        };
        for (axis, at) in self.axes.iter().zip(points) {
            let point = &axis.points[*at];
            if let Some(caller) = &point.caller {
                request.caller = caller.clone();
            }
            if let Some((action, resource)) = &point.target {
                (request.action, request.resource) = (action.clone(), resource.clone());
            }
            for (key, values) in axis.keys.iter().zip(&point.values) {
                request.context.insert(key.clone(), values.clone());
            }
        }
        request
    }

    /// The words by which a reader finds the statement: `statement 2 ("AllowTeam")`, with its policy if there are
    /// several.
    pub(super) fn label(&self, at: usize) -> String {
        let label = self.mentions.statements[at].label();
        let several = self.origins.iter().any(|origin| *origin != (0, 0));
        match self.origins[at] {
            _ if !several => label,
            (0, policy) => format!("policy {}, {label}", policy + 1),
            (_, _) => format!("permissions boundary, {label}"),
        }
    }

    /// The reasons why no deny stops the request.
    pub(super) fn why_not_denied(&self, request: &AccessRequest) -> Vec<String> {
        let reason = |at: &usize| {
            let deny = self.mentions.statements[*at];
            let open = |_: &str| Filling::Open;
            let failing = |condition: &&KeyCondition| {
                let values = request.context.get(&condition.key).map_or(&[][..], Vec::as_slice);
                condition.holds(values, &open) != Truth::True
            };
            let because = if concerns_action(deny, &request.action.to_ascii_lowercase()) != Truth::True {
                "it is not about this action".to_owned()
            } else if concerns_resource(deny, &request.resource, &open) != Truth::True {
                beside("resource", deny.resources.as_ref(), Glob::skeleton)
            } else if concerns_caller(deny, &request.caller) != Truth::True {
                beside("caller", deny.principals.as_ref(), |one| one.name().to_owned())
            } else {
                let condition = deny.conditions.iter().find(failing)?;
                format!("its condition {} does not hold", condition.in_words())
            };
            Some(format!("{} does not deny it: {because}", self.label(*at)))
        };
        self.denies.iter().filter_map(reason).take(MOST_WITNESSES).collect()
    }

    /// The parts of the documents that this program cannot evaluate for sure.
    pub(super) fn doubts(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (at, statement) in self.mentions.statements.iter().enumerate() {
            for condition in &statement.conditions {
                let about = if condition.operator.test == Test::Unknown {
                    format!("the operator {} is not known", condition.name)
                } else if condition.compares_another_sort() {
                    format!("{} compares {} as another type than it has", condition.name, condition.key)
                } else if condition.operator.test != Test::Null
                    && condition.operands().iter().any(super::condition::Operand::is_broken)
                {
                    format!("a value of {} cannot be read", condition.in_words())
                } else if condition.operands().iter().any(super::condition::Operand::has_variables) {
                    format!("{} depends on another key of the request", condition.in_words())
                } else {
                    continue;
                };
                found.push(format!("{}: {about}", self.label(at)));
            }
        }
        found.dedup();
        found.truncate(MOST_WITNESSES);
        found
    }
}

/// The reason why a statement is not about the caller or the resource, with the first names of those that it is about.
fn beside<T>(what: &str, scope: Option<&Subset<T>>, name: impl Fn(&T) -> String) -> String {
    let names = |list: &[T]| {
        let more = if list.len() > 2 { " and more" } else { "" };
        format!("{}{more}", list.iter().take(2).map(&name).collect::<Vec<_>>().join(", "))
    };
    match scope {
        Some(Subset::Only(list)) => format!("it is only about {}", names(list)),
        Some(Subset::AllBut(list)) => format!("it leaves out {}", names(list)),
        None => format!("it is not about this {what}"),
    }
}

/// Does the service answer anonymous requests? Most answer only those that an AWS identity has signed.
fn takes_unsigned_requests(service: &str) -> bool {
    ["s3", "sqs", "sns", "es"].contains(&service)
}

fn within<'b>(start: &[Bits], cuboids: impl Iterator<Item = &'b Cuboid>) -> Vec<Bits> {
    cuboids.fold(start.to_vec(), |so_far, one| {
        so_far.iter().zip(one).map(|(own, other)| other.as_ref().map_or(own.clone(), |other| own.and(other))).collect()
    })
}

/// The statement on each axis: where it surely matches, and where it may.
fn cuboids_of(statement: &Statement, axes: &[Axis]) -> (Cuboid, Cuboid) {
    let side = |axis: &Axis| {
        let conditions: Vec<(&KeyCondition, usize)> = statement
            .conditions
            .iter()
            .filter_map(|one| axis.keys.iter().position(|key| *key == one.key).map(|at| (one, at)))
            .collect();
        if let Some(targets) = &axis.targets {
            return sides(&at_targets(statement, targets));
        }
        let is_plain = axis.points.first().is_none_or(|point| point.caller.is_none());
        if conditions.is_empty() && is_plain {
            return (None, None);
        }
        sides(&axis.points.iter().map(|point| at_point(statement, &conditions, point)).collect::<Vec<_>>())
    };
    axes.iter().map(side).unzip()
}

/// The points of an axis at which it surely matches, and those at which it may.
fn sides(truths: &[Truth]) -> (Option<Bits>, Option<Bits>) {
    if truths.iter().all(|truth| *truth == Truth::True) {
        return (None, None);
    }
    let must = Bits::from_fn(truths.len(), |at| truths[at] == Truth::True);
    let may = Bits::from_fn(truths.len(), |at| truths[at] != Truth::False);
    (Some(must), Some(may))
}

fn at_targets(statement: &Statement, targets: &Targets) -> Vec<Truth> {
    let open = |_: &str| Filling::Open;
    let actions: Vec<Truth> = targets.actions.iter().map(|action| concerns_action(statement, action)).collect();
    let resources: Vec<Truth> =
        targets.resources.iter().map(|resource| concerns_resource(statement, resource, &open)).collect();
    targets.pairs.iter().map(|(action, resource)| actions[*action].and(resources[*resource])).collect()
}

fn at_point(statement: &Statement, conditions: &[(&KeyCondition, usize)], point: &Point) -> Truth {
    let open = |_: &str| Filling::Open;
    let mut truth = Truth::True;
    if let Some(caller) = &point.caller {
        truth = truth.and(concerns_caller(statement, caller));
    }
    conditions.iter().fold(truth, |so_far, (condition, at)| {
        so_far.and(condition.holds(point.values.get(*at).map_or(&[], Vec::as_slice), &open))
    })
}
