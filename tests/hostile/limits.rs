//! `--max-memory`: what does not fit is read in pieces where it can be, reported where it cannot, and never held.

use std::os::unix::fs::FileExt;

use sirocco::Format;
use sirocco::deflate::Level;

use crate::measure::within;
use crate::support::{Sandbox, token};

/// What is asked for, and what a run may take at most: the rules, the program and the stacks come on top.
const SIZE: &str = "64M";
const CEILING: u64 = 64 + 48;

/// A file of zeros with a token near its end.
fn large(sandbox: &Sandbox, name: &str, size: u64, seed: u64) {
    let file = std::fs::File::create(sandbox.dir.join(name)).unwrap();
    file.set_len(size).unwrap();
    file.write_all_at(format!("\n{}\n", token(seed)).as_bytes(), size - 70).unwrap();
}

#[test]
fn a_blob_beyond_the_limit_is_read_as_it_streams_by() {
    let sandbox = Sandbox::repository();
    large(&sandbox, "large.bin", 49 << 20, 1);
    sandbox.git(&["-c", "core.bigFileThreshold=1m", "add", "large.bin"]);
    let check = |what: &str, args: &[&str]| {
        let args = [args, &["--max-memory", SIZE, "--format", "json"]].concat();
        let run = within(&sandbox, &format!("{what} with {SIZE}"), &args, CEILING).exits(1);
        let json = run.json();
        assert_eq!(json["findings"][0]["location"]["path"], "large.bin", "{what}: {}", run.stdout);
        assert_eq!(json["summary"]["not_read"], 0, "{what}: {}", run.stdout);
    };
    check("a staged blob", &["staged"]);
    sandbox.git(&["commit", "--quiet", "-m", "Large"]);
    check("a range", &["history", "HEAD~1..HEAD"]);
}

#[test]
fn what_cannot_be_read_in_pieces_is_reported() {
    let sandbox = Sandbox::repository();
    let zeros = vec![0; 20 << 20];
    sandbox.write("large.txt.gz", sirocco::compress(Format::Gzip, Level::DEFAULT, &zeros));
    let args = ["scan", "--max-memory", SIZE, "--format", "json"];
    let run = within(&sandbox, &format!("a gzip file with {SIZE}"), &args, CEILING).exits(3);
    assert!(run.stdout.contains("\"limit\"") && run.stdout.contains("large.txt.gz"), "{}", run.stdout);
    // With room enough it is read to its end.
    let _ = within(&sandbox, "a gzip file with 512M", &["scan", "--max-memory", "512M"], 512).exits(0);
    for size in ["63M", "lots", "0"] {
        let _ = sandbox.stanch(&["scan", "--max-memory", size]).exits(2).warns("64M or more");
    }
}
