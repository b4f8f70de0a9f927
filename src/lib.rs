//! stanch: a secret scanner for git. This page is the map of the code.
//!
//! ```text
//! rules/*.yml ─build script─▶ packed rules ─┐                 .stanch.yml ─▶ Policy
//!                                           ▼                                 │
//! Source ──Item──▶ Prefilter ──hit──▶ Signature ──Candidate──▶ overlap ──Spot─▶ Judge ──Finding──▶ Report ──▶ Format
//! worktree, staged,  one pass over     regex in the   checks,      the most       path, policy,     sorted,     text, json,
//! history, stdin     the bytes and     rule's window  proofs       specific wins  exceptions        masked      sarif, …
//!                    decoded layers
//! ```
//!
//! # Floors
//! Imports go down only, and modules of one floor do not import each other (`tests/architecture.rs`).
//!
//! | floor | module | holds | must never |
//! |---|---|---|---|
//! | 7 | [`cli`] | arguments, environment, terminal | be imported |
//! | 6 | [`scan`] · [`gate`] | the pipeline · hooks, whose policy counts, the audit | read arguments or the environment |
//! | 5 | [`report`] | a finished report and its formats | filter, sort or judge |
//! | 4 | [`triage`] | verdicts and exceptions | touch the terminal |
//! | 3 | [`detect`] · [`source`] | bytes in, candidates out · where bytes come from | do I/O · know rules |
//! | 2 | [`rule`] · [`policy`] | what we look for · what the owner decided | know reports |
//! | 1 | [`text`] | pure functions on bytes | do I/O |
//! | 0 | [`model`] | nouns | know anything |
//!
//! # Invariants
//! 1. The engine does no I/O and cannot fail: bad patterns die when rules are loaded (`rule::load`).
//! 2. Raw secret bytes exist only inside [`model::Secret`], which has no `Debug`, `Display` or `Serialize`
//!    (`model::secret`, `tests/laboratory/redaction.rs`).
//! 3. The prefilter misses no literal (`detect::prefilter::tests`), and a delta scan equals a full scan, also
//!    where pieces of text have been seen before (`detect::delta`, `detect::seen` and `tests/properties`).
//! 4. Output is a function of input: any number of threads gives the same bytes (`tests/properties`).
//!    Only lines that are streamed come in the order in which they are known (`tests/cli/stream.rs`).
//! 5. What could not be read becomes a [`model::Notice`], is in every format, and changes the exit code (`tests/cli/exit.rs`).
//! 6. An exception that matched nothing is reported (`tests/cli/config.rs`).
//! 7. Exit codes: 0 clean, 1 denied, 2 usage or configuration, 3 incomplete; the same for every format.
//! 8. A fingerprint depends on key, rule and value alone (`model::fingerprint::tests`).
//! 9. No `unsafe`, no network, and nothing that a repository configures is ever run (`tests/cli/staged.rs`).
//!
//! # Where do I …
//! | add | go to |
//! |---|---|
//! | a rule | `rules/<provider>.yml`; nothing to register |
//! | a check, a proof | `text/checksum`, `text/validate`, `detect/check.rs` |
//! | an encoding, an archive | `text/decode`, `source/archive` |
//! | a report format | `report/<name>.rs` and a variant of `Format` |
//! | a source | `source/<name>.rs`, pushing into [`source::Sink`] |
//! | a command | `cli/<name>.rs` and a variant of `Command` |

pub mod cli;
pub mod detect;
pub mod gate;
pub mod model;
pub mod policy;
pub mod report;
pub mod rule;
pub mod scan;
pub mod source;
pub mod text;
pub mod triage;
