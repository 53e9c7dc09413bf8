//! `safeguard attest check`: the verdicts on what people attest, alone.

use std::collections::BTreeMap;
use std::io::{self, Write};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::{AttestCheckArgs, AttestationRules, CheckFormat};
use crate::cli::console::Console;
use crate::cli::stdout;
use crate::config::FailOn;
use crate::engine::attested::ends_on;
use crate::model::{Finding, Severity, Summary, Verdict};
use crate::output::text::{counted, escape};
use crate::scan::attested::{ending_soon, judge_attested};
use crate::{Error, Result};

/// Exit codes, as those of a scan.
const CLEAN: u8 = 0;
const FAILURES: u8 = 10;
const INCOMPLETE: u8 = 11;

#[derive(Debug, Serialize)]
struct CheckResult<'a> {
    judged_on: String,
    summary: Summary,
    results: Vec<AttestedLine<'a>>,
    ending_soon: Vec<Soon<'a>>,
}

#[derive(Debug, Serialize)]
struct AttestedLine<'a> {
    /// The attestation's id or the vendor's name; null for a register that is not there.
    id: Option<&'a str>,
    rule: &'a str,
    verdict: Verdict,
    severity: Severity,
    title: &'a str,
    message: &'a str,
    /// The last day on which it counts as it is.
    ends_on: Option<String>,
    hipaa: &'a [String],
    soc2: &'a [String],
    fix: &'a str,
}

#[derive(Debug, Serialize)]
struct Soon<'a> {
    id: &'a str,
    last_day: String,
}

/// Judges, writes, and says how it ended.
pub(super) fn run(
    args: &AttestCheckArgs,
    asked: &AttestationRules,
    console: &Console,
    out: &mut dyn Write,
) -> Result<u8> {
    let now = match args.on {
        Some(day) => moment(day)?,
        None => Timestamp::now(),
    };
    let findings = judge_attested(&asked.config.register(), &asked.rules, &asked.ids, &asked.kinds, now)?;
    let checked = CheckResult {
        judged_on: now.to_zoned(TimeZone::UTC).date().to_string(),
        summary: summary(&findings),
        results: findings.iter().map(|finding| line(finding, asked)).collect(),
        ending_soon: ending_soon(&asked.rules, &findings, now)
            .into_iter()
            .map(|(id, last)| Soon { id, last_day: last.to_string() })
            .collect(),
    };
    let written = match args.format {
        CheckFormat::Json => crate::output::json::write_value(&checked, out),
        CheckFormat::Terminal => CheckPage { width: console.width, out }.write(&checked),
    };
    written.map_err(|error| stdout::failed(&error))?;
    let fail_on = args.fail_on.or(asked.config.fail_on).unwrap_or(FailOn::Low);
    let allow_incomplete = args.allow_incomplete.or(asked.config.allow_incomplete).unwrap_or(false);
    Ok(code(&checked, fail_on, allow_incomplete))
}

fn moment(day: jiff::civil::Date) -> Result<Timestamp> {
    let midnight = day.to_zoned(TimeZone::UTC);
    midnight
        .map(|midnight| midnight.timestamp())
        .map_err(|error| Error::usage(format!("{day} cannot be judged: {error}")))
}

fn summary(findings: &[Finding]) -> Summary {
    let mut summary = Summary::default();
    findings.iter().for_each(|finding| summary.count(finding));
    summary
}

fn line<'a>(finding: &'a Finding, asked: &AttestationRules) -> AttestedLine<'a> {
    let ends_on = asked.rules.get(&finding.rule).and_then(|rule| ends_on(&rule.info(), finding));
    AttestedLine {
        id: finding.resource.id.as_deref(),
        rule: &finding.rule,
        verdict: finding.verdict,
        severity: finding.severity,
        title: &finding.title,
        message: &finding.message,
        ends_on: ends_on.map(|day| day.to_string()),
        hipaa: &finding.hipaa,
        soc2: &finding.soc2,
        fix: &finding.fix,
    }
}

fn code(checked: &CheckResult<'_>, fail_on: FailOn, allow_incomplete: bool) -> u8 {
    let failed = checked.results.iter().filter(|line| line.verdict == Verdict::Fail).map(|line| line.severity).max();
    match fail_on.threshold() {
        Some(threshold) if failed >= Some(threshold) => FAILURES,
        _ if checked.summary.unknown > 0 && !allow_incomplete => INCOMPLETE,
        _ => CLEAN,
    }
}

