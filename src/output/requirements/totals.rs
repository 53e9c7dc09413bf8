//! Counts the requirements by standing, each once.

use std::io;

use anstyle::Style;
use serde::Serialize;

use super::super::page::{BOLD, DIM, PLAIN, Page, Span};
use super::super::text::number;
use super::words::{self, framework, verdict, verdict_style};
use crate::model::{Framework, RequirementRow, RequirementVerdict};

/// The width of the labels: `  partly shown`.
const LABEL: usize = 14;

/// The numbers of requirements of one framework by standing. They add up to all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// The framework that is counted.
    pub framework: Framework,
    /// AWS state shows its part, and people attest the rest.
    pub met: usize,
    /// They stand on people's word.
    pub attested: usize,
    /// A rule or an attestation fails.
    pub not_met: usize,
    /// Not read, not decided or not on file.
    pub unknown: usize,
    /// AWS state shows its part, and the rest is not attested.
    pub shown_in_aws: usize,
    /// AWS shows it for some services in use, and the rest is not attested.
    pub partly_shown: usize,
    /// Nothing speaks for them.
    pub not_assessed: usize,
    /// They bind none of the organization's roles.
    pub does_not_bind: usize,
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
            shown_in_aws: standing(RequirementVerdict::ShownInAws),
            partly_shown: standing(RequirementVerdict::PartlyShown),
            not_assessed: standing(RequirementVerdict::NotAssessed),
            does_not_bind: standing(RequirementVerdict::DoesNotBind),
            no_duty: count(|row| row.in_scope && words::sets_no_duty(row)),
            out_of_scope: count(|row| !row.in_scope),
        }
    }

    /// Counts the requirements that stand so.
    pub fn standing(&self, verdict: RequirementVerdict) -> usize {
        match verdict {
            RequirementVerdict::Met => self.met,
            RequirementVerdict::Attested => self.attested,
            RequirementVerdict::NotMet => self.not_met,
            RequirementVerdict::Unknown => self.unknown,
            RequirementVerdict::ShownInAws => self.shown_in_aws,
            RequirementVerdict::PartlyShown => self.partly_shown,
            RequirementVerdict::NotAssessed => self.not_assessed,
            RequirementVerdict::DoesNotBind => self.does_not_bind,
        }
    }

    /// Counts the requirements that are neither met nor attested.
    pub fn open(&self) -> usize {
        self.not_met + self.unknown + self.shown_in_aws + self.partly_shown + self.not_assessed
    }
}

/// Writes a line for each standing and a column for each framework. What is open is added up, and what is counted apart
/// stands last.
pub(crate) fn write(rows: &[&RequirementRow], page: &mut Page<'_>) -> io::Result<()> {
    let totals: Vec<Totals> =
        words::frameworks(rows).into_iter().map(|framework| Totals::of(framework, rows)).collect();
    let names: Vec<String> = totals.iter().map(|total| format!("{:>7}", framework(total.framework))).collect();
    page.spans(&[(&" ".repeat(LABEL), PLAIN), (&names.concat(), DIM)])?;
    let (relied_on, open) = words::VERDICTS.split_at(2);
    for one in relied_on {
        line(&totals, verdict(*one), verdict_style(*one), |total| total.standing(*one), page)?;
    }
    line(&totals, "OPEN", BOLD, Totals::open, page)?;
    let counts = |one: &&RequirementVerdict| **one != RequirementVerdict::DoesNotBind;
    for one in open.iter().filter(counts) {
        line(&totals, &format!("  {}", verdict(*one)), verdict_style(*one), |total| total.standing(*one), page)?;
    }
    if totals.iter().any(|total| total.no_duty > 0) {
        line(&totals, "no duty", DIM, |total| total.no_duty, page)?;
    }
    if totals.iter().any(|total| total.does_not_bind > 0) {
        line(&totals, "does not bind", DIM, |total| total.does_not_bind, page)?;
    }
    if totals.iter().any(|total| total.out_of_scope > 0) {
        line(&totals, "out of scope", DIM, |total| total.out_of_scope, page)?;
    }
    Ok(())
}

/// One label and a number for each framework; what is zero is as quiet as it can be.
fn line(
    totals: &[Totals],
    label: &str,
    paint: Style,
    count: impl Fn(&Totals) -> usize,
    page: &mut Page<'_>,
) -> io::Result<()> {
    let counts: Vec<(String, Style)> = totals
        .iter()
        .map(|total| (format!("{:>7}", number(count(total))), if count(total) == 0 { DIM } else { paint }))
        .collect();
    let label = format!("{label:<LABEL$}");
    let mut spans: Vec<Span<'_>> = vec![(&label, PLAIN)];
    spans.extend(counts.iter().map(|(text, paint)| (text.as_str(), *paint)));
    page.spans(&spans)
}
