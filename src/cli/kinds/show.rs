//! `safeguard kinds show`: a kind as authors of rules need it.

use std::io::Write;

use super::unwritable;
use crate::aws::{Operation, Yield};
use crate::cli::docs::pages::facts_of;
use crate::collect;
use crate::model::Scope;
use crate::rule::types::Type;
use crate::source::suggest;
use crate::{Error, Result};

/// Writes the facts of a kind, and the calls that give them.
pub(super) fn show(name: &str, out: &mut dyn Write) -> Result<()> {
    let kinds = collect::kinds();
    let Some(kind) = kinds.get(name) else {
        let error = Error::usage(format!("there is no kind `{name}`"));
        return Err(match suggest::help(name, kinds.names()) {
            Some(help) => error.help(help),
            None => error.help("`safeguard kinds list` names them all"),
        });
    };
    let scope = match kind.scope {
        Scope::Account => "once for the account",
        Scope::Region => "in every region",
    };
    let mut text = format!("{}\n  read {scope}, by the service {}\n\nFacts\n", kind.name, kind.service);
    let mut rows = Vec::new();
    facts_of(&Type::of_kind(kind), "", &mut rows);
    let width = rows.iter().map(|(path, _)| path.len()).max().unwrap_or(0);
    for (path, of) in &rows {
        text += &format!("  {path:width$}  {of}\n");
    }
    text += "\nCalls\n";
    let operations = collect::operations().into_iter().filter(|operation| gives(operation, name).is_some());
    for operation in operations {
        let actions = operation.iam_actions.join(", ");
        let given = gives(operation, name).unwrap_or_default();
        text += &format!("  {}:{} ({actions}): {given}\n", operation.service, operation.name);
    }
    out.write_all(text.as_bytes()).map_err(unwritable)
}

/// What an operation gives of a kind, in words.
fn gives(operation: &Operation, kind: &str) -> Option<String> {
    let parts = operation.yields.iter().filter_map(|part| match part {
        Yield::Population(of) if *of == kind => Some("the list".to_owned()),
        Yield::AllFacts(of) if *of == kind => Some("what all facts need".to_owned()),
        Yield::Facts(of, facts) if *of == kind => Some(facts.join(", ")),
        _ => None,
    });
    let parts: Vec<String> = parts.collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}
