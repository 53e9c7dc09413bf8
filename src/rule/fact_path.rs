//! Ways from a resource to the texts by which it names other resources: `KmsKeyId`, `Rules[].Destination.Bucket`.

use serde_json::Value;

use super::types::Type;
use crate::source::suggest;

/// A way through the facts of a kind, checked against its schema. It ends at texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FactPath {
    /// The way as it is written.
    pub text: Box<str>,
    steps: Box<[FactStep]>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum FactStep {
    Field {
        name: Box<str>,
        is_nullable: bool,
        /// The offset in the text at which this step ends.
        end: usize,
    },
    /// Every element of a list.
    Elements,
}

/// What a resource has at the end of a way.
#[derive(Debug, Default)]
pub(crate) struct FoundValues<'f> {
    pub scalars: Vec<&'f Value>,
    /// True if there may be a text that was not read.
    pub is_unread: bool,
}

/// A fault in the text of a way, with help.
pub(crate) type FactPathFault = (String, Option<String>);

impl FactPath {
    /// The way to one fact.
    pub fn of_fact(fact: &str) -> Self {
        let step = FactStep::Field { name: fact.into(), is_nullable: true, end: fact.len() };
        Self { text: fact.into(), steps: Box::new([step]) }
    }

    /// Reads a way and checks it against the facts of a kind.
    ///
    /// # Errors
    /// If the kind has no such way, or it does not end at texts.
    pub fn read(text: &str, kind: &Type) -> Result<Self, FactPathFault> {
        let (mut steps, mut end, mut at) = (Vec::new(), 0, kind.clone());
        for part in text.split('.') {
            let name = part.trim_end_matches("[]");
            let Type::Object(object) = at.not_null() else {
                let help = matches!(at.not_null(), Type::List(_)).then(|| format!("write `{}[]`", &text[..end]));
                return Err((format!("`{}` is {at} and has no `{}`", &text[..end], name.escape_debug()), help));
            };
            let Some(field) = object.fields.get(name) else {
                let help = suggest::help(name, object.fields.keys().map(String::as_str));
                return Err((format!("{} has no fact `{}`", object.name, name.escape_debug()), help));
            };
            let start = if end == 0 { 0 } else { end + 1 };
            steps.push(FactStep::Field {
                name: name.into(),
                is_nullable: field.admits_null(),
                end: start + name.len(),
            });
            at = field.clone();
            for _ in 0..(part.len() - name.len()) / 2 {
                let Type::List(inner) = at.not_null() else {
                    return Err((format!("`{name}` is {at}, not a list"), Some("leave `[]` out".to_owned())));
                };
                steps.push(FactStep::Elements);
                at = (*inner).clone();
            }
            end = start + part.len();
        }
        match at.not_null() {
            text_type if text_type.is_text() => Ok(Self { text: text.into(), steps: steps.into() }),
            Type::List(inner) if inner.is_text() => {
                Err((format!("`{text}` is a list"), Some(format!("write `{text}[]` for its elements"))))
            }
            other => Err((format!("`{text}` is {other}"), Some("resources name each other by texts".to_owned()))),
        }
    }

    /// The fact with which it begins.
    pub fn fact(&self) -> &str {
        match self.steps.first() {
            Some(FactStep::Field { name, .. }) => name,
            _ => "",
        }
    }

    /// Everything that stands at its end. A value that is no text leaves open what it should be.
    pub fn find<'f>(&self, facts: &'f Value) -> FoundValues<'f> {
        let mut found = FoundValues::default();
        found.walk(&self.steps, facts);
        found
    }

    /// Tells `note` what a condition reads that walks this way by hand: path, value, and whether more than "is it null?"
    /// was asked.
    pub fn reads<'f>(&self, facts: &'f Value, note: &mut dyn FnMut(&str, Option<&'f Value>, bool)) {
        let mut at = facts;
        for (position, step) in self.steps.iter().enumerate() {
            let FactStep::Field { name, is_nullable, end } = step else {
                return self.absent_parts(&self.steps[position..], at, &self.text[..self.list_end(position)], note);
            };
            let path = &self.text[..*end];
            let is_last = !matches!(self.steps.get(position + 1), Some(FactStep::Field { .. }));
            match at.get(&**name) {
                None => return note(path, None, true),
                Some(Value::Null) if !is_last => return note(path, Some(&Value::Null), !is_nullable),
                Some(value) => {
                    if is_last || *is_nullable {
                        note(path, Some(value), is_last);
                    }
                    at = value;
                }
            }
        }
    }

    /// The offset at which the name of the list ends whose elements the step takes.
    fn list_end(&self, position: usize) -> usize {
        let before = self.steps[..position].iter().rev();
        before
            .filter_map(|step| if let FactStep::Field { end, .. } = step { Some(*end) } else { None })
            .next()
            .unwrap_or(0)
    }

    /// Inside of a list, which was noted as a whole, only what is absent is worth a note.
    fn absent_parts<'f>(
        &self,
        steps: &[FactStep],
        at: &'f Value,
        path: &str,
        note: &mut dyn FnMut(&str, Option<&'f Value>, bool),
    ) {
        match (steps.split_first(), at) {
            (Some((FactStep::Elements, rest)), Value::Array(list)) => {
                for (position, element) in list.iter().enumerate() {
                    self.absent_parts(rest, element, &format!("{path}[{position}]"), note);
                }
            }
            (Some((FactStep::Field { name, .. }, rest)), Value::Object(fields)) => {
                let path = format!("{path}.{name}");
                match fields.get(&**name) {
                    Some(value) => self.absent_parts(rest, value, &path, note),
                    None => note(&path, None, true),
                }
            }
            _ => {}
        }
    }
}

