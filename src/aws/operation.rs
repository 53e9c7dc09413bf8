//! What a collector may ask AWS, and what each answer is good for.

use std::collections::BTreeSet;

use crate::model::Gap;

/// What the answer of an operation gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Yield {
    /// The list of all resources of this kind: without it nobody knows how many there are.
    Population(&'static str),
    /// These top-level facts of this kind.
    Facts(&'static str, &'static [&'static str]),
    /// Something that every further fact of this kind needs, such as the region to ask in.
    AllFacts(&'static str),
}

/// One API operation that a collector calls.
///
/// From these declarations come the least-privilege policy, the fault tests and the documentation. A call that is not
/// declared fails the tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// The service's SDK name in lower case (`s3`, `s3control`).
    pub service: &'static str,
    /// AWS's name (`GetBucketPolicy`).
    pub name: &'static str,
    /// The IAM actions that the call needs; they differ in name from the operation in places
    /// (`s3:GetEncryptionConfiguration` for `GetBucketEncryption`). See the Service Authorization Reference.
    pub iam_actions: &'static [&'static str],
    /// What its answer gives.
    pub yields: &'static [Yield],
}

impl Operation {
    /// The facts that are missing when it fails, with their kind: `AWS::S3::Bucket.BucketPolicy`, or
    /// `AWS::S3::Bucket.*`.
    pub fn fact_names(&self) -> Vec<String> {
        let names = self.yields.iter().flat_map(|part| match part {
            Yield::Population(_) => Vec::new(),
            Yield::AllFacts(kind) => vec![format!("{kind}.*")],
            Yield::Facts(kind, facts) => facts.iter().map(|fact| format!("{kind}.{fact}")).collect(),
        });
        names.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The kinds whose list is unknown when it fails.
    pub fn populations(&self) -> Vec<String> {
        let kinds = self.yields.iter().filter_map(|part| match part {
            Yield::Population(kind) => Some((*kind).to_owned()),
            _ => None,
        });
        kinds.collect()
    }
}

/// What the selected rules need to know: what is not in the plan is not asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    kinds: BTreeSet<String>,
    facts: BTreeSet<(String, String)>,
    event_questions: EventQuestions,
}

/// What to ask CloudTrail's event history for, in each region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventQuestions {
    /// Event sources to ask for by name where the history is too long to be read, those first that matter most.
    pub sources: Vec<String>,
    /// How many questions may be asked. AWS answers two a second.
    pub budget: u32,
}

impl EventQuestions {
    /// Enough for the newest events and for every source on the list that is in doubt, about 140 of them: a busy region
    /// takes 80 seconds, all regions side by side.
    pub const DEFAULT_BUDGET: u32 = 160;
}

impl Default for EventQuestions {
    fn default() -> Self {
        Self { sources: Vec::new(), budget: Self::DEFAULT_BUDGET }
    }
}

impl Plan {
    /// A plan for these kinds and these facts (kind, top-level name).
    pub fn new(kinds: impl IntoIterator<Item = String>, facts: impl IntoIterator<Item = (String, String)>) -> Self {
        let facts: BTreeSet<_> = facts.into_iter().collect();
        let mut kinds: BTreeSet<_> = kinds.into_iter().collect();
        kinds.extend(facts.iter().map(|(kind, _)| kind.clone()));
        Self { kinds, facts, event_questions: EventQuestions::default() }
    }

    /// The same plan with the lists of more kinds.
    #[must_use]
    pub fn with_kinds(mut self, kinds: impl IntoIterator<Item = String>) -> Self {
        self.kinds.extend(kinds);
        self
    }

    /// The same plan with other questions to CloudTrail's event history.
    #[must_use]
    pub fn with_event_questions(self, event_questions: EventQuestions) -> Self {
        Self { event_questions, ..self }
    }

    /// What to ask CloudTrail's event history for.
    pub fn event_questions(&self) -> &EventQuestions {
        &self.event_questions
    }

    /// A plan that asks everything that these operations can tell.
    pub fn everything(operations: &[&'static Operation]) -> Self {
        let parts = || operations.iter().flat_map(|operation| operation.yields);
        let kinds = parts().map(|part| match part {
            Yield::Population(kind) | Yield::Facts(kind, _) | Yield::AllFacts(kind) => (*kind).to_owned(),
        });
        let facts = parts().flat_map(|part| match part {
            Yield::Facts(kind, facts) => facts.iter().map(|fact| ((*kind).to_owned(), (*fact).to_owned())).collect(),
            _ => Vec::new(),
        });
        Self::new(kinds, facts)
    }

    /// The kinds whose lists are wanted, sorted.
    pub fn kinds(&self) -> impl Iterator<Item = &str> {
        self.kinds.iter().map(String::as_str)
    }

    /// Whether the list of this kind is wanted.
    pub fn wants_kind(&self, kind: &str) -> bool {
        self.kinds.contains(kind)
    }

    /// Whether any of these facts of the kind is wanted.
    pub fn wants_any(&self, kind: &str, facts: &[&str]) -> bool {
        facts.iter().any(|fact| self.facts.contains(&(kind.to_owned(), (*fact).to_owned())))
    }

    /// Whether the gap leaves anything unread that is wanted: a snapshot may have been taken for more rules.
    pub fn misses(&self, gap: &Gap) -> bool {
        let misses_fact = |name: &String| match name.rsplit_once('.') {
            Some((kind, "*")) => self.wants_kind(kind),
            Some((kind, fact)) => self.wants_any(kind, &[fact]),
            None => false,
        };
        gap.population.iter().any(|kind| self.wants_kind(kind)) || gap.facts.iter().any(misses_fact)
    }

    /// Whether the operation's answer is good for anything that is wanted.
    pub fn wants(&self, operation: &Operation) -> bool {
        operation.yields.iter().any(|part| match part {
            Yield::Population(kind) => self.wants_kind(kind),
            Yield::Facts(kind, facts) => self.wants_any(kind, facts),
            Yield::AllFacts(kind) => self.facts.iter().any(|(wanted, _)| wanted == kind),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: Operation = Operation {
        service: "s3",
        name: "ListBuckets",
        iam_actions: &["s3:ListAllMyBuckets"],
        yields: &[Yield::Population("AWS::S3::Bucket")],
    };
    const POLICY: Operation = Operation {
        service: "s3",
        name: "GetBucketPolicy",
        iam_actions: &["s3:GetBucketPolicy"],
        yields: &[Yield::Facts("AWS::S3::Bucket", &["BucketPolicy"])],
    };

    #[test]
    fn a_wanted_fact_brings_the_list_of_its_kind_and_nothing_else() {
        let plan = Plan::new([], [("AWS::S3::Bucket".to_owned(), "BucketPolicy".to_owned())]);
        assert!(plan.wants(&LIST) && plan.wants(&POLICY));
        let plan = Plan::new(["AWS::S3::Bucket".to_owned()], []);
        assert!(plan.wants(&LIST) && !plan.wants(&POLICY));
        assert!(!Plan::default().wants(&LIST));
    }

    #[test]
    fn missing_facts_are_named_with_their_kind() {
        assert_eq!(POLICY.fact_names(), ["AWS::S3::Bucket.BucketPolicy"]);
        assert_eq!(LIST.populations(), ["AWS::S3::Bucket"]);
    }
}
