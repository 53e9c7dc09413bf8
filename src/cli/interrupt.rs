//! A run that is ended from outside (Ctrl-C, a CI runner, a closed terminal) says so, removes what is half written, and
//! claims nothing. What was there before stays: files are replaced whole or not at all.
//!
//! Signals are heard in a thread of their own, because a run that judges or writes hears nothing for seconds. A run
//! that talks to AWS is given a moment to end by itself, which closes its connections and drops its files.

use std::io::{self, Write};
use std::process;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use tokio::sync::Notify;

use crate::scan::file;
use crate::{Error, Result};

/// The time that a run that listens may take to end.
const GRACE: Duration = Duration::from_secs(5);

/// The signal that came.
static CAUSE: OnceLock<&str> = OnceLock::new();
static ENDED: Notify = Notify::const_new();
static LISTENS: AtomicBool = AtomicBool::new(false);

/// Begins to listen for signals. Where they cannot be heard, they end the process as they always do.
pub(super) fn watch() {
    let _ = std::thread::Builder::new().name("signals".to_owned()).spawn(|| {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        runtime.block_on(async {
            let Some(mut signals) = Signals::new() else { return };
            let name = signals.next().await;
            end(name, &mut signals).await;
        });
    });
}

/// Does the work, unless the process is told to end.
///
/// # Errors
/// The work's, or that it was ended.
pub(super) async fn unless_ended<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    LISTENS.store(true, Ordering::SeqCst);
    let result = tokio::select! {
        result = work => result,
        () = ENDED.notified() => {
            Err(Error::failed(format!("ended by {}", CAUSE.get().copied().unwrap_or("a signal"))).help("run it again"))
        }
    };
    LISTENS.store(false, Ordering::SeqCst);
    result
}

async fn end(name: &'static str, signals: &mut Signals) {
    let _ = CAUSE.set(name);
    if LISTENS.load(Ordering::SeqCst) {
        ENDED.notify_one();
        tokio::select! {
            () = tokio::time::sleep(GRACE) => {}
            // Whoever asks twice does not want to wait.
            _ = signals.next() => {}
        }
    }
    file::abandon();
    // There is nowhere left to report that stderr is closed.
    let _ = writeln!(
        io::stderr(),
        "error: ended by {name}\nnote: nothing is claimed: do not rely on what this run has written\nhelp: run it again"
    );
    process::exit(1);
}

#[cfg(unix)]
struct Signals(Vec<(&'static str, tokio::signal::unix::Signal)>);

#[cfg(unix)]
impl Signals {
    fn new() -> Option<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let wanted = [
            ("SIGINT", SignalKind::interrupt()),
            ("SIGTERM", SignalKind::terminate()),
            ("SIGHUP", SignalKind::hangup()),
        ];
        let ignored = ignored();
        let heard = wanted
            .into_iter()
            // What whoever started us has set aside stays so: `nohup` ignores SIGHUP.
            .filter(|(_, kind)| ignored >> (kind.as_raw_value() - 1) & 1 == 0)
            .map(|(name, kind)| Some((name, signal(kind).ok()?)))
            .collect::<Option<Vec<_>>>()?;
        (!heard.is_empty()).then_some(Self(heard))
    }

    async fn next(&mut self) -> &'static str {
        std::future::poll_fn(|context| {
            let mut came = None;
            for (name, signal) in &mut self.0 {
                if signal.poll_recv(context).is_ready() {
                    came = Some(*name);
                }
            }
            came.map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }
}

/// The signals that are ignored, a bit each, where the system tells.
#[cfg(unix)]
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> Option<Self> {
        Some(Self)
    }

    async fn next(&mut self) -> &'static str {
        let _ = tokio::signal::ctrl_c().await;
        "Ctrl-C"
    }
}
