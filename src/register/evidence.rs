//! Links to evidence: addresses, which are kept as they are, and files in the folder of the register, which are hashed.

use std::path::{Component, Path};

use super::facts::EvidenceFacts;
use crate::model::Fact;
use crate::source::sha256_of_file;

/// The word for evidence at an address: nobody knows whether it is there.
const NOT_LOOKED_AT: &str = "not looked at";

/// Looks at the evidence, if it is a file.
///
/// # Errors
/// Words, if the link leads out of the folder: a file elsewhere on this machine is no evidence, and its hash must not
/// get into a report.
pub(super) fn look(link: Option<&str>, sha256: Option<String>, folder: &Path) -> Result<EvidenceFacts, String> {
    let evidence =
        EvidenceFacts { evidence: link.map(str::to_owned), evidence_sha256: sha256, ..EvidenceFacts::default() };
    let Some(link) = link.filter(|link| !is_address(link)) else {
        let evidence_file = link.map(|_| NOT_LOOKED_AT.to_owned());
        return Ok(EvidenceFacts { evidence_file, evidence_file_sha256: Fact::Known(None), ..evidence });
    };
    let path = Path::new(link);
    let steps_out = |step: Component<'_>| !matches!(step, Component::Normal(_) | Component::CurDir);
    if path.components().any(steps_out) {
        return Err("the evidence lies outside of this folder".to_owned());
    }
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let file = folder.join(path);
    match file.try_exists() {
        Ok(false) => {
            let missing = Some("missing".to_owned());
            return Ok(EvidenceFacts { evidence_file: missing, evidence_file_sha256: Fact::Known(None), ..evidence });
        }
        Ok(true) if leads_out(&file, folder) => {
            return Err("the evidence is a link to something outside of this folder".to_owned());
        }
        _ => {}
    }
    let found = if file.is_dir() {
        Fact::Known(None)
    } else {
        sha256_of_file(&file).ok().map(|digest| Some(hex::encode(digest))).into()
    };
    Ok(EvidenceFacts { evidence_file: Some("found".to_owned()), evidence_file_sha256: found, ..evidence })
}

/// Whether a link names a file.
pub(super) fn is_file(link: &str) -> bool {
    !link.is_empty() && !is_address(link)
}

/// `https://...`, `s3://...`: a scheme and two slashes.
fn is_address(link: &str) -> bool {
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    };
    link.split_once("://").is_some_and(|(scheme, rest)| is_scheme(scheme) && !rest.is_empty())
}

fn leads_out(file: &Path, folder: &Path) -> bool {
    match (file.canonicalize(), folder.canonicalize()) {
        (Ok(file), Ok(folder)) => !file.starts_with(folder),
        // A path that cannot be resolved is not read.
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_a_scheme() {
        for address in ["https://wiki.example/risk", "s3://evidence/risk.pdf", "x-grc+v2://1"] {
            assert!(is_address(address), "{address}");
        }
        for path in ["risk.pdf", "docs/risk.pdf", "https:/risk", "://risk", "https://", "GRC-12", "1://x", "a b://x"] {
            assert!(!is_address(path), "{path}");
        }
    }
}
