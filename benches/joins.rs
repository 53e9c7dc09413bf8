//! What a join costs for each judged resource as the account grows: the time stays the same, or judging costs the square.
//!
//! `cargo bench --bench joins`. Every resource asks which others name it; half of them name nobody, and in the second
//! table what half of them name was not read. Evidence is recorded, as in a scan.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::io::{self, Write};
use std::time::Instant;

use safeguard::model::{AccountId, Kind, Kinds, Region, Resource, Scope};
use safeguard::rule::condition::{CelEnvironment, Condition};
use safeguard::rule::{Context, DefinedValues, Definitions, Inventory, Trace};
use schemars::JsonSchema;
use serde_json::{Value, json};

const KIND: &str = "AWS::Bench::Store";
const SIZES: [usize; 3] = [2_000, 8_000, 32_000];
/// The loop that the joins stand for costs the square, so it is asked of the smallest account only.
const LOOP: &str = "resources('AWS::Bench::Store').exists(s, s.Target != null && s.Target == resource.Name)";
const QUESTIONS: [&str; 3] = [
    "related('AWS::Bench::Store', 'Target', resource.Name).size() > 0",
    "related('AWS::Bench::Store', 'Target', resource.Name).exists(s, s.Name != resource.Name)",
    "related('AWS::Bench::Store', 'Target', [resource.Name, 'nobody']).size() <= 1",
];

#[derive(JsonSchema)]
#[schemars(rename_all = "PascalCase")]
#[expect(dead_code, reason = "only its schema is used")]
struct Store {
    name: String,
    target: Option<String>,
}

fn main() -> io::Result<()> {
    let mut table = io::stdout().lock();
    for unread in [false, true] {
        writeln!(
            table,
            "ns for each resource, {}",
            if unread { "half of the facts not read" } else { "all facts read" }
        )?;
        for question in QUESTIONS {
            let times: Vec<String> = SIZES
                .iter()
                .map(|size| Ok(format!("{:>8.0}", time(question, *size, unread)?)))
                .collect::<io::Result<_>>()?;
            writeln!(table, "{}  {question}", times.join(" "))?;
        }
    }
    writeln!(table, "{:>8.0}  {LOOP} ({} resources)", time(LOOP, SIZES[0], false)?, SIZES[0])
}

/// The mean time in nanoseconds.
fn time(question: &str, size: usize, unread: bool) -> io::Result<f64> {
    let resources: Vec<Resource> = (0..size).map(|at| resource(at, unread)).collect();
    let kinds = Kinds::from_iter([Kind::of::<Store>(KIND, "bench", Scope::Account)]);
    let Some(kind) = kinds.get(KIND) else { return Err(io::Error::other("no kind")) };
    let (params, definitions) = (BTreeMap::new(), Definitions::default());
    let env = CelEnvironment { kinds: &kinds, kind, params: &params, definitions: &definitions };
    let condition = Condition::compile(question, &env).map_err(|errors| io::Error::other(errors[0].to_string()))?;
    let inventory = Inventory::new(&resources, |_| true);
    let start = Instant::now();
    for resource in &resources {
        let context = Context {
            resource,
            in_phi_scope: Some(false),
            params: &Value::Null,
            now: jiff::Timestamp::UNIX_EPOCH,
            account: "123456789012",
            inventory: &inventory,
            defined: DefinedValues::default(),
        };
        let mut trace = Trace::on();
        let answer = condition.evaluate(&context, &mut trace).map_err(|error| io::Error::other(error.to_string()))?;
        black_box((answer, trace.reads()));
    }
    Ok(start.elapsed().as_nanos() as f64 / size as f64)
}

fn resource(at: usize, unread: bool) -> Resource {
    let mut facts = json!({"Name": format!("store-{at}")});
    match at % 4 {
        0 | 1 if unread => {}
        2 => facts["Target"] = Value::from(format!("store-{}", at / 2)),
        _ => facts["Target"] = Value::Null,
    }
    let text = str::to_owned;
    let (account, region) = (AccountId::EXAMPLE, Region::US_EAST_1);
    Resource { kind: text(KIND), id: format!("store-{at}"), arn: None, account, region, facts }
}
