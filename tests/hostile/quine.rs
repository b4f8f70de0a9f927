//! A gzip file that holds itself: followed to the limit of depth and no further, and told.
//!
//! Built by hand from copies and stored blocks, each of five bytes: the stream prints its own instructions. The checksum is
//! solved for, since the file that it sums up holds it twice.

use crate::measure::bounded;
use crate::support::{Sandbox, token};

const HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
/// Checksum and size behind the stream.
const TAIL: usize = 8;
/// Every instruction takes so many bytes.
const UNIT: usize = 5;

/// A stored block's head: `len` bytes follow as they are.
fn print(len: usize) -> [u8; UNIT] {
    let [low, high] = (len as u16).to_le_bytes();
    [0, low, high, !low, !high]
}

/// A block that repeats the last bytes: two copies from the same distance.
fn repeat(lens: [usize; 2], is_last: bool) -> [u8; UNIT] {
    let (mut bits, mut count) = (0_u64, 0);
    let mut put = |value: usize, len: u32| {
        bits |= (value as u64) << count;
        count += len;
    };
    // Codes stand with their highest bit first, everything else with its lowest.
    let code = |value: usize, len: u32| (value.reverse_bits() >> (usize::BITS - len), len);
    // Whether it is the last block, and that its codes are the fixed ones.
    put(usize::from(is_last), 1);
    put(1, 2);
    let distance = lens[0] + lens[1];
    for len in lens {
        let (symbol, extra) = match len {
            3..=10 => (len - 2, None),
            _ => (9 + (len - 11) / 2, Some((len - 11) % 2)),
        };
        let (value, width) = code(symbol, 7);
        put(value, width);
        extra.inspect(|&extra| put(extra, 1));
        let (symbol, extra, width) = if distance < 17 { (7, distance - 13, 2) } else { (8, distance - 17, 3) };
        let (value, len) = code(symbol, 5);
        put(value, len);
        put(extra, width);
    }
    put(0, 7);
    assert!((38..=40).contains(&count), "the block after it begins with its next byte");
    bits.to_le_bytes()[..UNIT].try_into().unwrap()
}

/// The file with `sum` where its checksum belongs.
fn file(sum: u32) -> Vec<u8> {
    let head_and_one = HEAD.len() + UNIT;
    let (l1, l4, l0) = (print(UNIT), print(4 * UNIT), print(0));
    let (lp, ls) = (print(head_and_one), print(TAIL + UNIT));
    let (rp, r4, rs) = (repeat([3, 12], false), repeat([10, 10], false), repeat([3, 10], true));
    let tail = |size: u32| [sum.to_le_bytes(), size.to_le_bytes()].concat();
    let whole = |size: u32| {
        let tail = tail(size);
        let parts: [&[u8]; 34] = [
            &HEAD, &lp, &HEAD, &lp, &rp, &l1, &rp, &l1, &l1, &l4, &rp, &l1, &l1, &l4, &r4, &l4, &r4, &l4, &r4, &l4,
            &r4, &l4, &r4, &l0, &l0, &ls, &r4, &l0, &l0, &ls, &rs, &tail, &rs, &tail,
        ];
        parts.concat()
    };
    whole(whole(0).len() as u32)
}

/// The checksum with which the file sums up to what it says: the sum is linear but for a constant.
fn solve() -> u32 {
    let sum = |sum: u32| crc32fast::hash(&file(sum)) ^ sum;
    let constant = sum(0);
    // Rows of a system of equations: which bits of the sum to choose, and what they have to come to.
    let mut rows: Vec<(u32, u32)> = (0..32).map(|bit| (sum(1 << bit) ^ constant, 1 << bit)).collect();
    let (mut wanted, mut chosen) = (constant, 0);
    for bit in 0..32 {
        let Some(at) = rows.iter().position(|(row, _)| row >> bit & 1 == 1) else { continue };
        let (pivot, choice) = rows.swap_remove(at);
        for (row, from) in &mut rows {
            if *row >> bit & 1 == 1 {
                *row ^= pivot;
                *from ^= choice;
            }
        }
        if wanted >> bit & 1 == 1 {
            wanted ^= pivot;
            chosen ^= choice;
        }
    }
    assert_eq!(wanted, 0, "there is such a checksum");
    chosen
}

#[test]
fn a_file_that_holds_itself_is_followed_to_the_limit() {
    let quine = file(solve());
    let inside = sirocco::decompress(sirocco::Format::Gzip, &quine, 1 << 20).unwrap();
    assert!(inside == quine, "it holds itself");
    let sandbox = Sandbox::repository();
    sandbox.write("quine.gz", &quine);
    sandbox.git(&["add", "quine.gz"]);
    for command in ["scan", "staged"] {
        let run = bounded(&sandbox, &format!("quine.gz, {command}"), &[command, "--format", "json"]);
        let run = run.exits(3);
        assert!(run.stdout.contains("8 containers deep"), "{}", run.stdout);
    }
    // A crowd of them behind one another, in themselves: no more is read than the limits allow.
    sandbox.write("crowd.gz", quine.repeat(300));
    let _ = bounded(&sandbox, "300 quines in one file", &["scan"]).exits(3);
    sandbox.write("leak.txt", format!("{}\n", token(1)));
    let _ = bounded(&sandbox, "quines beside a token", &["scan"]).exits(1).says("leak.txt");
}
