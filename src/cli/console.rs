//! Everything that the user sees besides results: errors and notes, on stderr.

use std::io::{self, Write};
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};

use super::{ConsoleArgs, wants_color, width};
use crate::Error;
use crate::output::text;

/// The settings for talking to the user in this run.
pub(super) struct Console {
    /// Columns for what goes to stdout.
    pub width: usize,
    /// True if results on stdout are colored.
    pub color: bool,
    /// True if results in files are colored: only when asked for.
    pub color_files: bool,
    /// No progress, no notes.
    pub quiet: bool,
    /// Log lines on stderr, which progress would tear apart.
    pub logging: bool,
    color_messages: bool,
}

/// An error, and what it means for the result where that is not plain.
#[derive(Debug)]
pub(super) struct CommandFailure {
    pub error: Error,
    pub note: Option<&'static str>,
}

impl From<Error> for CommandFailure {
    fn from(error: Error) -> Self {
        Self { error, note: None }
    }
}

impl Console {
    pub fn new(args: &ConsoleArgs) -> Self {
        Self {
            width: width(),
            color: wants_color(args.color, &io::stdout()),
            color_files: args.color == super::Color::Always,
            quiet: args.quiet,
            logging: super::logging::is_wanted(args),
            color_messages: wants_color(args.color, &io::stderr()),
        }
    }

    /// Says what went wrong, what it means and what to do about it; the exit code is never 0.
    pub fn fail(&self, failure: &CommandFailure) -> ExitCode {
        self.say(AnsiColor::Red, "error", &failure.error.message);
        if let Some(note) = failure.note {
            self.say(AnsiColor::Yellow, "note", note);
        }
        if let Some(help) = &failure.error.help {
            self.say(AnsiColor::Cyan, "help", help);
        }
        failure.error.exit_code()
    }

    /// Says something that is no error, unless the user wants silence.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            self.say(AnsiColor::Yellow, "note", text);
        }
    }

    fn say(&self, color: AnsiColor, label: &str, text: &str) {
        let style = if self.color_messages { color.on_default().bold() } else { Style::new() };
        // There is nowhere left to report that stderr is closed.
        let _ = writeln!(io::stderr(), "{style}{label}{style:#}: {}", plain(text));
    }
}

/// Messages may quote AWS or a file: nothing in them may steer the terminal or a CI runner, or reorder what is read.
/// Their own lines stay.
fn plain(text: &str) -> String {
    text.split('\n').map(|line| text::without_commands(text::escape(line))).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn messages_cannot_steer_the_terminal() {
        assert_eq!(plain("a\u{1b}[31mb\u{202e}c\nd"), "a\\u{1b}[31mb\\u{202e}c\nd");
        assert_eq!(plain("caf\u{e9} | ^"), "caf\u{e9} | ^");
        assert_eq!(plain("a ##[error]b\n ::warning::c"), "a #\\u{23}[error]b\n \\u{3a}:warning::c");
    }
}
