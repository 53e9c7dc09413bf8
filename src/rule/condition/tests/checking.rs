//! What is refused when a rule is loaded, where, and with which words.

use super::*;

/// The place (as the text that stands there), the message, and the help of the first error.
fn refusal(source: &str) -> (String, String, String) {
    let errors = compile(source).err().unwrap_or_else(|| panic!("{source} was accepted"));
    let error = errors.first().unwrap_or_else(|| panic!("{source}: no error"));
    assert!(source.is_char_boundary(error.offset), "{source}: {error:?}");
    (source[error.offset..].to_owned(), error.message.clone(), error.help.clone().unwrap_or_default())
}

#[track_caller]
fn refused(source: &str, place: &str, message: &str, help: &str) {
    let (found_place, found_message, found_help) = refusal(source);
    assert!(found_place.starts_with(place), "{source}: at `{found_place}`, not at `{place}`: {found_message}");
    assert!(found_message.contains(message), "{source}: {found_message}");
    assert!(found_help.contains(help), "{source}: {found_help}");
}

#[test]
fn a_misspelled_fact_is_refused_with_the_right_one() {
    refused("resource.Nmae == 'a'", "Nmae", "AWS::Test::Thing has no fact `Nmae`", "did you mean `Name`?");
    refused("resource.Nested != null && resource.Nested.Levle > 1", "Levle", "has no field `Levle`", "`Level`");
    refused("resource.Rules.all(r, r.on)", "on)", "has no field `on`", "did you mean `On`?");
    refused("resources('AWS::Test::Other').exists(o, o.Flag0)", "Flag0", "AWS::Test::Other has no fact", "it has");
    refused("resource['Nmae'] == 'a'", "[", "no fact `Nmae`", "`Name`");
}

#[test]
fn names_functions_and_parameters_must_exist() {
    refused("resorce.Name == 'a'", "resorce", "`resorce` means nothing here", "`resource`");
    refused("resource.Rules.all(r, s.On)", "s.On", "`s` means nothing here", "");
    refused("params.day == 1", "day", "no parameter `day`", "`days`");
    refused("params == 1", "params", "no value", "params.name");
    refused("is_pubic(resource.Policy)", "is_pubic", "no function `is_pubic`", "`is_public`");
    refused("resource.Name.startswith('a')", "startswith", "no function `startswith`", "`startsWith`");
    refused("startsWith(resource.Name, 'a')", "startsWith", "not called like that", "text.startsWith(start: string)");
    refused("is_public(resource.Policy, 1)", "is_public", "takes something else", "is_public(policy: ");
    refused("resources('AWS::Test::Othr').all(o, o.On)", "'AWS", "no kind `AWS::Test::Othr`", "`AWS::Test::Other`");
    refused("resources(resource.Name).all(o, true)", "Name", "written out", "");
    refused("lookup('AWS::Test::Other', 'Nme', 'a').On", "'Nme'", "no fact `Nme`", "`Name`");
    refused("lookup('AWS::Test::Other', 'Port', 'a').On", "'a'", "`Port` is int", "");
}

