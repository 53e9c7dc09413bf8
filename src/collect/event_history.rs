//! CloudTrail's event history: which services somebody changed something with, of the last 90 days, region by region.
//!
//! AWS answers two questions a second for each account and region, 50 events each, so the history of a busy region
//! cannot be read whole. It is asked in two ways. First the newest events that write, page by page: a quiet region
//! comes to its end that way, and then everything is known. If it does not, the sources that matter are asked for one
//! by one, in the order in which the plan names them, since one question mostly settles whether a source was used at
//! all. It ends when the history does, when every source is settled, or when the budget of questions is spent, and the
//! facts say which.
//!
//! Only events that write and that succeeded count. Who scans an account reads every service in it, this tool among
//! others, and an attempt that was denied used nothing. Data events are not in the history. Of an event nothing is kept
//! but its source, its name and its time.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use tokio::time::{MissedTickBehavior, interval};

use super::cloudtrail::SERVICE;
use super::facts::{facts, shape};
use super::{Collector, Work};
use crate::aws::told::{FromAws, Given};
use crate::aws::wire::Object;
use crate::aws::{EventQuestions, Operation, ServiceReader, Session, Site, Yield};
use crate::model::{EVENT_HISTORY, Fact, Kind, Scope, Timestamp};

/// AWS's rate for the account in one region, whoever asks.
const PACE: Duration = Duration::from_millis(500);

/// How many pages of the newest events are read before sources are asked for by name: 500 events.
const NEWEST_PAGES: u32 = 10;

/// How many pages are read for one source whose newest events are all reads or failures.
const PAGES_OF_A_SOURCE: u32 = 3;

/// As many as AWS gives in one answer.
const PAGE: u32 = 50;

facts! {
    /// Facts of `AWS::CloudTrail::EventHistory`: what the event history of one region told of the services in use.
    struct EventHistory;

    later gives LEARNED {
        /// The sources that something was written with, sorted.
        EventSources: Vec<SeenSource>;
        /// Back to when all events that write were read; null for the whole history.
        ReadBackTo: Option<Timestamp>;
        /// The sources that were asked for by name and are settled: written with, or not.
        SourcesSettled: Vec<String>;
        /// How many questions were asked.
        Questions: u32;
        /// `end of history`, `every source asked for`, `budget spent` or `failed call`.
        EndedBy: &'static str;
    }
}

shape! {
    /// A source with its newest event that counts.
    struct SeenSource {
        /// Such as `dynamodb.amazonaws.com`.
        EventSource: String;
        LastEventTime: Option<Timestamp>;
        LastEventName: Option<String>;
    }
}

const LOOKUP_EVENTS: Operation = Operation {
    service: SERVICE,
    name: "LookupEvents",
    iam_actions: &["cloudtrail:LookupEvents"],
    yields: &[Yield::Population(EVENT_HISTORY), Yield::Facts(EVENT_HISTORY, EventHistory::LEARNED)],
};

/// The collector of CloudTrail's event history.
pub struct EventHistories;

impl Collector for EventHistories {
    fn kinds(&self) -> Vec<Kind> {
        vec![Kind::of::<EventHistory>(EVENT_HISTORY, SERVICE, Scope::Region)]
    }

    fn operations(&self) -> &'static [&'static Operation] {
        &[&LOOKUP_EVENTS]
    }

    fn collect(&self, session: Arc<Session>) -> Work {
        Box::pin(async move {
            let regions = session.regions().to_vec();
            session.each(regions, |region| read(session.region(&region))).await;
        })
    }
}

async fn read(site: Site) {
    let service = ServiceReader::new(site.clone(), SERVICE);
    let mut inquiry = Inquiry::new(site.plan().event_questions());
    let mut pace = interval(PACE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while let Some(question) = inquiry.next() {
        pace.tick().await;
        let Some(answer) = service.ask(&LOOKUP_EVENTS, request(&question)).await else {
            inquiry.ended_by = FAILED_CALL;
            break;
        };
        inquiry.learn(question, Given(&answer));
    }
    // Where the first question failed, nothing is known and a gap says so.
    if inquiry.learned > 0 || inquiry.ended_by == BUDGET_SPENT {
        site.named(EVENT_HISTORY, site.region_name(), &[]).emit(None, &inquiry.into_facts());
    }
}

fn request(question: &Question) -> Object {
    let (key, value) = match &question.source {
        None => ("ReadOnly", "false"),
        Some(source) => ("EventSource", source.as_str()),
    };
    let attributes = json!([{"AttributeKey": key, "AttributeValue": value}]);
    let token = question.token.as_ref().map(|token| ("NextToken", json!(token)));
    let members = [("LookupAttributes", attributes), ("MaxResults", json!(PAGE))];
    members.into_iter().chain(token).map(|(name, value)| (name.to_owned(), value)).collect()
}

const END_OF_HISTORY: &str = "end of history";
const EVERY_SOURCE: &str = "every source asked for";
const BUDGET_SPENT: &str = "budget spent";
const FAILED_CALL: &str = "failed call";

/// One page to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Question {
    /// `None` for the newest events of every source.
    source: Option<String>,
    token: Option<String>,
    /// The how many-th page of the source it is, from one.
    page: u32,
}

