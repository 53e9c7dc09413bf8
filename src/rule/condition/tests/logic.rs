//! Three-valued logic, and each kind of expression once.

use Truth::{False, True, Unknown};

use super::*;

#[test]
fn an_absent_fact_is_unknown_and_decides_nothing() {
    for source in [
        "resource.Flag0",
        "!resource.Flag0",
        "resource.Mode == null",
        "resource.Mode != null",
        "resource.Name == 'a'",
        "resource.Name != 'a'",
        "resource.Name in ['a']",
        "!('a' in resource.Names)",
        "resource.Count < 3",
        "resource.Rules.all(r, r.On)",
        "!resource.Rules.exists(r, r.On)",
        "resource.Rules.exists_one(r, r.On)",
        "size(resource.Rules) == 0",
        "resource.Rules.filter(r, r.On).size() == 0",
        "resource.Nested != null && resource.Nested.On",
        "!(resource.Nested == null || resource.Nested.Level > 3)",
        "resource.Name.startsWith('a')",
        "resource.Name.matches('^a')",
        "age_days(resource.Created) > 30",
        "timestamp(resource.Created) < now",
        "resource.Count + 1 == 2",
        "-resource.Count == 2",
        "is_public(resource.Policy)",
        "resource.Tags['a'] == 'b'",
        "resource.Numbers[0] == 1",
        "'a' in resource.Tags",
        "resource.Flag0 ? true : false",
        "[resource.Name].exists(name, name == 'a')",
    ] {
        assert_eq!(truth(source, json!({})), Unknown, "{source}");
    }
}

#[test]
fn unknown_and_false_is_false_in_any_order() {
    let facts = json!({"Flag1": false, "Flag2": true});
    for (source, expected) in [
        ("resource.Flag0 && resource.Flag1", False),
        ("resource.Flag1 && resource.Flag0", False),
        ("resource.Flag0 && resource.Flag2", Unknown),
        ("resource.Flag0 || resource.Flag2", True),
        ("resource.Flag2 || resource.Flag0", True),
        ("resource.Flag0 || resource.Flag1", Unknown),
        ("!(resource.Flag0 && resource.Flag1)", True),
        ("resource.Flag0 && resource.Flag3 && resource.Flag1 && resource.Flag4", False),
    ] {
        assert_eq!(truth(source, facts.clone()), expected, "{source}");
    }
}

#[test]
fn a_fault_waits_for_an_answer_that_decides() {
    let facts = json!({"Flag1": false, "Flag2": true, "Count": 0});
    let fault = "1 / resource.Count == 1";
    for (source, expected) in [
        (format!("resource.Flag1 && {fault}"), False),
        (format!("{fault} && resource.Flag1"), False),
        (format!("{fault} || resource.Flag2"), True),
        (format!("{fault} || resource.Flag0"), Unknown),
        ("[1, 0].exists(n, n / resource.Count == 1 || n == 0)".to_owned(), True),
        (format!("resource.Flag0 ? {fault} : true"), Unknown),
    ] {
        assert_eq!(truth(&source, facts.clone()), expected, "{source}");
    }
    let error = judge(&format!("{fault} && resource.Flag2"), facts).unwrap_err();
    assert_eq!(error, EvaluationError::Arithmetic("division by zero"));
}

#[test]
fn an_undecided_choice_is_decided_if_both_branches_agree() {
    let facts = json!({"Flag1": true, "Flag2": true, "Name": "a", "Label": "a"});
    assert_eq!(truth("resource.Flag0 ? resource.Flag1 : resource.Flag2", facts.clone()), True);
    assert_eq!(truth("resource.Flag0 ? resource.Flag1 : false", facts.clone()), Unknown);
    assert_eq!(truth("(resource.Flag0 ? resource.Name : resource.Label) == 'a'", facts.clone()), True);
    assert_eq!(truth("(resource.Flag0 ? resource.Name : 'b') == 'a'", facts), Unknown);
}

#[test]
fn null_is_an_answer() {
    let facts = json!({"Mode": null, "Nested": null, "MaybeCount": null, "MaybeFlag": null});
    for (source, expected) in [
        ("resource.Mode == null", True),
        ("null != resource.Mode", False),
        ("resource.Mode == 'Enabled'", False),
        ("resource.Mode != 'Enabled'", True),
        ("resource.Mode in ['Enabled', 'Suspended']", False),
        ("resource.MaybeFlag == true", False),
        ("resource.MaybeCount == 0", False),
        ("resource.MaybeCount == null || resource.MaybeCount >= 30", True),
        ("resource.Nested != null && resource.Nested.On", False),
        ("resource.Nested == null ? true : resource.Nested.On", True),
        ("resource.Mode == resource.MaybeFlag || true", True),
    ] {
        if compile(source).is_ok() {
            assert_eq!(truth(source, facts.clone()), expected, "{source}");
        } else {
            assert!(source.contains("MaybeFlag ||"), "{source}");
        }
    }
}

