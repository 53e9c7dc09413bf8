//! No two files import each other in a circle, so that each can be read after those that it stands on.
//!
//! What a file takes from the modules around it (`super::Name`) is no edge: a folder's `mod.rs` holds what its files
//! share. A name that a module hands on (`pub use`) counts for the file that defines it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Path, SOURCES, code, sources};

/// `rule/file`, or `rule` for the folder's `mod.rs`.
type Module = String;

#[test]
fn no_files_import_each_other_in_a_circle() {
    let files = sources().into_iter().map(|file| (module(&file), code(&file))).collect();
    let found = circles(&imports(&files));
    assert!(found.is_empty(), "these files import each other in a circle: {found:#?}");
}

#[test]
fn every_circle_is_seen() {
    let found = |files: &[(&str, &str)]| {
        let files = files.iter().map(|(name, code)| ((*name).to_owned(), (*code).to_owned())).collect();
        let found = circles(&imports(&files));
        found.iter().map(|circle| circle.iter().cloned().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>()
    };
    let shared = ("a", "mod b;\nmod c;\npub use b::{B, inner as other};\nuse c::C;");
    assert_eq!(found(&[shared, ("a/b", "use super::c::C;"), ("a/c", "use crate::a::b;")]), ["a/b a/c"]);
    assert_eq!(found(&[shared, ("a/b", "fn f() { super::c::g() }"), ("a/c", "use super::{A, B};")]), ["a/b a/c"]);
    assert_eq!(
        found(&[shared, ("a/b", "use super::{\n    A, c::{self, C},\n};"), ("a/c", "use super::other;")]),
        ["a/b a/c"]
    );
    assert!(found(&[shared, ("a/b", "use super::c::C;"), ("a/c", "use super::A;")]).is_empty());
    let through_three = [("a", ""), ("b", "use crate::c::C;"), ("c", "use crate::d::D;"), ("d", "use crate::b::B;")];
    assert_eq!(found(&through_three), ["b c d"]);
}

fn module(file: &Path) -> Module {
    let inside = file.strip_prefix(SOURCES).unwrap().with_extension("");
    let inside = inside.to_str().unwrap();
    inside.strip_suffix("/mod").unwrap_or(inside).to_owned()
}

/// For each file, the files that it imports from.
fn imports(files: &BTreeMap<Module, String>) -> BTreeMap<&Module, BTreeSet<Module>> {
    let mut handed_on: BTreeMap<(Module, String), Module> = BTreeMap::new();
    for (file, code) in files {
        for path in used(code).into_iter().filter(|path| path.is_public) {
            if let Some((from, _)) = path.leads(file, files).filter(|(from, _)| from != file) {
                handed_on.insert((file.clone(), path.known_as), from);
            }
        }
    }
    let edges = files.iter().map(|(file, code)| {
        let mut from = BTreeSet::new();
        for path in used(code) {
            let Some((mut module, mut name)) = path.leads(file, files) else { continue };
            while let Some(next) = name.take().and_then(|name| handed_on.get(&(module.clone(), name))) {
                module = next.clone();
            }
            let is_around = module.is_empty() || file == &module || file.starts_with(&format!("{module}/"));
            let is_handed_on = path.is_public && module.starts_with(&format!("{file}/"));
            if !is_around && !is_handed_on {
                from.insert(module);
            }
        }
        (file, from)
    });
    edges.collect()
}

/// A path that is named in a file: `crate::model::Fact`, `super::value`.
struct NamedPath {
    steps: Vec<String>,
    known_as: String,
    is_public: bool,
}

impl NamedPath {
    fn new(path: &str, is_public: bool) -> Self {
        let (path, alias) = path.split_once(" as ").map_or((path, None), |(path, alias)| (path, Some(alias)));
        let mut steps: Vec<String> = path.split("::").map(|step| step.trim().to_owned()).collect();
        if steps.len() > 1 && steps.last().is_some_and(|last| last == "self") {
            steps.pop();
        }
        let known_as = alias.or(steps.last().map(String::as_str)).unwrap_or_default().trim().to_owned();
        Self { steps, known_as, is_public }
    }

    /// The file that the path leads to, and the name in it; `None` for another crate's.
    fn leads(&self, file: &str, files: &BTreeMap<Module, String>) -> Option<(Module, Option<String>)> {
        let mut steps = self.steps.iter().map(String::as_str).peekable();
        let inner =
            |module: &str, step: &str| if module.is_empty() { step.to_owned() } else { format!("{module}/{step}") };
        let mut module = match *steps.peek()? {
            "crate" => String::new(),
            "self" | "super" => file.to_owned(),
            first => files.contains_key(&inner(file, first)).then(|| file.to_owned())?,
        };
        while let Some(step) = steps.next_if(|step| ["crate", "self", "super"].contains(step)) {
            if step == "super" {
                module = module.rsplit_once('/').map_or_else(String::new, |(outer, _)| outer.to_owned());
            }
        }
        while let Some(step) = steps.next_if(|step| files.contains_key(&inner(&module, step))) {
            module = inner(&module, step);
        }
        Some((module, steps.next().map(str::to_owned)))
    }
}

/// The paths of all `use` items, one by one, and those that are written out elsewhere.
fn used(code: &str) -> Vec<NamedPath> {
    let (mut paths, mut elsewhere) = (Vec::new(), String::new());
    for item in code.split_inclusive(';') {
        let start = item.split_inclusive('\n').scan(0, |end, line| {
            *end += line.len();
            Some((*end - line.len(), line.trim_start()))
        });
        let is_use = |line: &str| line.starts_with("use ") || (line.starts_with("pub") && line.contains(" use "));
        let Some((start, line)) = start.filter(|(_, line)| is_use(line)).last() else {
            elsewhere.push_str(item);
            continue;
        };
        elsewhere.push_str(&item[..start]);
        let tree = item[start..].split_once("use ").map_or("", |(_, tree)| tree).replace('\n', " ");
        let is_public = line.starts_with("pub");
        expand("", tree.trim_end_matches(';').trim(), &mut |path| paths.push(NamedPath::new(path, is_public)));
    }
    for start in ["crate::", "super::", "self::"] {
        for (at, _) in elsewhere.match_indices(start) {
            let before = elsewhere[..at].chars().next_back();
            if !before.is_some_and(|before| before.is_alphanumeric() || before == '_' || before == ':') {
                let path = elsewhere[at..].chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | ':'));
                paths.push(NamedPath::new(path.collect::<String>().trim_end_matches(':'), false));
            }
        }
    }
    paths
}

