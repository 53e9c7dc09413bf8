//! The credential report: one table of all users and the root user, with their passwords and when they used what.
//!
//! AWS makes it on request, and again only when the last one is older than four hours. So it says what was true when it
//! was made, which every fact from it tells.

use std::collections::HashMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;
use serde_json::Value;

use super::facts::{ReportedCertificate, ReportedKey, RootCredentials, UserCredentials};
use super::{ACCOUNT, Reader, USER, operation};
use crate::aws::told::{FromAws, Given};
use crate::aws::wire::Object;
use crate::aws::{CallFailure, Failure, Operation, ResourceReader, Yield};
use crate::model::{Fact, GapClass, Timestamp};

const YIELDS: &[Yield] = &[Yield::Facts(USER, &["CredentialReport"]), Yield::Facts(ACCOUNT, &["RootCredentialReport"])];
pub(super) const GENERATE_CREDENTIAL_REPORT: Operation =
    operation("GenerateCredentialReport", &["iam:GenerateCredentialReport"], YIELDS);
pub(super) const GET_CREDENTIAL_REPORT: Operation =
    operation("GetCredentialReport", &["iam:GetCredentialReport"], YIELDS);

/// Never called under these names: what is missing when one row is missing or cannot be understood.
const ROW_OF_USER: Operation =
    operation("GetCredentialReport", &["iam:GetCredentialReport"], &[Yield::Facts(USER, &["CredentialReport"])]);
const ROW_OF_ROOT: Operation =
    operation("GetCredentialReport", &["iam:GetCredentialReport"], &[Yield::Facts(ACCOUNT, &["RootCredentialReport"])]);

/// How long to wait before asking again, in milliseconds: a minute in all.
const WAITS: [u64; 10] = [500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000, 8_000, 10_000, 10_000];

/// The error codes by which IAM says that there is no report to be had yet.
const NOT_READY: &[&str] = &["ReportInProgress", "ReportNotPresent", "ReportExpired"];

/// The name of the root user's row.
const ROOT: &str = "<root_account>";

/// The report's rows by user name.
#[derive(Debug)]
pub(super) struct CredentialReport {
    generated_time: Timestamp,
    rows: HashMap<String, Row>,
}

/// A row, as far as it is read. AWS adds columns now and then.
#[derive(Debug, Deserialize)]
struct Row {
    user: String,
    user_creation_time: String,
    password_enabled: String,
    password_last_used: String,
    password_last_changed: String,
    mfa_active: String,
    access_key_1_active: String,
    access_key_1_last_rotated: String,
    access_key_1_last_used_date: String,
    access_key_2_active: String,
    access_key_2_last_rotated: String,
    access_key_2_last_used_date: String,
    cert_1_active: String,
    cert_1_last_rotated: String,
    cert_2_active: String,
    cert_2_last_rotated: String,
}

/// Has the report made if need be, waits for it within reason, and reads it.
pub(super) async fn fetch(reader: &Reader) -> Option<CredentialReport> {
    let site = &reader.site;
    if !site.plan().wants(&GET_CREDENTIAL_REPORT) {
        return None;
    }
    for wait in WAITS {
        let state = reader.service.call(&GENERATE_CREDENTIAL_REPORT, &[], Object::new()).await;
        let refused = match state {
            Ok(answer) if Given(&answer).text("State") == Some("COMPLETE") => None,
            Ok(_) => {
                tokio::time::sleep(Duration::from_millis(wait)).await;
                continue;
            }
            // Someone else may have had one made.
            Err(failure) => Some(failure),
        };
        let failure = match reader.service.call(&GET_CREDENTIAL_REPORT, NOT_READY, Object::new()).await {
            Ok(answer) => return understood(reader, &answer),
            Err(failure) => failure,
        };
        let not_ready = NOT_READY.contains(&failure.failure.code.as_str());
        if not_ready && refused.is_none() {
            tokio::time::sleep(Duration::from_millis(wait)).await;
            continue;
        }
        if let Some(refused) = refused {
            site.gap(&GENERATE_CREDENTIAL_REPORT, None, refused);
        }
        if !not_ready {
            site.gap(&GET_CREDENTIAL_REPORT, None, failure);
        }
        return None;
    }
    let message = "AWS did not finish the credential report within a minute".to_owned();
    site.gap(&GENERATE_CREDENTIAL_REPORT, None, gap(GapClass::Timeout, "ReportNotReady", message));
    None
}

