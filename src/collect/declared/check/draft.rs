//! Kinds, lists and calls while a page is being checked: what each operation is good for is known when all of them are.

use std::collections::BTreeSet;

use crate::aws::Operation;
use crate::aws::wire::{ModelOperation, Service};
use crate::collect::declared::fact::FactSpec;
use crate::collect::declared::page::{Asking, CallSpec, Condition, KindSpec, ListSpec, Mode};
use crate::collect::declared::path::Path;
use crate::collect::declared::template::Template;
use crate::collect::declared::text::OtherwiseText;
use crate::model::Scope;

/// A call whose operation is not settled yet.
pub(super) struct CallDraft {
    pub service: &'static Service,
    pub operation: ModelOperation<'static>,
    pub input: Vec<(String, Template)>,
    pub region: Option<String>,
}

pub(super) struct ListDraft {
    pub call: CallDraft,
    pub items: Path,
    pub id: Template,
    pub id_text: String,
    pub arn: Option<Template>,
    pub none_on: Vec<&'static str>,
    pub when: Vec<Condition>,
}

pub(super) struct FactCallDraft {
    pub call: CallDraft,
    pub when: Vec<Condition>,
    pub otherwise: OtherwiseText,
    pub root: Path,
    pub mode: Mode,
    pub none_on: Vec<&'static str>,
    pub facts: Vec<FactSpec>,
    pub waits_for: BTreeSet<usize>,
}

pub(super) struct KindDraft {
    pub name: &'static str,
    pub about: Option<String>,
    pub scope: Scope,
    pub parent: Option<usize>,
    pub lists: Vec<ListDraft>,
    pub gone: &'static [&'static str],
    pub facts: Vec<FactSpec>,
    pub calls: Vec<FactCallDraft>,
}

impl CallDraft {
    pub(super) fn settle(self, operation: &'static Operation) -> Asking {
        Asking {
            service: self.service,
            operation,
            input: self.input,
            has_pages: self.operation.has_pages,
            region: self.region,
        }
    }
}

impl KindDraft {
    pub(super) fn settle(self, find: &impl Fn(&CallDraft) -> Option<&'static Operation>) -> Option<KindSpec> {
        let list = |list: ListDraft| {
            let operation = find(&list.call)?;
            let ListDraft { call, items, id, id_text, arn, none_on, when } = list;
            Some(ListSpec { asking: call.settle(operation), items, id, id_text, arn, none_on, when })
        };
        let call = |draft: FactCallDraft| {
            let operation = find(&draft.call)?;
            let FactCallDraft { call, when, otherwise, root, mode, none_on, facts, waits_for } = draft;
            Some(CallSpec { asking: call.settle(operation), when, otherwise, root, mode, none_on, facts, waits_for })
        };
        Some(KindSpec {
            name: self.name,
            about: self.about,
            scope: self.scope,
            parent: self.parent,
            lists: self.lists.into_iter().map(list).collect::<Option<_>>()?,
            gone: self.gone,
            facts: self.facts,
            calls: self.calls.into_iter().map(call).collect::<Option<_>>()?,
        })
    }
}
