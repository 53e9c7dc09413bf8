//! Machine formats in which a CI runner that reads our output finds no command to obey, and their own readers find the
//! same text as before where the format can write a character in two ways (JSON, XML, HTML), and `\u{23}` where it
//! cannot (CSV).
//!
//! JSON is made so where its strings are written ([`super::json`]), what is for people where its text is wrapped
//! ([`super::text::without_commands`]).

use std::io::{self, Write};

/// The beginnings of commands that may stand anywhere in a line. The character in the middle is written otherwise.
const OPENINGS: [&[u8]; 2] = [b"##[", b"##vso["];
const LONGEST: usize = 6;

/// The other spelling that a format has for `#` and `:`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Otherwise {
    hash: &'static [u8],
    /// `None` where our own lines may begin with colons, and others' text begins none: in a page with its style.
    colon: Option<&'static [u8]>,
}

impl Otherwise {
    /// Entities.
    pub const XML: Self = Self { hash: b"&#35;", colon: Some(b"&#58;") };
    /// Entities in a page.
    pub const HTML: Self = Self { hash: b"&#35;", colon: None };
    /// Escapes as words.
    pub const TEXT: Self = Self { hash: b"\\u{23}", colon: Some(b"\\u{3a}") };
}

/// Finds the places in JSON strings where a `#` must be written as `\u0023`: behind another one, with what makes it a
/// command behind it.
pub(super) fn is_command(text: &str, position: usize) -> bool {
    position > 0 && OPENINGS.iter().any(|opening| text.as_bytes()[position - 1..].starts_with(opening))
}

/// Passes text on, its commands broken up.
pub(super) struct Commandless<'o> {
    out: &'o mut dyn Write,
    otherwise: Otherwise,
    /// Too short yet to be told from a command.
    held: Vec<u8>,
    /// True if nothing but blanks stands before in the line: there `::` begins a command.
    at_start: bool,
}

impl<'o> Commandless<'o> {
    pub fn new(out: &'o mut dyn Write, otherwise: Otherwise) -> Self {
        Self { out, otherwise, held: Vec::new(), at_start: true }
    }

    /// Passes on what was held.
    pub fn finish(mut self) -> io::Result<()> {
        self.pass(0)?;
        self.out.flush()
    }

    /// Passes on all but the last bytes.
    fn pass(&mut self, keep: usize) -> io::Result<()> {
        let mut passed = Vec::with_capacity(self.held.len());
        let mut at = 0;
        while at + keep < self.held.len() {
            let rest = &self.held[at..];
            if OPENINGS.iter().any(|opening| rest.starts_with(opening)) {
                passed.push(b'#');
                passed.extend_from_slice(self.otherwise.hash);
                at += 2;
            } else if let (true, Some(colon), true) = (self.at_start, self.otherwise.colon, rest.starts_with(b"::")) {
                passed.extend_from_slice(colon);
                at += 1;
            } else {
                passed.push(rest[0]);
                at += 1;
            }
            let last = self.held[at - 1];
            self.at_start = matches!(last, b'\n' | b'\r') || (self.at_start && last.is_ascii_whitespace());
        }
        self.held.drain(..at);
        self.out.write_all(&passed)
    }
}

impl Write for Commandless<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(bytes);
        self.pass(LONGEST - 1)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(text: &str, piece: usize) -> String {
        let mut out = Vec::new();
        let mut through = Commandless::new(&mut out, Otherwise::XML);
        text.as_bytes().chunks(piece).for_each(|bytes| through.write_all(bytes).unwrap());
        through.finish().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn commands_are_broken_up_wherever_pieces_end() {
        for piece in 1..12 {
            assert_eq!(
                passed("a ##[error]b ##vso[x] #[y] ###[z]", piece),
                "a #&#35;[error]b #&#35;vso[x] #[y] ##&#35;[z]"
            );
            assert_eq!(
                passed("::error::a\n  ::b::\r::c AWS::S3 ::d::", piece),
                "&#58;:error::a\n  &#58;:b::\r&#58;:c AWS::S3 ::d::"
            );
            assert_eq!(passed("", piece), "");
            assert_eq!(passed("##", piece), "##");
        }
    }

    #[test]
    fn only_the_hash_that_makes_the_command_is_told() {
        let text = "# ##[a] ##vso[b]";
        let told: Vec<usize> =
            (0..text.len()).filter(|&at| text[at..].starts_with('#') && is_command(text, at)).collect();
        assert_eq!(told, [3, 9]);
    }
}
