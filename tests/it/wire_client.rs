//! The wire client against botocore: for made-up inputs and answers of many operations in every protocol, and of every
//! operation of this build, both must send the same request and understand the same answer. And against answers that no
//! honest service sends.

mod bed;
mod compare;
mod streams;

use std::collections::BTreeSet;
use std::fs;

use safeguard::aws::Failure;
use safeguard::aws::wire::Client;
use safeguard::model::GapClass;
use serde_json::{Value, json};

use self::bed::{CASES, Case, Cases, Echo, SERVICES, python, reply, runtime};
pub use self::bed::{CUTTER, models};
use self::compare::{differences, in_full};
use crate::aws;
use crate::http::Reply;
use crate::models;

#[test]
fn requests_and_answers_are_botocores() {
    let echo = Echo::start();
    let config = echo.config();
    let (mut wrong, mut tried) = (Vec::new(), 0);
    for cases in Cases::both() {
        for case in &cases.all {
            let client = cases.client(&config, &case.service);
            echo.answer_with(reply(&case.response));
            let answered = runtime().block_on(client.call(&case.operation, case.input.clone()));
            let name = format!("{} ({}) with {}", case.name(), case.sort, Value::Object(case.input.clone()));
            match answered.map(|answer| without_nulls(Value::Object(answer))) {
                Ok(answer) if answer == case.output => {}
                Ok(answer) => wrong.push(format!("{name}\n  understood {answer}\n  botocore   {}", case.output)),
                Err(error) => wrong.push(format!("{name}\n  failed: {}\n  botocore {}", in_full(&error), case.output)),
            }
            match echo.asked() {
                Some(asked) => {
                    wrong
                        .extend(differences(&asked, &case.request).into_iter().map(|what| format!("{name}\n  {what}")));
                }
                None => wrong.push(format!("{name}\n  nothing was asked")),
            }
            tried += 1;
        }
    }
    assert!(tried > 1_500, "{tried} cases");
    let shown: Vec<_> = wrong.iter().take(20).map(String::as_str).collect();
    assert!(wrong.is_empty(), "{} differences of {tried} cases:\n{}", wrong.len(), shown.join("\n"));
}

/// Botocore leaves out the members that are null.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let there = members.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(there.map(|(name, value)| (name, without_nulls(value))).collect())
        }
        Value::Array(list) => list.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

#[test]
fn endpoints_are_botocores_for_every_region_and_variant() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("endpoints.ndjson");
    let [declared, sample] = Cases::both();
    let names: BTreeSet<&str> = declared.services.keys().map(String::as_str).chain(SERVICES).collect();
    let names: Vec<&str> = names.into_iter().collect();
    python(CASES, &[&[file.to_str().unwrap(), "endpoints"], names.as_slice()].concat());
    let text = fs::read_to_string(&file).unwrap();
    let mut wrong = Vec::new();
    for line in text.lines() {
        let (service, region, fips, dual, url, signed_for): (
            String,
            String,
            bool,
            bool,
            Option<String>,
            Option<String>,
        ) = serde_json::from_str(line).unwrap();
        let known = declared.services.get(&service).or_else(|| sample.services.get(&service)).unwrap();
        let ours = known.endpoint(&region, fips, dual);
        if ours != url.clone().zip(signed_for) {
            wrong.push(format!("{line}: {ours:?}"));
        }
    }
    assert!(text.lines().count() > 100 * names.len());
    let shown: Vec<_> = wrong.iter().take(30).map(String::as_str).collect();
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), shown.join("\n"));
}

/// The class of the gap that a broken answer leaves; `None` where it was understood.
fn class_of(echo: &Echo, client: &Client, case: &Case, body: &[u8]) -> Option<GapClass> {
    let mut reply = reply(&case.response);
    reply.body = body.to_vec();
    echo.answer_with(reply);
    let answered = runtime().block_on(client.call(&case.operation, case.input.clone()));
    answered.err().map(|error| Failure::of(&error).class)
}

/// One case of each protocol whose answer holds a list, and the fullest of each operation of this build.
fn telling_cases() -> Vec<(&'static Cases, &'static Case)> {
    let [declared, sample] = Cases::both();
    let holds_list = |case: &&Case| case.output.to_string().contains("[{");
    let of = |service: &str| sample.all.iter().filter(holds_list).find(|case| case.service == service);
    let services =
        ["autoscaling", "ec2", "logs", "dynamodb", "eks", "guardduty", "cloudfront", "route53", "sqs", "elbv2"];
    let of_sample = services.iter().filter_map(|service| of(service)).map(|case| (sample, case));
    // Any body is a text: whoever reads it as a policy says whether it is one.
    let is_document = |case: &&Case| case.name() != "s3:GetBucketPolicy";
    let whole = declared.all.iter().filter(|case| case.sort == "whole").filter(is_document);
    let of_declared = whole.map(|case| (declared, case));
    of_sample.chain(of_declared).collect()
}

