//! Delivers a report: objects in S3, findings in Security Hub, a message to the topic.
//!
//! Each is tried whatever became of the others, so that a permission that is missing costs what it is for and nothing
//! else. The message comes last and says what is missing. A run that was not delivered whole ends as an error, which
//! Lambda tries again; what is in its place by then stays there.

use std::path::Path;

use super::{FunctionRun, RunSummary, content_type, ending, folder};
use crate::aws;
use crate::deliver::s3::{Uri, Written};
use crate::deliver::{security_hub, sns};
use crate::model::Report;
use crate::output::{self, Format, Style};
use crate::scan::{Live, Unwatched};
use crate::{Error, Result};

impl FunctionRun {
    /// Writes the results, imports the findings, and sends the message.
    ///
    /// # Errors
    /// If any of it failed; the error names all that did.
    pub(super) async fn deliver(
        &self,
        report: &Report,
        about: &str,
        snapshot: Option<&Path>,
        work: &Path,
    ) -> Result<RunSummary> {
        let folder = folder(&self.environment.results, about, report.scan.started_at, &self.run_id, self.event.part);
        let (mut objects, mut failed) = (Vec::new(), Vec::new());
        for format in &self.environment.formats {
            let file = work.join(format!("report.{}", ending(*format)));
            let kept = match write(report, *format, &file) {
                Ok(()) => self.keep(&file, &folder, content_type(*format)).await,
                Err(error) => Err(error),
            };
            kept.map_or_else(|error| failed.push(error), |place| objects.push(place));
        }
        if let Some(snapshot) = snapshot.filter(|snapshot| snapshot.exists()) {
            let kept = self.keep(snapshot, &folder, "application/zstd").await;
            kept.map_or_else(|error| failed.push(error), |place| objects.push(place));
        }
        if let Err(error) = self.import(report).await {
            failed.push(error);
        }
        let outcome = RunSummary {
            run_id: self.run_id.clone(),
            accounts: report.scan.accounts.clone(),
            started_at: report.scan.started_at,
            is_complete: !report.is_incomplete(),
            summary: report.summary,
            worst_failure: report.worst_failure(),
            gaps: report.gaps.len(),
            objects,
            undelivered: failed.iter().map(|error| error.message.clone()).collect(),
        };
        if let Err(error) = self.announce(&outcome).await {
            failed.push(error);
        }
        if failed.is_empty() { Ok(outcome) } else { Err(all_of(failed)) }
    }

    /// Imports the findings of the function's own account into Security Hub; those of others are their own accounts' to
    /// import. Importing twice is the same as once.
    async fn import(&self, report: &Report) -> Result<()> {
        if !self.environment.security_hub {
            return Ok(());
        }
        let live = Live { max_in_flight: 1, time_limit: None, ..self.live() };
        let own = aws::connect(&live).await?.account;
        if !report.scan.accounts.contains(&own) {
            return Ok(());
        }
        let result = security_hub::import(report, &live, &security_hub::ImportSettings::default(), &Unwatched).await?;
        for place in &result.places {
            let (imported, failed) = (place.imported, place.failed.len());
            tracing::info!(run_id = self.run_id, region = place.region, imported, failed, "imported");
        }
        let mut failed = result.places.iter().flat_map(|place| place.failed.iter().map(move |it| (&place.region, it)));
        match failed.next() {
            None => Ok(()),
            Some((region, failed)) => {
                let security_hub::Failed { step, code, message, .. } = failed;
                let action = step.iam_action();
                Err(Error::failed(format!(
                    "Security Hub in {region} does not have every finding as it is now ({action}: {code}: {message})"
                ))
                .help(format!(
                    "the function's role needs {action}, and Security Hub must be on in {region}; the same event again \
                     imports what is missing"
                )))
            }
        }
    }

    async fn keep(&self, file: &Path, folder: &Uri, content_type: &str) -> Result<Uri> {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or("result");
        let place = folder.join(name);
        if self.store.write_file(file, &place, content_type).await? == Written::WasThere {
            tracing::warn!(run_id = self.run_id, "an object of an earlier try was there and was kept");
        }
        Ok(place)
    }

    async fn announce(&self, outcome: &RunSummary) -> Result<()> {
        let Some(topic) = &self.environment.topic_arn else { return Ok(()) };
        sns::publish(&self.aws, topic, &subject(outcome), outcome).await?;
        tracing::info!(run_id = self.run_id, "announced");
        Ok(())
    }
}

/// One error of several, each of which is told; what helps several is told once.
fn all_of(errors: Vec<Error>) -> Error {
    let messages: Vec<&str> = errors.iter().map(|error| error.message.as_str()).collect();
    let mut helps: Vec<&str> = errors.iter().filter_map(|error| error.help.as_deref()).collect();
    helps.dedup();
    let error = Error::failed(messages.join("; "));
    if helps.is_empty() { error } else { error.help(helps.join("; ")) }
}

/// `Safeguard: 3 failures, worst critical, in account 123456789012 (incomplete)`.
fn subject(outcome: &RunSummary) -> String {
    let accounts = match outcome.accounts.as_slice() {
        [only] => format!("account {only}"),
        many => format!("{} accounts", many.len()),
    };
    let failures = match (outcome.summary.fail, outcome.worst_failure) {
        (0, _) => "no failure".to_owned(),
        (count, Some(worst)) => format!("{count} failures, worst {}", worst.as_str()),
        (count, None) => format!("{count} failures, all waived"),
    };
    let complete = if outcome.is_complete { "complete" } else { "INCOMPLETE" };
    let delivered = if outcome.undelivered.is_empty() { "" } else { ", NOT ALL DELIVERED" };
    format!("Safeguard: {failures} in {accounts} ({complete}{delivered})")
}

fn write(report: &Report, format: Format, file: &Path) -> Result<()> {
    crate::scan::file::write_whole(file, |out| output::write(report, format, &Style::default(), out))
}
