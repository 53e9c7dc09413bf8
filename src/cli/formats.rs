//! The targets of reports: `--format FORMAT[=FILE]` any number of times, and `--output FILE`.

use std::path::{Path, PathBuf};

use crate::output::Format;
use crate::output::ocsf::Version;
use crate::scan::paths::Paths;
use crate::{Error, Result};

/// One `--format`: `json`, or `json=report.json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FormatArg {
    pub format: Format,
    pub file: Option<PathBuf>,
}

/// The target of one report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ReportTarget {
    Stdout(Format),
    File(Format, PathBuf),
}

/// Reads one `--format`.
pub(super) fn parse(text: &str) -> Result<FormatArg, String> {
    let (format, file) = match text.split_once('=') {
        Some((_, "")) => return Err(format!("a file name is missing after `{text}`")),
        Some((format, file)) => (format, Some(PathBuf::from(file))),
        None => (text, None),
    };
    let format = format.parse::<Format>().map_err(|error| {
        let known = Format::ALL.map(Format::as_str);
        format!("{error}; use {}", known.join(", "))
    })?;
    Ok(FormatArg { format, file: file.filter(|file| !is_stdout(file)) })
}

/// Decides where each report goes: the terminal report to stdout unless something else is asked for.
///
/// # Errors
/// If two reports would end up in one place, or `--output` has no report to take.
pub(super) fn plan(formats: &[FormatArg], output: Option<&Path>) -> Result<Vec<ReportTarget>> {
    let homeless = formats.iter().filter(|arg| arg.file.is_none()).count();
    if homeless > 1 {
        return Err(two_on_stdout(formats));
    }
    let output = match (output, homeless) {
        (Some(output), 0) if !formats.is_empty() => return Err(nothing_for(output)),
        (output, _) => output.filter(|path| !is_stdout(path)),
    };
    let targets: Vec<ReportTarget> = if formats.is_empty() {
        vec![target(output.map_or(Format::Terminal, by_extension), output)]
    } else {
        formats.iter().map(|arg| target(arg.format, arg.file.as_deref().or(output))).collect()
    };
    refuse_one_file_twice(&targets)?;
    Ok(targets)
}

/// Says where each report goes.
pub(super) fn add(targets: &[ReportTarget], paths: &mut Paths) {
    for target in targets {
        match target {
            ReportTarget::Stdout(format) => paths.prints(format!("the report in {format}")),
            ReportTarget::File(format, path) => paths.writes(format!("the report in {format}"), path),
        }
    }
}

/// Makes the OCSF reports follow a version.
///
/// # Errors
/// If there are none: then the flag means nothing, and somebody expects an OCSF report.
pub(super) fn follow_ocsf(targets: &mut [ReportTarget], version: Version) -> Result<()> {
    let mut any = false;
    for ReportTarget::Stdout(format) | ReportTarget::File(format, _) in targets {
        if let Some(versioned) = format.with_ocsf_version(version) {
            (*format, any) = (versioned, true);
        }
    }
    if any {
        return Ok(());
    }
    Err(Error::usage("--ocsf-version is given, but no report is in OCSF")
        .help("add `--format ocsf=FILE`, or leave --ocsf-version out"))
}

fn target(format: Format, file: Option<&Path>) -> ReportTarget {
    file.map_or(ReportTarget::Stdout(format), |file| ReportTarget::File(format, file.to_owned()))
}

fn is_stdout(path: &Path) -> bool {
    path == Path::new("-")
}

/// `--output report.json` means JSON; nobody wants a terminal's text in such a file.
fn by_extension(path: &Path) -> Format {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("json") => Format::Json,
        Some("ndjson" | "jsonl") => Format::Ndjson,
        Some("csv") => Format::Csv,
        Some("md") => Format::Markdown,
        Some("xml") => Format::Junit,
        Some("sarif") => Format::Sarif,
        Some("html" | "htm") => Format::Html,
        _ => Format::Terminal,
    }
}

fn two_on_stdout(formats: &[FormatArg]) -> Error {
    let names: Vec<String> =
        formats.iter().filter(|arg| arg.file.is_none()).map(|arg| arg.format.to_string()).collect();
    Error::usage(format!("{} would be mixed up in one output", names.join(" and ")))
        .help(format!("give all but one a file, such as `--format {}=FILE`", names[0]))
}

fn nothing_for(output: &Path) -> Error {
    Error::usage(format!("no report is left for --output {}: every --format names its own file", output.display()))
        .help("leave --output out, or add a --format without a file")
}

fn refuse_one_file_twice(targets: &[ReportTarget]) -> Result<()> {
    let files: Vec<&PathBuf> = targets
        .iter()
        .filter_map(|target| match target {
            // What takes everything may be named twice.
            ReportTarget::File(_, file) if file != Path::new("/dev/null") => Some(file),
            _ => None,
        })
        .collect();
    let twice = files.iter().enumerate().find(|(index, file)| files[..*index].iter().any(|other| same(other, file)));
    match twice {
        Some((_, file)) => Err(Error::usage(format!("two reports would be written to {}", file.display()))
            .help("give each report a file of its own")),
        None => Ok(()),
    }
}

