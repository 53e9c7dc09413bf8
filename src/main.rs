//! The command line. Everything it does is in the library: see [`safeguard::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    safeguard::cli::main()
}
