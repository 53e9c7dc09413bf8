//! All rules of a run: those of this build, those of the user's folders, chosen and set up as the user asked.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rust_embed::RustEmbed;

use super::file::Rule;
use super::param::{ParamSettings, Setting};
use super::selection::{Chooser, Selection, matching};
use crate::catalog::Catalog;
use crate::model::Kinds;
use crate::source::{Origin, Problem, SourceFile, join, suggest};
use crate::{Error, Result};

/// The rules of this build. A release has them in the binary; a debug build reads them from the working tree, so that
/// a changed rule is judged without building anything.
#[derive(RustEmbed)]
#[folder = "rules"]
struct RuleFiles;

/// The folder beside the rules that holds requirements.
const CATALOG: &str = "catalog";

/// The present id of every former one.
pub type FormerIds = BTreeMap<String, String>;

/// Rules with unique ids, sorted by id.
#[derive(Debug, Default)]
pub struct RuleSet {
    rules: Vec<Rule>,
    known: usize,
}

impl RuleSet {
    /// The rules of this build.
    ///
    /// # Errors
    /// If one is broken, which the tests of this build rule out.
    pub fn builtin(kinds: &Kinds, catalog: &Catalog) -> Result<Self> {
        Self::default().with_builtin(builtin_sources(), kinds, catalog)
    }

    /// Adds rules that the user cannot mend.
    pub(crate) fn with_builtin(self, sources: Vec<SourceFile>, kinds: &Kinds, catalog: &Catalog) -> Result<Self> {
        self.with_sources(sources, kinds, catalog).map_err(|problems| {
            Error::failed(format!("the embedded rules are broken:\n\n{}", join(&problems)))
                .help("this build of safeguard is defective: use another one")
        })
    }

    /// Adds the rules of a folder: `DIR/*.yaml` and `DIR/<service>/*.yaml`.
    ///
    /// # Errors
    /// A usage error with every problem of every file, or if there is no rule in the folder.
    pub fn with_dir(self, dir: &Path, kinds: &Kinds, catalog: &Catalog) -> Result<Self> {
        let sources = sources_in(dir)?;
        self.with_sources(sources, kinds, catalog).map_err(|problems| {
            Error::usage(join(&problems)).help("`safeguard rules lint` says all that is wrong with a rule file")
        })
    }

    /// Adds rules from their texts.
    ///
    /// # Errors
    /// Every problem of every text, and every id that is taken.
    pub fn with_sources(
        mut self,
        sources: Vec<SourceFile>,
        kinds: &Kinds,
        catalog: &Catalog,
    ) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        for loaded in load_all(sources, kinds, catalog) {
            match loaded {
                Ok(rule) => self.rules.push(rule),
                Err(found) => problems.extend(found),
            }
        }
        self.rules.sort_by(|a, b| a.id.cmp(&b.id));
        problems.extend(taken_ids(&self.rules));
        self.known = self.rules.len();
        if problems.is_empty() { Ok(self) } else { Err(problems) }
    }

    /// Keeps the rules that the selection asks for.
    ///
    /// # Errors
    /// A usage error if a pattern is none or matches no rule, or if nothing is left to run.
    pub fn select(mut self, selection: &Selection) -> Result<Self> {
        let chooser = Chooser::new(selection, &self.rules)?;
        self.rules.retain(|rule| chooser.wants(rule));
        if self.rules.is_empty() && self.known > 0 {
            return Err(Error::usage("the selection leaves no rule to run").help(
                "`--skip` takes away what `--select` asks for, and opt-in rules run only when their id is given",
            ));
        }
        Ok(self)
    }

    /// Keeps the rules that `keeps` says yes to.
    #[must_use]
    pub fn retain(mut self, keeps: impl FnMut(&Rule) -> bool) -> Self {
        self.rules.retain(keeps);
        self
    }

    /// The rules that any of the patterns of a [`Selection`] matches, opt-in rules included; all, if there is none.
    ///
    /// # Errors
    /// A usage error if a pattern is none or matches no rule.
    pub fn matching(&self, patterns: &[String]) -> Result<Vec<&Rule>> {
        matching(patterns, &self.rules)
    }

    /// Sets parameters.
    ///
    /// # Errors A usage error, with its place, if there is no such rule or parameter, or the value is of the wrong type
    /// or out of bounds.
    pub fn override_params(mut self, values: &ParamSettings) -> Result<Self> {
        for (id, params) in values {
            let ids: Vec<&str> = self.rules.iter().map(|rule| rule.id.as_str()).collect();
            let help = suggest::nearest(id, ids).map(|near| format!("did you mean `{near}`?"));
            let Some(rule) = self.rules.iter_mut().find(|rule| is_called(rule, id)) else {
                let place = params.values().next().map(Setting::place).unwrap_or_default();
                return Err(usage(format!("{place}parameters are set for rule `{id}`, which does not exist"), help));
            };
            for (name, setting) in params {
                let refused = |(message, help)| usage(format!("{}{message}", setting.place()), help);
                rule.set_param(name, &setting.value).map_err(refused)?;
            }
        }
        Ok(self)
    }

    /// The rules, sorted by id.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Rule> {
        self.rules.iter()
    }

    /// The rule of that id, present or former.
    pub fn get(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| is_called(rule, id))
    }

    /// The rule of that id.
    ///
    /// # Errors
    /// A usage error with the nearest id if there is none.
    pub fn find(&self, id: &str) -> Result<&Rule> {
        self.get(id).ok_or_else(|| {
            let help = suggest::nearest(id, self.rules.iter().map(|rule| rule.id.as_str()))
                .map_or("`safeguard rules list` shows all rules".to_owned(), |near| format!("did you mean `{near}`?"));
            Error::usage(format!("there is no rule `{id}`")).help(help)
        })
    }

    /// The ids that rules had before, so that what was said of them then is found again.
    pub fn former_ids(&self) -> FormerIds {
        let of_rule =
            |rule: &Rule| rule.aliases.iter().map(|alias| (alias.clone(), rule.id.clone())).collect::<Vec<_>>();
        self.rules.iter().flat_map(of_rule).collect()
    }

    /// The number of rules.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The number of rules before the selection.
    pub fn known(&self) -> usize {
        self.known
    }
}

