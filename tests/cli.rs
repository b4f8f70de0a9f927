//! The real binary with the real `git`.

#![allow(clippy::unwrap_used, reason = "a test ends at the first thing that goes wrong")]

#[allow(dead_code, reason = "shared with other tests, which use the rest")]
mod support;

#[path = "cli/audit.rs"]
mod audit;
#[path = "cli/baseline.rs"]
mod baseline;
#[path = "cli/bypass.rs"]
mod bypass;
#[path = "cli/config.rs"]
mod config;
#[path = "cli/env_file.rs"]
mod env_file;
#[path = "cli/exit.rs"]
mod exit;
#[path = "cli/help.rs"]
mod help;
#[path = "cli/history.rs"]
mod history;
#[path = "cli/inventory.rs"]
mod inventory;
#[path = "cli/logs.rs"]
mod logs;
#[path = "cli/manners.rs"]
mod manners;
#[path = "cli/memory.rs"]
mod memory;
#[path = "cli/paths_ignore.rs"]
mod paths_ignore;
#[path = "cli/place.rs"]
mod place;
#[path = "cli/public.rs"]
mod public;
#[path = "cli/receipt.rs"]
mod receipt;
#[path = "cli/scan.rs"]
mod scan;
#[path = "cli/seal.rs"]
mod seal;
#[path = "cli/staged.rs"]
mod staged;
#[path = "cli/stream.rs"]
mod stream;
