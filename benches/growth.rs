//! What judging a saved snapshot costs as accounts grow: processor time, wall time, time per resource and peak memory of
//! one whole run, from the file to the last finding, for each size. The columns behind them say where the time goes.
//!
//! The account is made of the sample account's resources, copied in the mix of a large account, and half of the calls for
//! policies are denied. Each run is a process of its own, so that the memory of one does not count for another.
//!
//! `cargo bench --bench growth`; sizes, and rules to leave out, may follow:
//! `cargo bench --bench growth -- 1000 8000 --skip kms-key-manageable`.

mod large_account;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use safeguard::config::Config;
use safeguard::output::{self, Format, Style};
use safeguard::scan::{self, FactSource, Progress, ScanRequest};

const SIZES: [usize; 3] = [1_000, 8_000, 100_000];
/// The first argument of the process that judges.
const JUDGE: &str = "judge";

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [first, snapshot, skipped @ ..] = &*arguments
        && first == JUDGE
    {
        return judge(Path::new(snapshot), skipped);
    }
    let (sizes, skipped) = chosen(&arguments);
    let folder = tempfile::tempdir()?;
    let mut table = io::stdout().lock();
    let heads = ["resources", "findings", "CPU s", "wall s", "us each", "peak MB", "read s", "judge s", "write s"];
    writeln!(table, "{}", heads.map(|head| format!("{head:>10}")).concat())?;
    for size in sizes {
        let snapshot = folder.path().join(format!("{size}.ndjson"));
        large_account::write(size, &snapshot)?;
        let run = Command::new(std::env::current_exe()?).arg(JUDGE).arg(&snapshot).args(&skipped).output()?;
        if !run.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&run.stderr).into_owned()));
        }
        table.write_all(&run.stdout)?;
        table.flush()?;
        std::fs::remove_file(&snapshot)?;
    }
    Ok(())
}

fn chosen(arguments: &[String]) -> (Vec<usize>, Vec<String>) {
    let mut sizes: Vec<usize> = arguments.iter().filter_map(|argument| argument.parse().ok()).collect();
    if sizes.is_empty() {
        sizes.extend(SIZES);
    }
    let follows_skip = arguments.windows(2).filter(|pair| pair[0] == "--skip").map(|pair| pair[1].clone());
    (sizes, follows_skip.collect())
}

/// Judges one snapshot as the command line does, writes all findings, and says in a line what that took.
fn judge(snapshot: &Path, skipped: &[String]) -> io::Result<()> {
    let start = Instant::now();
    let request = request(snapshot.to_owned(), skipped);
    let watch = Watch(Mutex::new(start));
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let report = runtime.block_on(scan::scan(&request, &watch)).map_err(|error| io::Error::other(error.to_string()))?;
    let judged = Instant::now();
    let read = watch.0.lock().map_or(start, |read| *read);
    let mut lines = Lines::default();
    output::write(&report, Format::Ndjson, &Style::default(), &mut lines)?;
    let wall = start.elapsed();
    let resources = report.scan.resource_count;
    let figures = [
        resources.to_string(),
        lines.count.to_string(),
        seconds(processor_time()),
        seconds(wall),
        format!("{:.1}", wall.as_secs_f64() * 1e6 / resources as f64),
        format!("{:.0}", peak_bytes() as f64 / 1e6),
        seconds(read - start),
        seconds(judged - read),
        seconds(judged.elapsed()),
    ];
    writeln!(io::stdout(), "{}", figures.map(|figure| format!("{figure:>10}")).concat())
}

fn request(snapshot: PathBuf, skipped: &[String]) -> ScanRequest {
    let mut request = Config::default().into_request(FactSource::Snapshot(snapshot));
    request.selection.skip = skipped.to_vec();
    request
}

fn seconds(duration: Duration) -> String {
    format!("{:.2}", duration.as_secs_f64())
}

/// Remembers when reading ended.
struct Watch(Mutex<Instant>);

impl Progress for Watch {
    fn phase(&self, _: &str) {
        if let Ok(mut read) = self.0.lock() {
            *read = Instant::now();
        }
    }
    fn calls(&self, _: usize, _: usize) {}
}

/// Counts lines and keeps nothing.
#[derive(Default)]
struct Lines {
    count: usize,
}

impl Write for Lines {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.count += buffer.iter().filter(|byte| **byte == b'\n').count();
        Ok(buffer.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The processor time of this process so far, of all its threads. Linux counts it in hundredths of a second.
fn processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The second field is the program's name in parentheses, and may hold anything.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks: u64 = fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

/// The most memory that this process ever had. Only Linux tells.
fn peak_bytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes: Option<usize> = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    kilobytes.unwrap_or_default() * 1024
}
