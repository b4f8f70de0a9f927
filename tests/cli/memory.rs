//! What a sweep remembers for the next one, and what it must never make it miss.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Sandbox, token};

/// A history with a secret that was removed, in a packed repository.
fn repository() -> Sandbox {
    let sandbox = Sandbox::repository();
    for number in 0..20 {
        sandbox.write(&format!("file{}", number % 4), format!("{number} lines of nothing in particular\n").repeat(30));
        sandbox.commit(&format!("Step {number}"));
    }
    sandbox.write("app.conf", format!("token = {}\n", token(1)));
    sandbox.commit("Leak");
    sandbox.write("app.conf", "token = from the vault\n");
    sandbox.commit("Clean");
    sandbox.git(&["repack", "-adq"]);
    sandbox
}

fn memory(sandbox: &Sandbox) -> Option<PathBuf> {
    let folder = sandbox.dir.join(".git/stanch/verdicts");
    let files: Vec<PathBuf> = fs::read_dir(folder).ok()?.map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "one way of reading, one file: {files:?}");
    Some(files[0].clone())
}

fn sweep(sandbox: &Sandbox, more: &[&str]) -> serde_json::Value {
    let mut json = sandbox.stanch(&[&["history", "--format", "json"], more].concat()).exits(1).json();
    json["receipt"]["findings"] = json["findings"].take();
    json["receipt"].take()
}

#[test]
fn a_second_sweep_reads_only_what_held_something_and_says_the_same() {
    let sandbox = repository();
    let first = sweep(&sandbox, &[]);
    assert_eq!(first["remembered"], 0);
    let second = sweep(&sandbox, &[]);
    assert_eq!(second["findings"], first["findings"]);
    assert_eq!(second["blobs"], 1, "only the blob with the secret is read again");
    let sum = second["blobs"].as_u64().unwrap() + second["remembered"].as_u64().unwrap();
    assert_eq!(Some(sum), first["blobs"].as_u64());
    let content = fs::read(memory(&sandbox).unwrap()).unwrap();
    assert!(!content.windows(token(1).len()).any(|window| window == token(1).as_bytes()));
}

fn outcomes(sandbox: &Sandbox) -> usize {
    fs::read_dir(sandbox.dir.join(".git/stanch/outcomes")).map_or(0, Iterator::count)
}

fn outcome(sandbox: &Sandbox) -> PathBuf {
    fs::read_dir(sandbox.dir.join(".git/stanch/outcomes")).unwrap().next().unwrap().unwrap().path()
}

#[test]
fn an_unchanged_history_is_not_walked_again() {
    let sandbox = repository();
    let message = format!("Say {}", token(3));
    sandbox.git(&["commit", "-q", "--allow-empty", "-m", &message]);
    sandbox.git(&["tag", "-a", "v1", "-m", &format!("Tag {}", token(4))]);
    sandbox.write(".env.example", format!("API_TOKEN={}\n", token(5)));
    sandbox.write(".env", "PORT=1\n");
    sandbox.commit("Add what is judged by its name");
    let report = || {
        let mut report = sandbox.stanch(&["history", "--format", "json"]).exits(1).json();
        for field in ["receipt", "run", "duration_ms", "started"] {
            report.as_object_mut().unwrap().remove(field);
        }
        report
    };
    let first = report();
    assert_eq!(outcomes(&sandbox), 1);
    assert_eq!(report(), first);
    let counts = |value: &serde_json::Value| ["refs", "commits", "tags", "trees"].map(|name| value[name].clone());
    let (again, whole) = (sweep(&sandbox, &[]), sweep(&sandbox, &["--no-cache"]));
    assert_eq!(counts(&again), counts(&whole));
    assert!(again["bytes"].as_u64() < whole["bytes"].as_u64());
    let content = fs::read(outcome(&sandbox)).unwrap();
    let content = String::from_utf8(content.iter().copied().filter(u8::is_ascii).collect()).unwrap();
    for number in [1, 3, 4, 5] {
        let hex: String = token(number).bytes().map(|byte| format!("{byte:02x}")).collect();
        assert!(!content.contains(&token(number)) && !content.contains(&hex));
    }
    // Another ref leads to the same objects: the answer is another one.
    sandbox.git(&["branch", "other"]);
    let refs = |report: serde_json::Value| report["findings"].to_string().matches("refs/heads/other").count();
    assert_eq!(refs(first), 0);
    assert!(refs(report()) > 0);
}

