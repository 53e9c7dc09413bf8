//! Files as users and accidents leave them: nothing is written over what a run reads, what is no regular file is written to,
//! what is damaged is not judged, and a run that is ended leaves nothing half written.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use crate::aws::Credentials;
use crate::cli::{command, refused, safeguard, stderr, stdout};
use crate::http::{Reply, Server};
use crate::product::{Product, sealed};

const FORMATS: [&str; 12] =
    ["terminal", "json", "ndjson", "html", "markdown", "csv", "sarif", "junit", "ocsf", "ocsf-array", "asff", "oscal"];
const RULE: &str = "id: acme-buckets\ntitle: Buckets have names\nseverity: low\nkind: AWS::S3::Bucket\nhipaa: [\"164.312(b)\"]\n\
                    soc2: []\nwhy: A name tells whose it is.\npass: resource.BucketName != ''\nfail_message: \"It has none.\"\n";

/// A folder with every file that a scan may read.
/// Where the packed snapshot of the sample account lies in a folder.
fn packed(folder: &Path) -> String {
    folder.join("account.ndjson.zst").display().to_string()
}

struct Bed {
    folder: tempfile::TempDir,
    /// Their names, with what each is.
    inputs: Vec<(&'static str, &'static str)>,
}

fn bed() -> Bed {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    Product::alone().scan(&["--demo", "--save-snapshot", &packed(dir), "--format", "json=/dev/null"]);
    fs::create_dir(dir.join("rules")).unwrap();
    for (name, text) in [
        ("safeguard.yaml", "rules_dirs: [rules]\nattestations: signed.yaml\n"),
        ("waivers.yaml", "waivers: []\n"),
        ("signed.yaml", "attest-risk-analysis: {owner: ann, evidence: analysis.pdf}\n"),
        ("vendors.yaml", "vendors: [{vendor: Acme, evidence: ./baa.pdf}]\n"),
        ("analysis.pdf", "%PDF-1.7\n"),
        ("baa.pdf", "%PDF-1.7 signed\n"),
        ("rules/acme-buckets.yaml", RULE),
    ] {
        fs::write(dir.join(name), text).unwrap();
    }
    let first = safeguard(dir, &["scan", "--demo", "--config", "/dev/null", "--format", "json=last.json"]);
    assert!(dir.join("last.json").exists(), "{}", stderr(&first));
    let inputs = vec![
        ("account.ndjson.zst", "the snapshot"),
        ("safeguard.yaml", "the config file"),
        ("waivers.yaml", "the waiver file"),
        ("signed.yaml", "the file of attestations"),
        ("vendors.yaml", "the register of vendors"),
        ("analysis.pdf", "evidence that a register names"),
        ("baa.pdf", "evidence that a register names"),
        ("last.json", "the baseline"),
        ("rules/acme-buckets.yaml", "a rule"),
    ];
    Bed { folder, inputs }
}

impl Bed {
    fn dir(&self) -> &Path {
        self.folder.path()
    }

    fn contents(&self) -> Vec<Vec<u8>> {
        self.inputs.iter().map(|(name, _)| fs::read(self.dir().join(name)).unwrap()).collect()
    }

    /// Refused with these words, every input as it was.
    fn refuses(&self, args: &[&str], words: &str) {
        let before = self.contents();
        let text = refused(self.dir(), args, 2);
        assert!(text.contains("would be written over") && text.contains(words), "{args:?}: {text}");
        assert!(self.contents() == before, "{args:?}");
    }
}

#[test]
fn no_output_of_a_scan_is_one_of_its_inputs() {
    let bed = bed();
    let scan = ["scan", "--snapshot", "account.ndjson.zst", "--baseline", "last.json"];
    for (name, what) in &bed.inputs {
        for format in FORMATS {
            bed.refuses(&[&scan[..], &["--format", &format!("{format}={name}")]].concat(), what);
        }
        for flag in ["--output", "--save-snapshot"] {
            bed.refuses(&[&scan[..], &[flag, name]].concat(), what);
        }
    }
}

