//! Repositories made by real `git`, and what git itself says is in them.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::super::{HashKind, ObjectKind, ObjectStore};
use crate::model::ObjectId;

/// A bare repository in a temporary directory.
pub struct Laboratory {
    dir: tempfile::TempDir,
    pub hash: HashKind,
}

impl Laboratory {
    /// Makes an empty one.
    pub fn new(hash: HashKind) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let format = match hash {
            HashKind::Sha1 => "--object-format=sha1",
            HashKind::Sha256 => "--object-format=sha256",
        };
        let laboratory = Self { dir, hash };
        laboratory.git(&["init", "-q", "--bare", format, "."]);
        laboratory
    }

    /// Where its objects are.
    pub fn objects(&self) -> PathBuf {
        self.dir.path().join("objects")
    }

    /// Opens it.
    pub fn store(&self) -> ObjectStore {
        ObjectStore::open(&[self.objects()], self.hash)
    }

    /// Runs git in it.
    pub fn git(&self, args: &[&str]) -> Vec<u8> {
        self.git_with(args, b"")
    }

    /// Runs git in it with something on standard input.
    pub fn git_with(&self, args: &[&str], input: &[u8]) -> Vec<u8> {
        let mut child = command(self.dir.path())
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        let feeder = std::thread::spawn(move || {
            let _ = stdin.write_all(&input);
        });
        let output = child.wait_with_output().unwrap();
        feeder.join().unwrap();
        assert!(output.status.success(), "git {args:?}");
        output.stdout
    }

    /// Writes a loose object.
    pub fn blob(&self, content: &[u8]) -> ObjectId {
        let hex = self.git_with(&["hash-object", "-w", "--stdin"], content);
        ObjectId::from_hex(hex.trim_ascii()).unwrap()
    }

    /// Writes a history of `commits` in which a few files grow and change, as loose or packed objects of git's choice.
    pub fn history(&self, seed: u64, commits: usize) {
        let mut random = Random(seed);
        let mut files: Vec<Vec<u8>> = (0..6).map(|i| random.text(400 * (i + 1) * (i + 1))).collect();
        let mut stream = Vec::new();
        for commit in 0..commits {
            for _ in 0..=random.below(3) {
                let file = random.below(files.len());
                random.edit(&mut files[file]);
            }
            let message = format!("commit {commit} of {seed}");
            write!(stream, "commit refs/heads/history-{seed}\ncommitter A U Thor <a@example.com> {commit} +0000\n")
                .unwrap();
            write!(stream, "data {}\n{message}\n", message.len()).unwrap();
            for (i, file) in files.iter().enumerate() {
                write!(stream, "M 100644 inline dir-{}/file-{i}\ndata {}\n", i % 2, file.len()).unwrap();
                stream.extend_from_slice(file);
                stream.push(b'\n');
            }
        }
        write!(
            stream,
            "tag v{seed}\nfrom refs/heads/history-{seed}\ntagger A U Thor <a@example.com> 1 +0000\ndata 3\ntag\n"
        )
        .unwrap();
        self.git_with(&["-c", "fastimport.unpackLimit=0", "fast-import", "--quiet"], &stream);
    }

    /// What git reads: every object with its kind and content.
    pub fn oracle(&self) -> BTreeMap<ObjectId, (ObjectKind, Vec<u8>)> {
        let mut child = command(self.dir.path())
            .args(["cat-file", "--batch-all-objects", "--batch", "--buffer"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut objects = BTreeMap::new();
        let mut line = Vec::new();
        while output.read_until(b'\n', &mut line).unwrap() > 0 {
            let mut words = line.trim_ascii().split(|&byte| byte == b' ');
            let id = ObjectId::from_hex(words.next().unwrap()).unwrap();
            let kind = ObjectKind::from_word(words.next().unwrap()).unwrap();
            let size: usize = std::str::from_utf8(words.next().unwrap()).unwrap().parse().unwrap();
            let mut content = vec![0; size + 1];
            output.read_exact(&mut content).unwrap();
            content.pop();
            objects.insert(id, (kind, content));
            line.clear();
        }
        assert!(child.wait().unwrap().success());
        objects
    }

    /// Writes a loose copy of an object that is packed already.
    pub fn loose_copy(&self, kind: ObjectKind, content: &[u8]) {
        let id = super::forge::Forge::id(self.hash, kind, content).to_string();
        let file = self.objects().join(&id[..2]).join(&id[2..]);
        let object = [format!("{kind} {}\0", content.len()).as_bytes(), content].concat();
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, sirocco::compress(sirocco::Format::Zlib, sirocco::deflate::Level::DEFAULT, &object))
            .unwrap();
    }

    /// The file of a loose object.
    pub fn loose_file(&self) -> PathBuf {
        let fans = std::fs::read_dir(self.objects()).unwrap().map(|fan| fan.unwrap().path());
        let fan = fans.filter(|fan| fan.file_name().unwrap().len() == 2).min().unwrap();
        std::fs::read_dir(fan).unwrap().next().unwrap().unwrap().path()
    }

    /// All ids, one a line.
    pub fn all_ids(&self) -> Vec<u8> {
        self.git(&["cat-file", "--batch-all-objects", "--batch-check=%(objectname)"])
    }

    /// How many objects are stored as differences.
    pub fn delta_count(&self) -> usize {
        let bases = self.git(&["cat-file", "--batch-all-objects", "--batch-check=%(deltabase)"]);
        bases.split(|&byte| byte == b'\n').filter(|base| base.iter().any(|&digit| digit != b'0')).count()
    }

    /// The files of its packs with an extension.
    pub fn pack_files(&self, extension: &str) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> = std::fs::read_dir(self.objects().join("pack"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|found| found == extension))
            .collect();
        files.sort();
        files
    }
}

fn command(dir: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .current_dir(dir)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", dir)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null");
    command
}

/// A small generator of random numbers: the same history for the same seed.
pub struct Random(pub u64);

impl Random {
    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// Some lines of about `len` bytes.
    pub fn text(&mut self, len: usize) -> Vec<u8> {
        let mut text = Vec::new();
        while text.len() < len {
            text.extend_from_slice(format!("{:016x} {:x}\n", self.next(), self.next()).as_bytes());
        }
        text
    }

    /// Changes something somewhere.
    pub fn edit(&mut self, text: &mut Vec<u8>) {
        let at = self.below(text.len() + 1);
        let end = (at + self.below(80)).min(text.len());
        let len = self.below(120) + 1;
        let with = self.text(len);
        text.splice(at..end, with);
    }
}
