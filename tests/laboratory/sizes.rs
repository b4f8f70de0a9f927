//! Large contents: a line of megabytes, and a file that does not fit into memory at once.

use std::fs::File;
use std::io::{BufWriter, Write as _};

use super::places::{Expected, Lab};
use super::support::Sandbox;

#[test]
fn a_line_of_six_megabytes_is_read() {
    let mut lab = Lab::new(Sandbox::repository());
    let [one, two, three] = lab.baits.all();
    let filler = "abc def;".repeat(2 << 18);
    let text = format!("{filler}{};{filler}{};{filler}{};", one.text, two.text.replace('\n', ";"), three.text);
    assert!(text.len() > 6 << 20 && !text.contains('\n'));
    lab.sandbox.write("line.js", text);
    for bait in [one, two, three] {
        lab.add("line of 6 MB", bait, Expected::at("line.js:1:").lines(1..=1));
    }
    lab.check(&["scan"]);
    lab.sandbox.commit("Leak");
    lab.check(&["history"]);
}

/// At the start, across each border of pieces, and at the end. The size is that of a piece and a little; a run with
/// `STANCH_LAB_BYTES=1073741824` and the release build takes a whole gigabyte.
#[test]
fn a_large_file_is_read_to_its_end() {
    let size: usize = std::env::var("STANCH_LAB_BYTES").map_or(136 << 20, |size| size.parse().unwrap());
    let mut lab = Lab::new(Sandbox::repository());
    let mut file = BufWriter::new(File::create(lab.sandbox.dir.join("large.log")).unwrap());
    // Nearly all of it is one line break and zeros, which cost the disk little and the scanner what any text costs.
    let block = [&[b' '; (1 << 20) - 1][..], b"\n"].concat();
    for megabyte in 0..size >> 20 {
        let wanted = megabyte % 127 == 0 || megabyte == (size >> 20) - 1;
        if wanted {
            let bait = lab.baits.assigned();
            writeln!(file, "{}", bait.text).unwrap();
            // Each bait is a line of its own, so the lines before are those of the blocks and of the baits.
            let line = megabyte + 1 + lab.values().count();
            lab.add(format!("at {megabyte} MB"), bait, Expected::at("large.log").lines(line..=line));
        }
        file.write_all(&block).unwrap();
    }
    file.into_inner().unwrap().sync_data().unwrap();
    lab.check(&["scan"]);
}