#[test]
fn no_link_leads_an_output_to_an_input() {
    let bed = bed();
    let scan = ["scan", "--snapshot", "account.ndjson.zst", "--baseline", "last.json"];
    for (number, (name, what)) in bed.inputs.iter().enumerate() {
        let (soft, hard, around) = (format!("soft{number}"), format!("hard{number}"), format!("around{number}"));
        symlink(name, bed.dir().join(&soft)).unwrap();
        symlink(&soft, bed.dir().join(&around)).unwrap();
        fs::hard_link(bed.dir().join(name), bed.dir().join(&hard)).unwrap();
        for link in [soft, hard, around, format!("./rules/../{name}")] {
            bed.refuses(&[&scan[..], &["--format", &format!("json={link}")]].concat(), what);
            bed.refuses(&[&scan[..], &["--save-snapshot", &link]].concat(), what);
        }
    }
}

#[test]
fn no_two_outputs_are_one_file() {
    let bed = bed();
    symlink("new.json", bed.dir().join("link")).unwrap();
    for (one, other) in [
        (["--format", "json=new.json"], ["--format", "csv=link"]),
        (["--format", "json=link"], ["--save-snapshot", "new.json"]),
        (["--format", "json"], ["--format", "csv=/dev/stdout"]),
    ] {
        let args = [&["scan", "--demo"][..], &one, &other].concat();
        // Standard output is a pipe here, which two would be mixed up in.
        let text = refused(bed.dir(), &args, 2);
        assert!(text.contains("would both be written to"), "{args:?}: {text}");
    }
    // What takes everything may be named twice.
    let twice = ["scan", "--demo", "--config", "/dev/null", "--format", "json=/dev/null", "--format", "csv=/dev/null"];
    let output = safeguard(bed.dir(), &twice);
    assert_eq!(output.status.code(), Some(10), "{}", stderr(&output));
}

#[test]
fn other_commands_spare_their_inputs_too() {
    let bed = bed();
    bed.refuses(&["report", "last.json", "--format", "csv=last.json"], "the report that is read");
    bed.refuses(&["report", "last.json", "--output", "./last.json"], "the report that is read");
    bed.refuses(&["merge", "last.json", "--output", "last.json"], "one of the reports");
    bed.refuses(
        &["services", "--snapshot", "account.ndjson.zst", "--save-snapshot", "safeguard.yaml"],
        "the config file",
    );
    // Without credentials: nothing is asked of AWS before this is made sure of.
    fs::write(bed.dir().join("accounts.yaml"), "accounts: [{id: \"123456789012\"}]\n").unwrap();
    fs::create_dir(bed.dir().join("kept")).unwrap();
    fs::copy(bed.dir().join("last.json"), bed.dir().join("kept/report.json")).unwrap();
    symlink("../safeguard.yaml", bed.dir().join("kept/123456789012.json")).unwrap();
    fs::create_dir(bed.dir().join(".aws")).unwrap();
    fs::write(bed.dir().join(".aws/credentials"), "").unwrap();
    let many = ["scan", "--accounts", "accounts.yaml", "--member-role", "Audit", "--region", "us-east-1"];
    bed.refuses(&[&many[..], &["--format", "json=accounts.yaml"]].concat(), "the list of accounts");
    bed.refuses(&[&many[..], &["--account-reports", "kept"]].concat(), "the config file");
    let alone =
        [&many[..], &["--config", "/dev/null", "--account-reports", "kept", "--baseline", "kept/report.json"]].concat();
    bed.refuses(&alone, "the baseline");
    bed.refuses(&["scan", "--region", "us-east-1", "--format", "json=.aws/credentials"], "a file of the AWS tools");
    fs::create_dir(bed.dir().join("evidence")).unwrap();
    let both = ["scan", "--region", "us-east-1", "--evidence", "evidence", "--format", "json=evidence/calls.ndjson"];
    assert!(refused(bed.dir(), &both, 2).contains("would both be written to"));
}

