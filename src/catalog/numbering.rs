//! The numbering of the two texts: the printed form of an id, and its place in the text.
//!
//! Plain string order is not the texts' order: it puts 164.308(a)(10) before 164.308(a)(2), `(ix)` before `(v)` and
//! A1.1 before CC1.1.

use crate::model::Framework;

/// The SOC 2 series in the order in which the criteria print them.
const SERIES: [&str; 5] = ["CC", "A", "C", "PI", "P"];

/// The parts of title 45 from which requirements are taken.
const PARTS: [&str; 2] = ["160.", "164."];

/// Roman numerals as far as the cited sections use them, and some way beyond.
const ROMAN: [&str; 12] = ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii"];

/// The place of a requirement in its text. Ordered as the text is; HIPAA comes before SOC 2.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Numbering {
    /// 45 CFR `part`.`section`, then one number for each level of paragraph.
    Hipaa { part: usize, section: usize, paragraphs: Vec<usize> },
    /// `series` counts in the order of the criteria; `CC6.7` is 6 and 7.
    Soc2 { series: usize, major: usize, minor: usize },
}

impl Numbering {
    /// Reads the printed form strictly: no spaces, no section sign, no leading zeros. None for anything else.
    pub(super) fn parse(id: &str) -> Option<Self> {
        Self::parse_hipaa(id).or_else(|| Self::parse_soc2(id))
    }

    /// The framework whose numbering this is.
    pub(super) fn framework(&self) -> Framework {
        match self {
            Numbering::Hipaa { .. } => Framework::Hipaa,
            Numbering::Soc2 { .. } => Framework::Soc2,
        }
    }

    fn parse_hipaa(id: &str) -> Option<Self> {
        let part = position(&PARTS, id.get(..4)?)?;
        let (section, rest) = id.get(4..)?.split_at_checked(3)?;
        let section = number(section)?;
        if rest.is_empty() {
            return Some(Numbering::Hipaa { part, section, paragraphs: Vec::new() });
        }
        let marks = rest.strip_prefix('(')?.strip_suffix(')')?.split(")(");
        let paragraphs = marks.enumerate().map(|(level, mark)| paragraph(level, mark)).collect::<Option<_>>()?;
        Some(Numbering::Hipaa { part, section, paragraphs })
    }

    fn parse_soc2(id: &str) -> Option<Self> {
        let digits = id.find(|character: char| character.is_ascii_digit())?;
        let (series, numbers) = id.split_at_checked(digits)?;
        let series = position(&SERIES, series)?;
        let (major, minor) = numbers.split_once('.')?;
        Some(Numbering::Soc2 { series, major: number(major)?, minor: number(minor)? })
    }
}

/// The Code of Federal Regulations marks paragraphs (a), (1), (i), (A), level by level, so that `(i)` is the letter at
/// the first level and the number one at the third.
fn paragraph(level: usize, mark: &str) -> Option<usize> {
    match level {
        0 => letter(mark, b'a'..=b'z'),
        1 => number(mark),
        2 => position(&ROMAN, mark),
        3 => letter(mark, b'A'..=b'Z'),
        _ => None,
    }
}

fn letter(mark: &str, alphabet: std::ops::RangeInclusive<u8>) -> Option<usize> {
    match mark.as_bytes() {
        &[letter] if alphabet.contains(&letter) => Some(usize::from(letter - alphabet.start())),
        _ => None,
    }
}

fn number(digits: &str) -> Option<usize> {
    let canonical = !digits.starts_with('0') && digits.bytes().all(|digit| digit.is_ascii_digit());
    if canonical { digits.parse().ok() } else { None }
}

fn position(list: &[&str], item: &str) -> Option<usize> {
    list.iter().position(|known| *known == item)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_forms_are_read_and_others_are_not() {
        for good in ["164.302", "164.312(b)", "164.308(a)(1)(ii)(A)", "164.502(e)(2)", "CC1.1", "A1.3", "PI1.5", "P6.7"]
        {
            assert!(Numbering::parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "164",
            "164.",
            "164.30",
            "164.3020",
            "164.012",
            "165.312(b)",
            "§164.312(b)",
            "164.312 (b)",
            "164.312(B)",
            "164.312()",
            "164.312(b",
            "164.312(b))",
            "164.312(a)(01)",
            "164.312(a)(0)",
            "164.312(a)(+1)",
            "164.312(a)(1)(1)",
            "164.312(a)(2)(iiii)",
            "164.308(a)(1)(ii)(a)",
            "164.308(a)(1)(ii)(A)(1)",
            "164.312_b",
            "cc6.7",
            "CC6",
            "CC6.",
            "CC6.07",
            "CC6.7 ",
            "D1.1",
            "164.30é",
        ] {
            assert_eq!(Numbering::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn order_is_the_texts_order() {
        let expected = [
            "160.310",
            "164.105",
            "164.302",
            "164.308(a)(1)(i)",
            "164.308(a)(1)(ii)(A)",
            "164.308(a)(1)(ii)(B)",
            "164.308(a)(2)",
            "164.308(a)(10)",
            "164.308(b)(1)",
            "164.312(a)(2)(i)",
            "164.312(a)(2)(ii)",
            "164.312(a)(2)(iv)",
            "164.312(a)(2)(ix)",
            "164.312(i)",
            "164.400",
            "CC1.1",
            "CC1.2",
            "CC1.10",
            "CC9.2",
            "A1.1",
            "C1.1",
            "PI1.1",
            "P1.1",
            "P8.1",
        ];
        let mut sorted = expected;
        sorted.sort_unstable();
        assert_ne!(sorted, expected, "string order would do, then this module is not needed");
        sorted.sort_by_key(|id| Numbering::parse(id));
        assert_eq!(sorted, expected);
    }
}
