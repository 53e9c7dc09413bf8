//! Stdout: its reader may leave early, its disk may be full.

use std::io::{self, BufWriter, Write};

use crate::Error;
use crate::scan::file::{TRY_AGAIN, reason};

/// Stdout could not be written, and not because its reader left.
pub(super) fn failed(error: &io::Error) -> Error {
    Error::failed(format!("could not write to stdout: {}", reason(error))).help(TRY_AGAIN)
}

/// Stdout, buffered; writing goes nowhere once the reader has left.
pub(super) fn open() -> BufWriter<QuietPipe<io::Stdout>> {
    BufWriter::with_capacity(1 << 16, QuietPipe { out: io::stdout(), is_closed: false })
}

/// Swallows what is written after the reader has left: `safeguard ... | head` is no error.
#[derive(Debug)]
pub(super) struct QuietPipe<W> {
    out: W,
    is_closed: bool,
}

impl<W: Write> QuietPipe<W> {
    fn unless_closed<T>(&mut self, when_closed: T, write: impl FnOnce(&mut W) -> io::Result<T>) -> io::Result<T> {
        if self.is_closed {
            return Ok(when_closed);
        }
        match write(&mut self.out) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.is_closed = true;
                Ok(when_closed)
            }
            result => result,
        }
    }
}

impl<W: Write> Write for QuietPipe<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.unless_closed(bytes.len(), |out| out.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.unless_closed((), Write::flush)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_leaves_is_no_error_and_a_full_disk_is() {
        struct Broken(io::ErrorKind);
        impl Write for Broken {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(self.0.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Err(self.0.into())
            }
        }
        let pipe = |kind| QuietPipe { out: Broken(kind), is_closed: false };
        assert_eq!(pipe(io::ErrorKind::BrokenPipe).write(b"four").unwrap(), 4);
        pipe(io::ErrorKind::BrokenPipe).flush().unwrap();
        assert!(pipe(io::ErrorKind::StorageFull).write(b"four").is_err());
    }
}
