//! What a compiled condition costs beside the same question written by hand as a closure on the same JSON, and how often
//! either asks for memory. Both run in turns in one process, so that only their ratio is worth reading.
//!
//! `cargo bench --bench judging`; the number of resources may follow: `cargo bench --bench judging -- 1000`.

use std::alloc::System;
use std::collections::BTreeMap;
use std::hint::black_box;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use safeguard::model::{AccountId, Kind, Kinds, Region, Resource, Scope, Truth};
use safeguard::rule::condition::{CelEnvironment, Condition};
use safeguard::rule::{Context, DefinedValues, Definitions, Inventory, Trace};
use schemars::JsonSchema;
use serde_json::{Value, json};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region as AllocationRegion, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const ROUNDS: usize = 15;
const KIND: &str = "AWS::Bench::Thing";

type ByHand = fn(&Value) -> Option<bool>;

fn main() -> io::Result<()> {
    let count = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(500);
    let resources: Vec<Resource> = (0..count).map(resource).collect();
    let inventory = Inventory::new(&resources, |_| true);
    let kinds = Kinds::from_iter([Kind::of::<Thing>(KIND, "bench", Scope::Account)]);
    let Some(kind) = kinds.get(KIND) else { return Err(io::Error::other("no kind")) };
    let params = BTreeMap::new();
    let env = CelEnvironment { kinds: &kinds, kind, params: &params, definitions: &Definitions::default() };

    let mut table = io::stdout().lock();
    writeln!(table, "{count} resources, {ROUNDS} rounds in turns, median")?;
    let heads = ["condition", "closure ns", "compiled ns", "ratio", "allocations", "traced ns"];
    writeln!(
        table,
        "{:<24} {:>11} {:>12} {:>7} {:>12} {:>10}",
        heads[0], heads[1], heads[2], heads[3], heads[4], heads[5]
    )?;
    let (mut all_by_hand, mut all_compiled) = (0.0, 0.0);
    for (name, source, by_hand) in QUESTIONS {
        let condition = Condition::compile(source, &env).map_err(|errors| io::Error::other(errors[0].to_string()))?;
        let ask = Asking { condition, resources: &resources, inventory: &inventory };
        let wrong = resources.iter().filter(|resource| ask.compiled(resource) != by_hand(&resource.facts)).count();
        if wrong > 0 {
            return Err(io::Error::other(format!("{name}: {wrong} answers differ")));
        }
        let figures = ask.measure(by_hand);
        let ratio = figures.compiled / figures.by_hand;
        writeln!(
            table,
            "{name:<24} {:>11.0} {:>12.0} {ratio:>6.1}x {:>12.3} {:>10.0}",
            figures.by_hand, figures.compiled, figures.allocations, figures.traced
        )?;
        all_by_hand += figures.by_hand;
        all_compiled += figures.compiled;
    }
    let ratio = all_compiled / all_by_hand;
    writeln!(table, "{:<24} {all_by_hand:>11.0} {all_compiled:>12.0} {ratio:>6.1}x   (the sums)", "all")
}

/// Times in nanoseconds and allocations, for one condition on one resource.
struct Figures {
    by_hand: f64,
    compiled: f64,
    traced: f64,
    allocations: f64,
}

struct Asking<'a> {
    condition: Condition,
    resources: &'a [Resource],
    inventory: &'a Inventory<'a>,
}

