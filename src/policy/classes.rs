//! Example texts: one for each way in which a set of patterns can tell texts apart.
//!
//! The texts of a shape fall into finitely many classes: those that the first pattern matches and the second does not,
//! and so on. Two texts of a class are the same to every statement that is made of these patterns, so one example of
//! each class is enough to decide questions about all texts.

use std::collections::{HashMap, HashSet, VecDeque};

use super::glob::{Glob, Token};

/// Beyond this many steps the search gives up and says so: the examples are then true ones, but not all.
const MOST_STEPS: usize = 20_000;
/// The most classes. They are enough for any policy that people write.
const MOST_CLASSES: usize = 512;

/// The examples that were found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Classes {
    /// Texts of the shape, each of a class of its own.
    pub examples: Vec<String>,
    /// True if every class has its example.
    pub complete: bool,
}

/// Finds an example of every class of texts of the shape. `filler` is a readable text to put where anything may stand.
pub(super) fn classes(shape: &Glob, patterns: &[&Glob], filler: &str) -> Classes {
    let patterns: Vec<&Glob> = patterns.iter().copied().filter(|pattern| !pattern.is_everything()).collect();
    by_prefixes(shape, &patterns, filler).unwrap_or_else(|| by_steps(shape, &patterns, filler))
}

/// The usual case, in which every pattern is a text or a text with `*` at its end: the classes are nested, and the
/// example of each is its text with something behind it that no pattern has in mind.
fn by_prefixes(shape: &Glob, patterns: &[&Glob], filler: &str) -> Option<Classes> {
    // Behind the shape's fixed beginning anything may stand, perhaps of some least length.
    let start = shape.literal_prefix();
    let (Token::Any, least) = shape.rest().split_last().map(|(last, before)| (*last, before))? else { return None };
    if !least.iter().all(|token| matches!(token, Token::One | Token::OneInField))
        || least.len() > 1
        || filler.is_empty()
    {
        return None;
    }
    let texts: Vec<(&str, bool)> = patterns.iter().map(|pattern| pattern.as_prefix()).collect::<Option<_>>()?;
    // Others say nothing about texts of the shape, or the same about all of them.
    let mut texts: Vec<_> = texts.into_iter().filter(|(text, _)| text.starts_with(start)).collect();
    texts.sort_unstable();
    texts.dedup();
    let mut examples: Vec<String> = Vec::new();
    let mut add = |example: String| {
        if shape.matches(&example) && !examples.contains(&example) {
            examples.push(example);
        }
    };
    let unheard_of = |before: &str| {
        // Sorted, so that what begins alike stands together.
        let first = texts.partition_point(|(text, _)| *text < before);
        let alike = texts[first..].iter().take_while(|(text, _)| text.starts_with(before));
        let is_free = |text: &str| {
            !alike.clone().any(|(other, is_open)| {
                other.strip_prefix(before).is_some_and(|rest| {
                    !rest.is_empty() && if *is_open { text.starts_with(rest) } else { text == rest }
                })
            })
        };
        let numbered = (0..texts.len() + 1).map(|number| format!("{filler}-{number}"));
        let odd = (0..texts.len() + 2).map(|number| char::from_u32(0x4e00 + number as u32).unwrap_or('x').to_string());
        std::iter::once(filler.to_owned()).chain(numbered).chain(odd).find(|text| is_free(text))
    };
    add(format!("{start}{}", unheard_of(start)?));
    for (text, is_open) in &texts {
        if *is_open {
            add(format!("{text}{}", unheard_of(text)?));
        }
        if !*is_open {
            add((*text).to_owned());
        }
    }
    Some(Classes { examples, complete: true })
}

