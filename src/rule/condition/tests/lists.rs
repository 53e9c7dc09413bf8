//! Lists of which not everything is known.

use Truth::{False, True, Unknown};

use super::*;

fn among(others: Value, is_incomplete: bool, source: &str) -> Truth {
    let Value::Array(others) = others else { panic!("a list") };
    let world = World { others, others_are_incomplete: is_incomplete, ..World::of(json!({"Name": "a"})) };
    world.judge(&compiled(source), &mut Trace::off()).unwrap()
}

#[test]
fn one_element_decides_whatever_the_others_are() {
    let rules = json!({"Rules": [{"Status": "x"}, {"On": true}, {}]});
    for (source, expected) in [
        ("resource.Rules.exists(r, r.On)", True),
        ("resource.Rules.all(r, !r.On)", False),
        ("resource.Rules.all(r, r.On)", Unknown),
        ("resource.Rules.exists_one(r, r.On)", Unknown),
        ("resource.Rules.filter(r, r.On).size() > 0", True),
        ("resource.Rules.filter(r, r.On).size() > 3", False),
        ("resource.Rules.filter(r, r.On).size() == 0", False),
        ("resource.Rules.filter(r, r.On).size() == 2", Unknown),
        ("resource.Rules.filter(r, r.On).all(r, r.On)", Unknown),
        ("resource.Rules.filter(r, r.On).exists(r, r.Status == 'x')", Unknown),
        ("resource.Rules.filter(r, r.On).all(r, r.Status != 'x')", Unknown),
        ("resource.Rules.filter(r, r.Status == 'x').exists(r, r.Status == 'x')", True),
        ("'x' in resource.Rules.map(r, r.Status)", True),
        ("'y' in resource.Rules.map(r, r.Status)", Unknown),
        ("size(resource.Rules.map(r, r.Status)) == 3", True),
        ("resource.Rules.map(r, r.Status) == ['x', 'y']", False),
        ("resource.Rules.map(r, r.Status)[0] == 'x'", True),
        ("resource.Rules.filter(r, r.On)[0].Status == 'x'", Unknown),
    ] {
        assert_eq!(truth(source, rules.clone()), expected, "{source}");
    }
    let two = json!({"Rules": [{"On": true}, {}, {"On": true}]});
    assert_eq!(truth("resource.Rules.exists_one(r, r.On)", two), False, "two are too many, whatever the third is");
}

#[test]
fn an_empty_list_that_was_read_is_decided() {
    let rules = json!({"Rules": []});
    assert_eq!(truth("resource.Rules.all(r, r.On)", rules.clone()), True);
    assert_eq!(truth("resource.Rules.exists(r, r.On)", rules.clone()), False);
    assert_eq!(truth("size(resource.Rules) == 0", rules), True);
}

#[test]
fn an_incomplete_population_leaves_open_what_its_known_part_does_not_decide() {
    let questions = [
        ("resources('AWS::Test::Other').exists(o, o.On)", True, Unknown),
        ("resources('AWS::Test::Other').exists(o, o.Port == 9)", False, Unknown),
        ("resources('AWS::Test::Other').all(o, !o.On)", False, False),
        ("resources('AWS::Test::Other').all(o, o.Port < 9)", True, Unknown),
        ("size(resources('AWS::Test::Other')) >= 2", True, True),
        ("size(resources('AWS::Test::Other')) == 2", True, Unknown),
        ("size(resources('AWS::Test::Other')) < 2", False, False),
        ("resources('AWS::Test::Other').exists_one(o, o.On)", True, Unknown),
        ("resources('AWS::Test::Other').filter(o, o.On).size() > 0", True, True),
        ("resources('AWS::Test::Other').filter(o, o.Port == 9).size() == 0", True, Unknown),
        ("resources('AWS::Test::Other').map(o, o.Name).exists(n, n == resource.Name)", True, True),
        ("resource.Name in resources('AWS::Test::Other').map(o, o.Name)", True, True),
        ("'z' in (['y'] + resources('AWS::Test::Other').map(o, o.Name))", False, Unknown),
        ("resources('AWS::Test::Other')[0].Port == 1", True, Unknown),
    ];
    let others = json!([{"Name": "a", "On": true, "Port": 1}, {"Name": "b", "On": false, "Port": 2}]);
    for (source, complete, incomplete) in questions {
        assert_eq!(among(others.clone(), false, source), complete, "{source}");
        let expected = if source.contains("exists(o, o.On)") { True } else { incomplete };
        assert_eq!(among(others.clone(), true, source), expected, "{source}, incomplete");
    }
}

#[test]
fn a_kind_that_was_not_looked_for_is_open() {
    let source = "resources('AWS::Test::Thing').exists(o, o.Flag0)";
    assert_eq!(truth(source, json!({})), Unknown, "the judged resource is not in this estate");
}

#[test]
fn a_lookup_that_finds_nothing_is_unknown() {
    let others = json!([{"Name": "a", "On": true}, {"Name": "b"}]);
    assert_eq!(among(others.clone(), false, "lookup('AWS::Test::Other', 'Name', resource.Name).On"), True);
    assert_eq!(among(others.clone(), false, "lookup('AWS::Test::Other', 'Name', 'b').On"), Unknown);
    assert_eq!(among(others.clone(), false, "lookup('AWS::Test::Other', 'Name', 'c').On"), Unknown);
    assert_eq!(among(others, false, "lookup('AWS::Test::Other', 'Name', resource.Label).On"), Unknown);
}

#[test]
fn loops_inside_loops_keep_their_variables() {
    let facts = json!({"Rules": [{"Items": [1, 2]}, {"Items": [3]}], "Numbers": [3]});
    let source = "resource.Rules.exists(r, r.Items.all(i, i in resource.Numbers) && size(r.Items) == 1)";
    assert_eq!(truth(source, facts.clone()), True);
    let source = "resource.Numbers.all(n, resource.Rules.exists(r, r.Items.exists(i, i == n)))";
    assert_eq!(truth(source, facts.clone()), True);
    let source = "resource.Rules.filter(r, r.Items.exists(i, i > 2)).all(r, r.Items.all(i, i > 2))";
    assert_eq!(truth(source, facts), True);
}
