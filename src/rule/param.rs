//! Parameters of rules: what their author leaves to the user's decision, with types and defaults.

use std::collections::BTreeMap;

use crate::model::Arn;
use serde::Deserialize;
use serde_json::Value;
use serde_saphyr::{Location, Spanned};

/// The type of a parameter's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ParamType {
    /// A whole number.
    Int,
    /// A number, whole or not.
    Number,
    /// A text.
    String,
    /// `true` or `false`.
    Bool,
    /// A list of texts.
    List,
}

impl ParamType {
    /// The word as it is written in rules.
    pub fn as_str(self) -> &'static str {
        match self {
            ParamType::Int => "int",
            ParamType::Number => "number",
            ParamType::String => "string",
            ParamType::Bool => "bool",
            ParamType::List => "list",
        }
    }

    /// The type in words, to follow "expected".
    pub fn in_words(self) -> &'static str {
        match self {
            ParamType::Int => "a whole number",
            ParamType::Number => "a number",
            ParamType::String => "a text",
            ParamType::Bool => "true or false",
            ParamType::List => "a list of texts",
        }
    }

    /// Says whether a parameter of this type may have that value.
    pub fn admits(self, value: &Value) -> bool {
        match self {
            ParamType::Int => value.is_i64(),
            ParamType::Number => value.is_number(),
            ParamType::String => value.is_string(),
            ParamType::Bool => value.is_boolean(),
            ParamType::List => value.as_array().is_some_and(|items| items.iter().all(Value::is_string)),
        }
    }
}

/// The form that a text, or every entry of a list, must have. A text of that form may still name something that AWS
/// does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TextFormat {
    /// The id of an account, or of an organization.
    AccountOrOrganization,
    /// An ARN, written out.
    Arn,
    /// A region's name.
    Region,
    /// The key of a tag.
    TagKey,
    /// A service and a type of resource as ARNs have them, such as `dynamodb:table`.
    ResourceType,
    /// An action of IAM, such as `s3:GetObject`.
    Action,
    /// A word as AWS's APIs have it: letters, digits and a few signs, no spaces and no wildcards.
    Word,
}

impl TextFormat {
    /// The word as it is written in rules.
    pub fn as_str(self) -> &'static str {
        match self {
            TextFormat::AccountOrOrganization => "account-or-organization",
            TextFormat::Arn => "arn",
            TextFormat::Region => "region",
            TextFormat::TagKey => "tag-key",
            TextFormat::ResourceType => "resource-type",
            TextFormat::Action => "action",
            TextFormat::Word => "word",
        }
    }

    /// The form in words, to follow "expected".
    pub fn in_words(self) -> &'static str {
        match self {
            TextFormat::AccountOrOrganization => "an account id (twelve digits) or an organization id (o-...)",
            TextFormat::Arn => "an ARN without wildcards",
            TextFormat::Region => "a region such as us-east-1",
            TextFormat::TagKey => "the key of a tag, of at most 128 characters",
            TextFormat::ResourceType => "a service and a type of resource such as dynamodb:table",
            TextFormat::Action => "an action of IAM such as s3:GetObject",
            TextFormat::Word => "a word of letters, digits and `-`, `_`, `.`, `+`, `=`, `@`, `,`",
        }
    }

    fn admits(self, text: &str) -> bool {
        let is_small = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        };
        match self {
            TextFormat::AccountOrOrganization => is_account(text) || is_organization(text),
            TextFormat::Arn => {
                Arn::parse(text).is_some_and(|arn| !arn.resource.is_empty()) && !text.contains(['*', '?'])
            }
            TextFormat::Region => {
                is_small(text)
                    && text.rsplit_once('-').is_some_and(|(words, n)| {
                        words.contains('-') && !n.is_empty() && n.bytes().all(|byte| byte.is_ascii_digit())
                    })
            }
            TextFormat::TagKey => text.chars().count() <= 128,
            TextFormat::ResourceType => {
                text.split_once(':').is_some_and(|(service, kind)| is_small(service) && !kind.contains(['*', '?', ':']))
            }
            TextFormat::Action => text.split_once(':').is_some_and(|(service, action)| {
                is_small(service) && !action.is_empty() && action.bytes().all(|byte| byte.is_ascii_alphanumeric())
            }),
            TextFormat::Word => {
                text.chars().all(|c| c.is_ascii_alphanumeric() || ['-', '_', '.', '+', '=', '@', ','].contains(&c))
            }
        }
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_organization(text: &str) -> bool {
    text.strip_prefix("o-").is_some_and(|rest| {
        (10..=32).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    })
}

/// The most entries of a list, and the most characters of a text.
const MOST_ENTRIES: f64 = 1_000.0;
const MOST_CHARACTERS: usize = 512;

