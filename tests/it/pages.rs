//! Hands out a list in two pages, whatever its length and whether or not moto has pages for it, so that every list that a
//! collector reads has a second page that can fail.
//!
//! Our page tokens carry the token that the whole answer was asked with, so that a list that already comes in pages
//! keeps them: each of its pages becomes two.

use serde_json::Value;

use crate::http::Reply;
use crate::wire::Page;

const PREFIX: &str = "second-half:";

/// The second of two pages is wanted, of the answer to this token (empty for none).
pub fn wants_second(token: &str) -> Option<&str> {
    token.strip_prefix(PREFIX)
}

/// The first or the second half of each list in a whole answer. `token` is what the whole was asked with.
pub fn half(whole: &Reply, page: &Page, second: bool, token: &str) -> Reply {
    let next = format!("{PREFIX}{token}");
    let body = if whole.body.starts_with(b"<") {
        let text = String::from_utf8(whole.body.clone()).expect("XML in UTF-8");
        half_of_xml(&text, page, second, &next).map(String::into_bytes)
    } else {
        serde_json::from_slice(&whole.body).ok().and_then(|value| half_of_json(value, page, second, &next))
    };
    Reply { body: body.unwrap_or_else(|| whole.body.clone()), ..whole.clone() }
}

/// How many items stand on the first page.
fn middle(length: usize) -> usize {
    length.div_ceil(2)
}

fn half_of_json(mut value: Value, page: &Page, second: bool, next: &str) -> Option<Vec<u8>> {
    let mut cut = false;
    for name in &page.lists {
        let Some(list) = value.get_mut(name).and_then(Value::as_array_mut) else { continue };
        let rest = list.split_off(middle(list.len()));
        cut |= !rest.is_empty();
        if second {
            *list = rest;
        }
    }
    if cut && !second {
        value[&page.next] = next.into();
        if let Some(more) = &page.more {
            value[more] = true.into();
        }
    }
    cut.then(|| value.to_string().into_bytes())
}

fn half_of_xml(text: &str, page: &Page, second: bool, next: &str) -> Option<String> {
    let tags = tags(text);
    let lists: Vec<List> = page.lists.iter().filter_map(|name| List::find(&tags, name)).collect();
    let depth = lists.first()?.depth;
    if lists.iter().all(|list| list.items.len() < 2) {
        return None;
    }
    // What goes out: the other half of each list, and on a first page the words that it is the last one.
    let mut cuts: Vec<(usize, usize, String)> = lists.iter().filter_map(|list| list.other_half(second)).collect();
    if !second {
        for name in [&page.next].into_iter().chain(&page.more) {
            cuts.extend(element(&tags, name, depth).map(|(start, end)| (start, end, String::new())));
        }
        let more = page.more.as_ref().map_or(String::new(), |more| format!("<{more}>true</{more}>"));
        let end = lists.first()?.end;
        cuts.push((end, end, format!("{more}<{0}>{next}</{0}>", page.next)));
    }
    cuts.sort();
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for (start, end, instead) in cuts {
        out.push_str(&text[from..start]);
        out.push_str(&instead);
        from = end;
    }
    out.push_str(&text[from..]);
    Some(out)
}

struct List {
    depth: usize,
    /// Where each item begins and ends.
    items: Vec<(usize, usize)>,
    /// Behind the closing tag.
    end: usize,
}

impl List {
    /// The outermost element of this name.
    fn find(tags: &[Tag<'_>], name: &str) -> Option<Self> {
        let opening = tags.iter().enumerate().filter(|(_, tag)| tag.name == name && tag.kind == TagKind::Open);
        let (index, open) = opening.min_by_key(|(_, tag)| tag.depth)?;
        let inside = tags[index + 1..].iter();
        let close = inside.clone().find(|tag| tag.depth == open.depth && tag.kind == TagKind::Close)?;
        let children: Vec<&Tag<'_>> =
            inside.take_while(|tag| tag.start < close.start).filter(|tag| tag.depth == open.depth + 1).collect();
        let mut items = Vec::new();
        let mut start = None;
        for child in children {
            match child.kind {
                TagKind::Open => start = Some(child.start),
                TagKind::Close => items.push((start.take()?, child.end)),
                TagKind::Empty => items.push((child.start, child.end)),
            }
        }
        Some(Self { depth: open.depth, items, end: close.end })
    }

    fn other_half(&self, second: bool) -> Option<(usize, usize, String)> {
        let (first_half, second_half) = self.items.split_at(middle(self.items.len()));
        let out = if second { first_half } else { second_half };
        Some((out.first()?.0, out.last()?.1, String::new()))
    }
}

fn element(tags: &[Tag<'_>], name: &str, depth: usize) -> Option<(usize, usize)> {
    let mut named = tags.iter().filter(|tag| tag.name == name && tag.depth == depth);
    let open = named.next()?;
    if open.kind == TagKind::Empty { Some((open.start, open.end)) } else { Some((open.start, named.next()?.end)) }
}

struct Tag<'a> {
    name: &'a str,
    kind: TagKind,
    /// How many elements it stands in.
    depth: usize,
    start: usize,
    end: usize,
}

#[derive(PartialEq, Eq)]
enum TagKind {
    Open,
    Close,
    Empty,
}

fn tags(text: &str) -> Vec<Tag<'_>> {
    let mut tags = Vec::new();
    let (mut depth, mut from) = (0_usize, 0);
    while let Some(start) = text[from..].find('<').map(|at| from + at) {
        let Some(end) = text[start..].find('>').map(|at| start + at + 1) else { break };
        from = end;
        let inside = &text[start + 1..end - 1];
        if inside.starts_with(['?', '!']) {
            continue;
        }
        let kind = if inside.starts_with('/') {
            TagKind::Close
        } else if inside.ends_with('/') {
            TagKind::Empty
        } else {
            TagKind::Open
        };
        let name = inside.trim_matches('/').split_whitespace().next().unwrap_or_default();
        depth -= usize::from(kind == TagKind::Close);
        let opens = kind == TagKind::Open;
        tags.push(Tag { name, kind, depth, start, end });
        depth += usize::from(opens);
    }
    tags
}