#[test]
fn values_compute_as_in_cel() {
    let facts = json!({
        "Count": 7, "Size": 2, "Name": "bucket-ä", "Tags": {"owner": "me"}, "Numbers": [3, 4], "Anything": {"A": [1, "x"]},
        "Created": "2025-12-02T00:00:00Z", "LastUsed": "2026-01-11T00:00:00Z", "Mode": "Enabled", "Arn": "arn:aws:s3:::a",
        "Names": ["a", "b"],
    });
    for source in [
        "resource.Count % 4 == 3 && resource.Count / 2 == 3 && resource.Count * 2 - 1 == 13",
        "resource.Size == 2 && resource.Size + 0.5 == 2.5 && resource.Size < 3 && 3 > resource.Size",
        "size(resource.Name) == 8 && resource.Name.endsWith('-ä') && resource.Name.contains('cket')",
        "resource.Name.matches('^bucket-[a-zä]$') && matches(resource.Name, 'b')",
        "'ABC'.lowerAscii() == 'abc' && resource.Name + '!' == 'bucket-ä!'",
        "resource.Tags.owner == 'me' && resource.Tags['owner'] == 'me' && 'owner' in resource.Tags && !('x' in resource.Tags)",
        "size(resource.Tags) == 1 && resource.Tags.all(key, key.startsWith('own'))",
        "resource.Numbers[1] == 4 && resource.Numbers[resource.Count - 7] == 3 && resource.Numbers == [3, 4]",
        "resource.Numbers + [5] == [3, 4, 5] && resource.Names != ['a']",
        "resource.Anything.A[0] == 1 && resource.Anything.A[1] == 'x'",
        "age_days(resource.Created) == 30 && resource.LastUsed != null && days_until(resource.LastUsed) == 10.0",
        "now - timestamp(resource.Created) == duration('720h') && timestamp(resource.Created) + duration('720h') == now",
        "timestamp('2026-01-01T00:00:00Z') == now && duration('1h') - duration('30m') == duration('1800s')",
        "int('12') == 12 && int(2.9) == 2 && double(1) == 1.0 && string(5) == '5' && string(true) == 'true'",
        "params.days == 30 && params.share < 1 && params.word == 'a' && params.strict && '111111111111' in params.trusted",
        "account == '123456789012' && !resource.InPhiScope",
        "resource.Numbers.map(n, n * 2) == [6, 8] && resource.Numbers.map(n, n > 3, n + 1) == [5]",
        "resource.Numbers.filter(n, n > 3)[0] == 4 && resource.Numbers.exists_one(n, n == 3)",
        "(resource.Count > 3 ? 'many' : 'few') == 'many'",
        "!is_public(null) && allows_on_all_resources(null, ['s3:GetObject', 'x']) == false",
        "-resource.Count == -7 && 9223372036854775807 > resource.Count",
    ] {
        assert_eq!(truth(source, facts.clone()), True, "{source}");
    }
}

#[test]
fn policy_functions_get_the_document_and_their_lists() {
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]});
    let facts = json!({"Policy": policy, "Arn": "arn:aws:s3:::a"});
    assert_eq!(truth("is_public(resource.Policy)", facts.clone()), True);
    assert_eq!(truth("grants_only_to_known(resource.Policy, account, params.trusted)", facts.clone()), False);
    assert_eq!(truth("grants_only_to_known(resource.Policy, account, [account] + params.trusted)", facts), False);
    assert_eq!(truth("is_public(resource.Policy)", json!({"Policy": null})), False);
}