/// `a::{b, c::{d, e}}` as `a::b`, `a::c::d` and `a::c::e`.
fn expand(before: &str, tree: &str, path: &mut impl FnMut(&str)) {
    let Some((start, group)) = tree.split_once('{') else { return path(&format!("{before}{tree}")) };
    let before = format!("{before}{}", start.trim());
    let group = group.trim_end().strip_suffix('}').unwrap_or(group);
    let (mut depth, mut from) = (0, 0);
    for (at, character) in group.char_indices().chain([(group.len(), ',')]) {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                let inner = group[from..at].trim();
                if !inner.is_empty() {
                    expand(&before, inner, path);
                }
                from = at + 1;
            }
            _ => {}
        }
    }
}

/// The files that reach each other.
fn circles(imports: &BTreeMap<&Module, BTreeSet<Module>>) -> BTreeSet<BTreeSet<Module>> {
    let reached = |start: &Module| {
        let (mut found, mut next) = (BTreeSet::new(), vec![start]);
        while let Some(file) = next.pop() {
            next.extend(imports.get(file).into_iter().flatten().filter(|file| found.insert((*file).clone())));
        }
        found
    };
    let reached: BTreeMap<&Module, BTreeSet<Module>> = imports.keys().map(|file| (*file, reached(file))).collect();
    let reaches = |from: &Module, to: &Module| reached.get(from).is_some_and(|found| found.contains(to));
    let in_circles = imports.keys().filter(|file| reaches(file, file));
    let circle = in_circles.map(|file| imports.keys().filter(move |own| reaches(file, own) && reaches(own, file)));
    circle.map(|files| files.map(|own| (*own).clone()).collect()).collect()
}
