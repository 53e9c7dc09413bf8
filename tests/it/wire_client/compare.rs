//! Requests and errors in a form that compares.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::bed::Wanted;
use crate::http::Request;

pub fn in_full(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        words += &format!(": {error}");
        source = error.source();
    }
    words
}

pub fn differences(asked: &Request, wanted: &Wanted) -> Vec<String> {
    let mut found = Vec::new();
    let mut differ = |what: &str, ours: String, theirs: String| {
        if ours != theirs {
            found.push(format!("{what}: sent {ours}, botocore {theirs}"));
        }
    };
    differ("method", asked.method.clone(), wanted.method.clone());
    // Botocore's path may hold a query of its own.
    let (path, fixed) = wanted.path.split_once('?').unwrap_or((&wanted.path, ""));
    differ("path", decoded(asked.path()), decoded(path));
    let mut theirs: Vec<(String, String)> = form(fixed);
    for pair in wanted.query.as_array().into_iter().flatten() {
        let name = pair[0].as_str().unwrap();
        match &pair[1] {
            Value::Array(values) => theirs.extend(values.iter().map(|value| (name.to_owned(), text(value)))),
            value => theirs.push((name.to_owned(), text(value))),
        }
    }
    theirs.sort();
    let mut ours = form(asked.query());
    ours.sort();
    differ("query", format!("{ours:?}"), format!("{theirs:?}"));
    for (name, value) in &wanted.headers {
        differ(name, asked.header(name).unwrap_or_default().to_owned(), value.clone());
    }
    if let Some(wanted) = &wanted.form {
        let mut ours = form(std::str::from_utf8(&asked.body).unwrap());
        let mut theirs: Vec<_> = wanted.iter().map(|(name, value)| (name.clone(), text(value))).collect();
        // Botocore leaves an empty structure in a list out, and the SDK's writer names it: neither asks for anything.
        let says_something = |(name, value): &(String, String)| !value.is_empty() || name.ends_with("Token");
        ours.retain(says_something);
        theirs.retain(says_something);
        ours.sort();
        theirs.sort();
        differ("form", format!("{ours:?}"), format!("{theirs:?}"));
    }
    if let Some(body) = &wanted.body {
        differ("body", canonical(&asked.body), canonical(&STANDARD.decode(body).unwrap()));
    }
    found
}

/// A body as something that compares: JSON without its order, XML without its spelling.
fn canonical(body: &[u8]) -> String {
    if let Ok(json) = serde_json::from_slice::<Value>(body) {
        // No member at all and an empty object say the same.
        return if json == json!({}) { String::new() } else { json.to_string() };
    }
    let text = String::from_utf8_lossy(body).into_owned();
    if !text.trim_start().starts_with('<') {
        return text;
    }
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(&text);
    let mut words = String::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => words += &format!("<{}>", String::from_utf8_lossy(start.name().as_ref())),
            Event::Empty(start) => {
                let name = String::from_utf8_lossy(start.name().as_ref()).into_owned();
                words += &format!("<{name}></{name}>");
            }
            Event::End(end) => words += &format!("</{}>", String::from_utf8_lossy(end.name().as_ref())),
            Event::Text(text) => words += &String::from_utf8_lossy(&text),
            Event::GeneralRef(name) => {
                let name = String::from_utf8_lossy(&name).into_owned();
                words += &quick_xml::escape::unescape(&format!("&{name};")).unwrap();
            }
            // Neither does an element with nothing in it ask for anything.
            Event::Eof if words.matches('<').count() == 2 && words.contains("></") => return String::new(),
            Event::Eof => return words,
            _ => {}
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn form(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}
