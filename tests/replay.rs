//! The fuzz targets' bodies over their corpora: what once broke a law, and a sample of what does not.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test ends at the first thing that goes wrong, and names it"
)]

use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

#[path = "../fuzz/src/targets/mod.rs"]
mod targets;

fn files(name: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Targets that read files share a folder: one test at a time.
static FOLDER: Mutex<()> = Mutex::new(());

#[test]
fn every_corpus_is_survived() {
    let _turn = FOLDER.lock().unwrap_or_else(PoisonError::into_inner);
    for (name, run) in targets::ALL {
        let files = files(name);
        assert!(!files.is_empty(), "the corpus of {name} is empty");
        for file in files {
            eprintln!("{}", file.display());
            run(&std::fs::read(&file).unwrap());
        }
        run(b"");
    }
}

/// What becomes of the corpora when bytes are flipped, cut out, doubled and put together: the same few each time. `STANCH_FUZZ=900`
/// draws others and goes on for so many seconds for each target, `STANCH_FUZZ_TARGET` names one of them; what fails is written down to be kept.
#[test]
fn mutants_of_every_corpus_are_survived() {
    let _turn = FOLDER.lock().unwrap_or_else(PoisonError::into_inner);
    let seconds: Option<u64> = std::env::var("STANCH_FUZZ").ok().map(|seconds| seconds.parse().unwrap());
    let only = std::env::var("STANCH_FUZZ_TARGET").ok();
    for (name, run) in targets::ALL.iter().filter(|(name, _)| only.as_ref().is_none_or(|only| only == name)) {
        let corpus: Vec<Vec<u8>> = files(name).iter().map(|file| std::fs::read(file).unwrap()).collect();
        let (drawn, given) =
            (RandomState::new().hash_one(name), (name.len() as u64) << 32 | u64::from(name.as_bytes()[0]));
        let mut random = Random(if seconds.is_some() { drawn } else { given } | 1);
        let (start, mut done) = (Instant::now(), 0_u64);
        while seconds.map_or(done < 24, |seconds| start.elapsed() < Duration::from_secs(seconds)) {
            let mutant = random.mutant(&corpus);
            done += 1;
            if std::panic::catch_unwind(|| run(&mutant)).is_err() {
                let kept = std::env::temp_dir().join(format!("stanch-{name}-{:x}", random.0));
                std::fs::write(&kept, &mutant).unwrap();
                panic!("{name} does not survive {}: keep it in fuzz/corpus/{name}", kept.display());
            }
        }
        eprintln!("{name}: {done} mutants in {:.0} s", start.elapsed().as_secs_f64());
    }
}

/// Numbers that follow from the first one.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % end.max(1)
    }

    fn mutant(&mut self, corpus: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = corpus[self.below(corpus.len())].clone();
        bytes.truncate(16 << 10);
        for _ in 0..=self.below(6) {
            let (at, len) = (self.below(bytes.len() + 1), self.below(40));
            let end = bytes.len().min(at + len);
            match self.below(6) {
                0 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
                1 if at < bytes.len() => bytes[at] = [0, 0xff, b'\n', b'"', b'\\', b'='][self.below(6)],
                2 => drop(bytes.drain(at..end)),
                3 => bytes.splice(at..at, bytes[at..end].to_vec()).for_each(drop),
                4 => {
                    let other = &corpus[self.below(corpus.len())];
                    let from = self.below(other.len());
                    let part = other[from..other.len().min(from + self.below(200))].to_vec();
                    bytes.splice(at..at, part).for_each(drop);
                }
                _ => bytes.truncate(end),
            }
        }
        bytes
    }
}

#[test]
fn every_target_has_a_program_and_every_corpus_a_target() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let manifest = std::fs::read_to_string(fuzz.join("Cargo.toml")).unwrap();
    for (name, _) in targets::ALL {
        let program = std::fs::read_to_string(fuzz.join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(program.contains(&format!("targets::{name}::run")));
        assert!(manifest.contains(&format!("name = \"{name}\"")));
    }
    for folder in std::fs::read_dir(fuzz.join("corpus")).unwrap() {
        let name = folder.unwrap().file_name().into_string().unwrap();
        assert!(targets::ALL.iter().any(|(target, _)| *target == name), "no target reads fuzz/corpus/{name}");
    }
}
