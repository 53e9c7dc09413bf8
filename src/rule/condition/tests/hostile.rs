//! Text that was not written by a friend.

use proptest::prelude::*;

use super::*;

#[test]
fn deep_and_long_text_is_refused_or_read_but_never_overflows() {
    let many = |part: &str, times: usize| part.repeat(times);
    for source in [
        format!("{}true{}", many("(", 5000), many(")", 5000)),
        format!("{}true{}", many("(", 31), many(")", 31)),
        format!("{}1{} == [1]", many("[", 30), many("]", 30)),
        format!("{}true", many("!", 900)),
        format!("{}1 == 1", many("-", 900)),
        format!("1{} == 1", many(" + 1", 990)),
        format!("resource{} == 1", many(".a", 990)),
        format!("resource{} == 1", many("[0]", 990)),
        format!("{}true", many("true ? true : ", 400)),
        format!("true{}", many(" == true", 900)),
        format!("true{}", many(" && true", 480)),
        format!("true{}", many(" in [true]", 900)),
        many("a(", 40),
        many("'a' ", 4000),
        "\u{0}\u{1}\u{7f}".to_owned(),
        "resource.Name == '\\u{110000}'".to_owned(),
        "@result == 1".to_owned(),
        "'\\".to_owned(),
        "r'".to_owned(),
        "'''".to_owned(),
        "x".repeat(1 << 20),
    ] {
        let _ = compile(&source);
    }
}

#[test]
fn a_chain_of_many_terms_is_no_deep_nesting() {
    let source = vec!["resource.Flag0"; 300].join(" && ");
    assert_eq!(truth(&source, json!({"Flag0": true})), Truth::True);
}

#[test]
fn what_is_just_not_too_deep_is_evaluated() {
    let sum = format!("1{} == 61", " + 1".repeat(60));
    let choices = format!("{}true", "false ? false : ".repeat(30));
    let brackets = format!("{}true{}", "!(".repeat(30), ")".repeat(30));
    let lists = format!("{}1{} == {}1{}", "[".repeat(30), "]".repeat(30), "[".repeat(30), "]".repeat(30));
    for source in [sum, choices, brackets, lists] {
        assert_eq!(truth(&source, json!({})), Truth::True, "{source}");
    }
}

fn fragment() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "resource",
        ".",
        "Flag0",
        "Name",
        "Rules",
        "Nested",
        "&&",
        "||",
        "!",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "==",
        "!=",
        "<",
        ">=",
        "in",
        "+",
        "-",
        "*",
        "/",
        "%",
        "?",
        ":",
        "null",
        "true",
        "1",
        "1.5",
        "'a'",
        "\"b\"",
        ".all(x, ",
        ".exists(",
        "size(",
        "has(",
        "has(resource.Name",
        "matches",
        "timestamp(",
        "lookup(",
        "resources('",
        "x",
        ",",
        "'",
        "\\",
        "//",
        "\n",
        " ",
        "1u",
        "b'",
        "`",
        "in [",
        "map(x, y, z)",
        "e",
        "0x",
        "ä",
        "\u{202e}",
        "@result",
    ]);
    prop_oneof![4 => known.prop_map(str::to_owned), 1 => "\\PC{0,3}"]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_text_never_panics(source in any::<String>()) {
        let _ = compile(&source);
    }

    #[test]
    fn fragments_of_conditions_never_panic(parts in prop::collection::vec(fragment(), 0..24)) {
        let source = parts.concat();
        if let Err(errors) = compile(&source) {
            prop_assert!(!errors.is_empty(), "{source}");
            for error in errors {
                prop_assert!(source.is_char_boundary(error.offset), "{source}: {error:?}");
            }
        }
    }
}
