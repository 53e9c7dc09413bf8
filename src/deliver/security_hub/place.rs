//! Imports the findings of one region of one account.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use aws_types::region::Region;
use serde_json::{Value, json};

use super::batch::{Batches, MAX_FINDINGS};
use super::{Failed, ImportStep, PlaceResult};
use crate::aws::wire::{Client, Object};
use crate::aws::{Connection, Failure, Progress};
use crate::model::GapClass;
use crate::output::asff::{AccountRegion, ID_PREFIX, NOTE_AUTHOR, SecurityFinding, product_arn};

/// The wait before each further try of what AWS refused for now. A whole request is tried again by the SDK.
const PATIENCE: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(2)];

/// The workflow of a finding that needs no work.
const SUPPRESSED: &str = "SUPPRESSED";

/// A finding that was refused, and why.
struct RefusedFinding {
    id: String,
    code: String,
    message: String,
}

/// Opens findings again whose waivers have ended, imports the findings, and suppresses those that are waived. In this
/// order, because Security Hub may leave a suppressed finding as it is. `unwaived` are the ids of the findings that no
/// waiver covers.
pub(super) async fn import<I: Iterator<Item = String>>(
    connection: &Connection,
    place: &AccountRegion,
    findings: impl Iterator<Item = SecurityFinding>,
    unwaived: impl FnOnce() -> I,
    progress: &dyn Progress,
) -> PlaceResult {
    let config = connection.config.to_builder().region(Region::new(place.region.clone())).build();
    let result = PlaceResult { region: place.region.clone(), ..PlaceResult::default() };
    let product_arn = product_arn(&place.account, &place.region);
    let client = Client::new(&config, "securityhub", Vec::new());
    let mut work = PlaceImport { client, product_arn, result, waived: BTreeMap::new() };
    progress.phase(&format!("looking for waivers that have ended in Security Hub in {}", place.region));
    let looked = work.reopen(unwaived).await;
    if work.import(findings, progress).await {
        if let Err(Failure { code, message, .. }) = looked {
            work.fail(ImportStep::LookForEndedWaivers, None, work.result.imported, code, message);
        }
        progress.phase(&format!("suppressing what is waived in Security Hub in {}", place.region));
        work.suppress().await;
    }
    work.result
}

struct PlaceImport {
    client: Client,
    product_arn: String,
    result: PlaceResult,
    /// The imported findings that are waived, by the waiver's words.
    waived: BTreeMap<String, Vec<String>>,
}

impl PlaceImport {
    /// Tells whether it makes sense to go on. It makes none where AWS refuses every request.
    async fn import(&mut self, findings: impl Iterator<Item = SecurityFinding>, progress: &dyn Progress) -> bool {
        let region = self.result.region.clone();
        let mut batches = Batches::of(findings);
        while let Some(batch) = batches.next() {
            progress.phase(&format!("importing into Security Hub in {region}: {} done", self.result.imported));
            let Err(failure) = self.import_batch(&batch).await else { continue };
            let ends_here = ends_everything(failure.class);
            let rest: usize = if ends_here { batches.by_ref().map(|batch| batch.len()).sum() } else { 0 };
            self.fail(ImportStep::Import, None, batch.len() + rest, failure.code, failure.message);
            if ends_here {
                return false;
            }
        }
        true
    }

    /// Sends a batch, and what is refused for now again. An error is one about the whole batch, of which AWS took
    /// nothing.
    async fn import_batch(&mut self, batch: &[SecurityFinding]) -> Result<(), Failure> {
        let mut pending: Vec<&SecurityFinding> = batch.iter().collect();
        for wait in PATIENCE.into_iter().map(Some).chain([None]) {
            let refusals = match self.send(&pending).await {
                Ok(refusals) => refusals,
                // Some were taken before: only the rest failed.
                Err(failure) if pending.len() < batch.len() => {
                    for finding in pending {
                        self.fail(
                            ImportStep::Import,
                            Some(finding.id.clone()),
                            1,
                            failure.code.clone(),
                            failure.message.clone(),
                        );
                    }
                    return Ok(());
                }
                Err(failure) => return Err(failure),
            };
            let refused: HashMap<&str, &RefusedFinding> =
                refusals.iter().map(|refusal| (refusal.id.as_str(), refusal)).collect();
            let (again, settled): (Vec<_>, Vec<_>) = pending.into_iter().partition(|finding| {
                wait.is_some() && refused.get(finding.id.as_str()).is_some_and(|refusal| is_passing(&refusal.code))
            });
            for finding in settled {
                match refused.get(finding.id.as_str()) {
                    Some(RefusedFinding { code, message, .. }) => {
                        self.fail(ImportStep::Import, Some(finding.id.clone()), 1, code.clone(), message.clone());
                    }
                    None => self.imported(finding),
                }
            }
            match wait {
                Some(wait) if !again.is_empty() => tokio::time::sleep(wait).await,
                _ => return Ok(()),
            }
            pending = again;
        }
        Ok(())
    }

