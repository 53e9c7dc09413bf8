//! Dependence runs strictly downward: which rooms of the house may know which, and which may know AWS.

mod circles;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src");

/// A room, and the rooms below it that it may use. `error`, `source` and `packed` are below everything.
const ROOMS: [(&str, &[&str]); 18] = [
    ("lib", &[]),
    ("main", &["cli"]),
    ("bin", &["lambda"]),
    ("lambda", &["config", "deliver", "scan", "aws", "output", "model"]),
    (
        "cli",
        &["config", "scan", "deliver", "collect", "aws", "engine", "output", "register", "rule", "catalog", "model"],
    ),
    ("config", &["scan", "engine", "output", "register", "rule", "model"]),
    ("scan", &["collect", "aws", "engine", "services", "output", "register", "rule", "catalog", "model"]),
    ("deliver", &["aws", "output", "model"]),
    ("engine", &["rule", "catalog", "model"]),
    ("services", &["catalog", "model"]),
    ("register", &["rule", "model"]),
    ("rule", &["knowledge", "policy", "catalog", "model"]),
    ("collect", &["aws", "policy", "model"]),
    ("aws", &["model"]),
    ("output", &["catalog", "model"]),
    ("knowledge", &["model"]),
    ("policy", &["model"]),
    ("catalog", &["model"]),
];

/// The lowest rooms use no other.
const LOWEST: [&str; 4] = ["model", "source", "packed", "error"];

/// The most lines that a file of the product may have.
const MOST_LINES: usize = 450;

/// Files that are longer, and why. The list only ever gets shorter.
const LONG: [(&str, &str); 3] = [
    ("output/fixture.rs", "the reports that the tests of all formats are about"),
    ("rule/functions/attested.rs", "one row for each function over what people attest"),
    ("rule/functions/policies.rs", "one row for each function over policies"),
];

/// Rooms that may name AWS's SDK or the asynchronous runtime. The command line starts the runtime and scan awaits.
const KNOWS_AWS: [&str; 4] = ["aws", "collect", "deliver", "lambda"];
const KNOWS_TOKIO: [&str; 8] = ["aws", "collect", "scan", "deliver", "cli", "main", "bin", "lambda"];

