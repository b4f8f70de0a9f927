//! The nouns that every other floor speaks of.
//!
//! Plain data: nothing here reads a file, knows a pattern or serialises itself. Each output format and each
//! file format has its own wire structs, so that a change of a noun never changes a format by accident.

pub mod blob;
pub mod candidate;
pub mod finding;
pub mod fingerprint;
pub mod location;
pub mod memory;
pub mod notice;
pub mod object_id;
pub mod provenance;
pub mod receipt;
pub mod secret;
pub mod severity;

pub use blob::{Chunk, CopyRun, Scope};
pub use candidate::{Candidate, Evidence, Part, RuleIndex};
pub use finding::{Concern, Finding, Place, Suppressor, Verdict};
pub use fingerprint::{Fingerprint, FingerprintKey};
pub use location::{LineIndex, Position, Span};
pub use memory::MemoryBudget;
pub use notice::{Notice, NoticeKind};
pub use object_id::ObjectId;
pub use provenance::{Attribution, CommitRef, Origin, Provenance};
pub use receipt::Receipt;
pub use secret::Secret;
pub use severity::{Confidence, Severity};