fn is_called(rule: &Rule, id: &str) -> bool {
    rule.id == id || rule.aliases.iter().any(|alias| alias == id)
}

fn usage(message: String, help: Option<String>) -> Error {
    let error = Error::usage(message);
    match help {
        Some(help) => error.help(help),
        None => error,
    }
}

/// The texts of the embedded rules, sorted by path.
pub fn builtin_sources() -> Vec<SourceFile> {
    let is_rule = |path: &str| is_rule_file(Path::new(path)) && !Path::new(path).starts_with(CATALOG);
    let mut sources: Vec<SourceFile> = RuleFiles::iter()
        .filter(|path| is_rule(path))
        .filter_map(|path| {
            let text = String::from_utf8(RuleFiles::get(&path)?.data.into_owned()).ok()?;
            Some(SourceFile { origin: Origin::Builtin(path.into_owned()), text: text.into() })
        })
        .collect();
    sources.sort_by(|a, b| a.origin.path().cmp(b.origin.path()));
    sources
}

/// The texts of the rules in a folder of the user's, sorted by path.
///
/// # Errors
/// A usage error if the folder or a file cannot be read, or if there is no rule in it.
pub fn sources_in(dir: &Path) -> Result<Vec<SourceFile>> {
    let mut files = Vec::new();
    for entry in entries(dir)? {
        if entry.is_dir() && entry.file_name().is_none_or(|name| name != CATALOG) {
            files.extend(entries(&entry)?.into_iter().filter(|path| is_rule_file(path)));
        } else if is_rule_file(&entry) {
            files.push(entry);
        }
    }
    if files.is_empty() {
        return Err(Error::usage(format!("there is no rule in {}", dir.display()))
            .help("rules are files `<rule-id>.yaml` in that folder, or in a folder of it for each service"));
    }
    files.sort();
    files.iter().map(|path| SourceFile::read(path).map_err(|problem| Error::usage(problem.to_string()))).collect()
}

fn entries(dir: &Path) -> Result<Vec<PathBuf>> {
    let read = || std::fs::read_dir(dir)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>();
    read().map_err(|error| {
        Error::usage(format!("the rules folder {} cannot be read: {}", dir.display(), crate::error::unreadable(&error)))
            .help("`--rules` takes a folder")
    })
}

fn is_rule_file(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "yaml")
}

/// Compiles all, on all cores: parsing conditions is most of the time that a start takes.
fn load_all(sources: Vec<SourceFile>, kinds: &Kinds, catalog: &Catalog) -> Vec<Result<Rule, Vec<Problem>>> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let load = |sources: Vec<SourceFile>| -> Vec<_> {
        sources.into_iter().map(|source| Rule::load(source, kinds, catalog)).collect()
    };
    let share = sources.len().div_ceil(threads).max(1);
    if sources.len() <= share {
        return load(sources);
    }
    let mut shares = Vec::new();
    let mut rest = sources.into_iter().peekable();
    while rest.peek().is_some() {
        shares.push(rest.by_ref().take(share).collect::<Vec<_>>());
    }
    std::thread::scope(|scope| {
        let workers: Vec<_> = shares.into_iter().map(|share| scope.spawn(|| load(share))).collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}

/// Ids and former ids that more than one rule has: an id must mean the same rule for ever.
pub(crate) fn taken_ids(rules: &[Rule]) -> Vec<Problem> {
    let mut owners: BTreeMap<&str, &Rule> = BTreeMap::new();
    let mut problems = Vec::new();
    for rule in rules {
        for id in std::iter::once(&rule.id).chain(&rule.aliases) {
            if let Some(owner) = owners.insert(id, rule) {
                let owner = match &owner.source.origin {
                    Origin::Builtin(_) => format!("the built-in rule `{}`", owner.id),
                    Origin::File(path) => path.display().to_string(),
                };
                let message = format!("the id `{id}` is taken by {owner}");
                problems.push(rule.source.problem(message).help("ids are never shared and never used again"));
            }
        }
    }
    problems
}

#[cfg(test)]
mod tests;
