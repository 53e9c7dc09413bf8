//! Reads filter patterns: `{ $.eventName = "DeleteTrail" && ($.errorCode NOT EXISTS || $.readOnly IS FALSE) }`.

use regex::Regex;

use super::pattern::{Pattern, Term};

/// Patterns have 1024 characters at most, so that no limit on nesting below that refuses one that AWS takes.
const DEEPEST: usize = 200;

impl Pattern {
    /// Reads a pattern. `None` for one that is not understood: terms without fields, fields by position, and what no
    /// documentation explains.
    pub fn read(text: &str) -> Option<Self> {
        pattern(text)
    }
}

fn pattern(text: &str) -> Option<Pattern> {
    let text = text.trim();
    if text.is_empty() {
        return Some(Pattern::All);
    }
    let inside = text.strip_prefix('{')?.strip_suffix('}')?;
    let mut reader = PatternReader { rest: inside, depth: 0 };
    let pattern = reader.alternatives()?;
    reader.rest.trim_start().is_empty().then_some(pattern)
}

struct PatternReader<'t> {
    rest: &'t str,
    depth: usize,
}

impl<'t> PatternReader<'t> {
    /// Skips a sign or a word, if it comes next.
    fn take(&mut self, sign: &str) -> Option<()> {
        self.rest = self.rest.trim_start();
        self.rest = self.rest.strip_prefix(sign)?;
        Some(())
    }

    /// `||` binds less than `&&`.
    fn alternatives(&mut self) -> Option<Pattern> {
        let mut parts = vec![self.together()?];
        while self.take("||").is_some() {
            parts.push(self.together()?);
        }
        Some(if parts.len() == 1 { parts.remove(0) } else { Pattern::Or(parts) })
    }

    fn together(&mut self) -> Option<Pattern> {
        let mut parts = vec![self.part()?];
        while self.take("&&").is_some() {
            parts.push(self.part()?);
        }
        Some(if parts.len() == 1 { parts.remove(0) } else { Pattern::And(parts) })
    }

    fn part(&mut self) -> Option<Pattern> {
        if self.take("(").is_none() {
            return self.term();
        }
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let inside = self.alternatives()?;
        self.depth -= 1;
        self.take(")")?;
        Some(inside)
    }

    fn term(&mut self) -> Option<Pattern> {
        self.take("$.")?;
        // Brackets address elements of lists, whose meaning is not needed for CloudTrail events.
        let path = self.word(|char| char.is_ascii_alphanumeric() || matches!(char, '.' | '_' | '-'))?;
        let term = self.question()?;
        Some(Pattern::Term(path.to_owned(), term))
    }

    fn question(&mut self) -> Option<Term> {
        if self.take("NOT").is_some() {
            self.take("EXISTS")?;
            return Some(Term::NotExists);
        }
        if self.take("IS").is_some() {
            return match self.word(|char| char.is_ascii_uppercase())? {
                "NULL" => Some(Term::IsNull),
                "TRUE" => Some(Term::Is(true)),
                "FALSE" => Some(Term::Is(false)),
                _ => None,
            };
        }
        if self.take("<").is_some() || self.take(">").is_some() {
            let _ = self.take("=");
            self.word(is_bare)?.parse::<f64>().ok()?;
            return Some(Term::Number);
        }
        let is_negated = self.take("!=").is_some();
        if !is_negated {
            self.take("=")?;
        }
        self.rest = self.rest.trim_start();
        if let Some(rest) = self.rest.strip_prefix('"') {
            let (text, rest) = rest.split_once('"')?;
            self.rest = rest;
            // What a backslash does inside of quotes is not documented.
            return (!text.contains('\\')).then(|| Term::Like { text: text.to_owned(), is_negated });
        }
        if let Some(rest) = self.rest.strip_prefix('%') {
            let (regex, rest) = rest.split_once('%')?;
            self.rest = rest;
            return Some(Term::Matches { regex: Regex::new(regex).ok()?, is_negated });
        }
        let word = self.word(is_bare)?;
        match word.parse::<f64>() {
            Ok(_) => Some(Term::Number),
            Err(_) => Some(Term::Like { text: word.to_owned(), is_negated }),
        }
    }

    fn word(&mut self, belongs: impl Fn(char) -> bool) -> Option<&'t str> {
        self.rest = self.rest.trim_start();
        let end = self.rest.find(|char| !belongs(char)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!word.is_empty()).then_some(word)
    }
}

/// What a value without quotes may hold.
fn is_bare(char: char) -> bool {
    char.is_ascii_alphanumeric() || matches!(char, '*' | '.' | '_' | '-' | ':' | '/' | '@' | '+' | '#')
}
