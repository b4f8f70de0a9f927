//! GitHub's own hash of a line, `primaryLocationLineHash`: what code scanning tells two alerts of a file apart by.
//!
//! It must be exactly GitHub's, for `upload-sarif` computes it again where it can open the file. In words: decode as UTF-8
//! and walk the UTF-16 units without spaces and tabs; CR, LF and CR LF are one LF. A line's hash is a polynomial (base 37,
//! wrapping at 64 bits) over the hundred units from the line's start on, running into the following lines; the text ends
//! with one unit 65535, then zeros. Printed in hexadecimal without padding, a colon, and how often the value has occurred.

use std::collections::HashMap;

const BLOCK: usize = 100;
const BASE: u64 = 37;
const END: u16 = 65535;
const LINE_END: u16 = b'\n' as u16;
/// GitHub takes no larger file, so nothing larger has alerts.
const LARGEST: usize = 100 << 20;
/// Units that are hashed at once.
const CHUNK: usize = 1 << 14;

/// The hash of line `line` (from 1) of `text`; none when there is no such line.
pub fn of_line(text: &[u8], line: usize) -> Option<String> {
    of_lines(text, &[line]).pop().flatten()
}

/// The hashes of several lines, in the order asked for.
pub fn of_lines(text: &[u8], lines: &[usize]) -> Vec<Option<String>> {
    if text.len() > LARGEST {
        return vec![None; lines.len()];
    }
    let most = lines.iter().copied().max().unwrap_or_default();
    // Most text is ASCII, where a byte is a unit.
    let hashes = match text.is_ascii() {
        true => hashes(Ascii { text, after_return: false }, most),
        false => hashes(Units(counted(units(text))), most),
    };
    let hash = |line: usize| hashes.get(line.checked_sub(1)?).copied();
    let asked: Vec<u64> = lines.iter().filter_map(|&line| hash(line)).collect();
    let mut counts: HashMap<u64, u32> = asked.iter().map(|&hash| (hash, 0)).collect();
    let mut wanted: HashMap<usize, u32> = lines.iter().map(|&line| (line, 0)).collect();
    // Most lines have none of the hashes that are asked for, and one look denies it.
    let mut filter = [0_u64; 64];
    let bit = |hash: u64| ((hash >> 6 & 63) as usize, 1 << (hash & 63));
    for &hash in &asked {
        let (word, bit) = bit(hash);
        filter[word] |= bit;
    }
    for (&hash, line) in hashes.iter().zip(1..) {
        let (word, bit) = bit(hash);
        if filter[word] & bit == 0 {
            continue;
        }
        if let Some(count) = counts.get_mut(&hash) {
            *count += 1;
            wanted.entry(line).and_modify(|known| *known = *count);
        }
    }
    lines.iter().map(|line| Some(format!("{:x}:{}", hash(*line)?, wanted[line]))).collect()
}

/// The hashes of the first lines, in order: of `most` of them, and perhaps of some more.
fn hashes(mut source: impl Source, most: usize) -> Vec<u64> {
    let leaving = (0..BLOCK).fold(1_u64, |power, _| power.wrapping_mul(BASE));
    let (mut hashes, mut units, mut sums) = (Vec::new(), Vec::new(), Vec::new());
    let mut starts = vec![0];
    let mut is_more = true;
    while is_more && hashes.len() < most {
        let known = units.len();
        is_more = source.fill(&mut units);
        starts.extend((known..).zip(&units[known..]).filter(|(_, unit)| **unit == LINE_END).map(|(at, _)| at + 1));
        if !is_more {
            units.push(END);
            units.resize(units.len() + BLOCK, 0);
        }
        sums.clear();
        sums.push(0_u64);
        let mut sum = 0_u64;
        sums.extend(units.iter().map(|&unit| {
            sum = sum.wrapping_mul(BASE).wrapping_add(u64::from(unit));
            sum
        }));
        let ready = starts.partition_point(|start| start + BLOCK <= units.len());
        hashes.extend(
            starts.drain(..ready).map(|start| sums[start + BLOCK].wrapping_sub(sums[start].wrapping_mul(leaving))),
        );
        // What the lines still need goes on into the next round.
        let done = starts.first().map_or(units.len(), |&start| start.min(units.len()));
        units.drain(..done);
        starts.iter_mut().for_each(|start| *start -= done);
    }
    hashes
}

/// Where units that count come from.
trait Source {
    /// Adds some units; says whether there may be more.
    fn fill(&mut self, units: &mut Vec<u16>) -> bool;
}

/// A text of which every byte is a unit.
struct Ascii<'t> {
    text: &'t [u8],
    after_return: bool,
}

impl Source for Ascii<'_> {
    fn fill(&mut self, units: &mut Vec<u16>) -> bool {
        let (now, rest) = self.text.split_at(self.text.len().min(CHUNK));
        self.text = rest;
        let mut len = units.len();
        units.resize(len + now.len(), 0);
        // No branch: nobody foresees where blanks stand.
        for &byte in now {
            let is_return = byte == b'\r';
            let counts = byte != b' ' && byte != b'\t' && !(byte == b'\n' && self.after_return);
            units[len] = if is_return { LINE_END } else { u16::from(byte) };
            len += usize::from(counts);
            self.after_return = is_return;
        }
        units.truncate(len);
        !rest.is_empty()
    }
}

/// Any text.
struct Units<I>(I);

impl<I: Iterator<Item = u16>> Source for Units<I> {
    fn fill(&mut self, units: &mut Vec<u16>) -> bool {
        let known = units.len();
        units.extend(self.0.by_ref().take(CHUNK));
        units.len() == known + CHUNK
    }
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
        agrees(&"fn main() {\n    let s = \"é𝄞\u{1}\";\r\n\n}\n\tx\n".repeat(900));
        agrees(&"fn main() {\n    let s = \"e\u{1}\";\r\n\n}\n\tx\n".repeat(900));
        agrees(&format!("{}\n{}", "a long line ".repeat(3000), "x\n".repeat(9000)));
    }

    fn agrees(text: &str) {
        let mut kept: Vec<u16> = counted(units(text.as_bytes())).collect();
        kept.push(END);
        let mut starts = vec![0];
        starts.extend(kept.iter().enumerate().filter(|(_, unit)| **unit == 10).map(|(at, _)| at + 1));
        let lines: Vec<usize> = (1..=starts.len()).collect();
        let ours = of_lines(text.as_bytes(), &lines);
        for (number, start) in starts.iter().enumerate() {
            let block = kept[*start..].iter().copied().chain(std::iter::repeat(0)).take(BLOCK);
            let hash = block.fold(0_u64, |hash, unit| hash.wrapping_mul(BASE).wrapping_add(u64::from(unit)));
            let ours = ours[number].as_deref().unwrap();
            assert_eq!(ours.split(':').next(), Some(format!("{hash:x}").as_str()), "line {}", number + 1);
        }
    }
}
