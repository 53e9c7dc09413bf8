//! Whether an alarm on a filter's metric tells of a single event.
//!
//! Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricAlarm.html>.

use serde_json::Value;

use crate::knowledge::trails::Facts;

/// The kind of metric filters, and the facts of it that are read here.
pub const FILTER: (&str, &[&str]) = ("AWS::Logs::MetricFilter", &["MetricTransformations"]);

/// The kind of alarms, and the facts of it that are read here.
pub const ALARM: (&str, &[&str]) = (
    "AWS::CloudWatch::Alarm",
    &[
        "ActionsEnabled",
        "AlarmActions",
        "ComparisonOperator",
        "DatapointsToAlarm",
        "Dimensions",
        "EvaluationPeriods",
        "Metric",
        "Statistic",
        "Threshold",
    ],
);

/// What keeps the alarm from calling for somebody when that many events have matched the filter, in words that follow
/// its name; empty if nothing does. `None` if it cannot be told.
pub fn alarm_faults<'v>(filter: &mut Facts<'_, 'v>, alarm: &mut Facts<'_, 'v>, events: i64) -> Option<String> {
    if alarm("ActionsEnabled")? == &Value::Bool(false) {
        return Some("has its actions switched off".to_owned());
    }
    if alarm("AlarmActions")?.as_array()?.is_empty() {
        return Some("has no action".to_owned());
    }
    let watched = alarm("Metric")?.as_str()?;
    let transformations = filter("MetricTransformations")?.as_array()?;
    let transformation = transformations.iter().find(|one| one["Metric"] == watched)?;
    if !alarm("Dimensions")?.as_array()?.is_empty() {
        // The metric of one value of a dimension counts some of the events.
        return None;
    }
    // A value that is taken from the event may be anything.
    let value = transformation["MetricValue"].as_str()?.parse::<f64>().ok()?;
    let at_most = match alarm("Statistic")?.as_str()? {
        "Sum" => value * events as f64,
        "Maximum" => value,
        "SampleCount" if transformation["DefaultValue"].is_null() => events as f64,
        "Average" | "Minimum" if transformation["DefaultValue"].is_null() => value,
        other => return Some(format!("watches the {other}, which events that do not match change")),
    };
    let threshold = alarm("Threshold")?.as_f64()?;
    let goes_off = match alarm("ComparisonOperator")?.as_str()? {
        "GreaterThanOrEqualToThreshold" => at_most >= threshold,
        "GreaterThanThreshold" => at_most > threshold,
        _ => return Some("does not go off when the metric is high".to_owned()),
    };
    if !goes_off {
        return Some(format!("goes off only at {threshold}"));
    }
    let periods = alarm("DatapointsToAlarm")?.as_i64().or(alarm("EvaluationPeriods")?.as_i64())?;
    Some(if periods > 1 { format!("goes off only after {periods} periods with such events") } else { String::new() })
}
