//! A browser without a window: Chromium, driven through two pipes by its own DevTools protocol. It keeps what a page did:
//! what it asked the network for, what it complained about, whether it opened a dialog.
//!
//! Where no Chromium is installed, tests of pages do not run and say so on standard error, so that `cargo test` needs no
//! browser. With `CI=true` or `SAFEGUARD_REQUIRE_BROWSER=1` its absence is a failure.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// The names under which distributions install it.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/// Nothing of its own may reach the network, nor anything of another profile reach it.
const FLAGS: [&str; 12] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--remote-debugging-pipe",
    "--window-size=1280,900",
    "about:blank",
];

/// How long anything may take before a test gives up on the browser: a bound on hanging, not a measure of speed.
const PATIENCE: Duration = Duration::from_secs(120);

/// One page in a browser of its own.
pub struct Browser {
    process: Child,
    commands: ChildStdin,
    messages: Receiver<Value>,
    events: VecDeque<Value>,
    page: String,
    number: u64,
    _profile: TempDir,
}

/// A key as the protocol names it.
#[derive(Debug, Clone, Copy)]
pub enum Key {
    Character(char),
    Named(&'static str, u32),
}

pub const ENTER: Key = Key::Named("Enter", 13);
pub const ESCAPE: Key = Key::Named("Escape", 27);
pub const TAB: Key = Key::Named("Tab", 9);

impl Browser {
    /// A browser, or none where none is installed and none is asked for.
    pub fn find() -> Option<Self> {
        let Some(program) = program() else {
            let wanted = ["CI", "SAFEGUARD_REQUIRE_BROWSER"].map(std::env::var_os);
            let wanted = wanted.into_iter().flatten().any(|value| value == "true" || value == "1");
            assert!(!wanted, "no Chromium is installed, and this run requires one: install the package chromium");
            // Past the test harness, which would swallow it: a test that did not run must not look as if it had.
            let name = std::thread::current().name().unwrap_or("a test").to_owned();
            writeln!(std::io::stderr(), "NOT RUN: {name} needs Chromium, which is not installed").ok();
            return None;
        };
        Some(Self::start(&program))
    }

    fn start(program: &Path) -> Self {
        let profile = tempfile::tempdir().expect("a temporary folder");
        // The protocol is spoken on the file descriptors 3 and 4.
        let mut command = Command::new("sh");
        command.args(["-c", "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>/dev/null", "sh"]).arg(program).args(FLAGS);
        command.arg(format!("--user-data-dir={}", profile.path().display()));
        command.env("HOME", profile.path()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().expect("start Chromium");
        let commands = process.stdin.take().expect("piped");
        let mut answers = BufReader::new(process.stdout.take().expect("piped"));
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            let mut message = Vec::new();
            while answers.read_until(0, &mut message).is_ok_and(|length| length > 0) {
                message.pop();
                let Ok(value) = serde_json::from_slice(&message) else { break };
                if sender.send(value).is_err() {
                    break;
                }
                message.clear();
            }
        });
        let mut browser = Self {
            process,
            commands,
            messages,
            events: VecDeque::new(),
            page: String::new(),
            number: 0,
            _profile: profile,
        };
        browser.attach();
        browser
    }

    fn attach(&mut self) {
        let target = self.call("Target.createTarget", json!({"url": "about:blank"}));
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let session = self.call("Target.attachToTarget", attach);
        self.page = session["sessionId"].as_str().expect("a session").to_owned();
        for domain in ["Page", "Runtime", "Network", "Log"] {
            self.call(&format!("{domain}.enable"), json!({}));
        }
    }

    /// Asks the browser for something and returns its answer; panics where it refuses.
    pub fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.number += 1;
        let mut message = json!({"id": self.number, "method": method, "params": parameters});
        if !self.page.is_empty() {
            message["sessionId"] = json!(self.page);
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.commands.write_all(&bytes).expect("the browser listens");
        loop {
            let message = self.messages.recv_timeout(PATIENCE).unwrap_or_else(|error| panic!("{method}: {error}"));
            if message["id"] == self.number {
                assert!(message.get("error").is_none(), "{method}: {}", message["error"]);
                return message["result"].clone();
            }
            self.events.push_back(message);
        }
    }

