//! stanch: a secret scanner for git.

use std::process::ExitCode;

fn main() -> ExitCode {
    stanch::cli::run()
}
