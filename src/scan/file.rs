//! Files that are there whole or not at all.
//!
//! A file's place can be reserved before there is anything to write, so that a folder that does not exist or may not
//! be written to is found in the first second and not after an hour of reading. The reservation is the temporary file
//! itself, beside its target: it is filled, then renamed over the target, and removed if anything goes wrong in
//! between, or if the process is ended ([`abandon`]).
//!
//! Only a regular file can be replaced. A pipe, a device, or a descriptor that the shell has opened (`/dev/stdout`,
//! `>(...)`) is written to, and a log that it appends to keeps its lines.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::{Error, Result};

mod identity;
mod temporary;

pub(super) use identity::FileIdentity;
pub use temporary::{Temporary, abandon};

/// The advice for when writing fails halfway.
pub const TRY_AGAIN: &str = "make room or choose another place, and run again";

/// The number of symbolic links that are followed, one from another: as many as Linux follows.
const MOST_LINKS: usize = 40;

/// Writes a file in one piece.
///
/// # Errors
/// If the folder cannot be written to or the disk is full; then the old file, if any, is as it was.
pub fn write_whole(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let mut reserved = Reserved::new(path)?;
    reserved.fill(write)?;
    reserved.publish()
}

/// Makes a folder and those above it.
///
/// # Errors
/// A usage error if that cannot be done, with the reason.
pub fn make_folder(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => unwritable(folder, &io::ErrorKind::NotADirectory.into()),
        _ => unwritable(folder, &error),
    })
}

/// A file that will be there, whole, after [`Reserved::publish`].
#[derive(Debug)]
pub struct Reserved {
    path: PathBuf,
    place: Sink,
}

#[derive(Debug)]
enum Sink {
    /// A file that will be renamed over the target.
    Beside { file: NamedTempFile, target: PathBuf, mark: Temporary },
    /// A device, a pipe or an open descriptor: nothing to rename over.
    Stream(File),
}

impl Reserved {
    /// Makes sure that `path` can be written, without touching what is there now.
    ///
    /// # Errors
    /// A usage error if it cannot, with the reason.
    pub fn new(path: &Path) -> Result<Self> {
        let place = reserve(path).map_err(|error| unwritable(path, &error))?;
        Ok(Self { path: path.to_owned(), place })
    }

    /// Makes sure of the same for a file that somebody else will write. Who reads a pipe would take opening it for the
    /// beginning and closing it for the end.
    ///
    /// # Errors
    /// As [`Reserved::new`].
    pub fn check(path: &Path) -> Result<()> {
        let is_stream = match follow(path) {
            Ok(PathEnd::Descriptor(_)) => true,
            Ok(PathEnd::Path(target)) => fs::metadata(target).is_ok_and(|it| !it.is_file() && !it.is_dir()),
            Err(_) => false,
        };
        if is_stream { Ok(()) } else { Self::new(path).map(drop) }
    }

    /// Writes the contents; nobody sees them yet, unless the target is a stream.
    ///
    /// # Errors
    /// If writing fails, because the disk is full for example.
    pub fn fill(&mut self, contents: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
        let file = match &mut self.place {
            Sink::Beside { file, .. } => file.as_file_mut(),
            Sink::Stream(file) => file,
        };
        let mut buffered = BufWriter::with_capacity(1 << 16, file);
        let written = contents(&mut buffered).and_then(|()| buffered.flush());
        written.map_err(|error| failed(&self.path, &error))
    }

    /// Puts the file in its place, replacing what was there.
    ///
    /// # Errors
    /// If the rename fails; what was there before then still is.
    pub fn publish(self) -> Result<()> {
        let Sink::Beside { file, target, mark } = self.place else { return Ok(()) };
        // Without this, a crash could leave the new name on an empty file.
        file.as_file().sync_all().map_err(|error| failed(&self.path, &error))?;
        file.persist(&target).map_err(|error| failed(&self.path, &error.error))?;
        drop(mark);
        Ok(())
    }
}

