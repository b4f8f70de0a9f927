//! Ctrl-C and SIGTERM: the run stops at once, nothing half-written stays behind.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;

static INTERRUPTED: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// The flag that a signal sets.
pub fn flag() -> Arc<AtomicBool> {
    INTERRUPTED.get_or_init(|| Arc::new(AtomicBool::new(false))).clone()
}

/// Listens for SIGINT and SIGTERM: ends the process with 130. Reports are written to a temporary file and
/// renamed, so that there is nothing to clean up but files that the operating system removes.
pub fn install() {
    let flag = flag();
    let result = ctrlc::set_handler(move || {
        flag.store(true, std::sync::atomic::Ordering::SeqCst);
        super::output::forget_unfinished();
        #[expect(
            clippy::exit,
            reason = "a signal ends the program at once; destructors of other threads must not be waited for"
        )]
        std::process::exit(130);
    });
    if let Err(error) = result {
        log::warn!("signals cannot be handled: {error}");
    }
}
