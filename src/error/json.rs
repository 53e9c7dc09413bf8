//! The mistake in a text that should be data, in words that need no knowledge of the library that reads it.

use serde_json::error::Category;

/// Says what is wrong with one line of JSON, or one value, and where in it.
pub fn json_in_words(error: &serde_json::Error) -> String {
    match error.classify() {
        Category::Eof => "it ends in the middle".to_owned(),
        Category::Data => data_in_words(&without_place(error)),
        Category::Syntax if without_place(error).starts_with("recursion limit") => "it is nested too deep".to_owned(),
        Category::Syntax => format!("it is not JSON from character {} on", error.column()),
        Category::Io => error.to_string(),
    }
}

/// Says the same of a document of several lines.
pub fn json_document_in_words(error: &serde_json::Error) -> String {
    let place = match error.classify() {
        Category::Io => String::new(),
        _ => format!("line {}: ", error.line()),
    };
    format!("{place}{}", json_in_words(error))
}

/// The message without `at line 1 column 2`, which counts from wherever reading began.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&place).unwrap_or(&text).to_owned()
}

/// A message about data of the wrong form, in the words of people who write files.
pub fn data_in_words(message: &str) -> String {
    let quoted = |prefix: &str| message.strip_prefix(prefix).and_then(|rest| rest.split('`').next());
    if let Some(name) = quoted("missing field `") {
        return format!("`{name}` is missing");
    }
    if let Some(name) = quoted("unknown field `") {
        return format!("there is no `{name}` here");
    }
    if let Some(name) = quoted("duplicate field `") {
        return format!("`{name}` is there twice");
    }
    if let Some(word) = quoted("unknown variant `") {
        let known = message.split_once("expected ").map_or("", |(_, known)| known.trim_start_matches("one of "));
        return format!("`{word}` is none of the words that may stand here: {}", known.replace('`', ""));
    }
    for prefix in ["invalid type: ", "invalid value: ", "invalid length "] {
        if let Some((found, expected)) = message.strip_prefix(prefix).and_then(|rest| rest.rsplit_once(", expected ")) {
            return format!("{} stands where {} belongs", found_in_words(found), expected_in_words(expected));
        }
    }
    match message {
        "expected sequence start" => "a list is expected here".to_owned(),
        "expected mapping start" => "keys with values are expected here".to_owned(),
        "expected string scalar" => "a text is expected here".to_owned(),
        "invalid boolean (true or false expected)" => "true or false is expected here".to_owned(),
        _ => match message.strip_prefix("invalid ").filter(|kind| is_number_type(kind)) {
            Some(kind) => format!("{} is expected here", expected_in_words(kind)),
            None => message.to_owned(),
        },
    }
}

fn is_number_type(word: &str) -> bool {
    word.starts_with(['u', 'i', 'f']) && word.len() > 1 && word[1..].bytes().all(|byte| byte.is_ascii_digit())
}

fn found_in_words(found: &str) -> String {
    match found {
        "sequence" => "a list".to_owned(),
        "map" => "an object".to_owned(),
        "unit value" | "null" | "Option value" => "null".to_owned(),
        _ => match found.split_once(' ') {
            Some(("string", text)) => format!("the text {text}"),
            Some(("integer" | "floating", value)) => format!("the number {}", value.trim_start_matches("point ")),
            Some(("boolean", value)) => value.to_owned(),
            _ if found.bytes().all(|byte| byte.is_ascii_digit()) => format!("a list of {found}"),
            _ => found.to_owned(),
        },
    }
}

fn expected_in_words(expected: &str) -> String {
    match expected {
        "a sequence" => "a list",
        "a map" => "an object",
        "a string" | "a borrowed string" | "string or map" => "a text",
        "a boolean" => "true or false",
        "unit" | "null" => "null",
        "f32" | "f64" => "a number",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number that is not negative",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        _ if expected.starts_with("struct ") || expected.starts_with("internally tagged") => "an object",
        _ if expected.starts_with("enum ") || expected.contains("variant") => "one of its words",
        _ => expected,
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "snake_case")]
    #[allow(dead_code)]
    struct Thing {
        name: String,
        count: u32,
        #[serde(default)]
        list: Vec<bool>,
        #[serde(default)]
        word: Option<Word>,
        #[serde(default)]
        other: Option<Box<Thing>>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Word {
        One,
        Two,
    }

    fn words(text: &str) -> String {
        json_in_words(&serde_json::from_str::<Thing>(text).unwrap_err())
    }

    #[test]
    fn what_is_wrong_is_said_without_the_words_of_a_parser() {
        let table = [
            ("{", "it ends in the middle"),
            ("{]", "it is not JSON from character 2 on"),
            (r#"{"name": "a"}"#, "`count` is missing"),
            (r#"{"nome": "a"}"#, "there is no `nome` here"),
            (r#"{"name": "a", "name": "b"}"#, "`name` is there twice"),
            (r#"{"name": 5}"#, "the number `5` stands where a text belongs"),
            (r#"{"count": "many"}"#, "the text \"many\" stands where a whole number that is not negative belongs"),
            (r#"{"count": -1}"#, "the number `-1` stands where a whole number that is not negative belongs"),
            (r#"{"count": 1.5}"#, "the number `1.5` stands where a whole number that is not negative belongs"),
            (r#"{"list": {}}"#, "an object stands where a list belongs"),
            (r#"{"list": [null]}"#, "null stands where true or false belongs"),
            (r#"{"list": [[]]}"#, "a list stands where true or false belongs"),
            (r#"{"other": true}"#, "`true` stands where an object belongs"),
            (r#"{"word": "three"}"#, "`three` is none of the words that may stand here: one or two"),
        ];
        for (text, expected) in table {
            assert_eq!(words(text), expected, "{text}");
        }
        let deep = serde_json::from_str::<serde_json::Value>(&"[".repeat(1000)).unwrap_err();
        assert_eq!(json_in_words(&deep), "it is nested too deep");
    }

    #[test]
    fn yaml_is_told_in_the_same_words() {
        for (message, expected) in [
            ("expected sequence start", "a list is expected here"),
            ("invalid u32", "a whole number that is not negative is expected here"),
            ("invalid f64", "a number is expected here"),
            ("invalid type: string, expected a map", "string stands where an object belongs"),
            ("unclosed bracket", "unclosed bracket"),
        ] {
            assert_eq!(data_in_words(message), expected);
        }
    }

    #[test]
    fn the_place_in_a_document_is_its_line() {
        let error = serde_json::from_str::<Thing>("{\n\"name\": 5}").unwrap_err();
        assert_eq!(json_document_in_words(&error), "line 2: the number `5` stands where a text belongs");
    }
}