#[test]
fn a_history_with_a_finding_in_a_name_is_not_remembered() {
    let sandbox = repository();
    sandbox.git(&["branch", &token(6)]);
    assert_eq!(sweep(&sandbox, &[])["findings"], sweep(&sandbox, &[])["findings"]);
    assert_eq!(outcomes(&sandbox), 0);
}

#[test]
fn a_content_that_git_lfs_brings_later_is_found_at_its_path() {
    let sandbox = repository();
    let content = format!("token = {}\n", token(7));
    let hash = data_encoding::HEXLOWER.encode(&<sha2::Sha256 as sha2::Digest>::digest(&content));
    let size = content.len();
    let pointer = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{hash}\nsize {size}\n");
    sandbox.write("data.bin", pointer);
    sandbox.commit("Point elsewhere");
    sweep(&sandbox, &[]);
    sandbox.write(&format!(".git/lfs/objects/{}/{}/{hash}", &hash[..2], &hash[2..4]), content);
    let (again, whole) = (sweep(&sandbox, &[]), sweep(&sandbox, &["--no-cache"]));
    assert_eq!(again["findings"], whole["findings"]);
    assert!(again["findings"].to_string().contains("data.bin"));
}

#[test]
fn an_object_that_is_damaged_later_is_told() {
    let sandbox = repository();
    sweep(&sandbox, &[]);
    let packs = sandbox.dir.join(".git/objects/pack");
    let mut files = fs::read_dir(packs).unwrap().map(|entry| entry.unwrap().path());
    let pack = files.find(|path| path.extension().is_some_and(|ending| ending == "pack")).unwrap();
    let mut content = fs::read(&pack).unwrap();
    // Somewhere among the first objects: commits.
    content[40] ^= 0x55;
    let time = fs::metadata(&pack).unwrap().modified().unwrap();
    fs::remove_file(&pack).unwrap();
    fs::write(&pack, content).unwrap();
    // Restored by a tool that keeps times.
    fs::File::options().write(true).open(&pack).unwrap().set_modified(time).unwrap();
    let report = sandbox.stanch(&["history", "--format", "json"]).json();
    assert!(report["notices"].as_array().is_some_and(|notices| !notices.is_empty()), "{report}");
}

#[test]
fn what_comes_later_is_found() {
    let sandbox = repository();
    sweep(&sandbox, &[]);
    sandbox.write("file1", format!("{}key = {}\n", "19 lines of nothing in particular\n".repeat(30), token(2)));
    sandbox.commit("Leak again");
    sandbox.git(&["repack", "-adq"]);
    assert_eq!(sweep(&sandbox, &[])["findings"].as_array().map(Vec::len), Some(2));
}

#[test]
fn other_rules_read_everything_again() {
    let sandbox = repository();
    sweep(&sandbox, &[]);
    let id = sweep(&sandbox, &[])["findings"][0]["rule"].as_str().unwrap().to_owned();
    sandbox.write(".stanch.yml", format!("version: 1\nrules:\n  severity: {{ {id}: low }}\n"));
    assert_eq!(sweep(&sandbox, &[])["remembered"], 0);
}

#[test]
fn what_was_not_read_backwards_is_not_known_backwards() {
    let sandbox = Sandbox::repository();
    let backwards: String = token(8).chars().rev().collect();
    sandbox.write("notes.txt", format!("x = {backwards}\n"));
    sandbox.commit("Hide");
    for (options, expected) in [(&["history"][..], 0), (&["history", "--reversed"], 1), (&["history"], 0)] {
        assert_eq!(sandbox.stanch(options).code, expected, "{options:?}");
    }
}

