//! Coverage for people: requirements in the order of their text, totals at the end, where a terminal leaves the reader.

use textwrap::{Options, WordSplitter};

use super::mapping::{Mapping, RequirementLine, Situation, SituationTotal};
use crate::catalog::Catalog;
use crate::model::{CatalogDate, Framework, Verifiable};
use crate::output::Style;

/// Below this width, titles follow their id directly.
const NARROW: usize = 66;
/// Narrower than this nothing is readable: longer lines are then the lesser evil.
const NARROWEST: usize = 40;

pub(super) fn render(coverage: &Mapping<'_>, catalog: &Catalog, style: &Style) -> String {
    let proposed = coverage.view.proposed;
    let mut page = CoveragePage { text: String::new(), width: style.width.max(NARROWEST), full: style.full, proposed };
    page.introduction(coverage.rule_count);
    for date in &coverage.catalog_dates {
        let lines: Vec<_> = coverage.requirements.iter().filter(|line| line.framework == date.framework).collect();
        page.framework(date, catalog.source(date.framework));
        page.requirements(&lines);
    }
    for date in &coverage.catalog_dates {
        let totals: Vec<_> = coverage.totals.iter().filter(|total| total.framework == date.framework).collect();
        page.totals(date.framework, &totals);
    }
    page.text
}

struct CoveragePage {
    text: String,
    width: usize,
    full: bool,
    proposed: bool,
}

impl CoveragePage {
    fn introduction(&mut self, rule_count: usize) {
        self.paragraph(&format!(
            "Which requirements {} for. A rule gives evidence for the requirements that it cites; none proves that a \
             requirement is met as a whole, and no account was looked at here.",
            if rule_count == 1 { "1 rule speaks".to_owned() } else { format!("{rule_count} rules speak") }
        ));
        self.line("");
        for situation in Situation::ALL {
            self.wrap(&format!("{}  {}", mark(situation), legend(situation)), "     ");
        }
        self.line("");
        self.paragraph(
            "Where AWS can show a part, people must attest the rest. With --report, --snapshot or --demo, the same table \
             says what AWS shows, what people attest and what is open.",
        );
        if self.proposed {
            self.line("");
            self.paragraph(
                "PROPOSED, NOT LAW: only what a rule proposed by HHS in 2025 would change in the Security Rule stands here.",
            );
        }
    }

    fn framework(&mut self, date: &CatalogDate, source: &str) {
        self.line("");
        self.paragraph(&format!("{}: {source}, as checked on {}", name(date.framework), date.checked));
        self.paragraph(note(date.framework));
    }

