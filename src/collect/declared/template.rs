//! Texts with references, such as `arn:${partition}:ds:${region}:${account}:directory/${DirectoryId}`.
//!
//! A reference is a path in the resource's item of the list, a fact that an earlier call gave, `parent.` and a path in the
//! item of the resource that holds it, or one of `account`, `partition`, `region`, `id`, `parent.id`. A text that is one
//! reference has the referred value with its type; any other text has all its values written in.

use std::fmt;

use serde_json::{Map, Value};

use super::path::Path;

/// A value of a request, or an identifier, before its references are resolved.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Template {
    /// A value without references.
    Plain(Value),
    /// One reference.
    One(TemplateReference),
    /// Text with references in it.
    Text(Vec<Piece>),
    /// A list of such values.
    List(Vec<Template>),
    /// Named values.
    Object(Vec<(String, Template)>),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Piece {
    Words(String),
    Reference(TemplateReference),
}

/// What a reference names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TemplateReference {
    Account,
    Partition,
    Region,
    Id,
    ParentId,
    /// A path in the item, or a fact.
    Own(Path, String),
    /// A path in the parent's item.
    Parent(Path, String),
}

/// What references are resolved with.
#[derive(Debug, Clone, Copy)]
pub(super) struct TemplateScope<'v> {
    pub account: &'v str,
    pub partition: &'v str,
    pub region: &'v str,
    pub id: &'v str,
    /// The resource's item of its list.
    pub item: &'v Value,
    /// What calls have told of it.
    pub facts: &'v Map<String, Value>,
    /// Identifier and item of the resource that holds it.
    pub parent: Option<(&'v str, &'v Value)>,
}

impl<'v> TemplateScope<'v> {
    /// The same, of another item.
    pub fn with_item(self, item: &'v Value) -> Self {
        Self { item, ..self }
    }

    /// An item of the account 111122223333 in eu-west-1.
    #[cfg(test)]
    pub fn of(item: &'v Value) -> Self {
        static NO_FACTS: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
        let (account, region) = ("111122223333", "eu-west-1");
        Self { account, partition: "aws", region, id: "", item, facts: &NO_FACTS, parent: None }
    }
}

impl Template {
    /// Reads a value as it is written.
    ///
    /// # Errors
    /// A message, if a reference does not end.
    pub fn parse(value: &Value) -> Result<Self, String> {
        match value {
            Value::String(text) if text.contains("${") => Self::parse_text(text),
            Value::Array(list) => list.iter().map(Self::parse).collect::<Result<_, _>>().map(Self::List),
            Value::Object(members) => {
                let parsed = members.iter().map(|(name, value)| Ok((name.clone(), Self::parse(value)?)));
                parsed.collect::<Result<_, String>>().map(Self::Object)
            }
            plain => Ok(Self::Plain(plain.clone())),
        }
    }

    /// Reads an identifier: a path, or a text with references.
    ///
    /// # Errors
    /// A message, if a reference does not end.
    pub fn identifier(text: &str) -> Result<Self, String> {
        if text.contains("${") {
            Self::parse_text(text)
        } else {
            Ok(Self::One(TemplateReference::Own(Path::parse(text), text.to_owned())))
        }
    }

