//! `safeguard rules show`: a rule as a page for people.

use std::io::{self, Write};

use super::{Library, unwritable};
use crate::Result;
use crate::rule::{Rule, examples};

/// The widest line of prose, in columns. Code is never wrapped.
const WIDTH: usize = 100;

/// Writes all that the rule says.
pub(super) fn show(rule: &Rule, library: &Library<'_>, out: &mut dyn Write) -> Result<()> {
    head(rule, out)
        .and_then(|()| condition(rule, out))
        .and_then(|()| requirements(rule, library, out))
        .and_then(|()| remediation(rule, out))
        .and_then(|()| references(rule, out))
        .and_then(|()| shown_examples(rule, library, out))
        .map_err(unwritable)
}

fn head(rule: &Rule, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}\n{}\n", rule.id, rule.title)?;
    let severity = match rule.severity_in_phi_scope {
        Some(raised) => format!("{} ({} where PHI is)", rule.severity.as_str(), raised.as_str()),
        None => rule.severity.as_str().to_owned(),
    };
    field("severity", &severity, out)?;
    field("kind", &rule.kind, out)?;
    field("service", &rule.service, out)?;
    if rule.opt_in {
        field("runs", "only when it is selected by its id", out)?;
    }
    if let Some(reason) = &rule.deprecated {
        field("deprecated", reason, out)?;
    }
    if !rule.aliases.is_empty() {
        field("formerly", &rule.aliases.join(", "), out)?;
    }
    field("file", &rule.source.origin.to_string(), out)?;
    section("Why", out)?;
    prose(&rule.why, out)
}

fn condition(rule: &Rule, out: &mut dyn Write) -> io::Result<()> {
    for (at, definition) in rule.definitions.iter().enumerate() {
        if at == 0 {
            section("Where", out)?;
        }
        code(&format!("{} = {}", definition.name(), definition.source().trim()), out)?;
    }
    if let Some(when) = &rule.when {
        section("Concerns a resource when", out)?;
        code(when.source(), out)?;
    }
    section("Passes when", out)?;
    code(rule.pass.source(), out)?;
    for case in &rule.severity_cases {
        section(&format!("A failure is of severity {} when", case.severity.as_str()), out)?;
        code(case.when.source(), out)?;
    }
    if rule.params.is_empty() {
        return Ok(());
    }
    section("Parameters", out)?;
    for (name, param) in &rule.params {
        let bounds = param.bounds.in_words(param.value_type);
        let bounds = if bounds.is_empty() { bounds } else { format!(", {bounds}") };
        let head = format!("{name} ({}{bounds}, default {})", param.value_type.as_str(), param.default);
        prose(&format!("{head}: {}", param.description), out)?;
    }
    Ok(())
}

fn requirements(rule: &Rule, library: &Library<'_>, out: &mut dyn Write) -> io::Result<()> {
    section("Requirements", out)?;
    let width = rule.requirements().map(str::len).max().unwrap_or(0);
    for id in rule.requirements() {
        let requirement = library.catalog.requirement(id);
        let supported = if rule.supports.iter().any(|supported| supported == id) { ": only supported" } else { "" };
        let title =
            requirement.map(|it| format!("{} ({}){supported}", it.title, it.class.as_str())).unwrap_or_default();
        hanging(&format!("  {id:width$}  "), &title, out)?;
    }
    Ok(())
}

fn remediation(rule: &Rule, out: &mut dyn Write) -> io::Result<()> {
    section("Remediation", out)?;
    let remediation = &rule.remediation;
    prose(&remediation.summary, out)?;
    let ways = [
        ("AWS CLI", &remediation.cli),
        ("Console", &remediation.console),
        ("CloudFormation", &remediation.cloudformation),
        ("Terraform", &remediation.terraform),
    ];
    for (name, text) in ways {
        if let Some(text) = text {
            section(name, out)?;
            code(text, out)?;
        }
    }
    Ok(())
}

fn references(rule: &Rule, out: &mut dyn Write) -> io::Result<()> {
    section("References", out)?;
    rule.references.iter().try_for_each(|reference| writeln!(out, "  {reference}"))
}

fn shown_examples(rule: &Rule, library: &Library<'_>, out: &mut dyn Write) -> io::Result<()> {
    // A rule with broken examples is still worth showing; `rules lint` is where they are reported.
    let Ok(examples) = examples::read(rule, library.kinds) else {
        section("Examples", out)?;
        return writeln!(out, "  cannot be read: see `safeguard rules lint`");
    };
    if examples.is_empty() {
        return Ok(());
    }
    section("Examples", out)?;
    let width = examples.iter().map(|example| example.expect.as_str().len()).max().unwrap_or(0);
    examples.iter().try_for_each(|example| writeln!(out, "  {:width$}  {}", example.expect.as_str(), example.name))
}

fn field(name: &str, value: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{name:10}  {value}")
}

fn section(title: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n{title}")
}

fn prose(text: &str, out: &mut dyn Write) -> io::Result<()> {
    hanging("  ", text, out)
}

/// Wraps a text that begins behind `head`, and keeps its further lines below its first.
fn hanging(head: &str, text: &str, out: &mut dyn Write) -> io::Result<()> {
    let indent = " ".repeat(head.len());
    let options = textwrap::Options::new(WIDTH).initial_indent(head).subsequent_indent(&indent);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    textwrap::wrap(&text, options).into_iter().try_for_each(|line| writeln!(out, "{line}"))
}

fn code(text: &str, out: &mut dyn Write) -> io::Result<()> {
    text.trim_end().lines().try_for_each(|line| writeln!(out, "{}", format!("  {line}").trim_end()))
}