fn understood(reader: &Reader, answer: &Value) -> Option<CredentialReport> {
    let answer = Given(answer);
    let time = answer.get("GeneratedTime").and_then(|time| Timestamp::from_aws(&time).ok());
    let content = BASE64.decode(answer.text("Content").unwrap_or_default());
    let read = match (time, content) {
        (None, _) => Err("the report has no date".to_owned()),
        (_, Err(_)) => Err("the report is no base64".to_owned()),
        (Some(time), Ok(content)) => CredentialReport::parse(&content, time),
    };
    match read {
        Ok(report) => Some(report),
        Err(reason) => {
            let failure = CallFailure::from(Failure::malformed(reason));
            reader.site.gap(&GET_CREDENTIAL_REPORT, None, failure);
            None
        }
    }
}

fn gap(class: GapClass, code: &str, message: String) -> CallFailure {
    Failure { class, code: code.to_owned(), message }.into()
}

impl CredentialReport {
    fn parse(content: &[u8], generated_time: Timestamp) -> Result<Self, String> {
        let mut reader = csv::Reader::from_reader(content);
        let named = reader.headers().is_ok_and(|names| names.iter().any(|name| name == "user_creation_time"));
        if !named {
            return Err("the credential report does not begin with the names of its columns".to_owned());
        }
        let rows = reader.deserialize::<Row>().map(|row| row.map(|row| (row.user.clone(), row)));
        let rows = rows.collect::<Result<_, _>>().map_err(|error| format!("the credential report is odd: {error}"))?;
        Ok(Self { generated_time, rows })
    }

    /// The user's row. There is none for a user who is newer than the report, and none that counts where the report
    /// still tells of a former user of the same name.
    pub(super) fn of_user(&self, user: &ResourceReader, created: Option<&Timestamp>) -> Fact<UserCredentials> {
        let row = self.rows.get(user.id()).filter(|row| row.is_of_user_created(created));
        let Some(row) = row else {
            user.site().gap(&ROW_OF_USER, Some(user.id()), self.lacks("user"));
            return Fact::Unknown;
        };
        user.understand(&ROW_OF_USER, row.of_user(&self.generated_time))
    }

    /// The root user's row.
    pub(super) fn of_root(&self, account: &ResourceReader) -> Fact<RootCredentials> {
        let Some(row) = self.rows.get(ROOT) else {
            account.site().gap(&ROW_OF_ROOT, Some(account.id()), self.lacks("root user"));
            return Fact::Unknown;
        };
        account.understand(&ROW_OF_ROOT, row.of_root(&self.generated_time))
    }

    fn lacks(&self, whom: &str) -> CallFailure {
        let message = format!(
            "the credential report of {} does not list this {whom}; scan again when AWS makes a new one, which it does \
             four hours after the last",
            self.generated_time.0
        );
        gap(GapClass::Refused, "NotInCredentialReport", message)
    }
}

impl Row {
    fn is_of_user_created(&self, created: Option<&Timestamp>) -> bool {
        match (created, self.user_creation_time.parse::<jiff::Timestamp>()) {
            (Some(created), Ok(reported)) => created.0.as_second() == reported.as_second(),
            _ => true,
        }
    }