/// Tells whether two names lead to one file, as far as that can be told without it.
fn same(a: &Path, b: &Path) -> bool {
    let absolute = |path: &Path| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        folder.canonicalize().ok().map(|folder| folder.join(path.file_name().unwrap_or_default()))
    };
    a == b || absolute(a).is_some_and(|a| Some(a) == absolute(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(formats: &[&str], output: Option<&str>) -> Result<Vec<ReportTarget>> {
        let formats: Vec<FormatArg> = formats.iter().map(|text| parse(text).unwrap()).collect();
        plan(&formats, output.map(Path::new))
    }

    fn file(format: Format, name: &str) -> ReportTarget {
        ReportTarget::File(format, name.into())
    }

    fn refused(formats: &[&str], output: Option<&str>) -> String {
        let error = planned(formats, output).unwrap_err();
        assert_eq!(error.fault, crate::error::Fault::Usage);
        format!("{}; {}", error.message, error.help.unwrap())
    }

    #[test]
    fn a_format_may_bring_its_file() {
        assert_eq!(parse("json").unwrap(), FormatArg { format: Format::Json, file: None });
        assert_eq!(parse("json=a=b.json").unwrap(), FormatArg { format: Format::Json, file: Some("a=b.json".into()) });
        assert_eq!(parse("ndjson=-").unwrap(), FormatArg { format: Format::Ndjson, file: None });
        assert_eq!(parse("json=").unwrap_err(), "a file name is missing after `json=`");
        assert!(parse("jsn").unwrap_err().contains("json"));
        assert!(parse("").is_err());
    }

    #[test]
    fn without_flags_the_terminal_report_goes_to_stdout() {
        assert_eq!(planned(&[], None).unwrap(), [ReportTarget::Stdout(Format::Terminal)]);
    }

    #[test]
    fn several_formats_go_to_several_places() {
        assert_eq!(
            planned(&["json=r.json", "terminal", "ndjson=r.ndjson"], None).unwrap(),
            [file(Format::Json, "r.json"), ReportTarget::Stdout(Format::Terminal), file(Format::Ndjson, "r.ndjson")]
        );
    }

    #[test]
    fn output_is_the_file_of_the_format_without_one() {
        assert_eq!(planned(&["json"], Some("x")).unwrap(), [file(Format::Json, "x")]);
        assert_eq!(
            planned(&["terminal", "json=r.json"], Some("r.txt")).unwrap(),
            [file(Format::Terminal, "r.txt"), file(Format::Json, "r.json")]
        );
        assert_eq!(planned(&["json"], Some("-")).unwrap(), [ReportTarget::Stdout(Format::Json)]);
    }

    #[test]
    fn output_alone_goes_by_its_ending() {
        assert_eq!(planned(&[], Some("r.json")).unwrap(), [file(Format::Json, "r.json")]);
        assert_eq!(planned(&[], Some("r.jsonl")).unwrap(), [file(Format::Ndjson, "r.jsonl")]);
        for (name, format) in
            [("r.csv", Format::Csv), ("r.md", Format::Markdown), ("r.xml", Format::Junit), ("r.sarif", Format::Sarif)]
        {
            assert_eq!(planned(&[], Some(name)).unwrap(), [file(format, name)]);
        }
        assert_eq!(planned(&[], Some("r.html")).unwrap(), [file(Format::Html, "r.html")]);
        assert_eq!(planned(&[], Some("r.txt")).unwrap(), [file(Format::Terminal, "r.txt")]);
    }

    #[test]
    fn the_version_of_ocsf_reaches_every_ocsf_report_and_wants_one() {
        let mut targets = planned(&["ocsf=a", "terminal", "ocsf-array=b"], None).unwrap();
        follow_ocsf(&mut targets, Version::V1_8_0).unwrap();
        assert_eq!(
            targets,
            [
                file(Format::Ocsf(Version::V1_8_0), "a"),
                ReportTarget::Stdout(Format::Terminal),
                file(Format::OcsfArray(Version::V1_8_0), "b")
            ]
        );
        let error = follow_ocsf(&mut planned(&["json"], None).unwrap(), Version::V1_5_0).unwrap_err();
        assert_eq!(error.message, "--ocsf-version is given, but no report is in OCSF");
    }

    #[test]
    fn no_two_reports_share_a_place() {
        insta::assert_snapshot!(refused(&["json", "terminal"], None), @"json and terminal would be mixed up in one output; give all but one a file, such as `--format json=FILE`");
        insta::assert_snapshot!(refused(&["json", "terminal"], Some("x")), @"json and terminal would be mixed up in one output; give all but one a file, such as `--format json=FILE`");
        insta::assert_snapshot!(refused(&["json=r"], Some("x")), @"no report is left for --output x: every --format names its own file; leave --output out, or add a --format without a file");
        insta::assert_snapshot!(refused(&["json=r", "ndjson=./r"], None), @"two reports would be written to ./r; give each report a file of its own");
    }
}
