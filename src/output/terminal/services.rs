//! Services in use against AWS's list of HIPAA-eligible ones: a section of the report, and the table of `safeguard
//! services`.
//!
//! The list's date and its age stand first, because everything below is only as good as they are.

use std::io::{self, Write};

use super::super::Style;
use super::super::page::{BAD, BOLD, DIM, PLAIN, Page, UNKNOWN, WARN};
use super::super::text::{counted, listed, number, shorten};
use super::{NAME, SENTENCE};
use crate::model::{Eligibility, ServiceRow, ServiceWitness, Services};

/// The widest that a witness's reach is shown, in columns: with all of AWS's regions in it, it is long.
const REACH: usize = 2000;
/// The most services of one standing that the report names.
const NAMES_SHOWN: usize = 8;

/// Writes the section of a report: counts, what is not covered, and how far the witnesses could see.
pub(super) fn write(services: &Services, full: bool, page: &mut Page<'_>) -> io::Result<()> {
    heading(services, page)?;
    let limit = if full { usize::MAX - 1 } else { NAMES_SHOWN };
    for (eligibility, count) in services.counts() {
        let names =
            services.services.iter().filter(|row| row.eligibility == eligibility).map(|row| row.service.as_str());
        let names: Vec<_> = names.map(|name| shorten(name, NAME)).collect();
        let text = format!("{}: {}", number(count), listed(names.iter().map(AsRef::as_ref), limit));
        page.item(2, &format!("{}: ", eligibility.in_words()), style_of(eligibility), &text, PLAIN)?;
    }
    for witness in services.witnesses.iter().filter(|witness| full || !witness.is_complete) {
        write_witness(witness, page)?;
    }
    if full {
        return Ok(());
    }
    page.item(2, "", PLAIN, "`safeguard services` shows the table, with who saw each and when.", DIM)
}

/// Writes the whole table, with the witnesses and what else must be known.
///
/// # Errors
/// Whatever `out` reports.
pub fn write_table(services: &Services, warnings: &[String], style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let page = &mut Page::new(out, style.width, style.color);
    heading(services, page)?;
    let widths = Widths::of(services);
    page.item(0, &widths.line("SERVICE", "STATUS", "LAST SEEN"), DIM, "WITNESS", DIM)?;
    let order = |row: &&ServiceRow| (row.eligibility, row.service.clone());
    let mut rows: Vec<&ServiceRow> = services.services.iter().collect();
    rows.sort_by_key(order);
    for row in rows {
        let last_seen = row.last_seen.map_or_else(|| "-".to_owned(), |time| time.day().to_string());
        let label = widths.line(&shorten(&row.service, NAME), row.eligibility.in_words(), &last_seen);
        page.item(0, &label, style_of(row.eligibility), &row.witnesses.join(", "), PLAIN)?;
        let more = match &row.reason {
            Some(reason) => format!("{}: {}", shorten(&row.name, NAME), shorten(reason, SENTENCE)),
            None => shorten(&row.name, NAME).into_owned(),
        };
        page.item(2, "", PLAIN, &more, DIM)?;
    }
    page.heading("WITNESSES", PLAIN, "a service that none of them saw is not in use only as far as they reach")?;
    services.witnesses.iter().try_for_each(|witness| write_witness(witness, page))?;
    if !warnings.is_empty() {
        page.heading("WARNINGS", WARN, &number(warnings.len()))?;
    }
    warnings.iter().try_for_each(|warning| page.item(2, "- ", PLAIN, &shorten(warning, SENTENCE), PLAIN))
}

fn heading(services: &Services, page: &mut Page<'_>) -> io::Result<()> {
    let count = counted(services.services.len(), "service", "services");
    page.heading("SERVICES IN USE", PLAIN, &count)?;
    let age = format!(
        "AWS's list of HIPAA-eligible services of {}, {} when the account was read.",
        shorten(&services.list_date, NAME),
        services.age_in_words()
    );
    page.prose(&age, PLAIN)?;
    match services.is_old() {
        true => page.item(
            0,
            "OLD LIST  ",
            WARN,
            &format!(
                "it is more than {} days old, and AWS adds services several times a year: compare with {}",
                Services::OLD_AFTER_DAYS,
                shorten(&services.list_url, NAME)
            ),
            PLAIN,
        ),
        false => Ok(()),
    }
}

fn write_witness(witness: &ServiceWitness, page: &mut Page<'_>) -> io::Result<()> {
    let (word, style) = if witness.is_complete { ("saw all it can: ", DIM) } else { ("INCOMPLETE: ", UNKNOWN) };
    page.item(2, &format!("{} ", shorten(&witness.name, NAME)), BOLD, "", PLAIN)?;
    page.item(4, word, style, &shorten(&witness.reach, REACH), PLAIN)
}

fn style_of(eligibility: Eligibility) -> anstyle::Style {
    match eligibility {
        Eligibility::Excluded | Eligibility::NotListed => BAD,
        Eligibility::Review | Eligibility::Unknown => UNKNOWN,
        Eligibility::Eligible | Eligibility::Administrative => PLAIN,
    }
}

/// The widths of the columns before the last.
struct Widths {
    service: usize,
    status: usize,
}

impl Widths {
    /// Long names of services, which only strangers have, do not push the table aside.
    const WIDEST: usize = 28;

    fn of(services: &Services) -> Self {
        let widest = |texts: &mut dyn Iterator<Item = &str>| texts.map(|text| text.chars().count()).max().unwrap_or(0);
        let service = widest(&mut services.services.iter().map(|row| row.service.as_str()));
        let status = widest(&mut services.services.iter().map(|row| row.eligibility.in_words()));
        Self { service: service.clamp(7, Self::WIDEST), status: status.max(6) }
    }

    fn line(&self, service: &str, status: &str, last_seen: &str) -> String {
        format!("{service:<0$}  {status:<1$}  {last_seen:<10}  ", self.service, self.status)
    }
}