impl Asking<'_> {
    fn context<'s>(&'s self, resource: &'s Resource) -> Context<'s> {
        static NO_PARAMS: Value = Value::Null;
        let (now, account) = (jiff::Timestamp::UNIX_EPOCH, "123456789012");
        Context {
            resource,
            in_phi_scope: Some(false),
            params: &NO_PARAMS,
            now,
            account,
            inventory: self.inventory,
            defined: DefinedValues::default(),
        }
    }

    fn compiled<'s>(&'s self, resource: &'s Resource) -> Option<bool> {
        match self.condition.evaluate(&self.context(resource), &mut Trace::off()) {
            Ok(Truth::True) => Some(true),
            Ok(Truth::False) => Some(false),
            Ok(Truth::Unknown) | Err(_) => None,
        }
    }

    fn measure(&self, by_hand: ByHand) -> Figures {
        let (mut first, mut second, mut third) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            first.push(time(|| {
                for one in self.resources {
                    black_box(by_hand(black_box(&one.facts)));
                }
            }));
            second.push(time(|| {
                for one in self.resources {
                    black_box(self.compiled(black_box(one)));
                }
            }));
            third.push(time(|| {
                for one in self.resources {
                    let mut trace = Trace::on();
                    let _ = black_box(self.condition.evaluate(&self.context(one), &mut trace));
                    black_box(trace.reads());
                }
            }));
        }
        let each = |times: Vec<Duration>| median(times).as_nanos() as f64 / self.resources.len() as f64;
        let region = AllocationRegion::new(ALLOCATOR);
        for one in self.resources {
            black_box(self.compiled(one));
        }
        let allocations = region.change().allocations as f64 / self.resources.len() as f64;
        Figures { by_hand: each(first), compiled: each(second), traced: each(third), allocations }
    }
}

