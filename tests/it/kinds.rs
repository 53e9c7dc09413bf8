//! Kinds of users' own: the example that the documentation gives, end to end, and every mistake that a page can have.

use std::fs;
use std::path::Path;

use safeguard::model::{Finding, Kind, Report, Scope, Verdict};
use serde_json::Value;

use crate::aws;
use crate::fault::Fault;
use crate::probe;
use crate::product::Product;
use crate::proxy::Answers;

/// Pages of services that this build does not read.
const PAGES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bed/kinds");
const DOCUMENTATION: &str = include_str!("../../src/cli/docs/kinds.md");

/// A code block of the documentation that begins with that line or holds it.
fn example(holding: &str) -> &'static str {
    let mut blocks = DOCUMENTATION.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.find(|block| block.contains(holding)).unwrap_or_else(|| panic!("the documentation shows no {holding}"))
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// The documentation's page and rule in the product's folder, with the models cut as it says.
fn with_example(product: Product) -> Product {
    write(product.folder(), "my-kinds/sqs.yaml", example("service: sqs"));
    write(product.folder(), "my-rules/sqs/acme-queue-encryption.yaml", example("id: acme-queue-encryption"));
    let python = aws::interpreter();
    let output = product.run(&["kinds", "model", "my-kinds", "--python", python.to_str().unwrap()]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert!(output.stdout.contains("my-kinds/models/sqs.json (3 operations)"), "{}", output.stdout);
    product
}

fn finding<'r>(report: &'r Report, queue: &str) -> &'r Finding {
    let of_queue = |finding: &&Finding| finding.resource.id.as_deref().is_some_and(|id| id.ends_with(queue));
    report.findings.iter().find(of_queue).unwrap_or_else(|| panic!("no finding of {queue}"))
}