/// The general case: all patterns and the shape are walked at once, character by character, as one automaton of which
/// only the states that can be reached are made. The first text that reaches a class is its shortest.
fn by_steps(shape: &Glob, patterns: &[&Glob], filler: &str) -> Classes {
    let prefix = shape.literal_prefix();
    let may_match =
        |pattern: &&&Glob| prefix.starts_with(pattern.literal_prefix()) || pattern.literal_prefix().starts_with(prefix);
    let mut seen = HashSet::new();
    let patterns = patterns.iter().filter(may_match).filter(|pattern| seen.insert(**pattern)).copied();
    let all: Vec<Vec<Token>> = std::iter::once(shape).chain(patterns).map(|one| one.tokens().collect()).collect();
    let all: Vec<&[Token]> = all.iter().map(Vec::as_slice).collect();
    let start: PatternPositions = all.iter().enumerate().flat_map(|(index, tokens)| closed(index, tokens, 0)).collect();
    // The shape leaves no choice here, so there is one way to go.
    let start = prefix.chars().fold(start, |state, character| step(&state, character, &all));
    let mut states: Vec<(PatternPositions, usize, char)> = vec![(start.clone(), usize::MAX, '\0')];
    let mut known: HashMap<PatternPositions, usize> = HashMap::from([(start, 0)]);
    let mut queue = VecDeque::from([0]);
    let mut found: HashSet<Vec<u16>> = HashSet::new();
    let mut examples = Vec::new();
    let mut steps = 0;
    while let Some(current) = queue.pop_front() {
        let state = states[current].0.clone();
        if is_accepted(&state, 0, &all) {
            let class: Vec<u16> =
                (1..all.len()).filter(|index| is_accepted(&state, *index, &all)).map(|index| index as u16).collect();
            if found.insert(class) {
                examples.push(format!("{prefix}{}", text_to(&states, current)));
            }
            if examples.len() > MOST_CLASSES {
                return Classes { examples, complete: false };
            }
        }
        for character in next_characters(&state, &all, filler) {
            steps += state.len();
            if steps > MOST_STEPS {
                return Classes { examples, complete: false };
            }
            let next = step(&state, character, &all);
            // A text that the shape does not allow is of no interest.
            if next.first().is_none_or(|(index, _)| *index != 0) {
                continue;
            }
            if !known.contains_key(&next) {
                known.insert(next.clone(), states.len());
                queue.push_back(states.len());
                states.push((next, current, character));
            }
        }
    }
    Classes { examples, complete: true }
}

/// The places in each pattern that the text so far may have led to: pattern and position, sorted.
type PatternPositions = Vec<(u16, u16)>;

/// The position, and those behind it that are reached without a character.
fn closed(index: usize, tokens: &[Token], mut at: usize) -> Vec<(u16, u16)> {
    let mut places = vec![(index as u16, at as u16)];
    while tokens.get(at).is_some_and(|token| token.is_star()) {
        at += 1;
        places.push((index as u16, at as u16));
    }
    places
}

fn step(state: &PatternPositions, character: char, all: &[&[Token]]) -> PatternPositions {
    let mut next = PatternPositions::new();
    for (index, at) in state {
        let (which, place) = (usize::from(*index), usize::from(*at));
        if let Some(token) = all[which].get(place).filter(|token| token.accepts(character)) {
            next.extend(closed(which, all[which], if token.is_star() { place } else { place + 1 }));
        }
    }
    next.sort_unstable();
    next.dedup();
    next
}

fn is_accepted(state: &PatternPositions, index: usize, all: &[&[Token]]) -> bool {
    state.binary_search(&(index as u16, all[index].len() as u16)).is_ok()
}