    async fn call(&self, operation: &str, input: Value) -> Result<Object, Failure> {
        let answered = self.client.call(operation, object(input)).await;
        answered.map_err(|error| Failure::of(&error))
    }

    async fn send(&self, findings: &[&SecurityFinding]) -> Result<Vec<RefusedFinding>, Failure> {
        let sent = findings.len();
        let answer = self.call("BatchImportFindings", json!({"Findings": findings})).await?;
        let refusals: Vec<RefusedFinding> = list(&answer, "FailedFindings")
            .map(|failed| RefusedFinding {
                id: text(failed, "Id").to_owned(),
                code: code(failed),
                message: text(failed, "ErrorMessage").to_owned(),
            })
            .collect();
        let taken = answer.get("SuccessCount").and_then(Value::as_u64).unwrap_or_default();
        let taken = usize::try_from(taken).unwrap_or_default();
        if taken + refusals.len() < sent {
            return Err(Failure::malformed(format!(
                "of {sent} findings Security Hub took {taken} and refused {}, and said nothing of the others",
                refusals.len()
            )));
        }
        Ok(refusals)
    }

    fn imported(&mut self, finding: &SecurityFinding) {
        self.result.imported += 1;
        if let Some(note) = &finding.note {
            self.waived.entry(note.text.clone()).or_default().push(finding.id.clone());
        }
    }

    async fn suppress(&mut self) {
        for (note, ids) in std::mem::take(&mut self.waived) {
            for ids in ids.chunks(MAX_FINDINGS) {
                let done = self.update(ImportStep::Suppress, ids, SUPPRESSED, &note).await;
                self.result.suppressed += done;
            }
        }
    }

    /// A waiver that has ended must not hide its finding for ever. After an error it is not known whether one does.
    async fn reopen<I: Iterator<Item = String>>(&mut self, unwaived: impl FnOnce() -> I) -> Result<(), Failure> {
        let suppressed = self.suppressed_by_us().await?;
        if suppressed.is_empty() {
            return Ok(());
        }
        let ended: Vec<String> = unwaived().filter(|id| suppressed.contains(id)).collect();
        for ids in ended.chunks(MAX_FINDINGS) {
            let done = self.update(ImportStep::Reopen, ids, "NEW", "the waiver has ended").await;
            self.result.reopened += done;
        }
        Ok(())
    }