#[test]
fn wrong_types_are_refused() {
    refused("resource.Flag0 == 'true'", "==", "one side is bool, the other is string", "without quotes");
    refused("resource.Flag0 != 1", "!=", "one side is bool, the other is int", "");
    refused("resource.Name == 1", "==", "string", "without quotes");
    refused("resource.Name in [1, 2]", "in", "string", "");
    refused("resource.Names in ['a']", "in", "list of string", "");
    refused("resource.Count < '3'", "<", "int", "");
    refused("resource.Flag0 < true", "<", "bool", "");
    refused("resource.Count", "Count", "`resource.Count` is int, but a condition must be bool", "");
    refused("resource.Flag0 && resource.Name", "Name", "must be bool", "");
    refused("!resource.Count", "Count", "must be bool", "");
    refused("resource.Count + 1.5 > 2.0", "+", "cannot take int and double", "double()");
    refused("resource.Name - 'a' == 'b'", "-", "cannot take string and string", "");
    refused("-resource.Name == 'a'", "Name", "cannot take string", "");
    refused("resource.Name.Other == 1", "Other", "is string and has no fields", "");
    refused("resource.Rules.On", "On", "is a list", "exists");
    refused("resource.Name.all(c, true)", "Name", "not a list", "");
    refused("resource.Rules['a'].On", "[", "no position", "");
    refused("resource.Numbers[-1] == 1", "1]", "count from 0", "");
    refused("resource.Numbers[0.5] == 1", "[", "no position", "");
    refused("(resource.Flag0 ? 1 : 'a') == 1", "?", "one branch is int, the other is string", "");
    refused("resource.Name in ['a', 1]", "[", "a list of string cannot hold int", "one type");
    refused("resource.Name.startsWith(1)", "1", "takes string", "");
    refused("age_days(resource.Count) > 1", "Count", "`resource.Count` is int", "");
    refused("resource.Nested == resource.Nested", "==", "cannot compare", "fields");
    refused("resource == null", "resource", "never null", "");
    refused("resource.Name == null", "Name", "never null: it is string", "unknown, not null");
    refused("'On' in resource.Nested || true", "Nested", "may be null", "");
    refused("resource.Policy == '{}'", "==", "cannot compare", "policy function");
    refused("resource.Policy != null && resource.Policy.Statement == 'a'", "Statement", "policy document", "is_public");
    refused("resource.Created < resource.Created", "<", "moments as texts", "timestamp(");
    refused("timestamp(resource.Created) == resource.Created", "==", "timestamp", "timestamp(");
}

#[test]
fn what_may_be_null_needs_a_guard() {
    refused("resource.Nested.On", "Nested", "`resource.Nested` may be null", "`resource.Nested != null && ...`");
    refused("resource.MaybeCount > 3", "MaybeCount", "may be null", "guard");
    refused("resource.MaybeFlag", "MaybeFlag", "may be null", "resource.MaybeFlag == true");
    refused("resource.Mode.startsWith('E')", "Mode", "may be null", "guard");
    refused("resource.MaybeRules.all(r, r.On)", "MaybeRules", "may be null", "guard");
    refused("size(resource.MaybeRules) > 0", "MaybeRules", "may be null", "guard");
    refused("age_days(resource.LastUsed) > 1", "LastUsed", "may be null", "guard");
    refused(
        "resource.Nested == null || resource.Nested.Inner.Deep == 'a'",
        "Inner",
        "`resource.Nested.Inner` may be null",
        "",
    );
    refused("resource.Nested != null || resource.Nested.On", "Nested.On", "may be null", "");
    refused("resource.Nested == null && resource.Nested.On", "Nested.On", "may be null", "");
    refused("(resource.Nested != null || resource.Flag0) && resource.Nested.On", "Nested.On", "may be null", "");
    refused(
        "resource.Rules.all(r, r.Days != null) && resource.Rules.all(r, r.Days > 3)",
        "Days > 3",
        "may be null",
        "",
    );
}

#[test]
fn guards_are_understood() {
    for source in [
        "resource.Nested != null && resource.Nested.On",
        "null != resource.Nested && resource.Nested.On",
        "resource.Nested == null || resource.Nested.On",
        "resource.Nested != null && (resource.Nested == null || resource.Nested.On)",
        "!(resource.Nested == null) && resource.Nested.On",
        "!(resource.Nested == null || !resource.Nested.On)",
        "resource.Flag0 && resource.Nested != null && resource.Flag1 && resource.Nested.On",
        "(resource.Flag0 && resource.Nested != null) && (resource.Flag1 || resource.Nested.On)",
        "resource.Nested != null ? resource.Nested.On : false",
        "resource.Nested == null ? false : resource.Nested.On",
        "resource.Nested != null && resource.Nested.Inner != null && resource.Nested.Inner.Deep == 'a'",
        "resource.Mode == 'Enabled' && resource.Mode.startsWith('E')",
        "resource.Mode in ['Enabled'] && resource.Mode.startsWith('E')",
        "resource.Mode != 'Enabled' || resource.Mode.startsWith('E')",
        "resource.Rules.all(r, r.Days == null || r.Days > 3)",
        "resource.Rules.exists(r, r.Days != null && r.Days > 3 && resource.Nested == null)",
        "resource.MaybeRules != null && resource.MaybeRules.all(r, r.On)",
        "((resource.Nested != null && resource.Flag0) || (resource.Flag1 && resource.Nested != null)) && resource.Nested.On",
        "resource.Rules[0].Days != null && resource.Rules[0].Days > 1",
        "(resource.Flag0 ? resource.Nested != null : false) && resource.Flag1 || resource.MaybeFlag == true",
    ] {
        compiled(source);
    }
}

