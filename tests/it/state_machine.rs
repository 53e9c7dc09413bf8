//! The organization's state machine runs: its definition, step by step, with the function itself behind every task.
//!
//! Moto's interpreter runs it with answers that are given beforehand, since moto's Lambda runs no binary. With the function
//! itself this walks through it as far as ours goes: tasks that invoke the function or publish, and a map over a list in S3.
//! What else a definition may say ends the test.

use safeguard::model::AccountState;
use serde_json::{Map, Value, json};

use crate::aws;
use crate::deploy::organization;
use crate::lambda::Function;

const INTERPRET: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bed/interpret.py");

/// A run of a state machine.
pub struct Run<'a> {
    function: &'a Function,
    /// The account whose worker ends without an answer.
    lost: String,
    invoked: Vec<Value>,
    published: Vec<Value>,
    /// What the state machine's role must allow for it: action and resource.
    pub demanded: Vec<(&'static str, String)>,
}

impl<'a> Run<'a> {
    pub fn of(function: &'a Function, lost: &str) -> Self {
        let (invoked, published, demanded) = (Vec::new(), Vec::new(), Vec::new());
        Self { function, lost: lost.to_owned(), invoked, published, demanded }
    }

    /// What comes out of the last state, or the first error that nothing tolerates.
    pub fn machine(&mut self, machine: &Value, input: Value) -> Result<Value, Value> {
        let (mut name, mut data) = (machine["StartAt"].clone(), input);
        loop {
            let state = &machine["States"][name.as_str().unwrap()];
            let result = match state["Type"].as_str() {
                Some("Task") => self.task(state, &data)?,
                Some("Map") => self.map(state, &data)?,
                other => panic!("{name}: {other:?} is nothing that this test can run"),
            };
            // A path that is null takes nothing: of the result, then the input goes on; as output, nothing does.
            let result = if state.get("ResultPath") == Some(&Value::Null) { data } else { result };
            data = match state.get("OutputPath") {
                None => result,
                Some(Value::Null) => json!({}),
                Some(path) => at(path.as_str().unwrap(), &result, &Value::Null),
            };
            if state["End"] == true {
                return Ok(data);
            }
            name = state["Next"].clone();
        }
    }

    fn task(&mut self, state: &Value, data: &Value) -> Result<Value, Value> {
        let parameters = filled(&state["Parameters"], data, &Value::Null);
        match state["Resource"].as_str() {
            Some("arn:aws:states:::lambda:invoke") => {
                self.demanded.push(("lambda:InvokeFunction", text(&parameters["FunctionName"])));
                let event = parameters["Payload"].clone();
                self.invoked.push(event.clone());
                if event["account"]["account"] == json!(self.lost) {
                    return Err(json!("the worker was killed"));
                }
                let id = format!("request-{}", self.invoked.len());
                self.function.invoke(&id, event).map(|answer| json!({"StatusCode": 200, "Payload": answer}))
            }
            Some("arn:aws:states:::sns:publish") => {
                self.demanded.push(("sns:Publish", text(&parameters["TopicArn"])));
                self.published.push(parameters);
                Ok(json!({"MessageId": "1"}))
            }
            other => panic!("{other:?} is nothing that this test can do"),
        }
    }

