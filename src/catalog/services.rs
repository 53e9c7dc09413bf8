//! The AWS services that a Business Associate Addendum covers, as data: `rules/catalog/hipaa-eligible-services.yaml`,
//! and what the user's config file puts in its place.
//!
//! The list is dated, and a newer one may exist. A service in none of its sections is not known, which is not the same
//! as not covered. It knows services by IAM's prefixes; CloudTrail, ARNs and CloudFormation have names of their own for
//! some of them, which are mapped here. Several entries of the list share one prefix (`ec2`, `rds`), which alone cannot
//! tell them apart.

mod file;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use self::file::{EligibilityFile, EligibilityReader, located};
use crate::model::Eligibility;

/// The end of each service's name in CloudTrail.
const EVENT_SOURCE: &str = ".amazonaws.com";

/// The list, by IAM's prefix.
#[derive(Debug, Clone)]
pub struct EligibilityList {
    /// The date of AWS's list.
    pub list_date: jiff::civil::Date,
    /// The address at which AWS publishes it.
    pub list_url: String,
    services: BTreeMap<String, ServiceEntry>,
    event_sources: HashMap<String, String>,
    /// By the lower-case name without hyphens.
    cloudformation: HashMap<String, String>,
    arns: HashMap<String, String>,
    overridden: BTreeSet<String>,
}

/// The knowledge about one service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceEntry {
    /// Such as `Amazon DynamoDB`; the first names of the list where several entries share the prefix.
    pub name: String,
    /// The place of the service in the list: covered, excluded, open.
    pub eligibility: Eligibility,
    /// The reason, where the list alone does not say it.
    pub reason: Option<String>,
    /// Features of the service that the list excludes and that people must look for, because nothing here sees them.
    pub excluded_features: Vec<ExcludedFeature>,
    /// Whether it may hold or carry what its users put into it. True for what no list names.
    pub holds_data: bool,
}

/// A feature that the list excludes and that only people can see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExcludedFeature {
    /// Our name for it.
    pub name: String,
    /// The thing to look at.
    pub look: String,
}

/// The user's word on a service, which counts instead of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// IAM's prefix.
    pub service: String,
    /// The place of the service in the list: covered, excluded, open.
    pub eligibility: Eligibility,
    /// The reason.
    pub reason: String,
}

impl EligibilityList {
    /// The list that this build carries.
    ///
    /// # Errors
    /// When the embedded file contradicts itself, which the tests of this build rule out.
    pub fn builtin() -> crate::Result<Self> {
        Self::read(include_str!("../../rules/catalog/hipaa-eligible-services.yaml")).map_err(|problems| {
            crate::Error::failed(format!("the embedded list of services is broken:\n{}", problems.join("\n")))
                .help("this build of safeguard is defective: use another one")
        })
    }

    /// Reads and validates; on failure every problem found.
    fn read(text: &str) -> Result<Self, Vec<String>> {
        let file: EligibilityFile = serde_saphyr::from_str(text).map_err(|error| vec![located(&error.to_string())])?;
        let mut reader = EligibilityReader::default();
        reader.file(&file);
        let list_date = file.list_date.parse::<jiff::civil::Date>().ok();
        if list_date.is_none() {
            reader.problem("list_date", &format!("`{}` is no date (YYYY-MM-DD)", file.list_date));
        }
        match list_date {
            Some(list_date) if reader.problems.is_empty() => Ok(Self {
                list_date,
                list_url: file.list_url,
                services: reader.services,
                event_sources: reader.event_sources,
                cloudformation: file.cloudformation.into_iter().map(|(name, to)| (plain(&name), to)).collect(),
                arns: file.arns.into_iter().collect(),
                overridden: BTreeSet::new(),
            }),
            _ => Err(reader.problems),
        }
    }

    /// The list with the user's entries in place of its own.
    #[must_use]
    pub fn with(mut self, overrides: &[Override]) -> Self {
        for Override { service, eligibility, reason } in overrides {
            let known = self.services.remove(service);
            let entry = ServiceEntry {
                name: known.as_ref().map_or_else(|| service.clone(), |known| known.name.clone()),
                eligibility: *eligibility,
                reason: Some(format!("by the config file: {reason}")),
                holds_data: known.as_ref().is_none_or(|known| known.holds_data),
                excluded_features: known.map(|known| known.excluded_features).unwrap_or_default(),
            };
            self.services.insert(service.clone(), entry);
            self.overridden.insert(service.clone());
        }
        self
    }