#[test]
fn dependence_runs_strictly_downward() {
    let mut wrong = Vec::new();
    for file in sources() {
        let room = room(&file);
        let allowed = below(&room).unwrap_or_else(|| panic!("{room} is a new room: say what it may use"));
        for used in rooms_used(&code(&file), depth(&file)) {
            if used != room
                && !["error", "source", "packed"].contains(&used.as_str())
                && is_room(&used)
                && !allowed.contains(&used.as_str())
            {
                wrong.push(format!("{}: {room} must not know {used}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_those_who_talk_to_aws_know_aws() {
    let mut wrong = Vec::new();
    for file in sources() {
        let (room, code) = (room(&file), code(&file));
        for (word, allowed) in [("aws_", &KNOWS_AWS[..]), ("tokio::", &KNOWS_TOKIO[..])] {
            let named = code.lines().any(|line| names_crate(line, word));
            if named && !allowed.contains(&room.as_str()) {
                wrong.push(format!("{}: {room} must not know {word}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Types that share a name, and why. The list only ever gets shorter.
const SHARED_NAMES: [(&str, &str); 6] = [
    ("Condition", "that of a rule, and that of a call in a page of kinds"),
    ("Item", "one of a list: as a program reads it, and as a page does"),
    ("Organization", "what AWS tells of it, and what a report tells"),
    ("Page", "of kinds, and of a printed report"),
    ("Signals", "one for each operating system"),
    ("Template", "of a message, and of a text in a page of kinds"),
];

/// Names are the index of the house: whoever searches for a type finds one definition.
#[test]
fn the_name_of_a_type_is_unique() {
    let mut files: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for file in sources() {
        for name in types(&code(&file)) {
            files.entry(name).or_default().push(file.clone());
        }
    }
    files.retain(|_, files| files.len() > 1);
    let shared: BTreeSet<&str> = files.keys().map(String::as_str).collect();
    let known: BTreeSet<&str> = SHARED_NAMES.iter().map(|(name, _)| *name).collect();
    let new: Vec<_> = files.iter().filter(|(name, _)| !known.contains(name.as_str())).collect();
    assert!(new.is_empty(), "these types share a name: {new:#?}");
    let gone: Vec<_> = known.difference(&shared).collect();
    assert!(gone.is_empty(), "these names are unique now: {gone:?}");
}

#[test]
fn every_type_is_seen() {
    let code = "pub struct A<'a> {\npub enum B {\npub trait C: D {\npub type E = X;\npub(super) struct F;\npub(in crate::a) enum G {\nstruct H;\n    \
                type Err = String;\n    struct Local;";
    assert_eq!(types(code), ["A", "B", "C", "E", "F", "G", "H"]);
}

/// Files of the product that are read at one sitting. Tests are longer: they hold tables of cases.
#[test]
fn no_file_is_longer_than_one_sitting() {
    let lines = |file: &Path| fs::read_to_string(file).unwrap().lines().count();
    let long: Vec<_> = sources().into_iter().filter(|file| lines(file) > MOST_LINES).collect();
    let (known, new): (Vec<_>, Vec<_>) =
        long.iter().partition(|file| LONG.iter().any(|(name, _)| file.ends_with(name)));
    assert!(new.is_empty(), "these files have more than {MOST_LINES} lines; divide them by meaning: {new:#?}");
    assert_eq!(known.len(), LONG.len(), "a file of the list is short now");
}

#[test]
fn the_table_itself_runs_downward() {
    for (index, (room, allowed)) in ROOMS.iter().enumerate() {
        for below in *allowed {
            let place = ROOMS.iter().position(|(name, _)| name == below);
            assert!(LOWEST.contains(below) || place.is_some_and(|place| place > index), "{room} -> {below}");
        }
    }
}

#[test]
fn every_way_to_name_a_room_is_seen() {
    let code =
        "use crate::{Error, model::{Fact, Gap}, policy};\nuse super::engine::judge;\nfn f() { crate::rule::g() }";
    let seen: Vec<String> = rooms_used(code, 1).into_iter().collect();
    assert_eq!(seen, ["Error", "engine", "model", "policy", "rule"]);
    assert!(rooms_used("use super::engine::judge;", 2).is_empty(), "a neighbor in the same room");
    assert!(rooms_used("use super::super::engine::judge;", 2).contains("engine"));
}

fn below(room: &str) -> Option<&'static [&'static str]> {
    if LOWEST.contains(&room) {
        return Some(&[]);
    }
    ROOMS.iter().find(|(name, _)| *name == room).map(|(_, below)| *below)
}

fn is_room(name: &str) -> bool {
    below(name).is_some()
}

/// The source files that are not tests.
fn sources() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::from(SOURCES)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let is_test = path.file_stem().is_some_and(|stem| stem == "tests");
            match path.is_dir() {
                _ if is_test => {}
                true => folders.push(path),
                false if path.extension().is_some_and(|extension| extension == "rs") => files.push(path),
                false => {}
            }
        }
    }
    assert!(files.len() > 20, "the sources are where this test looks for them");
    files.sort();
    files
}

/// The first step below `src`.
fn room(file: &Path) -> String {
    let inside = file.strip_prefix(SOURCES).unwrap();
    Path::new(inside.iter().next().unwrap()).file_stem().unwrap().to_str().unwrap().to_owned()
}

/// How many modules a file's code stands in: 1 in `src/config.rs` and `src/rule/mod.rs`, 2 in `src/rule/file.rs`.
fn depth(file: &Path) -> usize {
    let steps = file.strip_prefix(SOURCES).unwrap().iter().count();
    if file.file_stem().is_some_and(|stem| stem == "mod") { steps - 1 } else { steps }
}

/// The code without comments, and without the tests at its end.
fn code(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The names of the types that the code defines in the open. What a function or a macro defines inside itself has no
/// name elsewhere.
fn types(code: &str) -> Vec<String> {
    let kinds = ["struct ", "enum ", "trait ", "type "];
    let name = |line: &str| {
        let definition = match line.strip_prefix("pub(") {
            Some(limited) => limited.split_once(") ")?.1,
            None => line.strip_prefix("pub ").unwrap_or(line),
        };
        let rest = kinds.iter().find_map(|kind| definition.strip_prefix(kind))?;
        Some(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect())
    };
    code.lines().filter_map(name).collect()
}

/// The first names behind `crate::`, and behind as many `super::` as lead to the root.
fn rooms_used(code: &str, depth: usize) -> BTreeSet<String> {
    let root = "super::".repeat(depth);
    let starts = ["crate::", root.as_str()].into_iter().flat_map(|path| ends_of(code, path));
    starts.flat_map(|start| first_names(&code[start..])).collect()
}

/// Where each occurrence of a path ends that does not continue another path.
fn ends_of<'a>(code: &'a str, path: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.match_indices(path).filter_map(move |(at, _)| {
        let before = code[..at].chars().next_back();
        let continues = before.is_some_and(|before| before.is_alphanumeric() || before == '_' || before == ':');
        (!continues).then_some(at + path.len())
    })
}

/// One name, or the outermost names of a group in braces.
fn first_names(rest: &str) -> Vec<String> {
    let name = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let Some(group) = rest.strip_prefix('{') else { return vec![name(rest)] };
    let (mut depth, mut at_start, mut names) = (1, true, Vec::new());
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => at_start = true,
            _ if depth == 1 && at_start && !character.is_whitespace() => {
                names.push(name(&group[at..]));
                at_start = false;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    names
}

/// Whether the line names a crate, not merely a longer word that ends like it.
fn names_crate(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let quoted = line[..at].matches('"').count() % 2 == 1;
        !quoted && !before.is_some_and(|before| before.is_alphanumeric() || before == '_')
    })
}
