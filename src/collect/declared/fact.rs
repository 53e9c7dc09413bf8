//! Facts of data: what a declaration makes of an answer, and which type rules see.
//!
//! This is where a missing member gets its meaning. AWS answered and left it out: null, of a list an empty list, unless the
//! declaration names AWS's documented default, or says that nothing can be concluded, or that AWS always answers it.

use serde_json::{Map, Value, json};

use super::condition::Condition;
use super::convert::{conversion_schema, convert};
use super::fact_text::Conversion;
use super::path::Path;
use super::template::{Template, TemplateScope as References};
use crate::aws::wire::{Form, ModelShape};

/// One fact, checked against the model.
#[derive(Debug)]
pub(super) struct FactSpec {
    pub name: &'static str,
    pub from: FactOrigin,
    pub about: Option<String>,
    pub form: FactForm,
    /// The value is a list of what the form says.
    pub is_list: bool,
    /// The elements of a list that are kept: those for which these hold.
    pub when: Vec<Condition>,
    /// By what a list is sorted.
    pub sorted_by: Option<Path>,
    pub absent: Absent,
}

/// Where a fact comes from.
#[derive(Debug)]
pub(super) enum FactOrigin {
    /// It stands in the answer.
    Path(Path),
    /// It is made of what stands there.
    Made(Template),
}

/// What a value becomes.
#[derive(Debug)]
pub(super) enum FactForm {
    /// What the model says, with all its members.
    Whole(ModelShape<'static>),
    /// An object of these members.
    Members(Vec<FactSpec>),
    /// Something that the model's type does not say.
    Converted(Conversion),
    /// Text that the page makes.
    Text,
}

/// What it means that AWS left the fact out.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Absent {
    Null,
    EmptyList,
    Default(Value),
    Unknown,
    Malformed,
}

impl FactSpec {
    /// The fact's value in an answer; `None` where nothing can be concluded. References resolve in the answer and where it
    /// was given.
    ///
    /// # Errors
    /// Why the answer cannot be understood.
    pub fn read(&self, answer: &Value, references: References<'_>) -> Result<Option<Value>, String> {
        let found = match &self.from {
            FactOrigin::Path(path) => path.find(answer)?,
            FactOrigin::Made(template) => template.text(&references.with_item(answer)).map(Value::String),
        };
        match found {
            Some(Value::Array(list)) if self.is_list => self.list(list, references).map(Some),
            Some(_) if self.is_list => Err("it is no list".to_owned()),
            Some(value) if !self.form.is_blank(&value) => self.form.one(value, references).map(Some),
            Some(_) | None => self.left_out(),
        }
    }

    fn list(&self, list: Vec<Value>, references: References<'_>) -> Result<Value, String> {
        let mut kept = Vec::new();
        for one in list {
            let own = references.with_item(&one);
            // What lacks the member that decides might be what is asked for: a shorter list would be a wrong one.
            if let Some(open) = self.when.iter().find(|condition| condition.is_open(&own)) {
                return Err(format!("an element of the list has no {}", open.of));
            }
            if self.when.iter().all(|condition| condition.holds(&own)) {
                kept.push(one);
            }
        }
        if let Some(path) = &self.sorted_by {
            kept.sort_by_cached_key(|one| path.find(one).ok().flatten().map(|key| key.to_string()));
        }
        kept.into_iter().map(|one| self.form.one(one, references)).collect::<Result<_, _>>().map(Value::Array)
    }

    /// Whether AWS always answers it.
    pub fn is_owed(&self) -> bool {
        self.absent == Absent::Malformed
    }

    /// Whether it is what stands at that path and nothing else.
    pub fn is_at(&self, template: &Template) -> bool {
        matches!(&self.from, FactOrigin::Path(path) if template.is_path(path))
    }

    /// The fact's value where the service says that nothing is configured, or where it was not to be asked for.
    pub fn of_nothing(&self) -> Option<Value> {
        match &self.absent {
            Absent::EmptyList => Some(json!([])),
            _ => Some(Value::Null),
        }
    }