    fn map(&mut self, state: &Value, data: &Value) -> Result<Value, Value> {
        let place = filled(&state["ItemReader"]["Parameters"], data, &Value::Null);
        let object = format!("arn:aws:s3:::{}/{}", text(&place["Bucket"]), text(&place["Key"]));
        self.demanded.push(("s3:GetObject", object));
        let list = self.function.call("s3", "GetObject", &place);
        let items: Vec<Value> = serde_json::from_str(list["Body"].as_str().unwrap()).unwrap();
        let mut failed = 0;
        for item in &items {
            let context = json!({"Map": {"Item": {"Value": item}}});
            let input = filled(&state["ItemSelector"], data, &context);
            match self.machine(&state["ItemProcessor"], input) {
                Ok(output) => assert_eq!(output, json!({}), "what a worker found stays in S3"),
                Err(_) => failed += 1,
            }
        }
        let tolerated = state["ToleratedFailurePercentage"].as_f64().unwrap();
        if f64::from(failed) * 100.0 > tolerated * items.len() as f64 {
            return Err(json!("States.ExceedToleratedFailureThreshold"));
        }
        Ok(Value::Null)
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// A template of parameters with its paths followed.
fn filled(template: &Value, data: &Value, context: &Value) -> Value {
    match template {
        Value::Object(fields) => {
            let one = |(name, value): (&String, &Value)| match name.strip_suffix(".$") {
                Some(name) => (name.to_owned(), at(value.as_str().unwrap(), data, context)),
                None => (name.clone(), filled(value, data, context)),
            };
            Value::Object(fields.iter().map(one).collect::<Map<_, _>>())
        }
        Value::Array(items) => items.iter().map(|item| filled(item, data, context)).collect(),
        other => other.clone(),
    }
}

/// What a path leads to; one that leads nowhere fails a state, and so the test.
fn at(path: &str, data: &Value, context: &Value) -> Value {
    if let Some(inner) = path.strip_prefix("States.JsonToString(").and_then(|rest| rest.strip_suffix(')')) {
        return json!(at(inner, data, context).to_string());
    }
    let (root, names) = match path.strip_prefix("$$") {
        Some(names) => (context, names),
        None => (data, path.strip_prefix('$').unwrap_or_else(|| panic!("{path} is no path"))),
    };
    let found = root.pointer(&names.replace('.', "/"));
    found.unwrap_or_else(|| panic!("{path} leads nowhere in {root}")).clone()
}

#[test]
fn motos_interpreter_runs_every_step() {
    let definition = &organization().1.definitions[0];
    let worker = |account: &str| json!({"run_id": "weekly", "account": {"account": account}, "regions": ["us-east-1"], "part": 0});
    let workers = json!([worker("111111111111"), worker("222222222222")]);
    let listed = json!({
        "run_id": "weekly",
        "account_count": 2,
        "workers": {"bucket": "results", "key": "runs/weekly/workers.json"},
        "accounts": "s3://results/runs/weekly/accounts.json",
    });
    let merged = json!({"run_id": "weekly", "is_complete": true});
    let run = |workers: &Value, answers: Value| -> Value {
        let arguments = [definition.to_string(), answers.to_string(), workers.to_string()];
        let output = aws::script(INTERPRET, &arguments.each_ref().map(String::as_str));
        let text = String::from_utf8_lossy(&output.stdout);
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}{}", String::from_utf8_lossy(&output.stderr)))
    };
    let done = json!({"run_id": "weekly"});
    let ran = run(&workers, json!([listed, done, done, merged]));
    assert_eq!((&ran["status"], &ran["output"], &ran["left"]), (&json!("SUCCEEDED"), &merged, &json!(0)), "{ran}");
    let begun = ran["begun"].as_array().unwrap();
    let [list, merge, announce] = begun.as_slice() else { panic!("the steps outside the map: {begun:?}") };
    let first =
        json!({"action": "list_accounts", "run_id": "weekly", "regions": ["us-east-1"], "regions_per_worker": 0});
    assert_eq!(list["Payload"], first);
    assert_eq!((&merge["Payload"]["action"], &merge["Payload"]["accounts"]), (&json!("merge"), &listed["accounts"]));
    assert_eq!(announce["Message"], json!(merged.to_string()));

    // A list of workers without what the map takes from each ends the run.
    let ran = run(&json!([{"run_id": "weekly"}]), json!([listed, done, merged]));
    assert_ne!((&ran["status"], &ran["left"]), (&json!("SUCCEEDED"), &json!(0)), "{ran}");
}

#[test]
fn a_run_over_an_organization_ends_with_one_report_though_a_worker_is_lost() {
    let definition = &organization().1.definitions[0];
    let settings = [("SAFEGUARD_MEMBER_ROLE", "auditor"), ("SAFEGUARD_CONFIG_PARAMETER", "/safeguard/config")];
    let function = Function::deployed("770000000111", &settings);
    let parameter = json!({"Name": "/safeguard/config", "Value": "select: [\"service:s3\"]\n", "Type": "String"});
    function.call("ssm", "PutParameter", &parameter);
    function.call("organizations", "CreateOrganization", &json!({"FeatureSet": "ALL"}));
    let create = |name: &str| {
        let asked = json!({"AccountName": name, "Email": format!("{name}@example.com")});
        function.call("organizations", "CreateAccount", &asked)["CreateAccountStatus"]["AccountId"].clone()
    };
    create("read");
    let lost = create("lost").as_str().unwrap().to_owned();

    let mut run = Run::of(&function, &lost);
    let outcome = run.machine(definition, json!({"run_id": "weekly"})).unwrap();
    assert_eq!(run.invoked.len(), 1 + 3 + 1, "the list, a worker for each account, the merge");
    let workers = &run.invoked[1..4];
    assert!(workers.iter().all(|event| event["regions"] == json!(["us-east-1"]) && event["run_id"] == "weekly"));

    let report = function.report(&outcome);
    let rows = &report.organization.as_ref().unwrap().accounts;
    let unread: Vec<&str> =
        rows.iter().filter(|row| row.state == AccountState::NotRead).map(|row| row.account.as_str()).collect();
    assert_eq!((rows.len(), unread), (3, vec![lost.as_str()]));
    assert_eq!(outcome["is_complete"], false);
    let kept = function.call("s3", "ListObjectsV2", &json!({"Bucket": "results-770000000111"})).to_string();
    assert_eq!(kept.matches("/snapshot.ndjson.zst").count(), 2, "what each worker read: {kept}");
    let [message] = run.published.as_slice() else { panic!("one message: {:?}", run.published) };
    assert_eq!(serde_json::from_str::<Value>(message["Message"].as_str().unwrap()).unwrap(), outcome);
}
