//! What a cold start costs: from the start of the Lambda binary to its first question for work, which is when Lambda's
//! init phase ends. Beside it, in the same run, the start of a program that does nothing and of `safeguard --version`.
//!
//! `cargo bench --bench start`; a path after `--` measures that binary instead: `cargo bench --bench start -- ./bootstrap`.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: usize = 40;
const NEXT: &str = "GET /2018-06-01/runtime/invocation/next ";

fn main() -> io::Result<()> {
    let given = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let lambda = given.map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_safeguard-lambda")), PathBuf::from);
    let size = std::fs::metadata(&lambda)?.len();
    let (mut nothing, mut version, mut starts) = (Vec::new(), Vec::new(), Vec::new());
    let mut memory = 0;
    // In turns, so that whatever else the machine does meets all of them.
    for _ in 0..ROUNDS {
        nothing.push(run(Command::new("true"))?);
        let mut safeguard = Command::new(env!("CARGO_BIN_EXE_safeguard"));
        safeguard.arg("--version");
        version.push(run(safeguard)?);
        let (time, peak) = start(&lambda)?;
        starts.push(time);
        memory = memory.max(peak);
    }
    let base = median(&mut nothing);
    let mut table = io::stdout().lock();
    writeln!(table, "{} ({:.1} MB), {ROUNDS} starts each", lambda.display(), size as f64 / 1e6)?;
    writeln!(table, "{:<28} {:>9} {:>9} {:>9} {:>8}", "", "min", "median", "max", "ratio")?;
    for (name, times) in [
        ("a program that does nothing", &mut nothing),
        ("safeguard --version", &mut version),
        ("Lambda, to its first question", &mut starts),
    ] {
        let middle = median(times);
        let ms = |time: &Duration| format!("{:.1} ms", time.as_secs_f64() * 1e3);
        let (least, most) = (times.first().map(ms), times.last().map(ms));
        let ratio = middle.as_secs_f64() / base.as_secs_f64();
        let (least, most) = (least.unwrap_or_default(), most.unwrap_or_default());
        writeln!(table, "{name:<28} {least:>9} {:>9} {most:>9} {ratio:>8.1}", ms(&middle))?;
    }
    writeln!(table, "most memory of the function while it waits: {memory} kB")
}

/// How long a program takes from its start to its end.
fn run(mut command: Command) -> io::Result<Duration> {
    let begun = Instant::now();
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    Ok(begun.elapsed())
}

/// How long the function takes from its start to its first question for work, and its peak memory in kB (0 where the
/// system does not tell).
fn start(lambda: &PathBuf) -> io::Result<(Duration, u64)> {
    let service = TcpListener::bind("127.0.0.1:0")?;
    let address = service.local_addr()?.to_string();
    let mut command = Command::new(lambda);
    command
        .env("AWS_LAMBDA_RUNTIME_API", address)
        .env("AWS_LAMBDA_FUNCTION_NAME", "safeguard")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1024")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", "safeguard")
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "start")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let begun = Instant::now();
    let mut function = Running(command.spawn()?);
    service.set_nonblocking(true)?;
    let stream = loop {
        match service.accept() {
            Ok((stream, _)) => break stream,
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
            Err(_) => {}
        }
        if let Some(status) = function.0.try_wait()? {
            return Err(io::Error::other(format!("the function ended before it asked for work: {status}")));
        }
        std::thread::sleep(Duration::from_micros(100));
    };
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let asked = first_line(&stream)?;
    let time = begun.elapsed();
    if !asked.starts_with(NEXT) {
        return Err(io::Error::other(format!("the function asked for something else: {asked}")));
    }
    Ok((time, function.peak_memory()))
}

fn first_line(stream: &TcpStream) -> io::Result<String> {
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    Ok(line)
}

struct Running(Child);

impl Running {
    fn peak_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(0)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It waits for work that never comes.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The middle one; sorts them.
fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
