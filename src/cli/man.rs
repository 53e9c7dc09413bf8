//! `safeguard man`: manual pages, one for each command, made of what `--help` says.

use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Command};
use clap_mangen::Man;

use super::stdout;
use crate::scan::file;
use crate::source::suggest;
use crate::{Error, Result};

const EXAMPLES: &str = "\
Examples:
  safeguard man | man -l -
      Read the page of the program.
  safeguard man rules list > safeguard-rules-list.1
      Write the page of one command.
  safeguard man --dir ~/.local/share/man/man1
      Write the pages of all commands where `man safeguard-scan` finds them.";

const ENVIRONMENT: &str = "\
Every flag has a variable: SAFEGUARD_ and the flag's name in upper case, such as SAFEGUARD_FAIL_ON; where a flag means \
something else than in scan, the command stands before it (SAFEGUARD_COVERAGE_FORMAT). The flag outranks the variable, and \
the variable outranks the config file. Lists have commas. SAFEGUARD_LOG takes a filter for the log. NO_COLOR turns colors \
off. AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL and the variables with credentials are those of every AWS tool.";

const FILES: &[(&str, &str)] = &[
    ("safeguard.yaml", "The config file, in the working directory, unless --config names another one."),
    ("~/.aws/config, ~/.aws/credentials", "Profiles and credentials of the AWS tools."),
];

const EXIT_STATUS: &str = "
   0  done; for a scan: complete, and no failure at or above --fail-on
   1  the tool failed: nothing is claimed
   2  a flag, the config file, a rule or another input is wrong
  10  failures at or above --fail-on
  11  something could not be read or decided, and no failure at or above --fail-on";

/// Which pages, and where they go.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ManArgs {
    /// The command whose page to print; without it, that of the program
    #[arg(value_name = "COMMAND", conflicts_with = "dir")]
    words: Vec<String>,
    /// Write the pages of all commands into this folder
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// Writes one page to `out`, or all of them into a folder.
pub(super) fn run(args: &ManArgs, mut root: Command, out: &mut dyn Write) -> Result<()> {
    root = root.disable_help_subcommand(true);
    root.build();
    if let Some(dir) = &args.dir {
        let pages = pages(&root)?;
        write_all(dir, &pages)?;
        return writeln!(out, "{} pages written to {}", pages.len(), dir.display())
            .map_err(|error| stdout::failed(&error));
    }
    let mut command = &root;
    for word in &args.words {
        command = command.find_subcommand(word).ok_or_else(|| unknown(command, word))?;
    }
    out.write_all(page(command)?.as_bytes()).map_err(|error| stdout::failed(&error))
}

fn unknown(command: &Command, word: &str) -> Error {
    let error = Error::usage(format!("`{}` has no command `{}`", title(command), word.escape_debug()));
    let help = suggest::help(word, command.get_subcommands().map(Command::get_name));
    error.help(help.unwrap_or_else(|| "`safeguard --help` lists the commands".to_owned()))
}

fn write_all(dir: &Path, pages: &[(String, String)]) -> Result<()> {
    file::make_folder(dir).map_err(|error| error.help("choose another folder with --dir"))?;
    pages.iter().try_for_each(|(name, page)| file::write_whole(&dir.join(name), |out| out.write_all(page.as_bytes())))
}

/// The pages of a command and of those below it, by file name.
fn pages(command: &Command) -> Result<Vec<(String, String)>> {
    let mut all = vec![(format!("{}.1", title(command)), page(command)?)];
    for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set()) {
        all.extend(pages(inner)?);
    }
    Ok(all)
}

/// `safeguard-rules-list`, as `man` calls it.
fn title(command: &Command) -> &str {
    command.get_display_name().unwrap_or_else(|| command.get_name())
}

fn page(command: &Command) -> Result<String> {
    let bare = command.clone().after_help(None::<&str>);
    let man = Man::new(bare)
        .title(title(command))
        .section("1")
        .manual("Safeguard")
        .source(concat!("safeguard ", env!("CARGO_PKG_VERSION")));
    let mut page = Vec::new();
    man.render_title(&mut page)
        .and_then(|()| man.render_name_section(&mut page))
        .and_then(|()| man.render_synopsis_section(&mut page))
        .and_then(|()| man.render_description_section(&mut page))
        .and_then(|()| man.render_options_section(&mut page))
        .and_then(|()| match command.get_subcommands().any(|inner| !inner.is_hide_set()) {
            true => man.render_subcommands_section(&mut page),
            false => Ok(()),
        })
        .map_err(|error| Error::failed(format!("cannot make the manual page: {error}")))?;
    let page =
        String::from_utf8(page).map_err(|error| Error::failed(format!("the manual page is no text: {error}")))?;
    Ok(page + &further_sections(command))
}