    fn left_out(&self) -> Result<Option<Value>, String> {
        match &self.absent {
            Absent::Null => Ok(Some(Value::Null)),
            Absent::EmptyList => Ok(Some(json!([]))),
            Absent::Default(value) => Ok(Some(value.clone())),
            Absent::Unknown => Ok(None),
            Absent::Malformed => Err("missing".to_owned()),
        }
    }

    /// The JSON Schema of its values.
    pub fn schema(&self, can_be_nothing: bool) -> Value {
        let one = self.form.schema();
        let mut schema = if self.is_list { json!({"type": "array", "items": one}) } else { one };
        let is_nullable = match self.absent {
            Absent::Null => true,
            Absent::EmptyList => false,
            Absent::Default(_) | Absent::Unknown | Absent::Malformed => can_be_nothing && !self.is_list,
        };
        if is_nullable {
            schema = nullable(schema);
        }
        if let (Some(about), Some(members)) = (&self.about, schema.as_object_mut()) {
            members.insert("description".to_owned(), about.as_str().into());
        }
        schema
    }
}

impl FactForm {
    /// A document that AWS gives as an empty text is none.
    fn is_blank(&self, value: &Value) -> bool {
        let is_document = matches!(self, Self::Converted(Conversion::Policy | Conversion::Json));
        is_document && value.as_str().is_some_and(|text| text.trim().is_empty())
    }

    fn one(&self, value: Value, references: References<'_>) -> Result<Value, String> {
        match self {
            Self::Whole(shape) => Ok(whole(*shape, Some(value))),
            Self::Members(members) => {
                let mut object = Map::new();
                for member in members {
                    let found = member.read(&value, references).map_err(|why| format!("{}: {why}", member.name))?;
                    if let Some(found) = found {
                        object.insert(member.name.to_owned(), found);
                    }
                }
                Ok(Value::Object(object))
            }
            Self::Converted(conversion) => convert(*conversion, &value),
            Self::Text => Ok(value),
        }
    }

    fn schema(&self) -> Value {
        match self {
            Self::Whole(shape) => shape_schema(*shape, &mut Vec::new()),
            Self::Members(members) => {
                let properties = members.iter().map(|member| (member.name.to_owned(), member.schema(false)));
                json!({"type": "object", "properties": Map::from_iter(properties)})
            }
            Self::Converted(conversion) => conversion_schema(*conversion),
            Self::Text => json!({"type": "string"}),
        }
    }
}

/// A value with what AWS left out of it.
fn whole(shape: ModelShape<'_>, value: Option<Value>) -> Value {
    match (shape.form(), value) {
        (Form::List(_), None | Some(Value::Null)) => json!([]),
        (_, None) => Value::Null,
        (Form::List(element), Some(Value::Array(list))) => {
            list.into_iter().map(|one| whole(element, Some(one))).collect()
        }
        (Form::Map(held), Some(Value::Object(map))) => {
            map.into_iter().map(|(key, value)| (key, whole(held, Some(value)))).collect()
        }
        (Form::Structure(members), Some(Value::Object(mut object))) => {
            let known = members.into_iter();
            known.map(|(name, member)| (capitalized(name), whole(member, object.remove(name)))).collect()
        }
        (_, Some(value)) => value,
    }
}

