//! One body per target: takes any bytes, and panics where a law is broken. None may panic on its own account.

pub mod archive;
pub mod decode;
pub mod delta;
pub mod hooks;
pub mod index;
pub mod known;
pub mod names;
pub mod pack;
pub mod place;
pub mod policy;
pub mod refs;
pub mod report;
pub mod rules;
pub mod scan;

/// A target's name and its body.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const ALL: &[Target] = &[
    ("archive", archive::run),
    ("decode", decode::run),
    ("delta", delta::run),
    ("hooks", hooks::run),
    ("index", index::run),
    ("known", known::run),
    ("names", names::run),
    ("pack", pack::run),
    ("policy", policy::run),
    ("refs", refs::run),
    ("report", report::run),
    ("rules", rules::run),
    ("scan", scan::run),
];