/// The characters that lead from here to different states: those that some pattern names, and one of each sort that
/// none names.
fn next_characters(state: &PatternPositions, all: &[&[Token]], filler: &str) -> Vec<char> {
    let mut named = Vec::new();
    let (mut digits, mut fields) = (false, false);
    for (index, at) in state {
        match all[usize::from(*index)].get(usize::from(*at)) {
            Some(Token::Char(own)) => named.push(*own),
            Some(Token::Fold(own)) => named.extend([*own, own.to_uppercase().next().unwrap_or(*own)]),
            Some(Token::Digit) => digits = true,
            Some(Token::OneInField | Token::AnyInField) => fields = true,
            _ => {}
        }
    }
    named.sort_unstable();
    named.dedup();
    let is_unnamed = |candidate: &char| named.binary_search(candidate).is_err();
    let mut next = Vec::new();
    let beyond = ('\u{4e00}'..='\u{9fff}').chain('\u{ac00}'..='\u{d7a3}');
    next.extend(filler.chars().filter(|c| c.is_alphabetic()).chain('a'..='z').chain(beyond).find(is_unnamed));
    if digits {
        next.extend(('0'..='9').find(is_unnamed));
    }
    if fields && !named.contains(&':') {
        next.push(':');
    }
    next.extend(named);
    next
}

fn text_to(states: &[(PatternPositions, usize, char)], mut at: usize) -> String {
    let mut characters = Vec::new();
    while let Some((_, before, character)) = states.get(at).filter(|(_, before, _)| *before != usize::MAX) {
        characters.push(*character);
        at = *before;
    }
    characters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(shape: &str, patterns: &[&str]) -> Vec<String> {
        let patterns: Vec<Glob> = patterns.iter().map(|pattern| Glob::new(pattern)).collect();
        let found = classes(&Glob::shape(shape), &patterns.iter().collect::<Vec<_>>(), "other");
        assert!(found.complete);
        found.examples
    }

    #[test]
    fn nested_prefixes() {
        assert_eq!(
            found("bucket/?>", &["bucket/*", "bucket/a/*", "bucket/a/b", "else*", "bucket*"]),
            ["bucket/other", "bucket/a/other", "bucket/a/b"]
        );
        assert_eq!(found("b/?>", &["b/other*", "b/o"]), ["b/\u{4e00}", "b/o", "b/otherother"]);
    }

    #[test]
    fn patterns_that_cross() {
        let mut examples = found("b/?>", &["b/*.txt", "b/a*"]);
        examples.sort();
        assert_eq!(examples.len(), 4, "{examples:?}");
    }

    #[test]
    fn accounts() {
        assert_eq!(found("######", &["111222"]).len(), 2);
        assert_eq!(found("######", &["1*"]).len(), 2);
    }

    #[test]
    fn hostile_patterns_end() {
        let patterns: Vec<Glob> = (0..20).map(|n| Glob::new(&format!("*{}*a*b*c*d*", char::from(b'a' + n)))).collect();
        assert!(!classes(&Glob::new("*"), &patterns.iter().collect::<Vec<_>>(), "x").complete);
    }

    proptest! {
        /// Every short text over the patterns' letters belongs to the class of one of the examples.
        #[test]
        fn no_class_is_forgotten(patterns in prop::collection::vec("[ab*?]{0,5}", 1..4), shape in "[ab*?]{0,3}") {
            let globs: Vec<Glob> = patterns.iter().map(|pattern| Glob::new(pattern)).collect();
            let shape = Glob::new(&format!("{shape}*"));
            let found = classes(&shape, &globs.iter().collect::<Vec<_>>(), "x");
            prop_assert!(found.complete);
            let class = |text: &str| globs.iter().map(|glob| glob.matches(text)).collect::<Vec<_>>();
            let known: HashSet<_> = found.examples.iter().map(|text| class(text)).collect();
            prop_assert!(found.examples.iter().all(|text| shape.matches(text)));
            for length in 0..6_u32 {
                for number in 0..3_u32.pow(length) {
                    let text: String =
                        (0..length).map(|at| ['a', 'b', 'c'][(number / 3_u32.pow(at) % 3) as usize]).collect();
                    prop_assert!(!shape.matches(&text) || known.contains(&class(&text)), "{}", text);
                }
            }
        }
    }
}