    /// Finds the service with that prefix. A service that no list names gets an entry that says so.
    pub fn entry(&self, service: &str) -> ServiceEntry {
        self.services.get(service).cloned().unwrap_or_else(|| ServiceEntry {
            name: service.to_owned(),
            eligibility: Eligibility::Unknown,
            reason: None,
            excluded_features: Vec::new(),
            holds_data: true,
        })
    }

    /// The services for which the user's word counts, sorted.
    pub fn overridden(&self) -> impl Iterator<Item = &str> {
        self.overridden.iter().map(String::as_str)
    }

    /// CloudTrail's names of the services that are not covered or may not be, the worst first. Services that no list
    /// names are missing, because CloudTrail's names for them are not known.
    pub fn event_sources_in_doubt(&self) -> Vec<String> {
        let matters =
            |entry: &ServiceEntry| !matches!(entry.eligibility, Eligibility::Eligible | Eligibility::Administrative);
        let mut found: Vec<(Eligibility, String)> = Vec::new();
        for (prefix, entry) in self.services.iter().filter(|(_, entry)| matters(entry)) {
            found.push((entry.eligibility, format!("{prefix}{EVENT_SOURCE}")));
            let others = self.event_sources.iter().filter(|(_, to)| *to == prefix);
            found.extend(others.map(|(source, _)| (entry.eligibility, source.clone())));
        }
        found.sort();
        found.into_iter().map(|(_, source)| source).collect()
    }

    /// The prefix of the service that CloudTrail names so (`monitoring.amazonaws.com`).
    pub fn of_event_source(&self, source: &str) -> String {
        let known = self.event_sources.get(source).cloned();
        known.unwrap_or_else(|| source.strip_suffix(EVENT_SOURCE).unwrap_or(source).to_owned())
    }

    /// The prefix of the service that ARNs name so.
    pub fn of_arn(&self, service: &str) -> String {
        self.arns.get(service).cloned().unwrap_or_else(|| service.to_owned())
    }

    /// The prefix of the service of a kind: `s3` for `AWS::S3::Bucket`. Names that differ from IAM's by case and
    /// hyphens alone need no mapping.
    pub fn of_kind(&self, kind: &str) -> Option<String> {
        let name = plain(kind.split("::").nth(1)?);
        let mapped = self.cloudformation.get(&name).cloned();
        mapped.or_else(|| self.services.keys().find(|prefix| plain(prefix) == name).cloned()).or(Some(name))
    }
}

fn plain(name: &str) -> String {
    name.chars().filter(|letter| *letter != '-').map(|letter| letter.to_ascii_lowercase()).collect()
}

