//! What a waiver cannot do: HIPAA knows no acceptance of a required specification, and wants a reason on file for an
//! addressable one.

use std::collections::BTreeSet;

use crate::catalog::{Catalog, Class};
use crate::model::{EntityRole, Finding, RuleInfo};

/// The most requirements that a warning names.
const NAMED: usize = 6;

/// One warning for the required specifications and one for the addressable ones whose failures somebody waived.
pub fn specification_warnings(
    catalog: &Catalog,
    rules: &[RuleInfo],
    findings: &[Finding],
    roles: &[EntityRole],
) -> Vec<String> {
    let waived: BTreeSet<&str> =
        findings.iter().filter(|finding| finding.waiver.is_some()).map(|finding| finding.rule.as_str()).collect();
    let waived = rules.iter().filter(|rule| waived.contains(rule.id.as_str()));
    let shown: BTreeSet<&str> =
        waived.flat_map(|rule| rule.citations().filter(|citation| !rule.only_supports(citation))).collect();
    let of = |class: Class| -> Vec<&str> {
        let is_it = |id: &&str| catalog.requirement(id).is_some_and(|it| it.class == class && it.is_binding(roles));
        shown.iter().copied().filter(is_it).collect()
    };
    let required = of(Class::Required);
    let addressable = of(Class::Addressable);
    let required = (!required.is_empty()).then(|| {
        format!(
            "failures of required specifications are waived ({}): HIPAA knows no acceptance of these; a waiver only keeps \
             the exit code quiet",
            named(&required)
        )
    });
    let addressable = (!addressable.is_empty()).then(|| {
        format!(
            "failures of addressable specifications are waived ({}): write down why each is not reasonable and appropriate \
             and which equivalent stands in its place (164.306(d)(3)); a waiver is no such decision",
            named(&addressable)
        )
    });
    required.into_iter().chain(addressable).collect()
}

fn named(ids: &[&str]) -> String {
    let more = match ids.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", ids[..ids.len().min(NAMED)].join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::testing::{findings, open_shelf, rules, shelf, snapshot};
    use crate::model::Waiver;

    #[test]
    fn a_waived_failure_of_a_specification_says_what_the_waiver_cannot_do() {
        let (catalog, set) = (Catalog::builtin().unwrap(), rules());
        let failure = findings(&snapshot("2026-01-01", vec![shelf("a", "us-east-1", open_shelf())]), &set).remove(0);
        let texts = |ids: &[&str]| ids.iter().map(|&id| id.to_owned()).collect::<Vec<_>>();
        let waiver = Waiver {
            reason: "accepted".to_owned(),
            owner: "security".to_owned(),
            expires: "2026-12-31".to_owned(),
            ticket: None,
        };
        let said = |hipaa: &[&str], supports: &[&str], waiver: Option<&Waiver>| {
            let info = set.iter().next().unwrap().info();
            let info = RuleInfo { hipaa: texts(hipaa), supports: texts(supports), ..info };
            let finding = Finding { waiver: waiver.cloned(), ..failure.clone() };
            specification_warnings(&catalog, &[info], &[finding], &[EntityRole::CoveredEntity])
        };
        let cites = ["164.312(a)(2)(iv)", "164.308(b)(3)", "164.312(d)"];
        let both = said(&cites, &[], Some(&waiver));
        assert!(both[0].starts_with("failures of required specifications are waived (164.308(b)(3)): "), "{both:?}");
        assert!(
            both[1].starts_with("failures of addressable specifications are waived (164.312(a)(2)(iv)): "),
            "{both:?}"
        );
        assert_eq!(said(&cites, &[], None), [""; 0], "nobody waived anything");
        assert_eq!(said(&cites, &cites, Some(&waiver)), [""; 0], "what only supports is no failure of it");
        assert_eq!(said(&["164.308(a)(4)(ii)(A)"], &[], Some(&waiver)), [""; 0], "it does not bind");
    }
}