/// Long enough that the clock does not matter.
fn time(run: impl Fn()) -> Duration {
    const TURNS: u32 = 20;
    let start = Instant::now();
    (0..TURNS).for_each(|_| run());
    start.elapsed() / TURNS
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

const QUESTIONS: [(&str, &str, ByHand); 8] = [
    (
        "three flags",
        "resource.StorageEncrypted && resource.BackupRetentionPeriod >= 7 && !resource.PubliclyAccessible",
        |facts| {
            Some(
                facts.get("StorageEncrypted")?.as_bool()?
                    && facts.get("BackupRetentionPeriod")?.as_i64()? >= 7
                    && !facts.get("PubliclyAccessible")?.as_bool()?,
            )
        },
    ),
    ("null or number", "resource.RetentionInDays == null || resource.RetentionInDays >= 2192", |facts| {
        match facts.get("RetentionInDays")? {
            Value::Null => Some(true),
            days => Some(days.as_i64()? >= 2192),
        }
    }),
    (
        "guarded path",
        "resource.VersioningConfiguration != null && resource.VersioningConfiguration.Status == 'Enabled'",
        |facts| match facts.get("VersioningConfiguration")? {
            Value::Null => Some(false),
            configuration => Some(configuration.get("Status")?.as_str()? == "Enabled"),
        },
    ),
    ("exists, in", "resource.Rules.exists(r, r.Algorithm in ['aws:kms', 'aws:kms:dsse', 'AES256'])", |facts| {
        for rule in facts.get("Rules")?.as_array()? {
            if matches!(rule.get("Algorithm")?.as_str()?, "aws:kms" | "aws:kms:dsse" | "AES256") {
                return Some(true);
            }
        }
        Some(false)
    }),
    ("all, prefix", "resource.Arns.all(a, a.startsWith('arn:aws:') && !a.contains('*'))", |facts| {
        for arn in facts.get("Arns")?.as_array()? {
            let arn = arn.as_str()?;
            if !arn.starts_with("arn:aws:") || arn.contains('*') {
                return Some(false);
            }
        }
        Some(true)
    }),
    (
        "loop in a loop",
        "!resource.Permissions.exists(p, (p.Protocol == '-1' || (p.FromPort <= 22 && p.ToPort >= 22)) \
         && p.Ranges.exists(r, r == '0.0.0.0/0'))",
        |facts| {
            for permission in facts.get("Permissions")?.as_array()? {
                let is_ssh = permission.get("Protocol")?.as_str()? == "-1"
                    || (permission.get("FromPort")?.as_i64()? <= 22 && permission.get("ToPort")?.as_i64()? >= 22);
                if is_ssh {
                    for range in permission.get("Ranges")?.as_array()? {
                        if range.as_str()? == "0.0.0.0/0" {
                            return Some(false);
                        }
                    }
                }
            }
            Some(true)
        },
    ),
    ("regular expression", "resource.Name.matches('^[a-z][a-z0-9-]{2,62}$')", |facts| {
        static PATTERN: std::sync::LazyLock<Option<regex::Regex>> =
            std::sync::LazyLock::new(|| regex::Regex::new("^[a-z][a-z0-9-]{2,62}$").ok());
        Some(PATTERN.as_ref()?.is_match(facts.get("Name")?.as_str()?))
    }),
    ("age", "age_days(resource.CreateDate) > 90", |facts| {
        let created: jiff::Timestamp = facts.get("CreateDate")?.as_str()?.parse().ok()?;
        Some(jiff::Timestamp::UNIX_EPOCH.duration_since(created).as_secs_f64() / 86_400.0 > 90.0)
    }),
];

/// Never made, only described.
#[allow(dead_code, non_snake_case)]
#[derive(JsonSchema)]
struct Thing {
    StorageEncrypted: bool,
    BackupRetentionPeriod: i64,
    PubliclyAccessible: bool,
    RetentionInDays: Option<i64>,
    VersioningConfiguration: Option<Versioning>,
    Rules: Vec<Rule>,
    Arns: Vec<String>,
    Permissions: Vec<Permission>,
    Name: String,
    CreateDate: String,
}

#[allow(dead_code, non_snake_case)]
#[derive(JsonSchema)]
struct Versioning {
    Status: String,
}

#[allow(dead_code, non_snake_case)]
#[derive(JsonSchema)]
struct Rule {
    Algorithm: String,
}

#[allow(dead_code, non_snake_case)]
#[derive(JsonSchema)]
struct Permission {
    Protocol: String,
    FromPort: i64,
    ToPort: i64,
    Ranges: Vec<String>,
}

/// Resources that differ, so that no branch is always taken.
fn resource(number: usize) -> Resource {
    let choice = |of: usize| number.wrapping_mul(2_654_435_761) / 7 % of;
    let permission = |at: usize| {
        let ranges =
            if choice(3) == at { json!(["10.0.0.0/8", "0.0.0.0/0"]) } else { json!(["10.0.0.0/8", "10.1.0.0/16"]) };
        json!({"Protocol": if at == 1 { "-1" } else { "tcp" }, "FromPort": at * 10, "ToPort": at * 10 + 20, "Ranges": ranges})
    };
    let versioning = match choice(3) {
        0 => Value::Null,
        1 => json!({"Status": "Suspended"}),
        _ => json!({"Status": "Enabled"}),
    };
    let algorithm = ["AES256", "aws:kms", "none"][choice(3)];
    let facts = json!({
        "StorageEncrypted": choice(5) > 0, "BackupRetentionPeriod": choice(20), "PubliclyAccessible": choice(4) == 0,
        "RetentionInDays": if choice(2) == 0 { Value::Null } else { json!(choice(4000)) },
        "VersioningConfiguration": versioning,
        "Rules": [{"Algorithm": "none"}, {"Algorithm": algorithm}],
        "Arns": ["arn:aws:s3:::a", "arn:aws:s3:::b/c", if choice(2) == 0 { "arn:aws:s3:::d" } else { "arn:aws:s3:::*" }],
        "Permissions": (0..5).map(permission).collect::<Vec<_>>(),
        "Name": format!("resource-{number}"), "CreateDate": "1969-07-20T20:17:40Z",
        "Tags": [{"Key": "owner", "Value": "records"}, {"Key": "phi", "Value": "true"}],
    });
    let (id, account) = (format!("resource-{number}"), AccountId::EXAMPLE);
    Resource { kind: KIND.to_owned(), id, arn: None, account, region: Region::US_EAST_1, facts }
}
