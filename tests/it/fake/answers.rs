//! Answers that stand in files: of services whose resources moto names by itself, so that nobody could predict a verdict on
//! them, or which it does not know. There is a file for each service in `answers`.
//!
//! A key is an operation, or an operation and a text of the request that tells about which resource it asks. A value is the
//! answer; `{"error": CODE}` is a refusal, and a text is the inside of an XML answer. `@3h` and `@40d` are moments that long
//! ago. The sample account has all that in one region; elsewhere the lists are empty.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::aws::Credentials;
use crate::http::{Reply, Request};
use crate::wire::Call;

/// By service.
type Answers = BTreeMap<String, serde_json::Map<String, Value>>;

fn answers() -> &'static Answers {
    static ANSWERS: OnceLock<Answers> = OnceLock::new();
    ANSWERS.get_or_init(|| {
        let folder =
            std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/fake/answers")).expect("a folder");
        let files = folder.map(|entry| entry.expect("a file").path());
        files
            .map(|path| {
                let service = path.file_stem().and_then(|name| name.to_str()).expect("a name").to_owned();
                let text = std::fs::read_to_string(&path).expect("a file of answers");
                (service, serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
            })
            .collect()
    })
}

/// `None` for what no file answers.
pub fn answer(call: &Call, request: &Request) -> Option<Reply> {
    let has_some = call.access_key == Credentials::any().access_key_id && call.region == "us-east-1";
    let question = format!("{}\n{}", request.target, String::from_utf8_lossy(&request.body));
    let answers = answers().get(&call.service)?;
    let is_about = |key: &str| match key.split_once(' ') {
        Some((operation, text)) => operation == call.operation && question.contains(text),
        None => key == call.operation,
    };
    // What is said of one resource comes before what is said of all.
    let mut found: Vec<_> = answers.iter().filter(|(key, _)| is_about(key)).collect();
    found.sort_by_key(|(key, _)| std::cmp::Reverse(key.len()));
    let (_, answer) = found.first()?;
    if let Some(code) = answer["error"].as_str() {
        let body = json!({"message": "as a file of answers says"}).to_string();
        return Some(Reply::new(400, "application/json", body).with_header("x-amzn-errortype", code));
    }
    match answer {
        Value::String(inside) => Some(xml(call, if has_some { inside } else { "" })),
        _ => {
            let mut answer = (*answer).clone();
            settle(&mut answer);
            if !has_some {
                answer.as_object_mut()?.values_mut().filter(|it| it.is_array()).for_each(|list| *list = json!([]));
            }
            Some(Reply::new(200, "application/json", answer.to_string()))
        }
    }
}

fn xml(call: &Call, inside: &str) -> Reply {
    let operation = &call.operation;
    let body = format!(
        "<{operation}Response><{operation}Result>{inside}</{operation}Result><ResponseMetadata><RequestId>1</RequestId>\
         </ResponseMetadata></{operation}Response>"
    );
    Reply::new(200, "text/xml", body)
}

/// Puts moments in place of how long ago they are.
fn settle(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(settle),
        Value::Object(members) => members.values_mut().for_each(settle),
        Value::String(text) => {
            let ago = text.strip_prefix('@').and_then(|ago| {
                let (number, unit) = ago.split_at_checked(ago.len().checked_sub(1)?)?;
                let seconds = if unit == "h" { 3600 } else { 24 * 3600 };
                Some(number.parse::<i64>().ok()? * seconds)
            });
            if let Some(ago) = ago {
                *value = (jiff::Timestamp::now().as_second() - ago).into();
            }
        }
        _ => {}
    }
}