/// Runs a line of the shell in which `$S` is the program.
fn shell(dir: &Path, line: &str) -> Output {
    let mut command = Command::new("bash");
    command
        .args(["-c", line])
        .current_dir(dir)
        .env_clear()
        .env("HOME", dir)
        .env("PATH", std::env::var_os("PATH").unwrap());
    command.env("S", env!("CARGO_BIN_EXE_safeguard")).stdin(Stdio::null()).output().unwrap()
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn what_is_no_regular_file_is_written_to_and_a_log_keeps_its_lines() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    let read = |name: &str| fs::read_to_string(dir.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let is_report =
        |text: &str| serde_json::from_str::<serde_json::Value>(text).is_ok_and(|it| it["findings"].is_array());

    for place in ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"] {
        fs::write(dir.join("log"), "first\n").unwrap();
        let ended = shell(dir, &format!("$S scan --demo -q --format json={place} >> log; echo last $? >> log"));
        let text = read("log");
        let report = text.strip_prefix("first\n").and_then(|text| text.strip_suffix("last 10\n"));
        assert!(report.is_some_and(is_report), "{place}: {} {}", &text[..200.min(text.len())], stderr(&ended));
        // And as a pipe.
        let piped = shell(dir, &format!("$S scan --demo -q --format json={place} | cat"));
        assert!(is_report(stdout(&piped)), "{place}");
        // And as a file that begins empty.
        shell(dir, &format!("$S scan --demo -q --format json={place} > new"));
        assert!(is_report(&read("new")), "{place}");
    }
    shell(dir, "echo first > err; $S scan --demo -q --format json=/dev/stderr 2>> err");
    assert!(read("err").strip_prefix("first\n").is_some_and(is_report));
    shell(dir, "echo first > three; $S scan --demo -q --format json=/dev/fd/3 3>> three");
    assert!(read("three").strip_prefix("first\n").is_some_and(is_report));

    shell(dir, "$S scan --demo -q --format json=>(cat > substituted) --save-snapshot >(cat > kept); sleep 1");
    assert!(is_report(&read("substituted")));
    assert!(read("kept").starts_with("{\"header\""), "the snapshot went through its pipe whole");
    let judged = safeguard(dir, &["scan", "--snapshot", "kept", "--format", "json=/dev/null"]);
    assert_eq!(judged.status.code(), Some(10), "{}", stderr(&judged));

    shell(dir, "mkfifo fifo; cat fifo > through & $S scan --demo -q --format json=fifo; wait");
    assert!(is_report(&read("through")));
    assert!(!fs::metadata(dir.join("fifo")).unwrap().is_file(), "a pipe stays a pipe");

    let full = safeguard(dir, &["scan", "--demo", "--format", "json=/dev/full"]);
    assert_eq!(full.status.code(), Some(1), "{}", stderr(&full));
    assert!(stderr(&full).contains("No space left") && stderr(&full).contains("do not rely"), "{}", stderr(&full));
    assert_eq!(names(dir), ["err", "fifo", "kept", "log", "new", "substituted", "three", "through"]);
}

#[test]
fn a_full_disk_ends_every_command_with_our_failure() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    safeguard(dir, &["scan", "--demo", "--format", "json=last.json"]);
    for command in [
        "scan --demo",
        "scan --demo --format json",
        "scan --demo --output /dev/full --format html",
        "scan --demo --format csv=/dev/full",
        "scan --demo --save-snapshot /dev/full --format json=new.json",
        "report last.json --format markdown",
        "merge last.json",
        "merge last.json --output /dev/full",
        "diff last.json last.json",
        "explain s3-bucket-tls-only meridian-marketing-site --demo",
        "coverage",
        "rules list",
        "rules docs --dir pages",
        "permissions",
        "schema report",
        "completions bash",
        "man --dir pages",
    ] {
        let ended = shell(dir, &format!("$S {command} > /dev/full"));
        assert_eq!(ended.status.code(), Some(1), "{command}: {}", stderr(&ended));
        assert!(stderr(&ended).contains("No space left"), "{command}: {}", stderr(&ended));
        assert!(!dir.join("new.json").exists(), "{command}");
    }
}

/// A disk of one's own with a few pages of room. Only root may make one.
struct Disk(PathBuf);

