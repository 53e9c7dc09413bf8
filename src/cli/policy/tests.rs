//! Answers as people and programs read them.

use std::collections::BTreeMap;

use super::*;
use crate::model::Witness;
use crate::output::text::is_hostile;
use crate::rule::question::PolicyAnswer;

fn answer() -> PolicyAnswer {
    let context = [("aws:securetransport", vec!["false"]), ("s3:tlsversion", vec![]), ("aws:x", vec!["a", "b\u{1b}"])];
    let in_words = |values: Vec<&str>| values.into_iter().map(str::to_owned).collect();
    let witness = Witness {
        text: "anyone on the internet can call s3:GetObject on arn:aws:s3:::records/x over plain HTTP".to_owned(),
        certain: true,
        principal: "anonymous".to_owned(),
        action: "s3:GetObject".to_owned(),
        resource: "arn:aws:s3:::records/x".to_owned(),
        context: context.map(|(key, values)| (key.to_owned(), in_words(values))).into_iter().collect(),
        statements: vec![
            "statement 1 (\"Clinic\") allows it".to_owned(),
            "statement 2 (\"Tls\u{1b}[2J\n\u{202e}\") denies only requests from 203.0.113.0/24".to_owned(),
        ],
    };
    let may = Witness { certain: false, context: BTreeMap::new(), statements: Vec::new(), ..witness.clone() };
    PolicyAnswer {
        truth: Truth::False,
        witnesses: vec![witness, may],
        notes: vec!["`Cond\u{7}` is no operator".to_owned()],
    }
}

fn written(format: AnswerFormat) -> String {
    let mut bytes = Vec::new();
    let question = question::find("denies_insecure_transport").unwrap();
    answer::write(&question, &answer(), format, 80, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn an_answer_for_people() {
    insta::assert_snapshot!(written(AnswerFormat::Text));
}

#[test]
fn an_answer_for_programs() {
    let text = written(AnswerFormat::Json);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["question"], "denies_insecure_transport");
    assert_eq!(value["answer"], "no");
    assert_eq!(value["witnesses"][0]["context"]["s3:tlsversion"], serde_json::json!([]));
    let witnesses: Vec<Witness> = serde_json::from_value(value["witnesses"].clone()).unwrap();
    assert_eq!(witnesses, answer().witnesses);
    assert_eq!(value["notes"], serde_json::json!(answer().notes));
}

#[test]
fn nothing_hostile_is_written() {
    for format in [AnswerFormat::Text, AnswerFormat::Json] {
        assert!(!written(format).chars().any(|character| character != '\n' && is_hostile(character)));
    }
}

#[test]
fn the_questions_with_their_flags() {
    let mut bytes = Vec::new();
    answer::list(AnswerFormat::Text, 80, &mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.contains("\n  denies_tls_below FILE --arn ARN --version NUMBER\n      Whether "), "{text}");
    assert!(text.contains("\n  grants_only_to_known FILE --account ID [--trusted ID]\n"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

#[test]
fn flags_say_what_they_should_look_like() {
    assert!(arn("arn:aws:s3:::records").is_ok() && arn("arn:aws-us-gov:sns:us-gov-west-1:123456789012:t").is_ok());
    assert!(arn("records").is_err() && arn("arn:aws:s3:::").is_err());
    assert!(account("123456789012").is_ok() && account("1234").is_err());
    assert!(account_or_organization("o-a1b2c3d4e5").is_ok() && account_or_organization("acme").is_err());
    assert!(version("1.2").is_ok() && version("NaN").is_err() && version("TLSv1.2").is_err());
}