/// The end of a path once its symbolic links were followed.
#[derive(Debug)]
enum PathEnd {
    /// A descriptor that this process, or another one, has open.
    Descriptor(PathBuf),
    /// A file, which need not be there.
    Path(PathBuf),
}

fn follow(path: &Path) -> io::Result<PathEnd> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        if is_descriptor(&path) {
            return Ok(PathEnd::Descriptor(path));
        }
        match fs::read_link(&path) {
            Ok(next) => path = folder_of(&path).join(next),
            Err(_) => return Ok(PathEnd::Path(path)),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}

/// `/dev/fd/63`, `/proc/self/fd/1`.
fn is_descriptor(path: &Path) -> bool {
    let is_number = path.file_name().is_some_and(|name| name.as_encoded_bytes().iter().all(u8::is_ascii_digit));
    let Some(folder) = Some(folder_of(path)).filter(|_| is_number).and_then(|folder| folder.canonicalize().ok()) else {
        return false;
    };
    folder == Path::new("/dev/fd") || (folder.starts_with("/proc") && folder.ends_with("fd"))
}

fn reserve(path: &Path) -> io::Result<Sink> {
    // A symbolic link stays one: what it points to is replaced.
    let target = match follow(path)? {
        PathEnd::Descriptor(path) => return descriptor(&path).map(Sink::Stream),
        PathEnd::Path(target) => target,
    };
    let existing = match fs::metadata(&target) {
        Ok(metadata) => Some(metadata),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    match existing {
        Some(metadata) if metadata.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Some(metadata) if !metadata.is_file() => Ok(Sink::Stream(OpenOptions::new().write(true).open(&target)?)),
        Some(metadata) if metadata.permissions().readonly() => Err(io::ErrorKind::PermissionDenied.into()),
        existing => beside(target, existing.map(|metadata| metadata.permissions())),
    }
}

/// Opens what the descriptor writes to. Our own outputs are shared and not opened anew, because a new beginning would
/// write over what is there. Other descriptors that lead to a file are appended to for the same reason.
fn descriptor(path: &Path) -> io::Result<File> {
    let is_ours = |number: &str| {
        let ours = Path::new("/proc/self/fd").canonicalize().unwrap_or_else(|_| "/dev/fd".into());
        let folder = folder_of(path).canonicalize().unwrap_or_default();
        path.ends_with(number) && (folder == ours || folder == Path::new("/dev/fd"))
    };
    #[cfg(unix)]
    if is_ours("1") || is_ours("2") {
        use std::os::fd::AsFd;
        let shared = match is_ours("1") {
            true => io::stdout().as_fd().try_clone_to_owned(),
            false => io::stderr().as_fd().try_clone_to_owned(),
        };
        return shared.map(File::from);
    }
    OpenOptions::new().append(true).open(path)
}

/// A temporary file in the target's folder, because a rename cannot cross file systems.
fn beside(target: PathBuf, permissions: Option<fs::Permissions>) -> io::Result<Sink> {
    let name = target.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
    let mut prefix = OsString::from(".");
    prefix.push(name);
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(".tmp");
    // Temporary files are private by default; a report is as readable as any new file, or as the one it replaces.
    #[cfg(unix)]
    builder.permissions(<fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o666));
    let file = builder.tempfile_in(folder_of(&target))?;
    let mark = Temporary::new(file.path());
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions)?;
    }
    Ok(Sink::Beside { file, target, mark })
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes sure that files can be put into `folder`, which may not exist yet, without leaving anything there.
///
/// # Errors
/// A usage error if they cannot, with the reason.
pub fn check_folder(folder: &Path) -> Result<()> {
    let nearest = folder.ancestors().find(|ancestor| ancestor.exists()).unwrap_or(Path::new("."));
    if !nearest.is_dir() {
        return Err(unwritable(folder, &io::ErrorKind::NotADirectory.into()));
    }
    tempfile::tempfile_in(nearest).map(drop).map_err(|error| unwritable(folder, &error))
}