/// Says whether a text may be the prefix by which IAM knows a service: `dynamodb`, `social-messaging`.
pub fn is_prefix(text: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    text.split('-').all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = include_str!("../../rules/catalog/hipaa-eligible-services.yaml");

    fn list() -> EligibilityList {
        EligibilityList::builtin().unwrap()
    }

    fn problems(change: &[(&str, &str)]) -> String {
        let changed = change.iter().fold(TEXT.to_owned(), |text, (from, to)| {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        });
        EligibilityList::read(&changed).unwrap_err().join("\n")
    }

    #[test]
    fn every_section_says_what_it_is() {
        let list = list();
        assert_eq!(list.list_date.to_string(), "2026-05-22");
        for (service, eligibility, name, reason) in [
            ("dynamodb", Eligibility::Eligible, "Amazon DynamoDB", None),
            (
                "social-messaging",
                Eligibility::Excluded,
                "AWS End User Messaging Social (WhatsApp channel)",
                Some("Pinpoint"),
            ),
            ("groundtruthlabeling", Eligibility::Excluded, "SageMaker Ground Truth Plus", Some("excluded by name")),
            ("lightsail", Eligibility::NotListed, "Amazon Lightsail", None),
            ("s3tables", Eligibility::Review, "Amazon S3 Tables", Some("S3 Tables is not named")),
            ("iam", Eligibility::Administrative, "AWS Identity and Access Management (IAM)", None),
            ("events", Eligibility::Eligible, "Amazon EventBridge", Some("by our reading")),
            ("acme", Eligibility::Unknown, "acme", None),
        ] {
            let entry = list.entry(service);
            assert_eq!((entry.eligibility, entry.name.as_str()), (eligibility, name), "{service}");
            assert_eq!(entry.reason.is_some(), reason.is_some(), "{service}: {:?}", entry.reason);
            let said = entry.reason.unwrap_or_default();
            assert!(said.contains(reason.unwrap_or_default()), "{service}: {said}");
        }
    }

    #[test]
    fn entries_that_share_a_prefix_are_named_together() {
        let name = list().entry("ec2").name;
        assert_eq!(name, "Amazon Elastic Block Store, Amazon Elastic Compute Cloud and 3 more");
    }

    #[test]
    fn the_names_of_others_lead_to_prefixes() {
        let list = list();
        for (source, prefix) in [
            ("monitoring.amazonaws.com", "cloudwatch"),
            ("rdsdata.amazonaws.com", "rds-data"),
            ("s3.amazonaws.com", "s3"),
            ("acme.example.com", "acme.example.com"),
        ] {
            assert_eq!(list.of_event_source(source), prefix);
        }
        for (kind, prefix) in [
            ("AWS::S3::Bucket", "s3"),
            ("AWS::DirectoryService::Directory", "ds"),
            ("AWS::SocialMessaging::LinkedWhatsAppBusinessAccount", "social-messaging"),
            ("AWS::ApplicationAutoScaling::ScalableTarget", "application-autoscaling"),
            ("AWS::Neptune::DBCluster", "rds"),
            ("AWS::Acme::Thing", "acme"),
        ] {
            assert_eq!(list.of_kind(kind).as_deref(), Some(prefix), "{kind}");
        }
        assert_eq!((list.of_arn("catalog"), list.of_arn("sqs")), ("servicecatalog".to_owned(), "sqs".to_owned()));
    }

    #[test]
    fn what_people_must_look_at_stands_with_the_service_that_has_it() {
        let list = list();
        let looks = |service: &str| list.entry(service).excluded_features.len();
        assert_eq!((looks("sagemaker"), looks("sms-voice"), looks("ds"), looks("cloudfront")), (1, 1, 0, 0));
        assert!(list.entry("sagemaker").excluded_features[0].look.contains("WorkteamArn"));
    }

    #[test]
    fn services_in_doubt_are_asked_for_worst_first() {
        let sources = list().event_sources_in_doubt();
        let position = |name: &str| sources.iter().position(|source| source == name);
        assert!(position("social-messaging.amazonaws.com") < position("lightsail.amazonaws.com"));
        assert!(position("lightsail.amazonaws.com") < position("s3tables.amazonaws.com"));
        assert_eq!((position("s3.amazonaws.com"), position("iam.amazonaws.com")), (None, None));
    }

    #[test]
    fn the_users_word_counts_instead_and_its_reason_is_kept() {
        let word = |service: &str, eligibility| Override {
            service: service.to_owned(),
            eligibility,
            reason: "AWS confirmed it".to_owned(),
        };
        let list = list().with(&[word("s3tables", Eligibility::Eligible), word("acme", Eligibility::NotListed)]);
        let entry = list.entry("s3tables");
        assert_eq!((entry.eligibility, entry.name.as_str()), (Eligibility::Eligible, "Amazon S3 Tables"));
        assert_eq!(entry.reason.as_deref(), Some("by the config file: AWS confirmed it"));
        assert_eq!(list.overridden().collect::<Vec<_>>(), ["acme", "s3tables"]);
        let doubts = list.event_sources_in_doubt();
        assert!(doubts.contains(&"acme.amazonaws.com".to_owned()));
        assert!(!doubts.contains(&"s3tables.amazonaws.com".to_owned()));
    }

    #[test]
    fn a_broken_file_is_refused_with_everything_that_is_wrong() {
        for (change, words) in [
            (("schema: 1", "schema: 2"), "schema: 2 is not 1"),
            (("list_date: 2026-05-22", "list_date: May"), "list_date: `May` is no date"),
            (("listed_services: 173", "listed_services: 172"), "173 entries, and the list has 172"),
            (("prefixes: [lightsail]", "prefixes: [s3]"), "`s3` stands in two sections"),
            (("prefixes: [lightsail]", "prefixes: [Lightsail]"), "`Lightsail` is no prefix"),
            (("prefixes: [lightsail]", "prefixes: []"), "Amazon Lightsail: needs a prefix"),
            (("of: [\"AWS Directory Service\"]", "of: [\"Directory\"]"), "Simple AD: `of` must name entries"),
            (("  catalog: servicecatalog", "  catalog: service"), "catalog: `service` is the prefix of no entry"),
            (("monitoring.amazonaws.com: cloudwatch", "monitoring: cloudwatch"), "is no event source"),
            (("listed_services: 173", "listed_service: 173"), "listed_service"),
        ] {
            let said = problems(&[change]);
            assert!(said.contains(words), "{words}: {said}");
        }
        let two = problems(&[("schema: 1", "schema: 2"), ("list_date: 2026-05-22", "list_date: May")]);
        assert_eq!(two.lines().count(), 2, "{two}");
    }
}