#[test]
fn an_answer_that_is_not_whole_is_malformed_in_every_protocol() {
    let echo = Echo::start();
    let config = echo.config();
    assert!(telling_cases().len() >= 7 + Cases::declared().services.len());
    for (cases, case) in telling_cases() {
        let client = cases.client(&config, &case.service);
        let (name, body) = (case.name(), case.body());
        assert_eq!(class_of(&echo, &client, case, &body), None, "{name}");
        for tenth in 0..10 {
            let cut = &body[..body.len() * tenth / 10];
            assert_eq!(class_of(&echo, &client, case, cut), Some(GapClass::Malformed), "{name} cut at {tenth}0 %");
        }
        for other in
            ["<html><body>Sign in</body></html>", "[]", "null", "\"text\"", "<a/>", "{\"a\": ", "{} {}", "hello"]
        {
            let class = class_of(&echo, &client, case, other.as_bytes());
            assert_eq!(class, Some(GapClass::Malformed), "{name} answers {other}");
        }
    }
}

#[test]
fn a_value_of_another_type_is_malformed() {
    let echo = Echo::start();
    let config = echo.config();
    let mut tried = BTreeSet::new();
    // What may hold a secret is in no model, and nobody looks at its type.
    let never_read = models::never_read();
    for cases in Cases::both() {
        for case in cases.all.iter().filter(|case| ["random", "whole"].contains(&&*case.sort)) {
            let Ok(Value::Object(object)) = serde_json::from_slice(&case.body()) else { continue };
            let client = cases.client(&config, &case.service);
            for (name, value) in &object {
                if never_read.contains(&(case.service.clone(), name.clone()))
                    || !tried.insert((case.name(), name.clone()))
                {
                    continue;
                }
                let other = if value.is_object() || value.is_array() { json!(true) } else { json!([{"a": 1}]) };
                let mut body = object.clone();
                body.insert(name.clone(), other);
                let class = class_of(&echo, &client, case, Value::Object(body).to_string().as_bytes());
                assert_eq!(class, Some(GapClass::Malformed), "{} {name}", case.name());
            }
        }
    }
    assert!(tried.len() > 100, "{}", tried.len());
}

#[test]
fn errors_have_aws_code_and_message_in_every_protocol() {
    let cases = Cases::sample();
    let echo = Echo::start();
    let config = echo.config();
    let xml = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not you</Message></Error>\
               <RequestId>r-1</RequestId></ErrorResponse>";
    let ec2 = "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>not you</Message></Error></Errors>\
               <RequestID>r-1</RequestID></Response>";
    let json = r#"{"__type": "com.amazonaws.x#AccessDeniedException", "message": "not you"}"#;
    for (service, status, body, code) in [
        ("autoscaling", 403, xml, "AccessDenied"),
        ("cloudfront", 403, xml, "AccessDenied"),
        ("ec2", 403, ec2, "UnauthorizedOperation"),
        ("logs", 400, json, "AccessDeniedException"),
        ("dynamodb", 400, json, "AccessDeniedException"),
        ("eks", 403, json, "AccessDeniedException"),
    ] {
        let case = cases.all.iter().find(|case| case.service == service).unwrap();
        let client = cases.client(&config, service);
        echo.answer_with(Reply::new(status, "application/octet-stream", body));
        let error = runtime().block_on(client.call(&case.operation, case.input.clone())).unwrap_err();
        let failure = Failure::of(&error);
        assert_eq!(
            (failure.class, &*failure.code, &*failure.message),
            (GapClass::Denied, code, "not you"),
            "{service}"
        );
        // An error that ends in its middle could be any.
        echo.answer_with(Reply::new(status, "application/octet-stream", &body[..body.len() / 3]));
        let error = runtime().block_on(client.call(&case.operation, case.input.clone())).unwrap_err();
        assert_eq!(Failure::of(&error).class, GapClass::Malformed, "{service}");
    }
}

#[test]
fn a_page_that_repeats_its_token_ends_the_list_with_an_error() {
    let cases = Cases::sample();
    let echo = Echo::start();
    let case = cases.all.iter().find(|case| case.service == "sns" && case.operation == "ListSubscriptionsByTopic");
    let case = case.expect("a list of SNS with pages");
    let body = "<ListSubscriptionsByTopicResponse><ListSubscriptionsByTopicResult><Subscriptions/><NextToken>again</NextToken>\
                </ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>";
    echo.answer_with(Reply::new(200, "text/xml", body));
    let client = cases.client(&echo.config(), "sns");
    let mut pages = client.pages(&case.operation, case.input.clone());
    runtime().block_on(async {
        assert!(pages.next().await.unwrap().is_ok());
        let again = pages.next().await.unwrap().unwrap_err();
        assert_eq!(Failure::of(&again).class, GapClass::Malformed, "the same token came again");
        assert!(pages.next().await.is_none());
    });
}

#[test]
fn models_are_what_the_script_cuts() {
    let output = aws::script(CUTTER, &["--check"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
