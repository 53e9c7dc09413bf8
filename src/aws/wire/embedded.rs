//! The files of the cut models that this build holds.

/// The file beside the models.
pub(super) const PARTITIONS: &str = "partitions";

/// A file of this build's models.
pub(super) fn embedded(name: &str) -> Option<Vec<u8>> {
    crate::packed::file(&format!("src/aws/models/{name}.json"))
}
