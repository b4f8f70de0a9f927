//! GitHub's own hash of a line, `primaryLocationLineHash`: what code scanning tells two alerts of a file apart by.
//!
//! It must be exactly GitHub's, for `upload-sarif` computes it again where it can open the file. In words: decode as UTF-8
//! and walk the UTF-16 units without spaces and tabs; CR, LF and CR LF are one LF. A line's hash is a polynomial (base 37,
//! wrapping at 64 bits) over the hundred units from the line's start on, running into the following lines; the text ends
//! with one unit 65535, then zeros. Printed in hexadecimal without padding, a colon, and how often the value has occurred.

use std::collections::{HashMap, VecDeque};

const BLOCK: usize = 100;
const BASE: u64 = 37;
const END: u16 = 65535;
/// GitHub takes no larger file, so nothing larger has alerts.
const LARGEST: usize = 100 << 20;

/// The hash of line `line` (from 1) of `text`; none when there is no such line.
pub fn of_line(text: &[u8], line: usize) -> Option<String> {
    of_lines(text, &[line]).pop().flatten()
}

/// The hashes of several lines, in the order asked for.
pub fn of_lines(text: &[u8], lines: &[usize]) -> Vec<Option<String>> {
    if text.len() > LARGEST {
        return vec![None; lines.len()];
    }
    let mut wanted: Vec<usize> = lines.to_vec();
    wanted.sort_unstable();
    wanted.dedup();
    wanted.retain(|&line| line > 0);
    let mut found = Vec::with_capacity(wanted.len());
    let mut seen: HashMap<u64, u32> = HashMap::new();
    let mut window = Window::new();
    let mut step = |unit: u16, starts_line: bool| {
        let done = window.push(unit, starts_line);
        done.is_none_or(|(line, hash)| {
            let count = seen.entry(hash).or_default();
            *count += 1;
            if wanted.get(found.len()) == Some(&line) {
                found.push(format!("{hash:x}:{count}"));
            }
            found.len() < wanted.len()
        })
    };
    // Most text is ASCII, where a byte is a unit.
    let complete = match text.is_ascii() {
        true => walk(counted(text.iter().copied().map(u16::from)), &mut step),
        false => walk(counted(units(text)), &mut step),
    };
    if complete {
        // Zeros push the remaining lines out.
        (0..BLOCK).all(|_| step(0, false));
    }
    lines.iter().map(|line| found.get(wanted.binary_search(line).ok()?).cloned()).collect()
}

/// Passes units and the end on until `step` has enough; says whether it never had.
fn walk(units: impl Iterator<Item = u16>, step: &mut impl FnMut(u16, bool) -> bool) -> bool {
    let mut at_start = true;
    for unit in units.chain([END]) {
        let starts = std::mem::replace(&mut at_start, unit == u16::from(b'\n'));
        if !step(unit, starts) {
            return false;
        }
    }
    true
}

/// The UTF-16 units of a text.
fn units(text: &[u8]) -> impl Iterator<Item = u16> {
    let characters = text.utf8_chunks().flat_map(|chunk| {
        let replacement = (!chunk.invalid().is_empty()).then_some(char::REPLACEMENT_CHARACTER);
        chunk.valid().chars().chain(replacement)
    });
    characters.flat_map(|character| {
        let mut pair = [0; 2];
        let count = character.encode_utf16(&mut pair).len();
        pair.into_iter().take(count)
    })
}

/// The units that count, line ends made alike.
fn counted(units: impl Iterator<Item = u16>) -> impl Iterator<Item = u16> {
    let mut after_return = false;
    units.filter_map(move |unit| {
        let follows_return = std::mem::replace(&mut after_return, unit == u16::from(b'\r'));
        match u8::try_from(unit) {
            Ok(b' ' | b'\t') => None,
            Ok(b'\n') if follows_return => None,
            Ok(b'\r') => Some(u16::from(b'\n')),
            _ => Some(unit),
        }
    })
}

/// The last hundred units, their polynomial, and the lines that begin among them.
struct Window {
    units: [u16; RING],
    count: usize,
    hash: u64,
    leaving: u64,
    lines: usize,
    starts: VecDeque<usize>,
    /// The count at which the first of these lines has all its units; never without one.
    due: usize,
}

/// Room for the units of a window, as a power of two.
const RING: usize = 128;