/// What was asked in one region, what came of it, and what to ask next.
#[derive(Debug)]
struct Inquiry {
    next: Option<Question>,
    waiting: VecDeque<String>,
    budget: u32,
    asked: u32,
    learned: u32,
    seen: BTreeMap<String, SeenSource>,
    settled: BTreeSet<String>,
    read_back_to: Option<Timestamp>,
    ended_by: &'static str,
}

impl Inquiry {
    fn new(event_questions: &EventQuestions) -> Self {
        Self {
            next: Some(Question { source: None, token: None, page: 1 }),
            waiting: event_questions.sources.iter().cloned().collect(),
            budget: event_questions.budget,
            asked: 0,
            learned: 0,
            seen: BTreeMap::new(),
            settled: BTreeSet::new(),
            read_back_to: None,
            ended_by: EVERY_SOURCE,
        }
    }

    fn next(&mut self) -> Option<Question> {
        let question = self.next.take().or_else(|| self.next_source())?;
        if self.asked == self.budget {
            self.ended_by = BUDGET_SPENT;
            return None;
        }
        self.asked += 1;
        Some(question)
    }

    fn next_source(&mut self) -> Option<Question> {
        if self.ended_by == END_OF_HISTORY {
            return None;
        }
        loop {
            let source = self.waiting.pop_front()?;
            // What was seen among the newest events needs no question of its own.
            if !self.seen.contains_key(&source) {
                return Some(Question { source: Some(source), token: None, page: 1 });
            }
        }
    }

    fn learn(&mut self, question: Question, answer: Given<'_>) {
        self.learned += 1;
        let token = answer.text("NextToken").map(str::to_owned);
        let oldest = answer.list("Events").last().and_then(moment);
        answer.list("Events").filter(counts).for_each(|event| self.see(event));
        let more = token.map(|token| Question { token: Some(token), page: question.page + 1, ..question.clone() });
        match (question.source, more) {
            (None, None) => {
                self.ended_by = END_OF_HISTORY;
                self.read_back_to = None;
            }
            (None, Some(more)) => {
                self.read_back_to = oldest.or(self.read_back_to.take());
                self.next = (question.page < NEWEST_PAGES).then_some(more);
            }
            (Some(source), _) if self.seen.contains_key(&source) => drop(self.settled.insert(source)),
            (Some(source), None) => drop(self.settled.insert(source)),
            // Otherwise the source stays open: nothing but reads so far, and older events that nobody looked at.
            (Some(_), Some(more)) => self.next = (question.page < PAGES_OF_A_SOURCE).then_some(more),
        }
    }

    /// Events come newest first, so the first one of a source is its last.
    fn see(&mut self, event: Given<'_>) {
        let Some(source) = event.text("EventSource") else { return };
        self.seen.entry(source.to_owned()).or_insert_with(|| SeenSource {
            EventSource: source.to_owned(),
            LastEventTime: moment(event),
            LastEventName: event.text("EventName").map(str::to_owned),
        });
    }

    fn into_facts(self) -> EventHistory {
        EventHistory {
            EventSources: Fact::Known(self.seen.into_values().collect()),
            ReadBackTo: Fact::Known(self.read_back_to),
            SourcesSettled: Fact::Known(self.settled.into_iter().collect()),
            Questions: Fact::Known(self.asked),
            EndedBy: Fact::Known(self.ended_by),
        }
    }
}

/// Whether something was written, and not merely tried. An event whose text cannot be read counts: it may have been.
fn counts(event: &Given<'_>) -> bool {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Outcome {
        error_code: Option<serde::de::IgnoredAny>,
    }
    let outcome = event.text("CloudTrailEvent").and_then(|text| serde_json::from_str::<Outcome>(text).ok());
    let failed = outcome.is_some_and(|outcome| outcome.error_code.is_some());
    event.text("ReadOnly") != Some("true") && !failed
}

