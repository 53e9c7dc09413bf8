//! Until when what people attest counts.

use jiff::Span;
use jiff::civil::Date;
use serde_json::Value;

use crate::model::{Finding, RuleInfo, Verdict, is_attested};

/// The parameter by which rules on attestations limit their age.
const MAX_DAYS: &str = "max_days";
/// The facts that name a last day.
const LAST_DAYS: [&str; 2] = ["resource.ValidUntil", "resource.Renewal"];
/// The facts from which the age counts.
const FIRST_DAYS: [&str; 4] = ["resource.Date", "resource.Reviewed", "resource.SOC2Until", "resource.SOC2Reviewed"];

/// The last day on which a finding of the rule, about something attested, still passes if nothing is written down
/// anew: the earliest of the days that the attestation names and of the one on which it grows too old. `None` for what
/// does not pass or has no end.
pub fn ends_on(rule: &RuleInfo, finding: &Finding) -> Option<Date> {
    if finding.verdict != Verdict::Pass || !is_attested(&rule.kind) {
        return None;
    }
    let day = |path: &&str| -> Option<Date> {
        let evidence = finding.evidence.iter().find(|evidence| evidence.path == **path)?;
        evidence.value.as_ref()?.as_str()?.parse().ok()
    };
    let max_days = rule.params.get(MAX_DAYS).and_then(Value::as_i64);
    let grows_old = |date: Date| date.checked_add(Span::new().try_days(max_days?).ok()?).ok();
    let named = LAST_DAYS.iter().filter_map(day);
    named.chain(FIRST_DAYS.iter().filter_map(day).filter_map(grows_old)).min()
}
