//! "Did you mean": the nearest of the words that would have been right.

/// The likeness, from 0 to 1, that two words must have before one is offered for the other.
const LIKENESS: f64 = 0.6;

/// The most words that are few enough to name them all.
const FEW: usize = 24;

/// The candidate most like `word`, letter case aside, if any is like it at all.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::normalized_damerau_levenshtein(&word, &candidate.to_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness >= LIKENESS)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// The help line for a wrong word: the nearest right one, or all of them if they are few.
pub fn help<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let all: Vec<&str> = candidates.into_iter().collect();
    if let Some(nearest) = nearest(word, all.iter().copied()) {
        return Some(format!("did you mean `{nearest}`?"));
    }
    (!all.is_empty() && all.len() <= FEW).then(|| format!("known are {}", all.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_word_and_nonsense_finds_none() {
        let words = ["BucketEncryption", "BucketPolicy", "Tags"];
        assert_eq!(nearest("BucketEncription", words), Some("BucketEncryption"));
        assert_eq!(nearest("tags", words), Some("Tags"));
        assert_eq!(nearest("zzzzzz", words), None);
        assert_eq!(help("zzzzzz", words).unwrap(), "known are BucketEncryption, BucketPolicy, Tags");
    }
}
