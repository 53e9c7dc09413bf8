//! The reason why a file cannot be read, in words without the number that the system has for it.

use std::io;

/// Words the error, to follow "cannot read".
pub fn unreadable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        io::ErrorKind::NotADirectory => "a part of that path is a file".to_owned(),
        io::ErrorKind::InvalidData => "it is not UTF-8 text".to_owned(),
        _ => error.to_string().split(" (os error ").next().unwrap_or_default().to_owned(),
    }
}