    fn of_user(&self, generated_time: &Timestamp) -> Result<UserCredentials, String> {
        let password_enabled = boolean("password_enabled", &self.password_enabled)?;
        let of_password = |column, text| if password_enabled { moment(column, text) } else { Ok(None) };
        Ok(UserCredentials {
            generated_time: *generated_time,
            password_enabled,
            password_last_used: of_password("password_last_used", &self.password_last_used)?,
            password_last_changed: of_password("password_last_changed", &self.password_last_changed)?,
            mfa_active: boolean("mfa_active", &self.mfa_active)?,
            access_keys: self.keys()?,
            signing_certificates: self.certificates()?,
        })
    }

    fn of_root(&self, generated_time: &Timestamp) -> Result<RootCredentials, String> {
        Ok(RootCredentials {
            generated_time: *generated_time,
            password_last_used: moment("password_last_used", &self.password_last_used)?,
            mfa_active: boolean("mfa_active", &self.mfa_active)?,
            access_keys: self.keys()?,
        })
    }

    fn keys(&self) -> Result<Vec<ReportedKey>, String> {
        let first = key(&self.access_key_1_active, &self.access_key_1_last_rotated, &self.access_key_1_last_used_date)?;
        let second =
            key(&self.access_key_2_active, &self.access_key_2_last_rotated, &self.access_key_2_last_used_date)?;
        Ok([first, second].into_iter().flatten().collect())
    }

    fn certificates(&self) -> Result<Vec<ReportedCertificate>, String> {
        let sites =
            [(&self.cert_1_active, &self.cert_1_last_rotated), (&self.cert_2_active, &self.cert_2_last_rotated)];
        let read = sites.map(|(active, rotated)| {
            let active = boolean("cert_active", active)?;
            let last_rotated = moment("cert_last_rotated", rotated)?;
            // An empty place looks like a certificate that is neither active nor dated.
            Ok((active || last_rotated.is_some()).then_some(ReportedCertificate { active, last_rotated }))
        });
        Ok(read.into_iter().collect::<Result<Vec<_>, String>>()?.into_iter().flatten().collect())
    }
}

/// The key in one of a user's two places. The report does not tell an empty place from an inactive key that was never
/// used; neither opens anything.
fn key(active: &str, rotated: &str, used: &str) -> Result<Option<ReportedKey>, String> {
    let key = ReportedKey {
        active: boolean("access_key_active", active)?,
        last_rotated: moment("access_key_last_rotated", rotated)?,
        last_used_date: moment("access_key_last_used_date", used)?,
    };
    let exists = key.active || key.last_rotated.is_some() || key.last_used_date.is_some();
    Ok(exists.then_some(key))
}

fn boolean(column: &str, text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(format!("the credential report says {text:?} under {column}")),
    }
}