/// The limits of a parameter's values beyond their type.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Bounds {
    /// The least number, or the fewest entries of a list.
    pub min: Option<f64>,
    /// The greatest number, or the most entries of a list.
    pub max: Option<f64>,
    /// The only texts that mean something.
    pub one_of: Vec<String>,
    /// The form of a text, or of every entry of a list.
    pub format: Option<TextFormat>,
}

impl Bounds {
    /// The bounds in words, such as "1 to 365"; nothing if there are none.
    pub fn in_words(&self, value_type: ParamType) -> String {
        let number = match (self.min, self.max) {
            (Some(min), Some(max)) => Some(format!("{min} to {max}")),
            (Some(min), None) => Some(format!("at least {min}")),
            (None, Some(max)) => Some(format!("at most {max}")),
            (None, None) => None,
        };
        let number = number.map(|number| match value_type {
            ParamType::List => format!("{number} {}", if number.ends_with(" 1") { "entry" } else { "entries" }),
            _ => number,
        });
        let words = (!self.one_of.is_empty()).then(|| format!("of {}", self.one_of.join(", ")));
        let format = self.format.map(|format| match value_type {
            ParamType::List => format!("each {}", format.in_words()),
            _ => format.in_words().to_owned(),
        });
        [number, words, format].into_iter().flatten().collect::<Vec<_>>().join("; ")
    }

    /// The reason why these bounds mean nothing for a parameter of that type, if there is one.
    pub fn misfit(&self, value_type: ParamType) -> Option<&'static str> {
        let (is_number, is_text) = match value_type {
            ParamType::Int | ParamType::Number => (true, false),
            ParamType::List => (true, true),
            ParamType::String => (false, true),
            ParamType::Bool => (false, false),
        };
        if !is_number && (self.min.is_some() || self.max.is_some()) {
            return Some("`min` and `max` are for numbers and lists");
        }
        if !is_text && (self.format.is_some() || !self.one_of.is_empty()) {
            return Some("`format` and `one_of` are for texts and lists");
        }
        let is_empty = matches!((self.min, self.max), (Some(min), Some(max)) if min > max);
        is_empty.then_some("`min` is above `max`")
    }

    fn refuses(&self, value: &Value) -> Option<String> {
        match value {
            Value::Number(number) => match (number.as_f64()?, self.min, self.max) {
                (value, Some(min), _) if value < min => Some(format!("{number} is too small: the least is {min}")),
                (value, _, Some(max)) if value > max => Some(format!("{number} is too large: the greatest is {max}")),
                _ => None,
            },
            Value::String(text) => self.refuses_text(text),
            Value::Array(entries) => {
                let (count, max) = (entries.len() as f64, self.max.unwrap_or(MOST_ENTRIES));
                match self.min {
                    Some(min) if count < min => {
                        return Some(format!("{count} entries are too few: the least is {min}"));
                    }
                    _ if count > max => return Some(format!("{count} entries are too many: the most is {max}")),
                    _ => {}
                }
                entries.iter().filter_map(Value::as_str).find_map(|text| self.refuses_text(text))
            }
            _ => None,
        }
    }

    fn refuses_text(&self, text: &str) -> Option<String> {
        let characters = text.chars().count();
        if text.trim().is_empty() {
            return Some("a text in it is empty".to_owned());
        }
        if characters > MOST_CHARACTERS {
            return Some(format!("a text of {characters} characters is too long: {MOST_CHARACTERS} at most"));
        }
        if !self.one_of.is_empty() && !self.one_of.iter().any(|known| known == text) {
            return Some(format!("`{}` is none of {}", text.escape_debug(), self.one_of.join(", ")));
        }
        let format = self.format.filter(|format| !format.admits(text))?;
        Some(format!("`{}` is not {}", text.escape_debug(), format.in_words()))
    }
}

/// One parameter of a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// The type of its values.
    pub value_type: ParamType,
    /// Its value unless the user sets another.
    pub default: Value,
    /// Its meaning, with its unit.
    pub description: String,
    /// The limits of its values.
    pub bounds: Bounds,
}

impl Param {
    /// The reason why the parameter cannot have that value, if there is one.
    pub fn refuses(&self, value: &Value) -> Option<String> {
        if !self.value_type.admits(value) {
            return Some(format!("expected {}, found `{value}`", self.value_type.in_words()));
        }
        self.bounds.refuses(value)
    }
}

/// A value that somebody gives a parameter, and where that is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// The value.
    pub value: Value,
    /// The file's name, to begin messages with; empty while it is not known.
    pub file: String,
    /// Line and column in the file, from 1, where there is one.
    pub at: Option<(u64, u64)>,
}

impl Setting {
    /// `safeguard.yaml:4:15: `, or nothing.
    pub fn place(&self) -> String {
        self.at.map(|(line, column)| format!("{}:{line}:{column}: ", self.file)).unwrap_or_default()
    }
}

impl From<Value> for Setting {
    fn from(value: Value) -> Self {
        Self { value, file: String::new(), at: None }
    }
}