    /// The findings that an import has suppressed and nobody has opened since.
    async fn suppressed_by_us(&self) -> Result<HashSet<String>, Failure> {
        let equals = |value: &str| json!([{"Value": value, "Comparison": "EQUALS"}]);
        let filters = json!({
            "ProductArn": equals(&self.product_arn),
            "WorkflowStatus": equals(SUPPRESSED),
            "NoteUpdatedBy": equals(NOTE_AUTHOR),
        });
        let wanted = object(json!({"Filters": filters, "MaxResults": 100}));
        let mut pages = self.client.pages("GetFindings", wanted);
        let mut ids = HashSet::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| Failure::of(&error))?;
            let ours = list(&page, "Findings").filter(|finding| is_ours(finding));
            ids.extend(ours.map(|finding| text(finding, "Id").to_owned()));
        }
        Ok(ids)
    }

    /// Sets the workflow of up to a hundred findings, and says of how many AWS confirmed it.
    async fn update(&mut self, step: ImportStep, ids: &[String], status: &str, note: &str) -> usize {
        let mut pending = ids.to_vec();
        let mut done = 0;
        for wait in PATIENCE.into_iter().map(Some).chain([None]) {
            let refusals = match self.send_update(&pending, status, note).await {
                Ok(refusals) => refusals,
                Err(Failure { code, message, .. }) => {
                    self.fail(step, None, pending.len(), code, message);
                    return done;
                }
            };
            done += pending.len().saturating_sub(refusals.len());
            let (again, over): (Vec<_>, Vec<_>) =
                refusals.into_iter().partition(|refusal| wait.is_some() && is_passing(&refusal.code));
            for RefusedFinding { id, code, message } in over {
                self.fail(step, Some(id), 1, code, message);
            }
            match wait {
                Some(wait) if !again.is_empty() => tokio::time::sleep(wait).await,
                _ => return done,
            }
            pending = again.into_iter().map(|refusal| refusal.id).collect();
        }
        done
    }

    async fn send_update(&self, ids: &[String], status: &str, note: &str) -> Result<Vec<RefusedFinding>, Failure> {
        let identifier = |id: &String| json!({"Id": id, "ProductArn": self.product_arn});
        let update = json!({
            "FindingIdentifiers": ids.iter().map(identifier).collect::<Vec<_>>(),
            "Workflow": {"Status": status},
            "Note": {"Text": note, "UpdatedBy": NOTE_AUTHOR},
        });
        let answer = self.call("BatchUpdateFindings", update).await?;
        let mut refused: HashMap<&str, (String, &str)> = HashMap::new();
        for refusal in list(&answer, "UnprocessedFindings") {
            let id = refusal.get("FindingIdentifier").map_or("", |identifier| text(identifier, "Id"));
            refused.insert(id, (code(refusal), text(refusal, "ErrorMessage")));
        }
        let confirmed: HashSet<&str> = list(&answer, "ProcessedFindings").map(|finding| text(finding, "Id")).collect();
        let refusal = |id: &String| {
            let (code, message) = match refused.get(id.as_str()) {
                Some((code, message)) => (code.clone(), *message),
                None if confirmed.contains(id.as_str()) => return None,
                None => ("NotConfirmed".to_owned(), "Security Hub said nothing of it"),
            };
            Some(RefusedFinding { id: id.clone(), code, message: message.to_owned() })
        };
        Ok(ids.iter().filter_map(refusal).collect())
    }

    fn fail(&mut self, step: ImportStep, id: Option<String>, count: usize, code: String, message: String) {
        self.result.failed.push(Failed { step, id, count, code, message });
    }
}

fn is_ours(finding: &Value) -> bool {
    let inner = |name: &str, member: &str| finding.get(name).map_or("", |value| text(value, member)).to_owned();
    let suppressed = inner("Workflow", "Status") == SUPPRESSED;
    let noted = inner("Note", "UpdatedBy") == NOTE_AUTHOR;
    suppressed && noted && text(finding, "Id").starts_with(ID_PREFIX)
}

fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        _ => Object::new(),
    }
}

fn list<'a>(answer: &'a Object, name: &str) -> impl Iterator<Item = &'a Value> {
    answer.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn code(refusal: &Value) -> String {
    let code = text(refusal, "ErrorCode");
    if code.is_empty() { "Unknown".to_owned() } else { code.to_owned() }
}

/// Tells whether another try may succeed. What AWS calls invalid stays so.
fn is_passing(code: &str) -> bool {
    !(code.starts_with("Invalid") || code.contains("SizeExceeded") || code.starts_with("Duplicated"))
}

/// Tells whether the next request would fail in the same way.
fn ends_everything(class: GapClass) -> bool {
    !matches!(
        class,
        GapClass::Throttled | GapClass::ServerError | GapClass::Timeout | GapClass::Malformed | GapClass::Refused
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_invalid_is_not_tried_again() {
        for code in ["InvalidInput", "InvalidAccess", "FindingSizeExceeded", "DuplicatedFindingIdentifier"] {
            assert!(!is_passing(code), "{code}");
        }
        for code in ["InternalFailure", "ConcurrentUpdateError", "FindingNotFound", "LimitExceeded"] {
            assert!(is_passing(code), "{code}");
        }
    }
}
