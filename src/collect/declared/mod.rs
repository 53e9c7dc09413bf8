//! Kinds as data: a page of YAML for each service says what to list, what to ask, and what each fact is.
//!
//! [`text`] is the page as it is written, [`check`] holds it against the model of the service, [`page`] is what came of it,
//! [`fact`] decides what a missing member means, and [`read`] reads any page. Kinds are data for every service but the few
//! whose reading is a program.

mod check;
mod fact;
mod page;
mod path;
mod read;
mod template;
mod text;

use std::sync::{Arc, OnceLock};

use rust_embed::RustEmbed;
use schemars::Schema;
use serde_saphyr::Spanned;

use self::page::{Page, SINGLETONS};
use self::text::{KindText, PageText, ScopeText};
use super::{Collector, Work};
use crate::aws::wire::Service;
use crate::aws::{Operation, Session};
use crate::model::{Kind, Scope};
use crate::source::{Origin, Problem, Source, yaml};

/// The pages of this build.
#[derive(RustEmbed)]
#[folder = "src/collect/kinds"]
struct Pages;

/// The collector of one page.
#[derive(Debug, Clone, Copy)]
pub(super) struct PageCollector(&'static LoadedPage);

/// A page and what is made of it when it is first needed: most starts need few services.
#[derive(Debug)]
struct LoadedPage {
    /// The service as users select it: the name of the file.
    name: &'static str,
    source: Source,
    text: PageText,
    page: OnceLock<Result<Page, Vec<Problem>>>,
}

/// The pages of this build, one collector each.
pub(super) fn builtin() -> &'static [PageCollector] {
    static BUILTIN: OnceLock<Vec<PageCollector>> = OnceLock::new();
    BUILTIN.get_or_init(|| {
        let mut names: Vec<_> = Pages::iter().collect();
        names.sort();
        let sources = names.iter().filter_map(|name| {
            let text = String::from_utf8(Pages::get(name)?.data.into_owned()).ok()?;
            Some(Source { origin: Origin::Builtin(name.to_string()), text: text.into() })
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
    fn read(source: Source) -> Result<Self, Problem> {
        let text: PageText = yaml::read(&source)?;
        let name = source.origin.path().file_stem().unwrap_or_default().to_string_lossy().into_owned().leak();
        Ok(Self(Box::leak(Box::new(LoadedPage { name, source, text, page: OnceLock::new() }))))
    }

    /// What is wrong with the page, if anything is.
    fn problems(&self) -> &'static [Problem] {
        self.0.page().as_ref().err().map_or(&[], Vec::as_slice)
    }
}

impl LoadedPage {
    fn page(&'static self) -> &'static Result<Page, Vec<Problem>> {
        self.page.get_or_init(|| check::page(&self.source, &self.text, &|name| Service::find(name).ok()))
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
            let singleton = SINGLETONS.iter().find(|(known, _)| *known == name);
            let scope = match (singleton, text.value.scope) {
                (Some((_, scope)), _) => *scope,
                (None, ScopeText::Region) => Scope::Region,
                (None, ScopeText::Account) => Scope::Account,
            };
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
        for name in Pages::iter() {
            let text = String::from_utf8(Pages::get(&name).unwrap().data.into_owned()).unwrap();
            let source = Source { origin: Origin::Builtin(name.to_string()), text: text.into() };
            let problems = PageCollector::read(source).unwrap().problems();
            assert!(problems.is_empty(), "{}", crate::source::join(problems));
        }
        assert_eq!(builtin().len(), Pages::iter().count());
    }
}
