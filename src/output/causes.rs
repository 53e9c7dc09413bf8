//! The causes for which something could not be read: service, operation, class and error code. A thousand calls that
//! fail for one reason are repaired by one change, and the formats that tell of them in words would drown in a line a
//! call.

use std::collections::{BTreeMap, BTreeSet};

use super::text::{counted, escape, listed, shorten};
use crate::model::{Gap, GapClass, Report, Verdict};

/// The most regions, lists or actions that are named.
const NAMES_SHOWN: usize = 6;
/// The widest that AWS's words for a failed call are shown, in columns.
const WORDS: usize = 300;

type GapKey<'r> = (&'r str, &'r str, GapClass, &'r str);

/// Everything that one cause left open.
#[derive(Debug)]
pub(super) struct Cause<'r> {
    /// One of the calls, for what they have in common.
    example: &'r Gap,
    /// The calls that failed for it.
    calls: BTreeSet<&'r Gap>,
    /// The number of findings that are undecided because of it.
    undecided: usize,
}

/// The causes, the one that left most undecided first. Calls that only a finding tells of count too.
pub(super) fn causes(report: &Report) -> Vec<Cause<'_>> {
    let mut causes = BTreeMap::<GapKey<'_>, Cause<'_>>::new();
    for gap in &report.gaps {
        note(&mut causes, gap);
    }
    for finding in report.findings.iter().filter(|finding| finding.verdict == Verdict::Unknown) {
        finding.gaps.iter().for_each(|gap| note(&mut causes, gap));
        for key in finding.gaps.iter().map(key).collect::<BTreeSet<_>>() {
            causes.entry(key).and_modify(|cause| cause.undecided += 1);
        }
    }
    let mut causes: Vec<_> = causes.into_values().collect();
    causes.sort_by_key(|cause| std::cmp::Reverse(cause.undecided));
    causes
}

fn note<'r>(causes: &mut BTreeMap<GapKey<'r>, Cause<'r>>, gap: &'r Gap) {
    let new = || Cause { example: gap, calls: BTreeSet::new(), undecided: 0 };
    causes.entry(key(gap)).or_insert_with(new).calls.insert(gap);
}

fn key(gap: &Gap) -> GapKey<'_> {
    (&gap.service, &gap.operation, gap.class, &gap.code)
}

impl Cause<'_> {
    /// True if people must write what is missing, and no call failed.
    pub(super) fn is_for_people(&self) -> bool {
        self.example.class == GapClass::NotAttested
    }

    /// `s3:GetBucketPolicy: access denied (AccessDenied)`
    pub(super) fn name(&self) -> String {
        format!("{}:{}: {}", escape(&self.example.service), escape(&self.example.operation), reason(self.example))
    }

    /// `2 calls in us-east-1; 12 findings are undecided; needs s3:GetBucketPolicy`
    pub(super) fn consequence(&self) -> String {
        let regions = self.names(|gap| std::slice::from_ref(&gap.region));
        let mut parts = vec![format!("{} in {regions}", counted(self.calls.len(), "call", "calls"))];
        match self.undecided {
            0 => parts.push("no finding is undecided because of it".to_owned()),
            count => parts.push(counted(count, "finding is undecided", "findings are undecided")),
        }
        for (word, names) in [
            ("the list may hold more of", self.names(|gap| &gap.population)),
            ("needs", self.names(|gap| &gap.iam_actions)),
        ] {
            if !names.is_empty() {
                parts.push(format!("{word} {names}"));
            }
        }
        parts.join("; ")
    }

    fn names<T: AsRef<str>>(&self, of: impl Fn(&Gap) -> &[T]) -> String {
        let names: BTreeSet<&str> = self.calls.iter().flat_map(|gap| of(gap)).map(AsRef::as_ref).collect();
        escape(&listed(names, NAMES_SHOWN)).into_owned()
    }
}

/// One failed call in one line: `s3:GetBucketPolicy on claims in us-east-1: access denied (AccessDenied)`, then AWS's
/// words.
pub(super) fn in_words(gap: &Gap) -> String {
    let on = gap.resource.as_deref().map(|id| format!(" on {}", shorten(id, WORDS))).unwrap_or_default();
    let said = match gap.message.is_empty() {
        true => String::new(),
        false => format!(": {}", shorten(&gap.message, WORDS)),
    };
    let call = format!("{}:{}", escape(&gap.service), escape(&gap.operation));
    format!("{call}{on} in {}: {}{said}", escape(&gap.region), reason(gap))
}

fn reason(gap: &Gap) -> String {
    match gap.code.as_str() {
        "" => gap.class.in_words().to_owned(),
        code => format!("{} ({})", gap.class.in_words(), shorten(code, WORDS)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::super::text::is_hostile;
    use super::*;

    #[test]
    fn a_cause_tells_what_failed_what_is_open_and_what_would_help() {
        let report = fixture::mixed();
        let told: Vec<String> =
            causes(&report).iter().map(|cause| format!("{}; {}", cause.name(), cause.consequence())).collect();
        insta::assert_snapshot!(told.join("\n"), @"
        s3:GetBucketPolicy: access denied (AccessDenied); 1 call in us-east-1; 2 findings are undecided; needs s3:GetBucketPolicy
        kms:ListKeys: denied by an organization policy (AccessDeniedException); 1 call in eu-west-1; 1 finding is undecided; the list may hold more of AWS::KMS::Key; needs kms:ListKeys
        rds:DescribeDBInstances: throttled until retries ran out (Throttling); 1 call in eu-west-1; 1 finding is undecided; needs rds:DescribeDBInstances
        account:GetAlternateContact: timed out; 1 call in global; no finding is undecided because of it; needs account:GetAlternateContact
        ");
    }

    #[test]
    fn nothing_hostile_gets_through() {
        let report = fixture::hostile();
        for cause in causes(&report) {
            assert!(!(cause.name() + &cause.consequence()).chars().any(is_hostile));
        }
        assert!(report.gaps.iter().all(|gap| !in_words(gap).chars().any(is_hostile)));
    }
}
