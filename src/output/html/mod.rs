//! The report as one page for a browser: a file that needs no network, reads without a script, and prints.
//!
//! What a reader must not miss (the result, what was not read, where the requirements stand) is HTML that is written
//! here. The findings, of which there may be a hundred thousand, are data ([`data`]) that the page's script shows page
//! by page; without a script, the worst of them stand in the page all the same ([`worst`]).
//!
//! Nothing from AWS can become markup or code: templates escape every expression ([`escape`]), the script only writes
//! text nodes, and a content security policy allows this file's own style and script, by their hashes, and nothing
//! else.

use std::io::{self, Write};

use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

use super::text::escape as visible;
use crate::model::{Change, Framework, Report, Verdict};

mod accounts;
mod coverage;
mod data;
pub mod escape;
mod not_read;
mod overview;
mod requirements;
mod services;
mod worst;

/// Changes that templates can make to a value.
mod filters {
    /// `12,345`.
    #[askama::filter_fn]
    pub fn thousands(count: impl std::borrow::Borrow<usize>, _: &dyn askama::Values) -> askama::Result<String> {
        Ok(super::super::text::number(*count.borrow()))
    }
}

#[cfg(test)]
mod tests;

const STYLE: &str = include_str!("report.css");
/// Runs before the page is drawn, so that a chosen theme does not flash.
const THEME: &str = include_str!("theme.js");
const SCRIPT: &str = concat!(
    "\"use strict\";\n(() => {\n",
    include_str!("model.js"),
    include_str!("view.js"),
    include_str!("page.js"),
    "})();\n"
);

/// The widest that a name from AWS is shown in the static parts, in characters.
const NAME: usize = 120;
/// The widest that a sentence with text from AWS is shown in the static parts, in characters.
const SENTENCE: usize = 600;

#[derive(Template)]
#[template(path = "page.html")]
struct HtmlPage<'r> {
    style: &'static str,
    theme: &'static str,
    policy: String,
    overview: overview::Overview<'r>,
    not_read: not_read::NotRead,
    not_on_file: Option<not_read::NotOnFile>,
    worst: worst::Worst,
    accounts: Option<accounts::AccountsShown>,
    requirements: requirements::Requirements,
    services: Option<services::ServicesInUse>,
    coverage: coverage::CoverageTables,
}

/// Writes the page.
///
/// # Errors
/// Whatever `out` reports.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let page = HtmlPage {
        style: STYLE,
        theme: THEME,
        policy: content_security_policy(),
        overview: overview::Overview::of(report),
        not_read: not_read::NotRead::of(report),
        not_on_file: not_read::NotOnFile::of(report),
        worst: worst::Worst::of(report),
        accounts: accounts::AccountsShown::of(report),
        requirements: requirements::Requirements::of(report),
        services: report.services.as_ref().map(services::ServicesInUse::of),
        coverage: coverage::CoverageTables::of(report),
    };
    page.write_into(out)?;
    let tables = data::Tables::of(report);
    tables.write_list(out)?;
    // The list can be used before the browser has read the details.
    writeln!(out, "<script>{SCRIPT}</script>")?;
    tables.write_details(out)?;
    out.write_all(b"</body>\n</html>\n")
}

/// Nothing is fetched, sent or embedded; only what this build wrote may run.
fn content_security_policy() -> String {
    format!(
        "default-src 'none'; style-src '{}'; script-src '{}' '{}'; img-src data:; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(THEME),
        hash(SCRIPT)
    )
}

fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

/// A link that shows the findings with these values of a filter: `#requirement=164%2E312%28b%29&verdict=all`.
fn filter_link(filters: &[(&str, &str)]) -> String {
    let pair =
        |(name, value): &(&str, &str)| format!("{name}={}", utf8_percent_encode(&visible(value), NON_ALPHANUMERIC));
    format!("#{}", filters.iter().map(pair).collect::<Vec<_>>().join("&"))
}

fn framework(framework: Framework) -> &'static str {
    super::terminal::framework(framework)
}

fn verdict_in_words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::NotApplicable => "not applicable",
        other => other.as_str(),
    }
}

fn change_in_words(change: Change) -> &'static str {
    match change {
        Change::StillFailing => "still failing",
        Change::NewlyUnknown => "newly unknown",
        Change::NotLookedAt => "not looked at",
        other => other.as_str(),
    }
}

/// The text with its first letter raised.
fn sentence_case(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}
