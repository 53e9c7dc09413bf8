//! What values of an answer become where the model's type does not say it.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::fact_text::Conversion;
use crate::model::{Arn, PolicyDocument};

/// The value as that.
///
/// # Errors
/// What it is not.
pub(super) fn convert(conversion: Conversion, value: &Value) -> Result<Value, String> {
    let text = || value.as_str().ok_or_else(|| "it is no text".to_owned());
    let number = || value.as_i64().ok_or_else(|| "it is no whole number".to_owned());
    let moment = |moment: Result<Timestamp, jiff::Error>| {
        moment.map(|moment| moment.to_string().into()).map_err(|_| "it is no moment".to_owned())
    };
    match conversion {
        Conversion::Policy => PolicyDocument::parse(text()?).map(|policy| policy.0),
        Conversion::Json => serde_json::from_str(text()?).map_err(|_| "it is no JSON".to_owned()),
        Conversion::Bool => match text()? {
            "true" | "True" | "TRUE" => Ok(true.into()),
            "false" | "False" | "FALSE" => Ok(false.into()),
            _ => Err("it is neither true nor false".to_owned()),
        },
        Conversion::Int => text()?.parse::<i64>().map(Value::from).map_err(|_| "it is no whole number".to_owned()),
        Conversion::Tags => tags(value),
        Conversion::Moment => moment(text()?.parse()),
        Conversion::Seconds => moment(Timestamp::from_second(number()?)),
        Conversion::Milliseconds => moment(Timestamp::from_millisecond(number()?)),
        Conversion::Present => Ok((!text()?.trim().is_empty()).into()),
        Conversion::Keys => {
            let map = value.as_object().ok_or_else(|| "it is no map".to_owned())?;
            Ok(map.keys().map(String::as_str).map(Value::from).collect())
        }
        Conversion::ArnService => Ok(arn_parts(text()?).0.into()),
        Conversion::ArnType => Ok(arn_parts(text()?).1.into()),
    }
}

/// The members that hold a tag's key and value, in the spellings of AWS's services.
pub(super) const TAG_KEYS: [&str; 4] = ["Key", "key", "TagKey", "tagKey"];
pub(super) const TAG_VALUES: [&str; 4] = ["Value", "value", "TagValue", "tagValue"];

/// Tags as CloudFormation writes them. A tag without a value has an empty one.
fn tags(value: &Value) -> Result<Value, String> {
    let tag = |key: &str, value: Option<&Value>| json!({"Key": key, "Value": value.and_then(Value::as_str).unwrap_or_default()});
    match value {
        Value::Object(map) => Ok(map.iter().map(|(key, value)| tag(key, Some(value))).collect()),
        Value::Array(list) => {
            let first = |one: &'_ Value, names: [&str; 4]| names.iter().find_map(|name| one.get(name)).cloned();
            let one = |one: &Value| {
                let key = first(one, TAG_KEYS).ok_or_else(|| "a tag has no key".to_owned())?;
                let key = key.as_str().ok_or_else(|| "a tag's key is no text".to_owned())?.to_owned();
                Ok(tag(&key, first(one, TAG_VALUES).as_ref()))
            };
            list.iter().map(one).collect::<Result<_, String>>().map(Value::Array)
        }
        _ => Err("it holds no tags".to_owned()),
    }
}

/// Service and type of an ARN (`arn:partition:service:region:account:type/id`), as far as it names them.
fn arn_parts(arn: &str) -> (&str, &str) {
    let Some(Arn { service, resource, .. }) = Arn::parse(arn) else { return ("", "") };
    let end = resource.find(['/', ':']);
    (service, end.map_or("", |end| &resource[..end]))
}

/// The JSON Schema of what a conversion gives.
pub(super) fn conversion_schema(conversion: Conversion) -> Value {
    match conversion {
        Conversion::Policy => json!({"type": "object", "format": "iam-policy"}),
        Conversion::Json => json!({}),
        Conversion::Bool | Conversion::Present => json!({"type": "boolean"}),
        Conversion::Int => json!({"type": "integer"}),
        Conversion::Tags => json!({"type": "array", "items": {"type": "object", "properties": {
            "Key": {"type": "string", "description": "The tag's key."},
            "Value": {"type": "string", "description": "The tag's value; empty where AWS gives none."}}}}),
        Conversion::Moment | Conversion::Seconds | Conversion::Milliseconds => {
            json!({"type": "string", "format": "date-time"})
        }
        Conversion::Keys => json!({"type": "array", "items": {"type": "string"}}),
        Conversion::ArnService | Conversion::ArnType => json!({"type": "string"}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_every_shape_become_cloudformations() {
        let expected = json!([{"Key": "phi", "Value": "yes"}, {"Key": "x", "Value": ""}]);
        for (key, value) in TAG_KEYS.into_iter().zip(TAG_VALUES) {
            let given = json!([{key: "phi", value: "yes"}, {key: "x"}]);
            assert_eq!(convert(Conversion::Tags, &given), Ok(expected.clone()), "{key}");
        }
        assert_eq!(convert(Conversion::Tags, &json!({"phi": "yes", "x": ""})), Ok(expected));
        assert!(convert(Conversion::Tags, &json!([{"Value": "yes"}])).is_err(), "a tag without a key");
    }

    #[test]
    fn values_become_what_they_mean_or_are_refused() {
        let read = |conversion, value: Value| convert(conversion, &value).ok();
        assert_eq!(read(Conversion::Bool, json!("true")), Some(json!(true)));
        assert_eq!(read(Conversion::Bool, json!("yes")), None);
        assert_eq!(read(Conversion::Int, json!("30")), Some(json!(30)));
        assert_eq!(read(Conversion::Int, json!("3.5")), None);
        assert_eq!(read(Conversion::Policy, json!("[]")), None);
        assert_eq!(read(Conversion::Seconds, json!(0)), Some(json!("1970-01-01T00:00:00Z")));
        assert_eq!(read(Conversion::Milliseconds, json!(1500)), Some(json!("1970-01-01T00:00:01.5Z")));
        assert_eq!(read(Conversion::Moment, json!("2026-11-30T00:00:00+01:00")), Some(json!("2026-11-29T23:00:00Z")));
        assert_eq!(read(Conversion::Moment, json!("yesterday")), None);
        assert_eq!(read(Conversion::Present, json!(" ")), Some(json!(false)));
        assert_eq!(read(Conversion::Keys, json!({"A": "secret"})), Some(json!(["A"])));
        let arn = json!("arn:aws:dynamodb:us-east-1:111122223333:table/visits");
        assert_eq!(read(Conversion::ArnService, arn.clone()), Some(json!("dynamodb")));
        assert_eq!(read(Conversion::ArnType, arn), Some(json!("table")));
        assert_eq!(read(Conversion::ArnType, json!("arn:aws:s3:::bucket")), Some(json!("")));
    }
}
