use std::collections::BTreeMap;

/// The rules that speak for each requirement. They are computed from the rules' citations and written nowhere.
#[derive(Debug, Clone, Default)]
pub struct RulesByRequirement<'a> {
    rules: BTreeMap<&'a str, Vec<&'a str>>,
    rule_count: usize,
}

impl<'a> RulesByRequirement<'a> {
    /// From each rule's id and the requirements that it cites.
    pub fn new<Citations>(rules: impl IntoIterator<Item = (&'a str, Citations)>) -> Self
    where
        Citations: IntoIterator<Item = &'a str>,
    {
        let mut tree = Self::default();
        for (rule, citations) in rules {
            tree.rule_count += 1;
            for requirement in citations {
                tree.rules.entry(requirement).or_default().push(rule);
            }
        }
        for rules in tree.rules.values_mut() {
            rules.sort_unstable();
            rules.dedup();
        }
        tree
    }

    /// The rules that cite exactly this requirement, sorted. A rule that cites a specification does not thereby speak
    /// for the standard above it, nor the other way round.
    pub fn of(&self, requirement: &str) -> &[&'a str] {
        self.rules.get(requirement).map_or(&[], Vec::as_slice)
    }

    /// The number of rules that were asked, whether they cite anything or not.
    pub fn rule_count(&self) -> usize {
        self.rule_count
    }
}
