//! Data of this build that is too large to lie in the binary as it is. A release holds it packed, file by file, and unpacks
//! what is asked for; a debug build reads it from the working tree.

/// Name, size and contents of each file, as `build.rs` packed them. A debug build has none.
const FILES: &[(&str, usize, &[u8])] = include!(concat!(env!("OUT_DIR"), "/packed.rs"));

/// The contents of a file, by its path in the working tree.
pub(crate) fn file(path: &str) -> Option<Vec<u8>> {
    if cfg!(debug_assertions) && FILES.is_empty() {
        return std::fs::read(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).ok();
    }
    let (_, size, packed) = FILES.iter().find(|(name, ..)| *name == path)?;
    zstd::bulk::decompress(packed, *size).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_by_its_path_and_no_other_is() {
        assert!(file("src/aws/models/sns.json").is_some_and(|text| text.starts_with(b"{")));
        assert_eq!(file("src/aws/models/nothing.json"), None);
    }
}