#[test]
fn a_damaged_memory_counts_as_none() {
    let sandbox = repository();
    let first = sweep(&sandbox, &[]);
    let paths = [memory(&sandbox).unwrap(), outcome(&sandbox)];
    let sound = paths.each_ref().map(|path| fs::read(path).unwrap());
    let damage = |damage: &dyn Fn(&[u8]) -> Vec<u8>| {
        paths.iter().zip(&sound).for_each(|(path, sound)| fs::write(path, damage(sound)).unwrap());
        let again = sweep(&sandbox, &[]);
        assert_eq!((&again["remembered"], &again["findings"]), (&0.into(), &first["findings"]));
    };
    damage(&|sound| sound[..sound.len() / 2].to_vec());
    damage(&|_| Vec::new());
    damage(&|sound| [&sound[..40], &[sound[40] ^ 1], &sound[41..]].concat());
    for (path, sound) in paths.iter().zip(&sound) {
        assert_eq!(&fs::read(path).unwrap(), sound, "a sweep heals it");
    }
}

#[test]
fn of_many_versions_that_hold_a_value_one_is_read_again() {
    let sandbox = Sandbox::repository();
    for number in 0..30 {
        let line = |at: usize| format!("{number} of {at}: nothing in particular\n");
        let values = (0..=number / 10).map(|at| format!("token{at} = {}\n", token(at as u64)));
        sandbox.write("app.conf", (0..number).map(line).chain(values).collect::<String>());
        sandbox.commit(&format!("Step {number}"));
        sandbox.git(&["branch", &format!("step{number}")]);
    }
    sandbox.git(&["repack", "-adq"]);
    let (first, again) = (sweep(&sandbox, &[]), sweep(&sandbox, &[]));
    assert_eq!(again["findings"], first["findings"]);
    assert_eq!(first["findings"].as_array().map(Vec::len), Some(3));
    let refs = |at: usize| first["findings"][at]["history"]["refs"].as_array().unwrap().len();
    assert_eq!([refs(0), refs(1), refs(2)], [31, 21, 11]);
    let number = |receipt: &serde_json::Value, field: &str| receipt[field].as_u64().unwrap();
    assert!((1..=3).contains(&number(&again, "blobs")), "{again}");
    assert_eq!(number(&again, "blobs") + number(&again, "remembered"), number(&first, "blobs"));
}

#[test]
fn a_memory_that_does_not_fit_makes_no_finding_vanish() {
    let sandbox = repository();
    let first = sweep(&sandbox, &[]);
    let path = outcome(&sandbox);
    let sound = fs::read(&path).unwrap();
    let mark =
        String::from_utf8_lossy(&sound).split("\"Value\":0},").nth(1).unwrap().split(',').next().unwrap().to_owned();
    for (old, new) in [("\"Value\":0", "\"Value\":9"), ("\"Value\":0", "\"Name\":0"), (mark.as_str(), "12345")] {
        // Whoever changes it also makes it look whole.
        let body = String::from_utf8(sound[..sound.len() - 32].to_vec()).unwrap();
        let body = body.replacen(old, new, 1);
        let check = <sha2::Sha256 as sha2::Digest>::digest(&body);
        fs::write(&path, [body.as_bytes(), &check].concat()).unwrap();
        let again = sweep(&sandbox, &[]);
        assert_eq!((&again["findings"], &again["commits"]), (&first["findings"], &first["commits"]), "{new}");
        assert_eq!(fs::read(&path).unwrap(), sound, "a sweep heals it");
    }
}

#[test]
fn nothing_is_remembered_on_request_or_where_it_cannot_be_written() {
    let sandbox = repository();
    sweep(&sandbox, &["--no-cache"]);
    assert_eq!(memory(&sandbox), None);
    fs::write(sandbox.dir.join(".git/stanch"), "in the way").unwrap();
    sweep(&sandbox, &[]);
    assert!(Path::new(&sandbox.dir.join(".git/stanch")).is_file());
}