/// The result for a person: what fails, what nobody attests, what holds and until when.
struct CheckPage<'o> {
    width: usize,
    out: &'o mut dyn Write,
}

impl CheckPage<'_> {
    fn write(&mut self, checked: &CheckResult<'_>) -> io::Result<()> {
        let with = |verdict: Verdict| checked.results.iter().filter(move |line| line.verdict == verdict);
        for line in with(Verdict::Fail) {
            self.item("FAIL", &format!("{} ({}): {}", name(line), line.severity.as_str(), line.message))?;
            self.item("", &format!("Fix: {}", line.fix))?;
        }
        self.unknown(with(Verdict::Unknown))?;
        for line in with(Verdict::Pass) {
            let until = line.ends_on.as_ref().map(|day| format!(", until {day}")).unwrap_or_default();
            self.item("pass", &format!("{}{until}", name(line)))?;
        }
        for line in with(Verdict::NotApplicable) {
            self.item("n/a", &format!("{}: {}", name(line), line.message))?;
        }
        for soon in &checked.ending_soon {
            self.item("note", &format!("{} ends on {} unless it is renewed", soon.id, soon.last_day))?;
        }
        let Summary { fail, unknown, pass, not_applicable, .. } = checked.summary;
        writeln!(
            self.out,
            "\nJudged on {}: {fail} fail, {unknown} unknown, {pass} pass, {not_applicable} not applicable. A pass stands on \
             the word of its owner.",
            checked.judged_on
        )
    }

    /// Things that are missing for one reason are told together.
    fn unknown<'a>(&mut self, lines: impl Iterator<Item = &'a AttestedLine<'a>>) -> io::Result<()> {
        let mut by_reason: BTreeMap<&str, Vec<&AttestedLine<'_>>> = BTreeMap::new();
        lines.for_each(|line| by_reason.entry(line.message).or_default().push(line));
        for (message, lines) in by_reason {
            let names: Vec<&str> = lines.iter().map(|line| name(line)).collect();
            match names.as_slice() {
                [name] => self.item("unknown", &format!("{name}: {message}"))?,
                names => {
                    let what = counted(names.len(), "attestation", "attestations");
                    self.item("unknown", &format!("{what}: {message}"))?;
                    self.item("", &names.join(", "))?;
                }
            }
        }
        Ok(())
    }

    fn item(&mut self, label: &str, text: &str) -> io::Result<()> {
        let first = format!("{label:<9}");
        let options = textwrap::Options::new(self.width)
            .initial_indent(&first)
            .subsequent_indent("         ")
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        writeln!(self.out, "{}", textwrap::fill(&escape(text), options))
    }
}

fn name<'a>(line: &AttestedLine<'a>) -> &'a str {
    line.id.unwrap_or(line.rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(verdict: Verdict, severity: Severity) -> AttestedLine<'static> {
        AttestedLine {
            id: Some("attest-x"),
            rule: "attest-x",
            verdict,
            severity,
            title: "",
            message: "",
            ends_on: None,
            hipaa: &[],
            soc2: &[],
            fix: "",
        }
    }

    fn code_of(results: Vec<AttestedLine<'static>>, fail_on: FailOn, allow_incomplete: bool) -> u8 {
        let mut summary = Summary::default();
        results.iter().for_each(|line| summary.count_verdict(line.verdict, false));
        code(
            &CheckResult { judged_on: String::new(), summary, results, ending_soon: vec![] },
            fail_on,
            allow_incomplete,
        )
    }

    #[test]
    fn the_exit_code_is_that_of_a_scan() {
        use Severity::{High, Low};
        let (fail, unknown) = (|severity| result(Verdict::Fail, severity), || result(Verdict::Unknown, High));
        assert_eq!(code_of(vec![], FailOn::Low, false), 0);
        assert_eq!(
            code_of(vec![result(Verdict::Pass, High), result(Verdict::NotApplicable, High)], FailOn::Low, false),
            0
        );
        assert_eq!(code_of(vec![fail(Low), unknown()], FailOn::Low, true), 10);
        assert_eq!(code_of(vec![fail(Low)], FailOn::High, false), 0);
        assert_eq!(code_of(vec![fail(Low), unknown()], FailOn::High, false), 11);
        assert_eq!(code_of(vec![unknown()], FailOn::Low, true), 0);
        assert_eq!(code_of(vec![fail(High)], FailOn::Never, false), 0);
    }
}