/// When the event was. Moments outside the years that RFC 3339 can write are taken for none.
fn moment(event: Given<'_>) -> Option<Timestamp> {
    Timestamp::from_aws(&event.get("EventTime")?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn event(source: &str, name: &str, read_only: bool, seconds: i64) -> Value {
        let moment = jiff::Timestamp::from_second(seconds).unwrap().to_string();
        json!({
            "EventSource": format!("{source}.amazonaws.com"), "EventName": name, "ReadOnly": read_only.to_string(),
            "EventTime": moment, "CloudTrailEvent": "{\"eventVersion\": \"1.11\"}",
        })
    }

    fn page(events: Vec<Value>, token: Option<&str>) -> Value {
        json!({"Events": events, "NextToken": token})
    }

    fn event_questions(sources: &[&str], budget: u32) -> EventQuestions {
        EventQuestions { sources: sources.iter().map(|source| format!("{source}.amazonaws.com")).collect(), budget }
    }

    /// Asks until there is nothing to ask; the questions in short, and the facts.
    fn ask(event_questions: &EventQuestions, answer: impl Fn(&Question) -> Value) -> (Vec<String>, serde_json::Value) {
        let (mut inquiry, mut questions) = (Inquiry::new(event_questions), Vec::new());
        while let Some(question) = inquiry.next() {
            let source = question.source.as_deref().unwrap_or("*").trim_end_matches(".amazonaws.com");
            questions.push(format!("{source} {}", question.page));
            let answer = answer(&question);
            inquiry.learn(question, Given(&answer));
        }
        (questions, serde_json::to_value(inquiry.into_facts()).unwrap())
    }

    #[test]
    fn a_quiet_region_is_read_to_its_end_and_needs_no_question_about_sources() {
        let (questions, facts) = ask(&event_questions(&["lightsail"], 100), |question| match question.page {
            1 => {
                page(vec![event("s3", "PutBucketPolicy", false, 90), event("s3", "CreateBucket", false, 80)], Some("2"))
            }
            _ => page(vec![event("lightsail", "CreateInstances", false, 10)], None),
        });
        assert_eq!(questions, ["* 1", "* 2"]);
        assert_eq!((&facts["EndedBy"], &facts["ReadBackTo"]), (&"end of history".into(), &serde_json::Value::Null));
        let sources = facts["EventSources"].as_array().unwrap();
        assert_eq!(sources.len(), 2);
        assert_eq!(sources[1]["EventSource"], "s3.amazonaws.com");
        assert_eq!(
            (&sources[1]["LastEventName"], &sources[1]["LastEventTime"]),
            (&"PutBucketPolicy".into(), &"1970-01-01T00:01:30Z".into())
        );
    }

    #[test]
    fn in_a_busy_region_sources_are_asked_for_by_name() {
        let busy = |question: &Question| match question.source.as_deref() {
            None => page(vec![event("ec2", "RunInstances", false, 1_000 - i64::from(question.page))], Some("more")),
            // Newest first: a scanner's reads, then what was done with it.
            Some("lightsail.amazonaws.com") if question.page == 1 => {
                page(vec![event("lightsail", "GetInstances", true, 900)], Some("more"))
            }
            Some("lightsail.amazonaws.com") => {
                page(vec![event("lightsail", "CreateInstances", false, 5)], Some("more"))
            }
            Some("proton.amazonaws.com") => page(vec![event("proton", "ListServices", true, 900)], Some("more")),
            Some(_) => page(Vec::new(), None),
        };
        let (questions, facts) = ask(&event_questions(&["lightsail", "ec2", "proton", "braket"], 100), busy);
        let newest: Vec<String> = (1..=10).map(|page| format!("* {page}")).collect();
        let named = ["lightsail 1", "lightsail 2", "proton 1", "proton 2", "proton 3", "braket 1"].map(str::to_owned);
        assert_eq!(questions, [&newest[..], &named[..]].concat());
        assert_eq!(facts["EndedBy"], "every source asked for");
        assert_eq!(facts["ReadBackTo"], "1970-01-01T00:16:30Z");
        assert_eq!(facts["SourcesSettled"], serde_json::json!(["braket.amazonaws.com", "lightsail.amazonaws.com"]));
        assert_eq!(facts["EventSources"].as_array().unwrap().len(), 2, "proton was only read");
    }

    #[test]
    fn the_budget_ends_it_wherever_it_is() {
        let endless = |_: &Question| page(vec![event("ec2", "RunInstances", false, 9)], Some("more"));
        for budget in [0, 1, 10, 12] {
            let (questions, facts) = ask(&event_questions(&["lightsail", "braket"], budget), endless);
            assert_eq!(questions.len(), budget as usize);
            assert_eq!((&facts["EndedBy"], &facts["Questions"]), (&"budget spent".into(), &budget.into()));
            assert_eq!(facts["SourcesSettled"], serde_json::json!([]));
        }
    }

    #[test]
    fn only_what_was_written_counts() {
        let with_text = |text: &str| json!({"ReadOnly": "false", "CloudTrailEvent": text});
        let counts = |event: &Value| counts(&Given(event));
        assert!(counts(&with_text("{\"eventName\": \"CreateInstances\"}")));
        assert!(counts(&with_text("cut in the mid")), "nobody can tell");
        assert!(counts(&json!({})), "nor here");
        assert!(!counts(&with_text("{\"errorCode\": \"AccessDenied\"}")));
        assert!(!counts(&event("s3", "ListBuckets", true, 1)));
    }
}