#[test]
fn a_function_gets_all_its_arguments_however_many() {
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::a/*", "Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:s3:::b"}}}]});
    for (source_arn, expected) in [("arn:aws:s3:::b", True), ("arn:aws:s3:::c", False)] {
        let call = "lets_service(resource.Policy, 'logging.s3.amazonaws.com', 's3:PutObject', 'arn:aws:s3:::a/x'";
        let source = format!("{call}, account, '{source_arn}')");
        assert_eq!(truth(&source, json!({"Policy": policy})), expected, "{source}");
    }
}

#[test]
fn phi_scope_may_be_unknown() {
    let condition = compiled("resource.InPhiScope");
    let world = World { in_phi_scope: None, ..World::of(json!({})) };
    assert_eq!(world.judge(&condition, &mut Trace::off()), Ok(Unknown));
    let world = World { in_phi_scope: Some(true), ..World::of(json!({})) };
    assert_eq!(world.judge(&condition, &mut Trace::off()), Ok(True));
}

#[test]
fn other_resources_may_hold_phi_too() {
    let condition = compiled("resources('AWS::Test::Other').exists(o, o.Name == resource.Name && o.InPhiScope)");
    for (others, expected) in [
        (vec![json!({"Name": "a", "On": true}), json!({"Name": "b", "On": false})], True),
        (vec![json!({"Name": "a", "On": false}), json!({"Name": "b", "On": true})], False),
        (vec![json!({"Name": "a"}), json!({"Name": "b", "On": true})], Unknown),
        (vec![json!({"Name": "a"}), json!({"Name": "a", "On": true})], True),
    ] {
        let world = World { others: others.clone(), ..World::of(json!({"Name": "a"})) };
        assert_eq!(world.judge(&condition, &mut Trace::off()), Ok(expected), "{others:?}");
    }
    let found = compiled("lookup('AWS::Test::Other', 'Name', resource.Name).InPhiScope");
    let world = World { others: vec![json!({"Name": "a", "On": true})], ..World::of(json!({"Name": "a"})) };
    assert_eq!(world.judge(&found, &mut Trace::off()), Ok(True));
    let nobody = World { others: vec![json!({"Name": "b", "On": true})], ..World::of(json!({"Name": "a"})) };
    assert_eq!(nobody.judge(&found, &mut Trace::off()), Ok(Unknown));
}

#[test]
fn what_the_schema_does_not_say_is_an_error_and_no_verdict() {
    for (source, facts) in [
        ("resource.Flag0", json!({"Flag0": "true"})),
        ("resource.Flag0", json!({"Flag0": null})),
        ("resource.Count > 3", json!({"Count": "4"})),
        ("resource.Count > 3", json!({"Count": 4.5})),
        ("resource.Count > 3", json!({"Count": u64::MAX})),
        ("resource.Rules.all(r, r.On)", json!({"Rules": {"On": true}})),
        ("resource.Rules.all(r, r.On)", json!({"Rules": ["x"]})),
        ("resource.Nested != null && resource.Nested.On", json!({"Nested": []})),
        ("resource.Name == 'a'", json!({"Name": ["a"]})),
        ("is_public(resource.Policy)", json!({"Policy": "{}"})),
        ("resource.Count + 1 > 0", json!({"Count": i64::MAX})),
        ("-resource.Count > 0", json!({"Count": i64::MIN})),
        ("resource.Count % 0 == 1", json!({"Count": 1})),
        ("resource.Size / 0.0 > 1.0", json!({"Size": 1.0})),
        ("resource.Numbers[2] == 1", json!({"Numbers": [1]})),
        ("resource.Numbers[resource.Count] == 1", json!({"Numbers": [1], "Count": -1})),
        ("resource.Tags.a == 'b'", json!({"Tags": {}})),
        ("resource.Tags[resource.Name] == 'b'", json!({"Tags": {}, "Name": "a"})),
        ("age_days(resource.Created) > 1", json!({"Created": "yesterday"})),
        ("resource.Anything > 1", json!({"Anything": "a"})),
        ("resource.Anything", json!({"Anything": 1})),
        ("int(resource.Name) > 1", json!({"Name": "one"})),
    ] {
        assert!(judge(source, facts.clone()).is_err(), "{source} on {facts}");
    }
}

#[test]
fn a_resource_whose_facts_are_no_object_is_an_error() {
    assert!(judge("resource.Flag0", json!("hostile")).is_err());
    assert!(judge("resource.Flag0", json!(null)).is_err());
}

#[test]
fn a_runaway_condition_ends() {
    let numbers: Vec<i64> = (0..200).collect();
    let source = "resource.Numbers.all(a, resource.Numbers.all(b, resource.Numbers.all(c, a + b + c >= 0)))";
    assert_eq!(judge(source, json!({"Numbers": numbers})), Err(EvaluationError::Budget));
    let source = format!("{source} || true");
    assert_eq!(judge(&source, json!({"Numbers": numbers})), Err(EvaluationError::Budget), "nothing absorbs it");
}

#[test]
fn facts_that_settle_nothing_are_unknown_with_a_reason() {
    let answer = |source: &str, facts: Value| {
        let mut trace = Trace::on();
        let truth = World::of(facts).judge(&compiled(source), &mut trace).unwrap();
        (truth, trace.notes().to_vec())
    };
    let source = "resource.Flag1 ? true : unknown('it may be in force')";
    assert_eq!(answer(source, json!({"Flag1": true})), (Truth::True, vec![]));
    assert_eq!(answer(source, json!({"Flag1": false})), (Truth::Unknown, vec!["it may be in force".to_owned()]));
    assert_eq!(answer("unknown('whatever') && resource.Flag1", json!({"Flag1": false})).0, Truth::False);
}
