//! Paths into answers, such as `Reservations.Instances` or `Attributes.Policy`: members of structures, elements of lists
//! and values of maps. A path through a list leads to all its elements. `.` is the value itself. Of several paths, written
//! `Value || DefaultValue`, the first counts that leads to something.

use std::fmt;

use serde_json::Value;

use crate::aws::wire::{Form, ModelShape};
use crate::source::suggest;

/// A path: the steps of each alternative. There is one at least.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path(Vec<Vec<String>>);

impl Default for Path {
    /// The value itself.
    fn default() -> Self {
        Self(vec![Vec::new()])
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written = |steps: &Vec<String>| if steps.is_empty() { ".".to_owned() } else { steps.join(".") };
        f.write_str(&self.0.iter().map(written).collect::<Vec<_>>().join(" || "))
    }
}

/// What a path leads to, by the model.
#[derive(Debug, Clone, Copy)]
pub(super) struct PathTarget<'m> {
    pub shape: ModelShape<'m>,
    /// The path goes through a list, so that it leads to a list of what stands at its end.
    pub is_list: bool,
}

impl<'m> PathTarget<'m> {
    /// One of what the path leads to.
    pub fn element(self) -> ModelShape<'m> {
        let mut shape = self.shape;
        while let Form::List(element) = shape.form() {
            shape = element;
        }
        shape
    }
}

impl Path {
    /// Reads a path as it is written.
    pub fn parse(text: &str) -> Self {
        let steps = |text: &str| match text.trim() {
            "." => Vec::new(),
            text => text.split('.').map(str::to_owned).collect(),
        };
        Self(text.split("||").map(steps).collect())
    }

    /// The name of its last step.
    pub fn last(&self) -> Option<&str> {
        self.0.first()?.last().map(String::as_str)
    }

    /// Follows the path through the model. All alternatives must lead to the same form.
    ///
    /// # Errors
    /// A message and a suggestion, if the model does not have it.
    pub fn target<'m>(&self, from: ModelShape<'m>) -> Result<PathTarget<'m>, (String, Option<String>)> {
        let mut targets = Vec::new();
        for steps in &self.0 {
            targets.push(target(from, steps)?);
        }
        let form = |at: &PathTarget<'m>| (std::mem::discriminant(&at.shape.form()), at.is_list);
        match targets.as_slice() {
            [first, others @ ..] if others.iter().all(|other| form(other) == form(first)) => Ok(*first),
            _ => Err((format!("the alternatives of `{self}` are of different types"), None)),
        }
    }

    /// What stands at the path; `None` where AWS left it out. Through a list: what stands at the path in each element.
    ///
    /// # Errors
    /// A reason, if an element of a list lacks what others have: a shorter list would be a wrong one.
    pub fn find(&self, value: &Value) -> Result<Option<Value>, String> {
        for steps in &self.0 {
            if let Some(found) = find(value, steps)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The elements that the path leads to: of a list that AWS left out there are none.
    pub fn elements(&self, value: &Value) -> Vec<Value> {
        let mut found = Vec::new();
        for steps in &self.0 {
            if found.is_empty() {
                elements(value, steps, &mut found);
            }
        }
        found
    }
}

fn target<'m>(from: ModelShape<'m>, steps: &[String]) -> Result<PathTarget<'m>, (String, Option<String>)> {
    let mut at = PathTarget { shape: from, is_list: false };
    for step in steps {
        while let Form::List(element) = at.shape.form() {
            at = PathTarget { shape: element, is_list: true };
        }
        at.shape = match at.shape.form() {
            Form::Map(value) => value,
            Form::Structure(_) => at.shape.member(step).ok_or_else(|| {
                let whole = at.shape.name().unwrap_or_default();
                let names = at.shape.member_names();
                (format!("{whole} has no member `{step}`"), suggest::help(step, names))
            })?,
            _ => return Err((format!("`{step}` would be a part of something that has none"), None)),
        };
    }
    Ok(at)
}

fn find(value: &Value, path: &[String]) -> Result<Option<Value>, String> {
    let Some((step, rest)) = path.split_first() else {
        return Ok(Some(value.clone()).filter(|value| !value.is_null()));
    };
    match value {
        Value::Array(list) => {
            let mut found = Vec::new();
            for element in list {
                match find(element, path)? {
                    Some(Value::Array(more)) => found.extend(more),
                    Some(one) => found.push(one),
                    None => return Err(format!("an element of the list has no {}", path.join("."))),
                }
            }
            Ok(Some(Value::Array(found)))
        }
        Value::Object(members) => members.get(step).map_or(Ok(None), |member| find(member, rest)),
        _ => Ok(None),
    }
}

fn elements(value: &Value, path: &[String], found: &mut Vec<Value>) {
    match (value, path.split_first()) {
        (Value::Array(list), _) => list.iter().for_each(|element| elements(element, path, found)),
        (Value::Null, None) => {}
        (one, None) => found.push(one.clone()),
        (Value::Object(members), Some((step, rest))) => {
            if let Some(member) = members.get(step) {
                elements(member, rest, found);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_through_lists_leads_to_all_elements() {
        let answer = json!({"Reservations": [{"Instances": [{"Id": 1}, {"Id": 2}]}, {"Instances": [{"Id": 3}]}, {}]});
        assert_eq!(Path::parse("Reservations.Instances").elements(&answer).len(), 3);
        let whole = json!({"Groups": [{"Id": "a"}, {"Id": "b"}], "Attributes": {"Policy": "{}"}});
        assert_eq!(Path::parse("Groups.Id").find(&whole), Ok(Some(json!(["a", "b"]))));
        assert_eq!(Path::parse("Attributes.Policy").find(&whole), Ok(Some(json!("{}"))));
        assert_eq!(Path::parse("Attributes.Other").find(&whole), Ok(None));
        assert_eq!(Path::parse(".").find(&json!("x")), Ok(Some(json!("x"))));
    }

    #[test]
    fn of_several_paths_the_first_counts_that_leads_to_something() {
        let path = Path::parse("Value || Default.Value");
        assert_eq!(path.find(&json!({"Value": 1, "Default": {"Value": 2}})), Ok(Some(json!(1))));
        assert_eq!(path.find(&json!({"Value": null, "Default": {"Value": 2}})), Ok(Some(json!(2))));
        assert_eq!(path.find(&json!({})), Ok(None));
        assert_eq!(path.to_string(), "Value || Default.Value");
    }

    #[test]
    fn a_list_is_never_shorter_than_what_aws_sent() {
        let broken = json!({"Groups": [{"Id": "a"}, {}]});
        assert_eq!(Path::parse("Groups.Id").find(&broken), Err("an element of the list has no Id".to_owned()));
    }
}
