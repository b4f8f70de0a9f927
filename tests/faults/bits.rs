//! Bits that flip and files that are cut, wherever git keeps something: never a silent 0, never a panic.

use std::path::{Path, PathBuf};

use stanch::source::history::Selection;

use crate::inside::{Inside, code};
use crate::support::{Sandbox, token};

/// A small generator of random numbers.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % end as u64) as usize
    }
}

/// A repository with one secret that is committed and one that is staged, in one storage or another.
fn laboratory(options: &[&str], packed: bool) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.git(&[&["init", "--quiet", "--initial-branch=main"], options].concat());
    for number in 0..4 {
        sandbox.write(&format!("lib/a-{number}.txt"), format!("line {number}\n").repeat(60));
        sandbox.commit(&format!("Step {number}"));
    }
    sandbox.git(&["tag", "-a", "-m", "One", "v1"]);
    sandbox.write("lib/a-1.txt", format!("{}token = {}\n", "line 1\n".repeat(60), token(1)));
    sandbox.commit("Leak");
    sandbox.git(&["branch", "side"]);
    if packed {
        sandbox.git(&["repack", "-adfq"]);
        sandbox.git(&["pack-refs", "--all"]);
    }
    sandbox.write("staged.txt", format!("token = {}\n", token(2)));
    sandbox.git(&["add", "staged.txt"]);
    sandbox
}

/// Every file of the git directory that a scan depends on.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut pending = vec![dir.join(".git")];
    while let Some(path) = pending.pop() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "hooks" && name != "logs" {
                pending.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            }
        } else if !["description", "COMMIT_EDITMSG", "exclude", "packs"].contains(&name.as_str()) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Neither command may end with 0 while a secret is in there: it is found, or the loss is told.
#[track_caller]
fn nothing_is_lost_in_silence(inside: &Inside, dir: &Path, what: &str) {
    for selection in [Selection::Everything, Selection::Reachable] {
        let result = inside.history(dir, &selection, 2);
        assert_ne!(code(&result), 0, "history, {selection:?}: {what}");
        if let Ok(report) = &result {
            let is_whole = report.findings.len() >= 2;
            let is_told = report.notices.iter().any(|notice| notice.kind.is_incomplete());
            assert!(is_whole || is_told, "{selection:?}: {what}: a loss is not told");
        }
    }
    let result = inside.staged(dir);
    assert_ne!(code(&result), 0, "staged: {what}");
}

fn replaced(path: &Path, content: &[u8]) {
    std::fs::remove_file(path).unwrap();
    std::fs::write(path, content).unwrap();
}

#[test]
fn flipped_bits_are_told() {
    let inside = Inside::new();
    let mut random = Random(20_260_102);
    let reftable: &[&str] = &["--ref-format=reftable"];
    let sha256: &[&str] = &["--object-format=sha256"];
    for (options, packed) in [(&[][..], false), (&[], true), (reftable, true), (sha256, true)] {
        let sandbox = laboratory(options, packed);
        nothing_is_lost_in_silence(&inside, &sandbox.dir, "sound");
        for file in files(&sandbox.dir) {
            let sound = std::fs::read(&file).unwrap();
            for _ in 0..if sound.len() > 1000 { 24 } else { 6 } {
                let (at, bit) = (random.below(sound.len().max(1)), random.below(8));
                let mut damaged = sound.clone();
                let Some(byte) = damaged.get_mut(at) else { continue };
                *byte ^= 1 << bit;
                replaced(&file, &damaged);
                nothing_is_lost_in_silence(&inside, &sandbox.dir, &format!("{} byte {at} bit {bit}", file.display()));
            }
            replaced(&file, &sound);
        }
    }
}

#[test]
fn cut_and_missing_files_are_told() {
    let inside = Inside::new();
    for packed in [false, true] {
        let sandbox = laboratory(&[], packed);
        for file in files(&sandbox.dir) {
            let sound = std::fs::read(&file).unwrap();
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            for part in [0, 1, 3] {
                replaced(&file, &sound[..sound.len() * part / 4]);
                let result = inside.history(&sandbox.dir, &Selection::Everything, 2);
                assert_ne!(code(&result), 0, "{} cut at {part}/4", file.display());
                if name == "index" {
                    let result = inside.staged(&sandbox.dir);
                    assert_ne!(code(&result), 0, "the index cut at {part}/4");
                }
            }
            std::fs::remove_file(&file).unwrap();
            let result = inside.history(&sandbox.dir, &Selection::Everything, 2);
            assert_ne!(code(&result), 0, "{} gone", file.display());
            std::fs::write(&file, &sound).unwrap();
        }
    }
}