impl PartialEq<Value> for Setting {
    fn eq(&self, value: &Value) -> bool {
        self.value == *value
    }
}

impl<'de> Deserialize<'de> for Setting {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Spanned { value, defined, .. } = Spanned::<Value>::deserialize(deserializer)?;
        let at = (defined != Location::UNKNOWN).then(|| (defined.line(), defined.column()));
        Ok(Self { value, file: String::new(), at })
    }
}

/// The values that users give: rule id (or an old one) -> parameter -> value.
pub type ParamSettings = BTreeMap<String, BTreeMap<String, Setting>>;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_type_admits_its_own_values_only() {
        let values = [json!(7), json!(7.5), json!("x"), json!(true), json!(["a"])];
        let admitted = |kind: ParamType| values.iter().map(|value| kind.admits(value)).collect::<Vec<_>>();
        assert_eq!(admitted(ParamType::Int), [true, false, false, false, false]);
        assert_eq!(admitted(ParamType::Number), [true, true, false, false, false]);
        assert_eq!(admitted(ParamType::String), [false, false, true, false, false]);
        assert_eq!(admitted(ParamType::Bool), [false, false, false, true, false]);
        assert_eq!(admitted(ParamType::List), [false, false, false, false, true]);
        assert!(!ParamType::List.admits(&json!(["a", 1])));
        assert!(!ParamType::Int.admits(&json!(u64::MAX)), "conditions compute with 64 bits, signed");
    }

    fn param(value_type: ParamType, bounds: Bounds) -> Param {
        Param { value_type, default: Value::Null, description: "d".to_owned(), bounds }
    }

    #[test]
    fn bounds_refuse_what_is_outside_of_them() {
        let days = param(ParamType::Int, Bounds { min: Some(1.0), max: Some(365.0), ..Bounds::default() });
        assert_eq!([days.refuses(&json!(1)), days.refuses(&json!(365))], [None, None]);
        assert_eq!(days.refuses(&json!(-5)).unwrap(), "-5 is too small: the least is 1");
        assert_eq!(days.refuses(&json!(366)).unwrap(), "366 is too large: the greatest is 365");
        let share = param(ParamType::Number, Bounds { min: Some(0.5), ..Bounds::default() });
        assert_eq!(share.refuses(&json!(0.25)).unwrap(), "0.25 is too small: the least is 0.5");
        let list = param(ParamType::List, Bounds { min: Some(1.0), ..Bounds::default() });
        assert_eq!(list.refuses(&json!([])).unwrap(), "0 entries are too few: the least is 1");
        assert_eq!(list.refuses(&json!([" "])).unwrap(), "a text in it is empty");
        let word =
            param(ParamType::String, Bounds { one_of: vec!["a".to_owned(), "b".to_owned()], ..Bounds::default() });
        assert_eq!(word.refuses(&json!("c")).unwrap(), "`c` is none of a, b");
        assert_eq!(days.bounds.in_words(ParamType::Int), "1 to 365");
    }

    #[test]
    fn each_format_knows_its_texts() {
        for (format, good, bad) in [
            (
                TextFormat::AccountOrOrganization,
                vec!["123456789012", "o-a1b2c3d4e5"],
                vec!["12345678901", "o-1", "*", "ou-a"],
            ),
            (TextFormat::Arn, vec!["arn:aws:s3:::records"], vec!["arn:aws:s3", "arn:aws:s3:::*", "records"]),
            (TextFormat::Region, vec!["us-east-1", "us-gov-west-1"], vec!["us-east", "us-*-1", "all"]),
            (TextFormat::TagKey, vec!["DataClassification", "aws:cloudformation:stack-name"], vec![]),
            (TextFormat::ResourceType, vec!["dynamodb:table", "sqs:"], vec!["dynamodb", "ec2:*", "a:b:c"]),
            (TextFormat::Action, vec!["s3:GetObject"], vec!["s3:*", "GetObject", "s3:"]),
            (TextFormat::Word, vec!["rds-ca-2019", "diag.log", "oracle-"], vec!["a b", "a*", "[a]"]),
        ] {
            assert!(good.iter().all(|text| format.admits(text)), "{format:?} {good:?}");
            assert!(!bad.iter().any(|text| format.admits(text)), "{format:?} {bad:?}");
        }
    }

    #[test]
    fn bounds_fit_their_type() {
        let numbers = Bounds { min: Some(1.0), ..Bounds::default() };
        let words = Bounds { format: Some(TextFormat::Arn), ..Bounds::default() };
        assert!(numbers.misfit(ParamType::Int).is_none() && numbers.misfit(ParamType::String).is_some());
        assert!(words.misfit(ParamType::List).is_none() && words.misfit(ParamType::Int).is_some());
        let empty = Bounds { min: Some(2.0), max: Some(1.0), ..Bounds::default() };
        assert_eq!(empty.misfit(ParamType::Int), Some("`min` is above `max`"));
    }
}
