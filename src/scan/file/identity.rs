//! Tells whether two paths lead to one file.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::{PathEnd, folder_of, follow};

/// The identity of the file that a path leads to, however the path is written: two paths with one identity are one
/// file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::scan) enum FileIdentity {
    /// A file that is there: its device, and its number on that.
    There(u64, u64),
    /// One that is not there yet: its folder and its name.
    ToBe(PathBuf, OsString),
}

impl FileIdentity {
    /// `None` for what takes everything and gives nothing, which any number of outputs may share.
    pub fn of(path: &Path) -> Option<Self> {
        match fs::metadata(path) {
            Ok(metadata) => Self::of_existing(&metadata).filter(|identity| {
                !fs::metadata("/dev/null").is_ok_and(|null| Self::of_existing(&null).as_ref() == Some(identity))
            }),
            Err(_) => {
                let target = match follow(path) {
                    Ok(PathEnd::Path(target) | PathEnd::Descriptor(target)) => target,
                    Err(_) => path.to_owned(),
                };
                let folder = folder_of(&target);
                let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
                Some(Self::ToBe(folder, target.file_name().unwrap_or_default().to_owned()))
            }
        }
    }

    /// Returns the identity of standard output, if it leads to a file or a pipe.
    pub fn of_stdout() -> Option<Self> {
        #[cfg(unix)]
        {
            use std::os::fd::AsFd;
            let file = File::from(io::stdout().as_fd().try_clone_to_owned().ok()?);
            let metadata = file.metadata().ok()?;
            let is_device = std::os::unix::fs::FileTypeExt::is_char_device(&metadata.file_type());
            Self::of_existing(&metadata).filter(|_| !is_device)
        }
        #[cfg(not(unix))]
        None
    }

    #[cfg(unix)]
    fn of_existing(metadata: &fs::Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        Some(Self::There(metadata.dev(), metadata.ino()))
    }

    #[cfg(not(unix))]
    fn of_existing(_: &fs::Metadata) -> Option<Self> {
        None
    }
}