/// CloudFormation's names begin with a capital letter; those of many APIs do not.
pub(super) fn capitalized(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The schema of a shape. A shape that holds itself says nothing of what lies below.
fn shape_schema(shape: ModelShape<'_>, above: &mut Vec<String>) -> Value {
    let name = shape.name().map(str::to_owned);
    if let Some(name) = &name {
        if above.contains(name) {
            return json!({});
        }
        above.push(name.clone());
    }
    let schema = match shape.form() {
        Form::Text([]) | Form::Bytes => json!({"type": "string"}),
        // AWS adds values without notice, so that they are examples and no bounds.
        Form::Text(values) => json!({"type": "string", "examples": values}),
        Form::Bool => json!({"type": "boolean"}),
        Form::Integer => json!({"type": "integer"}),
        Form::Number => json!({"type": "number"}),
        Form::Moment => json!({"type": "string", "format": "date-time"}),
        Form::List(element) => json!({"type": "array", "items": shape_schema(element, above)}),
        Form::Map(value) => json!({"type": "object", "additionalProperties": shape_schema(value, above)}),
        Form::Document => json!({}),
        Form::Structure(members) => {
            let property = |(name, member): (&str, ModelShape<'_>)| {
                let schema = shape_schema(member, above);
                let schema = if matches!(member.form(), Form::List(_)) { schema } else { nullable(schema) };
                (capitalized(name), schema)
            };
            json!({"type": "object", "properties": Map::from_iter(members.into_iter().map(property))})
        }
    };
    if name.is_some() {
        above.pop();
    }
    schema
}

fn nullable(schema: Value) -> Value {
    match schema.get("type") {
        None => schema,
        Some(Value::String(word)) if word != "object" && word != "array" => {
            let mut nullable = schema.clone();
            nullable["type"] = json!([word, "null"]);
            nullable
        }
        _ => json!({"anyOf": [schema, {"type": "null"}]}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(name: &'static str, form: FactForm, absent: Absent) -> FactSpec {
        let from = FactOrigin::Path(Path::parse(name));
        FactSpec { name, from, about: None, form, is_list: false, when: Vec::new(), sorted_by: None, absent }
    }

    /// The groups of a database: some of them, with an ARN that is made of the name.
    fn groups() -> FactSpec {
        let made =
            FactOrigin::Made(Template::identifier("arn:${partition}:rds:${region}:${account}:pg:${Name}").unwrap());
        let arn = FactSpec { from: made, ..fact("Arn", FactForm::Text, Absent::Malformed) };
        let members = vec![fact("Name", FactForm::Text, Absent::Malformed), arn];
        let kept = serde_json::from_value(json!({"not": ["default"]})).unwrap();
        let when = Condition { of: Template::identifier("Name").unwrap(), holds: kept, leaves_unknown: false };
        let list = fact("Groups", FactForm::Members(members), Absent::EmptyList);
        FactSpec { is_list: true, when: vec![when], sorted_by: Some(Path::parse("Name")), ..list }
    }

    #[test]
    fn of_a_list_only_some_elements_are_kept_in_order_and_none_without_its_name_is_dropped() {
        let read = |answer: Value| groups().read(&answer, References::of(&Value::Null));
        let arn = |name: &str| format!("arn:aws:rds:eu-west-1:111122223333:pg:{name}");
        assert_eq!(
            read(json!({"Groups": [{"Name": "b"}, {"Name": "default"}, {"Name": "a"}]})),
            Ok(Some(json!([{"Name": "a", "Arn": arn("a")}, {"Name": "b", "Arn": arn("b")}])))
        );
        assert_eq!(read(json!({})), Ok(Some(json!([]))));
        assert_eq!(read(json!({"Groups": [{}]})), Err("an element of the list has no Name".to_owned()));
        let all = FactSpec { when: Vec::new(), ..groups() };
        let lacking = all.read(&json!({"Groups": [{}]}), References::of(&Value::Null));
        assert_eq!(lacking, Err("Name: missing".to_owned()));
    }

    #[test]
    fn a_document_that_is_an_empty_text_is_none() {
        let policy = |absent| fact("Policy", FactForm::Converted(Conversion::Policy), absent);
        let (empty, references) = (json!({"Policy": ""}), References::of(&Value::Null));
        assert_eq!(policy(Absent::Null).read(&empty, references), Ok(Some(Value::Null)));
        assert!(policy(Absent::Malformed).read(&empty, references).is_err());
    }
}
