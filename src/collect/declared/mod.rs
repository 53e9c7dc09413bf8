//! Kinds as data: a page of YAML for each service says what to list, what to ask, and what each fact is.
//!
//! [`text`] is the page as it is written, [`check`] holds it against the model of the service, [`page`] is what came of it,
//! [`fact`] decides what a missing member means, and [`read`] reads any page. Kinds are data for every service but the few
//! whose reading is a program.

mod check;
mod condition;
mod convert;
mod fact;
mod fact_text;
mod lint;
mod operations;
mod page;
mod path;
mod read;
mod template;
mod text;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use rust_embed::RustEmbed;
use schemars::Schema;
use serde_saphyr::Spanned;

use self::check::ModelProblem;
use self::page::{Page, SINGLETONS};
use self::text::{KindText, PageText};
use super::{Collector, Work};
use crate::aws::wire::{ModelError, Service};
use crate::aws::{Operation, Session};
use crate::model::Kind;
use crate::source::{Origin, Problem, SourceFile, join, yaml};
use crate::{Error, Result};

/// The pages of this build.
#[derive(RustEmbed)]
#[folder = "src/collect/kinds"]
struct EmbeddedPages;

/// The collector of one page.
#[derive(Debug, Clone, Copy)]
pub(super) struct PageCollector(&'static LoadedPage);

/// A page and what is made of it when it is first needed: most starts need few services.
#[derive(Debug)]
struct LoadedPage {
    /// The service as users select it: the name of the file.
    name: &'static str,
    source: SourceFile,
    text: PageText,
    page: OnceLock<std::result::Result<Page, Vec<Problem>>>,
}

/// The folder beside users' pages that holds models of services which this build does not have.
pub const MODELS: &str = "models";

/// The pages of users' folders, in the order in which they were added.
static ADDED: RwLock<Vec<PageCollector>> = RwLock::new(Vec::new());

/// The pages that are in force: those of this build and those that users added.
pub(super) fn pages() -> Vec<PageCollector> {
    let added = ADDED.read().unwrap_or_else(PoisonError::into_inner);
    builtin().iter().chain(added.iter()).copied().collect()
}

/// Adds the pages of a folder to those of this build, for as long as the program runs. A folder that was added before is
/// not added again.
///
/// # Errors
/// If the folder or a page cannot be read, or a page does not fit its model or repeats what another page has.
pub fn add(folder: &Path) -> Result<()> {
    let mut problems = Vec::new();
    for source in sources_in(folder)? {
        if pages().iter().any(|known| known.0.source.origin == source.origin) {
            continue;
        }
        match PageCollector::read(source) {
            Ok(page) => {
                problems.extend(page.problems().iter().cloned());
                problems.extend(page.repeats());
                ADDED.write().unwrap_or_else(PoisonError::into_inner).push(page);
            }
            Err(problem) => problems.push(problem),
        }
    }
    match problems.is_empty() {
        true => Ok(()),
        false => Err(Error::usage(join(&problems)).help("docs/kinds.md says what a page holds")),
    }
}

/// The files of the pages that users added.
pub fn added_files() -> Vec<PathBuf> {
    let added = ADDED.read().unwrap_or_else(PoisonError::into_inner);
    added.iter().map(|page| page.0.source.origin.path().to_owned()).collect()
}

/// The pages of a folder, sorted by name.
///
/// # Errors
/// If the folder or a page cannot be read, or there is no page in it.
pub fn sources_in(folder: &Path) -> Result<Vec<SourceFile>> {
    let unreadable = |error: &std::io::Error| {
        Error::usage(format!("the folder {} cannot be read: {}", folder.display(), crate::error::unreadable(error)))
            .help("`--kinds` takes a folder with pages of kinds")
    };
    let entries = std::fs::read_dir(folder).map_err(|error| unreadable(&error))?;
    let paths: std::io::Result<Vec<PathBuf>> = entries.map(|entry| Ok(entry?.path())).collect();
    let mut paths = paths.map_err(|error| unreadable(&error))?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    paths.sort();
    if paths.is_empty() {
        return Err(Error::usage(format!("the folder {} holds no page of kinds", folder.display()))
            .help("a page is named after its service, such as sqs.yaml; `safeguard kinds new` begins one"));
    }
    let read = |path: &PathBuf| SourceFile::read(path).map_err(|problem| Error::usage(problem.to_string()));
    paths.iter().map(read).collect()
}

/// Everything that is wrong with a page, or poor about it.
pub fn lint(source: SourceFile) -> Vec<Problem> {
    match PageCollector::read(source) {
        Err(problem) => vec![problem],
        Ok(page) => match page.0.page() {
            Err(problems) => problems.clone(),
            Ok(checked) => lint::lint(&page.0.source, &page.0.text, checked),
        },
    }
}

/// The operations that a page calls, by service, as far as no model of this build has them.
///
/// # Errors
/// The first thing that is wrong with the page as it is written.
pub fn operations_without_model(source: SourceFile) -> std::result::Result<BTreeMap<String, Vec<String>>, Problem> {
    let page = PageCollector::read(source)?;
    let mut called: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for kind in page.0.text.kinds.values().map(|kind| &kind.value) {
        let lists = kind.list.iter().chain(&kind.lists).filter_map(|list| list.call.as_ref()).map(|call| &call.value);
        for call in lists.chain(kind.calls.iter().map(|call| &call.call.value)) {
            let (service, operation) = call.rsplit_once('.').unwrap_or((&page.0.text.service.value, call));
            called.entry(service.to_owned()).or_default().push(operation.to_owned());
        }
    }
    called.retain(|service, operations| {
        operations.sort();
        operations.dedup();
        let has = |operation: &String| Service::find(service).is_ok_and(|known| known.describe(operation).is_ok());
        !operations.iter().all(has)
    });
    Ok(called)
}

/// The sources of this build's pages.
pub fn builtin_sources() -> Vec<SourceFile> {
    builtin().iter().map(|page| page.0.source.clone()).collect()
}

/// The pages of this build, one collector each.
fn builtin() -> &'static [PageCollector] {
    static BUILTIN: OnceLock<Vec<PageCollector>> = OnceLock::new();
    BUILTIN.get_or_init(|| {
        let mut names: Vec<_> = EmbeddedPages::iter().collect();
        names.sort();
        let sources = names.iter().filter_map(|name| {
            let text = String::from_utf8(EmbeddedPages::get(name)?.data.into_owned()).ok()?;
            Some(SourceFile { origin: Origin::Builtin(name.to_string()), text: text.into() })
        });
        // A page that cannot be read would be a page that is not there: the tests read every one.
        sources.filter_map(|source| PageCollector::read(source).ok()).collect()
    })
}