#[test]
fn a_guard_holds_only_for_its_own_loop() {
    let source = "resource.Rules.exists(r, r.Days != null && resource.Rules.exists(s, s.Days > 1))";
    refused(source, "Days > 1", "`s.Days` may be null", "");
}

#[test]
fn what_is_not_in_the_subset_is_refused_by_name() {
    refused("has(resource.Name)", "", "`has()` is not part of the rule language", "compare with null");
    refused("{'a': 1}.a == 1", "{", "map literals", "");
    refused("Thing{a: 1} == 1", "{", "messages", "");
    refused("1u == 1", "1u", "unsigned", "leave out the `u`");
    refused("b'a' == b'a'", "b'a'", "bytes", "");
    refused("type(resource.Name) == string", "type", "no function `type`", "");
    refused("resource.?Name == 'a'", ".", "", "");
    refused("resource.Names.exists(1, true)", "", "", "");
    refused("resource.Names.exists(x)", "exists", "needs a list before it", "list.exists(x, ...)");
    refused("all(resource.Names)", "all", "needs a list before it", "");
    refused("resource.Names.exists(resource, true)", "", "`resource` already means something else", "another name");
    refused("resource.Names.all(x, resource.Names.all(x, x == 'a'))", "", "already means", "");
}

#[test]
fn syntax_errors_say_where_and_what() {
    refused("", "", "the condition is empty", "");
    refused("resource.Flag0 &&", "", "ends too early", "");
    refused("resource.Flag0 and resource.Flag1", "and", "`and` cannot stand here", "write `&&`");
    refused("resource.Flag0 = true", "=", "", "write `==`");
    refused("(resource.Flag0", "(", "`(` is never closed", "");
    refused("resource.Flag0)", ")", "closes nothing", "");
    refused("resource.Name == 'a", "'a", "no end", "");
    refused("resource.Count ==\n  === 1", "=", "", "");
}

#[test]
fn literals_are_looked_at_when_the_rule_is_loaded() {
    refused("resource.Name.matches('(')", "'('", "not a regular expression", "");
    refused("resource.Name.matches(resource.Label)", "Label", "written out", "");
    refused("resource.Name.matches('a{1000}{1000}')", "'a", "not a regular expression", "");
    refused("timestamp('2026-13-01T00:00:00Z') < now", "timestamp", "is not a moment", "");
    refused("duration('3 days') == duration('1h')", "duration", "is not a span of time", "");
    refused("int('x') == 1", "int", "is not a whole number", "");
}

#[test]
fn all_errors_come_at_once_and_in_order() {
    let errors = compile("resource.Nope == 1 && resource.Count == 'a' || nothing").unwrap_err();
    let offsets: Vec<_> = errors.iter().map(|error| error.offset).collect();
    assert_eq!(offsets, [9, 37, 47]);
}

#[test]
fn offsets_are_bytes_whatever_stands_before() {
    let source = "resource.Name == 'ä€😀' && resource.Nope";
    let errors = compile(source).unwrap_err();
    assert!(source[errors[0].offset..].starts_with("Nope"));
    let source = "// ä comment\nresource.Name == 'ä' and resource.Flag0";
    assert!(source[compile(source).unwrap_err()[0].offset..].starts_with("and"));
}
