//! Progress on a terminal during long scans; silence everywhere else.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::console::Console;
use crate::scan::Progress;

/// One line on stderr that says what is being done and how many calls were answered. Gone when dropped.
pub(super) struct ProgressLine {
    bar: ProgressBar,
    quiet: bool,
}

impl ProgressLine {
    /// Shows itself only to somebody who looks: not in CI, not in a pipe, not when asked to be quiet, and not between
    /// log lines.
    pub fn new(console: &Console) -> Self {
        let in_ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false");
        let wanted = !console.quiet && !console.logging && !in_ci && std::io::stderr().is_terminal();
        if !wanted {
            return Self { bar: ProgressBar::hidden(), quiet: console.quiet };
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed:>4}  {wide_msg}") {
            bar.set_style(style.tick_chars("|/-\\ "));
        }
        bar.enable_steady_tick(Duration::from_millis(125));
        Self { bar, quiet: console.quiet }
    }
}

impl Progress for ProgressLine {
    fn phase(&self, text: &str) {
        self.bar.set_prefix(text.to_owned());
        self.bar.set_message(text.to_owned());
    }

    fn calls(&self, done: usize, in_flight: usize) {
        self.bar.set_message(format!("{}: {done} calls answered, {in_flight} in flight", self.bar.prefix()));
    }

    fn note(&self, text: &str) {
        if !self.quiet {
            // There is nowhere left to report that stderr is closed.
            self.bar.suspend(|| _ = writeln!(std::io::stderr(), "note: {text}"));
        }
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