impl<'f> FoundValues<'f> {
    fn walk(&mut self, steps: &[FactStep], at: &'f Value) {
        match (steps.split_first(), at) {
            (None, Value::Null) => {}
            (None, Value::Array(_) | Value::Object(_)) => self.is_unread = true,
            (None, scalar) => {
                self.scalars.push(scalar);
                self.is_unread |= !scalar.is_string();
            }
            (Some((FactStep::Field { name, is_nullable, .. }, rest)), Value::Object(fields)) => {
                match fields.get(&**name) {
                    Some(Value::Null) if *is_nullable => {}
                    Some(value) => self.walk(rest, value),
                    None => self.is_unread = true,
                }
            }
            (Some((FactStep::Elements, rest)), Value::Array(list)) => {
                list.iter().for_each(|element| self.walk(rest, element));
            }
            // A null element of a list stands for nothing.
            (Some(_), Value::Null) => {}
            (Some(_), _) => self.is_unread = true,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rule::condition::tests::kinds;

    fn read(text: &str) -> Result<FactPath, FactPathFault> {
        let kinds = kinds();
        FactPath::read(text, &Type::of_kind(kinds.get("AWS::Test::Thing").unwrap()))
    }

    #[test]
    fn a_way_is_checked_against_the_schema() {
        for good in ["Name", "Mode", "Names[]", "Rules[].Status", "Nested.Inner.Deep", "MaybeRules[].Status"] {
            assert_eq!(&*read(good).unwrap().text, good);
        }
        for (bad, message, help) in [
            ("Nmae", "AWS::Test::Thing has no fact `Nmae`", "did you mean `Name`?"),
            ("Count", "`Count` is int", "resources name each other by texts"),
            ("Names", "`Names` is a list", "write `Names[]` for its elements"),
            ("Rules.Status", "`Rules` is list of object (Rules) and has no `Status`", "write `Rules[]`"),
            ("Name[]", "`Name` is string, not a list", "leave `[]` out"),
        ] {
            assert_eq!(read(bad).unwrap_err(), (message.to_owned(), Some(help.to_owned())), "{bad}");
        }
    }

    #[test]
    fn what_is_null_names_nothing_and_what_is_absent_is_unread() {
        let found = |path: &str, facts: Value| {
            let path = read(path).unwrap();
            let found = path.find(&facts);
            (found.scalars.iter().map(|text| text.to_string()).collect::<Vec<_>>(), found.is_unread)
        };
        assert_eq!(found("Mode", json!({"Mode": null})), (vec![], false));
        assert_eq!(found("Mode", json!({})), (vec![], true));
        assert_eq!(found("Name", json!({"Name": null})), (vec![], false));
        assert_eq!(found("Nested.Inner.Deep", json!({"Nested": {"Inner": null}})), (vec![], false));
        assert_eq!(found("Nested.Inner.Deep", json!({"Nested": {}})), (vec![], true));
        let rules = json!({"Rules": [{"Status": "a"}, {}, {"Status": "b"}]});
        assert_eq!(found("Rules[].Status", rules), (vec!["\"a\"".to_owned(), "\"b\"".to_owned()], true));
        assert_eq!(found("Name", json!({"Name": 1})), (vec!["1".to_owned()], true), "a number is no text");
    }

    #[test]
    fn its_reads_are_those_of_a_condition() {
        let reads = |path: &str, facts: Value| {
            let mut reads = Vec::new();
            read(path).unwrap().reads(&facts, &mut |path, value, is_whole| {
                reads.push(format!("{path} {} {is_whole}", value.map_or("-".to_owned(), Value::to_string)));
            });
            reads
        };
        let facts = json!({"Nested": {"Inner": {"Deep": "x"}}});
        assert_eq!(
            reads("Nested.Inner.Deep", facts),
            [
                "Nested {\"Inner\":{\"Deep\":\"x\"}} false",
                "Nested.Inner {\"Deep\":\"x\"} false",
                "Nested.Inner.Deep \"x\" true"
            ]
        );
        assert_eq!(reads("Nested.Inner.Deep", json!({"Nested": null})), ["Nested null false"]);
        assert_eq!(reads("Nested.Inner.Deep", json!({})), ["Nested - true"]);
        let rules = json!({"Rules": [{"Status": "a"}, {}]});
        assert_eq!(reads("Rules[].Status", rules), ["Rules [{\"Status\":\"a\"},{}] true", "Rules[1].Status - true"]);
    }
}
