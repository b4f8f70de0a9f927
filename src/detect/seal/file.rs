//! The file of a seal: lines of text that are the same for the same content, so that they can be compared and committed.
//!
//! Everything in it is checked when it is read. A file that is damaged, cut or made weaker is refused as a whole: a seal that
//! finds less than it should must never pass for one that finds nothing.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::{Cost, LONGEST, RARE_BITS, Seal, WIDEST};

const HEADER: &str = "\
# stanch seal, version 1
# Known values that no one can read here: their names, slow hashes, and a filter. Made anew by: stanch known seal
";

/// A seal cannot be used. Its author is to blame, or whoever damaged it.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// Not what a seal looks like.
    #[error("{source_name}:{line}: {problem}")]
    Line {
        /// What messages call the file.
        source_name: String,
        /// From 1.
        line: usize,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Something is missing, or was changed by hand.
    #[error("{source_name}: {problem}; make it anew: stanch known seal")]
    Whole {
        /// What messages call the file.
        source_name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The hash cannot be computed.
    #[error("the slow hash cannot be computed on this machine")]
    Cost,
}

impl fmt::Display for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = HEADER.to_owned();
        writeln!(text, "hash argon2id {} {}", self.cost.memory, self.cost.passes)?;
        writeln!(text, "salt {}", HEXLOWER.encode(&self.salt))?;
        let words = |numbers: &mut dyn Iterator<Item = String>| numbers.collect::<Vec<_>>().join(" ");
        writeln!(text, "lengths {}", words(&mut self.lengths.iter().map(ToString::to_string)))?;
        writeln!(text, "filter {} {}", self.width, words(&mut self.filter.iter().map(|short| format!("{short:x}"))))?;
        for (hash, names) in &self.names {
            writeln!(text, "{} {names}", HEXLOWER.encode(hash))?;
        }
        writeln!(f, "{text}sum {}", sum(text.as_bytes()))
    }
}

/// Tells damage from intent; nothing else depends on it.
fn sum(text: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(text)[..16])
}

impl Seal {
    /// Reads what [`fmt::Display`] prints; `source` names it in messages.
    pub fn parse(text: &str, source: &str) -> Result<Self, SealError> {
        let whole = |problem| SealError::Whole { source_name: source.to_owned(), problem };
        let text = text.replace("\r\n", "\n");
        if !text.starts_with("# stanch seal, version 1\n") {
            return Err(whole("it is no seal of version 1"));
        }
        let end = text.rfind("sum ").filter(|&at| at == 0 || text.as_bytes()[at - 1] == b'\n');
        let end = end.ok_or_else(|| whole("its end is missing"))?;
        if text[end + 4..].trim_end_matches('\n') != sum(&text.as_bytes()[..end]) {
            return Err(whole("it was changed or damaged"));
        }
        let mut parts = Parts::default();
        for (number, line) in text[..end].lines().enumerate().filter(|(_, line)| !line.starts_with('#')) {
            parts.read(line).map_err(|problem| SealError::Line {
                source_name: source.to_owned(),
                line: number + 1,
                problem,
            })?;
        }
        parts.seal().map_err(whole)
    }
}

#[derive(Default)]
struct Parts {
    cost: Option<Cost>,
    salt: Option<[u8; 16]>,
    lengths: BTreeSet<usize>,
    filter: Option<(u32, BTreeSet<u32>)>,
    names: Vec<([u8; 16], String)>,
}

impl Parts {
    fn read(&mut self, line: &str) -> Result<(), &'static str> {
        let (key, rest) = line.split_once(' ').ok_or("a line needs a key and a value")?;
        match key {
            "hash" => self.cost = Some(cost(rest)?),
            "salt" => self.salt = Some(bytes(rest).ok_or("the salt is not of 16 bytes")?),
            "lengths" => {
                let read = |word: &str| word.parse().ok().filter(|len| (1..=LONGEST).contains(len));
                let read: Option<BTreeSet<usize>> = rest.split(' ').filter(|word| !word.is_empty()).map(read).collect();
                self.lengths = read.ok_or("a length is no number from 1 to 8192")?;
            }
            "filter" => {
                let (width, rest) = rest.split_once(' ').unwrap_or((rest, ""));
                let width = width.parse().ok().filter(|width| (RARE_BITS..=WIDEST).contains(width));
                let width = width.ok_or("the filter's width is none that this program writes")?;
                let read = |word: &str| u32::from_str_radix(word, 16).ok().filter(|short| short >> width == 0);
                let read: Option<_> = rest.split(' ').filter(|word| !word.is_empty()).map(read).collect();
                self.filter = Some((width, read.ok_or("the filter holds what is no short hash")?));
            }
            _ => {
                let hash = bytes(key).ok_or("the line begins with no hash of 16 bytes")?;
                self.names.push((hash, rest.to_owned()));
            }
        }
        Ok(())
    }

    fn seal(self) -> Result<Seal, &'static str> {
        let cost = self.cost.ok_or("it does not say which hash it takes")?;
        let salt = self.salt.ok_or("it has no salt")?;
        let (width, filter) = self.filter.ok_or("it has no filter")?;
        let mut seal = Seal::of_parts(salt, cost, width, self.lengths);
        seal.filter = filter;
        let count = self.names.len();
        seal.names = self.names.into_iter().map(|(hash, names)| (hash, names.into())).collect();
        if seal.names.len() != count {
            return Err("a hash is in it twice");
        }
        if count > 0 && (seal.lengths.is_empty() || seal.filter.is_empty()) {
            return Err("it has values, but no lengths or no filter");
        }
        seal.arm();
        Ok(seal)
    }
}

fn cost(words: &str) -> Result<Cost, &'static str> {
    let numbers = words.strip_prefix("argon2id ").ok_or("the hash is not argon2id")?;
    let (memory, passes) = numbers.split_once(' ').ok_or("the hash's cost is not of two numbers")?;
    let (Ok(memory), Ok(passes)) = (memory.parse(), passes.parse()) else {
        return Err("the hash's cost is not of two numbers");
    };
    if memory < Cost::LEAST.memory || passes < Cost::LEAST.passes {
        return Err("the hash is too cheap to protect anything");
    }
    if memory > Cost::MOST.memory || passes > Cost::MOST.passes {
        return Err("the hash would take more memory or time than a check may");
    }
    Ok(Cost { memory, passes })
}

fn bytes(hex: &str) -> Option<[u8; 16]> {
    HEXLOWER.decode(hex.as_bytes()).ok()?.try_into().ok()
}
