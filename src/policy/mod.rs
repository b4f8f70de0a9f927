//! What the owner of a repository decided: which paths are banned, which rules count, what is excused until when.

pub mod audit;
mod complaint;
pub mod env_file;
pub mod inventory;
pub mod load;
pub mod parity;
pub mod paths_ignore;
mod prefixes;
pub mod public;
pub mod schema;
pub mod spec;
mod stranger;
pub mod template;
pub mod tree;

pub use audit::AuditSpec;
pub use env_file::{EnvFile, EnvPolicy};
pub use inventory::{Cadence, InventoriedSecret, Inventory, Occasion};
pub use load::{Allow, Policy, PolicyError};
pub use public::PublicNames;
