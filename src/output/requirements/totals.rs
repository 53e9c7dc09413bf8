//! How many requirements stand where, each counted once.

use std::io;

use serde::Serialize;

use super::super::page::{BOLD, DIM, PLAIN, Page, Span};
use super::super::text::number;
use super::words::{self, framework, verdict, verdict_style};
use crate::model::{Framework, RequirementRow, RequirementVerdict};

/// How many requirements of one framework stand where. They add up to all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Of which framework.
    pub framework: Framework,
    /// AWS state shows them.
    pub met: usize,
    /// They stand on people's word.
    pub attested: usize,
    /// A rule fails.
    pub not_met: usize,
    /// Not read, not decided or not on file.
    pub unknown: usize,
    /// AWS shows a part, and the rest is not attested.
    pub partly_shown: usize,
    /// Nothing speaks for them.
    pub not_assessed: usize,
    /// Provisions that set no duty of their own.
    pub no_duty: usize,
    /// Left out by the config.
    pub out_of_scope: usize,
}

impl Totals {
    /// Counts the rows of one framework.
    pub fn of(framework: Framework, rows: &[&RequirementRow]) -> Self {
        let rows: Vec<_> = rows.iter().filter(|row| row.framework == framework).collect();
        let count = |wanted: fn(&RequirementRow) -> bool| rows.iter().filter(|row| wanted(row)).count();
        let standing = |verdict| {
            let counts = |row: &RequirementRow| row.in_scope && !words::sets_no_duty(row) && row.verdict == verdict;
            rows.iter().filter(|row| counts(row)).count()
        };
        Self {
            framework,
            met: standing(RequirementVerdict::Met),
            attested: standing(RequirementVerdict::Attested),
            not_met: standing(RequirementVerdict::NotMet),
            unknown: standing(RequirementVerdict::Unknown),
            partly_shown: standing(RequirementVerdict::PartlyShown),
            not_assessed: standing(RequirementVerdict::NotAssessed),
            no_duty: count(|row| row.in_scope && words::sets_no_duty(row)),
            out_of_scope: count(|row| !row.in_scope),
        }
    }

    /// How many stand so.
    pub fn standing(&self, verdict: RequirementVerdict) -> usize {
        match verdict {
            RequirementVerdict::Met => self.met,
            RequirementVerdict::Attested => self.attested,
            RequirementVerdict::NotMet => self.not_met,
            RequirementVerdict::Unknown => self.unknown,
            RequirementVerdict::PartlyShown => self.partly_shown,
            RequirementVerdict::NotAssessed => self.not_assessed,
        }
    }

    /// How many are neither met nor attested.
    pub fn open(&self) -> usize {
        self.not_met + self.unknown + self.partly_shown + self.not_assessed
    }
}

/// Writes one line a framework, and what is counted apart.
pub(crate) fn write(rows: &[&RequirementRow], page: &mut Page<'_>) -> io::Result<()> {
    let totals: Vec<Totals> =
        words::frameworks(rows).into_iter().map(|framework| Totals::of(framework, rows)).collect();
    let mut head: Vec<Span<'_>> = vec![("       ", PLAIN)];
    for one in words::VERDICTS {
        head.extend([("  ", PLAIN), (verdict(one), DIM)]);
        if one == RequirementVerdict::Attested {
            head.extend([("  ", PLAIN), ("OPEN:", DIM)]);
        }
    }
    page.spans(&head)?;
    for total in &totals {
        let mut cells = vec![(format!("{:<7}", framework(total.framework)), BOLD)];
        for one in words::VERDICTS {
            let count = total.standing(one);
            let paint = if count == 0 { DIM } else { verdict_style(one) };
            cells.push((format!("  {:>width$}", number(count), width = verdict(one).len()), paint));
            if one == RequirementVerdict::Attested {
                cells.push((format!("  {:>5}", number(total.open())), BOLD));
            }
        }
        let line: Vec<Span<'_>> = cells.iter().map(|(text, paint)| (text.as_str(), *paint)).collect();
        page.spans(&line)?;
    }
    let apart: Vec<String> = totals.iter().flat_map(apart).collect();
    match apart.is_empty() {
        true => Ok(()),
        false => page.prose(&format!("Counted apart: {}.", apart.join("; ")), DIM),
    }
}

fn apart(total: &Totals) -> Vec<String> {
    let name = framework(total.framework);
    let mut apart = Vec::new();
    if total.no_duty > 0 {
        apart.push(format!("{} {name} provisions that set no duty of their own", number(total.no_duty)));
    }
    if total.out_of_scope > 0 {
        apart.push(format!("{} {name} criteria out of scope by the config", number(total.out_of_scope)));
    }
    apart
}
