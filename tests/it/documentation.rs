//! Links in the documentation lead somewhere.

use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn every_relative_link_leads_to_a_file() {
    let mut count = 0;
    let mut broken = Vec::new();
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for target in links(&text) {
            let file = target.split('#').next().unwrap_or_default();
            if file.is_empty() || file.contains("://") || file.starts_with("mailto:") {
                continue;
            }
            count += 1;
            if !page.parent().unwrap().join(file).exists() {
                broken.push(format!("{}: {target}", page.strip_prefix(ROOT).unwrap().display()));
            }
        }
    }
    assert!(count > 300, "the pages are where this test looks for them: {count}");
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn links_are_found_and_code_is_not_taken_for_one() {
    let text = "[a](b.md) and `[c](d.md)`\n```\n[e](f.md)\n```\n\\[g](h.md) | [i](j.md#k) |";
    assert_eq!(links(text), ["b.md", "j.md#k"]);
}

fn pages() -> Vec<PathBuf> {
    let mut pages = vec![Path::new(ROOT).join("README.md")];
    let mut folders = vec![Path::new(ROOT).join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.extension() {
                _ if path.is_dir() => folders.push(path),
                Some(extension) if extension == "md" => pages.push(path),
                _ => {}
            }
        }
    }
    pages
}

/// The targets of `[text](target)`, outside of code.
fn links(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut in_block = false;
    for line in text.lines() {
        if line.starts_with("```") {
            in_block = !in_block;
            continue;
        }
        let prose = line.split('`').step_by(2);
        for part in prose.filter(|_| !in_block) {
            for (at, _) in part.match_indices("](") {
                let is_link = part[..at].rfind('[').is_some_and(|open| !part[..open].ends_with('\\'));
                if let Some(end) = part[at..].find(')').filter(|_| is_link && !part[..at].ends_with('\\')) {
                    found.push(&part[at + 2..at + end]);
                }
            }
        }
    }
    found
}
