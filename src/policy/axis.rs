//! An axis: one part of a request that can be chosen by itself, and the choices there are.

use std::collections::HashMap;

use super::request::Caller;

/// Beyond this many points an axis is cut, and known to be incomplete.
pub(super) const MOST_POINTS: usize = 4096;

/// One part of a request.
#[derive(Debug, Clone)]
pub(super) struct Axis {
    /// The condition keys that the points give values to.
    pub keys: Vec<String>,
    pub points: Vec<Point>,
    /// The actions and resources that the points are made of, if they are made of these.
    pub targets: Option<Targets>,
    /// True if every class of requests has its point.
    pub complete: bool,
}

/// Actions on resources, each of either once.
#[derive(Debug, Clone, Default)]
pub(super) struct Targets {
    /// In lower case.
    pub actions: Vec<String>,
    pub resources: Vec<String>,
    /// For each point, the indices of its action and its resource.
    pub pairs: Vec<(usize, usize)>,
}

/// One choice on an axis.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Point {
    pub caller: Option<Caller>,
    /// Action and resource.
    pub target: Option<(String, String)>,
    /// The values of the axis's keys, in their order; an empty list where the request lacks the key.
    pub values: Vec<Vec<String>>,
}

impl Point {
    pub(super) fn of_key(values: Vec<String>) -> Self {
        Self { values: vec![values], ..Self::default() }
    }
}

impl Axis {
    /// The axis of points that give values to keys.
    pub(super) fn of_keys(keys: &[&str], points: Vec<Point>, complete: bool) -> Self {
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        Self { keys, points, targets: None, complete }.cut()
    }

    /// The axis of actions on resources.
    pub(super) fn of_targets(pairs: impl IntoIterator<Item = (String, String)>, complete: bool) -> Self {
        let mut targets = Targets::default();
        let mut points = Vec::new();
        let (mut actions, mut resources) = (HashMap::new(), HashMap::new());
        for (action, resource) in pairs.into_iter().take(MOST_POINTS + 1) {
            let action_at = *actions.entry(action.to_ascii_lowercase()).or_insert_with_key(|lower| {
                targets.actions.push(lower.clone());
                targets.actions.len() - 1
            });
            let resource_at = *resources.entry(resource.clone()).or_insert_with_key(|resource| {
                targets.resources.push(resource.clone());
                targets.resources.len() - 1
            });
            targets.pairs.push((action_at, resource_at));
            points.push(Point { target: Some((action, resource)), ..Point::default() });
        }
        let mut axis = Self { keys: Vec::new(), points, targets: None, complete }.cut();
        targets.pairs.truncate(axis.points.len());
        axis.targets = Some(targets);
        axis
    }

    pub(super) fn value<'p>(&self, point: &'p Point, key: &str) -> Option<&'p [String]> {
        let at = self.keys.iter().position(|own| own == key)?;
        point.values.get(at).map(Vec::as_slice)
    }

    fn cut(mut self) -> Self {
        if self.points.len() > MOST_POINTS {
            self.points.truncate(MOST_POINTS);
            self.complete = false;
        }
        self
    }
}
