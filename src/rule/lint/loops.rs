//! Refuses loops that make judging cost more than in proportion to the resources of an account.
//!
//! A rule is evaluated for each resource of its kind, and a loop over a list for each of that list, so that one inside of
//! the other costs the product of their numbers. Of all that stand inside each other (the rule's kind, a loop, a loop in
//! that loop) one may be a kind whose number grows with the account; the others must be kinds of which every account has
//! few. So a rule on the account may ask a question of all buckets, and of all trails for each bucket; a rule on buckets
//! may ask all trails, but not all buckets. What it wants to know of one of those it finds by `related()` or `lookup()`.

use serde_saphyr::Spanned;

use super::Linter;
use crate::rule::condition::PopulationLoop;
use crate::rule::file::text::RuleText;
use crate::source::locate::locate;
use crate::source::yaml;

/// The kinds of which an account has few, however large it is, and why.
const FEW: [(&str, &str); 12] = [
    ("AWS::Account", "it is the account itself"),
    ("AWS::CloudTrail::EventDataStore", "10 in a region"),
    ("AWS::CloudTrail::EventHistory", "one in a region"),
    ("AWS::CloudTrail::Trail", "5 in a region"),
    ("AWS::IAM::OIDCProvider", "100 in an account"),
    ("AWS::IAM::SAMLProvider", "100 in an account"),
    ("AWS::IAM::ServerCertificate", "20 in an account"),
    ("AWS::KMS::CustomKeyStore", "10 in a region"),
    ("AWS::RDS::DBMajorEngineVersion", "AWS makes them, not the account"),
    ("AWS::Region", "one for each region of AWS"),
    ("AWS::S3::MultiRegionAccessPoint", "100 in an account"),
    ("AWS::Service", "one for each service of AWS"),
];

/// The kinds of which an account has few, however large it is, each with the reason.
pub fn few_kinds() -> impl Iterator<Item = (&'static str, &'static str)> {
    FEW.into_iter()
}

fn grows(kind: &str) -> bool {
    !FEW.iter().any(|(few, _)| *few == kind)
}

impl Linter<'_> {
    /// Finds the loops that cost too much, at the name of the list.
    pub(super) fn loops(&mut self, text: &RuleText) {
        let rule = self.rule;
        let mut found: Vec<(&Spanned<String>, Vec<PopulationLoop>)> = Vec::new();
        for definition in rule.definitions.iter() {
            found.extend(text.definitions.get(definition.name()).map(|at| (at, definition.population_loops())));
        }
        let conditions = [(text.when.as_ref(), rule.when.as_ref()), (Some(&text.pass), Some(&rule.pass))];
        found.extend(conditions.into_iter().filter_map(|(at, condition)| Some((at?, condition?.population_loops()))));
        let cases = text.severity_cases.iter().zip(&rule.severity_cases);
        found.extend(cases.map(|(at, case)| (&at.when, case.when.population_loops())));
        let messages = [
            (Some(&text.fail_message), Some(&rule.fail_message)),
            (text.note.as_ref(), rule.note.as_ref()),
            (text.not_applicable_message.as_ref(), rule.not_applicable_message.as_ref()),
        ];
        found.extend(messages.into_iter().filter_map(|(at, message)| Some((at?, message?.population_loops()))));
        for (at, loops) in found {
            let mut told = Vec::new();
            for costly in loops {
                let around = std::iter::once(&rule.kind).chain(&costly.around);
                let growing = around.chain([&costly.kind]).filter(|kind| grows(kind)).count();
                if growing > 1 && grows(&costly.kind) && !told.contains(&costly.kind) {
                    self.costly_loop(at, &costly);
                    told.push(costly.kind);
                }
            }
        }
    }

    fn costly_loop(&mut self, at: &Spanned<String>, costly: &PopulationLoop) {
        let PopulationLoop { kind, around } = costly;
        let outer = around.iter().rev().find(|kind| grows(kind)).unwrap_or(&self.rule.kind);
        let named = [format!("resources('{kind}')"), format!("resources(\"{kind}\")")];
        let offset = named.iter().find_map(|list| at.value.find(list)).unwrap_or(0);
        let offset = locate(&self.source.text, yaml::offset(at), &at.value, offset);
        let message = format!("for each {outer} there is a loop over every {kind}: the cost grows with the square");
        let help = format!(
            "write `related('{kind}', 'PATH', value)` for those that have the value, which an index knows; loops over all are \
             for rules on kinds of which an account has few, such as AWS::Account"
        );
        self.problems.push(self.source.problem_at(offset, message).help(help));
    }
}
