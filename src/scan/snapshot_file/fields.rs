//! Checks the form of the fields that reports pass on: an account is twelve digits wherever it is shown.
//!
//! Ids, ARNs, messages and the facts themselves are AWS's, and whatever they hold; every output escapes them.

use std::collections::BTreeSet;

use crate::model::{AccountId, Arn, CallRecord, Gap, Header, Resource, forms};

type Checked = Result<(), String>;

pub(super) fn header(header: &Header) -> Checked {
    word("partition", &header.partition, forms::is_partition)?;
    once("region", &header.regions)?;
    let enabled = header.enabled_regions.as_deref().unwrap_or_default();
    once("region", enabled)?;
    header.caller.as_deref().map_or(Ok(()), |arn| word("caller", arn, |arn| Arn::parse(arn).is_some()))?;
    word("tool_version", &header.tool_version, forms::is_version)?;
    header.kinds.iter().try_for_each(|name| word("kind", name, forms::is_kind))?;
    once("kind", &header.kinds)
}

pub(super) fn resource(resource: &Resource, header: &Header) -> Checked {
    word("kind", &resource.kind, forms::is_kind)?;
    same_account(resource.account, header)?;
    if !resource.facts.is_object() {
        return Err("the facts of a resource must be a JSON object".to_owned());
    }
    resource.arn.as_deref().map_or(Ok(()), |arn| word("arn", arn, |arn| Arn::parse(arn).is_some()))
}

pub(super) fn gap(gap: &Gap, header: &Header) -> Checked {
    same_account(gap.account, header)?;
    word("service", &gap.service, forms::is_plain)?;
    word("operation", &gap.operation, forms::is_plain)?;
    gap.facts.iter().try_for_each(|name| word("fact", name, forms::is_plain))?;
    gap.population.iter().try_for_each(|name| word("kind", name, forms::is_kind))?;
    gap.iam_actions.iter().try_for_each(|name| word("IAM action", name, forms::is_plain))
}

pub(super) fn call(call: &CallRecord, header: &Header) -> Checked {
    // Whose account it is, the first call asks.
    call.account.map_or(Ok(()), |account| same_account(account, header))?;
    word("service", &call.service, forms::is_plain)?;
    word("operation", &call.operation, forms::is_plain)?;
    call.sha256.as_deref().map_or(Ok(()), |digest| word("sha256", digest, forms::is_sha256))
}

fn same_account(id: AccountId, header: &Header) -> Checked {
    match id == header.account {
        true => Ok(()),
        false => Err(format!("it is about account {id}, and the snapshot is of {}", header.account)),
    }
}

fn word(field: &str, text: &str, has_form: impl Fn(&str) -> bool) -> Checked {
    match has_form(text) {
        true => Ok(()),
        false => Err(format!("{:?} is no {field}", text.chars().take(80).collect::<String>())),
    }
}

fn once(field: &str, names: &[impl AsRef<str>]) -> Checked {
    let mut seen = BTreeSet::new();
    match names.iter().map(AsRef::as_ref).find(|name| !seen.insert(*name)) {
        Some(name) => Err(format!("the {field} {name} is there twice")),
        None => Ok(()),
    }
}