    /// Opens a file, waits until its page says that it is ready, and forgets what pages before it did.
    pub fn open(&mut self, file: &Path) {
        self.open_at(file, "");
    }

    /// Opens a file at an address within it: `#verdict=all`.
    pub fn open_at(&mut self, file: &Path, within: &str) {
        self.call("Page.navigate", json!({"url": "about:blank"}));
        self.events.clear();
        self.call("Page.navigate", json!({"url": format!("file://{}{within}", file.display())}));
        self.wait("document.readyState === 'complete' && 'ready' in document.documentElement.dataset");
    }

    /// The value of an expression in the page; a promise is waited for.
    pub fn value(&mut self, expression: &str) -> Value {
        let parameters = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let answer = self.call("Runtime.evaluate", parameters);
        assert!(answer.get("exceptionDetails").is_none(), "{expression}: {answer}");
        answer["result"]["value"].clone()
    }

    /// The value of an expression that is a text.
    pub fn text(&mut self, expression: &str) -> String {
        let value = self.value(expression);
        value.as_str().unwrap_or_else(|| panic!("{expression} is {value}")).to_owned()
    }

    /// Waits until an expression is true.
    pub fn wait(&mut self, expression: &str) {
        let start = Instant::now();
        while self.value(expression) != json!(true) {
            assert!(start.elapsed() < PATIENCE, "never: {expression}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Presses a key and lets it go.
    pub fn press(&mut self, key: Key) {
        let (name, code, text) = match key {
            Key::Character(character) => (character.to_string(), 0, character.to_string()),
            Key::Named("Enter", code) => ("Enter".to_owned(), code, "\r".to_owned()),
            Key::Named(name, code) => (name.to_owned(), code, String::new()),
        };
        for kind in ["keyDown", "keyUp"] {
            let mut event = json!({"type": kind, "key": name, "windowsVirtualKeyCode": code});
            if kind == "keyDown" && !text.is_empty() {
                event["text"] = json!(text);
            }
            self.call("Input.dispatchKeyEvent", event);
        }
    }

    /// Types a text.
    pub fn type_text(&mut self, text: &str) {
        text.chars().for_each(|character| self.press(Key::Character(character)));
    }

    /// Shows the page as the system's theme, contrast or medium would have it.
    pub fn prefer(&mut self, feature: &str, value: &str) {
        self.call("Emulation.setEmulatedMedia", json!({"features": [{"name": feature, "value": value}]}));
    }

    /// What the page did that it must not do: asked for something beyond its own file, complained, failed, opened a dialog.
    pub fn misdeeds(&mut self) -> Vec<String> {
        self.value("true");
        let own = self.text("location.href.split('#')[0]");
        let events = self.events.iter();
        events.filter_map(|event| misdeed(event, &own)).collect()
    }
}

fn misdeed(event: &Value, own: &str) -> Option<String> {
    let parameters = &event["params"];
    let method = event["method"].as_str()?;
    match method {
        "Network.requestWillBeSent" => {
            let url = parameters["request"]["url"].as_str()?;
            (url != own && !url.starts_with("data:") && url != "about:blank").then(|| format!("asked for {url}"))
        }
        "Page.javascriptDialogOpening" | "Runtime.exceptionThrown" | "Page.windowOpen" | "Page.downloadWillBegin" => {
            Some(format!("{method}: {parameters}"))
        }
        "Runtime.consoleAPICalled" => Some(format!("wrote to the console: {}", parameters["args"])),
        "Log.entryAdded" => Some(format!("was complained about: {}", parameters["entry"])),
        _ => None,
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // A test that fails may leave it busy; it is ours, so it may be ended.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// The first of the known names that the search path has.
fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    NAMES.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name))).find(|file| file.is_file())
}