impl Disk {
    fn made(folder: &Path, size: &str) -> Option<Self> {
        let place = folder.join("disk");
        fs::create_dir(&place).unwrap();
        let options = format!("size={size}");
        let made = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(&place).output();
        made.is_ok_and(|made| made.status.success()).then_some(Self(place))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn a_disk_that_fills_up_leaves_what_was_there_and_no_half() {
    let folder = tempfile::tempdir().unwrap();
    // Whoever may not mount a disk cannot try it; the gate may.
    let Some(disk) = Disk::made(folder.path(), "64k") else { return };
    fs::write(disk.0.join("report.json"), "yesterday's").unwrap();
    for args in [
        &["scan", "--demo", "--format", "json=report.json"][..],
        &["scan", "--demo", "--format", "csv=other.csv", "--save-snapshot", "report.json"],
    ] {
        let output = safeguard(&disk.0, args);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {}", stderr(&output));
        assert!(stderr(&output).contains("No space left"), "{args:?}: {}", stderr(&output));
        assert_eq!(names(&disk.0), ["report.json"], "{args:?}");
        assert_eq!(fs::read_to_string(disk.0.join("report.json")).unwrap(), "yesterday's", "{args:?}");
    }
    // AWS's answers are kept before anything is judged by them.
    let filler = disk.0.join("filler");
    fs::write(&filler, vec![0; 56 << 10]).unwrap();
    let server = denying(|_| {});
    let product = Product::against(&server.url(), &Credentials::any());
    let evidence = disk.0.join("evidence").display().to_string();
    let long = [&LIVE[..], &["--evidence", &evidence, "--format", "json=report.json"]].concat();
    let output = product.scan(&long);
    assert_eq!(output.code, 1, "{}", output.stderr);
    assert!(output.stderr.contains("could not keep AWS's answers"), "{}", output.stderr);
    assert_eq!(output.left, Vec::<String>::new());
}

#[test]
fn no_output_is_appended_to_what_a_command_reads() {
    let bed = bed();
    fs::write(bed.dir().join("policy.json"), "{}").unwrap();
    for (command, input, what) in [
        ("scan --snapshot account.ndjson.zst", "account.ndjson.zst", "the snapshot"),
        ("coverage --report last.json", "last.json", "the report"),
        ("coverage --snapshot account.ndjson.zst", "account.ndjson.zst", "the snapshot"),
        ("coverage", "safeguard.yaml", "the config file"),
        ("explain s3-bucket-tls-only --report last.json", "last.json", "the report"),
        ("explain s3-bucket-tls-only --snapshot account.ndjson.zst", "vendors.yaml", "the register of vendors"),
        ("rules list", "rules/acme-buckets.yaml", "a rule"),
        ("rules lint rules", "rules/acme-buckets.yaml", "a rule"),
        ("rules test --config /dev/null rules/acme-buckets.yaml", "rules/acme-buckets.yaml", "a rule"),
        ("permissions", "safeguard.yaml", "the config file"),
        ("waivers check", "waivers.yaml", "the waiver file"),
        ("attest check", "signed.yaml", "the file of attestations"),
        ("attest check", "analysis.pdf", "evidence that a register names"),
        ("preflight", "safeguard.yaml", "the config file"),
        ("import security-hub last.json", "last.json", "the report"),
        ("policy explain policy.json --question is_public", "policy.json", "a policy"),
    ] {
        let before = fs::read(bed.dir().join(input)).unwrap();
        let ended = shell(bed.dir(), &format!("$S {command} >> {input}"));
        assert_eq!(ended.status.code(), Some(2), "{command}: {}", stderr(&ended));
        let words = stderr(&ended);
        assert!(words.contains(&format!("would be written over {what}")), "{command} >> {input}: {words}");
        assert!(fs::read(bed.dir().join(input)).unwrap() == before, "{command} >> {input}");
    }
}

#[test]
fn a_small_file_that_unpacks_to_one_endless_line_takes_no_memory() {
    let product = Product::alone();
    let dir = product.folder();
    shell(dir, "head -c 3000000000 /dev/zero | tr '\\0' ' ' | zstd -q -o bomb.zst");
    shell(dir, "(printf '{\"header\":'; head -c 3000000000 /dev/zero | tr '\\0' ' ') | zstd -q --long=27 -o wide.zst");
    for (name, words) in [("bomb.zst", "longer than 16 MB"), ("wide.zst", "more than 8 MB")] {
        // Memory is bounded from outside: who takes more than that fails.
        let limited = format!("ulimit -v 1000000; $S scan --snapshot {name}");
        let ended = shell(dir, &limited);
        assert_eq!(ended.status.code(), Some(2), "{}", stderr(&ended));
        assert!(stderr(&ended).contains(words), "{}", stderr(&ended));
    }
}

#[test]
fn no_flipped_bit_of_the_sample_account_is_judged() {
    let product = Product::alone();
    let packed = packed(product.folder());
    product.scan(&["--demo", "--save-snapshot", &packed, "--format", "json=/dev/null"]);
    let whole = fs::read(&packed).unwrap();
    // A dense sample: one bit in every stretch, each at another place in its byte.
    let stretch = (whole.len() / 120).max(1);
    for (number, at) in (0..whole.len()).step_by(stretch).enumerate() {
        let mut damaged = whole.clone();
        damaged[at] ^= 1 << (number % 8);
        let read = safeguard::scan::snapshot_file::read(&damaged[..], "damaged");
        let same = || safeguard::scan::snapshot_file::read(&whole[..], "whole").unwrap();
        assert!(read.map_or(true, |read| read == same()), "byte {at}");
    }
    // Through the command line, as a plain file too.
    product.scan(&["--demo", "--save-snapshot", "plain.ndjson", "--format", "json=/dev/null"]);
    let plain = fs::read(product.folder().join("plain.ndjson")).unwrap();
    for at in [100, plain.len() / 3, plain.len() / 2, plain.len() - 40] {
        let mut damaged = plain.clone();
        damaged[at] ^= 1;
        fs::write(product.folder().join("damaged.ndjson"), damaged).unwrap();
        let output = product.scan(&["--snapshot", "damaged.ndjson", "--format", "json=report.json"]);
        assert_eq!(output.code, 2, "{}", output.stderr);
        assert!(output.stderr.contains("nothing was judged"), "{}", output.stderr);
        assert!(!product.folder().join("report.json").exists());
    }
}

#[test]
fn a_resource_that_is_there_twice_is_refused_with_both_places() {
    let product = Product::alone();
    product.scan(&["--demo", "--save-snapshot", "plain.ndjson", "--format", "json=/dev/null"]);
    let text = fs::read_to_string(product.folder().join("plain.ndjson")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let doubled = [&lines[..3], &lines[1..]].concat().join("\n");
    fs::write(product.folder().join("doubled.ndjson"), sealed(&doubled)).unwrap();
    let output = product.scan(&["--snapshot", "doubled.ndjson"]);
    assert_eq!(output.code, 2, "{}", output.stderr);
    assert!(output.stderr.contains("lines 2 and 4 are about the same resource"), "{}", output.stderr);
}

const IDENTITY: &str = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
    <Arn>arn:aws:iam::123456789012:user/auditor</Arn><UserId>AIDA</UserId><Account>123456789012</Account>\
    </GetCallerIdentityResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></GetCallerIdentityResponse>";

/// An AWS that says who calls and denies the rest; before each answer something happens.
fn denying(before: impl Fn(usize) + Send + Sync + 'static) -> Server {
    let count = AtomicUsize::new(0);
    Server::start(move |request| {
        before(count.fetch_add(1, Ordering::SeqCst));
        match String::from_utf8_lossy(&request.body).contains("GetCallerIdentity") {
            true => Reply::new(200, "text/xml", IDENTITY),
            false => Reply::new(403, "text/xml", "<Error><Code>AccessDenied</Code><Message>no</Message></Error>"),
        }
    })
}

const LIVE: [&str; 4] = ["--region", "us-east-1", "--select", "s3-*"];

#[test]
fn what_lies_under_the_name_of_an_answer_is_looked_at() {
    let server = denying(|_| {});
    let product = Product::against(&server.url(), &Credentials::any());
    let scan = [&LIVE[..], &["--evidence", "evidence"]].concat();
    let first = product.scan(&scan);
    assert_eq!(first.code, 11, "{}", first.stderr);
    let kept = || -> Vec<PathBuf> {
        let entries = fs::read_dir(product.folder().join("evidence")).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| !path.ends_with("calls.ndjson")).collect()
    };
    assert!(kept().len() >= 2);
    for path in kept() {
        fs::write(path, "forged").unwrap();
    }
    let second = product.scan(&scan);
    assert_eq!(second.code, 11, "{}", second.stderr);
    assert!(second.stderr.contains("held something else: they were replaced"), "{}", second.stderr);
    for path in kept() {
        assert!(path.ends_with(hex::encode(Sha256::digest(fs::read(&path).unwrap()))), "{}", path.display());
    }
}

#[test]
fn an_answer_that_cannot_be_kept_is_our_failure_and_no_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let evidence = folder.path().join("evidence");
    let gone = evidence.clone();
    // In place of a full disk, which needs a disk of one's own.
    let server = denying(move |number| {
        if number == 1 {
            fs::remove_dir_all(&gone).unwrap()
        }
    });
    let product = Product::against(&server.url(), &Credentials::any());
    let evidence = evidence.display().to_string();
    let output = product.scan(&[&LIVE[..], &["--evidence", &evidence, "--format", "json=report.json"]].concat());
    assert_eq!(output.code, 1, "{}", output.stderr);
    assert!(output.stderr.contains("could not keep AWS's answers") && output.stderr.contains("nothing was judged"));
    assert_eq!(output.left, Vec::<String>::new());
}

/// Ends a process as others would.
fn send(signal: &str, process: u32) {
    assert!(Command::new("kill").args([&format!("-{signal}"), &process.to_string()]).status().unwrap().success());
}

fn wait_for(what: &str, condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_scan_that_is_ended_says_so_and_leaves_what_was_there() {
    let asked = std::sync::Arc::new(AtomicUsize::new(0));
    let seen = std::sync::Arc::clone(&asked);
    // An AWS that lets everybody wait.
    let server = Server::start(move |_| {
        seen.fetch_add(1, Ordering::SeqCst);
        std::thread::sleep(Duration::from_secs(20));
        Reply::new(500, "text/plain", "")
    });
    for signal in ["TERM", "HUP", "INT"] {
        let product = Product::against(&server.url(), &Credentials::any());
        fs::write(product.folder().join("saved.ndjson"), "yesterday's").unwrap();
        let before = asked.load(Ordering::SeqCst);
        let args = ["--region", "us-east-1", "--save-snapshot", "saved.ndjson", "--format", "json=report.json"];
        let mut running = product.command(&args);
        let child = running.stderr(Stdio::piped()).spawn().unwrap();
        wait_for("a first call", || asked.load(Ordering::SeqCst) > before);
        assert!(names(product.folder()).iter().any(|name| name.ends_with(".tmp")), "a report is begun");
        send(signal, child.id());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(1), "SIG{signal}: {}", stderr(&output));
        let said = format!("error: ended by SIG{signal}");
        assert!(
            stderr(&output).contains(&said) && stderr(&output).contains("nothing was judged"),
            "{}",
            stderr(&output)
        );
        assert_eq!(names(product.folder()), ["saved.ndjson"]);
        assert_eq!(fs::read_to_string(product.folder().join("saved.ndjson")).unwrap(), "yesterday's");
    }
}

#[test]
fn commands_that_wait_for_nobody_end_cleanly_too() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    safeguard(dir, &["scan", "--demo", "--format", "json=last.json"]);
    shell(dir, "mkfifo never");
    // Each waits for a pipe that nobody writes to, its output begun.
    let commands: [&[&str]; 2] = [
        &["report", "never", "--format", "csv=out.csv"],
        &["scan", "--snapshot", "never", "--format", "csv=out.csv", "--config", "/dev/null"],
    ];
    for args in commands {
        for signal in ["TERM", "HUP", "INT"] {
            let child = command(dir, args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            wait_for("a file that is begun", || names(dir).iter().any(|name| name.starts_with(".out.csv")));
            send(signal, child.id());
            let output = child.wait_with_output().unwrap();
            assert_eq!(output.status.code(), Some(1), "{args:?} {signal}");
            assert!(stderr(&output).contains(&format!("error: ended by SIG{signal}\nnote: nothing is claimed")));
            assert_eq!(names(dir), ["last.json", "never"]);
        }
    }
    // Who was told to outlive the terminal does.
    let outlives = shell(
        dir,
        "(trap '' HUP; $S report never --format csv=out.csv & sleep 1; kill -HUP $!; cat last.json > never; wait $!; echo $?)",
    );
    assert!(stdout(&outlives).ends_with("10\n"), "{} {}", stdout(&outlives), stderr(&outlives));
}

#[test]
fn a_folder_that_cannot_be_written_is_a_mistake_in_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    fs::write(dir.join("file"), "").unwrap();
    for args in [
        &["man", "--dir", "file/man1"][..],
        &["rules", "docs", "--dir", "file/docs"],
        &["rules", "new", "acme-x", "--kind", "AWS::S3::Bucket", "--dir", "file/rules"],
        &["attest", "new", "--dir", "file/signed"],
        &["scan", "--demo", "--output", "file/report"],
        &["scan", "--region", "us-east-1", "--evidence", "file/evidence"],
    ] {
        let text = refused(dir, args, 2);
        assert!(text.contains("file/") && text.contains("help: "), "{args:?}: {text}");
        assert!(!text.contains("os error"), "{args:?}: {text}");
    }
}
