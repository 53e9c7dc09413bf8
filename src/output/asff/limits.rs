//! The limits of AWS Security Hub: those of its API reference, and two that only its errors tell (associated standards,
//! size of a field). A finding that keeps to them is smaller than the 240 KB that one may have, whatever is in it.

use std::borrow::Cow;

use crate::output::text;

pub(super) const TITLE: usize = 256;
pub(super) const DESCRIPTION: usize = 1024;
pub(super) const GENERATOR: usize = 512;
pub(super) const RECOMMENDATION: usize = 512;
pub(super) const NOTE: usize = 512;
/// The longest value of `ProductFields`.
pub(super) const FIELD: usize = 2048;
/// The longest URL that is passed on; a longer one is left out, since half of one leads nowhere.
pub(super) const URL: usize = 1024;
/// No limit is documented for it; ARNs are shorter.
pub(super) const RESOURCE_ID: usize = 512;
/// No limit is documented for it.
pub(super) const REASON: usize = 1024;
/// The most reasons that are given; the last one says how many more there are.
pub(super) const REASONS: usize = 20;
pub(super) const REQUIREMENTS: usize = 32;

/// The text in visible characters, cut to `limit` of them; a single `-` for one that is blank, which AWS refuses.
pub(super) fn fit(text: &str, limit: usize) -> String {
    let visible = text::escape(text);
    if visible.trim().is_empty() {
        return "-".to_owned();
    }
    if visible.chars().nth(limit).is_none() {
        return visible.into_owned();
    }
    visible.chars().take(limit - 1).chain(['…']).collect()
}

/// The first items, and where there are more than `limit` a last one that counts the rest.
pub(super) fn fit_list<'a>(items: Vec<Cow<'a, str>>, limit: usize) -> Vec<Cow<'a, str>> {
    let count = items.len();
    if count <= limit {
        return items;
    }
    let kept = items.into_iter().take(limit - 1);
    kept.chain([Cow::Owned(format!("and {} more", text::number(count - limit + 1)))]).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_fits_stays_and_what_does_not_says_so() {
        assert_eq!(fit("records", 7), "records");
        assert_eq!(fit("recordings", 7), "record…");
        assert_eq!(fit("rönt\u{202e}", 20), "rönt\\u{202e}");
        assert_eq!(fit(" \u{a0} ", 20), "-");
        assert_eq!(fit("", 20), "-");
    }

    #[test]
    fn a_long_list_counts_what_it_leaves_out() {
        let items = |count: usize| (0..count).map(|item| Cow::Owned(item.to_string())).collect::<Vec<Cow<'_, str>>>();
        assert_eq!(fit_list(items(3), 3), ["0", "1", "2"]);
        assert_eq!(fit_list(items(5), 3), ["0", "1", "and 3 more"]);
    }

    proptest! {
        #[test]
        fn any_text_fits_is_visible_and_is_not_blank(text: String, limit in 1_usize..50) {
            let fitted = fit(&text, limit);
            prop_assert!(fitted.chars().count() <= limit);
            prop_assert!(!fitted.trim().is_empty());
            prop_assert!(!fitted.chars().any(text::is_hostile));
        }
    }
}