    fn requirements(&mut self, lines: &[&RequirementLine<'_>]) {
        let mut heading = "";
        for line in lines {
            if line.group != heading {
                heading = line.group;
                self.line("");
                self.line(heading);
                if !line.in_scope {
                    self.paragraph("Out of scope: soc2_categories in the config file does not name it.");
                }
            }
            self.requirement(line);
        }
    }

    fn requirement(&mut self, line: &RequirementLine<'_>) {
        let narrow = self.width < NARROW;
        let indent = if narrow { 6 } else { title_column(line.framework) };
        let id = format!("{}  {}", mark(line.situation), line.id);
        let head = if narrow { format!("{id}  {}", line.title) } else { format!("{id:<indent$}{}", line.title) };
        let indent = " ".repeat(indent);
        self.wrap(&head, &indent);
        self.wrap(&format!("{indent}{}", standing(line)), &indent);
        if !line.rules.is_empty() {
            self.wrap(&format!("{indent}{}", rules(line)), &indent);
        }
        let crosswalk = if self.full { line.crosswalk } else { &[] };
        for (label, items) in [("attested by", line.attestation_rules), (other(line.framework), crosswalk)] {
            if !items.is_empty() {
                self.wrap(&format!("{indent}{label}: {}", items.join(", ")), &indent);
            }
        }
        if let Some(proposed) = line.proposed.filter(|_| self.proposed) {
            self.wrap(&format!("{indent}{proposed}"), &indent);
        }
    }

    fn totals(&mut self, framework: Framework, totals: &[&SituationTotal]) {
        self.line("");
        let narrow = self.width < NARROW;
        let label = if narrow { 16 } else { 42 };
        let all = totals.iter().map(|total| total.partial + total.attestation).sum();
        self.line(&format!("{}: {}", name(framework), count(all, "requirement")));
        self.line(&format!("{:label$}{:>6}{:>6}{:>6}", "AWS can show", "part", "none", "sum"));
        for total in totals {
            let sum = total.partial + total.attestation;
            let words = if narrow { brief(total.situation) } else { legend_short(total.situation) };
            let words = format!("{}  {words}", mark(total.situation));
            let SituationTotal { partial, attestation, .. } = total;
            self.line(&format!("{words:label$}{partial:>6}{attestation:>6}{sum:>6}"));
        }
    }

    fn paragraph(&mut self, text: &str) {
        self.wrap(text, "");
    }

    /// Rule ids and citations are never broken at their hyphens or in their middle.
    fn wrap(&mut self, text: &str, indent: &str) {
        let options = Options::new(self.width)
            .subsequent_indent(indent)
            .word_splitter(WordSplitter::NoHyphenation)
            .word_separator(textwrap::WordSeparator::AsciiSpace)
            .wrap_algorithm(textwrap::WrapAlgorithm::FirstFit)
            .break_words(false);
        for line in textwrap::wrap(text, options) {
            self.line(&line);
        }
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }
}

/// The column at which titles begin: after a mark and the framework's longest id (`164.308(a)(1)(ii)(A)`, `CC6.7`).
fn title_column(framework: Framework) -> usize {
    match framework {
        Framework::Hipaa => 27,
        Framework::Soc2 => 12,
    }
}

/// The weight of a requirement, what AWS state can show of it, and who looks.
fn standing(line: &RequirementLine<'_>) -> String {
    let class = line.class.replace('_', " ");
    let shown = match line.verifiable_in_aws {
        Verifiable::Partial => "AWS can show a part",
        Verifiable::Attestation if matches!(line.class, "general" | "permitted") => "sets no duty of its own",
        Verifiable::Attestation => "no AWS state can show it",
    };
    match line.situation {
        Situation::RulesSpeak => format!("{class}; {shown}; {}:", count(line.rules.len(), "rule")),
        Situation::NoRule => format!("{class}; {shown}; NO RULE LOOKS"),
        Situation::NotInAws => format!("{class}; {shown}"),
    }
}

/// The rules over AWS state, those marked that only support the requirement.
fn rules(line: &RequirementLine<'_>) -> String {
    let only_supports = |rule: &String| line.supporting_rules.contains(rule);
    let name = |rule: &String| if only_supports(rule) { format!("{rule} (supports)") } else { rule.clone() };
    line.rules.iter().map(name).collect::<Vec<_>>().join(", ")
}

fn other(framework: Framework) -> &'static str {
    match framework {
        Framework::Hipaa => "SOC 2, same safeguard",
        Framework::Soc2 => "HIPAA, same safeguard",
    }
}

fn mark(situation: Situation) -> &'static str {
    match situation {
        Situation::RulesSpeak => "[+]",
        Situation::NoRule => "[!]",
        Situation::NotInAws => "[ ]",
    }
}

fn legend(situation: Situation) -> &'static str {
    match situation {
        Situation::RulesSpeak => "rules speak for it",
        Situation::NoRule => "AWS state could show it, wholly or in part, but none of these rules looks",
        Situation::NotInAws => "no AWS state can show it: only people can attest it",
    }
}

fn legend_short(situation: Situation) -> &'static str {
    match situation {
        Situation::RulesSpeak => "rules speak",
        Situation::NoRule => "AWS could show it, no rule looks",
        Situation::NotInAws => "no AWS state can show it",
    }
}

fn brief(situation: Situation) -> &'static str {
    match situation {
        Situation::RulesSpeak => "rules speak",
        Situation::NoRule => "no rule",
        Situation::NotInAws => "not in AWS",
    }
}

fn name(framework: Framework) -> &'static str {
    match framework {
        Framework::Hipaa => "HIPAA",
        Framework::Soc2 => "SOC 2",
    }
}

fn note(framework: Framework) -> &'static str {
    match framework {
        Framework::Hipaa => {
            "Addressable is not optional: implement it, or document why not and what is done instead (164.306(d)(3))."
        }
        Framework::Soc2 => {
            "Security criteria (CC) are in every report; availability (A), confidentiality (C), processing integrity (PI) \
             and privacy (P) count only when the report's scope names them. Titles are ours; the AICPA's text governs."
        }
    }
}

fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