fn unwritable(path: &Path, error: &io::Error) -> Error {
    let help = match error.kind() {
        io::ErrorKind::NotFound => format!("create the folder {} first", folder_of(path).display()),
        io::ErrorKind::IsADirectory => "name a file in that folder".to_owned(),
        io::ErrorKind::NotADirectory => "a part of that path is a file; choose another folder".to_owned(),
        _ => "choose a place that you may write to".to_owned(),
    };
    Error::usage(format!("cannot write {}: {}", path.display(), reason(error))).help(help)
}

fn failed(path: &Path, error: &io::Error) -> Error {
    Error::failed(format!("could not write {}: {}", path.display(), reason(error))).help(TRY_AGAIN)
}

/// A file that can be looked into and read again, which a pipe cannot.
pub(super) fn regular(path: &Path) -> io::Result<File> {
    match fs::metadata(path)?.is_file() {
        true => File::open(path),
        false => Err(io::ErrorKind::InvalidInput.into()),
    }
}

/// The system's words without its error number and without the temporary file's name.
pub fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such folder".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        io::ErrorKind::NotADirectory => "not a folder".to_owned(),
        _ => {
            let text = error.to_string();
            text.split(" (os error ").next().unwrap_or_default().to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn refused(path: &Path, folder: &Path) -> String {
        let error = Reserved::new(path).unwrap_err();
        assert_eq!(error.fault, crate::error::Fault::Usage);
        let text = format!("{}; {}", error.message, error.help.unwrap());
        text.replace(&folder.display().to_string(), "DIR")
    }

    #[test]
    fn a_file_appears_whole_and_nothing_else_does() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        let mut reserved = Reserved::new(&path).unwrap();
        reserved.fill(|out| out.write_all(b"whole")).unwrap();
        assert!(!path.exists());
        reserved.publish().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "whole");
        assert_eq!(names(folder.path()), ["report.json"]);
    }

    #[test]
    fn a_failure_leaves_the_old_file_and_no_litter() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        fs::write(&path, "old").unwrap();
        let mut reserved = Reserved::new(&path).unwrap();
        let result = reserved.fill(|out| {
            out.write_all(b"half")?;
            Err(io::Error::other("disk full"))
        });
        assert!(result.unwrap_err().message.ends_with("report.json: disk full"));
        drop(reserved);
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(names(folder.path()), ["report.json"]);
    }

    #[test]
    fn a_new_file_is_as_readable_as_any_and_an_old_one_keeps_its_mode() {
        let folder = tempfile::tempdir().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let (plain, new, old) = (folder.path().join("plain"), folder.path().join("new"), folder.path().join("old"));
        fs::write(&plain, "").unwrap();
        fs::write(&old, "").unwrap();
        fs::set_permissions(&old, fs::Permissions::from_mode(0o640)).unwrap();
        for path in [&new, &old] {
            Reserved::new(path).unwrap().publish().unwrap();
        }
        assert_eq!(mode(&new), mode(&plain));
        assert_eq!(mode(&old), 0o640);
    }

    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        fs::write(&target, "old").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        let mut reserved = Reserved::new(&link).unwrap();
        reserved.fill(|out| out.write_all(b"new")).unwrap();
        reserved.publish().unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read_to_string(&target).unwrap(), "new");
    }

    #[test]
    fn a_device_is_written_to_and_not_replaced() {
        let mut reserved = Reserved::new(Path::new("/dev/null")).unwrap();
        assert!(matches!(reserved.place, Sink::Stream(_)));
        reserved.fill(|out| out.write_all(b"gone")).unwrap();
        reserved.publish().unwrap();
    }

    #[test]
    fn a_link_to_what_is_not_there_yet_is_followed() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("target", &link).unwrap();
        write_whole(&link, |out| out.write_all(b"new")).unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read_to_string(folder.path().join("target")).unwrap(), "new");
        std::os::unix::fs::symlink("circle", folder.path().join("circle")).unwrap();
        assert!(Reserved::new(&folder.path().join("circle")).unwrap_err().message.contains("symbolic links"));
    }

    #[test]
    fn a_descriptor_that_leads_to_a_file_is_appended_to() {
        use std::os::fd::AsRawFd;
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        fs::write(&log, "first\n").unwrap();
        let open = OpenOptions::new().append(true).open(&log).unwrap();
        for path in ["/proc/self/fd", "/dev/fd"] {
            let path = PathBuf::from(path).join(open.as_raw_fd().to_string());
            Reserved::check(&path).unwrap();
            write_whole(&path, |out| out.write_all(b"more\n")).unwrap();
        }
        assert_eq!(fs::read_to_string(&log).unwrap(), "first\nmore\nmore\n");
        assert_eq!(names(folder.path()), ["log"]);
    }

    #[test]
    fn one_file_has_one_identity_however_it_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        fs::create_dir(dir.join("sub")).unwrap();
        fs::write(dir.join("file"), "").unwrap();
        fs::write(dir.join("other"), "").unwrap();
        fs::hard_link(dir.join("file"), dir.join("hard")).unwrap();
        std::os::unix::fs::symlink("file", dir.join("soft")).unwrap();
        std::os::unix::fs::symlink("sub/new", dir.join("dangling")).unwrap();
        let of = |name: &str| FileIdentity::of(&dir.join(name)).unwrap();
        for name in ["hard", "soft", "./file", "sub/../file"] {
            assert_eq!(of(name), of("file"), "{name}");
        }
        assert_ne!(of("other"), of("file"));
        assert_eq!(of("dangling"), of("sub/new"));
        assert_ne!(of("sub/new"), of("new"));
        assert_eq!(FileIdentity::of(Path::new("/dev/null")), None);
    }

    #[test]
    fn what_is_temporary_is_marked_for_as_long_as_it_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let marked = || {
            let all = temporary::TEMPORARY.lock().unwrap();
            all.iter().filter(|path| path.starts_with(folder.path())).count()
        };
        let reserved = Reserved::new(&folder.path().join("a")).unwrap();
        let given_up = Reserved::new(&folder.path().join("b")).unwrap();
        assert_eq!(marked(), 2);
        drop(given_up);
        reserved.publish().unwrap();
        assert_eq!(marked(), 0);
    }

    #[test]
    fn a_place_that_cannot_be_written_is_refused_before_anything_is_done() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        let read_only = dir.join("read-only");
        fs::write(&read_only, "").unwrap();
        fs::set_permissions(&read_only, fs::Permissions::from_mode(0o444)).unwrap();
        insta::assert_snapshot!(refused(&dir.join("no/such/r.json"), dir), @"cannot write DIR/no/such/r.json: no such folder; create the folder DIR/no/such first");
        insta::assert_snapshot!(refused(dir, dir), @"cannot write DIR: it is a folder; name a file in that folder");
        insta::assert_snapshot!(refused(&read_only, dir), @"cannot write DIR/read-only: permission denied; choose a place that you may write to");
        insta::assert_snapshot!(refused(&read_only.join("r.json"), dir), @"cannot write DIR/read-only/r.json: not a folder; a part of that path is a file; choose another folder");
        assert_eq!(names(dir), ["read-only"]);
    }

    #[test]
    fn a_folder_need_not_exist_yet_but_must_be_possible() {
        let folder = tempfile::tempdir().unwrap();
        check_folder(folder.path()).unwrap();
        check_folder(&folder.path().join("a/b")).unwrap();
        fs::write(folder.path().join("file"), "").unwrap();
        assert!(check_folder(&folder.path().join("file/b")).is_err());
        assert_eq!(names(folder.path()), ["file"]);
    }
}