    fn parse_text(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after.split_once('}').ok_or_else(|| "a reference has no `}`".to_owned())?;
            if !before.is_empty() {
                pieces.push(Piece::Words(before.to_owned()));
            }
            pieces.push(Piece::Reference(TemplateReference::parse(name)));
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Words(rest.to_owned()));
        }
        Ok(match pieces.as_slice() {
            [Piece::Reference(one)] => Self::One(one.clone()),
            _ => Self::Text(pieces),
        })
    }

    /// The value with its references resolved; `None` where one leads to nothing.
    pub fn resolve(&self, scope: &TemplateScope<'_>) -> Option<Value> {
        match self {
            Self::Plain(value) => Some(value.clone()),
            Self::One(reference) => reference.resolve(scope),
            Self::Text(pieces) => {
                let mut text = String::new();
                for piece in pieces {
                    match piece {
                        Piece::Words(words) => text.push_str(words),
                        Piece::Reference(reference) => text.push_str(&in_text(&reference.resolve(scope)?)?),
                    }
                }
                Some(Value::String(text))
            }
            Self::List(list) => list.iter().map(|one| one.resolve(scope)).collect::<Option<_>>().map(Value::Array),
            Self::Object(members) => {
                let resolved = members.iter().map(|(name, value)| Some((name.clone(), value.resolve(scope)?)));
                resolved.collect::<Option<_>>().map(Value::Object)
            }
        }
    }

    /// The resolved value as text that is not empty.
    pub fn text(&self, scope: &TemplateScope<'_>) -> Option<String> {
        self.resolve(scope).as_ref().and_then(in_text).filter(|text| !text.is_empty())
    }

    /// Whether it is the value at that path of the item, and nothing else.
    pub fn is_path(&self, path: &Path) -> bool {
        matches!(self, Self::One(TemplateReference::Own(own, _)) if own == path)
    }

    /// Every reference in it.
    pub fn references(&self) -> Vec<&TemplateReference> {
        match self {
            Self::Plain(_) => Vec::new(),
            Self::One(reference) => vec![reference],
            Self::Text(pieces) => {
                let references = pieces.iter().filter_map(|piece| match piece {
                    Piece::Reference(reference) => Some(reference),
                    Piece::Words(_) => None,
                });
                references.collect()
            }
            Self::List(list) => list.iter().flat_map(Self::references).collect(),
            Self::Object(members) => members.iter().flat_map(|(_, value)| value.references()).collect(),
        }
    }
}

fn in_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

impl fmt::Display for Template {
    /// The names of what it refers to, for messages.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |reference: &&TemplateReference| match reference {
            TemplateReference::Own(_, name) | TemplateReference::Parent(_, name) => name.clone(),
            TemplateReference::Account => "account".to_owned(),
            TemplateReference::Partition => "partition".to_owned(),
            TemplateReference::Region => "region".to_owned(),
            TemplateReference::Id => "id".to_owned(),
            TemplateReference::ParentId => "parent.id".to_owned(),
        };
        f.write_str(&self.references().iter().map(name).collect::<Vec<_>>().join(", "))
    }
}

impl TemplateReference {
    pub fn parse(name: &str) -> Self {
        match name.strip_prefix("parent.") {
            Some("id") => Self::ParentId,
            Some(path) => Self::Parent(Path::parse(path), path.to_owned()),
            None => match name {
                "account" => Self::Account,
                "partition" => Self::Partition,
                "region" => Self::Region,
                "id" => Self::Id,
                path => Self::Own(Path::parse(path), path.to_owned()),
            },
        }
    }

    pub fn resolve(&self, scope: &TemplateScope<'_>) -> Option<Value> {
        let text = |text: &str| Some(Value::String(text.to_owned()));
        match self {
            Self::Account => text(scope.account),
            Self::Partition => text(scope.partition),
            Self::Region => text(scope.region),
            Self::Id => text(scope.id),
            Self::ParentId => text(scope.parent?.0),
            Self::Own(path, name) => {
                let own = path.find(scope.item).ok().flatten();
                own.or_else(|| scope.facts.get(name).filter(|fact| !fact.is_null()).cloned())
            }
            Self::Parent(path, _) => path.find(scope.parent?.1).ok().flatten(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn references_lead_to_values_of_their_own_type() {
        let (item, parent) = (json!({"Id": "d-1", "Count": 3}), json!({"Name": "n"}));
        let scope = TemplateScope { id: "x", parent: Some(("p", &parent)), ..TemplateScope::of(&item) };
        let value = |text: &str| Template::parse(&json!(text)).unwrap().resolve(&scope);
        assert_eq!(value("${Count}"), Some(json!(3)));
        assert_eq!(
            value("arn:${partition}:ds:${region}:${account}:d/${Id}"),
            Some(json!("arn:aws:ds:eu-west-1:111122223333:d/d-1"))
        );
        assert_eq!(value("${parent.id}/${parent.Name}/${Count}"), Some(json!("p/n/3")));
        assert_eq!(value("${Other}"), None, "what AWS left out makes no request");
        assert_eq!(value("plain"), Some(json!("plain")));
        assert!(Template::parse(&json!("${x")).is_err());
        assert_eq!(Template::identifier("Id").unwrap().text(&scope).as_deref(), Some("d-1"));
    }
}