impl PageCollector {
    /// Reads a page as it is written, without its model. It is kept as long as the program runs.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    fn read(source: SourceFile) -> std::result::Result<Self, Problem> {
        let text: PageText = yaml::read(&source)?;
        let name = source.origin.path().file_stem().unwrap_or_default().to_string_lossy().into_owned().leak();
        Ok(Self(Box::leak(Box::new(LoadedPage { name, source, text, page: OnceLock::new() }))))
    }

    /// Kinds that another page or program has already, and facts that the account and the regions have.
    fn repeats(&self) -> Vec<Problem> {
        let known = super::kinds();
        let mut problems = Vec::new();
        for (name, text) in &self.0.text.kinds {
            let Some(known) = known.get(name) else { continue };
            let at = yaml::offset(text);
            if !SINGLETONS.iter().any(|(singleton, _)| singleton == name) {
                let message = format!("this build reads the kind `{name}` already");
                problems.push(self.0.source.problem_at(at, message).help("give the kind another name"));
                continue;
            }
            let facts = text.value.calls.iter().flat_map(|call| &call.facts);
            for (fact, text) in
                facts.filter(|(fact, _)| known.schema().pointer(&format!("/properties/{fact}")).is_some())
            {
                let message = format!("{name} has the fact `{fact}` already");
                let problem = self.0.source.problem_at(yaml::offset(text), message);
                problems.push(problem.help("give the fact another name"));
            }
        }
        problems
    }

    /// What is wrong with the page, if anything is.
    fn problems(&self) -> &'static [Problem] {
        self.0.page().as_ref().err().map_or(&[], Vec::as_slice)
    }
}

impl LoadedPage {
    fn page(&'static self) -> &'static std::result::Result<Page, Vec<Problem>> {
        // One page has one model of each service, however often it names it.
        let known = RefCell::new(BTreeMap::new());
        let model = |name: &str| known.borrow_mut().entry(name.to_owned()).or_insert_with(|| self.model(name)).clone();
        self.page.get_or_init(|| check::page(&self.source, &self.text, &model))
    }

    /// The model of a service: that beside a user's page, or this build's.
    fn model(&self, name: &str) -> std::result::Result<&'static Service, ModelProblem> {
        let beside = match &self.source.origin {
            Origin::File(path) => path.parent().map(|folder| folder.join(MODELS).join(format!("{name}.json"))),
            Origin::Builtin(_) => None,
        };
        let Some(path) = beside.filter(|path| path.exists()) else {
            return Service::find(name).map_err(|_| ModelProblem::Missing);
        };
        let unreadable = |reason: String| ModelProblem::Unreadable { file: path.display().to_string(), reason };
        let text = std::fs::read(&path).map_err(|error| unreadable(crate::error::unreadable(&error)))?;
        Service::read(name, &text).map_err(|error| match error {
            ModelError::Unreadable { reason, .. } => unreadable(reason),
            other => unreadable(other.to_string()),
        })
    }

    /// The schema of a kind's facts. A page that does not fit its model has none.
    fn schema(&'static self, kind: &str) -> Schema {
        let kinds = self.page().as_ref().map_or(&[][..], |page| &page.kinds);
        let own = kinds.iter().find(|own| own.name == kind);
        own.and_then(|own| Schema::try_from(own.schema()).ok()).unwrap_or_default()
    }
}

impl Collector for PageCollector {
    fn kinds(&self) -> Vec<Kind> {
        let loaded = self.0;
        let kind = |(name, text): (&'static String, &'static Spanned<KindText>)| {
            let scope = page::scope_of(name, text.value.scope);
            Kind::new(name, loaded.name, scope, move || loaded.schema(name))
        };
        loaded.text.kinds.iter().map(kind).collect()
    }

    fn operations(&self) -> &'static [&'static Operation] {
        self.0.page().as_ref().map_or(&[], |page| &page.operations)
    }

    fn collect(&self, session: Arc<Session>) -> Work {
        let loaded = self.0;
        Box::pin(async move {
            let wanted = loaded.text.kinds.keys().any(|kind| session.plan().wants_kind(kind));
            if let (true, Ok(page)) = (wanted, loaded.page()) {
                read::page(page, session).await;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_of_this_build_fits_its_model() {
        for name in EmbeddedPages::iter() {
            let text = String::from_utf8(EmbeddedPages::get(&name).unwrap().data.into_owned()).unwrap();
            let source = SourceFile { origin: Origin::Builtin(name.to_string()), text: text.into() };
            let problems = PageCollector::read(source).unwrap().problems();
            assert!(problems.is_empty(), "{}", crate::source::join(problems));
        }
        assert_eq!(builtin().len(), EmbeddedPages::iter().count());
    }
}
