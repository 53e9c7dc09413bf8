//! `-v` and `SAFEGUARD_LOG`: what the program does, on stderr.
//!
//! No level that can be asked for writes credentials, request bodies or answers. The AWS SDK writes those at `trace`,
//! and so does the HTTP stack, so `trace` exists for our own code only, whatever the filter says. Our own code logs
//! names of operations and resources, never facts.

use std::io::{self, Write};

use tracing::{Level, Metadata};
use tracing_subscriber::filter::{EnvFilter, FilterExt, filter_fn};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use super::{ConsoleArgs, wants_color};
use crate::Result;
use crate::config::{LOG_VARIABLE, log_filter};
use crate::output::text;

/// Starts logging if anybody asked for it.
///
/// # Errors
/// If `SAFEGUARD_LOG` is no filter.
pub(super) fn start(args: &ConsoleArgs) -> Result<()> {
    let Some(filter) = filter(args.verbose, variable().as_deref())? else { return Ok(()) };
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(|| CommandlessLog(io::stderr()))
        .with_ansi(wants_color(args.color, &io::stderr()))
        .with_filter(filter.and(filter_fn(is_safe)));
    // Only fails when a subscriber is already there, which is then whoever embeds this code.
    let _ = tracing_subscriber::registry().with(lines).try_init();
    Ok(())
}

/// Passes log lines on, each written at once, without commands that a CI runner would obey: they quote names from AWS.
struct CommandlessLog<W>(W);

impl<W: Write> Write for CommandlessLog<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let lines: Vec<_> = text.split('\n').map(|line| text::without_commands(line.into())).collect();
        self.0.write_all(lines.join("\n").as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// True when log lines will appear on stderr.
pub(super) fn is_wanted(args: &ConsoleArgs) -> bool {
    args.verbose > 0 || variable().is_some()
}

fn variable() -> Option<String> {
    std::env::var(LOG_VARIABLE).ok().filter(|text| !text.trim().is_empty())
}

fn filter(verbose: u8, variable: Option<&str>) -> Result<Option<EnvFilter>> {
    if let Some(directives) = variable {
        return log_filter(directives).map(Some);
    }
    let level = match verbose {
        0 => return Ok(None),
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    // Other crates only speak up when something is wrong.
    Ok(Some(EnvFilter::builder().parse_lossy(format!("warn,safeguard={level}"))))
}

/// True unless the line may carry a secret or an answer of AWS's.
fn is_safe(line: &Metadata<'_>) -> bool {
    allows(line.target(), *line.level())
}

fn allows(target: &str, level: Level) -> bool {
    let is_ours = target == "safeguard" || target.starts_with("safeguard::");
    is_ours || level <= Level::DEBUG
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_asked_means_nothing_is_logged() {
        assert!(filter(0, None).unwrap().is_none());
    }

    #[test]
    fn more_v_say_more_of_us_and_no_more_of_others() {
        for (verbose, level) in [(1, "info"), (2, "debug"), (3, "trace"), (9, "trace")] {
            let text = filter(verbose, None).unwrap().unwrap().to_string();
            assert!(text.contains(&format!("safeguard={level}")) && text.contains("warn"), "{text}");
        }
    }

    #[test]
    fn the_variable_wins_and_must_make_sense() {
        let text = filter(1, Some("aws_config=debug")).unwrap().unwrap().to_string();
        assert_eq!(text, "aws_config=debug");
        assert!(filter(0, Some("safeguard=loud")).unwrap_err().message.starts_with("SAFEGUARD_LOG is not a filter"));
    }

    #[test]
    fn no_line_is_a_command() {
        let mut out = Vec::new();
        let line = "WARN safeguard: no answer name=\"##[error]x\" AWS::S3::Bucket\n::error::y\n";
        CommandlessLog(&mut out).write_all(line.as_bytes()).unwrap();
        let expected = "WARN safeguard: no answer name=\"#\\u{23}[error]x\" AWS::S3::Bucket\n\\u{3a}:error::y\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn trace_is_ours_alone() {
        assert!(allows("safeguard::scan", Level::TRACE));
        assert!(!allows("aws_sigv4::http_request::sign", Level::TRACE));
        assert!(!allows("safeguardian", Level::TRACE));
        assert!(allows("aws_config::imds", Level::DEBUG));
    }
}