#[test]
fn the_documentations_example_passes_fails_and_stays_unknown() {
    let credentials = aws::moto().account("333322221111");
    let script = "import boto3, sys\n\
                  sqs = boto3.client('sqs', endpoint_url=sys.argv[1], region_name='us-east-1')\n\
                  sqs.create_queue(QueueName='open', Attributes={'SqsManagedSseEnabled': 'false'})\n\
                  sqs.create_queue(QueueName='sealed', Attributes={'SqsManagedSseEnabled': 'true'}, tags={'team': 'intake'})";
    aws::moto().python_as(&credentials, &["-c", script, &aws::moto().url()]);
    let answers = Answers::of(aws::moto().address());
    let arguments = [
        "--region",
        "us-east-1",
        "--kinds",
        "my-kinds",
        "--rules",
        "my-rules",
        "--select",
        "acme-*",
        "--save-snapshot",
        "seen.ndjson",
        "--format",
        "json",
    ];

    let recorded = answers.record();
    let product = with_example(Product::against(&recorded.url(), &credentials));
    let output = product.scan(&arguments);
    let report = output.report();
    assert_eq!(output.code, 10, "{}", output.stderr);
    assert_eq!(finding(&report, "/sealed").verdict, Verdict::Pass);
    let open = finding(&report, "/open");
    assert_eq!(open.verdict, Verdict::Fail);
    assert!(open.message.contains("keeps its messages without encryption"), "{}", open.message);
    let snapshot = fs::read_to_string(product.folder().join("seen.ndjson")).unwrap();
    assert!(snapshot.contains(r#""SqsManagedSseEnabled":false"#) && snapshot.contains(r#""kind":"AWS::SQS::Queue""#));

    // The snapshot is judged again without AWS, and without the page its kind is unknown to the rule.
    let again = product.scan(&[
        "--snapshot",
        "seen.ndjson",
        "--kinds",
        "my-kinds",
        "--rules",
        "my-rules",
        "--select",
        "acme-*",
    ]);
    assert_eq!(again.code, 10, "{}", again.stderr);
    let without = product.scan(&["--snapshot", "seen.ndjson", "--rules", "my-rules"]);
    assert_eq!(without.code, 2);
    assert!(without.stderr.contains("there is no kind `AWS::SQS::Queue`"), "{}", without.stderr);

    let denied = answers.replay(|call| (call.operation == "GetQueueAttributes").then_some(Fault::Denied));
    let product = with_example(Product::against(&denied.url(), &credentials));
    let output = product.scan(&arguments);
    let report = output.report();
    assert_eq!(output.code, 11);
    assert!(report.findings.iter().all(|finding| finding.verdict == Verdict::Unknown));
    assert_eq!(report.findings.len(), 2);
    let gap = &report.gaps[0];
    assert_eq!((gap.service.as_str(), gap.operation.as_str()), ("sqs", "GetQueueAttributes"));
    assert_eq!(gap.iam_actions, ["sqs:GetQueueAttributes"]);
    assert!(gap.facts.contains(&"AWS::SQS::Queue.KmsMasterKeyId".to_owned()), "{:?}", gap.facts);

    let denied = answers.replay(|call| (call.operation == "ListQueues").then_some(Fault::Denied));
    let product = with_example(Product::against(&denied.url(), &credentials));
    let output = product.scan(&[
        "--region",
        "us-east-1",
        "--kinds",
        "my-kinds",
        "--rules",
        "my-rules",
        "--select",
        "acme-*",
        "--format",
        "json",
    ]);
    assert_eq!(output.report().gaps[0].population, ["AWS::SQS::Queue"]);
    assert_eq!(output.code, 11, "no queue is no answer");
}

const CLUSTERS: &str = "import boto3, sys
ecs = boto3.client('ecs', endpoint_url=sys.argv[1], region_name='us-east-1')
task = ecs.register_task_definition(family='t', containerDefinitions=[{'name': 'c', 'image': 'i', 'memory': 64}])
for name in ('one', 'two', 'three'):
    ecs.create_cluster(clusterName=name, tags=[{'key': 'team', 'value': name}])
for name in ('intake', 'records'):
    ecs.create_service(cluster='two', serviceName=name, desiredCount=2, taskDefinition=task['taskDefinition']['taskDefinitionArn'])
";

#[test]
fn resources_are_listed_below_others_and_told_of_many_at_a_time() {
    let credentials = aws::moto().account("444455556666");
    aws::moto().python_as(&credentials, &["-c", CLUSTERS, &aws::moto().url()]);
    let answers = Answers::of(aws::moto().address());
    let scan = |url: &str| {
        let product = Product::against(url, &credentials);
        write(product.folder(), "mine/ecs.yaml", &fs::read_to_string(format!("{PAGES}/ecs.yaml")).unwrap());
        let python = aws::interpreter();
        let output = product.run(&["kinds", "model", "mine", "--python", python.to_str().unwrap()]);
        assert_eq!(output.code, 0, "{}", output.stderr);
        let listed = product.run(&["kinds", "list", "--kinds", "mine", "--format", "json"]);
        let listed: Vec<Value> = serde_json::from_str(&listed.stdout).unwrap();
        let kinds = ["AWS::ECS::DeclaredCluster", "AWS::ECS::DeclaredService"].map(|name| kind(&listed, name));
        probe::write_rules_of(&product.folder().join("probes"), kinds.iter());
        let arguments = [
            "--region",
            "us-east-1",
            "--kinds",
            "mine",
            "--rules",
            "probes",
            "--select",
            "probe-*",
            "--save-snapshot",
            "seen.ndjson",
            "--format",
            "json",
        ];
        let report = product.scan(&arguments).report();
        let snapshot = fs::read_to_string(product.folder().join("seen.ndjson")).unwrap();
        (report, resources(&snapshot))
    };
    let facts = |lines: &[Value], end: &str| {
        let own = lines.iter().find(|line| line["id"].as_str().is_some_and(|id| id.ends_with(end)));
        own.unwrap_or_else(|| panic!("{end} was not read"))["facts"].clone()
    };

    let recorded = answers.record();
    let (report, lines) = scan(&recorded.url());
    assert!(report.gaps.is_empty(), "{:?}", report.gaps);
    assert_eq!(report.findings.iter().filter(|finding| finding.verdict == Verdict::Pass).count(), 5);
    assert_eq!(facts(&lines, "cluster/three")["Tags"], serde_json::json!([{"Key": "team", "Value": "three"}]));
    let service = facts(&lines, "service/two/intake");
    assert_eq!((&service["ServiceName"], &service["DesiredCount"]), (&"intake".into(), &2.into()));
    let calls = recorded.calls();
    let times = |operation: &str| calls.iter().filter(|call| call.operation == operation).count();
    assert_eq!((times("DescribeClusters"), times("ListServices"), times("DescribeServices")), (2, 3, 1));

    let denied = answers.replay(|call| (call.operation == "ListServices").then_some(Fault::Denied));
    let (report, _) = scan(&denied.url());
    assert!(report.gaps.iter().all(|gap| gap.population == ["AWS::ECS::DeclaredService"]), "{:?}", report.gaps);
    let of_services = report.findings.iter().filter(|finding| finding.rule == probe::id("AWS::ECS::DeclaredService"));
    assert!(of_services.map(|finding| finding.verdict).eq([Verdict::Unknown]), "which services there are is unknown");

    let denied = answers.replay(|call| (call.operation == "ListClusters").then_some(Fault::Denied));
    let (report, _) = scan(&denied.url());
    assert_eq!(report.gaps[0].population, ["AWS::ECS::DeclaredCluster", "AWS::ECS::DeclaredService"]);

    let denied = answers.replay(|call| (call.operation == "DescribeClusters").then_some(Fault::Denied));
    let (report, lines) = scan(&denied.url());
    assert_eq!(facts(&lines, "cluster/one"), serde_json::json!({}));
    let of_clusters = report.findings.iter().filter(|finding| finding.rule == probe::id("AWS::ECS::DeclaredCluster"));
    assert!(of_clusters.map(|finding| finding.verdict).all(|verdict| verdict == Verdict::Unknown));
}

/// The resources of a snapshot.
fn resources(snapshot: &str) -> Vec<Value> {
    let lines = snapshot.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter_map(|mut line| line.get_mut("resource").map(Value::take)).collect()
}

/// A kind of `safeguard kinds list`.
fn kind(listed: &[Value], name: &str) -> Kind {
    let own = listed.iter().find(|kind| kind["kind"] == name).unwrap_or_else(|| panic!("{name} is not listed"));
    let schema = own["facts"].clone();
    Kind::new(name.to_owned().leak(), "twins", Scope::Region, move || schema.try_into().unwrap())
}

#[test]
fn the_documentations_example_is_without_fault_and_its_permissions_are_told() {
    let product = with_example(Product::alone());
    let output = product.run(&["kinds", "lint", "my-kinds"]);
    assert_eq!((output.code, output.stdout.as_str()), (0, "1 page, no problem\n"), "{}", output.stderr);
    for command in [["rules", "lint"], ["rules", "test"]] {
        let output = product.run(&[&command[..], &["my-rules", "--kinds", "my-kinds"]].concat());
        assert_eq!(output.code, 0, "{command:?}: {}{}", output.stdout, output.stderr);
    }
    let shown = product.run(&["kinds", "show", "AWS::SQS::Queue", "--kinds", "my-kinds"]);
    insta::assert_snapshot!("kind_of_a_user", shown.stdout);
    let permissions = product.run(&["permissions", "--kinds", "my-kinds", "--rules", "my-rules", "--select", "acme-*"]);
    for action in ["sqs:ListQueues", "sqs:GetQueueAttributes"] {
        assert!(permissions.stdout.contains(action), "{}", permissions.stdout);
    }
    // The config file does the same as the flag.
    write(product.folder(), "safeguard.yaml", "kinds_dirs: [my-kinds]\n");
    let listed = product.run(&["rules", "test", "my-rules"]);
    assert_eq!(listed.code, 0, "{}{}", listed.stdout, listed.stderr);
}

#[test]
fn a_page_is_begun_and_never_written_over() {
    let product = Product::alone();
    let arguments = ["kinds", "new", "AWS::SQS::Queue", "--service", "sqs", "--list", "ListQueues", "--dir", "mine"];
    let output = product.run(&arguments);
    assert_eq!(output.code, 0, "{}", output.stderr);
    let page = fs::read_to_string(product.folder().join("mine/sqs.yaml")).unwrap();
    insta::assert_snapshot!("page_to_begin_with", page);
    let again = product.run(&arguments);
    assert_eq!(again.code, 2);
    assert!(again.stderr.contains("mine/sqs.yaml exists already"), "{}", again.stderr);
    // What is not filled in is refused with its line.
    let output = product.run(&["scan", "--demo", "--kinds", "mine"]);
    assert_eq!(output.code, 2);
    assert!(output.stderr.contains("mine/sqs.yaml:"), "{}", output.stderr);
}

/// Pages with one mistake each, over a model that this build has.
const MISTAKES: [(&str, &str); 45] = [
    ("no YAML", "kinds: [\n"),
    ("unknown key", "service: backup\nkindz: {}\nkinds: {}\n"),
    ("unknown service", "service: backupp\nkinds: {A::B::C: {list: {call: X, items: Y, id: Z}}}\n"),
    ("unknown operation", "LIST call: ListProtectedResource\n"),
    ("unknown member of the request", "LIST input: {MaxResult: 10}\n"),
    ("a reference without an end", "LIST input: {NextToken: '${account'}\n"),
    ("a reference to nothing", "LIST input: {NextToken: '${Name}'}\n"),
    ("unknown path of the items", "LIST items: Result\n"),
    ("items that are no list", "LIST items: NextToken\n"),
    ("unknown identifier", "LIST id: ResourceARN\n"),
    ("an identifier that need not be unique", "LIST id: ResourceType\n"),
    ("a code that the model does not have", "LIST none_on: [NotThereException]\n"),
    ("a code of gone that the model does not have", "LIST gone: [InvalidParameterValueExceptio]\n"),
    ("no list", "service: backup\nkinds: {AWS::Backup::Thing: {ours: true, facts: {}}}\n"),
    (
        "a list of the account",
        "service: backup\nkinds: {AWS::Account: {list: {call: ListProtectedResources, items: Results, id: ResourceArn}}}\n",
    ),
    (
        "a name that is none",
        "service: backup\nkinds: {Backup: {list: {call: ListProtectedResources, items: Results, id: ResourceArn}}}\n",
    ),
    ("a kind that CloudFormation does not have", "KIND {}\n"),
    (
        "ours that CloudFormation has",
        "service: backup\nkinds: {AWS::Backup::BackupVault: {ours: true, list: {call: ListProtectedResources, items: Results, id: ResourceArn}}}\n",
    ),
    (
        "a fact that CloudFormation spells otherwise",
        "service: backup\nkinds: {AWS::Backup::BackupVault: {list: {call: ListProtectedResources, items: Results, id: ResourceArn}, facts: {BackupVaultNames: {from: ResourceType}}}}\n",
    ),
    ("a fact that the answer does not have", "FACT {ResourceTyp: }\n"),
    ("a fact in small letters", "FACT {resourceType: {from: ResourceType}}\n"),
    ("a default without a source", "FACT {ResourceType: {default: S3}}\n"),
    (
        "a default and absent",
        "FACT {ResourceType: {default: S3, source: https://docs.aws.amazon.com, absent: unknown}}\n",
    ),
    ("a conversion that does not fit", "FACT {ResourceType: {as: tags}}\n"),
    ("a conversion that does not exist", "FACT {ResourceType: {as: number}}\n"),
    ("members of what has none", "FACT {ResourceType: {members: {Name: }}}\n"),
    ("a conversion with members", "FACT {ResourceType: {as: json, members: {Name: }}}\n"),
    ("alternatives of different types", "FACT {ResourceType: {from: ResourceType || LastBackupTime}}\n"),
    ("elements of what is no list", "FACT {ResourceType: {when: {ResourceArn: set}}}\n"),
    ("a fact that is made and read", "FACT {ResourceType: {made: 'x-${ResourceType}', from: ResourceType}}\n"),
    ("a fact that is made of nothing", "FACT {ResourceType: {made: 'x-${ResourceTyp}'}}\n"),
    ("a condition that is none", "LIST when: {ResourceType: {over: [S3]}}\n"),
    ("a list of no call", "service: backup\nkinds: {AWS::Backup::Thing: {ours: true, list: {id: .}}}\n"),
    (
        "a list without items",
        "service: backup\nkinds: {AWS::Backup::Thing: {ours: true, list: {call: ListProtectedResources, id: ResourceArn}}}\n",
    ),
    ("a home that is not there", "LIST home: {of: ResourceNames, arn: .}\n"),
    ("a home by what is neither true nor false", "LIST home: {of: ResourceName, arn: ., first: .}\n"),
    (
        "a parent that names no text",
        "service: backup\nkinds: {A::B::C: {ours: true, list: {call: ListProtectedResources, items: Results, id: ResourceArn}}, A::B::D: {ours: true, parent: {of: A::B::C, each: LastBackupTime}, list: {id: .}}}\n",
    ),
    (
        "a condition that the call does not have",
        "service: account\nkinds: {AWS::Account: {calls: [{call: GetAlternateContact, input: {AlternateContactType: SECURITY}, otherwise: {Name: unknown}, facts: {Contact: {from: AlternateContact}}}]}}\n",
    ),
    (
        "a single key in a batch of many",
        "service: organizations\nkinds: {AWS::Organizations::Thing: {ours: true, scope: account, list: {call: ListPolicies, input: {Filter: SERVICE_CONTROL_POLICY}, items: Policies, id: Id}, calls: [{call: ListTargetsForPolicy, batch: {input: PolicyId, of: Id, size: 5, items: Targets, by: TargetId}, facts: {Target: {from: TargetId}}}]}}\n",
    ),
    (
        "a parent that is not there",
        "service: backup\nkinds: {AWS::Backup::Thing: {ours: true, parent: AWS::Backup::Vault, list: {call: ListProtectedResources, items: Results, id: ResourceArn}}}\n",
    ),
    (
        "parents in a circle",
        "service: backup\nkinds: {A::B::C: {ours: true, parent: A::B::D, list: {call: ListProtectedResources, items: Results, id: ResourceArn}}, A::B::D: {ours: true, parent: A::B::C, list: {call: ListProtectedResources, items: Results, id: ResourceArn}}}\n",
    ),
    (
        "a fact that two calls give",
        "service: account\nkinds: {AWS::Account: {calls: [{call: GetAlternateContact, input: {AlternateContactType: SECURITY}, facts: {Contact: {from: AlternateContact}}}, {call: GetAlternateContact, input: {AlternateContactType: BILLING}, facts: {Contact: {from: AlternateContact}}}]}}\n",
    ),
    (
        "a value that AWS does not take",
        "service: account\nkinds: {AWS::Account: {calls: [{call: GetAlternateContact, input: {AlternateContactType: SECURTY}, facts: {Contact: {from: AlternateContact}}}]}}\n",
    ),
    (
        "a fact that the list tells",
        "service: organizations\nkinds: {AWS::Organizations::Thing: {ours: true, scope: account, list: {call: ListPolicies, input: {Filter: SERVICE_CONTROL_POLICY}, items: Policies, id: Id}, calls: [{call: DescribePolicy, input: {PolicyId: '${Id}'}, read: Policy.PolicySummary, facts: {Name: }}]}}\n",
    ),
    (
        "an action that AWS does not publish",
        "service: backup\niam_actions: {ListProtectedResources: ['backup:ListProtectedResource']}\nkinds: {AWS::Backup::Thing: {ours: true, list: {call: ListProtectedResources, items: Results, id: ResourceArn}}}\n",
    ),
];

/// A page of one kind whose list, facts or names have the mistake.
fn page(text: &str) -> String {
    let list = |changed: &str| {
        let parts = [("call", "ListProtectedResources"), ("items", "Results"), ("id", "ResourceArn")];
        let kept = parts.iter().filter(|(key, _)| !changed.starts_with(&format!("{key}:")));
        let mut lines: Vec<String> = kept.map(|(key, value)| format!("      {key}: {value}\n")).collect();
        if !changed.is_empty() {
            lines.push(format!("      {changed}"));
        }
        lines.concat()
    };
    let whole = |ours: &str, list: String, facts: &str| {
        format!("service: backup\nkinds:\n  AWS::Backup::Thing:\n{ours}    list:\n{list}    facts: {facts}\n")
    };
    match text.split_once(' ') {
        Some(("LIST", changed)) => whole("    ours: true\n", list(changed), "{}"),
        Some(("FACT", facts)) => whole("    ours: true\n", list(""), facts.trim()),
        Some(("KIND", _)) => whole("", list(""), "{}"),
        _ => text.to_owned(),
    }
}

#[test]
fn every_mistake_of_a_page_has_its_message() {
    let product = Product::alone();
    let mut said = String::new();
    for (mistake, text) in MISTAKES {
        write(product.folder(), "page.yaml", &page(text));
        let output = product.run(&["kinds", "lint", "page.yaml"]);
        assert_eq!(output.code, 2, "{mistake}: {}{}", output.stdout, output.stderr);
        assert!(output.stdout.contains("page.yaml"), "{mistake}: {}", output.stdout);
        said += &format!("# {mistake}\n{}\n", output.stdout.trim_end());
    }
    insta::assert_snapshot!("mistakes_of_pages", said);
}

#[test]
fn a_kind_that_is_there_already_is_refused() {
    let product = Product::alone();
    let page = page("KIND {}").replace("AWS::Backup::Thing", "AWS::S3::Bucket");
    write(product.folder(), "mine/backup.yaml", &page);
    let output = product.run(&["scan", "--demo", "--kinds", "mine"]);
    assert_eq!(output.code, 2);
    assert!(output.stderr.contains("this build reads the kind `AWS::S3::Bucket` already"), "{}", output.stderr);
}

#[test]
fn a_folder_without_pages_and_a_python_without_botocore_are_named() {
    let product = Product::alone();
    fs::create_dir(product.folder().join("empty")).unwrap();
    let output = product.run(&["scan", "--demo", "--kinds", "empty"]);
    assert_eq!(output.code, 2);
    assert!(output.stderr.contains("empty holds no page of kinds"), "{}", output.stderr);
    write(product.folder(), "mine/sqs.yaml", example("service: sqs"));
    let output = product.run(&["kinds", "lint", "mine"]);
    assert!(output.stdout.contains("safeguard kinds model"), "{}", output.stdout);
    let output = product.run(&["kinds", "model", "mine", "--python", "no-such-python"]);
    assert_eq!(output.code, 2);
    assert!(output.stderr.contains("no-such-python cannot cut models"), "{}", output.stderr);
    write(product.folder(), "mine/models/sqs.json", "{\"not\": \"a model\"}");
    let output = product.run(&["kinds", "lint", "mine"]);
    assert_eq!(output.code, 2);
    assert!(output.stdout.contains("mine/models/sqs.json"), "{}", output.stdout);
}