/// `N/A` is "there is none" and `no_information` is "never, as far as AWS kept books". `not_supported` is no answer:
/// the report does not say.
fn moment(column: &str, text: &str) -> Result<Option<Timestamp>, String> {
    match text {
        "N/A" | "no_information" => Ok(None),
        _ => match text.parse::<jiff::Timestamp>() {
            Ok(moment) => Ok(Some(Timestamp(moment))),
            Err(_) => Err(format!("the credential report says {text:?} under {column}")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,\
        password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,\
        access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,\
        access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,\
        cert_1_last_rotated,cert_2_active,cert_2_last_rotated,additional_credentials_info";

    fn report(row: &str) -> CredentialReport {
        let text = format!("{HEAD}\n{row}\n");
        CredentialReport::parse(text.as_bytes(), at("2026-01-01T00:00:00Z")).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        Timestamp(text.parse().unwrap())
    }

    #[test]
    fn a_user_with_password_and_keys_is_read_in_full() {
        let report = report(
            "ann,arn:aws:iam::123456789012:user/ann,2020-01-01T00:00:00+00:00,true,2025-12-01T10:00:00+00:00,\
             2025-01-01T00:00:00+00:00,N/A,true,true,2025-06-01T00:00:00+00:00,N/A,N/A,N/A,false,N/A,\
             2024-01-01T00:00:00+00:00,us-east-1,s3,false,N/A,false,N/A,",
        );
        let ann = report.rows["ann"].of_user(&report.generated_time).unwrap();
        assert!(ann.password_enabled && ann.mfa_active);
        assert_eq!(ann.password_last_used, Some(at("2025-12-01T10:00:00Z")));
        let first = ReportedKey { active: true, last_rotated: Some(at("2025-06-01T00:00:00Z")), last_used_date: None };
        let second =
            ReportedKey { active: false, last_rotated: None, last_used_date: Some(at("2024-01-01T00:00:00Z")) };
        assert_eq!(ann.access_keys, [first, second]);
        assert_eq!(ann.signing_certificates, []);
    }

    #[test]
    fn signing_certificates_are_credentials_too() {
        let report = report(
            "old,arn,2010-01-01T00:00:00+00:00,false,N/A,N/A,N/A,false,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,\
             true,2010-02-01T00:00:00+00:00,false,N/A,",
        );
        let old = report.rows["old"].of_user(&report.generated_time).unwrap();
        let certificate = ReportedCertificate { active: true, last_rotated: Some(at("2010-02-01T00:00:00Z")) };
        assert_eq!(old.signing_certificates, [certificate]);
    }

    #[test]
    fn a_user_without_a_password_has_no_dates_of_one() {
        let row = |used: &str| {
            format!(
                "bob,arn,2020-01-01T00:00:00+00:00,FALSE,{used},N/A,N/A,FALSE,FALSE,N/A,N/A,N/A,N/A,FALSE,N/A,N/A,\
                 N/A,N/A,FALSE,N/A,FALSE,N/A,"
            )
        };
        for used in ["N/A", "no_information", "not_supported"] {
            let report = report(&row(used));
            let bob = report.rows["bob"].of_user(&report.generated_time).unwrap();
            assert!(!bob.password_enabled && bob.access_keys.is_empty());
            assert_eq!((bob.password_last_used, bob.password_last_changed), (None, None));
        }
    }

    #[test]
    fn the_root_user_has_no_word_on_its_password_but_when_it_was_used() {
        let row = |used: &str| {
            format!(
                "<root_account>,arn:aws:iam::123456789012:root,2020-01-01T00:00:00+00:00,not_supported,{used},\
                 not_supported,not_supported,false,true,2020-01-02T00:00:00+00:00,2025-12-31T00:00:00+00:00,\
                 us-east-1,iam,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A,"
            )
        };
        let read = |used: &str| report(&row(used)).rows[ROOT].of_root(&at("2026-01-01T00:00:00Z"));
        let root = read("no_information").unwrap();
        assert_eq!((root.password_last_used, root.mfa_active, root.access_keys.len()), (None, false, 1));
        assert!(read("2025-12-01T00:00:00+00:00").unwrap().password_last_used.is_some());
        assert!(read("not_supported").is_err());
    }

    #[test]
    fn a_former_user_of_the_same_name_is_another_user() {
        let report = report(
            "ann,arn,2020-01-01T00:00:00+00:00,false,N/A,N/A,N/A,false,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,\
             false,N/A,false,N/A,",
        );
        let row = &report.rows["ann"];
        assert!(row.is_of_user_created(Some(&at("2020-01-01T00:00:00.5Z"))));
        assert!(!row.is_of_user_created(Some(&at("2025-12-31T23:00:00Z"))));
    }

    #[test]
    fn a_report_that_is_cut_off_is_refused_whole() {
        let text = format!("{HEAD}\nann,arn,2020-01-01T00:00:00+00:00,fal");
        assert!(CredentialReport::parse(text.as_bytes(), at("2026-01-01T00:00:00Z")).is_err());
        assert!(CredentialReport::parse(b"not a report", at("2026-01-01T00:00:00Z")).is_err());
    }
}