/// Writes the sections that the generator does not know: examples, exit codes, environment and files.
fn further_sections(command: &Command) -> String {
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let (mut examples, mut exit_codes, mut notes) = (String::new(), String::new(), String::new());
    let mut target = &mut notes;
    for line in help.lines() {
        match line {
            "Exit codes:" => target = &mut exit_codes,
            heading if heading.ends_with(':') && !heading.starts_with(' ') => target = &mut examples,
            text => {
                if !text.is_empty() && !text.starts_with(' ') {
                    target = &mut notes;
                }
                target.push_str(text);
                target.push('\n');
            }
        }
    }
    if exit_codes.is_empty() {
        exit_codes = EXIT_STATUS.to_owned();
    }
    let mut page = section("EXAMPLES", &verbatim(&examples));
    if !notes.trim().is_empty() {
        page += &section("NOTES", &plain(&notes.split_whitespace().collect::<Vec<_>>().join(" ")));
    }
    page += &section("EXIT STATUS", &verbatim(&exit_codes));
    page += &section("ENVIRONMENT", &plain(ENVIRONMENT));
    let mut files = String::new();
    for (name, meaning) in FILES {
        let _ = write!(files, ".TP\n\\fI{}\\fR\n{}", escaped(name), plain(meaning));
    }
    page + &section("FILES", &files)
}

fn section(title: &str, body: &str) -> String {
    format!(".SH {}\n{body}", if title.contains(' ') { format!("\"{title}\"") } else { title.to_owned() })
}

fn plain(text: &str) -> String {
    escaped(text) + "\n"
}

/// Lines that stay as they are.
fn verbatim(text: &str) -> String {
    let lines: Vec<String> = text.trim_matches('\n').lines().map(escaped).collect();
    format!(".nf\n{}\n.fi\n", lines.join("\n"))
}

/// A line that the formatter takes for text and not for a request.
fn escaped(line: &str) -> String {
    let escaped = line.replace('\\', "\\e").replace('-', "\\-");
    if escaped.starts_with(['.', '\'']) { format!("\\&{escaped}") } else { escaped }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn root() -> Command {
        super::super::environment::described(super::super::Cli::command())
    }

    fn printed(words: &[&str]) -> Result<String> {
        let args = ManArgs { words: words.iter().map(|&word| word.to_owned()).collect(), dir: None };
        let mut out = Vec::new();
        run(&args, root(), &mut out).map(|()| String::from_utf8(out).unwrap())
    }

    #[test]
    fn a_page_has_what_a_reader_looks_for() {
        let page = printed(&["scan"]).unwrap();
        for heading in
            ["NAME", "SYNOPSIS", "OPTIONS", "EXAMPLES", "\"EXIT STATUS\"", "ENVIRONMENT", "FILES", "DESCRIPTION"]
        {
            assert!(page.contains(&format!(".SH {heading}\n")), "{heading}: {page}");
        }
        assert!(page.contains("safeguard\\-scan") && page.contains("safeguard scan \\-\\-demo"), "{page}");
        assert!(page.contains("  10  failures") && page.contains("SAFEGUARD_FAIL_ON"), "{page}");
    }

    #[test]
    fn every_command_has_a_page_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("man1");
        let args = ManArgs { words: Vec::new(), dir: Some(dir.clone()) };
        run(&args, root(), &mut Vec::new()).unwrap();
        for name in ["safeguard.1", "safeguard-scan.1", "safeguard-rules-list.1", "safeguard-policy-explain.1"] {
            assert!(dir.join(name).exists(), "{name}");
        }
        assert!(!dir.join("safeguard-docs.1").exists(), "a hidden command has none");
    }

    #[test]
    fn a_command_that_does_not_exist_is_refused_with_the_nearest() {
        let error = printed(&["scna"]).unwrap_err();
        assert!(error.help.as_deref().unwrap_or_default().contains("scan"), "{error:?}");
    }

    #[test]
    fn no_line_is_taken_for_a_request() {
        assert_eq!(escaped(".so /etc/passwd"), "\\&.so /etc/passwd");
        assert_eq!(escaped("'a\\b --c"), "\\&'a\\eb \\-\\-c");
    }
}
