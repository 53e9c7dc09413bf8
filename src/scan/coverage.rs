//! Counts the calls by operation, and how they ended.

use std::collections::BTreeMap;

use crate::model::{AccountId, CallOutcome, CallRecord, Coverage};

/// Counts the calls by account, region, service and operation.
pub fn of(calls: &[CallRecord]) -> Vec<Coverage> {
    let mut counts: BTreeMap<(Option<AccountId>, &str, &str, &str), Coverage> = BTreeMap::new();
    for call in calls {
        let key = (call.account, &*call.region, &*call.service, &*call.operation);
        let row = counts.entry(key).or_insert_with(|| Coverage {
            account: call.account,
            region: call.region.clone(),
            service: call.service.clone(),
            operation: call.operation.clone(),
            calls: 0,
            ok: 0,
            absent: 0,
            failed: 0,
        });
        row.calls += 1;
        *match call.outcome {
            CallOutcome::Ok => &mut row.ok,
            CallOutcome::Absent => &mut row.absent,
            CallOutcome::Failed => &mut row.failed,
        } += 1;
    }
    counts.into_values().collect()
}
