//! The resources of a kind by what they have at the end of a path: joins ask it, so that none walks through a whole list.

use std::collections::HashMap;

use serde_json::Value;

use super::fact_path::FactPath;
use super::trace::MOST_OF_OTHERS;

/// The positions in the list of a kind by what its resources have at the end of a path. Positions ascend.
#[derive(Debug, Default)]
pub(crate) struct FactIndex {
    /// The place in `holders` of those that have a value.
    by_value: HashMap<String, usize>,
    holders: Vec<Holders>,
    /// The resources that may have any other value: it was not read.
    pub unread: Vec<usize>,
    /// The first of the others, as many as evidence can name and one more.
    pub first_read: Vec<usize>,
}

/// The resources that have one value.
#[derive(Debug, Default)]
pub(crate) struct Holders {
    pub positions: Vec<usize>,
    /// True if one of them is among the unread, too: a list of which one entry was not read.
    pub is_partly_unread: bool,
}

impl FactIndex {
    /// Indexes resources by their facts, which come in the order of their list.
    pub fn of<'r>(path: &FactPath, facts: impl Iterator<Item = &'r Value>) -> Self {
        let mut index = Self::default();
        for (position, facts) in facts.enumerate() {
            let found = path.find(facts);
            for key in found.scalars.into_iter().filter_map(key_of) {
                let place = *index.by_value.entry(key).or_insert_with(|| {
                    index.holders.push(Holders::default());
                    index.holders.len() - 1
                });
                let holders = &mut index.holders[place];
                if holders.positions.last() != Some(&position) {
                    holders.positions.push(position);
                }
                holders.is_partly_unread |= found.is_unread;
            }
            if found.is_unread {
                index.unread.push(position);
            } else if index.first_read.len() <= MOST_OF_OTHERS {
                index.first_read.push(position);
            }
        }
        index
    }

    /// Says whether no resource has anything at the end of the path, whatever is sought.
    pub fn is_empty(&self) -> bool {
        self.holders.is_empty() && self.unread.is_empty()
    }

    /// The place of the resources that have the text or scalar, for [`holders`](Self::holders).
    pub fn place_of(&self, value: &Value) -> Option<usize> {
        self.by_value.get(&key_of(value)?).copied()
    }

    /// The same, of a text.
    pub fn place_of_text(&self, text: &str) -> Option<usize> {
        self.by_value.get(&key_of_text(text)).copied()
    }

    /// The resources at a place that [`place_of`](Self::place_of) gave.
    pub fn holders(&self, place: usize) -> &Holders {
        &self.holders[place]
    }
}

/// Texts and other scalars never collide: a text has a quote before it.
fn key_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(key_of_text(text)),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn key_of_text(text: &str) -> String {
    format!("'{text}")
}