impl Window {
    fn new() -> Self {
        let leaving = (0..BLOCK).fold(1_u64, |power, _| power.wrapping_mul(BASE));
        Self { units: [0; RING], count: 0, hash: 0, leaving, lines: 0, starts: VecDeque::new(), due: usize::MAX }
    }

    /// Takes a unit. When a line's hundredth unit was the one before, returns the line's number and hash.
    #[inline]
    fn push(&mut self, unit: u16, starts_line: bool) -> Option<(usize, u64)> {
        let done = (self.due == self.count).then(|| {
            self.starts.pop_front();
            self.due = self.starts.front().map_or(usize::MAX, |start| start + BLOCK);
            (self.lines - self.starts.len(), self.hash)
        });
        if starts_line {
            self.lines += 1;
            self.starts.push_back(self.count);
            self.due = self.due.min(self.count + BLOCK);
        }
        let oldest = self.units[self.count.wrapping_sub(BLOCK) % RING];
        self.units[self.count % RING] = unit;
        self.hash = self
            .hash
            .wrapping_mul(BASE)
            .wrapping_add(u64::from(unit))
            .wrapping_sub(self.leaving.wrapping_mul(u64::from(oldest)));
        self.count += 1;
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let lines: Vec<usize> = (1..=expected.len()).collect();
        let hashes: Vec<String> = of_lines(text.as_bytes(), &lines).into_iter().flatten().collect();
        assert_eq!(hashes, expected, "{text:?}");
    }

    #[test]
    fn vectors() {
        check("", &["c129715d7a2bc9a3:1"]);
        check("hello\n", &["5e536e90a7094d15:1", "c129715d7a2bc9a3:1"]);
        check("a b\tc\r\nabc\nabc", &["f81046d3f136450d:1", "ae317d1cb8ba0c95:1", "cba6a0809d21a39d:1"]);
    }

    #[test]
    fn line_ends_and_spaces_make_no_difference() {
        let lines = [1, 2, 3];
        let plain = of_lines(b"x = 1\ny = 2\nz", &lines);
        for other in ["x = 1\r\ny = 2\r\nz", "x = 1\ry = 2\rz", "\tx=1\n  y =\t2 \n z"] {
            assert_eq!(of_lines(other.as_bytes(), &lines), plain, "{other:?}");
        }
    }

    #[test]
    fn equal_blocks_are_numbered_and_lines_beyond_the_end_have_none() {
        let text = format!("{}\n", "x".repeat(99)).repeat(3);
        let hashes = of_lines(text.as_bytes(), &[1, 2, 3, 4, 5]);
        let number = |at: usize| hashes[at].as_deref().and_then(|hash| hash.split_once(':'));
        assert_eq!(number(0).map(|(hash, _)| hash), number(1).map(|(hash, _)| hash));
        assert_eq!((number(0).unwrap().1, number(1).unwrap().1, number(2).unwrap().1), ("1", "2", "3"));
        assert_eq!((hashes[3].as_deref(), hashes[4].as_deref()), (Some("c129715d7a2bc9a3:1"), None));
        assert_eq!(of_line(text.as_bytes(), 2), hashes[1]);
        assert_eq!(of_line(b"x", 0), None);
    }

    #[test]
    fn a_slow_reading_of_the_definition_agrees() {
        agrees(&"fn main() {\n    let s = \"é𝄞\u{1}\";\r\n\n}\n\tx\n".repeat(9));
        agrees(&"fn main() {\n    let s = \"e\u{1}\";\r\n\n}\n\tx\n".repeat(9));
    }

    fn agrees(text: &str) {
        let mut kept: Vec<u16> = counted(units(text.as_bytes())).collect();
        kept.push(END);
        let mut starts = vec![0];
        starts.extend(kept.iter().enumerate().filter(|(_, unit)| **unit == 10).map(|(at, _)| at + 1));
        for (number, start) in starts.iter().enumerate() {
            let block = kept[*start..].iter().copied().chain(std::iter::repeat(0)).take(BLOCK);
            let hash = block.fold(0_u64, |hash, unit| hash.wrapping_mul(BASE).wrapping_add(u64::from(unit)));
            let ours = of_line(text.as_bytes(), number + 1).unwrap();
            assert_eq!(ours.split(':').next(), Some(format!("{hash:x}").as_str()), "line {}", number + 1);
        }
    }
}
